"""What python-calamine does not tell about the sheets of an .xlsx file, read from its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.cells import Marks
from sync.sheets.formats.package import TRUE, related
from sync.sheets.formats.xlsx_values import Form, FormScan, column_of, row_numbers, whole
from sync.sheets.formats.xml import is_zero, parse_xml, whole_number
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.sheets.archive import Archive
    from sync.sheets.formats.package import SheetPart
    from sync.sheets.limits import Limits

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?", re.ASCII)
#: A sheet that is written as most programs do and has none of these has nothing to tell that calamine does not.
_TELLING = (b"hidden", b't="e"', b"<f>", b"<f ", b"mergeCell", b' ht="0', b'idth="0', b'eight="0')
_WIDEST = 16_384
#: A cell with nothing to tell: a value, or a formula with a result that counts; Excel, LibreOffice and most others write it so.
_CELL = rb'<c r="[A-Z]{1,3}+[0-9]++"(?: s="[0-9]++")?+(?: t="(?>s|n|b|str|inlineStr)")?+'
_PLAIN_CELL = re.compile(
    _CELL + rb"(?:/>|><v>[^<&]*+</v></c>|><f(?:[^>]*+(?<=/)>|[^>]*+(?<!/)>[^<]*+</f>)<v>(?!0<)[^<&]++</v></c>"
    rb"|><is><t[^>]*+>[^<]*+</t></is></c>)"
)
#: A row of nothing but such cells; the height is one that shows.
_PLAIN_ROW = re.compile(
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
        rest = _PLAIN_CELL.sub(b"", _PLAIN_ROW.sub(b"", piece))
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
