"""Watching: the job runs as soon as settled files are there, and once on every day even if none are.

The drop folder is looked at again and again, which works on network shares too. Only the calling thread works, so there is
never more than one run; beside a run of another process it waits.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sync import dropfolder
from sync.domain.model import ExitCode, Stop
from sync.errors import AlreadyRunning, FolderError, StopRun, SyncError
from sync.i18n import Language, text, worded_in
from sync.i18n.texts import left_text
from sync.job import context
from sync.job.context import Stopper
from sync.job.intake import only_one
from sync.log import IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.config import Config
    from sync.domain.model import Stopped
    from sync.dropfolder import Folders, Scan
    from sync.job.run import Finished

_log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 30.0
#: After a failed run: the pause before the next one, doubled each time up to the longest.
FIRST_PAUSE_SECONDS: Final = 60.0
LONGEST_PAUSE_SECONDS: Final = 3600.0
#: How often messages that could not be delivered are tried again between runs.
DELIVER_SECONDS: Final = 900.0
#: Stops that time alone does not heal: tried again when the files change, or on the next day.
_NEEDS_A_PERSON: Final = frozenset({Stop.CREDENTIALS, Stop.REQUEST_REFUSED, Stop.TOO_MANY_CHANGES, Stop.TOO_MANY_INVALID})
_LOCK: Final = "watch.lock"


@dataclass(frozen=True, slots=True)
class WatchHooks:
    """What a watch does: `run` runs the job once, `deliver` delivers messages that wait, `release` opens the log file."""

    run: Callable[[Stopper], Finished]
    deliver: Callable[[], None]
    release: Callable[[], None]


class OneRun(Stopper):
    """The stopper of one run of a watch: it ends when the watch ends, or at its own deadline."""

    def __init__(self, watch: Stopper, deadline: tuple[float, str] | None) -> None:
        super().__init__(deadline)
        self._watch = watch

    def check_asked(self) -> None:
        """Go on, or raise `StopRun` where the watch was asked to end."""
        self._watch.check_asked()
        super().check_asked()

    def check(self) -> None:
        """Go on, or raise `StopRun`."""
        self._watch.check()
        super().check()

    def sleep(self, seconds: float) -> None:
        """Wait, as the watch waits."""
        self._watch.sleep(seconds)
        self.check()


def watch(
    config: Config,
    hands: WatchHooks,
    stopper: Stopper,
    *,
    every_seconds: float = EVERY_SECONDS,
    now: Callable[[], float] = time.time,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Look and run until the stopper is asked.

    Raises:
        AlreadyRunning: another process watches this office.
        FolderError: the state folder cannot be used.
    """
    folders = context.folders_of(config)
    with only_one(folders, _LOCK, "lock.watched"):
        hands.release()
        words = text("watching.begins", drop=folders.drop, seconds=f"{every_seconds:g}")
        _log.info("watching %s every %g s", folders.drop, every_seconds, extra={IN_WORDS: words})
        watching = _Watching(config, folders, hands, stopper, now, clock, delivered=clock())
        try:
            while True:
                watching.turn()
                stopper.sleep(every_seconds)
        except StopRun:
            _log.info("watching ends", extra={IN_WORDS: text("watching.ends")})


@dataclass(frozen=True, slots=True)
class _Patience:
    """How long to wait after failed runs. Times in seconds on the clock; `until` None: until the files change."""

    failures: int = 0
    at_least: float = 0.0
    until: float | None = 0.0

    def over(self, clock: float, *, changed: bool) -> bool:
        """Whether the next run may begin; files that are new or corrected shorten the wait."""
        if changed:
            return clock >= self.at_least
        return self.until is not None and clock >= self.until

    def after(self, clock: float, *, failed: bool, stopped: Stopped | None) -> _Patience:
        """How long to wait after one more run."""
        if not failed:
            return _Patience()
        pause = min(FIRST_PAUSE_SECONDS * 2.0**self.failures, LONGEST_PAUSE_SECONDS)
        healed_by_time = stopped is None or stopped.stop not in _NEEDS_A_PERSON
        return _Patience(min(self.failures + 1, 20), clock + FIRST_PAUSE_SECONDS, clock + pause if healed_by_time else None)

    @property
    def told(self) -> str:
        """When the next run is, in words."""
        if self.until is None:
            return "when the files change, or on the next day"
        return f"in {self._minutes:g} minutes, or soon after the files change"

    @property
    def in_words(self) -> str:
        """The same, for people."""
        return text("watching.waits") if self.until is None else text("watching.next_try", minutes=f"{self._minutes:g}")

    @property
    def _minutes(self) -> float:
        return ((self.until or 0.0) - self.at_least + FIRST_PAUSE_SECONDS) / 60


