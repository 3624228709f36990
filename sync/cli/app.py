"""The one door: arguments in, exit code out. Nothing else prints or exits."""

from __future__ import annotations

import errno
import gc
import os
import re
import sys
from contextvars import copy_context
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from sync.cli.check import check
from sync.cli.demo import demo, simulate
from sync.cli.doctor import doctor, notify
from sync.cli.init import init
from sync.cli.past import history, show, undo
from sync.cli.run import run, watch
from sync.cli.schedule import schedule
from sync.cli.worklist import template, worklist
from sync.domain.model import ExitCode
from sync.errors import NO_ROOM, StopRun, SyncError
from sync.log import clear_away_quietly
from sync.system.process import set_right, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


# `--version`: which version this is, on which Python, with which packages.


def version(wanted: bool) -> None:
    """Show versions and leave."""
    if wanted:
        from sync.system.process import packages, program_version, python_version

        typer.echo(f"onoffice-sync {program_version()}\n{python_version()}\n{packages()}")
        raise typer.Exit


app = typer.Typer(
    name="onoffice-sync",
    help="Brings confirmation and feedback statuses from dropped CSV and Excel files into onOffice enterprise.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


for command in (run, watch, worklist, undo, history, show, check, init, doctor, schedule, notify, template, demo):
    app.command()(command)
app.command(context_settings={"token_normalize_func": lambda name: name.replace("_", "-")})(simulate)


#: Python looks for garbage in circles after every 700 new objects, over and over through the millions that stay; we make none.
BETWEEN_COLLECTIONS: Final = 500_000


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code."""
    gc.set_threshold(BETWEEN_COLLECTIONS)
    if arguments is None:  # the process is ours; who calls from another program keeps what it has set
        set_right()
        clear_away_quietly()
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for some reads what is known of every package
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts one for each core, and none would have work
    try:
        copy_context().run(app, args=arguments)
    except Exception as error:  # noqa: BLE001 - the one place where everything ends
        sys.exit(int(_told(error)))
    raise AssertionError("typer leaves by itself")


def _told(error: Exception) -> ExitCode:
    """Say on the error output what went wrong; a traceback only for what nobody foresaw."""
    if isinstance(error, StopRun):
        from sync.i18n.texts import stop_text

        sys.stderr.write(f"{stop_text(error.stopped)}\n")
        return error.exit_code
    if isinstance(error, SyncError):
        sys.stderr.write(f"{spelled(str(error))}\n")
        return error.exit_code
    if lacking := _lacking(error):
        sys.stderr.write(f"{lacking}\n")
        return ExitCode.FAILED
    import traceback

    # without the values of variables and without the exception's own text: either may hold a secret
    frames = "".join(traceback.format_tb(error.__traceback__))
    sys.stderr.write(f"{frames}Internal error ({type(error).__name__}). Nothing is lost; please report it.\n")
    return ExitCode.FAILED


#: How the system's loader of libraries says it.
_NO_MEMORY: Final = re.compile("failed to map segment|annot allocate memory")
_KEPT: Final = "Nothing is lost: every file is where it was or where it belongs, and the next run carries on."


def _lacking(error: BaseException) -> str:
    """What the machine did not give to the job, and what to do; "" where it is something else."""
    causes = list(_causes(error))
    numbers, texts = {getattr(each, "errno", None) for each in causes}, " ".join(map(str, causes))
    if {errno.EMFILE, errno.ENFILE} & numbers or "Too many open files" in texts:
        return f"The job may not open as many files as it needs. {_KEPT} Let it open at least 64 (ulimit -n, LimitNOFILE=)."
    if errno.ENOMEM in numbers or any(isinstance(each, MemoryError) for each in causes) or _NO_MEMORY.search(texts):
        return f"There is not enough memory for the job. {_KEPT} Give it more (ulimit -v, MemoryMax= of the systemd unit)."
    if "start new thread" in texts:
        return f"The system starts no more threads for the job. {_KEPT} Allow more processes and memory (ulimit -u, ulimit -v)."
    if isinstance(error, SyncError):  # where it says so itself, it says of which disk
        return ""
    return f"A disk has no room. {_KEPT} Make room on it." if NO_ROOM & numbers else ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
