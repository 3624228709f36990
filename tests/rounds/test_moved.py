"""Promise: a row that names a start is not written to an appointment that starts at another time, at whatever moment it moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rounds.conftest import BEGIN, assert_true, row, seed, state
from tests.rounds.test_options import AfterFirstLook

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rounds.conftest import Office

LINKS = {(1, 11): ("gesendet", "inaktiv"), (1, 12): ("bestätigt", "inaktiv"), (2, 11): ("gesendet", "inaktiv")}
ROWS = [
    row(1, 11, "bestätigt", begin=BEGIN),
    row(1, 12, "bestätigt", begin=BEGIN),  # has it
    row(2, 11, "bestätigt", begin=BEGIN),
]


def move(made: Office) -> None:
    """Somebody moves appointment 1 by an hour; onOffice sets back what was confirmed for the old time (onoffice-api 7)."""
    records: dict[str, Any] = made.crm.state()
    records["appointments"][0]["start"] = "2026-12-02T10:00:00+01:00"
    for contact in records["appointments"][0]["contacts"]:
        contact["confirmation"] = "nicht gesetzt"
    made.crm.put_state(records)


def test_moved_before_the_run_it_is_left_alone_even_where_the_words_are_right(office: Callable[..., Office]) -> None:
    made = office(seed({**LINKS}))
    records: dict[str, Any] = made.crm.state()
    records["appointments"][0]["start"] = "2026-12-02T10:00:00+01:00"
    made.crm.put_state(records)
    night = made.night(ROWS)
    assert night.verdicts == ["conflict", "conflict", "updated"]
    assert [seen.codes for seen in night.seen[:2]] == [("rescheduled",)] * 2
    assert {action["parents"][0] for action in made.written()} == {2}


@pytest.mark.parametrize("fault", ["drop_before", "action_error"])
def test_moved_between_two_rounds_nothing_more_is_sent_to_it(office: Callable[..., Office], fault: str) -> None:
    made = office(seed(LINKS), sending={"links_per_action": 1})
    made.crm.put_faults([{"on": "nth", "n": 1, "verb": "modify", "do": fault, "code": 1}])
    night = made.night(ROWS, tools=AfterFirstLook(made, lambda: move(made)).tools())
    assert night.verdicts == ["unknown", "unchanged", "updated"]
    assert night.seen[0].codes == ("rescheduled",)
    assert state(made.crm)[1, 11] == ("nicht gesetzt", "inaktiv")
    assert [action["parents"] for action in made.written() if action["applied"] and not action["errorcode"]] == [[2]]


def test_moved_after_a_killed_run_had_sent_it_the_next_run_does_not_confirm_the_new_time(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS))
    killed = made.night(ROWS, killed=True)
    assert killed.after[1, 11] == ("bestätigt", "inaktiv")
    move(made)
    count = len(made.written())
    night = made.night(ROWS)
    assert night.verdicts == ["unknown", "conflict", "updated"]
    assert [seen.codes for seen in night.seen[:2]] == [("rescheduled",)] * 2
    assert len(made.written()) == count
    assert state(made.crm)[1, 11] == ("nicht gesetzt", "inaktiv")


def test_a_row_that_names_no_start_speaks_of_the_appointment_whenever_it_is(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS))
    move(made)
    night = made.night([row(1, 11, "bestätigt")])
    assert_true(night)
    assert night.verdicts == ["updated"]
