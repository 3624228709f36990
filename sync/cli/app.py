"""The one door: arguments in, exit code out. Nothing else prints or exits."""

from __future__ import annotations

import errno
import gc
import os
import re
import sys
from contextvars import copy_context
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from sync.cli.doctor import doctor, notify
from sync.cli.options import ended_early
from sync.cli.past import history, show, undo
from sync.cli.run import demo, run, simulate, watch
from sync.cli.setup import init, schedule
from sync.cli.sheets import check, template, worklist
from sync.domain.model import ExitCode
from sync.errors import NO_ROOM, StopRun, SyncError
from sync.i18n import name_in_commands, speak, system_language, text
from sync.log import clear_away_quietly
from sync.system.process import missed, program, program_to_type, set_right, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


# `--version`: which version this is, on which Python, with which packages.


def version(wanted: bool) -> None:
    """Show versions and leave."""
    if wanted:
        from sync.system.process import packages, program_version, python_version

        typer.echo(f"onoffice-sync {program_version()}\n{python_version()}\n{packages()}")
        raise typer.Exit


# Help: an option names its text (`help.option.dry_run`), a command has one (`help.run`); what typer adds is put into words here.


class _Command(TyperCommand):
    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - the context is typer's own
        return _help_in_words(super().get_help(ctx))


class _Group(TyperGroup):
    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - as above
        return _help_in_words(super().get_help(ctx))


#: What typer says in a page of help, and the text for it.
_IN_HELP: Final = {
    "Usage: ": "help.usage",
    "\nOptions:\n": "help.options",
    "\nArguments:\n": "help.arguments",
    "\nCommands:\n": "help.commands",
    "[default:": "help.default",
    "[required]": "help.required",
    "Show this message and exit.": "help.this_message",
    "Install completion for the current shell.": "help.install_completion",
    "Show completion for the current shell, to copy it or customize the installation.": "help.show_completion",
}


def _help_in_words(page: str) -> str:
    for said_so, key in _IN_HELP.items():
        page = page.replace(said_so, said_so.replace(said_so.strip("\n"), text(key)))
    encoding = sys.stdout.encoding or "utf-8"
    return page.encode(encoding, "replace").decode(encoding)  # on a console that knows ASCII only, typer would write UTF-8


def command_line() -> TyperGroup:
    """All commands, with help in the spoken language."""
    group = cast("TyperGroup", get_command(app))
    for each in (group, *group.commands.values()):
        each.help = text(each.help or "")
        for parameter in each.params:
            if told := getattr(parameter, "help", None):
                parameter.help = text(_IN_HELP.get(told, told))  # type: ignore[attr-defined]  # an argument has it, too
    return group


app = typer.Typer(
    name="onoffice-sync",
    cls=_Group,
    help="help.program",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _options(
    _version: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="help.option.version")] = False,
) -> None:
    pass


for command in (run, watch, worklist, undo, history, show, check, init, doctor, schedule, notify, template, demo):
    app.command(cls=_Command, help=f"help.{command.__name__}")(command)
_WITH_UNDERSCORES: Final = {"token_normalize_func": lambda name: name.replace("_", "-")}
app.command(cls=_Command, help="help.simulate", context_settings=_WITH_UNDERSCORES)(simulate)


