"""HTML tables, which web portals and CRM exports save as .xls."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lxml import etree

from sync.domain.model import Reason, Why
from sync.sheets.cells import InStep, Rows, exact_value
from sync.sheets.formats.html_again import read_again
from sync.sheets.formats.text import decode, fits
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync.sheets.cells import Grid
    from sync.sheets.stream import Limits


# Where the lines and tables of an HTML page stand in the grid that spreadsheet programs make of it.
#
# A line of text outside of tables takes a row, and so does each row of a table. A table in a cell widens the row and the column
# of that cell, whose neighbours are merged over what it takes.


_SPACES = re.compile(r"[ \t\r\n\f]+")


class Cell(NamedTuple):
    """A cell in its row: the column counted from 0, and over how many columns and rows it reaches."""

    column: int
    text: str
    across: int
    down: int


@dataclass(slots=True)
class Row:
    """A row of a block."""

    cells: list[Cell]
    hidden: bool = False


class Block(NamedTuple):
    """Some rows of the grid, one below the other, and how many columns they take."""

    rows: list[Row]
    width: int


class Flow:
    """What stands one below the other on the page or in a cell: lines of text, and tables."""

    __slots__ = ("_after_block", "_items", "_line", "_lines", "hidden")

    def __init__(self, hidden: int = 0) -> None:
        self.hidden = hidden
        self._items: list[str | Block] = []
        self._lines: list[str] = []
        self._line: list[str] = []
        self._after_block = False

    def add(self, text: str) -> None:
        """Some text of the line."""
        self._line.append(text)

    def end_line(self) -> None:
        """The line ends here, even if there is nothing in it; but what ended already does not end twice."""
        line = _SPACES.sub(" ", "".join(self._line)).strip(" ")
        if line or not self._after_block:
            self._lines.append(line)
        self._line, self._after_block = [], False

    def end_block(self) -> None:
        """What follows stands in a line of its own."""
        if self._line:
            line = _SPACES.sub(" ", "".join(self._line)).strip(" ")
            self._line = []
            if line:
                self._lines.append(line)
                self._after_block = True

    def add_block(self, block: Block) -> None:
        """A table, below what was before."""
        self._end_lines()
        self._items.append(block)

    def add_lines(self, other: Flow) -> None:
        """All lines of another flow."""
        other.end_block()
        self._lines += other._lines

    def text(self) -> str | None:
        """The text, if there are no tables beside it."""
        if self._items:
            return None
        if len(self._line) == 1 and not self._lines and self._line[0].isalnum():
            return self._line[0]
        self.end_block()
        return "\n".join(self._lines).strip()

    def block(self) -> Block:
        """Everything as rows."""
        self._end_lines()
        rows: list[Row] = []
        for item in self._items:
            if isinstance(item, Block):
                rows += item.rows
            else:
                rows.append(Row([Cell(0, item, 1, 1)]))
        width = max((item.width for item in self._items if isinstance(item, Block)), default=1)
        return Block(rows, max(width, 1))

    def _end_lines(self) -> None:
        """Blank lines count between others only."""
        self.end_block()
        filled = [at for at, line in enumerate(self._lines) if line]
        self._items += self._lines[filled[0] : filled[-1] + 1] if filled else []
        self._lines = []


class _PlacedCell(NamedTuple):
    column: int
    across: int
    down: int
    content: str | Block


@dataclass(slots=True)
class _Row:
    hidden: bool
    cells: list[_PlacedCell] = field(default_factory=list)


class HtmlTable:
    """Collects the cells of one table, each in the first column that no cell of an earlier row reaches into."""

    def __init__(self, limits: Limits) -> None:
        self.above = Flow()
        self.in_row = False
        self.columns = 0
        self._limits = limits
        self._left = limits.cells
        self._rows: list[_Row] = []
        self._covered: dict[int, int] = {}
        self._column = 0

    def start_row(self, *, hidden: bool) -> None:
        """The next row."""
        self._rows.append(_Row(hidden))
        self._column, self.in_row = 0, True
        if self._covered:
            self._covered = {column: last for column, last in self._covered.items() if last >= len(self._rows) - 1}
        self._left -= 1 + len(self._covered)
        if self._left < 0:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(self._limits.cells)))

    def add(self, content: str | Block, across: int, down: int) -> None:
        """The next cell of the row."""
        while self._column in self._covered:
            self._column += 1
        first, last = self._column, len(self._rows) - 1 + down - 1
        self._rows[-1].cells.append(_PlacedCell(first, across, down, content))
        self._column += across
        if down > 1:
            self._covered |= dict.fromkeys(range(first, self._column), last)

    def block(self) -> Block:
        """The table as rows; no cell reaches below the last one."""
        nested = any(isinstance(cell.content, Block) for row in self._rows for cell in row.cells)
        width = max((row.cells[-1].column + row.cells[-1].across for row in self._rows if row.cells), default=0)
        if nested:
            return self._stretched(width)
        count = len(self._rows)
        rows = [
            Row([Cell(cell.column, str(cell.content), cell.across, min(cell.down, count - at)) for cell in row.cells], row.hidden)
            for at, row in enumerate(self._rows)
        ]
        return Block(rows, width)

    def _stretched(self, width: int) -> Block:
        """The table where other tables in its cells take several rows and columns."""
        tops, lefts = self._edges(width)
        rows = [Row([], row.hidden) for at, row in enumerate(self._rows) for _ in range(tops[at], tops[at + 1])]
        for at, row in enumerate(self._rows):
            for cell in row.cells:
                left, bottom = lefts[cell.column], tops[min(at + cell.down, len(self._rows))]
                if isinstance(cell.content, str):
                    across = lefts[cell.column + cell.across] - left
                    rows[tops[at]].cells.append(Cell(left, cell.content, across, bottom - tops[at]))
                else:
                    _put(cell.content, rows, tops[at], left)
        for each in rows:
            each.cells.sort(key=lambda cell: cell.column)
        return Block(rows, lefts[-1])

    def _edges(self, width: int) -> tuple[Sequence[int], Sequence[int]]:
        """Where each row begins, and each column; after the last one where the table ends."""
        heights, widths = [1] * len(self._rows), [1] * width
        for at, row in enumerate(self._rows):
            for cell in row.cells:
                if isinstance(cell.content, Block):
                    bottom, right = min(at + cell.down, len(heights)), cell.column + cell.across
                    heights[bottom - 1] += max(0, len(cell.content.rows) - sum(heights[at:bottom]))
                    widths[right - 1] += max(0, cell.content.width - sum(widths[cell.column : right]))
        return list(accumulate(heights, initial=0)), list(accumulate(widths, initial=0))


def _put(block: Block, rows: list[Row], top: int, left: int) -> None:
    """Puts the rows of a table in a cell where the cell stands."""
    for at, inner in enumerate(block.rows, top):
        cells = [each._replace(column=each.column + left) for each in inner.cells] if left else inner.cells
        rows[at].cells = [*rows[at].cells, *cells] if rows[at].cells else cells
        rows[at].hidden |= inner.hidden


_CHARSET = re.compile(rb"charset\s{0,99}=\s{0,99}[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
_SILENT = frozenset({"script", "style", "title", "template"})
_BLOCKS = frozenset(
    (
        "address",
        "article",
        "blockquote",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "header",
        "hr",
    )
).union(("h1", "h2", "h3", "h4", "h5", "h6", "li", "main", "nav", "ol", "p", "pre", "section", "ul"))
_GROUPS = frozenset({"thead", "tbody", "tfoot"})
_HIDDEN = re.compile(r"(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}(?:hidden|collapse))", re.IGNORECASE)
#: What Excel and LibreOffice write beside a number that is shown with fewer digits.
_EXACT_VALUES = ("x:num", "sdval")
#: More elements or tables in one another than any page has.
_DEEPEST, _MOST_NESTED = 1_000, 12
_MOST_ROWS, _MOST_COLUMNS = 65_536, 1_000


def read_html(data: bytes, limits: Limits) -> Iterator[Grid]:
    """The page as one sheet, as spreadsheet programs show it: a row for each line of text and for each row of a table."""
    text, page = page_text(data), _Page(limits)
    _tell(text, page)
    if not page.tables:
        raise RefuseFile(Reason(Why.NOT_A_TABLE, "HTML"))
    yield page.rows().grid(InStep(read_again(text)))


def page_text(data: bytes) -> str:
    """The text; what the page says about its encoding is believed where it fits."""
    said = _CHARSET.search(data[:4096])
    name = said[1].decode("ascii").lower() if said else ""
    name = "cp1252" if name in {"iso-8859-1", "latin1", "windows-1252", "us-ascii", "ascii"} else name
    try:
        if (
            name
            and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"))
            and fits(data, name)
            and not fits(data, "utf-8")
        ):
            return data.decode(name)
    except LookupError:
        pass
    return decode(data).text.read()


def _tell(text: str, page: _Page) -> None:
    """Tells `page` of every element and text. The time it takes grows with the text and with nothing else.

    Raises:
        RefuseFile: a text or an attribute is longer than in any page.
    """
    parser = etree.HTMLParser(target=cast("Any", page), encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True)
    etree.fromstring(text.encode("utf-8", "replace"), parser)
    for entry in parser.error_log:
        if entry.level >= etree.ErrorLevels.FATAL:
            raise RefuseFile(Reason(Why.DAMAGED, entry.message.strip()))


class _Page:
    """Follows the elements. What is hidden in a cell is not read; rows that are hidden are told."""

    def __init__(self, limits: Limits) -> None:
        self.tables = 0
        self._limits = limits
        self._flows = [Flow()]
        self._open: list[HtmlTable] = []
        self._cells: list[_Cell | None] = []
        self._elements: list[bool] = []
        self._hidden = 0
        self._silent = 0
        self._hidden_columns: set[int] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        hidden = bool(attributes) and _is_hidden(attributes)
        self._elements.append(hidden)
        if len(self._elements) > _DEEPEST:
            raise RefuseFile(Reason(Why.DAMAGED, f"<{tag[:20]}>: {_DEEPEST}"))
        self._hidden += hidden
        if tag in _SILENT:
            self._silent += 1
        elif starts := _STARTS.get(tag):
            starts(self, attributes)

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in _SILENT:
            self._silent -= 1
        elif ends := _ENDS.get(tag):
            ends(self)
        self._hidden -= self._elements.pop()

    def data(self, text: str) -> None:
        """Some text."""
        flow = self._flows[-1]
        if self._hidden <= flow.hidden and not self._silent:
            flow.add(text)

    def close(self) -> None:
        """The page ends."""

    def rows(self) -> Rows:
        """The sheet."""
        rows = Rows(None, self._limits)
        for row in self._flows[0].block().rows:
            rows.start_row()
            for cell in row.cells:
                rows.move_to(cell.column)
                if cell.across > 1 or cell.down > 1:
                    rows.merge(cell.across, cell.down)
                rows.add(cell.text)
            rows.end_row(hidden=row.hidden)
        rows.marks.hidden_columns |= self._hidden_columns
        return rows

    def line(self, _: dict[str, str] | None = None) -> None:
        """A line ends, even if there is nothing in it."""
        self._flows[-1].end_line()

    def block(self, _: dict[str, str] | None = None) -> None:
        """What follows stands in a line of its own."""
        self._flows[-1].end_block()

    def start_table(self, _: dict[str, str]) -> None:
        """A table begins; one that stands between the cells of another gets one of its own."""
        self.tables += 1
        if len(self._open) == _MOST_NESTED:
            raise RefuseFile(Reason(Why.DAMAGED, f"<table>: {_MOST_NESTED}"))
        if self._open and self._cells[-1] is None:
            self.start_cell({})
        table = HtmlTable(self._limits)
        self._open.append(table)
        self._cells.append(None)
        self._flows.append(table.above)

    def end_table(self) -> None:
        """A table ends; text that stood between its cells comes above it."""
        self.end_row()
        self._flows.pop()
        table = self._open.pop()
        self._cells.pop()
        self._flows[-1].end_block()
        self._flows[-1].add_lines(table.above)
        self._flows[-1].add_block(table.block())

    def start_row(self, _: dict[str, str]) -> None:
        """A row begins."""
        if self._open:
            self.end_row()
            self._open[-1].start_row(hidden=self._hidden > 0)

    def end_row(self, _: dict[str, str] | None = None) -> None:
        """A row ends, and the cell that is open in it."""
        if self._open:
            self.end_cell()
            self._open[-1].in_row = False

    def start_cell(self, attributes: dict[str, str]) -> None:
        """A cell begins."""
        if not self._open:
            return
        self.end_cell()
        if not self._open[-1].in_row:
            self._open[-1].start_row(hidden=self._hidden > 0)
        self._cells[-1] = _Cell(attributes) if attributes else _PLAIN
        self._flows.append(Flow(self._hidden - (bool(attributes) and self._elements[-1])))

    def end_cell(self) -> None:
        """A cell ends."""
        cell = self._cells[-1] if self._open else None
        if cell is None:
            return
        flow, self._cells[-1] = self._flows.pop(), None
        shown = flow.text()
        content = flow.block() if shown is None else exact_value(shown, cell.exact)
        self._open[-1].add(content, cell.across, cell.down)

    def start_column(self, attributes: dict[str, str]) -> None:
        """Columns, declared before the rows."""
        if not self._open:
            return
        table, count = self._open[-1], _number(attributes, "span", _MOST_COLUMNS)
        if len(self._open) == 1 and (self._elements[-1] or attributes.get("width") == "0"):
            self._hidden_columns.update(range(table.columns, table.columns + count))
        table.columns += count


class _Cell:
    """An open cell as its tag describes it."""

    __slots__ = ("across", "down", "exact")

    def __init__(self, attributes: dict[str, str]) -> None:
        self.across = _number(attributes, "colspan", _MOST_COLUMNS)
        self.down = _number(attributes, "rowspan", _MOST_ROWS)
        self.exact = next((attributes[name] for name in _EXACT_VALUES if attributes.get(name)), None)


def _is_hidden(attributes: dict[str, str]) -> bool:
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style", "")))


def _number(attributes: dict[str, str], name: str, most: int) -> int:
    text = attributes.get(name, "1").strip()
    return min(int(text[:9]), most) or 1 if text.isascii() and text.isdigit() else 1


_PLAIN = _Cell({})
_STARTS: Mapping[str, Callable[[_Page, dict[str, str]], None]] = MappingProxyType(
    {
        "table": _Page.start_table,
        "tr": _Page.start_row,
        "td": _Page.start_cell,
        "th": _Page.start_cell,
        "col": _Page.start_column,
        "br": _Page.line,
        **dict.fromkeys(_BLOCKS, _Page.block),
        **dict.fromkeys(_GROUPS, _Page.end_row),
    }
)
_ENDS: Mapping[str, Callable[[_Page], None]] = MappingProxyType(
    {
        "table": _Page.end_table,
        "tr": _Page.end_row,
        "td": _Page.end_cell,
        "th": _Page.end_cell,
        **dict.fromkeys(_BLOCKS, _Page.block),
        **dict.fromkeys(_GROUPS, _Page.end_row),
    }
)
