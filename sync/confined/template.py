"""Confined processes that need not wait for Python and its imports: on Linux each is forked from one process that has them.

That process, the template, has the environment of a confined one and nothing else. It hears names of our own modules and
passes on the ends of pipes; questions and files go past it, so nothing of one file is in the process of another. It ends with the
process that started it, and what it has forked ends with it. Where it does not answer, processes are started anew, as elsewhere.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODULE: Final = "sync.confined.template"
#: Only these are imported before there is a process of their own.
_OURS: Final = "sync."
_MOST_NAME: Final = 4_096
_NUMBER_BYTES: Final = 4
#: What it is asked for, before the name of a module.
_IMPORT, _FORK = b"i", b"f"
#: What a process is given: the ends of three pipes. What comes back: a handle of it, and where its end will be told.
_GIVEN, _RETURNED = 3, 2
_NONE: Final = -1
_PATIENCE_SECONDS: Final = 30.0


@dataclass(slots=True)
class Forked:
    """A process that was forked, with what `subprocess.Popen` offers of one. `parent` is the template's number."""

    pid: int
    parent: int
    stdin: IO[bytes]
    stdout: IO[bytes]
    _handle: int
    _ends: int
    _code: int | None = field(default=None, init=False)

    def kill(self) -> None:
        """End it at once. Raises OSError where it has ended."""
        if self._code is None:
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit code, or the signal that ended it as a number below zero, once it has ended."""
        if self._code is None:
            if told := os.read(self._ends, _NUMBER_BYTES):
                self._code = os.waitstatus_to_exitcode(int.from_bytes(told, "little"))
            else:  # the template was killed: this one is about to end as well
                self._code = -signal.SIGKILL
                looks = select.poll()
                looks.register(self._handle, select.POLLIN)
                looks.poll()
            os.close(self._handle)
            os.close(self._ends)
        return self._code


class Template:
    """The process that forks, as the one sees it that started it. Raises OSError where it cannot be started."""

    def __init__(self, python: str, environment: Mapping[str, str]) -> None:
        self.made_with = python, environment
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(_PATIENCE_SECONDS)
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    [python, "-m", _MODULE, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                )
        except OSError:
            self._line.close()
            raise

    def prepare(self, module: str) -> None:
        """Have it import what a module needs, while this process does something else. Raises OSError."""
        self._line.send(_IMPORT + module.encode())

    def fork(self, module: str, errors: int) -> Forked | None:
        """A process that is `python -m module`, with `errors` as its error output; None where none could be forked.

        Raises:
            OSError: the template does not answer any more.
        """
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            (given_in, to_child), (from_child, given_out) = os.pipe(), os.pipe()
            theirs.callback(os.close, given_in)
            theirs.callback(os.close, given_out)
            stdin, stdout = ours.enter_context(os.fdopen(to_child, "wb")), ours.enter_context(os.fdopen(from_child, "rb"))
            socket.send_fds(self._line, [_FORK + module.encode()], [given_in, given_out, errors])
            said, handles, *_ = socket.recv_fds(self._line, _NUMBER_BYTES, _RETURNED)
            if not said:
                raise BrokenPipeError(errno.EPIPE, "the template has ended")
            if len(handles) != _RETURNED:
                return None
            ours.pop_all()
            return Forked(int.from_bytes(said, "little"), self._process.pid, stdin, stdout, *handles)

    def close(self) -> None:
        """End it."""
        self._line.close()
        self._process.kill()
        self._process.wait()

    def leave(self) -> None:
        """In a process that was forked from the one that started it: let go of it."""
        self._line.close()
        self._process.returncode = 0


class _Kept:
    """The template of this process."""

    lock = threading.Lock()
    template: Template | None = None


def prepare(python: str, environment: Mapping[str, str], module: str) -> None:
    """Have a template import what a module needs, beside the work of this process; nothing happens where that fails."""
    with _Kept.lock, contextlib.suppress(OSError):
        if _possible():
            _template(python, environment).prepare(module)


def forked(python: str, environment: Mapping[str, str], module: str, errors: int) -> Forked | None:
    """A confined process that is `python -m module`; None where it has to be started anew."""
    with _Kept.lock:
        if not _possible():
            return None
        try:
            return _template(python, environment).fork(module, errors)
        except OSError:  # it was killed, or cannot be started: the next one is asked of a new one
            close()
            return None


@cache
def _possible() -> bool:
    """Whether the system has handles of processes: Linux since 5.3."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def _template(python: str, environment: Mapping[str, str]) -> Template:
    """The one there is; a new one where there is none, or it was made for another environment. Raises OSError."""
    if _Kept.template and _Kept.template.made_with != (python, environment):
        close()
    if not _Kept.template:
        _Kept.template = Template(python, environment)
    return _Kept.template


