"""The nightly start by what the system has for it: systemd, cron, the Windows Task Scheduler. Prints it, or installs it."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING

from sync.schedule import cron, systemd, windows
from sync.schedule.night import CREDENTIALS_FILE, Night, night_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CREDENTIALS_FILE", "Kind", "Night", "advice", "install", "night_of", "text", "usual"]


class Kind(StrEnum):
    """What starts the job."""

    SYSTEMD = "systemd"
    CRON = "cron"
    WINDOWS = "windows"


def usual() -> Kind:
    """What this system usually has."""
    if sys.platform == "win32":
        return Kind.WINDOWS
    return Kind.SYSTEMD if sys.platform == "linux" else Kind.CRON


def text(kind: Kind, night: Night) -> str:
    """What is to be saved, to be printed."""
    match kind:
        case Kind.SYSTEMD:
            return "\n".join(f"# {path}\n{content}" for path, content in systemd.units(night))
        case Kind.CRON:
            return cron.entry(night)
        case Kind.WINDOWS:
            return windows.task(night)


def advice(kind: Kind, night: Night) -> str:
    """What to do with it."""
    return {Kind.SYSTEMD: systemd.advice, Kind.CRON: cron.advice, Kind.WINDOWS: windows.advice}[kind](night)


def install(kind: Kind, night: Night) -> str:
    """Install it; returns what a person has to know.

    Raises:
        SyncError: it could not be installed, with the reason.
    """
    installers: dict[Kind, Callable[[Night], str]] = {
        Kind.SYSTEMD: systemd.install,
        Kind.CRON: cron.install,
        Kind.WINDOWS: windows.install,
    }
    return installers[kind](night)
