"""A grid of cells becomes tables: where the header is, which rows stand below it, and what is worth a note about them.

Notes are about error cells, hidden rows and merged cells, of which only the first is seen whatever stands in the others.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import compress, product
from typing import TYPE_CHECKING, NamedTuple, cast

from sync.domain.model import Code, Column, Reason, Why
from sync.rows.columns import (
    BLANKS,
    IDS,
    Header,
    Unclear,
    are_plain_ids,
    find_header,
    is_added,
    is_blank,
    is_whole,
    letters,
    missing_from,
    parse_id,
)
from sync.sheets.cells import CellBatch, as_texts, cell_text, differences, differences_in_row, joined
from sync.sheets.stream import FoundInFile, Opened, Part, RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.rows.columns import Columns
    from sync.sheets.cells import Cell, Grid
    from sync.sheets.stream import Limits, Told


_SAMPLE = 200
#: Rows at the end of a batch in which a header is looked for.
_LAST = 5


class Tables:
    """Reads one grid. Where no table opened, `missing` says why and `sample` holds the first rows."""

    def __init__(self, grid: Grid, columns: Columns, limits: Limits, *, deadline: float) -> None:
        self.missing: Reason | None = Reason(Why.EMPTY)
        self.sample: list[list[str]] = []
        self._grid = grid
        self._columns = columns
        self._limits = limits
        self._deadline = deadline
        self._table: _Table | None = None
        self._cells = 0
        self._merged = Merged(grid.marks.merged)

    def read(self) -> Iterator[Opened | Part]:
        """Every table of the grid, in order.

        Raises:
            RefuseFile: a header that cannot be used, or a limit.
        """
        last = 0
        for batch in self._with_what_follows(map(self._without_covered_names, self._grid.batches)):
            last = batch.rows[-1]
            if self._table is None:
                yield from self._search(batch)
            else:
                yield from self._continue(self._table, batch)
        yield from self._rest(last)

    def _rest(self, last: int) -> Iterator[Part]:
        """The rows below the last one that only the second reading of the sheet has: each of them is told."""
        rows = list(self._grid.second.below(last)) if self._grid.second else []
        if self._table is None:
            for row in rows:
                self._check_names(row, [])
        elif rows:
            yield self._table.part(CellBatch(rows, [[""] * len(rows)]))

    def _without_covered_names(self, batch: CellBatch) -> CellBatch:
        """The batch without names of columns that nobody sees, as they lie below merged cells."""
        areas = self._merged.among(batch.rows)
        columns: list[Sequence[Cell]] = list(batch.columns)
        for area in areas:
            inside = range(max(0, area.left - self._grid.first_column), area.right - self._grid.first_column + 1)
            for column, at in product(inside[: len(columns)], area.places(batch.rows)):
                text = columns[column][at] if column < len(columns) else ""
                if (
                    isinstance(text, str)
                    and self._columns.is_name(text)
                    and area.covers(batch.rows[at], column + self._grid.first_column)
                ):
                    columns[column] = [*columns[column][:at], "", *columns[column][at + 1 :]]
        return batch._replace(columns=columns) if areas else batch

    def _check_names(self, row: int, cells: Sequence[Cell]) -> None:
        """Refuses a sheet of which two readings differ about the name of a column."""
        if self._grid.second is None:
            return
        first = dict(enumerate(cells, self._grid.first_column))
        for _, column, one, other in differences_in_row(self._grid.second, row, first):
            if self._columns.is_name(one) or self._columns.is_name(other):
                detail = f"{letters(column)}{row} ({one}, {other})"
                raise RefuseFile(Reason(Why.READINGS_DIFFER, detail, self._grid.name or ""))

    def _with_what_follows(self, batches: Iterator[CellBatch]) -> Iterator[CellBatch]:
        """The batches; what may be a header at the end of one stands at the beginning of the next, with what is below it."""
        held: CellBatch | None = None
        for each in batches:
            self._check_limits(each)
            batch = joined(held, each) if held else each
            at = self._header_at_end(batch)
            if at is None:
                held = None
                yield batch
                continue
            held = _rows_of(batch, range(at, len(batch.rows)))
            if at:
                yield _rows_of(batch, range(at))
        if held:
            yield held

    def _header_at_end(self, batch: CellBatch) -> int | None:
        """Where the last rows begin that may be a header."""
        begin = None
        for at in reversed(range(len(batch.rows))[-_LAST:]):
            cells = _texts([column[at] for column in batch.columns])
            if any(cells) and not all(map(is_blank, cells)):
                if any(map(str.isdecimal, cells)) or not any(map(self._columns.column_of, cells)):
                    break
                begin = at
        return begin

    def _check_limits(self, batch: CellBatch) -> None:
        if self._grid.records and len(batch.columns) > self._limits.columns:
            raise RefuseFile(Reason(Why.LIMIT_COLUMNS, str(self._limits.columns)))
        self._cells += sum(batch.lengths) if batch.lengths else len(batch.rows) * len(batch.columns)
        if self._cells > self._limits.cells:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(self._limits.cells)))
        if time.monotonic() > self._deadline:
            raise RefuseFile(Reason(Why.LIMIT_SECONDS, f"{self._limits.seconds:g} s"))

    def _search(self, batch: CellBatch) -> Iterator[Opened | Part]:
        found = find_header(self._columns, map(_texts, zip(*batch.columns, strict=True)))
        for at in range(found.index + 1 if isinstance(found, Header) else len(batch.rows)):
            self._check_names(batch.rows[at], [column[at] for column in batch.columns])
        if isinstance(found, Header):
            yield from self._open(found, batch, found.index)
        elif isinstance(found, Unclear) or found.why is not Why.NO_HEADER:
            raise self._refusal(found, batch.rows)
        elif found.detail or any(any(column) for column in batch.columns):
            rows = map(_texts, zip(*(column[:_SAMPLE] for column in batch.columns), strict=True))
            self.sample += list(rows)[: _SAMPLE - len(self.sample)]
            if self.missing is None or not self.missing.detail:
                self.missing = found

    def _refusal(self, found: Reason | Unclear, rows: Sequence[int]) -> RefuseFile:
        """Why the header cannot be used; `rows` are the numbers of those that were looked at."""
        if isinstance(found, Reason):
            return RefuseFile(found)
        row = str(rows[found.rows[0]]) if self._table else ""  # below the first header its columns are other ones
        cells = [f"{letters(self._grid.first_column + at)}{row} ({text})" for at, text in found.cells]
        detail = ", ".join(cells) or " + ".join(str(rows[index]) for index in found.rows)
        return RefuseFile(Reason(found.why, detail, self._grid.name or ""))

    def _open(self, header: Header, batch: CellBatch, at: int) -> Iterator[Opened | Part]:
        self.missing = None
        numbers = range(at - header.index + header.first, at + 1)
        own = [_row(batch, row)[: batch.lengths[row] if batch.lengths else None] for row in numbers]
        table = self._table = _Table(self._grid, header, batch.rows[at], own, self._limits)
        yield table.opened
        yield from self._continue(table, _rows_of(batch, range(at + 1, len(batch.rows))))

    def _continue(self, table: _Table, batch: CellBatch) -> Iterator[Opened | Part]:
        """The batch as parts. A repeated header is left out; one that names the columns in another order opens a table."""
        texts = cast("Sequence[Sequence[str]]", batch.columns) if batch.texts else ()
        if texts and all(at < len(texts) and are_plain_ids(texts[at]) for at in table.ids):
            yield table.part(batch, numbered=True)  # nearly always: no header and nothing blank is among them
            return
        repeated: set[int] = set()
        for at in self._header_rows(table, batch):
            if at in repeated:
                continue
            again = self._header_again(table, batch, at)
            last = at + again.index if again else at
            if again is None or again.positions == table.header.positions:
                repeated.update(range(at, last + 1))
                continue
            yield table.part(_rows_of(batch, [row for row in range(at) if row not in repeated]))
            yield from self._open(again, batch, last)
            return
        if repeated:
            batch = _rows_of(batch, [row for row in range(len(batch.rows)) if row not in repeated])
        if batch.rows:
            yield table.part(batch)

    def _header_again(self, table: _Table, batch: CellBatch, at: int) -> Header | None:
        """The header that a row begins, or that stands below it as below a title; None for a single row of the table's own.

        Raises:
            RefuseFile: there is none that can be used, and what stands below has other columns than the table.
        """
        rows = [_row(batch, row) for row in range(at, min(at + 1 + _LAST, len(batch.rows)))]
        found = find_header(self._columns, rows)
        whole = found if is_whole(found) and not _has_text(rows[1 : found.first]) else None
        if _short(rows[0]) in table.own_rows and not isinstance(found, Unclear) and not (whole and whole.index):
            return None
        if whole:
            return whole
        missing = missing_from({column for text in rows[0] if (column := self._columns.column_of(text))})
        if isinstance(found, Unclear) and (found.why is Why.TWO_HEADER_ROWS or not missing):
            raise self._refusal(found, batch.rows[at:])
        names = ", ".join(text.strip() for text in rows[0] if self._columns.is_name(text))
        raise RefuseFile(Reason(Why.OTHER_COLUMNS, f"{batch.rows[at]} ({names})", self._grid.name or "", missing))

    def _header_rows(self, table: _Table, batch: CellBatch) -> list[int]:
        """Rows that name several columns and hold no record number where the table has its ids.

        Beside the name of a column one of the two may hold a number where the row names both ids, or a customer number.
        """
        ids = [batch.columns[at] if at < len(batch.columns) else [""] * len(batch.rows) for at in table.ids]
        first, second = map(_without_number, ids)
        neither = first & second
        one = {
            at for column, rows in zip(ids, (first, second), strict=True) for at in rows - neither if self._is_name(column[at])
        }
        return [
            at
            for at, named in sorted(self._named(batch, neither | one).items())
            if len(named) > 1
            and (at in neither or named >= IDS or None in named)
            and batch.rows[at] not in self._grid.marks.totals
        ]

    def _named(self, batch: CellBatch, rows: set[int]) -> dict[int, set[Column | None]]:
        """Which columns some rows name, None for a customer number. Each text is looked at once."""
        named: dict[int, set[Column | None]] = defaultdict(set)
        for column in batch.columns if rows else ():
            texts = {at: column[at] for at in rows}
            names = {text: self._columns.column_of(str(text)) for text in set(texts.values()) if self._is_name(text)}
            for at, text in texts.items() if names else ():
                if text in names:
                    named[at].add(names[text])
        return named

    def _is_name(self, cell: Cell) -> bool:
        return isinstance(cell, str) and self._columns.is_name(cell)


class _Table:
    """One open table: turns batches of cells into parts."""

    def __init__(self, grid: Grid, header: Header, header_row: int, own_rows: Sequence[Sequence[str]], limits: Limits) -> None:
        self.header = header
        self.ids = [header.positions[column] for column in sorted(IDS)]
        self.own_rows = frozenset(map(_short, own_rows))
        self._added = {at for at, text in enumerate(header.cells) if is_added(text)}
        cells = tuple("" if at in self._added else text for at, text in enumerate(header.cells))
        self.opened = Opened(grid.name, header_row, cells, tuple(header.positions.items()), grid.first_column, bool(self._added))
        self._named = {at for at, text in enumerate(cells) if not is_blank(text)}
        self._width = max(max(self._named | self._added) + 1, *map(len, own_rows))
        self._grid = grid
        self._limits = limits
        self._notes = Notes(grid, header, header_row)
        self._used: set[int] = set()
        self._totals = grid.marks.totals
        self._blank_at_end = 0

    def part(self, batch: CellBatch, *, numbered: bool = False) -> Part:
        """The rows of a batch that are neither blank nor declared totals; `numbered` says that all have their record numbers."""
        findings = list(self._lengths(batch)) if self._grid.records else []
        adjusted = self._notes.adjust(batch, findings)
        numbered = numbered and adjusted is batch
        batch = adjusted
        columns: list[Told] = list(map(as_texts, batch.columns)) if not batch.texts else cast("list[Told]", batch.columns)
        columns = [[""] * len(batch.rows) if at in self._added else column for at, column in enumerate(columns)]
        blank = self._blank(batch.rows, columns) if not numbered else set()
        totals = {at for at, row in enumerate(batch.rows) if row in self._totals} if self._totals else set()
        keep = _Keep(len(batch.rows), blank | totals)
        rows = keep.rows(batch.rows)
        kept = set(rows) if findings else ()
        findings = [finding for finding in findings if finding.row in kept]
        findings = sorted([*findings, *self._notes.about(rows)], key=lambda finding: finding.row)
        used = self._used_columns([keep.told(column) for column in columns])
        return Part(rows, used, self._count_blank(blank, keep), tuple(findings), numbered)

    def _count_blank(self, blank: set[int], keep: _Keep) -> int:
        """How many of the blank rows, with those at the end of the batches before, have a row below them."""
        after = sum(1 for at in blank if at > keep.last)
        if keep.last < 0:
            self._blank_at_end += after
            return 0
        counted = self._blank_at_end + len(blank) - after
        self._blank_at_end = after
        return counted

    def _used_columns(self, columns: Sequence[Told]) -> tuple[tuple[int, Told], ...]:
        used = tuple((at, column) for at, column in enumerate(columns) if self._is_used(at, column))
        self._used.update(at for at, _ in used)
        if len(self._used) > self._limits.columns:
            raise RefuseFile(Reason(Why.LIMIT_COLUMNS, str(self._limits.columns)))
        return used

    def _is_used(self, at: int, column: Told) -> bool:
        if isinstance(column, array):
            return len(column) > 0
        return any(column) if at in self._named else not all(map(is_blank, column))

    def _lengths(self, batch: CellBatch) -> Iterator[FoundInFile]:
        """Records that end before the last declared column, or hold more than the header names."""
        needed = max(self.header.positions.values()) + 1
        for row, length in zip(batch.rows, batch.lengths, strict=False):
            if 1 < length < needed:
                yield FoundInFile(row, Code.SHORT_RECORD, hint=f"{length} < {self._width}")
        beyond: dict[int, list[str]] = defaultdict(list)
        for column in batch.columns[self._width :]:
            for row, cell in zip(batch.rows, column, strict=True):
                if not is_blank(text := cell_text(cell)):
                    beyond[row].append(text)
        for row, texts in sorted(beyond.items()):
            yield FoundInFile(row, Code.RECORD_TOO_LONG, value=", ".join(texts), hint=f"> {self._width}")

    def _blank(self, rows: Sequence[int], columns: Sequence[Told]) -> set[int]:
        """The blank rows; a column is looked at only for the rows that are blank in all columns before it."""
        blank: Sequence[int] = range(len(rows))
        for column in columns:
            if isinstance(column, array):
                return set()
            blank = [at for at in blank if column[at][:1] in BLANKS and is_blank(column[at])]
        return {at for at in blank if not self._notes.speaks_of(rows[at])}


class _Keep:
    """The rows of a batch that stay. `last` is the last of them, -1 where none does."""

    def __init__(self, count: int, left_out: set[int]) -> None:
        self._chosen = [at not in left_out for at in range(count)] if left_out else None
        self.last = next((at for at in reversed(range(count)) if at not in left_out), -1)

    def rows(self, numbers: Sequence[int]) -> array[int]:
        """The row numbers that stay."""
        return array("q", numbers if self._chosen is None else compress(numbers, self._chosen))

    def told(self, column: Told) -> Told:
        """What stays of a column."""
        if self._chosen is None:
            return column
        return array("d", compress(column, self._chosen)) if isinstance(column, array) else list(compress(column, self._chosen))


def _rows_of(batch: CellBatch, chosen: Sequence[int]) -> CellBatch:
    """Some rows of a batch."""
    if isinstance(chosen, range):
        some = slice(chosen.start, chosen.stop)
        return batch._replace(
            rows=batch.rows[some], columns=[column[some] for column in batch.columns], lengths=batch.lengths[some]
        )
    lengths = [batch.lengths[at] for at in chosen] if batch.lengths else ()
    columns = [[column[at] for at in chosen] for column in batch.columns]
    return CellBatch([batch.rows[at] for at in chosen], columns, lengths, batch.texts)


def _row(batch: CellBatch, at: int) -> list[str]:
    return _texts([column[at] for column in batch.columns])


def _short(row: Sequence[str]) -> tuple[str, ...]:
    """A row without what is blank at its end."""
    last = next((at for at in reversed(range(len(row))) if not is_blank(row[at])), -1)
    return tuple(row[: last + 1])


def _has_text(rows: Sequence[Sequence[str]]) -> bool:
    return any(not is_blank(text) for row in rows for text in row)


def _without_number(column: Sequence[Cell]) -> set[int]:
    """Where a column holds no record number."""
    kinds = set(map(type, column))
    if kinds <= {int, float} or (kinds == {str} and are_plain_ids(cast("Sequence[str]", column))):
        return set()  # nearly always, in no time
    others = {cell for cell in set(column) if not _is_number(cell)}
    return {at for at, cell in enumerate(column) if cell in others} if others else set()


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return cell.isdecimal() or isinstance(parse_id(cell), int)
    return isinstance(cell, int | float)


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [cell if isinstance(cell, str) else cell_text(cell) for cell in cells]


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
