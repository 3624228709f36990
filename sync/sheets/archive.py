"""A ZIP archive from a stranger: its parts, never more bytes than allowed."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.snapshot import megabytes
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 2**20
#: Real workbooks unpack to about 10 times their size, bombs to 400 times and more.
_BOMB_RATIO = 200
_BOMB_BYTES = 100 * 2**20
_ENCRYPTED = 0x1
#: What every entry of the directory begins with.
_ENTRY = b"PK\x01\x02"
_MOST_PARTS = 20_000


def opened(data: bytes) -> zipfile.ZipFile:
    """The archive that some bytes are.

    Raises:
        RefuseFile: it is damaged, or has more parts than any workbook; their directory would take all memory.
    """
    if data.count(_ENTRY) > _MOST_PARTS:
        raise RefuseFile(Reason(Why.TOO_MANY_PARTS))
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise RefuseFile(Reason(Why.DAMAGED)) from error


class Archive:
    """The parts of an archive by name, with `/`."""

    def __init__(self, data: bytes, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._zip = opened(data)
        self._infos = {info.filename.replace("\\", "/").lower(): info for info in self._zip.infolist()}
        if any(info.flag_bits & _ENCRYPTED for info in self._infos.values()):
            raise RefuseFile(Reason(Why.PASSWORD))
        unpacked = sum(info.file_size for info in self._zip.infolist())
        if unpacked > limit_bytes or unpacked > max(_BOMB_BYTES, _BOMB_RATIO * len(data)):
            raise self._too_large()

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._infos

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part in pieces, as often as it is asked for.

        Raises:
            RefuseFile: the part is not there or damaged, or the archive holds more than its directory says.
        """
        try:
            info = self._infos[name.lower()]
            left = info.file_size
            with self._zip.open(info) as part:
                while piece := part.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise self._too_large()
                    yield piece
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
            raise RefuseFile(Reason(Why.DAMAGED)) from error

    def _too_large(self) -> RefuseFile:
        return RefuseFile(Reason(Why.LIMIT_UNPACKED_SIZE, megabytes(self._limit_bytes)))
