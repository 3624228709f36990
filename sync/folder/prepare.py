"""Before the run: the folders are there and can be written."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sync.errors import FolderError
from sync.folder.messages import told_clearly
from sync.folder.names import OWN

if TYPE_CHECKING:
    from pathlib import Path

    from sync.folder.model import Folders

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def prepare(folders: Folders, *, first: bool = True) -> None:
    """Makes the folders that are missing and proves that each can be written; the state folder is the user's alone.

    The others stay as they were made: who of the office may open them is not for the job to say. Only before the `first` run
    a drop folder may be missing: later it was moved, or its share is away, and an empty one in its place would hide that.

    Raises `FolderError`. Which folders may be one is for the configuration to say.
    """
    if not first and not folders.drop.exists():
        raise FolderError(
            f"The drop folder {folders.drop} is not there any more. Check its name in the configuration and whether its share is "
            "connected, or make the folder. Nothing was read."
        )
    for folder in (folders.drop, folders.archive, folders.refused, folders.results, folders.state):
        with told_clearly("The folder cannot be made or written to", folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700 if folder == folders.state else 0o777)
            _try(folder / f"{OWN}probe.tmp")
    _close(folders.state)


def _try(probe: Path) -> None:
    """Writes a file and takes it away again, also where there was room for its name only. Raises OSError."""
    try:
        probe.write_bytes(b"?")
    finally:
        probe.unlink(missing_ok=True)


def _close(folder: Path) -> None:
    """Closes a folder that was there already to everybody else, where the file system keeps such rights."""
    with suppress(OSError):
        if os.name == "posix" and folder.stat().st_mode & _OTHERS:
            folder.chmod(stat.S_IRWXU)
