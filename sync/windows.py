"""Which periods to read so that few requests show many appointments. Pure."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """All days from the first to the last."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days it holds."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> Iterator[date]:
        """Each of its days."""
        return (self.first + _DAY * number for number in range(self.length))

    def halves(self) -> tuple[Window, ...]:
        """The window as two, for one that held more than a read shows; nothing where it is a single day."""
        if self.first == self.last:
            return ()
        middle = self.first + (self.last - self.first) // 2
        return Window(self.first, middle), Window(middle + _DAY, self.last)


def windows(days: Iterable[date], most: int) -> list[Window]:
    """At most so many windows that hold all these days, with as few other days as possible between them, and evenly long."""
    wanted = sorted(set(days))
    if not wanted:
        return []
    gaps = [at for at in range(1, len(wanted)) if wanted[at] - wanted[at - 1] > _DAY]
    widest = sorted(gaps, key=lambda at: wanted[at] - wanted[at - 1], reverse=True)
    cuts = [0, *sorted(widest[: most - 1]), len(wanted)]
    parts = [Window(wanted[first], wanted[after - 1]) for first, after in pairwise(cuts)]
    found = [(-window.length, window) for window in parts]
    heapq.heapify(found)  # the longest first
    while len(found) < most and (halves := found[0][1].halves()):
        heapq.heapreplace(found, (-halves[0].length, halves[0]))
        heapq.heappush(found, (-halves[1].length, halves[1]))
    return sorted(window for _, window in found)
