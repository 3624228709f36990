"""The offices of a folder: which there are, which of them stand in each other's way, a process that runs each, one exit code.

A process that dies, however it dies, costs the office it worked on and no other. `concurrent.futures` gives all tasks up when one
of its processes dies, and processes of their own for every task would import everything anew each time: these live on and are
replaced where they died. They take nothing over from the process that starts them, as on Windows nothing can be; elsewhere a
server that has imported everything forks them.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from sync import config as configuration
from sync import credentials, i18n, log
from sync.config import FOLDERS, Config, is_seen
from sync.domain.model import TOLD_QUIETLY, ExitCode, Verdict
from sync.errors import ConfigurationError, StopRun, SyncError
from sync.i18n import Language, LazyText, text, worded_in
from sync.i18n.texts import notice_text, said, stop_text
from sync.job.context import Runtime, Stopper, deadline_of
from sync.log import Verbosity, clear_away_quietly
from sync.report.page.index import OfficeResult
from sync.report.story import happened
from sync.system.process import for_the_group_of, missed, program_to_type, shield

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection

    from sync.job.run import Finished


@dataclass(frozen=True, slots=True)
class Office:
    """One configuration of the folder. `config` is None where it cannot be read, `mistakes` are why the office cannot run."""

    path: Path
    config: Config | None = None
    mistakes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name without its ending: unlike the office's own name it is there whatever is in the file."""
        return self.path.stem


#: What is wrong with a folder, told to the office that has it and to the one whose folder it is, too.
_SAME: Final = ("fleet.is_also", "fleet.is_also_ours")
_WITHIN: Final = ("fleet.lies_in", "fleet.lies_in_ours")


def offices_in(folder: Path) -> list[Office]:
    """Every `*.toml` of a folder, by name; a damaged one is an office, too, as nobody shall be forgotten.

    Raises:
        ConfigurationError: the folder cannot be read, or there is none.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except OSError as error:
        raise ConfigurationError([_in(folder, LazyText("configuration.not_read", said=said(error)))]) from None
    if not paths:
        raise ConfigurationError([no_office_in(folder)])
    offices = [_office(path) for path in paths]
    shared = _shared(offices)
    return [replace(office, mistakes=(*office.mistakes, *shared.get(office.path, ()))) for office in offices]


def _office(path: Path) -> Office:
    try:
        return Office(path, configuration.load(path))
    except ConfigurationError as error:
        return Office(path, None, tuple(error.mistakes))


def _shared(offices: Sequence[Office]) -> Mapping[Path, list[str]]:
    """What is wrong with offices whose folders or memory are those of another one: each would take the other's files."""
    owners: dict[Path, Office] = {}
    found: dict[Path, list[str]] = {}
    told: set[tuple[Path, Path]] = set()
    named: dict[tuple[str, str], Office] = {}
    for office, _, folder in _folders(offices):
        owners.setdefault(folder, office)
    for office, key, folder in _folders(offices):
        for place in (folder, *folder.parents):
            owner = owners.get(place)
            if owner and owner is not office and (owner.path, office.path) not in told:
                told.add((owner.path, office.path))  # two configurations with the same folders have all of them in common
                here, there = _SAME if place == folder else _WITHIN
                _add(found, office, here, key=key, other=owner.path.name, place=place)
                _add(found, owner, there, key=key, other=office.path.name, place=place)
    for office in offices:
        memory = (office.config.state.database_env, office.config.office) if office.config else ("", "")
        other = named.setdefault(memory, office)
        if memory[0] and other is not office:
            _add(found, office, "fleet.same_name", other=other.path.name)
            _add(found, other, "fleet.same_name", other=office.path.name)
    return found


def _folders(offices: Sequence[Office]) -> Iterator[tuple[Office, str, Path]]:
    for office in offices:
        if office.config:
            for key in FOLDERS:
                yield office, key, office.config.folder(key)


def no_office_in(folder: Path) -> LazyText:
    """What to say of a folder that is to hold the configurations of offices, and holds none."""
    return _in(folder, LazyText("fleet.no_office"))


def _in(path: Path, mistake: LazyText) -> LazyText:
    return LazyText("configuration.in_file", path=path, mistake=mistake)


def _add(found: dict[Path, list[str]], office: Office, what: str, **words: object) -> None:
    with worded_in(office.config.report.language if office.config else None):
        mistake = str(_in(office.path, LazyText("fleet.of_its_own", mistake=LazyText(what, **words))))
    mistakes = found.setdefault(office.path, [])
    if mistake not in mistakes:
        mistakes.append(mistake)


