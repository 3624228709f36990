"""Before the run: the folders are there and can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.errors import FolderError
from sync.folder.messages import told_clearly
from sync.folder.names import OWN

if TYPE_CHECKING:
    from sync.folder.model import Folders


def prepare(folders: Folders) -> None:
    """Makes the folders that are missing and proves that each can be written; the state folder is the user's alone.

    Raises `FolderError`, also when the drop folder would read what the job itself writes.
    """
    own = (folders.archive, folders.refused, folders.results, folders.state)
    if folders.drop.resolve() in {folder.resolve() for folder in own}:
        raise FolderError(f"{folders.drop} is the drop folder and set for another purpose too. Give each its own folder.")
    for folder in (folders.drop, *own):
        with told_clearly("The folder cannot be made or written to", folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700 if folder == folders.state else 0o777)
            probe = folder / f"{OWN}probe.tmp"
            probe.write_bytes(b"?")
            probe.unlink()
