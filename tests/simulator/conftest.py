"""A small office, and a foreign client that signs by itself and sends whatever it is told to."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sync.simulator import DEFAULT_SECRET, DEFAULT_TOKEN, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.simulator import Running

URN = "urn:onoffice-de-ns:smart:2.5:"
LINKED = URN + "relationTypes:calendar:address"

SEED: dict[str, Any] = {
    "appointments": [
        {
            "id": 70001,
            "subject": "Besichtigung",
            "start": "2026-12-02T09:00:00+01:00",
            "end": "2026-12-02T09:45:00+01:00",
            "contacts": [
                {"id": 90001, "confirmation": "nicht gesetzt", "feedback": "inaktiv"},
                {"id": 90002, "confirmation": "gesendet", "feedback": "aktiv"},
            ],
        },
        {
            "id": 70002,
            "subject": "",
            "start": "2026-12-03T00:30:00+01:00",
            "end": "2026-12-03T01:00:00+01:00",
            "contacts": [{"id": 90001, "confirmation": "gecancelt", "feedback": "inaktiv"}],
        },
        {
            "id": 70003,
            "subject": "ohne Feedback",
            "start": "2027-01-10T12:00:00+00:00",
            "end": "2027-01-10T13:00:00+00:00",
            "contacts": [{"id": 90001, "confirmation": "bestätigt", "feedback": None}],
        },
    ],
    "addresses": [90001, 90002, 90009],
}


class Api:
    """Speaks to a running simulator as a client would that nobody here has written."""

    def __init__(self, simulator: Running) -> None:
        self.simulator = simulator
        self.control = simulator.url.removesuffix("/api/stable/api.php") + "/_simulator/"

    def action(self, verb: str, kind: str, parameters: object, **more: object) -> dict[str, Any]:
        """One signed action; anything in it can be set otherwise."""
        action = {
            "actionid": f"{URN}smartml:action:{verb}",
            "resourceid": "",
            "resourcetype": kind,
            "identifier": "one",
            "timestamp": int(time.time()),
            "hmac_version": 2,
            "parameters": parameters,
        } | more
        return {"hmac": self.sign(action)} | action

    def sign(self, action: dict[str, Any]) -> str:
        text = f"{action['timestamp']}{self.simulator.token}{action['resourcetype']}{action['actionid']}"
        return base64.b64encode(hmac.digest(self.simulator.secret.encode(), text.encode(), hashlib.sha256)).decode()

    def modify(self, appointments: object, addresses: object, verb: str = "modify", **more: object) -> dict[str, Any]:
        parameters = {
            "relationtype": LINKED,
            "parentid": appointments,
            "childid": addresses,
            "relationinfo": {"statusTerminbestaetigung": "bestätigt"},
        }
        parameters |= {key: more.pop(key) for key in list(more) if key in parameters}
        return self.action(verb, "relation", parameters, **more)

    def raw(self, body: bytes | str | object, *, method: str = "POST", url: str = "", **headers: str) -> requests.Response:
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return requests.request(method, url or self.simulator.url, data=data, headers=headers, timeout=10)

    def post(self, *actions: object, token: str | None = None) -> dict[str, Any]:
        body = {"token": token or self.simulator.token, "request": {"actions": list(actions)}}
        answer = self.raw(body)
        assert answer.status_code == 200
        return answer.json()

    def codes(self, *actions: object) -> list[int]:
        return [result["status"]["errorcode"] for result in self.post(*actions)["response"]["results"]]

    def code(self, action: object) -> int:
        (code,) = self.codes(action)
        return code

    def records(self, action: object) -> Any:  # noqa: ANN401 - whatever JSON came back
        (result,) = self.post(action)["response"]["results"]
        assert result["status"] == {"errorcode": 0, "message": "OK"}
        return result["data"]["records"]

    def link(self, appointment: int, address: int) -> tuple[str, str | None] | None:
        """The two words of a link in the simulator's state."""
        return links(self.simulator.state()).get((appointment, address))

    def put(self, name: str, body: object) -> requests.Response:
        return self.raw(body, method="PUT", url=self.control + name)

    def get(self, name: str) -> Any:  # noqa: ANN401 - whatever JSON came back
        return requests.get(self.control + name, timeout=10).json()

    def log(self) -> list[dict[str, Any]]:
        return self.get("log")


def links(state: dict[str, Any]) -> dict[tuple[int, int], tuple[str, str | None]]:
    return {
        (appointment["id"], contact["id"]): (contact["confirmation"], contact["feedback"])
        for appointment in state["appointments"]
        for contact in appointment["contacts"]
    }


@pytest.fixture
def seed() -> dict[str, Any]:
    return copy.deepcopy(SEED)


@pytest.fixture
def api() -> Iterator[Api]:
    with running(SEED) as simulator:
        assert (simulator.token, simulator.secret) == (DEFAULT_TOKEN, DEFAULT_SECRET)
        yield Api(simulator)


@pytest.fixture(scope="session")
def api_class() -> type[Api]:
    return Api
