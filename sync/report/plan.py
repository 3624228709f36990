"""What a run would change: old and new of every link, from a row table with the live state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sync.model import Change, Confirmation, Feedback, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.model import Checked


class Planned(NamedTuple):
    """One link that would change. `before` is None where its state is not known."""

    change: Change
    before: State | None


def planned(checked: Checked) -> Iterator[Planned]:
    """Every link that would change, once, in the order of the rows."""
    rows, run = checked.rows, checked.verdicts
    would = rows.change >= 0
    if run:
        would &= run.verdict == Verdict.NOT_SENT
    changes, lines = np.unique(rows.change[would], return_index=True)
    order = np.argsort(lines)
    for change, line in zip(changes[order].tolist(), np.flatnonzero(would)[lines[order]].tolist(), strict=True):
        known = run is not None and run.before_known[line]
        before = _state(run.before_confirmation[line], run.before_feedback[line]) if run and known else None
        yield Planned(checked.changes[change], before)


def _state(confirmation: str | None, feedback: str | None) -> State:
    return State(Confirmation(confirmation) if confirmation else None, Feedback(feedback) if feedback else None)
