"""What a run would change: old and new of every link, from a row table with the live state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sync.domain.model import Link, Verdict
from sync.report.links import old_and_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.domain.model import Checked
    from sync.report.links import Status


class Planned(NamedTuple):
    """One link that would change, with its two statuses in words."""

    link: Link
    statuses: tuple[Status, Status]


def planned(checked: Checked) -> Iterator[Planned]:
    """Every link that would change, once, in the order of the rows."""
    rows, run = checked.rows, checked.verdicts
    would = rows.change >= 0
    if run:
        would &= run.verdict == Verdict.NOT_SENT
    changes, lines = np.unique(rows.change[would], return_index=True)
    order = np.argsort(lines)
    for at, line in zip(changes[order].tolist(), np.flatnonzero(would)[lines[order]].tolist(), strict=True):
        change = checked.changes[at]
        found = run.before_found[line] if run else None
        before = (run.before_confirmation[line], run.before_feedback[line]) if run else (None, None)
        yield Planned(change.link, old_and_new(change.aim, change.wanted.words, found, before))
