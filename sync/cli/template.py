"""`template`: an empty workbook for staff."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.cli.options import ConfigOption, config_if_any
from sync.errors import ConfigurationError, SyncError


def template(
    path: Annotated[Path | None, typer.Argument(metavar="FILE", help="The workbook to write (.xlsx).")] = None,
    config: ConfigOption = None,
) -> None:
    """Write an empty workbook for staff.

    With headers, drop-downs with the allowed words, and a short explanation.
    """
    from sync.i18n.texts import Language
    from sync.report.excel import template as workbook

    language = Language(config_if_any(config).report.language)
    path = path or Path(workbook.FILE_NAME.text(language))
    if path.suffix.lower() != ".xlsx":
        raise ConfigurationError([f"{path}: should end with .xlsx"])
    try:
        workbook.write(path, language)
    except FileExistsError:
        raise ConfigurationError([f"{path} is there already; name another file"]) from None
    except OSError as error:
        raise SyncError(f"{path} cannot be written ({error.strerror}).") from None
    typer.echo(path)
