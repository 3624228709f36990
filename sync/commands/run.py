"""`run`: the nightly job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sync.commands.common import (
    ConfigOption,
    EndsOnSignal,
    QuietOption,
    VerboseOption,
    job_log,
    loudness_of,
    print_finished,
    tools_of,
    write,
)
from sync.log import Loudness

if TYPE_CHECKING:
    from sync.config import Config
    from sync.log import Log
    from sync.parts import Tools
    from sync.run import Finished


def run(
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look and plan, show old -> new, change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the nightly job once."""
    from sync import config as configuration

    office = configuration.load(configuration.find(config))
    loudness = loudness_of(verbose=verbose, quiet=quiet)
    tools = tools_of(office, loudness)
    with EndsOnSignal(tools.stopper), job_log(office, loudness, to_file=not dry_run) as log:
        finished = _dry(office, tools) if dry_run else _for_real(office, tools, log)
    if as_json:
        from sync.report.json_report import report_json
        from sync.texts import Language

        write(report_json(finished.info, finished.checked, Language(office.report.language)))
    elif loudness is not Loudness.QUIET:
        print_finished(office, finished)
    raise typer.Exit(finished.info.exit_code)


def _dry(office: Config, tools: Tools) -> Finished:
    from sync import config as configuration
    from sync import run as job

    return job.dry_run(office, configuration.credentials(office), tools)


def _for_real(office: Config, tools: Tools, log: Log) -> Finished:
    """The job itself; who has to know is told how it went, also when it cannot even start."""
    from sync import config as configuration
    from sync import run as job
    from sync.notify import speaking

    with speaking(office, log) as speaker:
        return job.run(office, configuration.credentials(office), tools, speaker)
