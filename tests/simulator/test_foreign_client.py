"""A client that nobody here has written works against the simulator, whatever dialect it plays.

It has the habits of the PHP clients (onoffice-api 2.5, 4): what it sends has the content type of a form, results belong to
actions by their place, lists and objects are the same thing to walk through, an answer without results is an error.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
import requests

from tests.rehearsal.dialects import CREDENTIALS, DIALECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.simulator import Running
    from tests.rehearsal.dialects import Dialect
    from tests.simulator.conftest import Api

URN: Final = "urn:onoffice-de-ns:smart:2.5:"
RELATION: Final = URN + "relationTypes:calendar:address"
WRITTEN: Final = ("bestätigt", "gesendet", "gecancelt", "nicht gesetzt")
#: What an English or German word that is read stands for, in capitals and without marks.
READ: Final = {
    "CONFIRMED": "bestätigt",
    "SENT": "gesendet",
    "CANCELED": "gecancelt",
    "CANCELLED": "gecancelt",
    "NOTSET": "nicht gesetzt",
    "BESTÄTIGT": "bestätigt",
    "GESENDET": "gesendet",
    "GECANCELT": "gecancelt",
    "NICHTGESETZT": "nicht gesetzt",
    "": "nicht gesetzt",
}
ON: Final = {"AKTIV", "ACTIVE", "TRUE", "1", "YES", "JA", "ON"}
OFF: Final = {"INAKTIV", "INACTIVE", "FALSE", "0", "NO", "NEIN", "OFF"}


class Refused(Exception):
    """The API said no: the error code, or what else it said."""


def walk(value: object) -> list[tuple[str, Any]]:
    """PHP's `foreach`: key and value, whether it is a list, an object or nothing."""
    if isinstance(value, dict):
        return list(value.items())
    return [(str(key), entry) for key, entry in enumerate(value)] if isinstance(value, list) else []


class Client:
    """Somebody else's client. `options` is what its installer knows of the office."""

    def __init__(self, simulator: Running, options: dict[str, Any]) -> None:
        self.api = simulator
        self.options = options
        self.url = simulator.url
        self.clock_offset = 0

    def call(self, verb: str, kind: str, parameters: dict[str, Any], resource_id: object = "") -> dict[str, Any]:
        action_id, now = f"{URN}smartml:action:{verb}", int(time.time()) + self.clock_offset
        text = f"{now}{self.api.token}{kind}{action_id}".encode()
        action = {
            "actionid": action_id,
            "resourceid": resource_id,
            "resourcetype": kind,
            "identifier": "called-by-somebody-else",
            "timestamp": now,
            "hmac_version": "2",
            "hmac": base64.b64encode(hmac.digest(self.api.secret.encode(), text, hashlib.sha256)).decode(),
            "parameters": dict(sorted(parameters.items())),
        }
        answer = self._post(json.dumps({"token": self.api.token, "request": {"actions": [action]}}))
        results = [result for _, result in walk(dict(walk(answer.get("response"))).get("results"))]
        if not results:
            raise Refused(str(answer["status"]["errorcode"]))
        code = int(results[0]["status"]["errorcode"])
        if code == 136 and not self.clock_offset:
            raise Refused("clock")
        if code:
            raise Refused(str(code))
        return results[0]["data"]

    def _post(self, body: str) -> dict[str, Any]:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        got = requests.post(self.url, data=body, headers=form, timeout=10, allow_redirects=False)
        if got.is_redirect:
            if got.headers["Location"].split("/")[2] != self.url.split("/")[2]:
                raise Refused(f"sent to {got.headers['Location']}")
            self.url = got.headers["Location"]
            return self._post(body)
        found = re.search(r'\{"status".*\}', got.text, re.DOTALL)  # PHP's own words may stand around it
        answer: dict[str, Any] = json.loads(found.group()) if found else {}
        if got.status_code in {429, 503} or not answer or "429" in str(answer["status"]["code"]):
            self.api.go_forward(61)
            return self._post(body)
        return answer

    def contacts(self, appointment: int) -> dict[int, tuple[Any, Any]]:
        """Both statuses of every contact of an appointment, as they read."""
        if "appointmentList" in self.options.get("missing_calls", ()):
            return self._from_calendar(appointment)
        place = self.options.get("followup_place", "data")
        asked: dict[str, Any] = {"data": ["id", "contacts"]}
        if place == "parameter":
            asked["showFollowUpStatus"] = True
        else:
            asked["data"].append("showFollowUpStatus")
        data = self.call("get", "appointmentList", *self._asking_for(appointment, asked))
        for _, record in walk(data.get("records")):
            elements = dict(walk(record["elements"]) if isinstance(record["elements"], dict) else walk(record["elements"][0]))
            if str(record.get("id") or elements.get("id")) == str(appointment):
                return {
                    int(contact.get("id", key)): (contact.get("confirmationStatus"), contact.get("followUpStatus"))
                    for key, contact in walk(elements.get("contacts"))
                }
        raise Refused("not shown")

    def _asking_for(self, appointment: int, asked: dict[str, Any]) -> tuple[dict[str, Any], object]:
        match self.options.get("single_read", "resourceid"):
            case "number":
                return asked, appointment
            case "parameter":
                return asked | {"resourceId": appointment}, ""
            case "filter":
                return asked | {"filter": {"id": [{"op": "=", "val": appointment}]}}, ""
            case "none":
                return asked | {"filter": {"startDate": "2026-12-02", "endDate": "2026-12-03"}}, ""
            case _:
                return asked, str(appointment)

    def _from_calendar(self, appointment: int) -> dict[int, tuple[Any, Any]]:
        if "calendar" in self.options["missing_calls"]:
            raise Refused("nothing to read with")
        data = self.call("read", "calendar", {"showConfirmationStatus": True}, appointment)
        ((_, record),) = walk(data["records"])
        return {contact["id"]: (contact.get("confirmationStatus"), None) for _, contact in walk(record["elements"]["addresses"])}

    def linked(self, appointment: int) -> set[int]:
        data = self.call("get", "idsfromrelation", {"relationtype": RELATION, "parentids": [appointment]})
        ((_, record),) = walk(data["records"])
        elements = record["elements"]
        found = walk(elements[0]) if isinstance(elements, list) and elements else walk(elements)
        return {int(number) for _, numbers in found for number in numbers}

    def write(self, verb: str, appointment: int, address: int, *, confirmation: str = "", feedback: str = "") -> None:
        """All of a link at once: who does not know whether the other half stays, sends both."""
        if verb == "modify" and self.options.get("modify_verb") == "create":
            verb = "create"
        info = {"statusTerminbestaetigung": confirmation, "statusTerminrueckmeldung": feedback}
        given = {"relationtype": RELATION, "parentid": [appointment], "childid": [address]}
        resource_id = "relation" if self.options.get("empty_resourceid") == "18" else ""
        words = {name: word for name, word in info.items() if word}
        self.call(verb, "relation", given | ({"relationinfo": words} if words else {}), resource_id)
        self.api.go_forward(self.options.get("read_lag_s", 0) + 1)


