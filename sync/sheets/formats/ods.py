"""OpenDocument spreadsheets, zipped (.ods) or flat (.fods), read element by element with everything a person sees in them."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.cells import ERROR, EXACT, Marks, Rows, SheetsAgain, as_float, cell_text, grids
from sync.sheets.formats.xml import Attributes, Tree, Walk, by_names, is_zero, walk_xml, whole_number
from sync.sheets.formats.xml_again import opendocument_rows_again
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sync.sheets.cells import Grid
    from sync.sheets.stream import Limits

#: How LibreOffice saves the booleans of an Excel file.
_BOOLEANS = frozenset({"OF:=TRUE()", "OF:=FALSE()"})
_MOST_SPACES = 1_000
#: The name of a table that holds what formulas found in a sheet of another file; LibreOffice knows such tables by nothing else.
_OF_ANOTHER_FILE = re.compile(r"'[A-Za-z][A-Za-z0-9+.-]*:(?:[^']|'')*'#", re.DOTALL)
_GROUPED = ("table-columns", "table-header-columns", "table-column-group", "table-rows", "table-header-rows", "table-row-group")
_IN_TABLE = {"table-column": "column", "table-row": "row", **dict.fromkeys(_GROUPED, "group")}
_IN_PARAGRAPH = {"s": "spaces", "tab": "tab", "line-break": "break"}
#: What a paragraph holds that is no part of its line.
_BESIDE = ("annotation", "note", "ruby-text", "frame", "g", "custom-shape", "control", "line", "rect", "object")
#: What counts: charts, notes, shapes, and the stores for formulas, links and changes have tables and texts of their own.
_PLACES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "": {"document": "document", "document-content": "document"},
        "document": {"styles": "styles", "automatic-styles": "styles", "body": "body"},
        "styles": {"style": "style"},
        "style": dict.fromkeys(("table-properties", "table-row-properties", "table-column-properties"), "properties"),
        "properties": {},
        "body": {"spreadsheet": "spreadsheet"},
        "spreadsheet": {"table": "table"},
        "table": _IN_TABLE,
        "group": _IN_TABLE,
        "column": {},
        "row": {"table-cell": "cell", "covered-table-cell": "cell"},
        "cell": {"p": "paragraph"},
        "paragraph": {"*": "span", **_IN_PARAGRAPH, **dict.fromkeys(_BESIDE, "")},
        "span": {"*": "span", **_IN_PARAGRAPH, **dict.fromkeys(_BESIDE, "")},
        "spaces": {},
        "tab": {},
        "break": {},
    }
)


def read_opendocument(pieces: Callable[[], Iterable[bytes]], limits: Limits) -> Iterator[Grid]:
    """The sheets of a document whose content is given in pieces, as often as it is asked for."""
    content = _Content(limits)
    walk_xml(pieces(), Walk(_TREE, content))
    if content.sheets is None:
        raise RefuseFile(Reason(Why.NOT_A_TABLE, "OpenDocument"))
    yield from grids(content.sheets, SheetsAgain(opendocument_rows_again(pieces())))


class _Names(dict[str, str]):
    """Names of attributes without their prefixes; of those that `calcext` adds only the one that tells of errors."""

    def __missing__(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        self[name] = local if prefix != "calcext" else name if local == "value-type" else ""
        return self[name]


_NAMES = _Names()


class _Content:
    """Collects sheets: the tables that stand directly in the spreadsheet, but for what was stored of other files."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Rows] | None = None
        self._limits = limits
        self._invisible: set[tuple[str, str]] = set()
        self._style = ("", "")
        self._rows = Rows(None, limits)
        self._row: Attributes = {}
        self._cell: Attributes = {}
        self._paragraphs: list[str] = []
        self._groups: list[bool] = []
        self._column = 0

    def text(self, data: str) -> None:
        """Text of a cell; what stands between paragraphs is only there to make the file look nice."""
        self._paragraphs[-1] += data

    def start_spreadsheet(self, _: Attributes) -> None:
        """A spreadsheet, even if there is no sheet in it."""
        self.sheets = []

    def start_style(self, attributes: Attributes) -> None:
        """Styles say whether a sheet, a row or a column can be seen."""
        self._style = (attributes.get("family", ""), attributes.get("name", ""))

    def start_properties(self, attributes: Attributes) -> None:
        """The properties of the style that began last."""
        if (
            attributes.get("display") == "false"
            or is_zero(attributes.get("row-height"))
            or is_zero(attributes.get("column-width"))
        ):
            self._invisible.add(self._style)

    def _is_invisible(self, family: str, attributes: Attributes) -> bool:
        return (family, attributes.get("style-name", "")) in self._invisible

    def start_table(self, attributes: Attributes) -> bool:
        """A sheet begins, or what is kept of another file's sheet for formulas."""
        name = attributes.get("name")
        self._rows = Rows(name, self._limits, Marks(hidden_sheet=self._is_invisible("table", attributes)))
        self._column = 0
        return not _OF_ANOTHER_FILE.match(name or "")

    def end_table(self) -> None:
        """A sheet ends."""
        if self.sheets is not None:
            self.sheets.append(self._rows)

    def start_group(self, attributes: Attributes) -> None:
        """Rows or columns that can be folded away together."""
        self._groups.append(attributes.get("display") == "false")

    def end_group(self) -> None:
        """The group ends."""
        self._groups.pop()

    def start_column(self, attributes: Attributes) -> None:
        """Columns, declared before the rows."""
        count = min(max(whole_number(attributes, "number-columns-repeated"), 1), 16_384)
        if (
            attributes.get("visibility", "visible") != "visible"
            or self._is_invisible("table-column", attributes)
            or any(self._groups)
        ):
            self._rows.marks.hidden_columns.update(range(self._column, self._column + count))
        self._column += count

    def start_row(self, attributes: Attributes) -> None:
        """A row begins."""
        self._row = attributes
        self._rows.start_row()

    def end_row(self) -> None:
        """A row ends."""
        visibility = self._row.get("visibility", "visible")
        invisible = visibility == "collapse" or self._is_invisible("table-row", self._row) or any(self._groups)
        count = max(whole_number(self._row, "number-rows-repeated"), 1)
        self._rows.end_row(count, hidden=invisible, filtered=visibility == "filter")

    def start_cell(self, attributes: Attributes) -> None:
        """A cell begins, also one under a merged one: whether it can be seen, those say that are merged."""
        self._cell, self._paragraphs = attributes, []

    def end_cell(self) -> None:
        """A cell ends."""
        rows, cell, lines = self._rows, self._cell, self._paragraphs
        shown = lines[0] if len(lines) == 1 else "\n".join(lines)
        count = max(whole_number(cell, "number-columns-repeated"), 1) if "number-columns-repeated" in cell else 1
        if "number-columns-spanned" in cell or "number-rows-spanned" in cell:
            rows.merge(whole_number(cell, "number-columns-spanned"), whole_number(cell, "number-rows-spanned"), count)
        if "formula" in cell and "value-type" not in cell and not self._paragraphs:
            rows.add_formula(count)
        elif cell.get("calcext:value-type") == "error" or ("formula" in cell and ERROR.fullmatch(shown)):
            rows.add_error(shown, count)
        else:
            rows.add(_text(cell, shown), count)

    def start_paragraph(self, _: Attributes) -> None:
        """A line of a cell's text."""
        self._paragraphs.append("")

    def start_spaces(self, attributes: Attributes) -> None:
        """Several spaces in a row."""
        self._paragraphs[-1] += " " * min(whole_number(attributes, "c"), _MOST_SPACES)

    def start_break(self, _: Attributes) -> None:
        """A new line in a paragraph."""
        self._paragraphs[-1] += "\n"

    def start_tab(self, _: Attributes) -> None:
        """A tab in a paragraph."""
        self._paragraphs[-1] += "\t"


