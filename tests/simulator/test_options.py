"""Each behaviour that the public facts leave open can be played (contracts: options)."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from sync.simulator import BadInput, running
from sync.simulator.options import Options

if TYPE_CHECKING:
    from tests.simulator.conftest import Api

FEEDBACK = "statusTerminrueckmeldung"


@pytest.mark.parametrize(
    ("envelope", "top"),
    [("97", (500, 97, "Error in action")), ("code", (500, 180, None)), ("ok", (200, 0, "OK"))],
)
def test_failure_envelope_says_what_the_top_level_shows(api: Api, envelope: str, top: tuple[int, int, str | None]) -> None:
    api.simulator.put_options({"failure_envelope": envelope})
    answer = api.post(api.modify([70001], [90001]), api.modify([70001], [90009]), api.modify([79999], [90009]))
    results = answer["response"]["results"]
    assert [result["status"]["errorcode"] for result in results] == [0, 180, 169]
    message = results[1]["status"]["message"] if top[2] is None else top[2]
    assert answer["status"] == {"code": top[0], "errorcode": top[1], "message": message}


@pytest.mark.parametrize("envelope", ["97", "code", "ok"])
def test_every_envelope_says_ok_when_nothing_failed(api: Api, envelope: str) -> None:
    api.simulator.put_options({"failure_envelope": envelope})
    assert api.post(api.modify([70001], [90001]))["status"] == {"code": 200, "errorcode": 0, "message": "OK"}


@pytest.mark.parametrize("verb", ["modify", "create", "delete"])
def test_success_body_is_empty_or_a_record(api: Api, verb: str) -> None:
    success = {"id": 0, "type": "relation", "elements": {"success": "success"}}
    for body, address, expected in [("empty", 90001, []), ("record", 90002, [success])]:
        api.simulator.put_options({"success_body": body})
        assert api.records(api.modify([70001], [address], verb=verb)) == expected


@pytest.mark.parametrize(
    ("several", "written"),
    [("atomic", []), ("partial", [90001, 90002, 90003]), ("first", [90001])],
)
def test_several_links_says_how_much_is_done_when_one_is_wrong(api: Api, several: str, written: list[int]) -> None:
    contacts = [{"id": address} for address in (90001, 90002, 90003)]
    api.simulator.put_state(
        {"appointments": [{"id": 1, "start": "2026-12-02T09:00:00Z", "contacts": contacts}], "addresses": [90009]}
    )
    api.simulator.put_options({"several_links": several})
    assert api.code(api.modify([1], [90001, 90009, 90002, 99999, 90003])) == 180
    assert [address for address in (90001, 90002, 90003) if api.link(1, address) == ("bestätigt", "inaktiv")] == written


@pytest.mark.parametrize("several", ["atomic", "partial", "first"])
def test_several_right_links_are_all_done(api: Api, several: str) -> None:
    api.simulator.put_options({"several_links": several})
    assert api.code(api.modify([70001, 70002], [90001])) == 0
    assert (api.link(70001, 90001), api.link(70002, 90001)) == (("bestätigt", "inaktiv"), ("bestätigt", "inaktiv"))


def test_create_and_delete_of_several_links_are_whole_as_well(api: Api) -> None:
    before = api.simulator.state()
    assert api.codes(api.modify([70001], [90009, 99999], verb="create"), api.modify([70001], [90001, 90009], verb="delete")) == [
        292,
        168,
    ]
    assert api.simulator.state() == before


def test_read_rights_can_be_missing_while_writing_works(api: Api) -> None:
    api.simulator.put_options({"read_rights": False})
    reads = [
        api.action("get", "appointmentList", {"data": ["id"]}, resourceid="70001"),
        api.action("get", "appointmentList", {"filter": {"startDate": "2026-12-01", "endDate": "2026-12-31"}}),
        api.action("get", "appointmentList", {"data": ["id"]}, resourceid="79999"),
        api.action("read", "calendar", {}, resourceid="70001"),
        api.action("get", "idsfromrelation", api.modify(1, 1)["parameters"] | {"parentids": [70001]}),
    ]
    assert api.codes(*reads, api.modify([70001], [90001])) == [156] * 5 + [0]
    assert api.link(70001, 90001) == ("bestätigt", "inaktiv")


@pytest.mark.parametrize("verb", ["modify", "create", "delete"])
def test_empty_resourceid_can_be_refused_for_writes(api: Api, verb: str) -> None:
    api.simulator.put_options({"empty_resourceid": "18"})
    action = api.modify([70001], [90001], verb=verb)
    assert api.codes(action, action | {"resourceid": None}, action | {"resourceid": "relation"}) == [18, 18, 0]
    wanted = {"data": ["id"], "filter": {"startDate": "2026-12-01", "endDate": "2026-12-31"}}
    assert api.code(api.action("get", "appointmentList", wanted)) == 0


@pytest.mark.parametrize(("words", "expected"), [("german", ["inaktiv", "aktiv"]), ("english", ["inactive", "active"])])
def test_followup_words_are_german_or_english(api: Api, words: str, expected: list[str]) -> None:
    api.simulator.put_options({"followup_words": words})
    wanted = {"data": ["contacts", "showFollowUpStatus"]}
    (record,) = api.records(api.action("get", "appointmentList", wanted, resourceid="70001"))
    assert [contact["followUpStatus"] for contact in record["elements"]["contacts"]] == expected
    assert api.code(api.modify([70001], [90001], relationinfo={FEEDBACK: "active"})) == 181


@pytest.mark.parametrize(
    ("verb", "codes", "changed"),
    [("modify", [0, 0], ("modify",)), ("create", [23, 0], ("create",)), ("both", [0, 0], ("modify", "create"))],
)
def test_modify_verb_says_which_verb_changes_a_link(
    api: Api, seed: dict[str, Any], verb: str, codes: list[int], changed: str
) -> None:
    api.simulator.put_options({"modify_verb": verb})
    for sent, code in zip(("modify", "create"), codes, strict=True):
        api.simulator.put_state(seed)
        assert api.code(api.modify([70001], [90001], verb=sent)) == code
        assert (api.link(70001, 90001) == ("bestätigt", "inaktiv")) is (sent in changed)
        assert api.code(api.modify([70001], [90009], verb="create")) == 0


def test_max_actions_refuses_a_longer_request_as_a_whole(api: Api) -> None:
    api.simulator.put_options({"max_actions": 2})
    action = api.modify([70001], [90001])
    answer = api.post(action, action, action)
    assert (answer["status"]["code"], answer["status"]["errorcode"], answer["response"]) == (500, 15, {"results": []})
    assert api.link(70001, 90001) == ("nicht gesetzt", "inaktiv")
    assert api.codes(action, action) == [0, 0]


def test_max_bytes_answers_413_above_it(api: Api) -> None:
    body = {"token": api.simulator.token, "request": {"actions": [api.modify([70001], [90001])]}}
    size = len(api.raw(body).request.body or "")
    for limit, status in [(size, 200), (size - 1, 413)]:
        api.simulator.put_options({"max_bytes": limit})
        assert api.raw(body).status_code == status
    last = api.log()[-1]
    assert (last["http_status"], last["applied"], last["bytes_in"], last["fault"]) == (413, False, size, None)
    assert last["actions"][0]["errorcode"] is None


def test_rate_per_minute_answers_429_above_it_and_says_when_to_come_back(api_class: type[Api]) -> None:
    now = [1000.0]
    with running(options={"rate_per_minute": 2}, clock=lambda: now[0]) as simulator:
        api = api_class(simulator)
        answers = []
        for now[0] in (1000.0, 1010.0, 1020.5, 1059.5, 1060.0, 1060.1, 1070.0):
            answers.append(api.raw(b""))
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 200, 429, 200]
        assert [answer.headers.get("Retry-After") for answer in answers if answer.status_code == 429] == ["40", "1", "10"]
        assert [entry["at"] for entry in api.log()] == [0.0, 10.0, 20.5, 59.5, 60.0, 60.1, 70.0]
        assert [entry["http_status"] for entry in api.log()] == [answer.status_code for answer in answers]


def test_latency_is_paid_by_the_request_and_by_every_action(api: Api) -> None:
    api.simulator.put_options({"latency_ms": 40, "per_action_ms": 20})
    start = time.monotonic()
    api.codes(api.modify([70001], [90001]), api.modify([70001], [90002]))
    assert 0.08 <= time.monotonic() - start < 2


def test_options_given_at_the_start_hold_and_others_keep_their_defaults(api_class: type[Api]) -> None:
    with running(options={"success_body": "record"}) as simulator:
        given = api_class(simulator).get("options")
    assert given == json.loads(json.dumps(asdict(Options()))) | {"success_body": "record"}


def test_putting_one_option_leaves_the_others(api: Api) -> None:
    assert api.put("options", {"max_actions": 5}).status_code == 200
    assert api.put("options", {"read_rights": False}).json()["max_actions"] == 5
    assert api.put("options", {"max_actions": None}).json()["max_actions"] is None
    assert api.put("options", api.get("options")).status_code == 200


@pytest.mark.parametrize(
    "options",
    [
        {"latency": 5},
        {"latency_ms": -1},
        {"latency_ms": "5"},
        {"max_actions": 0},
        {"max_bytes": 1.5},
        {"rate_per_minute": True},
        {"clock_offset_s": None},
        {"failure_envelope": "E1"},
        {"success_body": None},
        {"read_rights": 1},
        {"modify_verb": "delete"},
        [],
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name_and_nothing_changes(api: Api, options: object) -> None:
    before = api.get("options")
    answer = api.put("options", {"max_bytes": 7} | options if isinstance(options, dict) else options)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("options")
    assert api.get("options") == before


def test_a_wrong_option_at_the_start_is_an_error() -> None:
    with pytest.raises(BadInput, match="latency_ms"), running(options={"latency_ms": "x"}):
        pass
