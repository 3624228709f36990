"""Prints the seconds in which the simulator serves 10,000 modify actions in 200 requests of 50.

The requests are written beforehand, down to the bytes on the connection; one keep-alive connection sends them. Needs
nothing but this project: `python3 benchmarks/simulator_speed.py`.
"""

from __future__ import annotations

import base64
import hmac
import http.client
import json
import time
from urllib.parse import urlsplit

from sync.domain.model import Confirmation, Feedback
from sync.onoffice.names import ACTION, CALENDAR_ADDRESS, CONFIRMATION_KEY, FEEDBACK_KEY, RELATION
from sync.simulator import DEFAULT_SECRET, DEFAULT_TOKEN, running

REQUESTS = 200
ACTIONS = 50
MOST_SECONDS = 3.0


def main() -> None:
    with running(office()) as simulator:
        address = urlsplit(simulator.url)
        bodies = [body(number) for number in range(REQUESTS)]
        connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=30)
        start = time.perf_counter()
        answers = [post(connection, address.path, one) for one in bodies]
        seconds = time.perf_counter() - start
        connection.close()
        refused = sum(b'"code":200' not in answer for answer in answers)
        untouched = json.dumps(simulator.state()).count(json.dumps(Confirmation.NOT_SET))
    print(f"{REQUESTS * ACTIONS} actions in {REQUESTS} requests: {seconds:.2f} s; {refused} refused, {untouched} links untouched")
    if refused or untouched or seconds > MOST_SECONDS:
        raise SystemExit(1)


def office() -> dict[str, object]:
    contact = {"confirmation": Confirmation.NOT_SET, "feedback": Feedback.INACTIVE}
    appointments = [
        {
            "id": 70_000 + number,
            "start": "2026-12-02T09:00:00+01:00",
            "contacts": [{"id": 90_000 + number * ACTIONS + at, **contact} for at in range(ACTIONS)],
        }
        for number in range(REQUESTS)
    ]
    return {"appointments": appointments}


def body(number: int) -> bytes:
    timestamp = int(time.time())
    text = f"{timestamp}{DEFAULT_TOKEN}{RELATION}{ACTION}modify"
    signature = base64.b64encode(hmac.digest(DEFAULT_SECRET.encode(), text.encode(), "sha256")).decode()
    actions = [
        {
            "actionid": f"{ACTION}modify",
            "resourceid": "",
            "resourcetype": RELATION,
            "identifier": f"row-{number}-{at}",
            "timestamp": timestamp,
            "hmac_version": 2,
            "hmac": signature,
            "parameters": {
                "childid": [90_000 + number * ACTIONS + at],
                "parentid": [70_000 + number],
                "relationinfo": {CONFIRMATION_KEY: Confirmation.CONFIRMED, FEEDBACK_KEY: Feedback.ACTIVE},
                "relationtype": CALENDAR_ADDRESS,
            },
        }
        for at in range(ACTIONS)
    ]
    return json.dumps({"token": DEFAULT_TOKEN, "request": {"actions": actions}}).encode()


def post(connection: http.client.HTTPConnection, path: str, one: bytes) -> bytes:
    connection.request("POST", path, one, {"content-type": "application/json"})
    return connection.getresponse().read()


if __name__ == "__main__":
    main()
