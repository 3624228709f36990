"""A workbook that is there already, to be changed: the parts of its package, and one of its worksheets.

XML is parsed without entities, and elements are put where the schema wants them; what is not changed is copied as it is. On a
worksheet wrong cells are coloured, columns added at the right, the header frozen, a filter and drop-downs set.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from lxml import etree

from sync.report.excel.names import cell_text
from sync.rows.columns import is_added, letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from lxml.etree import _Element


MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_LETTERS: Final = re.compile("[A-Z]+")
#: Excel reads _x000D_ in a text as the character with that number.
_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class Unmarkable(Exception):
    """The workbook is written in a way that this package does not change."""


class PartTooLarge(Unmarkable):
    """Marking the workbook would take too long and too much memory."""


def parse(data: bytes) -> _Element:
    """A part as elements.

    Raises:
        Unmarkable: it is no XML in UTF-8, or declares a document type, which no spreadsheet program does.
    """
    if b"<!DOCTYPE" in data or b"\0" in data:
        raise Unmarkable("DOCTYPE")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Unmarkable(str(error)) from error
    return root


def serialised(root: _Element) -> bytes:
    """A part as it is stored."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def writable(text: str) -> str:
    """A text as XML and Excel take it for itself."""
    return _ESCAPED.sub("_x005F_", cell_text(text))


def default_namespace(name: str) -> dict[str, str]:
    """Let elements of a namespace, given as `{...}`, be written without a prefix."""
    return cast("dict[str, str]", {None: name[1:-1]})  # lxml wants None, its stubs do not know


def put_in_order(root: _Element, element: _Element, order: Sequence[str]) -> None:
    """Insert an element before the first one that comes later in `order`, names without namespace."""
    rank = {f"{MAIN}{name}": at for at, name in enumerate(order)}
    own = rank[str(element.tag)]
    for at, other in enumerate(root):
        if rank.get(str(other.tag), -1) > own:
            root.insert(at, element)
            return
    root.append(element)


def count_children(element: _Element) -> None:
    """Keep the number of children that some lists carry."""
    if "count" in element.attrib:
        element.set("count", str(len(element)))


