"""Merged areas of a sheet: only the first cell of one is seen, whatever stands in the others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
