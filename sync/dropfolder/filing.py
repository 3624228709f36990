"""Moving: planned moves are written down, then done, any number of times."""

from __future__ import annotations

import errno
import json
import logging
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.dropfolder import files, scan
from sync.dropfolder.claim import ENDING, Hold
from sync.dropfolder.files import beside, key, numbered, plain
from sync.dropfolder.model import Claimed, Fate, Move, Seen, as_folder_error, new_part, sentence
from sync.errors import FolderError
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sync.dropfolder.model import Decided, Folders
    from sync.i18n import LazyText
    from sync.system.handles import Held, Spot


_log = logging.getLogger(__name__)

#: What a disk says of a name that it cannot hold, and what a folder on the way meets that is no folder of ours any more.
_NO_NAME: Final = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
_IN_THE_WAY: Final = _NO_NAME | {errno.ELOOP, errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM}


def carry_out(folders: Folders, moves: Iterable[Move]) -> None:
    """Does the planned moves, and those that an earlier call did not get to.

    The plan is on the disk before the first file moves and stays there until the last one has. Each move may be done any
    number of times: killed at any instant, the next call (or `recover`) ends with every file in exactly one place. A reason
    is complete before its file arrives.

    Raises `FolderError` after all moves that can be done are done, where one of these cannot be; it is tried again by the next
    call. One that an earlier call could not do either is only told: it keeps no later run from its work.
    """
    earlier, moves = [_cleared(folders, move) for move in written_down(folders)], list(moves)
    if not earlier and not moves:
        return
    with as_folder_error("filing.moves_not_written", folders.moves):
        _write_down(folders, (*earlier, *moves))
    still, failures = (_failures(folders, some) for some in (earlier, moves))
    for failure in still:
        _log.warning("%s", failure)
    if failures:
        raise FolderError(*failures)
    if not still:
        with as_folder_error("filing.moves_not_removed", folders.moves):
            folders.moves.unlink()


def put_away(source: Path, folder: Path) -> None:
    """Moves a file that the job has made, and that nobody needs any more, into a folder; where that cannot be, it stays."""
    try:
        _move_to(folder / source.name, Move(source, folder / source.name, Fate.ARCHIVE), make=True)
    except OSError as error:
        _log.warning("%s", sentence("filing.not_moved", folder, error, source=source))


def _failures(folders: Folders, moves: Iterable[Move]) -> list[LazyText]:
    """Does moves; returns in sentences which could not be done."""
    failures = []
    for move in moves:
        try:
            _carry_out(folders, move)
        except OSError as error:
            failures.append(sentence("filing.not_moved", move.destination, error, source=move.source))
    return failures


def _cleared(folders: Folders, move: Move) -> Move:
    """A move without what a killed run left half written of it; where that cannot be taken away, under another name."""
    for folder in (move.destination.parent, _root(folders, move)):
        try:
            with handles.folder(folder) as held:
                held.spot(move.part).unlink()
        except FileNotFoundError:
            continue
        except OSError:
            return replace(move, part=new_part())
    return move


def _carry_out(folders: Folders, move: Move) -> None:
    """Does a move; where somebody put something in the place of its subfolder, or closed it, the file goes to the top folder."""
    if not os.path.lexists(move.source):
        return
    try:
        _move_to(move.destination, move, make=True)
    except OSError as error:
        if error.errno not in _IN_THE_WAY:
            raise
        _move_above(_root(folders, move), move)
    files.prune(move.source.parent, folders.claimed)


def _move_above(root: Path, move: Move) -> None:
    """Does a move to the top folder, and where its disk cannot hold the name, under one that any disk can."""
    name = move.destination.name
    try:
        _move_to(root / name, move)
    except OSError as error:
        if error.errno not in _NO_NAME:
            raise
        _move_to(root / plain(name), move)
        _log.warning("the disk of %s cannot hold the name of %s; the file is called %s there", root, move.source, plain(name))


def _move_to(place: Path, move: Move, *, make: bool = False) -> None:
    with handles.folder(place.parent, make=make) as folder:
        _move_into(folder, replace(move, destination=place, note=beside(place) if move.note else None))


