"""What the drop folder is made of: its folders and files as frozen values, their names, safe steps with single files.

`as_folder_error` turns an error of the disk into a sentence that says what to do.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import unicodedata
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

from sync.errors import NO_ROOM, FolderError
from sync.i18n import LazyText
from sync.i18n.texts import said
from sync.system.handles import OWN, cut, is_link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.domain.model import Left
    from sync.system.handles import Held, Spot


def new_part() -> str:
    """A name that nobody can guess."""
    return f"{OWN}{secrets.token_hex(8)}.part"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one office, absolute. `archive`, `refused`, `results` and `state` may lie inside `drop`.

    `refused_seen` is how people reach the folder of refused files, "" where nobody knows.
    """

    drop: Path
    archive: Path
    refused: Path
    results: Path
    state: Path
    refused_seen: str = ""

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
        """The path below the drop folder as people read it (see `shown`); two files can share it."""
        return shown(self.relative)

    @property
    def written(self) -> str:
        """The path as it is written down: the same in every locale, and text also where a name is no UTF-8."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")


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
    """One planned move. `note` is where the reason goes, None without one.

    `part` is the name of what lies at the destination while it is not complete; nobody can guess it.
    """

    source: Path
    destination: Path
    fate: Fate
    note: Path | None = None
    reason: str = ""
    part: str = field(default_factory=new_part, compare=False)


@contextmanager
def as_folder_error(what: str, path: Path, **words: object) -> Iterator[None]:
    """Turns an `OSError` of what is done inside into a `FolderError` that says what happened and what to do."""
    try:
        yield
    except OSError as error:
        raise FolderError(sentence(what, path, error, **words)) from error


def sentence(what: str, path: Path, error: OSError, **words: object) -> LazyText:
    """What happened (the key of a text that has `words` in it), where, why, and what the reader can do about it."""
    if error.errno in NO_ROOM:
        step = "filing.make_room"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        step = "filing.give_right"
    elif error.errno == errno.ELOOP:
        step = "filing.take_link_away"
    else:
        step = "filing.check_folder"
    return LazyText("filing.trouble", what=LazyText(what, **words), path=path, said=said(error), step=LazyText(step))


#: Names that are never read, compared without regard to case: other programs' own files, and copies under way.
IGNORED = (
    *(".*", "~$*", "*.tmp", "*.part", "*.partial", "*.filepart", "*.crdownload", "thumbs.db", "desktop.ini"),
    *("@eadir", "#recycle", "@recycle", "$recycle.bin", "system volume information", "lost+found"),
)

#: Longest name that every usual file system takes, in bytes.
NAME_BYTES = 255

#: Longest path below the drop folder, in bytes, and most folders in it: it has to fit below the other folders, too.
_PATH_BYTES = 1000
_MOST_FOLDERS = 30

_LONGEST_SUFFIX_BYTES = 16
_PLAIN_CHARACTERS = 60


def shown(relative: Path) -> str:
    """A path as people read it: `/` between folders, NFC, U+FFFD for control characters and broken bytes."""
    text = os.fsencode(relative.as_posix()).decode("utf-8", "replace")
    return "".join("\ufffd" if unicodedata.category(c)[0] == "C" else c for c in unicodedata.normalize("NFC", text))


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is never read, see `IGNORED`."""
    return any(fnmatchcase(name.lower(), pattern) for pattern in IGNORED)


def key(name: str) -> str:
    """What a file system without case and with its own idea of umlauts takes for the same name."""
    return unicodedata.normalize("NFC", name).casefold()


def numbered(path: Path) -> Iterator[Path]:
    """The path, then the path with " (2)", " (3)" ... before its suffix."""
    yield path
    stem, suffix = path.stem, path.suffix
    if len(os.fsencode(suffix)) > _LONGEST_SUFFIX_BYTES:
        stem, suffix = path.name, ""
    for number in count(2):
        yield path.with_name(_fitted(stem, f" ({number}){suffix}"))


def beside(path: Path) -> Path:
    """Where the reason for a refused file goes: its name and `.txt`, shortened where that is too long."""
    return path.with_name(_fitted(path.name, ".txt"))


def plain(name: str) -> str:
    """A name that every disk can hold: short, of plain letters and signs, and no word of the system's own."""
    stem, dot, suffix = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name).rpartition(".")
    return f"_{stem[:_PLAIN_CHARACTERS]}{dot}{suffix[:_LONGEST_SUFFIX_BYTES]}".rstrip(" .")


def is_too_long(relative: Path) -> bool:
    """Whether a path below the drop folder is too long, or too deep, to be worked with."""
    return len(relative.parts) > _MOST_FOLDERS or len(os.fsencode(relative)) > _PATH_BYTES


def _fitted(stem: str, ending: str) -> str:
    return f"{cut(stem, most_bytes=NAME_BYTES - len(os.fsencode(ending)))}{ending}"


_CHUNK = 1 << 20
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
#: A data file needs no right to be run, and none to be run as somebody else.
_RIGHTS = 0o666
#: A copy leaves at least as much room on its disk as it takes, so that there is some for the ledger and the reports.
_SHARE_OF_ROOM = 2


def put(source: Spot, destination: Spot) -> None:
    """Moves a file within a file system to the first free name; a place that has the same bytes already will do."""
    for path in numbered(destination.path):
        candidate = destination.folder.spot(path.name)
        try:
            _rename_new(source, candidate)
        except FileExistsError:
            if not _is_same(source, candidate):
                continue
            remove(source)
        return


