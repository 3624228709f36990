"""A line for cron."""

from __future__ import annotations

from shlex import join
from typing import TYPE_CHECKING

from sync.errors import SyncError
from sync.i18n import text
from sync.setup.schedule.night import MARK, filled, start

if TYPE_CHECKING:
    from sync.setup.schedule.night import ScheduledRun


def entry(night: ScheduledRun) -> str:
    """Two lines for a crontab: whose it is, and what to start when."""
    return filled("crontab", night, mark=_mark(night))


def install(night: ScheduledRun) -> str:
    """Put the entry into the crontab of the night's user, in place of an older one of the same configuration.

    Raises:
        SyncError: it could not be done; only root reaches the crontab of another user.
    """
    lines, _ = _others(night)
    start(*_crontab(night), "-", given="\n".join([*lines, entry(night)]))
    return text("schedule.installed", told=_told(night))


def remove(night: ScheduledRun) -> str:
    """Take the entry out of the crontab of the night's user; returns what was done, "" for nothing. Raises SyncError."""
    lines, is_there = _others(night)
    if not is_there:
        return ""
    start(*_crontab(night), "-", given="".join(f"{line}\n" for line in lines))
    return text("schedule.removed_from_crontab")


def _others(night: ScheduledRun) -> tuple[list[str], bool]:
    """The lines of the crontab without the entry, and whether it is there."""
    try:
        lines = start(*_crontab(night), "-l").splitlines()
    except SyncError as error:
        if "no crontab" not in str(error):
            raise
        return [], False
    if _mark(night) not in lines:
        return lines, False
    at = lines.index(_mark(night))
    return lines[:at] + lines[at + 2 :], True


def advice(night: ScheduledRun) -> str:
    """What to do with the printed lines."""
    key = "schedule.advice_cron_of" if night.run_as else "schedule.advice_cron"
    return text(key, user=night.run_as, edit=join([*_crontab(night), "-e"]), told=_told(night))


def _crontab(night: ScheduledRun) -> tuple[str, ...]:
    """The program that reads and writes the crontab of the night's user."""
    return ("crontab", "-u", night.run_as) if night.run_as else ("crontab",)


def _told(night: ScheduledRun) -> str:
    return f"{night.where_credentials(night.run_as)}\n{text('schedule.cron_mails')}"


def _mark(night: ScheduledRun) -> str:
    return f"# {MARK}: {night.config}"
