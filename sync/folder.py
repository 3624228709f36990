"""The drop folder: which files are settled, claiming them, and where each of them ends.

A file is always in exactly one place, whatever happens when: a claim is one atomic rename, every later move is planned and
written down before it starts (`carry_out`), and what a killed run left behind is put right by `recover`.

State folder::

    claimed/<run id>/<seq>/<path below the drop folder>   the files a run works on; the path tells all there is to know
    claimed/<run id>/<seq>.part                           a copy from another file system that is not complete yet
    moves.json                                            moves that were decided on and may not all be done
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import sys
import time
import unicodedata
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sync.errors import FolderError
from sync.model import Left, WhyLeft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Names that are never read, compared without regard to case: other programs' own files, and copies under way.
IGNORED = (
    *(".*", "~$*", "*.tmp", "*.part", "*.partial", "*.filepart", "*.crdownload", "thumbs.db", "desktop.ini"),
    *("@eadir", "#recycle", "@recycle", "$recycle.bin", "system volume information", "lost+found"),
)

#: A file touched within this many seconds is watched, not believed: the clock of a share may be off by that much.
CLOCK_SLACK_SECONDS = 120.0

#: Even a file with old times is looked at twice: on Windows shares a copy may have its old time while it still grows.
SECOND_LOOK_SECONDS = 0.5

#: Longest name that every usual file system takes, in bytes.
NAME_BYTES = 255

_OWN = ".onoffice-sync-"
_LONGEST_SUFFIX_BYTES = 16
_MOUNT_POINT_TAG = 0xA0000003
_SHARING_VIOLATIONS = (32, 33)
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_CHUNK = 1 << 20
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one office, absolute. `archive`, `refused`, `results` and `state` may lie inside `drop`."""

    drop: Path
    archive: Path
    refused: Path
    results: Path
    state: Path

    @property
    def claimed(self) -> Path:
        """Where claimed files lie."""
        return self.state / "claimed"

    @property
    def moves(self) -> Path:
        """Where decided moves are written down."""
        return self.state / "moves.json"


@dataclass(frozen=True, slots=True)
class Seen:
    """A file below the drop folder as a look saw it. Times in nanoseconds; `seq` is its place in the order of work, from 1."""

    path: Path
    relative: Path
    size: int
    mtime_ns: int
    ctime_ns: int
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies in the drop folder: settled files in the order of work, and what stays there with the reason."""

    settled: tuple[Seen, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file that a run works on. `path` is where it lies now, `relative` its true path below the drop folder."""

    path: Path
    relative: Path
    size: int
    mtime_ns: int
    run_id: str
    seq: int

    @property
    def name(self) -> str:
        """The path below the drop folder as people read it (see `shown`); two files can share it, `seq` tells them apart."""
        return shown(self.relative)


class Fate(Enum):
    """Where a claimed file goes."""

    ARCHIVE = "archive"
    REFUSE = "refuse"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of one claimed file; `reason` is the text to lie beside a refused one."""

    claimed: Claimed
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One planned move. `note` is where the reason goes, None without one."""

    source: Path
    destination: Path
    fate: Fate
    note: Path | None = None
    reason: str = ""


def shown(relative: Path) -> str:
    """A path as people read it: `/` between folders, NFC, U+FFFD for control characters and broken bytes."""
    text = os.fsencode(relative.as_posix()).decode("utf-8", "replace")
    return "".join("\ufffd" if unicodedata.category(c)[0] == "C" else c for c in unicodedata.normalize("NFC", text))


# ---------------------------------------------------------------------------------------------------- before the run


def prepare(folders: Folders) -> None:
    """Makes the folders that are missing and proves that each can be written; the state folder is the user's alone.

    Raises `FolderError`, also when the drop folder would read what the job itself writes.
    """
    own = (folders.archive, folders.refused, folders.results, folders.state)
    if folders.drop.resolve() in {folder.resolve() for folder in own}:
        raise FolderError(f"{folders.drop} is the drop folder and set for another purpose too. Give each its own folder.")
    for folder in (folders.drop, *own):
        with _told_clearly("The folder cannot be made or written to", folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700 if folder == folders.state else 0o777)
            probe = folder / f"{_OWN}probe.tmp"
            probe.write_bytes(b"?")
            probe.unlink()


