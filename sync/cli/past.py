"""Past runs: `history` lists them, `show` tells one in detail, `undo` takes one back."""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.options import ConfigOption, EndsOnSignal, ended_early, job_log, office_of, print_finished, screen, tools_of, write
from sync.domain.model import ExitCode, Verdict
from sync.errors import ConfigurationError
from sync.i18n import LazyText, counted, speak, text, when
from sync.log import Verbosity
from sync.system.process import for_the_group_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rich.console import Console

    from sync.config import Config
    from sync.job.past_runs import Target
    from sync.job.run import Finished
    from sync.ledger import RunRecord


def history(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="help.option.json_runs")] = False,
) -> None:
    """Show the last runs of an office, or of every *.toml of a folder: when, what, what came of it."""
    from sync import config as configuration

    path = configuration.find(config)
    if configuration.is_folder(path):
        from sync.cli.run import each_office, one_office_only

        one_office_only(json=as_json)
        raise typer.Exit(each_office(path, lambda each: _show_all(office_of(each), as_json=False)))
    _show_all(office_of(path), as_json=as_json)


def _show_all(office: Config, *, as_json: bool) -> ExitCode:
    from sync.report.json import history_json
    from sync.report.terminal import print_history

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


def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="help.option.run_id")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="help.option.json_everything")] = False,
) -> None:
    """Show one run: its files, its links with old and new status, its requests.

    In a folder of configurations: the run of this id, whichever office it is of, or the last one of each.
    """
    from sync import config as configuration

    path = configuration.find(config)
    if configuration.is_folder(path):
        from sync.cli.run import one_office_only

        one_office_only(json=as_json)
        _show_wherever(path, run)
    else:
        _show_one(office_of(path), run, as_json=as_json)


def _show_wherever(folder: Path, run: str) -> None:
    """Show the run in every office that has it, below its name. Raises NoSuchRun where none has."""
    from sync.cli.run import say_office
    from sync.fleet import offices_in
    from sync.report.history import NoSuchRun

    missing, offices = [], [office for office in offices_in(folder) if office.config]
    for office in offices:
        try:
            _show_one(office_of(office.path), run, as_json=False, before=partial(say_office, office.name))
        except NoSuchRun as error:
            missing.append(error)
    if missing and len(missing) == len(offices):
        raise missing[0]


def _show_one(office: Config, run: str, *, as_json: bool, before: Callable[[], None] = lambda: None) -> None:
    """Show the run if the office has it, after what comes `before` it. Raises NoSuchRun."""
    from sync.job.past_runs import known_of
    from sync.report.history import details, memory_of
    from sync.report.json import run_json
    from sync.report.terminal import print_run

    speak(office.report.language)
    with closing(memory_of(office)) as memory:
        found = details(memory, run)
    before()
    if as_json:
        write([run_json(found)])
    else:
        print_run(screen(), found, known_of(office, found))


def undo(
    run: Annotated[str, typer.Argument(metavar="RUN", help="help.option.run_id")],
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="help.option.yes")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="help.option.json_report")] = False,
) -> None:
    """Bring the links of a run back to the state before it, but for those that somebody changed since."""
    from sync.credentials import token_and_secret
    from sync.job import run as job
    from sync.notify import speaking

    office = office_of(config)
    target = job.undo_target(office, run)
    if not yes and not sys.stdin.isatty():
        raise ConfigurationError([LazyText("undo.nobody_there")])
    credentials, tools = token_and_secret(office), tools_of(office)
    with EndsOnSignal(tools.stopper):
        plan = job.plan_undo(office, credentials, tools, target)
    _tell(screen(stderr=as_json), target, plan)
    if plan.info.stopped:
        raise typer.Exit(plan.exit_code)
    if plan.actions and not (yes or _agreed()):
        raise typer.Exit(ExitCode.OK)
    shared, ends = for_the_group_of(office.folder("results")), EndsOnSignal(tools.stopper)
    with shared, ends, job_log(office, Verbosity.NORMAL) as log, speaking(office, log, by_hand=True) as speaker:
        finished = job.undo_run(office, credentials, tools, target.run.id, speaker)
    if as_json:
        from sync.report.json import report_json

        write(report_json(finished.info, finished.checked))
    else:
        print_finished(finished)
    raise typer.Exit(finished.exit_code)


def _tell(console: Console, target: Target, plan: Finished) -> None:
    """Show what would be set back, and what a person has to know."""
    from sync.report.terminal import print_findings, print_plan, say

    began = when(target.run.started)
    say(console, text("undo.takes_back", run=target.run.id, when=began), "bold")
    for note in target.notes:
        say(console, note)
    if plan.info.stopped:
        say(console, ended_early(plan.info.stopped), "bold red")
        say(console, text("undo.left_alone"))
        return
    print_plan(console, plan.checked, "undo.would_change")
    if as_before := plan.checked.tally.of(Verdict.UNCHANGED):
        say(console, counted("undo.as_before", as_before))
    print_findings(console, plan.checked)


def _agreed() -> bool:
    """Ask until the answer is yes or no; the end of the input is no."""
    while True:
        answer = str(typer.prompt(text("undo.question"), err=True)).strip().casefold()
        if answer in {"j", "ja", "y", "yes"}:
            return True
        if answer in {"n", "nein", "no"}:
            typer.echo(text("undo.left_alone"), err=True)
            return False
        typer.echo(text("undo.yes_or_no"), err=True)
