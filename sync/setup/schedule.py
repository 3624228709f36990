"""The nightly start by what the system has for it: systemd, cron, the Windows Task Scheduler; printed, installed or removed."""

from __future__ import annotations

import datetime as dt
import getpass
import html
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PureWindowsPath
from shlex import join
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from sync import config as configuration
from sync import credentials
from sync.config import OnOffice
from sync.credentials import KEYRING_SERVICE
from sync.errors import ConfigurationError, SyncError
from sync.i18n import LazyText, as_typed, text
from sync.i18n.texts import said
from sync.setup import Scheduler
from sync.system.process import UMASK, closed_to, is_root, owner_of, program, program_beside, program_to_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    variables: tuple[str, ...] = (_USUAL.token_env, _USUAL.secret_env)
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
        return (*self.program, self.verb, "--config", str(self.config))

    @property
    def verb(self) -> str:
        """The command of ours that is started."""
        return "watch" if self.watch else "run"

    @property
    def credentials(self) -> Path:
        """Where the job looks for token and secret, besides the environment and the keyring."""
        return (self.config if self.config.is_dir() else self.config.parent) / credentials.FILE

    @property
    def lines(self) -> str:
        """What has to stand there, for people."""
        *some, last = (f"{name}=..." for name in self.variables)
        return text("schedule.lines", some=", ".join(some), last=last)

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
    return ScheduledRun(office.office, program_beside(Path(python)), config, folders, at, run_as, variables, with_file=with_file)


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
    variables = tuple(dict.fromkeys(name for night in nights for name in night.variables))
    return replace(nights[0], office=folder.name, config=folder, folders=folders, variables=variables)


def night_to_remove(config: Path, run_as: str | None) -> ScheduledRun:
    """As much of a night as finds what was installed for a configuration, which need not be there any more, nor be right."""
    return ScheduledRun("", (), config.resolve(), (), dt.time(), run_as)


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


# What starts it: each prints, installs and removes a start in its own way.


class _Starter(ABC):
    """One way to start a night: what is to be saved, what to do with it, and that done by itself."""

    def __init__(self, night: ScheduledRun) -> None:
        self.night = night

    @abstractmethod
    def printed(self) -> str:
        """What is to be saved, to be printed."""

    @abstractmethod
    def advice(self) -> str:
        """What to do with it."""

    @abstractmethod
    def install(self) -> str:
        """Install it, in place of an older one of the same configuration; returns what a person has to know. Raises SyncError."""

    @abstractmethod
    def remove(self, keep: str = "") -> str:
        """Take it away, but for what has the name to `keep`; returns what was done, "" for nothing. Raises SyncError."""


_NOT_IN_PROGRAMS: Final = frozenset("'\"\\")


