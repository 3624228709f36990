"""What several commands need: the configuration option, the tools of a job, the output."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync import i18n
from sync.domain.model import Stop
from sync.errors import ConfigurationError
from sync.i18n import LazyText
from sync.log import Verbosity
from sync.system.process import program_to_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from sync.config import Config
    from sync.domain.model import Stopped
    from sync.job.context import Runtime, Stopper
    from sync.job.run import Finished
    from sync.log import Log

VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="help.option.verbose")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="help.option.quiet")]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="PATH",
        help="help.option.config",
    ),
]


def ended_early(stopped: Stopped) -> str:
    """Why a command that is no run ended early: what there is to do then is told of runs, which go on later by themselves."""
    from sync.i18n.texts import stop_parts

    what, _ = stop_parts(stopped)
    return what if stopped.stop is Stop.INTERRUPTED else f"{what} {i18n.text('command.see_doctor')}"


def config_if_any(given: Path | None) -> Config:
    """The configuration that is given or found, or one with nothing but defaults, in the language of the system."""
    from sync import config as configuration

    try:
        found = configuration.find(given)
    except ConfigurationError:
        return configuration.Config(report=configuration.ReportSettings(language=i18n.spoken()))
    return configuration.load(found)


def office_of(given: Path | None) -> Config:
    """The office whose configuration is given or found; from now on, commands in texts name it where it has to be named.

    Raises ConfigurationError.
    """
    from sync import config as configuration

    path = configuration.find(given)
    name_in_commands(path)
    office = configuration.load(path)
    i18n.speak(office.report.language)
    return office


def name_in_commands(path: Path) -> None:
    """Let commands in texts name this configuration, unless every command finds it wherever it is typed."""
    from sync import config as configuration

    usual = [place.resolve() for place in configuration.usual_places()]
    i18n.name_in_commands(None if path.resolve() in usual else path, program_to_type())


def tools_of(office: Config, loudness: Verbosity | None = None) -> Runtime:
    """The tools of a job that a person may be watching."""
    from sync.job.context import Runtime, Stopper, deadline_of
    from sync.progress import Bars, Logged, Pace

    console, sending = screen(stderr=True), office.sending
    pace = Pace(sending.requests_per_minute, sending.actions_per_request)
    watched = console.is_terminal and loudness in {None, Verbosity.NORMAL}
    progress = Bars(console, pace) if watched else Logged()
    return Runtime(progress, Stopper(deadline_of(office, Runtime())))


def loudness_of(*, verbose: bool, quiet: bool) -> Verbosity:
    """What --verbose and --quiet ask for. Raises ConfigurationError."""
    if verbose and quiet:
        raise ConfigurationError([LazyText("option.not_together", one="--verbose", other="--quiet")])
    return Verbosity.VERBOSE if verbose else Verbosity.QUIET if quiet else Verbosity.NORMAL


@contextmanager
def job_log(office: Config, loudness: Verbosity, *, to_file: bool = True, alone: bool = False) -> Iterator[Log]:
    """The log of a job, without token and secret."""
    from sync import credentials, log

    masks = log.SecretMasks(credentials.secrets_of(office))
    with log.opened(office.log.format, loudness, masks, to_file=to_file, alone=alone) as opened:
        yield opened


class EndsOnSignal:
    """While it is open, Ctrl-C and SIGTERM ask the run to end after the request in flight; a second one ends it at once."""

    def __init__(self, stopper: Stopper) -> None:
        self._stopper = stopper
        self._signals = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        for number in self._signals:
            self._before[number] = signal.signal(number, self._ask)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # as it was given to us

    def _ask(self, number: int, _frame: object) -> None:
        self._stopper.ask()
        signal.signal(number, signal.SIG_DFL)


def print_finished(finished: Finished) -> None:
    """Tell on the terminal what a job came to."""
    from sync.report.terminal import print_guard, print_plan, print_summary

    console = screen()
    if finished.info.dry_run and not finished.info.stopped:
        print_plan(console, finished.checked)
        print_guard(console, finished.guard)
    paths = sorted(finished.results.iterdir()) if finished.results else []
    print_summary(console, finished.info, finished.checked, paths)


def screen(*, stderr: bool = False) -> Console:
    """The terminal, or the error output."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def write(pieces: Iterable[bytes]) -> None:
    """Bytes to the output as they are: JSON is UTF-8 whatever the terminal's encoding."""
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
