"""Claiming: a file leaves the drop folder for a run, as a whole or not at all, also to another file system."""

from __future__ import annotations

import errno
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sync.folder import files, sight
from sync.folder.messages import told_clearly
from sync.folder.model import Claimed
from sync.folder.names import OWN, numbered, shown
from sync.model import Left, WhyLeft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.folder.model import Folders, Seen


def claim(folders: Folders, run_id: str, seen: Seen) -> Claimed | Left:
    """Takes a file out of the drop folder for a run, or says why it stays there.

    One rename, which takes the whole file or nothing and cannot overwrite, because it goes into a folder made for it. A file
    that is not as it was seen, or still open for writing, goes back. Across file systems: a copy, flushed and compared byte
    by byte, gets its name only once the original is out of everybody's reach; killed before, the original is the one.

    Raises `FolderError` when the state folder cannot take it; the file then stays in the drop folder.
    """
    if not run_id or run_id != Path(run_id).name or run_id.startswith("."):
        raise ValueError(f"A run id is the name of a folder: {run_id!r}")
    with told_clearly("The file cannot be claimed", seen.path):
        box = _new_box(folders.claimed / run_id, max(seen.seq, 1))
        target = box / seen.relative
        try:
            why = _take(seen, target, box)
        finally:
            files.prune(target.parent, folders.claimed)
    if why is not None:
        return Left(shown(seen.relative), why)
    return Claimed(target, seen.relative, seen.size, seen.mtime_ns, run_id, int(box.name))


def read_in_place(seen: Seen) -> Claimed:
    """The value of a claim without the claim, for a dry run: the file stays where it is."""
    return Claimed(seen.path, seen.relative, seen.size, seen.mtime_ns, "", seen.seq)


def by_name(claims: Sequence[Claimed]) -> list[tuple[Path, str]]:
    """Where the files lie, each with a name of its own for people: " (2)" tells one from another with the same name.

    Two have the same where a killed run has left one and a new one was dropped since.
    """
    there, given = {claimed.name for claimed in claims}, set[str]()
    named = []
    for claimed in claims:
        names = (shown(path) for path in numbered(claimed.relative))
        name = claimed.name if claimed.name not in given else next(each for each in names if each not in there | given)
        given.add(name)
        named.append((claimed.path, name))
    return named


def unchanged(claimed: Claimed) -> bool:
    """Whether a claimed file is still as it was, for use after reading it: a writer may have kept it open unseen."""
    return sight.difference(claimed, claimed.path) is None


def _new_box(run: Path, first: int) -> Path:
    run.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in count(first):
        box = run / f"{number:06d}"
        with suppress(FileExistsError):
            box.mkdir()
            return box
    raise AssertionError


def _take(seen: Seen, target: Path, box: Path) -> WhyLeft | None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        seen.path.rename(target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            return _take_across(seen, target, box)
        return sight.why_left(error)
    why = sight.difference(seen, target)
    if why is not None:
        files.put(target, seen.path)
    return why


def _take_across(seen: Seen, target: Path, box: Path) -> WhyLeft | None:
    part = box.with_suffix(".part")
    hold = seen.path.parent / f"{OWN}{box.parent.name}-{box.name}"
    try:
        files.copy(seen.path, part)
        hold.mkdir()
        held = seen.path.rename(hold / seen.path.name)
        why = sight.difference(seen, held)
        if why is None and not files.same_bytes(part, held):
            why = WhyLeft.UNSETTLED
        if why is None:
            part.rename(target)
            files.flush_folder(target.parent)
    except OSError as error:
        return sight.why_left(error)
    else:
        return why
    finally:
        part.unlink(missing_ok=True)
        end_hold(hold, target)


def end_hold(hold: Path, target: Path) -> None:
    """Lets go of an original: it goes away if the claim got its whole copy, else back to its name."""
    if not hold.is_dir():
        return
    for held in hold.iterdir():
        if target.exists():
            files.remove(held)
        else:
            files.put(held, hold.parent / held.name)
    hold.rmdir()
