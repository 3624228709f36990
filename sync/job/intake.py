"""The steps that jobs are made of: lock, take, send, judge, decide, hand back."""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from sync import credentials, dropfolder, report
from sync.confined.parent import Bounds
from sync.domain.model import (
    CUSTOMERS,
    GUARDS,
    Checked,
    Conclusion,
    Found,
    Left,
    Notice,
    Odd,
    RunInfo,
    Why,
    WhyLeft,
    is_run_id,
)
from sync.dropfolder import Decided, Fate
from sync.errors import AlreadyRunning, FolderError, ReaderBroken, StopRun
from sync.i18n import LazyText
from sync.i18n.texts import reason_text
from sync.job import context
from sync.job.lookups import with_names
from sync.ledger import NAME, AppliedChange, FileEntry, Ledger, server_of
from sync.rounds import earlier, guards, verdicts
from sync.rounds.converge import Rounds
from sync.rounds.reader import LiveStates

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync.config import Config, Rules
    from sync.domain.model import Accepted, Action, Link, Live, Loaded, Stopped
    from sync.dropfolder import Claimed, Folders
    from sync.job.context import Job, Runtime
    from sync.ledger import LedgerPlace
    from sync.onoffice.client import Client
    from sync.report.excel.returned import ReturnedFile
    from sync.sheets.load import Limits

_LOCK: Final = "run.lock"

_log = logging.getLogger(__name__)


@contextmanager
def _alone(config: Config, folders: Folders) -> Iterator[Path | LedgerPlace]:
    """Be the only one who works for an office; yields where its ledger is."""
    if address := credentials.database(config):
        with closing(server_of(address, config.office)) as server:
            yield server
    else:
        with only_one(folders):
            yield folders.state / NAME


