"""A grid of cells becomes tables: where the header is, which rows stand below it."""

from __future__ import annotations

from array import array
from itertools import compress
from typing import TYPE_CHECKING

from sync.columns import Header, is_blank
from sync.loader.cells import Batch, cell_text, encode
from sync.loader.messages import Finding, Opened, Part, RefuseFile, Texts
from sync.loader.notes import Notes
from sync.model import Code, Column, Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.columns import Columns
    from sync.loader.cells import Cell, Grid
    from sync.loader.limits import Limits

_SAMPLE = 200


class Tables:
    """Reads one grid. Where no table opened, `missing` says why and `sample` holds the first rows."""

    def __init__(self, grid: Grid, columns: Columns, limits: Limits) -> None:
        self.missing: Reason | None = Reason(Why.EMPTY)
        self.sample: list[list[str]] = []
        self._grid = grid
        self._columns = columns
        self._limits = limits
        self._table: _Table | None = None
        self._cells = 0

    def read(self) -> Iterator[Opened | Part]:
        """Every table of the grid, in order.

        Raises:
            RefuseFile: a header that cannot be used, or a limit.
        """
        for batch in self._grid.batches:
            self._count(batch)
            if self._table is None:
                yield from self._search(batch)
            else:
                yield from self._continue(self._table, batch)

    def _count(self, batch: Batch) -> None:
        if self._grid.records and max(map(len, batch.cells), default=0) > self._limits.columns:
            raise RefuseFile(Reason(Why.LIMIT_COLUMNS, str(self._limits.columns)))
        self._cells += sum(map(len, batch.cells))
        if self._cells > self._limits.cells:
            raise RefuseFile(Reason(Why.LIMIT_CELLS, str(self._limits.cells)))

    def _search(self, batch: Batch) -> Iterator[Opened | Part]:
        found = self._columns.find_header(map(_texts, batch.cells))
        if isinstance(found, Header):
            yield from self._open(found, batch, found.index)
        elif found.why is not Why.NO_HEADER:
            raise RefuseFile(found)
        elif any(map(any, batch.cells)):
            self.sample += [_texts(cells) for cells in batch.cells[: _SAMPLE - len(self.sample)]]
            if self.missing is None or not self.missing.detail:
                self.missing = found

    def _open(self, header: Header, batch: Batch, at: int) -> Iterator[Opened | Part]:
        self.missing = None
        table = self._table = _Table(self._grid, header, batch.rows[at], self._limits)
        yield table.opened
        yield from self._continue(table, Batch(batch.rows[at + 1 :], batch.cells[at + 1 :]))

    def _continue(self, table: _Table, batch: Batch) -> Iterator[Opened | Part]:
        """The batch as parts. A repeated header row is left out; one that names the columns in another order opens a table."""
        repeated: list[int] = []
        for at in self._header_rows(table, batch):
            again = self._columns.match(_texts(batch.cells[at]))
            if isinstance(again, Reason):
                raise RefuseFile(again)
            if again.positions == table.header.positions:
                repeated.append(at)
            elif Column.APPOINTMENT in again.positions and Column.ADDRESS in again.positions:
                yield table.part(_without(batch, repeated, at))
                yield from self._open(again, batch, at)
                return
        if batch.rows:
            yield table.part(_without(batch, repeated, len(batch.rows)))

    def _header_rows(self, table: _Table, batch: Batch) -> list[int]:
        """Rows whose appointment cell is the name of a column. Each text is looked at once."""
        at = table.header.positions[Column.APPOINTMENT]
        column = [row[at] if at < len(row) else None for row in batch.cells]
        names = {cell for cell in set(column) if isinstance(cell, str) and self._columns.names_a_column(cell)}
        return [index for index, cell in enumerate(column) if cell in names] if names else []


class _Table:
    """One open table: turns batches of cells into parts."""

    def __init__(self, grid: Grid, header: Header, header_row: int, limits: Limits) -> None:
        self.header = header
        self.opened = Opened(grid.name, header_row, header.cells, tuple(header.positions.items()), grid.first_column)
        self._grid = grid
        self._limits = limits
        self._notes = Notes(grid, header, header_row)

    def part(self, batch: Batch) -> Part:
        """The rows of a batch that are neither blank nor declared totals, by column."""
        findings = list(self._lengths(batch)) if self._grid.records else []
        batch = self._notes.fill_merged(batch, findings)
        texts = [encode(column) for column in zip(*_even(batch.cells), strict=True)]
        keep = self._kept(batch, texts)
        rows = array("q", compress(batch.rows, keep))
        if len(rows) < len(batch.rows):
            texts = [Texts(t.values, array("i", compress(t.codes, keep))) for t in texts]
        used = tuple((at, t) for at, t in enumerate(texts) if not all(map(is_blank, t.values)))
        if len(used) > self._limits.columns:
            raise RefuseFile(Reason(Why.LIMIT_COLUMNS, str(self._limits.columns)))
        findings += self._notes.about(rows)
        totals = len(self._grid.marks.totals.intersection(batch.rows)) if self._grid.marks.totals else 0
        return Part(rows, used, len(batch.rows) - len(rows) - totals, tuple(findings))

    def _lengths(self, batch: Batch) -> Iterator[Finding]:
        """Records that end before the last declared column, or hold more than the header names."""
        width, needed = len(self.header.cells), max(self.header.positions.values()) + 1
        for row, cells in zip(batch.rows, batch.cells, strict=True):
            if needed <= len(cells) <= width:
                continue
            beyond = [cell_text(cell) for cell in cells[width:]]
            if len(cells) < needed and not all(is_blank(cell_text(cell)) for cell in cells):
                yield Finding(row, Code.SHORT_RECORD, hint=f"{len(cells)} < {width}")
            elif not all(map(is_blank, beyond)):
                yield Finding(row, Code.RECORD_TOO_LONG, value=", ".join(beyond), hint=f"{len(cells)} > {width}")

    def _kept(self, batch: Batch, texts: list[Texts]) -> list[bool]:
        """Which rows stay. A column is looked at only for the rows that are blank in all columns before it."""
        blank: Sequence[int] = range(len(batch.rows))
        for column in texts:
            empty = {code for code, text in enumerate(column.values) if is_blank(text)}
            blank = [at for at in blank if column.codes[at] in empty] if empty else ()
        keep = [True] * len(batch.rows)
        for at in blank:
            keep[at] = self._notes.speaks_of(batch.rows[at])
        totals = self._grid.marks.totals
        return [kept and row not in totals for kept, row in zip(keep, batch.rows, strict=True)] if totals else keep


def _even(cells: Sequence[Sequence[Cell]]) -> Sequence[Sequence[Cell]]:
    widths = set(map(len, cells))
    if len(widths) == 1:
        return cells
    widest = max(widths, default=0)
    return [[*row] + [""] * (widest - len(row)) for row in cells]


def _without(batch: Batch, left_out: list[int], end: int) -> Batch:
    """The rows of a batch before `end`, without some."""
    if not left_out:
        return batch if end == len(batch.rows) else Batch(batch.rows[:end], batch.cells[:end])
    kept = [at for at in range(end) if at not in set(left_out)]
    return Batch([batch.rows[at] for at in kept], [batch.cells[at] for at in kept])


def _texts(cells: Sequence[Cell]) -> list[str]:
    return [cell if type(cell) is str else cell_text(cell) for cell in cells]
