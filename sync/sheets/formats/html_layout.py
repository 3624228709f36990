"""Where the lines and tables of an HTML page stand in the grid that spreadsheet programs make of it.

A line of text outside of tables takes a row, and so does each row of a table. A table in a cell widens the row and the column of
that cell, whose neighbours are merged over what it takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from sync.domain.model import Reason, Why
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.sheets.limits import Limits

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


class _Cell(NamedTuple):
    column: int
    across: int
    down: int
    content: str | Block


@dataclass(slots=True)
class _Row:
    hidden: bool
    cells: list[_Cell] = field(default_factory=list)


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
        self._rows[-1].cells.append(_Cell(first, across, down, content))
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
