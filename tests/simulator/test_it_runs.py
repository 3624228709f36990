"""The simulator starts, answers and leaves nothing behind."""

from __future__ import annotations

import requests

from sync.simulator import running


def test_it_answers_on_loopback_and_ends() -> None:
    with running() as simulator:
        answer = requests.post(simulator.url, data=b"", timeout=5)
        assert answer.json()["status"]["errorcode"] == 9
    assert simulator.url.startswith("http://127.0.0.1:")
