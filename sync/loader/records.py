"""What python-calamine does not tell about the sheets of .xlsb and .xls files: their records, walked through one by one.

Facts about the records: [MS-XLSB] 2.1.4 and 2.4, [MS-XLS] 2.3, 2.4 and 2.5.198.27, [MS-CFB] 2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.loader.cells import Marks
from sync.loader.messages import RefuseFile
from sync.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What an error cell shows, by the code that both formats store.
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_WIDEST = 16_384


def marks_of_xlsb(part: bytes) -> Marks:
    """The marks of a sheet in an .xlsb file."""
    marks, row, filtered = Marks(), 0, (0, 0)
    for kind, body in _xlsb_records(part):
        if kind == 0:  # BrtRowHdr
            row = _number(body, 0) + 1
            if body[11] & 0x10:
                marks.hidden_rows.add(row)
        elif kind in {3, 11}:  # BrtCellError, BrtFmlaError
            marks.errors[row, _number(body, 0)] = _ERRORS.get(body[8], "#?")
        elif kind == 60 and body[16] & 0x01:  # noqa: PLR2004 - BrtColInfo
            marks.hidden_columns.update(range(_number(body, 0), min(_number(body, 4) + 1, _WIDEST)))
        elif kind == 176:  # noqa: PLR2004 - BrtMergeCell
            first, last, left, right = struct.unpack_from("<4I", body)
            marks.merged.append((first + 1, left, last + 1, right))
        elif kind == 161:  # noqa: PLR2004 - BrtBeginAFilter
            filtered = (_number(body, 0) + 1, _number(body, 4) + 1)
        elif kind == 163:  # noqa: PLR2004 - BrtBeginFilterColumn
            marks.filtered_rows.update(range(filtered[0] + 1, filtered[1] + 1))
    return _told_apart(marks)


def with_long_cells(part: bytes) -> bytes:
    """A sheet of an .xlsb file whose cells all say in which column they are; SheetJS leaves that out, and calamine loses them."""
    if not any(kind in _SHORT_CELLS for kind, _ in _xlsb_records(part)):
        return part
    records, column = [], 0
    for kind, body in _xlsb_records(part):
        if kind in _SHORT_CELLS:
            column += 1
            records.append(_xlsb_record(kind - _FROM_SHORT_TO_LONG, column.to_bytes(4, "little") + body))
            continue
        if kind in _LONG_CELLS:
            column = _number(body, 0)
        elif kind == 0:  # BrtRowHdr
            column = -1
        records.append(_xlsb_record(kind, body))
    return b"".join(records)


#: BrtCellBlank to BrtFmlaError, and BrtShortBlank to BrtShortIsst, which come in the same order.
_LONG_CELLS, _SHORT_CELLS, _FROM_SHORT_TO_LONG = range(1, 12), range(12, 19), 11


def _xlsb_record(kind: int, body: bytes) -> bytes:
    """A record: its kind in one or two bytes, seven bits each, its size in up to four, and what is in it."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])  # noqa: PLR2004
    size, rest = bytearray(), len(body)
    while rest > 0x7F:  # noqa: PLR2004
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    return head + bytes(size) + bytes([rest]) + body


def sheets_of_xlsb(part: bytes) -> list[tuple[str, str]]:
    """The sheets that the workbook part lists: name, and the id of the relation to its part."""
    sheets = []
    for kind, body in _xlsb_records(part):
        if kind == 156:  # noqa: PLR2004 - BrtBundleSh
            relation, at = _wide_text(body, 8)
            sheets.append((_wide_text(body, at)[0], relation))
    return sheets


def _xlsb_records(part: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(part):
        kind, at = part[at], at + 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (part[at] << 7), at + 1
        size = shift = 0
        while True:
            byte, at = part[at], at + 1
            size, shift = size | (byte & 0x7F) << shift, shift + 7
            if not byte & 0x80 or shift > 21:  # noqa: PLR2004 - four bytes at most
                break
        yield kind, part[at : at + size]
        at += size


def _wide_text(body: bytes, at: int) -> tuple[str, int]:
    length = _number(body, at)
    end = at + 4 + 2 * length
    return body[at + 4 : end].decode("utf-16-le"), end


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "little")


@dataclass(slots=True)
class _Book:
    """What an .xls file says before its sheets.

    `sheets` are names with the place of their first record, `filters` the areas of their filters by number of sheet (first and
    last row). `calculated` says that the program that saved it had worked out its formulas.
    """

    sheets: list[tuple[str, int]] = field(default_factory=list)
    filters: dict[int, tuple[int, int]] = field(default_factory=dict)
    calculated: bool = False


def marks_of_xls(data: bytes) -> dict[str, Marks]:
    """The marks of the sheets of an .xls file, by name."""
    stream = _workbook_stream(data)
    book = _book(stream)
    return {name: _sheet_of_xls(stream, start, book, number) for number, (name, start) in enumerate(book.sheets, 1)}


def _book(stream: bytes) -> _Book:
    book = _Book()
    for kind, body, _ in _xls_records(stream, 0):
        if kind == 0x85:  # noqa: PLR2004 - BOUNDSHEET
            book.sheets.append((_short_text(body), _number(body, 0)))
        elif kind == 0x18 and body[14:17] == _FILTERED_AREA and len(body) >= 23:  # noqa: PLR2004 - NAME
            first, last = struct.unpack_from("<HH", body, 19)
            book.filters[int.from_bytes(body[8:10], "little")] = (first + 1, last + 1)
        elif kind == 0x1C1:  # noqa: PLR2004 - RECALCID
            book.calculated = True
        elif kind == 0x2F:  # noqa: PLR2004 - FILEPASS
            raise RefuseFile(Reason(Why.PASSWORD))
        elif kind == 0x0A:  # noqa: PLR2004 - EOF
            break
    return book


