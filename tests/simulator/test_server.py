"""Starting and ending, on loopback only (contracts: simulate)."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from sync.simulator import DEFAULT_SECRET, DEFAULT_TOKEN, BadInput, running, serve
from sync.simulator.server import _listen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.simulator.conftest import Api

SCRIPT = """
import signal
import sys
from pathlib import Path
from sync.simulator import serve
seed = Path(sys.argv[2]) if len(sys.argv) > 2 else None
serve(port=int(sys.argv[1]), token="t" * 32, secret="s" * 64, seed=seed, options={"success_body": "record"})
print("ended", signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
"""


@contextlib.contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", SCRIPT, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = re.fullmatch(r"simulator ready on (http://127\.0\.0\.1:\d+/api/stable/api\.php)\n", line)
            assert found, line
            yield process, found[1]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(os.name != "posix", reason="signals reach another process only on POSIX")
def test_it_serves_once_it_says_so_and_ends_cleanly(tmp_path: Path, seed: dict[str, Any], number: int) -> None:
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(seed, ensure_ascii=False), encoding="utf-8-sig")
    with served("0", str(file)) as (process, url):
        control = url.removesuffix("/api/stable/api.php") + "/_simulator/"
        with requests.Session() as session:
            assert session.get(control + "state", timeout=5).json() == seed
            assert session.get(control + "options", timeout=5).json()["success_body"] == "record"
            process.send_signal(number)
            out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "ended True\n", "")


def test_it_takes_the_port_it_is_given_and_says_when_it_is_taken() -> None:
    with running() as other:
        taken = urlsplit(other.url).port or 0
        with pytest.raises(OSError, match=r"in use|WinError"):
            serve(port=taken, token=DEFAULT_TOKEN, secret=DEFAULT_SECRET, seed=None, options={})
    with served(str(taken)) as (_, url):
        assert urlsplit(url).port == taken


@pytest.mark.parametrize("content", ["", "{", "[]", '{"appointments": 1}'])
def test_a_seed_that_cannot_be_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "seed.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=r"seed\.json: "):
        serve(token=DEFAULT_TOKEN, secret=DEFAULT_SECRET, seed=file, options={})


def test_a_wrong_option_keeps_it_from_starting() -> None:
    with pytest.raises(BadInput, match="unknown key 'rate'"):
        serve(token=DEFAULT_TOKEN, secret=DEFAULT_SECRET, seed=None, options={"rate": 1})


def test_the_default_credentials_have_the_lengths_of_real_ones() -> None:
    assert (len(DEFAULT_TOKEN), len(DEFAULT_SECRET)) == (32, 64)


def test_running_leaves_no_thread_no_socket_and_no_warning(seed: dict[str, Any]) -> None:
    gc.collect()
    before = threading.active_count()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with running(seed) as simulator, requests.Session() as session:
            session.post(simulator.url, data=b"", timeout=5)
            address = urlsplit(simulator.url)
            half_sent = socket.create_connection((address.hostname, address.port))
            half_sent.sendall(b"POST /api/stable/api.php HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        half_sent.close()
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.post(simulator.url, data=b"", timeout=5)


def test_connections_that_just_arrive_when_it_ends_leave_no_warning() -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(20):
            with running() as simulator:
                address = urlsplit(simulator.url)
                arriving = [socket.create_connection((address.hostname, address.port)) for _ in range(3)]
            for connection in arriving:
                connection.close()
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_running_ends_when_its_block_fails() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), running():
        raise ZeroDivisionError
    assert threading.active_count() == before


def test_several_run_beside_each_other(seed: dict[str, Any], api_class: type[Api]) -> None:
    with running(seed) as one, running(seed, token="a" * 32, secret="b" * 64) as other:
        assert api_class(other).code(api_class(other).modify([70001], [90001])) == 0
        assert one.state() == seed
        assert other.state() != seed


def test_answers_leave_at_once() -> None:
    """Asyncio turns off Nagle's algorithm (40 ms an answer) only on a socket that says it is TCP."""
    with contextlib.closing(_listen(0)) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_several_clients_at_once_lose_nothing(api: Api) -> None:
    contacts = [{"id": number} for number in range(1, 161)]
    api.simulator.put_state({"appointments": [{"id": 1, "start": "2026-12-02T09:00:00Z", "contacts": contacts}]})
    api.simulator.put_options({"latency_ms": 5})
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda number: api.code(api.modify([1], [number])), range(1, 161)))
    assert codes == [0] * 160
    assert {contact["confirmation"] for contact in api.simulator.state()["appointments"][0]["contacts"]} == {"bestätigt"}
    assert sorted(child for entry in api.log() for child in entry["actions"][0]["children"]) == list(range(1, 161))


def test_a_client_that_gives_up_half_way_does_no_harm(api: Api) -> None:
    address = urlsplit(api.simulator.url)
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(b"POST /api/stable/api.php HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert api.code(api.modify([70001], [90001])) == 0
    assert len(api.log()) == 1
