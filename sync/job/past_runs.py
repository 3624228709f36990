"""What becomes of past runs: a person takes one back, or lets one pass that a guard had stopped; what is old goes.

An undo is a run like any other; what it wants comes from the ledger instead of from files, as a sheet in the layout that the job
reads. So it can be worked out again at any time, and an interrupted one is carried on by the next run. Names are in no ledger but
in the undo file alone; dates are in the ledger. A run is let pass once, for the files that it had. Results and the details of the
ledger go by age (`expire`), what killed runs left half written goes at once (`sweep`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from sync.config import is_seen
from sync.domain.model import (
    FINE,
    GUARDS,
    Accepted,
    Cells,
    Change,
    Code,
    Column,
    ExitCode,
    Found,
    Link,
    Live,
    Loaded,
    Operation,
    Sheet,
    State,
    Stop,
    Verdict,
    is_run_id,
)
from sync.domain.tables import ProblemTable
from sync.errors import NotStopped, SyncError
from sync.i18n import LazyText, counted, everywhere, text, when
from sync.job.check import limits_of
from sync.report.excel.names import handed_on
from sync.report.history import carried_on, find, is_over, open_undos, undone_by
from sync.report.story import Known, RefusedFolder, of_links
from sync.rounds.guards import local_start
from sync.rows.columns import declared, parse_id
from sync.sheets.load import load
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sync.config import Config
    from sync.domain.model import Checked
    from sync.dropfolder import Folders
    from sync.ledger import AppliedChange, Ledger, Memory, RunRecord
    from sync.report.history import Details
    from sync.system.handles import Held, Spot


_KNOWN: Final = (Found.LINKED, Found.NOT_LINKED)
#: Links of these were written, perhaps, whatever the last look showed.
_PERHAPS_WRITTEN: Final = (Verdict.UNKNOWN, Verdict.NOT_SENT)


def backs(done: Iterable[AppliedChange]) -> list[Change]:
    """The changes that bring links back, by link."""
    return sorted(filter(None, map(way_back, done)), key=lambda change: change.link)


def way_back(done: AppliedChange) -> Change | None:
    """The change that brings one link back; None where the run changed nothing or nobody knows how it was.

    It expects the link as the run left it, so that what somebody did since is not taken back. What the last look did not show
    may have come later: where it was accepted, or nobody knows, the link is looked at again.
    """
    before, left = done.before, left_by(done)
    if _is_same(left, before) and (done.verdict in _PERHAPS_WRITTEN or _is_silent(done)):
        left = _as_wanted(done)
    if before.found not in _KNOWN or _is_same(left, before) or _keeps_all(before, left):
        return None
    if before.found is Found.NOT_LINKED:
        return Change(done.change.link, State(), Operation.UNLINK, expects=left)
    aim = Operation.SET if left.found is Found.LINKED else Operation.LINK
    # a status that could not be read (None) cannot be set back either
    return Change(done.change.link, before.state, aim, expects=left) if before.state or aim is Operation.LINK else None


def _keeps_all(before: Live, left: Live) -> bool:
    """Whether nothing but the feedback of an appointment that has none was asked for: there was none to change."""
    is_there = before.found is left.found is Found.LINKED
    return is_there and not before.feedback_set_up and not before.state.differs_from(left.state)


def unknown_before(done: AppliedChange) -> tuple[Column, ...]:
    """The statuses of a link that the run may have changed and of which nobody knows how they were: they stay as they are."""
    before, (confirmation, feedback) = done.before, done.change.wanted
    if before.found not in {Found.LINKED, Found.UNREADABLE} or (done.verdict is Verdict.REJECTED and not _is_silent(done)):
        return ()
    taken = done.change.aim is Operation.UNLINK
    stays = {
        Column.CONFIRMATION: (taken or confirmation is not None) and before.state.confirmation is None,
        Column.FEEDBACK: (taken or feedback is not None) and before.state.feedback is None and before.feedback_set_up,
    }
    return tuple(column for column, unknown in stays.items() if unknown)


def _is_silent(done: AppliedChange) -> bool:
    """Whether the row was called refused for what the last look showed alone, though the API accepted it."""
    return done.verdict is Verdict.REJECTED and done.error_code is None


def left_by(done: AppliedChange) -> Live:
    """How the run left a link: as its last look saw it, else as it wanted it."""
    return _as_wanted(done) if done.after is None else done.after


def _as_wanted(done: AppliedChange) -> Live:
    if done.change.aim is Operation.UNLINK:
        return Live(Found.NOT_LINKED)
    return Live(Found.LINKED, done.change.wanted.filled_from(done.before.state))


def _is_same(one: Live, other: Live) -> bool:
    return (one.found, one.state) == (other.found, other.state)


def rules(config: Config) -> Config:
    """The configuration with the rules of an undo: links may be taken away; who said yes to the plan has seen its size."""
    own = config.rules.model_copy(
        update={"allow_delete": True, "create_missing_links": False, "max_changes": 0, "max_invalid_share": 1.0}
    )
    return config.model_copy(update={"rules": own})


#: The columns, whose headers are declared names of them in every language.
COLUMNS: Final = (Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION, Column.FEEDBACK, Column.ACTION)

_FIRST_ROW: Final = 2


def as_file(run: str, changes: Sequence[Change]) -> Loaded:
    """What takes a run back, as if it had been read from a file."""
    rows = [_row(change) for change in changes]
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    declared = {
        column: Cells(text(f"undo.header.{column}"), position, np.array([*texts_, None], dtype=object)[:-1])
        for position, (column, texts_) in enumerate(zip(COLUMNS, columns, strict=True))
    }
    numbers = np.arange(_FIRST_ROW, _FIRST_ROW + len(rows), dtype=np.int64)
    content = hashlib.sha256("\n".join(map("\t".join, rows)).encode()).hexdigest()
    sheet = Sheet(text("undo.sheet"), 1, numbers, declared)
    return Loaded(text("undo.name", run=run), content, (sheet,))


def for_people(file: Loaded, changes: Sequence[Change], checked: Checked) -> Loaded:
    """Such a file of a run that has just judged its rows, with who and when each link is about, as far as that is known."""
    (sheet,) = file.sheets
    known = of_links(checked, {change.link for change in changes})
    about = [known.get(change.link, Known()) for change in changes]
    told = [("report.when", [each.when for each in about]), ("report.name", [each.name for each in about])]
    others = tuple(
        Cells(text(header), at, np.array([*texts, None], dtype=object)[:-1])
        for at, (header, texts) in enumerate(told, len(COLUMNS))
        if any(texts)
    )
    return replace(file, sheets=(replace(sheet, others=others),))


def guarded(checked: Checked, changes: Sequence[Change]) -> Checked:
    """The checked rows of such a file, each change with what its link has to look like before anything is sent to it."""
    expected = {change.link: change.expects for change in changes}
    expects = np.fromiter([expected[change.link] for change in checked.changes], dtype=object)
    return replace(checked, changes=replace(checked.changes, expects=expects))


def with_unknown(checked: Checked, unknown: Mapping[Link, Sequence[Column]]) -> Checked:
    """The judged rows of such a file; those of which a status stays, because nobody knows how it was, need a person."""
    rows, verdicts = checked.rows, checked.verdicts
    links = map(Link, rows.appointment_id.tolist(), rows.address_id.tolist())
    stays = {line: unknown[link] for line, link in enumerate(links) if link in unknown}
    if not stays or verdicts is None:
        return checked
    at = np.zeros(len(rows), dtype=bool)
    at[[*stays]] = True
    fine = at & np.isin(verdicts.verdict, [*FINE, Verdict.INVALID])
    told = [(line, text(f"undo.header.{column}")) for line, columns in stays.items() for column in columns]
    nothing = np.full(len(told), None, dtype=object)
    found = ProblemTable(
        np.array([line for line, _ in told], dtype=np.int64),
        np.fromiter((Code.BEFORE_UNKNOWN.value for _ in told), dtype=object),
        np.fromiter((header for _, header in told), dtype=object),
        nothing,
        nothing,
    )
    others = checked.problems.some(~(at[checked.problems.at] & (checked.problems.code == Code.NOTHING_TO_SET)))
    return replace(
        checked,
        problems=ProblemTable.joined([others, found]),
        verdicts=replace(
            verdicts,
            verdict=np.where(fine, Verdict.UNKNOWN.value, verdicts.verdict),
            verified=verdicts.verified & ~fine,
        ),
    )


def _row(change: Change) -> tuple[str, ...]:
    confirmation, feedback = change.wanted.words
    appointment, address = change.link
    return str(appointment), str(address), confirmation or "", feedback or "", change.aim.value


#: A larger undo file would take longer to read than anybody waits for a few names.
_LARGEST: Final = 4_000_000


def known_of(config: Config, details: Details) -> Mapping[Link, Known]:
    """Who and when the links of a run are about, as far as its undo file and the ledger tell; asks onOffice for nothing."""
    names, zone = _names_in(config, details.run.id), ZoneInfo(config.onoffice.timezone)
    starts = {each.change.link: (each.after and each.after.start) or each.before.start for each in details.done}
    return {link: Known(person=names.get(link, ""), start=local_start(start, zone)) for link, start in starts.items()}


def _names_in(config: Config, run: str) -> Mapping[Link, str]:
    """The names in the undo file of a run; nothing where there is none, or it cannot be read."""
    paths = (config.folder("results") / run / name for name in everywhere("undo_file.name"))
    path = next((each for each in paths if is_seen(each)), None)
    if path is None:
        return {}
    limits = limits_of(config)
    loaded = load(path, path.name, declared(), replace(limits, file_bytes=min(limits.file_bytes, _LARGEST)))
    return {link: name for sheet in loaded.sheets for link, name in _names(sheet)}


def _names(sheet: Sheet) -> Iterator[tuple[Link, str]]:
    headers = everywhere("report.name")
    for cells in (each for each in sheet.others if each.header in headers):
        numbers = (map(parse_id, sheet.declared[column]) for column in (Column.APPOINTMENT, Column.ADDRESS))
        for appointment, address, name in zip(*numbers, cells, strict=True):
            if isinstance(appointment, int) and isinstance(address, int):
                yield Link(appointment, address), name


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
        NotStopped: no guard has stopped it.
    """
    run = find(runs, asked)
    if run.stopped is None or run.stopped.stop not in GUARDS:
        raise NotStopped([LazyText("accepted.not_stopped", run=run.id)])
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


