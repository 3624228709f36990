"""`run` and `watch`: the nightly job; `demo` and `simulate`: the same against a stand-in of onOffice."""

from __future__ import annotations

import inspect
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin
from zoneinfo import ZoneInfo

import typer

from sync.cli.options import (
    ConfigOption,
    EndsOnSignal,
    QuietOption,
    VerboseOption,
    job_log,
    loudness_of,
    name_in_commands,
    office_of,
    print_finished,
    screen,
    tools_of,
    write,
)
from sync.domain.model import TOLD_QUIETLY, ExitCode
from sync.errors import ConfigurationError, ReportError, SyncError
from sync.i18n import LazyText, counted, speak, spoken, text
from sync.i18n.texts import said
from sync.log import Verbosity
from sync.simulator.options import Options, kinds, told
from sync.system.process import for_the_group_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from sync.config import Config
    from sync.fleet import Office
    from sync.i18n import Language
    from sync.job.context import Runtime, Stopper
    from sync.job.run import Finished
    from sync.job.watch import WatchHooks
    from sync.log import Log
    from sync.report.page.index import OfficeResult


def run(  # noqa: PLR0917 - one option per behaviour
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help.option.dry_run")] = False,
    accept: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="help.option.accept"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="help.option.json_report")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=64, help="help.option.jobs"),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="help.option.record",
        ),
    ] = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the nightly job once, for one office or for every *.toml of a folder."""
    from sync import config as configuration

    found, loudness = configuration.find(config), loudness_of(verbose=verbose, quiet=quiet)
    if configuration.is_folder(found):
        one_office_only(
            **{"dry-run": dry_run, "accept": accept, "json": as_json, "record": record is not None, "verbose": verbose}
        )
        run_folder(found, jobs or 1, loudness)
    if jobs:
        raise ConfigurationError([LazyText("option.jobs")])
    if dry_run and accept:
        raise ConfigurationError([LazyText("option.dry_run_and_accept")])
    _prepare_reading()
    office = office_of(found)
    tools = tools_of(office, loudness)
    ends, logged = EndsOnSignal(tools.stopper), job_log(office, loudness, to_file=not dry_run)
    with for_the_group_of(office.folder("results")), _recorded(tools, record) as tools, ends, logged as log:
        finished = _dry(office, tools) if dry_run else _for_real(office, tools, log, accept)
    if as_json:
        from sync.report.json import report_json

        write(report_json(finished.info, finished.checked))
    elif loudness is Verbosity.QUIET:
        _print_what_is_wrong(finished)
    else:
        for each in (*finished.before, finished):
            print_finished(each)
        _print_why_nothing(office, finished)
    raise typer.Exit(finished.exit_code)


def _print_what_is_wrong(finished: Finished) -> None:
    """What somebody has to hear of who wants to hear nothing else."""
    from sync.i18n.texts import notice_text, stop_text

    if finished.info.stopped:
        typer.echo(stop_text(finished.info.stopped), err=True)
    for notice in finished.info.notices:
        if notice.what in TOLD_QUIETLY:
            typer.echo(notice_text(notice), err=True)


def _print_why_nothing(office: Config, finished: Finished) -> None:
    """That a dry run had nothing to read: whoever tries whether all is right must not take that for an answer."""
    from sync.config import is_folder

    info, drop = finished.info, office.folder("drop")
    if info.dry_run and not (finished.checked.files or info.requests):
        typer.echo(text("command.nothing_to_read" if is_folder(drop) else "command.no_folder_yet", drop=drop))


@contextmanager
def _recorded(tools: Runtime, record: Path | None) -> Iterator[Runtime]:
    """The tools of a job with a recording into this folder, where there is to be one. Raises ConfigurationError."""
    if record is None:
        yield tools
        return
    from sync.onoffice.recording import Recorder

    with closing(Recorder(record)) as recorder:
        yield replace(tools, listener=recorder)


def _prepare_reading() -> None:
    """Have what reads files imported beside what this process imports, which takes as long."""
    from sync.confined.parent import prepare

    prepare("sync.sheets.reader")


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


# `watch`: the job as soon as files are there.


def watch(
    config: ConfigOption = None,
    every: Annotated[float, typer.Option(min=1, max=3600, metavar="SECONDS", help="help.option.every")] = 30.0,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the job whenever files are there.

    Files that are settled start it at once; without files it runs once every day. Ctrl-C or SIGTERM ends it.
    """
    from sync.credentials import token_and_secret
    from sync.job import watch as watching
    from sync.job.context import Stopper

    office = office_of(config)
    token_and_secret(office)  # missing ones are a mistake now, not in the first night
    stopper = Stopper()
    logged = job_log(office, loudness_of(verbose=verbose, quiet=quiet), alone=True)
    with for_the_group_of(office.folder("results")), EndsOnSignal(stopper), logged as log:
        watching.watch(office, _hands(office, log), stopper, every_seconds=every)


