"""What came of rows when the same file lay here before: onOffice is not asked the same again, night after night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sync.domain.model import Found, LinkHistory, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.domain.model import Checked, Link, Live
    from sync.ledger import AppliedChange, Memory

#: As if it had been accepted as often as it takes to be sent no more.
_OFTEN = 2


def answers(checked: Checked, memory: Memory) -> Mapping[Link, AppliedChange]:
    """What onOffice said to links that only files ask for which were dropped before, and that ask for the same as then.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    again = np.array([file.dropped_before is not None for file in checked.files], dtype=bool)
    if not again.any():
        return {}
    fresh = {*checked.rows.change[~again[checked.rows.file]].tolist()}
    found = {}
    for file in checked.files:
        for done in memory.answers(file.sha256) if file.dropped_before else ():
            link, was = done.change.link, done.change
            place = checked.changes.place(link)
            if place is None or place in fresh:
                continue
            change = checked.changes[place]
            if (change.wanted, change.aim) == (was.wanted, was.aim):
                found[link] = done
    return found


def past(done: AppliedChange, live: Live) -> LinkHistory | None:
    """What is known of a link by an earlier answer, where it is as it was left then; None where it is not."""
    if live.found is Found.UNREADABLE or done.after is None:
        holds = live.found is Found.UNREADABLE and done.after is None
    else:
        holds = (live.found, live.state) == (done.after.found, done.after.state)
    if not holds:
        return None
    missing = done.change.wanted.differs_from(live.state)
    if done.verdict is Verdict.UNKNOWN and live.state.filled_from(missing) != live.state:
        return None  # what is missing cannot be read: it may be there
    refused = done.error_code is not None
    return LinkHistory(accepted=0 if refused else _OFTEN, refused=refused, error_code=done.error_code, from_before=True)
