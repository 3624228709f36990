"""The side that asks: starts a module of ours as a confined process and takes what it says, or why it ended."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Final, Self

from sync.confined import template
from sync.confined.child import END, NOT_WHOLE, OUT_OF_MEMORY, READY, BrokenFrame, Frame, TooLong, read_frame, write_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What the process gets of the environment; token and secret, which may stand there, stay here.
_PASSED_ON: Final = re.compile(
    r"PATH|LD_LIBRARY_PATH|DYLD_\w+|SYSTEMROOT|WINDIR|TE?MP|TMPDIR|LANG|LC_\w+|TZ|PYTHON\w+|COV\w+", re.IGNORECASE
)
#: Room for some frames, so that neither process waits for the other.
_PIPE_BYTES: Final = 2**20
_FRAMES_AHEAD: Final = 4
#: So often is looked whether the run has to end, or the time is up.
_SLICE_SECONDS: Final = 0.1
_OUT_OF_MEMORY_WORDS: Final = (b"memory allocation of", b"MemoryError", b"out of memory", b"Cannot allocate memory")
_MOST_SAID: Final = 16_384


class Ending(StrEnum):
    """Why a process ended before it had answered.

    The first three are the fate of what it worked on; at `BROKEN` it could not even begin: no memory to start it, a package that
    is missing, a Python that is gone. That is the machine's fault, and the next one will fare no better.
    """

    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"
    BROKEN = "broken"


class ChildEnded(Exception):
    """The process ended before it had answered. `said` is the end of its error output, for the log only."""

    def __init__(self, ending: Ending, said: str = "") -> None:
        super().__init__(f"{ending}: {said}" if said else str(ending))
        self.ending = ending
        self.said = said


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a process may use.

    `memory_bytes` is its address space (Linux; on Windows what it commits), `seconds` the time from its start, and as much of the
    processor's. `written_bytes` is the longest file that it may write, its error output included, `answer_bytes` how much it may
    say in all.
    """

    memory_bytes: int
    seconds: float
    written_bytes: int = 2**20
    open_files: int = 64
    answer_bytes: int = 2**32


def _go_on() -> None:
    """Nobody asks the process to end early."""


