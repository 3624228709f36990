"""`--version`: which version this is, on which Python, with which packages."""

from __future__ import annotations

import typer


def version(wanted: bool) -> None:
    """Show versions and leave."""
    if wanted:
        from sync.system.program import packages, program_version, python_version

        typer.echo(f"onoffice-sync {program_version()}\n{python_version()}\n{packages()}")
        raise typer.Exit
