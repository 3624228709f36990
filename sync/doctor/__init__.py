"""The doctor: everything that has to be right before a night, examined at once. Never raises for what it finds."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from sync import config as configuration
from sync.doctor import api, folders
from sync.doctor.api import Named
from sync.doctor.finding import Finding, Level, Symptom
from sync.errors import ConfigurationError
from sync.model import ExitCode
from sync.texts import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sync.config import Config

__all__ = ["Examination", "Finding", "Level", "Named", "Symptom", "examine", "examine_office", "program_version"]

#: Characters of token and secret (onoffice-api 1.2).
_LENGTHS: Final = (32, 64)


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, in the order in which they were made, and the language to tell them in."""

    findings: tuple[Finding, ...]
    language: Language = Language.DE

    @property
    def exit_code(self) -> ExitCode:
        """2 for a configuration that is wrong or incomplete, 1 for any other problem, 0 without one."""
        if {Symptom.CONFIGURATION_WRONG, Symptom.MISSING} & {finding.symptom for finding in self.findings}:
            return ExitCode.USAGE
        return ExitCode.FAILED if self.count(Level.PROBLEM) else ExitCode.OK

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
    program = Finding(
        Symptom.PROGRAM, f"{program_version()}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    )
    try:
        path = configuration.find(given)
        office = configuration.load(path)
    except ConfigurationError as error:
        return Examination((program, *(Finding(Symptom.CONFIGURATION_WRONG, mistake) for mistake in error.mistakes)))
    fine = Finding(Symptom.CONFIGURATION_FINE, path=str(path.resolve()))
    found = examine_office(office, named, environment, now=now)
    return Examination((program, fine, *found), Language(office.report.language))


def examine_office(
    office: Config,
    named: Named | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    now: Callable[[], float] = time.time,
) -> Iterator[Finding]:
    """Examine everything but the configuration itself."""
    yield from folders.examine(office, now())
    file = office.base / configuration.CREDENTIALS_FILE
    if folders.is_open(file):
        yield Finding(Symptom.OPEN_FILE, path=str(file))
    names = (office.onoffice.token_env, office.onoffice.secret_env)
    values = [configuration.credential(name, environment) for name in names]
    for name, value, length in zip(names, values, _LENGTHS, strict=True):
        yield from _credential(name, value, length, in_environment=bool(environment.get(name, "").strip()))
    if all(values):
        yield from api.examine(office, (values[0], values[1]), named, now=now)
    else:
        yield Finding(Symptom.NOT_ASKED)


def _credential(name: str, value: str, length: int, *, in_environment: bool) -> Iterator[Finding]:
    if not value:
        yield Finding(Symptom.MISSING, name)
        return
    yield Finding(Symptom.IN_ENVIRONMENT if in_environment else Symptom.IN_KEYRING, name)
    if len(value) != length:
        yield Finding(Symptom.ODD_LENGTH, f"{len(value)} / {length}", name)


def program_version() -> str:
    """The version of this program as it is installed, "?" where it is not."""
    try:
        return version("onoffice-relation-sync")
    except PackageNotFoundError:  # run from a copy of the sources
        return "?"
