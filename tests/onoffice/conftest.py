"""A client whose clock, journal and network are made up; the network answers as a script says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import BaseAdapter

from sync.domain.model import Verb
from sync.onoffice.client import Client, ClientSettings
from sync.onoffice.transport import Limiter
from sync.onoffice.wire import Call, Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sync.domain.model import Link

TOKEN, SECRET = "geheimes-token-0123456789abcdefg", "geheimes-secret-" * 4
URL = "https://api.test/api.php"


class Clock:
    """Time that passes only while somebody sleeps, or as told."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@dataclass
class Journal:
    """Keeps what is written down, in the order in which it was."""

    entries: list[tuple[Any, ...]] = field(default_factory=list)

    def intent(self, kind: str, actions: str, links: Sequence[Link]) -> int:
        self.entries.append(("intent", kind, actions, tuple(links)))
        return len(self.entries)

    def outcome(self, request: int, outcome: str, results: str) -> None:
        self.entries.append(("outcome", request, outcome, results))


class Network(BaseAdapter):
    """Answers one request after the other from a script: a response, or what is raised instead of one."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.script: list[Callable[[dict[str, Any]], requests.Response] | requests.Response | Exception] = []
        self.bodies: list[dict[str, Any]] = []
        self.timeouts: list[object] = []
        self.entries_at_sending: list[int] = []
        self._journal = journal

    def send(self, request: requests.PreparedRequest, *_: object, **options: object) -> requests.Response:
        assert request.method == "POST"
        self.bodies.append(json.loads(request.body or b""))
        self.timeouts.append(options["timeout"])
        self.entries_at_sending.append(len(self._journal.entries))
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        response = step if isinstance(step, requests.Response) else step(self.bodies[-1])
        response.request, response.url = request, request.url or ""
        return response

    def close(self) -> None:
        """Nothing is open."""


def response(status: int = 200, body: object = b"", **headers: str) -> requests.Response:
    """An answer with this status, body (bytes as they are, anything else as JSON) and headers (`_` for `-`)."""
    made = requests.Response()
    made.status_code = status
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    made._content_consumed = True
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def result(identifier: object, code: object = 0, **more: object) -> dict[str, Any]:
    """One result of a well-formed answer."""
    data = {"meta": {"cntabsolute": None}, "records": []} if code == 0 else []
    return {"identifier": identifier, "data": data, "status": {"errorcode": code, "message": "m"}, **more}


def envelope(*results: object, code: int = 200, errorcode: object = 0) -> dict[str, Any]:
    """A whole answer."""
    return {"status": {"code": code, "errorcode": errorcode, "message": "m"}, "response": {"results": list(results)}}


def all_fine(body: dict[str, Any]) -> requests.Response:
    """The answer of an API that did everything."""
    return response(body=envelope(*(result(action["identifier"]) for action in body["request"]["actions"])))


@dataclass
class Api:
    """A client and everything made up around it."""

    clock: Clock
    journal: Journal
    network: Network
    client: Client


@pytest.fixture
def api() -> Iterator[Api]:
    clock, journal = Clock(), Journal()
    network = Network(journal)
    client = Client(
        ClientSettings(URL, connect_timeout=3, read_timeout=7, attempts=4),
        Credentials(TOKEN, SECRET),
        Limiter(0, clock=clock.now, sleep=clock.sleep),
        journal,
        now=clock.now,
        sleep=clock.sleep,
    )
    client._session.mount("https://", network)
    yield Api(clock, journal, network, client)
    client.close()


def calls(*identifiers: str, verb: Verb = Verb.MODIFY) -> list[Call]:
    """Calls that differ in nothing but their identifiers."""
    return [Call(identifier, verb, "relation", {"parentid": [1], "childid": [2]}) for identifier in identifiers]