def settled(
    folders: Folders,
    *,
    settle_seconds: float,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Scan:
    """Finds the files that nobody writes any more, by modification time, then name; changes nothing.

    A file is settled when two looks show the same size and times and no look finds it open for writing or open in a
    spreadsheet program. The looks lie `settle_seconds` apart when a file was touched lately (or in the future), else a
    moment; 0 never waits. So nothing hangs on the clock of a share, and a copy that carries an old modification time is seen
    by its size and, on POSIX, by its change time. Subfolders are read, links and devices only reported.

    Raises `FolderError` when the drop folder cannot be read.
    """
    first = {thing for thing in _look(folders) if isinstance(thing, Seen)}
    pause = _pause_seconds(first, settle_seconds, clock())
    if pause > 0:
        sleep(pause)
    second = tuple(_look(folders))
    still = [thing for thing in second if isinstance(thing, Seen) and thing in first]
    still.sort(key=lambda seen: (seen.mtime_ns, shown(seen.relative)))
    moving = [Left(shown(t.relative), WhyLeft.UNSETTLED) for t in second if isinstance(t, Seen) and t not in first]
    left = [thing for thing in second if isinstance(thing, Left)]
    return Scan(
        tuple(replace(seen, seq=number) for number, seen in enumerate(still, 1)),
        tuple(sorted(left + moving, key=lambda thing: thing.name)),
    )


def read_in_place(seen: Seen) -> Claimed:
    """The value of a claim without the claim, for a dry run: the file stays where it is."""
    return Claimed(seen.path, seen.relative, seen.size, seen.mtime_ns, "", seen.seq)


def _pause_seconds(files: Iterable[Seen], settle_seconds: float, now: float) -> float:
    touched = [max(seen.mtime_ns, seen.ctime_ns) / 1e9 for seen in files]
    if not touched:
        return 0.0
    if max(touched) > now - settle_seconds - CLOCK_SLACK_SECONDS:
        return settle_seconds
    return min(settle_seconds, SECOND_LOOK_SECONDS)


def _look(folders: Folders) -> Iterator[Seen | Left]:
    for folder, entries in _listings(folders):
        if entries is None:
            yield Left(shown(folder.relative_to(folders.drop)), WhyLeft.NO_ACCESS)
            continue
        names = {_key(entry.name) for entry in entries}
        writable = os.access(folder, os.W_OK | os.X_OK)
        for entry in entries:
            relative = Path(entry.path).relative_to(folders.drop)
            if _is_folder(entry) or _ignored(entry.name):
                continue
            if not writable:
                yield Left(shown(relative), WhyLeft.NO_ACCESS)
            elif {_key(f"~${entry.name}"), _key(f".~lock.{entry.name}#")} & names:
                yield Left(shown(relative), WhyLeft.OPEN)
            else:
                yield _see(Path(entry.path), relative)


def _listings(folders: Folders) -> Iterator[tuple[Path, list[os.DirEntry[str]] | None]]:
    """Every folder to read with its entries, None where it cannot be read; the job's own folders inside are passed over."""
    own = {_identity(folder) for folder in (folders.archive, folders.refused, folders.results, folders.state)} - {None}
    waiting = [folders.drop]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = [e for e in listing if e.is_file(follow_symlinks=False) or _identity(Path(e.path)) not in own]
        except OSError as error:
            if folder == folders.drop:
                raise FolderError(_sentence("The drop folder cannot be read", folder, error)) from error
            if not isinstance(error, FileNotFoundError):
                yield folder, None
            continue
        waiting += [Path(entry.path) for entry in entries if _is_folder(entry) and not _ignored(entry.name)]
        yield folder, entries


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _is_folder(entry: os.DirEntry[str]) -> bool:
    if not entry.is_dir(follow_symlinks=False):
        return False
    # a Windows junction looks like a folder and leads anywhere, like a link
    return os.name != "nt" or getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0) != _MOUNT_POINT_TAG