class Systemd(_Starter):
    """A service and timer: for the whole system under a user of its own, or in the service manager of one user."""

    def printed(self) -> str:
        """The units, each under its path."""
        return "\n".join(f"# {path}\n{content}" for path, content in self.units())

    def units(self) -> tuple[tuple[Path, str], ...]:
        """Service and timer, or a service alone that runs all the time, each with the path where it belongs.

        Raises:
            SyncError: systemd would not start a program with such a path.
        """
        if set(self.night.program[0]) & _NOT_IN_PROGRAMS:
            raise SyncError(LazyText("schedule.odd_program", program=self.night.program[0]))
        folder = self.folder()
        service = (folder / f"{self.night.name}.service", filled("service.ini", self.night))
        return (
            (service,) if self.night.watch else (service, (folder / f"{self.night.name}.timer", filled("timer.ini", self.night)))
        )

    def _enabled(self) -> str:
        """The unit that is to be enabled."""
        return f"{self.night.name}.{'service' if self.night.watch else 'timer'}"

    def install(self) -> str:
        """Write the units and start them; returns what a person has to know. Raises SyncError."""
        manager = ("systemctl",) if self.night.run_as else ("systemctl", "--user")
        planned = self.units()
        before = {path: read(path) for path, _ in planned}
        service = planned[0][0]
        new = [folder for folder in service.parents if not folder.exists()]
        if started := _started(before[service] or ""):
            refuse_another(self.night, str(service), started)
        try:
            for path, content in planned:
                write(path, content)
            start(*manager, "daemon-reload")
            start(*manager, "enable", "--now", self._enabled())
        except SyncError as error:
            _take_back(before, manager)
            for folder in new:
                with suppress(OSError):
                    folder.rmdir()
            kept = [path for path, content in before.items() if content is not None]
            left = LazyText("schedule.as_before") if kept else _left(before, manager, reload=False)
            cron = None if self.night.watch else Cron(self.night).printed().rstrip()
            options = as_typed(_options(Scheduler.CRON, self.night.config, self.night.run_as))
            command = f"{program_to_type()} schedule {options} --install"
            raise SyncError(LazyText("schedule.not_installed", why=str(error), left=left, command=command, cron=cron)) from None
        return text("schedule.installed", told=self._told())

    def remove(self, keep: str = "") -> str:
        """Stop the units and take them away; returns what was done, "" for nothing. Raises SyncError.

        Units of ours are known by what they start, whatever the office was called when they were installed.
        """
        manager = ("systemctl",) if self.night.run_as else ("systemctl", "--user")
        there = [path for path in self.installed() if path.exists() and path.stem != keep]
        if not there:
            return ""
        try:
            start(*manager, "disable", "--now", *(path.name for path in there))
            for path in there:
                path.unlink()
            start(*manager, "daemon-reload")
        except OSError as error:
            why = LazyText("schedule.not_removed", path=error.filename, said=said(error))
            raise SyncError(LazyText("schedule.half_removed", why=why, left=_left(there, manager))) from None
        except SyncError as error:
            raise SyncError(LazyText("schedule.half_removed", why=str(error), left=_left(there, manager))) from None
        return text("schedule.removed", what=", ".join(map(str, there)))

    def installed(self) -> Iterator[Path]:
        """Where the units of ours lie that start this configuration, in the night's way."""
        for path in self.services():
            service = read(path) or ""
            ours = MARK in service and (f' "{self.night.verb}" "--config" ' in service)
            if ours and type(self.night.config)(_started(service)) == self.night.config:
                yield from (path, path.with_suffix(".timer"))

    def services(self) -> list[Path]:
        """What may be services of ours, whatever they start."""
        return sorted(self.folder().glob("onoffice-sync*.service"))

    def folder(self) -> Path:
        """Where units belong."""
        return Path("/etc/systemd/system") if self.night.run_as else _user_folder()

    def advice(self) -> str:
        """What to do with the printed units."""
        manager = "systemctl" if self.night.run_as else "systemctl --user"
        return text("schedule.advice_systemd", manager=manager, unit=self._enabled(), told=self._told())

    def _told(self) -> str:
        manager = "systemctl" if self.night.run_as else "systemctl --user"
        journal = manager.replace("systemctl", "journalctl")
        tried = text(
            "schedule.how_it_is" if self.night.watch else "schedule.try_it",
            manager=manager,
            name=self.night.name,
            journal=journal,
        )
        linger = "" if self.night.run_as else text("schedule.linger")
        return "\n".join(filter(None, (self.night.where_credentials(), linger, tried)))


def _take_back(before: Mapping[Path, str | None], manager: tuple[str, ...]) -> None:
    """Leave the units as they were `before`, as far as that can be done; what failed is told by whoever calls this."""
    new = [path for path, content in before.items() if content is None and path.exists()]
    with suppress(SyncError):  # it may be enabled and only not have started
        if new:
            start(*manager, "disable", "--now", *(path.name for path in new))
    for path, content in before.items():
        with suppress(OSError, SyncError):
            if content is None:
                path.unlink(missing_ok=True)
            else:
                write(path, content)
    with suppress(SyncError):
        start(*manager, "daemon-reload")


def _left(paths: Iterable[Path], manager: tuple[str, ...], *, reload: bool = True) -> LazyText:
    """What is still there of what was to go, and how to take that away by hand."""
    there = [path for path in paths if path.exists()]
    anew = join([*manager, "daemon-reload"])
    if not there:
        return LazyText("schedule.nothing_left", command=anew if reload else None)
    stop = join([*manager, "disable", "--now", *(path.name for path in there)])
    command = f"{stop}; {join(['rm', *map(str, there)])}; {anew}"
    return LazyText("schedule.left", what=", ".join(map(str, there)), command=command)


