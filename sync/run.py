"""The nightly job as a list of steps: take, read, check, look, plan, send, judge, report, file away."""

from __future__ import annotations

import secrets
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from filelock import FileLock, Timeout

from sync import folder, judge, parts, report, verdicts
from sync.check import check, read
from sync.errors import AlreadyRunning, FolderError
from sync.folder import Decided, Fate
from sync.ledger import FileEntry, Ledger
from sync.model import CUSTOMERS, Checked, CheckOutcome, Conclusion, Left, Past, RunInfo, Stop, Stopped, Verdict, WhyLeft
from sync.parts import Job
from sync.sender import Rounds
from sync.texts import Language, reason_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sync.config import Config
    from sync.folder import Claimed, Folders
    from sync.model import Action, Change, Loaded
    from sync.parts import Tools
    from sync.report.handed import Handed

_LOCK: Final = "run.lock"
_LEDGER: Final = "ledger.sqlite3"


@dataclass(frozen=True, slots=True)
class Finished:
    """What a job leaves to be told. `results` is None where nothing was written, `actions` are those of a dry run.

    `handed` is what the droppers of the files get back.
    """

    info: RunInfo
    checked: Checked
    results: Path | None = None
    left: tuple[Left, ...] = ()
    actions: tuple[Action, ...] = ()
    handed: tuple[Handed, ...] = ()


class Listener(Protocol):
    """Who is told of a run while it holds the lock."""

    def begins(self, run_id: str) -> None:
        """The run has begun."""

    def ends(self, finished: Finished) -> None:
        """The reports are written; only now the ledger and the files follow, so that nothing goes untold."""


class Nobody:
    """Listens to no run."""

    def begins(self, run_id: str) -> None:
        """Do nothing."""

    def ends(self, finished: Finished) -> None:
        """Do nothing."""


def run(config: Config, credentials: tuple[str, str], tools: Tools, listener: Listener | None = None) -> Finished:
    """Bring the CRM to the state that the files in the drop folder ask for.

    Raises:
        AlreadyRunning: another run of this office is active.
        FolderError, LedgerError: a folder or the ledger cannot be used; nothing is lost, the next run carries on.
        StopRun: the run was asked to end before it had taken a file.
    """
    folders = parts.folders_of(config)
    with _only_one(folders):
        folder.prepare(folders)
        with closing(Ledger(folders.state / _LEDGER)) as ledger:
            folder.recover(folders)
            begun, listener = _Begun.now(config, tools), listener or Nobody()
            listener.begins(begun.run_id)
            return _run(Job(config, credentials, tools, ledger, begun.run_id), begun, folders, listener)


def _run(job: Job, begun: _Begun, folders: Folders, listener: Listener) -> Finished:
    config, ledger, language = job.config, job.ledger, Language(job.config.report.language)
    taken, left = _take(job, folders)
    if not taken:
        judged = _judged(check((), config), Rounds())
        finished = Finished(begun.ended(Rounds(), judged), judged.checked, left=left)
        listener.ends(finished)
        return finished
    loaded = read([(claimed.path, claimed.name) for claimed in taken], config, job.tools.progress)
    taken, loaded, restless = _still(taken, loaded)
    loaded = tuple(replace(file, dropped_before=ledger.seen_before(file.sha256)) for file in loaded)
    checked = check(loaded, config)
    ledger.begin(begun.run_id, config.office, begun.started, _entries(taken, loaded))
    rounds, requests = _send(job, checked)
    judged = _judged(checked, rounds)
    info = begun.ended(rounds, judged, requests)
    decided = _decide(taken, judged.checked, rounds.stopped, language)
    handed = _hand_back(folders, info, judged.checked, decided, language)
    left = (*left, *(_unsettled(one) for one in restless))
    results = report.write(folders.results / info.id, info, judged.checked, language, handed=handed, left=left)
    decided += restless
    finished = Finished(info, judged.checked, results, left, handed=handed)
    listener.ends(finished)
    ledger.finish(info, judged.conclusions, [(str(one.claimed.path), one.fate.value, one.reason) for one in decided])
    folder.carry_out(folders, folder.plan_destinations(folders, info.id, decided))
    return finished