#: Python looks for garbage in circles after every 700 new objects, over and over through the millions that stay; we make none.
BETWEEN_COLLECTIONS: Final = 500_000


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code."""
    gc.set_threshold(BETWEEN_COLLECTIONS)
    if arguments is None:  # the process is ours; who calls from another program keeps what it has set
        set_right()
        clear_away_quietly()
        speak(system_language())
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for some reads what is known of every package
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts one for each core, and none would have work
    context = copy_context()
    context.run(name_in_commands, None, program_to_type())
    try:
        code = context.run(command_line(), args=arguments, standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the one place where everything ends
        sys.exit(int(context.run(_told, error)))  # there commands in texts name the configuration
    sys.exit(code or 0)


def _told(error: Exception) -> ExitCode:
    """Say on the error output what went wrong; a traceback only for what nobody foresaw."""
    if isinstance(error, _UsageError):
        sys.stderr.write(f"{_usage(error)}\n")
        return ExitCode.USAGE
    if isinstance(error, typer.Abort):
        sys.stderr.write(f"\n{text('command.aborted')}\n")
        return ExitCode.FAILED
    if isinstance(error, StopRun):
        sys.stderr.write(f"{ended_early(error.stopped)}\n")
        return error.exit_code
    if isinstance(error, SyncError):
        sys.stderr.write(f"{spelled(str(error))}\n")
        return error.exit_code
    if lacking := _lacking(error) or missed(error):
        sys.stderr.write(f"{lacking}\n")
        return ExitCode.FAILED
    import traceback

    # without the values of variables and without the exception's own text: either may hold a secret
    frames = "".join(traceback.format_tb(error.__traceback__))
    sys.stderr.write(f"{frames}{text('command.internal_error', kind=type(error).__name__)}\n")
    return ExitCode.FAILED


# A wrong command line, which typer finds.

#: What typer raises for it has no public name of its own.
_UsageError: Final = typer.BadParameter.__base__ or Exception
#: How typer says it, and the text for it.
_MISTAKES: Final = (
    (r"No such option: (?P<option>\S+)(?:.*\(Possible options: (?P<possible>[^)]+)\).*)?", "usage.no_option"),
    (r"No such command '(?P<command>.*)'\.(?: Did you mean '(?P<meant>.+)'\?)?", "usage.no_command"),
    (r"Missing argument '(?P<name>.*)'\.", "usage.no_argument"),
    (r"Invalid value for '(?P<name>[^']*)': (?:Value error, )?(?P<why>.*)", "usage.bad_value"),
    (r"Input should be a valid integer.*|'.*' is not a valid integer.*", "usage.no_integer"),
    (r"Input should be a valid number.*|'.*' is not a valid float.*", "usage.no_number"),
    (r".* is not in the range (?P<limit>.+)\.", "usage.out_of_range"),
    (r"Input should be greater than or equal to (?P<limit>.+)", "usage.at_least"),
    (r"Input should be less than or equal to (?P<limit>.+)", "usage.at_most"),
    (r"'(?P<given>.*)' is not one of (?P<some>.+)\.", "usage.no_choice"),
    (r"path '(?P<path>.*)' is not readable\.", "usage.not_readable"),
    (r"Option '(?P<option>.*)' requires an argument\.", "usage.no_value"),
    (r"Option '(?P<option>.*)' requires (?P<count>\d+) arguments\.", "usage.no_values"),
    (r"Option '(?P<option>.*)' does not take a value\.", "usage.takes_no_value"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((?P<given>.*)\)", "usage.too_many"),
)


def _usage(error: Exception) -> str:
    """What is wrong with a command line, as typer tells it, in the spoken language."""
    context, said_so = getattr(error, "ctx", None), error.format_message()  # type: ignore[attr-defined]
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
        return str(said_so)
    if context is None:
        return text("usage.error_alone", error=_in_words(said_so))
    usage, command = context.get_usage().removeprefix("Usage: "), [context.info_name] if context.parent else []
    return text("usage.error", usage=usage, help=" ".join([program(), *command, "--help"]), error=_in_words(said_so))


def _in_words(said_so: str) -> str:
    for pattern, key in _MISTAKES:
        if found := re.fullmatch(pattern, said_so, re.DOTALL):
            words = {name: word and _in_words(word) for name, word in found.groupdict().items()}
            if words.get("possible"):  # typer names everything that is only a little like it
                words["possible"] = get_close_matches(words["option"], words["possible"].split(", "), 1, 0)[0]
            if "some" in words:
                words["some"] = words["some"].replace("'", "")
            return text(key, **words) or said_so
    return said_so


#: How the system's loader of libraries says it.
_NO_MEMORY: Final = re.compile("failed to map segment|annot allocate memory")


def _lacking(error: BaseException) -> str:
    """What the machine did not give to the job, and what to do; "" where it is something else."""
    causes = list(_causes(error))
    numbers, texts = {getattr(each, "errno", None) for each in causes}, " ".join(map(str, causes))
    if {errno.EMFILE, errno.ENFILE} & numbers or "Too many open files" in texts:
        return text("machine.too_few_files")
    if errno.ENOMEM in numbers or any(isinstance(each, MemoryError) for each in causes) or _NO_MEMORY.search(texts):
        return text("machine.no_memory")
    if "start new thread" in texts:
        return text("machine.no_threads")
    if isinstance(error, SyncError):  # where it says so itself, it says of which disk
        return ""
    return text("machine.no_room") if NO_ROOM & numbers else ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
