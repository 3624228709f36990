"""The sheets of an .xlsx file, read from their XML: what python-calamine does not tell of them, and all values a second time.

Cells in the form in which most programs write them are found by searching, which takes a fraction of the time; a sheet that has
any other is walked through element by element. Facts: ECMA-376 part 1, 18.3.1.4, 18.4.8, 18.8.30 and 22.9.2.19.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, auto
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.rows.columns import letters
from sync.sheets.cells import InStep, Marks, as_float
from sync.sheets.formats.package import TRUE, related
from sync.sheets.formats.xml import is_zero, parse_xml, stream_xml, whole_number
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sync.sheets.cells import Cell
    from sync.sheets.containers import Archive
    from sync.sheets.formats.package import SheetPart
    from sync.sheets.stream import Limits

    Pieces = Callable[[], Iterator[bytes]]


_ESCAPED = re.compile("_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")  # halves of a character are none
_REFERENCE = re.compile("&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
_PLAIN_TEXT = re.compile(rb'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
_PLAIN_ROW = re.compile(rb'<row r="([0-9]{1,7})"')
#: What a sheet, or the table of shared texts, never holds where it is written as most programs write it.
_UNUSUAL = (b"<!", b"\0", b":worksheet", b":row", b":c>", b":c ", b":si", b":sst", b"<c\n", b"<c\r", b"<c\t", b"<c>", b"<c/>")
_OTHER_ENCODING = re.compile(rb"""[^<]{0,3}<\?xml[^>]*encoding=["'](?!utf-8)""", re.IGNORECASE)
_CUT_BY_REFERENCE = re.compile(rb"<v>[^<&]*+&#")
#: Group by group: place, attributes, value of a cell, value of an inline text, and one byte where it is written in another form.
_PLAIN_CELL = (
    rb'<c r="((?:%b)[0-9]+)"([^>]*)(?:(?<=/)>|></c>|>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v></c>'
    rb"|><is><t[^>]*>([^<]*)</t></is></c>|(.))"
)
_STYLE, _KIND = re.compile(rb'(?<= )s="([0-9]+)"'), re.compile(rb'(?<= )t="(\w+)"')
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - times of spreadsheets have no zone
_LAST_DAY = 2_958_466
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}
_TEXTS = frozenset({"str", "e", "inlineStr"})


class Form(IntEnum):
    """How a sheet is written: as most programs do, otherwise but with its rows in their order, or with its rows in disorder."""

    PLAIN = auto()
    ORDERLY = auto()
    SHUFFLED = auto()


class FormScan:
    """Finds out how a sheet is written. `in_pieces`: values may be cut by comments and the like, which few readers join."""

    def __init__(self) -> None:
        self.form = Form.PLAIN
        self.in_pieces = False
        self._last = 0
        self._begun = False

    def add(self, piece: bytes, rows: Sequence[int]) -> None:
        """What is left of one more piece of the sheet without its plain rows, and the numbers of all rows in the usual form."""
        in_pieces = b"<!" in piece or b"<?" in piece[0 if self._begun else 9 :] or _CUT_BY_REFERENCE.search(piece) is not None
        if in_pieces or not self._is_plain(piece):
            self.form = max(self.form, Form.ORDERLY)
        if not all(map(int.__lt__, [self._last, *rows], rows)):
            self.form = Form.SHUFFLED
        self._last, self._begun = max([self._last, *rows]), True
        self.in_pieces = self.in_pieces or in_pieces

    def _is_plain(self, piece: bytes) -> bool:
        if any(mark in piece for mark in _UNUSUAL) or (not self._begun and _OTHER_ENCODING.match(piece)):
            return False
        own_rows = sum(1 for _ in _PLAIN_ROW.finditer(piece))
        return own_rows == piece.count(b"<row") and piece.count(b"<c ") == piece.count(b'<c r="')


def row_numbers(piece: bytes) -> list[int]:
    """The numbers of the rows that begin in a piece in the usual form."""
    return list(map(int, _PLAIN_ROW.findall(piece)))


