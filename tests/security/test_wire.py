"""On the wire: certificates are checked, redirects, proxies and other people's credentials are not used."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
import requests
from urllib3 import HTTPResponse

from sync.domain.model import Stop
from sync.notify.delivery import Audience, Message, Ping, Tone, deliver
from sync.onoffice import transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Kit

PATH = "/api/stable/api.php"


class Server(HTTPServer):
    """Keeps what it was sent; `location` is where it sends everybody."""

    def __init__(self, location: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.location = location
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """A connection that was not made is what some tests want."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers.append(dict(self.headers))
        self.send_response(307 if self.server.location else 200)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - the name that http.server looks for

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_against(url: str, folder: Path, kit: type[Kit]) -> tuple[Stop | None, str]:
    office = kit.Office(folder / "office", url)
    office.drop_csv("a.csv", [(70001, 90001, "bestätigt", "")])
    stopped = office.run().info.stopped
    return (stopped.stop, stopped.detail) if stopped else (None, "")


def test_a_server_with_a_certificate_that_nobody_vouches_for_gets_not_a_byte(tmp_path: Path, kit: type[Kit]) -> None:
    tool = shutil.which("openssl")
    if tool is None:
        if os.environ.get("CI"):
            pytest.fail("openssl is missing; .ci/run installs it")
        pytest.skip("no openssl to make a certificate with")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = [tool, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    with serving(Server()) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        stop, detail = run_against(f"https://{server.host}{PATH}", tmp_path, kit)

    assert stop is Stop.UNREACHABLE
    assert "certificate" in detail
    assert server.bodies == []


def test_a_redirect_is_not_followed_so_that_nobody_else_gets_the_token(tmp_path: Path, kit: type[Kit]) -> None:
    with serving(Server()) as other, serving(Server(f"http://{other.host}{PATH}")) as first:
        stop, detail = run_against(f"http://{first.host}{PATH}", tmp_path, kit)

    assert (stop, detail) == (Stop.REDIRECTED, f"http://{other.host}{PATH}")
    assert len(first.bodies) == 1
    assert other.bodies == []


def test_neither_a_proxy_nor_a_netrc_of_the_environment_is_used(
    tmp_path: Path, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(Server()) as proxy, serving(Server()) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.host}")
        monkeypatch.setenv("no_proxy", "")
        run_against(f"http://{server.host}{PATH}", tmp_path, kit)

    assert proxy.bodies == []
    assert server.bodies
    assert all("Authorization" not in headers for headers in server.headers)


def test_the_secret_is_never_sent_only_what_it_signs(tmp_path: Path, kit: type[Kit]) -> None:
    with serving(Server()) as server:
        run_against(f"http://{server.host}{PATH}", tmp_path, kit)

    assert kit.token.encode() in server.bodies[0]
    assert kit.secret.encode() not in server.bodies[0]


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "netrc"
    path.write_text("default login somebody password something\n", encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


@pytest.mark.usefixtures("netrc")
def test_the_monitoring_service_gets_no_credentials_but_those_of_its_own_address() -> None:
    with serving(Server()) as server:
        Ping(f"http://{server.host}/ping").start()
        Ping(f"http://me:mine@{server.host}/ping").start()

    assert [headers.get("Authorization") for headers in server.headers] == [None, "Basic bWU6bWluZQ=="]


def test_nobody_else_gets_a_heartbeat_or_a_message_through_a_redirect() -> None:
    with serving(Server()) as other, serving(Server(f"http://{other.host}/elsewhere")) as first:
        Ping(f"http://{first.host}/ping").success("x")
        deliver(f"json://{first.host}/x", Message(Audience.INSTALLER, Tone.FAILURE, "title", "body"))

    assert len(first.bodies) == 2
    assert other.bodies == []


def test_a_monitoring_service_that_answers_byte_by_byte_holds_nobody(caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not ended.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, args=(listening,), daemon=True).start()
        begun = time.monotonic()
        Ping(f"http://127.0.0.1:{listening.getsockname()[1]}/ping", timeout_seconds=1).start()
        ended.set()

    assert time.monotonic() - begun < 10
    assert "DeadlineExceeded" in caplog.text


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_beyond_any_sane_size_is_cut_off(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER_BYTES", 3 * 2**20)
    answer = requests.Response()
    answer.headers["Content-Encoding"] = "gzip" if packed else "identity"
    answer.raw = HTTPResponse(
        io.BytesIO(gzip.compress(bytes(50 * 2**20)) if packed else bytes(50 * 2**20)), preload_content=False
    )
    answer.raw.headers.update(answer.headers)
    with pytest.raises(transport.AnswerTooLarge):
        transport.read_answer(answer)


def test_the_keys_of_a_connection_are_written_to_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    for proxies in (False, True):
        with transport.session(with_proxies=proxies) as made, pytest.raises(requests.ConnectionError):
            made.get("https://127.0.0.1:1/")

    assert not keys.exists()
