"""Cells as readers give them, the text that stands for each, and what two readings of one sheet say about each other.

No cell counts on one reader's word alone: a `Grid` may hold a `SecondReading`, with which its cells are compared.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import zip_longest
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from sync.domain.model import Reason, Why
from sync.rows.columns import is_blank, visible
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.sheets.stream import Limits, Numbers, Told


Cell = str | float | bool | date | time | timedelta | None

#: Up to here every whole number has a float of its own.
EXACT = 2**53

#: What a cell shows whose formula went wrong.
ERROR = re.compile(r"#(?:N/A|NV|REF!|BEZUG!|VALUE!|WERT!|NAME\?|DIV/0!|NUM!|ZAHL!|NULL!)|(?:Err|Fehler):[0-9]+")

_SHOWN_NUMBER = re.compile(r"[-+]?[0-9][0-9.,' \xa0]{0,40}(?:E[-+]?[0-9]{1,3})?", re.IGNORECASE)
_SHOWN_DATE = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2,4}")

#: Cells in one batch: large enough to work by column, small enough to hold twice.
BATCH_CELLS = 20_000


class CellBatch(NamedTuple):
    """Some rows of a grid by column: their numbers as the spreadsheet shows them, and the columns from the grid's first one on.

    `lengths` says how many cells each row really had, where rows end early. `texts` says that all cells are texts.
    """

    rows: Sequence[int]
    columns: Sequence[Sequence[Cell]]
    lengths: Sequence[int] = ()
    texts: bool = False


def by_column(rows: Sequence[int], cells: Sequence[Sequence[Cell]]) -> CellBatch:
    """Rows turned into a batch."""
    lengths = list(map(len, cells))
    if len(set(lengths)) == 1:
        return CellBatch(rows, list(zip(*cells, strict=True)))
    return CellBatch(rows, list(zip_longest(*cells, fillvalue="")), lengths)


def joined(first: CellBatch, then: CellBatch) -> CellBatch:
    """Two batches as one."""
    width = max(len(first.columns), len(then.columns))
    columns = [[*above, *below] for above, below in zip(_padded(first, width), _padded(then, width), strict=True)]
    even = not first.lengths and not then.lengths and len(first.columns) == len(then.columns)
    lengths = () if even else [*_lengths(first), *_lengths(then)]
    return CellBatch([*first.rows, *then.rows], columns, lengths, first.texts and then.texts)


def _padded(batch: CellBatch, width: int) -> Iterator[Sequence[Cell]]:
    yield from batch.columns
    yield from [[""] * len(batch.rows)] * (width - len(batch.columns))


def _lengths(batch: CellBatch) -> Sequence[int]:
    return batch.lengths or [len(batch.columns)] * len(batch.rows)


@dataclass(slots=True)
class Marks:
    """What a grid's cells do not tell. Rows as the spreadsheet shows them, columns counted from 0 for A.

    `errors` holds what an error cell shows, `merged` (first row, first column, last row, last column), `totals` the rows that an
    Excel table declares to be its totals, `mixed` the lines of a text file that are in another encoding than the first ones.
    """

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    filtered_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    totals: set[int] = field(default_factory=set)
    mixed: set[int] = field(default_factory=set)
    hidden_sheet: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet as its reader gives it. `records` says that a row ends where its record ends, as in CSV.

    `second` reads the same sheet by other means; where it is None, there is nothing that two readers could read differently.
    """

    name: str | None
    batches: Iterator[CellBatch]
    marks: Marks
    first_column: int = 0
    records: bool = False
    second: SecondReading | None = None


def cell_text(cell: Cell) -> str:
    """The text that stands for a cell: whole exact numbers without a point, dates as ISO text, booleans in German."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "WAHR" if cell else "FALSCH"
    if isinstance(cell, (int, float)):
        number = float(cell)
        return str(int(number)) if number.is_integer() and -EXACT < number < EXACT else repr(number)
    if isinstance(cell, datetime):
        seconds = cell.replace(microsecond=0) + timedelta(seconds=round(cell.microsecond / 1_000_000))
        return seconds.isoformat()
    return "" if cell is None else cell.isoformat() if isinstance(cell, (date, time)) else str(cell)


def as_float(text: str) -> float:
    """The number that a text in a file is. Python takes more for one than any file means: `1_0`, and digits of other scripts.

    Raises ValueError.
    """
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)


def as_texts(column: Sequence[Cell]) -> Told:
    """The cells of a column as text; whole numbers stay as they are."""
    if column and type(column[0]) is float and (numbers := _whole_numbers(column)):
        return numbers
    return [cell if isinstance(cell, str) else cell_text(cell) for cell in column]


def _whole_numbers(column: Sequence[Cell]) -> Numbers | None:
    """The column as it is, where it holds nothing but whole, exact numbers: record numbers, mostly."""
    floats = cast("Sequence[float]", column)
    try:
        whole = all(map(float.is_integer, floats))
    except TypeError:  # another cell is a text
        return None
    return array("d", floats) if whole and min(floats) > -EXACT and max(floats) < EXACT else None


def exact_value(shown: str, exact: str | None) -> str:
    """What a cell holds that shows a number with fewer digits; a date stays as it is shown."""
    if not exact or _SHOWN_DATE.fullmatch(shown) or not _SHOWN_NUMBER.fullmatch(shown):
        return shown
    return exact


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


class RowAgain(NamedTuple):
    """A row: which sheet it stands in, counted from 0, its number as the spreadsheet shows it, and its cells by column."""

    sheet: int
    number: int
    cells: Mapping[int, Cell]


class SheetsAgain:
    """All sheets of a file in one go; they are asked for in their order, each when the one before is done."""

    def __init__(self, rows: Iterable[RowAgain]) -> None:
        self._coming = iter(rows)
        self._ahead = next(self._coming, None)

    def sheet(self, index: int) -> InStep:
        """The second reading of one sheet."""
        return InStep(self._rows(index))

    def _rows(self, index: int) -> Iterator[tuple[int, Mapping[int, Cell]]]:
        while self._ahead and self._ahead.sheet < index:
            self._ahead = next(self._coming, None)
        while self._ahead and self._ahead.sheet == index:
            yield self._ahead.number, self._ahead.cells
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
