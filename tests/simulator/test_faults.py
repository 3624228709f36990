"""Each fault, and which requests it hits (contracts: faults)."""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

if TYPE_CHECKING:
    from tests.simulator.conftest import Api

CHANGED, UNCHANGED = ("bestätigt", "inaktiv"), ("nicht gesetzt", "inaktiv")


def order(api: Api, do: str, **more: object) -> None:
    api.simulator.put_faults([{"on": "nth", "n": 1, "do": do, **more}])


def request_body(api: Api) -> dict[str, Any]:
    actions = [api.modify([70001], [90001], identifier="a"), api.modify([70001], [90002], identifier="b")]
    return {"token": api.simulator.token, "request": {"actions": actions}}


def last(api: Api) -> tuple[object, object, object, list[object]]:
    entry = api.simulator.log()[-1]
    codes = [action["errorcode"] for action in entry["actions"]]
    return entry["fault"], entry["http_status"], entry["applied"], codes


@pytest.mark.parametrize(("do", "applied"), [("drop_before", False), ("drop_after", True)])
def test_a_dropped_connection_ends_without_a_byte(api: Api, do: str, applied: bool) -> None:
    order(api, do)
    address = urlsplit(api.simulator.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=5)
    connection.request("POST", address.path, json.dumps(request_body(api)))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    connection.close()
    assert api.link(70001, 90001) == (CHANGED if applied else UNCHANGED)
    assert last(api) == (do, None, applied, [0, 0] if applied else [None, None])
    assert api.raw(request_body(api)).status_code == 200


def test_a_status_comes_instead_of_the_work(api: Api) -> None:
    order(api, "status", code=429, retry_after=2)
    answer = api.raw(request_body(api))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert api.link(70001, 90001) == UNCHANGED
    assert last(api) == ("status", 429, False, [None, None])


def test_a_status_says_when_to_come_back_only_if_told(api: Api) -> None:
    order(api, "status", code=503)
    answer = api.raw(request_body(api))
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, None)


def test_a_delayed_answer_has_taken_effect_before_it_comes(api: Api) -> None:
    order(api, "delay", seconds=0.3)
    start = time.monotonic()
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(api.simulator.url, json=request_body(api), timeout=0.05)
    assert api.link(70001, 90001) == CHANGED
    order(api, "delay", seconds=0.3)
    assert api.raw(request_body(api)).json()["status"]["code"] == 200
    assert time.monotonic() - start >= 0.3
    assert last(api) == ("delay", 200, True, [0, 0])


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_truncated_answer_announces_more_than_comes(api: Api, encoding: str) -> None:
    order(api, "truncate")
    address = urlsplit(api.simulator.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=5)
    connection.request("POST", address.path, json.dumps(request_body(api)), {"Accept-Encoding": encoding})
    answer = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as cut:
        answer.read()
    connection.close()
    assert answer.status == 200
    assert len(cut.value.partial) == int(answer.headers["Content-Length"]) // 2 > 0
    assert api.link(70001, 90001) == CHANGED
    assert last(api) == ("truncate", 200, True, [0, 0])


def test_garbage_is_html_with_status_200(api: Api) -> None:
    order(api, "garbage")
    answer = api.raw(request_body(api))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert last(api) == ("garbage", 200, True, [0, 0])


def test_an_empty_answer_is_a_success_without_a_body(api: Api) -> None:
    order(api, "empty")
    answer = api.raw(request_body(api))
    assert (answer.status_code, answer.content) == (200, b"")
    assert api.link(70001, 90001) == CHANGED
    assert last(api) == ("empty", 200, True, [0, 0])


def test_a_dripping_answer_comes_whole_but_takes_a_pause_before_every_byte(api: Api) -> None:
    order(api, "drip", seconds=0.001)
    start = time.monotonic()
    answer = api.raw(request_body(api))
    assert time.monotonic() - start >= 0.001 * int(answer.headers["Content-Length"]) / 2
    assert [result["identifier"] for result in answer.json()["response"]["results"]] == ["a", "b"]
    assert last(api) == ("drip", 200, True, [0, 0])


