"""Promise: a word that was learnt and means something else one night is unlearnt, and no verdict goes by what it meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync.onoffice.dialect import Trait
from tests.dialects.conftest import contacts
from tests.rounds.conftest import row, seed, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.simulator import Running
    from tests.dialects.conftest import Clothes
    from tests.rounds.conftest import Office

LINKS = {(n, 90 + n): (("gesendet", "aktiv"), ("bestätigt", "inaktiv"))[n % 2] for n in range(1, 9)}


def test_words_that_change_places_are_learnt_anew(office: Callable[..., Office], clothes: Clothes) -> None:
    made = office(seed(LINKS), {"words": "other"}, rules={"on_old_file": "send"})  # old wishes come back here
    for confirmation in ("gecancelt", "bestätigt", "gesendet"):
        made.night([row(a, b, confirmation) for a, b in LINKS])
    assert set(made.night([row(a, b, "gesendet") for a, b in LINKS]).verdicts) == {"unchanged"}

    swapped = {"invited": "attending", "attending": "invited"}

    def swap(action: dict[str, Any], result: dict[str, Any]) -> None:
        for contact in contacts(result) if action["resourcetype"] == "appointmentList" else ():
            contact["confirmationStatus"] = swapped.get(contact["confirmationStatus"], contact["confirmationStatus"])

    clothes.answers = swap
    some, others = [*LINKS][:4], [*LINKS][4:]
    rows = [*(row(a, b, "gecancelt") for a, b in some[:1]), *(row(a, b, "gesendet") for a, b in others)]
    rows += [row(a, b, "bestätigt") for a, b in some[1:]]
    for _ in range(2):
        night = made.night(rows)
        for cells, seen in zip(night.rows, night.seen, strict=True):
            now = state(made.crm)[int(str(cells[0])), int(str(cells[1]))][0]
            if seen.verdict in {"updated", "unchanged"} and seen.verified:
                assert now == cells[2], (cells, seen)

    for confirmation in ("gesendet", "bestätigt", "gesendet"):  # what changes teaches
        night = made.night([row(a, b, confirmation) for a, b in LINKS])
    assert set(night.verdicts) == {"updated"}


def test_words_of_feedback_that_change_places_are_learnt_anew(office: Callable[..., Office], clothes: Clothes) -> None:
    made = office(seed(LINKS), {"followup_words": "other"}, rules={"on_old_file": "send"})
    for feedback in ("inaktiv", "aktiv", "inaktiv"):
        made.night([row(a, b, "", feedback) for a, b in LINKS])
    assert set(made.night([row(a, b, "", "inaktiv") for a, b in LINKS]).verdicts) == {"unchanged"}

    swapped = {"requested": "paused", "paused": "requested"}

    def swap(action: dict[str, Any], result: dict[str, Any]) -> None:
        for contact in contacts(result) if action["resourcetype"] == "appointmentList" else ():
            contact["followUpStatus"] = swapped.get(contact["followUpStatus"], contact["followUpStatus"])

    clothes.answers = swap
    some, others = [*LINKS][:4], [*LINKS][4:]
    rows = [row(a, b, "", "aktiv") for a, b in some] + [row(a, b, "", "inaktiv") for a, b in others]
    for _ in range(2):
        night = made.night(rows)
        for cells, seen in zip(night.rows, night.seen, strict=True):
            now = state(made.crm)[int(str(cells[0])), int(str(cells[1]))][1]
            if seen.verdict in {"updated", "unchanged"} and seen.verified:
                assert now == cells[3], (cells, seen)

    for feedback in ("aktiv", "inaktiv", "aktiv"):  # what changes teaches
        night = made.night([row(a, b, "", feedback) for a, b in LINKS])
    assert set(night.verdicts) == {"updated"}


WORDS = (Trait.CONFIRMATION_WORD, Trait.FEEDBACK_WORD)
ROWS = [row(a, b, ("gesendet", "bestätigt")[n % 2], ("aktiv", "inaktiv")[n % 2]) for n, (a, b) in enumerate(LINKS)]


def taught(made: Office) -> set[str]:
    """The words that were learnt."""
    return {lesson.subject for lesson in made.ledger.lessons() if lesson.trait in WORDS}


def set_by_hand(crm: Running, confirmation: str, links: list[tuple[int, int]], **more: object) -> None:
    """A person sets the confirmation of links, and more of all appointments."""
    records: dict[str, Any] = crm.state()
    for appointment in records["appointments"]:
        appointment.update(more)
        for contact in appointment["contacts"]:
            if (appointment["id"], contact["id"]) in links:
                contact["confirmation"] = confirmation
    crm.put_state(records)


@pytest.mark.parametrize(
    ("before", "after"),
    [({"words": "other"}, {"words": "numbers"}), ({}, {"words": "other", "followup_words": "other"})],
)
def test_new_words_are_learnt_where_rows_ask_for_what_an_earlier_run_had_set(
    office: Callable[..., Office], before: dict[str, object], after: dict[str, object]
) -> None:
    made = office(seed(LINKS), before)
    made.night([row(a, b, "gecancelt", "aktiv") for a, b in LINKS])
    made.night(ROWS)

    made.crm.put_options({"words": "documented"} | after)
    night = made.night(ROWS)
    assert [seen.verified for seen in night.seen] == [True] * len(ROWS)
    assert set(made.night(ROWS).verdicts) == {"unchanged"}


def test_links_that_no_run_has_set_teach_no_new_word(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), {"words": "numbers", "protected": ["private"], "protected_code": 0})
    set_by_hand(made.crm, "bestätigt", [*LINKS], private=True)
    night = made.night([row(a, b, "gesendet") for a, b in LINKS])

    assert set(night.verdicts) == {"unknown"}
    assert taught(made) == set()


def test_links_that_do_not_agree_teach_no_new_word(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS))
    made.night([row(a, b, "gecancelt") for a, b in LINKS])
    made.night([row(a, b, "gesendet") for a, b in LINKS])

    set_by_hand(made.crm, "bestätigt", [*LINKS][:4], private=True)  # and from now on onOffice passes over what is written
    made.crm.put_options({"words": "numbers", "protected": ["private"], "protected_code": 0})
    night = made.night([row(a, b, "gesendet") for a, b in LINKS])

    assert set(night.verdicts) == {"unknown"}
    assert taught(made) == set()
