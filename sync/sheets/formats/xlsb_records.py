"""The records of an .xlsb file, walked through one by one: what other readers do not tell, and every value a second time.

Facts about the records: [MS-XLSB] 2.1.4, 2.4 and 2.5.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.cells import Marks
from sync.sheets.formats.package import is_date
from sync.sheets.formats.xls_records import ERRORS, rk
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sync.sheets.cells import Cell

_WIDEST = 16_384
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - times of spreadsheets have no zone
_LAST_DAY = 2_958_466
#: BrtCellBlank to BrtFmlaError, and BrtShortBlank to BrtShortIsst, which come in the same order.
_LONG_CELLS, _SHORT_CELLS, _FROM_SHORT_TO_LONG = range(1, 12), range(12, 19), 11
_ROW, _BLANK, _RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED_TEXT = range(8)
_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOL, _FORMULA_ERROR, _RICH_TEXT = 8, 9, 10, 11, 62
_ALL_CELLS = frozenset({*_LONG_CELLS, *_SHORT_CELLS, _RICH_TEXT})
_SHEET, _SHEET_LIST_END = 156, 144


@dataclass(frozen=True, slots=True)
class ListedSheet:
    """A sheet as the workbook lists it, with the id of the relation to its part."""

    name: str
    shown: bool
    relation: str


@dataclass(slots=True)
class XlsbBook:
    """What an .xlsb file says before its sheets. `dates` says of each style whether it shows a date."""

    sheets: list[ListedSheet] = field(default_factory=list)
    from_1904: bool = False
    texts: list[str] = field(default_factory=list)
    dates: list[bool] = field(default_factory=list)


def book_of_xlsb(part: bytes, texts: bytes, styles: bytes) -> XlsbBook:
    """The workbook by its part and the parts of its texts and styles."""
    book = XlsbBook()
    for kind, at, size in _records(part):
        if kind == _SHEET:
            book.sheets.append(_listed(part[at : at + size]))
        elif kind == 153:  # noqa: PLR2004 - BrtWbProp
            book.from_1904 = bool(part[at] & 0x01)
    book.texts = [_wide_text(texts, at + 1)[0] for kind, at, _ in _records(texts) if kind == 19]  # noqa: PLR2004 - BrtSSTItem
    formats: dict[int, str] = {}
    in_cells = False
    for kind, at, _ in _records(styles):
        in_cells = kind == 617 or (in_cells and kind != 618)  # noqa: PLR2004 - BrtBeginCellXFs, BrtEndCellXFs
        if kind == 44:  # noqa: PLR2004 - BrtFmt
            formats[_short(styles, at)] = _wide_text(styles, at + 2)[0]
        elif kind == 47 and in_cells:  # noqa: PLR2004 - BrtXF
            number = _short(styles, at + 2)
            book.dates.append(is_date(number, formats.get(number)))
    return book


def _listed(body: bytes) -> ListedSheet:
    relation, at = _wide_text(body, 8)
    return ListedSheet(_wide_text(body, at)[0], not _number(body, 0), relation)


def with_sheets(part: bytes, relations: Collection[str]) -> bytes:
    """The part of the workbook without the sheets whose relation is another one."""
    kept = [
        _xlsb_record(kind, part[at : at + size])
        for kind, at, size in _records(part)
        if kind != _SHEET or _listed(part[at : at + size]).relation in relations
    ]
    return b"".join(kept)


def with_plain_cells(part: bytes) -> bytes:
    """A sheet of an .xlsb file whose cells all say in which column they are, and whose texts have no formats inside.

    SheetJS leaves the column out, and calamine loses cells of both kinds.
    """
    if not any(kind in _SHORT_CELLS or kind == _RICH_TEXT for kind, _, _ in _records(part)):
        return part
    records, column = [], 0
    for kind, at, size in _records(part):
        body = part[at : at + size]
        if kind in _SHORT_CELLS:
            column += 1
            records.append(_xlsb_record(kind - _FROM_SHORT_TO_LONG, column.to_bytes(4, "little") + body))
            continue
        if kind in _LONG_CELLS or kind == _RICH_TEXT:
            column = _number(body, 0)
        elif kind == _ROW:
            column = -1
        rich = kind == _RICH_TEXT
        records.append(_xlsb_record(_TEXT, body[:8] + body[9 : _wide_text(body, 9)[1]]) if rich else _xlsb_record(kind, body))
    return b"".join(records)


def with_texts_as_results(part: bytes) -> bytes:
    """A sheet whose texts stand there as results of formulas, as pyxlsb loses others that are not shared."""
    nothing = bytes(10)
    return b"".join(
        _xlsb_record(_FORMULA_TEXT, part[at : at + size] + nothing) if kind == _TEXT else _xlsb_record(kind, part[at : at + size])
        for kind, at, size in _records(part)
    )


def _xlsb_record(kind: int, body: bytes) -> bytes:
    """A record: its kind in one or two bytes, seven bits each, its size in up to four, and what is in it."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])  # noqa: PLR2004
    size, rest = bytearray(), len(body)
    while rest > 0x7F:  # noqa: PLR2004
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    return head + bytes(size) + bytes([rest]) + body


