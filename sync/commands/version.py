"""`--version`: which version this is."""

from __future__ import annotations

import typer


def version(wanted: bool) -> None:
    """Show the version and leave."""
    if wanted:
        from sync.doctor import program_version

        typer.echo(f"onoffice-sync {program_version()}")
        raise typer.Exit
