"""Files and folders in places where others may write: opened by handle, step by step, and no link is followed.

Whoever may write into a folder can swap anything in it at any moment, between a look and a move too. So a folder is opened once,
component by component, and everything in it is done relative to that handle; a link on the way is refused. `openat2` would save
some of the steps, but Python has no call for it, older kernels and seccomp filters refuse it, and the steps cost microseconds.

Windows has no such calls. There links and junctions on the way are refused as well, by looking at each component, and making one
there takes rights that staff do not have.

`replacing` writes a file that is whole or not there; `free` finds a name that nothing has; `cut` shortens what becomes one.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import stat
import sys
import unicodedata
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn

from sync.errors import ReportError, SyncError
from sync.i18n import LazyText
from sync.i18n.texts import said

if TYPE_CHECKING:
    from collections.abc import Iterator


# Files that are either whole or not there, in folders where others may write.


_log = logging.getLogger(__name__)

#: How often what somebody puts into the way of a file is put aside before that is given up.
_TRIES: Final = 3


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Give a new file to write to; at the end what was written is on the disk and takes the place of `path`.

    It has a name of its own until then, beside `path`, that nobody can guess; no component of the path may be a link. A folder
    in the place of `path` is put aside: it is nothing that the job has made.

    Raises OSError; then `path` is as it was before.
    """
    with folder(path.parent) as held:
        temporary = held.new_spot(".tmp")
        number = temporary.create(mode)
        try:
            with open(number, "w+b") as file:  # noqa: PTH123 - Path.open takes no descriptor
                lock(number)
                yield file
                file.flush()
                os.fsync(number)
            _take_place(temporary, held.spot(path.name))
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


def _take_place(temporary: Spot, target: Spot) -> None:
    for _ in range(_TRIES):
        try:
            temporary.replace(target)
        except OSError as error:
            if error.errno not in {errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST, errno.EACCES} or not _is_folder(target):
                raise
            _put_aside(target)
        else:
            return
    temporary.replace(target)


def _is_folder(spot: Spot) -> bool:
    with suppress(OSError):
        return stat.S_ISDIR(spot.info().st_mode)
    return False


def _put_aside(spot: Spot) -> None:
    """Give a folder the first free name. Raises OSError."""
    free = next(free for number in count(2) if not (free := spot.folder.spot(f"{spot.name} ({number})")).is_there())
    spot.rename(free)
    _log.warning("a folder lay where %s belongs; it is called %s now", spot.path, free.name)


def not_written(folder: Path, error: OSError) -> ReportError:
    """What to raise when results cannot be written to a folder."""
    return ReportError(LazyText("results.not_written", folder=folder, said=said(error)))


# Texts that have to be short: cut by what others count, never in the middle of a character.


_JOINS = frozenset("\u200d\ufe0e\ufe0f")
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def free(path: Path) -> Path:
    """The path, or one with a number where something lies there that somebody may still need.

    Raises:
        SyncError: the folder is closed to this user.
    """
    places = (path.with_name(f"{path.stem} ({number}){path.suffix}") if number > 1 else path for number in count(1))
    try:
        return next(place for place in places if not place.exists())
    except OSError as error:
        raise SyncError(LazyText("command.folder_closed", path=path.parent, said=said(error))) from None


def cut(text: str, *, most_bytes: int, most_units: int | None = None) -> str:
    """The longest beginning of a text that has no more bytes in UTF-8 and no more units in UTF-16.

    A letter keeps its accents, an emoji its colour and all of its parts, or goes as a whole.
    """
    bytes_, units, end = 0, 0, 0
    for at, character in enumerate(text):
        if not _belongs_to_the_one_before(text, at):
            end = at
        bytes_ += len(character.encode("utf-8", "surrogatepass"))
        units += 1 + (ord(character) > 0xFFFF)  # noqa: PLR2004 - the last of the first plane
        if bytes_ > most_bytes or (most_units is not None and units > most_units):
            return text[:end]
    return text


def _belongs_to_the_one_before(text: str, at: int) -> bool:
    character = text[at]
    if at == 0:
        return False
    return (
        unicodedata.combining(character) > 0 or character in _JOINS or text[at - 1] == "\u200d" or ord(character) in _SKIN_TONES
    )


#: What the job itself puts into a folder for a moment begins like this; no look takes it for a file.
OWN: Final = ".onoffice-sync-"
#: How a file is opened that could be anything by now: no link is followed, nobody waits for the other end of a pipe.
READ_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)

_HANDLES: Final = os.open in os.supports_dir_fd
_STEP_FLAGS: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
#: For a folder that may be gone through and not listed. Not for all: it connects no share that is connected when it is used.
_UNLISTED: Final = getattr(os, "O_PATH", getattr(os, "O_SEARCH", None))
_NEW_FLAGS: Final = os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_LINK_TAGS: Final = frozenset({0xA000000C, 0xA0000003})  # a symbolic link and a junction, as Windows calls them
_MOST_LINKS: Final = 40
_HALF_WRITTEN: Final = re.compile(rf"{re.escape(OWN)}[0-9a-f]{{16}}\.tmp")


