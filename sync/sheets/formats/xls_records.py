"""The records of an .xls file, walked through one by one: what other readers do not tell, and every value a second time.

Facts about the records: [MS-XLS] 2.3, 2.4, 2.5.198.27 and 2.5.293; for Excel 5 and 95 the documentation of OpenOffice.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.cells import Marks
from sync.sheets.containers import MAGIC, stream_of
from sync.sheets.formats.package import check_names, is_date
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.sheets.cells import Cell

#: What an error cell shows, by the code that .xls and .xlsb files store.
ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}

_BOF, _EOF = 0x0809, 0x000A
_OLD_BEGINS = frozenset({0x0009, 0x0209, 0x0409})
_BEGINS = _OLD_BEGINS | {_BOF}
_FORMULA, _FORMULAS = 0x0006, frozenset({0x0006, 0x0206, 0x0406})
_NUMBER, _RK, _MULRK, _LABELSST, _LABEL, _RSTRING, _BOOLERR = 0x0203, 0x027E, 0x00BD, 0x00FD, 0x0204, 0x00D6, 0x0205
_CELLS = frozenset({_NUMBER, _RK, _LABELSST, _LABEL, _RSTRING, _BOOLERR, *_FORMULAS})
_STRING, _CONTINUE, _SST = 0x0207, 0x003C, 0x00FC
_BIFF5, _BIFF8 = 0x0500, 0x0600
#: What stands for the result of a formula that nobody has worked out: an empty text, or 0.
_NO_RESULT = frozenset({b"\x03\0\0\0\0\0\xff\xff", bytes(8)})
#: One character, the name "_FilterDatabase" that comes with the program, and the token of an area on a sheet.
_FILTERED_AREA = b"\0\x0d\x3b"
#: The code pages that Python knows by another name than their number; the first two are those of Excel on Windows and on a Mac.
_CODE_PAGES = {0x8001: "cp1252", 0x8000: "mac_roman", 10000: "mac_roman", 1200: "utf-16-le"}
_UNICODE = 1200
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - times of spreadsheets have no zone
_LAST_DAY = 2_958_466
_WIDEST = 256


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """A sheet as the workbook lists it: whether it is shown, the place of its first record, its number among all sheets."""

    name: str
    shown: bool
    start: int
    number: int


@dataclass(slots=True)
class XlsBook:
    """What an .xls file says before its sheets.

    `sheets` are those of the `listed` ones that hold cells, `filters` the areas of their filters by number (first and last row).
    `calculated`: the program that saved it had worked out its formulas.
    `dates` says of each style whether it shows a date. `unusual`: calamine is known to read such a file wrong.
    """

    stream: bytes
    version: int
    sheets: list[SheetPlace] = field(default_factory=list)
    listed: int = 0
    filters: dict[int, tuple[int, int]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    dates: list[bool] = field(default_factory=list)
    encoding: str = "cp1252"
    calculated: bool = False
    from_1904: bool = False
    unusual: bool = False

    def short_text(self, body: bytes, at: int, wide_length: int = 1) -> str:
        """A text behind its length in one or two bytes, and in Excel 97 behind the width of its characters, too."""
        length = int.from_bytes(body[at : at + wide_length], "little")
        at += wide_length
        if self.version < _BIFF8:
            return body[at : at + length].decode(self.encoding, "replace")
        wide = body[at] & 0x01
        return body[at + 1 : at + 1 + (length << wide)].decode("utf-16-le" if wide else "latin-1", "replace")


def workbook_stream(data: bytes) -> bytes:
    """The records of the workbook.

    Raises:
        RefuseFile: there are none.
    """
    stream = stream_of(data, "Workbook", "Book") if data.startswith(MAGIC) else data
    if len(stream) < 8:  # noqa: PLR2004 - not even its first record
        raise RefuseFile(Reason(Why.DAMAGED))
    return stream


def is_encrypted(stream: bytes) -> bool:
    """Whether a password is needed."""
    return any(kind == 0x2F for kind, _ in _globals(stream))  # noqa: PLR2004 - FILEPASS


def book_of(stream: bytes) -> XlsBook:
    """The workbook.

    Raises:
        RefuseFile: it is damaged, or of Excel 2 to 4.
    """
    kind, version = struct.unpack_from("<HxxH", stream)
    if kind in _OLD_BEGINS or (kind == _BOF and version < _BIFF5):
        raise RefuseFile(Reason(Why.OLD_EXCEL))
    book = XlsBook(stream + bytes(8), version, unusual=version < _BIFF8 or kind != _BOF)
    records = list(_globals(stream))
    for record, body in records:  # texts need it, and it may come late
        if record == 0x42 and len(body) >= 2:  # noqa: PLR2004 - CODEPAGE
            _take_code_page(book, int.from_bytes(body[:2], "little"))
    formats: dict[int, str] = {}
    styles: list[int] = []
    for record, body in records:
        if record == 0x041E:  # noqa: PLR2004 - FORMAT
            formats[int.from_bytes(body[:2], "little")] = book.short_text(body, 2, 2 if version >= _BIFF8 else 1)
        elif record == 0xE0:  # noqa: PLR2004 - XF
            styles.append(int.from_bytes(body[2:4], "little"))
        else:
            _take(book, record, body)
    book.dates = [is_date(number, formats.get(number)) for number in styles]
    book.texts = _shared_texts(_with_continued(records, _SST))
    check_names(sheet.name for sheet in book.sheets)
    return book


def _take_code_page(book: XlsBook, number: int) -> None:
    encoding = _CODE_PAGES.get(number, f"cp{number}")
    try:
        "".encode(encoding)
    except LookupError:
        encoding = "cp1252"
    book.encoding = encoding if number != _UNICODE else "cp1252"
    book.unusual = book.unusual or number != _UNICODE


def _take(book: XlsBook, kind: int, body: bytes) -> None:
    """One of the records before the sheets."""
    if kind == 0x85:  # noqa: PLR2004 - BOUNDSHEET
        book.listed += 1
        if body[5] == 0:  # no macros, no chart
            place = int.from_bytes(body[:4], "little")
            book.sheets.append(SheetPlace(book.short_text(body, 6), not body[4] & 0x03, place, book.listed))
    elif kind == 0x18 and body[14:17] == _FILTERED_AREA and len(body) >= 23:  # noqa: PLR2004 - NAME
        first, last = struct.unpack_from("<HH", body, 19)
        book.filters[int.from_bytes(body[8:10], "little")] = (first + 1, last + 1)
    elif kind == 0x1C1:  # noqa: PLR2004 - RECALCID
        book.calculated = True
    elif kind == 0x22:  # noqa: PLR2004 - DATEMODE
        book.from_1904 = body[:1] == b"\1"


def _globals(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """The records before the sheets."""
    for kind, at, size in _records(stream, 0):
        if kind == _EOF:
            return
        yield kind, stream[at : at + size]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of what each record holds."""
    head, end = struct.Struct("<HH").unpack_from, len(stream) - 4
    while at <= end:
        kind, size = head(stream, at)
        yield kind, at + 4, size
        at += 4 + size


