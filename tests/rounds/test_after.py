"""What one more answer tells about a link, and when a run that is out of rounds may pass for finished."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Answer, Blocker, Code, LinkHistory, Result, Stop, Stopped
from sync.job import intake as steps
from sync.job.context import Job
from sync.rounds.converge import _after
from tests.rounds.conftest import Time, assert_true, checked, row, seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.domain.model import Action
    from sync.rounds.converge import Rounds
    from tests.rounds.conftest import Office

pasts = st.builds(
    LinkHistory()._replace,  # all else stays
    attempts=st.integers(0, 3),
    accepted=st.integers(0, 3),
    alone=st.booleans(),
    refused=st.booleans(),
    lost=st.booleans(),
    seen=st.booleans(),
    error_code=st.none() | st.just(70),
    bar=st.none() | st.just(Blocker(Code.CHANGED_SINCE)),
)


@given(past=pasts, alone=st.booleans())
def test_an_accepted_action_takes_back_all_doubt(past: LinkHistory, *, alone: bool) -> None:
    assert _after(past, Result(Answer.ACCEPTED, 0), alone=alone) == LinkHistory(
        attempts=past.attempts + 1, accepted=past.accepted + 1, alone=past.alone, seen=False, left_at=1
    )


@given(past=pasts, alone=st.booleans())
def test_a_lost_answer_leaves_everything_open(past: LinkHistory, *, alone: bool) -> None:
    assert _after(past, Result(Answer.LOST), alone=alone) == LinkHistory(
        attempts=past.attempts + 1, accepted=past.accepted, alone=past.alone, lost=True, seen=False, left_at=1
    )


@given(past=pasts, answer=st.sampled_from([Answer.REFUSED, Answer.AGAIN]))
def test_a_failed_action_of_several_links_says_nothing_but_that_each_goes_alone(past: LinkHistory, answer: Answer) -> None:
    assert _after(past, Result(answer, 292), alone=False) == LinkHistory(
        attempts=past.attempts + 1, accepted=past.accepted, alone=True, lost=past.lost, seen=False
    )


@pytest.mark.parametrize("answer", [Answer.REFUSED, Answer.AGAIN])
@given(past=pasts)
def test_a_failed_action_of_one_link_is_about_that_link(past: LinkHistory, answer: Answer) -> None:
    assert _after(past, Result(answer, 292), alone=True) == LinkHistory(
        attempts=past.attempts + 1,
        accepted=past.accepted,
        alone=past.alone,
        refused=answer is Answer.REFUSED,
        lost=past.lost,
        seen=False,
        error_code=292,
    )


LINKS = {(1, number): ("gesendet", "inaktiv") for number in range(11, 14)}
ROWS = [row(1, number, "bestätigt") for number in range(11, 14)]


def test_out_of_rounds_links_without_an_answer_of_their_own_are_counted(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={"links_per_action": 1, "rounds": 1})
    made.crm.put_faults([{"on": "every", "do": "drop_before", "verb": "modify"}])
    night = made.night(ROWS)

    assert night.rounds.stopped is not None
    assert (night.rounds.stopped.stop, night.rounds.stopped.detail) == (Stop.BAD_ANSWERS, "3 x relation")


def test_out_of_rounds_links_with_an_error_code_of_their_own_are_finished(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={"links_per_action": 1, "rounds": 1})
    made.crm.put_faults([{"on": "every", "do": "action_error", "code": 70, "verb": "modify"}])
    night = made.night(ROWS)

    assert night.rounds.stopped is None
    assert {(seen.verdict, seen.error_code) for seen in night.seen} == {("rejected", 70)}


def test_out_of_rounds_links_that_onoffice_took_without_effect_are_finished(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={"rounds": 1})
    made.crm.put_faults([{"on": "every", "do": "no_effect", "verb": "modify"}])
    night = made.night(ROWS)

    assert night.rounds.stopped is None
    assert {(seen.verdict, seen.codes) for seen in night.seen} == {("unknown", ("not_applied",))}


@pytest.mark.parametrize(
    ("code", "stopped"),
    [(137, Stopped(Stop.CREDENTIALS, "137")), (136, Stopped(Stop.CLOCK)), (75, Stopped(Stop.REQUEST_REFUSED, "75"))],
)
def test_what_was_done_beside_an_action_that_stops_the_run_is_not_called_unsent(
    office: Callable[..., Office], code: int, stopped: Stopped
) -> None:
    made = office(seed({(1, 11): ("gesendet", "inaktiv"), (2, 11): ("gesendet", "inaktiv")}), rules={"allow_delete": True})
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "action_error", "code": code}])
    night = made.night([row(1, 11, "bestätigt"), row(2, 11, "", "", "lösen")])

    assert night.rounds.stopped == stopped
    assert [action["verb"] for action in made.written()] == ["modify", "delete"]
    assert [(seen.verdict, seen.attempts) for seen in night.seen] == [("not_sent", 0), ("unknown", 1)]


def test_a_lost_answer_that_a_look_came_too_soon_to_settle_casts_doubt_on_a_refusal(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={"attempts": 1})
    made.crm.put_faults(
        [
            {"on": "nth", "n": 1, "verb": "modify", "do": "drop_before"},
            {"on": "nth", "n": 2, "verb": "modify", "do": "action_error", "code": 156},
            {"on": "nth", "n": 3, "verb": "get", "do": "status", "code": 500},
        ]
    )
    night = made.night(ROWS[:1])

    assert_true(night)
    assert night.rounds.stopped == Stopped(Stop.UNREACHABLE, "HTTP 500")
    assert [(seen.verdict, seen.error_code, seen.attempts) for seen in night.seen] == [("unknown", 156, 2)]


def test_what_a_killed_run_sent_counts_as_one_time(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS))
    made.night(ROWS, killed=True)
    night = made.night(ROWS)

    assert {(seen.verdict, seen.attempts) for seen in night.seen} == {("updated", 1)}


def test_all_actions_that_left_are_counted_whatever_became_of_them(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={"links_per_action": 1, "actions_per_request": 2})
    made.crm.put_faults([{"on": "nth", "n": 1, "do": "drop_after", "verb": "modify"}])
    night = made.night(ROWS)

    assert night.rounds.actions == len(made.written()) == 3


def rehearsed(made: Office) -> tuple[Rounds, tuple[Action, ...]]:
    config, run_id = made.config(), f"rehearsal-{len(made.ledger.runs())}"
    made.ledger.begin(run_id, config.office, "2026-11-24", ())
    job = Job(config, (made.crm.token, made.crm.secret), Time().tools(), made.ledger, run_id)
    sent, actions = steps.rehearse(job, checked(ROWS, config))
    return sent.rounds, actions


def test_a_rehearsal_looks_and_plans_and_sends_nothing(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS))
    rounds, actions = rehearsed(made)

    assert rounds.stopped is None
    assert [action.links for action in actions] == [tuple(LINKS)]
    assert rounds.live.keys() == LINKS.keys()
    assert all(rounds.before(link, live) for link, live in rounds.live.items())
    assert made.written() == []


def test_a_rehearsal_without_an_answer_plans_nothing_and_says_why(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS))
    made.crm.put_faults([{"on": "every", "do": "status", "code": 429}])
    rounds, actions = rehearsed(made)

    assert rounds.stopped is not None
    assert (rounds.stopped.stop, actions) == (Stop.TOO_MANY_REQUESTS, ())


@pytest.mark.parametrize(("most", "stopped"), [(0, None), (1, "3 > 1"), (2, "3 > 2"), (3, None)])
def test_the_first_plan_may_hold_as_many_links_as_allowed_and_0_means_any(
    office: Callable[..., Office], most: int, stopped: str | None
) -> None:
    night = office(seed(LINKS), rules={"max_changes": most}).night(ROWS)

    assert night.rounds.stopped == (Stopped(Stop.TOO_MANY_CHANGES, stopped) if stopped else None)


class Counting:
    """Progress that counts: how many steps each phase announced, and how many it said were done."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, int]] = []
        self.done: list[int] = []

    @contextmanager
    def phase(self, name: str, total: int) -> Iterator[Counting]:
        self.phases.append((name, total))
        self.done.append(0)
        yield self

    def advance(self, steps: int = 1) -> None:
        self.done[-1] += steps


def test_progress_tells_appointments_to_look_at_and_actions_to_send(office: Callable[..., Office]) -> None:
    links = {(a, b): ("gesendet", "inaktiv") for a in (1, 2) for b in (11, 12)}
    progress = Counting()
    made = office(seed(links), sending={"links_per_action": 1, "actions_per_request": 3})
    made.night([row(*link, "bestätigt") for link in links], tools=replace(Time().tools(), progress=progress))

    assert progress.phases == [("look", 2), ("send", 4), ("look", 2)]
    assert progress.done == [2, 4, 2]
