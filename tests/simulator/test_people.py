"""Reading addresses and estates (onoffice-api 11.2, 11.3), and what else an appointment tells (11.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Api

FIELDS = ["KdNr", "Anrede", "Titel", "Vorname", "Name", "Zusatz1"]
MEYER = {"id": 90001, "KdNr": "599", "Vorname": "Eva", "Name": "Meyer", "Zusatz1": ""}


@pytest.fixture
def office(api: Api, seed: dict[str, Any]) -> Api:
    seed["addresses"] = [MEYER, {"id": 90002, "KdNr": "601", "Name": "Schmidt"}, *range(90009, 90059)]
    seed["estates"] = [{"id": 55001, "objekttitel": "Haus am See", "ort": "Aachen"}, 55002]
    seed["appointments"][0] |= {
        "type": "Besichtigung",
        "location": "Am Weg 1, Aachen",
        "users": [12, {"id": "13", "userName": "paul"}],
        "estate": 55001,
        "status": "canceled",
        "notes": "Schlüssel",
    }
    api.simulator.put_state(seed)
    assert api.simulator.state() == seed
    return api


def asked(api: Api, kind: str = "address", **parameters: object) -> dict[str, Any]:
    (result,) = api.post(api.action("read", kind, parameters))["response"]["results"]
    assert result["status"]["errorcode"] == 0
    return result["data"]


def ids(data: dict[str, Any]) -> list[int]:
    return [record["id"] for record in data["records"]]


def test_an_address_reads_in_the_documented_shape(office: Api) -> None:
    data = asked(office, recordids=[90001, 90002], data=FIELDS, listlimit=500)
    assert data["meta"] == {"cntabsolute": 2}
    assert data["records"][0] == {"id": 90001, "type": "address", "elements": {"Anrede": "", "Titel": "", **MEYER}}
    assert data["records"][1]["elements"]["Vorname"] == ""


def test_ids_that_do_not_exist_are_simply_missing(office: Api) -> None:
    data = asked(office, recordids=[90002, 12345], data=["Name"], listlimit=500)
    assert (ids(data), data["meta"]["cntabsolute"]) == ([90002], 1)


def test_a_page_ends_after_twenty_where_nothing_else_is_said(office: Api) -> None:
    data = asked(office, data=["Name"])
    assert (len(ids(data)), data["meta"]["cntabsolute"]) == (20, 52)
    rest = [number for offset in (20, 40) for number in ids(asked(office, data=["Name"], listoffset=offset))]
    assert [*ids(data), *rest] == ids(asked(office, data=["Name"], listlimit=500))
    assert ids(asked(office, data=[], listlimit=5, listoffset=50)) == [90057, 90058]


def test_a_customer_number_finds_its_record(office: Api) -> None:
    wanted = {"KdNr": [{"op": "IN", "val": ["601", "77"]}]}
    assert ids(asked(office, data=["KdNr"], filter=wanted)) == [90002]
    both = {"KdNr": [{"op": "=", "val": "599"}], "Name": [{"op": "like", "val": "Mey%"}]}
    assert ids(asked(office, data=["KdNr"], filter=both)) == [90001]
    assert ids(asked(office, data=[], filter={"KdNr": [{"op": "between", "val": ["598", "600"]}]})) == [90001]


def test_a_field_that_is_switched_off_is_left_out_or_an_error(office: Api) -> None:
    office.simulator.put_options({"disabled_fields": ["Zusatz1"]})
    (record,) = asked(office, recordids=[90001], data=FIELDS)["records"]
    assert record["elements"].keys() == {"id", *FIELDS} - {"Zusatz1"}
    office.simulator.put_options({"disabled_code": 141})
    assert office.code(office.action("read", "address", {"recordids": [90001], "data": FIELDS})) == 141
    assert ids(asked(office, recordids=[90001], data=["Name"])) == [90001]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"data": "Name"}, 74),
        ({"listlimit": 501}, 255),
        ({"listlimit": 0}, 255),
        ({"listoffset": "x"}, 255),
        ({"recordids": ["x"]}, 185),
        ({"recordids": list(range(1, 502))}, 302),
        ({"filter": "x"}, 257),
        ({"filter": {"Name": "Meyer"}}, 257),
        ({"filter": {"Name": [{"op": "sounds", "val": "Meyer"}]}}, 142),
    ],
)
def test_what_cannot_be_asked_is_refused(office: Api, parameters: dict[str, Any], code: int) -> None:
    assert office.code(office.action("read", "address", parameters)) == code


def test_an_estate_reads_like_an_address(office: Api) -> None:
    data = asked(office, "estate", recordids=[55001, 55002, 1], data=["objekttitel", "ort"], listlimit=500)
    assert [record["elements"] for record in data["records"]] == [
        {"id": 55001, "objekttitel": "Haus am See", "ort": "Aachen"},
        {"id": 55002, "objekttitel": "", "ort": ""},
    ]


def test_an_appointment_tells_more_where_it_is_asked_for(office: Api) -> None:
    names = ["type", "location", "users", "estate", "status", "notes", "private", "createdBy"]
    (record,) = office.records(office.action("get", "appointmentList", {"data": names}, resourceid="70001"))
    assert record["elements"] == {
        "type": {"value": "Besichtigung", "label": "Besichtigung"},
        "location": {"type": "text", "value": "Am Weg 1, Aachen"},
        "users": [{"id": "12"}, {"id": "13", "userName": "paul"}],
        "estate": {"id": "55001"},
        "status": {"value": "canceled", "label": "canceled"},
        "notes": "Schlüssel",
        "private": False,
        "createdBy": "",
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [70001, 70002]),
        ({"isCancelled": True}, [70001]),
        ({"isCancelled": False}, [70002]),
        ({"isDone": True}, []),
        ({"userIds": ["12"]}, [70001]),
        ({"userIds": ["99"]}, []),
    ],
)
def test_a_list_of_appointments_is_narrowed(office: Api, wanted: dict[str, Any], found: list[int]) -> None:
    period = {"startDate": "2026-12-01", "endDate": "2026-12-31"}
    assert [
        record["id"] for record in office.records(office.action("get", "appointmentList", {"filter": period | wanted}))
    ] == found


def test_the_calendar_shows_canceled_appointments_only_where_it_is_asked_to(office: Api) -> None:
    for more, found in (({}, [70002]), ({"showcancelled": True}, [70001, 70002])):
        period = {"datestart": "2026-12-01", "dateend": "2026-12-31"}
        assert [record["id"] for record in office.records(office.action("read", "calendar", period | more))] == found
