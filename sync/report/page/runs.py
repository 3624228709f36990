"""All runs that lie in the results folder, read from the heads of their `report.json`.

The folders are asked, not the ledger: what the overview links is there, what was deleted is gone, and a results folder that was
moved keeps its overview.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from sync.domain.model import Verdict
from sync.report.page.timing import seconds, state
from sync.report.tally import Tally
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sync.system.handles import Held

_log = logging.getLogger(__name__)

_REPORT: Final = "report.json"
_PAGE: Final = "report.html"
#: The head of `report.json` is its first two lines; the rows, which may be many, come after it.
_LONGEST_HEAD: Final = 100_000
#: More rows or seconds than any run can have had.
_MOST: Final = 10**9


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
    with handles.folder(results) as held:
        names = [entry.name for entry in held.entries() if entry.is_dir(follow_symlinks=False)]
        found = [run for name in names if (run := _run(held, name)) is not None]
    return sorted(found, key=lambda run: run.folder)


def streaks(runs: Sequence[Run]) -> list[Streak]:
    """The runs in stretches of red ones and others, in their order."""
    return [Streak(red, tuple(some)) for red, some in groupby(runs, key=lambda run: run.state == "red")]


def months(runs: Sequence[Run]) -> Iterator[tuple[tuple[int, int], list[Run]]]:
    """The runs by the month in which they began, newest first."""
    for month, some in groupby(reversed(runs), key=lambda run: run.month):
        yield month, list(some)


def _run(results: Held, name: str) -> Run | None:
    try:
        with results.spot(name).held() as folder:
            with folder.spot(_REPORT).reading() as file:
                head = json.loads(file.readline(_LONGEST_HEAD) + file.readline(_LONGEST_HEAD).rstrip().rstrip(b",") + b"}")
            return _told(head, name, page=folder.spot(_PAGE).is_there())
    except (FileNotFoundError, NotADirectoryError):
        return None  # another folder, or a file
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        # whoever may write here may put anything here: the overview tells about the others
        _log.warning("%s is passed over: it is no report of this job (%s)", results.path / name / _REPORT, type(error).__name__)
        return None


def _told(head: Any, folder: str, *, page: bool) -> Run:  # noqa: ANN401 - any JSON
    run, summary = head["run"], head["summary"]
    return Run(
        folder,
        page,
        str(run["office"]),
        datetime.fromisoformat(run["started"]),
        _count(seconds(run["started"], run["finished"])),
        state(int(run["exit_code"])),
        Tally(
            {verdict.value: _count(summary[verdict]) for verdict in Verdict},
            _count(summary["rows"]),
            _count(summary["blank"]),
            *(_count(run.get(name, 0)) for name in ("warnings", "unreadable", "waiting", "held", "unseen")),
        ),
    )


def _count(value: Any) -> int:  # noqa: ANN401 - any JSON
    """A number that can be one of rows or seconds. Raises ValueError, TypeError, ArithmeticError."""
    if not 0 <= (number := int(value)) <= _MOST:
        raise ValueError(value)
    return number
