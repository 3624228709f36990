"""`demo`: the whole story on the bundled simulator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.options import EndsOnSignal, print_finished, tools_of
from sync.domain.model import ExitCode


def demo(
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="An empty folder for the demo. [default: a temporary one]")
    ] = None,
) -> None:
    """Show the whole story on the bundled simulator."""
    from sync.job import demo as story

    scene = story.set_up(into)
    tools = tools_of(scene.config)
    with EndsOnSignal(tools.stopper):
        finished, mistakes = story.play(scene, tools)
    print_finished(finished)
    for mistake in mistakes:
        sys.stderr.write(f"The demo went wrong: {mistake}\n")
    raise typer.Exit(ExitCode.FAILED if mistakes else ExitCode.OK)
