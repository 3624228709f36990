"""What is to be started every night, and the one way to start programs."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from sync import config as configuration
from sync import credentials
from sync.config import OnOffice
from sync.errors import ConfigurationError, SyncError
from sync.i18n import LazyText, text
from sync.i18n.texts import said
from sync.system.process import UMASK

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from sync.config import Config

#: Stands in everything that is installed, so that nobody else's file is ever replaced.
MARK: Final = "Written by onoffice-sync schedule"

_USUAL: Final = OnOffice()
_TEMPLATES: Final = Path(__file__).with_name("templates")
#: In quotes, a quotation mark and a backslash mean something to systemd.
_ESCAPES: Final = str.maketrans({'"': '\\"', "\\": "\\\\"})
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """One office's nightly start: program and configuration by absolute paths, its folders, the time of day, the user.

    `variables` are the names of those that hold token and secret. `watch`: instead of once a night it runs all the time, as soon
    as files are there. `with_file`: token and secret stand in a file beside the configuration.
    """

    office: str
    program: tuple[str, ...]
    config: Path
    folders: tuple[Path, ...]
    at: dt.time
    run_as: str | None = None
    variables: tuple[str, str] = (_USUAL.token_env, _USUAL.secret_env)
    watch: bool = False
    with_file: bool = True

    @property
    def name(self) -> str:
        """A name for files and tasks: `onoffice-sync`, with the office's name where it has one."""
        plain = slug(self.office)
        name = "onoffice-sync" if plain in {"", "onoffice"} else f"onoffice-sync-{plain}"
        return f"{name}-watch" if self.watch else name

    @property
    def command(self) -> tuple[str, ...]:
        """The program with its arguments."""
        return (*self.program, "watch" if self.watch else "run", "--config", str(self.config))

    @property
    def credentials(self) -> Path:
        """Where the job looks for token and secret, besides the environment and the keyring."""
        return (self.config if self.config.is_dir() else self.config.parent) / credentials.FILE

    @property
    def lines(self) -> str:
        """What has to stand there, for people."""
        token, secret = (f"{name}=..." for name in self.variables)
        return text("schedule.lines", token=token, secret=secret)

    def where_credentials(self, owner: str | None = None) -> str:
        """Where token and secret are read from, for people; the file belongs to its `owner`."""
        return text("schedule.credentials", path=self.credentials, owner=owner, lines=self.lines)


def slug(name: str) -> str:
    """A text in a-z, 0-9 and hyphens, for names that the system takes; "" where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_UMLAUTS)).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")


def night_of(office: Config, config: Path, at: dt.time, run_as: str | None, python: str = sys.executable) -> ScheduledRun:
    """The night of an office, started by the program that is installed beside this Python.

    Raises:
        SyncError: a path holds a line break, which none of the schedulers can be given.
    """
    folders = tuple(office.all_folders.values())
    config = config.resolve()
    if any(re.search(r"[\r\n\0]", str(path)) for path in (python, config, *folders)):
        raise SyncError(LazyText("schedule.line_break"))
    variables = (office.onoffice.token_env, office.onoffice.secret_env)
    with_file = config.with_name(credentials.FILE).exists()
    return ScheduledRun(office.office, _program(Path(python)), config, folders, at, run_as, variables, with_file=with_file)


def night_of_all(folder: Path, at: dt.time, run_as: str | None, python: str = sys.executable) -> ScheduledRun:
    """The night of every office of a folder, started as one.

    Raises:
        ConfigurationError: one of them cannot be read, or there is none.
        SyncError: as `night_of`.
    """
    folder = folder.resolve()
    nights = [night_of(configuration.load(path), path, at, run_as, python) for path in sorted(folder.glob("[!.]*.toml"))]
    if not nights:
        raise ConfigurationError([LazyText("configuration.in_file", path=folder, mistake=LazyText("fleet.no_office"))])
    # the page over all offices lies in the folder itself
    folders = (folder, *dict.fromkeys(place for night in nights for place in night.folders))
    return replace(nights[0], office=folder.name, config=folder, folders=folders)


def _program(python: Path) -> tuple[str, ...]:
    """The command beside the interpreter; where there is none, the interpreter itself."""
    beside = python.with_name("onoffice-sync.exe" if sys.platform == "win32" else "onoffice-sync")
    return (str(beside),) if beside.is_file() else (str(python), "-m", "sync")


def filled(template: str, night: ScheduledRun, **words: object) -> str:
    """What is to be installed, from its template in `templates`; what goes into XML is escaped."""
    office = " ".join(night.office.split())
    known = {"night": night, "mark": MARK, "umask": f"{UMASK:04o}", "office": _plain(office), **words}
    return _environment().get_template(template).render(known)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="ascii"),
        autoescape=select_autoescape(["xml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"plain": _plain, "words": _words, "shell": join, "windows": subprocess.list2cmdline}
    return environment


def _words(words: Iterable[object], before: str = "") -> str:
    """Words of a command or a list of paths as systemd takes them, each in quotes with the same mark `before` it."""
    return " ".join(f'"{_plain(f"{before}{word}").translate(_ESCAPES)}"' for word in words)


def _plain(value: object) -> str:
    """A text in which a percent sign is one, to systemd."""
    return str(value).replace("%", "%%")


def start(*command: str, given: str | None = None) -> str:
    """Run a program of the system to its end and return what it says.

    Raises:
        SyncError: it is not there or failed; with what it said.
    """
    try:
        done = subprocess.run(  # noqa: S603 - fixed programs, looked up in PATH
            command, input=given, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise SyncError(LazyText("schedule.not_started", program=command[0], said=said(error))) from None
    if done.returncode:
        raise SyncError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip() or done.returncode}")
    return done.stdout


def refuse_another(night: ScheduledRun, what: str, started: str) -> None:
    """Make sure that what is installed under the night's name starts this configuration, and not another one (`started`).

    Raises:
        SyncError: it starts another one.
    """
    if type(night.config)(started) != night.config:
        words = {"what": what, "started": started, "path": night.config, "office": night.office}
        raise SyncError(LazyText("schedule.another", **words))


def nothing_to_remove(night: ScheduledRun) -> str:
    """What to say where nothing is installed that starts this configuration."""
    return text("schedule.nothing_to_remove", path=night.config)


def read(path: Path) -> str | None:
    """What a file holds; None where there is none.

    Raises:
        SyncError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SyncError(LazyText("command.not_read", path=path, said=said(error))) from None


def write(path: Path, content: str) -> None:
    """Write a file of ours, also over an older one.

    Raises:
        SyncError: it cannot be written, or somebody else's file has this name.
    """
    if (older := read(path)) is not None and MARK not in older:
        raise SyncError(LazyText("schedule.not_ours", path=path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", errors="surrogateescape", newline="\n")
    except OSError as error:
        raise SyncError(LazyText("schedule.not_written", path=path, said=said(error))) from None
