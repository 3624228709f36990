"""The row table and the problem table as one line per row, as every report tells it."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sync.model import Checked, Severity, severity
from sync.texts import Language, problem_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

#: Rows turned into Python objects at a time, so that a long table never stands in memory twice.
_ROWS_AT_ONCE: Final = 20_000
_CHECKED: Final = ("file", "sheet", "row", "appointment_id", "address_id", "confirmation", "feedback")
_AFTER_RUN: Final = ("before_known", "before_confirmation", "before_feedback", "verified", "attempts", "error_code")
_BEFORE_RUN: Final = (False, None, None, False, 0, None)


class Finding(NamedTuple):
    """One problem of a row, with its text."""

    code: str
    column: str | None
    value: str | None
    message: str

    @property
    def severity(self) -> Severity:
        """Whether the problem keeps its row from being sent."""
        return severity(self.code)


class Line(NamedTuple):
    """One row with everything that is said about it. `outcome` is the verdict, after a check the check's outcome."""

    file: int
    sheet: str | None
    row: int
    appointment_id: int | None
    address_id: int | None
    confirmation: str | None
    feedback: str | None
    outcome: str
    before_known: bool
    before_confirmation: str | None
    before_feedback: str | None
    verified: bool
    attempts: int
    error_code: int | None
    findings: tuple[Finding, ...]


def after_run(checked: Checked) -> bool:
    """Whether the row table holds verdicts."""
    return "verdict" in checked.rows.columns


def outcomes(checked: Checked) -> pd.Series[str]:
    """The verdict of every row, after a check the check's outcome."""
    return checked.rows["verdict" if after_run(checked) else "outcome"]


def lines(checked: Checked, language: Language, first: int = 0, last: int | None = None) -> Iterator[Line]:
    """The rows from `first` up to `last` (not included) of the row table, in their order."""
    end = len(checked.rows) if last is None else last
    for start in range(first, end, _ROWS_AT_ONCE):
        yield from _chunk(checked, language, start, min(start + _ROWS_AT_ONCE, end))


def findings(problems: pd.DataFrame, language: Language) -> Iterator[tuple[int, Finding]]:
    """Every problem of a problem table, with the index of its row."""
    columns = (values(problems[name]) for name in ("at", "code", "column", "value", "hint"))
    for at, code, column, value, hint in zip(*columns, strict=True):
        yield at, Finding(code, column, value, problem_text(code, column, value, hint, language))


def values(series: pd.Series[Any]) -> list[Any]:
    """The cells of a column as plain Python values, None where there is none."""
    cells: list[Any] = series.astype(object).where(series.notna(), None).tolist()
    return cells


def _chunk(checked: Checked, language: Language, start: int, stop: int) -> Iterator[Line]:
    rows = checked.rows.iloc[start:stop]
    columns: list[Iterable[Any]] = [values(rows[name]) for name in _CHECKED]
    columns.append(values(outcomes(checked).iloc[start:stop]))
    columns += (
        [values(rows[name]) for name in _AFTER_RUN]
        if after_run(checked)
        else [repeat(cell, stop - start) for cell in _BEFORE_RUN]
    )
    found: dict[int, list[Finding]] = {}
    first, last = checked.problems["at"].searchsorted([start, stop])
    for at, finding in findings(checked.problems.iloc[first:last], language):
        found.setdefault(at, []).append(finding)
    columns.append(tuple(found.get(at, ())) for at in range(start, stop))
    yield from map(Line._make, zip(*columns, strict=True))
