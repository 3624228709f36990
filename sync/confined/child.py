"""The side of the confined process: takes limits and a request, answers in frames. Imports little: every start waits for it."""

from __future__ import annotations

import faulthandler
import math
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Final

from sync.confined.frames import Frame, read_frame, write_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# Where an error came about, without what it says.


#: Frames of an error that are told; a recursion has a thousand.
_MOST_FRAMES: Final = 30


def without_values(error: BaseException) -> str:
    """Which error it is and where it came about, for the log: its words may hold what stands in somebody's file."""
    kind = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        kind += f" ({error.strerror})"
    frames = [
        f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}" for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return "\n".join([kind, *frames[-_MOST_FRAMES:]])


#: The first and the last frame: "I am here, confined, and begin" and "that was all".
READY: Final = "ready"
END: Final = "end"
#: What the process ends with where memory was not enough, or a part of the program could not be loaded.
OUT_OF_MEMORY: Final = 70
NOT_WHOLE: Final = 71

_MOST_REQUEST_BYTES: Final = 2**32
_PR_SET_PDEATHSIG: Final = 1


def serve(answer: Callable[[Frame], Iterator[Frame]]) -> None:
    """Confine this process, answer the one request that comes in on standard input, and end.

    Signals that end a run leave it alone: the run ends it. What a library prints goes to the error output.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        bounds, _ = read_frame(sys.stdin.buffer, _MOST_REQUEST_BYTES)
        _confine(*bounds.head)  # type: ignore[misc]  # from the process that started this one
        write_frame(out, Frame(READY))
        out.flush()
        request, _ = read_frame(sys.stdin.buffer, _MOST_REQUEST_BYTES)
        try:
            for frame in answer(request):
                write_frame(out, frame)
                out.flush()
            write_frame(out, Frame(END))
            out.flush()
            sys.stderr.flush()
            os._exit(0)  # to put everything away in good order takes longer than a small file
        except BrokenPipeError:  # nobody listens any more
            os._exit(0)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except ImportError:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(NOT_WHOLE)
        except Exception as error:  # noqa: BLE001 - the end of this process anyway; Python would print what the error says, too
            sys.stderr.write(without_values(error))
            sys.stderr.flush()
            os._exit(1)


def _confine(parent: int, memory_bytes: int, seconds: float, written_bytes: int, open_files: int) -> None:
    """Limits of the operating system for the rest of this process; on Windows the parent sets them (`sync.confined.windows`)."""
    faulthandler.enable()
    if sys.platform == "win32":
        return
    _die_with(parent)
    import resource  # noqa: PLC0415 - there is none on Windows

    wanted = {
        resource.RLIMIT_CPU: math.ceil(seconds) + 1,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: written_bytes,
        resource.RLIMIT_NOFILE: open_files,
    }
    if sys.platform == "linux":  # elsewhere the address space holds far more than the process uses
        wanted[resource.RLIMIT_AS] = memory_bytes
    for kind, limit in wanted.items():
        soft, most = resource.getrlimit(kind)
        bounds = [limit, *(each for each in (soft, most) if each != resource.RLIM_INFINITY)]
        resource.setrlimit(kind, (min(bounds), most if kind == resource.RLIMIT_CPU else min(bounds)))


def _die_with(parent: int) -> None:
    """Have the system kill this process as soon as its parent (the thread that started it) ends."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - elsewhere it is not needed

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was quicker
        os._exit(0)
