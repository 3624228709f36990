"""Changes that bring links back, as a sheet in the layout that the job reads. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import FINE, Cells, Code, Column, Link, Loaded, Sheet, Verdict
from sync.domain.tables import ProblemTable
from sync.i18n import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.domain.model import Change, Checked

#: The columns, whose headers are declared names of them in every language.
COLUMNS: Final = (Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION, Column.FEEDBACK, Column.ACTION)

_FIRST_ROW: Final = 2


def as_file(run: str, changes: Sequence[Change]) -> Loaded:
    """What takes a run back, as if it had been read from a file."""
    rows = [_row(change) for change in changes]
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    declared = {
        column: Cells(text(f"undo.header.{column}"), position, np.array([*texts_, None], dtype=object)[:-1])
        for position, (column, texts_) in enumerate(zip(COLUMNS, columns, strict=True))
    }
    numbers = np.arange(_FIRST_ROW, _FIRST_ROW + len(rows), dtype=np.int64)
    content = hashlib.sha256("\n".join(map("\t".join, rows)).encode()).hexdigest()
    sheet = Sheet(text("undo.sheet"), 1, numbers, declared)
    return Loaded(text("undo.name", run=run), content, (sheet,))


def guarded(checked: Checked, changes: Sequence[Change]) -> Checked:
    """The checked rows of such a file, each change with what its link has to look like before anything is sent to it."""
    expected = {change.link: change.expects for change in changes}
    expects = np.fromiter([expected[change.link] for change in checked.changes], dtype=object)
    return replace(checked, changes=replace(checked.changes, expects=expects))


def with_unknown(checked: Checked, unknown: Mapping[Link, Sequence[Column]]) -> Checked:
    """The judged rows of such a file; those of which a status stays, because nobody knows how it was, need a person."""
    rows, verdicts = checked.rows, checked.verdicts
    links = map(Link, rows.appointment_id.tolist(), rows.address_id.tolist())
    stays = {line: unknown[link] for line, link in enumerate(links) if link in unknown}
    if not stays or verdicts is None:
        return checked
    at = np.zeros(len(rows), dtype=bool)
    at[[*stays]] = True
    fine = at & np.isin(verdicts.verdict, [*FINE, Verdict.INVALID])
    told = [(line, text(f"undo.header.{column}")) for line, columns in stays.items() for column in columns]
    nothing = np.full(len(told), None, dtype=object)
    found = ProblemTable(
        np.array([line for line, _ in told], dtype=np.int64),
        np.fromiter((Code.BEFORE_UNKNOWN.value for _ in told), dtype=object),
        np.fromiter((header for _, header in told), dtype=object),
        nothing,
        nothing,
    )
    others = checked.problems.some(~(at[checked.problems.at] & (checked.problems.code == Code.NOTHING_TO_SET)))
    return replace(
        checked,
        problems=ProblemTable.joined([others, found]),
        verdicts=replace(
            verdicts,
            verdict=np.where(fine, Verdict.UNKNOWN.value, verdicts.verdict),
            verified=verdicts.verified & ~fine,
        ),
    )


def _row(change: Change) -> tuple[str, ...]:
    confirmation, feedback = change.wanted.words
    appointment, address = change.link
    return str(appointment), str(address), confirmation or "", feedback or "", change.aim.value
