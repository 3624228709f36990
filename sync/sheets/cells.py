"""Cells as readers give them, and the text that stands for each."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.sheets.second_reading import SecondReading
    from sync.sheets.stream import Numbers, Told

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
