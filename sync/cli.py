"""The one door: arguments in, exit code out. Nothing else prints or exits."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from sync.errors import ConfigurationError, StopRun, SyncError
from sync.model import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from sync.config import Config
    from sync.parts import Tools
    from sync.run import Finished
    from sync.stopper import Stopper

# Heavy imports (pandas, requests, ...) stand inside the commands, so that --help and small checks start at once.

app = typer.Typer(
    name="onoffice-sync",
    help="Brings confirmation and feedback statuses from dropped CSV and Excel files into onOffice enterprise.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="PATH", help="Configuration file. [default: ./config.toml, then $ONOFFICE_SYNC_CONFIG]"),
]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code."""
    try:
        app(args=arguments)
    except Exception as error:  # noqa: BLE001 - the one place where everything ends
        sys.exit(int(_told(error)))
    raise AssertionError("typer leaves by itself")


def _told(error: Exception) -> ExitCode:
    """Say on the error output what went wrong; a traceback only for what nobody foresaw."""
    if isinstance(error, StopRun):
        from sync.texts import Language, stop_text  # noqa: PLC0415

        sys.stderr.write(f"{stop_text(error.stopped, Language.DE)}\n")
        return error.exit_code
    if isinstance(error, SyncError):
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    import traceback  # noqa: PLC0415

    # without the values of variables and without the exception's own text: either may hold a secret
    frames = "".join(traceback.format_tb(error.__traceback__))
    sys.stderr.write(f"{frames}A mistake in this program ({type(error).__name__}). Nothing is lost; please report it.\n")
    return ExitCode.FAILED


@app.command()
def run(
    config: ConfigOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look and plan, show old -> new, change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Run the nightly job once."""
    from sync import config as configuration  # noqa: PLC0415

    office = configuration.load(configuration.find(config))
    credentials = configuration.credentials(office)
    from sync import run as job  # noqa: PLC0415

    tools = _tools(office)
    with _EndsOnSignal(tools.stopper):
        finished = (job.dry_run if dry_run else job.run)(office, credentials, tools)
    if as_json:
        from sync.report.json_report import report_json  # noqa: PLC0415
        from sync.texts import Language  # noqa: PLC0415

        _write(report_json(finished.info, finished.checked, Language(office.report.language)))
    else:
        _print_finished(office, finished)
    raise typer.Exit(finished.info.exit_code)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Sheets to check.")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Read and check sheets, without onOffice and without a configuration if there is none."""
    missing = [str(path) for path in files if not _is_there(path)]
    if missing:
        raise ConfigurationError([f"{path}: there is no such file" for path in missing])
    office = _config_if_any(config)
    from sync import check as first_half  # noqa: PLC0415
    from sync.progress import Silent  # noqa: PLC0415
    from sync.report.json_report import check_json  # noqa: PLC0415
    from sync.report.summary import print_check  # noqa: PLC0415
    from sync.texts import Language  # noqa: PLC0415

    language = Language(office.report.language)
    checked = first_half.check(first_half.read(_named(files), office, Silent()), office)
    if as_json:
        _write(check_json(checked, language))
    else:
        print_check(_console(), checked, language)
    raise typer.Exit(first_half.exit_code(checked))


@app.command()
def demo(
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="An empty folder for the demo. [default: a temporary one]")
    ] = None,
) -> None:
    """Show the whole story on the bundled simulator."""
    from sync import demo as story  # noqa: PLC0415

    scene = story.set_up(into)
    tools = _tools(scene.config)
    with _EndsOnSignal(tools.stopper):
        finished, mistakes = story.play(scene, tools)
    _print_finished(scene.config, finished)
    for mistake in mistakes:
        sys.stderr.write(f"The demo went wrong: {mistake}\n")
    raise typer.Exit(ExitCode.FAILED if mistakes else ExitCode.OK)


