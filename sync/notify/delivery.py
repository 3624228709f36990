"""Delivers one message to one address, through apprise: mail, Teams, Slack and a hundred other services.

apprise takes a second to load and is loaded when there is something to deliver. What is wrong although no run failed is noticed
here, too (`Sign`), and a monitoring service is called (`Ping`).
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import smtplib
import ssl
import threading
import warnings
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import requests

from sync.onoffice.transport import DeadlineExceeded, TotalTimeout, session
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path


_log = logging.getLogger(__name__)


class Audience(StrEnum):
    """Who is told."""

    STAFF = "staff"
    INSTALLER = "installer"


class Tone(StrEnum):
    """How a message looks where the service shows it (colour, symbol); apprise's words."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `attachments` are files to send along."""

    audience: Audience
    tone: Tone
    title: str
    body: str
    attachments: tuple[Path, ...] = ()


SECONDS: Final = 30.0
#: So long the doctor waits for a server to which nothing is sent.
LOOK_SECONDS: Final = 10.0
#: What is said where apprise or a package that it needs is missing; `pip` brings both.
NOT_INSTALLED: Final = "apprise is not installed, or not completely"
#: Larger messages do not get through most mail servers; the message says where each file is.
_LARGEST_ATTACHMENT: Final = 10_000_000


def deliver(address: str, message: Message, seconds: float = SECONDS) -> str:
    """Deliver a message within so many seconds; returns what went wrong, "" when nothing did."""
    ear = _LogCapture()
    with _listening(ear):
        outcome = _within(seconds, lambda: _notify(address, message))
    return "" if outcome is True else outcome or ear.reason or "; ".join(ear.said) or "the service did not take it"


def understood(address: str) -> bool:
    """Whether apprise knows what to do with an address."""
    return _service(address) is not None


def blocked(address: str, seconds: float) -> str | None:
    """What keeps messages from an address, "" where its server answers, None where the address names no server.

    Nothing is sent: a mail server is asked for its login, a web server for its first page, as any look at a hook may count.
    """
    outcome = _within(seconds, lambda: _look(address))
    return "" if outcome is True else None if outcome is False else outcome


def server_of(address: str) -> str:
    """As much of an address as holds no secret: the service and, where that is named at all, its server."""
    try:
        service = _service(address)
        names = service is not None and _names_its_server(service)
        port = f":{service.port}" if names and service.port else ""
        return f"{_kind(address)}://{_host(service)}{port}" if names else _kind(address)
    except ModuleNotFoundError:  # told by `blocked`
        return _kind(address)


def _kind(address: str) -> str:
    return address.partition(":")[0]


def _look(address: str) -> str | bool:
    service = _service(address)
    if service is None:
        return _NOT_UNDERSTOOD
    if not _names_its_server(service):
        return False
    try:
        if hasattr(service, "smtp_host"):
            _log_in(service)
        else:
            scheme, port = ("https", service.port or 443) if service.secure else ("http", service.port or 80)
            _front_page(f"{scheme}://{service.host}:{port}/", verify=service.verify_certificate)
    except (OSError, smtplib.SMTPException) as error:  # those of requests are OSErrors; their texts may hold the address
        return _reason(str(error)) or type(error).__name__
    return True


def _names_its_server(service: Any) -> bool:  # noqa: ANN401 - apprise's own classes
    """Whether the host in an address is that of a server, and no token or channel of a service in the cloud."""
    return all("{host}" in template for template in service.templates)


def _host(service: Any) -> str:  # noqa: ANN401 - apprise's own classes
    return str(getattr(service, "smtp_host", None) or service.host)


def _log_in(service: Any) -> None:  # noqa: ANN401 - apprise's own classes
    """Go as far as apprise does before it sends a mail. Raises OSError, SMTPException."""
    context = ssl.create_default_context()
    if not service.verify_certificate:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    where = {"host": _host(service), "port": service.port, "timeout": LOOK_SECONDS}
    made = smtplib.SMTP_SSL(**where, context=context) if service.secure_mode == "ssl" else smtplib.SMTP(**where)
    with made as server:
        if service.secure_mode == "starttls":
            server.starttls(context=context)
        if service.user and service.password:
            server.login(service.user, service.password)


def _front_page(url: str, *, verify: bool = True) -> None:
    """Have a web server answer, whatever it says. Raises RequestException."""
    with session(with_proxies=True) as own:
        own.head(url, timeout=LOOK_SECONDS, allow_redirects=False, verify=verify)


_NOT_UNDERSTOOD: Final = "apprise does not understand the address"


def _notify(address: str, message: Message) -> str | bool:
    service = _service(address)
    if service is None:
        return _NOT_UNDERSTOOD
    taken = service.notify(
        body=message.body, title=message.title, notify_type=message.tone.value, body_format="text", attach=_attachments(message)
    )
    return bool(taken)


