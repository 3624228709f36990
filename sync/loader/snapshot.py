"""The bytes of a file as they are at one moment."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from sync.loader.messages import RefuseFile
from sync.model import Reason, Why

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def snapshot(path: Path, limit_bytes: int) -> bytes:
    """All bytes of a plain file; never waits for a device and never follows a link.

    Raises:
        RefuseFile: it is no plain file, cannot be opened, or is larger than the limit.
    """
    try:
        if path.is_symlink() or not stat.S_ISREG(path.stat(follow_symlinks=False).st_mode):
            raise RefuseFile(Reason(Why.NOT_A_FILE))
        with open(os.open(path, _FLAGS), "rb", buffering=0) as file:  # noqa: PTH123 - Path.open takes no flags
            return _all_bytes(file.fileno(), limit_bytes)
    except OSError as error:
        raise RefuseFile(Reason(Why.UNREADABLE, error.strerror or str(error))) from error


def _all_bytes(descriptor: int, limit_bytes: int) -> bytes:
    seen = os.fstat(descriptor)
    if not stat.S_ISREG(seen.st_mode):
        raise RefuseFile(Reason(Why.NOT_A_FILE))
    if seen.st_size <= limit_bytes:
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(limit_bytes + 1)
        if len(data) <= limit_bytes:
            return data
    raise RefuseFile(Reason(Why.LIMIT_FILE_SIZE, megabytes(limit_bytes)))


def megabytes(size: int) -> str:
    """A number of bytes as the configuration counts them: a megabyte is a million."""
    return f"{size / 1_000_000:.0f} MB"