def _user_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _started(service: str) -> str:
    """The configuration that a service of ours starts; "" where it does not say so in our way."""
    # what the template and its filters have escaped
    found = re.search(r'^ExecStart=.* "--config" "(.*)"$', service, re.MULTILINE)
    return re.sub(r"\\.|%%|\$\$", lambda pair: pair[0][1], found[1]) if found else ""


class Cron(_Starter):
    """A line for cron."""

    def printed(self) -> str:
        """Two lines for a crontab: whose it is, and what to start when."""
        return filled("crontab", self.night, mark=self._mark())

    def install(self) -> str:
        """Put the entry into the crontab of the night's user, in place of an older one of the same configuration.

        Raises:
            SyncError: it could not be done; only root reaches the crontab of another user.
        """
        lines, _ = self._others()
        start(*self._crontab(), "-", given="\n".join([*lines, self.printed()]))
        return text("schedule.installed", told=self._told())

    def remove(self, keep: str = "") -> str:  # noqa: ARG002 - a crontab has no names
        """Take the entry out of the crontab of the night's user; returns what was done, "" for nothing. Raises SyncError."""
        lines, is_there = self._others()
        if not is_there:
            return ""
        if any(line.strip() for line in lines):
            start(*self._crontab(), "-", given="".join(f"{line}\n" for line in lines))
        else:
            start(*self._crontab(), "-r")
        return text("schedule.removed_from_crontab")

    def started(self) -> list[Path]:
        """The configurations that entries of ours start, in the crontab of the night's user. Raises SyncError."""
        lines, mark = self._lines(), f"# {MARK}: "
        return [Path(line.removeprefix(mark)) for line in lines if line.startswith(mark)]

    def _others(self) -> tuple[list[str], bool]:
        """The lines of the crontab without the entry, and whether it is there."""
        lines = self._lines()
        if self._mark() not in lines:
            return lines, False
        at = lines.index(self._mark())
        return lines[:at] + lines[at + 2 :], True

    def _lines(self) -> list[str]:
        try:
            return start(*self._crontab(), "-l").splitlines()
        except SyncError as error:
            if "no crontab" not in str(error):
                raise
            return []

    def advice(self) -> str:
        """What to do with the printed lines."""
        key = "schedule.advice_cron_of" if self.night.run_as else "schedule.advice_cron"
        return text(key, user=self.night.run_as, edit=join([*self._crontab(), "-e"]), told=self._told())

    def _crontab(self) -> tuple[str, ...]:
        """The program that reads and writes the crontab of the night's user."""
        return ("crontab", "-u", self.night.run_as) if self.night.run_as else ("crontab",)

    def _told(self) -> str:
        return f"{self.night.where_credentials(self.night.run_as)}\n{text('schedule.cron_mails')}"

    def _mark(self) -> str:
        return f"# {MARK}: {self.night.config}"


