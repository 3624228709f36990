"""No cell on one reader's word alone: what a second reading of a sheet says beside the first one."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sync.rows.columns import is_blank, visible
from sync.sheets.cells import cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.sheets.cells import Cell

#: Programs write numbers with 15 to 17 digits; what is nearer than this is the same one.
_NEARLY = 1e-12
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - times of spreadsheets have no zone
_DAY = timedelta(days=1)
#: Readers give a time of day a date of its own, and count the first days differently.
_EARLY = 1_500
_HALF_A_SECOND = timedelta(seconds=0.5) / _DAY
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?", re.ASCII)


class Difference(NamedTuple):
    """A cell of which two readings say something else; `row` as the spreadsheet shows it, `column` counted from 0."""

    row: int
    column: int
    first: str
    second: str


class SecondReading(Protocol):
    """A sheet as another reader sees it, in step with the first one."""

    def row(self, row: int) -> Mapping[int, Cell]:
        """All cells of one row by column. Rows above the header are asked for like that, one after the other."""

    def cells(self, rows: Sequence[int], columns: Sequence[int]) -> Sequence[Sequence[Cell]]:
        """For each of some columns the cells in some rows, None for what is not there.

        Rows are as the spreadsheet shows them. Once later rows were asked for, those before them are forgotten.
        """

    def below(self, row: int) -> Iterator[int]:
        """The rows below one, in their order, that hold anything."""


class InStep:
    """A second reading of which the rows come one by one, in their order: the number and the cells by column."""

    def __init__(self, rows: Iterable[tuple[int, Mapping[int, Cell]]]) -> None:
        self._coming = iter(rows)
        self._ahead: tuple[int, Mapping[int, Cell]] | None = next(self._coming, None)
        self._seen: dict[int, Mapping[int, Cell]] = {}

    def row(self, row: int) -> Mapping[int, Cell]:
        """See `SecondReading`."""
        self._go_to(row, row)
        return self._seen.get(row, {})

    def cells(self, rows: Sequence[int], columns: Sequence[int]) -> Sequence[Sequence[Cell]]:
        """See `SecondReading`."""
        if rows:
            self._go_to(rows[0], rows[-1])
        nothing: Mapping[int, Cell] = {}
        return [[self._seen.get(row, nothing).get(column) for row in rows] for column in columns]

    def below(self, row: int) -> Iterator[int]:
        """See `SecondReading`."""
        self._go_to(row, row)
        while self._ahead:
            number, cells = self._ahead
            self._seen[number] = cells
            self._ahead = next(self._coming, None)
            if not all(is_blank(cell_text(cell)) for cell in cells.values()):
                yield number

    def _go_to(self, first: int, last: int) -> None:
        if self._seen and next(iter(self._seen)) < first:
            self._seen = {number: cells for number, cells in self._seen.items() if number >= first}
        while self._ahead and self._ahead[0] <= last:
            number, cells = self._ahead
            if number >= first:
                self._seen[number] = cells
            self._ahead = next(self._coming, None)


def differences(second: SecondReading, rows: Sequence[int], cells: Mapping[int, Sequence[Cell]]) -> Iterator[Difference]:
    """What the second reading has otherwise of the cells in some rows, which are given by column."""
    columns = sorted(cells)
    for column, others in zip(columns, second.cells(rows, columns), strict=True):
        firsts = cells[column]
        if list(firsts) == others and bool not in set(map(type, others)):  # nearly always, in no time
            continue
        for row, cell, other in zip(rows, firsts, others, strict=True):
            if not same(cell, other):
                yield Difference(row, column, cell_text(cell), cell_text(other))


def differences_in_row(second: SecondReading, row: int, cells: Mapping[int, Cell]) -> Iterator[Difference]:
    """The cells of one row that the second reading has otherwise."""
    others = second.row(row)
    for column in sorted(cells.keys() | others.keys()):
        if not same(cells.get(column), others.get(column)):
            yield Difference(row, column, cell_text(cells.get(column)), cell_text(others.get(column)))


def same(first: Cell, second: Cell) -> bool:
    """Whether two cells are the same but for their form: 359 and 359.0, 359 as a text, a date and its number, spaces.

    A number that the second reading shows as a date is not the same: that is what people see.
    """
    if type(first) is type(second) and first == second:
        return True
    if isinstance(first, bool) or isinstance(second, bool):
        return cell_text(first) == cell_text(second)
    one, other = cell_text(first), cell_text(second)
    if one == other or visible(one) == visible(other):
        return True
    number, another = _number(first), _number(second)
    if number is None or another is None or (isinstance(first, float) and isinstance(second, _MOMENTS)):
        return False
    moment = isinstance(first, _MOMENTS) or isinstance(second, _MOMENTS)
    if moment and max(number, another) < _EARLY:
        number, another = number % 1, another % 1
    elif number.is_integer() and another.is_integer():
        return _exact(first, number) == _exact(second, another)
    return abs(number - another) <= max(_NEARLY * abs(number), _HALF_A_SECOND if moment else 0)


_MOMENTS = (date, time, timedelta)


def _exact(cell: Cell, number: float) -> Decimal:
    """A whole number with all of its digits: a text may have more of them than a float."""
    return Decimal(cell if isinstance(cell, str) else number)


def _number(cell: Cell) -> float | None:
    """The number by which a spreadsheet knows a cell; None where it is none, or without end."""
    if isinstance(cell, str):
        return float(cell) if _PLAIN_NUMBER.fullmatch(cell) else None
    if isinstance(cell, datetime):
        return (cell.replace(tzinfo=None) - _EPOCH) / _DAY
    if isinstance(cell, date):
        return float((cell - _EPOCH.date()).days)
    if isinstance(cell, time):
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond) / _DAY
    if isinstance(cell, timedelta):
        return cell / _DAY
    return float(cell) if cell is not None and isfinite(cell) else None