def whole(pieces: Iterable[bytes], token: bytes) -> Iterator[bytes]:
    """The pieces, cut anew so that each but the first begins with a token."""
    held: list[bytes] = []
    for piece in pieces:
        cut = piece.rfind(token)
        if cut < 0:
            held.append(piece)
        else:
            yield b"".join([*held, piece[:cut]])
            held = [piece[cut:]]
    yield b"".join(held)


def unescaped(text: str) -> str:
    """A text with the characters that stand in it as `_x000D_`."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _decoded(plain: bytes) -> str:
    text = plain.decode("utf-8", "replace")
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or "0") or int(match[2] or "0", 16)
    is_character = code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF  # noqa: PLR2004 - the last one, and halves of some
    return _NAMED[match[3]] if match[3] else chr(code) if is_character else match[0]


class Texts:
    """The shared texts of a workbook, decoded when asked for. `in_pieces` as in `FormScan`."""

    def __init__(self, plain: Sequence[bytes], careful: Sequence[str] = (), *, in_pieces: bool = False) -> None:
        self.in_pieces = in_pieces
        self._plain = plain
        self._known: dict[int, str] = dict(enumerate(careful))

    def __getitem__(self, at: int) -> str:
        known = self._known.get(at)
        if known is None:
            if at < 0:
                raise IndexError(at)
            known = self._known[at] = unescaped(_decoded(self._plain[at]))
        return known


def texts_of(pieces: Pieces) -> Texts:
    """The shared texts of a workbook, from their part."""
    found: list[bytes] = []
    plain, in_pieces, begun = True, False, False
    for piece in whole(pieces(), b"<si>"):
        in_pieces = in_pieces or b"<!" in piece or b"<?" in piece[9 if not begun else 0 :]
        other = b":si" in piece or b"\0" in piece or (not begun and _OTHER_ENCODING.match(piece))
        texts, begun = _PLAIN_TEXT.findall(piece), True
        found += texts
        plain = plain and not other and len(texts) == piece.count(b"<si")
    if plain and found and not in_pieces:
        return Texts(found)
    reader = _SharedTexts()
    parse_xml(pieces(), reader)
    return Texts((), reader.texts, in_pieces=in_pieces)


class _Text:
    """A text that stands in several pieces: those of `t` count, but not those that say how it is pronounced."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._aside = 0
        self._inside = False

    def start(self, name: str) -> None:
        """An element begins."""
        self._aside += name == "rPh"
        self._inside = name == "t" and not self._aside

    def end(self, name: str) -> None:
        """An element ends."""
        self._aside -= name == "rPh"
        self._inside = False

    def text(self, data: str) -> None:
        """Some of the text, maybe."""
        if self._inside:
            self._pieces.append(data)

    def __str__(self) -> str:
        return "".join(self._pieces)


class _SharedTexts:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self._text = _Text()

    def start(self, name: str, _: dict[str, str]) -> None:
        if name == "si":
            self._text = _Text()
        self._text.start(name)

    def end(self, name: str) -> None:
        self._text.end(name)
        if name == "si":
            self.texts.append(unescaped(str(self._text)))

    def text(self, data: str) -> None:
        self._text.text(data)


@dataclass(frozen=True, slots=True)
class XlsxBook:
    """What cells refer to: the shared texts, the styles that show dates (by number), and whether days count from 1904."""

    texts: Texts
    dates: frozenset[int]
    from_1904: bool = False

    def cell(self, kind: str, style: str, value: str) -> Cell:
        """What a cell holds, by its type.

        Raises:
            RefuseFile: the value is not of its type.
        """
        if kind in _TEXTS:
            return unescaped(value)
        if not value.strip():
            return None
        try:
            if kind == "d":
                return _moment(value)
            if kind == "b":
                return _BOOLEANS[value.strip()]
            number = as_float(value)
            return self.texts[int(value)] if kind == "s" else self._number(number, style)
        except (ValueError, IndexError, KeyError) as error:
            raise RefuseFile(Reason(Why.DAMAGED, f"{kind} {value}")) from error

    def _number(self, number: float, style: str) -> Cell:
        if not self.dates or not style or int(style) not in self.dates or not 0 <= number < _LAST_DAY:
            return number
        return (_EPOCH_1904 if self.from_1904 else _EPOCH) + timedelta(days=number)


