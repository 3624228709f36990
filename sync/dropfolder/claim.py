"""Claiming: a file leaves the drop folder for a run, as a whole or not at all, also to another file system."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sync.domain.model import Left, WhyLeft
from sync.dropfolder import files, sight
from sync.dropfolder.hold import Hold
from sync.dropfolder.messages import as_folder_error
from sync.dropfolder.model import Claimed
from sync.dropfolder.names import numbered, shown
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.dropfolder.model import Folders, Seen
    from sync.system.handles import Spot


def claim(folders: Folders, run_id: str, seen: Seen) -> Claimed | Left:
    """Takes a file out of the drop folder for a run, or says why it stays there.

    One rename, which takes the whole file or nothing and cannot overwrite, because it goes into a folder made for it. A file
    that is not as it was seen, or still open for writing, goes back. Across file systems: a copy, flushed and compared byte
    by byte, gets its name only once the original is out of everybody's reach; killed before, the original is the one.

    Raises `FolderError` when the state folder cannot take it; the file then stays in the drop folder.
    """
    if not run_id or run_id != Path(run_id).name or run_id.startswith("."):
        raise ValueError(f"A run id is the name of a folder: {run_id!r}")
    with as_folder_error("The file cannot be claimed", seen.path):
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
    try:
        with handles.folder(claimed.path.parent) as held:
            return sight.difference(claimed, held.spot(claimed.path.name)) is None
    except FileNotFoundError:
        return False


def _new_box(run: Path, first: int) -> Path:
    handles.make(run, 0o700)
    for number in count(first):
        box = run / f"{number:06d}"
        with suppress(FileExistsError):
            box.mkdir()
            return box
    raise AssertionError


def _take(seen: Seen, target: Path, box: Path) -> WhyLeft | None:
    try:
        with handles.folder(seen.path.parent) as there, handles.folder(target.parent, make=True) as here:
            return _take_from(seen, there.spot(seen.path.name), here.spot(target.name), box)
    except OSError as error:
        return sight.why_left(error)


def _take_from(seen: Seen, source: Spot, target: Spot, box: Path) -> WhyLeft | None:
    with _looked_at(source) as before:
        if isinstance(before, WhyLeft):
            return before
        try:
            source.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return _take_across(seen, source, target, box)
        why = sight.difference(seen, target)
        if why is None and before is not None and not os.path.samestat(os.fstat(before), target.info()):
            why = WhyLeft.UNSETTLED
    if why is not None:
        files.put(target, source)
    return why


@contextmanager
def _looked_at(spot: Spot) -> Iterator[int | WhyLeft | None]:
    """A descriptor of what is about to be moved, or why it is not for us; None on Windows, which moves no open file.

    As long as it is open it keeps its device and number on any file system: what is moved can be compared with it.
    """
    if os.name != "posix":
        yield None
        return
    number = spot.open_to_read()
    try:
        yield number if stat.S_ISREG(os.fstat(number).st_mode) else WhyLeft.NOT_A_FILE
    finally:
        os.close(number)


def _take_across(seen: Seen, source: Spot, target: Spot, box: Path) -> WhyLeft | None:
    with handles.folder(box.parent) as run:
        if not files.has_room(run, seen.size):
            return WhyLeft.NO_ROOM
        part = run.spot(f"{box.name}.part")
        hold = Hold.new(seen.relative)
        try:
            files.copy(source, part)
            hold.note(run, box.name)
            return _swap(hold, seen, source, part, target)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
            hold.end(source.folder, run, box.name, claimed=target.is_there())


def _swap(hold: Hold, seen: Seen, source: Spot, part: Spot, target: Spot) -> WhyLeft | None:
    """Takes an original out of everybody's reach; if the copy is the same, it becomes the claim."""
    place = source.folder.spot(hold.folder)
    place.make_folder(stat.S_IRWXU)
    with place.held() as inside:
        held = inside.spot(hold.file)
        source.rename(held)
        why = sight.difference(seen, held)
        if why is None and not files.same_bytes(part, held):
            why = WhyLeft.UNSETTLED
        if why is None:
            part.rename(target)
            files.flush_folder(target.folder)
    return why