def dry_run(config: Config, credentials: tuple[str, str], tools: Tools) -> Finished:
    """Read, check, look and plan, and change nothing anywhere: no folder, no ledger, not the CRM."""
    folders = parts.folders_of(config)
    begun = _Begun.now(config, tools)
    scan = folder.settled(folders, settle_seconds=config.folders.settle_seconds, sleep=tools.stopper.sleep)
    files = [*folder.left_over(folders), *map(folder.read_in_place, scan.settled)]
    checked = check(read([(claimed.path, claimed.name) for claimed in files], config, tools.progress), config)
    with closing(Ledger.in_memory()) as ledger:
        ledger.begin(begun.run_id, config.office, begun.started, ())
        job = Job(config, credentials, tools, ledger, begun.run_id)
        with parts.client_of(job) as client:
            rounds, actions = parts.sender_of(job, client).rehearse(checked.changes)
    judged = _judged(checked, rounds, actions)
    info = begun.ended(rounds, judged, client.requests_sent, dry_run=True)
    return Finished(info, judged.checked, left=scan.left, actions=actions)


@contextmanager
def _only_one(folders: Folders) -> Iterator[None]:
    """Hold the lock of the office; the operating system lets go of it when the process ends, however it ends.

    It comes before anything else: a second start touches nothing.
    """
    path = folders.state / _LOCK
    lock = FileLock(path, timeout=0)
    try:
        folders.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(f"Another run of this office is active (lock {path}).") from None
    except (OSError, NotImplementedError) as error:  # the latter where a share knows no locks
        raise FolderError(
            f"The lock {path} cannot be taken ({error}). Check the state folder; it lies on a local disk."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _take(job: Job, folders: Folders) -> tuple[tuple[Claimed, ...], tuple[Left, ...]]:
    """The files of this run: what killed runs left, then what is settled in the drop folder."""
    carried_on = []
    for claimed in folder.left_over(folders):
        fate = job.ledger.fate(str(claimed.path))
        if fate is None:
            carried_on.append(claimed)
        else:  # its run was done with it and could not file it away any more
            decided = [Decided(claimed, Fate(fate.fate), fate.reason)]
            folder.carry_out(folders, folder.plan_destinations(folders, fate.run, decided))
    settle_seconds = job.config.folders.settle_seconds
    scan = folder.settled(folders, settle_seconds=settle_seconds, sleep=job.tools.stopper.sleep)
    claims = [folder.claim(folders, job.run_id, seen) for seen in scan.settled]
    left = [one for one in claims if isinstance(one, Left)]
    return (*carried_on, *(one for one in claims if not isinstance(one, Left))), (*scan.left, *left)


def _still(taken: Sequence[Claimed], loaded: Sequence[Loaded]) -> tuple[tuple[Claimed, ...], tuple[Loaded, ...], list[Decided]]:
    """Set aside the files that somebody went on writing while they were read: they go back and wait for the next run."""
    still = [folder.unchanged(claimed) for claimed in taken]
    files = [pair for pair, same in zip(zip(taken, loaded, strict=True), still, strict=True) if same]
    restless = [Decided(claimed, Fate.RETURN) for claimed, same in zip(taken, still, strict=True) if not same]
    return tuple(claimed for claimed, _ in files), tuple(file for _, file in files), restless


def _unsettled(one: Decided) -> Left:
    return Left(one.claimed.name, WhyLeft.UNSETTLED)


def _entries(taken: Sequence[Claimed], loaded: Sequence[Loaded]) -> list[FileEntry]:
    return [FileEntry(str(c.path), c.name, file.sha256) for c, file in zip(taken, loaded, strict=True)]


def _send(job: Job, checked: Checked) -> tuple[Rounds, int]:
    """Rounds of look, plan and send, unless so many rows are wrong that the sheets as a whole look wrong."""
    allowed = job.config.rules.max_invalid_share
    wrong = float((checked.rows.outcome == CheckOutcome.INVALID).mean()) if len(checked.rows) else 0.0
    if wrong > allowed:
        return Rounds(stopped=Stopped(Stop.TOO_MANY_INVALID, f"{wrong:.0%} > {allowed:.0%}")), 0
    with parts.client_of(job) as client:
        rounds = parts.sender_of(job, client).converge(checked.changes, job.ledger.inherited(job.run_id))
        return rounds, client.requests_sent


@dataclass(frozen=True, slots=True)
class _Judged:
    checked: Checked
    conclusions: list[tuple[Change, Conclusion]]


def _judged(checked: Checked, rounds: Rounds, planned: Sequence[Action] = ()) -> _Judged:
    """Every row with its verdict; what a dry run has `planned` is not sent."""
    links = {link for action in planned for link in action.links}
    evidence = [
        verdicts.Evidence(
            rounds.before.get(change.link),
            rounds.live.get(change.link),
            rounds.past.get(change.link, Past()),
            stopped=rounds.stopped is not None,
        )
        for change in checked.changes
    ]
    conclusions = [
        Conclusion(Verdict.NOT_SENT, warnings=verdicts.may_follow(change, facts.before))
        if change.link in links
        else verdicts.conclude(change, facts)
        for change, facts in zip(checked.changes, evidence, strict=True)
    ]
    pairs = list(zip(checked.changes, conclusions, strict=True))
    return _Judged(judge.judge(checked, evidence, conclusions), pairs)


def _decide(files: Sequence[Claimed], judged: Checked, stopped: Stopped | None, language: Language) -> list[Decided]:
    """Where each file goes: refused if it could not be read, back if the run stopped with work left, else the archive.

    All go back together: a row that contradicts one of another file must not come to the next run without it.
    """
    work_left = judged.verdicts is not None and not {Verdict.NOT_SENT, Verdict.UNKNOWN}.isdisjoint(judged.verdicts.verdict)
    fate = Fate.RETURN if stopped and work_left else Fate.ARCHIVE
    return [
        Decided(claimed, Fate.REFUSE, reason_text(file.reason, language)) if file.reason else Decided(claimed, fate)
        for claimed, file in zip(files, judged.files, strict=True)
    ]


def _hand_back(
    folders: Folders, info: RunInfo, judged: Checked, decided: Sequence[Decided], language: Language
) -> tuple[Handed, ...]:
    """Marked copies, and correction files unless the files go back to be read again."""
    sources = [one.claimed.path for one in decided]
    to_correct = all(one.fate is not Fate.RETURN for one in decided)
    return report.hand_back(folders.results, info, judged, sources, language, to_correct=to_correct)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A run that has begun: its id, which sorts by time (20261124-030000-3f9c), and its start."""

    run_id: str
    started: str
    office: str
    tools: Tools

    @classmethod
    def now(cls, config: Config, tools: Tools) -> _Begun:
        run_id = f"{tools.local_time():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        return cls(run_id, tools.timestamp(), config.office, tools)

    def ended(self, rounds: Rounds, judged: _Judged, requests: int = 0, *, dry_run: bool = False) -> RunInfo:
        """What is said about the run as a whole."""
        stopped = rounds.stopped is not None
        return RunInfo(
            id=self.run_id,
            started=self.started,
            finished=self.tools.timestamp(),
            dry_run=dry_run,
            exit_code=judge.exit_code(judged.checked, stopped=stopped, dry_run=dry_run),
            requests=requests,
            actions=rounds.actions,
            rounds=rounds.rounds,
            office=self.office,
            stopped=rounds.stopped,
            customers=sum(not CUSTOMERS.isdisjoint(conclusion.warnings) for _, conclusion in judged.conclusions),
        )