def _moment(text: str) -> Cell:
    """A date and time as ISO text; a time of day alone stays a text."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


class _Cells:
    """Walks through a sheet; `rows` are those that are complete."""

    def __init__(self, book: XlsxBook) -> None:
        self.rows: list[tuple[int, Mapping[int, Cell]]] = []
        self._book = book
        self._row, self._column = 0, -1
        self._cells: dict[int, Cell] = {}
        self._kind = self._style = self._value = ""
        self._text: _Text | None = None
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._text:
            self._text.start(name)
        elif name == "row":
            self._row, self._column, self._cells = whole_number(attributes, "r", self._row + 1), -1, {}
        elif name == "c":
            self._column = self._place(attributes.get("r"))
            self._kind, self._style, self._value = attributes.get("t", "n"), attributes.get("s", ""), ""
        elif name == "is":
            self._text = _Text()
        self._inside = name == "v" and self._text is None

    def _place(self, reference: str | None) -> int:
        if not reference:
            return self._column + 1
        match = _PLACE.fullmatch(reference)
        if not match or int(match[2]) != self._row:
            raise RefuseFile(Reason(Why.DAMAGED, f"{reference} in row {self._row}"))
        return column_of(match[1])

    def text(self, data: str) -> None:
        if self._inside:
            self._value += data
        elif self._text:
            self._text.text(data)

    def end(self, name: str) -> None:
        self._inside = False
        if name == "is" and self._text:
            self._value, self._text = self._value + str(self._text), None
        elif self._text:
            self._text.end(name)
        elif name == "c":
            if self._column in self._cells:
                raise RefuseFile(Reason(Why.DAMAGED, f"{letters(self._column)}{self._row}"))
            self._cells[self._column] = self._book.cell(self._kind, self._style, self._value)
        elif name == "row":
            self.rows.append((self._row, self._cells))


@lru_cache(maxsize=20_000)
def column_of(name: str) -> int:
    """A column by its letters, counted from 0."""
    column = 0
    for letter in name:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _walked(pieces: Iterable[bytes], book: XlsxBook) -> Iterator[tuple[int, Mapping[int, Cell]]]:
    cells = _Cells(book)
    for _ in stream_xml(pieces, cells):
        yield from cells.rows
        cells.rows = []


def _sorted(rows: Iterable[tuple[int, Mapping[int, Cell]]]) -> Iterator[tuple[int, Mapping[int, Cell]]]:
    """Rows in their order.

    Raises:
        RefuseFile: one is there twice.
    """
    last = 0
    for number, cells in sorted(rows, key=itemgetter(0)):
        if number == last:
            raise RefuseFile(Reason(Why.DAMAGED, f"row {number} twice"))
        last = number
        yield number, cells


class SheetValues:
    """A second reading of a sheet. See `sync.sheets.cells.SecondReading`."""

    def __init__(self, pieces: Pieces, book: XlsxBook, form: Form) -> None:
        self._pieces = pieces
        self._book = book
        self._form = form
        self._walk: InStep | None = None
        self._quick: _Quick | None = None

    @property
    def _careful(self) -> InStep:
        if self._walk is None:
            rows = _walked(self._pieces(), self._book)
            self._walk = InStep(_sorted(rows) if self._form is Form.SHUFFLED else rows)
        return self._walk

    def row(self, row: int) -> Mapping[int, Cell]:
        """See `SecondReading`."""
        return self._careful.row(row)

    def cells(self, rows: Sequence[int], columns: Sequence[int]) -> Sequence[Sequence[Cell]]:
        """See `SecondReading`."""
        if self._form is Form.PLAIN:
            self._quick = self._quick or _Quick(self._pieces(), self._book, columns)
            found = self._quick.cells(rows) if self._quick.columns == columns else None
            if found is not None:
                return found
            self._form = Form.ORDERLY
        return self._careful.cells(rows, columns)

    def below(self, row: int) -> Iterator[int]:
        """See `SecondReading`."""
        if self._form is Form.PLAIN and self._quick and not self._quick.goes_on(row):
            return iter(())
        return self._careful.below(row)


class _Quick:
    """Looks for the cells of some columns, as most programs write them."""

    def __init__(self, pieces: Iterable[bytes], book: XlsxBook, columns: Sequence[int]) -> None:
        self.columns = columns
        self._names = [letters(column).encode() for column in columns]
        names = b"[%b]" % b"".join(self._names) if max(map(len, self._names)) == 1 else b"|".join(self._names)
        self._find = re.compile(_PLAIN_CELL % names, re.DOTALL).findall
        self._coming = whole(pieces, b"<row ")
        self._book = book
        self._texts: dict[bytes, Cell] = {b"": ""}
        self._types: dict[bytes, _Type] = {}
        self._last = 0
        self._seen: dict[bytes, _Found] = {}

    def goes_on(self, row: int) -> bool:
        """Whether there is anything below a row."""
        while not any(_row_of(place) > row and any(cell[2:]) for place, cell in self._seen.items()):
            self._seen = {}
            if not self._read():
                return False
        return True

    def cells(self, rows: Sequence[int]) -> Sequence[Sequence[Cell]] | None:
        """What the columns hold in some rows; None where that is not to be found so quickly."""
        while rows and self._last < rows[-1] and self._read():
            pass
        take = self._seen.pop
        found = [[take(b"%b%d" % (name, row), _NOTHING) for row in rows] for name in self._names]
        if any(any(map(_OTHER_FORM, column)) for column in found):
            return None
        return [self._values(column) for column in found]

    def _read(self) -> bool:
        piece = next(self._coming, None)
        if piece is None:
            return False
        found, before = self._find(piece), len(self._seen)
        self._seen.update(zip(map(_PLACE_OF, found), found, strict=True))
        if len(self._seen) != before + len(found):
            raise RefuseFile(Reason(Why.DAMAGED))
        last = _PLAIN_ROW.search(piece, max(0, piece.rfind(b"<row ")))
        self._last = int(last[1]) if last else self._last
        return True

    def _values(self, cells: Sequence[_Found]) -> list[Cell]:
        """What cells hold. Nearly every column has only numbers, or only texts and blank cells: those take the least time."""
        types = {attributes: self._type(attributes) for attributes in set(map(_ATTRIBUTES_OF, cells))}
        values = list(map(_VALUE_OF, cells))
        if all(each.counts for each in types.values()) and all(map(bytes.isdigit, values)):
            return list(map(float, values))
        if not any(cell[2] or cell[3] for cell in cells if types[cell[1]].kind != "s"):
            for value in set(values) - self._texts.keys():
                self._texts[value] = self._book.cell("s", "", value.decode())
            return list(map(self._texts.__getitem__, values))
        return [self._value(cell, types[cell[1]]) for cell in cells]

    def _type(self, attributes: bytes) -> _Type:
        known = self._types.get(attributes)
        if known is None:
            kind, style = _KIND.search(attributes), _STYLE.search(attributes)
            number = int(style[1]) if style else 0
            plain = kind is None or kind[1] == b"n"
            counts = plain and (style is None or number not in self._book.dates)
            known = self._types[attributes] = _Type(
                kind[1].decode() if kind else "n", str(number) if style else "", counts=counts
            )
        return known

    def _value(self, cell: _Found, kind: _Type) -> Cell:
        _, _, value, inline, _ = cell
        if kind.counts and value.isdigit():
            return float(value)
        read = self._book.cell(kind.kind, kind.style, _decoded(inline or value))
        return "" if read is None else read


@dataclass(frozen=True, slots=True)
class _Type:
    """The type and the style of a cell; `counts`: it is a number that shows no date."""

    kind: str
    style: str
    counts: bool


_Found = tuple[bytes, bytes, bytes, bytes, bytes]
_NOTHING: _Found = (b"", b"/", b"", b"", b"")
_PLACE_OF, _ATTRIBUTES_OF, _VALUE_OF, _OTHER_FORM = map(itemgetter, (0, 1, 2, 4))


def _row_of(place: bytes) -> int:
    return int(place.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?", re.ASCII)
#: A sheet that is written as most programs do and has none of these has nothing to tell that calamine does not.
_TELLING = (b"hidden", b't="e"', b"<f>", b"<f ", b"mergeCell", b' ht="0', b'idth="0', b'eight="0')
_WIDEST = 16_384
#: A cell with nothing to tell: a value, or a formula with a result that counts; Excel, LibreOffice and most others write it so.
_CELL = rb'<c r="[A-Z]{1,3}+[0-9]++"(?: s="[0-9]++")?+(?: t="(?>s|n|b|str|inlineStr)")?+'
_CELL_LIKE_MOST = re.compile(
    _CELL + rb"(?:/>|><v>[^<&]*+</v></c>|><f(?:[^>]*+(?<=/)>|[^>]*+(?<!/)>[^<]*+</f>)<v>(?!0<)[^<&]++</v></c>"
    rb"|><is><t[^>]*+>[^<]*+</t></is></c>)"
)
#: A row of nothing but such cells; the height is one that shows.
_ROW_LIKE_MOST = re.compile(
    rb'<row r="[0-9]++"(?: spans="[0-9:]++")?+(?: ht="[1-9][0-9.]*+")?+(?: customHeight="1")?+(?: x14ac:dyDescent="[0-9.]++")?+>'
    rb"(?:" + _CELL + rb"(?:/>|><v>[^<&]*+</v></c>|><is><t[^>]*+>[^<]*+</t></is></c>))*+</row>"
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a sheet showed: its marks, and how it is written."""

    marks: Marks
    form: Form
    in_pieces: bool