#: What could not start or finish comes first, as somebody has to act tonight; then what a person has to mend before anything can
#: start; then what is known to be at work elsewhere; then rows for a person.
WORST_FIRST: Final = (
    ExitCode.FAILED,
    ExitCode.USAGE,
    ExitCode.ALREADY_RUNNING,
    ExitCode.ROWS_NEED_A_PERSON,
    ExitCode.OK,
)


def exit_code(codes: Iterable[ExitCode]) -> ExitCode:
    """The worst of all; all well where there is none."""
    return min(codes, key=WORST_FIRST.index, default=ExitCode.OK)


T = TypeVar("T")
R = TypeVar("R")

#: How soon the workers hear that the work shall end.
_LOOK_SECONDS: Final = 0.5
_STOP: Final = "stop"

if sys.platform == "win32":
    _processes = multiprocessing.get_context("spawn")
else:
    _processes = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Died:
    """The process of a task came to an untimely end; a negative `exit_code` is the number of the signal."""

    exit_code: int


class CancellationRelay:
    """Hears in a worker that the work shall end, and passes it on to the stopper of the task at hand."""

    def __init__(self) -> None:
        self._asked = False
        self._stopper: Stopper | None = None

    def watch(self, stopper: Stopper) -> None:
        """Ask this one from now on."""
        self._stopper = stopper
        if self._asked:
            stopper.ask()

    def ask(self) -> None:
        """End."""
        self._asked = True
        if self._stopper:
            self._stopper.ask()


def side_by_side(
    work: Callable[[T, CancellationRelay], R], tasks: Sequence[T], jobs: int, stopper: Stopper, needs: Sequence[str] = ()
) -> Iterator[tuple[T, R | Died | None]]:
    """Each task with its result, as soon as it is there; None for those that did not begin before `stopper` was asked.

    `work` and the tasks travel to other processes: a function of a module, and values that can be pickled. `needs` are modules
    that all of them will import.
    """
    _leave_a_closed_folder()
    _processes.set_forkserver_preload([*needs])
    waiting, busy = deque(tasks), dict[object, _Worker[T, R]]()
    told = False
    try:
        while waiting or busy:
            if not told and _asked(stopper):
                told = True
                for worker in busy.values():
                    worker.stop()
            while told and waiting:
                yield waiting.popleft(), None
            while waiting and len(busy) < jobs:
                worker = _Worker(work)
                worker.give(waiting.popleft())
                busy[worker.connection] = worker
            for connection in wait([worker.connection for worker in busy.values()], _LOOK_SECONDS):
                worker = busy.pop(connection)
                task, end = worker.take()
                if isinstance(end, Died) or not waiting or told:
                    worker.close()
                else:
                    worker.give(waiting.popleft())
                    busy[worker.connection] = worker
                yield task, end
    finally:
        for worker in busy.values():
            worker.close()


def _leave_a_closed_folder() -> None:
    """Go where every process can begin: they begin in our folder, which another user may have left to us, or somebody deleted.

    Nothing is lost by it: in such a folder no relative path leads anywhere.
    """
    try:
        os.chdir(Path.cwd())
    except OSError:
        os.chdir(os.sep)


def _asked(stopper: Stopper) -> bool:
    try:
        stopper.check()
    except StopRun:
        return True
    return False


class _Worker(Generic[T, R]):
    """One process and the task that it works on."""

    def __init__(self, work: Callable[[T, CancellationRelay], R]) -> None:
        self.connection, theirs = _processes.Pipe()
        self._process = _processes.Process(target=_serve, args=(theirs, work))
        self._process.start()
        theirs.close()  # theirs alone now: when they die, ours tells
        self._task: T

    def give(self, task: T) -> None:
        self._task = task
        self._send(task)

    def stop(self) -> None:
        self._send(_STOP)

    def take(self) -> tuple[T, R | Died]:
        try:
            end: R | Died = self.connection.recv()
        except (EOFError, OSError):
            self._process.join()
            end = Died(self._process.exitcode or 0)
        return self._task, end

    def close(self) -> None:
        self._send(None)
        self.connection.close()
        self._process.join()

    def _send(self, message: object) -> None:
        with suppress(OSError):  # it died; `take` tells
            self.connection.send(message)


def _serve(connection: Connection, work: Callable[[T, CancellationRelay], R]) -> None:
    """Work on one task after the other until there is none, or until whoever gives them is gone."""
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):  # they reach the whole group; the one who began the work tells us
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    clear_away_quietly()
    shield()
    tasks: queue.SimpleQueue[T | None] = queue.SimpleQueue()
    ending = CancellationRelay()
    threading.Thread(target=_listen, args=(connection, tasks, ending), daemon=True).start()
    while (task := tasks.get()) is not None:
        result = work(task, ending)
        with suppress(OSError):
            connection.send(result)


