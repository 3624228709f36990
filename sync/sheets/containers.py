"""What a stranger's bytes lie in: the plain file, ZIP archives, and the compound files of .xls and of encrypted workbooks.

A file is taken as it is at one moment, and an archive never gives more bytes than allowed.
"""

from __future__ import annotations

import errno
import io
import os
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final

from sync.domain.model import Reason, Why
from sync.sheets.stream import RefuseFile
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from olefile import OleFileIO


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


#: What every OLE compound file begins with. Facts: [MS-CFB] 2.
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The length of an entry of its directory.
_OLE_ENTRY = 128


def stream_of(data: bytes, *names: str) -> bytes:
    """All bytes of the first of some streams that is there, in whichever case its name is; nothing where none is.

    What lies in a storage belongs to another document, which is embedded in this one.

    Raises:
        RefuseFile: the file is damaged.
    """
    try:
        file = _ole(data)
        name = next(filter(file.exists, names), None)
        return bytes(file.openstream(name).read()) if name else b""
    except MemoryError:
        raise
    except Exception as error:  # of damage, olefile raises what it meets
        raise RefuseFile(Reason(Why.DAMAGED)) from error


def names_in(data: bytes) -> set[str]:
    """The names of all streams and storages of a file, in small letters; none where its directory is torn."""
    try:
        paths = _ole(data).listdir(streams=True, storages=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above
        return set()
    return {path[-1].casefold() for path in paths}


def is_cut_off(data: bytes) -> bool:
    """Whether the structure of a file leads to what is not there: it is torn, or was copied by half."""
    try:
        return bool(_ole(data).parsing_issues)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above
        return True


def _ole(data: bytes) -> OleFileIO:
    from olefile import OleFileIO  # noqa: PLC0415 - most files are none

    return OleFileIO(io.BytesIO(data))


def looks_like_entry(data: bytes, name: str) -> bool:
    """Whether a name stands anywhere where an entry of a directory begins: a text in a cell hardly ever does."""
    wanted = f"{name}\0".encode("utf-16-le")
    at = data.find(wanted)
    while at > 0 and at % _OLE_ENTRY:
        at = data.find(wanted, at + 1)
    return at > 0


#: [MS-OFFCRYPTO] 2.4.2.3: what Excel encrypts a workbook with of which only the structure is protected, and tries by itself.
_DEFAULT = "VelvetSweatshop"
_PACKAGE = "encryptedpackage"


def without_default_password(data: bytes) -> bytes:
    """The file, without its encryption where it is an encrypted package; every other one as it is.

    Raises:
        RefuseFile: it has another password.
    """
    return decrypted(data) if data.startswith(MAGIC) and _PACKAGE in names_in(data) else data


def decrypted(data: bytes) -> bytes:
    """A workbook without its encryption.

    Raises:
        RefuseFile: it has another password.
    """
    import msoffcrypto  # noqa: PLC0415 - rarely needed, and slow to import

    made = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if file.format == "ooxml":
            file.load_key(password=_DEFAULT, verify_password=True)
        else:
            file.load_key(password=_DEFAULT)
        file.decrypt(made)
    except Exception as error:
        raise RefuseFile(Reason(Why.PASSWORD)) from error
    return made.getvalue()
