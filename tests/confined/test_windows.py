"""What only Windows does, as far as it can be tried anywhere."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

import pytest

from sync.confined.parent import _interpreter
from sync.confined.windows import JobObject

ACCESS_DENIED: Final = 5
CALLS: Final = ("CreateJobObjectW", "SetInformationJobObject", "OpenProcess", "AssignProcessToJobObject")


class Call:
    """A call of the system that may fail."""

    def __init__(self, *, fails: bool) -> None:
        self.restype: object = None
        self.count = 0
        self._answer = 0 if fails else 1

    def __call__(self, *_: object) -> int:
        self.count += 1
        return self._answer


class Kernel:
    """The system, at which one call fails."""

    def __init__(self, failing: str = "") -> None:
        for name in (*CALLS, "CloseHandle"):
            setattr(self, name, Call(fails=name == failing))
        self.opened = [self.CreateJobObjectW, self.OpenProcess]

    CreateJobObjectW: Call
    OpenProcess: Call
    CloseHandle: Call


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Kernel:
    made = Kernel(request.param)
    monkeypatch.setattr(ctypes, "WinDLL", lambda *_, **__: made, raising=False)
    monkeypatch.setattr(ctypes, "get_last_error", lambda: ACCESS_DENIED, raising=False)
    monkeypatch.setattr(ctypes, "WinError", lambda number: OSError(number, "Access is denied"), raising=False)
    return made


@pytest.mark.parametrize("kernel", CALLS, indirect=True)
def test_a_process_that_the_system_does_not_hold_is_told_and_nothing_stays_open(kernel: Kernel) -> None:
    with pytest.raises(OSError, match="Access is denied"):
        JobObject(1, 2**30, 10)

    assert kernel.CloseHandle.count == sum(call.count for call in kernel.opened if call._answer)


@pytest.mark.parametrize("kernel", [""], indirect=True)
def test_a_process_is_held_until_the_job_is_let_go(kernel: Kernel) -> None:
    job = JobObject(1, 2**30, 10)
    assert kernel.CloseHandle.count == 1, "its own handle only"
    del job
    assert kernel.CloseHandle.count == 2


@pytest.mark.parametrize(
    ("executable", "real", "started", "told"),
    [
        (r"C:\venv\python.exe", r"C:\Python\python.exe", r"C:\Python\python.exe", {"__PYVENV_LAUNCHER__": r"C:\venv\python.exe"}),
        (r"C:\Python\python.exe", r"C:\Python\python.exe", r"C:\Python\python.exe", {}),
    ],
)
def test_the_process_of_an_environment_is_the_real_one_and_not_its_launcher(
    monkeypatch: pytest.MonkeyPatch, *, executable: str, real: str, started: str, told: dict[str, str]
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    monkeypatch.setattr(sys, "_base_executable", real, raising=False)

    assert _interpreter(windows=True) == (started, told)
    assert _interpreter(windows=False) == (executable, {})
