"""A time limit on the whole of a call that may otherwise block for as long as somebody keeps sending single bytes."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class OutOfTime(Exception):
    """The call did not come back in time; its thread is left behind and ends with the process at the latest."""


def in_time(seconds: float, call: Callable[[], T]) -> T:
    """What the call returns or raises, if it does so within so many seconds.

    The timeouts of a socket hold for each of its reads, not for all of them together, so only a second thread can look at
    the clock.

    Raises:
        OutOfTime: it did not.
    """
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - belongs to the waiting thread
            outcome.set_exception(error)

    threading.Thread(target=work, name="request", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError:
        if outcome.done():  # the call's own error, or it came in the last moment
            return outcome.result()
        raise OutOfTime from None