_log = logging.getLogger(__name__)

#: Deeper than any folder among the results that the job makes.
_MOST_FOLDERS: Final = 40


def sweep(results: Path, runs: Sequence[RunRecord]) -> None:
    """Remove the half written reports of killed runs. To be called once a run has the lock."""
    if all(run.finished is not None for run in runs if run.carried_on_by is None):
        return
    for folder, names in _walked(results, lambda _place: True):
        for name in names:
            handles.remove_half_written(folder, name)


def _walked(top: Path, wanted: Callable[[Held], bool]) -> Iterator[tuple[Held, list[str]]]:
    """Every folder at or below `top` that is wanted, held open, with the names of its files and links; none is followed."""
    waiting = [top]
    while waiting:
        path = waiting.pop()
        with suppress(OSError), handles.folder(path) as folder:
            entries = folder.entries()
            if path != top and not wanted(folder):
                continue
            if len(path.parts) - len(top.parts) < _MOST_FOLDERS:
                waiting += [path / entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
            yield folder, [entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)]


def expire(ledger: Ledger, folders: Folders, days: int, now: dt.datetime) -> None:
    """Remove results and details of runs that are older than so many days; 0 keeps all.

    What cannot be removed stays until the next time: a run never fails for that.
    """
    from sync.report.page import write_index  # noqa: PLC0415 - slow to import, and the requests come first

    if not days:
        return
    limit = now - dt.timedelta(days=days)
    with suppress(SyncError, OSError):
        removed = [_forget(ledger, folders.results, run, now) for run in list(expired(ledger.runs(), limit))]
        removed += [_removed_handed(folders, limit.date())]
        if any(removed):
            write_index(folders.results, RefusedFolder(folders.refused, folders.refused_seen))