def _with_continued(records: Sequence[tuple[int, bytes]], kind: int) -> list[bytes]:
    """The first record of a kind and those that continue it."""
    first = next((at for at, (record, _) in enumerate(records) if record == kind), len(records))
    following = takewhile(lambda record: record[0] == _CONTINUE, records[first + 1 :])
    return [body for _, body in [*records[first : first + 1], *following]]


class _Cursor:
    """Goes through a record and those that continue it."""

    def __init__(self, bodies: Sequence[bytes], at: int = 0) -> None:
        self._bodies = bodies
        self._body = 0
        self._at = at

    @property
    def left(self) -> bool:
        """Whether anything is left."""
        return self._body < len(self._bodies) - 1 or (bool(self._bodies) and self._at < len(self._bodies[self._body]))

    def number(self, size: int) -> int:
        """A number of so many bytes."""
        return int.from_bytes(self._take(size), "little")

    def skip(self, size: int) -> None:
        """Passes over so many bytes."""
        self._take(size)

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            piece = self._bodies[self._body][self._at : self._at + size - len(taken)]
            self._at += len(piece)
            taken += piece
            if len(taken) < size:
                self._go_on()
        return taken

    def _go_on(self) -> None:
        if self._body + 1 >= len(self._bodies):
            raise RefuseFile(Reason(Why.DAMAGED))
        self._body, self._at = self._body + 1, 0

    def text(self, length_bytes: int) -> str:
        """A text of Excel 97: its length, whether its characters are wide, and what they look like and sound like."""
        length, flags = self.number(length_bytes), self.number(1)
        runs = 4 * self.number(2) if flags & 0x08 else 0
        sounds = self.number(4) if flags & 0x04 else 0
        text = self._characters(length, flags & 0x01)
        self.skip(runs)
        self.skip(sounds)
        return text

    def _characters(self, length: int, wide: int) -> str:
        """Where a text goes on in the next record, that one says anew whether its characters are wide."""
        pieces: list[str] = []
        while True:
            piece = self._bodies[self._body][self._at : self._at + (length << wide)]
            self._at += len(piece)
            pieces.append(piece.decode("utf-16-le" if wide else "latin-1", "replace"))
            length -= len(piece) >> wide
            if not length:
                return "".join(pieces)
            self._go_on()
            wide = self.number(1) & 0x01


