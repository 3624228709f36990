"""Print the nightly start for a person, or install it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from sync.i18n import text as phrase
from sync.setup.schedule import Scheduler, cron, systemd, windows
from sync.setup.schedule.night import nothing_to_remove

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.setup.schedule.night import ScheduledRun


def text(kind: Scheduler, night: ScheduledRun) -> str:
    """What is to be saved, to be printed."""
    match kind:
        case Scheduler.SYSTEMD:
            return "\n".join(f"# {path}\n{content}" for path, content in systemd.units(night))
        case Scheduler.CRON:
            return cron.entry(night)
        case Scheduler.WINDOWS:
            return windows.task(night)


def advice(kind: Scheduler, night: ScheduledRun) -> str:
    """What to do with it."""
    advices = {Scheduler.SYSTEMD: systemd.advice, Scheduler.CRON: cron.advice, Scheduler.WINDOWS: windows.advice}
    return _with_clock(advices[kind](night), night)


def _with_clock(said: str, night: ScheduledRun) -> str:
    """What is said, and by whose clock the night begins: a server may keep another one than its office."""
    if night.watch:
        return said
    zone = dt.datetime.now().astimezone().tzname() or "?"
    return f"{said}\n{phrase('schedule.clock', at=f'{night.at:%H:%M}', zone=zone)}"


def install(kind: Scheduler, night: ScheduledRun) -> str:
    """Install it in place of its counterpart (watching, or once a night); returns what a person has to know.

    Raises:
        SyncError: it could not be installed, with the reason.
    """
    installers: dict[Scheduler, Callable[[ScheduledRun], str]] = {
        Scheduler.SYSTEMD: systemd.install,
        Scheduler.CRON: cron.install,
        Scheduler.WINDOWS: windows.install,
    }
    said = _with_clock(installers[kind](night), night)
    gone = "" if kind is Scheduler.CRON else _remove(kind, replace(night, watch=not night.watch))
    return f"{said}\n{gone}" if gone else said


def remove(kind: Scheduler, night: ScheduledRun) -> str:
    """Take away what `install` has installed for this configuration, watching or once a night; returns what was done.

    Raises:
        SyncError: it could not be done, with the reason.
    """
    kinds = [night] if kind is Scheduler.CRON else [replace(night, watch=watch) for watch in (False, True)]
    return "\n".join(filter(None, (_remove(kind, each) for each in kinds))) or nothing_to_remove(night)


def _remove(kind: Scheduler, night: ScheduledRun) -> str:
    removers: dict[Scheduler, Callable[[ScheduledRun], str]] = {
        Scheduler.SYSTEMD: systemd.remove,
        Scheduler.CRON: cron.remove,
        Scheduler.WINDOWS: windows.remove,
    }
    return removers[kind](night)