def _ignored(name: str) -> bool:
    return any(fnmatchcase(name.lower(), pattern) for pattern in IGNORED)


def _key(name: str) -> str:
    """What a file system without case and with its own idea of umlauts takes for the same name."""
    return unicodedata.normalize("NFC", name).casefold()


def _see(path: Path, relative: Path) -> Seen | Left:
    # opened, because network file systems answer a bare stat from memory and ask the server only when a file is opened
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        return Left(shown(relative), _why_left(error))
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            return Left(shown(relative), WhyLeft.NOT_A_FILE)
        if _open_for_writing(descriptor):
            return Left(shown(relative), WhyLeft.OPEN)
    finally:
        os.close(descriptor)
    return Seen(path, relative, info.st_size, info.st_mtime_ns, info.st_ctime_ns)


def _why_left(error: OSError) -> WhyLeft:
    if isinstance(error, FileNotFoundError):
        return WhyLeft.GONE
    if error.errno in {errno.EBUSY, errno.ETXTBSY, errno.EAGAIN} or getattr(error, "winerror", 0) in _SHARING_VIOLATIONS:
        return WhyLeft.OPEN
    if error.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENODEV}:
        return WhyLeft.NOT_A_FILE
    if isinstance(error, PermissionError) or error.errno == errno.ENAMETOOLONG:
        return WhyLeft.NO_ACCESS
    raise error


if sys.platform == "linux":
    import fcntl
    import signal

    def _open_for_writing(descriptor: int) -> bool:
        """Whether anybody on this machine has the file open for writing.

        The kernel grants a read lease only on a file that nobody writes. That is one call per file and sees all users and
        containers, where a walk through /proc sees only our own processes. It is refused (not ours, not on this file system):
        we cannot tell, and the second look has to do. The signal that a break of the lease sends is one that is ignored.
        """
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return not _on_network(os.fstat(descriptor).st_dev, Path("/proc/self/mountinfo"))
        except OSError:
            return False
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False

    def _on_network(device: int, mounts: Path) -> bool:
        # there "not granted" only means that the server gave us no oplock or delegation
        wanted = f"{os.major(device)}:{os.minor(device)}"
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.split()[2] == wanted:
                return line.partition(" - ")[2].split()[0] in {"cifs", "smb3", "nfs", "nfs4"}
        return False

else:

    def _open_for_writing(_descriptor: int) -> bool:
        """Windows tells when the file is opened or renamed (sharing violation); others cannot tell."""
        return False


# ------------------------------------------------------------------------------------------------------------- claim


def claim(folders: Folders, run_id: str, seen: Seen) -> Claimed | Left:
    """Takes a file out of the drop folder for a run, or says why it stays there.

    One rename, which takes the whole file or nothing and cannot overwrite, because it goes into a folder made for it. A file
    that is not as it was seen, or still open for writing, goes back. Across file systems: a copy, flushed and compared byte
    by byte, gets its name only once the original is out of everybody's reach; killed before, the original is the one.

    Raises `FolderError` when the state folder cannot take it; the file then stays in the drop folder.
    """
    if not run_id or run_id != Path(run_id).name or run_id.startswith("."):
        raise ValueError(f"A run id is the name of a folder: {run_id!r}")
    with _told_clearly("The file cannot be claimed", seen.path):
        box = _new_box(folders.claimed / run_id, max(seen.seq, 1))
        target = box / seen.relative
        try:
            why = _take(seen, target, box)
        finally:
            _prune(target.parent, folders.claimed)
    if why is not None:
        return Left(shown(seen.relative), why)
    return Claimed(target, seen.relative, seen.size, seen.mtime_ns, run_id, int(box.name))


def unchanged(claimed: Claimed) -> bool:
    """Whether a claimed file is still as it was, for use after reading it: a writer may have kept it open unseen."""
    return _difference(claimed, claimed.path) is None


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
        return _why_left(error)
    why = _difference(seen, target)
    if why is not None:
        _put(target, seen.path)
    return why


