"""`check`, `worklist`, `template`: sheets before they are dropped, checked without onOffice or made for staff."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sync.cli.options import ConfigOption, EndsOnSignal, config_if_any, office_of, screen, tools_of, write
from sync.errors import ConfigurationError, SyncError
from sync.i18n import LazyText, speak, text
from sync.i18n.texts import said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.report.excel.forms import WorkList


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="help.option.sheets")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="help.option.json_findings")] = False,
) -> None:
    """Read and check sheets, without onOffice and without a configuration if there is none."""
    from sync.config import is_seen

    missing = [path for path in files if not is_seen(path)]
    if missing:
        speak(config_if_any(config).report.language)
        raise ConfigurationError([_missing(path) for path in missing])
    from sync.domain.model import Why
    from sync.sheets.load import prepare
    from sync.system.process import require_packages

    prepare()
    office = config_if_any(config)
    files = [path for given in files for path in _within(given)]
    from sync.job import check as first_half
    from sync.progress import Silent
    from sync.report.json import check_json
    from sync.report.terminal import print_check
    from sync.rounds.verdicts import exit_code

    speak(office.report.language)
    require_packages()
    named = _named(files)
    read = first_half.read(named, office, Silent())
    read = first_half.refused_for(read, first_half.without_numbers(named, read, office), Why.NUMBERS_SOUGHT_LATER)
    from sync.job.check import unasked, without_stand_ins

    loaded = unasked(read)
    checked = without_stand_ins(first_half.check(loaded, office))
    if as_json:
        write(check_json(checked))
    else:
        print_check(screen(), checked)
    raise typer.Exit(exit_code(checked))


def _missing(path: Path) -> LazyText:
    """Why a file is not seen: it is not there, or lies where this user may not look."""
    try:
        path.stat()
    except PermissionError as error:
        return LazyText("command.not_read", path=path, said=said(error))
    except OSError:
        pass
    return LazyText("command.no_file", path=path)


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


# `worklist`: the sheet that staff fill in, read from onOffice.


_ENDINGS: Final = frozenset({".xlsx", ".csv"})


def worklist(  # noqa: PLR0917 - one option per behaviour
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="help.option.first")] = "today",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="help.option.last")] = "",
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help="help.option.type")] = "",
    user: Annotated[str, typer.Option("--user", metavar="USER", help="help.option.user")] = "",
    only_open: Annotated[bool, typer.Option("--open", help="help.option.open")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="help.option.list_out")] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="help.option.json_written")] = False,
) -> None:
    """Hand out a sheet of the links of a period, to be filled in and dropped."""
    from sync.config import wrong_lists
    from sync.credentials import token_and_secret
    from sync.job import worklist as job
    from sync.system import handles
    from sync.system.process import for_the_group_of

    try:
        out = out and out.expanduser()
    except RuntimeError:  # `~nobody`
        raise ConfigurationError([LazyText("command.not_written", path=out, said=LazyText("said.not_found"))]) from None
    folder = out if out and os.path.isdir(out) else None  # noqa: PTH112 - Path.is_dir raises where a folder on the way is closed
    if out and not folder and out.suffix.lower() not in _ENDINGS:
        raise ConfigurationError([LazyText("option.xlsx_or_csv", path=out)])
    office = office_of(config)
    if out and (wrong := wrong_lists(office, out)):
        raise ConfigurationError(wrong)
    tools = tools_of(office)
    wish = job.Wish(*job.period(office, tools, first, last), kind, user, only_open)
    with EndsOnSignal(tools.stopper):
        made = job.make(office, token_and_secret(office), tools, wish)
    path = handles.free(handles.resolved(out)) if out and not folder else job.usual_path(office, wish, folder)
    with for_the_group_of(path.parent):
        job.write(path, made, office)
    speak(office.report.language)
    notes = [*filter(None, [job.nothing(made, wish)]), *made.notes]
    if as_json:
        write([_as_json(path, made, notes)])
        return
    typer.echo(path)
    for note in notes:
        typer.echo(note, err=True)


def _as_json(path: Path, made: WorkList, notes: list[str]) -> bytes:
    told = {
        "file": str(path),
        "from": made.first.isoformat(),
        "to": made.last.isoformat(),
        "rows": len(made.entries),
        "appointments": len({entry.link.appointment_id for entry in made.entries}),
        "notes": notes,
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"


# `template`: an empty workbook for staff.


def template(
    path: Annotated[Path | None, typer.Argument(metavar="FILE", help="help.option.workbook")] = None,
    config: ConfigOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="help.option.template_out")] = None,
) -> None:
    """Write an empty workbook for staff, into this folder or where you say, as the user that you are (also with sudo).

    With headers, drop-downs with the allowed words, and a short explanation.
    """
    from sync.report.excel.forms import write_template
    from sync.system.process import for_the_group_of

    speak(config_if_any(config).report.language)
    if path and out:
        raise ConfigurationError([LazyText("option.file_once")])
    path = path or out or Path()
    try:
        path = path / text("template.file_name") if path.is_dir() else path
        if path.suffix.lower() != ".xlsx":
            raise ConfigurationError([LazyText("option.xlsx", path=path)])
        with for_the_group_of(path.parent):
            write_template(path)
        _give_to_caller(path)
    except FileExistsError:
        raise ConfigurationError([LazyText("option.file_there", path=path)]) from None
    except OSError as error:
        with suppress(OSError):  # the working folder may be gone
            path = path.absolute()
        raise SyncError(LazyText("option.out_not_written", path=path, said=said(error))) from None
    typer.echo(path)


def _give_to_caller(path: Path) -> None:
    """A workbook that root has written for somebody by sudo belongs to them; a folder's own group keeps it. Raises OSError."""
    from sync.system.process import is_root

    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if is_root() and user.isdigit() and group.isdigit():
        of_folder = path.parent.stat().st_mode & stat.S_ISGID
        os.chown(path, int(user), -1 if of_folder else int(group), follow_symlinks=False)
