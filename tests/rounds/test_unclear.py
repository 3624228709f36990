"""Appointments that cannot be read clearly: they wait, and nothing else waits for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from typing import TYPE_CHECKING, cast

from sync.domain.model import Answer, Change, Confirmation, Found, Link, Result, State, Stop, Stopped, Verdict
from sync.domain.tables import Changes
from sync.onoffice.dialect import Learner, Unkept
from sync.onoffice.wire import Reply
from sync.rounds import verdicts
from sync.rounds.converge import RoundSettings, Sender
from sync.rounds.plan import SendingPolicy
from sync.rounds.reader import Period
from tests.rounds.conftest import LESSONS, row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.onoffice.client import Batch, Client
    from sync.onoffice.wire import Call
    from sync.rounds.converge import Rounds
    from tests.rounds.conftest import Office

WANTED = State(Confirmation.CONFIRMED)
PERIOD = Period(date(2026, 11, 1), date(2026, 12, 31))
SETTINGS = RoundSettings(
    actions_per_request=50, rounds=3, attempts=2, look="auto", policy=SendingPolicy(), zone=UTC, period=PERIOD
)
CHANGES = [Change(Link(1, 11), WANTED), Change(Link(2, 12), WANTED)]
LEARNER = Learner(Unkept(LESSONS))


class Crm:
    """Both links exist and want changing; every read of `unclear` gets an unspecified failure from its `after`-th on."""

    def __init__(self, unclear: int | None, after: int = 0) -> None:
        self.unclear, self.after, self.reads = unclear, after, 0
        self.written: list[Link] = []

    def read(self, calls: Sequence[Call]) -> Reply:
        self.reads += 1
        return Reply(tuple(map(self._answer, calls)))

    def write_at_once(self, batches: Sequence[Batch]) -> list[Reply]:
        return [self.write(batch.calls, batch.links) for batch in batches]

    def write(self, calls: Sequence[Call], links: Sequence[Link]) -> Reply:
        self.written += links
        return Reply(tuple(Result(Answer.ACCEPTED, 0) for _ in calls))

    def _answer(self, call: Call) -> Result:
        appointment = int(call.resource_id)
        if appointment == self.unclear and self.reads > self.after:
            return Result(Answer.AGAIN, 1)
        word = "confirmed" if Link(appointment, appointment + 10) in self.written else "sent"
        elements = {"contacts": [{"id": str(appointment + 10), "confirmationStatus": word}]}
        return Result(Answer.ACCEPTED, 0, records=({"id": appointment, "elements": elements},))


def converge(crm: Crm, settings: RoundSettings = SETTINGS, learner: Learner = LEARNER) -> tuple[Rounds, list[Verdict]]:
    rounds = Sender(cast("Client", crm), settings, "run", save_before=list, learner=learner).converge(Changes.of(CHANGES), {})
    stopped = rounds.stopped is not None
    evidence = [
        verdicts.Evidence(
            rounds.before(c.link, rounds.live.get(c.link)), rounds.live.get(c.link), rounds.past[c.link], stopped=stopped
        )
        for c in CHANGES
    ]
    return rounds, [verdicts.conclude(*pair).verdict for pair in zip(CHANGES, evidence, strict=True)]


class Slow(Crm):
    """Takes the first link twice before it shows it; the second look at the other one is unclear, the third is not."""

    def _answer(self, call: Call) -> Result:
        if int(call.resource_id) == 2 and self.reads in {2, 3}:
            return Result(Answer.AGAIN, 1)
        taken, self.written = self.written, [link for link in self.written if self.written.count(Link(1, 11)) > 1 or link[0] == 2]
        try:
            return super()._answer(call)
        finally:
            self.written = taken


def test_an_appointment_that_becomes_clear_in_a_later_look_stops_nothing() -> None:
    rounds, found = converge(Slow(unclear=None))

    assert rounds.rounds == 2
    assert found == [Verdict.UPDATED, Verdict.UPDATED]
    assert rounds.stopped is None


def test_everything_else_is_done_before_an_unclear_appointment_stops_the_run() -> None:
    crm = Crm(unclear=2)

    rounds, found = converge(crm)

    assert found == [Verdict.UPDATED, Verdict.NOT_SENT]
    assert crm.written == [Link(1, 11)]
    assert rounds.stopped == Stopped(Stop.BAD_ANSWERS, "1 x appointmentList")


def test_what_was_sent_and_cannot_be_looked_at_is_not_sent_again() -> None:
    crm = Crm(unclear=2, after=1)

    rounds, found = converge(crm)

    assert crm.written.count(Link(2, 12)) == 1
    assert found == [Verdict.UPDATED, Verdict.UNKNOWN]
    assert rounds.live[Link(2, 12)].found is Found.LINKED
    assert not rounds.past[Link(2, 12)].seen
    assert rounds.stopped is not None


def test_without_any_clear_answer_nothing_is_sent() -> None:
    crm = Crm(unclear=2)

    rounds = Sender(cast("Client", crm), SETTINGS, "run", save_before=list, learner=LEARNER).converge(Changes.of(CHANGES[1:]), {})

    assert rounds.stopped is not None
    assert crm.written == []


class Empty(Crm):
    """Answers with success and nothing in it, except about one appointment: no right to read, or no such appointments."""

    def _answer(self, call: Call) -> Result:
        return super()._answer(call) if call.resource_id == str(self.unclear) else Result(Answer.ACCEPTED, 0)


def test_where_every_answer_is_empty_nothing_can_be_read_and_links_are_sent_blind() -> None:
    crm = Empty(unclear=None)

    rounds, found = converge(crm)

    assert crm.written == [change.link for change in CHANGES]
    assert found == [Verdict.UPDATED, Verdict.UPDATED]
    assert {live.found for live in rounds.live.values()} == {Found.UNREADABLE}


class Forgetful(Crm):
    """Shows appointments by period only, and after the first write not even so: it then calls each of them unknown."""

    def _answer(self, call: Call) -> Result:
        days = call.parameters.get("filter")
        if self.written or not (isinstance(days, dict) and "startDate" in days):
            return Result(Answer.REFUSED, 169)
        records = [
            {"id": number, "elements": {"contacts": [{"id": str(number + 10), "confirmationStatus": "sent"}]}}
            for number in (1, 2)
        ]
        return Result(Answer.ACCEPTED, 0, records=call.take(records))


def test_an_appointment_that_was_shown_is_there_though_no_other_way_of_asking_shows_it() -> None:
    crm = Forgetful(unclear=None)

    rounds, found = converge(crm, learner=Learner())

    assert set(crm.written) == {change.link for change in CHANGES}
    assert found == [Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert {live.found for live in rounds.live.values()} == {Found.UNREADABLE}


def test_an_empty_answer_beside_a_full_one_means_that_there_is_no_such_appointment() -> None:
    crm = Empty(unclear=1, after=9)

    _, found = converge(crm)

    assert crm.written == [Link(1, 11)]
    assert found == [Verdict.UPDATED, Verdict.REJECTED]


def test_where_a_look_is_demanded_empty_answers_are_no_leave_to_send_blind() -> None:
    crm = Empty(unclear=None)

    _, found = converge(crm, replace(SETTINGS, look=True))

    assert crm.written == []
    assert found == [Verdict.REJECTED, Verdict.REJECTED]


def test_an_appointment_that_onoffice_itself_calls_unknown_is_not_written_to_blindly(office: Callable[..., Office]) -> None:
    made = office({"appointments": [], "addresses": [12]})

    night = made.night([row(2, 12, "gesendet")])

    assert night.verdicts == [Verdict.REJECTED]
    assert made.written() == []
