"""Progress of a run: a live bar per phase on a terminal, the log elsewhere."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from sync.i18n import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import Task, TaskID

_log = logging.getLogger(__name__)

#: The phases whose steps travel in requests.
_LIMITED: Final = ("look", "send")
_MINUTE: Final = 60.0


class Phase(Protocol):
    """One phase that is under way."""

    def advance(self, steps: int = 1) -> None:
        """Say that so many steps are done."""


class Progress(Protocol):
    """Where a job says what it is doing."""

    def phase(self, name: str, total: int) -> contextlib.AbstractContextManager[Phase]:
        """Begin a phase of `total` steps: "read", "look" or "send"."""


class Pace(NamedTuple):
    """How fast requests may leave; 0 requests a minute means as fast as they can."""

    requests_per_minute: int = 0
    steps_per_request: int = 1

    def floor_seconds(self, steps: int) -> float:
        """How long so many steps take at the least: the limit lets a minute's requests go at once, and then waits."""
        if not self.requests_per_minute:
            return 0.0
        requests = math.ceil(steps / self.steps_per_request)
        return 60.0 * (max(requests - 1, 0) // self.requests_per_minute)


class Bars:
    """Live bars with the time left, for a terminal; they stay when their phase is done.

    The time left is what the steps so far let expect, and not less than what the limit of requests allows.
    """

    def __init__(self, console: Console, pace: Pace = Pace()) -> None:  # noqa: B008 - frozen
        self._console, self._pace = console, pace

    @contextlib.contextmanager
    def phase(self, name: str, total: int) -> Iterator[Phase]:
        """Show one bar."""
        from rich import progress  # noqa: PLC0415 - only a terminal needs it

        columns = (
            progress.TextColumn("{task.description:<28}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[left]}", style="progress.remaining"),
        )
        floor = self._pace.floor_seconds(total) if name in _LIMITED else 0.0
        with progress.Progress(*columns, console=self._console) as bars:
            task = bars.add_task(text(f"progress.{name}"), total=total, left="")
            bars.update(task, left=_TimeLeft(bars.tasks[-1], floor))
            yield _Bar(bars, task)


class _TimeLeft:
    """The time left of a bar, made anew each time it is shown."""

    def __init__(self, task: Task, floor_seconds: float) -> None:
        self._task, self._floor_seconds = task, floor_seconds

    def __str__(self) -> str:
        elapsed = self._task.elapsed or 0.0
        if self._task.finished:
            return span(self._task.finished_time or elapsed)
        seen = self._task.time_remaining
        floor = self._floor_seconds - elapsed
        return "-:--:--" if seen is None and floor <= 0 else span(max(seen or 0.0, floor))

    def __format__(self, _: str) -> str:
        return str(self)


def span(seconds: float) -> str:
    """A stretch of time as h:mm:ss."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


class _Bar:
    def __init__(self, bars: RichProgress, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def advance(self, steps: int = 1) -> None:
        self._bars.advance(self._task, steps)


class Logged:
    """Tells the log: what begins only those who want to hear everything, how far it is once a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    @contextlib.contextmanager
    def phase(self, name: str, total: int) -> Iterator[Phase]:
        """Log the phase."""
        _log.debug("%s: %d begin", name, total)
        yield _LoggedPhase(name, total, self._clock)
        _log.debug("%s: done", name)


class _LoggedPhase:
    def __init__(self, name: str, total: int, clock: Callable[[], float]) -> None:
        self._name, self._total, self._clock = name, total, clock
        self._done, self._begun = 0, clock()
        self._told = self._begun

    def advance(self, steps: int = 1) -> None:
        self._done += steps
        now = self._clock()
        if now - self._told >= _MINUTE and self._done < self._total:
            self._told = now
            left = (now - self._begun) / self._done * (self._total - self._done)
            _log.info("%s: %d of %d, about %s left", self._name, self._done, self._total, span(left))


class Silent:
    """Says nothing."""

    @contextlib.contextmanager
    def phase(self, name: str, total: int) -> Iterator[Phase]:  # noqa: ARG002 - the protocol's
        """Begin a phase without a word."""
        yield _Nothing()


class _Nothing:
    def advance(self, steps: int = 1) -> None:
        pass