def plain(value: object) -> str:
    value = value["value"] if isinstance(value, dict) else "" if value is None else value
    return re.sub(r"[-_ ]", "", str(value)).upper()


@pytest.fixture
def client(api: Api) -> Callable[[Dialect], Client]:
    def speaking(dialect: Dialect) -> Client:
        api.simulator.put_options(dialect.options)
        made = Client(api.simulator, dialect.options)
        made.clock_offset = dialect.options.get("clock_offset_s", 0)
        return made

    return speaking


OPEN: Final = [
    dialect
    for dialect in DIALECTS
    if not {"refuse_credentials", "read_rights", "address_rights", "hidden_contacts", "double_contacts"} & dialect.options.keys()
    and dialect.options.get("redirect") != "other_host"
    and dialect.name != "missing_calls=appointmentList+calendar"
]
UNHEARD: Final = {"numbers", "other"}


@pytest.mark.parametrize("dialect", OPEN, ids=[dialect.name for dialect in OPEN])
def test_somebody_elses_client_reads_and_writes_in_every_dialect(
    client: Callable[[Dialect], Client], api: Api, dialect: Dialect
) -> None:
    other, options = client(dialect), dialect.options
    assert other.contacts(70001).keys() == {90001, 90002}
    before = other.contacts(70001)[90002]
    for confirmation, feedback in (("bestätigt", "aktiv"), ("gecancelt", "inaktiv"), ("nicht gesetzt", "aktiv")):
        other.write("modify", 70001, 90001, confirmation=confirmation, feedback=feedback)
        assert api.link(70001, 90001) == (confirmation, feedback)
        read_confirmation, read_feedback = other.contacts(70001)[90001]
        if options.get("words") not in UNHEARD:
            assert READ[plain(read_confirmation)] == confirmation
        if options.get("followup_words") not in UNHEARD and "appointmentList" not in options.get("missing_calls", ()):
            assert plain(read_feedback) in (ON if feedback == "aktiv" else OFF)
    assert other.contacts(70001)[90002] == before
    other.write("create", 70001, 90009)
    other.write("delete", 70001, 90002)
    assert other.contacts(70001).keys() == {90001, 90009}
    if "idsfromrelation" not in options.get("missing_calls", ()):
        assert other.linked(70001) == {90001, 90009}


@pytest.mark.parametrize("words", sorted(UNHEARD))
def test_words_that_nobody_has_heard_of_are_still_one_for_each_state(client: Callable[[Dialect], Client], words: str) -> None:
    (dialect,) = [dialect for dialect in DIALECTS if dialect.options == {"words": words}]
    other = client(dialect)
    seen = {}
    for confirmation in WRITTEN:
        for address in (90001, 90002):
            other.write("modify", 70001, address, confirmation=confirmation)
            seen.setdefault(confirmation, set()).add(other.contacts(70001)[address][0])
    assert [len(found) for found in seen.values()] == [1, 1, 1, 1]
    assert len(set().union(*seen.values())) == 4


def test_a_hidden_contact_is_found_by_its_relation(client: Callable[[Dialect], Client]) -> None:
    for name in ("hidden_contacts=1", "address_rights=False"):
        (dialect,) = [dialect for dialect in DIALECTS if dialect.name == name]
        other = client(dialect)
        assert other.contacts(70001) == {}
        assert other.linked(70001) == {90001, 90002}


@pytest.mark.parametrize("answer", CREDENTIALS)
def test_wrong_credentials_say_137_or_22_wherever_they_stand(client: Callable[[Dialect], Client], answer: str) -> None:
    (dialect,) = [dialect for dialect in DIALECTS if dialect.options.get("credentials_answer") == answer]
    with pytest.raises(Refused, match=r"^(22|137)$"):
        client(dialect).contacts(70001)


def test_a_client_that_is_sent_to_another_host_is_told_where(client: Callable[[Dialect], Client]) -> None:
    (dialect,) = [dialect for dialect in DIALECTS if dialect.options.get("redirect") == "other_host"]
    with pytest.raises(Refused, match=r"sent to http://localhost:\d+/api/latest/api\.php"):
        client(dialect).contacts(70001)
