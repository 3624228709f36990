"""Progress of a run: a live bar per phase on a terminal, one line per phase elsewhere."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


_NAMES: Final = {
    "de": {"read": "Dateien lesen", "look": "Stand in onOffice ansehen", "send": "Änderungen senden"},
    "en": {"read": "Reading files", "look": "Looking at onOffice", "send": "Sending changes"},
}


class Phase(Protocol):
    """One phase that is under way."""

    def advance(self, steps: int = 1) -> None:
        """Say that so many steps are done."""


class Progress(Protocol):
    """Where a job says what it is doing."""

    def phase(self, name: str, total: int) -> contextlib.AbstractContextManager[Phase]:
        """Begin a phase of `total` steps: "read", "look" or "send"."""


class Bars:
    """Live bars with the time left, for a terminal; they stay when their phase is done."""

    def __init__(self, console: Console, language: str) -> None:
        self._console, self._names = console, _NAMES[language]

    @contextlib.contextmanager
    def phase(self, name: str, total: int) -> Iterator[Phase]:
        """Show one bar."""
        from rich import progress  # noqa: PLC0415 - only a terminal needs it

        columns = (
            progress.TextColumn("{task.description:<28}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeRemainingColumn(elapsed_when_finished=True),
        )
        with progress.Progress(*columns, console=self._console) as bars:
            task = bars.add_task(self._names[name], total=total)
            yield _Bar(bars, task)


class _Bar:
    def __init__(self, bars: RichProgress, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def advance(self, steps: int = 1) -> None:
        self._bars.advance(self._task, steps)


class Lines:
    """One line when a phase begins, for logs and redirected output."""

    def __init__(self, console: Console, language: str) -> None:
        self._console, self._names = console, _NAMES[language]

    @contextlib.contextmanager
    def phase(self, name: str, total: int) -> Iterator[Phase]:
        """Print the line."""
        self._console.print(f"{self._names[name]} ({total})", highlight=False, markup=False)
        yield _Nothing()


class Silent:
    """Says nothing."""

    @contextlib.contextmanager
    def phase(self, name: str, total: int) -> Iterator[Phase]:  # noqa: ARG002 - the protocol's
        """Begin a phase without a word."""
        yield _Nothing()


class _Nothing:
    def advance(self, steps: int = 1) -> None:
        pass
