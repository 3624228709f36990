"""What stands in the way of a change although the CRM would take it: the office's picture of the link is out of date. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sync.model import Bar, Code, Found

if TYPE_CHECKING:
    from datetime import tzinfo

    from sync.model import Change, Live

_JUST_A_DATE = len("2026-12-02")
_A_MINUTE = timedelta(minutes=1)


def barred(change: Change, live: Live, zone: tzinfo) -> Bar | None:
    """Why a change must not be sent to a link that has this live state; None where nothing stands in the way.

    `zone` is where the office keeps its clocks: times in sheets have no offset.
    """
    if live.found not in {Found.LINKED, Found.NOT_LINKED}:
        return None
    if change.expects is not None and (live.found, live.state) != (change.expects.found, change.expects.state):
        return Bar(Code.CHANGED_SINCE)
    if change.begin and not _same_start(change.begin, live.start, zone):
        return Bar(Code.RESCHEDULED, _told(live.start, zone), _told(change.begin, zone))
    return None


def day_of(start: str | None, zone: tzinfo) -> date | None:
    """The day of a start, in the office's own time; None where it cannot be read."""
    moment = _moment(start, zone)
    return moment.date() if moment else None


def _same_start(begin: str, start: str | None, zone: tzinfo) -> bool:
    """Whether a sheet names the live start: to the minute, or to the day where it names no more than that.

    A start that cannot be read is not the same: nobody knows what the row would be written to.
    """
    live = _moment(start, zone)
    if live is None:
        return False
    if len(begin) == _JUST_A_DATE:
        return date.fromisoformat(begin) == live.date()
    named = _moment(begin, zone)
    return named is not None and abs(named - live) < _A_MINUTE


def _moment(text: str | None, zone: tzinfo) -> datetime | None:
    """ISO text as a moment in the office's own time."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _told(text: str | None, zone: tzinfo) -> str | None:
    """A start as people write it; None where it cannot be read."""
    if text and len(text) == _JUST_A_DATE:
        return f"{date.fromisoformat(text):%d.%m.%Y}"
    moment = _moment(text, zone)
    return f"{moment:%d.%m.%Y %H:%M}" if moment else None