@dataclass(frozen=True, slots=True)
class Held:
    """A folder that is held open. `number` is its descriptor, None where the system works with paths only."""

    path: Path
    number: int | None

    def spot(self, name: str) -> Spot:
        """The place of a name in it."""
        return Spot(self, name)

    def new_spot(self, ending: str = "") -> Spot:
        """The place of a name that nobody can guess."""
        return Spot(self, f"{OWN}{secrets.token_hex(8)}{ending}")

    def info(self) -> os.stat_result:
        """About the folder itself."""
        return self.path.stat() if self.number is None else os.fstat(self.number)

    def entries(self) -> list[os.DirEntry[str]]:
        """What lies in it, in the order of the disk; only their names, `is_dir` and `is_file` are of use later."""
        if self.number is None:
            with os.scandir(self.path) as listing:
                return list(listing)
        with self._readable() as number, os.scandir(number) as listing:
            entries = list(listing)
            for entry in entries:
                entry.is_dir(follow_symlinks=False)  # some file systems tell the kind only when they are asked for it
            return entries

    def flush(self) -> None:
        """Bring the names in it down to the disk. Raises OSError where the system cannot."""
        if self.number is None:
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
        with self._readable() as number:
            os.fsync(number)

    def close_to_others(self) -> None:
        """Take every right to the folder from everybody but its owner. Raises OSError."""
        with self._readable() as number:
            os.fchmod(number, stat.S_IRWXU)

    def free_bytes(self) -> int | None:
        """Room on its disk for this user, None where nobody knows."""
        if self.number is None or not hasattr(os, "fstatvfs"):
            return None
        room = os.statvfs(self.number)
        return room.f_bavail * room.f_frsize if room.f_blocks else None  # some shares tell nothing but zeros

    @contextmanager
    def _readable(self) -> Iterator[int]:
        number = os.open(".", os.O_RDONLY | getattr(os, "O_DIRECTORY", 0), dir_fd=self.number)
        try:
            yield number
        finally:
            os.close(number)


@dataclass(frozen=True, slots=True)
class Spot:
    """A name in a folder that is held open. `at` and `number` are what the calls of `os` take."""

    folder: Held
    name: str

    @property
    def path(self) -> Path:
        """Where it is, for people."""
        return self.folder.path / self.name

    @property
    def at(self) -> str:
        """The name, or the whole path where the system works with paths only."""
        return self.name if self.folder.number is not None else str(self.path)

    @property
    def number(self) -> int | None:
        """The descriptor of the folder."""
        return self.folder.number

    def info(self) -> os.stat_result:
        """About what lies there, links not followed. Raises OSError."""
        return os.stat(self.at, dir_fd=self.number, follow_symlinks=False)

    def is_there(self) -> bool:
        """Whether anything has this name."""
        try:
            self.info()
        except FileNotFoundError:
            return False
        return True

    def open_to_read(self, *, also_to_write: bool = False) -> int:
        """A descriptor of whatever lies there but a link; raises OSError."""
        if self.number is None and is_link(self.info()):
            _refuse(self.path)
        return os.open(self.at, READ_FLAGS | (os.O_RDWR if also_to_write else 0), dir_fd=self.number)

    def reading(self) -> BinaryIO:
        """A file to read that is a file: no link is followed, no pipe or device waited for. Raises OSError."""
        number = self.open_to_read()
        if stat.S_ISREG(os.fstat(number).st_mode):
            return open(number, "rb")  # noqa: PTH123 - Path.open takes no descriptor; closed by who asked for it
        os.close(number)
        raise OSError(errno.EINVAL, "not a regular file", str(self.path))

    def create(self, mode: int = 0o666) -> int:
        """A descriptor of a new file, to read and write; raises `FileExistsError` whatever has the name already."""
        return os.open(self.at, os.O_RDWR | _NEW_FLAGS, mode, dir_fd=self.number)

    def unlink(self) -> None:
        """Take the name away. Raises OSError."""
        os.unlink(self.at, dir_fd=self.number)

    def make_folder(self, mode: int = 0o777) -> None:
        """Make a folder. Raises OSError."""
        os.mkdir(self.at, mode, dir_fd=self.number)

    def remove_folder(self) -> None:
        """Remove an empty folder. Raises OSError."""
        os.rmdir(self.at, dir_fd=self.number)

    def rename(self, target: Spot) -> None:
        """Move it, as `os.rename` does. Raises OSError."""
        os.rename(self.at, target.at, src_dir_fd=self.number, dst_dir_fd=target.number)

    def replace(self, target: Spot) -> None:
        """Move it, in the place of what may be there. Raises OSError."""
        os.replace(self.at, target.at, src_dir_fd=self.number, dst_dir_fd=target.number)

    @contextmanager
    def held(self) -> Iterator[Held]:
        """The folder of this name, held open. Raises OSError, also where it is a link."""
        number = _step(self)
        try:
            yield Held(self.path, number)
        finally:
            if number is not None:
                os.close(number)