def look(archive: Archive, sheet: SheetPart, limits: Limits, *, recalculate: bool) -> Looked:
    """The marks of one sheet. Most sheets have none, which a search of their bytes shows in a fraction of the time.

    Raises:
        RefuseFile: the part is damaged, or holds more cells than allowed.
    """
    tables = [part.path for part in related(archive, sheet.path).values() if part.kind == "table" and part.path in archive]
    scan = FormScan()
    rest = list(_without_plain_rows(archive.pieces(sheet.path), limits, scan))
    if not tables and scan.form is Form.PLAIN and not any(mark in piece for piece in rest for mark in _TELLING):
        return Looked(Marks(), scan.form, scan.in_pieces)
    looked = _Look(recalculate)
    parse_xml(rest, looked)
    if looked.counted:
        looked = _Look(recalculate)
        parse_xml(archive.pieces(sheet.path), looked)
    for path in tables:
        parse_xml(archive.pieces(path), _TableLook(looked))
    return Looked(looked.finished(), scan.form, scan.in_pieces)


def _without_plain_rows(pieces: Iterator[bytes], limits: Limits, scan: FormScan) -> Iterator[bytes]:
    """The XML of a sheet without its plain rows and cells: mostly a small part of it, in which no element is cut."""
    cells = 0
    for piece in whole(pieces, b"<row"):
        cells += piece.count(b"<c ") or piece.count(b":c ")
        if cells > limits.cells:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(limits.cells)))
        rest = _CELL_LIKE_MOST.sub(b"", _ROW_LIKE_MOST.sub(b"", piece))
        scan.add(rest, row_numbers(piece))
        yield rest


