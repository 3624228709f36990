"""Confined processes by the ten thousand: forked from one that has imported everything, instead of started anew.

What is left out is the start of the interpreter and the imports of the module, nothing else. The child is a child of the process
that asks, as ever; it runs the very same module as `__main__`, takes its limits and its question by the same pipes, and is waited
for and killed in the same way. Linux only, as it needs a `clone` that gives the child its parent's parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from sync.confined import parent

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT: Final = Path(__file__).parents[2]
#: What the modules that run confined import at once or late.
_IMPORTED: Final = (
    *(
        "sync.sheets.reader",
        "sync.sheets.stream",
        "sync.sheets.formats.text",
        "sync.sheets.formats.calamine",
        "sync.sheets.containers",
    ),
    *("sync.sheets.formats.html", "sync.sheets.formats.ods", "sync.sheets.formats.xml2003", "sync.report.excel.orders"),
    *("sync.report.excel.copies", "sync.report.excel.copies", "sync.report.excel.mark"),
    *("runpy", "resource", "pandas", "msoffcrypto", "pyxlsb.workbook", "xlrd", "openpyxl"),
)
_CLONE_PARENT: Final = 0x8000
_SYS_CLONE: Final = {"x86_64": 56, "aarch64": 220}
_MOST_NAME: Final = 4_096


class Forked:
    """What `parent.Child` does with a process that was started: its pipes, its end. `used` is told how it ended."""

    def __init__(self, pid: int, stdin: int, stdout: int, ended: Callable[[os.struct_rusage], None]) -> None:
        self.pid, self._ended = pid, ended
        self.stdin, self.stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        self._code: int | None = None

    def kill(self) -> None:
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        if self._code is None:
            _, status, used = os.wait4(self.pid, 0)
            self._code = os.waitstatus_to_exitcode(status)
            self._ended(used)
        return self._code


class Forks:
    """Starts confined processes in the place of `parent._start`; `ended` is told what each has used."""

    def __init__(self, ended: Callable[[os.struct_rusage], None]) -> None:
        self._ended = ended
        self._line, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.rehearsal.forked", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=_ROOT,
                env=parent._environment() | {"PYTHONPATH": os.pathsep.join(place or "." for place in sys.path)},
            )

    def start(self, module: str, errors: IO[bytes]) -> Forked:
        import fcntl  # noqa: PLC0415 - there is none on Windows

        stdin, to_child = os.pipe()
        from_child, stdout = os.pipe()
        fcntl.fcntl(from_child, fcntl.F_SETPIPE_SZ, parent._PIPE_BYTES)
        try:
            socket.send_fds(self._line, [module.encode()], [stdin, stdout, errors.fileno()])
            pid = int.from_bytes(self._line.recv(8), "little")
        finally:
            os.close(stdin)
            os.close(stdout)
        assert pid, "the process that forks has ended"
        return Forked(pid, to_child, from_child, self._ended)

    def close(self) -> None:
        self._line.close()
        self._server.wait()


def _serve(line: socket.socket) -> None:
    """Fork for each message; ends when nobody asks any more."""
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # what the children inherit stays shared with them
    while True:
        name, fds, *_ = socket.recv_fds(line, _MOST_NAME, 3)
        if not name:
            return
        if pid := _fork():
            line.send(pid.to_bytes(8, "little"))
            for fd in fds:
                os.close(fd)
        else:
            line.close()
            _become(name.decode(), fds)


def _fork() -> int:
    """As `os.fork`, but the child is one of this process' own parent."""
    python, number = ctypes.pythonapi, _SYS_CLONE[os.uname().machine]
    python.PyOS_BeforeFork()
    pid: int = ctypes.PyDLL(None).syscall(number, _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    (python.PyOS_AfterFork_Parent if pid else python.PyOS_AfterFork_Child)()
    return pid


def _become(module: str, fds: list[int]) -> None:
    """Be `python -m module`, to its end."""
    import runpy  # noqa: PLC0415 - only here

    for at, fd in enumerate(fds):
        os.dup2(fd, at)
        os.close(fd)
    code = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except BaseException:  # noqa: BLE001 - as an interpreter does at its end
        sys.excepthook(*sys.exc_info())
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
