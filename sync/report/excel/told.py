"""The tables of a file as its dropper knows them, and their rows with what is said about each in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.domain.model import Column, Verdict


@dataclass(frozen=True, slots=True)
class ReturnedTable:
    """One table of a file: its headers as they stand there, and where each declared column is among them."""

    sheet: str | None
    header_row: int
    last_row: int
    headers: tuple[str, ...]
    columns: Mapping[Column, int]

    def header(self, column: Column) -> str:
        """The header of a declared column."""
        return self.headers[self.columns[column]]


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row: its cells in the order of the headers, what the run concluded, and which cells are wrong for what reason.

    `filled` are cells that a correction file has filled in: what onOffice has by now, so that who drops the row has seen it, and
    numbers that are suggested. Of several texts a person chooses; the cell is blank.
    """

    row: int
    cells: tuple[str, ...]
    verdict: Verdict
    reason: str
    step: str
    wrong: Mapping[Column, str]
    for_a_person: bool
    filled: Mapping[Column, tuple[str, ...]]


#: A table and its rows, in their order.
Part = tuple[ReturnedTable, "Sequence[RowReport]"]
