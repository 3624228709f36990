"""`history`: the last runs."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.options import ConfigOption, screen, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.config import Config
    from sync.ledger import RunRecord


def history(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all runs as JSON.")] = False,
) -> None:
    """Show the last runs: when, what, what came of it."""
    from sync import config as configuration
    from sync.i18n.texts import Language
    from sync.report.history.as_json import history_json
    from sync.report.history.show import print_history

    office = configuration.load(configuration.find(config))
    language = Language(office.report.language)
    runs = _runs(office)
    if as_json:
        write([history_json(runs, language)])
    else:
        print_history(screen(), runs, language)


def _runs(office: Config) -> Sequence[RunRecord]:
    """All runs; none is an answer as well."""
    from sync.report.history import NoSuchRun, memory_of

    try:
        memory = memory_of(office)
    except NoSuchRun:
        return ()
    with closing(memory):
        return memory.runs()
