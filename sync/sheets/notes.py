"""What the reader of a grid has to say about the rows of one table: error cells, hidden rows, merged cells."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sync.domain.model import Code
from sync.rows.columns import is_blank
from sync.sheets.cells import cell_text
from sync.sheets.second_reading import differences
from sync.sheets.stream import FoundInFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.rows.columns import Header
    from sync.sheets.cells import Cell, CellBatch, Grid


# Merged areas of a sheet: only the first cell of one is seen, whatever stands in the others.


class Area(NamedTuple):
    """Cells that are shown as one: rows as the spreadsheet shows them, columns counted from 0."""

    first: int
    left: int
    last: int
    right: int

    def covers(self, row: int, column: int) -> bool:
        """Whether a cell is one of those that nobody sees."""
        inside = self.first <= row <= self.last and self.left <= column <= self.right
        return inside and (row, column) != (self.first, self.left)

    def places(self, rows: Sequence[int]) -> range:
        """Which of some rows, in their order, it reaches into."""
        return range(bisect_left(rows, self.first), bisect_right(rows, self.last))


class Merged:
    """The merged areas of a sheet in step with its rows, so that one over a million rows takes no room for each."""

    def __init__(self, areas: Iterable[tuple[int, int, int, int]]) -> None:
        each = (Area(*area) for area in areas)
        self._coming = sorted((area for area in each if area.last > area.first or area.right > area.left), reverse=True)
        self._open: list[Area] = []

    def among(self, rows: Sequence[int]) -> list[Area]:
        """The areas that reach into some rows; those are asked for in ascending order."""
        while rows and self._coming and self._coming[-1].first <= rows[-1]:
            self._open.append(self._coming.pop())
        if self._open and rows:
            self._open = [area for area in self._open if area.last >= rows[0]]
        return self._open


class Notes:
    """The marks of a grid, as far as they concern the declared columns of one table."""

    def __init__(self, grid: Grid, header: Header, header_row: int) -> None:
        self._marks = grid.marks
        self._first_column = grid.first_column
        self._headers = {grid.first_column + at: header.text(column) for column, at in header.positions.items()}
        self._begun = False
        self._second = grid.second
        self._header_row = header_row
        self._merged = Merged(grid.marks.merged)
        self._shown: dict[Area, Cell] = {}
        self._cells: dict[int, list[FoundInFile]] = defaultdict(list)
        for (row, column), text in sorted(grid.marks.errors.items()):
            if column in self._headers:
                self._cells[row].append(FoundInFile(row, Code.ERROR_CELL, self._headers[column], text))
        for row, column in sorted(grid.marks.formulas):
            if column in self._headers:
                self._cells[row].append(FoundInFile(row, Code.FORMULA_WITHOUT_VALUE, self._headers[column]))

    def speaks_of(self, row: int) -> bool:
        """Whether there is something to tell about a declared column of a row without any text all the same."""
        return row in self._cells

    def about(self, rows: Sequence[int]) -> Iterator[FoundInFile]:
        """The findings about the rows that the table keeps."""
        if rows and not self._begun:
            self._begun = True
            yield from self._about_sheet(rows[0])
        marks = self._marks
        for code, marked in ((Code.HIDDEN_ROW, marks.hidden_rows), (Code.FILTERED_ROW, marks.filtered_rows)):
            yield from (FoundInFile(row, code) for row in sorted(marked.intersection(rows) if marked else ()))
        for row in sorted(self._cells.keys() & set(rows)) if self._cells else ():
            yield from self._cells[row]
        if marks.mixed and rows:
            starts = {bisect_right(rows, line) - 1 for line in marks.mixed if rows[0] <= line}
            yield from (FoundInFile(rows[at], Code.MIXED_ENCODING) for at in sorted(starts))

    def _about_sheet(self, row: int) -> Iterator[FoundInFile]:
        if self._marks.hidden_sheet:
            yield FoundInFile(row, Code.HIDDEN_SHEET)
        for column in sorted(self._marks.hidden_columns & self._headers.keys()):
            yield FoundInFile(row, Code.HIDDEN_COLUMN, self._headers[column])

    def adjust(self, batch: CellBatch, findings: list[FoundInFile]) -> CellBatch:
        """The batch as a person sees it: nothing where a formula has no result, and the value of a merged cell in all its rows.

        Rows that are blank but for merged cells stay blank.
        """
        areas = self._merged.among(batch.rows)
        self._compare(batch, areas)
        if not areas and not self._cells:
            return batch
        columns = [list(column) for column in batch.columns]
        for at, row in enumerate(batch.rows):
            if row in self._cells:
                self._clear(row, at, columns)
        for row, covered in self._cover(areas, batch.rows, columns).items():
            findings += self._fill(row, bisect_left(batch.rows, row), covered, columns)
        return batch._replace(columns=columns)

    def _compare(self, batch: CellBatch, areas: Sequence[Area]) -> None:
        """Tells where the second reading of the sheet has another value, unless nobody sees it or it is no value at all."""
        if self._second is None:
            return
        nothing: Sequence[Cell] = [None] * len(batch.rows)
        places = {column: column - self._first_column for column in self._headers}
        cells = {column: batch.columns[at] if at < len(batch.columns) else nothing for column, at in places.items()}
        for row, column, first, second in differences(self._second, batch.rows, cells):
            told = (row, column) in self._marks.errors or (row, column) in self._marks.formulas
            if not told and not any(area.covers(row, column) for area in areas):
                self._cells[row].append(FoundInFile(row, Code.READINGS_DIFFER, self._headers[column], first, second))

    def _clear(self, row: int, at: int, columns: Sequence[list[Cell]]) -> None:
        for column in self._headers:
            place, position = (row, column), column - self._first_column
            if position < len(columns) and (place in self._marks.errors or place in self._marks.formulas):
                columns[position][at] = ""

    def _cover(self, areas: Sequence[Area], rows: Sequence[int], columns: Sequence[list[Cell]]) -> dict[int, list[_Covered]]:
        """Takes the values away that nobody sees; says by row where they were, and remembers what is shown instead."""
        covered: dict[int, list[_Covered]] = defaultdict(list)
        for area in areas:
            places, shown = area.places(rows), area.left - self._first_column
            if places and rows[places[0]] == area.first and 0 <= shown < len(columns):
                self._shown[area] = columns[shown][places[0]]
            for column in self._headers.keys() & range(area.left, area.right + 1):
                position = column - self._first_column
                for at in places if position < len(columns) else ():
                    if area.covers(rows[at], column):
                        covered[rows[at]].append(_Covered(area, column, cell_text(columns[position][at])))
                        columns[position][at] = ""
        return covered

    def _fill(self, row: int, at: int, covered: Sequence[_Covered], columns: Sequence[list[Cell]]) -> Iterator[FoundInFile]:
        blank = all(is_blank(cell_text(column[at])) for column in columns)
        for area, column, value in covered:
            goes_on = column == area.left and area.first > self._header_row
            shown = self._shown.get(area) if goes_on else None
            if not is_blank(value) and (blank or value != cell_text(shown)):
                under = FoundInFile(row, Code.UNDER_MERGED_CELL, self._headers[column], value)
                if blank:
                    self._cells[row].append(under)
                else:
                    yield under
            if not blank and not is_blank(cell_text(shown)):
                columns[column - self._first_column][at] = shown
                yield FoundInFile(row, Code.MERGED_CELL, self._headers[column], cell_text(shown))


class _Covered(NamedTuple):
    """A cell that nobody sees, and what stands in it."""

    area: Area
    column: int
    value: str