def close() -> None:
    """End the template of this process, if there is one."""
    template, _Kept.template = _Kept.template, None
    if template:
        template.close()


def _leave() -> None:
    """A fork of this process has a template of its own, if it needs one."""
    template, _Kept.template, _Kept.lock = _Kept.template, None, threading.Lock()
    if template:
        template.leave()


if sys.platform == "linux":
    import atexit

    atexit.register(close)
    os.register_at_fork(after_in_child=_leave)


class _Server:
    """The template itself."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._looks = select.poll()
        self._looks.register(line, select.POLLIN)
        self._forked: set[str] = set()
        self._children: dict[int, tuple[int, int]] = {}  # by their handles: their numbers, and where their end is told

    def serve(self) -> str:
        """Import and fork as asked; ends in each process that was forked, with the module that it has to be."""
        while True:
            for fd, _ in self._looks.poll():
                if fd in self._children:
                    self._tell_end(fd)
                    continue
                said, given, *_ = socket.recv_fds(self._line, _MOST_NAME, _GIVEN)
                if not said:  # nobody asks any more
                    sys.exit()
                wish, module = said[:1], said[1:].decode()
                self._import(module, again=wish == _FORK and module in self._forked)
                if wish == _FORK:
                    self._forked.add(module)
                    if self._forks(given):
                        return module

    def _import(self, module: str, *, again: bool) -> None:
        """Import a module and, for all but its first process, what most of them need; where that fails, they say so."""
        if module.startswith(_OURS):
            with contextlib.suppress(Exception):
                own = importlib.import_module(module)
                for name in getattr(own, "NEEDS", ()) if again else ():
                    importlib.import_module(name)

    def _forks(self, given: list[int]) -> bool:
        """Fork a process with these ends of pipes; whether this is it."""
        ends, told = os.pipe()
        gc.freeze()  # what processes inherit stays shared with them
        try:
            pid = os.fork() if len(given) == _GIVEN else _NONE  # fewer where no more files may be opened
        except OSError:
            pid = _NONE
        if pid == _NONE:
            self._line.send(bytes(_NUMBER_BYTES))
            for fd in (*given, ends, told):
                os.close(fd)
            return False
        if not pid:
            gc.enable()
            for at, fd in enumerate(given):
                os.dup2(fd, at)
            for fd in (*given, ends, told, self._line.detach(), *self._children, *(told for _, told in self._children.values())):
                os.close(fd)
            return True
        handle = os.pidfd_open(pid)
        socket.send_fds(self._line, [pid.to_bytes(_NUMBER_BYTES, "little")], [handle, ends])
        for fd in (*given, ends):
            os.close(fd)
        self._children[handle] = pid, told
        self._looks.register(handle, select.POLLIN)
        return False

    def _tell_end(self, handle: int) -> None:
        pid, told = self._children.pop(handle)
        self._looks.unregister(handle)
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(OSError):  # nobody waits for it any more
            os.write(told, status.to_bytes(_NUMBER_BYTES, "little"))
        os.close(told)
        os.close(handle)


def _main() -> None:
    import ctypes  # noqa: F401, PLC0415 - these three are what every confined process needs
    import resource  # noqa: PLC0415
    import runpy  # noqa: PLC0415

    for number in (signal.SIGINT, signal.SIGTERM):  # those end a run, and the run ends this
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()
    module = _Server(socket.socket(fileno=int(sys.argv.pop()))).serve()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
