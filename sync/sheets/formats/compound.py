"""Compound files, the containers of .xls and of encrypted workbooks. Facts: [MS-CFB] 2."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterator


MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA
_ENTRY = 128


class Compound:
    """Sectors of a compound file, followed through its tables; a chain that does not end is damage.

    Raises:
        RefuseFile: the file is damaged.
    """

    def __init__(self, data: bytes) -> None:
        shift, mini_shift = struct.unpack_from("<HH", data.ljust(512, b"\0"), 30)
        if shift not in {9, 12} or mini_shift != 6:  # noqa: PLR2004 - the only sizes there are
            raise RefuseFile(Reason(Why.DAMAGED))
        self._data = data
        self._sector = sector = 1 << shift
        self._directory, self._cutoff, mini_start = (_number(data, at) for at in (48, 56, 60))
        tables = [_number(data, 76 + 4 * at) for at in range(109)]
        more, count = _number(data, 68), _number(data, 72)
        while more < _END and count > 0:
            body = self._at(more)
            tables += struct.unpack(f"<{sector // 4}I", body)[:-1]
            more, count = _number(body, sector - 4), count - 1
        self._next = b"".join(self._at(table) for table in tables if table < _END)
        root = next(self._raw_entries(), b"")
        self._mini_next = self._chain(mini_start)
        self._mini = self._chain(_number(root.ljust(_ENTRY, b"\xff"), 116))

    def names(self) -> set[str]:
        """The names of all streams and storages, in small letters."""
        return {name.casefold() for name, _, _ in self._entries()}

    def stream(self, *names: str) -> bytes:
        """All bytes of the first of some streams that is there; names are in small letters. Nothing where none is."""
        found = {name.casefold(): (start, size) for name, start, size in self._entries()}
        for name in names:
            if name in found:
                return self._bytes(*found[name])
        return b""

    def _entries(self) -> Iterator[tuple[str, int, int]]:
        """Name, first sector and size of each entry of the directory."""
        for entry in self._raw_entries():
            length = int.from_bytes(entry[64:66], "little")
            yield entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"), _number(entry, 116), _number(entry, 120)

    def _bytes(self, start: int, size: int) -> bytes:
        if size >= self._cutoff:
            return self._chain(start)[:size]
        pieces: list[bytes] = []
        while start < _END and len(pieces) <= size // 64:
            pieces.append(self._mini[start * 64 : start * 64 + 64])
            start = _number(self._mini_next, 4 * start)
        return b"".join(pieces)[:size]

    def _raw_entries(self) -> Iterator[bytes]:
        directory = self._chain(self._directory)
        return (directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY))

    def _at(self, number: int) -> bytes:
        body = self._data[(number + 1) * self._sector : (number + 2) * self._sector]
        return body.ljust(self._sector, b"\0")

    def _chain(self, number: int) -> bytes:
        pieces: list[bytes] = []
        while number < _END:
            if len(pieces) * self._sector > len(self._data):
                raise RefuseFile(Reason(Why.DAMAGED))
            pieces.append(self._at(number))
            number = _number(self._next, 4 * number) if 4 * number < len(self._next) else _END
        return b"".join(pieces)


def names_in(data: bytes) -> set[str]:
    """The names of all streams and storages of a file, in small letters; none where its directory is torn."""
    try:
        return Compound(data).names()
    except RefuseFile:
        return set()


def looks_like_entry(data: bytes, name: str) -> bool:
    """Whether a name stands anywhere where an entry of a directory begins: a text in a cell hardly ever does."""
    wanted = f"{name}\0".encode("utf-16-le")
    at = data.find(wanted)
    while at > 0 and at % _ENTRY:
        at = data.find(wanted, at + 1)
    return at > 0


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "little")


# Workbooks that are encrypted with the password that Excel tries by itself: they open without anybody being asked.


#: [MS-OFFCRYPTO] 2.4.2.3: what Excel encrypts a workbook with of which only the structure is protected.
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
