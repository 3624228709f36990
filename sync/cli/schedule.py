"""`schedule`: print, install or remove the nightly start."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from typing import Annotated

import typer

from sync.cli.options import ConfigOption, office_of
from sync.errors import ConfigurationError
from sync.i18n import LazyText, speak
from sync.setup.schedule import Scheduler


def schedule(  # noqa: PLR0917 - one option per behaviour
    kind: Annotated[Scheduler | None, typer.Argument(help="help.option.kind")] = None,
    config: ConfigOption = None,
    at: Annotated[str, typer.Option(metavar="HH:MM", help="help.option.at")] = "04:30",
    run_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="USER",
            help="help.option.run_as",
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="help.option.watching")] = False,
    install: Annotated[bool, typer.Option("--install", help="help.option.install")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="help.option.remove")] = False,
) -> None:
    """Print, install or remove the nightly start, or the service that watches.

    A systemd service and timer, a line for cron, or a task for the Windows Task Scheduler.
    """
    from sync import config as configuration
    from sync.cli.run import language_of
    from sync.fleet import offices_in
    from sync.setup.schedule import offer, usual
    from sync.setup.schedule.night import night_of, night_of_all

    if install and remove:
        raise ConfigurationError([LazyText("option.not_together", one="--install", other="--remove")])
    if run_as is not None and not run_as.strip():
        raise ConfigurationError([LazyText("option.no_user")])
    path = configuration.find(config)
    if configuration.is_folder(path) and watch:
        raise ConfigurationError([LazyText("option.one_office", name="--watch")])
    time = _time(at)
    if configuration.is_folder(path):
        speak(language_of(offices_in(path)))
        night = night_of_all(path, time, run_as)
    else:
        night = night_of(office_of(path), path, time, run_as)
    night = replace(night, watch=watch)
    kind = kind or usual()
    if watch and kind is Scheduler.CRON:
        raise ConfigurationError([LazyText("option.watch_with_cron")])
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
        raise ConfigurationError([LazyText("option.no_time", given=text)]) from None