def _take_across(seen: Seen, target: Path, box: Path) -> WhyLeft | None:
    part = box.with_suffix(".part")
    hold = seen.path.parent / f"{_OWN}{box.parent.name}-{box.name}"
    try:
        _copy(seen.path, part)
        hold.mkdir()
        held = seen.path.rename(hold / seen.path.name)
        why = _difference(seen, held)
        if why is None and not _same_bytes(part, held):
            why = WhyLeft.UNSETTLED
        if why is None:
            part.rename(target)
            _flush_folder(target.parent)
    except OSError as error:
        return _why_left(error)
    else:
        return why
    finally:
        part.unlink(missing_ok=True)
        _end_hold(hold, target)


def _end_hold(hold: Path, target: Path) -> None:
    """Lets go of an original: it goes away if the claim got its whole copy, else back to its name."""
    if not hold.is_dir():
        return
    for held in hold.iterdir():
        if target.exists():
            _remove(held)
        else:
            _put(held, hold.parent / held.name)
    hold.rmdir()


def _difference(expected: Seen | Claimed, path: Path) -> WhyLeft | None:
    # no inode numbers: some network and FUSE file systems make them up anew at every look, or from the path
    now = _see(path, expected.relative)
    if isinstance(now, Left):
        return now.why
    same = (now.size, now.mtime_ns) == (expected.size, expected.mtime_ns)
    return None if same else WhyLeft.UNSETTLED


# --------------------------------------------------------------------------------------------- what killed runs left


def recover(folders: Folders) -> None:
    """Puts right what a killed run left half done: moves, copies, holds. To be called once a run has the lock.

    Raises `FolderError`; then nothing is lost and the next start tries again.
    """
    carry_out(folders, ())
    with _told_clearly("What an interrupted run left cannot be put right", folders.drop):
        for hold in list(_holds(folders)):
            run_id, _, seq = hold.name.removeprefix(_OWN).rpartition("-")
            for held in hold.iterdir():
                _end_hold(hold, folders.claimed / run_id / seq / (hold.parent / held.name).relative_to(folders.drop))
            _prune(hold, hold.parent)
        for part in folders.claimed.glob("*/*.part"):
            part.unlink()
        for place, _, _ in os.walk(folders.claimed, topdown=False):
            _prune(Path(place), folders.claimed)


def _holds(folders: Folders) -> Iterator[Path]:
    for _, entries in _listings(folders):
        yield from (Path(e.path) for e in entries or () if e.name.startswith(_OWN) and e.is_dir(follow_symlinks=False))


def left_over(folders: Folders) -> list[Claimed]:
    """What earlier, killed runs had claimed and did not bring to an end, in their order; changes nothing."""
    decided = {move.source for move in _written_down(folders)}
    boxes = sorted((box.parent.name, int(box.name), box) for box in folders.claimed.glob("*/*") if box.name.isdecimal())
    found = []
    for run_id, seq, box in boxes:
        for path in sorted(path for path in box.rglob("*") if path not in decided):
            seen = _see(path, path.relative_to(box)) if not path.is_dir() else None
            if isinstance(seen, Seen):
                found.append(Claimed(path, seen.relative, seen.size, seen.mtime_ns, run_id, seq))
    return found


# ------------------------------------------------------------------------------------------------------- destinations


def plan_destinations(
    folders: Folders, run_id: str, decided: Iterable[Decided], *, taken: Callable[[Path], bool] = os.path.lexists
) -> tuple[Move, ...]:
    """Works out where every file goes, before one of them moves; touches nothing.

    `archive/<run_id>/...`, `refused/<run_id>/...` with `<name>.txt` beside it, or back to the drop folder. Where a name is
    taken, on the disk or by another file of the plan (also when only case or the kind of umlaut differs), " (2)" is added.
    """
    roots = {Fate.ARCHIVE: folders.archive / run_id, Fate.REFUSE: folders.refused / run_id, Fate.RETURN: folders.drop}
    wishes = [(one, roots[one.fate] / one.claimed.relative) for one in decided]
    given = {_key(str(parent)) for _, wish in wishes for parent in wish.parents}
    moves = []
    for one, wish in wishes:
        for candidate in _numbered(wish):
            note = _beside(candidate) if one.fate is Fate.REFUSE else None
            places = {_key(str(place)): place for place in (candidate, note) if place is not None}
            if given.isdisjoint(places) and not any(map(taken, places.values())):
                given.update(places)
                moves.append(Move(one.claimed.path, candidate, one.fate, note, one.reason))
                break
    return tuple(moves)


