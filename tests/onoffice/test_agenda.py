"""What people know appointments and addresses by, read from the simulator: all of it or none, in few requests."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest

from sync import simulator
from sync.onoffice.agenda import Agenda, Directory, NotAllowed, Person, TooCrowded
from sync.onoffice.client import Client, ClientSettings
from sync.onoffice.dialect import Learner
from sync.onoffice.transport import AdaptiveBatchSize, Limiter
from sync.onoffice.wire import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.simulator import Running

DAY: Final = dt.date(2026, 12, 2)


class _NoJournal:
    def intent(self, *_: object) -> int:
        return 0

    def outcome(self, *_: object) -> None:
        pass


class Office:
    """A simulator with everything that reads from it."""

    def __init__(self, running: Running) -> None:
        self.api = running
        self.client = Client(
            ClientSettings(running.url, 5, 30, 2),
            Credentials(running.token, running.secret),
            Limiter(0),
            _NoJournal(),
            sleep=lambda _: None,
        )
        names = (f"t-{number}" for number in count())
        self.agenda = Agenda(self.client.read, names, AdaptiveBatchSize(50, 1_000_000), Learner())
        self.directory = Directory(self.client.read, names, AdaptiveBatchSize(50, 1_000_000))


@pytest.fixture
def office() -> Iterator[Office]:
    with simulator.running(token="t" * 32, secret="s" * 64) as running:
        made = Office(running)
        with closing(made.client):
            yield made


def crowd(number: int, *, users: int = 0, **more: object) -> list[dict[str, Any]]:
    """So many appointments of one day, each with one of the users."""
    return [
        {
            "id": 70_000 + at,
            "start": f"{DAY}T09:00:00+01:00",
            "contacts": [{"id": 90_000 + at}],
            **({"users": [{"id": str(10 + at % users)}]} if users else {}),
            **more,
        }
        for at in range(number)
    ]


def people(number: int) -> list[dict[str, Any]]:
    return [{"id": 90_000 + at, "KdNr": str(at), "Name": f"Meyer{at}"} for at in range(number)]


def test_a_day_that_holds_more_than_a_read_shows_is_read_user_by_user(office: Office) -> None:
    office.api.put_state({"appointments": crowd(1_300, users=5)})

    assert {each.id for each in office.agenda.between(DAY, DAY)} == {*range(70_000, 71_300)}


def test_a_crowded_day_is_split_by_what_appointments_are_where_that_is_enough(office: Office) -> None:
    some = crowd(900)
    for at, each in enumerate(some):
        each["status"] = ("active", "canceled", "completed")[at % 3]
    office.api.put_state({"appointments": some})

    assert len(office.agenda.between(DAY, DAY)) == 900


def test_there_is_no_list_of_a_day_that_cannot_be_read_whole(office: Office) -> None:
    for users in (0, 1):
        office.api.put_state({"appointments": crowd(700, users=users)})
        with pytest.raises(TooCrowded):
            office.agenda.between(DAY, DAY)


def test_a_crowded_day_of_which_somebody_is_no_participant_makes_no_list(office: Office) -> None:
    some = crowd(600, users=3)
    del some[-1]["users"]
    office.api.put_state({"appointments": some})

    with pytest.raises(TooCrowded):
        office.agenda.between(DAY, DAY)


def test_without_the_right_to_read_appointments_that_is_told(office: Office) -> None:
    office.api.put_state({"appointments": crowd(3)})
    office.api.put_options({"read_rights": False})

    with pytest.raises(NotAllowed):
        office.agenda.between(DAY, DAY)


def test_a_month_of_five_thousand_appointments_and_eight_thousand_people_takes_four_requests(office: Office) -> None:
    appointments = crowd(5_000, users=9)
    for at, each in enumerate(appointments):
        each["start"] = f"2026-12-{1 + at % 31:02}T09:00:00+01:00"
        each["contacts"] = [{"id": 90_000 + at}, {"id": 95_000 + at % 3_000}]
    office.api.put_state({"appointments": appointments, "addresses": people(8_000)})

    found = office.agenda.between(dt.date(2026, 12, 1), dt.date(2026, 12, 31))
    linked = office.agenda.linked([each.id for each in found])
    named = office.directory.people({address for each in found for address in each.appointment.contacts})

    assert (len(found), len(linked), len(named)) == (5_000, 5_000, 8_000)
    assert len(office.api.log()) <= 4


@pytest.mark.parametrize("most", [1, 7, 500])
def test_names_come_in_pages_however_short_these_are(office: Office, most: int) -> None:
    office.api.put_state({"addresses": people(25)})
    office.api.put_options({"max_records": most})

    named = office.directory.people([*range(90_000, 90_025), 99_999])

    assert named == {90_000 + at: Person(str(at), "", f"Meyer{at}") for at in range(25)}
    assert not office.directory.addresses.refused


@pytest.mark.parametrize("code", [0, 75, 106, 141])
def test_fields_that_are_switched_off_are_left_out(office: Office, code: int) -> None:
    office.api.put_state({"addresses": people(3)})
    office.api.put_options({"disabled_fields": ["Zusatz1", "Vorname"], "disabled_code": code})

    assert office.directory.people([90_001]) == {90_001: Person("1", "", "Meyer1")}
    assert office.directory.addresses.switched_off == (("Vorname", "Zusatz1") if code else ())


def test_which_fields_are_switched_off_is_found_out_where_few_calls_go_into_a_request(office: Office) -> None:
    office.api.put_state({"addresses": people(3)})
    office.api.put_options({"disabled_fields": ["Zusatz1", "Vorname"], "disabled_code": 106, "max_actions": 2})

    assert office.directory.people([90_001]) == {90_001: Person("1", "", "Meyer1")}


@pytest.mark.parametrize("refusal", ["empty", "156"])
def test_a_right_that_is_missing_is_told(office: Office, refusal: str) -> None:
    office.api.put_state({"addresses": people(3)})
    office.api.put_options({"address_rights": False, "address_refusal": refusal})

    assert office.directory.people([90_001]) == {}
    assert office.directory.addresses.refused


def test_an_address_that_is_gone_is_no_missing_right(office: Office) -> None:
    office.api.put_state({"addresses": people(3)})

    assert [*office.directory.people([90_001, 99_999])] == [90_001]
    assert not office.directory.addresses.refused


def test_customer_numbers_find_their_addresses_and_say_where_there_are_several(office: Office) -> None:
    twins = [{"id": 91_000, "KdNr": "7", "Name": "Schulz"}, {"id": 91_001, "KdNr": "", "Name": "Niemand"}]
    office.api.put_state({"addresses": [*people(600), *twins]})

    found = office.directory.by_customer_number(str(number) for number in (*range(600), 12_345))

    assert [*found["7"]] == [90_007, 91_000]
    assert [*found["8"]] == [90_008]
    assert "12345" not in found
    assert len(office.api.log()) == 1


def test_names_that_get_no_answer_are_told_to_be_unclear(office: Office) -> None:
    office.api.put_state({"addresses": people(3)})
    office.api.put_faults([{"on": "every", "verb": "read", "do": "action_error", "code": 303}])

    assert office.directory.people([90_001, 90_002]) == {}
    assert office.directory.addresses.unclear == 2
