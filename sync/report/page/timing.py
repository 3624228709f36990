"""How a run went and how long it took, in a word."""

from __future__ import annotations

from datetime import datetime

from sync.domain.model import ExitCode
from sync.i18n import text


def state(exit_code: int) -> str:
    """The colour of a night: "red" where the run ended early, "yellow" where rows or files need a person, else "green".

    Where another run of the office is at work, it is "yellow", too: how that one ends is not known yet.
    """
    yellow = {ExitCode.ROWS_NEED_A_PERSON, ExitCode.ALREADY_RUNNING}
    return "green" if exit_code == ExitCode.OK else "yellow" if exit_code in yellow else "red"


def seconds(started: str, finished: str) -> int:
    """From one ISO time to another, never below 0; 0 where one of them is no time."""
    try:
        return max(0, round((datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()))
    except (TypeError, ValueError):
        return 0


def lasted(total: int) -> str:
    """A number of seconds as people say it: "3 Min. 25 Sek."."""
    minutes, rest = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    units = (text("format.hours"), text("format.minutes"), text("format.seconds"))
    parts = [f"{value} {unit}" for value, unit in zip((hours, minutes, rest), units, strict=True) if value]
    return " ".join(parts[:2]) or f"0 {units[2]}"