def _move_into(folder: Held, move: Move) -> None:
    with handles.folder(move.source.parent) as there:
        source, part = there.spot(move.source.name), folder.spot(move.part)
        if move.note is not None:
            _write_note(part, folder.spot(move.note.name), move.reason)
        try:
            files.put(source, folder.spot(move.destination.name))
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_across(source, part, folder.spot(move.destination.name))
        files.flush_folder(folder)


def _write_note(part: Spot, note: Spot, reason: str) -> None:
    files.write(part, reason.encode("utf-8", "replace"))
    try:
        files.put(part, note)
    except OSError:
        part.unlink()
        raise


def _move_across(source: Spot, part: Spot, destination: Spot) -> None:
    try:
        files.copy(source, part)
        _check_same(source, part)
        files.put(part, destination)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    files.flush_folder(destination.folder)
    files.remove(source)


def _check_same(source: Spot, part: Spot) -> None:
    if not files.same_bytes(source, part):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(part.path))


def _root(folders: Folders, move: Move) -> Path:
    return {Fate.ARCHIVE: folders.archive, Fate.REFUSE: folders.refused, Fate.RETURN: folders.drop}[move.fate]


def written_down(folders: Folders) -> tuple[Move, ...]:
    """The moves that were decided on and may not all be done. Raises `FolderError` when they cannot be read."""
    try:
        lines = json.loads(folders.moves.read_bytes())
        moves = [
            Move(Path(a), Path(b), Fate(fate), Path(note) if note else None, text, part) for a, b, fate, note, text, part in lines
        ]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise FolderError(sentence("filing.moves_not_read", folders.moves, error)) from error
    except (ValueError, TypeError, RecursionError):
        # written by one atomic rename, so damaged from outside; the files are still claimed and will be read again
        return ()
    # the state folder may have been moved to another place since; its files are then read again, too
    return tuple(move for move in moves if move.source.is_relative_to(folders.claimed))


def _write_down(folders: Folders, moves: Iterable[Move]) -> None:
    lines = [(str(m.source), str(m.destination), m.fate.value, str(m.note) if m.note else None, m.reason, m.part) for m in moves]
    with handles.folder(folders.state) as state:
        part = state.spot(f"{folders.moves.stem}.part")
        with suppress(FileNotFoundError):
            part.unlink()
        files.write(part, json.dumps(lines).encode())
        part.replace(state.spot(folders.moves.name))
        files.flush_folder(state)


# Where every claimed file goes, worked out before one of them moves. Touches nothing.


def plan_destinations(
    folders: Folders, run_id: str, decided: Iterable[Decided], *, taken: Callable[[Path], bool] = os.path.lexists
) -> tuple[Move, ...]:
    """Works out where every file goes, before one of them moves; touches nothing.

    `archive/<run_id>/...`, `refused/<run_id>/...` with `<name>.txt` beside it, or back to the drop folder. Where a name is
    taken, on the disk or by another file of the plan (also when only case or the kind of umlaut differs), " (2)" is added.
    """
    roots = {Fate.ARCHIVE: folders.archive / run_id, Fate.REFUSE: folders.refused / run_id, Fate.RETURN: folders.drop}
    wishes = [(one, roots[one.fate] / one.claimed.relative) for one in decided]
    given = {key(str(parent)) for _, wish in wishes for parent in wish.parents}
    moves = []
    for one, wish in wishes:
        for candidate in numbered(wish):
            note = beside(candidate) if one.fate is Fate.REFUSE else None
            places = {key(str(place)): place for place in (candidate, note) if place is not None}
            if given.isdisjoint(places) and not any(map(taken, places.values())):
                given.update(places)
                moves.append(Move(one.claimed.path, candidate, one.fate, note, one.reason))
                break
    return tuple(moves)


# What killed runs left: half done things are put right, claimed files are found again.
#
# Only what the state folder notes as ours is ours. What lies in the other folders and merely looks like it is left alone.


def recover(folders: Folders) -> None:
    """Puts right what a killed run left half done: moves, copies, holds. To be called once a run has the lock.

    What somebody has made impossible to put right is told, and keeps nothing else from being done.

    Raises `FolderError`; then nothing is lost and the next start tries again.
    """
    carry_out(folders, ())
    with as_folder_error("filing.not_put_right", folders.state):
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
        seen = scan.see(held.spot(path.name), relative, shared=True)
        return seen if isinstance(seen, Seen) else None
    return None