@app.command(context_settings={"token_normalize_func": lambda name: name.replace("_", "-")})
def simulate(  # noqa: PLR0917 - one option per behaviour
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    token: Annotated[str | None, typer.Option(help="Token to accept.")] = None,
    secret: Annotated[str | None, typer.Option(help="Secret to accept.")] = None,
    seed: Annotated[Path | None, typer.Option(help="JSON file with appointments and addresses.")] = None,
    latency_ms: Annotated[float | None, typer.Option(help="Time per request.")] = None,
    per_action_ms: Annotated[float | None, typer.Option(help="Time per action.")] = None,
    max_actions: Annotated[int | None, typer.Option(help="Most actions per request.")] = None,
    max_bytes: Annotated[int | None, typer.Option(help="Largest request; above it HTTP 413.")] = None,
    rate_per_minute: Annotated[int | None, typer.Option(help="Most requests per minute; above it HTTP 429.")] = None,
    clock_offset_s: Annotated[float | None, typer.Option(help="How far the server's clock is ahead.")] = None,
    failure_envelope: Annotated[str | None, typer.Option(help="97, code or ok.")] = None,
    success_body: Annotated[str | None, typer.Option(help="empty or record.")] = None,
    several_links: Annotated[str | None, typer.Option(help="atomic, partial or first.")] = None,
    read_rights: Annotated[bool | None, typer.Option(help="Whether the API user may read appointments.")] = None,
    empty_resourceid: Annotated[str | None, typer.Option(help="ok or 18.")] = None,
    followup_words: Annotated[str | None, typer.Option(help="german or english.")] = None,
    modify_verb: Annotated[str | None, typer.Option(help="modify, create or both.")] = None,
) -> None:
    """Serve a stand-in of the onOffice API on this machine, for rehearsals and tests."""
    from sync import simulator  # noqa: PLC0415

    options = {
        "latency_ms": latency_ms,
        "per_action_ms": per_action_ms,
        "max_actions": max_actions,
        "max_bytes": max_bytes,
        "rate_per_minute": rate_per_minute,
        "clock_offset_s": clock_offset_s,
        "failure_envelope": failure_envelope,
        "success_body": success_body,
        "several_links": several_links,
        "read_rights": read_rights,
        "empty_resourceid": empty_resourceid,
        "followup_words": followup_words,
        "modify_verb": modify_verb,
    }
    try:
        simulator.serve(
            port=port,
            token=token or simulator.DEFAULT_TOKEN,
            secret=secret or simulator.DEFAULT_SECRET,
            seed=seed,
            options={name: value for name, value in options.items() if value is not None},
        )
    except simulator.BadInput as error:
        raise ConfigurationError([str(error)]) from None
    except OSError as error:
        raise SyncError(f"The simulator cannot start: {error.strerror or error}") from None


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False


def _named(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Files with the names to show: the last part of the path, the whole path where that would not tell them apart."""
    names = [path.name for path in files]
    return [(path, name if names.count(name) == 1 else path.as_posix()) for path, name in zip(files, names, strict=True)]


def _config_if_any(given: Path | None) -> Config:
    from sync import config as configuration  # noqa: PLC0415

    try:
        found = configuration.find(given)
    except ConfigurationError:
        return configuration.Config()
    return configuration.load(found)


def _tools(office: Config) -> Tools:
    from sync.parts import Tools, deadline_of  # noqa: PLC0415
    from sync.progress import Bars, Lines  # noqa: PLC0415
    from sync.stopper import Stopper  # noqa: PLC0415

    console = _console(stderr=True)
    progress = Bars(console, office.report.language) if console.is_terminal else Lines(console, office.report.language)
    return Tools(progress, Stopper(deadline_of(office, Tools())))


class _EndsOnSignal:
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


def _print_finished(office: Config, finished: Finished) -> None:
    from sync.report.summary import print_plan, print_summary  # noqa: PLC0415
    from sync.texts import Language  # noqa: PLC0415

    language, console = Language(office.report.language), _console()
    if finished.info.dry_run and not finished.info.stopped:
        print_plan(console, finished.checked, language)
    paths = sorted(finished.results.iterdir()) if finished.results else []
    print_summary(console, finished.info, finished.checked, paths, language=language, left=finished.left)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console  # noqa: PLC0415

    return Console(stderr=stderr, highlight=False)


def _write(pieces: Iterable[bytes]) -> None:
    """Bytes to the output as they are: JSON is UTF-8 whatever the terminal's encoding."""
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
