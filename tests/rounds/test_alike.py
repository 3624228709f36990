"""What most records of an answer say alike is read column by column, and comes to the same as read one by one."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain.model import Answer, Change, Column, Confirmation, Feedback, Found, Link, Live, Operation, Result, State
from sync.domain.tables import Changes
from sync.onoffice.appointments import Shown, all_shown, read_appointments
from sync.onoffice.dialect import Dialect, Learner, Unkept
from sync.onoffice.wire import Reply
from sync.rounds import reader
from sync.rounds.converge import RoundSettings, Sender
from sync.rounds.plan import SendingPolicy
from sync.rounds.reader import Period
from tests.rounds.conftest import LESSONS
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sync.onoffice.client import Client
    from sync.onoffice.wire import Call
    from sync.progress import Phase

    Record = Mapping[str, object]

DIALECT = Dialect(words={"gespiegelt": Confirmation.SENT})
WORDS = ["confirmed", "canceled", "sent", "gespiegelt", "unheard", "", None, True, 1, {"value": "sent"}]
numbers = st.integers(1, 4)
addresses = st.integers(11, 12)
start = st.sampled_from(["2026-12-02T10:00:00+01:00", "2026-12-03"])
plain_contact = st.fixed_dictionaries(
    {
        "id": addresses.map(str),
        "confirmationStatus": st.sampled_from(WORDS[:3]),
        "followUpAvailable": st.booleans(),
        "followUpStatus": st.sampled_from(["aktiv", "inaktiv"]),
    }
)
contact = plain_contact | st.fixed_dictionaries(
    {"id": st.sampled_from([11, "12", "x", "", None, True, 2**40, "9" * 30])},
    optional={
        "confirmationStatus": st.sampled_from(WORDS),
        "followUpStatus": st.sampled_from(["aktiv", "unheard", None, 1]),
        "followUpAvailable": st.sampled_from([True, False, None, 0, 1, "0", []]),
    },
)
plain = st.fixed_dictionaries(
    {
        "date": st.fixed_dictionaries({"start": start}),
        "contacts": st.lists(plain_contact, min_size=2, max_size=2, unique_by=lambda each: each["id"]),
    },
    optional={"recurrence": st.just({"type": 1}), "reminder": st.just([{"confirmedOnly": True}]), "subject": st.just(" a  b ")},
)
odd = st.fixed_dictionaries(
    {},
    optional={
        "date": start | st.sampled_from([None, 1_796_000_000, True, {"start": 1}, {}]),
        "start_dt": start,
        "contacts": st.lists(contact, max_size=3)
        | st.dictionaries(addresses.map(str), contact, max_size=2)
        | st.none()
        | st.just([7]),
        "addresses": st.lists(contact, max_size=1),
        "reminder": st.sampled_from([{"confirmedOnly": "1"}, 7]),
        "subject": st.just({"value": "c"}),
    },
)
odd_record = st.builds(
    lambda number, elements: {"id": number, "elements": elements},
    numbers | numbers.map(str) | st.sampled_from([None, "x", 2**40]),
    odd | st.none() | st.just([]),
)
twice = st.builds(lambda number, some: {"id": number, "elements": {"contacts": some}}, numbers, st.lists(plain_contact))
every = st.tuples(*(plain.map(lambda elements, at=at: {"id": at, "elements": elements}) for at in range(1, 5))).map(list)
records = st.builds(
    lambda some, more, at: [*some[at:], *more], every, st.lists(twice | odd_record, max_size=3), st.integers(0, 2)
)


def one_by_one(some: Sequence[Record], wanted: Container[int], dialect: Dialect) -> Shown:
    result = Result(Answer.ACCEPTED, 0, records=some)
    return Shown(all_shown(some, (), dialect), all_shown((), ()).alike, read_appointments(result, wanted, dialect))


@settings(max_examples=tries(500), deadline=None)
@given(records, st.sets(numbers))
def test_an_appointment_reads_the_same_column_by_column_as_alone(some: list[Record], wanted: set[int]) -> None:
    shown, alone = all_shown(some, wanted, DIALECT), one_by_one(some, wanted, DIALECT)

    assert [*shown] == [*alone]
    assert not shown.alike.keys() & dict(shown.others).keys()
    assert sorted([*shown.alike.items(), *shown.others], key=repr) == sorted(alone.others, key=repr)
    for number, appointment in shown.alike.items():
        assert [*appointment.contacts] == [*dict(alone.others)[number].contacts]


def test_what_an_answer_says_of_most_is_read_column_by_column() -> None:
    told = {"confirmationStatus": "sent", "followUpAvailable": True, "followUpStatus": "aktiv"}
    some = [
        {"id": number, "elements": {"contacts": [{"id": str(number + at), **told} for at in range(3)]}} for number in range(1, 9)
    ]
    some[3]["elements"] = {"contacts": [{"id": "5", **told}, {"id": "5", **told, "confirmationStatus": "confirmed"}]}
    some[4]["elements"] = {"contacts": [{"id": "5", **told, "confirmationStatus": "unheard"}]}
    some[5]["id"] = some[6]["id"]
    some[7]["elements"] = {"contacts": [{"id": "5", "confirmationStatus": "sent", "followUpAvailable": False}]}

    shown = all_shown(some, range(100))

    assert [*shown.alike] == [1, 2, 3, 8]
    assert [number for number, _ in shown.others] == [4, 5, 7, 7]


class Crm:
    """Shows the same records in every period, and one of them by its id."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records

    def read(self, calls: Sequence[Call]) -> Reply:
        return Reply(tuple(map(self._answer, calls)))

    def _answer(self, call: Call) -> Result:
        if "filter" in call.parameters:
            return Result(Answer.ACCEPTED, 0, records=call.take(self.records))
        some = [each for each in self.records if str(each["id"]) == call.resource_id]
        return Result(Answer.ACCEPTED, 0, records=call.take(some))


