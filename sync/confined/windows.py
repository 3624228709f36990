"""What confines a process on Windows: a job object that is held by the process that started it."""

from __future__ import annotations

import ctypes
from typing import Final


class _Basic(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", _Basic),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


_EXTENDED_LIMIT_INFORMATION: Final = 9
_LIMIT_PROCESS_TIME: Final = 0x2
_LIMIT_PROCESS_MEMORY: Final = 0x100
_LIMIT_KILL_ON_JOB_CLOSE: Final = 0x2000
_PROCESS_TERMINATE_AND_SET_QUOTA: Final = 0x1 | 0x100
#: The system counts in steps of 100 nanoseconds.
_STEPS_PER_SECOND: Final = 10_000_000


class JobObject:
    """Holds a process to its limits and has it killed when this object, or the process that made it, is gone.

    Raises:
        OSError: the system does not do it; the process is not held.
    """

    def __init__(self, process_id: int, memory_bytes: int, seconds: float) -> None:
        self._kernel = kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
        for name in ("CreateJobObjectW", "OpenProcess"):
            getattr(kernel, name).restype = ctypes.c_void_p
        self._job = ctypes.c_void_p(_done(kernel.CreateJobObjectW(None, None)))
        limits = _Extended()
        limits.BasicLimitInformation.LimitFlags = _LIMIT_PROCESS_TIME | _LIMIT_PROCESS_MEMORY | _LIMIT_KILL_ON_JOB_CLOSE
        limits.BasicLimitInformation.PerProcessUserTimeLimit = int((seconds + 1) * _STEPS_PER_SECOND)
        limits.ProcessMemoryLimit = memory_bytes
        _done(kernel.SetInformationJobObject(self._job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)))
        process = ctypes.c_void_p(_done(kernel.OpenProcess(_PROCESS_TERMINATE_AND_SET_QUOTA, False, process_id)))
        try:
            _done(kernel.AssignProcessToJobObject(self._job, process))
        finally:
            kernel.CloseHandle(process)

    def __del__(self) -> None:
        if hasattr(self, "_job"):
            self._kernel.CloseHandle(self._job)


def _done(answer: int | None) -> int:
    """What a call of the system answers. Raises OSError where that means that it failed."""
    if not answer:
        raise ctypes.WinError(ctypes.get_last_error())  # type: ignore[attr-defined,unused-ignore]
    return answer