def _service(address: str) -> Any:  # noqa: ANN401 - apprise's own classes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it loads modules that Python is about to give up
        import apprise  # noqa: PLC0415 - slow to import

        asset = apprise.AppriseAsset(
            app_id="onoffice-sync", app_desc="onOffice", app_url="", async_mode=False, http_redirects=False
        )
        return apprise.Apprise.instantiate(address, asset=asset)


def _attachments(message: Message) -> Any:  # noqa: ANN401 - apprise's own classes
    """The files to send along, as many as mail servers let through together; None where there are none."""
    files, room = [], _LARGEST_ATTACHMENT
    for path in message.attachments:
        if content := _content(path, room):
            files.append((path.name, content))
            room -= len(content)
    if not files:
        return None
    from apprise import AppriseAttachment  # noqa: PLC0415 - slow to import
    from apprise.attachment.memory import AttachMemory  # noqa: PLC0415

    attachments = AppriseAttachment()
    file: Any = AttachMemory
    for name, content in files:
        attachments.add(file(content=content, name=name, mimetype=_EXCEL))
    return attachments


def _content(path: Path, room: int) -> bytes:
    """What a file to send along holds; b"" where it is not there, too large for the room, or not ours alone."""
    try:
        with handles.folder(path.parent) as folder, folder.spot(path.name).reading() as held:
            info = os.fstat(held.fileno())
            if info.st_nlink > 1 or info.st_size > room:  # another name of it may be a file that is not for staff
                return b""
            return held.read(room)
    except OSError as error:  # somebody has corrected it already and tidied up, or put something else in its place
        _log.debug("%s is not sent along: %s", path.name, error.strerror)
        return b""


_EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _within(seconds: float, work: Callable[[], str | bool]) -> str | bool:
    """What `work` comes to. It is left alone when it takes longer: some services wait for a server without an end."""
    outcome: list[str | bool] = []

    def do() -> None:
        try:
            outcome.append(work())
        except ModuleNotFoundError:
            outcome.append(NOT_INSTALLED)
        except Exception as error:  # noqa: BLE001 - of any service; its text may hold the address
            outcome.append(type(error).__name__)

    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    thread.join(seconds)
    return outcome[0] if outcome else f"no answer within {seconds:g} seconds"


#: How apprise begins to tell why a service was not reached, and what it then says of which reason; the rest may hold the address.
_WHY_NOT: Final = "Socket Exception: "
_REASONS: Final = {
    r"(?i)connection refused|WinError 10061": "the server refused the connection",
    r"(?i)name or service not known|name resolution|no address associated|getaddrinfo": "the name of the server is not known",
    r"(?i)certificate.verify.failed": "the secure connection could not be made or broke off (certificate)",
    r"(?i)timed out": "the server does not answer",
    r"(?i)unreachable|no route to host": "the server cannot be reached",
}
#: The code of an SMTP server that has answered, and of those the ones about who sends.
_ANSWERED: Final = re.compile(r"\(([245]\d\d),")
_NOT_LET_IN: Final = frozenset({"534", "535", "538"})


def _reason(told: str) -> str:
    """Why a service was not reached, "" where that is none that we know; a server that answered was reached."""
    if codes := _ANSWERED.findall(told):
        return "the server did not take user name and password" if _NOT_LET_IN & {*codes} else ""
    return next((reason for pattern, reason in _REASONS.items() if re.search(pattern, told)), "")


