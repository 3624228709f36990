"""Reads a file in a process of its own, so that a crash or an endless loop of a parser costs that file only."""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
from typing import IO, TYPE_CHECKING

from sync.loader.messages import Done
from sync.loader.snapshot import megabytes
from sync.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from sync.loader.messages import Job, Message

#: What a reading process gets of the environment; token and secret, which may stand there, stay here.
_PASSED_ON = re.compile(
    r"PATH|LD_LIBRARY_PATH|DYLD_\w+|SYSTEMROOT|WINDIR|TE?MP|TMPDIR|LANG|LC_\w+|PYTHON\w+|COV\w+", re.IGNORECASE
)
#: Room for some messages, so that neither process waits for the other.
_PIPE_BYTES = 2**20
_COMMAND = ("-m", "sync.loader.child")
_ALLOWED = frozenset({"array", "sync.loader.messages", "sync.model"})
_OUT_OF_MEMORY = (b"memory allocation of", b"MemoryError", b"out of memory")


class _Unpickler(pickle.Unpickler):
    """Takes messages and nothing else: the process on the other side has read a stranger's file."""

    def find_class(self, module: str, name: str) -> object:
        if module in _ALLOWED:
            return getattr(importlib.import_module(module), name)
        raise pickle.UnpicklingError(f"{module}.{name} is no message")


class Reading:
    """A file being read by a process that has started already; `messages` tells what it says."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in messages
        self._late = threading.Event()
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, *_COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment() | {"PYTHONPATH": os.pathsep.join(place or "." for place in sys.path), "PYTHONSAFEPATH": "1"},
        )
        _widen(self._process.stdout)
        self._timer = threading.Timer(job.limits.seconds, self._give_up)
        self._timer.daemon = True
        self._timer.start()
        with contextlib.suppress(OSError), _pipe(self._process.stdin) as stdin:  # a dead process says so in messages
            pickle.dump(job, stdin)

    def _give_up(self) -> None:
        self._late.set()
        self._process.kill()

    def messages(self) -> Iterator[Message]:
        """What the process says; `Done` is the last message, also where it came to an untimely end."""
        try:
            done = yield from self._received()
            if not done:
                yield Done("", self._why())
        finally:
            self._timer.cancel()
            self._process.kill()
            self._process.wait()
            self._errors.close()

    def _received(self) -> Generator[Message, None, bool]:
        try:
            with _pipe(self._process.stdout) as stdout:
                while True:
                    message: Message = _Unpickler(stdout).load()
                    yield message
                    if isinstance(message, Done):
                        return True
        except (OSError, EOFError, pickle.UnpicklingError):
            return False

    def _why(self) -> Reason:
        """Why the process ended before it had read the file."""
        code = self._process.wait()
        limits = self._job.limits
        if self._late.is_set() or code == -getattr(signal, "SIGXCPU", 0) != 0:
            return Reason(Why.LIMIT_SECONDS, f"{limits.seconds:g} s")
        self._errors.seek(0)
        said = self._errors.read(65_536)
        if any(words in said for words in _OUT_OF_MEMORY) or code == -getattr(signal, "SIGKILL", 0) != 0:
            return Reason(Why.LIMIT_MEMORY, megabytes(limits.memory_bytes))
        return Reason(Why.READER_CRASHED)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}


def _widen(pipe: IO[bytes] | None) -> None:
    """More room in a pipe, where the system gives it."""
    if sys.platform == "linux" and pipe:
        import fcntl  # noqa: PLC0415 - there is none on Windows

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe
