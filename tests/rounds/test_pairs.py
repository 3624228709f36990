"""Promise: faults that come together, and faults of an API that behaves in any way, bring about no wrong verdict either."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.rounds.conftest import assert_true
from tests.rounds.test_faults import CONTRADICTING, FAULTS, ROWS, assert_nothing_lost, make, rests, settles
from tests.rounds.test_options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rounds.conftest import Office

#: How two faults meet: on requests of their own, in turns, one after the other, on reads and on writes, at random.
MEETINGS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"on": "every", "n": 2}, {"on": "every", "n": 3}),
    ({"on": "nth", "n": 2, "verb": "modify"}, {"on": "every", "verb": "modify"}),
    ({"on": "nth", "n": 1, "verb": "get"}, {"on": "every", "n": 2, "verb": "modify"}),
    ({"on": "nth", "n": 1, "verb": "create"}, {"on": "nth", "n": 1, "verb": "delete"}),
    ({"on": "random", "p": 0.3, "seed": 1}, {"on": "random", "p": 0.3, "seed": 2}),
]
PAIRS = list(itertools.permutations(FAULTS, 2))
BEHAVIOURS = [{name: value} for name, values in OPTIONS.items() for value in values]
BLIND_OR_STOPPED = ({"read_rights": False}, {"empty_resourceid": "18"}, {"modify_verb": "create"})
EVERY: list[dict[str, Any]] = [{"on": "every"}, {"on": "every", "n": 2}, {"on": "nth", "n": 2}, {"on": "every", "verb": "modify"}]


def two_faults(office: Callable[..., Office], first: str, second: str, meeting: int) -> None:
    made, (one, other) = make(office), MEETINGS[meeting]
    made.crm.put_faults([{**FAULTS[first], **one}, {**FAULTS[second], **other}])
    night = made.night([*ROWS, *CONTRADICTING])
    assert_true(night, lies="no_effect" in {first, second})
    assert_nothing_lost(night)
    made.crm.put_faults([])
    settles(made)


def fault_and_behaviour(office: Callable[..., Office], behaviour: dict[str, object], fault: str, when: int) -> None:
    made = make(office, options=behaviour)
    made.crm.put_faults([{**FAULTS[fault], **EVERY[when]}])
    night = made.night([*ROWS, *CONTRADICTING])
    assert_true(night, lies=fault == "no_effect")
    assert_nothing_lost(night)
    made.crm.put_faults([])
    if behaviour in BLIND_OR_STOPPED:
        assert_true(made.night([*ROWS, *CONTRADICTING]))
    else:
        settles(made)
        rests(made)


@pytest.mark.parametrize("number", range(0, len(PAIRS), 7))
def test_two_faults_at_once_bring_about_no_wrong_verdict(office: Callable[..., Office], number: int) -> None:
    two_faults(office, *PAIRS[number], number % len(MEETINGS))


@pytest.mark.parametrize("number", range(0, len(BEHAVIOURS) * len(FAULTS), 7))
def test_faults_of_an_api_that_behaves_in_any_way_bring_about_no_wrong_verdict(
    office: Callable[..., Office], number: int
) -> None:
    behaviour, fault = divmod(number, len(FAULTS))
    fault_and_behaviour(office, BEHAVIOURS[behaviour], list(FAULTS)[fault], number % len(EVERY))


@pytest.mark.long
@pytest.mark.parametrize("meeting", range(len(MEETINGS)))
@pytest.mark.parametrize("first", FAULTS)
def test_no_two_faults_at_once_bring_about_a_wrong_verdict(office: Callable[..., Office], first: str, meeting: int) -> None:
    for second in (fault for fault in FAULTS if fault != first):
        two_faults(office, first, second, meeting)


@pytest.mark.long
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: "=".join(map(str, *behaviour.items())))
@pytest.mark.parametrize("when", range(len(EVERY)))
def test_no_fault_of_an_api_that_behaves_in_any_way_brings_about_a_wrong_verdict(
    office: Callable[..., Office], behaviour: dict[str, object], when: int
) -> None:
    for fault in FAULTS:
        fault_and_behaviour(office, behaviour, fault, when)
