"""Bars tell the time left, and never less than the limit of requests allows; without a terminal the log tells it."""

from __future__ import annotations

import io
import re
from typing import Final

import pytest
from rich.console import Console

from sync.progress import Bars, Logged, Pace, span

HOUR: Final = 3600.0


@pytest.mark.parametrize(
    ("per_minute", "steps", "seconds"),
    [(0, 10_000, 0), (60, 50, 0), (60, 60 * 50, 0), (60, 60 * 50 + 1, 60), (60, 10_000, 180), (1, 500, 540)],
)
def test_the_limit_of_requests_says_how_long_it_takes_at_the_least(per_minute: int, steps: int, seconds: float) -> None:
    assert Pace(per_minute, 50).floor_seconds(steps) == seconds


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00:00"), (59.2, "0:01:00"), (3725, "1:02:05"), (40 * HOUR, "40:00:00")])
def test_a_stretch_of_time_is_shown_as_hours_minutes_seconds(seconds: float, text: str) -> None:
    assert span(seconds) == text


def shown(pace: Pace, name: str = "send") -> str:
    """What a terminal shows of a phase of 10,000 steps after its first 50."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    with Bars(console, pace).phase(name, 10_000) as phase:
        phase.advance(50)
    return screen.getvalue()


def test_a_bar_shows_at_once_how_long_the_limit_makes_it_wait() -> None:
    assert re.search(r"Änderungen senden .* 50/10000 0:(03:00|02:5\d)", shown(Pace(60, 50)))


def test_reading_files_waits_for_no_limit() -> None:
    assert re.search(r"Dateien lesen .* 50/10000 -:--:--", shown(Pace(60, 50), "read"))


def test_without_a_terminal_a_long_phase_is_told_once_a_minute_and_a_short_one_not_at_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "sync")
    seconds = 0.0
    with Logged(lambda: seconds).phase("send", 1000) as phase:
        for _ in range(10):
            seconds += 25.0
            phase.advance(100)

    assert [record.getMessage() for record in caplog.records] == [
        "send: 300 of 1000, about 0:02:55 left",
        "send: 600 of 1000, about 0:01:40 left",
        "send: 900 of 1000, about 0:00:25 left",
    ]
