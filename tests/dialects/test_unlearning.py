"""Promise: what is learnt never outlives the evidence: an office whose API changes between two nights recovers by itself.

Of `partial_writes` and the words of the two statuses this stands in the tests about these, of a person's leave to try writes in
`tests/setup/doctor/test_learn.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from sync.onoffice.dialect import Trait
from sync.simulator.options import Options
from tests.dialects.conftest import refused
from tests.dialects.test_two_nights import LINKS, NIGHTS, SENDABLE, assert_true, tools
from tests.rounds.conftest import row, seed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dialects.conftest import Clothes
    from tests.rounds.conftest import Night, Office

#: An answer to fields that nobody knows.
_UNKNOWN_FIELD: Final = 75


@dataclass(frozen=True)
class Case:
    """What an office speaks at first, and then, with what is known of it after the first night. So many nights unlearn that."""

    trait: Trait
    learnt: str
    first: dict[str, Any]
    then: dict[str, Any]
    nights: int = 2

    def __str__(self) -> str:
        return f"{self.trait}={self.learnt},then={self.then}"


CASES: Final = [
    Case(Trait.SINGLE_READ, "number", {"single_read": "number"}, {"single_read": "text"}),
    Case(
        Trait.SINGLE_READ,
        "filter",
        {"single_read": "filter", "single_refusal": 0},
        {"single_read": "number", "single_refusal": 0},
    ),
    Case(Trait.SINGLE_READ, "calendar", {"missing_calls": ["appointmentList"]}, {"single_read": "parameter"}),
    Case(Trait.SINGLE_READ, "resourceid", {}, {"single_read": "none"}),
    *(
        Case(
            Trait.FOLLOW_UP,
            learnt,
            {"followup_place": place, "followup_elsewhere": "error"},
            {"followup_place": other, "followup_elsewhere": answer},
        )
        for place, learnt, other in (("data", "entry", "parameter"), ("parameter", "parameter", "data"))
        for answer in ("error", "silent")
    ),
    Case(Trait.IDENTIFIERS, "no", {"identifiers": "empty"}, {}),
    Case(Trait.RESOURCE_ID, "appointment", {"empty_resourceid": "18"}, {"filled_resourceid": "24"}),
    Case(Trait.VERB, "create", {"modify_verb": "create"}, {}),
    Case(Trait.SETTLING, "15", {"read_lag_s": 20}, {}, nights=8),
    Case(Trait.GAP, "50", {"rate_per_minute": 2, "rate_answer": "429_bare"}, {}, nights=8),
]


def known(made: Office, trait: Trait) -> str:
    """What the ledger knows of a trait; nothing where it is not known."""
    return next((lesson.value for lesson in made.ledger.lessons() if lesson.trait is trait), "")


def assert_done(night: Night) -> None:
    """Everything that onOffice takes is as it was wanted, and was looked at."""
    some = night.seen[:SENDABLE]
    assert {seen.verdict for seen in some} <= {"updated", "unchanged"}, some
    assert all(seen.verified for seen in some), some


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_an_api_does_no_longer_is_unlearnt(fresh: Callable[..., Office], case: Case) -> None:
    rules, sending = (
        {"on_old_file": "send"},
        {"look_back_days": 0, "look_ahead_days": 0},
    )  # old wishes come back, all is asked by id
    made = fresh(seed(LINKS), case.first, rules=rules, sending=sending)
    clock = tools(made.crm)
    assert_true(made.night(NIGHTS[0], tools=clock))
    made.crm.go_forward(3600)
    assert known(made, case.trait) == case.learnt

    made.crm.put_options(asdict(Options()) | case.then)
    for number in range(1, case.nights + 1):
        night = made.night(NIGHTS[number % 2], tools=clock)
        assert_true(night)
    assert_done(night)
    assert known(made, case.trait) != case.learnt


def test_there_is_a_case_for_everything_that_is_learnt() -> None:
    elsewhere = {Trait.WRITES, Trait.PARTIAL_WRITES, Trait.CONFIRMATION_WORD, Trait.FEEDBACK_WORD}  # WRITES: a fact for ever
    here = {Trait.EXTRA_FIELDS}
    assert {case.trait for case in CASES} | elsewhere | here == set(Trait)


def test_after_an_api_gives_identifiers_back_again_calls_go_together(fresh: Callable[..., Office], clothes: Clothes) -> None:
    made = fresh(seed(LINKS), {"identifiers": "empty"}, rules={"on_old_file": "send"})
    made.night(NIGHTS[0])
    made.crm.put_options(asdict(Options()))
    made.night(NIGHTS[1])
    clothes.requests.clear()
    assert_done(made.night(NIGHTS[0]))
    assert max(map(len, clothes.requests)) > SENDABLE / 2


@pytest.mark.parametrize(
    ("field", "trait", "learnt"), [("recurrence", Trait.EXTRA_FIELDS, "no"), ("showFollowUpStatus", Trait.FOLLOW_UP, "nowhere")]
)
def test_fields_that_an_api_did_not_know_are_asked_for_again_once_it_does(
    fresh: Callable[..., Office], clothes: Clothes, field: str, trait: Trait, learnt: str
) -> None:
    def knows_no_such_field(action: dict[str, Any]) -> dict[str, Any] | None:
        asked = {*action["parameters"], *action["parameters"].get("data", ())}
        return refused(action, _UNKNOWN_FIELD) if field in asked else None

    clothes.asks = knows_no_such_field
    made = fresh(seed(LINKS), rules={"on_old_file": "send"})
    assert_true(made.night(NIGHTS[0]))
    assert known(made, trait) == learnt

    clothes.asks = None
    for number in (1, 0):
        night = made.night(NIGHTS[number])
        assert_true(night)
    assert_done(night)
    assert field in str(clothes.requests[-1])
    assert known(made, trait) != learnt


def test_what_the_way_that_worked_may_not_see_is_not_called_missing_by_ways_that_never_worked(
    fresh: Callable[..., Office], clothes: Clothes
) -> None:
    made = fresh(seed(LINKS), {"single_read": "parameter", "single_refusal": 169, "missing_calls": ["calendar"]})
    made.sending = {"look_back_days": 0, "look_ahead_days": 0}
    assert_true(made.night(NIGHTS[0]))

    clothes.asks = lambda action: refused(action, 156) if "resourceId" in action["parameters"] else None
    night = made.night(NIGHTS[1])

    assert_true(night)
    assert not [seen for seen in night.seen[:SENDABLE] if "appointment_unknown" in seen.codes]


def test_the_only_verb_that_an_api_knows_is_not_unlearnt_where_it_passes_over_a_link(fresh: Callable[..., Office]) -> None:
    records = seed(LINKS)
    records["appointments"] = [{**each, "private": True} for each in records["appointments"]]
    made = fresh(records, {"modify_verb": "create", "protected": ["private"], "protected_code": 0})
    clock = tools(made.crm)
    for _ in range(2):
        night = made.night([row(1, 11, "gecancelt")], tools=clock)

        assert_true(night)
        assert night.rounds.stopped is None
        assert [(seen.verdict, seen.codes) for seen in night.seen] == [("unknown", ("not_applied",))]
        assert known(made, Trait.VERB) == "create"


def test_a_verb_that_an_api_took_before_and_no_other_is_found_again_after_it_passed_over_a_link(
    fresh: Callable[..., Office],
) -> None:
    records = seed(LINKS)
    records["appointments"] = [{**each, "private": each["id"] == 1} for each in records["appointments"]]
    made = fresh(records, {"modify_verb": "create", "protected": ["private"], "protected_code": 0})
    clock = tools(made.crm)
    nights = [made.night([row(*link, "gecancelt")], tools=clock) for link in ((2, 21), (1, 11), (3, 31))]

    assert [night.rounds.stopped for night in nights] == [None] * 3
    assert [night.verdicts for night in nights[::2]] == [["updated"]] * 2
    assert known(made, Trait.VERB) == "create"
