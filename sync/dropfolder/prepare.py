"""Before the run: the folders are there and can be written, and the state folder is the job's alone."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from sync.dropfolder.messages import as_folder_error
from sync.errors import FolderError
from sync.system import handles

if TYPE_CHECKING:
    from sync.dropfolder.model import Folders
    from sync.system.handles import Held

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
#: What only a state folder holds.
_OF_STATE: Final = frozenset({"run.lock", "watch.lock", "ledger.sqlite3", "claimed"})


class Shared(Enum):
    """Why a folder cannot be the state folder."""

    NOT_OURS = auto()
    WRITABLE = auto()
    IN_USE = auto()


_SENTENCES: Final = {
    Shared.NOT_OURS: "it belongs to another user. Run the job as that user, or give the folder to the one that runs it",
    Shared.WRITABLE: (
        "others may write to it. Name a folder of the job's own; if this is one, see that everything in it is the job's, then "
        "close it: chmod 700"
    ),
    Shared.IN_USE: "others may use it, and it holds things that are not the job's. Name a folder of the job's own",
}


def prepare(folders: Folders, *, first: bool = True) -> None:
    """Makes the folders that are missing and proves that each can be written; the state folder is the user's alone.

    The others stay as they were made: who of the office may open them is not for the job to say. Only before the `first` run
    a drop folder may be missing: later it was moved, or its share is away, and an empty one in its place would hide that.

    Raises `FolderError`, also where one of them is a link that neither root nor the job's own user made. Which folders may be
    one is for the configuration to say.
    """
    if not first and not folders.drop.exists():
        raise FolderError(
            f"The drop folder {folders.drop} is not there any more. Check its name in the configuration and whether its share is "
            "connected, or make the folder. Nothing was read."
        )
    own_state(folders)
    for folder in (folders.drop, folders.archive, folders.refused, folders.results, folders.state):
        with as_folder_error("The folder cannot be made or written to", folder), handles.folder(folder, make=True) as held:
            _clear(held)
            _try(held)


def own_state(folders: Folders) -> None:
    """Makes the state folder where it is missing, and closes it to others; to be called before anything is put into it.

    One that may be somebody else's is left as it is. Raises `FolderError`.
    """
    what = as_folder_error("The state folder cannot be made or opened", folders.state)
    with what, handles.folder(folders.state, make=True, mode=stat.S_IRWXU) as held:
        shared = how_shared(held)
        if shared is None and os.name == "posix" and held.info().st_mode & _OTHERS:
            held.close_to_others()
    if shared is not None:
        raise FolderError(f"The state folder {folders.state} is refused: {_SENTENCES[shared]}. Nothing was read.")


def how_shared(state: Held) -> Shared | None:
    """Why a folder may be somebody else's, so that it is not closed but refused as state folder; None where it is ours.

    Raises OSError.
    """
    if os.name != "posix":
        return None
    info = state.info()
    if info.st_uid != os.geteuid():
        return Shared.NOT_OURS
    if info.st_mode & _OTHERS_WRITE:
        return Shared.WRITABLE
    names = {entry.name for entry in state.entries()} if info.st_mode & _OTHERS else set()
    return Shared.IN_USE if names and _OF_STATE.isdisjoint(names) else None


def _clear(folder: Held) -> None:
    """Takes away what a run left that was killed while it tried a folder, or wrote to it."""
    with suppress(OSError):  # one that may be written to and not listed
        for entry in folder.entries():
            handles.remove_half_written(folder, entry.name)


def _try(folder: Held) -> None:
    """Writes a file and takes it away again, also where there was room for its name only. Raises OSError."""
    probe = folder.new_spot(".tmp")
    number = probe.create()
    try:
        os.write(number, b"?")
    finally:
        os.close(number)
        with suppress(FileNotFoundError):  # whoever may write there may have taken it away
            probe.unlink()