def carry_out(folders: Folders, moves: Iterable[Move]) -> None:
    """Does the planned moves, and those that an earlier call did not get to.

    The plan is on the disk before the first file moves and stays there until the last one has. Each move may be done any
    number of times: killed at any instant, the next call (or `recover`) ends with every file in exactly one place. A reason
    is complete before its file arrives.

    Raises `FolderError` after all moves that can be done are done; the others are tried again by the next call.
    """
    pending = (*_written_down(folders), *moves)
    if not pending:
        return
    with _told_clearly("The planned moves cannot be written down", folders.moves):
        _write_down(folders, pending)
    failures = []
    for move in pending:
        try:
            _carry_out(folders, move)
        except OSError as error:
            failures.append(_sentence(f"{move.source} cannot be moved to its place", move.destination, error))
    if failures:
        raise FolderError("\n".join(failures))
    for folder in {move.destination.parent for move in pending}:
        _flush_folder(folder)
    with _told_clearly("The list of done moves cannot be removed", folders.moves):
        folders.moves.unlink()


def _carry_out(folders: Folders, move: Move) -> None:
    folder = _kept_inside(folders, move)
    part = folder / f"{_OWN}{'-'.join(move.source.relative_to(folders.claimed).parts[:2])}.part"
    part.unlink(missing_ok=True)
    if not os.path.lexists(move.source):
        return
    if move.note is not None:
        _write(part, move.reason.encode("utf-8", "replace"))
        _put(part, folder / move.note.name)
    try:
        _put(move.source, folder / move.destination.name)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_across(move.source, part, folder / move.destination.name)
    _prune(move.source.parent, folders.claimed)


def _move_across(source: Path, part: Path, destination: Path) -> None:
    _copy(source, part)
    if not _same_bytes(source, part):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    _put(part, destination)
    _flush_folder(destination.parent)
    _remove(source)


def _kept_inside(folders: Folders, move: Move) -> Path:
    """The folder for a move; when somebody put a link or a file in the place of its subfolder, the top folder."""
    root = {Fate.ARCHIVE: folders.archive, Fate.REFUSE: folders.refused, Fate.RETURN: folders.drop}[move.fate]
    folder = move.destination.parent
    if not folder.resolve().is_relative_to(root.resolve()):
        return root
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return root
    return folder


def _written_down(folders: Folders) -> tuple[Move, ...]:
    try:
        lines = json.loads(folders.moves.read_bytes())
        moves = [Move(Path(a), Path(b), Fate(fate), Path(note) if note else None, text) for a, b, fate, note, text in lines]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise FolderError(_sentence("The planned moves cannot be read", folders.moves, error)) from error
    except (ValueError, TypeError):
        # written by one atomic rename, so damaged from outside; the files are still claimed and will be read again
        return ()
    # the state folder may have been moved to another place since; its files are then read again, too
    return tuple(move for move in moves if move.source.is_relative_to(folders.claimed))


def _write_down(folders: Folders, moves: Iterable[Move]) -> None:
    lines = [(str(m.source), str(m.destination), m.fate.value, str(m.note) if m.note else None, m.reason) for m in moves]
    part = folders.moves.with_suffix(".part")
    part.unlink(missing_ok=True)
    _write(part, json.dumps(lines).encode())
    part.replace(folders.moves)
    _flush_folder(folders.state)


# -------------------------------------------------------------------------------------------------------------- names


