"""`show`: one run in detail."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.options import ConfigOption, office_of, screen, write
from sync.i18n import speak

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config import Config


def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, its beginning, or: last.")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show one run: its files, its links with old and new status, its requests.

    In a folder of configurations: the run of this id, whichever office it is of, or the last one of each.
    """
    from sync import config as configuration

    path = configuration.find(config)
    if path.is_dir():
        from sync.cli.fleet import one_office_only

        one_office_only(json=as_json)
        _show_wherever(path, run)
    else:
        _show(office_of(path), run, as_json=as_json)


def _show_wherever(folder: Path, run: str) -> None:
    """Show the run in every office that has it. Raises NoSuchRun where none has."""
    from sync.fleet import offices_in
    from sync.report.history import NoSuchRun

    missing, offices = [], [office.config for office in offices_in(folder) if office.config]
    for office in offices:
        try:
            _show(office, run, as_json=False)
        except NoSuchRun as error:
            missing.append(error)
    if missing and len(missing) == len(offices):
        raise missing[0]


def _show(office: Config, run: str, *, as_json: bool) -> None:
    from sync.report.history import details, memory_of
    from sync.report.history.as_json import run_json
    from sync.report.history.show import print_run

    speak(office.report.language)
    with closing(memory_of(office)) as memory:
        found = details(memory, run)
    if as_json:
        write([run_json(found)])
    else:
        print_run(screen(), found)
