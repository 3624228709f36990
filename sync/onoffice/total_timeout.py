"""A time limit on the whole of a call that may otherwise block for as long as somebody keeps sending single bytes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class DeadlineExceeded(Exception):
    """The call did not come back in time; its thread is left behind and ends with the process at the latest."""


class TotalTimeout(Generic[T]):
    """A call under way in a thread of its own, which has so many seconds from now.

    The timeouts of a socket hold for each of its reads, not for all of them together, so only a second thread can look at
    the clock.
    """

    def __init__(self, seconds: float, call: Callable[[], T]) -> None:
        self._outcome: Future[T] = Future()
        self._end = time.monotonic() + seconds
        threading.Thread(target=self._work, args=(call,), name="request", daemon=True).start()

    def result(self) -> T:
        """What the call returns or raises, as soon as it does.

        Raises:
            DeadlineExceeded: it did not in its time.
        """
        try:
            return self._outcome.result(max(0.0, self._end - time.monotonic()))
        except TimeoutError:
            if self._outcome.done():  # the call's own error, or it came in the last moment
                return self._outcome.result()
            raise DeadlineExceeded from None

    def _work(self, call: Callable[[], T]) -> None:
        try:
            self._outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - belongs to the waiting thread
            self._outcome.set_exception(error)
