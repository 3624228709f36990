"""What the process that reads a file says to the one that asked, piece by piece, so that neither holds a file twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from sync.model import Code, Column, Reason


class RefuseFile(Exception):
    """The file cannot be read; ends the reading of this file only."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Finding(NamedTuple):
    """A problem whose file and sheet go without saying."""

    row: int
    code: Code
    column: str | None = None
    value: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A table begins. `cells` are the texts of its header row, `positions` says which cell names which declared column.

    `first_column` is the spreadsheet column of the first cell, counted from 0.
    """

    sheet: str | None
    header_row: int
    cells: tuple[str, ...]
    positions: tuple[tuple[Column, int], ...]
    first_column: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """The next rows of the table opened last: row numbers (64 bit) and, by position, the columns that are not all blank.

    Texts that occur often are one object, as far as that is known.
    """

    rows: array[int]
    columns: tuple[tuple[int, Sequence[str]], ...]
    blank: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The whole file was read, or `reason` says why not."""

    sha256: str
    reason: Reason | None = None


Message = Opened | Part | Done
