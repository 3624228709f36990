"""What stands in the way of a change, or of a whole run, although the CRM would take it: a picture that is out of date. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from sync.domain.model import (
    WITHOUT_NUMBERS,
    Blocker,
    CheckOutcome,
    Code,
    Column,
    Confirmation,
    Feedback,
    Found,
    Operation,
    Stop,
    Stopped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

    from sync.domain.model import Action, Change, Checked, Live


_JUST_A_DATE = len("2026-12-02")
_A_MINUTE_SECONDS = 60


def find_blocker(change: Change, live: Live, zone: tzinfo, *, sent: bool = False) -> Blocker | None:
    """Why nothing may be written to a link that has this live state; None where nothing stands in the way.

    `zone` is where the office keeps its clocks: times in sheets have no offset. `sent`: something was sent to the link already,
    so that it may be on its way to what is wanted. What a row says in a guarding column holds for every write.
    """
    if live.found is Found.NO_APPOINTMENT or (sent and live.found is Found.UNREADABLE):
        return None
    if change.expects and _is_another(change.expects, live) and not (sent and _is_on_its_way(change, change.expects, live)):
        return Blocker(Code.CHANGED_SINCE)
    if stale := _stale(change, live, sent=sent):
        return stale
    for column, said in change.guards:
        if blocker := GUARDS[column].find(said, live, zone):
            return blocker
    return None


def too_many_changes(actions: Iterable[Action], most: int) -> Stopped | None:
    """Why a run that changes more links than this must not begin to write; 0 is no limit."""
    count = sum(len(action.links) for action in actions)
    return Stopped(Stop.TOO_MANY_CHANGES, f"{count} > {most}") if 0 < most < count else None


def too_many_invalid(checked: Checked, allowed: float) -> Stopped | None:
    """Why a run must not begin to write of whose rows more than this share are wrong: the sheets as a whole look wrong."""
    without_numbers = checked.problems.at[np.isin(checked.problems.code.astype(str), [*WITHOUT_NUMBERS])]
    outcome = np.delete(checked.rows.outcome, without_numbers)  # they say nothing of the other sheets
    wrong = float((outcome == CheckOutcome.INVALID).mean()) if len(outcome) else 0.0
    return Stopped(Stop.TOO_MANY_INVALID, f"{wrong:.0%} > {allowed:.0%}") if wrong > allowed else None


def day_of(start: str | None, zone: tzinfo) -> date | None:
    """The day of a start, in the office's own time; None where it cannot be read."""
    moment = _moment(start, zone)
    return moment.date() if moment else None


def local_start(start: str | None, zone: tzinfo) -> datetime | None:
    """A start as a time of day in the office, without zone; None where it cannot be read."""
    moment = _moment(start, zone)
    return moment.replace(tzinfo=None) if moment else None


def _is_another(expects: Live, live: Live) -> bool:
    """Whether a link is not as expected. What cannot be read is told otherwise."""
    return live.found is not Found.UNREADABLE and (
        live.found is not expects.found or bool(expects.state.differs_from(live.state))
    )


def _stale(change: Change, live: Live, *, sent: bool) -> Blocker | None:
    """What to say where a link has neither what it had when its row was handed out nor what the row wants.

    Both statuses count, also the one that the row leaves alone. A write of ours may put the other status back (onoffice-api 5.3).
    """
    if live.found is not Found.LINKED:
        return None
    was, wanted, now = change.handed_out, change.wanted, live.state
    on_the_way = {Confirmation.NOT_SET, Feedback.INACTIVE} if sent else frozenset()
    pairs = ((was.confirmation, wanted.confirmation, now.confirmation), (was.feedback, wanted.feedback, now.feedback))
    stale = [(old, new) for old, aim, new in pairs if old and new and new not in {old, aim, *on_the_way}]
    return Blocker(Code.CHANGED_SINCE, ", ".join(new for _, new in stale), ", ".join(old for old, _ in stale)) if stale else None


def _is_on_its_way(change: Change, expects: Live, live: Live) -> bool:
    """Whether writes of ours, done in part, can have made the link what it is; else somebody else has.

    A write of one status may put the other back to how links begin (not documented, onoffice-api 5.3); with which words the CRM
    makes a link is not documented either.
    """
    if expects.found is Found.NOT_LINKED:
        return change.aim is Operation.LINK and live.found is Found.LINKED
    wanted, now = change.wanted, live.state
    end = Found.NOT_LINKED if change.aim is Operation.UNLINK else Found.LINKED
    return (
        live.found in {expects.found, end}
        and now.confirmation in {expects.state.confirmation, wanted.confirmation, Confirmation.NOT_SET, None}
        and now.feedback in {expects.state.feedback, wanted.feedback, Feedback.INACTIVE, None}
    )


def _is_at(begin: str, start: datetime) -> bool:
    """Whether a sheet names the live start: to the minute, or to the day where it names no more than that.

    A time with an offset is an instant, one without stands for what the clocks of the office show.
    """
    if len(begin) == _JUST_A_DATE:
        return date.fromisoformat(begin) == start.date()
    named = datetime.fromisoformat(begin)
    if named.tzinfo is None:
        return abs((named - start.replace(tzinfo=None)).total_seconds()) < _A_MINUTE_SECONDS
    return abs(named.timestamp() - start.timestamp()) < _A_MINUTE_SECONDS


def _is_another_start(begin: str, live: Live, zone: tzinfo) -> Blocker | None:
    start = _moment(live.start, zone)
    if start is None:
        return Blocker(Code.START_UNKNOWN, hint=_told(begin, zone))
    return None if _is_at(begin, start) else Blocker(Code.RESCHEDULED, f"{start:%d.%m.%Y %H:%M}", _told(begin, zone))


def _moment(text: str | None, zone: tzinfo) -> datetime | None:
    """ISO text as a moment in the office's own time; None where it is none."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _told(begin: str, zone: tzinfo) -> str:
    """The start in a sheet as people write it."""
    if len(begin) == _JUST_A_DATE:
        return f"{date.fromisoformat(begin):%d.%m.%Y}"
    moment = _moment(begin, zone)
    return f"{moment:%d.%m.%Y %H:%M}" if moment else begin


class Guard(NamedTuple):
    """What is said where a look shows something else than a row, and who finds that, from the value of its cell.

    A row of `differs` speaks of another meeting than the one that there is, so that it is not fulfilled either.
    """

    differs: Code
    find: Callable[[str, Live, tzinfo], Blocker | None]


#: How each guarding column holds; `rows.columns.GUARDS` reads its cells.
GUARDS: Final[Mapping[Column, Guard]] = {Column.BEGIN: Guard(Code.RESCHEDULED, _is_another_start)}
#: What is said of rows that speak of another meeting.
ANOTHER_MEETING: Final = frozenset(guard.differs for guard in GUARDS.values())
