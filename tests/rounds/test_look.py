"""Looking with few requests: by period where that is cheaper, by id for what is not found there."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Stop, Stopped
from sync.rounds.plan import DensityEstimate, Window, split, windows
from tests.rounds.conftest import assert_true, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rounds.conftest import Office

TODAY = date.today()  # noqa: DTZ011 - the period to look in moves with the day
days = st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=60)


@given(days, st.integers(1, 50))
def test_windows_hold_every_day_and_are_few_and_apart(wanted: list[date], most: int) -> None:
    found = windows(wanted, most)

    assert len(found) <= most
    assert sorted({day for window in found for day in window.days} & set(wanted)) == sorted(set(wanted))
    assert all(one.last < other.first for one, other in pairwise(found))
    assert all(window.first in wanted and window.last in wanted for window in found)


@given(st.integers(1, 400), st.integers(1, 50))
def test_days_in_a_row_are_shared_out_evenly(count: int, most: int) -> None:
    found = windows([date(2026, 1, 1) + timedelta(days=number) for number in range(count)], most)

    assert len(found) == min(most, count)
    assert max(window.length for window in found) <= 2 * min(window.length for window in found) + 1


@given(days, st.integers(2, 50))
def test_the_widest_gaps_lie_between_the_windows(wanted: list[date], most: int) -> None:
    found = windows(wanted, most)

    between = [other.first - one.last for one, other in pairwise(found)]
    ordered = [sorted(day for day in set(wanted) if window.first <= day <= window.last) for window in found]
    within = [other - one for some in ordered for one, other in pairwise(some)]
    assert not between or not within or min(between) >= max(within)


@given(st.integers(2, 60), st.integers(2, 9), st.integers(1, 60))
def test_days_that_are_equally_far_apart_are_shared_out_evenly(count: int, apart: int, most: int) -> None:
    found = windows([date(2026, 1, 1) + timedelta(days=apart * number) for number in range(count)], most)

    longest, shortest = max(window.length for window in found), min(window.length for window in found)
    assert longest <= 2 * shortest + 2 * apart


def test_where_more_windows_are_left_the_longest_is_halved() -> None:
    short = [date(2026, 1, 1) + timedelta(days=number) for number in range(10)]
    long = [date(2026, 6, 1) + timedelta(days=number) for number in range(100)]

    assert [window.length for window in windows([*short, *long], 3)] == [10, 50, 50]


spans = st.tuples(st.integers(0, 40), st.integers(0, 20)).map(
    lambda span: Window(date(2026, 1, 1) + timedelta(days=span[0]), date(2026, 1, 1) + timedelta(days=sum(span)))
)


@given(st.lists(st.tuples(spans, st.integers(0, 900)), max_size=8), spans)
def test_a_crowd_is_what_was_counted_last_of_each_day(counts: list[tuple[Window, int]], asked: Window) -> None:
    crowds, last = DensityEstimate(), dict[Window, int]()
    for window, count in counts:
        crowds.counted(window, count)
        last = {each: known for each, known in last.items() if not {*each.days} & {*window.days}} | {window: count}

    a_day = {day: count / window.length for window, count in last.items() for day in window.days}
    assert crowds.within(asked) == pytest.approx(sum(a_day.get(day, 0) for day in asked.days), abs=1)


@given(st.lists(spans, max_size=8), st.lists(st.tuples(spans, st.integers(0, 900)), max_size=8), days)
def test_full_windows_are_split_and_empty_ones_left_out(
    found: list[Window], counts: list[tuple[Window, int]], wanted: list[date]
) -> None:
    crowds = DensityEstimate()
    for window, count in counts:
        crowds.counted(window, count)

    small = split(found, wanted, crowds, 500)

    assert {day for each in small for day in each.days} & {*wanted} == {day for each in found for day in each.days} & {*wanted}
    assert all({*each.days} & {*wanted} for each in small)
    assert all(crowds.within(each) < 500 or each.length == 1 for each in small)


def test_to_reckon_with_thousands_of_years_takes_no_time() -> None:
    crowds = DensityEstimate()
    ever = Window(date(1, 1, 1), date(9999, 12, 31))
    crowds.counted(ever, 499)

    assert crowds.within(ever) == 499
    assert windows([ever.first, ever.last], 1) == split([ever], [ever.first], crowds, 500) == [ever]


@given(st.dates(date(2026, 1, 1), date(2026, 6, 1)), st.integers(0, 300))
def test_halves_hold_the_same_days(first: date, more: int) -> None:
    window = Window(first, first + timedelta(days=more))

    assert [day for half in window.halves() for day in half.days] == (list(window.days) if more else [])


def test_a_day_that_is_read_with_a_margin_is_read_without_it_where_it_holds_too_many() -> None:
    day = date(2026, 12, 2)

    assert Window(day, day, margin=1).with_margin == Window(date(2026, 12, 1), date(2026, 12, 3))
    assert Window(day, day, margin=1).halves() == (Window(day, day),)
    assert Window(date.min, date.max, margin=1).with_margin == Window(date.min, date.max)


def crm(count: int, *, per_day: int = 50, far: int = 0, time: str = "09:00") -> dict[str, Any]:
    """So many appointments from today on, `far` of them in ten years."""
    appointments = [
        {
            "id": number,
            "start": f"{TODAY + timedelta(days=3650 if number <= far else (number // per_day) % 60):%Y-%m-%d}T{time}:00+01:00",
            "contacts": [{"id": 90_000 + number, "confirmation": "gesendet", "feedback": "inaktiv"}],
        }
        for number in range(1, count + 1)
    ]
    return {"appointments": appointments, "addresses": []}


def reads(office: Office) -> list[int]:
    """How many calls each reading request held."""
    return [len(entry["actions"]) for entry in office.crm.log() if entry["actions"] and entry["actions"][0]["verb"] == "get"]


def reads_after_writes(office: Office) -> list[int]:
    """How many calls each request held that came after the last write."""
    requests = [(entry["actions"][0]["verb"], len(entry["actions"])) for entry in office.crm.log()]
    return [calls for verb, calls in takewhile(lambda request: request[0] == "get", reversed(requests))]


def test_many_appointments_take_two_requests_to_look_at_and_a_few_one(office: Callable[..., Office]) -> None:
    made = office(crm(3_000))
    night = made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 3_001)])

    assert set(night.verdicts) == {"updated"}
    assert len(reads(made)) == 2

    few = made.night([row(1, 90_001, "gesendet"), row(2, 90_002, "gesendet")])
    assert set(few.verdicts) == {"updated"}
    assert reads(made)[2:] == [2, 2]


def test_the_second_look_reckons_with_all_that_the_first_one_has_shown_on_those_days(office: Callable[..., Office]) -> None:
    """Of 3,000 appointments 120 are read again, two in each request by their ids, or all of those days by period."""
    made = office(crm(3_000), sending={"actions_per_request": 2})
    rows = [row(number, 90_000 + number, "bestätigt" if number % 25 == 0 else "gesendet") for number in range(1, 3_001)]
    night = made.night(rows)

    assert night.verdicts.count("updated") == 120
    assert reads_after_writes(made) == [2, 2, 2, 2]


def test_few_among_many_are_read_by_their_ids(office: Callable[..., Office]) -> None:
    """Six are read by their ids in three requests; by period it would take four to show all that is there on those days."""
    made = office(crm(3_000), sending={"actions_per_request": 2})
    rows = [row(number, 90_000 + number, "bestätigt" if number % 501 == 7 else "gesendet") for number in range(1, 3_001)]
    night = made.night(rows)

    assert night.verdicts.count("updated") == 6
    assert reads_after_writes(made) == [2, 2, 2]


def test_of_crowded_days_far_apart_only_those_are_read_again(office: Callable[..., Office]) -> None:
    """Seven days with a hundred appointments each, a week apart, are seven periods; the days between do not count."""
    made = office(crm(6_000, per_day=100), sending={"actions_per_request": 2})
    numbers = [100 * day + more for day in range(0, 56, 8) for more in range(1, 9)]
    night = made.night([row(number, 90_000 + number, "bestätigt") for number in numbers])

    assert set(night.verdicts) == {"updated"}
    assert reads_after_writes(made) == [1, 2, 2, 2]


def test_where_there_is_more_than_expected_few_are_read_by_their_ids(office: Callable[..., Office]) -> None:
    """Four of 3,000: one request shows two full periods, their halves would take two more, and so do the four by their ids."""
    made = office(crm(3_000), sending={"actions_per_request": 2})
    made.night([row(number, 90_000 + number, "gesendet") for number in range(2_960, 2_964)])

    assert reads(made) == [2, 2, 2]


def test_a_day_with_more_than_a_read_shows_is_read_one_by_one(office: Callable[..., Office]) -> None:
    made = office(crm(1_200, per_day=600))
    night = made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 1_201)])

    assert_true(night)
    assert set(night.verdicts) == {"updated"}


def test_what_lies_beyond_the_period_is_found_all_the_same(office: Callable[..., Office]) -> None:
    made = office(crm(300, far=7))
    night = made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 302)])

    assert night.verdicts == ["updated"] * 300 + ["rejected"]
    assert reads(made)[:2] == [50, 8]


def test_where_a_look_found_an_appointment_the_next_one_looks_at_once_by_the_clocks_of_the_office(
    office: Callable[..., Office],
) -> None:
    made = office(crm(60, far=60, time="00:30"))
    night = made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 61)])

    assert set(night.verdicts) == {"updated"}
    assert reads(made) == [50, 50, 10, 1]


def test_requests_of_few_bytes_are_read_by_period_all_the_same(office: Callable[..., Office]) -> None:
    made = office(crm(50), sending={"bytes_per_request": 1_000})
    made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 51)])

    assert len(reads(made)) == 2


def test_the_next_night_knows_from_the_last_one_when_its_appointments_are(office: Callable[..., Office]) -> None:
    made = office(crm(120, far=120))
    made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 121)])
    assert reads(made) == [50, 50, 50, 20, 1]
    before = len(reads(made))

    night = made.night([row(number, 90_000 + number, "gesendet") for number in range(1, 121)])

    assert set(night.verdicts) == {"updated"}
    assert reads(made)[before:] == [1, 1]


def test_starts_that_rows_name_and_starts_that_are_learnt_are_both_looked_at_by_period(office: Callable[..., Office]) -> None:
    made = office(crm(120, far=120))
    made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 61)])
    before = len(reads(made))
    begin = f"{TODAY + timedelta(days=3650):%d.%m.%Y} 09:00"

    night = made.night(
        [row(number, 90_000 + number, "gecancelt", begin="" if number < 61 else begin) for number in range(1, 121)]
    )

    assert set(night.verdicts) == {"updated"}
    assert reads(made)[before:] == [1, 1]


def test_an_appointment_that_has_moved_since_it_was_learnt_is_found_all_the_same(office: Callable[..., Office]) -> None:
    made = office(crm(120, far=120))
    made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 121)])
    state = made.crm.state()
    state["appointments"][7]["start"] = "2040-05-05T09:00:00+02:00"
    made.crm.put_state(state)
    before = len(reads(made))

    night = made.night([row(number, 90_000 + number, "gesendet") for number in range(1, 121)])

    assert set(night.verdicts) == {"updated"}
    assert reads(made)[before : before + 2] == [1, 1]
    assert_true(night)


def test_live_states_that_are_the_same_take_the_room_of_one(office: Callable[..., Office]) -> None:
    made = office(crm(60))
    night = made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 50)])

    assert len(night.rounds.live) == 49
    assert len(set(map(id, night.rounds.live.values()))) == 1


@pytest.mark.parametrize("code", [23, 156])
def test_an_account_that_may_not_list_is_read_one_by_one(office: Callable[..., Office], code: int) -> None:
    made = office(crm(200))
    made.crm.put_faults([{"on": "nth", "n": 1, "do": "action_error", "code": code}])
    night = made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 201)])

    assert_true(night)
    assert set(night.verdicts) == {"updated"}
    assert reads_after_writes(made) == [50] * 4


def test_an_answer_about_a_period_that_stops_the_run_says_why(office: Callable[..., Office]) -> None:
    made = office(crm(200))
    made.crm.put_faults([{"on": "nth", "n": 1, "do": "action_error", "code": 22}])
    night = made.night([row(number, 90_000 + number, "bestätigt") for number in range(1, 201)])

    assert set(night.verdicts) == {"not_sent"}
    assert night.rounds.stopped == Stopped(Stop.CREDENTIALS, "22")
    assert reads(made) == [50]
