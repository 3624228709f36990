"""The nightly job as a list of steps: take, read, check, look, plan, send, judge, report, file away. And its undo."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from sync import dropfolder, report
from sync.confined.parent import prepare
from sync.domain.model import GUARDS, ExitCode, Notice, Odd
from sync.domain.tables import with_left_over
from sync.i18n import speak, text
from sync.job import context, intake, past_runs
from sync.job.check import Quarantine, check, limits_of, read, resolved
from sync.job.context import Job
from sync.job.intake import Begun, Judged, Sent, Taken
from sync.job.lookups import suggested
from sync.job.worklist import hand_out_if_due
from sync.ledger import Ledger
from sync.report import history
from sync.report.story import RefusedFolder
from sync.rounds import earlier
from sync.system.process import require_packages

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config import Config
    from sync.domain.model import Accepted, Action, Checked, Loaded, RunInfo, Stopped
    from sync.dropfolder import Folders
    from sync.job.context import Runtime
    from sync.job.past_runs import Acceptance, Target
    from sync.ledger import Memory
    from sync.report.excel.returned import ReturnedFile


@dataclass(frozen=True, slots=True)
class Finished:
    """What a job leaves to be told. `results` is None where nothing was written, `actions` are those of a dry run.

    `handed` is what the droppers of the files get back, `before` the interrupted undos that were carried on first.
    `guard` is what would stop a run that does what a dry run has planned.
    """

    info: RunInfo
    checked: Checked
    results: Path | None = None
    actions: tuple[Action, ...] = ()
    handed: tuple[ReturnedFile, ...] = ()
    before: tuple[Finished, ...] = ()
    guard: Stopped | None = None

    @property
    def exit_code(self) -> ExitCode:
        """What the command says to its caller: the worst of all that was done."""
        codes = {self.info.exit_code, *(each.exit_code for each in self.before)}
        return next(code for code in (ExitCode.FAILED, ExitCode.ROWS_NEED_A_PERSON, ExitCode.OK) if code in codes)


class Listener(Protocol):
    """Who is told of a run while it holds the lock."""

    def begins(self, run_id: str) -> None:
        """The run has begun."""

    def ends(self, finished: Finished) -> None:
        """The reports are written; only now the ledger and the files follow, so that nothing goes untold."""


class NullListener:
    """Listens to no run."""

    def begins(self, run_id: str) -> None:
        """Do nothing."""

    def ends(self, finished: Finished) -> None:
        """Do nothing."""


class _OnlyEnds:
    """Passes on how something ended within a run whose begin has been told."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def begins(self, run_id: str) -> None:
        """Do nothing."""

    def ends(self, finished: Finished) -> None:
        """Pass it on."""
        self._listener.ends(finished)


@dataclass(frozen=True, slots=True)
class _Night:
    """One run under way: what it works with, where, and who listens."""

    job: Job
    begun: Begun
    folders: Folders
    listener: Listener


def run(
    config: Config,
    credentials: tuple[str, str],
    tools: Runtime,
    listener: Listener | None = None,
    *,
    accepting: str | None = None,
) -> Finished:
    """Bring the CRM to the state that the files in the drop folder ask for; before that, carry on interrupted undos.

    `accepting` names a run that a guard stopped and a person lets pass.

    Raises:
        AlreadyRunning: another run of this office is active.
        FolderError, LedgerError: a folder or the ledger cannot be used; nothing is lost, the next run carries on.
        NoSuchRun, NotStopped: nothing is there to be let pass.
        PackagesMissing: the installation is incomplete; nothing has begun.
        ReaderBroken: this machine can read no file; all of them are back in the drop folder.
        StopRun: the run was asked to end before it had read all files; they are back in the drop folder.
    """
    speak(config.report.language)
    require_packages()
    folders = context.folders_of(config)
    listener = listener or NullListener()
    with intake.opened(config, folders) as ledger:
        runs = ledger.runs()
        acceptance = past_runs.acceptance(runs, accepting) if accepting else None
        past_runs.sweep(folders.results, runs)
        begun = Begun.now(config, tools, ledger)
        tools.answered.clear()  # from here on the ledger knows
        listener.begins(begun.run_id)
        job = Job(config, credentials, tools, ledger, begun.run_id)
        before = [_undo(job, folders, target, _OnlyEnds(listener)) for target in past_runs.open_targets(ledger, runs)]
        night = _Night(job, begun, folders, listener)
        finished = _run(night, acceptance)
        if _clock_is_right(finished.info):
            past_runs.expire(ledger, folders, config.retention.days, tools.local_time(begun.zone))
        return replace(finished, before=tuple(before))


def _clock_is_right(info: RunInfo) -> bool:
    """Whether onOffice took what this clock signed: one that is years ahead must not make anything look old."""
    return info.requests > 0 and info.stopped is None