def _listen(connection: Connection, tasks: queue.SimpleQueue[T | None], ending: CancellationRelay) -> None:
    with suppress(EOFError, OSError):
        while (message := connection.recv()) is not None:
            if message == _STOP:
                ending.ask()
            else:
                tasks.put(message)
        tasks.put(None)
        return
    ending.ask()
    tasks.put(None)


#: What every office imports.
NEEDS: Final = ("sync.job.run", "sync.notify", "sync.report.page", "sync.report.excel.results", "sync.report.excel.returned")


def work(office: Office, ending: CancellationRelay) -> OfficeResult:
    """Run an office's job once; one that cannot run is refused, and its installer told."""
    with i18n.speaking(_language(office)):
        return _worked(office, ending)


def _worked(office: Office, ending: CancellationRelay) -> OfficeResult:
    began = time.monotonic()
    if office.mistakes:
        _tell_refused(office)
        return refused(office, office.mistakes, ExitCode.USAGE)
    config = office.config or Config()
    i18n.name_in_commands(office.path, program_to_type())
    stopper = Stopper(deadline_of(config, Runtime()))
    ending.watch(stopper)
    try:
        finished = _run(config, Runtime(stopper=stopper))
    except StopRun as error:
        return _told(office, error.exit_code, stop_text(error.stopped), began)
    except ConfigurationError as error:
        return refused(office, error.mistakes, error.exit_code)
    except SyncError as error:
        return _told(office, error.exit_code, str(error), began)
    except Exception as error:  # noqa: BLE001 - a mistake of ours costs one office
        return _told(office, ExitCode.FAILED, str(missed(error) or text("fleet.mistake", kind=_place(error))), began)
    return _finished(office, finished, began)


def _run(config: Config, tools: Runtime) -> Finished:
    from sync.job import run as job  # noqa: PLC0415 - heavy, and not needed to tell what cannot begin
    from sync.notify import speaking  # noqa: PLC0415

    masks = log.SecretMasks(credentials.secrets_of(config))
    shared, logged = for_the_group_of(config.folder("results")), log.opened(config.log.format, Verbosity.QUIET, masks)
    with shared, logged as opened, speaking(config, opened) as speaker:
        return job.run(config, credentials.token_and_secret(config), tools, speaker)


def _tell_refused(office: Office) -> None:
    from sync.notify import speaking  # noqa: PLC0415 - heavy

    config = office.config or configuration.who_is_told(office.path)
    if config is None:  # the overview has it
        return
    masks = log.SecretMasks(credentials.secrets_of(config))
    with (
        suppress(ConfigurationError),
        log.opened(config.log.format, Verbosity.QUIET, masks, to_file=False) as opened,
        speaking(config, opened),
    ):
        raise ConfigurationError([*office.mistakes])


def refused(office: Office, mistakes: Sequence[str], code: ExitCode) -> OfficeResult:
    """An office whose configuration is wrong, or whose credentials are nowhere."""
    return _told(office, code, "\n".join(mistakes))


def died(office: Office, code: int) -> OfficeResult:
    """An office whose process came to an untimely end."""
    with i18n.speaking(_language(office)):
        return _told(office, ExitCode.FAILED, text("fleet.died", code=code))


def not_begun(office: Office) -> OfficeResult:
    """An office whose turn did not come."""
    with i18n.speaking(_language(office)):
        return _told(office, ExitCode.FAILED, text("fleet.not_begun"))


def _finished(office: Office, finished: Finished, began: float) -> OfficeResult:
    info, counts = finished.info, finished.checked.tally
    notices = [notice_text(notice) for notice in info.notices if notice.what in TOLD_QUIETLY]
    sentence = "\n".join([*notices, stop_text(info.stopped) if info.stopped else happened(counts)])
    return OfficeResult(
        office.name,
        info.office,
        finished.exit_code,
        sentence,
        page=finished.results / office.config.report.page if finished.results and office.config else _overview(office),
        seconds=time.monotonic() - began,
        rows=counts.rows,
        changed=counts.of(Verdict.UPDATED),
        to_settle=counts.to_settle,
        is_to_be_told=bool(notices),
    )


def _told(office: Office, code: ExitCode, sentence: str, began: float | None = None) -> OfficeResult:
    """What is known of an office without a report."""
    name = office.config.office if office.config else office.name
    took = time.monotonic() - began if began is not None else 0.0
    return OfficeResult(office.name, name, code, sentence, page=_overview(office), seconds=took)


def _overview(office: Office) -> Path | None:
    """The page over all runs of the office, if there is one already."""
    page = office.config.folder("results") / "index.html" if office.config else None
    return page if page and is_seen(page) else None


def _language(office: Office) -> Language:
    return office.config.report.language if office.config else Language.DE


def _place(error: Exception) -> str:
    """The kind of a mistake and where it is; its own text may hold a secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}, {Path(last.filename).name}:{last.lineno}"