def _hands(office: Config, log: Log) -> WatchHooks:
    from sync.credentials import token_and_secret
    from sync.job import run as job
    from sync.job.context import Runtime
    from sync.job.watch import WatchHooks
    from sync.notify import deliver_waiting, speaking
    from sync.progress import Logged

    told: set[str] = set()

    def run(stopper: Stopper) -> Finished:
        with speaking(office, log, told=told) as speaker:
            return job.run(office, token_and_secret(office), Runtime(Logged(), stopper), speaker)

    return WatchHooks(run, lambda: deliver_waiting(office, log), lambda: log.release(office.folder("state")))


# `run --config DIR`: the nightly job of many offices.


def run_folder(folder: Path, jobs: int, loudness: Verbosity) -> None:
    """Run every office of a folder and leave with the worst exit code."""
    from sync.fleet import exit_code, offices_in, run_all
    from sync.job.context import Runtime
    from sync.report.page.index import line, sentence

    offices, tools = offices_in(folder), Runtime()
    started, results = tools.timestamp(_zone_of(offices)), []
    speak(language_of(offices))
    with EndsOnSignal(tools.stopper):
        for result in run_all(offices, jobs, tools.stopper):
            results.append(result)
            if loudness is not Verbosity.QUIET or result.exit_code is not ExitCode.OK or result.is_to_be_told:
                typer.echo(line(result))
    overview = _overview(folder, started, results)
    if loudness is not Verbosity.QUIET:
        typer.echo(f"{sentence(results)} {overview or ''}".rstrip())
    raise typer.Exit(exit_code(result.exit_code for result in results))


def each_office(folder: Path, one: Callable[[Path], ExitCode]) -> ExitCode:
    """Do one thing with every configuration of a folder, below its name; returns the worst exit code."""
    from sync.fleet import exit_code, offices_in

    codes = []
    for office in offices_in(folder):
        say_office(office.name)
        try:
            name_in_commands(office.path)
            codes.append(one(office.path))
            if office.mistakes and office.config:  # what it has in common with another office
                raise ConfigurationError([*office.mistakes])
        except SyncError as error:
            typer.echo(str(error), err=True)
            codes.append(error.exit_code)
    return exit_code(codes)


def say_office(name: str) -> None:
    """Say which office what follows is about."""
    typer.echo(f"\n{name}\n{'=' * len(name)}")


def one_office_only(**given: object) -> None:
    """Refuse options that make sense for one office only. Raises ConfigurationError."""
    if mistakes := [LazyText("option.one_office", name=f"--{name}") for name, on in given.items() if on]:
        raise ConfigurationError(mistakes)


def _overview(folder: Path, started: str, results: Sequence[OfficeResult]) -> Path | None:
    """Write the page over all offices; without one, every office has been worked on all the same."""
    from sync.report.page.index import write_fleet

    try:
        return write_fleet(folder, started, results)
    except ReportError as error:
        typer.echo(str(error), err=True)
        return None


