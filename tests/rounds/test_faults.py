"""Promise: whatever goes wrong on the way, every verdict is true, and the next night brings the CRM to where it shall be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.model import Stop, Verdict
from tests.rounds.conftest import BEGIN, Night, Office, assert_true, row, seed, wait_until_there, wanted
from tests.tries import step

if TYPE_CHECKING:
    from collections.abc import Callable

LINKS = {
    (1, 11): ("nicht gesetzt", "inaktiv"),
    (1, 12): ("nicht gesetzt", "inaktiv"),
    (1, 13): ("gesendet", "aktiv"),
    (1, 14): ("bestätigt", "inaktiv"),
    (2, 11): ("gesendet", "inaktiv"),
    (2, 12): ("gesendet", "inaktiv"),
    (3, 11): ("gesendet", None),
    (5, 11): ("gesendet", "inaktiv"),
    (6, 11): ("gesendet", "inaktiv"),
    (6, 12): ("gesendet", "inaktiv"),
    (7, 11): ("gesendet", "inaktiv"),
    (8, 18): ("nicht gesetzt", "inaktiv"),
    (10, 11): ("gesendet", "inaktiv"),
    (10, 12): ("gesendet", "inaktiv"),
}
SEED = seed(LINKS, addresses=[19], empty=[4])
ROWS = [
    row(1, 11, "bestätigt"),
    row(1, 12, "bestätigt"),
    row(1, 13, "bestätigt"),
    row(1, 14, "bestätigt"),  # has it
    row(2, 11, "gecancelt"),
    row(5, 11, "gecancelt"),
    row(6, 11, "gecancelt"),
    row(6, 11, "gecancelt"),  # twice
    row(2, 12, "bestätigt"),  # two rows, one link
    row(2, 12, "", "aktiv"),
    row(3, 11, "bestätigt"),
    row(3, 11, "", "aktiv"),  # has no feedback
    row(4, 11, "bestätigt"),  # not linked
    row(9, 11, "bestätigt"),  # no such appointment
    row("x", 11, "bestätigt"),  # no number
    row(4, 19, "bestätigt", "aktiv", "verknüpfen"),
    row(7, 11, "", "", "lösen"),
    row(10, 11, "bestätigt", begin=BEGIN),
    row(10, 12, "bestätigt", begin="02.12.2026 11:00"),  # rescheduled
]
CONTRADICTING = [row(6, 12, "bestätigt"), row(6, 12, "gecancelt")]
RULES = {"allow_delete": True}
WANTED = wanted(LINKS, ROWS, set(range(1, 11)) - {9}, {11, 12, 13, 14, 18, 19})
#: What the rows get in the end, when nothing goes wrong.
CALM = [
    *["updated"] * 3,
    "unchanged",
    *["updated"] * 3,
    "duplicate",
    *["updated"] * 3,
    "rejected",
    "rejected",
    "rejected",
    "invalid",
    "updated",
    "updated",
    "updated",
    "conflict",
    "conflict",
    "conflict",
]

FAULTS: dict[str, dict[str, Any]] = {
    **{name: {"do": name} for name in ("drop_before", "drop_after", "truncate", "garbage")},
    **{name: {"do": name} for name in ("short_results", "long_results", "reorder_results", "duplicate_results")},
    **{name: {"do": name} for name in ("foreign_results", "empty", "no_effect")},
    **{f"HTTP {code}": {"do": "status", "code": code} for code in (413, 429, 500, 503)},
    "HTTP 429 with a pause": {"do": "status", "code": 429, "retry_after": 90},
    # one code of every class of onoffice-api 3.2, and one that is on no list
    **{f"code {code}": {"do": "action_error", "code": code} for code in (1, 97, 137, 136, 156, 180, 182, 292, 4711)},
}
WHEN: list[dict[str, Any]] = [
    {"on": "nth", "n": 1},
    {"on": "nth", "n": 2, "verb": "modify"},
    {"on": "every", "n": 2},
    {"on": "every", "verb": "modify"},
    {"on": "nth", "n": 1, "verb": "create"},
    {"on": "nth", "n": 1, "verb": "delete"},
    {"on": "every", "n": 1},
]


def make(office: Callable[..., Office], **sections: Any) -> Office:  # noqa: ANN401 - sections of the configuration
    sending = {"actions_per_request": 3, **sections.pop("sending", {})}
    return office(SEED, sections.pop("options", None), sending=sending, rules={**RULES, **sections.pop("rules", {})})


def settles(made: Office) -> None:
    """Without faults the next night brings the CRM to what the rows ask for, and then nothing is written any more."""
    night = made.night([*ROWS, *CONTRADICTING])
    assert_true(night)
    assert night.rounds.stopped is None
    assert night.after == WANTED
    assert "not_sent" not in night.verdicts


def rests(made: Office) -> None:
    """Once more, and nothing is written but the feedback status that one appointment cannot have."""
    written_before = len(made.written())
    night = made.night([*ROWS, *CONTRADICTING])
    assert night.verdicts == [verdict.replace("updated", "unchanged") for verdict in CALM]
    assert [action["parents"] for action in made.written()[written_before:]] == [[3]]


def test_without_faults_the_rows_get_what_they_ask_for(office: Callable[..., Office]) -> None:
    made = make(office)
    night = made.night([*ROWS, *CONTRADICTING])
    assert_true(night)
    assert night.after == WANTED
    assert night.verdicts == CALM
    assert all(seen.verified for seen in night.seen if seen.verdict in {"updated", "unchanged"})
    rests(made)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_verdict_is_true_under_a_fault_and_the_next_night_mends(office: Callable[..., Office], fault: str) -> None:
    for when in WHEN[list(FAULTS).index(fault) % step() :: step()]:
        made = make(office)
        made.crm.put_faults([{**FAULTS[fault], **when}])
        night = made.night([*ROWS, *CONTRADICTING])
        assert_true(night)
        assert_nothing_lost(night)
        made.crm.put_faults([])
        settles(made)
    rests(made)


def assert_nothing_lost(night: Night) -> None:
    """A row that is left to the next run is left by a run that says so: only then its file comes back."""
    if night.rounds.stopped is None:
        assert Verdict.NOT_SENT not in night.verdicts


@pytest.mark.parametrize("verb", ["modify", "create", "delete", "get"])
def test_an_answer_that_comes_after_the_timeout_is_found_out_by_the_next_look(office: Callable[..., Office], verb: str) -> None:
    made = make(office, sending={"read_timeout": 0.4})
    made.crm.put_faults([{"on": "nth", "n": 1, "verb": verb, "do": "delay", "seconds": 30}])
    night = made.night([*ROWS, *CONTRADICTING])
    assert_true(night)
    assert night.verdicts == CALM
    assert night.after == WANTED


@pytest.mark.parametrize("verb", ["modify", "get"])
def test_an_answer_that_drips_for_ever_is_given_up_and_found_out_by_the_next_look(
    office: Callable[..., Office], verb: str
) -> None:
    made = make(office, sending={"connect_timeout": 0.2, "read_timeout": 0.2})
    made.crm.put_faults([{"on": "nth", "n": 1, "verb": verb, "do": "drip", "seconds": 0.1}])
    night = made.night([*ROWS, *CONTRADICTING])
    assert_true(night)
    assert night.verdicts == CALM
    assert night.after == WANTED


def test_looks_that_take_too_long_go_out_in_smaller_requests(office: Callable[..., Office]) -> None:
    links = {(number, 11): ("gesendet", "inaktiv") for number in range(1, 13)}
    made = office(seed(links), {"per_action_ms": 60}, sending={"actions_per_request": 12, "read_timeout": 0.5})
    before = len(made.crm.log())
    night = made.night([row(number, 11, "gesendet") for number in range(1, 13)])
    assert set(night.verdicts) == {"unchanged"}
    assert [len(entry["actions"]) for entry in made.crm.log()[before:]] == [12, 6, 6]


def test_a_look_that_gets_nothing_but_foreign_answers_ends_soon_and_nothing_is_sent(office: Callable[..., Office]) -> None:
    links = {(number, 11): ("gesendet", "inaktiv") for number in range(1, 101)}
    made = office(seed(links), sending={"actions_per_request": 8})
    made.crm.put_faults([{"on": "every", "do": "foreign_results"}])
    before = len(made.crm.log())
    night = made.night([row(number, 11, "bestätigt") for number in range(1, 101)])
    assert_true(night)
    assert night.rounds.stopped is not None
    assert night.rounds.stopped.stop is Stop.BAD_ANSWERS
    assert set(night.verdicts) == {"not_sent"}
    assert len(made.crm.log()) - before == 9


@pytest.mark.parametrize("number", [1, 4, 5, 6])
def test_a_server_that_goes_away_stops_the_run_and_the_next_one_carries_on(office: Callable[..., Office], number: int) -> None:
    made = make(office)
    made.crm.put_faults([{"on": "nth", "n": number, "do": "stop", "seconds": 1.0}])
    night = made.night([*ROWS, *CONTRADICTING])
    assert_true(night)
    assert night.rounds.stopped is not None
    assert night.rounds.stopped.stop is Stop.UNREACHABLE
    wait_until_there(made.crm)
    settles(made)


@pytest.mark.parametrize("fault", ["drop_after", "truncate", "garbage", "short_results"])
def test_a_killed_runs_work_counts_for_the_next_one(office: Callable[..., Office], fault: str) -> None:
    made = make(office, sending={"rounds": 1})
    made.crm.put_faults([{"on": "every", "n": 1, "verb": "modify", "do": fault}])
    killed = made.night([*ROWS, *CONTRADICTING], killed=True)
    made.crm.put_faults([{"on": "every", "n": 1, "do": "drop_before"}])
    blocked = made.night([*ROWS, *CONTRADICTING])
    assert blocked.rounds.stopped is not None
    touched = {link for link in LINKS if killed.before[link] != killed.after.get(link)}
    for cells, seen in zip(blocked.rows, blocked.seen, strict=True):
        if cells[:2] in touched and seen.verdict != "duplicate":
            assert seen.verdict == "unknown", cells
    made.crm.put_faults([])
    made.sending["rounds"] = 5
    settles(made)


# --- poison ----------------------------------------------------------------------------------------------------------


def test_links_that_never_got_an_answer_of_their_own_are_left_to_the_next_run(office: Callable[..., Office]) -> None:
    """Three lost answers in a row end a round; after the last round the rest must not pass for finished."""
    links = {(1, number): ("gesendet", "inaktiv") for number in range(11, 31)}
    made = office(seed(links), sending={"actions_per_request": 1, "links_per_action": 1, "rounds": 1})
    made.crm.put_faults([{"on": "every", "do": "drop_before", "verb": "modify"}])
    night = made.night([row(1, number, "bestätigt") for number in range(11, 31)])
    assert_true(night)
    assert night.rounds.stopped is not None
    assert night.rounds.stopped.stop is Stop.BAD_ANSWERS
    lost = ("unknown", ("not_looked_at",))  # reads may lag behind writes, for all that is known
    assert {(seen.verdict, seen.codes) for seen in night.seen} == {("not_sent", ("stopped",)), lost}
    assert len(made.written()) == 3


def test_one_bad_link_of_a_shared_action_does_not_refuse_the_others_with_its_code(office: Callable[..., Office]) -> None:
    links = {(1, number): ("gesendet", "inaktiv") for number in range(11, 15)}
    made = office(seed(links), sending={"rounds": 1})
    made.crm.put_faults([{"on": "nth", "n": 1, "verb": "modify", "do": "action_error", "code": 292}])
    night = made.night([row(1, number, "bestätigt") for number in range(11, 15)])
    assert_true(night)
    assert set(night.verdicts) == {"not_sent"}
    assert {seen.error_code for seen in night.seen} == {None}


def test_requests_that_are_too_large_are_halved_until_they_pass(office: Callable[..., Office]) -> None:
    links = {(1, number): ("gesendet", "inaktiv") for number in range(11, 31)}
    options = {"max_bytes": 4000}
    made = office(seed(links), options, sending={"actions_per_request": 20, "links_per_action": 1})
    night = made.night([row(1, number, "bestätigt") for number in range(11, 31)])
    assert_true(night)
    assert set(night.verdicts) == {"updated"}


def test_looks_that_are_too_large_are_halved_until_they_pass(office: Callable[..., Office]) -> None:
    links = {(number, 11): ("gesendet", "inaktiv") for number in range(1, 31)}
    made = office(seed(links), {"max_bytes": 4000}, sending={"actions_per_request": 30})
    night = made.night([row(number, 11, "bestätigt") for number in range(1, 31)])
    assert_true(night)
    assert set(night.verdicts) == {"updated"}
