"""`demo`: the whole story on the bundled simulator."""

from __future__ import annotations

import inspect
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer

from sync.cli.options import EndsOnSignal, print_finished, screen, tools_of
from sync.domain.model import ExitCode
from sync.errors import ConfigurationError, SyncError
from sync.i18n import LazyText, counted, text
from sync.i18n.texts import said
from sync.simulator.options import Options, kinds, told


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