@dataclass(slots=True)
class _Watching:
    """What a watch knows from one turn to the next."""

    config: Config
    folders: Folders
    hands: WatchHooks
    stopper: Stopper
    now: Callable[[], float]
    clock: Callable[[], float]
    last_day: dt.date | None = None
    files: frozenset[tuple[str, int, int]] = frozenset()
    told: frozenset[str] = frozenset()
    patience: _Patience = field(default_factory=_Patience)
    delivered: float = 0.0

    def turn(self) -> None:
        """Look once, and run where it is time to. Raises StopRun when the watch shall end."""
        self.stopper.check()
        today = dt.datetime.fromtimestamp(self.now()).astimezone().date()
        new_day = today != self.last_day
        files = self._look(run_follows=new_day)
        changed = files != self.files
        if new_day or (files and self.patience.over(self.clock(), changed=changed)):
            self.last_day, self.files = today, files
            self._run()
        elif self.clock() >= self.delivered + DELIVER_SECONDS:
            self.delivered = self.clock()
            self.hands.deliver()

    def _look(self, *, run_follows: bool = False) -> frozenset[tuple[str, int, int]]:
        """The settled files, by name, size and time; what is new is told once.

        A drop folder that cannot be read is for the run to tell that follows anyway: the first one makes it.
        """
        try:
            scan = dropfolder.settled(
                self.folders, settle_seconds=self.config.folders.settle_seconds, clock=self.now, sleep=self.stopper.sleep
            )
        except FolderError as error:  # a share that is away comes back
            if not run_follows:
                with worded_in(Language.EN):  # as all that the log says
                    line = str(error)
                self._tell({line: str(error)})
            return frozenset()
        there = {f"{name} is there": text("watching.is_there", name=name) for name in map(_name, scan.settled)}
        self._tell(there | {f"{one.name} waits: {one.why}": left_text(one) for one in scan.left})
        return _fingerprint(scan)

    def _tell(self, lines: Mapping[str, str]) -> None:
        """Tell what is new, by its line in the log with the words for people."""
        for line in sorted(lines.keys() - self.told):
            _log.info("%s", line, extra={IN_WORDS: lines[line]})
        self.told = frozenset(lines)

    def _run(self) -> None:
        deadline = context.deadline_of(self.config, context.Runtime(now=self.now))
        stopped: Stopped | None = None
        try:
            finished = self.hands.run(OneRun(self.stopper, deadline))
            failed, stopped = finished.exit_code is ExitCode.FAILED, finished.info.stopped
        except AlreadyRunning as error:
            _log.info("%s", error, extra={IN_WORDS: str(error)})
            return
        except StopRun as error:
            failed, stopped = True, error.stopped
        except SyncError:  # the log has it
            failed = True
        self.stopper.check()
        before, self.files = self.files, self._look()
        again = failed or not before.isdisjoint(self.files)  # or it could not take a file
        self.patience = self.patience.after(self.clock(), failed=again, stopped=stopped)
        if again:
            _log.warning("next try %s", self.patience.told, extra={IN_WORDS: self.patience.in_words})


def _name(seen: dropfolder.Seen) -> str:
    return dropfolder.shown(seen.relative)


def _fingerprint(scan: Scan) -> frozenset[tuple[str, int, int]]:
    return frozenset((_name(seen), seen.size, seen.mtime_ns) for seen in scan.settled)
