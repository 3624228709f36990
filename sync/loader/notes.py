"""What the reader of a grid has to say about the rows of one table: error cells, hidden rows, merged cells."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from sync.columns import is_blank
from sync.loader.cells import cell_text
from sync.loader.messages import Finding
from sync.model import Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.columns import Header
    from sync.loader.cells import Batch, Cell, Grid


class Notes:
    """The marks of a grid, as far as they concern the declared columns of one table."""

    def __init__(self, grid: Grid, header: Header, header_row: int) -> None:
        self._marks = grid.marks
        self._first_column = grid.first_column
        self._headers = {grid.first_column + at: header.text(column) for column, at in header.positions.items()}
        self._begun = False
        self._covered, self._tops = self._merged_rows(header_row)
        self._values: dict[tuple[int, int], Cell] = {}
        self._cells: dict[int, list[Finding]] = defaultdict(list)
        for (row, column), text in sorted(grid.marks.errors.items()):
            if column in self._headers:
                self._cells[row].append(Finding(row, Code.ERROR_CELL, self._headers[column], text))
        for row, column in sorted(grid.marks.formulas):
            if column in self._headers:
                self._cells[row].append(Finding(row, Code.FORMULA_WITHOUT_VALUE, self._headers[column]))

    def speaks_of(self, row: int) -> bool:
        """Whether a row without any text holds an error or a formula in a declared column all the same."""
        return row in self._cells

    def about(self, rows: Sequence[int]) -> Iterator[Finding]:
        """The findings about the rows that the table keeps."""
        if rows and not self._begun:
            self._begun = True
            yield from self._about_sheet(rows[0])
        marks = self._marks
        for code, marked in ((Code.HIDDEN_ROW, marks.hidden_rows), (Code.FILTERED_ROW, marks.filtered_rows)):
            yield from (Finding(row, code) for row in sorted(marked.intersection(rows) if marked else ()))
        for row in sorted(self._cells.keys() & set(rows)) if self._cells else ():
            yield from self._cells[row]
        if marks.mixed and rows:
            starts = {bisect_right(rows, line) - 1 for line in marks.mixed if rows[0] <= line}
            yield from (Finding(rows[at], Code.MIXED_ENCODING) for at in sorted(starts))

    def _about_sheet(self, row: int) -> Iterator[Finding]:
        if self._marks.hidden_sheet:
            yield Finding(row, Code.HIDDEN_SHEET)
        for column in sorted(self._marks.hidden_columns & self._headers.keys()):
            yield Finding(row, Code.HIDDEN_COLUMN, self._headers[column])

    def _merged_rows(self, header_row: int) -> tuple[dict[int, list[tuple[int, int]]], set[tuple[int, int]]]:
        """For each row below the first one of a merged cell in a declared column (first row, column); and all first ones."""
        covered: dict[int, list[tuple[int, int]]] = defaultdict(list)
        tops = set()
        for first, column, last, _ in self._marks.merged:
            if column in self._headers and first > header_row and last > first:
                tops.add((first, column))
                for row in range(first + 1, last + 1):
                    covered[row].append((first, column))
        return covered, tops

    def adjust(self, batch: Batch, findings: list[Finding]) -> Batch:
        """The batch as a person sees it: nothing where a formula has no result, and the value of a merged cell in all its rows.

        Rows that are blank but for merged cells stay blank.
        """
        if not self._tops and not self._cells:
            return batch
        columns = [list(column) for column in batch.columns]
        for at, row in enumerate(batch.rows):
            self._clear(row, at, columns)
            self._remember(row, at, columns)
            if row in self._covered and not all(is_blank(cell_text(column[at])) for column in columns):
                findings += self._fill(row, at, columns)
        return batch._replace(columns=columns)

    def _clear(self, row: int, at: int, columns: Sequence[list[Cell]]) -> None:
        for column in self._headers if row in self._cells else ():
            place, position = (row, column), column - self._first_column
            if position < len(columns) and (place in self._marks.errors or place in self._marks.formulas):
                columns[position][at] = ""

    def _remember(self, row: int, at: int, columns: Sequence[Sequence[Cell]]) -> None:
        for column in self._headers:
            position = column - self._first_column
            if (row, column) in self._tops and position < len(columns):
                self._values[row, column] = columns[position][at]

    def _fill(self, row: int, at: int, columns: Sequence[list[Cell]]) -> Iterator[Finding]:
        for top in self._covered[row]:
            value, position = self._values.get(top, ""), top[1] - self._first_column
            if position < len(columns) and not is_blank(cell_text(value)):
                columns[position][at] = value
                yield Finding(row, Code.MERGED_CELL, self._headers[top[1]], cell_text(value))
