"""`history`: the last runs."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from sync.commands.common import ConfigOption, screen, write


def history(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all runs as JSON.")] = False,
) -> None:
    """Show the last runs: when, what, what came of it."""
    from sync import config as configuration
    from sync.history import memory_of
    from sync.history.as_json import history_json
    from sync.history.show import print_history
    from sync.texts import Language

    office = configuration.load(configuration.find(config))
    language = Language(office.report.language)
    with closing(memory_of(office)) as memory:
        runs = memory.runs()
    if as_json:
        write([history_json(runs, language)])
    else:
        print_history(screen(), runs, language)
