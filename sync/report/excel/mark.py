"""Marks a workbook inside its package."""

from __future__ import annotations

import re
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count, groupby
from typing import TYPE_CHECKING, BinaryIO, Final

from lxml import etree

from sync.domain.model import ALLOWED, Verdict
from sync.i18n import everywhere, text
from sync.i18n.texts import verdict_word
from sync.report.excel.comments import Comment, Comments, below_drawings
from sync.report.excel.orders import ADDED, BESIDE, MOST_COMMENTS, comments_left_out, drop_down_texts
from sync.report.excel.workbook import (
    MAIN,
    RELATIONS,
    Heading,
    Package,
    PartTooLarge,
    Text,
    Unmarkable,
    Worksheet,
    count_children,
    parse,
    put_in_order,
    undress,
)
from sync.report.excel.writer import ADDED_BLUE, COLOURS, FILL_WRONG, INK_WRONG, row_height

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from lxml.etree import _Element

    from sync.report.excel.orders import Part, ReturnedTable, RowReport
    from sync.report.excel.workbook import Relation


# Styles for what is added to a workbook, each made from one that the workbook has.


_ORDER = (
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
)
_FONT_ORDER = (
    *("b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name"),
    *("family", "charset", "scheme"),
)
_XF_ORDER = ("alignment", "protection", "extLst")


@dataclass(frozen=True, slots=True)
class Dress:
    """How added cells look: colours as RRGGBB, on the workbook's own font."""

    fill: str | None = None
    ink: str | None = None
    bold: bool = False
    wrap: bool = False
    centred: bool = False


class Looks:
    """The styles of one workbook."""

    def __init__(self, root: _Element) -> None:
        self._root = root
        lists = (self._list(name) for name in ("fonts", "fills", "borders", "cellXfs"))
        self._fonts, self._fills, self._borders, self._xfs = lists
        if not (len(self._fonts) and len(self._borders) and len(self._xfs)):
            raise Unmarkable("styles")
        self._made: dict[tuple[int, Dress], str] = {}
        self._parts: dict[object, str] = {}
        self._plain: dict[int, str] = {}

    def added(self, dress: Dress) -> str:
        """The style of an added cell."""
        return self._style(0, dress, own=True)

    def dressed(self, style: str | None, dress: Dress) -> str:
        """A cell's style with another fill and ink, all else as it is."""
        return self._style(int(style or 0), dress, own=False)

    def undressed(self, style: str | None, fill: str) -> str | None:
        """A cell's style without this fill, that an earlier run gave it; None where it has another one."""
        xf = self._xf(int(style or 0))
        number = int(xf.get("fillId", "0"))
        rgb = self._fills[number].find(f".//{MAIN}fgColor") if number < len(self._fills) else None
        if rgb is None or rgb.get("rgb", "")[-6:] != fill:
            return None
        if int(style or 0) not in self._plain:
            plain = deepcopy(xf)
            plain.set("fillId", "0")
            plain.set("fontId", "0")
            self._plain[int(style or 0)] = self._append(self._xfs, plain)
        return self._plain[int(style or 0)]

    def _style(self, base: int, dress: Dress, *, own: bool) -> str:
        if (base, dress) not in self._made:
            xf = (
                etree.Element(f"{MAIN}xf", numFmtId="0", fontId="0", fillId="0", borderId="0")
                if own
                else deepcopy(self._xf(base))
            )
            if dress.fill:
                xf.set("fillId", self._fill(dress.fill))
                xf.set("applyFill", "1")
            if dress.ink or dress.bold:
                xf.set("fontId", self._font(int(xf.get("fontId", "0")), dress))
                xf.set("applyFont", "1")
            if own:
                xf.set("borderId", self._border())
                xf.set("applyBorder", "1")
                _align(xf, dress)
            self._made[base, dress] = self._append(self._xfs, xf)
        return self._made[base, dress]

    def _xf(self, number: int) -> _Element:
        return self._xfs[number if number < len(self._xfs) else 0]

    def _fill(self, rgb: str) -> str:
        if ("fill", rgb) not in self._parts:
            fill = etree.Element(f"{MAIN}fill")
            pattern = etree.SubElement(fill, f"{MAIN}patternFill", patternType="solid")
            etree.SubElement(pattern, f"{MAIN}fgColor", rgb=f"FF{rgb}")
            etree.SubElement(pattern, f"{MAIN}bgColor", indexed="64")
            self._parts["fill", rgb] = self._append(self._fills, fill)
        return self._parts["fill", rgb]

    def _border(self) -> str:
        """The thin line around added cells."""
        if "border" not in self._parts:
            border = etree.Element(f"{MAIN}border")
            for side in ("left", "right", "top", "bottom"):
                line = etree.SubElement(border, f"{MAIN}{side}", style="thin")
                etree.SubElement(line, f"{MAIN}color", rgb="FFDDDDDD")
            etree.SubElement(border, f"{MAIN}diagonal")
            self._parts["border"] = self._append(self._borders, border)
        return self._parts["border"]

    def _font(self, base: int, dress: Dress) -> str:
        key = ("font", (base, dress.ink, dress.bold))
        if key not in self._parts:
            font = deepcopy(self._fonts[base if base < len(self._fonts) else 0])
            if dress.bold and font.find(f"{MAIN}b") is None:
                put_in_order(font, etree.Element(f"{MAIN}b"), _FONT_ORDER)
            if dress.ink:
                for old in font.findall(f"{MAIN}color"):
                    font.remove(old)
                put_in_order(font, etree.Element(f"{MAIN}color", rgb=f"FF{dress.ink}"), _FONT_ORDER)
            self._parts[key] = self._append(self._fonts, font)
        return self._parts[key]

    def _list(self, name: str) -> _Element:
        found = self._root.find(f"{MAIN}{name}")
        if found is None:
            found = etree.Element(f"{MAIN}{name}")
            put_in_order(self._root, found, _ORDER)
        return found

    def _append(self, some: _Element, new: _Element) -> str:
        some.append(new)
        count_children(some)
        return str(len(some) - 1)


