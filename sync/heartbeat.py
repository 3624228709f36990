"""What has to be noticed although nothing happens: nights without a run, days without a file; and the watchman's ping."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)

_TIMEOUT_SECONDS: Final = 5.0
_SATURDAY: Final = 5


class Sign(StrEnum):
    """Something that is wrong although no run failed."""

    MISSED = "missed"
    QUIET = "quiet"
    NO_ROWS = "no_rows"


@dataclass(frozen=True, slots=True)
class Noticed:
    """One sign. `count`: nights without a run, working days without a file; `names`: dates as ISO text, or files."""

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
    """Whether no file has arrived for so many working days, today included; 0 never says so."""
    if since is None or not quiet_days:
        return None
    days = sum(day.weekday() < _SATURDAY for day in _days_between(since, today + dt.timedelta(days=1)))
    return Noticed(Sign.QUIET, days, (since.isoformat(),)) if days >= quiet_days else None


def _days_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The days after the first and before the last one."""
    for number in range(1, (last - first).days):
        yield first + dt.timedelta(days=number)


class Ping:
    """Calls a watchman in the manner of healthchecks: the address at a good end, `/start` and `/fail` below it.

    A watchman who cannot be reached is told of in the log and nowhere else: he raises the alarm himself.
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
            answer = requests.post(address, data=text.encode(), timeout=self._timeout_seconds, allow_redirects=False)
            trouble = "" if answer.ok else f"HTTP {answer.status_code}"
        except (requests.RequestException, ValueError) as error:  # its text holds the address
            trouble = type(error).__name__
        if trouble:
            _log.warning("the heartbeat%s could not be sent: %s", below, trouble)
