"""When a run has to end early: somebody asked for it, or the night's deadline is reached."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sync.domain.model import Stop
from sync.errors import StopRun

if TYPE_CHECKING:
    from collections.abc import Callable

_SLICE_SECONDS: Final = 0.2


class Stopper:
    """Asked before every request and while waiting. `deadline` is a point on `clock`, in seconds, with its text."""

    def __init__(
        self,
        deadline: tuple[float, str] | None = None,
        *,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._deadline = deadline
        self._clock = clock
        self._asked = False  # no Event: a signal handler that sets one while its own thread waits for it can wait for ever
        self._wait = wait

    def ask(self) -> None:
        """Ask the run to end after the request in flight; safe in a signal handler."""
        self._asked = True

    def check_asked(self) -> None:
        """Go on, or raise `StopRun` where somebody asked for it; what only reads may go on beyond the deadline."""
        if self._asked:
            raise StopRun(Stop.INTERRUPTED)

    def check(self) -> None:
        """Go on, or raise `StopRun`."""
        self.check_asked()
        if self._deadline and self._clock() >= self._deadline[0]:
            raise StopRun(Stop.DEADLINE, self._deadline[1])

    def has_time(self, seconds: float) -> None:
        """Go on, or raise `StopRun` where the run has to end within so many seconds: there is nothing to wait for then."""
        if self._deadline and self._clock() + seconds >= self._deadline[0]:
            raise StopRun(Stop.DEADLINE, self._deadline[1])

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run has to end before. In slices: a signal does not end a wait."""
        left = seconds
        while left > 0:
            self.check()
            self._wait(min(left, _SLICE_SECONDS))
            left -= _SLICE_SECONDS
        self.check()
