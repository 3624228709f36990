"""The doctor: everything that has to be right before a night, examined at once. Never raises for what it finds."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from shlex import quote
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
#: What keeps everything from starting.
_INCOMPLETE: Final = frozenset({Symptom.CONFIGURATION_WRONG, Symptom.MISSING, Symptom.FILE_NOT_READ})


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, in the order in which they were made, and the language to tell them in."""

    findings: tuple[Finding, ...]
    language: Language = Language.DE

    @property
    def exit_code(self) -> ExitCode:
        """2 for a configuration that is wrong or incomplete, 1 for any other problem, 0 without one."""
        if _INCOMPLETE & {finding.symptom for finding in self.findings}:
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
    in_file: Mapping[str, str] | None = None,
    now: Callable[[], float] = time.time,
) -> Examination:
    """Examine the office whose configuration is given, or found where `run` finds it.

    `in_file` is what has just been written into the file of credentials: the examination takes it from there.
    """
    program = Finding(
        Symptom.PROGRAM, f"{program_version()}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    )
    try:
        path = configuration.find(given)
        office = configuration.load(path)
    except ConfigurationError as error:
        return Examination((program, *(Finding(Symptom.CONFIGURATION_WRONG, mistake) for mistake in error.mistakes)))
    fine = Finding(Symptom.CONFIGURATION_FINE, path=str(path.resolve()))
    found = examine_office(office, named, environment, in_file=in_file or {}, now=now)
    return Examination((program, fine, *found), Language(office.report.language))


def examine_office(
    office: Config,
    named: Named | None,
    environment: Mapping[str, str],
    *,
    in_file: Mapping[str, str],
    now: Callable[[], float],
) -> Iterator[Finding]:
    """Examine everything but the configuration itself."""
    yield from folders.examine(office, now())
    file = office.base / configuration.CREDENTIALS_FILE
    if folders.is_open(file):
        yield Finding(Symptom.OPEN_FILE, path=str(file))
    names = (office.onoffice.token_env, office.onoffice.secret_env)
    values = [in_file.get(name) or configuration.credential(name, environment) for name in names]
    for name, value, length in zip(names, values, _LENGTHS, strict=True):
        if name in in_file:
            yield Finding(Symptom.IN_FILE, name, str(file))
        elif value:
            yield Finding(Symptom.IN_ENVIRONMENT if environment.get(name, "").strip() else Symptom.IN_KEYRING, name)
        else:
            yield _missing(office, name)
        if value and len(value) != length:
            yield Finding(Symptom.ODD_LENGTH, f"{len(value)} / {length}", name)
    if all(values):
        yield from api.examine(office, (values[0], values[1]), named, now=now)
    else:
        yield Finding(Symptom.NOT_ASKED)


def _missing(office: Config, name: str) -> Finding:
    """A credential that is nowhere, or only where no start by hand finds it."""
    file = configuration.credentials_file(office)
    return Finding(Symptom.FILE_NOT_READ, name, quote(str(file))) if file else Finding(Symptom.MISSING, name)


def program_version() -> str:
    """The version of this program as it is installed, "?" where it is not."""
    try:
        return version("onoffice-relation-sync")
    except PackageNotFoundError:  # run from a copy of the sources
        return "?"