class WindowsTask(_Starter):
    """A task for the Windows Task Scheduler: as XML, and as the command that registers it."""

    def printed(self) -> str:
        """The task as XML without a declared encoding and in ASCII only, so that it survives every way of saving it."""
        return filled("task.xml", self.night, user=self._user()).encode("ascii", "xmlcharrefreplace").decode()

    def registration(self, xml: str) -> list[str]:
        """The command that registers the task; it asks for the user's password itself ("*"), which then stands nowhere."""
        return ["schtasks", "/Create", "/F", "/TN", self.night.name, "/XML", xml, "/RU", self._user(), "/RP", "*"]

    def install(self) -> str:
        """Register the task, in place of an older one of the same configuration. Raises SyncError."""
        if started := self._started():
            refuse_another(self.night, text("schedule.the_task", name=self.night.name), started)
        with tempfile.TemporaryDirectory() as folder:
            xml = Path(folder) / f"{self.night.name}.xml"
            xml.write_text(self.printed(), encoding="utf-16")
            try:
                # not captured: schtasks asks for the password on the terminal
                done = subprocess.run(self.registration(str(xml)), check=False)  # noqa: S603 - a program of the system
            except OSError as error:
                raise SyncError(LazyText("schedule.not_started", program="schtasks", said=said(error))) from None
        if done.returncode:
            raise SyncError(LazyText("schedule.task_refused"))
        return text("schedule.installed", told=self._told())

    def remove(self, keep: str = "") -> str:
        """Take the task away, whatever its office was called; returns what was done, "" for nothing. Raises SyncError."""
        this = (self.night.verb, str(self.night.config))
        ours = [name for name in _tasks() if name != keep and _started_by_task(name) == this]
        for name in ours:
            start("schtasks", "/Delete", "/F", "/TN", name)
        return "\n".join(text("schedule.removed", what=text("schedule.the_task_itself", name=name)) for name in ours)

    def _started(self) -> str:
        """The configuration that the task of this name starts; "" where there is none or it does not say so in our way."""
        return _started_by_task(self.night.name)[1]

    def advice(self) -> str:
        """What to do with the printed task."""
        xml = f"{self.night.name}.xml"
        simple = ["schtasks", "/Create", "/F", "/TN", self.night.name, "/SC", "DAILY", "/ST", f"{self.night.at:%H:%M}"]
        simple += ["/TR", subprocess.list2cmdline(self.night.command), "/RU", self._user(), "/RP", "*"]
        return text(
            "schedule.advice_windows",
            xml=xml,
            command=subprocess.list2cmdline(self.registration(xml)),
            # Windows ends a task without limits of its own after three days
            simple=None if self.night.watch else subprocess.list2cmdline(simple),
            told=self._told(),
        )

    def _told(self) -> str:
        return text("schedule.asks_for_password", user=self._user(), credentials=self._credentials(), name=self.night.name)

    def _credentials(self) -> str:
        if self.night.with_file:
            return text("schedule.credentials_there", path=self.night.credentials)
        keyring = str(PureWindowsPath(self.night.program[0]).with_name("keyring.exe"))
        lines = [subprocess.list2cmdline([keyring, "set", KEYRING_SERVICE, name]) for name in self.night.variables]
        return text("schedule.into_keyring", lines="".join(f"\n  {line}" for line in lines))

    def _user(self) -> str:
        if self.night.run_as:
            return self.night.run_as
        domain = os.environ.get("USERDOMAIN")
        return f"{domain}\\{getpass.getuser()}" if domain else getpass.getuser()


def _task_folder() -> Path:
    """Where the Task Scheduler keeps its tasks; what schtasks says of one lacks the letters that a terminal lacks."""
    return Path(os.environ.get("SYSTEMROOT", ""), "System32", "Tasks")


def _tasks() -> list[str]:
    """The names of what may be tasks of ours."""
    return sorted(path.name for path in _task_folder().glob("onoffice-sync*"))


def _started_by_task(name: str) -> tuple[str, str]:
    """Our command that a task starts, and for which configuration; "" where it does not say so in our way."""
    try:
        there = (_task_folder() / name).read_text(encoding="utf-16")
    except (OSError, UnicodeError):
        return "", ""
    found = re.search(r"<Arguments>.*?(\w+) --config (.*)</Arguments>", there)
    return (found[1], html.unescape(found[2]).strip('"')) if found else ("", "")


_STARTERS: Final[Mapping[Scheduler, type[_Starter]]] = {
    Scheduler.SYSTEMD: Systemd,
    Scheduler.CRON: Cron,
    Scheduler.WINDOWS: WindowsTask,
}


def printed(kind: Scheduler, night: ScheduledRun) -> str:
    """What is to be saved, to be printed."""
    return _STARTERS[kind](night).printed()


def advice(kind: Scheduler, night: ScheduledRun) -> str:
    """What to do with it."""
    return _with_clock(_STARTERS[kind](night).advice(), night)


def _with_clock(said: str, night: ScheduledRun) -> str:
    """What is said, and by whose clock the night begins: a server may keep another one than its office."""
    if night.watch:
        return said
    zone = dt.datetime.now().astimezone().tzname() or "?"
    return f"{said}\n{text('schedule.clock', at=f'{night.at:%H:%M}', zone=zone)}"


