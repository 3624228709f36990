"""Print the nightly start for a person, or install it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.setup.schedule import Kind, cron, systemd, windows
from sync.setup.schedule.night import nothing_to_remove

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.setup.schedule.night import Night


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
    """Install it in place of its counterpart (watching, or once a night); returns what a person has to know.

    Raises:
        SyncError: it could not be installed, with the reason.
    """
    installers: dict[Kind, Callable[[Night], str]] = {
        Kind.SYSTEMD: systemd.install,
        Kind.CRON: cron.install,
        Kind.WINDOWS: windows.install,
    }
    said = installers[kind](night)
    gone = "" if kind is Kind.CRON else _remove(kind, replace(night, watch=not night.watch))
    return f"{said}\n{gone}" if gone else said


def remove(kind: Kind, night: Night) -> str:
    """Take away what `install` has installed for this configuration, watching or once a night; returns what was done.

    Raises:
        SyncError: it could not be done, with the reason.
    """
    kinds = [night] if kind is Kind.CRON else [replace(night, watch=watch) for watch in (False, True)]
    return "\n".join(filter(None, (_remove(kind, each) for each in kinds))) or nothing_to_remove(night)


def _remove(kind: Kind, night: Night) -> str:
    removers: dict[Kind, Callable[[Night], str]] = {
        Kind.SYSTEMD: systemd.remove,
        Kind.CRON: cron.remove,
        Kind.WINDOWS: windows.remove,
    }
    return removers[kind](night)
