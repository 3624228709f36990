"""Processes that work side by side. One that dies, however it dies, costs the task it worked on and no other.

`concurrent.futures` gives all tasks up when one of its processes dies, and processes of their own for every task would import
everything anew each time: these live on and are replaced where they died. They take nothing over from the process that starts
them, as on Windows nothing can be; elsewhere a server that has imported everything forks them.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from sync.errors import StopRun
from sync.log import clear_away_quietly
from sync.system.process import shield

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from sync.job.stopper import Stopper

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
