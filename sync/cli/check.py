"""`check`: read and check sheets, offline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.options import ConfigOption, config_if_any, screen, write
from sync.errors import ConfigurationError
from sync.i18n import LazyText, speak

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="help.option.sheets")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="help.option.json_findings")] = False,
) -> None:
    """Read and check sheets, without onOffice and without a configuration if there is none."""
    from sync.config import is_seen

    missing = [str(path) for path in files if not is_seen(path)]
    if missing:
        speak(config_if_any(config).report.language)
        raise ConfigurationError([LazyText("command.no_file", path=path) for path in missing])
    from sync.domain.model import Why
    from sync.sheets.load import prepare

    prepare()
    office = config_if_any(config)
    files = [path for given in files for path in _within(given)]
    from sync.job import check as first_half
    from sync.progress import Silent
    from sync.report.json import check_json
    from sync.report.terminal import print_check
    from sync.rounds.judge import exit_code

    speak(office.report.language)
    named = _named(files)
    read = first_half.read(named, office, Silent())
    read = first_half.refused_for(read, first_half.without_numbers(named, read, office), Why.NUMBERS_SOUGHT_LATER)
    from sync.job.customers import unasked, without_stand_ins

    loaded = unasked(read)
    checked = without_stand_ins(first_half.check(loaded, office))
    if as_json:
        write(check_json(checked))
    else:
        print_check(screen(), checked)
    raise typer.Exit(exit_code(checked))


def _within(given: Path) -> Iterator[Path]:
    """The file itself, or what a run would read in a folder and in those below it.

    Raises:
        ConfigurationError: there is nothing in the folder.
    """
    from sync.dropfolder.files import is_ignored

    if not given.is_dir():
        yield given
        return
    is_empty = True
    for folder, below, names in os.walk(given):
        below[:] = sorted(name for name in below if not is_ignored(name))
        for name in sorted(name for name in names if not is_ignored(name)):
            is_empty = False
            yield Path(folder, name)
    if is_empty:
        raise ConfigurationError([LazyText("command.no_file_in", path=given)])


def _named(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Files with the names to show: the last part of the path, the whole path where that would not tell them apart.

    Whoever names a file knows which links lie on the way to it.
    """
    names = [path.name for path in files]
    shown = [name if names.count(name) == 1 else path.as_posix() for path, name in zip(files, names, strict=True)]
    return [(path.parent.resolve() / path.name, name) for path, name in zip(files, shown, strict=True)]
