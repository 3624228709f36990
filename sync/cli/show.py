"""`show`: one run in detail."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from sync.cli.options import ConfigOption, screen, write


def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, its beginning, or: last.")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show one run: its files, its links with old and new status, its requests."""
    from sync import config as configuration
    from sync.i18n.texts import Language
    from sync.report.history import details, memory_of
    from sync.report.history.as_json import run_json
    from sync.report.history.show import print_run

    office = configuration.load(configuration.find(config))
    language = Language(office.report.language)
    with closing(memory_of(office)) as memory:
        found = details(memory, run, language)
    if as_json:
        write([run_json(found, language)])
    else:
        print_run(screen(), found, language)
