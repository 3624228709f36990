"""Finding the header of a table: one row, or several below each other that are read as one. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

from sync.domain.model import Reason, Why
from sync.rows.columns import IDS, Header, Unclear, headings, is_blank, key, missing_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.domain.model import Column
    from sync.rows.columns import Columns, Found

#: So many names of columns make no row of values.
_NAMES_OF_A_HEADER: Final = 2
_NUMBER: Final = re.compile(r"[\d.,:'\s-]+")


def find_header(columns: Columns, rows: Iterable[Sequence[str]]) -> Found:
    """The first header that names appointment and address, or why there is none.

    Reads one row more than the header has, as that one may belong to it: below the title of several columns stand their names.
    """
    search = _Search(columns)
    for index, cells in enumerate(rows):
        if any(cells) and not all(map(is_blank, cells)) and search.is_over(index, cells):
            break
    return search.result


def is_whole(found: Found | None) -> TypeGuard[Header]:
    """Whether a header names appointment and address."""
    return isinstance(found, Header) and found.positions.keys() >= IDS


class _Both(NamedTuple):
    """Two rows as one: the cells, what they come to as a header, and which columns the lower row names where."""

    cells: Sequence[str]
    found: Found
    names: Mapping[int, Column]


class _Search:
    """Goes from row to row. `_found` is what the rows `_first` to `_last` come to, `_cells` their texts as one row."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._cells: Sequence[str] = ()
        self._found: Found | None = None
        self._first = self._last = 0
        self._likeliest: Header | None = None

    @property
    def result(self) -> Found:
        """What was found so far."""
        if self._found is not None and _is_final(self._found):
            return self._found
        cells, positions = (self._likeliest.cells, self._likeliest.positions) if self._likeliest else ((), {})
        return Reason(Why.NO_HEADER, headings(cells), missing=missing_from(positions))

    def is_over(self, index: int, cells: Sequence[str]) -> bool:
        """Look at one more row; returns whether it stands below the header."""
        alone, both = self._columns.match(cells, index), self._with_above(index, cells)
        if both and self._makes_one(alone, both):
            self._take(index, both.cells, both.found, self._first)
        elif self._found is None or not _is_final(self._found) or (both and not is_whole(self._found) and is_whole(alone)):
            self._take(index, cells, alone, index)
        else:
            if both and is_whole(self._found) and _in_doubt(self._found, both):
                self._found = Unclear(Why.TWO_HEADER_ROWS, (self._last, index))
            return True
        return False

    def _take(self, index: int, cells: Sequence[str], found: Found, first: int) -> None:
        if isinstance(found, Header):
            found = replace(found, first=first)
            self._likeliest = _likelier(self._likeliest, found)
        self._cells, self._found, self._first, self._last = cells, found, first, index

    def _with_above(self, index: int, below: Sequence[str]) -> _Both | None:
        """The row with those above it as one header; None where it holds a number or names no column, or they name none.

        A column is named by its lower cell, by both together, or else by its upper one.
        """
        column_of = self._columns.column_of
        if not any(map(column_of, self._cells)) or any(map(_is_number, below)):
            return None
        cells: list[str] = []
        names: dict[int, Column] = {}
        for at, (upper, lower) in enumerate(zip_longest(self._cells, below, fillvalue="")):
            name = lower if column_of(lower) else self._together(upper, lower)
            if column := column_of(name):
                names[at] = column
            cells.append(name or (upper if is_blank(lower) or column_of(upper) else lower))
        return _Both(cells, self._columns.match(cells, index), names) if names else None

    def _together(self, upper: str, lower: str) -> str:
        """Both texts as one where that is the clear name of a column and the upper one by itself is none; else ""."""
        text = f"{upper.strip()} {lower.strip()}"
        strong = self._columns.strong_column
        return text if key(upper) and key(lower) and strong(text) and not strong(upper) else ""

    def _makes_one(self, alone: Found, both: _Both) -> bool:
        """Whether a row and those above it are one header, as every careful person would say."""
        if not is_whole(both.found):
            return False
        if is_whole(self._found):
            same = both.found.positions == self._found.positions and len(both.names) >= _NAMES_OF_A_HEADER
            repeats = is_whole(alone) and both.found.positions == alone.positions
            return same or repeats or self._adds(self._found, both.found)
        if is_whole(alone):  # a single text above it may be a title that only reads like the name of a column
            texts = sum(not is_blank(text) for text in self._cells)
            return texts > 1 and both.found.positions.keys() > alone.positions.keys()
        if isinstance(self._found, Unclear):  # two columns that mean the same, unless the names below tell them apart
            return all(at in both.names for at, _ in self._found.cells)
        return True

    def _adds(self, found: Header, both: Header) -> bool:
        """Whether both together name more columns, and none where the text above is no name of a column."""
        new = [at for column, at in both.positions.items() if found.positions.get(column) != at]
        above = [self._cells[at] if at < len(self._cells) else "" for at in new]
        has_room = all(is_blank(text) or self._columns.column_of(text) for text in above)
        return both.positions.keys() > found.positions.keys() and has_room


def _is_number(text: str) -> bool:
    """Whether a cell holds a number, a date or a time, which no header does."""
    return _NUMBER.fullmatch(text) is not None and any(map(str.isdigit, text))


def _is_final(found: Found) -> bool:
    """Whether nothing but a row that belongs to it can change what was found."""
    return is_whole(found) or not isinstance(found, Header)


def _in_doubt(found: Header, both: _Both) -> bool:
    """Whether a row below a header may be a part of it: it names several columns, or a status column elsewhere or anew."""
    places = found.positions.items()
    renamed = any(both.names.get(at, column) is not column for column, at in places if column not in IDS)
    moved = is_whole(both.found) and any(both.found.positions.get(column) != at for column, at in places)
    return renamed or moved or len(both.names) >= _NAMES_OF_A_HEADER


def _likelier(best: Header | None, found: Header) -> Header | None:
    """Which row to show to a person as the likely header: one that names a column, else the first with several cells."""
    if best is None:
        return found if found.positions or sum(1 for text in found.cells if text.strip()) > 1 else None
    return found if len(found.positions) > len(best.positions) else best
