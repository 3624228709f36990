"""All runs that lie in the results folder, read from the heads of their `report.json`.

The folders are asked, not the ledger: what the overview links is there, what was deleted is gone, and a results folder that was
moved keeps its overview.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from sync.model import Verdict
from sync.report.page.timing import seconds, state
from sync.report.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_REPORT: Final = "report.json"
#: The head of `report.json` is its first two lines; the rows, which may be many, come after it.
_LONGEST_HEAD: Final = 100_000


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its report tells it. `folder` is the name of its folder, `page` whether it has a report page."""

    folder: str
    page: bool
    office: str
    started: datetime
    duration: int
    state: str
    counts: Tally

    @property
    def month(self) -> tuple[int, int]:
        """Year and month in which it began."""
        return self.started.year, self.started.month


@dataclass(frozen=True, slots=True)
class Streak:
    """Runs one after the other that ended early, or that did not."""

    red: bool
    runs: tuple[Run, ...]


def runs_in(results: Path) -> list[Run]:
    """All runs, the oldest first; a folder without a report that can be read is none. Raises OSError."""
    found = [run for folder in results.iterdir() if (run := _run(folder)) is not None]
    return sorted(found, key=lambda run: run.folder)


def streaks(runs: Sequence[Run]) -> list[Streak]:
    """The runs in stretches of red ones and others, in their order."""
    return [Streak(red, tuple(some)) for red, some in groupby(runs, key=lambda run: run.state == "red")]


def months(runs: Sequence[Run]) -> Iterator[tuple[tuple[int, int], list[Run]]]:
    """The runs by the month in which they began, newest first."""
    for month, some in groupby(reversed(runs), key=lambda run: run.month):
        yield month, list(some)


def _run(folder: Path) -> Run | None:
    try:
        with (folder / _REPORT).open("rb") as file:
            head = json.loads(file.readline(_LONGEST_HEAD) + file.readline(_LONGEST_HEAD).rstrip().rstrip(b",") + b"}")
        run, summary = head["run"], head["summary"]
        counts = {verdict.value: int(summary[verdict]) for verdict in Verdict}
        return Run(
            folder.name,
            (folder / "report.html").is_file(),
            str(run["office"]),
            datetime.fromisoformat(run["started"]),
            seconds(run["started"], run["finished"]),
            state(int(run["exit_code"])),
            Tally(
                counts,
                int(summary["rows"]),
                int(summary["blank"]),
                int(run.get("warnings", 0)),
                int(run.get("unreadable", 0)),
                int(run.get("waiting", 0)),
                int(run.get("held", 0)),
                int(run.get("unseen", 0)),
            ),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # another folder, or a report that somebody damaged: the overview tells about the others
