"""What killed runs left: half done things are put right, claimed files are found again.

Only what the state folder notes as ours is ours. What lies in the other folders and merely looks like it is left alone.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sync.dropfolder import files, sight
from sync.dropfolder.filing import carry_out, written_down
from sync.dropfolder.hold import ENDING, Hold
from sync.dropfolder.messages import as_folder_error
from sync.dropfolder.model import Claimed, Seen
from sync.dropfolder.names import numbered
from sync.system import handles

if TYPE_CHECKING:
    from sync.dropfolder.model import Folders

_log = logging.getLogger(__name__)


def recover(folders: Folders) -> None:
    """Puts right what a killed run left half done: moves, copies, holds. To be called once a run has the lock.

    What somebody has made impossible to put right is told, and keeps nothing else from being done.

    Raises `FolderError`; then nothing is lost and the next start tries again.
    """
    carry_out(folders, ())
    with as_folder_error("What an interrupted run left cannot be put right", folders.state):
        for note in sorted(folders.claimed.glob(f"*/*{ENDING}")):
            _end_hold(folders, note)
        for part in folders.claimed.glob("*/*.part"):
            part.unlink()
        for place, _, names in os.walk(folders.claimed, topdown=False):
            for name in names:
                _end_way_back(folders, Path(place, name))
            files.prune(Path(place), folders.claimed)


def _end_hold(folders: Folders, note: Path) -> None:
    try:
        hold = Hold.noted(note.read_bytes())
    except ValueError:
        note.unlink()
        return
    claimed = os.path.lexists(note.with_suffix("") / hold.relative)
    try:
        with handles.folder((folders.drop / hold.relative).parent) as place, handles.folder(note.parent) as run:
            hold.end(place, run, note.stem, claimed=claimed)
    except OSError as error:
        _log.warning(
            "%s was taken by an interrupted run and lies in %s now, which cannot be opened or cleared (%s)",
            folders.drop / hold.relative, hold.folder, error.strerror,
        )  # fmt: skip


def _end_way_back(folders: Folders, path: Path) -> None:
    """Takes a claimed file away that has got back to the drop folder already: killed between its two names, it has both."""
    if path.parent == folders.claimed or path.lstat().st_nlink == 1:
        return
    relative = path.relative_to(folders.claimed)
    with suppress(OSError), handles.folder((folders.drop / Path(*relative.parts[2:])).parent) as place:
        for candidate in numbered(Path(relative.name)):
            info = place.spot(candidate.name).info()  # ends with the first name that nothing has
            if os.path.samestat(info, path.lstat()):
                path.unlink()
                return


def left_over(folders: Folders) -> list[Claimed]:
    """What earlier, killed runs had claimed and did not bring to an end, in their order; changes nothing."""
    decided = {move.source for move in written_down(folders)}
    boxes = sorted((box.parent.name, int(box.name), box) for box in folders.claimed.glob("*/*") if box.name.isdecimal())
    found = []
    for run_id, seq, box in boxes:
        for path in sorted(path for path in box.rglob("*") if path not in decided):
            seen = _see(path, path.relative_to(box)) if not path.is_dir() else None
            if seen is not None:
                found.append(Claimed(path, seen.relative, seen.size, seen.mtime_ns, run_id, seq))
    return found


def _see(path: Path, relative: Path) -> Seen | None:
    with suppress(OSError), handles.folder(path.parent) as held:
        seen = sight.see(held.spot(path.name), relative, shared=True)
        return seen if isinstance(seen, Seen) else None
    return None