def _sheet_of_xls(stream: bytes, start: int, book: _Book, number: int) -> Marks:
    marks, filtered, depth = Marks(), False, 0
    for kind, body, _ in _xls_records(stream, start):
        depth += (kind in _BEGINS) - (kind == 0x0A)  # noqa: PLR2004 - charts stand in a sheet with a BOF and EOF of their own
        if depth < 1:
            break
        if depth > 1:
            continue
        row, column = int.from_bytes(body[:2], "little"), int.from_bytes(body[2:4], "little")
        if kind == 0x208 and body[12] & 0x20:  # noqa: PLR2004 - ROW
            marks.hidden_rows.add(row + 1)
        elif kind == 0x7D and body[8] & 0x01:  # noqa: PLR2004 - COLINFO
            marks.hidden_columns.update(range(row, min(column + 1, 256)))
        elif kind == 0x205 and body[7]:  # noqa: PLR2004 - BOOLERR
            marks.errors[row + 1, column] = _ERRORS.get(body[6], "#?")
        elif kind in _FORMULAS and body[12:14] == b"\xff\xff" and body[6] == 0x02:  # noqa: PLR2004 - an error as its result
            marks.errors[row + 1, column] = _ERRORS.get(body[8], "#?")
        elif kind in _FORMULAS and not book.calculated and body[6:14] in _NO_RESULT:
            marks.formulas.add((row + 1, column))
        filtered = filtered or kind == 0x9B  # noqa: PLR2004 - FILTERMODE
    if filtered:
        first, last = book.filters.get(number, (0, 2**16))
        marks.filtered_rows.update(range(first + 1, last + 1))
    return _told_apart(marks)


_BEGINS = frozenset({0x09, 0x209, 0x409, 0x809})
_FORMULAS = frozenset({0x06, 0x206, 0x406})
#: What stands for the result of a formula that nobody has worked out: an empty text, or 0.
_NO_RESULT = frozenset({b"\x03\0\0\0\0\0\xff\xff", bytes(8)})
#: One character, the name "_FilterDatabase" that comes with the program, and the token of an area on a sheet.
_FILTERED_AREA = b"\0\x0d\x3b"


def _told_apart(marks: Marks) -> Marks:
    marks.filtered_rows &= marks.hidden_rows
    marks.hidden_rows -= marks.filtered_rows
    return marks


def _xls_records(stream: bytes, at: int) -> Iterator[tuple[int, bytes, int]]:
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size], at
        at += 4 + size


def _short_text(body: bytes) -> str:
    """The name in a BOUNDSHEET record: length, whether it is wide, characters."""
    length, wide = body[6], body[7] & 0x01
    return body[8 : 8 + 2 * length].decode("utf-16-le") if wide else body[8 : 8 + length].decode("latin-1")


def _workbook_stream(data: bytes) -> bytes:
    """The stream "Workbook" of a compound file; nothing where there is none of that name."""
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    if shift not in {9, 12} or mini_shift != 6:  # noqa: PLR2004 - the only sizes there are
        raise RefuseFile(Reason(Why.DAMAGED))
    file = _Compound(data, 1 << shift)
    for name, start, size in file.entries():
        if name in {"Workbook", "Book"}:
            return file.stream(start, size)
    return b""


class _Compound:
    """Sectors of a compound file, followed through its tables; a chain that does not end is damage."""

    def __init__(self, data: bytes, sector: int) -> None:
        self._data = data
        self._sector = sector
        self._directory, self._cutoff, mini_start = (_number(data, at) for at in (48, 56, 60))
        tables = [_number(data, 76 + 4 * at) for at in range(109)]
        more, count = _number(data, 68), _number(data, 72)
        while more < _END and count > 0:
            body = self._at(more)
            tables += struct.unpack(f"<{sector // 4}I", body)[:-1]
            more, count = _number(body, sector - 4), count - 1
        self._next = b"".join(self._at(table) for table in tables if table < _END)
        root = next(self._raw_entries())
        self._mini_next = self._chain(mini_start)
        self._mini = self._chain(_number(root, 116))

    def entries(self) -> Iterator[tuple[str, int, int]]:
        """Name, first sector and size of each entry of the directory."""
        for entry in self._raw_entries():
            length = int.from_bytes(entry[64:66], "little")
            yield entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace"), _number(entry, 116), _number(entry, 120)

    def stream(self, start: int, size: int) -> bytes:
        """All bytes of a stream."""
        if size >= self._cutoff:
            return self._chain(start)[:size]
        pieces: list[bytes] = []
        while start < _END and len(pieces) <= size // 64:
            pieces.append(self._mini[start * 64 : start * 64 + 64])
            start = _number(self._mini_next, 4 * start)
        return b"".join(pieces)[:size]

    def _raw_entries(self) -> Iterator[bytes]:
        directory = self._chain(self._directory)
        return (directory[at : at + 128] for at in range(0, len(directory) - 127, 128))

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


_END = 0xFFFFFFFA