def _text(cell: Attributes, shown: str) -> str:
    kind = cell.get("value-type", "")
    if cell.get("formula", "").upper() in _BOOLEANS:
        return "WAHR" if "TRUE" in cell["formula"].upper() else "FALSCH"
    if kind in {"float", "percentage", "currency"}:
        return _number(cell.get("value", shown))
    if kind == "date":
        return cell.get("date-value", shown)
    if kind == "boolean":
        return "WAHR" if cell.get("boolean-value") == "true" else "FALSCH"
    return cell.get("string-value") or shown


def _number(text: str) -> str:
    """Numbers as in other workbooks: the program that wrote the file calculates with floats, too."""
    try:
        number = as_float(text)
    except ValueError:
        return text
    return text if text.isdigit() and number < EXACT else cell_text(number)


_TREE = Tree(
    _PLACES,
    starts={
        place: by_names(_NAMES, starts)
        for place, starts in {
            "style": _Content.start_style,
            "properties": _Content.start_properties,
            "table": _Content.start_table,
            "group": _Content.start_group,
            "column": _Content.start_column,
            "row": _Content.start_row,
            "cell": _Content.start_cell,
            "spaces": _Content.start_spaces,
        }.items()
    }
    | {
        "spreadsheet": _Content.start_spreadsheet,
        "paragraph": _Content.start_paragraph,
        "break": _Content.start_break,
        "tab": _Content.start_tab,
    },
    ends={"table": _Content.end_table, "group": _Content.end_group, "row": _Content.end_row, "cell": _Content.end_cell},
    texts={"paragraph": _Content.text, "span": _Content.text},
)
