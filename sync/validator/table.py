"""All sheets of all files as one table, and the findings collected about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from sync.model import WARNINGS, Code, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from sync.model import Column, Loaded, Sheet

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]
    Objects = npt.NDArray[np.object_]

_PROBLEM_COLUMNS: Final = ("at", "code", "column", "value", "hint")


class Table:
    """All sheets of all files under each other; knows for each line which sheet it came from."""

    def __init__(self, files: Sequence[Loaded]) -> None:
        self.files = files
        self.parts: list[tuple[int, Sheet]] = [(at, sheet) for at, file in enumerate(files) for sheet in file.sheets]
        lengths = [len(sheet.rows) for _, sheet in self.parts]
        self.ends = np.cumsum([0, *lengths])
        self.part: Ints = np.repeat(np.arange(len(self.parts), dtype=np.int64), lengths)
        self.row: Ints = np.concatenate([np.empty(0, np.int64), *(sheet.rows["row"].to_numpy() for _, sheet in self.parts)])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def text(self, column: Column) -> Objects:
        """One column of text."""
        cells = (sheet.rows[column.value].to_numpy(dtype=object) for _, sheet in self.parts)
        return np.concatenate([np.empty(0, object), *cells])

    def header(self, column: Column) -> list[str | None]:
        """The header of a column in each sheet."""
        return [sheet.headers.get(column) for _, sheet in self.parts]

    def place(self, at: int) -> Place:
        """Where a line stands."""
        file, sheet = self.parts[self.part[at]]
        return Place(self.files[file].name, sheet.name, int(self.row[at]))


class Problems:
    """Collects findings column by column; one line per finding in the end."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._found: list[pd.DataFrame] = []

    def add(self, at: Ints, code: Objects | Code, column: Column | None, value: Objects, hint: Objects | None = None) -> None:
        """Add one finding per line of `at`; the other arrays are as long as `at`."""
        if not len(at):
            return
        headers = np.array(self._table.header(column) if column else [None] * len(self._table.parts), dtype=object)
        words = np.full(len(at), code.value, dtype=object) if isinstance(code, Code) else code
        hints = np.full(len(at), None, dtype=object) if hint is None else hint
        columns = (at, words, headers[self._table.part[at]], value, hints)
        self._found.append(pd.DataFrame(dict(zip(_PROBLEM_COLUMNS, columns, strict=True)), dtype=object))

    def add_from_readers(self) -> None:
        """Take over what the readers of the files found."""
        table = self._table
        for number, (_, sheet) in enumerate(table.parts):
            first, last = int(table.ends[number]), int(table.ends[number + 1])
            if not sheet.problems or first == last:
                continue
            rows = np.array([problem.place.row for problem in sheet.problems], dtype=np.int64)
            at = first + np.minimum(np.searchsorted(table.row[first:last], rows), last - first - 1)
            lines = [
                (place, problem.code.value, problem.column, problem.value, problem.hint)
                for place, problem in zip(at, sheet.problems, strict=True)
            ]
            self._found.append(pd.DataFrame(lines, columns=list(_PROBLEM_COLUMNS), dtype=object))

    def rows_with_errors(self) -> Bools:
        """Which lines have a finding that keeps them from being sent."""
        bad = np.zeros(len(self._table), dtype=bool)
        warnings = [code.value for code in WARNINGS]
        for found in self._found:
            bad[found.loc[~found["code"].isin(warnings), "at"].to_numpy(dtype=np.int64)] = True
        return bad

    def frame(self) -> pd.DataFrame:
        """The problem table."""
        if not self._found:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in _PROBLEM_COLUMNS}).astype({"at": np.int64})
        frame = pd.concat(self._found, ignore_index=True).astype({"at": np.int64})
        return frame.sort_values("at", kind="stable", ignore_index=True)
