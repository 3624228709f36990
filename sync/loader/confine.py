"""Limits that the operating system puts on this process for the rest of its life."""

from __future__ import annotations

import ctypes
import math
import sys


def confine(memory_bytes: int, seconds: float) -> None:
    """No more memory than this, and no more processor time: an orphan ends, too."""
    if sys.platform == "win32":
        _confine_windows(memory_bytes)
    else:
        _confine_posix(memory_bytes, seconds)


def _confine_posix(memory_bytes: int, seconds: float) -> None:
    import resource  # noqa: PLC0415 - there is none on Windows

    processor_seconds = math.ceil(seconds) + 1
    wanted = {resource.RLIMIT_CPU: processor_seconds, resource.RLIMIT_CORE: 0}
    if sys.platform == "linux":  # elsewhere the address space holds far more than the process uses
        wanted[resource.RLIMIT_AS] = memory_bytes
    for kind, limit in wanted.items():
        _, most = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


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


_EXTENDED_LIMIT_INFORMATION = 9
_LIMIT_PROCESS_MEMORY = 0x100


def _confine_windows(memory_bytes: int) -> None:
    """Puts this process into a job object with a memory limit; where that is not allowed the time limit remains."""
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = _Extended()
    limits.BasicLimitInformation.LimitFlags = _LIMIT_PROCESS_MEMORY
    limits.ProcessMemoryLimit = memory_bytes
    kernel.SetInformationJobObject(job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits))
    kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess()))
