"""`run`: the nightly job."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.options import (
    ConfigOption,
    EndsOnSignal,
    QuietOption,
    VerboseOption,
    job_log,
    loudness_of,
    office_of,
    print_finished,
    tools_of,
    write,
)
from sync.errors import ConfigurationError
from sync.log import Verbosity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config import Config
    from sync.job.context import Runtime
    from sync.job.run import Finished
    from sync.log import Log


def run(  # noqa: PLR0917 - one option per behaviour
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look and plan, show old -> new, change nothing.")] = False,
    accept: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Let a run pass that max_changes or max_invalid_share stopped, with the same files."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=64, help="Offices at once, where --config is a folder of them. [default: 1]"),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write requests and answers into this new folder: no names, texts, token, and other record numbers.",
        ),
    ] = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the nightly job once, for one office or for every *.toml of a folder."""
    from sync import config as configuration

    found, loudness = configuration.find(config), loudness_of(verbose=verbose, quiet=quiet)
    if found.is_dir():
        from sync.cli.fleet import one_office_only, run_folder

        one_office_only(
            **{"dry-run": dry_run, "accept": accept, "json": as_json, "record": record is not None, "verbose": verbose}
        )
        run_folder(found, jobs or 1, loudness)
    if jobs:
        raise ConfigurationError(["--jobs is for many offices; give the folder of their configurations: --config DIR"])
    if dry_run and accept:
        raise ConfigurationError(["--dry-run and --accept do not go together: a dry run stops at no limit"])
    office = office_of(found)
    tools = tools_of(office, loudness)
    with _recorded(tools, record) as tools, EndsOnSignal(tools.stopper), job_log(office, loudness, to_file=not dry_run) as log:
        finished = _dry(office, tools) if dry_run else _for_real(office, tools, log, accept)
    if as_json:
        from sync.report.json import report_json

        write(report_json(finished.info, finished.checked))
    elif loudness is not Verbosity.QUIET:
        for each in (*finished.before, finished):
            print_finished(each)
    elif finished.info.stopped:
        from sync.i18n.texts import stop_text

        typer.echo(stop_text(finished.info.stopped), err=True)
    raise typer.Exit(finished.exit_code)


@contextmanager
def _recorded(tools: Runtime, record: Path | None) -> Iterator[Runtime]:
    """The tools of a job with a recording into this folder, where there is to be one. Raises ConfigurationError."""
    if record is None:
        yield tools
        return
    from sync.onoffice.record import Recorder

    with closing(Recorder(record)) as recorder:
        yield replace(tools, listener=recorder)


def _dry(office: Config, tools: Runtime) -> Finished:
    from sync.credentials import token_and_secret
    from sync.job import run as job

    return job.dry_run(office, token_and_secret(office), tools)


def _for_real(office: Config, tools: Runtime, log: Log, accept: str | None) -> Finished:
    """The job itself; who has to know is told how it went, also when it cannot even start."""
    from sync.credentials import token_and_secret
    from sync.job import run as job
    from sync.notify import speaking

    with speaking(office, log) as speaker:
        return job.run(office, token_and_secret(office), tools, speaker, accepting=accept)
