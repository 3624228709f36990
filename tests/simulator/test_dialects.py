"""Each dialect of onOffice that the facts allow can be played; docs/simulator.md lists all of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

import pytest

from sync.simulator import BadInput, running, serve
from sync.simulator.options import Options, kinds, read_dialect, write_options

if TYPE_CHECKING:
    from tests.simulator.conftest import Api

ROOT = Path(__file__).parents[2]
LINKED = "urn:onoffice-de-ns:smart:2.5:relationTypes:calendar:address"
FEEDBACK = "statusTerminrueckmeldung"
PERIOD = {"startDate": "2026-12-01", "endDate": "2026-12-31"}
EVERYTHING = ["id", "status", "confirmationStatus", "date", "modified", "contacts", "showFollowUpStatus"]


def read(api: Api, options: dict[str, Any], **more: object) -> dict[str, Any]:
    """`data` of one appointment read by its id, in a dialect."""
    api.simulator.put_options(options)
    parameters = {"data": EVERYTHING} | dict(more.pop("parameters", {}))  # type: ignore[call-overload]
    action = api.action("get", "appointmentList", parameters, **({"resourceid": "70001"} | more))
    (result,) = api.post(action)["response"]["results"]
    assert result["status"]["errorcode"] in {0, "0"}, result
    return result["data"]


def contacts(api: Api, options: dict[str, Any], **more: object) -> Any:  # noqa: ANN401 - JSON
    return read(api, options, **more)["records"][0]["elements"].get("contacts", "absent")


@pytest.mark.parametrize(
    ("words", "not_set", "sent"),
    [
        ("documented", "not-set", "sent"),
        ("not_set_space", "not set", "sent"),
        ("not_set_low", "not_set", "sent"),
        ("empty", "", "sent"),
        ("null", None, "sent"),
        ("missing", "absent", "sent"),
        ("upper", "NOT-SET", "SENT"),
        ("german", "nicht gesetzt", "gesendet"),
        ("objects", {"value": "not-set", "label": "nicht gesetzt"}, {"value": "sent", "label": "gesendet"}),
        ("numbers", 0, 1),
        ("other", "blank", "invited"),
    ],
)
def test_a_confirmation_reads_in_every_dialect(api: Api, words: str, not_set: object, sent: object) -> None:
    assert [contact.get("confirmationStatus", "absent") for contact in contacts(api, {"words": words})] == [not_set, sent]
    (record,) = api.records(api.action("read", "calendar", {"showConfirmationStatus": True}, resourceid="70001"))
    assert [entry.get("confirmationStatus", "absent") for entry in record["elements"]["addresses"]] == [not_set, sent]


def test_cancelled_has_one_l_or_two(api: Api) -> None:
    for words, expected in (("documented", "canceled"), ("cancelled", "cancelled")):
        assert contacts(api, {"words": words}, resourceid="70002")[0]["confirmationStatus"] == expected


@pytest.mark.parametrize(
    ("words", "inactive", "active"),
    [
        ("german", "inaktiv", "aktiv"),
        ("english", "inactive", "active"),
        ("upper", "INAKTIV", "AKTIV"),
        ("booleans", False, True),
        ("numbers", 0, 1),
        ("digits", "0", "1"),
        ("yes_no", "no", "yes"),
        ("ja_nein", "nein", "ja"),
        ("on_off", "off", "on"),
        ("objects", {"value": "inactive", "label": "inaktiv"}, {"value": "active", "label": "aktiv"}),
        ("other", "paused", "requested"),
    ],
)
def test_a_feedback_reads_in_every_dialect(api: Api, words: str, inactive: object, active: object) -> None:
    found = [contact["followUpStatus"] for contact in contacts(api, {"followup_words": words})]
    assert json.dumps(found) == json.dumps([inactive, active])  # 0 and false are not the same here


@pytest.mark.parametrize(
    ("unset", "expected"),
    [
        ("null", {"followUpAvailable": False, "followUpStatus": None}),
        ("missing", {"followUpAvailable": False}),
        ("inactive", {"followUpAvailable": False, "followUpStatus": "inaktiv"}),
        ("says_available", {"followUpAvailable": True, "followUpStatus": "inaktiv"}),
    ],
)
def test_a_feedback_that_is_not_set_up_reads_in_every_dialect(api: Api, unset: str, expected: dict[str, Any]) -> None:
    (contact,) = contacts(api, {"followup_unset": unset}, resourceid="70003")
    assert contact == {"id": "90001", "confirmationStatus": "confirmed"} | expected


def test_contacts_are_a_list_or_an_object(api: Api) -> None:
    listed = contacts(api, {})
    assert contacts(api, {"contacts_shape": "object"}) == {"1": listed[0], "2": listed[1]}
    assert contacts(api, {"contacts_shape": "by_id"}) == {"90001": listed[0], "90002": listed[1]}
    assert [contact["id"] for contact in contacts(api, {"contacts_shape": "list", "contact_ids": "number"})] == [90001, 90002]
    assert "id" not in contacts(api, {"contacts_shape": "by_id", "contact_ids": "missing"})["90001"]


@pytest.mark.parametrize(("empty", "expected"), [("list", []), ("null", None), ("missing", "absent")])
def test_no_contacts_are_an_empty_list_null_or_nothing(api: Api, empty: str, expected: object) -> None:
    assert contacts(api, {"address_rights": False, "empty_contacts": empty}) == expected


def test_records_are_a_list_or_an_object(api: Api) -> None:
    (record,) = read(api, {})["records"]
    assert read(api, {"records_shape": "object"})["records"] == {"1": record}
    assert read(api, {"records_shape": "by_id"})["records"] == {"70001": record}


@pytest.mark.parametrize(("empty", "expected"), [("list", []), ("null", None), ("missing", "absent")])
def test_no_records_are_an_empty_list_null_or_nothing(api: Api, empty: str, expected: object) -> None:
    period = {"filter": {"startDate": "2030-01-01", "endDate": "2030-01-02"}}
    assert read(api, {"empty_records": empty}, resourceid="", parameters=period).get("records", "absent") == expected


def test_ids_and_elements_have_other_shapes(api: Api) -> None:
    (record,) = read(api, {"record_ids": "missing"})["records"]
    assert ("id" in record, record["elements"]["id"]) == (False, "70001")
    (record,) = read(api, {"record_ids": "text", "element_ids": "number"})["records"]
    assert (record["id"], record["elements"]["id"]) == ("70001", 70001)
    (record,) = read(api, {"elements_shape": "list"})["records"]
    assert record["elements"][0]["id"] == 70001
    (record,) = read(api, {"elements_shape": "empty_list"}, parameters={"data": []})["records"]
    assert record["elements"] == []


@pytest.mark.parametrize(
    ("dates", "start"),
    [
        ("utc", "2026-12-02T08:00:00+00:00"),
        ("z", "2026-12-02T08:00:00Z"),
        ("offset", "2026-12-02T09:00:00+01:00"),
        ("local", "2026-12-02 09:00:00"),
        ("epoch", 1796198400),
        ("missing", None),
    ],
)
def test_times_are_written_in_every_dialect(api: Api, dates: str, start: object) -> None:
    elements = read(api, {"dates": dates})["records"][0]["elements"]
    assert elements.get("date", {}).get("start") == start
    assert ("modified" in elements) is (dates != "missing")


def test_the_status_of_an_appointment_is_an_object_or_a_text(api: Api) -> None:
    assert read(api, {"appointment_status": "text"})["records"][0]["elements"]["status"] == "active"


@pytest.mark.parametrize(("says", "total"), [("all", 2), ("null", None), ("shown", 1), ("too_many", 3), ("zero", 0)])
def test_the_number_of_records_is_right_wrong_or_nothing(api: Api, says: str, total: object) -> None:
    options = {"cntabsolute": says, "max_records": 1}
    assert read(api, options, resourceid="", parameters={"filter": PERIOD})["meta"]["cntabsolute"] == total


@pytest.mark.parametrize(
    ("noise", "before", "behind"),
    [
        ("bom", b"\xef\xbb\xbf", b""),
        ("bom_after", b"", b"\xef\xbb\xbf"),
        ("warning_before", b"<b>Warning</b>", b""),
        ("warning_after", b"", b"<b>Warning</b>"),
        ("notice_before", b"Notice:", b""),
        ("notice_after", b"", b"Notice:"),
    ],
)
def test_something_stands_around_the_json(api: Api, noise: str, before: bytes, behind: bytes) -> None:
    api.simulator.put_options({"noise": noise})
    for action in ([api.modify([70001], [90001])], []):
        body = api.raw({"token": api.simulator.token, "request": {"actions": action}}).content
        start, end = body.index(b"{"), body.rindex(b"}") + 1
        assert json.loads(body[start:end])["status"]["errorcode"] in {0, 15}
        assert before in body[:start]
        assert behind in body[end:]


def test_codes_of_the_status_may_be_texts(api: Api) -> None:
    api.simulator.put_options({"status_codes": "texts"})
    answer = api.post(api.modify([70001], [90009]))
    assert (answer["status"]["code"], answer["status"]["errorcode"]) == ("500", "97")
    assert answer["response"]["results"][0]["status"]["errorcode"] == "180"


@pytest.mark.parametrize(
    ("comes_back", "expected"),
    [
        ("cut", "row-0001"),
        ("upper", "ROW-00012"),
        ("padded", "row-00012" + " " * 31),
        ("empty", ""),
        ("null", None),
        ("missing", "absent"),
    ],
)
def test_an_identifier_comes_back_otherwise(api: Api, comes_back: str, expected: object) -> None:
    api.simulator.put_options({"identifiers": comes_back})
    (result,) = api.post(api.modify([70001], [90001], identifier="row-00012"))["response"]["results"]
    assert result.get("identifier", "absent") == expected


@pytest.mark.parametrize(
    ("options", "asked", "code", "told"),
    [
        ({"followup_place": "data"}, {"data": ["contacts", "showFollowUpStatus"]}, 0, True),
        ({"followup_place": "data"}, {"data": ["contacts"], "showFollowUpStatus": True}, 0, False),
        ({"followup_place": "data", "followup_elsewhere": "error"}, {"data": [], "showFollowUpStatus": True}, 282, False),
        ({"followup_place": "parameter"}, {"data": ["contacts"], "showFollowUpStatus": True}, 0, True),
        ({"followup_place": "parameter"}, {"data": ["contacts", "showFollowUpStatus"]}, 0, False),
        ({"followup_place": "parameter", "followup_elsewhere": "error"}, {"data": ["showFollowUpStatus"]}, 75, False),
    ],
)
def test_the_feedback_is_asked_for_in_one_place(
    api: Api, options: dict[str, Any], asked: dict[str, Any], code: int, told: bool
) -> None:
    api.simulator.put_options(options)
    action = api.action("get", "appointmentList", asked, resourceid=70001)
    assert api.code(action) == code
    if not code:
        assert ("followUpStatus" in api.records(action)[0]["elements"]["contacts"][0]) is told


WAYS: dict[str, dict[str, Any]] = {
    "text": {"resourceid": "70001"},
    "number": {"resourceid": 70001},
    "parameter": {"parameters": {"data": ["id"], "resourceId": 70001}},
    "filter": {"parameters": {"data": ["id"], "filter": {"id": [{"op": "=", "val": 70001}]}}},
}


@pytest.mark.parametrize("way", ["text", "number", "parameter", "filter", "none"])
@pytest.mark.parametrize("refusal", [91, 24, 169, 0])
def test_one_appointment_is_asked_for_in_one_way(api: Api, way: str, refusal: int) -> None:
    api.simulator.put_options({"single_read": way, "single_refusal": refusal})
    for asked, more in WAYS.items():
        action = api.action("get", "appointmentList", **({"parameters": {"data": ["id"]}} | more))
        (result,) = api.post(action)["response"]["results"]
        assert result["status"]["errorcode"] == (0 if asked == way else refusal)
        shown = [record["id"] for record in result["data"]["records"]] if result["data"] else []
        assert shown == ([70001] if asked == way else [])
    assert len(api.records(api.action("get", "appointmentList", {"data": ["id"], "filter": PERIOD}))) == 2


@pytest.mark.parametrize(
    ("counts", "days", "ids"),
    [
        ("start", ("2026-12-02", "2026-12-02"), [70001]),
        ("utc", ("2026-12-02", "2026-12-02"), [70001, 70002]),
        ("within", ("2026-12-02", "2026-12-03"), [70001, 70002]),
        ("within", ("2026-12-04", "2026-12-05"), [70004]),
        ("overlap", ("2026-12-05", "2026-12-05"), [70004]),
        ("start", ("2026-12-05", "2026-12-05"), []),
        ("within", ("2026-12-04", "2026-12-04"), []),
        ("start", ("2026-12-04", "2026-12-04"), [70004]),
        ("before_end", ("2026-12-02", "2026-12-03"), [70001]),
    ],
)
def test_a_period_counts_in_every_dialect(
    api: Api, seed: dict[str, Any], counts: str, days: tuple[str, str], ids: list[int]
) -> None:
    seed["appointments"].append({"id": 70004, "start": "2026-12-04T22:00:00+01:00", "end": "2026-12-05T02:00:00+01:00"})
    api.simulator.put_state(seed)
    api.simulator.put_options({"period_counts": counts})
    wanted = {"data": ["id"], "filter": dict(zip(("startDate", "endDate"), days, strict=True))}
    assert [record["id"] for record in api.records(api.action("get", "appointmentList", wanted))] == ids


@pytest.mark.parametrize("code", [23, 24, 25, 199])
def test_calls_may_not_be_there(api: Api, code: int) -> None:
    reads = [
        api.action("get", "appointmentList", {"data": ["id"]}, resourceid="70001"),
        api.action("read", "calendar", {}, resourceid="70001"),
        api.action("get", "idsfromrelation", {"relationtype": LINKED, "parentids": [70001]}),
        api.modify([70001], [90009], verb="create"),
    ]
    for number, name in enumerate(["appointmentList", "calendar", "idsfromrelation", "create"]):
        api.simulator.put_options({"missing_calls": [name], "missing_code": code})
        assert api.codes(*reads) == [code if number == place else 0 for place in range(4)]


def test_a_write_of_one_status_may_reset_the_other(api: Api) -> None:
    api.simulator.put_options({"partial_writes": "reset"})
    api.codes(api.modify([70001], [90002]))
    assert api.link(70001, 90002) == ("bestätigt", "inaktiv")
    api.codes(api.modify([70001], [90002], relationinfo={FEEDBACK: "aktiv"}))
    assert api.link(70001, 90002) == ("nicht gesetzt", "aktiv")
    api.codes(api.modify([70003], [90001], relationinfo={FEEDBACK: "aktiv"}))
    assert api.link(70003, 90001) == ("nicht gesetzt", None)


def test_reads_lag_behind_writes_by_the_clock_of_the_simulator(api: Api) -> None:
    def shown() -> tuple[list[str], list[str], Any]:
        by_id = {entry["id"]: entry["confirmationStatus"] for entry in contacts(api, {"read_lag_s": 20})}
        (record,) = api.records(api.action("read", "calendar", {}, resourceid="70001"))
        (ids,) = api.records(api.action("get", "idsfromrelation", {"relationtype": LINKED, "parentids": [70001]}))
        assert [*by_id] == [str(number) for number in record["elements"]["assignedaddressids"]] == ids["elements"]["70001"]
        return by_id

    before = {"90001": "not-set", "90002": "sent"}
    assert shown() == before
    assert api.codes(api.modify([70001], [90001])) == [0]
    assert api.put("clock", {"forward_s": 10}).status_code == 200
    assert api.codes(api.modify(70001, 90002, verb="delete"), api.modify([70001], [90009], verb="create")) == [0, 0]
    assert shown() == before
    assert api.codes(api.modify(70001, 90002, verb="delete")) == [168], "writes see what writes have done"
    api.simulator.go_forward(10)
    assert shown() == {"90001": "confirmed", "90002": "sent"}
    api.simulator.go_forward(10)
    assert shown() == {"90001": "confirmed", "90009": "confirmed"}
    assert api.get("clock")["at"] > 30


def test_a_new_state_is_read_at_once_however_much_reads_lag(api: Api, seed: dict[str, Any]) -> None:
    assert contacts(api, {"read_lag_s": 20})
    seed["appointments"][0]["contacts"] = []
    api.simulator.put_state(seed)
    assert contacts(api, {}) == []


def test_contacts_may_be_hidden_and_ids_of_relations_tell(api: Api) -> None:
    numbers = range(90001, 90101)
    there = [{"id": number} for number in numbers]
    api.simulator.put_state({"appointments": [{"id": 70001, "start": "2026-12-02T09:00:00Z", "contacts": there}]})
    asked = api.action("get", "idsfromrelation", {"relationtype": LINKED, "parentids": [70001]})
    shown = [entry["id"] for entry in contacts(api, {"hidden_contacts": 0.5})]
    assert 30 < len(shown) < 70
    assert shown == [entry["id"] for entry in contacts(api, {})], "always the same ones"
    assert api.records(asked)[0]["elements"]["70001"] == [str(number) for number in numbers]
    api.simulator.put_options({"hidden_from": "everything"})
    assert api.records(asked)[0]["elements"]["70001"] == shown
    assert contacts(api, {"hidden_contacts": 1}) == []


def test_without_the_right_to_read_addresses_nobody_seems_to_be_linked(api: Api) -> None:
    assert contacts(api, {"address_rights": False}) == []
    (record,) = api.records(api.action("read", "calendar", {"showConfirmationStatus": True}, resourceid="70001"))
    assert (record["elements"]["assignedaddressids"], record["elements"]["addresses"]) == ([], [])
    asked = api.action("read", "address", {"recordids": [90001], "data": ["Name"]})
    assert api.records(asked) == []
    api.simulator.put_options({"address_refusal": "156"})
    assert api.codes(asked, api.modify([70001], [90001])) == [156, 0]


def test_rights_to_write_and_to_delete_may_be_missing(api: Api) -> None:
    writes = [api.modify([70001], [90001]), api.modify([70001], [90009], verb="create"), api.modify(70001, 90002, verb="delete")]
    api.simulator.put_options({"write_rights": False})
    assert api.codes(*writes) == [156, 156, 156]
    api.simulator.put_options({"write_rights": True, "delete_rights": False})
    assert api.codes(*writes) == [0, 0, 156]


def test_appointments_may_not_be_shown(api: Api, seed: dict[str, Any]) -> None:
    seed["appointments"][0]["private"] = True
    api.simulator.put_state(seed)
    api.simulator.put_options({"unseen": ["private"]})
    period = api.action("get", "appointmentList", {"data": ["id"], "filter": PERIOD})
    assert [record["id"] for record in api.records(period)] == [70002]
    asked = {"data": ["id"]}
    assert api.codes(*(api.action("get", "appointmentList", asked, resourceid=number) for number in (70001, 70002))) == [169, 0]
    related = [api.action("get", "idsfromrelation", {"relationtype": LINKED, **side}) for side in ({"parentids": [70001]},)]
    assert api.records(related[0])[0]["elements"] == []
    parents = api.action("get", "idsfromrelation", {"relationtype": LINKED, "childids": [90001]})
    assert api.records(parents)[0]["elements"] == {"90001": ["70002", "70003"]}


def test_a_contact_may_read_twice_with_two_states(api: Api) -> None:
    found = contacts(api, {"double_contacts": 1})
    assert [entry["id"] for entry in found] == ["90001", "90001", "90002", "90002"]
    for first, second in (found[:2], found[2:]):
        assert first["confirmationStatus"] != second["confirmationStatus"]
        assert first["followUpStatus"] != second["followUpStatus"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("series", {"recurrence": {"type": "weekly"}}),
        ("series", {"recurring": True}),
        ("canceled", {"status": "canceled"}),
        ("private", {"private": True}),
        ("foreign", {"foreign": True}),
    ],
)
@pytest.mark.parametrize("code", [156, 174, 0])
def test_appointments_may_refuse_changes_with_a_code_or_in_silence(
    api: Api, seed: dict[str, Any], kind: str, more: dict[str, Any], code: int
) -> None:
    seed["appointments"][0] |= more
    api.simulator.put_state(seed)
    api.simulator.put_options({"protected": [kind], "protected_code": code})
    writes = [api.modify([70001], [90001]), api.modify([70001], [90009], verb="create"), api.modify(70001, 90002, verb="delete")]
    assert api.codes(*writes) == [code] * 3
    assert api.simulator.state() == seed, "nothing was done"
    assert api.codes(api.modify([70002], [90001])) == [0]
    assert api.link(70002, 90001) == ("bestätigt", "inaktiv")


def test_a_feedback_that_is_not_set_up_may_be_refused(api: Api) -> None:
    api.simulator.put_options({"protected": ["feedback"], "protected_code": 181})
    writes = [api.modify([number], [90001], relationinfo={FEEDBACK: "aktiv"}) for number in (70003, 70001)]
    assert api.codes(*writes) == [181, 0]
    assert api.codes(api.modify([70003], [90001])) == [0]


def test_a_filled_resourceid_and_an_empty_relationinfo_may_be_refused(api: Api) -> None:
    api.simulator.put_options({"filled_resourceid": "24", "empty_relationinfo": "179"})
    assert api.codes(api.modify([70001], [90001], resourceid="relation"), api.modify([70001], [90001])) == [24, 0]
    link = {"relationtype": LINKED, "parentid": [70001], "childid": [90009]}
    made = [api.action("create", "relation", link | more) for more in ({"relationinfo": []}, {})]
    assert api.codes(*made) == [179, 0]


@pytest.mark.parametrize(
    ("answer", "status", "retry_after", "body"),
    [
        ("429", 429, True, "Too Many"),
        ("429_bare", 429, False, "Too Many"),
        ("503", 503, True, "Unavailable"),
        ("503_bare", 503, False, "Unavailable"),
        ("text", 200, False, "Too Many Requests"),
        ("html", 200, False, "<h1>"),
        ("json", 200, False, '"code":429'),
        ("status", 200, False, '"results":[]'),
    ],
)
def test_too_many_requests_are_refused_in_every_dress(api: Api, answer: str, status: int, retry_after: bool, body: str) -> None:
    api.simulator.put_options({"rate_per_minute": 1, "rate_answer": answer})
    api.codes(api.modify([70001], [90001]))
    refused = api.raw({"token": api.simulator.token, "request": {"actions": [api.modify([70001], [90002])]}})
    assert (refused.status_code, "Retry-After" in refused.headers) == (status, retry_after)
    assert body in refused.text
    assert api.link(70001, 90002) == ("gesendet", "aktiv")


@pytest.mark.parametrize(
    ("answer", "http_status", "expected"),
    [
        ("top", 200, {"response": {"results": []}}),
        ("results_null", 200, {"response": {"results": None}}),
        ("results_missing", 200, {"response": {}}),
        ("response_list", 200, {"response": []}),
        ("response_missing", 200, {}),
        ("codes_text", 200, {"response": {"results": []}}),
        ("http_401", 401, {"response": {"results": []}}),
    ],
)
def test_wrong_credentials_are_refused_as_a_whole(api: Api, answer: str, http_status: int, expected: dict[str, Any]) -> None:
    api.simulator.put_options({"credentials_answer": answer})
    wrong = [("?" * 32, api.modify([70001], [90001]))]
    if answer != "top":
        wrong.append((api.simulator.token, api.modify([70001], [90001], hmac="x")))
    for token, action in wrong:
        got = api.raw({"token": token, "request": {"actions": [action]}})
        assert got.status_code == http_status
        body = got.json()
        assert body.pop("status")["code"] == ("400" if answer == "codes_text" else 400)
        assert body == expected
    assert api.link(70001, 90001) == ("nicht gesetzt", "inaktiv")


@pytest.mark.parametrize(("answer", "top"), [("action", 500), ("action_ok", 200)])
def test_wrong_credentials_are_refused_beside_every_action(api: Api, answer: str, top: int) -> None:
    api.simulator.put_options({"credentials_answer": answer})
    for refused, token in ((False, "?" * 32), (True, None)):
        api.simulator.put_options({"refuse_credentials": refused})
        action = api.modify([70001], [90001])
        signed = action if token is None else action | {"hmac": "of another token"}
        got = api.post(signed, signed, token=token)
        assert got["status"]["code"] == top
        assert [result["status"]["errorcode"] for result in got["response"]["results"]] == [137, 137]


def test_a_whole_answer_may_come_with_any_http_status(api: Api) -> None:
    api.simulator.put_options({"http_status": 500})
    got = api.raw({"token": api.simulator.token, "request": {"actions": [api.modify([70001], [90001])]}})
    assert (got.status_code, got.json()["status"]["code"]) == (500, 200)
    assert api.link(70001, 90001) == ("bestätigt", "inaktiv")


@pytest.mark.parametrize(("redirect", "host"), [("same_host", "127.0.0.1"), ("other_host", "localhost")])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_stable_channel_may_send_a_client_to_the_latest(api: Api, redirect: str, host: str, status: int) -> None:
    import requests  # noqa: PLC0415 - without following

    api.simulator.put_options({"redirect": redirect, "redirect_status": status})
    body = json.dumps({"token": api.simulator.token, "request": {"actions": [api.modify([70001], [90001])]}})
    got = requests.post(api.simulator.url, data=body, allow_redirects=False, timeout=10)
    port = api.simulator.url.split(":")[2].split("/")[0]
    assert (got.status_code, got.headers["Location"]) == (status, f"http://{host}:{port}/api/latest/api.php")
    assert api.link(70001, 90001) == ("nicht gesetzt", "inaktiv")
    assert requests.post(api.simulator.url.replace("stable", "latest"), data=body, timeout=10).status_code == 200
    assert api.link(70001, 90001) == ("bestätigt", "inaktiv")
    assert [(entry["http_status"], entry["applied"]) for entry in api.log()] == [(status, False), (200, True)]


def test_an_answer_may_not_tell_the_time(api: Api) -> None:
    assert "Date" in api.raw(b"").headers
    api.simulator.put_options({"date_header": "missing"})
    assert "Date" not in api.raw(b"").headers


def test_a_dialect_is_played_from_a_file_and_the_command_line_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "dialect.json"
    path.write_text(json.dumps({"version": 1, "dialect": {"words": "german", "max_records": 20}}), encoding="utf-8")
    assert read_dialect(path) == {"words": "german", "max_records": 20}
    command = [sys.executable, "-m", "sync", "simulate", "--dialect", str(path), "--max-records", "7"]
    command += ["--missing-calls", "calendar,estate", "--noise", "", "--no-address-rights", "--hidden-contacts", "0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            import requests  # noqa: PLC0415 - one question

            options = requests.get(url.replace("/api/stable/api.php", "/_simulator/options"), timeout=10).json()
        finally:
            process.terminate()
    said = {"words": "german", "max_records": 7, "missing_calls": ["calendar", "estate"], "address_rights": False}
    assert options == json.loads(json.dumps(write_options(Options()))) | said | {"hidden_contacts": 0.5}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"version": 2, "dialect": {}}', "version"),
        ('{"version": 1}', "'dialect' is missing"),
        ('{"version": 1, "dialect": {}, "office": "Meyer"}', "unknown key 'office'"),
        ('{"version": 1, "dialect": {"wards": "german"}}', "unknown key 'wards'"),
        ('{"version": 1, "dialect": {"words": "latin"}}', "'latin' is none of"),
        ('{"version": 1, "dialect": []}', "an object is expected"),
        ("words = german", "no JSON"),
    ],
)
def test_a_dialect_file_that_cannot_be_is_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "dialect.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=told) as refused:
        serve(token="t", secret="s", seed=None, dialect=path, options={})
    assert str(path) in str(refused.value)


def words_of(kind: Any) -> list[str]:  # noqa: ANN401 - a type
    """The values of an option that chooses from a closed set."""
    kind = get_args(kind)[0] if get_origin(kind) is tuple else kind
    return [str(word) for word in kind] if hasattr(kind, "__members__") else []


def test_the_documentation_lists_every_option_with_every_value() -> None:
    rows: dict[str, str] = {}
    text = (ROOT / "docs/simulator.md").read_text(encoding="utf-8")
    for names, values in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*) \|$", text, re.MULTILINE):
        rows |= dict.fromkeys(re.findall(r"`(\w+)`", names), values)
    assert rows.keys() >= set(Options.__slots__)
    quoted = {name: ["`" + (word or '""') + "`" for word in words_of(kind)] for name, kind in kinds().items()}
    assert [(name, word) for name, words in quoted.items() for word in words if word not in rows[name]] == []


@pytest.mark.parametrize("name", [name for name, kind in kinds().items() if words_of(kind)])
def test_every_value_of_every_option_can_be_put_and_taken_back(api: Api, name: str) -> None:
    default = api.get("options")[name]
    for word in words_of(kinds()[name]):
        value = [word] if isinstance(default, list) else word
        assert api.put("options", {name: value}).json()[name] == value
        answer = api.raw({"token": api.simulator.token, "request": {"actions": [api.modify([70001], [90001])]}})
        assert answer.status_code == 200
    assert api.put("options", {name: default}).json()[name] == default


@pytest.mark.parametrize(
    "options", [{"hidden_contacts": 1.5}, {"protected": ["all"]}, {"protected": "series"}, {"max_records": 501}, {"words": None}]
)
def test_options_that_cannot_be_at_the_start_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=next(iter(options))), running(options=options):
        pass
