"""Which run is to be taken back, and why that cannot be."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync.domain.model import Change, ExitCode, State
from sync.errors import SyncError
from sync.i18n import counted, text, when
from sync.job.undo.back import backs, unknown_before
from sync.report.history import carried_on, find, open_undos, undone_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.domain.model import Column, Link
    from sync.ledger import Memory, RunRecord


class UndoRefused(SyncError):
    """The run cannot be taken back."""


class NotOver(UndoRefused):
    """The run has no end: it is active, or was interrupted."""


class NothingToDo(SyncError):
    """There is nothing to take back."""

    exit_code = ExitCode.OK


@dataclass(frozen=True, slots=True)
class Target:
    """A run that can be taken back, the changes that do it, and what a person has to know besides.

    `unknown` are the statuses that stay as they are, because nobody knows how they were.
    """

    run: RunRecord
    changes: Sequence[Change]
    notes: tuple[str, ...] = ()
    unknown: Mapping[Link, Sequence[Column]] = field(default_factory=dict)

    @property
    def rows(self) -> list[Change]:
        """The changes, and one that asks for nothing for each link that stays as it is as a whole."""
        stay = self.unknown.keys() - {change.link for change in self.changes}
        return sorted([*self.changes, *(Change(link, State()) for link in stay)], key=lambda change: change.link)


def target_of(ledger: Memory, asked: str) -> Target:
    """The run that a person asked to take back, or the one that carried it on.

    Raises:
        NoSuchRun: there is none, or several are meant.
        UndoRefused: it cannot be taken back.
        NothingToDo: it changed nothing, or is taken back already.
    """
    runs = ledger.runs()
    named = find(runs, asked)
    run = carried_on(named, runs)
    _check_over(run)
    if (other := undone_by(run, runs)) is not None:
        raise NothingToDo(text("undo.already", run=run.id, other=other.id))
    done = ledger.done(run.id)
    changes = backs(done)
    unknown = {each.change.link: columns for each in done if (columns := unknown_before(each))}
    if not changes:
        words = "undo.blind" if unknown else "undo.changed_nothing"
        raise (UndoRefused if unknown else NothingToDo)(text(words, run=run.id))
    halves = len(unknown.keys() & {change.link for change in changes})
    notes = _notes(named, run, len(unknown) - halves)
    if halves:
        notes.append(counted("undo.half_unknown", halves))
    return Target(run, changes, tuple(notes), unknown)


def open_targets(ledger: Memory, runs: Sequence[RunRecord]) -> Iterator[Target]:
    """The runs whose undo was killed or stopped and is still wanted; what became needless since keeps no night from its work."""
    for run in open_undos(runs):
        with suppress(UndoRefused, NothingToDo):
            yield target_of(ledger, run.id)


def _check_over(run: RunRecord) -> None:
    if run.forgotten:
        day = when(run.forgotten)
        raise UndoRefused(text("undo.forgotten", run=run.id, when=day))
    if run.finished is None:
        raise NotOver(text("undo.not_over", run=run.id))


def _notes(named: RunRecord, run: RunRecord, unknown: int) -> list[str]:
    def said(key: str) -> str:
        return text(key, run=named.id, other=run.id, when=when(run.started))

    notes = [said("undo.followed")] if named.id != run.id else []
    if any(file.fate == "return" for file in run.files):
        notes.append(said("undo.files_are_back"))
    if unknown:
        notes.append(counted("undo.unknown", unknown))
    return notes