def _zone_of(offices: Sequence[Office]) -> dt.tzinfo | None:
    """The clock of all offices, else that of this machine."""
    zones = {office.config.onoffice.timezone for office in offices if office.config}
    return ZoneInfo(zones.pop()) if len(zones) == 1 else None


def language_of(offices: Sequence[Office]) -> Language:
    """The language that all offices want, else that of the system."""
    wanted = {office.config.report.language for office in offices if office.config}
    return wanted.pop() if len(wanted) == 1 else spoken()


# `demo`: the whole story on the bundled simulator.


def demo(
    into: Annotated[Path | None, typer.Option("--into", metavar="DIR", help="help.option.into")] = None,
) -> None:
    """Show the whole story on the bundled simulator."""
    from sync.job import demo as story

    scene = story.set_up(into)
    tools = tools_of(scene.config)
    with EndsOnSignal(tools.stopper):
        played = story.play(scene, tools)
    console = screen()
    links = counted("demo.links", len(played.work_list.entries))
    console.print(text("demo.handed_out", links=links, path=played.path), soft_wrap=True)
    console.print(counted("demo.filled_in", played.filled_in), soft_wrap=True)
    print_finished(played.finished)
    for mistake in played.mistakes:
        sys.stderr.write(f"{text('demo.went_wrong', mistake=mistake)}\n")
    raise typer.Exit(ExitCode.FAILED if played.mistakes else ExitCode.OK)


# `simulate`: a stand-in of the onOffice API.


def _simulate(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    token: Annotated[str | None, typer.Option(help="Token to accept.")] = None,
    secret: Annotated[str | None, typer.Option(help="Secret to accept.")] = None,
    seed: Annotated[Path | None, typer.Option(help="JSON file with appointments and addresses.")] = None,
    dialect: Annotated[Path | None, typer.Option(help="JSON file with options, as doctor --learn writes it.")] = None,
    **options: Any,  # noqa: ANN401 - one for each option of the simulator, added below
) -> None:
    """Serve a stand-in of the onOffice API on this machine, for rehearsals and tests."""
    from sync import simulator

    try:
        simulator.serve(
            port=port,
            token=token or simulator.DEFAULT_TOKEN,
            secret=secret or simulator.DEFAULT_SECRET,
            seed=seed,
            dialect=dialect,
            options={name: _listed(value) for name, value in options.items() if value not in (None, [])},
        )
    except simulator.BadInput as error:
        raise ConfigurationError([str(error)]) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise SyncError(LazyText("simulator.not_started", said=f"{where}{said(error)}")) from None


def _listed(value: Any) -> object:  # noqa: ANN401 - as typer gives it
    """Words as they are written on the command line: with commas between them."""
    if not isinstance(value, list):
        return value
    return [word for words in value for word in words.split(",") if word]


def _parameter(name: str, help_text: str) -> inspect.Parameter:
    """One option of the simulator on the command line; what values it takes is checked where it is read."""
    kind = kinds()[name]
    on_command_line: Any = str
    if kind in {bool, float, int}:
        on_command_line = kind
    elif int in get_args(kind):
        on_command_line = int
    elif get_origin(kind) is tuple:
        on_command_line, kind = list[str], get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        help_text += f" One of {', '.join(str(word) or repr('') for word in kind)}."
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[on_command_line | None, typer.Option(help=help_text)],
    )


def _with_every_option() -> inspect.Signature:
    """The signature of the command: the options are declared once, in the simulator."""
    own = inspect.signature(_simulate, eval_str=True)
    given = [parameter for parameter in own.parameters.values() if parameter.kind is not inspect.Parameter.VAR_KEYWORD]
    return own.replace(parameters=[*given, *(_parameter(name, told()[name]) for name in Options.__slots__)])


def simulate(**options: Any) -> None:  # noqa: ANN401, D103 - told where the work is
    _simulate(**options)


simulate.__doc__ = _simulate.__doc__
simulate.__signature__ = _with_every_option()  # type: ignore[attr-defined]  # typer reads it
