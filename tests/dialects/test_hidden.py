"""Promise: a link that is not shown is not called missing, and no unlink done, as long as nothing but its absence is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.simulator.records import chosen
from tests.rounds.conftest import row, seed, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rounds.conftest import Office

LINKS = {(1, 91): ("gesendet", "aktiv"), (1, 92): ("gesendet", "aktiv"), (2, 93): ("bestätigt", "inaktiv")}
RULES = {"create_missing_links": True, "allow_delete": True}


@pytest.mark.parametrize("action", ["", "lösen", "verknüpfen"])
def test_a_link_that_may_not_be_seen_is_told_so_and_nothing_is_written(office: Callable[..., Office], action: str) -> None:
    made = office(seed(LINKS), {"address_rights": False}, rules=RULES)
    night = made.night([row(a, b, "" if action == "lösen" else "gecancelt", action=action) for a, b in LINKS])

    assert {(seen.verdict, seen.codes) for seen in night.seen} == {("rejected", ("perhaps_hidden",))}
    assert state(made.crm) == LINKS
    assert made.written() == []


@pytest.mark.parametrize("options", [{"address_rights": False}, {"address_rights": False, "missing_calls": ["idsfromrelation"]}])
def test_a_link_that_was_made_and_is_not_shown_is_not_called_missing_nor_made_again(
    office: Callable[..., Office], options: dict[str, object]
) -> None:
    made = office(seed(LINKS), options, rules=RULES)
    night = made.night([row(1, 93, "bestätigt", action="verknüpfen")])

    assert [(seen.verdict, seen.verified, seen.codes) for seen in night.seen] == [("unknown", False, ("not_read_back",))]
    assert len(made.written()) == 1


def test_one_that_is_not_linked_is_told_apart(office: Callable[..., Office]) -> None:
    night = office(seed(LINKS), {"address_rights": False}).night([row(1, 91, "bestätigt"), row(1, 93, "bestätigt")])

    assert [seen.codes for seen in night.seen] == [("perhaps_hidden",), ("not_linked",)]


def test_where_nothing_but_absence_is_known_no_unlink_is_called_done(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), {"missing_calls": ["idsfromrelation"]}, rules={"allow_delete": True})
    night = made.night([row(1, 93, action="lösen"), row(2, 91, "bestätigt"), row(2, 93, action="lösen")])

    assert [(seen.verdict, seen.codes) for seen in night.seen] == [
        ("rejected", ("perhaps_hidden",)),
        ("rejected", ("perhaps_hidden",)),
        ("updated", ()),
    ]


def test_where_no_link_at_all_is_shown_none_is_called_missing_and_no_unlink_done(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), {"address_rights": False, "hidden_from": "everything"}, rules={"allow_delete": True})
    night = made.night([row(1, 91, "bestätigt"), row(2, 93, action="lösen")])

    assert [(seen.verdict, seen.verified, seen.codes) for seen in night.seen] == [("rejected", False, ("perhaps_hidden",))] * 2


def test_an_unlink_of_what_is_not_linked_is_unchanged(office: Callable[..., Office]) -> None:
    night = office(seed(LINKS), rules=RULES).night([row(1, 93, action="lösen")])

    assert [(seen.verdict, seen.codes) for seen in night.seen] == [("unchanged", ())]


EVERYTHING = {"hidden_contacts": 0.3, "hidden_from": "everything"}
SEEN = (3, 91)


def hidden_ones() -> tuple[tuple[int, int], tuple[int, int]]:
    """Two pairs of the same appointment that no read shows even where they are linked."""
    first, second = [(1, b) for b in range(100, 140) if chosen(0.3, 1, b)][:2]
    return first, second


def test_where_a_link_that_was_made_is_shown_by_nothing_no_other_one_is_called_missing(office: Callable[..., Office]) -> None:
    first, second = hidden_ones()
    made = office(
        seed({SEEN: ("gesendet", "aktiv"), first: ("gesendet", "aktiv")}, addresses=[second[1]]),
        EVERYTHING,
        rules={"allow_delete": True},
    )
    rows = [row(*SEEN, "bestätigt"), row(*first, "gesendet"), row(*second, "bestätigt", action="verknüpfen")]
    told = [(seen.verdict, seen.verified, seen.codes) for seen in made.night(rows).seen]
    assert told[1:] == [("rejected", False, ("perhaps_hidden",)), ("unknown", False, ("not_read_back",))]

    later = made.night([row(*first, "gesendet"), row(1, 91, action="lösen")])
    assert {(seen.verdict, seen.verified, seen.codes) for seen in later.seen} == {("rejected", False, ("perhaps_hidden",))}


def test_once_it_is_shown_what_is_not_shown_is_missing_again(office: Callable[..., Office]) -> None:
    first, second = hidden_ones()
    made = office(
        seed({SEEN: ("gesendet", "aktiv")}, addresses=[first[1], second[1]], empty=[1]), EVERYTHING, rules={"allow_delete": True}
    )
    made.night([row(*SEEN, "bestätigt"), row(*second, "bestätigt", action="verknüpfen")])
    made.crm.put_options({"hidden_contacts": 0})

    assert [
        (seen.verdict, seen.verified, seen.codes) for seen in made.night([row(*SEEN, "gesendet"), row(*first, "gesendet")]).seen
    ] == [
        ("updated", True, ()),
        ("rejected", True, ("not_linked",)),
    ]


def test_where_the_run_ends_before_anybody_asked_no_link_is_called_missing(office: Callable[..., Office]) -> None:
    made = office(seed(LINKS), {"hidden_contacts": 0.3}, rules=RULES)
    hidden = next(link for link in [(1, b) for b in range(91, 140)] if chosen(0.3, *link))
    made.crm.put_state(seed({**LINKS, hidden: ("gesendet", "aktiv")}))
    made.crm.put_faults([{"on": "every", "do": "action_error", "code": 137, "verb": "modify"}])
    rows = [row(*link, "bestätigt") for link in [*LINKS, hidden] if link == hidden or not chosen(0.3, *link)]
    night = made.night(rows)

    assert night.rounds.stopped is not None
    assert not [seen for seen in night.seen if "not_linked" in seen.codes]
