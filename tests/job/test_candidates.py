"""Beside a row whose address is not linked stands who is linked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office


@pytest.fixture
def two(api: Running, office: Office, kit: type[Kit]) -> Office:
    state = kit.seeded({(70_001, 90_477): ("gesendet", "inaktiv"), (70_001, 90_481): ("gesendet", "inaktiv")})
    state["addresses"] = [{"id": 90_477, "Name": "Meyer"}, {"id": 90_481, "Vorname": "Jan", "Name": "Schulz"}, 90_999]
    api.put_state(state)
    office.has_written_before()
    office.drop_csv("termine.csv", [(70_001, 90_999, "bestätigt", "")])
    return office


def problem(office: Office) -> dict[str, Any]:
    office.run()
    (row,) = office.reports()[0]["files"][0]["rows"]
    assert row["outcome"] == "rejected"
    (told,) = row["problems"]
    assert told["code"] == "not_linked"
    return dict(told)


def test_a_row_that_is_not_linked_says_who_is(two: Office) -> None:
    told = problem(two)

    assert told["candidates"] == [{"address_id": 90_477, "name": "Meyer"}, {"address_id": 90_481, "name": "Jan Schulz"}]
    assert "verknüpft sind: 90477 Meyer, 90481 Jan Schulz." in told["message"]


def test_without_the_right_to_read_addresses_it_says_the_numbers(two: Office, api: Running) -> None:
    api.put_faults([{"on": "every", "verb": "read", "do": "action_error", "code": 156}])

    assert problem(two)["candidates"] == [{"address_id": 90_477, "name": ""}, {"address_id": 90_481, "name": ""}]


def test_an_office_that_wants_no_names_gets_none(two: Office, api: Running) -> None:
    two.configure(report={"names": False})

    assert [each["name"] for each in problem(two)["candidates"]] == ["", ""]
    assert not [request for request in api.log() if "address" in str(request["actions"])]


def test_names_of_candidates_enter_no_ledger(two: Office) -> None:
    problem(two)

    assert not any(b"Schulz" in path.read_bytes() for path in (two.folder / "state").rglob("*") if path.is_file())
