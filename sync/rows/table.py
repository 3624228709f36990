"""All sheets of all files as one table, and the findings collected about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sync.domain.model import WARNINGS, Code, Column, Place
from sync.domain.tables import ProblemTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.domain.model import Loaded, Sheet
    from sync.domain.tables import Bools, Codes, Ints, Texts


class AllSheets:
    """All sheets of all files under each other; knows for each line which sheet it came from."""

    def __init__(self, files: Sequence[Loaded]) -> None:
        self.files = files
        self.parts: list[tuple[int, Sheet]] = [(at, sheet) for at, file in enumerate(files) for sheet in file.sheets]
        lengths = [len(sheet.rows) for _, sheet in self.parts]
        self.ends = np.cumsum([0, *lengths])
        self.part: Codes = np.repeat(np.arange(len(self.parts), dtype=np.int32), lengths)
        self.row: Ints = np.concatenate([np.empty(0, np.int64), *(sheet.rows for _, sheet in self.parts)])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def has(self, column: Column) -> bool:
        """Whether any sheet has a column."""
        return any(column in sheet.declared for _, sheet in self.parts)

    def text(self, column: Column) -> Texts:
        """One column of text; "" where a sheet does not have it."""
        if column is Column.ADDRESS and any(sheet.addresses is not None for _, sheet in self.parts):
            cells_ = [_addresses(sheet) for _, sheet in self.parts]
            return np.concatenate([np.empty(0, object), *cells_])
        found = (sheet.declared.get(column) for _, sheet in self.parts)
        lengths = (len(sheet.rows) for _, sheet in self.parts)
        cells = (each.texts if each else np.full(count, "", object) for each, count in zip(found, lengths, strict=True))
        return np.concatenate([np.empty(0, object), *cells])

    def headers(self, column: Column) -> Texts:
        """The header of a column in each sheet, None where a sheet does not have it."""
        found = (sheet.declared.get(column) for _, sheet in self.parts)
        return np.array([each and each.header for each in found], dtype=object)

    def place(self, at: int) -> Place:
        """Where a line stands."""
        file, sheet = self.parts[self.part[at]]
        return Place(self.files[file].name, sheet.name, int(self.row[at]))


def _addresses(sheet: Sheet) -> Texts:
    """The record numbers of a sheet's addresses, also where it has customer numbers."""
    if sheet.addresses is not None:
        return sheet.addresses
    cells = sheet.declared.get(Column.ADDRESS)
    return cells.texts if cells else np.full(len(sheet.rows), "", object)


class Problems:
    """Collects findings column by column; one line per finding in the end."""

    def __init__(self, table: AllSheets) -> None:
        self._table = table
        self._found: list[ProblemTable] = []

    def add(self, at: Ints, code: Texts | Code, column: Column | None, value: Texts | None, hint: Texts | None = None) -> None:
        """Add one finding per line of `at`; the other arrays are as long as `at`."""
        if not len(at):
            return
        nothing = np.full(len(at), None, dtype=object)
        self._found.append(
            ProblemTable(
                at,
                np.full(len(at), code.value, dtype=object) if isinstance(code, Code) else code,
                self._table.headers(column)[self._table.part[at]] if column else nothing,
                nothing if value is None else value,
                nothing if hint is None else hint,
            )
        )

    def add_from_readers(self) -> None:
        """Take over what the readers of the files found."""
        table = self._table
        for number, (_, sheet) in enumerate(table.parts):
            first, last = int(table.ends[number]), int(table.ends[number + 1])
            if not sheet.problems or first == last:
                continue
            rows = np.array([problem.place.row for problem in sheet.problems], dtype=np.int64)
            at = first + np.minimum(np.searchsorted(table.row[first:last], rows), last - first - 1)
            lines = [(problem.code.value, problem.column, problem.value, problem.hint) for problem in sheet.problems]
            self._found.append(ProblemTable(at, *np.array(lines, dtype=object).T))

    def rows_with_errors(self) -> Bools:
        """Which lines have a finding that keeps them from being sent."""
        bad = np.zeros(len(self._table), dtype=bool)
        for found in self._found:
            bad[found.at[[code not in WARNINGS for code in found.code]]] = True
        return bad

    def table(self) -> ProblemTable:
        """The problem table."""
        return ProblemTable.joined(self._found)
