"""`check`: read and check sheets, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.commands.common import ConfigOption, config_if_any, screen, write
from sync.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Sheets to check.")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Read and check sheets, without onOffice and without a configuration if there is none."""
    missing = [str(path) for path in files if not _is_there(path)]
    if missing:
        raise ConfigurationError([f"{path}: there is no such file" for path in missing])
    office = config_if_any(config)
    from sync import check as first_half
    from sync.progress import Silent
    from sync.report.json_report import check_json
    from sync.report.summary import print_check
    from sync.texts import Language

    language = Language(office.report.language)
    checked = first_half.check(first_half.read(_named(files), office, Silent()), office)
    if as_json:
        write(check_json(checked, language))
    else:
        print_check(screen(), checked, language)
    raise typer.Exit(first_half.exit_code(checked))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False


def _named(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Files with the names to show: the last part of the path, the whole path where that would not tell them apart."""
    names = [path.name for path in files]
    return [(path, name if names.count(name) == 1 else path.as_posix()) for path, name in zip(files, names, strict=True)]
