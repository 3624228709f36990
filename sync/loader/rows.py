"""Collects the cells of one sheet for readers that meet them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.loader.cells import BATCH_CELLS, Grid, Marks, by_column
from sync.loader.messages import RefuseFile
from sync.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.loader.cells import Batch
    from sync.loader.limits import Limits


class Rows:
    """A sheet in the making: `start_row`, then `add` for each cell, then `end_row`."""

    def __init__(self, name: str | None, limits: Limits, marks: Marks | None = None) -> None:
        self.name = name
        self.marks = marks or Marks()
        self.row = 0
        self.column = 0
        self._limits = limits
        self._left = limits.cells
        self._numbers: list[int] = []
        self._rows: list[list[str]] = []
        self._cells: list[str] = []
        self._marked = False

    def start_row(self, number: int = 0) -> None:
        """The next row, or the row with that number."""
        self.row, self.column, self._cells = number or self.row + 1, 0, []
        self._marked = False

    def add(self, text: str, count: int = 1, *, across: int = 1, down: int = 1) -> None:
        """A cell, or `count` times the same; one that is merged reaches over `across` columns and `down` rows."""
        if across > 1 or down > 1:
            self.marks.merged.append((self.row, self.column, self.row + down - 1, self.column + across - 1))
        if text:
            if self.column + count > self._limits.columns:
                raise RefuseFile(Reason(Why.LIMIT_COLUMNS, str(self._limits.columns)))
            self._cells += [""] * (self.column - len(self._cells)) + [text] * count
        self.column += count

    def add_error(self, shown: str) -> None:
        """A cell that shows an error."""
        self.marks.errors[self.row, self.column] = shown
        self._marked = True
        self.column += 1

    def add_formula(self) -> None:
        """A cell with a formula and no result."""
        self.marks.formulas.add((self.row, self.column))
        self._marked = True
        self.column += 1

    def end_row(self, count: int = 1, *, hidden: bool = False, filtered: bool = False) -> None:
        """The row is complete; it stands there `count` times. A row without anything in it is not stored."""
        numbers = range(self.row, self.row + count)
        self.row = numbers[-1]
        if not self._cells and not self._marked:
            return
        self._left -= count * max(1, len(self._cells))
        if self._left < 0:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(self._limits.cells)))
        self._numbers += numbers
        self._rows += [self._cells] * count
        if hidden or filtered:
            (self.marks.filtered_rows if filtered else self.marks.hidden_rows).update(numbers)

    def grid(self) -> Grid:
        """The sheet. Gaps between rows are filled with blank ones, so that they are counted."""
        return Grid(self.name, self._batches(), self.marks)

    def _batches(self) -> Iterator[Batch]:
        size = max(1, BATCH_CELLS // max(map(len, self._rows), default=1))
        numbers: list[int] = []
        cells: list[list[str]] = []
        for number, row in zip(self._numbers, self._rows, strict=True):
            for blank in range(numbers[-1] + 1 if numbers else number, number):
                numbers.append(blank)
                cells.append([])
            numbers.append(number)
            cells.append(row)
            if len(numbers) >= size:
                yield by_column(numbers[:-1], cells[:-1])
                numbers, cells = numbers[-1:], cells[-1:]
        if numbers:
            yield by_column(numbers, cells)
