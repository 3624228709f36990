"""`doctor`: examine everything before a night, find out what an office's API does, send a trial message."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.options import ConfigOption, name_in_commands, office_of, screen, write
from sync.domain.model import ExitCode
from sync.errors import ConfigurationError
from sync.i18n import LazyText, text
from sync.i18n.texts import trouble_text

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.text import Text

    from sync.setup.doctor import Examination
    from sync.setup.doctor.learn import Learnt


def doctor(  # noqa: PLR0917 - one option per behaviour
    config: ConfigOption = None,
    appointment: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="ID",
            help="help.option.appointment",
        ),
    ] = None,
    address: Annotated[int | None, typer.Option(min=1, metavar="ID", help="help.option.address")] = None,
    learn: Annotated[
        bool,
        typer.Option(
            "--learn",
            help="help.option.learn",
        ),
    ] = False,
    allowed: Annotated[
        tuple[int, int] | None,
        typer.Option(
            "--write",
            metavar="APPOINTMENT ADDRESS",
            help="help.option.write",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="help.option.json_findings")] = False,
) -> None:
    """Find out what is wrong and what to do, for an office or for every *.toml of a folder.

    Configuration, folders, free space, clock, token and secret, rights: all findings at once. Exit code 0 when there is no
    problem, 1 when there is one, 2 when the configuration is wrong or incomplete, 3 when the job may not read
    appointments, and would work blind, or addresses.
    """
    if allowed and not learn:
        raise ConfigurationError([LazyText("option.needs", one="--write", other="--learn")])
    if learn:
        if appointment is not None or address is not None:
            raise ConfigurationError([LazyText("option.learn_and_appointment")])
        _learn(config, allowed, as_json=as_json)
        return
    if address is not None and appointment is None:
        raise ConfigurationError([LazyText("option.needs", one="--address", other="--appointment")])
    from sync.config import find, is_folder
    from sync.setup.doctor import Named, examine

    if config and is_folder(config):
        from sync.cli.run import each_office, one_office_only

        one_office_only(json=as_json, appointment=appointment is not None)
        raise typer.Exit(each_office(config, lambda path: show(examine(path))))
    with suppress(ConfigurationError):  # the examination says so
        name_in_commands(find(config))
    examination = _beside_others(examine(config, None if appointment is None else Named(appointment, address)), config)
    if as_json:
        write([_json(examination)])
    else:
        show(examination)
    raise typer.Exit(examination.exit_code)


def _beside_others(examination: Examination, given: Path | None) -> Examination:
    """The same with what an office among others has in common with one of them; `config.toml` is that of an office alone."""
    from dataclasses import replace

    from sync.config import USUAL_NAME

    if given is None or given.name == USUAL_NAME:
        return examination
    from sync.fleet import offices_in
    from sync.setup.doctor.finding import Finding, Symptom

    try:
        offices = offices_in(given.resolve().parent)
    except ConfigurationError:  # what lies there cannot be listed
        return examination
    shared = [mistake for office in offices if office.path == given.resolve() and office.config for mistake in office.mistakes]
    return replace(
        examination, findings=(*examination.findings, *(Finding(Symptom.CONFIGURATION_WRONG, each) for each in shared))
    )


def show(examination: Examination) -> ExitCode:
    """Print all findings, each with what to do; returns the exit code that they come to."""
    from rich.text import Text

    from sync.setup.doctor.finding import Level, level, step, summary, what

    console = screen()
    colours = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}
    width = max(len(level(finding)) for finding in examination.findings)
    steps = [step(finding) for finding in examination.findings]
    for finding, then, following in zip(examination.findings, steps, [*steps[1:], ""], strict=True):
        _print_beside(console, Text(level(finding).ljust(width), colours[finding.level]), what(finding))
        if then and then != following:  # several findings in a row with one way out tell it once
            _print_beside(console, Text(" " * width), f"-> {then}")
    console.print(summary({each: examination.count(each) for each in Level}))
    return examination.exit_code


def _print_beside(console: Console, mark: Text, said: str) -> None:
    """Print sentences beside a mark; a command (an indented line of the text) is never wrapped, so that it can be copied."""
    from rich.table import Column, Table
    from rich.text import Text

    for line in said.splitlines():
        if line.startswith(" "):
            console.print(Text(f"{mark.plain}   {line}"), soft_wrap=True)
        else:
            table = Table.grid("", Column(overflow="fold"), padding=(0, 2))  # a long path is to be read whole
            table.add_row(mark, Text(line))
            console.print(table)
        mark = Text(" " * len(mark))


def _json(examination: Examination) -> bytes:
    from sync.setup.doctor.finding import Level, step, what

    findings = [
        {
            "check": finding.symptom,
            "level": finding.level,
            "message": what(finding),
            "what_to_do": step(finding) or None,
        }
        for finding in examination.findings
    ]
    counts = {level.value: examination.count(level) for level in Level}
    document = {"findings": findings, "summary": counts, "exit_code": int(examination.exit_code)}
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


# `notify`: a trial message to everybody who is to be told.


def notify(config: ConfigOption = None) -> None:
    """Send a trial message to staff and installer."""
    from sync.notify.notifier import trial

    office = office_of(config)
    tried = list(trial(office))
    if not tried:
        raise ConfigurationError([LazyText("command.nobody_told")])
    for one in tried:
        outcome = trouble_text(one.trouble) or text("trial.delivered")
        typer.echo(f"{text(f'trial.{one.audience}')}, {one.kind}: {outcome}")
    raise typer.Exit(ExitCode.FAILED if any(one.trouble for one in tried) else ExitCode.OK)


# `doctor --learn`: what an office's API does where its documentation is silent.


def _learn(given: Path | None, allowed: tuple[int, int] | None, *, as_json: bool) -> None:
    """Ask, keep, and print the questions with their answers.

    Raises:
        StopRun: not everything could be asked; what could be is printed and kept.
        AlreadyRunning, FolderError, LedgerError: a run is active, or a folder or the ledger cannot be used.
    """
    from sync.credentials import token_and_secret
    from sync.domain.model import Link
    from sync.job import context, intake
    from sync.setup.doctor import learn as learning

    office = office_of(given)
    credentials = token_and_secret(office)
    with intake.opened(office, context.folders_of(office)) as ledger:
        learnt = learning.learn(office, credentials, ledger, Link(*allowed) if allowed else None)
    if as_json:
        write([_learnt_as_json(learnt)])
    else:
        _show_learnt(learnt)
    if learnt.stopped:
        raise learnt.stopped


def _show_learnt(learnt: Learnt) -> None:
    """Print the table and where the dialect is."""
    from rich.table import Table
    from rich.text import Text

    from sync.setup.doctor import learn as texts

    table = Table(*texts.heads(), box=None, padding=(0, 2))
    for each in learnt.answered:
        table.add_row(*map(Text, texts.row(each)))
    console = screen()
    console.print(table)
    if learnt.file:
        console.print(texts.kept(learnt.file), soft_wrap=True)


def _learnt_as_json(learnt: Learnt) -> bytes:
    from sync.onoffice.questions import dialect

    questions = [{"question": each.question, "answer": each.value, "sure": each.sure} for each in learnt.answered]
    document = {"questions": questions, "dialect": dialect(learnt.answered)}
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
