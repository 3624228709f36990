"""APIs that speak other than the simulator does: what it is asked and what it answers is put into other clothes on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from sync.ledger import Ledger
from sync.onoffice import client
from tests.rounds.conftest import Office, office, one_crm

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["office", "one_crm"]

Actions = list[dict[str, Any]]


@dataclass
class Clothes(HTTPAdapter):
    """What becomes of a request before it reaches the simulator, and of its answer after that.

    `asks` changes the actions; what it gives back beside them is answered in their place without the simulator, by identifier.
    `answers` changes a result, with the action that it answers. `wraps` makes the whole answer.
    """

    asks: Callable[[dict[str, Any]], dict[str, Any] | None] | None = None
    answers: Callable[[dict[str, Any], dict[str, Any]], None] | None = None
    wraps: Callable[[requests.Response], requests.Response] | None = None
    before: Callable[[Actions], None] | None = None
    after: Callable[[Actions], None] | None = None
    requests: list[Actions] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401
        body = json.loads(request.body or b"")
        actions: Actions = body["request"]["actions"]
        self.requests.append(json.loads(json.dumps(actions)))
        if self.before:
            self.before(actions)
        instead = {action["identifier"]: result for action in actions if self.asks and (result := self.asks(action))}
        asked = [action for action in actions if action["identifier"] not in instead]
        body["request"]["actions"] = asked
        request.prepare_body(json.dumps(body), None)
        response = super().send(request, *args, **options)
        if instead or self.answers:
            self._alter(response, self.requests[-1], instead)
        if self.after:
            self.after(actions)
        return self.wraps(response) if self.wraps else response

    def _alter(self, response: requests.Response, actions: Actions, instead: dict[str, dict[str, Any]]) -> None:
        answer = response.json()
        results = {result["identifier"]: result for result in answer["response"].get("results", [])} | instead
        answer["response"]["results"] = [results[action["identifier"]] for action in actions if action["identifier"] in results]
        if instead and len(instead) == len(actions):
            answer["status"] = {"code": 200, "errorcode": 0, "message": "OK"}
        for action in actions:
            if self.answers and action["identifier"] in results:
                self.answers(action, results[action["identifier"]])
        response._content = json.dumps(answer).encode()
        response._content_consumed = True


def refused(action: dict[str, Any], code: int) -> dict[str, Any]:
    """The result of an action that is refused with this code."""
    return {
        "actionid": action["actionid"],
        "resourceid": action["resourceid"],
        "resourcetype": action["resourcetype"],
        "cacheable": False,
        "identifier": action["identifier"],
        "data": [],
        "status": {"errorcode": code, "message": "no"},
    }


def contacts(result: dict[str, Any]) -> list[dict[str, Any]]:
    """All contacts that the result of a read shows."""
    records = result["data"]["records"] if isinstance(result["data"], dict) else []
    return [contact for record in records for contact in record["elements"]["contacts"]]


@pytest.fixture
def clothes(monkeypatch: pytest.MonkeyPatch) -> Clothes:
    """The way to the simulator; without a change it is as it is."""
    worn = Clothes()

    def session() -> requests.Session:
        made = requests.Session()
        made.trust_env = False
        made.mount("http://", worn)
        return made

    monkeypatch.setattr(client, "session", session)
    return worn


@pytest.fixture
def fresh(office: Callable[..., Office]) -> Callable[..., Office]:
    """Makes an office that has never written."""

    def make(*given: Any, **more: Any) -> Office:  # noqa: ANN401
        return office(*given, ledger=Ledger.in_memory(), **more)

    return make
