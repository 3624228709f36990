"""`schedule`: print, install or remove the nightly start."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from typing import Annotated

import typer

from sync.cli.options import ConfigOption  # noqa: TC001 - typer reads it
from sync.errors import ConfigurationError
from sync.setup.schedule import Scheduler


def schedule(  # noqa: PLR0917 - one option per behaviour
    kind: Annotated[Scheduler | None, typer.Argument(help="What starts the job. [default: what this system has]")] = None,
    config: ConfigOption = None,
    at: Annotated[str, typer.Option(metavar="HH:MM", help="When.")] = "04:30",
    run_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="USER",
            help="The user to run as; for systemd this makes a service of the whole system, for cron it goes into their crontab.",
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Instead of once a night: all the time, as soon as files are there (`watch`).")
    ] = False,
    install: Annotated[bool, typer.Option("--install", help="Install it instead of printing it.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take away what --install has installed.")] = False,
) -> None:
    """Print, install or remove the nightly start, or the service that watches.

    A systemd service and timer, a line for cron, or a task for the Windows Task Scheduler.
    """
    from sync import config as configuration
    from sync.setup.schedule import offer, usual
    from sync.setup.schedule.night import night_of, night_of_all

    if install and remove:
        raise ConfigurationError(["--install and --remove do not go together"])
    if run_as is not None and not run_as.strip():
        raise ConfigurationError(["--as: should be the name of a user; leave it out for the user that you are"])
    path = configuration.find(config)
    if path.is_dir() and watch:
        raise ConfigurationError(["--watch is for one office; give its file: --config DIR/OFFICE.toml"])
    night = (
        night_of_all(path, _time(at), run_as) if path.is_dir() else night_of(configuration.load(path), path, _time(at), run_as)
    )
    night = replace(night, watch=watch)
    kind = kind or usual()
    if watch and kind is Scheduler.CRON:
        raise ConfigurationError(["--watch is for systemd and Windows; cron starts nothing that runs all the time"])
    if install or remove:
        typer.echo((offer.install if install else offer.remove)(kind, night))
    else:
        typer.echo(offer.text(kind, night), nl=False)
        sys.stdout.flush()
        typer.echo(f"\n{offer.advice(kind, night)}", err=True)


def _time(text: str) -> dt.time:
    try:
        return dt.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day
    except ValueError:
        raise ConfigurationError([f'--at {text}: should be a time of day such as "04:30"']) from None
