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

from sync.cli.app import main

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SECONDS: Final = 120
_MODULES: Final = ("sync.cli.app", "sync.job.run", "sync.report.terminal", "sync.report.json", "sync.report.excel.results")


def command(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end."""
    if sys.platform == "win32":  # forks nothing
        whole = [sys.executable, "-m", "sync", *arguments]
        return subprocess.run(whole, cwd=folder, env=environment, capture_output=True, timeout=_SECONDS, check=False)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_MODULES])
    with tempfile.TemporaryDirectory() as outputs:
        out, error = Path(outputs, "out"), Path(outputs, "error")
        process = context.Process(target=_become, args=(arguments, str(folder), dict(environment), str(out), str(error)))
        process.start()
        process.join(_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, _SECONDS)
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read_bytes(), error.read_bytes())


def _become(arguments: Sequence[str], folder: str, environment: Mapping[str, str], out: str, error: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate((os.devnull, out, error)):
        given = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(given, number)
        os.close(given)
    spelling = environment.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding=spelling)
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding=spelling, write_through=True)
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), encoding=spelling, errors="backslashreplace", write_through=True
    )
    sys.argv = ["onoffice-sync", *arguments]
    main()
