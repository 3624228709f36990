"""`run --config DIR`: the nightly job of many offices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sync.cli.options import EndsOnSignal
from sync.domain.model import ExitCode
from sync.errors import ConfigurationError, ReportError, SyncError
from sync.i18n import Language, speak
from sync.log import Verbosity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.fleet import Office
    from sync.report.fleet import OfficeResult


def run_folder(folder: Path, jobs: int, loudness: Verbosity) -> None:
    """Run every office of a folder and leave with the worst exit code."""
    from sync.fleet import exit_code, offices_in, run_all
    from sync.job.context import Runtime
    from sync.report.fleet import line, sentence

    offices, tools = offices_in(folder), Runtime()
    started, results = tools.timestamp(), []
    speak(_language(offices))
    with EndsOnSignal(tools.stopper):
        for result in run_all(offices, jobs, tools.stopper):
            results.append(result)
            if loudness is not Verbosity.QUIET or result.exit_code is not ExitCode.OK:
                typer.echo(line(result))
    overview = _overview(folder, started, results)
    if loudness is not Verbosity.QUIET:
        typer.echo(f"{sentence(results)} {overview or ''}".rstrip())
    raise typer.Exit(exit_code(result.exit_code for result in results))


def each_office(folder: Path, one: Callable[[Path], ExitCode]) -> ExitCode:
    """Do one thing with every configuration of a folder, below its name; returns the worst exit code."""
    from sync.fleet import exit_code, offices_in

    codes = []
    for office in offices_in(folder):
        typer.echo(f"\n{office.name}\n{'=' * len(office.name)}")
        try:
            codes.append(one(office.path))
            if office.mistakes and office.config:  # what it has in common with another office
                raise ConfigurationError([*office.mistakes])
        except SyncError as error:
            typer.echo(str(error), err=True)
            codes.append(error.exit_code)
    return exit_code(codes)


def one_office_only(**given: object) -> None:
    """Refuse options that make sense for one office only. Raises ConfigurationError."""
    if mistakes := [f"--{name} is for one office; give its file: --config DIR/OFFICE.toml" for name, on in given.items() if on]:
        raise ConfigurationError(mistakes)


def _overview(folder: Path, started: str, results: Sequence[OfficeResult]) -> Path | None:
    """Write the page over all offices; without one, every office has been worked on all the same."""
    from sync.report.page.fleet import write_fleet

    try:
        return write_fleet(folder, started, results)
    except ReportError as error:
        typer.echo(str(error), err=True)
        return None


def _language(offices: Sequence[Office]) -> Language:
    """The language that all offices want, else German."""
    wanted = {office.config.report.language for office in offices if office.config}
    return wanted.pop() if len(wanted) == 1 else Language.DE
