"""Files leave the drop folder for a run and are put away after it, each as a whole or not at all, also to another file system.

`prepare` sees that the folders can be used; `claim` takes a file. Where every claimed one goes is worked out before one of them
moves; moves are written down, then done, any number of times. `recover` and `left_over` see to what killed runs left.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from sync.domain.model import Left, WhyLeft
from sync.dropfolder import files, scan
from sync.dropfolder.files import (
    Claimed,
    Fate,
    Move,
    Seen,
    as_folder_error,
    beside,
    key,
    new_part,
    numbered,
    plain,
    sentence,
    shown,
)
from sync.errors import FolderError
from sync.i18n import LazyText, as_typed
from sync.system import handles
from sync.system.handles import OWN
from sync.system.process import is_root, owner_of, user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync.dropfolder.files import Decided, Folders
    from sync.system.handles import Held, Spot


_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
#: What only a state folder holds.
_OF_STATE: Final = frozenset({"run.lock", "watch.lock", "ledger.sqlite3", "claimed", "told.json"})


class Shared(Enum):
    """Why a folder cannot be the state folder."""

    NOT_OURS = auto()
    WRITABLE = auto()
    IN_USE = auto()


_SENTENCES: Final = {
    Shared.NOT_OURS: "filing.state_not_ours",
    Shared.WRITABLE: "filing.state_writable",
    Shared.IN_USE: "filing.state_in_use",
}


def prepare(folders: Folders, *, first: bool = True) -> None:
    """Makes the folders that are missing and proves that each can be written; the state folder is the user's alone.

    The others stay as they were made: who of the office may open them is not for the job to say. Only before the `first` run
    a drop folder may be missing: later it was moved, or its share is away, and an empty one in its place would hide that.

    Raises `FolderError`, also where one of them is a link that neither root nor the job's own user made. Which folders may be
    one is for the configuration to say.
    """
    if not first and is_missing(folders):
        raise FolderError(LazyText("filing.drop_gone", drop=folders.drop))
    own_state(folders)
    for folder in (folders.drop, folders.archive, folders.refused, folders.results, folders.state):
        with as_folder_error("filing.not_made", folder), handles.folder(folder, make=True) as held:
            _clear(held)
            _try(held)


def is_missing(folders: Folders) -> bool:
    """Whether there is no drop folder; one that this user may not see is there."""
    try:
        folders.drop.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def own_state(folders: Folders) -> None:
    """Makes the state folder where it is missing, and closes it to others; to be called before anything is put into it.

    One that may be somebody else's is left as it is. Raises `FolderError`.
    """
    what = as_folder_error("filing.state_not_opened", folders.state)
    with what, handles.folder(folders.state, make=True, mode=stat.S_IRWXU) as held:
        shared = how_shared(held)
        if shared is None and os.name == "posix" and held.info().st_mode & _OTHERS:
            held.close_to_others()
    if shared is not None:
        raise FolderError(LazyText("filing.state_refused", state=folders.state, why=_why(shared, folders.state)))


def _why(shared: Shared, state: Path) -> LazyText:
    """Why a folder is refused; of somebody else's, whose it is and what to type."""
    if shared is not Shared.NOT_OURS:
        return LazyText(_SENTENCES[shared])
    user = None if is_root() else user_name()  # root shall not take what belongs to the job
    mend = as_typed(["sudo", "chown", "-R", user, str(state)]) if user else None
    return LazyText(_SENTENCES[shared], owner=owner_of(state) or None, user=user, mend=mend)


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


#: The note lies beside the box of the claim: `claimed/<run id>/<seq>.hold`.
ENDING = ".hold"


@dataclass(frozen=True, slots=True)
class Hold:
    """An original that is held back while its copy takes its place on another file system.

    `relative` is its path below the drop folder, `folder` the one beside it in which it lies, `file` its name in there. Both
    names are noted in the state folder before, so that what a killed run holds is found again, and nothing that only looks
    like it.
    """

    relative: Path
    folder: str
    file: str

    @classmethod
    def new(cls, relative: Path) -> Self:
        """Names that nobody can guess."""
        return cls(relative, f"{OWN}{secrets.token_hex(8)}", secrets.token_hex(8))

    @classmethod
    def noted(cls, note: bytes) -> Self:
        """From a note. Raises ValueError where it is none: it was not complete when its run was killed, and nothing was held."""
        try:
            relative, folder, file = map(str, json.loads(note))
        except TypeError as error:
            raise ValueError(str(error)) from error
        return cls(Path(relative), folder, file)

    def note(self, run: Held, box: str) -> None:
        """Note it for the next run, before anything is held. Raises OSError."""
        note = json.dumps([str(self.relative), self.folder, self.file]).encode()
        files.write(run.spot(f"{box}{ENDING}"), note)
        files.flush_folder(run)

    def end(self, place: Held, run: Held, box: str, *, claimed: bool) -> None:
        """Let go of an original: it goes away if the claim got its whole copy, else back to its name. Raises OSError.

        Args:
            place: the folder that it comes from.
            run: the folder of the run that held it, with the note.
            box: the name of the claim's box.
            claimed: whether the claim got its copy.
        """
        hold = place.spot(self.folder)
        with suppress(FileNotFoundError):
            with hold.held() as inside:
                held = inside.spot(self.file)
                if held.is_there() and claimed:
                    files.remove(held)
                elif held.is_there():
                    files.put(held, place.spot(self.relative.name))
            hold.remove_folder()
        with suppress(FileNotFoundError):
            run.spot(f"{box}{ENDING}").unlink()


def claim(folders: Folders, run_id: str, seen: Seen) -> Claimed | Left:
    """Takes a file out of the drop folder for a run, or says why it stays there.

    One rename, which takes the whole file or nothing and cannot overwrite, because it goes into a folder made for it. A file
    that is not as it was seen, or still open for writing, goes back. Across file systems: a copy, flushed and compared byte
    by byte, gets its name only once the original is out of everybody's reach; killed before, the original is the one.

    Raises `FolderError` when the state folder cannot take it; the file then stays in the drop folder.
    """
    if not run_id or run_id != Path(run_id).name or run_id.startswith("."):
        raise ValueError(f"A run id is the name of a folder: {run_id!r}")
    with as_folder_error("filing.not_claimed", seen.path):
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
            return scan.difference(claimed, held.spot(claimed.path.name)) is None
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
        return scan.why_left(error)


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
        why = scan.difference(seen, target)
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
        why = scan.difference(seen, held)
        if why is None and not files.same_bytes(part, held):
            why = WhyLeft.UNSETTLED
        if why is None:
            part.rename(target)
            files.flush_folder(target.folder)
    return why


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


def recover(folders: Folders) -> None:
    """Puts right what a killed run left half done: moves, copies, holds. To be called once a run has the lock.

    Only what the state folder notes as ours is ours: what lies in the other folders and merely looks like it is left alone.
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
