"""What has to be noticed although nothing happens: nights without a run, days without a file; pings of a monitoring service."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import requests

from sync.onoffice.total_timeout import DeadlineExceeded, TotalTimeout
from sync.onoffice.transport import session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_log = logging.getLogger(__name__)

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
class Waiting:
    """A file that stays in the drop folder: the days on which a run first left it there, and on which that was last told."""

    since: dt.date
    told: dt.date | None = None

    def due(self, today: dt.date) -> bool:
        """Whether it is time to tell: on the next day for the first time, then once a week."""
        return self.since < today and (self.told is None or (today - self.told).days >= _TELL_AGAIN_DAYS)


def stuck(waiting: Mapping[str, Waiting], today: dt.date) -> Noticed | None:
    """The files that lie in the drop folder since an earlier day and were read by no run; by name."""
    names = tuple(sorted(name for name, one in waiting.items() if one.due(today)))
    return Noticed(Sign.STUCK, len(names), names) if names else None


def waiting_on(before: Mapping[str, Waiting], names: Iterable[str], today: dt.date) -> dict[str, Waiting]:
    """The files that a run of today left in the drop folder, with what is known of them from earlier runs.

    A clock that was ahead then must not keep anything from being told now.
    """
    known = {name: before.get(name, Waiting(today)) for name in names}
    return {name: Waiting(min(one.since, today), one.told and min(one.told, today)) for name, one in known.items()}


def told_on(waiting: Mapping[str, Waiting], noticed: Noticed | None, today: dt.date) -> dict[str, Waiting]:
    """The same after those that were noticed were told."""
    names = noticed.names if noticed else ()
    return {name: replace(one, told=today) if name in names else one for name, one in waiting.items()}


def _days_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The days after the first and before the last one."""
    for number in range(1, (last - first).days):
        yield first + dt.timedelta(days=number)


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
