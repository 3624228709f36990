"""The doctor: everything that has to be right before a night, examined at once. Never raises for what it finds."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync import config as configuration
from sync import credentials
from sync.credentials import Source
from sync.domain.model import ExitCode
from sync.errors import ClosedConfiguration, ConfigurationError
from sync.i18n import speak, spoken
from sync.notify import delivery
from sync.notify.messages import Outbox
from sync.report import history
from sync.setup.doctor import api, learn, machine
from sync.setup.doctor.api import Named
from sync.setup.doctor.finding import Finding, Level, Symptom
from sync.system.process import missing_packages, program_version, python_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sync.config import Config


__all__ = ["Examination", "Finding", "Level", "Named", "Symptom", "examine", "examine_office", "ways"]

#: Characters of token and secret (onoffice-api 1.2).
_LENGTHS: Final = (32, 64)
#: What keeps everything from starting.
_INCOMPLETE: Final = frozenset({Symptom.CONFIGURATION_WRONG, Symptom.CONFIGURATION_CLOSED, Symptom.NOT_ASKED})
#: What follows where nothing in the file of credentials is used.
_OF_UNUSED_FILE: Final = frozenset({Symptom.MISSING, Symptom.WAY_UNSET})
#: Nothing that the job does can be verified.
_SEES_TOO_LITTLE: Final = frozenset({Symptom.READ_REFUSED, Symptom.CANNOT_LOOK, Symptom.NO_ADDRESSES, Symptom.NOBODY_SHOWN})
_FOUND_IN: Final = {
    Source.ENVIRONMENT: Symptom.IN_ENVIRONMENT,
    Source.SYSTEMD: Symptom.FROM_SYSTEMD,
    Source.KEYRING: Symptom.IN_KEYRING,
    Source.FILE: Symptom.IN_FILE,
}


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, in the order in which they were made."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends: 0 where all is well.

        2: a configuration that is wrong or incomplete. 1: any other problem. 3: none, but the job works blind or sees no address.
        """
        found = {finding.symptom for finding in self.findings}
        if _INCOMPLETE & found:
            return ExitCode.USAGE
        if self.count(Level.PROBLEM):
            return ExitCode.FAILED
        return ExitCode.ROWS_NEED_A_PERSON if _SEES_TOO_LITTLE & found else ExitCode.OK

    def count(self, level: Level) -> int:
        """How many findings are of a level."""
        return sum(finding.level is level for finding in self.findings)


def examine(
    given: Path | None,
    named: Named | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    now: Callable[[], float] = time.time,
) -> Examination:
    """Examine the office whose configuration is given, or found where `run` finds it."""
    program = Finding(Symptom.PROGRAM, f"{program_version()}, {python_version()}")
    path = None
    try:
        path = configuration.find(given)
        office = configuration.load(path)
    except ConfigurationError as error:
        speak(error.language or spoken())
        wrong = Symptom.CONFIGURATION_CLOSED if isinstance(error, ClosedConfiguration) else Symptom.CONFIGURATION_WRONG
        place = "" if path else configuration.place_to_name()
        return Examination((program, *(Finding(wrong, mistake, place) for mistake in error.mistakes)))
    speak(office.report.language)
    fine = Finding(Symptom.CONFIGURATION_FINE, path=str(path.resolve()))
    found = examine_office(office, named, environment, now=now)
    return Examination((program, fine, *found))


def examine_office(
    office: Config,
    named: Named | None,
    environment: Mapping[str, str],
    *,
    now: Callable[[], float],
) -> Iterator[Finding]:
    """Examine everything but the configuration itself."""
    if missing := missing_packages():
        yield Finding(Symptom.PACKAGES_MISSING, ", ".join(missing))
        return
    yield machine.readable(office)
    yield from machine.examine(office, now())
    if kept := machine.through(office.folder("results"), office):
        yield kept
    file = credentials.file_of(office)
    if credentials.is_open(file):
        yield Finding(Symptom.OPEN_FILE, path=str(file))
    elif why := credentials.why_unread(file):
        yield Finding(Symptom.FILE_NOT_READ, why, str(file))
    follows = _OF_UNUSED_FILE if credentials.is_unused(file) else frozenset()
    yield from (finding for finding in ways(office, environment) if finding.symptom not in follows)
    names = (office.onoffice.token_env, office.onoffice.secret_env)
    found = [credentials.found(office, name, environment) for name in names]
    values = [value for value, _ in found]
    for name, (value, source), length in zip(names, found, _LENGTHS, strict=True):
        if source or Symptom.MISSING not in follows:
            yield Finding(_FOUND_IN[source] if source else Symptom.MISSING, name, str(file))
        if value and len(value) != length:
            yield Finding(Symptom.ODD_LENGTH, f"{len(value)} / {length}", name)
    if all(values):
        lessons = history.lessons_of(office)
        yield from learn.examine(lessons)
        yield from api.examine(office, (values[0], values[1]), named, lessons=lessons, now=now)
    else:
        yield Finding(Symptom.NOT_ASKED)


def ways(office: Config, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Whether messages and pings can get where they shall go, as far as that is seen without sending any."""
    told = {"notify.staff_env": office.notify.staff_env, "notify.installer_env": office.notify.installer_env}
    for key, name in told.items():
        addresses = credentials.value_of(office, name, environment).split() if name else []
        if name and not addresses:
            yield Finding(Symptom.WAY_UNSET, name, key)
        for address in addresses:
            trouble = delivery.blocked(address, delivery.LOOK_SECONDS)
            yield _way(f"{key} ({name}): {delivery.server_of(address)}", trouble)
    if name := office.heartbeat.ping_env:
        address = next(iter(credentials.value_of(office, name, environment).split()), "")
        where = f"heartbeat.ping_env ({name}): {delivery.ping_server_of(address)}"
        if address:
            yield _way(where, delivery.ping_blocked(address, delivery.LOOK_SECONDS))
        else:
            yield Finding(Symptom.WAY_UNSET, name, "heartbeat.ping_env")
    with suppress(OSError):  # told of the folder
        if waiting := Outbox(office.folder("state")).count():
            yield Finding(Symptom.MESSAGES_WAIT, str(waiting))


def _way(where: str, trouble: str | None) -> Finding:
    symptom = Symptom.WAY_NOT_TRIED if trouble is None else Symptom.WAY_BLOCKED if trouble else Symptom.WAY_OPEN
    return Finding(symptom, trouble or "", where)
