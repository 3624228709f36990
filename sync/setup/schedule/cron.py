"""A line for cron."""

from __future__ import annotations

from shlex import join
from typing import TYPE_CHECKING

from sync.errors import SyncError
from sync.setup.schedule.night import MARK, UMASK, start

if TYPE_CHECKING:
    from sync.setup.schedule.night import ScheduledRun


def entry(night: ScheduledRun) -> str:
    """Two lines for a crontab: whose it is, and what to start when. Quiet: cron mails every word, so only mistakes are said."""
    command = f"umask {UMASK:03o} && exec {join(night.command)} --quiet"
    escaped = command.replace("%", "\\%")  # to cron a percent sign is a line break
    return f"{_mark(night)}\n{night.at.minute} {night.at.hour} * * * {escaped}\n"


def install(night: ScheduledRun) -> str:
    """Put the entry into the crontab of the night's user, in place of an older one of the same configuration.

    Raises:
        SyncError: it could not be done; only root reaches the crontab of another user.
    """
    lines, _ = _others(night)
    start(*_crontab(night), "-", given="\n".join([*lines, entry(night)]))
    return f"Installed. {_told(night)}"


def remove(night: ScheduledRun) -> str:
    """Take the entry out of the crontab of the night's user; returns what was done, "" for nothing. Raises SyncError."""
    lines, is_there = _others(night)
    if not is_there:
        return ""
    start(*_crontab(night), "-", given="".join(f"{line}\n" for line in lines))
    return "Removed from the crontab."


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
    whose = night.run_as or "the user that runs the job"
    edit, as_root = join([*_crontab(night), "-e"]), " as root" if night.run_as else ""
    return f"Put both lines into the crontab of {whose}: {edit}\nOr let it be done{as_root}: --install. {_told(night)}"


def _crontab(night: ScheduledRun) -> tuple[str, ...]:
    """The program that reads and writes the crontab of the night's user."""
    return ("crontab", "-u", night.run_as) if night.run_as else ("crontab",)


def _told(night: ScheduledRun) -> str:
    owner = f"; the file belongs to {night.run_as}" if night.run_as else ""
    return (
        f"Token and secret are read from {night.credentials} (mode 600{owner}), one line each: {night.lines} .\n"
        "cron mails what the job says to the owner of the crontab, or to MAILTO. A night on which the machine is off is missed."
    )


def _mark(night: ScheduledRun) -> str:
    return f"# {MARK}: {night.config}"
