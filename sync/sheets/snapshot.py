"""The bytes of a file as they are at one moment."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, BinaryIO, Final

from sync.domain.model import Reason, Why
from sync.sheets.stream import RefuseFile
from sync.system import handles

if TYPE_CHECKING:
    from pathlib import Path

#: What opening says of a link, a pipe, a socket or a folder.
_NOT_FILES: Final = frozenset({errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.EISDIR})


def snapshot(path: Path, limit_bytes: int) -> bytes:
    """All bytes of a plain file; never waits for a device and never follows a link of a stranger.

    Raises:
        RefuseFile: it is no plain file, cannot be opened, or is larger than the limit.
    """
    try:
        with handles.folder(handles.resolved(path.parent)) as folder, folder.spot(path.name).reading() as file:
            return _all_bytes(file, limit_bytes)
    except OSError as error:
        if error.errno in _NOT_FILES:
            raise RefuseFile(Reason(Why.NOT_A_FILE)) from error
        raise RefuseFile(Reason(Why.UNREADABLE, error.strerror or str(error))) from error


def _all_bytes(file: BinaryIO, limit_bytes: int) -> bytes:
    if os.fstat(file.fileno()).st_size <= limit_bytes:
        data = file.read(limit_bytes + 1)
        if len(data) <= limit_bytes:
            return data
    raise RefuseFile(Reason(Why.LIMIT_FILE_SIZE, megabytes(limit_bytes)))


def megabytes(size: int) -> str:
    """A number of bytes as the configuration counts them: a megabyte is a million."""
    return f"{size / 1_000_000:.0f} MB"
