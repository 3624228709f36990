"""What can end a run early: a person, and the night's deadline."""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.model import Stop
from sync.errors import StopRun
from sync.job.context import Stopper

if TYPE_CHECKING:
    from types import FrameType


def test_nothing_ends_a_run_that_nobody_asked_to() -> None:
    waited: list[float] = []
    stopper = Stopper(wait=waited.append)

    stopper.check()
    stopper.sleep(1.0)

    assert sum(waited) == pytest.approx(1.0)
    assert max(waited) <= 0.2, "a wait has to notice soon that it shall end"


def test_a_wait_ends_soon_after_it_was_asked_to() -> None:
    stopper = Stopper(wait=lambda _seconds: stopper.ask())

    with pytest.raises(StopRun) as stopped:
        stopper.sleep(3_600.0)

    assert stopped.value.stopped.stop is Stop.INTERRUPTED


def test_a_wait_ends_at_the_deadline_and_says_which() -> None:
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    stopper = Stopper((5.0, "06:00"), clock=lambda: now[0], wait=wait)

    with pytest.raises(StopRun) as stopped:
        stopper.sleep(3_600.0)

    assert (stopped.value.stopped.stop, stopped.value.stopped.detail) == (Stop.DEADLINE, "06:00")
    assert now[0] == pytest.approx(5.0, abs=0.3)


@pytest.mark.parametrize("instant", range(1, 60))
def test_a_signal_handler_may_ask_at_any_instant_of_a_wait(instant: int) -> None:
    """Handlers run in the thread that waits, between any two lines: one that needs a lock would wait for itself."""
    stopper, lines = Stopper(), itertools.count(1)

    def at_every_line(_frame: FrameType, _event: str, _argument: Any) -> Any:  # noqa: ANN401 - as trace functions are
        if next(lines) == instant:
            stopper.ask()
        return at_every_line

    def wait() -> None:
        sys.settrace(at_every_line)
        with contextlib.suppress(StopRun):
            stopper.sleep(0.001)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    waiting.join(timeout=5)

    assert not waiting.is_alive()
