"""Processes side by side: one that dies costs its task and no other; none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from sync.fleet.offices import Died, side_by_side
from sync.job.context import Stopper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

WORK = """
import os, time
from pathlib import Path
from sync.errors import StopRun
from sync.job.context import Stopper

def double(number, ending):
    if number == 13:
        os._exit(13)
    if number == 99:
        raise SystemExit(9)
    return number * 2

def who(number, ending):
    return os.getpid()

def wait(path, ending):
    stopper = Stopper()
    ending.watch(stopper)
    Path(path).write_text(str(os.getpid()))
    try:
        stopper.sleep(60)
    except StopRun:
        return "ended early"
    return "came to its end"

if __name__ == "__main__":
    import sys
    from sync.fleet.offices import side_by_side
    from worker_for_tests import wait
    list(side_by_side(wait, sys.argv[1:], 2, Stopper()))
"""

#: What that module imports.
NEEDS = ("sync.errors", "sync.job.context")


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that the other processes can import."""
    (tmp_path / "worker_for_tests.py").write_text(WORK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "worker_for_tests", raising=False)
    return import_module("worker_for_tests")


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_process_that_dies_costs_the_task_it_worked_on_and_no_other(worker: ModuleType) -> None:
    ends = dict(side_by_side(worker.double, [1, 13, 2, 99, 3, 4], 2, Stopper(), NEEDS))

    assert ends == {1: 2, 13: Died(13), 2: 4, 99: Died(9), 3: 6, 4: 8}


def test_processes_live_on_from_task_to_task(worker: ModuleType) -> None:
    pids = {pid for _, pid in side_by_side(worker.who, range(12), 2, Stopper(), NEEDS)}

    assert 1 <= len(pids) <= 2
    assert os.getpid() not in pids


def test_those_at_work_are_told_to_end_and_no_other_task_begins(worker: ModuleType, tmp_path: Path) -> None:
    paths = [str(tmp_path / str(number)) for number in range(4)]

    ends = dict(side_by_side(worker.wait, paths, 2, Asked(tmp_path), NEEDS))

    assert [ends[path] for path in paths] == ["ended early", "ended early", None, None]


class Asked(Stopper):
    """Asked to end as soon as two tasks are at work."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def check(self) -> None:
        if all((self._folder / name).exists() for name in ("0", "1")):
            self.ask()
        super().check()


@pytest.mark.skipif(sys.platform == "win32", reason="asks for processes as POSIX does")
def test_no_process_stays_behind_when_the_one_that_began_the_work_is_killed(worker: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "pid"
    parent = subprocess.Popen(
        [sys.executable, worker.__file__, str(path)], env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    until(lambda: path.exists() and path.read_text(encoding="utf-8"))
    child = int(path.read_text(encoding="utf-8"))

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    until(lambda: not alive(child))


IN_A_CLOSED_FOLDER = """
import os, sys
from sync.fleet import offices
from sync.job.context import Stopper
from worker_for_tests import double

if __name__ == "__main__":
    os.chdir(sys.argv[1])
    if sys.argv[2] == "deleted":
        os.rmdir(sys.argv[1])
    else:
        os.chmod(sys.argv[1], 0)
    print([end for _, end in offices.side_by_side(double, [1], 1, Stopper())])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows neither closes nor deletes the folder of a process")
@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("how", ["closed", "deleted"])
def test_processes_begin_wherever_one_starts_them_from(tmp_path: Path, how: str) -> None:
    if how == "closed" and os.geteuid() == 0:
        pytest.skip("no folder is closed to root")
    script, folder = tmp_path / "script.py", tmp_path / "folder"
    script.write_text(IN_A_CLOSED_FOLDER, encoding="utf-8")
    folder.mkdir(mode=0o700)

    done = subprocess.run(
        [sys.executable, str(script), str(folder), how],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("[2]\n", "")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