class Child:
    """A process that works already; `frames` tells what it says. To be closed, as a context or by `close`.

    Args:
        module: a module of ours that calls `sync.confined.child.serve`; on Linux it dies with the thread that makes this object.
        request: what it is asked.
        bounds: what it may use.
        check: called at least ten times a second while `frames` waits; what it raises ends the process, too.

    Raises:
        ChildEnded: no process can be started (`Ending.BROKEN`).
    """

    def __init__(self, module: str, request: Frame, bounds: Bounds, check: Callable[[], None] = _go_on) -> None:
        self._bounds, self._check = bounds, check
        self._end = time.monotonic() + bounds.seconds
        self._came: queue.Queue[Frame | None] = queue.Queue(_FRAMES_AHEAD)
        self._ready = self._closed = False
        self._wrong: Exception | None = None
        with contextlib.ExitStack() as made:
            try:
                self._errors = made.enter_context(tempfile.TemporaryFile())
                self._process = _start(module, self._errors)
                made.callback(_end, self._process)
                self._confinement = _confinement(self._process, bounds)
                self._talk = threading.Thread(target=self._talks, args=[request], name=module, daemon=True)
                self._talk.start()
            except (OSError, RuntimeError, MemoryError) as error:  # RuntimeError: no more threads
                raise ChildEnded(Ending.BROKEN, f"{type(error).__name__}: {error}") from error
            self._made = made.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if it still works, and give back what it took."""
        self._closed = True  # what is still in the pipe is not read any more
        _end(self._process)
        while self._talk.is_alive():
            with contextlib.suppress(queue.Empty):
                self._came.get_nowait()  # it may wait for room
            self._talk.join(_SLICE_SECONDS)
        self._made.close()

    def beside(self, work: Callable[[], None]) -> None:
        """Do something else while the process works; as it may have to wait for that, its time does not run meanwhile."""
        began = time.monotonic()
        work()
        self._end += time.monotonic() - began

    def frames(self) -> Iterator[Frame]:
        """What the process says, until it says that this was all.

        Raises:
            ChildEnded: it ended before that, and why.
        """
        while True:
            self._check()
            if time.monotonic() > self._end:
                _end(self._process)
                raise ChildEnded(Ending.TIME, self.said())
            try:
                frame = self._came.get(timeout=_SLICE_SECONDS)
            except queue.Empty:
                continue
            if frame is None:
                self._check()  # what ended the process may have asked the run to end as well
                raise self._why()
            if frame.kind == END:
                return
            if frame.kind != READY:
                yield frame

    def _talks(self, request: Frame) -> None:
        """Asks, and passes on what comes; in a thread of its own, as a pipe cannot be waited for in slices everywhere."""
        left, kind = self._bounds.answer_bytes, ""
        try:
            with _pipe(self._process.stdout) as stdout:
                self._asks(request)
                del request  # it may be large
                while kind != END and not self._closed:
                    frame, took = read_frame(stdout, left)
                    left, kind = left - took, frame.kind
                    self._ready = True
                    self._came.put(frame)
        except (OSError, EOFError, BrokenFrame, TooLong, MemoryError) as error:
            self._wrong = None if isinstance(error, (OSError, EOFError)) else error
            self._came.put(None)

    def _asks(self, request: Frame) -> None:
        parent = getattr(self._process, "parent", os.getpid())
        with contextlib.suppress(OSError), _pipe(self._process.stdin) as stdin:  # a dead process says nothing afterwards
            write_frame(stdin, Frame("bounds", _as_head(parent, self._bounds)))
            write_frame(stdin, request)

    def _why(self) -> ChildEnded:
        if self._wrong:
            _end(self._process)
            ending = Ending.CRASH if isinstance(self._wrong, BrokenFrame) else Ending.MEMORY
            return ChildEnded(ending if self._ready else Ending.BROKEN, f"{self._wrong!r}\n{self.said()}")
        code, said = self._process.wait(), self.said()
        if not self._ready or code == NOT_WHOLE:
            return ChildEnded(Ending.BROKEN, said or f"exit code {code}")
        if code == -getattr(signal, "SIGXCPU", 0) != 0:
            return ChildEnded(Ending.TIME, said)
        killed = code == -getattr(signal, "SIGKILL", 0) != 0  # by the system, which was short of memory
        if killed or code == OUT_OF_MEMORY or any(words in said.encode() for words in _OUT_OF_MEMORY_WORDS):
            return ChildEnded(Ending.MEMORY, said)
        return ChildEnded(Ending.CRASH, said)

    def said(self) -> str:
        """The end of what stands in the error output of the process, for the log only."""
        with contextlib.suppress(OSError):
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _MOST_SAID))
            return self._errors.read(_MOST_SAID).decode(errors="replace").strip()
        return ""


def prepare(module: str) -> None:
    """Have what processes of a module need imported beside the work of this one, where that can be done for all of them."""
    template.prepare(*_made_with(), module)


def _as_head(parent: int, bounds: Bounds) -> list[float]:
    return [parent, bounds.memory_bytes, bounds.seconds, bounds.written_bytes, bounds.open_files]


def _start(module: str, errors: IO[bytes]) -> subprocess.Popen[bytes] | template.Forked:
    python, environment = _made_with()
    process = template.forked(python, environment, module, errors.fileno()) or subprocess.Popen(  # noqa: S603 - our own module
        [python, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment
    )
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - there is none on Windows

        with contextlib.suppress(OSError):
            fcntl.fcntl(_pipe(process.stdout), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return process


def _made_with() -> tuple[str, dict[str, str]]:
    """The Python to start, and its environment."""
    python, told = _interpreter()
    path = os.pathsep.join(place or "." for place in sys.path)
    return python, _environment() | told | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}


def _interpreter(*, windows: bool = os.name == "nt") -> tuple[str, dict[str, str]]:
    """The Python to start, and what it has to be told of the virtual environment.

    On Windows an environment's own `python.exe` only starts the real one, which is then no process that anybody here knows,
    confines or ends. So the real one is started at once, as Python's own `multiprocessing` does it.
    """
    real: str = getattr(sys, "_base_executable", None) or sys.executable
    if windows and os.path.normcase(real) != os.path.normcase(sys.executable):
        return real, {"__PYVENV_LAUNCHER__": sys.executable}
    return sys.executable, {}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}


def _confinement(process: subprocess.Popen[bytes] | template.Forked, bounds: Bounds) -> object:
    """On Windows what holds the process: it dies when this is let go, or with this process."""
    if sys.platform == "win32":
        from sync.confined.windows import JobObject  # noqa: PLC0415 - only there

        return JobObject(process.pid, bounds.memory_bytes, bounds.seconds)
    return None


def _end(process: subprocess.Popen[bytes] | template.Forked) -> None:
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe
