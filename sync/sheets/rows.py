"""Collects the cells of one sheet for readers that meet them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.cells import BATCH_CELLS, Grid, Marks, by_column
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.sheets.cells import CellBatch
    from sync.sheets.formats.xml_again import SheetsAgain
    from sync.sheets.limits import Limits
    from sync.sheets.second_reading import SecondReading


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
        self._errors: dict[int, str] = {}
        self._formulas: list[int] = []
        self._merged: list[tuple[int, int, int]] = []

    def start_row(self, number: int | None = None) -> None:
        """The next row, or the row with that number.

        Raises:
            RefuseFile: it has been there before, or there is no such row.
        """
        if number is not None and number <= self.row:
            raise RefuseFile(Reason(Why.DAMAGED, f"row {number} is there twice" if number else "row 0"))
        self.row, self.column, self._cells = number or self.row + 1, 0, []
        self._errors, self._formulas, self._merged = {}, [], []

    def move_to(self, column: int) -> None:
        """The next cell stands in that column.

        Raises:
            RefuseFile: another one has been there before.
        """
        if column < self.column:
            raise RefuseFile(Reason(Why.DAMAGED, f"row {self.row}: cell {column + 1} is there twice"))
        self.column = column

    def add(self, text: str, count: int = 1) -> None:
        """A cell, or `count` times the same."""
        if text:
            self._check_column(count)
            self._cells += [""] * (self.column - len(self._cells)) + [text] * count
        self.column += count

    def merge(self, across: int, down: int, count: int = 1) -> None:
        """The next cell, or each of the next ones, is merged: it reaches over so many columns and rows."""
        if across > 1 or down > 1:
            for column in range(self.column, min(self.column + count * across, self._limits.columns), across):
                self._merged.append((column, across, down))

    def add_error(self, shown: str, count: int = 1) -> None:
        """A cell that shows an error, or `count` times the same."""
        self._check_column(count)
        self._errors |= dict.fromkeys(range(self.column, self.column + count), shown)
        self.column += count

    def add_formula(self, count: int = 1) -> None:
        """A cell with a formula and no result, or `count` times the same."""
        self._check_column(count)
        self._formulas += range(self.column, self.column + count)
        self.column += count

    def _check_column(self, count: int) -> None:
        if self.column + count > self._limits.columns:
            raise RefuseFile(Reason(Why.LIMIT_COLUMNS, str(self._limits.columns)))

    def end_row(self, count: int = 1, *, hidden: bool = False, filtered: bool = False) -> None:
        """The row is complete; it stands there `count` times. A row without anything in it is not stored."""
        numbers = range(self.row, self.row + count)
        self.row = numbers[-1]
        marks = len(self._errors) + len(self._formulas)
        stored = bool(self._cells or marks)
        self._left -= count * max(stored, len(self._cells), marks + len(self._merged))
        if self._left < 0:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(self._limits.cells)))
        for row in numbers if marks or self._merged else ():
            self._mark(row)
        if stored:
            self._numbers += numbers
            self._rows += [self._cells] * count
            if hidden or filtered:
                (self.marks.filtered_rows if filtered else self.marks.hidden_rows).update(numbers)

    def _mark(self, row: int) -> None:
        self.marks.errors |= {(row, column): shown for column, shown in self._errors.items()}
        self.marks.formulas.update((row, column) for column in self._formulas)
        self.marks.merged += [(row, column, row + down - 1, column + across - 1) for column, across, down in self._merged]

    def grid(self, second: SecondReading | None) -> Grid:
        """The sheet. Gaps between rows are filled with blank ones, so that they are counted."""
        return Grid(self.name, self._batches(), self.marks, second=second)

    def _batches(self) -> Iterator[CellBatch]:
        size = max(1, BATCH_CELLS // max([1, *map(len, self._rows)]))
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


def grids(sheets: Iterable[Rows], second: SheetsAgain) -> Iterator[Grid]:
    """The sheets of a workbook, of which no two have one name.

    Raises:
        RefuseFile: two of them have.
    """
    names = set()
    for index, rows in enumerate(sheets):
        name = (rows.name or "").casefold()
        if name and name in names:
            raise RefuseFile(Reason(Why.DAMAGED, f'sheet "{rows.name}" is there twice'))
        names.add(name)
        yield rows.grid(second.sheet(index))
