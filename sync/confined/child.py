"""The side of the confined process: takes limits and a request, answers in frames. Imports little: every start waits for it.

A frame is a kind, a head of JSON and blocks of bytes; nothing in it is carried out.
"""

from __future__ import annotations

import faulthandler
import json
import math
import os
import signal
import struct
import sys
import traceback
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_SIZES: Final = struct.Struct("<II")  # bytes of kind and head, number of blocks
_SIZE: Final = struct.Struct("<Q")  # bytes of a block
_MOST_BLOCKS: Final = 100_000


class BrokenFrame(Exception):
    """What the other side says is no frame."""


class TooLong(Exception):
    """The other side says more than it may."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`head` is anything that JSON can say: None, numbers, texts, lists, objects with texts as keys."""

    kind: str
    head: object = None
    blocks: tuple[bytes | memoryview, ...] = ()


def write_frame(stream: IO[bytes], frame: Frame) -> None:
    """Write a frame; what no encoding can hold of its texts (half of a pair of surrogates) becomes a question mark."""
    head = json.dumps([frame.kind, frame.head], ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    stream.write(_SIZES.pack(len(head), len(frame.blocks)) + head)
    for block in frame.blocks:
        stream.write(_SIZE.pack(memoryview(block).nbytes))
        stream.write(block)


def read_frame(stream: IO[bytes], most_bytes: int) -> tuple[Frame, int]:
    """The next frame and how many bytes it took.

    Raises:
        EOFError: there is no whole frame any more.
        TooLong: it has more than `most_bytes`.
        BrokenFrame: it is none.
    """
    length, count = _SIZES.unpack(_exactly(stream, _SIZES.size, most_bytes))
    if count > _MOST_BLOCKS:
        raise TooLong(f"{count} blocks")
    kind, head = _head(_exactly(stream, length, most_bytes))
    left, blocks = most_bytes - length, []
    for _ in range(count):
        (size,) = _SIZE.unpack(_exactly(stream, _SIZE.size, most_bytes))
        blocks.append(_exactly(stream, size, left))
        left -= size
    return Frame(kind, head, tuple(blocks)), most_bytes - left


def _exactly(stream: IO[bytes], size: int, most_bytes: int) -> bytes:
    if size > most_bytes:
        raise TooLong(f"{size} bytes")
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _head(data: bytes) -> tuple[str, object]:
    try:
        kind, head = json.loads(data)
    except (ValueError, TypeError, RecursionError) as error:
        raise BrokenFrame("no kind and head") from error
    if not isinstance(kind, str):
        raise BrokenFrame("no kind")
    return kind, head


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
