"""Promise: however the real API turns out to behave where nobody knows, the verdicts are true."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.model import Stop
from sync.job.context import Runtime
from sync.progress import Silent
from tests.rounds.conftest import BEGIN, Office, assert_true, row, state, wanted, written
from tests.rounds.test_faults import CALM, CONTRADICTING, LINKS, ROWS, RULES, SEED, WANTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sync.progress import Phase

OPTIONS: dict[str, list[object]] = {
    "several_links": ["atomic", "partial", "first"],
    "failure_envelope": ["97", "code", "ok"],
    "success_body": ["empty", "record"],
    "followup_words": ["german", "english"],
    "modify_verb": ["modify", "create", "both"],
    "empty_resourceid": ["ok", "18"],
    "read_rights": [True, False],
}
ALL_ROWS = [*ROWS, *CONTRADICTING]
PAIRS = [
    {first: one, second: other}
    for first, second in itertools.combinations(OPTIONS, 2)
    for one, other in itertools.product(OPTIONS[first], OPTIONS[second])
]


@pytest.mark.parametrize("options", PAIRS, ids=lambda options: " ".join(f"{name}={value}" for name, value in options.items()))
def test_verdicts_are_true_under_every_pair_of_options(office: Callable[..., Office], options: dict[str, object]) -> None:
    made = office(SEED, options, sending={"actions_per_request": 4}, rules=RULES)
    night = made.night(ALL_ROWS)
    assert_true(night)
    if options.get("read_rights", True):
        assert (night.verdicts, night.after) == (CALM, WANTED)


@pytest.mark.parametrize("several", OPTIONS["several_links"])
@pytest.mark.parametrize("envelope", OPTIONS["failure_envelope"])
@pytest.mark.parametrize("gone", [11, 13, 14])
def test_a_link_that_vanishes_between_look_and_send_takes_no_other_with_it(
    office: Callable[..., Office], several: str, envelope: str, gone: int
) -> None:
    """Somebody unlinks one address just then: the shared action fails, as a whole or in part."""
    links = {(1, number): ("gesendet", "inaktiv") for number in range(11, 15)}
    made = office({"appointments": [], "addresses": []}, {"several_links": several, "failure_envelope": envelope})
    seeded = {**made.crm.state(), "appointments": [appointment(1, links)], "addresses": [gone]}
    made.crm.put_state(seeded)
    unlinked = {**seeded, "appointments": [appointment(1, {link: words for link, words in links.items() if link[1] != gone})]}
    tools = AfterFirstLook(made, lambda: made.crm.put_state(unlinked)).tools()
    night = made.night([row(1, number, "bestätigt") for number in range(11, 15)], tools=tools)
    expected = ["rejected" if number == gone else "updated" for number in range(11, 15)]
    assert night.verdicts == expected
    assert all(seen.verified for seen in night.seen)
    assert state(made.crm) == {link: ("bestätigt", "inaktiv") for link in links if link[1] != gone}


def appointment(number: int, links: dict[tuple[int, int], tuple[str, str]]) -> dict[str, Any]:
    contacts = [{"id": address, "confirmation": words[0], "feedback": words[1]} for (_, address), words in links.items()]
    return {"id": number, "start": "2026-12-02T09:00:00+01:00", "contacts": contacts}


class AfterFirstLook:
    """Does something in the CRM when the job, having looked, is about to send."""

    def __init__(self, office: Office, do: Callable[[], None]) -> None:
        self._office, self._do = office, do

    def tools(self) -> Runtime:
        return Runtime(progress=self)

    def phase(self, name: str, total: int) -> AbstractContextManager[Phase]:
        if name == "send":
            self._do()
            self._do = lambda: None
        return Silent().phase(name, total)


# --- where reading is not allowed ------------------------------------------------------------------------------------

READABLE_ROWS = [line for line in ROWS if line[0] != 3]


@pytest.mark.parametrize("reading", ["look = false", "no right to read"])
def test_blind_every_link_goes_alone_and_nothing_is_called_verified(office: Callable[..., Office], reading: str) -> None:
    blind = reading == "look = false"
    made = office(SEED, {"read_rights": blind}, sending={"look": False if blind else "auto"}, rules=RULES)
    night = made.night(READABLE_ROWS)
    assert_true(night)
    assert not any(seen.verified for seen in night.seen)
    sent = made.written()
    assert all(len(action["parents"]) == len(action["children"]) == 1 for action in sent)
    links = [(action["parents"][0], action["children"][0]) for action in sent]
    assert len(links) == len(set(links))
    assert {action["verb"] for action in sent} == {"modify"}
    verdicts = dict(zip(READABLE_ROWS, night.seen, strict=True))
    assert verdicts[row(1, 11, "bestätigt")].codes == ("not_verified",)
    assert verdicts[row(4, 11, "bestätigt")].error_code == 180
    assert verdicts[row(9, 11, "bestätigt")].error_code == 169
    assert verdicts[row(7, 11, "", "", "lösen")].verdict == "rejected"
    assert verdicts[row(10, 11, "bestätigt", begin=BEGIN)].codes == ("start_unknown",)
    sendable = [line for line in READABLE_ROWS if line[4] != "lösen" and line[0] != 4 and not line[5]]
    expected = wanted(LINKS, sendable, set(), set())
    assert night.after == expected


def test_with_look_false_nothing_is_read(office: Callable[..., Office]) -> None:
    made = office(SEED, sending={"look": False})
    before = len(made.crm.log())
    made.night(READABLE_ROWS)
    assert {action["verb"] for entry in made.crm.log()[before:] for action in entry["actions"]} == {"modify"}


def test_with_look_true_and_no_right_nothing_is_sent_and_every_row_says_why(office: Callable[..., Office]) -> None:
    made = office(SEED, {"read_rights": False}, sending={"look": True}, rules=RULES)
    night = made.night(ROWS)
    assert_true(night)
    assert made.written() == []
    assert night.after == night.before
    reasons = {(bool(cells[5]), *seen.codes) for cells, seen in zip(ROWS, night.seen, strict=True) if seen.verdict == "rejected"}
    assert reasons == {(False, "no_right_to_read"), (True, "start_unknown")}
    assert set(night.verdicts) == {"rejected", "duplicate", "invalid"}


def test_blind_create_makes_no_link_that_nobody_asked_for(office: Callable[..., Office]) -> None:
    made = office(SEED, {"modify_verb": "both"}, sending={"look": False, "modify_verb": "create"})
    night = made.night([row(4, 11, "bestätigt"), row(1, 11, "bestätigt")])
    assert_true(night)
    assert made.written() == []


def test_blind_a_lost_answer_followed_by_a_refusal_is_unknown(office: Callable[..., Office]) -> None:
    made = office(SEED, sending={"look": False})
    made.crm.put_faults([{"on": "nth", "n": 1, "do": "drop_after"}, {"on": "nth", "n": 2, "do": "action_error", "code": 156}])
    night = made.night([row(1, 11, "bestätigt")])
    assert_true(night)
    assert night.after[1, 11] == ("bestätigt", "inaktiv")
    assert night.verdicts == ["unknown"]


# --- what may be made and taken away ---------------------------------------------------------------------------------


def test_missing_links_are_made_where_the_office_wants_that(office: Callable[..., Office]) -> None:
    made = office(SEED, rules={"create_missing_links": True})
    rows = [row(4, 11, "bestätigt", "aktiv"), row(4, 19, "nicht gesetzt"), row(9, 11, "bestätigt"), row(4, 99, "bestätigt")]
    night = made.night(rows)
    assert_true(night)
    assert night.verdicts == ["updated", "updated", "rejected", "rejected"]
    assert (night.after[4, 11], night.after[4, 19]) == (("bestätigt", "aktiv"), ("nicht gesetzt", "inaktiv"))
    assert night.seen[3].error_code == 292
    assert made.night(rows).verdicts == ["unchanged", "unchanged", "rejected", "rejected"]


def test_a_link_that_was_made_and_whose_words_were_then_refused_is_not_called_rejected(office: Callable[..., Office]) -> None:
    made = office(SEED, rules={"create_missing_links": True})
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "action_error", "code": 156}])
    night = made.night([row(4, 11, "bestätigt", "aktiv"), row(1, 11, "bestätigt", "aktiv")])
    assert_true(night)
    assert night.verdicts == ["unknown", "rejected"]
    assert [seen.error_code for seen in night.seen] == [156, 156]


def test_links_are_taken_away_only_where_the_office_allows_it(office: Callable[..., Office]) -> None:
    rows = [row(7, 11, "", "", "lösen"), row(4, 11, "", "", "lösen")]
    made = office(SEED)
    night = made.night(rows)
    assert night.verdicts == ["invalid", "invalid"]
    assert made.written() == []
    made = office(SEED, rules={"allow_delete": True})
    night = made.night(rows)
    assert_true(night)
    assert night.verdicts == ["updated", "unchanged"]
    # now that no link is shown any more, nobody knows whether some are hidden
    assert made.night(rows).verdicts == ["unchanged", "rejected"]


def test_a_lost_delete_is_not_refused_for_having_worked(office: Callable[..., Office]) -> None:
    made = office(SEED, rules={"allow_delete": True})
    made.crm.put_faults([{"on": "nth", "n": 1, "verb": "delete", "do": "drop_after"}])
    assert made.night([row(7, 11, "", "", "lösen")]).verdicts == ["updated"]


def test_an_appointment_without_feedback_is_told_so_after_one_try(office: Callable[..., Office]) -> None:
    made = office(SEED)
    night = made.night([row(3, 11, "", "aktiv")])
    assert_true(night)
    (seen,) = night.seen
    assert (seen.verdict, seen.codes, seen.verified, seen.attempts) == ("rejected", ("feedback_not_set_up",), True, 1)
    assert len(made.written()) == 1


def test_a_second_night_over_the_same_rows_writes_nothing(office: Callable[..., Office]) -> None:
    made = office(SEED, rules=RULES)
    rows = [line for line in ALL_ROWS if line[0] != 3]
    made.night(rows)
    count = len(written(made.crm))
    made.night(rows)
    assert len(written(made.crm)) == count


def test_a_run_that_would_change_more_than_allowed_sends_nothing(office: Callable[..., Office]) -> None:
    made = office(SEED, rules={"max_changes": 3})
    night = made.night(ROWS)
    assert_true(night)
    assert night.rounds.stopped is not None
    assert night.rounds.stopped.stop is Stop.TOO_MANY_CHANGES
    assert made.written() == []
    made = office(SEED, rules={"max_changes": 3})
    assert made.night(ROWS[:3]).verdicts == ["updated"] * 3


@pytest.mark.parametrize("offset", [-7200, 7200])
def test_a_wrong_clock_stops_the_run_and_says_how_wrong_it_is(office: Callable[..., Office], offset: int) -> None:
    made = office(SEED, {"clock_offset_s": offset}, onoffice={"clock": "strict"})
    night = made.night(ROWS)
    assert_true(night)
    assert night.rounds.stopped is not None
    assert night.rounds.stopped.stop is Stop.CLOCK
    assert abs(int(night.rounds.stopped.detail) + offset) <= 2
    assert made.written() == []