class XlsbSheet:
    """One sheet: its marks, and its values by their place. See `sync.sheets.cells.SecondReading`.

    Raises:
        RefuseFile: a row or a cell is there twice, or there are more than allowed.
    """

    def __init__(self, part: bytes, book: XlsbBook, most_cells: int, *, shown: bool = True) -> None:
        self.marks = Marks(hidden_sheet=not shown)
        self._part = part
        self._book = book
        self._most_cells = most_cells
        self._places: dict[int, int] = {}
        self._rows: set[int] = set()
        self._filter = range(0)
        self._filtered: list[range] = []
        self._walk()
        hidden = self.marks.hidden_rows
        self.marks.filtered_rows.update(row for row in hidden if any(row in rows for rows in self._filtered))
        hidden -= self.marks.filtered_rows

    def _walk(self) -> None:
        part, row, column = self._part, 0, -1
        for kind, at, size in _records(part):
            if kind in _ALL_CELLS:
                short = kind in _SHORT_CELLS
                column = column + 1 if short else _number(part, at)
                self._put(row, column, kind - _FROM_SHORT_TO_LONG if short else kind, at - 4 if short else at)
            elif kind == _ROW:
                row, column = _number(part, at) + 1, -1
                self._start_row(row, part[at : at + size])
            elif kind in _SHAPES:
                self._shape(kind, part[at : at + size])

    def _start_row(self, row: int, body: bytes) -> None:
        if row in self._rows:
            raise RefuseFile(Reason(Why.DAMAGED, f"row {row} twice"))
        self._rows.add(row)
        if body[11] & 0x10 or body[8:10] == b"\0\0":
            self.marks.hidden_rows.add(row)

    def _put(self, row: int, column: int, kind: int, at: int) -> None:
        """A cell whose column would stand at `at`, and its style and value behind it."""
        place = row << 14 | column
        if place in self._places or column >= _WIDEST:
            raise RefuseFile(Reason(Why.DAMAGED, f"row {row} column {column + 1} twice"))
        if kind == _BLANK:
            return
        self._places[place] = at << 8 | kind
        if kind in {_ERROR, _FORMULA_ERROR}:
            self.marks.errors[row, column] = ERRORS.get(self._part[at + 8], "#?")
        if len(self._places) > self._most_cells:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(self._most_cells)))

    def _shape(self, kind: int, body: bytes) -> None:
        first, last, left, right = struct.unpack_from("<4I", body.ljust(16, b"\0"))
        if kind == 60:  # noqa: PLR2004 - BrtColInfo
            if body[16] & 0x01 or not left:
                self.marks.hidden_columns.update(range(first, min(last + 1, _WIDEST)))
        elif kind == 176:  # noqa: PLR2004 - BrtMergeCell
            self.marks.merged.append((first + 1, left, last + 1, right))
        elif kind == 161:  # noqa: PLR2004 - BrtBeginAFilter
            self._filter = range(first + 2, last + 2)
        else:  # BrtBeginFilterColumn
            self._filtered.append(self._filter)

    def row(self, row: int) -> Mapping[int, Cell]:
        """See `SecondReading`."""
        begin = row << 14
        return {column: self._value(begin + column) for column in range(_WIDEST) if begin + column in self._places}

    def cells(self, rows: Sequence[int], columns: Sequence[int]) -> Sequence[Sequence[Cell]]:
        """See `SecondReading`."""
        places = self._places
        return [[self._value(place) if (place := row << 14 | column) in places else "" for row in rows] for column in columns]

    def below(self, row: int) -> Iterator[int]:
        """See `SecondReading`."""
        rows = sorted({place >> 14 for place in self._places if place >> 14 > row})
        return (each for each in rows if any(self.row(each).values()))

    def moment(self, row: int, column: int, number: float) -> Cell:
        """A number as the date that a cell shows it as, where it does."""
        place = self._places.get(row << 14 | column)
        return number if place is None else self._number(number, place >> 8)

    def _value(self, place: int) -> Cell:
        at, kind, part = self._places[place] >> 8, self._places[place] & 0xFF, self._part
        if kind == _SHARED_TEXT:
            number = _number(part, at + 8)
            return self._book.texts[number] if number < len(self._book.texts) else None
        if kind == _RK:
            return self._number(rk(part, at + 8), at)
        if kind in {_REAL, _FORMULA_NUMBER}:
            return self._number(struct.unpack_from("<d", part, at + 8)[0], at)
        if kind in {_BOOL, _FORMULA_BOOL}:
            return bool(part[at + 8])
        if kind in {_ERROR, _FORMULA_ERROR}:
            return ERRORS.get(part[at + 8], "#?")
        return _wide_text(part, at + (9 if kind == _RICH_TEXT else 8))[0]

    def _number(self, number: float, at: int) -> Cell:
        style = _number(self._part, at + 4) & 0xFFFFFF
        if style >= len(self._book.dates) or not self._book.dates[style] or not 0 <= number < _LAST_DAY:
            return number
        return (_EPOCH_1904 if self._book.from_1904 else _EPOCH) + timedelta(days=number)


#: BrtColInfo, BrtMergeCell, BrtBeginAFilter and BrtBeginFilterColumn.
_SHAPES = frozenset({60, 176, 161, 163})


def _records(part: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of what each record holds."""
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
        yield kind, at, size
        at += size


def _wide_text(body: bytes, at: int) -> tuple[str, int]:
    length = _number(body, at)
    end = at + 4 + 2 * length
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "little")


def _short(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 2], "little")
