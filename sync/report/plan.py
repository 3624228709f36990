"""What a run would change: old and new of every link, from a row table with the live state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync.model import Change, Confirmation, Feedback, State, Verdict
from sync.report.lines import after_run, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.model import Checked


class Planned(NamedTuple):
    """One link that would change. `before` is None where its state is not known."""

    change: Change
    before: State | None


def planned(checked: Checked) -> Iterator[Planned]:
    """Every link that would change, once, in the order of the rows."""
    rows = checked.rows[checked.rows["change"] >= 0]
    if after_run(checked):
        rows = rows[rows["verdict"] == Verdict.NOT_SENT]
    rows = rows.drop_duplicates("change")
    columns = ("change", "before_known", "before_confirmation", "before_feedback")
    for change, known, confirmation, feedback in zip(*(values(rows[name]) for name in columns), strict=True):
        yield Planned(checked.changes[change], _state(confirmation, feedback) if known else None)


def _state(confirmation: str | None, feedback: str | None) -> State:
    return State(Confirmation(confirmation) if confirmation else None, Feedback(feedback) if feedback else None)
