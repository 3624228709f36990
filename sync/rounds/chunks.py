"""Splitting a sequence into pieces; `itertools.batched` comes with Python 3.12 only."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Pieces of at most `size` items, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
