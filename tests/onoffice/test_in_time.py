"""A call has its time, and not longer."""

from __future__ import annotations

import threading

import pytest

from sync.onoffice.in_time import OutOfTime, in_time


def test_what_comes_in_time_comes_as_it_is() -> None:
    assert in_time(5, lambda: 7) == 7


@pytest.mark.parametrize("error", [KeyError("a"), TimeoutError(), SystemExit(3)])
def test_what_is_raised_in_time_is_raised_as_it_is(error: BaseException) -> None:
    def fails() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        in_time(5, fails)
    assert raised.value is error


def test_what_does_not_come_in_time_is_left_behind_and_keeps_no_process_from_ending() -> None:
    come = threading.Event()
    with pytest.raises(OutOfTime):
        in_time(0.01, lambda: come.wait(30))
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "request")
    come.set()
