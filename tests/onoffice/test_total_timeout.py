"""A call has its time, and not longer."""

from __future__ import annotations

import threading
import time

import pytest

from sync.onoffice.transport import DeadlineExceeded, TotalTimeout


def test_what_comes_in_time_comes_as_it_is() -> None:
    assert TotalTimeout(5, lambda: 7).result() == 7


@pytest.mark.parametrize("error", [KeyError("a"), TimeoutError(), SystemExit(3)])
def test_what_is_raised_in_time_is_raised_as_it_is(error: BaseException) -> None:
    def fails() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        TotalTimeout(5, fails).result()
    assert raised.value is error


def test_what_does_not_come_in_time_is_left_behind_and_keeps_no_process_from_ending() -> None:
    come = threading.Event()
    with pytest.raises(DeadlineExceeded):
        TotalTimeout(0.01, lambda: come.wait(30)).result()
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "request")
    come.set()


def test_the_time_counts_from_the_beginning_and_not_from_when_somebody_asks() -> None:
    come = threading.Event()
    first, second = TotalTimeout(0.05, lambda: come.wait(30)), TotalTimeout(0.05, lambda: come.wait(30))
    began = time.monotonic()
    for each in (first, second):
        with pytest.raises(DeadlineExceeded):
            each.result()
    assert time.monotonic() - began < 1
    come.set()


def test_what_came_in_time_is_not_lost_by_asking_late() -> None:
    done = threading.Event()
    started = TotalTimeout(0.0, lambda: done.set() or 7)
    done.wait(30)
    while not started._outcome.done():
        pass
    assert started.result() == 7
