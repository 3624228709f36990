"""What stands in the way of a change: a rescheduled appointment, a link that somebody changed since."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Blocker, Change, Code, Column, Confirmation, Feedback, Found, Link, Live, Operation, State
from sync.rounds.guards import find_blocker

BERLIN = ZoneInfo("Europe/Berlin")
LINK = Link(70001, 90001)
WANTED = State(Confirmation.CONFIRMED)
NINE_IN_BERLIN = "2026-12-02T08:00:00+00:00"


def begins(begin: str | None) -> tuple[tuple[Column, str], ...]:
    return ((Column.BEGIN, begin),) if begin else ()


def bar(begin: str | None, start: str | None) -> Blocker | None:
    return find_blocker(Change(LINK, WANTED, guards=begins(begin)), Live(Found.LINKED, State(Confirmation.SENT), start), BERLIN)


@pytest.mark.parametrize("begin", [None, "2026-12-02T09:00:00", "2026-12-02", "2026-12-02T09:00:42", "2026-12-02T08:00:00+00:00"])
def test_a_row_that_names_the_live_start_or_none_goes_through(begin: str | None) -> None:
    assert bar(begin, NINE_IN_BERLIN) is None


@pytest.mark.parametrize("begin", ["2026-12-02T10:00:00", "2026-12-03", "2026-12-02T08:00:00", "2026-12-02T09:00:00+00:00"])
def test_another_start_is_a_conflict_that_names_both_times(begin: str) -> None:
    found = bar(begin, NINE_IN_BERLIN)

    assert found is not None
    assert (found.code, found.value) == (Code.RESCHEDULED, "02.12.2026 09:00")
    assert found.hint
    assert found.hint[:2] == begin[8:10]


@pytest.mark.parametrize("start", [None, "", "demnächst", "9999-12-31T23:59:59+00:00"])
def test_a_start_that_cannot_be_read_is_said_to_be_unknown_and_not_another_one(start: str | None) -> None:
    assert bar("2026-12-02", start) == Blocker(Code.START_UNKNOWN, None, "02.12.2026")


def test_without_a_look_only_a_row_that_names_a_start_is_held_back() -> None:
    assert find_blocker(Change(LINK, WANTED, guards=begins("2026-12-02T09:00:00")), Live(Found.UNREADABLE), BERLIN) == Blocker(
        Code.START_UNKNOWN, None, "02.12.2026 09:00"
    )
    assert find_blocker(Change(LINK, WANTED, expects=AFTER), Live(Found.UNREADABLE), BERLIN) is None


def test_in_the_hour_that_comes_twice_an_offset_tells_which_one_is_meant() -> None:
    first, second = "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"
    assert bar(first, "2026-10-25T00:30:00+00:00") is None
    assert bar(second, "2026-10-25T00:30:00+00:00") is not None
    assert bar("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00") is None
    assert bar("2026-10-25T02:30:00", "2026-10-25T01:30:00+00:00") is None


def test_what_was_sent_need_not_be_as_expected_any_more_but_the_start_still_counts() -> None:
    live = Live(Found.LINKED, State(Confirmation.SENT), NINE_IN_BERLIN)
    assert find_blocker(Change(LINK, live.state, expects=AFTER), live, BERLIN, sent=True) is None
    moved = find_blocker(Change(LINK, WANTED, guards=begins("2026-12-02T10:00:00")), live, BERLIN, sent=True)
    assert moved == Blocker(Code.RESCHEDULED, "02.12.2026 09:00", "02.12.2026 10:00")


def test_a_time_in_summer_is_meant_as_the_office_keeps_its_clocks() -> None:
    assert bar("2026-07-01T09:00:00", "2026-07-01T07:00:00+00:00") is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)), st.integers(-10_000, 10_000))  # noqa: DTZ001 - as in sheets
def test_only_the_same_minute_goes_through(moment: datetime, minutes: int) -> None:
    live = moment.replace(second=0, microsecond=0, tzinfo=ZoneInfo("UTC"))
    named = (live + timedelta(minutes=minutes)).astimezone(BERLIN)

    assert (bar(named.isoformat(), live.isoformat()) is None) == (minutes == 0)


AFTER = Live(Found.LINKED, State(Confirmation.CONFIRMED, Feedback.ACTIVE))


@pytest.mark.parametrize(
    ("live", "stands_in_the_way"),
    [
        (AFTER, False),
        (Live(Found.LINKED, AFTER.state, NINE_IN_BERLIN, recurs=True), False),
        (Live(Found.LINKED, State(Confirmation.CANCELED, Feedback.ACTIVE)), True),
        (Live(Found.NOT_LINKED), True),
        (Live(Found.NO_APPOINTMENT), False),
    ],
)
def test_a_link_that_is_not_as_expected_is_left_alone(live: Live, stands_in_the_way: bool) -> None:
    change = Change(LINK, State(Confirmation.SENT), expects=AFTER)

    assert find_blocker(change, live, BERLIN) == (Blocker(Code.CHANGED_SINCE) if stands_in_the_way else None)


CANCELED_AND_ACTIVE = State(Confirmation.CANCELED, Feedback.ACTIVE)


@pytest.mark.parametrize(
    ("change", "live", "stands_in_the_way"),
    [
        (Change(LINK, CANCELED_AND_ACTIVE, expects=AFTER), Live(Found.LINKED, State(Confirmation.SENT, Feedback.ACTIVE)), True),
        (Change(LINK, CANCELED_AND_ACTIVE, expects=AFTER), Live(Found.LINKED, CANCELED_AND_ACTIVE), False),
        (
            Change(LINK, State(Confirmation.CANCELED, Feedback.INACTIVE), expects=AFTER),
            Live(Found.LINKED, CANCELED_AND_ACTIVE),
            False,
        ),
        (
            Change(LINK, CANCELED_AND_ACTIVE, expects=AFTER),
            Live(Found.LINKED, State(Confirmation.CANCELED, Feedback.INACTIVE)),
            False,
        ),
        (Change(LINK, CANCELED_AND_ACTIVE, expects=AFTER), Live(Found.NOT_LINKED), True),
        (Change(LINK, State(), Operation.UNLINK, expects=AFTER), Live(Found.NOT_LINKED), False),
        (Change(LINK, State(), Operation.UNLINK, expects=AFTER), Live(Found.LINKED, CANCELED_AND_ACTIVE), True),
        (Change(LINK, AFTER.state, Operation.LINK, expects=Live(Found.NOT_LINKED)), Live(Found.LINKED, WANTED), False),
        (
            Change(LINK, AFTER.state, Operation.LINK, expects=Live(Found.NOT_LINKED)),
            Live(Found.LINKED, CANCELED_AND_ACTIVE),
            False,
        ),
    ],
)
def test_once_something_was_sent_only_what_that_can_have_made_of_a_link_goes_through(
    change: Change, live: Live, stands_in_the_way: bool
) -> None:
    assert find_blocker(change, live, BERLIN, sent=True) == (Blocker(Code.CHANGED_SINCE) if stands_in_the_way else None)