class _LogCapture(logging.Handler):
    """What apprise warns of, and the last reason for which a service was not reached, "" where it is none that we know."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.said.append(told)
        elif told.startswith(_WHY_NOT):
            self.reason = _reason(told)


class _listening:  # noqa: N801 - read as a word: with _listening(...)
    """What apprise says about a failure is heard here, and nowhere else: it may show parts of an address."""

    def __init__(self, ear: _LogCapture) -> None:
        self._ear = ear
        self._logger = logging.getLogger("apprise")
        self._before = self._logger.propagate, self._logger.level

    def __enter__(self) -> None:
        self._logger.propagate = False
        self._logger.setLevel(logging.DEBUG)  # the reason is told no louder
        self._logger.addHandler(self._ear)

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self._ear)
        self._logger.propagate, level = self._before
        self._logger.setLevel(level)


# What has to be noticed although nothing happens: nights without a run, days without a file; pings of a monitoring service.


_TIMEOUT_SECONDS: Final = 5.0
_SATURDAY: Final = 5
_TELL_AGAIN_DAYS: Final = 7


class Sign(StrEnum):
    """Something that is wrong although no run failed."""

    MISSED = "missed"
    QUIET = "quiet"
    NO_ROWS = "no_rows"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Noticed:
    """One sign. `count`: nights without a run, working days without a file, files; `names`: dates as ISO text, or files."""

    sign: Sign
    count: int
    names: tuple[str, ...] = ()


def missed(last: dt.date | None, today: dt.date, nights: str) -> Noticed | None:
    """The nights between two starts on which the job did not run, as the office expects it: "daily", "workdays", "" for never."""
    if last is None or not nights:
        return None
    days = [day for day in _days_between(last, today) if nights == "daily" or day.weekday() < _SATURDAY]
    return Noticed(Sign.MISSED, len(days), tuple(day.isoformat() for day in days)) if days else None


def quiet(since: dt.date | None, today: dt.date, quiet_days: int) -> Noticed | None:
    """Whether no file has arrived for so many working days, today included; 0 disables it."""
    if since is None or not quiet_days:
        return None
    days = sum(day.weekday() < _SATURDAY for day in _days_between(since, today + dt.timedelta(days=1)))
    return Noticed(Sign.QUIET, days, (since.isoformat(),)) if days >= quiet_days else None


@dataclass(frozen=True, slots=True)
class LeftFile:
    """A file that stays in the drop folder: the days on which a run first left it there, and on which that was last told."""

    since: dt.date
    told: dt.date | None = None

    def due(self, today: dt.date) -> bool:
        """Whether it is time to tell: on the next day for the first time, then once a week."""
        return self.since < today and (self.told is None or (today - self.told).days >= _TELL_AGAIN_DAYS)


def stuck(waiting: Mapping[str, LeftFile], today: dt.date) -> Noticed | None:
    """The files that lie in the drop folder since an earlier day and were read by no run; by name."""
    names = tuple(sorted(name for name, one in waiting.items() if one.due(today)))
    return Noticed(Sign.STUCK, len(names), names) if names else None


def waiting_on(before: Mapping[str, LeftFile], names: Iterable[str], today: dt.date) -> dict[str, LeftFile]:
    """The files that a run of today left in the drop folder, with what is known of them from earlier runs.

    A clock that was ahead then must not keep anything from being told now.
    """
    known = {name: before.get(name, LeftFile(today)) for name in names}
    return {name: LeftFile(min(one.since, today), one.told and min(one.told, today)) for name, one in known.items()}


def told_on(waiting: Mapping[str, LeftFile], noticed: Noticed | None, today: dt.date) -> dict[str, LeftFile]:
    """The same after those that were noticed were told."""
    names = noticed.names if noticed else ()
    return {name: replace(one, told=today) if name in names else one for name, one in waiting.items()}


def _days_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The days after the first and before the last one."""
    for number in range(1, (last - first).days):
        yield first + dt.timedelta(days=number)


def ping_blocked(address: str, seconds: float) -> str:
    """What keeps calls from a monitoring service, "" where its server answers. It is not called: that would count as a run."""

    def look() -> str | bool:
        try:
            _front_page(urlunsplit((*urlsplit(address)[:2], "/", "", "")))
        except OSError as error:  # its text holds the address
            return _reason(str(error)) or type(error).__name__
        return True

    outcome = _within(seconds, look)
    return "" if outcome is True else str(outcome)


def ping_server_of(address: str) -> str:
    """As much of the address of a monitoring service as holds no secret."""
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.hostname else ""
    except ValueError:
        return ""


class Ping:
    """Calls a monitoring service in the manner of healthchecks: the address at a good end, `/start` and `/fail` below it.

    A monitoring service that cannot be reached is told of in the log and nowhere else: it raises the alarm itself.
    """

    def __init__(self, address: str, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds

    def start(self) -> None:
        """A run begins."""
        self._call("/start", "")

    def success(self, text: str) -> None:
        """A run came to its end."""
        self._call("", text)

    def fail(self, text: str) -> None:
        """A run failed."""
        self._call("/fail", text)

    def _call(self, below: str, text: str) -> None:
        if not self._address:
            return
        try:
            parts = urlsplit(self._address)
            address = urlunsplit(parts._replace(path=parts.path.rstrip("/") + below))
            trouble = TotalTimeout(2 * self._timeout_seconds, lambda: self._post(address, text)).result()
        except (requests.RequestException, ValueError, DeadlineExceeded) as error:  # its text holds the address
            trouble = type(error).__name__
        if trouble:
            _log.warning("the heartbeat%s could not be sent: %s", below, trouble)

    def _post(self, address: str, text: str) -> str:
        """What went wrong, "" where nothing did. What the monitoring service answers besides is not read."""
        with session(with_proxies=True) as own:
            seconds = self._timeout_seconds
            answer = own.post(address, data=text.encode(), timeout=seconds, allow_redirects=False, stream=True)
            return "" if answer.status_code < requests.codes.multiple_choices else f"HTTP {answer.status_code}"