@contextmanager
def only_one(folders: Folders, name: str = _LOCK, held: str = "lock.run_active") -> Iterator[None]:
    """Hold a lock of the office; the operating system lets go of it when the process ends, however it ends.

    It comes before anything else: a second start touches nothing. `held` is the text that says who has it then.

    Raises:
        AlreadyRunning: another process holds it.
        FolderError: it cannot be taken.
    """
    dropfolder.own_state(folders)
    path = folders.state / name
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(LazyText(held, path=path)) from None
    except (OSError, NotImplementedError) as error:  # the latter where a share knows no locks
        raise FolderError(LazyText("lock.not_taken", path=path, error=error)) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def opened(config: Config, folders: Folders) -> Iterator[Ledger]:
    """The ledger of an office that nobody else works for; what killed runs left half done is put right.

    Raises:
        AlreadyRunning: another run is active, here or on another machine with the same database.
        FolderError, LedgerError: a folder or the ledger cannot be used.
        ConfigurationError: the address of the database is wrong or nowhere.
    """
    with _alone(config, folders) as place:
        dropfolder.prepare(folders, first=not place.exists() if isinstance(place, Path) else place.is_new)
        with closing(Ledger(place)) as ledger:
            dropfolder.recover(folders)
            yield ledger


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that has begun: its id, which sorts by time (20261124-030000-3f9c), and its start, both by the office's clock."""

    run_id: str
    started: str
    office: str
    tools: Runtime
    zone: dt.tzinfo
    undo_of: str | None = None

    @classmethod
    def now(cls, config: Config, tools: Runtime, ledger: Ledger, *, undo_of: str | None = None) -> Begun:
        """A new id."""
        zone = ZoneInfo(config.onoffice.timezone)
        run_id = ledger.new_id(tools.local_time(zone))
        return cls(run_id, tools.timestamp(zone), config.office, tools, zone, undo_of)

    def ended(self, sent: Sent, judged: Judged, *, dry_run: bool = False, accepted: Accepted | None = None) -> RunInfo:
        """What is said about the run as a whole."""
        rounds, stopped = sent.rounds, sent.rounds.stopped
        if stopped and stopped.stop in GUARDS:
            stopped = replace(stopped, accept=self.run_id)
        return RunInfo(
            id=self.run_id,
            started=self.started,
            finished=self.tools.timestamp(self.zone),
            dry_run=dry_run,
            exit_code=verdicts.exit_code(judged.checked, stopped=stopped is not None, dry_run=dry_run),
            requests=sent.requests,
            actions=rounds.actions,
            rounds=rounds.rounds,
            office=self.office,
            stopped=stopped,
            customers=sum(not CUSTOMERS.isdisjoint(conclusion.warnings) for conclusion in judged.conclusions),
            undo_of=self.undo_of,
            accepted=accepted,
            notices=sent.notices,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """Every row with its verdict, what was concluded about changes that differ, and what was done about those that were sent."""

    checked: Checked
    conclusions: Sequence[Conclusion]
    done: Sequence[AppliedChange]


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending came to, and what is concluded from it."""

    rounds: Rounds
    judged: Judged
    requests: int = 0
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """The files that a run works on, what stays in the drop folder unread, and what has to go back there."""

    files: tuple[Claimed, ...] = ()
    left: tuple[Left, ...] = ()
    restless: tuple[Decided, ...] = ()


def take(job: Job, folders: Folders) -> Taken:
    """The files of this run: what killed runs left, then what is settled in the drop folder."""
    carried_on = []
    for claimed in dropfolder.left_over(folders):
        fate = job.ledger.fate(claimed.written)
        if fate is None:
            carried_on.append(claimed)
        else:  # its run was done with it and could not file it away any more
            decided = [Decided(claimed, Fate(fate.fate), fate.reason)]
            run = fate.run if is_run_id(fate.run) else job.run_id  # it becomes a path, and others may write to a database
            dropfolder.carry_out(folders, dropfolder.plan_destinations(folders, run, decided))
    settle_seconds = job.config.folders.settle_seconds
    scan = dropfolder.settled(folders, settle_seconds=settle_seconds, sleep=job.tools.stopper.sleep)
    claims = [dropfolder.claim(folders, job.run_id, seen) for seen in scan.settled]
    left = [one for one in claims if isinstance(one, Left)]
    return Taken((*carried_on, *(one for one in claims if not isinstance(one, Left))), (*scan.left, *left))


@contextmanager
def put_back_where_reading_ends(folders: Folders, taken: Taken, run_id: str) -> Iterator[None]:
    """Where a run has to end while it reads, or can read nothing, all of its files go back to where they lay."""
    try:
        yield
    except (StopRun, ReaderBroken):
        back = [Decided(claimed, Fate.RETURN) for claimed in taken.files]
        dropfolder.carry_out(folders, dropfolder.plan_destinations(folders, run_id, back))
        raise


def still(taken: Taken, loaded: Sequence[Loaded]) -> tuple[Taken, tuple[Loaded, ...]]:
    """Set aside the files that somebody went on writing while they were read, and those for which there was no time.

    They go back and wait for the next run.
    """
    waits = [_waits(claimed, file) for claimed, file in zip(taken.files, loaded, strict=True)]
    left = tuple(Left(claimed.name, why) for claimed, why in zip(taken.files, waits, strict=True) if why)
    back = tuple(Decided(claimed, Fate.RETURN) for claimed, why in zip(taken.files, waits, strict=True) if why)
    files = tuple(claimed for claimed, why in zip(taken.files, waits, strict=True) if not why)
    return Taken(files, (*taken.left, *left), back), tuple(file for file, why in zip(loaded, waits, strict=True) if not why)


def _waits(claimed: Claimed, file: Loaded) -> WhyLeft | None:
    if file.reason and file.reason.why is Why.NO_TIME:
        return WhyLeft.NO_TIME
    return None if dropfolder.unchanged(claimed) else WhyLeft.UNSETTLED


def entries(taken: Taken, loaded: Sequence[Loaded]) -> list[FileEntry]:
    """The files as the ledger notes them."""
    return [FileEntry(c.written, file.name, file.sha256) for c, file in zip(taken.files, loaded, strict=True)]


def send(job: Job, checked: Checked, inherited: Mapping[Link, Live]) -> Sent:
    """Rounds of look, plan and send, unless so many rows are wrong that the sheets as a whole look wrong.

    `inherited` are the links that interrupted runs sent, with their state before that.
    """
    if stopped := guards.too_many_invalid(checked, job.config.rules.max_invalid_share):
        return unsent(job, checked, stopped)
    with context.client_of(job) as client:
        sender = context.sender_of(job, client, earlier.dropped_again(checked, job.memory))
        rounds = sender.converge(checked.changes, inherited, earlier.answers(checked, job.memory))
        return _ended(job, client, rounds, judged(checked, rounds, job.config))


def unsent(job: Job, checked: Checked, stopped: Stopped | None = None) -> Sent:
    """A run that asks onOffice for nothing."""
    rounds = Rounds(LiveStates(checked.changes), stopped=stopped)
    return Sent(rounds, judged(checked, rounds, job.config))


def _ended(job: Job, client: Client, rounds: Rounds, own: Judged) -> Sent:
    """What sending came to, with names beside numbers."""
    named, notices = with_names(job, client, rounds, own.checked)
    told = (*_blind(job, rounds), *client.notices, *notices)
    return Sent(rounds, replace(own, checked=named), client.requests_sent, told)


def rehearse(job: Job, checked: Checked) -> tuple[Sent, tuple[Action, ...]]:
    """Look and plan, and send nothing."""
    with context.client_of(job) as client:
        sender = context.sender_of(job, client, earlier.dropped_again(checked, job.memory))
        rounds, actions = sender.rehearse(checked.changes, earlier.answers(checked, job.memory))
        return _ended(job, client, rounds, judged(checked, rounds, job.config, actions)), actions


def _blind(job: Job, rounds: Rounds) -> tuple[Notice, ...]:
    """A notice of the links that a run could not look at although it would have."""
    unreadable = rounds.live.count(Found.UNREADABLE) if job.config.sending.look else 0
    if not unreadable:
        return ()
    needed = job.config.sending.look is True
    if needed:
        _log.warning("the API user may not read the appointments of %d links; nothing is sent to them", unreadable)
    else:
        _log.warning("blind: the API user may not read the appointments of %d links; nothing of that is verified", unreadable)
    return (Notice(Odd.UNREADABLE if needed else Odd.BLIND, str(unreadable)),)


def would_stop(rules: Rules, checked: Checked, planned: Sequence[Action]) -> Stopped | None:
    """The guard that would keep a run from sending what is planned."""
    return guards.too_many_invalid(checked, rules.max_invalid_share) or guards.too_many_changes(planned, rules.max_changes)


def judged(checked: Checked, rounds: Rounds, config: Config, planned: Sequence[Action] = ()) -> Judged:
    """Every row with its verdict; what is `planned` is not sent."""
    links = {link for action in planned for link in action.links}
    places, of_change = rounds.distinct()
    changes = list(checked.changes.some(places))
    stop = rounds.stopped.stop if rounds.stopped else None
    evidence = [
        verdicts.Evidence(
            rounds.before(change.link, live),
            live,
            rounds.past[change.link],
            stopped=stop is not None,
            guard=stop if stop in GUARDS else None,
        )
        for live, change in zip(map(rounds.live.at, places.tolist()), changes, strict=True)
    ]
    conclusions = [
        verdicts.foretell(change, facts.before) if change.link in links else verdicts.conclude(change, facts)
        for change, facts in zip(changes, evidence, strict=True)
    ]
    done = [
        AppliedChange(change, facts.before, facts.after, said.verdict, said.verified, said.error_code)
        for change, facts, said in zip(changes, evidence, conclusions, strict=True)
        if facts.past.attempts and facts.before
    ]
    zone = ZoneInfo(config.onoffice.timezone)
    return Judged(verdicts.judge(checked, evidence, conclusions, of_change, zone), conclusions, done)


def decide(files: Sequence[Claimed], checked: Checked, stopped: Stopped | None) -> list[Decided]:
    """Where each file goes: refused if it could not be read, back if the run stopped with work left, else the archive.

    All go back together: a row that contradicts one of another file must not come to the next run without it. An undo has none.
    """
    if not files:
        return []
    fate = Fate.RETURN if checked.goes_back(stopped) else Fate.ARCHIVE
    return [
        Decided(claimed, Fate.REFUSE, reason_text(file.reason)) if file.reason else Decided(claimed, fate)
        for claimed, file in zip(files, checked.files, strict=True)
    ]


def hand_back(
    folders: Folders,
    info: RunInfo,
    checked: Checked,
    decided: Sequence[Decided],
    *,
    limits: Limits,
    begins: Callable[[str], None],
    meanwhile: Callable[[], None],
) -> tuple[ReturnedFile, ...]:
    """Marked copies, and correction files unless the files go back to be read again; nothing where there were no files.

    Processes work within the `limits`; `begins` is told the content's hash of each file before anything is done with it.
    `meanwhile` is what this process does beside them.
    """
    if not decided:
        meanwhile()
        return ()
    sources = [one.claimed.path for one in decided]
    to_correct = all(one.fate is not Fate.RETURN for one in decided)
    bounds = Bounds(limits.memory_bytes, limits.seconds, limits.unpacked_bytes)
    return report.hand_back(
        folders.results,
        info,
        checked,
        sources,
        to_correct=to_correct,
        bounds=bounds,
        begins=begins,
        meanwhile=meanwhile,
    )