def _run(night: _Night, acceptance: Acceptance | None) -> Finished:
    job, begun = night.job, night.begun
    taken = intake.take(job, night.folders)
    if not taken.files:
        return _nothing(night, taken)
    from sync.report.waiting import handed_out  # noqa: PLC0415 - slow to import, and no file is no reason for it

    quarantine = Quarantine(job.ledger, begun.run_id)
    with intake.put_back_where_reading_ends(night.folders, taken, begun.run_id), quarantine.watching():
        files = dropfolder.by_name(taken.files)
        loaded = read(files, job.config, job.tools.progress, job.tools.stopper.check_asked, load=quarantine.load)
        loaded = resolved(loaded, job.config, job.credentials, job.tools, job.ledger)
        loaded = suggested(files, loaded, job.config, job.credentials, job.tools, job.ledger, load=quarantine.load)
    taken, loaded = intake.still(taken, loaded)
    given = handed_out(night.folders.results)
    loaded = tuple(_known(file, job.ledger, given) for file in loaded)
    accepted = acceptance.of(loaded) if acceptance else None
    if acceptance and accepted and accepted.holds:
        job = replace(job, config=past_runs.lifted(job.config, acceptance.stops))
    checked = replace(check(loaded, job.config), left=taken.left)
    held = accepted.run if accepted and accepted.holds else None
    job.ledger.begin(begun.run_id, begun.office, begun.started, intake.entries(taken, loaded), accepted=held)
    inherited = job.ledger.inherited(begun.run_id)
    checked = with_left_over(checked, inherited)
    prepare("sync.report.excel.copies")  # it imports while onOffice is waited for
    return _end(night, _with_list(night, intake.send(job, checked, inherited)), taken, accepted)


def _with_list(night: _Night, sent: Sent) -> Sent:
    """Hand out the list of the day, of the links as they are now; that it could not be is told with everything else.

    What a guard holds back keeps nobody from reading onOffice, and the next nights may be held back just so.
    """
    if sent.rounds.stopped and sent.rounds.stopped.stop not in GUARDS:
        return sent
    notices = hand_out_if_due(night.job.config, night.job.credentials, night.job.tools)
    return replace(sent, notices=(*sent.notices, *notices))


def _nothing(night: _Night, taken: Taken) -> Finished:
    """A night without a file that could be taken: told, but not written down."""
    checked = replace(check((), night.job.config), left=taken.left)
    sent = _with_list(night, intake.unsent(night.job, checked))
    finished = Finished(night.begun.ended(sent, sent.judged), sent.judged.checked)
    night.listener.ends(finished)
    return finished


def _end(
    night: _Night,
    sent: Sent,
    taken: Taken,
    accepted: Accepted | None = None,
    *,
    undone: Target | None = None,
) -> Finished:
    """Judge, report, write down, file away: the same for every kind of run."""
    from sync.report.excel.copies import write_undo_file  # noqa: PLC0415 - slow to import, and the requests come first
    from sync.report.waiting import outdated, with_settled  # noqa: PLC0415 - as above

    folders = night.folders
    judged = _with_unknown(sent.judged, undone)
    judged = replace(judged, checked=with_settled(folders.results, judged.checked))
    info = night.begun.ended(sent, judged, accepted=accepted)
    decided = intake.decide(taken.files, judged.checked, info.stopped)
    results = folders.results / info.id
    backs = past_runs.backs(judged.done)
    if not write_undo_file(results, info.id, past_runs.for_people(past_runs.as_file(info.id, backs), backs, judged.checked)):
        info = replace(info, notices=(*info.notices, Notice(Odd.NO_UNDO_FILE, info.id)))
    quarantine = Quarantine(night.job.ledger, info.id)
    with quarantine.watching():
        handed = intake.hand_back(
            folders,
            info,
            judged.checked,
            decided,
            limits=limits_of(night.job.config),
            begins=quarantine.begins,
            meanwhile=partial(report.write_rows, results, info, judged.checked),
        )
    refused = RefusedFolder(folders.refused, folders.refused_seen)
    report.write_pages(results, info, judged.checked, handed=handed, refused=refused, page=night.job.config.report.page)
    finished = Finished(info, judged.checked, results, handed=handed)
    night.listener.ends(finished)
    decided += taken.restless
    fates = [(one.claimed.written, one.fate.value, one.reason) for one in decided]
    night.job.ledger.finish(
        info,
        judged.done,
        fates,
        judged.checked.tally.counts,
        taken.left,
        undone=earlier.undone(judged.checked),
        repeating=judged.checked.tally.repeating,
        repeating_failed=judged.checked.tally.repeating_failed,
        blind=judged.checked.tally.blind,
    )
    dropfolder.carry_out(folders, dropfolder.plan_destinations(folders, info.id, decided))
    for path in outdated(folders.results):
        dropfolder.put_away(path, folders.archive / text("archive.outdated"))
    return finished


