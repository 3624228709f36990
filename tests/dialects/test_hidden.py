"""Promise: a link that is not shown is not called missing, and no unlink done, as long as nothing but its absence is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.model import Stop
from sync.errors import StopRun
from sync.job.context import Runtime, Stopper
from sync.simulator.records import chosen
from tests.rounds.conftest import Time, row, seed, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dialects.conftest import Clothes
    from tests.rounds.conftest import Night, Office

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


#: Beside a link that nothing shows: one that is shown, one to be made that is shown then, and one that is not.
FIRST, SECOND = hidden_ones()
MADE = (2, next(b for b in range(100, 140) if not chosen(0.3, 2, b)))
TAKEN_AWAY = (4, 91)
ROWS = [
    row(*SEEN, "bestätigt"),
    row(*FIRST, "bestätigt"),
    row(*MADE, "bestätigt", action="verknüpfen"),
    row(*SECOND, "bestätigt", action="verknüpfen"),
    row(*TAKEN_AWAY, action="lösen"),
]


def hiding(office: Callable[..., Office], **options: object) -> Office:
    linked = dict.fromkeys((SEEN, FIRST, TAKEN_AWAY), ("gesendet", "aktiv"))
    records = seed(linked, addresses=[SECOND[1], MADE[1]], empty=[2])
    return office(records, EVERYTHING | options, rules={"allow_delete": True})


class Ends(Stopper):
    """Ends the run before its request with this number."""

    def __init__(self, at: int, wait: Callable[[float], None]) -> None:
        super().__init__(wait=wait)
        self.left = at

    def check(self) -> None:
        self.left -= not self.sleeps
        if self.left == 0:
            raise StopRun(Stop.INTERRUPTED)

    def sleep(self, seconds: float) -> None:
        self.sleeps = True
        super().sleep(seconds)
        self.sleeps = False

    sleeps = False


def ends(at: int) -> Runtime:
    time = Time()
    return Runtime(stopper=Ends(at, time.wait), clock=lambda: time.now)


def assert_nothing_is_called_missing_beside_what_may_be_hidden(night: Night) -> None:
    """Whoever was not shown what the run made, or was not told all, calls no link missing that is there."""
    assert_true_of_what_was_made(night)
    doubted = any(set(seen.codes) & {"perhaps_hidden", "not_read_back"} for seen in night.seen)
    for cells, seen in zip(night.rows, night.seen, strict=True):
        is_there = cells[:2] in night.after
        assert not (doubted and is_there and seen.verified and "not_linked" in seen.codes), (cells, seen)


def assert_true_of_what_was_made(night: Night) -> None:
    for cells, seen in zip(night.rows, night.seen, strict=True):
        if cells[4] == "verknüpfen" and seen.verdict in {"rejected", "not_sent"}:
            assert night.before.get(cells[:2]) == night.after.get(cells[:2]), (cells, seen)  # type: ignore[call-overload]


@pytest.mark.parametrize("fault", ["", "drop_before", "drop_after"])
@pytest.mark.parametrize("at", range(2, 9))
def test_wherever_a_run_ends_no_link_is_called_missing_beside_one_that_may_be_hidden(
    office: Callable[..., Office], at: int, fault: str
) -> None:
    made = hiding(office)
    made.crm.put_faults([{"on": "every", "n": 1, "do": fault, "verb": "create"}] if fault else [])
    before = state(made.crm)
    assert_nothing_is_called_missing_beside_what_may_be_hidden(made.night(ROWS, tools=ends(at)))
    made.crm.put_faults([])
    later = replace(made.night(ROWS), before=before)
    assert_nothing_is_called_missing_beside_what_may_be_hidden(later)
    assert later.seen[1].codes == ("perhaps_hidden",)


@pytest.mark.parametrize("code", [70, 97, 156])
@pytest.mark.parametrize("at", range(2, 8))
def test_whatever_is_refused_no_link_is_called_missing_beside_one_that_may_be_hidden(
    office: Callable[..., Office], at: int, code: int
) -> None:
    made = hiding(office)
    made.crm.put_faults([{"on": "nth", "n": at, "do": "action_error", "code": code}])
    assert_nothing_is_called_missing_beside_what_may_be_hidden(made.night(ROWS))


@pytest.mark.parametrize("then", [{"do": "action_error", "code": 156}, {"do": "status", "code": 400}])
def test_a_link_that_was_made_without_an_answer_is_not_called_refused_where_it_is_not_shown(
    office: Callable[..., Office], then: dict[str, object]
) -> None:
    made = hiding(office)
    made.crm.put_faults(
        [{"on": "nth", "n": 1, "do": "drop_after", "verb": "create"}, {"on": "every", "n": 1, "verb": "create", **then}]
    )
    night = made.night(ROWS)
    assert SECOND in night.after
    assert (night.seen[3].verdict, night.seen[3].verified) == ("unknown", False)


def test_after_the_last_round_what_is_not_shown_is_asked_for_as_well(office: Callable[..., Office]) -> None:
    made = hiding(office, hidden_from="lists")
    made.sending["rounds"] = 1
    made.crm.put_faults([{"on": "every", "n": 1, "do": "action_error", "code": 70, "verb": "modify"}])
    rows = [row(*SEEN, "bestätigt"), row(*FIRST, "bestätigt")]
    assert made.night(rows).seen[1].codes == ("perhaps_hidden",)


def test_that_a_link_that_was_made_is_not_shown_is_not_forgotten_by_a_run_that_ends_before_it_looks(
    office: Callable[..., Office],
) -> None:
    made = hiding(office)
    rows = [row(*SEEN, "bestätigt"), row(*SECOND, "bestätigt", action="verknüpfen")]
    made.night(rows)
    sent = len(made.written())
    made.night([row(*SECOND, "gesendet", action="verknüpfen")], tools=ends(4))
    assert len(made.written()) > sent

    assert made.night([row(*SEEN, "gesendet"), row(*FIRST, "bestätigt")]).seen[1].codes == ("perhaps_hidden",)


def test_a_link_that_a_run_was_shown_and_the_next_one_is_not_is_not_called_missing(office: Callable[..., Office]) -> None:
    made = hiding(office, hidden_contacts=0)
    made.crm.put_faults([{"on": "every", "n": 1, "do": "drop_after", "verb": "modify"}])
    rows = [row(*SEEN, "bestätigt"), row(*FIRST, "bestätigt")]
    made.night(rows, tools=ends(3), killed=True)
    made.crm.put_faults([])
    made.crm.put_options({"hidden_contacts": 0.3, "hidden_from": "lists"})

    seen = made.night(rows).seen[1]
    assert (seen.verdict, seen.verified, seen.codes) == ("unknown", False, ("no_answer",))


def test_who_does_not_tell_of_the_links_that_looks_show_does_not_prove_that_others_are_missing(
    office: Callable[..., Office], clothes: Clothes
) -> None:
    def tells_nothing(action: dict[str, Any], result: dict[str, Any]) -> None:
        if action["resourcetype"] == "idsfromrelation":
            result["data"]["records"] = []

    clothes.answers = tells_nothing
    shown = (1, next(b for b in range(100, 140) if not chosen(0.3, 1, b)))
    made = office(seed(dict.fromkeys((shown, FIRST), ("gesendet", "aktiv"))), {"hidden_contacts": 0.3})
    night = made.night([row(*shown, "bestätigt"), row(*FIRST, "bestätigt")])
    assert [seen.codes for seen in night.seen] == [(), ("perhaps_hidden",)]


def test_an_address_that_is_not_there_is_refused_whatever_a_killed_run_had_sent(office: Callable[..., Office]) -> None:
    made = hiding(office, hidden_contacts=0)
    made.crm.put_faults([{"on": "every", "n": 1, "do": "drop_before", "verb": "create"}])
    rows = [row(*SEEN, "bestätigt"), row(SEEN[0], 99_999, "bestätigt", action="verknüpfen")]
    made.night(rows, tools=ends(4), killed=True)
    made.crm.put_faults([])

    seen = made.night(rows).seen[1]
    assert (seen.verdict, seen.codes) == ("rejected", ("refused_by_crm",))
