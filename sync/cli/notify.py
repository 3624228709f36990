"""`notify`: a trial message to everybody who is to be told."""

from __future__ import annotations

import typer

from sync.cli.options import ConfigOption, office_of
from sync.domain.model import ExitCode
from sync.errors import ConfigurationError


def notify(config: ConfigOption = None) -> None:
    """Send a trial message to staff and installer."""
    from sync.notify import trial

    office = office_of(config)
    tried = list(trial(office))
    if not tried:
        raise ConfigurationError(["nobody is told: set notify.staff_env or notify.installer_env, see docs/notifications.md"])
    for one in tried:
        typer.echo(f"{one.audience}, {one.kind}: {one.trouble or 'delivered'}")
    raise typer.Exit(ExitCode.FAILED if any(one.trouble for one in tried) else ExitCode.OK)