def test_whoever_does_not_wait_for_a_dripping_answer_keeps_nobody_else_waiting(api: Api) -> None:
    order(api, "drip", seconds=60)
    with pytest.raises(requests.exceptions.ConnectionError, match="timed out"):
        requests.post(api.simulator.url, json=request_body(api), timeout=0.05)
    assert api.raw(request_body(api)).status_code == 200


def test_a_lie_says_success_and_leaves_everything_as_it_was(api: Api) -> None:
    order(api, "no_effect", verb="modify")
    assert api.codes(api.modify([70001], [90001]), api.modify([70001], [90009])) == [0, 180]
    assert api.link(70001, 90001) == UNCHANGED
    assert last(api) == ("no_effect", 200, False, [0, 180])
    assert api.codes(api.modify([70001], [90001])) == [0]
    assert api.link(70001, 90001) == CHANGED


@pytest.mark.parametrize(
    ("do", "identifiers"),
    [
        ("short_results", ["a"]),
        ("reorder_results", ["b", "a"]),
        ("duplicate_results", ["a", "b", "a"]),
        ("long_results", ["a", "b", "foreign-b"]),
        ("foreign_results", ["foreign-a", "foreign-b"]),
    ],
)
def test_results_can_be_short_long_turned_round_doubled_or_foreign(api: Api, do: str, identifiers: list[str]) -> None:
    order(api, do)
    answer = api.raw(request_body(api)).json()
    assert [result["identifier"] for result in answer["response"]["results"]] == identifiers
    assert (api.link(70001, 90001), api.link(70001, 90002)) == (CHANGED, ("bestätigt", "aktiv"))
    assert last(api) == (do, 200, True, [0, 0])


def test_an_action_error_refuses_the_actions_of_its_verb_and_no_others(api: Api) -> None:
    order(api, "action_error", code=156, verb="modify")
    read = api.action("get", "appointmentList", {"data": ["id"]}, resourceid="70001")
    assert api.codes(api.modify([70001], [90001]), read) == [156, 0]
    assert api.link(70001, 90001) == UNCHANGED
    assert last(api) == ("action_error", 200, True, [156, 0])
    order(api, "action_error", code=1)
    assert api.codes(api.modify([70001], [90001]), read) == [1, 1]


def test_a_stopped_server_refuses_connections_and_comes_back_with_its_state(api: Api) -> None:
    api.modify([70001], [90001])
    assert api.raw(request_body(api)).status_code == 200
    api.simulator.put_faults([{"on": "nth", "n": 1, "do": "stop", "seconds": 0.3}])
    with requests.Session() as session:
        session.get(api.control + "state", timeout=5)
        with pytest.raises(requests.ConnectionError):
            api.raw(request_body(api))
        with pytest.raises(requests.ConnectionError):
            session.get(api.control + "state", timeout=5)
    with pytest.raises(requests.ConnectionError, match="refused"):
        api.get("state")
    assert last(api) == ("stop", None, False, [None, None])
    wait_until_it_is_back(api)
    assert api.raw(request_body(api)).status_code == 200
    assert api.link(70001, 90001) == CHANGED


def wait_until_it_is_back(api: Api) -> None:
    end = time.monotonic() + 5
    while True:
        try:
            api.get("options")
        except requests.ConnectionError:
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return


def test_a_simulator_ends_while_it_refuses_connections_and_while_an_answer_waits(api: Api) -> None:
    order(api, "delay", seconds=60)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(api.simulator.url, json=request_body(api), timeout=0.05)
    order(api, "stop", seconds=60)
    with pytest.raises(requests.ConnectionError):
        api.raw(request_body(api))