def _is_same(source: Spot, candidate: Spot) -> bool:
    """Whether a place has the same file already, or one with the same bytes; one that cannot be read is another."""
    mine, there = source.info(), candidate.info()
    if os.path.samestat(mine, there):
        return True
    if not stat.S_ISREG(there.st_mode) or is_link(there) or mine.st_size != there.st_size:
        return False
    try:
        return same_bytes(source, candidate)
    except (PermissionError, BlockingIOError):
        return False


def _rename_new(source: Spot, destination: Spot) -> None:
    """Moves a file to a name that nobody has; raises `FileExistsError` instead of overwriting.

    Windows: a rename fails when the name is taken. POSIX: a rename would overwrite, a hard link fails when the name is taken;
    killed between link and unlink, both names are the same file and the next try takes one away. Where there are no hard
    links (FAT, some shares, files of another user), the name is first reserved by a file made for it, which fails when the
    name is taken; the rename then overwrites our own reservation, which the next try knows by its mark.
    """
    if os.name == "nt" or stat.S_ISDIR(source.info().st_mode):
        source.rename(destination)
        return
    mark = b"reserved for " + os.fsencode(source.path)
    try:
        os.link(source.at, destination.at, src_dir_fd=source.number, dst_dir_fd=destination.number, follow_symlinks=False)
    except FileExistsError:
        if not _is_reservation(destination, mark):
            raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        write(destination, mark)
    else:
        source.unlink()
        return
    source.replace(destination)


def _is_reservation(spot: Spot, mark: bytes) -> bool:
    info = spot.info()
    if not stat.S_ISREG(info.st_mode) or info.st_size != len(mark):
        return False
    try:
        with spot.reading() as file:
            return file.read(len(mark) + 1) == mark
    except (PermissionError, BlockingIOError):  # somebody else's, then
        return False


def copy(source: Spot, target: Spot) -> None:
    """Copies the bytes and the modification time to a new file, down to the disk; nobody gets more rights than before.

    Raises OSError, `ENOSPC` before the first byte where the copy would take more than half of the room that is left.
    """
    with source.reading() as reader:
        info = os.fstat(reader.fileno())
        if not has_room(target.folder, info.st_size):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target.path))
        with open(target.create(info.st_mode & _RIGHTS), "w+b") as writer:  # noqa: PTH123 - Path.open takes no descriptor
            _keep_owner(writer.fileno(), info)
            shutil.copyfileobj(_UpTo(reader, info.st_size), writer, _CHUNK)
            writer.flush()
            with suppress(OSError):  # some shares set no times
                _set_times(writer.fileno(), target, info)
            os.fsync(writer.fileno())


class _UpTo:
    """The beginning of a file: somebody may write on without end, and what came after the look is for the next one."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes at most."""
        chunk = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        return chunk


def has_room(folder: Held, size: int) -> bool:
    """Whether a file of so many bytes may be copied into a folder without filling its disk."""
    free = folder.free_bytes()
    return free is None or size * _SHARE_OF_ROOM <= free


def _keep_owner(number: int, info: os.stat_result) -> None:
    """Leave a copy to the owner and the group of its original; where that may not be, the group gets what everybody has."""
    if not hasattr(os, "fchown"):
        return
    with suppress(OSError):  # only root may
        os.fchown(number, info.st_uid, -1)
    with suppress(OSError):  # not one of our groups
        os.fchown(number, -1, info.st_gid)
    now = os.fstat(number)
    if now.st_gid != info.st_gid:
        rights = stat.S_IMODE(now.st_mode)
        with suppress(OSError):  # a share that keeps no modes
            os.fchmod(number, (rights & ~stat.S_IRWXG) | (rights & (rights & stat.S_IRWXO) << 3))


def _set_times(number: int, target: Spot, info: os.stat_result) -> None:
    times = info.st_atime_ns, info.st_mtime_ns
    if os.utime in os.supports_fd:
        os.utime(number, ns=times)
    else:
        os.utime(target.path, ns=times)


def write(target: Spot, content: bytes) -> None:
    """Writes a new file, down to the disk; raises `FileExistsError` instead of overwriting."""
    number, rest = target.create(_RIGHTS), memoryview(content)
    try:
        while rest:
            rest = rest[os.write(number, rest) :]
        os.fsync(number)
    finally:
        os.close(number)


def same_bytes(one: Spot, other: Spot) -> bool:
    """Whether two files have the same content, byte by byte."""
    with one.reading() as left, other.reading() as right:
        if os.path.sameopenfile(left.fileno(), right.fileno()):
            return True
        if os.fstat(left.fileno()).st_size != os.fstat(right.fileno()).st_size:
            return False
        while chunk := left.read(_CHUNK):
            if chunk != right.read(_CHUNK):
                return False
        return not right.read(1)


def remove(spot: Spot) -> None:
    """Removes a file, also one that is marked read-only."""
    try:
        spot.unlink()
    except PermissionError:
        if os.name != "nt":
            raise
        # Windows removes no file that is marked read-only
        spot.path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        spot.unlink()


def prune(folder: Path, root: Path) -> None:
    """Removes empty folders upwards, up to but not including the root."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def flush_folder(folder: Held) -> None:
    """Brings the names in a folder down to the disk, where the system can."""
    # Windows opens no folders and some shares flush none; what is there is then as safe as it gets
    with suppress(OSError):
        folder.flush()
