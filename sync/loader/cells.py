"""Cells as readers give them, and the text that stands for each."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sync.loader.messages import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Cell = str | float | bool | date | time | timedelta | None

#: Up to here every whole number has a float of its own.
EXACT = 2**53

#: Cells in one batch: large enough to work by column, small enough to hold twice.
BATCH_CELLS = 300_000


class Batch(NamedTuple):
    """Some rows of a grid: their numbers as the spreadsheet shows them, and their cells from the grid's first column on."""

    rows: Sequence[int]
    cells: Sequence[Sequence[Cell]]


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
    """One sheet as its reader gives it. `records` says that a row ends where its record ends, as in CSV."""

    name: str | None
    batches: Iterator[Batch]
    marks: Marks
    first_column: int = 0
    records: bool = False


def cell_text(cell: Cell) -> str:
    """The text that stands for a cell: whole exact numbers without a point, dates as ISO text, booleans in German."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "WAHR" if cell else "FALSCH"
    if isinstance(cell, (int, float)):
        return str(int(cell)) if -EXACT < cell < EXACT and cell == int(cell) else repr(float(cell))
    if isinstance(cell, datetime):
        seconds = cell.replace(microsecond=0) + timedelta(seconds=round(cell.microsecond / 1_000_000))
        return seconds.isoformat()
    return "" if cell is None else cell.isoformat() if isinstance(cell, (date, time)) else str(cell)


def encode(column: Sequence[Cell]) -> Texts:
    """A column with each text once."""
    kinds = set(map(type, column))
    if bool in kinds or int in kinds:  # True, 1 and 1.0 are one key to a dict
        column = [cell_text(cell) for cell in column]
    index = {cell: code for code, cell in enumerate(dict.fromkeys(column))}
    codes = array("i", map(index.__getitem__, column))
    return Texts([cell if isinstance(cell, str) else cell_text(cell) for cell in index], codes)
