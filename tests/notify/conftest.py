"""A real mail server and a real web server on this machine, and an office whose runs are listened to."""

from __future__ import annotations

import datetime as dt
import email.policy
import socket
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self

import pytest
from aiosmtpd.controller import Controller

from sync import config, credentials, log, notify, simulator
from sync.job import run
from sync.job.context import Runtime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from email.message import EmailMessage
    from pathlib import Path

    from sync.job.run import Finished
    from sync.simulator import Running

TOKEN: Final = "7ab1c0ffee7ab1c0ffee7ab1c0ffee77"
SECRET: Final = "5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca"
#: Stands in the address of every hook here; nothing but the address may hold it.
HOOK_SECRET: Final = "hooksecret4711"
TUESDAY: Final = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))


class MailBox:
    """A mail server that keeps what it gets; `answer` is what it says to a message."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"
        with socket.create_server(("127.0.0.1", 0)) as free:  # the controller needs to know its port
            self.port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        return self.answer

    def address(self, to: str = "buero@example.org") -> str:
        return f"mailto://127.0.0.1:{self.port}/?from=abgleich@example.org&to={to}"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    assert body is not None
    return str(body.get_content())


@dataclass
class Hook:
    """A web server that keeps what it gets. `status` is its answer; while `held` is not set it does not answer at all."""

    calls: list[tuple[str, bytes]] = field(default_factory=list)
    status: int = 200
    held: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def __enter__(self) -> Self:
        hook = self
        hook.held.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                hook.held.wait(60)
                hook.calls.append((self.path, body))
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.held.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/{HOOK_SECRET}"

    @property
    def ping(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping/{HOOK_SECRET}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.calls]


@dataclass
class Office:
    """One office; `day` is the day on which it believes to be."""

    folder: Path
    url: str
    monkeypatch: pytest.MonkeyPatch
    now: dt.datetime = TUESDAY
    sections: str = ""
    language: str = "de"
    told: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.drop.mkdir(parents=True)
        self.monkeypatch.setenv("ONOFFICE_TOKEN", TOKEN)
        self.monkeypatch.setenv("ONOFFICE_SECRET", SECRET)
        self.tell()

    @property
    def drop(self) -> Path:
        return self.folder / "drop"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def outbox(self) -> list[Path]:
        return sorted((self.folder / "state" / "outbox").glob("*.json"))

    def configure(self, sections: str, language: str = "de") -> None:
        self.sections, self.language = sections, language
        self._write()

    def tell(self, staff: str = "", installer: str = "", ping: str = "") -> None:
        """Where messages go, by the environment; who is not named here is not told."""
        self.told = {"NOTIFY_STAFF": staff, "NOTIFY_INSTALLER": installer, "PING": ping}
        for name, value in self.told.items():
            self.monkeypatch.setenv(name, value)
        self._write()

    def _write(self) -> None:
        text = (
            f'office = "Büro Süd"\n[onoffice]\nurl = "{self.url}"\n[folders]\nsettle_seconds = 0.0\n'
            f'[sending]\nrequests_per_minute = 0\nattempts = 1\n[report]\nlanguage = "{self.language}"\n{self.sections}\n'
        )
        for name, value in self.told.items():
            text = text if value else text.replace(f'"{name}"', '""')
        self.config.write_text(text, encoding="utf-8")

    def drop_csv(self, name: str, *rows: Sequence[object]) -> None:
        header = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung")
        (self.drop / name).write_text(
            "".join(";".join(map(str, row)) + "\r\n" for row in (header, *rows)), encoding="utf-8", newline=""
        )

    def drop_good(self, name: str = "gut.csv") -> None:
        self.drop_csv(name, (70001, 90001, "bestätigt", ""))

    def drop_bad(self, name: str = "termine.csv") -> None:
        self.drop_csv(name, (70001, 90001, "bestätigt", ""), (70001, 90001, "bestätgt", ""), ("", 90001, "gesendet", ""))

    def run(self, *, seconds: float | None = None) -> Finished:
        """A night, as `run` does it."""
        office = config.load(self.config)
        with (
            log.opened("lines", log.Verbosity.NORMAL, log.SecretMasks()) as opened,
            notify.speaking(office, opened, **self._delivery(seconds), now=lambda: self.now) as speaker,
        ):
            return run.run(office, credentials.token_and_secret(office), Runtime(), speaker)

    def _delivery(self, seconds: float | None) -> dict[str, Any]:
        from sync.notify import delivery  # noqa: PLC0415 - only here

        return {"deliver": lambda address, message: delivery.deliver(address, message, seconds)} if seconds is not None else {}

    def holding(self, secret: str) -> list[Path]:
        """Files below the office's folder that hold a text."""
        return [path for path in self.folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


NOTIFY: Final = """
[notify]
staff_env = "NOTIFY_STAFF"
staff_when = "{staff}"
installer_env = "NOTIFY_INSTALLER"
installer_when = "{installer}"
[heartbeat]
ping_env = "PING"
nights = "{nights}"
quiet_days = {quiet_days}
"""


class Kit:
    """What tests here need besides fixtures; test folders are no packages."""

    tuesday = TUESDAY
    hook_secret = HOOK_SECRET
    secrets = (TOKEN, SECRET, HOOK_SECRET)
    Hook = Hook
    text = staticmethod(text)

    @staticmethod
    def notify(staff: str = "problems", installer: str = "change", nights: str = "", quiet_days: int = 0) -> str:
        return NOTIFY.format(staff=staff, installer=installer, nights=nights, quiet_days=quiet_days)


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit


@pytest.fixture
def api() -> Iterator[Running]:
    contacts = [{"id": 90001, "confirmation": "nicht gesetzt", "feedback": "inaktiv"}]
    seed = {"appointments": [{"id": 70001, "start": "2026-12-02T09:00:00+01:00", "contacts": contacts}], "addresses": [90001]}
    with simulator.running(seed, token=TOKEN, secret=SECRET) as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, api: Running, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    office = Office(tmp_path / "office", api.url, monkeypatch)
    office.configure(Kit.notify())
    return office


@pytest.fixture
def mailbox() -> Iterator[MailBox]:
    with MailBox() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as hook:
        yield hook