@dataclass(slots=True)
class _Look:
    """Collects the marks of a sheet. `counted`: some row or cell stands where those before it end."""

    recalculate: bool
    counted: bool = False
    marks: Marks = field(default_factory=Marks)
    filtered: list[tuple[int, int]] = field(default_factory=list)
    _height: str = ""
    _row: int = 0
    _column: int = -1
    _kind: str = ""
    _formula: bool = False
    _has_value: bool = False
    _inside: bool = False
    _value: str = ""
    _filter: tuple[int, int] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._cell(attributes)
        elif name == "row":
            self.counted = self.counted or "r" not in attributes
            self._row, self._column = whole_number(attributes, "r", self._row + 1), -1
            if attributes.get("hidden") in TRUE or is_zero(attributes.get("ht", self._height)):
                self.marks.hidden_rows.add(self._row)
        elif name == "v":
            self._inside = self._has_value = True
        elif name == "f":
            self._formula = True
        else:
            self._other(name, attributes)

    def _cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r", "")
        self.counted = self.counted or not place
        self._column = column_of(place.rstrip("0123456789")) if place else self._column + 1
        self._kind, self._formula, self._has_value, self._value = attributes.get("t", "n"), False, False, ""

    def _other(self, name: str, attributes: dict[str, str]) -> None:
        if name == "col":
            columns = range(whole_number(attributes, "min") - 1, min(whole_number(attributes, "max"), _WIDEST))
            hidden = attributes.get("hidden") in TRUE or is_zero(attributes.get("width"))
            (self.marks.hidden_columns.update if hidden else self.marks.hidden_columns.difference_update)(columns)
        elif name == "sheetFormatPr":
            self._height = attributes.get("defaultRowHeight", "")
            if is_zero(attributes.get("defaultColWidth")):
                self.marks.hidden_columns.update(range(_WIDEST))
        elif name == "mergeCell":
            self.marks.merged.append(area(attributes.get("ref", "")))
        elif name == "autoFilter":
            first, _, last, _ = area(attributes.get("ref", ""))
            self._filter = (first, last)
        elif name == "filterColumn" and self._filter:
            self.filtered.append(self._filter)
            self._filter = None

    def text(self, data: str) -> None:
        """The value of a cell."""
        if self._inside:
            self._value += data

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "v":
            self._inside = False
        elif name == "c":
            if self._kind == "e":
                self.marks.errors[self._row, self._column] = self._value
            elif self._formula and self._is_missing():
                self.marks.formulas.add((self._row, self._column))

    def _is_missing(self) -> bool:
        """Whether a formula has no result: an empty text is one, and so is not the 0 that stands for "not calculated yet"."""
        if self._kind == "str":
            return not self._has_value
        return not self._value or (self.recalculate and self._value == "0")

    def finished(self) -> Marks:
        """The marks, rows hidden by a filter told from those hidden by hand."""
        marks = self.marks
        for first, last in self.filtered:
            marks.filtered_rows.update(row for row in marks.hidden_rows if first < row <= last)
        marks.hidden_rows -= marks.filtered_rows
        return marks


class _TableLook:
    """An Excel table: its totals row, and its own filter."""

    def __init__(self, look: _Look) -> None:
        self._look = look

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table" and (count := whole_number(attributes, "totalsRowCount", 0)):
            _, _, last, _ = area(attributes.get("ref", ""))
            self._look.marks.totals.update(range(last - count + 1, last + 1))
        elif name in {"autoFilter", "filterColumn"}:
            self._look.start(name, attributes)

    def end(self, name: str) -> None:
        """Nothing to do."""

    def text(self, data: str) -> None:
        """Nothing to do."""


def area(reference: str) -> tuple[int, int, int, int]:
    """`B2:D5` as first row, first column, last row, last column; columns counted from 0.

    Raises:
        RefuseFile: it is no area.
    """
    match = _RANGE.fullmatch(reference)
    if match is None:
        raise RefuseFile(Reason(Why.DAMAGED, reference))
    first, last = int(match[2]), int(match[4] or match[2])
    return first, column_of(match[1]), last, column_of(match[3] or match[1])