def _shared_texts(bodies: Sequence[bytes]) -> list[str]:
    cursor = _Cursor(bodies, 8)
    count = int.from_bytes(bodies[0][4:8], "little") if bodies else 0
    texts: list[str] = []
    while len(texts) < count and cursor.left:
        texts.append(cursor.text(2))
    return texts


class XlsSheet:
    """One sheet: its marks, and its values by their place. See `sync.sheets.cells.SecondReading`.

    Raises:
        RefuseFile: a cell is there twice, or there are more than allowed.
    """

    def __init__(self, book: XlsBook, place: SheetPlace, most_cells: int) -> None:
        self.name = place.name
        self.is_dialog = self.unusual = False
        self.marks = Marks(hidden_sheet=not place.shown)
        self._book = book
        self._most_cells = most_cells
        self._places: dict[int, int] = {}
        self._awaits_text: int | None = None
        self._filtered = False
        self._walk(place.start)
        if self._filtered:
            first, last = book.filters.get(place.number, (0, 2**16))
            self.marks.filtered_rows.update(range(first + 1, last + 1))
        self.marks.filtered_rows &= self.marks.hidden_rows
        self.marks.hidden_rows -= self.marks.filtered_rows

    def _own_records(self, start: int) -> Iterator[tuple[int, int, int]]:
        """The records of the sheet; charts stand in it with a beginning and an end of their own."""
        depth = 0
        for kind, at, size in _records(self._book.stream, start):
            if kind in _BEGINS:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth < 1:
                    return
            elif depth == 1:
                yield kind, at, size

    def _walk(self, start: int) -> None:
        stream, head = self._book.stream, struct.Struct("<HH").unpack_from
        for kind, at, size in self._own_records(start):
            if kind in _CELLS:
                row, column = head(stream, at)
                self._put(row, column, at - 4)
                if kind in _FORMULAS:
                    self._formula(kind, row, column, at)
                elif kind == _BOOLERR and stream[at + 7]:
                    self.marks.errors[row + 1, column] = ERRORS.get(stream[at + 6], "#?")
            elif kind == _MULRK:
                row, column = head(stream, at)
                for number in range((size - 6) // 6):
                    self._put(row, column + number, -(at + 4 + 6 * number))
            elif kind == _STRING and self._awaits_text is not None:
                self._places[self._awaits_text] = at - 4
                self._awaits_text = None
            elif kind in _SHAPES:
                self._shape(kind, stream[at : at + size])

    def _put(self, row: int, column: int, at: int) -> None:
        place = row << 8 | column
        if place in self._places or column >= _WIDEST:
            raise RefuseFile(Reason(Why.DAMAGED, f"row {row + 1} column {column + 1} twice"))
        self._places[place] = at
        if len(self._places) > self._most_cells:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(self._most_cells)))

    def _formula(self, kind: int, row: int, column: int, at: int) -> None:
        self.unusual = self.unusual or kind != _FORMULA
        result = self._book.stream[at + 6 : at + 14]
        special = result[6:] == b"\xff\xff"
        self._awaits_text = row << 8 | column if special and result[0] == 0 else None
        if special and result[0] == 2:  # noqa: PLR2004 - an error
            self.marks.errors[row + 1, column] = ERRORS.get(result[2], "#?")
        elif not self._book.calculated and result in _NO_RESULT:
            self.marks.formulas.add((row + 1, column))

    def _shape(self, kind: int, body: bytes) -> None:
        first, second = struct.unpack_from("<HH", body.ljust(4, b"\0"))
        if kind == 0x208:  # noqa: PLR2004 - ROW
            if body[12] & 0x20 or not int.from_bytes(body[6:8], "little"):
                self.marks.hidden_rows.add(first + 1)
        elif kind == 0x7D:  # noqa: PLR2004 - COLINFO
            if body[8] & 0x01 or body[4:6] == b"\0\0":
                self.marks.hidden_columns.update(range(first, min(second + 1, _WIDEST)))
        elif kind == 0xE5:  # noqa: PLR2004 - MERGEDCELLS
            for at in range(2, 2 + 8 * first, 8):
                top, bottom, left, right = struct.unpack_from("<4H", body, at)
                self.marks.merged.append((top + 1, left, bottom + 1, right))
        elif kind == 0x9B:  # noqa: PLR2004 - FILTERMODE
            self._filtered = True
        else:  # WSBOOL
            self.is_dialog = bool(first & 0x10)

    def row(self, row: int) -> Mapping[int, Cell]:
        """See `SecondReading`."""
        begin = (row - 1) << 8
        return {column: self._value(begin + column) for column in range(_WIDEST) if begin + column in self._places}

    def cells(self, rows: Sequence[int], columns: Sequence[int]) -> Sequence[Sequence[Cell]]:
        """See `SecondReading`."""
        places = self._places
        return [
            [self._value(place) if (place := (row - 1) << 8 | column) in places else "" for row in rows] for column in columns
        ]

    def below(self, row: int) -> Iterator[int]:
        """See `SecondReading`."""
        rows = sorted({place >> 8 for place in self._places if place >> 8 >= row})
        return (each + 1 for each in rows if any(self.row(each + 1).values()))

    def _value(self, place: int) -> Cell:
        at, stream = self._places[place], self._book.stream
        if at < 0:
            return self._number(rk(stream, 2 - at), stream, -at)
        kind = int.from_bytes(stream[at : at + 2], "little")
        if kind == _LABELSST:
            number = int.from_bytes(stream[at + 10 : at + 14], "little")
            return self._book.texts[number] if number < len(self._book.texts) else None
        if kind == _RK:
            return self._number(rk(stream, at + 10), stream, at + 8)
        if kind == _NUMBER:
            return self._number(struct.unpack_from("<d", stream, at + 10)[0], stream, at + 8)
        if kind == _BOOLERR:
            return ERRORS.get(stream[at + 10], "#?") if stream[at + 11] else bool(stream[at + 10])
        return self._result(at) if kind in _FORMULAS else self._text(at, 4 if kind == _STRING else 10)

    def _result(self, at: int) -> Cell:
        stream = self._book.stream
        result = stream[at + 10 : at + 18]
        if result[6:] != b"\xff\xff":
            return self._number(struct.unpack("<d", result)[0], stream, at + 8)
        if result[0] == 1:
            return bool(result[2])
        return ERRORS.get(result[2], "#?") if result[0] == 2 else ""  # noqa: PLR2004 - an error

    def _text(self, record: int, begin: int) -> str:
        """The text in a LABEL, RSTRING or STRING record, which may go on in the next one."""
        stream, bodies = self._book.stream, list[bytes]()
        for kind, at, size in _records(stream, record):
            if bodies and kind != _CONTINUE:
                break
            bodies.append(stream[at : at + size])
        if self._book.version < _BIFF8:
            return self._book.short_text(b"".join(bodies), begin - 4, 2)
        return _Cursor(bodies, begin - 4).text(2)

    def _number(self, number: float, stream: bytes, style_at: int) -> Cell:
        style = int.from_bytes(stream[style_at : style_at + 2], "little")
        if style >= len(self._book.dates) or not self._book.dates[style] or not 0 <= number < _LAST_DAY:
            return number
        return (_EPOCH_1904 if self._book.from_1904 else _EPOCH) + timedelta(days=number)


#: ROW, COLINFO, MERGEDCELLS, FILTERMODE and WSBOOL.
_SHAPES = frozenset({0x208, 0x7D, 0xE5, 0x9B, 0x81})


def rk(stream: bytes, at: int) -> float:
    """A number in four bytes: a whole one or the first half of another, divided by 100 or not."""
    packed = int.from_bytes(stream[at : at + 4], "little")
    if packed & 0x02:
        number = float(int.from_bytes(stream[at : at + 4], "little", signed=True) >> 2)
    else:
        (number,) = struct.unpack("<d", bytes(4) + (packed & ~0x03).to_bytes(4, "little"))
    return number / 100 if packed & 0x01 else number