def column_of(reference: str) -> int:
    """The column of a cell reference such as `AB12`, counted from 0."""
    match = _LETTERS.match(reference)
    if match is None:
        raise Unmarkable(reference)
    number = 0
    for letter in match[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def row_of(reference: str) -> int:
    """The row of a cell reference such as `AB12`."""
    return int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def area(reference: str) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of `B2:D9`, of a single cell, or of whole rows or columns."""
    first, _, last = reference.replace("$", "").partition(":")
    last = last or first
    return (_row(first, 1), _column(first, 0), _row(last, 1_048_576), _column(last, 16_383))


def _row(reference: str, default: int) -> int:
    digits = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits else default


def _column(reference: str, default: int) -> int:
    return column_of(reference) if _LETTERS.match(reference) else default


#: The bytes of a part beyond which looking into it takes too much memory: a sheet of about 75,000 rows, 10 s and 1 GB.
MOST_PART_BYTES: Final = 25_000_000
_TYPES: Final = "[Content_Types].xml"
_TYPES_NS: Final = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELS_NS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}"


@dataclass(frozen=True, slots=True)
class Relation:
    """One part refers to another: by which id, as what, and where that part is ("" outside of the package)."""

    id: str
    kind: str
    path: str


class Package:
    """An Office file, read from `source`; `save` writes it with what has been changed.

    Raises:
        Unmarkable: it is none, or damaged.
    """

    def __init__(self, source: BinaryIO) -> None:
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise Unmarkable(str(error)) from error
        self._names = {info.filename.lstrip("/").lower(): info.filename for info in self._zip.infolist()}
        self._trees: dict[str, _Element] = {}
        self._changed: set[str] = set()
        self._raw: dict[str, bytes] = {}
        self._dropped: set[str] = set()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def __contains__(self, path: str) -> bool:
        return (path.lower() in self._names and path.lower() not in self._dropped) or path in self._trees or path in self._raw

    def size(self, path: str) -> int:
        """Unpacked bytes of a part."""
        return self._zip.getinfo(self._names[path.lower()]).file_size

    def read(self, path: str) -> bytes:
        """A part as it was in the file, to be looked into.

        Raises:
            TooLarge: that would take too long and too much memory.
        """
        if path.lower() in self._names and self.size(path) > MOST_PART_BYTES:
            raise PartTooLarge(path)
        try:
            return self._zip.read(self._names[path.lower()])
        except (KeyError, zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
            raise Unmarkable(path) from error

    def look(self, path: str) -> _Element:
        """A part as elements, not to be changed."""
        if path not in self._trees:
            self._trees[path] = parse(self._raw[path] if path in self._raw else self.read(path))
        return self._trees[path]

    def edit(self, path: str) -> _Element:
        """A part as elements; changes in them are saved."""
        self._changed.add(path)
        return self.look(path)

    def finish(self, path: str) -> None:
        """A part will not be changed any more: keep its bytes, not its elements."""
        self._raw[path] = serialised(self._trees.pop(path))
        self._changed.discard(path)

    def relations(self, path: str) -> Iterator[Relation]:
        """What a part ("" for the package) refers to."""
        rels = _relations_path(path)
        for each in self.look(rels).iterchildren(f"{_RELS_NS}Relationship") if rels in self else ():
            target = each.get("Target", "")
            inside = each.get("TargetMode") != "External"
            where = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)).lstrip("/") if inside else ""
            yield Relation(each.get("Id", ""), each.get("Type", ""), where)

    def relate(self, path: str, kind: str, target: str) -> str:
        """Let a part refer to another one; returns the id."""
        rels = _relations_path(path)
        if rels not in self:
            self._trees[rels] = etree.Element(f"{_RELS_NS}Relationships", nsmap=default_namespace(_RELS_NS))
        taken = {relation.id for relation in self.relations(path)}
        new = next(name for number in range(1, 1_000_000) if (name := f"rId{number}") not in taken)
        etree.SubElement(self.edit(rels), f"{_RELS_NS}Relationship", Id=new, Type=kind, Target=f"/{target}")
        return new

    def add(self, stem: str, suffix: str, content_type: str, root: _Element) -> str:
        """A new part, under the first free number; returns its path."""
        path = next(name for number in range(1, 1_000_000) if (name := f"{stem}{number}{suffix}") not in self)
        self._trees[path] = root
        types = self.edit(_TYPES)
        self._changed.add(path)
        etree.SubElement(types, f"{_TYPES_NS}Override", PartName=f"/{path}", ContentType=content_type)
        return path

    def set_type(self, path: str, content_type: str) -> None:
        """Say anew what a part is."""
        self._forget_type(path)
        etree.SubElement(self.edit(_TYPES), f"{_TYPES_NS}Override", PartName=f"/{path}", ContentType=content_type)

    def drop(self, owner: str, relation: Relation) -> None:
        """Leave out a part, all that it alone refers to, and the reference to it."""
        for each in list(self.edit(_relations_path(owner))):
            if each.get("Id") == relation.id:
                each.getparent().remove(each)  # type: ignore[union-attr] # it has one
        if not relation.path or relation.path not in self:
            return
        for further in list(self.relations(relation.path)):
            self.drop(relation.path, further)
        self._forget_type(relation.path)
        self._dropped |= {relation.path.lower(), _relations_path(relation.path).lower()}
        self._changed.discard(_relations_path(relation.path))

    def save(self, target: BinaryIO) -> None:
        """Write the file."""
        for tree in sorted(self._changed):
            self.finish(tree)
        changed = {name.lower(): data for name, data in self._raw.items()}
        try:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as new:
                for info in self._zip.infolist():
                    key = info.filename.lstrip("/").lower()
                    if key not in self._dropped:
                        data = changed.pop(key, None)
                        new.writestr(info.filename, self._zip.read(info) if data is None else data)
                for name, data in self._raw.items():
                    if name.lower() in changed:
                        new.writestr(name, data)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
            raise Unmarkable(str(error)) from error

    def _forget_type(self, path: str) -> None:
        types = self.edit(_TYPES)
        for each in list(types):
            if each.get("PartName", "").lower() == f"/{path}".lower():
                types.remove(each)


def _relations_path(path: str) -> str:
    folder, name = posixpath.split(path)
    return posixpath.join(folder, "_rels", f"{name}.rels")


_ROW: Final = f"{MAIN}row"
_CELL: Final = f"{MAIN}c"
ORDER: Final = (
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection"),
    *("protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells"),
    *("phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup"),
    *("headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing"),
    *("legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts"),
    "extLst",
)
_MOST_COLUMNS: Final = 16_384
_MOST_ROWS: Final = 1_048_576
#: Rows and columns of all merged cells together; nobody has that many, and counting them would take forever.
_MOST_MERGED: Final = 3_000_000
#: Areas with rules of a sheet; looking whether one of them is in the way of every table would take forever.
_MOST_RULED: Final = 20_000
#: A header further down would leave no room for rows when it is frozen.
_LOWEST_FROZEN_ROW: Final = 12
#: Rows above the last row of a header that may belong to it.
_MORE_HEADER_ROWS: Final = 3
_DEFAULT_ROW_HEIGHT: Final = 15.0
_DEFAULT_WIDTH: Final = 9.14
_PIXELS_PER_WIDTH: Final = 7.0


@dataclass(frozen=True, slots=True)
class Text:
    """A cell to write, as text, with its style."""

    text: str
    style: str


@dataclass(slots=True)
class Heading:
    """A header row of the sheet: its number, and where each header stands, as far as it can be read."""

    row: int
    columns: Mapping[str, int]
    added: tuple[int, ...] = ()


@dataclass(slots=True)
class Worksheet:
    """The XML of one sheet while it is marked. Columns are counted from 0, rows as the spreadsheet shows them."""

    root: _Element
    rows: dict[int, _Element] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    _ruled: list[tuple[int, int, int, int]] | None = None
    _merged_in: dict[int, list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        data = self.root.find(f"{MAIN}sheetData")
        if self.root.tag != f"{MAIN}worksheet" or data is None:
            raise Unmarkable(str(self.root.tag))
        number = 0
        for row in data.iterchildren(_ROW):
            number = int(row.get("r") or number + 1)
            self.rows[number] = row
        self.merged += [area(each.get("ref", "A1")) for each in self.root.iterfind(f"{MAIN}mergeCells/{MAIN}mergeCell")]
        merged = sum(bottom - top + right - left for top, left, bottom, right in self.merged)
        if number > _MOST_ROWS or merged > _MOST_MERGED:
            raise Unmarkable("size")
        for top, left, bottom, right in self.merged:
            for row_number in range(top, min(bottom, number) + 1):
                self._merged_in[row_number].append((top, left, right))

    def heading(self, row: int, shared: Sequence[str], wanted: Iterable[str] = ()) -> Heading:
        """What stands in a header row; of what is `wanted` and not there, what stands in the rows above that may belong to it."""
        found: dict[str, int] = {}
        added = []
        for column, cell in self._cells(row):
            text = _header_text(cell, shared).strip()
            if is_added(text):
                added.append(column)
            elif text:
                found.setdefault(text, column)
        missing = set(wanted) - found.keys()
        for above in range(row - 1, max(0, row - 1 - _MORE_HEADER_ROWS), -1) if missing else ():
            for column, cell in self._cells(above):
                text = _header_text(cell, shared).strip()
                if text in missing and column not in found.values():
                    found.setdefault(text, column)
        return Heading(row, found, tuple(added))

    def occupied(self, first: int, last: int) -> set[int]:
        """The columns in which something stands between two rows; a cell without anything in it does not count."""
        columns: set[int] = set()
        for number, row in self.rows.items():
            if first <= number <= last:
                columns.update(column for column, cell in _numbered(row) if len(cell))
        for top, left, bottom, right in self.merged:
            if top <= last and bottom >= first:
                columns.update(range(left, right + 1))
        return columns

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """The cell itself or, where it is merged with others, the one that shows their value."""
        return next(((top, left) for top, left, right in self._merged_in[row] if left <= column <= right), (row, column))

    def set_style(self, row: int, column: int, style: str) -> None:
        """Give a cell a style; one that is blank is made."""
        cell = self._cell(row, column)
        if cell is None:
            cell = etree.Element(_CELL, r=f"{letters(column)}{row}")
            self._insert(row, column, cell)
        cell.set("s", style)

    def style(self, row: int, column: int) -> str | None:
        """The style of a cell, that of its row where it is blank."""
        cell = self._cell(row, column)
        if cell is not None:
            return cell.get("s")
        of_row = self.rows.get(row)
        return of_row.get("s") if of_row is not None and of_row.get("customFormat") in {"1", "true"} else None

    def write(self, row: int, column: int, cells: Sequence[Text]) -> None:
        """Put texts into neighbouring cells, in the place of what is there."""
        element = self.rows.get(row)
        if element is None:
            raise Unmarkable(f"row {row}")
        element.attrib.pop("spans", "")
        old = [cell for at, cell in _numbered(element) if column <= at < column + len(cells)]
        for cell in old:
            element.remove(cell)
        behind = sum(1 for at, _ in _numbered(element) if at < column)
        for at, text in enumerate(cells):
            element.insert(behind + at, _text_cell(f"{letters(column + at)}{row}", text))

    def clear(self, first: int, last: int, columns: Sequence[int]) -> None:
        """Take away what stands in some columns between two rows."""
        for number, row in self.rows.items():
            if first <= number <= last:
                for cell in [cell for at, cell in _numbered(row) if at in columns]:
                    row.remove(cell)

    def grow(self, row: int, points: float) -> None:
        """Make a row tall enough, unless somebody has set its height."""
        element = self.rows[row]
        if element.get("customHeight") in {"1", "true"} or element.get("hidden") in {"1", "true"}:
            return
        if points > self.height(row):
            element.set("ht", f"{points:g}")
            element.set("customHeight", "1")

    def height(self, row: int) -> float:
        """The height of a row in points."""
        element = self.rows.get(row)
        height = element.get("ht") if element is not None else None
        if height is None:
            form = self.root.find(f"{MAIN}sheetFormatPr")
            height = form.get("defaultRowHeight") if form is not None else None
        return float(height or _DEFAULT_ROW_HEIGHT)

    def pixels(self) -> Callable[[int], float]:
        """Tells the width of a column in pixels."""
        form = self.root.find(f"{MAIN}sheetFormatPr")
        usual = float(form.get("defaultColWidth") or _DEFAULT_WIDTH) if form is not None else _DEFAULT_WIDTH
        cols = [
            (int(col.get("min", "1")) - 1, int(col.get("max", "1")) - 1, _shown_width(col, usual))
            for col in self.root.iterfind(f"{MAIN}cols/{MAIN}col")
        ]
        return cache(
            lambda column: next((width for low, high, width in cols if low <= column <= high), usual) * _PIXELS_PER_WIDTH
        )

    def set_widths(self, first: int, widths: Sequence[int]) -> None:
        """Set the widths of neighbouring columns; what is said about others stays."""
        cols = self.root.find(f"{MAIN}cols")
        if cols is None:
            cols = etree.Element(f"{MAIN}cols")
            put_in_order(self.root, cols, ORDER)
        last = first + len(widths) - 1
        for col in list(cols):
            low, high = int(col.get("min", "1")) - 1, int(col.get("max", "1")) - 1
            if low > last or high < first:
                continue
            for begin, end in ((low, first - 1), (last + 1, high)):
                if begin <= end:
                    cols.append(_col(begin, end, {str(name): str(value) for name, value in col.attrib.items()}))
            cols.remove(col)
        for at, width in enumerate(widths, first):
            cols.append(_col(at, at, {"width": f"{width + 0.7109375}", "customWidth": "1"}))
        cols[:] = sorted(cols, key=lambda col: int(col.get("min", "1")))

    def freeze_below(self, row: int) -> None:
        """Freeze the header, unless something is frozen or split already."""
        views = self.root.find(f"{MAIN}sheetViews")
        if views is None:
            views = etree.Element(f"{MAIN}sheetViews")
            etree.SubElement(views, f"{MAIN}sheetView", workbookViewId="0")
            put_in_order(self.root, views, ORDER)
        view = views.find(f"{MAIN}sheetView")
        if view is None or view.find(f"{MAIN}pane") is not None or row > _LOWEST_FROZEN_ROW:
            return
        for selection in view.findall(f"{MAIN}selection"):
            view.remove(selection)
        view.attrib.pop("topLeftCell", "")
        top = f"A{row + 1}"
        view.insert(0, etree.Element(f"{MAIN}pane", ySplit=str(row), topLeftCell=top, activePane="bottomLeft", state="frozen"))
        view.insert(1, etree.Element(f"{MAIN}selection", pane="bottomLeft", activeCell=top, sqref=top))

    def filter(self, row: int, last_row: int, titled: AbstractSet[int], added: range) -> str | None:
        """Set a filter from the header to the last row, or widen the one that is there; returns its area.

        `titled` are the columns with a header; others get no button. Beside an Excel table, which has a filter of its own, only
        the `added` columns get one.
        """
        own = self.root.find(f"{MAIN}autoFilter")
        if own is not None:
            top, left, bottom, right = area(own.get("ref", "A1"))
            if top != row:
                return None
            reference = _area(top, left, max(bottom, last_row), max(right, added[-1]))
            own.set("ref", reference)
            return reference
        tables = self.root.find(f"{MAIN}tableParts")
        left = added[0] if tables is not None and len(tables) else min(titled)
        reference = _area(row, left, last_row, added[-1])
        element = etree.Element(f"{MAIN}autoFilter", ref=reference)
        for column in range(left, added[0]):
            if column not in titled:
                etree.SubElement(element, f"{MAIN}filterColumn", colId=str(column - left), hiddenButton="1")
        put_in_order(self.root, element, ORDER)
        return reference

    def offer(self, rows: tuple[int, int], column: int, words: Sequence[str], texts: tuple[str, str]) -> None:
        """A drop-down on the cells of a column, unless they have a rule of their own."""
        first, last = rows
        if self._has_rule(first, last, column):
            return
        rules = self.root.find(f"{MAIN}dataValidations")
        if rules is None:
            rules = etree.Element(f"{MAIN}dataValidations", count="0")
            put_in_order(self.root, rules, ORDER)
        rule = etree.SubElement(
            rules,
            f"{MAIN}dataValidation",
            type="list",
            errorStyle="warning",
            allowBlank="1",
            showInputMessage="1",
            showErrorMessage="1",
            errorTitle=texts[0],
            error=texts[1],
            sqref=_area(first, column, last, column),
        )
        etree.SubElement(rule, f"{MAIN}formula1").text = f'"{",".join(words)}"'
        if self._ruled is not None:
            self._ruled.append((first, column, last, column))
        count_children(rules)

    def widen_dimension(self, last: int) -> None:
        """Tell readers that the sheet has become wider."""
        dimension = self.root.find(f"{MAIN}dimension")
        if dimension is not None and dimension.get("ref"):
            top, left, bottom, right = area(dimension.get("ref", "A1"))
            dimension.set("ref", _area(top, left, bottom, max(right, last)))

    def check_room(self, first: int, count: int) -> None:
        """Raises Unmarkable where the sheet is too wide for more columns."""
        if first + count > _MOST_COLUMNS:
            raise Unmarkable("columns")

    def _has_rule(self, first: int, last: int, column: int) -> bool:
        if self._ruled is None:
            rules = [*self.root.iterfind(f"{MAIN}dataValidations/{MAIN}dataValidation")]
            areas = [part for rule in rules for part in rule.get("sqref", "").split()]
            areas += [part for each in self.root.iter("{*}sqref") for part in (each.text or "").split()]  # of newer versions
            if len(areas) > _MOST_RULED:
                raise Unmarkable("rules")
            self._ruled = list(map(area, areas))
        return any(left <= column <= right and top <= last and bottom >= first for top, left, bottom, right in self._ruled)

    def _cells(self, row: int) -> Iterator[tuple[int, _Element]]:
        return _numbered(self.rows[row]) if row in self.rows else iter(())

    def _cell(self, row: int, column: int) -> _Element | None:
        return next((cell for at, cell in self._cells(row) if at == column), None)

    def _insert(self, row: int, column: int, cell: _Element) -> None:
        element = self.rows.get(row)
        if element is None:
            raise Unmarkable(f"row {row}")
        element.attrib.pop("spans", "")
        for at, (where, other) in enumerate(_numbered(element)):
            other.set("r", f"{letters(where)}{row}")
            if where > column:
                element.insert(at, cell)
                return
        element.append(cell)


def undress(sheet: Worksheet, first: int, last: int, undressed: Callable[[str | None, str], str | None], fill: str) -> None:
    """Take the colour off the cells that an earlier run marked."""
    for number, row in sheet.rows.items():
        if first <= number <= last:
            for _, cell in _numbered(row):
                style = undressed(cell.get("s"), fill)
                if style is not None:
                    cell.set("s", style)


def _header_text(cell: _Element, shared: Sequence[str]) -> str:
    """The text of a header cell, "" where it is none."""
    if cell.get("t") == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{MAIN}t"))
    value = cell.findtext(f"{MAIN}v") or ""
    if cell.get("t") != "s":
        return value
    return shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""


def _numbered(row: _Element) -> Iterator[tuple[int, _Element]]:
    """The cells of a row with their columns."""
    column = -1
    for cell in row.iterchildren(_CELL):
        reference = cell.get("r")
        column = column_of(reference) if reference else column + 1
        yield column, cell


def _text_cell(reference: str, text: Text) -> _Element:
    if not text.text:
        return etree.Element(_CELL, r=reference, s=text.style)
    cell = etree.Element(_CELL, r=reference, s=text.style, t="inlineStr")
    held = etree.SubElement(etree.SubElement(cell, f"{MAIN}is"), f"{MAIN}t")
    held.text = writable(text.text)
    held.set(XML_SPACE, "preserve")
    return cell


def _shown_width(col: _Element, usual: float) -> float:
    return 0.0 if col.get("hidden") in {"1", "true"} else float(col.get("width") or usual)


def _col(first: int, last: int, attributes: Mapping[str, str]) -> _Element:
    return etree.Element(f"{MAIN}col", {**attributes, "min": str(first + 1), "max": str(last + 1)})


def _area(top: int, left: int, bottom: int, right: int) -> str:
    return f"{letters(left)}{top}:{letters(right)}{bottom}"
