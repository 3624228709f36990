"""Looking: which files in the drop folder are settled. Changes nothing."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sync.domain.model import Left, WhyLeft
from sync.dropfolder.files import Scan, Seen, is_ignored, is_too_long, key, sentence, shown
from sync.errors import FolderError
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sync.dropfolder.files import Claimed, Folders
    from sync.system.handles import Held, Spot


#: A file touched within this many seconds is watched, not believed: the clock of a share may be off by that much.
CLOCK_SLACK_SECONDS = 120.0

#: Even a file with old times is looked at twice: on Windows shares a copy may have its old time while it still grows.
SECOND_LOOK_SECONDS = 0.5


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


def _pause_seconds(files: Iterable[Seen], settle_seconds: float, now: float) -> float:
    touched = [max(seen.mtime_ns, seen.ctime_ns) / 1e9 for seen in files]
    if not touched:
        return 0.0
    if max(touched) > now - settle_seconds - CLOCK_SLACK_SECONDS:
        return settle_seconds
    return min(settle_seconds, SECOND_LOOK_SECONDS)


def _look(folders: Folders) -> Iterator[Seen | Left]:
    for below, held, entries in listings(folders):
        if held is None or entries is None:
            yield Left(shown(below), WhyLeft.LONG_PATH if is_too_long(below) else WhyLeft.CLOSED_FOLDER)
            continue
        names = {key(entry.name) for entry in entries}
        writable = os.access(held.path, os.W_OK | os.X_OK)
        for entry in entries:
            relative = below / entry.name
            if _is_folder(held.spot(entry.name), entry) or is_ignored(entry.name):
                continue
            if not writable:
                yield Left(shown(relative), WhyLeft.NO_ACCESS)
            elif is_too_long(relative):
                yield Left(shown(relative), WhyLeft.LONG_PATH)
            elif {key(f"~${entry.name}"), key(f".~lock.{entry.name}#")} & names:
                yield Left(shown(relative), WhyLeft.OPEN)
            else:
                yield _see(held.spot(entry.name), relative)


def closed_below(folders: Folders) -> list[str]:
    """The subfolders out of which no file can be taken, as people read their names. Raises FolderError as `listings`."""
    found = []
    for below, held, _ in listings(folders):
        may = os.access(held.path, os.W_OK | os.X_OK) if held else is_too_long(below)  # that one is left for another reason
        if below.parts and not may:
            found.append(shown(below))
    return sorted(found)


def _see(spot: Spot, relative: Path) -> Seen | Left:
    try:
        return see(spot, relative)
    except OSError:  # a disk that cannot read this one may read all others
        return Left(shown(relative), WhyLeft.NO_ACCESS)


def listings(folders: Folders) -> Iterator[tuple[Path, Held | None, list[os.DirEntry[str]] | None]]:
    """Every folder to read, by its path below the drop folder, with its entries; the job's own folders inside are passed over.

    It is held open while its entries are looked at. Both are None where it cannot be read, or lies too deep.

    Raises `FolderError` when the drop folder itself cannot be read.
    """
    own = {_identity(path) for path in (folders.archive, folders.refused, folders.results, folders.state)} - {None}
    waiting = [Path()]
    while waiting:
        below = waiting.pop()
        if is_too_long(below):
            yield below, None, None
            continue
        try:
            with handles.folder(folders.drop / below) as held:
                entries = _entries(held, own)
                inner = [entry.name for entry in entries if _is_folder(held.spot(entry.name), entry)]
                waiting += [below / name for name in inner if not is_ignored(name)]
                yield below, held, entries
        except OSError as error:
            if not below.parts:
                raise FolderError(sentence("filing.drop_not_read", folders.drop, error)) from error
            if not isinstance(error, FileNotFoundError):
                yield below, None, None


def _entries(held: Held, own: set[tuple[int, int] | None]) -> list[os.DirEntry[str]]:
    return [e for e in held.entries() if e.is_file(follow_symlinks=False) or _identity(held.spot(e.name)) not in own]


def _identity(place: Path | Spot) -> tuple[int, int] | None:
    """Device and number of what a path or a name leads to; only compared, so links may be followed."""
    try:
        info = place.stat() if isinstance(place, Path) else os.stat(place.at, dir_fd=place.number)
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _is_folder(spot: Spot, entry: os.DirEntry[str]) -> bool:
    if not entry.is_dir(follow_symlinks=False):
        return False
    # a Windows junction looks like a folder and leads anywhere, like a link
    return os.name != "nt" or not handles.is_link(spot.info())


_SHARING_VIOLATIONS = (32, 33)
#: What a disk says that cannot read this one file, or knows no names like its name; it may read and name all others.
_OF_ONE_FILE = frozenset({errno.EIO, errno.EINVAL, errno.EILSEQ})


def see(spot: Spot, relative: Path, *, shared: bool = False) -> Seen | Left:
    """A file as it is now, or why it cannot be taken; with `shared` it may have other names, too.

    Raises `OSError` where none of the words of `WhyLeft` tells why.
    """
    # opened, because network file systems answer a bare stat from memory and ask the server only when a file is opened
    try:
        descriptor = spot.open_to_read()
    except OSError as error:
        return Left(shown(relative), why_left(error))
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            return Left(shown(relative), WhyLeft.NOT_A_FILE)
        if info.st_nlink > 1 and not shared:
            # it may be a file of somebody else, to whom it would be lost; nobody can tell who gave it its other name
            return Left(shown(relative), WhyLeft.SECOND_NAME)
        if _open_for_writing(descriptor):
            return Left(shown(relative), WhyLeft.OPEN)
    finally:
        os.close(descriptor)
    return Seen(spot.path, relative, info.st_size, info.st_mtime_ns, info.st_ctime_ns)


def difference(expected: Seen | Claimed, spot: Spot) -> WhyLeft | None:
    """Why a file is not as it was seen; None if it is."""
    # no inode numbers: some network and FUSE file systems make them up anew at every look, or from the path
    now = see(spot, expected.relative)
    if isinstance(now, Left):
        return now.why
    same = (now.size, now.mtime_ns) == (expected.size, expected.mtime_ns)
    return None if same else WhyLeft.UNSETTLED


def why_left(error: OSError) -> WhyLeft:
    """The word for an error that one file met; raises the error again when there is none for it."""
    if isinstance(error, FileNotFoundError):
        return WhyLeft.GONE
    if error.errno in {errno.EBUSY, errno.ETXTBSY, errno.EAGAIN} or getattr(error, "winerror", 0) in _SHARING_VIOLATIONS:
        return WhyLeft.OPEN
    if error.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENOTDIR, errno.ENODEV}:
        return WhyLeft.NOT_A_FILE
    if isinstance(error, PermissionError) or error.errno in _OF_ONE_FILE:
        return WhyLeft.NO_ACCESS
    if error.errno == errno.ENAMETOOLONG:
        return WhyLeft.LONG_PATH
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