def dry_run(config: Config, credentials: tuple[str, str], tools: Runtime) -> Finished:
    """Read, check, look and plan, and change nothing anywhere: no folder, no ledger, not the CRM."""
    speak(config.report.language)
    require_packages()
    folders = context.folders_of(config)
    with history.remembered(config) as memory:
        if memory is None and dropfolder.is_missing(folders):  # the first run makes it
            return _rehearsed(config, credentials, tools, check((), config), None)
    scan = dropfolder.settled(folders, settle_seconds=config.folders.settle_seconds, sleep=tools.stopper.sleep)
    files = [*dropfolder.left_over(folders), *map(dropfolder.read_in_place, scan.settled)]
    named = dropfolder.by_name(files)
    loaded = read(named, config, tools.progress, tools.stopper.check_asked)
    with history.remembered(config) as memory:
        loaded = resolved(loaded, config, credentials, tools, memory)
        loaded = suggested(named, loaded, config, credentials, tools, memory)
        known = tuple(_known(file, memory) for file in loaded) if memory else loaded
        return _rehearsed(config, credentials, tools, replace(check(known, config), left=scan.left), memory)


def _known(file: Loaded, memory: Memory, given: frozenset[str] = frozenset()) -> Loaded:
    """A file with the run that had the same one before, if there is one, and whether it is one of those that were `given` out."""
    return replace(file, dropped_before=memory.seen_before(file.sha256), as_handed_out=file.sha256 in given)


def undo_target(config: Config, asked: str) -> Target:
    """The run that somebody wants to take back; reads the ledger and nothing else.

    Raises:
        AlreadyRunning: it has no end yet, and a run of this office is active.
        NoSuchRun, UndoRefused, NothingToDo: it cannot be, or need not be.
    """
    speak(config.report.language)
    try:
        with closing(history.memory_of(config)) as memory:
            return past_runs.target_of(memory, asked)
    except past_runs.NotOver:
        with intake.opened(config, context.folders_of(config)):  # only who gets the lock knows that it was interrupted
            raise


def plan_undo(config: Config, credentials: tuple[str, str], tools: Runtime, target: Target) -> Finished:
    """Look and plan what taking a run back would change, and change nothing anywhere."""
    speak(config.report.language)
    require_packages()
    with history.remembered(config) as memory:
        return _rehearsed(past_runs.rules(config), credentials, tools, _to_take_back(config, target), memory, target)


def undo_run(
    config: Config, credentials: tuple[str, str], tools: Runtime, asked: str, listener: Listener | None = None
) -> Finished:
    """Bring the links of a run back to their state before it, but for those that somebody changed since.

    A run like any other, and carried on by the next one when it is interrupted.

    Raises:
        AlreadyRunning: another run of this office is active.
        FolderError, LedgerError: a folder or the ledger cannot be used.
        NoSuchRun, UndoRefused, NothingToDo: the run cannot be taken back, or need not be.
    """
    speak(config.report.language)
    require_packages()
    folders = context.folders_of(config)
    with intake.opened(config, folders) as ledger:
        target = past_runs.target_of(ledger, asked)
        return _undo(Job(config, credentials, tools, ledger, ""), folders, target, listener or NullListener())


def _undo(job: Job, folders: Folders, target: Target, listener: Listener) -> Finished:
    begun = Begun.now(job.config, job.tools, job.ledger, undo_of=target.run.id)
    listener.begins(begun.run_id)
    checked = _to_take_back(job.config, target)
    job = replace(job, config=past_runs.rules(job.config), run_id=begun.run_id)
    job.ledger.begin(begun.run_id, begun.office, begun.started, (), undo_of=target.run.id)
    sent = intake.send(job, checked, job.ledger.inherited(begun.run_id))
    return _end(_Night(job, begun, folders, listener), sent, Taken(), undone=target)


def _to_take_back(config: Config, target: Target) -> Checked:
    file = past_runs.as_file(target.run.id, target.rows)
    return past_runs.guarded(check((file,), past_runs.rules(config)), target.changes)


def _with_unknown(judged: Judged, undone: Target | None) -> Judged:
    """The rows of an undo of which a status stays, because nobody knows how it was, say so."""
    return replace(judged, checked=past_runs.with_unknown(judged.checked, undone.unknown)) if undone else judged


def _rehearsed(  # noqa: PLR0917 - what a run without its folders and its ledger needs
    config: Config,
    credentials: tuple[str, str],
    tools: Runtime,
    checked: Checked,
    memory: Memory | None,
    undone: Target | None = None,
) -> Finished:
    """Look and plan with a ledger that forgets everything."""
    with closing(Ledger.in_memory()) as ledger:
        begun = Begun.now(config, tools, ledger)
        ledger.begin(begun.run_id, config.office, begun.started, ())
        for lesson in memory.lessons() if memory else ():
            ledger.learn(lesson)
        sent, actions = intake.rehearse(Job(config, credentials, tools, ledger, begun.run_id, memory), checked)
    judged = _with_unknown(sent.judged, undone)
    guard = intake.would_stop(config.rules, checked, actions)
    return Finished(begun.ended(sent, judged, dry_run=True), judged.checked, actions=actions, guard=guard)
