"""Delivers one message to one address, through apprise: mail, Teams, Slack and a hundred other services.

apprise takes a second to load and is loaded when there is something to deliver.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from typing import TYPE_CHECKING, Any, Final

from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.notify.message import Message

_log = logging.getLogger(__name__)

SECONDS: Final = 30.0
#: Larger messages do not get through most mail servers; the message says where each file is.
_LARGEST_ATTACHMENT: Final = 10_000_000


def deliver(address: str, message: Message, seconds: float = SECONDS) -> str:
    """Deliver a message within so many seconds; returns what went wrong, "" when nothing did."""
    said: list[str] = []
    with _listening(said):
        outcome = _within(seconds, lambda: _notify(address, message))
    return "" if outcome is True else outcome or "; ".join(said) or "the service did not take it"


def understood(address: str) -> bool:
    """Whether apprise knows what to do with an address."""
    return _service(address) is not None


def _notify(address: str, message: Message) -> str | bool:
    service = _service(address)
    if service is None:
        return "apprise does not understand the address"
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
        except Exception as error:  # noqa: BLE001 - of any service; its text may hold the address
            outcome.append(type(error).__name__)

    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    thread.join(seconds)
    return outcome[0] if outcome else f"no answer within {seconds:g} seconds"


class _LogCapture(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


class _listening:  # noqa: N801 - read as a word: with _listening(...)
    """What apprise says about a failure is heard here, and nowhere else: it may show parts of an address."""

    def __init__(self, said: list[str]) -> None:
        self._ear = _LogCapture(said)
        self._logger = logging.getLogger("apprise")
        self._before = self._logger.propagate

    def __enter__(self) -> None:
        self._logger.propagate = False
        self._logger.addHandler(self._ear)

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self._ear)
        self._logger.propagate = self._before
