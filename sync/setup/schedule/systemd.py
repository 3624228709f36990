"""A systemd service and timer: for the whole system under a user of its own, or in the service manager of one user."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.errors import SyncError
from sync.i18n import LazyText, text
from sync.i18n.texts import said
from sync.setup.schedule.night import MARK, filled, read, refuse_another, start, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.setup.schedule.night import ScheduledRun

_NOT_IN_PROGRAMS: Final = frozenset("'\"\\")


def units(night: ScheduledRun) -> tuple[tuple[Path, str], ...]:
    """Service and timer, or a service alone that runs all the time, each with the path where it belongs.

    Raises:
        SyncError: systemd would not start a program with such a path.
    """
    if set(night.program[0]) & _NOT_IN_PROGRAMS:
        raise SyncError(LazyText("schedule.odd_program", program=night.program[0]))
    folder = Path("/etc/systemd/system") if night.run_as else _user_folder()
    service = (folder / f"{night.name}.service", filled("service.ini", night))
    return (service,) if night.watch else (service, (folder / f"{night.name}.timer", filled("timer.ini", night)))


def _enabled(night: ScheduledRun) -> str:
    """The unit that is to be enabled."""
    return f"{night.name}.{'service' if night.watch else 'timer'}"


def install(night: ScheduledRun) -> str:
    """Write the units and start them; returns what a person has to know. Raises SyncError."""
    manager = ("systemctl",) if night.run_as else ("systemctl", "--user")
    planned = units(night)
    before = {path: read(path) for path, _ in planned}
    service = planned[0][0]
    if started := _started(before[service] or ""):
        refuse_another(night, str(service), started)
    try:
        for path, content in planned:
            write(path, content)
        start(*manager, "daemon-reload")
        start(*manager, "enable", "--now", _enabled(night))
    except SyncError:
        _take_back(before, manager)
        raise
    return text("schedule.installed", told=_told(night))


def remove(night: ScheduledRun) -> str:
    """Stop the units and take them away; returns what was done, "" for nothing. Raises SyncError."""
    manager = ("systemctl",) if night.run_as else ("systemctl", "--user")
    paths = [path for path, _ in units(night)]
    service = read(paths[0])
    if service is None or MARK not in service or type(night.config)(_started(service)) != night.config:
        return ""
    there = [path for path in paths if path.exists()]
    start(*manager, "disable", "--now", *(path.name for path in there))
    try:
        for path in there:
            path.unlink()
    except OSError as error:
        raise SyncError(LazyText("schedule.not_removed", path=error.filename, said=said(error))) from None
    start(*manager, "daemon-reload")
    return text("schedule.removed", what=", ".join(map(str, there)))


def _take_back(before: Mapping[Path, str | None], manager: tuple[str, ...]) -> None:
    """Leave the units as they were `before`, as far as that can be done; what failed is told by whoever calls this."""
    new = [path for path, content in before.items() if content is None and path.exists()]
    with suppress(SyncError):  # it may be enabled and only not have started
        if new:
            start(*manager, "disable", "--now", *(path.name for path in new))
    for path, content in before.items():
        with suppress(OSError, SyncError):
            if content is None:
                path.unlink(missing_ok=True)
            else:
                write(path, content)
    with suppress(SyncError):
        start(*manager, "daemon-reload")


def advice(night: ScheduledRun) -> str:
    """What to do with the printed units."""
    manager = "systemctl" if night.run_as else "systemctl --user"
    return text("schedule.advice_systemd", manager=manager, unit=_enabled(night), told=_told(night))


def _told(night: ScheduledRun) -> str:
    manager = "systemctl" if night.run_as else "systemctl --user"
    journal = manager.replace("systemctl", "journalctl")
    tried = text("schedule.how_it_is" if night.watch else "schedule.try_it", manager=manager, name=night.name, journal=journal)
    linger = "" if night.run_as else text("schedule.linger")
    return "\n".join(filter(None, (night.where_credentials(), linger, tried)))


def _user_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _started(service: str) -> str:
    """The configuration that a service of ours starts; "" where it does not say so in our way."""
    # what the template and its filters have escaped
    found = re.search(r'^ExecStart=.* "--config" "(.*)"$', service, re.MULTILINE)
    return re.sub(r"\\.|%%|\$\$", lambda pair: pair[0][1], found[1]) if found else ""