class Counted:
    """Counts the steps of the phases."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int]] = []

    def phase(self, name: str, total: int) -> AbstractContextManager[Phase]:
        self.steps.append((name, total))
        return nullcontext(self)

    def advance(self, steps: int = 1) -> None:
        self.steps.append(("", steps))


def look(some: Sequence[Record], changes: Sequence[Change], inherited: Mapping[Link, Live]) -> dict[str, Any]:
    """All that one look comes to."""
    period = Period(date(2026, 12, 1), date(2026, 12, 5))
    settings_ = RoundSettings(
        actions_per_request=2, rounds=1, attempts=1, look="auto", policy=SendingPolicy(), zone=UTC, period=period
    )
    counted, learner = Counted(), Learner(Unkept(LESSONS))
    sender = Sender(cast("Client", Crm(some)), settings_, "run", save_before=list, progress=counted, learner=learner)
    sender._start(Changes.of(changes), inherited)
    try:
        sender._look(range(len(changes)))
    finally:
        rounds = sender._state
        found = {
            "live": dict(rounds.live),
            "earlier": rounds.earlier,
            "past": dict(rounds.past),
            "linked": rounds.linked,
            "subjects": rounds.subjects,
            "unclear": sender._unclear,
            "unread": sender._unread,
            "learnt": learner.dialect,
            "steps": sum(steps for name, steps in counted.steps if not name),
        }
    return found


change = st.builds(
    Change,
    st.builds(Link, numbers, addresses),
    st.builds(State, st.sampled_from([None, *Confirmation]), st.sampled_from([None, *Feedback])),
    st.sampled_from([Operation.SET, Operation.LINK, Operation.UNLINK]),
    st.sampled_from([(), (), (), ((Column.BEGIN, "2026-12-02"),)]),
)
too_large = st.sampled_from([[], [], [], [Change(Link(4, 2**40), State())]])
changes_ = st.builds(list.__add__, st.lists(change, min_size=4, unique_by=lambda each: each.link), too_large)


@settings(max_examples=tries(300), deadline=None)
@given(records, changes_, st.sampled_from([False, False, False, True]))
def test_a_look_comes_to_the_same_whether_records_are_read_by_column_or_one_by_one(
    some: list[Record], changes: list[Change], inherits: bool
) -> None:
    inherited = {changes[0].link: Live(Found.LINKED)} if inherits else {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reader, "all_shown", one_by_one)
        alone = look(some, changes, inherited)

    assert look(some, changes, inherited) == alone
