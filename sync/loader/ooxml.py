"""What python-calamine does not tell about the sheets of an .xlsx file, read from its parts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from sync.loader.cells import Marks
from sync.loader.messages import RefuseFile
from sync.loader.xml import parse_xml
from sync.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.loader.archive import Archive
    from sync.loader.limits import Limits

_TRUE = frozenset({"1", "true", "on"})
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?", re.ASCII)
#: A sheet without any of these has nothing to tell that calamine does not. The beginning shows whether it is written like that.
_TELLING = (b"hidden", b't="e"', b"<f>", b"<f ", b"mergeCell")
_UNUSUAL = (b"<!", b"\0", b":worksheet", b"r='", b"t='")
_LONGEST_MARK = 16
#: A cell with nothing to tell: a value, or a formula with a result that counts; Excel, LibreOffice and most others write it so.
_PLAIN_CELL = re.compile(
    rb'<c r="[A-Z]{1,3}+[0-9]++"(?: s="[0-9]++")?+(?: t="(?>s|n|b|str|inlineStr)")?+'
    rb"(?:/>|><v>[^<]*+</v></c>|><f(?:[^>]*+(?<=/)>|[^>]*+(?<!/)>[^<]*+</f>)<v>(?!0<)[^<]++</v></c>"
    rb"|><is><t[^>]*+>[^<]*+</t></is></c>)"
)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook lists it: its name and where its XML is."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Related:
    """A part that another part refers to: the last word of the kind of relation, and where the part is."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets; `recalculate` says that stored results of formulas are not to be trusted."""

    sheets: tuple[SheetPart, ...]
    recalculate: bool


def workbook(archive: Archive) -> Workbook:
    """The list of sheets."""
    path = next((part.path for part in related(archive, "").values() if part.kind == "officeDocument"), "xl/workbook.xml")
    listed = _Listed()
    parse_xml(archive.pieces(path), listed)
    parts = related(archive, path)
    sheets = [SheetPart(name, parts[at].path) for name, at in listed.sheets if at in parts and parts[at].kind == "worksheet"]
    return Workbook(tuple(sheets), listed.recalculate)


def check_texts(archive: Archive) -> None:
    """Reads the table of shared texts once, so that a bomb or an entity in it is found before calamine meets it."""
    for path in ("xl/sharedStrings.xml", "xl/styles.xml"):
        if path in archive and any(b"<!DOCTYPE" in piece for piece in archive.pieces(path)):
            raise RefuseFile(Reason(Why.XML_DECLARATIONS))


def look(archive: Archive, sheet: SheetPart, limits: Limits, *, recalculate: bool) -> Marks:
    """The marks of one sheet. Most sheets have none, which a search of their bytes shows in a fraction of the time.

    Raises:
        RefuseFile: the part is damaged, or holds more cells than allowed.
    """
    tables = [part.path for part in related(archive, sheet.path).values() if part.kind == "table" and part.path in archive]
    if not _tells(archive.pieces(sheet.path), limits) and not tables:
        return Marks()
    looked = _Look(recalculate)
    parse_xml((_PLAIN_CELL.sub(b"", piece) for piece in archive.pieces(sheet.path)), looked)
    if looked.counted:
        looked = _Look(recalculate)
        parse_xml(archive.pieces(sheet.path), looked)
    for path in tables:
        parse_xml(archive.pieces(path), _TableLook(looked))
    return looked.finished()


def _tells(pieces: Iterator[bytes], limits: Limits) -> bool:
    cells, tail, tells = 0, b"", False
    for piece in pieces:
        tells = tells or (not cells and any(mark in piece for mark in _UNUSUAL))
        tells = tells or any(mark in piece or mark in tail + piece[:_LONGEST_MARK] for mark in _TELLING)
        cells += piece.count(b"<c ") or piece.count(b":c ")
        tail = piece[-_LONGEST_MARK:]
        if cells > limits.cells:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(limits.cells)))
    return tells


def related(archive: Archive, path: str) -> dict[str, Related]:
    """What a part refers to, by id."""
    folder, name = posixpath.split(path)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    found = _Relations(folder)
    if rels in archive:
        parse_xml(archive.pieces(rels), found)
    return found.targets


class _Quiet:
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Nothing to do."""

    def end(self, name: str) -> None:
        """Nothing to do."""

    def text(self, data: str) -> None:
        """Nothing to do."""


class _Relations(_Quiet):
    def __init__(self, folder: str) -> None:
        self.targets: dict[str, Related] = {}
        self._folder = folder

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(self._folder, target))
            self.targets[attributes.get("Id", "")] = Related(attributes.get("Type", "").rpartition("/")[2], path)


class _Listed(_Quiet):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.recalculate = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            at = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            self.sheets.append((attributes.get("name", ""), at))
        elif name == "calcPr":
            self.recalculate = attributes.get("fullCalcOnLoad") in _TRUE


@dataclass(slots=True)
class _Look:
    """Collects the marks of a sheet. `counted`: some cell stands where those before it end."""

    recalculate: bool
    counted: bool = False
    marks: Marks = field(default_factory=Marks)
    filtered: list[tuple[int, int]] = field(default_factory=list)
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
            self._row, self._column = int(attributes.get("r") or self._row + 1), -1
            if attributes.get("hidden") in _TRUE:
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
        self._column = _column(place.rstrip("0123456789")) if place else self._column + 1
        self._kind, self._formula, self._has_value, self._value = attributes.get("t", "n"), False, False, ""

    def _other(self, name: str, attributes: dict[str, str]) -> None:
        if name == "col" and attributes.get("hidden") in _TRUE:
            first, last = int(attributes["min"]), min(int(attributes["max"]), 16_384)
            self.marks.hidden_columns.update(range(first - 1, last))
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


class _TableLook(_Quiet):
    """An Excel table: its totals row, and its own filter."""

    def __init__(self, look: _Look) -> None:
        self._look = look

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table" and (count := int(attributes.get("totalsRowCount") or 0)):
            _, _, last, _ = area(attributes.get("ref", ""))
            self._look.marks.totals.update(range(last - count + 1, last + 1))
        elif name in {"autoFilter", "filterColumn"}:
            self._look.start(name, attributes)


def area(reference: str) -> tuple[int, int, int, int]:
    """`B2:D5` as first row, first column, last row, last column; columns counted from 0.

    Raises:
        RefuseFile: it is no area.
    """
    match = _RANGE.fullmatch(reference)
    if match is None:
        raise RefuseFile(Reason(Why.DAMAGED, reference))
    first, last = int(match[2]), int(match[4] or match[2])
    return first, _column(match[1]), last, _column(match[3] or match[1])


@lru_cache(maxsize=20_000)
def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1
