"""Promise: nothing is sent to a link whose state before is not in the ledger, and no run claims links that it left alone."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING, cast

import pytest

from sync.domain.model import Answer, Change, Confirmation, Found, Link, LinkHistory, Live, Result, State
from sync.domain.tables import Changes
from sync.onoffice.dialect import Learner, Unkept
from sync.onoffice.wire import Reply
from sync.rounds.converge import RoundSettings, Sender
from sync.rounds.plan import SendingPolicy
from sync.rounds.reader import Period
from tests.rounds.conftest import LESSONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.onoffice.client import Batch, Client
    from sync.onoffice.wire import Call
    from sync.rounds.converge import Rounds

SENT, CONFIRMED, CANCELED = (State(word) for word in (Confirmation.SENT, Confirmation.CONFIRMED, Confirmation.CANCELED))
READ = {SENT: "sent", CONFIRMED: "confirmed", CANCELED: "canceled"}
SETTINGS = RoundSettings(
    actions_per_request=5,
    rounds=5,
    attempts=2,
    look="auto",
    policy=SendingPolicy(links_per_action=1),
    zone=UTC,
    period=Period(date(2026, 1, 1), date(2026, 12, 31)),
)


class Crm:
    """Links with their words, and a ledger beside them: every write is held against what was saved by then."""

    def __init__(self, links: dict[Link, State], lost: int = 0) -> None:
        self.links = dict(links)
        self.lost = lost
        self.saved: dict[Link, Live] = {}
        self.written: list[Link] = []

    def save_before(self, changes: Iterable[tuple[Change, Live]]) -> None:
        for change, live in changes:
            assert change.link not in self.saved, "once is enough"
            self.saved[change.link] = live

    def read(self, calls: Sequence[Call]) -> Reply:
        return Reply(tuple(self._show(int(call.resource_id)) for call in calls))

    def _show(self, appointment: int) -> Result:
        contacts = [
            {"id": str(link.address_id), "confirmationStatus": READ[state]}
            for link, state in self.links.items()
            if link.appointment_id == appointment
        ]
        return Result(Answer.ACCEPTED, 0, records=({"id": appointment, "elements": {"contacts": contacts}},))

    def write_at_once(self, batches: Sequence[Batch]) -> list[Reply]:
        return [self.write(batch.calls, batch.links) for batch in batches]

    def write(self, calls: Sequence[Call], links: Sequence[Link]) -> Reply:
        assert set(links) <= self.saved.keys()
        self.written += links
        if self.lost:
            self.lost -= 1
            return Reply(tuple(Result(Answer.LOST) for _ in calls))
        for link in links:
            self.links[link] = CONFIRMED
        return Reply(tuple(Result(Answer.ACCEPTED, 0) for _ in calls))

    def converge(self, changes: Sequence[Change], inherited: dict[Link, Live]) -> Rounds:
        sender = Sender(cast("Client", self), SETTINGS, "run", save_before=self.save_before, learner=Learner(Unkept(LESSONS)))
        return sender.converge(Changes.of(changes), inherited)


A, B, C = Link(1, 11), Link(2, 12), Link(3, 13)


@pytest.mark.parametrize("lost", [0, 2])
def test_the_state_before_is_saved_before_a_link_is_sent_and_only_then(lost: int) -> None:
    crm = Crm({A: SENT, B: CONFIRMED}, lost)
    crm.converge([Change(A, CONFIRMED), Change(B, CONFIRMED), Change(C, CONFIRMED)], {})
    assert crm.saved == {A: Live(Found.LINKED, SENT, tells_feedback=False)}
    assert crm.links[A] == CONFIRMED


def test_what_a_killed_run_sent_is_saved_with_the_state_before_that_run_though_nothing_is_left_to_send() -> None:
    true_before = Live(Found.LINKED, CANCELED)
    crm = Crm({A: CONFIRMED, B: CONFIRMED})
    rounds = crm.converge([Change(A, CONFIRMED), Change(B, CONFIRMED)], {A: true_before, C: true_before})
    assert crm.saved == {A: true_before}
    assert crm.written == []
    assert rounds.past == {A: LinkHistory(attempts=1, left_at=1, outrun=True)}  # a look has shown what became of it


def test_what_a_killed_run_sent_in_vain_is_sent_again_and_keeps_its_true_state_before() -> None:
    true_before = Live(Found.LINKED, CANCELED)
    crm = Crm({A: SENT})
    crm.converge([Change(A, CONFIRMED)], {A: true_before})
    assert crm.saved == {A: true_before}
    assert crm.written == [A]