def install(kind: Scheduler, night: ScheduledRun) -> str:
    """Install it in place of its counterpart (watching, or once a night) and of what the office was called before.

    Returns what a person has to know.

    Raises:
        SyncError: it could not be installed, with the reason.
    """
    _refuse_a_second_start(kind, night)
    said = _with_clock(_STARTERS[kind](night).install(), night)
    kinds = [] if kind is Scheduler.CRON else [replace(night, watch=watch) for watch in (False, True)]
    return "\n".join(filter(None, (said, *(_STARTERS[kind](each).remove(keep=night.name) for each in kinds))))


def remove(kind: Scheduler, night: ScheduledRun) -> str:
    """Take away what `install` has installed for this configuration, watching or once a night; returns what was done.

    Raises:
        SyncError: it could not be done, with the reason.
    """
    removed = _removed(kind, night)
    return "\n".join(filter(None, (removed, _left_over(kind, night)))) or f"{nothing_to_remove(night)}{_not_looked_at(night)}"


def _removed(kind: Scheduler, night: ScheduledRun) -> str:
    kinds = [night] if kind is Scheduler.CRON else [replace(night, watch=watch) for watch in (False, True)]
    return "\n".join(filter(None, (_STARTERS[kind](each).remove() for each in kinds)))


def refuse_who_cannot(kind: Scheduler, night: ScheduledRun, user: str, offices: Sequence[Config]) -> None:
    """Make sure that a user can do with files and folders what a run does, as far as owner, group and mode say that.

    Raises:
        ConfigurationError: that user surely cannot.
    """
    # the system's systemd reads token and secret as root and hands them over
    read_by_run = [night.config] if kind is Scheduler.SYSTEMD and night.run_as else [night.config, night.credentials]
    wanted = {path: os.R_OK | (os.X_OK if path.is_dir() else 0) for path in read_by_run}
    closed = {path: place for path, bits in wanted.items() if (place := closed_to(user, path, bits))}
    found: list[str | LazyText] = [
        LazyText("schedule.user_cannot_read", user=user, path=path, closed=place, mend=_mended(place, user))
        for path, place in closed.items()
    ]
    found += _folders_not_for(user, offices, set(closed.values()))
    if not found:
        return
    if (owner := _owner_of_job(night, user, offices)) and owner != user:
        options = [*_options(kind, night.config, owner), *(["--watch"] if night.watch else []), "--at", f"{night.at:%H:%M}"]
        command = f"{_as_root()} schedule {as_typed(options)} --install"
        found.append(LazyText("schedule.as_owner", owner=owner, command=command))
    raise ConfigurationError(found)


def _owner_of_job(night: ScheduledRun, user: str, offices: Iterable[Config]) -> str:
    """Whose configuration, else whose state folder it is; "" where that is nobody else."""
    states = (owner_of(state) for office in offices if _is_of_another(state := office.folder("state"), user))
    return owner_of(night.config) or next(states, "")


def _folders_not_for(user: str, offices: Iterable[Config], told: set[Path]) -> Iterator[str | LazyText]:
    """What to mend in folders that a user cannot use; of what is `told` to be closed nothing is said again."""
    from sync.setup.doctor import machine  # noqa: PLC0415 - it loads what reads sheets, which printing a start does without
    from sync.setup.doctor.finding import step, what  # noqa: PLC0415

    for office in offices:
        state = office.folder("state")
        if foreign := _is_of_another(state, user):
            # root is better told as whom to start the job than to take the folder
            mend = None if user == "root" and owner_of(state) else as_typed(["sudo", "chown", "-R", user, str(state)])
            yield LazyText("schedule.user_has_not", user=user, path=state, mend=mend)
        for closed, finding in machine.closed_to_user(office, user):
            if closed not in told and not (foreign and closed == state):
                yield f"{what(finding)} {step(finding)}"


def _is_of_another(state: Path, user: str) -> bool:
    import pwd  # noqa: PLC0415 - there is none on Windows

    try:
        return state.stat().st_uid != pwd.getpwnam(user).pw_uid
    except (OSError, KeyError):  # not there yet, or of somebody whom this machine does not know
        return False


def _mended(closed: Path, user: str) -> str | None:
    """The command that gives a file or folder to a user; none for a folder of the whole system, as `/root` is."""
    return None if len(closed.parts) <= len(("/", "root")) else as_typed(["sudo", "chown", user, str(closed)])


