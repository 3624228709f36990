"""State and log as others read and write them (contracts: Simulator)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from sync.simulator import BadInput, running

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.conftest import Api


def test_the_state_comes_back_as_it_was_put(api: Api, seed: dict[str, Any]) -> None:
    assert api.get("state") == seed
    seed["appointments"].reverse()
    assert api.put("state", seed).json() == seed
    assert api.get("state") == api.simulator.state() == seed


def test_moving_an_appointment_through_the_state_is_plain_replacement(api: Api, seed: dict[str, Any]) -> None:
    seed["appointments"][0]["start"] = "2026-12-24T09:00:00+01:00"
    api.put("state", seed)
    assert api.link(70001, 90002) == ("gesendet", "aktiv")
    wanted = {"data": ["id"], "filter": {"startDate": "2026-12-24", "endDate": "2026-12-24"}}
    assert [record["id"] for record in api.records(api.action("get", "appointmentList", wanted))] == [70001]


def test_what_a_state_leaves_out_is_nothing_set(api: Api) -> None:
    api.put("state", {"appointments": [{"id": 1, "start": "2026-12-02T09:00:00Z", "contacts": [{"id": 2}]}]})
    assert api.get("state") == {
        "appointments": [
            {
                "id": 1,
                "subject": "",
                "start": "2026-12-02T09:00:00Z",
                "end": "2026-12-02T09:00:00Z",
                "contacts": [{"id": 2, "confirmation": "nicht gesetzt", "feedback": "inaktiv"}],
            }
        ],
        "addresses": [],
    }
    assert api.put("state", {}).json() == {"appointments": [], "addresses": []}


def wrong(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    def changed(seed: dict[str, Any]) -> object:
        change(seed)
        return seed

    return changed


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda _: [], "state:"),
        (wrong(lambda seed: seed.update(links=[])), "state: unknown key 'links'"),
        (wrong(lambda seed: seed.update(appointments={})), "appointments:"),
        (wrong(lambda seed: seed["appointments"][1].pop("id")), "appointments[1]: key 'id'"),
        (wrong(lambda seed: seed["appointments"][1].update(id="70002")), "appointments[1].id"),
        (wrong(lambda seed: seed["appointments"][1].update(id=70001)), "appointments[1].id: 70001 is there twice"),
        (wrong(lambda seed: seed["appointments"][1].update(start="soon")), "appointments[1].start"),
        (wrong(lambda seed: seed["appointments"][1].update(end="2026-12-02T09:00:00")), "appointments[1].end"),
        (wrong(lambda seed: seed["appointments"][1].update(subject=None)), "appointments[1].subject"),
        (wrong(lambda seed: seed["appointments"][0]["contacts"][1].update(id=90001)), "appointments[0].contacts[1].id"),
        (wrong(lambda seed: seed["appointments"][0]["contacts"][1].update(confirmation="sent")), "contacts[1].confirmation"),
        (wrong(lambda seed: seed["appointments"][0]["contacts"][1].update(feedback="")), "contacts[1].feedback"),
        (wrong(lambda seed: seed["appointments"][0]["contacts"][1].update(status="")), "contacts[1]: unknown key 'status'"),
        (wrong(lambda seed: seed["addresses"].append(True)), "addresses[3]"),
    ],
)
def test_a_wrong_state_is_refused_by_place_and_the_old_one_stays(
    api: Api, seed: dict[str, Any], change: Callable[[dict[str, Any]], object], place: str
) -> None:
    answer = api.put("state", change(copy.deepcopy(seed)))
    assert answer.status_code == 400
    assert place in answer.json()["error"]
    assert api.get("state") == seed


@pytest.mark.parametrize("name", ["state", "faults", "options"])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(api: Api, name: str, body: bytes) -> None:
    answer = api.put(name, body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("no JSON")


def test_the_log_is_only_read(api: Api) -> None:
    assert api.put("log", []).status_code == 405


def test_the_log_has_every_request_with_its_actions(api: Api) -> None:
    actions = [
        api.modify([70001], ["90001", 90002], identifier="w"),
        api.action("get", "appointmentList", {"data": ["id"]}, resourceid="70002", identifier="r"),
        api.action("get", "idsfromrelation", {"childids": [90001]}, identifier=None),
        api.action("frobnicate", "task", [], identifier=7),
    ]
    api.post(*actions)
    api.raw(b"{}")
    first, second = api.log()
    assert first["actions"] == [
        logged("w", "modify", "relation", 0, parents=[70001], children=[90001, 90002]),
        logged("r", "get", "appointmentList", 0, parents=[70002], children=[]),
        logged(None, "get", "idsfromrelation", 132, parents=[], children=[90001]),
        logged(7, "frobnicate", "task", 25, parents=[], children=[]),
    ]
    assert first.keys() == {"at", "http_status", "fault", "bytes_in", "applied", "actions"}
    assert (first["http_status"], first["fault"], first["applied"]) == (200, None, True)
    assert (second["bytes_in"], second["applied"], second["actions"]) == (2, False, [])
    assert 0 <= first["at"] <= second["at"]
    assert api.log() == api.simulator.log()


def logged(
    identifier: object, verb: str, kind: str, code: int | None, *, parents: list[int], children: list[int]
) -> dict[str, object]:
    return {
        "identifier": identifier,
        "verb": verb,
        "resourcetype": kind,
        "errorcode": code,
        "parents": parents,
        "children": children,
    }


def test_a_refused_request_is_logged_with_the_actions_it_held(api: Api) -> None:
    api.post(api.modify([70001], [90001]), token="0" * 32)
    (entry,) = api.log()
    assert entry["applied"] is False
    assert entry["actions"] == [logged("one", "modify", "relation", None, parents=[70001], children=[90001])]


def test_the_log_takes_actions_of_any_shape(api: Api) -> None:
    strange = [None, 5, {}, {"actionid": 5, "resourcetype": [], "parameters": [], "identifier": {}, "resourceid": {}}]
    api.raw({"token": "x", "request": {"actions": [*strange, {"parameters": {"parentid": {"a": 1}, "childid": [None, "7"]}}]}})
    assert [action["children"] for action in api.log()[0]["actions"]] == [[], [], [], [], [7]]


def test_a_handle_refuses_what_the_control_refuses(api: Api) -> None:
    with pytest.raises(BadInput, match="unknown key"):
        api.simulator.put_state({"x": 1})
    with pytest.raises(BadInput, match=r"faults\[0\]"):
        api.simulator.put_faults([{"on": "every"}])
    with pytest.raises(BadInput, match="options"):
        api.simulator.put_options({"x": 1})
    with pytest.raises(BadInput, match="state"), running({"x": 1}):
        pass