def _numbered(path: Path) -> Iterator[Path]:
    """The path, then the path with " (2)", " (3)" ... before its suffix."""
    yield path
    stem, suffix = path.stem, path.suffix
    if len(os.fsencode(suffix)) > _LONGEST_SUFFIX_BYTES:
        stem, suffix = path.name, ""
    for number in count(2):
        yield path.with_name(_fitted(stem, f" ({number}){suffix}"))


def _beside(path: Path) -> Path:
    return path.with_name(_fitted(path.name, ".txt"))


def _fitted(stem: str, ending: str) -> str:
    while len(os.fsencode(stem + ending)) > NAME_BYTES:
        stem = stem[:-1]
    return stem + ending


# -------------------------------------------------------------------------------------------- moves that overwrite nothing


def _put(source: Path, destination: Path) -> None:
    """Moves a file within a file system to the first free name; a place that has the same bytes already will do."""
    for candidate in _numbered(destination):
        try:
            _rename_new(source, candidate)
        except FileExistsError:
            if candidate.is_symlink() or not candidate.is_file() or not _same_bytes(source, candidate):
                continue
            _remove(source)
        return


def _rename_new(source: Path, destination: Path) -> None:
    """Moves a file to a name that nobody has; raises `FileExistsError` instead of overwriting.

    Windows: a rename fails when the name is taken. POSIX: a rename would overwrite, a hard link fails when the name is taken;
    killed between link and unlink, both names are the same file and the next try takes one away. Where there are no hard
    links (FAT, some shares, files of another user), the name is first reserved by a file made for it, which fails when the
    name is taken; the rename then overwrites our own reservation, which the next try knows by its mark.
    """
    if os.name == "nt" or source.is_dir():
        source.rename(destination)
        return
    mark = b"reserved for " + os.fsencode(source)
    try:
        os.link(source, destination, follow_symlinks=False)
    except FileExistsError:
        if not _is_reservation(destination, mark):
            raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _write(destination, mark)
    else:
        source.unlink()
        return
    source.replace(destination)


def _is_reservation(path: Path, mark: bytes) -> bool:
    info = path.lstat()
    return stat.S_ISREG(info.st_mode) and info.st_size == len(mark) and path.read_bytes() == mark


def _copy(source: Path, target: Path) -> None:
    """Copies the bytes and the modification time to a new file, down to the disk."""
    with _reading(source) as reader, target.open("xb") as writer:
        info = os.fstat(reader.fileno())
        shutil.copyfileobj(reader, writer, _CHUNK)
        writer.flush()
        os.fsync(writer.fileno())
    with suppress(OSError):  # some shares set no times
        os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns))


def _write(target: Path, content: bytes) -> None:
    with target.open("xb") as writer:
        writer.write(content)
        writer.flush()
        os.fsync(writer.fileno())


def _same_bytes(one: Path, other: Path) -> bool:
    with _reading(one) as left, _reading(other) as right:
        if os.path.sameopenfile(left.fileno(), right.fileno()):
            return True
        while chunk := left.read(_CHUNK):
            if chunk != right.read(_CHUNK):
                return False
        return not right.read(1)


def _reading(path: Path) -> BinaryIO:
    # never follows a link and never waits for the other end of a pipe, whatever lies there by now
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | _OPEN_FLAGS))


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except PermissionError:
        # Windows removes no file that is marked read-only
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        path.unlink()


def _prune(folder: Path, root: Path) -> None:
    """Removes empty folders upwards, up to but not including the root."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def _flush_folder(folder: Path) -> None:
    # Windows opens no folders and some shares flush none; what is there is then as safe as it gets
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _told_clearly(what: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderError(_sentence(what, path, error)) from error


def _sentence(what: str, path: Path, error: OSError) -> str:
    if error.errno in _DISK_FULL:
        step = "Make room on that disk."
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        step = "Give the user that runs the job the right to write there."
    else:
        step = "Check that the folder is there and that the disk or share answers."
    return f"{what}: {path} ({error.strerror or error}). {step} No file is lost; the next run carries on."
