"""`run`: the nightly job."""

from __future__ import annotations

from typing import Annotated

import typer

from sync.commands.common import ConfigOption, EndsOnSignal, print_finished, tools_of, write


def run(
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look and plan, show old -> new, change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Run the nightly job once."""
    from sync import config as configuration

    office = configuration.load(configuration.find(config))
    credentials = configuration.credentials(office)
    from sync import run as job

    tools = tools_of(office)
    with EndsOnSignal(tools.stopper):
        finished = (job.dry_run if dry_run else job.run)(office, credentials, tools)
    if as_json:
        from sync.report.json_report import report_json
        from sync.texts import Language

        write(report_json(finished.info, finished.checked, Language(office.report.language)))
    else:
        print_finished(office, finished)
    raise typer.Exit(finished.info.exit_code)