@contextmanager
def folder(path: Path, *, make: bool = False, mode: int = 0o777) -> Iterator[Held]:
    """Hold a folder open by its absolute path; no component of it may be a link.

    With `make`, what is missing is made, the last of them with `mode`.

    Raises:
        OSError: it is not there, cannot be opened or made, or there is a link on the way (`ELOOP`).
    """
    path = path.absolute()
    held = Held(Path(path.anchor), os.open(path.anchor, _STEP_FLAGS) if _HANDLES else None)
    try:
        for name in path.parts[1:]:
            spot = held.spot(name)
            try:
                number = _step(spot)
            except FileNotFoundError:
                if not make:
                    raise
                _make(spot, mode if spot.path == path else 0o777)
                number = _step(spot)
            if held.number is not None:
                os.close(held.number)
            held = Held(spot.path, number)
        yield held
    finally:
        if held.number is not None:
            os.close(held.number)


def make(path: Path, mode: int = 0o777) -> None:
    """Make a folder where it is missing. Raises OSError as `folder` does."""
    with folder(path, make=True, mode=mode):
        pass


def is_link(info: os.stat_result) -> bool:
    """Whether this is a link, or what leads elsewhere on Windows."""
    return stat.S_ISLNK(info.st_mode) or getattr(info, "st_reparse_tag", 0) in _LINK_TAGS


def resolved(path: Path) -> Path:
    """The absolute path with those links resolved that only root or the own user can have put there.

    They are their own, in a folder that is their own and not writable by others (or sticky, like `/tmp`): on a share every link
    may look like one's own. Any other link stays in the path, and is refused when the path is opened.
    """
    if os.name != "posix":
        return path.resolve()
    done, waiting, links = Path(os.sep), list(reversed(path.absolute().parts[1:])), 0
    while waiting:
        part = waiting.pop()
        if part == os.pardir:
            done = done.parent
            continue
        done /= part
        target = _trusted_target(done)
        if target is not None and links < _MOST_LINKS:
            links += 1
            waiting += reversed(target.parts[1:] if target.is_absolute() else target.parts)
            done = Path(os.sep) if target.is_absolute() else done.parent
    return done


def _trusted_target(path: Path) -> Path | None:
    """Where a link leads that only root or the own user can have put there; None for everything else."""
    try:
        info = path.lstat()
        above = path.parent.lstat()
        is_safe = not above.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or above.st_mode & stat.S_ISVTX
        if stat.S_ISLNK(info.st_mode) and is_safe and {info.st_uid, above.st_uid} <= {0, os.geteuid()}:
            return path.readlink()
    except OSError:
        pass
    return None


def _make(spot: Spot, mode: int) -> None:
    try:
        spot.make_folder(mode)
    except FileExistsError:  # somebody was quicker; whatever it is, the next step looks at it
        return


def _step(spot: Spot) -> int | None:
    """The descriptor of a folder that is no link; None where the system works with paths only."""
    if spot.number is None:
        info = spot.info()
        if is_link(info):
            _refuse(spot.path)
        if not stat.S_ISDIR(info.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(spot.path))
        return None
    try:
        return _opened_folder(spot)
    except OSError as error:
        if error.errno in {errno.ENOTDIR, errno.ELOOP, errno.EMLINK} and _is_link_there(spot):
            _refuse(spot.path)
        raise OSError(error.errno, error.strerror, str(spot.path)) from None


def _opened_folder(spot: Spot) -> int:
    try:
        return os.open(spot.name, _STEP_FLAGS, dir_fd=spot.number)
    except PermissionError:
        if _UNLISTED is None:
            raise
        return os.open(spot.name, _STEP_FLAGS | _UNLISTED, dir_fd=spot.number)


def _is_link_there(spot: Spot) -> bool:
    try:
        return is_link(spot.info())
    except OSError:
        return False


def _refuse(path: Path) -> NoReturn:
    raise OSError(errno.ELOOP, LazyText("said.a_link", path=path), str(path))


def remove_half_written(folder: Held, name: str) -> None:
    """Remove a file if it is one that a process of ours made for a moment and was killed; nothing else is touched."""
    if not _HALF_WRITTEN.fullmatch(name):
        return
    spot = folder.spot(name)
    with suppress(OSError):
        number = spot.open_to_read(also_to_write=True)  # shares lock nothing that is only read
        try:
            info = os.fstat(number)
            dead = stat.S_ISREG(info.st_mode) and _is_own(info) and lock(number)
        finally:
            os.close(number)
        if dead:
            spot.unlink()


def _is_own(info: os.stat_result) -> bool:
    return os.name != "posix" or info.st_uid == os.geteuid()


if sys.platform == "win32":

    def lock(_number: int) -> bool:
        """Windows removes no file that is open, so that none needs a lock against that."""
        return True

else:
    import fcntl

    def lock(number: int) -> bool:
        """Hold a file as long as it is open, and this process lives; returns whether nobody else does."""
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
