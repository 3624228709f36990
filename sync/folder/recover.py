"""What killed runs left: half done things are put right, claimed files are found again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sync.folder import files, sight
from sync.folder.claim import end_hold
from sync.folder.look import listings
from sync.folder.messages import told_clearly
from sync.folder.model import Claimed, Seen
from sync.folder.moves import carry_out, written_down
from sync.folder.names import OWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.folder.model import Folders


def recover(folders: Folders) -> None:
    """Puts right what a killed run left half done: moves, copies, holds. To be called once a run has the lock.

    Raises `FolderError`; then nothing is lost and the next start tries again.
    """
    carry_out(folders, ())
    with told_clearly("What an interrupted run left cannot be put right", folders.drop):
        for hold in list(_holds(folders)):
            run_id, _, seq = hold.name.removeprefix(OWN).rpartition("-")
            for held in hold.iterdir():
                end_hold(hold, folders.claimed / run_id / seq / (hold.parent / held.name).relative_to(folders.drop))
            files.prune(hold, hold.parent)
        for part in folders.claimed.glob("*/*.part"):
            part.unlink()
        for place, _, _ in os.walk(folders.claimed, topdown=False):
            files.prune(Path(place), folders.claimed)


def _holds(folders: Folders) -> Iterator[Path]:
    for _, entries in listings(folders):
        yield from (Path(e.path) for e in entries or () if e.name.startswith(OWN) and e.is_dir(follow_symlinks=False))


def left_over(folders: Folders) -> list[Claimed]:
    """What earlier, killed runs had claimed and did not bring to an end, in their order; changes nothing."""
    decided = {move.source for move in written_down(folders)}
    boxes = sorted((box.parent.name, int(box.name), box) for box in folders.claimed.glob("*/*") if box.name.isdecimal())
    found = []
    for run_id, seq, box in boxes:
        for path in sorted(path for path in box.rglob("*") if path not in decided):
            seen = sight.see(path, path.relative_to(box)) if not path.is_dir() else None
            if isinstance(seen, Seen):
                found.append(Claimed(path, seen.relative, seen.size, seen.mtime_ns, run_id, seq))
    return found
