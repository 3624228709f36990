"""`template`: an empty workbook for staff."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.options import ConfigOption, config_if_any
from sync.errors import ConfigurationError, SyncError
from sync.i18n import speak, text


def template(
    path: Annotated[Path | None, typer.Argument(metavar="FILE", help="The workbook to write (.xlsx).")] = None,
    config: ConfigOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="The same, or a folder to write it into.")] = None,
) -> None:
    """Write an empty workbook for staff, into this folder or where you say, as the user that you are (also with sudo).

    With headers, drop-downs with the allowed words, and a short explanation.
    """
    from sync.report.excel import template as workbook

    speak(config_if_any(config).report.language)
    if path and out:
        raise ConfigurationError(["name the file once: as FILE or with --out"])
    path = path or out or Path()
    path = path / text("template.file_name") if path.is_dir() else path
    if path.suffix.lower() != ".xlsx":
        raise ConfigurationError([f"{path}: should end with .xlsx"])
    try:
        workbook.write(path)
        _give_to_caller(path)
    except FileExistsError:
        raise ConfigurationError([f"{path} is there already; name another file"]) from None
    except OSError as error:
        raise SyncError(f"{path} cannot be written ({error.strerror}). Name another place with --out.") from None
    typer.echo(path)


def _give_to_caller(path: Path) -> None:
    """A workbook that root has written for somebody by sudo belongs to them. Raises OSError."""
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if os.name == "posix" and os.geteuid() == 0 and user.isdigit() and group.isdigit():
        os.chown(path, int(user), int(group), follow_symlinks=False)
