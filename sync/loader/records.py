"""What python-calamine does not tell about the sheets of .xlsb files: their records, walked through one by one.

Facts about the records: [MS-XLSB] 2.1.4 and 2.4.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from sync.loader.biff import ERRORS
from sync.loader.cells import Marks

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            marks.errors[row, _number(body, 0)] = ERRORS.get(body[8], "#?")
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


def _told_apart(marks: Marks) -> Marks:
    marks.filtered_rows &= marks.hidden_rows
    marks.hidden_rows -= marks.filtered_rows
    return marks
