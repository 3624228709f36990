"""Promise: nobody loses a status that no row names, whatever a write does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync.onoffice.dialect import Dialect, PartialWrites
from tests.dialects.conftest import contacts
from tests.rounds.conftest import row, seed, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dialects.conftest import Clothes
    from tests.rounds.conftest import Office

CONFIRMATION, FEEDBACK = "statusTerminbestaetigung", "statusTerminrueckmeldung"
LINKS = {(n, 90 + n): ("gesendet", "aktiv") for n in range(1, 9)}
ROWS = [row(a, b, "bestätigt") for a, b in LINKS]
WANTED = dict.fromkeys(LINKS, ("bestätigt", "aktiv"))


def resets(action: dict[str, Any]) -> None:
    """A write that names one status puts the other one back to how links begin."""
    if info := action["parameters"].get("relationinfo"):
        action["parameters"]["relationinfo"] = {CONFIRMATION: "nicht gesetzt", FEEDBACK: "inaktiv", **info}


def test_what_the_first_write_took_along_is_set_back_and_the_rest_never_loses_it(
    fresh: Callable[..., Office], clothes: Clothes
) -> None:
    clothes.asks = resets
    made = fresh(seed(LINKS))
    night = made.night(ROWS)

    assert state(made.crm) == WANTED
    assert night.verdicts == ["updated"] * len(ROWS)
    assert [seen.codes for seen in night.seen].count(("other_status_set_back",)) == 1
    assert Dialect.of(made.ledger.lessons()).partial_writes is PartialWrites.RESET


def test_the_next_night_sends_both_at_once(fresh: Callable[..., Office], clothes: Clothes) -> None:
    clothes.asks = resets
    made = fresh(seed(LINKS))
    made.night(ROWS)
    before = len(made.written())
    night = made.night([row(a, b, "gecancelt") for a, b in LINKS])

    assert state(made.crm) == dict.fromkeys(LINKS, ("gecancelt", "aktiv"))
    assert {seen.codes for seen in night.seen} == {()}
    assert len(made.written()) - before == len(LINKS)


def test_an_office_whose_api_begins_to_reset_is_set_back_too(office: Callable[..., Office], clothes: Clothes) -> None:
    made = office(seed(LINKS))
    clothes.asks = resets
    night = made.night(ROWS)

    assert state(made.crm) == WANTED
    assert {seen.codes for seen in night.seen} == {("other_status_set_back",)}
    assert Dialect.of(made.ledger.lessons()).partial_writes is PartialWrites.RESET


def test_what_cannot_be_set_back_needs_a_person(office: Callable[..., Office], clothes: Clothes) -> None:
    def takes_no_feedback(action: dict[str, Any]) -> None:
        if info := action["parameters"].get("relationinfo"):
            action["parameters"]["relationinfo"] = {**info, FEEDBACK: "inaktiv"}

    clothes.asks = takes_no_feedback
    night = office(seed(LINKS)).night(ROWS)

    assert {(seen.verdict, seen.codes) for seen in night.seen} == {("unknown", ("other_status_lost",))}


def test_where_a_person_changes_one_link_meanwhile_that_is_left_alone(office: Callable[..., Office], clothes: Clothes) -> None:
    made = office(seed(LINKS))

    def somebody(actions: list[dict[str, Any]]) -> None:
        if actions[0]["resourcetype"] == "relation":
            now: Any = made.crm.state()
            now["appointments"][0]["contacts"][0]["feedback"] = "inaktiv"
            made.crm.put_state(now)

    clothes.after = somebody
    night = made.night(ROWS)

    assert state(made.crm) == WANTED | {(1, 91): ("bestätigt", "inaktiv")}
    assert {seen.codes for seen in night.seen} == {()}


@pytest.mark.parametrize("rows", [ROWS, [row(a, b, "bestätigt", "inaktiv") for a, b in LINKS]])
def test_the_first_write_of_an_office_goes_out_alone_and_is_looked_at_once(
    fresh: Callable[..., Office], clothes: Clothes, rows: list[Any]
) -> None:
    made = fresh(seed(LINKS))
    made.night(rows)
    first = [actions[0]["resourcetype"] for actions in clothes.requests]
    sizes = [len(actions) for actions in clothes.requests if actions[0]["resourcetype"] == "relation"]
    assert first[:3] == ["appointmentList", "relation", "appointmentList"]
    assert sizes == [1, len(LINKS) - 1]

    clothes.requests.clear()
    made.night([row(a, b, "gecancelt") for a, b in LINKS])
    assert [actions[0]["resourcetype"] for actions in clothes.requests] == ["appointmentList", "relation", "appointmentList"]


def test_a_word_that_nobody_can_read_is_not_lost_without_a_word_and_no_second_link_loses_one(
    fresh: Callable[..., Office], clothes: Clothes
) -> None:
    clothes.asks = resets
    links = dict.fromkeys(LINKS, ("gesendet", "inaktiv"))
    made = fresh(seed(links), {"words": "other"})
    night = made.night([row(a, b, "", "aktiv") for a, b in links])

    lost = [link for link, words in state(made.crm).items() if words[0] != "gesendet"]
    assert len(lost) == 1
    assert [(seen.verdict, seen.codes) for seen in night.seen].count(("unknown", ("other_status_lost",))) == 1
    assert [(seen.verdict, seen.codes) for seen in night.seen].count(("rejected", ("other_status_unread",))) == len(links) - 1


def test_where_the_look_after_the_first_write_tells_no_feedback_nobody_says_that_it_is_still_there(
    fresh: Callable[..., Office], clothes: Clothes
) -> None:
    clothes.asks = resets
    made = fresh(seed(LINKS))

    def tells_none(action: dict[str, Any], result: dict[str, Any]) -> None:
        for contact in contacts(result) if action["resourcetype"] == "appointmentList" and made.written() else ():
            del contact["followUpStatus"], contact["followUpAvailable"]

    clothes.answers = tells_none
    night = made.night(ROWS)

    for (*link, _, _, _, _), seen in zip(night.rows, night.seen, strict=True):
        is_lost = state(made.crm)[int(str(link[0])), int(str(link[1]))][1] != "aktiv"
        assert not is_lost or (seen.verdict, seen.codes) == ("unknown", ("other_status_lost",))