# What else starts the same office: it would be at work twice at the same time.


@dataclass(frozen=True, slots=True)
class _Installed:
    """What is installed here and starts a configuration. `user`: for whom root installed it; None where it is a user's own."""

    kind: Scheduler
    what: str
    config: Path
    user: str | None = None

    @property
    def needs_root(self) -> bool:
        """Whether root alone may take it away."""
        return self.user is not None

    def removal(self) -> str:
        """The command that takes it away, as it is to be typed here."""
        start = _as_root() if self.needs_root else program_to_type()
        return f"{start} schedule {as_typed(_options(self.kind, self.config, self.user))} --remove"


def _as_root() -> str:
    """The program as it is to be typed here where root alone may do what it is asked."""
    return program() if is_root() else f"sudo {program()}"


def _options(kind: Scheduler, config: Path, user: str | None) -> list[str]:
    return [kind.value, "--config", str(config), *(("--as", user) if user else ())]


def _all_installed(night: ScheduledRun) -> Iterator[_Installed]:
    """Everything of ours that is installed here, as far as this user may look."""
    for run_as in (None, "root"):
        for service in Systemd(replace(night, run_as=run_as)).services():
            with suppress(SyncError):
                content = read(service) or ""
                user = re.search(r"^User=(.*)$", content, re.MULTILINE)
                if MARK in content:
                    yield _Installed(Scheduler.SYSTEMD, str(service), Path(_started(content)), user[1] if user else None)
    for run_as in dict.fromkeys((None, night.run_as, owner_of(night.config) or None)):
        if run_as is None or is_root():
            with suppress(SyncError):
                for config in Cron(replace(night, run_as=run_as)).started():
                    yield _Installed(Scheduler.CRON, text("schedule.in_crontab", user=run_as), config, run_as)
    for task in _tasks():
        if started := _started_by_task(task)[1]:
            yield _Installed(Scheduler.WINDOWS, text("schedule.the_task", name=task), Path(started))


def _refuse_a_second_start(kind: Scheduler, night: ScheduledRun) -> None:
    """Make sure that nothing else starts this office, those of this folder, or the folder in which it is.

    Raises:
        SyncError: something does, with the command that takes it away.
    """
    these = {night.config, night.config.parent, *night.config.glob("*.toml")}
    found = [
        LazyText("schedule.starts_already", what=each.what, config=each.config, command=each.removal())
        for each in _all_installed(night)
        if each.config in these and not _replaces(kind, night, each)
    ]
    if found:
        raise ConfigurationError(found)


def _replaces(kind: Scheduler, night: ScheduledRun, there: _Installed) -> bool:
    """Whether an installation takes the place of what is there, or refuses it by itself."""
    same_place = night.run_as == there.user if kind is Scheduler.CRON else bool(night.run_as) == there.needs_root
    same_place = same_place or kind is Scheduler.WINDOWS
    return there.kind is kind and there.config == night.config and same_place


def _left_over(kind: Scheduler, night: ScheduledRun) -> str:
    """Take away, or say how to take away, what starts this configuration in another way than was named. Raises SyncError."""
    done, left = [], []
    for there in [each for each in _all_installed(night) if each.config == night.config]:
        if there.kind is kind and there.needs_root and is_root():
            done.append(_removed(kind, replace(night, run_as=there.user)))
        else:
            left.append(text("schedule.still_starts", what=there.what, config=there.config, command=there.removal()))
    if left:
        raise SyncError("\n".join([*done, *left]))
    return "\n".join(filter(None, done))


def _not_looked_at(night: ScheduledRun) -> str:
    """Which units of the system this user may not read, so that one of them may start this configuration; "" where none."""
    units = [unit for unit in Systemd(replace(night, run_as="root")).services() if _closed(unit)]
    command = f"sudo {program()} schedule {as_typed(_options(Scheduler.SYSTEMD, night.config, None))} --remove"
    return f"\n{text('schedule.not_looked_at', what=', '.join(map(str, units)), command=command)}" if units else ""


def _closed(path: Path) -> bool:
    try:
        read(path)
    except SyncError:
        return True
    return False
