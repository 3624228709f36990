"""Looking: which files in the drop folder are settled. Changes nothing."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sync.domain.model import Left, WhyLeft
from sync.dropfolder import sight
from sync.dropfolder.messages import sentence
from sync.dropfolder.model import Scan, Seen
from sync.dropfolder.names import is_ignored, is_too_long, key, shown
from sync.errors import FolderError
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sync.dropfolder.model import Folders
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
            yield Left(shown(below), WhyLeft.LONG_PATH if is_too_long(below) else WhyLeft.NO_ACCESS)
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


def _see(spot: Spot, relative: Path) -> Seen | Left:
    try:
        return sight.see(spot, relative)
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
                raise FolderError(sentence("The drop folder cannot be read", folders.drop, error)) from error
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
