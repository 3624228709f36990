"""OpenDocument spreadsheets, zipped (.ods) or flat (.fods), read element by element with everything a person sees in them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sync.loader.cells import ERROR, EXACT, Marks, cell_text
from sync.loader.rows import Rows
from sync.loader.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sync.loader.cells import Grid
    from sync.loader.limits import Limits

#: How LibreOffice saves the booleans of an Excel file.
_BOOLEANS = frozenset({"OF:=TRUE()", "OF:=FALSE()"})
_MOST_SPACES = 1_000


def read_opendocument(pieces: Iterable[bytes], limits: Limits) -> Iterator[Grid]:
    """The sheets of a document whose content is given in pieces."""
    content = _Content(limits)
    parse_xml(pieces, content)
    for rows in content.sheets:
        yield rows.grid()


def _local(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes by their names without prefix; `calcext` repeats some of them and tells of errors."""
    return {
        "calcext" if name == "calcext:value-type" else name.rpartition(":")[2]: value
        for name, value in attributes.items()
        if not name.startswith("calcext:") or name == "calcext:value-type"
    }


class _Content:
    """Collects tables. Only what stands directly in a table counts, not what stands in notes, charts and tables in cells."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Rows] = []
        self._limits = limits
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._rows: Rows | None = None
        self._row: dict[str, str] = {}
        self._cell: dict[str, str] | None = None
        self._paragraphs: list[str] = []
        self._in_paragraph = False
        self._inside_cell = 0
        self._column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins. Tables, notes and shapes inside of a cell are nobody's rows."""
        if name in _ASIDE and self._cell is not None:
            self._inside_cell += 1
        elif not self._inside_cell and (handler := _STARTS.get(name)):
            handler(self, _local(attributes))

    def end(self, name: str) -> None:
        """An element ends."""
        if name in _ASIDE and self._inside_cell:
            self._inside_cell -= 1
        elif not self._inside_cell and (handler := _ENDS.get(name)):
            handler(self)

    def text(self, data: str) -> None:
        """Text of a cell."""
        if self._in_paragraph and not self._inside_cell:
            self._paragraphs[-1] += data

    def start_style(self, attributes: dict[str, str]) -> None:
        """Styles say whether a sheet is hidden."""
        self._style = attributes.get("name", "")

    def table_style(self, attributes: dict[str, str]) -> None:
        """The properties of the style that began last."""
        if attributes.get("display") == "false":
            self._hidden_styles.add(self._style)

    def start_table(self, attributes: dict[str, str]) -> None:
        """A sheet begins."""
        hidden = attributes.get("style-name", "") in self._hidden_styles
        self._rows, self._column = Rows(attributes.get("name"), self._limits, Marks(hidden_sheet=hidden)), 0

    def end_table(self) -> None:
        """A sheet ends."""
        if self._rows:
            self.sheets.append(self._rows)
            self._rows = None

    def column(self, attributes: dict[str, str]) -> None:
        """Columns, declared before the rows."""
        count = min(int(attributes.get("number-columns-repeated", 1)), 16_384)
        if self._rows and attributes.get("visibility", "visible") != "visible":
            self._rows.marks.hidden_columns.update(range(self._column, self._column + count))
        self._column += count

    def start_row(self, attributes: dict[str, str]) -> None:
        """A row begins."""
        self._row = attributes
        if self._rows:
            self._rows.start_row()

    def end_row(self) -> None:
        """A row ends."""
        visibility = self._row.get("visibility", "visible")
        if self._rows:
            self._rows.end_row(
                int(self._row.get("number-rows-repeated", 1)), hidden=visibility == "collapse", filtered=visibility == "filter"
            )

    def start_cell(self, attributes: dict[str, str]) -> None:
        """A cell begins; one that is covered by a merged cell has none of its own."""
        self._cell, self._paragraphs, self._in_paragraph = attributes, [], False

    def end_cell(self) -> None:
        """A cell ends."""
        cell, paragraphs = self._cell or {}, self._paragraphs
        shown = "\n".join(paragraphs)
        self._cell, self._paragraphs = None, []
        if self._rows is None:
            return
        if "formula" in cell and "value-type" not in cell and not paragraphs:
            self._rows.add_formula()
        elif cell.get("calcext") == "error" or ("formula" in cell and ERROR.fullmatch(shown)):
            self._rows.add_error(shown)
        else:
            self._rows.add(
                _text(cell, shown),
                int(cell.get("number-columns-repeated", 1)),
                across=int(cell.get("number-columns-spanned", 1)),
                down=int(cell.get("number-rows-spanned", 1)),
            )

    def paragraph(self, _: dict[str, str]) -> None:
        """A line of a cell's text."""
        if self._cell is not None:
            self._paragraphs.append("")
            self._in_paragraph = True

    def end_paragraph(self) -> None:
        """What follows between paragraphs is only there to make the file look nice."""
        self._in_paragraph = False

    def spaces(self, attributes: dict[str, str]) -> None:
        """Several spaces in a row."""
        self.text(" " * min(int(attributes.get("c", 1)), _MOST_SPACES))


def _text(cell: dict[str, str], shown: str) -> str:
    kind = cell.get("value-type", "")
    if cell.get("formula", "").upper() in _BOOLEANS:
        return "WAHR" if "TRUE" in cell["formula"].upper() else "FALSCH"
    if kind in {"float", "percentage", "currency"}:
        return _number(cell.get("value", shown))
    if kind == "date":
        return cell.get("date-value", shown)
    if kind == "boolean":
        return "WAHR" if cell.get("boolean-value") == "true" else "FALSCH"
    return shown or cell.get("string-value", "")


def _number(text: str) -> str:
    """Numbers as in other workbooks: the program that wrote the file calculates with floats, too."""
    try:
        number = float(text)
    except ValueError:
        return text
    return text if text.isdigit() and number < EXACT else cell_text(number)


_ASIDE = frozenset({"annotation", "table", "shapes", "frame", "custom-shape", "object", "image"})
_STARTS: Mapping[str, Callable[[_Content, dict[str, str]], None]] = MappingProxyType(
    {
        "style": _Content.start_style,
        "table-properties": _Content.table_style,
        "table": _Content.start_table,
        "table-column": _Content.column,
        "table-row": _Content.start_row,
        "table-cell": _Content.start_cell,
        "covered-table-cell": _Content.start_cell,
        "p": _Content.paragraph,
        "s": _Content.spaces,
        "line-break": lambda content, _: content.text("\n"),
        "tab": lambda content, _: content.text("\t"),
    }
)
_ENDS: Mapping[str, Callable[[_Content], None]] = MappingProxyType(
    {
        "p": _Content.end_paragraph,
        "table": _Content.end_table,
        "table-row": _Content.end_row,
        "table-cell": _Content.end_cell,
        "covered-table-cell": _Content.end_cell,
    }
)