def _align(xf: _Element, dress: Dress) -> None:
    xf.set("applyAlignment", "1")
    alignment = etree.Element(f"{MAIN}alignment")
    if dress.centred:
        alignment.set("vertical", "center")
    if dress.wrap:
        alignment.set("wrapText", "1")
    put_in_order(xf, alignment, _XF_ORDER)


# Which part of a package holds which sheet, and what a copy of the workbook leaves out.


_KIND: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS: Final = re.compile(r"vbaproject|xlmacrosheet|xlintlmacrosheet|ui/(?:user)?extensib", re.IGNORECASE)
_SIGNATURES: Final = re.compile(r"digital-signature/origin", re.IGNORECASE)
_WORKBOOK_ORDER: Final = (
    *("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups"),
    *("externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "webPublishing"),
    *("fileRecoveryPr", "webPublishObjects", "extLst"),
)


class Lost(Enum):
    """What a copy does without."""

    MACROS = auto()
    SIGNATURE = auto()


class Book:
    """The workbook part of a package.

    Raises:
        Unmarkable: there is none that this package knows.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._path = next((each.path for each in package.relations("") if each.kind == f"{_KIND}officeDocument"), "")
        if self._path not in package or not self._path.endswith(".xml"):
            raise Unmarkable("workbook")
        self._root = package.look(self._path)
        self._targets = {each.id: each for each in package.relations(self._path)}
        if self._root.find(f"{MAIN}sheets") is None:
            raise Unmarkable("sheets")  # also those that name things as in the strict standard

    def sheets(self) -> dict[str, str]:
        """The part of every worksheet, by its name."""
        found = {}
        for sheet in self._root.iterfind(f"{MAIN}sheets/{MAIN}sheet"):
            target = self._targets.get(sheet.get(f"{RELATIONS}id", ""))
            if target is not None and target.kind == f"{_KIND}worksheet":
                found[sheet.get("name", "")] = target.path
        return found

    @property
    def styles(self) -> str:
        """The part with the styles."""
        return self._part("styles").path

    @property
    def shared(self) -> list[str]:
        """The part with the texts that cells share, where there is one."""
        return [each.path for each in self._targets.values() if each.kind == f"{_KIND}sharedStrings"]

    def texts(self) -> list[str]:
        """The texts that cells share."""
        if not self.shared:
            return []
        root = parse(self._package.read(self._part("sharedStrings").path))
        return ["".join(part.text or "" for part in _runs(entry)) for entry in root.iterchildren(f"{MAIN}si")]

    def leave_out(self) -> list[Lost]:
        """Take out macros, which nobody shall run from here, and signatures, which are good for the original only."""
        lost = []
        if self._drop("", _SIGNATURES):
            lost.append(Lost.SIGNATURE)
        ribbon = self._drop("", _MACROS)
        if self._drop(self._path, _MACROS) or ribbon:
            lost.append(Lost.MACROS)
        self._package.set_type(self._path, _WORKBOOK_TYPE)
        return lost

    def name_filter(self, sheet: str, reference: str) -> None:
        """Write down the area of a sheet's filter, as Excel does."""
        root = self._package.edit(self._path)
        names = [each.get("name") for each in root.iterfind(f"{MAIN}sheets/{MAIN}sheet")]
        number = str(names.index(sheet))
        quoted = sheet.replace("'", "''")
        first, last = (re.sub("([A-Z]+)([0-9]+)", r"$\1$\2", cell) for cell in reference.split(":"))
        defined = root.find(f"{MAIN}definedNames")
        if defined is None:
            defined = etree.Element(f"{MAIN}definedNames")
            put_in_order(root, defined, _WORKBOOK_ORDER)
        name = _filter_name(defined, number)
        name.text = f"'{quoted}'!{first}:{last}"

    def _part(self, word: str) -> Relation:
        found = next((each for each in self._targets.values() if each.kind == _KIND + word), None)
        if found is None or found.path not in self._package:
            raise Unmarkable(word)
        return found

    def _drop(self, owner: str, kinds: re.Pattern[str]) -> bool:
        gone = [each for each in self._package.relations(owner) if kinds.search(each.kind)]
        if any(each.kind.lower().endswith("macrosheet") for each in gone):
            raise Unmarkable("macro sheet")
        for each in gone:
            self._package.drop(owner, each)
        return bool(gone)


def _filter_name(defined: _Element, number: str) -> _Element:
    for name in defined:
        if name.get("name") == "_xlnm._FilterDatabase" and name.get("localSheetId") == number:
            return name
    attributes = {"name": "_xlnm._FilterDatabase", "localSheetId": number, "hidden": "1"}
    return etree.SubElement(defined, f"{MAIN}definedName", attributes)


def _runs(entry: _Element) -> list[_Element]:
    """The texts of an entry without its phonetic readings."""
    return [
        *entry.iterchildren(f"{MAIN}t"),
        *(text for run in entry.iterchildren(f"{MAIN}r") for text in run.iterchildren(f"{MAIN}t")),
    ]


_MOST_BYTES: Final = 200_000_000
_LOST: Final = {Lost.MACROS: "returned.no_macros", Lost.SIGNATURE: "returned.no_signature"}
#: The workbook's own font may be taller and wider than the one that `row_height` counts with.
_TALLER: Final = 15 / 13
_WIDER: Final = 0.88
#: Where rows keep their height, what does not fit into one line stands in the comments only.
_WIDE: Final = (ADDED[0][1], 80, 80)
_HEADING: Final = Dress(fill=ADDED_BLUE[1:], ink="FFFFFF", bold=True, wrap=True, centred=True)
_WRONG: Final = Dress(fill=FILL_WRONG[1:], ink=INK_WRONG[1:])


def mark(source: BinaryIO, target: BinaryIO, parts: Sequence[Part], about: str) -> list[str]:
    """Write the workbook in `source`, marked, to `target`; returns what the copy does without, in sentences.

    Args:
        source: an .xlsx or .xlsm workbook.
        target: where to write; may hold half a workbook where this raises.
        parts: its tables with their rows.
        about: what the first added header has to say about the copy.

    Raises:
        Unmarkable: it cannot be changed safely.
    """
    with closing(Package(source)) as package:
        book = Book(package)
        missing = [text(_LOST[each]) for each in book.leave_out()]
        paths = book.sheets()
        _check_size(package, [*paths.values(), *book.shared])
        shared = book.texts()
        palette = _Palette(Looks(package.edit(book.styles)))
        comments_left = False
        for name, some in groupby(parts, key=lambda part: part[0].sheet or ""):
            path = paths.get(name, "")
            if path not in package:
                raise Unmarkable("sheet")
            sheet = _Sheet(Worksheet(package.edit(path)), list(some), shared, palette)
            comments = sheet.mark(below_drawings(package, path, sheet.first, sheet.last), "\n\n".join([about, *missing]))
            if area := sheet.finish():
                book.name_filter(name, area)
            Comments(package, path, sheet.worksheet, palette.authors).write(comments[:MOST_COMMENTS])
            comments_left |= len(comments) > MOST_COMMENTS
            package.finish(path)
        package.finish(book.styles)
        package.save(target)
        return [*missing, *([comments_left_out()] if comments_left else [])]


def _check_size(package: Package, paths: Sequence[str]) -> None:
    sizes = [package.size(path) for path in paths if path in package]
    if sum(sizes) > _MOST_BYTES:
        raise PartTooLarge(str(sizes))


class _Palette:
    """Styles and words for all sheets of a workbook."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        self.authors = (text("returned.author"), *everywhere("returned.author"))
        self.heading = looks.added(_HEADING)
        self.words = {verdict: verdict_word(verdict) for verdict in Verdict}
        self.verdicts = {
            verdict: looks.added(Dress(fill=colour.strong[1:], ink=colour.ink[1:], bold=True))
            for verdict, colour in COLOURS.items()
        }

    def said(self, *, wrap: bool) -> str:
        """The style of reasons and steps."""
        return self.looks.added(Dress(wrap=wrap))


class _Sheet:
    """Marks one sheet with the tables on it, whose rows lie between `first` and `last`."""

    def __init__(self, worksheet: Worksheet, parts: Sequence[Part], shared: Sequence[str], palette: _Palette) -> None:
        self.worksheet = worksheet
        self.first = parts[0][0].header_row
        self.last = max(table.last_row for table, _ in parts)
        self._parts, self._palette = parts, palette
        self._headings = [worksheet.heading(t.header_row, shared, map(t.header, t.columns)) for t, _ in parts]
        self._beside = [what for what in BESIDE if any(what in table.beside for table, _ in parts)]
        self._added = (*(BESIDE[what] for what in self._beside), *ADDED)
        self._at = 0
        self._widths: tuple[int, ...] = ()

    def mark(self, drawings: AbstractSet[int], about: str) -> list[Comment]:
        """Write all cells; returns the comments, with what there is to say about the copy as the first.

        `drawings` are columns below pictures and charts. The rows beside them keep their height, or they would grow too.
        """
        self._take_off()
        self._at = self._free(self.worksheet.occupied(self.first, self.last) | drawings)
        self.worksheet.check_room(self._at, len(self._added))
        widths = tuple(width for _, width in self._added)
        self._widths = (*widths[: len(self._beside)], *_WIDE) if drawings else widths
        said = self._palette.said(wrap=not drawings)
        comments = [Comment(self.first, self._at, about)]
        for (table, rows), heading in zip(self._parts, self._headings, strict=True):
            self._table(table, heading)
            for row in rows:
                if not drawings:
                    self._grow(row)
                comments += self._row(_in_one_line(row) if drawings else row, table, heading.columns, said)
        return comments

    def finish(self) -> str | None:
        """Set widths, freeze the header, set the filter; returns the filter's area."""
        added = range(self._at, self._at + len(self._added))
        self.worksheet.set_widths(self._at, self._widths)
        self.worksheet.widen_dimension(added[-1])
        if len(self._parts) > 1:
            return None
        self.worksheet.freeze_below(self.first)
        return self.worksheet.filter(self.first, self.last, {*self._headings[0].columns.values()}, added)

    def _free(self, taken: AbstractSet[int]) -> int:
        """The first column right of all headers from which on nothing stands in the way."""
        headers = max(column for heading in self._headings for column in (*heading.columns.values(), 0))
        return next(at for at in count(headers + 1) if taken.isdisjoint(range(at, at + len(self._added))))

    def _take_off(self) -> None:
        """Take off what an earlier run added."""
        if old := sorted({column for heading in self._headings for column in heading.added}):
            undress(self.worksheet, self.first, self.last, self._palette.looks.undressed, FILL_WRONG[1:])
            self.worksheet.clear(self.first, self.last, old)

    def _table(self, table: ReturnedTable, heading: Heading) -> None:
        """Mark the header and set the drop-downs. Raises Unmarkable: a declared column is not there."""
        self.worksheet.write(heading.row, self._at, [Text(text(words), self._palette.heading) for words, _ in self._added])
        places = {column: heading.columns.get(table.header(column), -1) for column in table.columns}
        if -1 in places.values():
            raise Unmarkable("header")
        for column, words in ALLOWED.items():
            if column in places and table.last_row > heading.row:
                self.worksheet.offer((heading.row + 1, table.last_row), places[column], words, drop_down_texts(words))

    def _row(self, row: RowReport, table: ReturnedTable, columns: Mapping[str, int], said: str) -> Iterator[Comment]:
        palette, known = self._palette, dict(zip(table.beside, row.beside, strict=True))
        verdict = Text(palette.words[row.verdict], palette.verdicts[row.verdict])
        beside = [Text(known.get(what, ""), palette.said(wrap=False)) for what in self._beside]
        self.worksheet.write(row.row, self._at, [*beside, verdict, Text(row.reason, said), Text(row.step, said)])
        for position, comment in row.wrong.items():
            if (column := columns.get(table.headers[position])) is None:
                continue
            where = self.worksheet.anchor(row.row, column)
            self.worksheet.set_style(*where, palette.looks.dressed(self.worksheet.style(*where), _WRONG))
            yield Comment(*where, comment)

    def _grow(self, row: RowReport) -> None:
        if row.reason or row.step:
            said = zip((row.reason, row.step), (int(width * _WIDER) for _, width in ADDED[1:]), strict=True)
            self.worksheet.grow(row.row, row_height(*said) * _TALLER)


def _in_one_line(row: RowReport) -> RowReport:
    return row._replace(reason=row.reason.replace("\n", " "), step=row.step.replace("\n", " "))
