"""`worklist`: the sheet that staff fill in, read from onOffice."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sync.cli.options import ConfigOption, EndsOnSignal, config_if_any, office_of, tools_of, write
from sync.errors import ConfigurationError, SyncError
from sync.i18n import speak, text

if TYPE_CHECKING:
    from sync.report.excel.worklist import WorkList


_ENDINGS: Final = frozenset({".xlsx", ".csv"})


def worklist(  # noqa: PLR0917 - one option per behaviour
    first: Annotated[
        str, typer.Option("--from", metavar="DATE", help="First day: today, +1d, 2026-12-01 or 01.12.2026.")
    ] = "today",
    last: Annotated[
        str, typer.Option("--to", metavar="DATE", help="Last day; +14d is 14 days after the first. [default: worklist.days]")
    ] = "",
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help="Only appointments of this type.")] = "",
    user: Annotated[str, typer.Option("--user", metavar="USER", help="Only appointments of this user (name or number).")] = "",
    only_open: Annotated[bool, typer.Option("--open", help="Only links that still wait for an answer.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write, .xlsx or .csv. [default: in worklist.folder]")
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Hand out a sheet of the links of a period, to be filled in and dropped."""
    from sync.credentials import token_and_secret
    from sync.job import worklist as job
    from sync.system import handles

    if out is not None and out.suffix.lower() not in _ENDINGS:
        raise ConfigurationError([f"{out}: should end with .xlsx or .csv"])
    office = office_of(config)
    tools = tools_of(office)
    wish = job.Wish(*job.period(office, tools, first, last), kind, user, only_open)
    with EndsOnSignal(tools.stopper):
        made = job.make(office, token_and_secret(office), tools, wish)
    path = handles.resolved(out.expanduser()) if out else job.usual_path(office, wish)
    job.write(path, made, office)
    speak(office.report.language)
    if as_json:
        write([_as_json(path, made)])
        return
    typer.echo(path)
    for note in made.notes:
        typer.echo(note, err=True)


def _as_json(path: Path, made: WorkList) -> bytes:
    told = {
        "file": str(path),
        "from": made.first.isoformat(),
        "to": made.last.isoformat(),
        "rows": len(made.entries),
        "appointments": len({entry.link.appointment_id for entry in made.entries}),
        "notes": [*made.notes],
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"


# `template`: an empty workbook for staff.


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
