"""Hands out the sheet that the job wants back: the links of a period, read from onOffice."""

from __future__ import annotations

import datetime as dt
import logging
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, get_args
from zoneinfo import ZoneInfo

from sync.config import Weekday, wrong_lists
from sync.domain.model import Confirmation, Link, Notice, Odd, State
from sync.errors import ConfigurationError, StopRun, SyncError
from sync.i18n import LazyText, day, speak, text
from sync.i18n.texts import quoted, said, stop_text
from sync.job import context as parts
from sync.log import TOLD_ALREADY
from sync.onoffice.agenda import Agenda, Directory, NotAllowed, Readable, TooCrowded
from sync.report import history
from sync.report.excel.forms import Entry, WorkList, work_list_name, write_work_list
from sync.rounds.guards import local_start
from sync.system import handles
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sync.config import Config
    from sync.job.context import Runtime
    from sync.onoffice.agenda import Listed, Person

_log = logging.getLogger(__name__)

_AHEAD: Final = re.compile(r"\+([0-9]{1,4})d", re.ASCII)
_LONGEST_DAYS: Final = 3660
#: An answer is still to come.
_OPEN: Final = frozenset({Confirmation.SENT, Confirmation.NOT_SET})
#: In the state folder: the day on which a run has left a list.
_WRITTEN: Final = "worklist"
_WEEKDAYS: Final = get_args(Weekday)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which links a list shall show: those of these days, of appointments of a kind, of a user, only those without an answer."""

    first: dt.date
    last: dt.date
    kind: str = ""
    user: str = ""
    only_open: bool = False


def day_named(text: str, today: dt.date, start: dt.date) -> dt.date:
    """The day that somebody names: `today`, `+14d` (after `start`), `2026-12-01`, `01.12.2026`.

    Raises:
        ValueError: it is none of these.
    """
    if text.casefold() in {"today", "heute"}:
        return today
    if match := _AHEAD.fullmatch(text):
        return start + dt.timedelta(days=int(match[1]))
    if german := re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", text, re.ASCII):
        number, month, year = map(int, german.groups())
        return dt.date(year, month, number)
    return dt.date.fromisoformat(text)


def period(config: Config, tools: Runtime, first: str, last: str) -> tuple[dt.date, dt.date]:
    """The days from one to another one as somebody names them; `last` may be "" for as many as configured.

    Raises:
        ConfigurationError: they are no days, or in the wrong order.
    """
    today = _now(config, tools).date()
    start = _day("--from", first, today, today)
    end = _day("--to", last or f"+{config.worklist.days}d", today, start)
    if not 0 <= (end - start).days <= _LONGEST_DAYS:
        why = "worklist.last_before_first" if end < start else "worklist.too_long"
        raise ConfigurationError([LazyText(why, first=first, last=last)])
    return start, end


def _day(option: str, given: str, today: dt.date, start: dt.date) -> dt.date:
    try:
        return day_named(given, today, start)
    except (ValueError, OverflowError):
        looks_like_one = re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d{2}-\d{2}", given, re.ASCII)
        what = "worklist.no_such_day" if looks_like_one else "worklist.no_day"
        raise ConfigurationError([LazyText(what, option=option, given=given)]) from None


def make(config: Config, credentials: tuple[str, str], tools: Runtime, wish: Wish) -> WorkList:
    """Read the links of a period with all that people know them by; changes nothing anywhere.

    Raises:
        StopRun: onOffice is out of reach, or takes no requests from this job.
        SyncError: the appointments cannot be read, or not all of them.
    """
    speak(config.report.language)
    with (
        history.remembered(config) as memory,
        parts.asking(config, credentials, tools, memory, "worklist") as (client, names, portions),
    ):
        agenda = Agenda(client.read, names, portions, client.learner)
        try:
            there = list(agenda.between(wish.first, wish.last))
        except NotAllowed:
            raise SyncError(LazyText("worklist.no_appointments")) from None
        except TooCrowded as error:
            raise SyncError(LazyText("worklist.crowded", day=day(error.day))) from None
        listed = [each for each in there if _is_wanted(each, wish)]
        hidden = _hidden(listed, agenda)
        directory = Directory(client.read, names, portions)
        made = _put_together(config, tools, wish, listed, hidden, directory)
        return replace(made, notes=(*made.notes, *_instead(there, wish)))


def write(path: Path, worklist: WorkList, config: Config) -> None:
    """Write a list, whole or not at all; an older one of that name stays where that fails.

    Raises:
        SyncError: it cannot be written.
    """
    try:
        handles.make(path.parent)
        speak(config.report.language)
        write_work_list(path, worklist)
    except OSError as error:
        raise SyncError(LazyText("command.not_written", path=path, said=said(error))) from None


def usual_path(config: Config, wish: Wish, folder: Path | None = None) -> Path:
    """Where a list goes if nobody names a file: a free name in the folder that is named, else in that of the configuration.

    Raises:
        ConfigurationError: that of the configuration is the drop folder.
        SyncError: the folder is closed to this user.
    """
    if folder is None and (wrong := wrong_lists(config)):
        raise ConfigurationError(wrong)
    speak(config.report.language)
    return handles.free(
        (handles.resolved(folder) if folder else config.worklist_folder) / f"{work_list_name(wish.first, wish.last)}.xlsx"
    )


def nothing(made: WorkList, wish: Wish) -> str:
    """That a list holds no row, and what was asked for; "" where it holds some."""
    if made.entries:
        return ""
    asked = {"user": wish.user and quoted(wish.user), "kind": wish.kind and quoted(wish.kind)}
    answers = text("worklist.empty.open") if wish.only_open else None
    return text("worklist.empty", first=day(made.first), last=day(made.last), answers=answers, **asked)


def hand_out_if_due(config: Config, credentials: tuple[str, str], tools: Runtime) -> tuple[Notice, ...]:
    """Write the list that the configuration asks for on this day, once a day; returns what is to be told where that fails.

    The list of another day stays then: a night's work never depends on it.
    """
    today = _now(config, tools).date()
    written = config.folder("state") / _WRITTEN
    if config.worklist.on not in {"daily", _WEEKDAYS[today.weekday()]} or _said(written) == today.isoformat():
        return ()
    wish = Wish(today, today + dt.timedelta(days=config.worklist.days))
    try:
        path = usual_path(config, wish)
        write(path, make(config, credentials, tools, wish), config)
        _say(written, today)
    except StopRun as stop:
        _log.warning("no work list: %s", stop.stopped.stop, extra=TOLD_ALREADY)
        return (Notice(Odd.NO_WORK_LIST, stop_text(stop.stopped)),)
    except SyncError as error:
        _log.warning("no work list: %s", error, extra=TOLD_ALREADY)
        return (Notice(Odd.NO_WORK_LIST, str(error)),)
    _log.info("work list: %s", path)
    return ()


def _said(written: Path) -> str:
    """The day of the last list, as somebody moves it away who fills it in."""
    try:
        return written.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _say(written: Path, today: dt.date) -> None:
    try:
        with replacing(written, 0o600) as file:
            file.write(f"{today.isoformat()}\n".encode())
    except OSError as error:
        raise SyncError(LazyText("command.not_written", path=written, said=said(error))) from None


def _now(config: Config, tools: Runtime) -> dt.datetime:
    """The time of day in the office, without zone."""
    return tools.local_time(ZoneInfo(config.onoffice.timezone)).replace(tzinfo=None)


def _is_wanted(listed: Listed, wish: Wish) -> bool:
    """Whether an appointment is of the kind and the user that are wished for, and not cancelled where only open links are."""
    if wish.only_open and listed.canceled:
        return False
    if wish.kind and wish.kind.casefold() != listed.kind.casefold():
        return False
    users = {name.casefold() for name in (*listed.users, *listed.user_ids)}
    return not wish.user or wish.user.casefold() in users


def _instead(there: Sequence[Listed], wish: Wish) -> Iterator[str]:
    """Whose appointments there are, and of what kinds, where there are none of the user or the kind that was wished for."""
    users = {name for each in there for name in each.users if name}
    kinds = {each.kind for each in there if each.kind}
    if wish.user and users and not any(_is_wanted(each, Wish(wish.first, wish.last, user=wish.user)) for each in there):
        yield text("worklist.users_there", some=", ".join(sorted(users)))
    if wish.kind and kinds and not any(_is_wanted(each, Wish(wish.first, wish.last, kind=wish.kind)) for each in there):
        yield text("worklist.kinds_there", some=", ".join(sorted(kinds)))


def _hidden(listed: Sequence[Listed], agenda: Agenda) -> list[tuple[Listed, int]]:
    """The links of appointments that onOffice has and does not show."""
    linked = agenda.linked([each.id for each in listed])
    return [
        (each, address_id)
        for each in listed
        for address_id in sorted(linked.get(each.id, frozenset()) - each.appointment.contacts.keys())
    ]


def _put_together(  # noqa: PLR0917 - all that a list is made of
    config: Config,
    tools: Runtime,
    wish: Wish,
    listed: Sequence[Listed],
    hidden: Sequence[tuple[Listed, int]],
    directory: Directory,
) -> WorkList:
    shown = [
        (each, address_id)
        for each in listed
        for address_id, state in each.appointment.contacts.items()
        if not wish.only_open or state.confirmation in _OPEN
    ]
    shown += hidden
    people: Mapping[int, Person] = {}
    places: Mapping[int, str] = {}
    if config.report.names:
        people = directory.people(address_id for _, address_id in shown)
        places = directory.places(each.estate for each, _ in shown if each.estate and not each.location)
    zone = ZoneInfo(config.onoffice.timezone)
    entries = [_entry(each, address_id, people.get(address_id), places, zone) for each, address_id in shown]
    entries.sort(key=lambda one: (one.start or dt.datetime.max, one.link.appointment_id, _as_sorted(one.name), one.link))  # noqa: DTZ901
    notes = [*([text("worklist.hidden")] if hidden else []), *_notes(directory)]
    return WorkList(wish.first, wish.last, _now(config, tools), entries, tuple(notes))


def _as_sorted(name: str) -> str:
    """A name as DIN 5007 sorts it: ä with a, ß as ss, small and capital letters alike."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(letter))


def _entry(listed: Listed, address_id: int, person: Person | None, places: Mapping[int, str], zone: dt.tzinfo) -> Entry:
    return Entry(
        link=Link(listed.id, address_id),
        state=listed.appointment.contacts.get(address_id, State()),
        start=local_start(listed.appointment.start, zone),
        all_day=listed.all_day,
        subject=listed.subject,
        kind=listed.kind,
        place=listed.location or places.get(listed.estate or 0, ""),
        users=", ".join(listed.users),
        name=person.name if person else "",
        customer_number=person.customer_number if person else "",
        canceled=listed.canceled,
        recurs=listed.appointment.recurs,
        feedback_set_up=address_id not in listed.appointment.without_feedback,
    )


def _notes(directory: Directory) -> Iterator[str]:
    """What a list lacks."""
    addresses: Readable = directory.addresses
    if addresses.refused:
        yield text("worklist.no_right")
    if addresses.unclear:
        yield text("worklist.unclear")
    if addresses.switched_off:
        yield text("worklist.switched_off", fields=", ".join(addresses.switched_off))
    if directory.estates.refused:
        yield text("worklist.no_right_to_estates")
