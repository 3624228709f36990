"""`history`: the last runs."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.options import ConfigOption, office_of, screen, write
from sync.domain.model import ExitCode
from sync.i18n import speak

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.config import Config
    from sync.ledger import RunRecord


def history(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all runs as JSON.")] = False,
) -> None:
    """Show the last runs of an office, or of every *.toml of a folder: when, what, what came of it."""
    from sync import config as configuration

    path = configuration.find(config)
    if path.is_dir():
        from sync.cli.fleet import each_office, one_office_only

        one_office_only(json=as_json)
        raise typer.Exit(each_office(path, lambda each: _show(office_of(each), as_json=False)))
    _show(office_of(path), as_json=as_json)


def _show(office: Config, *, as_json: bool) -> ExitCode:
    from sync.report.history.as_json import history_json
    from sync.report.history.show import print_history

    speak(office.report.language)
    runs = _runs(office)
    if as_json:
        write([history_json(runs)])
    else:
        print_history(screen(), runs)
    return ExitCode.OK


def _runs(office: Config) -> Sequence[RunRecord]:
    """All runs; none is an answer as well."""
    from sync.report.history import NoSuchRun, memory_of

    try:
        memory = memory_of(office)
    except NoSuchRun:
        return ()
    with closing(memory):
        return memory.runs()
