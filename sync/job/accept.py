"""Letting a run pass that a guard had stopped: once, for the files that it had. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.model import GUARDS, Accepted, Stop
from sync.errors import ConfigurationError
from sync.i18n import LazyText
from sync.report.history import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.config import Config
    from sync.domain.model import Loaded
    from sync.ledger import RunRecord


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a person lets pass: the guards that stopped a run, as long as the files are the same (by their hashes)."""

    run: str
    stops: frozenset[Stop]
    files: tuple[str, ...]

    def of(self, loaded: Iterable[Loaded]) -> Accepted:
        """Whether it holds for these files."""
        return Accepted(self.run, _hashes(file.sha256 for file in loaded if file.readable) == self.files)


def acceptance(runs: Sequence[RunRecord], asked: str) -> Acceptance:
    """What a person lets pass by naming a stopped run.

    Raises:
        NoSuchRun: there is none, or several are meant.
        ConfigurationError: no guard has stopped it.
    """
    run = find(runs, asked)
    if run.stopped is None or run.stopped.stop not in GUARDS:
        raise ConfigurationError([LazyText("accepted.not_stopped", run=run.id)])
    return Acceptance(run.id, frozenset(_stops(run, runs)), _returned(run))


def lifted(config: Config, stops: Iterable[Stop]) -> Config:
    """The configuration without these guards."""
    none: dict[Stop, tuple[str, float]] = {
        Stop.TOO_MANY_CHANGES: ("max_changes", 0),
        Stop.TOO_MANY_INVALID: ("max_invalid_share", 1.0),
    }
    return config.model_copy(update={"rules": config.rules.model_copy(update=dict(none[stop] for stop in stops))})


def _stops(run: RunRecord, runs: Sequence[RunRecord]) -> Iterable[Stop]:
    """The guard that stopped a run, and those that had been let pass for it: there may be two to pass."""
    by_id = {each.id: each for each in runs}
    now: RunRecord | None = run
    while now is not None:
        if now.stopped is not None and now.stopped.stop in GUARDS:
            yield now.stopped.stop
        now = by_id[now.accepted] if now.accepted else None


def _returned(run: RunRecord) -> tuple[str, ...]:
    """The files that went back to the drop folder: those that can come again."""
    return _hashes(file.sha256 for file in run.files if file.fate == "return")


def _hashes(hashes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(hashes))
