"""Which periods to read so that few requests show many appointments. Pure."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DAY = timedelta(days=1)
_FIRST_DAY, _LAST_DAY = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """All days from the first to the last, with so many days of `margin` on either side where these may belong to it as well."""

    first: date
    last: date
    margin: int = 0

    @property
    def length(self) -> int:
        """How many days it holds."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> Iterator[date]:
        """Each of its days."""
        return (self.first + _DAY * number for number in range(self.length))

    @property
    def with_margin(self) -> Window:
        """All days of it and of its margin."""
        before, after = self.first.toordinal() - self.margin, self.last.toordinal() + self.margin
        return Window(date.fromordinal(max(_FIRST_DAY, before)), date.fromordinal(min(_LAST_DAY, after)))

    def halves(self) -> tuple[Window, ...]:
        """The window as two, for one that held more than a read shows; of a single day nothing is left but its margin to drop."""
        if self.first == self.last:
            return (Window(self.first, self.last),) if self.margin else ()
        middle = self.first + (self.last - self.first) // 2
        return replace(self, last=middle), replace(self, first=middle + _DAY)


class DensityEstimate:
    """How many appointments start in which periods, as far as somebody has counted them."""

    def __init__(self) -> None:
        self._counted: list[tuple[Window, int]] = []  # one after the other, none overlaps another

    def counted(self, window: Window, count: int) -> None:
        """Remember what was counted; what was counted before of any of these days is forgotten."""
        self._counted[self._overlapping(window)] = [(window, count)]

    def within(self, window: Window) -> int:
        """How many there are at the least, taking them to be spread evenly over the days of each period that was counted."""
        return int(sum(count * _common(each, window) / each.length for each, count in self._counted[self._overlapping(window)]))

    def _overlapping(self, window: Window) -> slice:
        first = bisect_left(self._counted, window.first, key=lambda each: each[0].last)
        return slice(first, bisect_right(self._counted, window.last, first, key=lambda each: each[0].first))


def _common(one: Window, other: Window) -> int:
    """How many days two windows that overlap have in common."""
    return (min(one.last, other.last) - max(one.first, other.first)).days + 1


def windows(days: Iterable[date], most: int) -> list[Window]:
    """At most so many windows that hold all these days, with as few other days as possible between them, and evenly long."""
    wanted = sorted(set(days))
    if not wanted:
        return []
    cuts = [0, *_widest_gaps(wanted, most - 1), len(wanted)]
    parts = [Window(wanted[first], wanted[after - 1]) for first, after in pairwise(cuts)]
    found = [(-window.length, window) for window in parts]
    heapq.heapify(found)  # the longest first
    while len(found) < most and (halves := found[0][1].halves()):
        heapq.heapreplace(found, (-halves[0].length, halves[0]))
        heapq.heappush(found, (-halves[1].length, halves[1]))
    return sorted(window for _, window in found)


def _widest_gaps(days: Sequence[date], most: int) -> list[int]:
    """Before which of these days, which ascend, the widest gaps lie; of gaps that are equally wide some all over the time."""
    gaps = [(days[at] - days[at - 1], at) for at in range(1, len(days)) if days[at] - days[at - 1] > _DAY]
    if len(gaps) <= most:
        return [at for _, at in gaps]
    limit = sorted(gap for gap, _ in gaps)[-most - 1]
    wider = [at for gap, at in gaps if gap > limit]
    as_wide = [at for gap, at in gaps if gap == limit]
    room = most - len(wider)
    return sorted(wider + [as_wide[(2 * number + 1) * len(as_wide) // (2 * room)] for number in range(room)])


def split(found: Iterable[Window], days: Iterable[date], crowds: DensityEstimate, full: int) -> list[Window]:
    """Windows of which none is known to be full, unless it is a single day, and all of which hold some of these days.

    `full` is how many appointments are as many as a read shows.
    """
    wanted = sorted(set(days))
    small, open_ = [], deque(found)
    while open_:
        window = open_.popleft()
        if bisect_left(wanted, window.first) == bisect_right(wanted, window.last):
            continue
        halves = window.halves() if crowds.within(window) >= full else ()
        open_.extendleft(reversed(halves))
        small += [] if halves else [window]
    return small
