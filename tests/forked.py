"""Commands of `onoffice-sync` as processes of their own that need not wait for Python and its imports.

A server that has everything imported forks them. What such a process is given and what it leaves is what `python -m sync` is
given and leaves: its arguments, folder and environment, its outputs and its exit code.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync import config
from sync.cli.app import main
from sync.ledger import sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.context import ForkServerContext
    from multiprocessing.process import BaseProcess

_SECONDS: Final = 120
#: What commands import late, and what tests start besides.
_MODULES: Final = (
    *("pytest", "sync.cli.app", "sync.job.run", "sync.report.waiting", "sync.fleet.offices"),
    *("sync.report.terminal", "sync.report.json", "sync.report.page", "sync.report.excel.results"),
)


def command(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end, with nothing to read."""
    if sys.platform == "win32":  # forks nothing
        whole, nothing = [sys.executable, "-m", "sync", *arguments], subprocess.DEVNULL
        return subprocess.run(
            whole, cwd=folder, env=environment, stdin=nothing, capture_output=True, timeout=_SECONDS, check=False
        )
    with tempfile.TemporaryDirectory() as outputs:
        out, error = Path(outputs, "out"), Path(outputs, "error")
        streams = os.devnull, str(out), str(error)
        started = process(_command, arguments, str(folder), streams, environment=environment)
        started.start()
        started.join(_SECONDS)
        if started.exitcode is None:
            started.kill()
            raise subprocess.TimeoutExpired(arguments, _SECONDS)
        return subprocess.CompletedProcess(arguments, started.exitcode, out.read_bytes(), error.read_bytes())


def process(work: Callable[..., object], *arguments: object, environment: Mapping[str, str]) -> BaseProcess:
    """A process in which `work`, a function of a module, is called once it is started; not on Windows."""
    return context().Process(target=_call, args=(dict(environment), work, arguments))


def context() -> ForkServerContext:
    """The server that forks."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([*_MODULES])
    return server


def not_installed() -> Callable[[Path], bool]:
    """What stands for `sync.config.is_there` in tests: there is no configuration in the places of this user and this machine."""
    places, is_there = config.usual_places(), config.is_there
    return lambda path: path not in places and is_there(path)


def wait_for_no_disk() -> None:
    """Let this process go on before the disk has what was written: no test takes its power away, and a kill loses nothing."""
    os.fsync = lambda _: None
    sqlite._DURABLE = "PRAGMA synchronous = OFF"  # type: ignore[misc]  # final but for tests


def _call(environment: Mapping[str, str], work: Callable[..., object], arguments: Sequence[object]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    wait_for_no_disk()
    work(*arguments)


def _command(arguments: Sequence[str], folder: str, streams: Sequence[str]) -> None:
    os.chdir(folder)
    for number, path in enumerate(streams):
        given = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(given, number)
        os.close(given)
    spelling = os.environ.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding=spelling)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding=spelling, write_through=True)
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), encoding=spelling, errors="backslashreplace", write_through=True
    )
    config.is_there = not_installed()
    sys.argv = ["onoffice-sync", *arguments]
    main()
