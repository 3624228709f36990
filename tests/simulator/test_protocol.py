"""The request and its answer as a whole, for clients of every style (onoffice-api 1.1, 1.2, 2, 9.1, 9.2, 9.8)."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    import requests

    from tests.simulator.conftest import Api


def status(answer: requests.Response) -> tuple[int, int]:
    assert answer.status_code == 200
    body = answer.json()
    assert body["response"]["results"] == []
    return body["status"]["code"], body["status"]["errorcode"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 9),
        (b" \n", 9),
        (b"[" * 100_000, 3),
        (b"[1]", 4),
        (b'"text"', 4),
        (b'{"a":"\x01"}', 5),
        (b"{", 6),
        (b"token=abc", 6),
        (b'{"a":NaN}', 6),
        (b"\xef\xbb\xbf{}", 6),
        (b"1" * 5000, 6),
        (b'{"a":"\xff"}', 7),
    ],
)
def test_what_is_no_json_object_is_named_as_php_would(api: Api, body: bytes, code: int) -> None:
    assert status(api.raw(body)) == (500, code)
    assert api.log()[0]["actions"] == []
    assert api.log()[0]["applied"] is False


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, 13)),
        ({"token": ""}, (400, 13)),
        ({"token": 5}, (400, 13)),
        ({"token": "x"}, (500, 14)),
        ({"token": "x", "request": []}, (500, 14)),
        ({"token": "x", "request": {}}, (500, 15)),
        ({"token": "x", "request": {"actions": {}}}, (500, 15)),
        ({"token": "x", "request": {"actions": []}}, (500, 15)),
        ({"token": "x", "request": {"actions": [{}]}}, (400, 22)),
    ],
)
def test_the_structure_is_looked_at_from_the_outside_in(api: Api, body: object, expected: tuple[int, int]) -> None:
    assert status(api.raw(body)) == expected


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("actionid", None, 16),
        ("actionid", 5, 16),
        ("actionid", "", 17),
        ("resourceid", [], 18),
        ("resourceid", True, 18),
        ("resourcetype", None, 19),
        ("resourcetype", {}, 19),
        ("parameters", None, 20),
        ("parameters", "x", 20),
        ("parameters", [1], 20),
        ("parameters", {"": 1}, 21),
    ],
)
def test_a_broken_action_refuses_the_request_and_nothing_is_done(api: Api, key: str, value: object, code: int) -> None:
    good = api.modify([70001], [90001])
    answer = api.post(good, good | {key: value})
    assert answer["status"]["errorcode"] == code
    assert answer["response"]["results"] == []
    assert api.link(70001, 90001) == ("nicht gesetzt", "inaktiv")


@pytest.mark.parametrize(("key", "code"), [("actionid", 16), ("resourceid", 18), ("resourcetype", 19), ("parameters", 20)])
def test_the_four_keys_are_mandatory(api: Api, key: str, code: int) -> None:
    action = api.modify([70001], [90001])
    del action[key]
    assert api.post(action)["status"]["errorcode"] == code
    assert api.post("no object")["status"]["errorcode"] == 16


@pytest.mark.parametrize(
    ("verb", "kind", "code"),
    [("read", "task", 25), ("get", "", 25), ("read", "relation", 23), ("do", "calendar", 23), ("modify", "calendar", 23)],
)
def test_a_call_that_is_not_there_is_not_configured(api: Api, verb: str, kind: str, code: int) -> None:
    assert api.code(api.action(verb, kind, {})) == code


def test_an_actionid_of_another_namespace_is_not_configured(api: Api) -> None:
    assert api.code(api.action("modify", "relation", {}, actionid="urn:onoffice-en-ns:smart:2.5:smartml:action:modify")) == 23


def test_the_clock_is_looked_at_before_the_signature_and_the_signature_before_the_call(api: Api) -> None:
    action = api.action("do", "nothing", {})
    assert api.code(action) == 25
    assert api.code(action | {"hmac": "x"}) == 137
    assert api.code(action | {"hmac": "x", "timestamp": 1}) == 136


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("channel", ["stable", "latest"])
def test_any_content_type_both_methods_and_both_channels_work(api: Api, content_type: str, method: str, channel: str) -> None:
    body = {"token": api.simulator.token, "request": {"actions": [api.modify([70001], [90001])]}}
    url = api.simulator.url.replace("stable", channel)
    answer = api.raw(body, method=method, url=url, **{"Content-Type": content_type})
    assert answer.json()["status"] == {"code": 200, "errorcode": 0, "message": "OK"}


def test_other_methods_and_channels_are_not_there(api: Api) -> None:
    assert api.raw(b"{}", method="PUT").status_code == 405
    assert api.raw(b"{}", url=api.simulator.url.replace("stable", "beta")).status_code == 404


def test_the_answer_is_gzipped_only_when_asked(api: Api) -> None:
    for asked, got in [("gzip", "gzip"), ("deflate, gzip", "gzip"), ("identity", None), ("gzip;q=0", None), ("br", None)]:
        answer = api.raw(b"", **{"Accept-Encoding": asked})
        assert answer.headers.get("Content-Encoding") == got
        assert answer.json()["status"]["errorcode"] == 9


@pytest.mark.parametrize("identifier", [None, "", "row-000123", "ä/ö", 7])
@pytest.mark.parametrize("resource_id", ["", None, "relation", 5])
def test_what_names_an_action_is_echoed(api: Api, identifier: object, resource_id: object) -> None:
    action = api.modify([70001], [90001], identifier=identifier, resourceid=resource_id)
    (result,) = api.post(action)["response"]["results"]
    assert {key: result[key] for key in ("actionid", "resourceid", "resourcetype", "identifier")} == {
        "actionid": action["actionid"],
        "resourceid": resource_id,
        "resourcetype": "relation",
        "identifier": identifier,
    }


def test_an_action_without_an_identifier_is_answered_with_null(api: Api) -> None:
    action = api.modify([70001], [90001])
    del action["identifier"]
    assert api.post(action)["response"]["results"][0]["identifier"] is None


def test_a_successful_answer_has_the_documented_shape(api: Api) -> None:
    action = api.modify([70001], [90001], identifier="row-000123")
    assert api.post(action) == {
        "status": {"code": 200, "errorcode": 0, "message": "OK"},
        "response": {
            "results": [
                {
                    "actionid": "urn:onoffice-de-ns:smart:2.5:smartml:action:modify",
                    "resourceid": "",
                    "resourcetype": "relation",
                    "cacheable": False,
                    "identifier": "row-000123",
                    "data": {"meta": {"cntabsolute": None}, "records": []},
                    "status": {"errorcode": 0, "message": "OK"},
                }
            ]
        },
    }


def test_a_failed_action_stands_among_good_ones_in_the_order_of_the_request(api: Api) -> None:
    good, bad = api.modify([70001], [90001], identifier="good"), api.modify([70001], [90009], identifier="bad")
    answer = api.post(good, bad, good)
    assert (answer["status"]["code"], answer["status"]["errorcode"]) == (500, 97)
    results = answer["response"]["results"]
    assert [result["identifier"] for result in results] == ["good", "bad", "good"]
    assert [result["status"]["errorcode"] for result in results] == [0, 180, 0]
    assert (results[1]["data"], results[1]["cacheable"]) == ([], False)
    assert api.link(70001, 90001) == ("bestätigt", "inaktiv")


def test_the_body_is_written_as_php_writes_it(api: Api) -> None:
    text = api.raw(
        {"token": api.simulator.token, "request": {"actions": [api.modify([70001], [90001], identifier="ä/ö")]}}
    ).content.decode("ascii")
    assert r'"identifier":"\u00e4\/\u00f6"' in text
    assert '": ' not in text


def test_a_connection_serves_one_request_after_the_other(api: Api) -> None:
    address = urlsplit(api.simulator.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=5)
    try:
        for _ in range(3):
            body = json.dumps({"token": api.simulator.token, "request": {"actions": [api.modify(["70001"], ["90001"])]}})
            connection.request("GET", address.path, body)
            answer = connection.getresponse()
            assert json.loads(answer.read())["status"]["code"] == 200
            assert not answer.will_close
    finally:
        connection.close()
