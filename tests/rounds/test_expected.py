"""Promise: what somebody changed since a run is not taken back, and what an undo has begun itself is not taken for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.model import Blocker, Change, Code, Confirmation, Feedback, Found, Link, Live, State
from sync.domain.tables import Changes
from sync.job import context
from tests.rounds.conftest import START, Time, seed, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.rounds.converge import Rounds
    from tests.rounds.conftest import Office, Words

LINK = Link(1, 11)
LEFT = Live(Found.LINKED, State(Confirmation.CONFIRMED, Feedback.ACTIVE), START)
UNDO = Change(LINK, State(Confirmation.SENT, Feedback.INACTIVE), expects=LEFT)
BACK: Words = ("gesendet", "inaktiv")
#: One of the two words is back already.
HALF: Words = ("gesendet", "aktiv")


def undone(made: Office, inherited: dict[Link, Live]) -> Rounds:
    """The rounds of an undo; `inherited` is what a killed one sent."""
    made.ledger.begin("undo", made.config().office, "2026-11-24", ())
    job = context.Job(made.config(), (made.crm.token, made.crm.secret), Time().tools(), made.ledger, "undo")
    with context.client_of(job) as client:
        return context.sender_of(job, client).converge(Changes.of([UNDO]), inherited)


def test_half_of_it_done_by_somebody_else_and_the_undo_leaves_the_link_alone(office: Callable[..., Office]) -> None:
    made = office(seed({LINK: HALF}))
    rounds = undone(made, {})

    assert rounds.past[LINK].bar == Blocker(Code.CHANGED_SINCE)
    assert made.written() == []


def test_half_of_it_done_by_the_undo_that_was_killed_and_the_next_one_does_the_rest(office: Callable[..., Office]) -> None:
    made = office(seed({LINK: HALF}))
    rounds = undone(made, {LINK: LEFT})

    assert rounds.past[LINK].bar is None
    assert state(made.crm) == {LINK: BACK}
