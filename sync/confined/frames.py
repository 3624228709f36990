"""The form of what two processes say to each other: a kind, a head of JSON, blocks of bytes. Nothing in it is carried out."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import IO, Final

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