def hits(api: Api, requests_sent: int) -> list[int]:
    """Which of so many requests were hit by a 503."""
    statuses = [api.raw(request_body(api)).status_code for _ in range(requests_sent)]
    return [number for number, status in enumerate(statuses, start=1) if status == 503]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"on": "every"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"on": "every", "n": 3}, [3, 6]),
        ({"on": "nth", "n": 3}, [3]),
        ({"on": "nth", "n": 3, "verb": "get"}, []),
        ({"on": "every", "n": 3, "verb": "modify", "p": 0.5, "seed": 1, "retry_after": None}, [3, 6]),
        ({"on": "random", "p": 0}, []),
        ({"on": "random", "p": 1}, [1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_a_rule_hits_every_nth_the_nth_or_some(api: Api, rule: dict[str, object], expected: list[int]) -> None:
    api.simulator.put_faults([{"do": "status", "code": 503, **rule}])
    assert hits(api, 7) == expected


def test_chance_is_the_same_for_the_same_seed(api: Api) -> None:
    runs = []
    for seed in (1, 1, 2):
        api.simulator.put_faults([{"on": "random", "p": 0.5, "seed": seed, "do": "status", "code": 503}])
        runs.append(hits(api, 20))
    assert runs[0] == runs[1] != runs[2]
    assert 0 < len(runs[0]) < 20


def test_a_rule_counts_only_the_requests_with_its_verb(api: Api) -> None:
    api.simulator.put_faults([{"on": "nth", "n": 2, "verb": "modify", "do": "status", "code": 503}])
    read = {"token": api.simulator.token, "request": {"actions": [api.action("get", "appointmentList", [], resourceid=70001)]}}
    bodies = [read, request_body(api), read, read, request_body(api), request_body(api)]
    assert [api.raw(body).status_code for body in bodies] == [200, 200, 200, 200, 503, 200]


def test_the_first_rule_that_hits_wins_and_all_count(api: Api) -> None:
    rules = [{"on": "nth", "n": 2, "do": "status", "code": 503}, {"on": "every", "n": 2, "do": "status", "code": 500}]
    api.simulator.put_faults(rules)
    assert [api.raw(request_body(api)).status_code for _ in range(4)] == [200, 503, 200, 500]
    api.simulator.put_faults([])
    assert [api.raw(request_body(api)).status_code for _ in range(2)] == [200, 200]


def test_rules_are_shown_in_the_shape_in_which_they_are_put(api: Api) -> None:
    assert api.put("faults", [{"on": "every", "n": 10, "verb": None, "do": "stop", "seconds": 1.5}]).status_code == 200
    shown = api.get("faults")
    assert (shown[0]["do"], shown[0]["n"], shown[0]["seconds"]) == ("stop", 10, 1.5)
    assert api.put("faults", shown).json() == shown
    assert api.put("faults", []).json() == []


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"do": "garbage"}, "'on'"),
        ({"on": "every"}, "'do'"),
        ({"on": "sometimes", "do": "garbage"}, "on"),
        ({"on": "every", "do": "explode"}, "do"),
        ({"on": "nth", "do": "garbage"}, "'n'"),
        ({"on": "every", "n": 0, "do": "garbage"}, "n"),
        ({"on": "random", "do": "garbage"}, "'p'"),
        ({"on": "random", "p": 1.5, "do": "garbage"}, "p"),
        ({"on": "every", "do": "status"}, "'code'"),
        ({"on": "every", "do": "status", "code": 200}, "code"),
        ({"on": "every", "do": "action_error", "code": 0}, "code"),
        ({"on": "every", "do": "delay"}, "'seconds'"),
        ({"on": "every", "do": "stop", "seconds": -1}, "seconds"),
        ({"on": "every", "do": "garbage", "verb": "update"}, "verb"),
        ({"on": "every", "do": "garbage", "retry": 1}, "'retry'"),
        ("garbage", ""),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_name_and_the_old_ones_stay(api: Api, rule: object, named: str) -> None:
    order(api, "garbage")
    answer = api.put("faults", [{"on": "every", "do": "garbage"}, rule])
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("faults[1]")
    assert named in answer.json()["error"]
    assert api.get("faults")[0]["on"] == "nth"