def expired(runs: Sequence[RunRecord], limit: dt.datetime) -> Iterator[RunRecord]:
    """The runs that may go: over before `limit`, and needed by nothing that is still to be done."""
    needed = {run.id for run in open_undos(runs)}
    needed |= {run.id for run in runs if run.undo_of in needed}
    for run in runs:
        last = carried_on(run, runs)
        if run.forgotten is None and is_over(run, runs) and last.id not in needed and _before(last.finished, limit):
            yield run


def _before(moment: str | None, limit: dt.datetime) -> bool:
    try:
        return dt.datetime.fromisoformat(moment or "") < limit
    except (ValueError, TypeError):  # a time that nobody can read says nothing about the age
        return False


def _forget(ledger: Ledger, results: Path, run: RunRecord, now: dt.datetime) -> bool:
    """Remove the results of a run, then its details; returns whether that could be done."""
    if not is_run_id(run.id):
        _log.warning("the ledger knows a run %r, which is no id that this job gives: it is left alone", run.id)
        return False
    try:
        with handles.folder(results) as folder:
            spot = folder.spot(run.id)
            if not stat.S_ISDIR(spot.info().st_mode):
                _log.warning("%s is no folder of this job: it is left alone", spot.path)
                return False
            shutil.rmtree(spot.at, dir_fd=spot.number)
    except FileNotFoundError:
        pass
    except (OSError, RecursionError) as error:
        _log.warning("%s cannot be removed (%s); the next run tries again", results / run.id, type(error).__name__)
        return False
    ledger.forget(run.id, now.isoformat(timespec="seconds"))
    return True


def _removed_handed(folders: Folders, limit: dt.date) -> bool:
    """Remove what droppers got back before a day and nobody has touched since; returns whether there was any.

    What they dropped lies in folders of its own.
    """
    dropped = {folders.drop, folders.archive, folders.refused, folders.state}

    def wanted(folder: Held) -> bool:
        return folder.path not in dropped and not folder.spot("report.json").is_there()

    removed = False
    for folder, names in _walked(folders.results, wanted):
        for name in names:
            day = handed_on(name)
            if day is not None and day < limit:
                removed |= _removed(folder.spot(name), limit)
    return removed


def _removed(spot: Spot, limit: dt.date) -> bool:
    try:
        if dt.date.fromtimestamp(spot.info().st_mtime) >= limit:  # noqa: DTZ012 - as people count days
            return False
        spot.unlink()
    except (OSError, ValueError, OverflowError):  # a time that nobody can have meant says nothing about the age
        return False
    return True
