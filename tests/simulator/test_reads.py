"""Reading (onoffice-api 5.6, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Api

LINKED = "urn:onoffice-de-ns:smart:2.5:relationTypes:calendar:address"
EVERYTHING = ["id", "subject", "status", "confirmationStatus", "date", "modified", "contacts", "estate"]


def listed(api: Api, resource_id: object = "", **parameters: object) -> Any:  # noqa: ANN401 - whatever JSON came back
    return api.records(api.action("get", "appointmentList", parameters, resourceid=resource_id))


def test_one_appointment_reads_in_the_documented_shape(api: Api) -> None:
    action = api.action("get", "appointmentList", {"data": EVERYTHING}, resourceid="70001")
    (result,) = api.post(action)["response"]["results"]
    assert result["cacheable"] is True
    assert result["data"] == {
        "meta": {"cntabsolute": 1},
        "records": [
            {
                "id": 70001,
                "type": "calendar",
                "elements": {
                    "id": "70001",
                    "subject": "Besichtigung",
                    "status": {"value": "active", "label": "active"},
                    "confirmationStatus": "sent",
                    "date": {"start": "2026-12-02T08:00:00+00:00", "end": "2026-12-02T08:45:00+00:00", "allDay": False},
                    "modified": "2026-01-01T00:00:00+00:00",
                    "contacts": [{"id": "90001", "confirmationStatus": "not-set"}, {"id": "90002", "confirmationStatus": "sent"}],
                    "estate": [],
                },
            }
        ],
    }


@pytest.mark.parametrize("resource_id", [70001, "70001"])
@pytest.mark.parametrize(
    "asked", [{"data": ["contacts", "showFollowUpStatus"]}, {"data": ["contacts"], "showFollowUpStatus": True}]
)
def test_feedback_is_read_when_asked_for_in_either_place(api: Api, resource_id: object, asked: dict[str, object]) -> None:
    assert listed(api, resource_id, **asked)[0]["elements"]["contacts"] == [
        {"id": "90001", "confirmationStatus": "not-set", "followUpAvailable": True, "followUpStatus": "inaktiv"},
        {"id": "90002", "confirmationStatus": "sent", "followUpAvailable": True, "followUpStatus": "aktiv"},
    ]


def test_feedback_is_not_read_unasked(api: Api) -> None:
    (record,) = listed(api, 70001, data=["contacts"], showFollowUpStatus=False)
    assert record["elements"]["contacts"][0] == {"id": "90001", "confirmationStatus": "not-set"}


def test_feedback_that_is_not_configured_reads_as_not_available(api: Api) -> None:
    (record,) = listed(api, 70003, data=["contacts", "showFollowUpStatus"])
    assert record["elements"]["contacts"] == [
        {"id": "90001", "confirmationStatus": "confirmed", "followUpAvailable": False, "followUpStatus": None}
    ]


def test_only_what_data_asks_for_is_answered(api: Api) -> None:
    assert listed(api, 70001, data=["subject", "showFollowUpStatus", "unheardOf"])[0]["elements"] == {"subject": "Besichtigung"}
    assert listed(api, 70001)[0]["elements"] == {}


@pytest.mark.parametrize(("resource_id", "code"), [("79999", 169), (79999, 169), ("7000x", 121), (-1, 121)])
@pytest.mark.parametrize(("verb", "kind"), [("get", "appointmentList"), ("read", "calendar")])
def test_an_appointment_that_is_not_there_is_told(api: Api, verb: str, kind: str, resource_id: object, code: int) -> None:
    assert api.code(api.action(verb, kind, [], resourceid=resource_id)) == code


@pytest.mark.parametrize(
    ("first", "last", "ids"),
    [
        ("2026-12-02", "2026-12-02", [70001]),
        ("2026-12-02", "2026-12-03", [70001, 70002]),
        ("2026-12-03", "2027-01-10", [70002, 70003]),
        ("2026-12-03 00:00:00", "2026-12-03 23:59:59", [70002]),
        ("2026-12-04", "2027-01-09", []),
    ],
)
def test_a_period_lists_what_starts_in_it(api: Api, first: str, last: str, ids: list[int]) -> None:
    records = listed(api, data=["id"], filter={"startDate": first, "endDate": last, "isCancelled": False})
    assert [record["id"] for record in records] == ids
    calendar = api.records(api.action("read", "calendar", {"datestart": first, "dateend": last, "allusers": True}))
    assert [record["id"] for record in calendar] == ids


@pytest.mark.parametrize("flag", ["isCancelled", "isDone", "isRecurrent"])
def test_no_appointment_is_cancelled_done_or_recurrent(api: Api, flag: str) -> None:
    assert listed(api, data=["id"], filter={"startDate": "2026-01-01", "endDate": "2027-12-31", flag: True}) == []


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (None, 230),
        ([], 230),
        ({}, 230),
        ("x", 257),
        ({"startDate": "2026-01-01"}, 230),
        ({"startDate": "2026-01-01", "endDate": "soon"}, 231),
        ({"startDate": "2026-01-02", "endDate": "2026-01-01"}, 93),
    ],
)
def test_a_list_needs_a_period(api: Api, wanted: object, code: int) -> None:
    assert api.code(api.action("get", "appointmentList", {"data": ["id"], "filter": wanted})) == code
    assert api.code(api.action("get", "appointmentList", {"data": "id"})) == 74


def test_a_list_ends_after_500(api: Api) -> None:
    state = {"appointments": [{"id": number, "start": "2026-12-02T09:00:00Z"} for number in range(1, 602)]}
    api.simulator.put_state(state)
    wanted = {"startDate": "2026-12-01", "endDate": "2026-12-31"}
    (result,) = api.post(api.action("get", "appointmentList", {"data": ["id"], "filter": wanted}))["response"]["results"]
    assert (len(result["data"]["records"]), result["data"]["meta"]["cntabsolute"]) == (500, 601)
    calendar = api.records(api.action("read", "calendar", {"datestart": "2026-12-01", "dateend": "2026-12-31"}))
    assert [record["id"] for record in calendar] == list(range(1, 501))


def test_the_calendar_reads_in_the_documented_shape(api: Api) -> None:
    (record,) = api.records(api.action("read", "calendar", {"showConfirmationStatus": True}, resourceid="70001"))
    assert (record["id"], record["type"]) == (70001, "calendar")
    elements = record["elements"]
    assert (elements["start_dt"], elements["end_dt"]) == ("2026-12-02 09:00:00", "2026-12-02 09:45:00")
    assert elements["assignedaddressids"] == [90001, 90002]
    assert elements["confirmationStatus"] == "sent"
    assert elements["addresses"] == [{"id": 90001, "confirmationStatus": "not-set"}, {"id": 90002, "confirmationStatus": "sent"}]


def test_the_calendar_tells_no_confirmation_unasked(api: Api) -> None:
    (record,) = api.records(api.action("read", "calendar", [], resourceid="70001"))
    assert record["elements"]["assignedaddressids"] == [90001, 90002]
    assert not {"confirmationStatus", "addresses"} & record["elements"].keys()


def test_the_calendar_lists_by_time_of_change(api: Api) -> None:
    for last, found in [("2026-01-01", 3), ("2025-12-31", 0)]:
        parameters = {"modifiedstart": "2025-12-01", "modifiedend": last}
        assert len(api.records(api.action("read", "calendar", parameters))) == found
    assert api.code(api.action("read", "calendar", {})) == 289


@pytest.mark.parametrize(
    ("words", "overall"),
    [
        ([], "not-set"),
        (["nicht gesetzt"], "not-set"),
        (["bestätigt", "nicht gesetzt"], "confirmed"),
        (["gecancelt"], "canceled"),
        (["bestätigt", "gecancelt"], "confirmed and canceled"),
        (["gesendet", "gecancelt", "bestätigt"], "sent"),
    ],
)
def test_the_confirmation_as_a_whole_follows_from_the_links(api: Api, words: list[str], overall: str) -> None:
    contacts = [{"id": number, "confirmation": word} for number, word in enumerate(words, start=1)]
    api.simulator.put_state({"appointments": [{"id": 1, "start": "2026-12-02T09:00:00Z", "contacts": contacts}]})
    assert listed(api, 1, data=["confirmationStatus"])[0]["elements"] == {"confirmationStatus": overall}


def ids(api: Api, **parameters: object) -> Any:  # noqa: ANN401 - whatever JSON came back
    (record,) = api.records(api.action("get", "idsfromrelation", {"relationtype": LINKED, **parameters}))
    assert (record["id"], record["type"]) == ("relatedIds", "")
    return record["elements"]


@pytest.mark.parametrize("parents", [[70001, 70002, 79999], ["70001", "70002"]])
def test_ids_of_relations_are_texts_on_both_sides(api: Api, parents: object) -> None:
    assert ids(api, parentids=parents) == {"70001": ["90001", "90002"], "70002": ["90001"]}
    assert ids(api, childids=[90002, "90001", 90009]) == {"90002": ["70001"], "90001": ["70001", "70002", "70003"]}


def test_ids_of_relations_follow_the_links(api: Api) -> None:
    api.codes(api.modify(70002, 90009, verb="create"), api.modify(70001, 90001, verb="delete"))
    assert ids(api, childids=[90009, 90001]) == {"90009": ["70002"], "90001": ["70002", "70003"]}
    assert ids(api, parentids=70002) == {"70002": ["90001", "90009"]}


def test_no_relations_at_all_are_an_empty_php_array(api: Api) -> None:
    assert ids(api, parentids=[79999]) == []
    estates = {"relationtype": LINKED.replace("address", "estate"), "parentids": [70001]}
    assert api.records(api.action("get", "idsfromrelation", estates))[0]["elements"] == []


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"parentids": [70001]}, 132),
        ({"relationtype": "x", "parentids": [70001]}, 132),
        ({"relationtype": LINKED}, 185),
        ({"relationtype": LINKED, "parentids": [70001], "childids": [90001]}, 185),
        ({"relationtype": LINKED, "parentids": []}, 185),
        ({"relationtype": LINKED, "parentids": list(range(1, 502))}, 302),
    ],
)
def test_ids_of_relations_need_a_type_and_one_side(api: Api, parameters: dict[str, object], code: int) -> None:
    assert api.code(api.action("get", "idsfromrelation", parameters)) == code


def test_reading_changes_nothing(api: Api, seed: dict[str, Any]) -> None:
    listed(api, 70001, data=EVERYTHING)
    ids(api, parentids=[70001])
    assert api.simulator.state() == seed
