"""Promise: every run comes to its end, whatever does not come to one, and what is left is said to be left."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from sync.domain.model import Stop, Stopped
from sync.job.context import Runtime, Stopper
from sync.onoffice.client import Client
from tests.rounds.conftest import Time, assert_true, row, seed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.onoffice.client import Batch
    from tests.rounds.conftest import Office

LINKS = {(1, number): ("gesendet", "inaktiv") for number in range(11, 71)}
ROWS = [row(1, number, "bestätigt") for number in range(11, 71)]
ALONE = {"actions_per_request": 1, "links_per_action": 1}


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_a_link_is_sent_at_most_once_a_round_and_there_are_no_more_rounds_than_allowed(
    office: Callable[..., Office], rounds: int
) -> None:
    made = office(seed(LINKS), sending={"links_per_action": 1, "rounds": rounds})
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "action_error", "code": 1}])
    night = made.night(ROWS[:10])
    assert_true(night)
    sent = Counter(action["children"][0] for action in made.written())
    assert (set(sent.values()), night.rounds.rounds) == ({rounds}, rounds)
    assert {seen.error_code for seen in night.seen} == {1}


def test_what_onoffice_takes_and_never_shows_is_sent_twice_and_no_more(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={"links_per_action": 1, "rounds": 9})
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "no_effect"}])
    night = made.night(ROWS[:10])
    assert_true(night)
    assert {(seen.verdict, seen.codes) for seen in night.seen} == {("unknown", ("not_applied",))}  # it may be slow to show
    assert set(Counter(action["children"][0] for action in made.written()).values()) == {2}


@pytest.mark.parametrize(("fault", "done", "unclear"), [("drop_before", 0, 3), ("drop_after", 9, 0)])
def test_after_nine_lost_answers_in_a_row_a_last_look_tells_what_was_done_and_the_rest_is_kept(
    office: Callable[..., Office], fault: str, done: int, unclear: int
) -> None:
    made = office(seed(LINKS), sending={**ALONE, "rounds": 9})
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": fault}])
    night = made.night(ROWS)
    assert_true(night)
    assert night.rounds.stopped == Stopped(Stop.BAD_ANSWERS, "9 x relation")
    assert Counter(night.verdicts) == Counter({"updated": done, "unknown": unclear, "not_sent": len(ROWS) - done - unclear})
    assert len(made.written()) == 9


def test_one_good_answer_in_between_and_the_run_goes_on(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={**ALONE, "rounds": 40})
    made.crm.put_faults(
        [
            {"on": "nth", "n": 9, "verb": "modify", "do": "delay", "seconds": 0},
            {"on": "every", "verb": "modify", "do": "drop_after"},
        ]
    )
    night = made.night(ROWS)
    assert_true(night)
    assert Counter(night.verdicts) == Counter({"updated": 18, "not_sent": len(ROWS) - 18})


@pytest.mark.parametrize("pause", [None, 600])
def test_no_pause_takes_a_run_beyond_its_deadline(office: Callable[..., Office], pause: int | None) -> None:
    made, time = office(seed(LINKS), sending={**ALONE, "attempts": 99}), Time()
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "status", "code": 429, "retry_after": pause}])
    stopper = Stopper((time.now + 100, "06:00"), clock=lambda: time.now, wait=time.wait)
    night = made.night(ROWS, tools=Runtime(stopper=stopper, clock=lambda: time.now))
    assert_true(night)
    assert night.rounds.stopped == Stopped(Stop.DEADLINE, "06:00")
    assert set(night.verdicts) == {"not_sent"}
    assert time.now <= 1000 + 101


def test_a_pause_that_would_last_beyond_the_deadline_ends_the_run_at_once(office: Callable[..., Office]) -> None:
    made, time = office(seed(LINKS), sending={**ALONE, "attempts": 99}), Time()
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "status", "code": 429, "retry_after": 3600}])
    stopper = Stopper((time.now + 900, "06:00"), clock=lambda: time.now, wait=time.wait)
    night = made.night(ROWS, tools=Runtime(stopper=stopper, clock=lambda: time.now))
    assert_true(night)
    assert night.rounds.stopped == Stopped(Stop.DEADLINE, "06:00")
    assert set(night.verdicts) == {"not_sent"}
    assert time.now < 1000 + 60


@pytest.mark.parametrize("attempts", [1, 3])
@pytest.mark.parametrize("verb", ["get", "modify"])
def test_a_request_that_finds_too_many_before_it_is_tried_so_often_and_no_more(
    office: Callable[..., Office], attempts: int, verb: str
) -> None:
    made = office(seed(LINKS), sending={"attempts": attempts})
    made.crm.put_faults([{"on": "every", "verb": verb, "do": "status", "code": 429}])
    before = len(made.crm.log())
    night = made.night(ROWS)
    assert_true(night)
    assert night.rounds.stopped == Stopped(Stop.TOO_MANY_REQUESTS, "HTTP 429")
    assert sum(entry["fault"] == "status" for entry in made.crm.log()[before:]) == 60


@pytest.mark.parametrize(("parallel", "groups"), [(1, [1] * 7), (3, [3, 3, 1])])
def test_so_many_requests_are_under_way_at_once_as_the_office_asks_for(
    office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch, parallel: int, groups: list[int]
) -> None:
    at_once, write_at_once = [], Client.write_at_once

    def counted(client: Client, batches: Sequence[Batch]) -> object:
        at_once.append(len(batches))
        return write_at_once(client, batches)

    monkeypatch.setattr(Client, "write_at_once", counted)
    night = office(seed(LINKS), sending={**ALONE, "parallel_requests": parallel}).night(ROWS[:7])
    assert_true(night)
    assert set(night.verdicts) == {"updated"}
    assert at_once == groups


def test_no_request_holds_more_bytes_than_the_office_allows_however_long_the_ids_are(office: Callable[..., Office]) -> None:
    links = {(appointment, 10**17 + number): ("gesendet", "inaktiv") for appointment in range(1, 9) for number in range(40)}
    made = office(seed(links), sending={"bytes_per_request": 4_000})
    before = len(made.crm.log())
    night = made.night([row(*link, "bestätigt") for link in links])
    assert set(night.verdicts) == {"updated"}
    assert max(entry["bytes_in"] for entry in made.crm.log()[before:]) <= 4_000
    assert {action["request"] for action in made.written()} == set(range(before + 1, before + 5))


def test_the_end_of_a_run_counts_also_beside_answers_that_were_lost(office: Callable[..., Office]) -> None:
    made = office(
        seed({(1, number): ("gesendet", "inaktiv") for number in range(11, 19)}), sending={**ALONE, "parallel_requests": 4}
    )
    lost = [{"on": "nth", "n": n, "verb": "modify", "do": "drop_before"} for n in (1, 2, 3)]
    made.crm.put_faults([*lost, {"on": "nth", "n": 4, "verb": "modify", "do": "status", "code": 403}])

    night = made.night([row(1, number, "bestätigt") for number in range(11, 19)])

    assert night.rounds.stopped == Stopped(Stop.UNREACHABLE, "HTTP 403")
    assert_true(night)


@pytest.mark.parametrize("lanes", [1, 3, 10])
def test_what_was_lost_at_the_same_time_counts_as_one_failure(office: Callable[..., Office], lanes: int) -> None:
    made = office(seed(LINKS), sending={**ALONE, "parallel_requests": lanes})
    made.crm.put_faults([{"on": "nth", "n": n, "verb": "modify", "do": "drop_before"} for n in range(1, lanes + 1)])

    night = made.night(ROWS)

    assert night.rounds.stopped is None
    assert set(night.verdicts) == {"updated"}


@pytest.mark.parametrize("count", [2, 60])
def test_the_links_of_an_action_that_is_too_large_by_itself_go_one_by_one(office: Callable[..., Office], count: int) -> None:
    links = {(1, 10**17 + number): ("gesendet", "inaktiv") for number in range(count)}
    made = office(seed(links), {"max_bytes": 500})

    night = made.night([row(*link, "bestätigt") for link in links])

    assert night.rounds.stopped is None
    assert set(night.verdicts) == {"updated"}
    assert night.rounds.actions == 1 + count
    assert_true(night)


def test_a_single_link_that_is_too_large_by_itself_stops_the_run(office: Callable[..., Office]) -> None:
    made = office(seed({(1, 11): ("gesendet", "inaktiv")}))
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "status", "code": 413}])

    night = made.night([row(1, 11, "bestätigt")])

    assert night.rounds.stopped == Stopped(Stop.BAD_ANSWERS, "HTTP 413")
    assert_true(night)


@pytest.mark.parametrize(("most", "links", "actions"), [(1_500, 1, 10), (700, 2, 2)])
def test_requests_that_are_only_too_large_go_out_smaller_in_the_same_round(
    office: Callable[..., Office], most: int, links: int, actions: int
) -> None:
    made = office(seed(LINKS), {"max_bytes": most}, sending={"links_per_action": links, "actions_per_request": actions})

    night = made.night(ROWS)

    assert set(night.verdicts) == {"updated"}
    assert night.rounds.rounds == 1


def test_more_lanes_than_the_rate_allows_lose_nothing(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={**ALONE, "parallel_requests": 5, "requests_per_minute": 7})

    night = made.night(ROWS[:20])

    assert set(night.verdicts) == {"updated"}
    assert night.rounds.actions == 20


def test_an_action_never_has_more_links_than_a_request_has_bytes(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), sending={"bytes_per_request": 1_000})
    before = len(made.crm.log())

    night = made.night(ROWS)

    assert set(night.verdicts) == {"updated"}
    assert max(entry["bytes_in"] for entry in made.crm.log()[before:]) <= 1_000
