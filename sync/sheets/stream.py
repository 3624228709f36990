"""What the process that reads a file is asked, and what it says, piece by piece, so that neither process holds a file twice."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.domain.model import Code, Column, FileKind, Reason
    from sync.domain.tables import Texts
    from sync.rows.columns import Columns
    from sync.sheets.limits import Limits

    #: A column of whole, exact numbers, which become texts where they arrive.
    Numbers = array[float]
    Told = Sequence[str] | Texts | Numbers


@dataclass(frozen=True, slots=True)
class ReadingJob:
    """What to read, and how."""

    path: Path
    columns: Columns
    limits: Limits
    slowly: bool = False


class RefuseFile(Exception):
    """The file cannot be read; ends the reading of this file only."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class FoundInFile(NamedTuple):
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
    """The next rows of the table opened last: row numbers (64 bit) and, by position, the columns that are not all blank."""

    rows: array[int]
    columns: tuple[tuple[int, Told | Joined], ...]
    blank: int
    findings: tuple[FoundInFile, ...]


@dataclass(frozen=True, slots=True)
class Hashed:
    """The first message: the bytes that are going to be read."""

    sha256: str


@dataclass(frozen=True, slots=True)
class EndOfFile:
    """The whole file was read, or `reason` says why not. `kind` is what the file is by its content, None where nobody knows."""

    reason: Reason | None = None
    kind: FileKind | None = None


Message = Hashed | Opened | Part | EndOfFile

_BETWEEN = "\0"


class Joined(NamedTuple):
    """A column of texts as one text: a fraction of the room, and of the time on the way from one process to another."""

    text: str

    def texts(self) -> list[str]:
        """The cells."""
        return self.text.split(_BETWEEN)

    def length(self) -> int:
        """How many cells there are."""
        return self.text.count(_BETWEEN) + 1


def joined(column: Told) -> Told | Joined:
    """The column as one text; one that holds what stands between two cells stays as it is, and so do numbers."""
    if isinstance(column, array):
        return column
    text = _BETWEEN.join(column)
    return Joined(text) if text.count(_BETWEEN) == len(column) - 1 else list(column)
