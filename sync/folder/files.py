"""Safe steps with single files: moves that overwrite nothing, copies and notes down to the disk, reads that follow no link."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from sync.folder.names import numbered

if TYPE_CHECKING:
    from pathlib import Path

#: How a file is opened that could be anything by now: no link is followed, nobody waits for the other end of a pipe.
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)

_CHUNK = 1 << 20
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


def put(source: Path, destination: Path) -> None:
    """Moves a file within a file system to the first free name; a place that has the same bytes already will do."""
    for candidate in numbered(destination):
        try:
            _rename_new(source, candidate)
        except FileExistsError:
            if candidate.is_symlink() or not candidate.is_file() or not same_bytes(source, candidate):
                continue
            remove(source)
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
        write(destination, mark)
    else:
        source.unlink()
        return
    source.replace(destination)


def _is_reservation(path: Path, mark: bytes) -> bool:
    info = path.lstat()
    return stat.S_ISREG(info.st_mode) and info.st_size == len(mark) and path.read_bytes() == mark


def copy(source: Path, target: Path) -> None:
    """Copies the bytes and the modification time to a new file, down to the disk."""
    with _reading(source) as reader, target.open("xb") as writer:
        info = os.fstat(reader.fileno())
        shutil.copyfileobj(reader, writer, _CHUNK)
        writer.flush()
        os.fsync(writer.fileno())
    with suppress(OSError):  # some shares set no times
        os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns))


def write(target: Path, content: bytes) -> None:
    """Writes a new file, down to the disk; raises `FileExistsError` instead of overwriting."""
    with target.open("xb") as writer:
        writer.write(content)
        writer.flush()
        os.fsync(writer.fileno())


def same_bytes(one: Path, other: Path) -> bool:
    """Whether two files have the same content, byte by byte."""
    with _reading(one) as left, _reading(other) as right:
        if os.path.sameopenfile(left.fileno(), right.fileno()):
            return True
        while chunk := left.read(_CHUNK):
            if chunk != right.read(_CHUNK):
                return False
        return not right.read(1)


def _reading(path: Path) -> BinaryIO:
    # never follows a link and never waits for the other end of a pipe, whatever lies there by now
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | OPEN_FLAGS))


def remove(path: Path) -> None:
    """Removes a file, also one that is marked read-only."""
    try:
        path.unlink()
    except PermissionError:
        # Windows removes no file that is marked read-only
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        path.unlink()


def prune(folder: Path, root: Path) -> None:
    """Removes empty folders upwards, up to but not including the root."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def flush_folder(folder: Path) -> None:
    """Brings the names in a folder down to the disk, where the system can."""
    # Windows opens no folders and some shares flush none; what is there is then as safe as it gets
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
