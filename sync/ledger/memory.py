"""What a run writes down, step by step, and what the ledger remembers: runs, their links, their requests."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sync.domain.model import (
    Change,
    Confirmation,
    Feedback,
    Found,
    Left,
    Link,
    Live,
    Operation,
    State,
    Stop,
    Stopped,
    Verdict,
    WhyLeft,
)
from sync.ledger.sqlite import OpenLedger, translate_errors, translate_errors_of_reading
from sync.onoffice.dialect import Lesson, Trait

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping

    from sync.domain.model import RunInfo


# What the ledger knows about runs, as values.


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One input file of a run: where it was claimed, its name for people, its content's hash."""

    claimed: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DecidedFate:
    """Where a file of a finished run goes, decided before it moves; `reason` is the text beside a refused file."""

    run: str
    fate: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One input file of a run. `fate` is where it went, None as long as that is not decided."""

    name: str
    sha256: str
    fate: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. Times are ISO text; what a run knows only at its end is None before.

    `files` are those it read, `left` those that stayed in the drop folder.

    `carried_on_by` is the run that took over after this one was killed, `undo_of` the run that this one takes back, `accepted`
    the stopped run that somebody let pass with this one. `verdicts` counts rows, `repeating` those of them that repeat one that
    waits, `repeating_failed` those that repeat one that needs a person, `blind` those that were sent and taken without a look (0
    where an older ledger does not say). `forgotten` is when its details were removed.
    """

    id: str
    office: str
    started: str
    finished: str | None
    exit_code: int | None
    stopped: Stopped | None
    requests: int | None
    actions: int | None
    rounds: int | None
    carried_on_by: str | None
    undo_of: str | None
    accepted: str | None
    verdicts: Mapping[str, int] | None
    forgotten: str | None
    files: tuple[FileRecord, ...]
    left: tuple[Left, ...] = ()
    repeating: int = 0
    repeating_failed: int = 0
    blind: int = 0

    @property
    def is_trial(self) -> bool:
        """Whether it is no run but a trial of `doctor --learn`: that alone ends without a file and takes nothing back."""
        return self.finished is not None and self.undo_of is None and not (self.files or self.left)


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """What a run did about one link that it sent. `after` is None where no look came after that."""

    change: Change
    before: Live
    after: Live | None = None
    verdict: Verdict | None = None
    verified: bool = False
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class BroughtAbout:
    """What a run set a link to, as a look proved: what it wanted done, and the words of both statuses, None where it left one."""

    link: Link
    run: str
    aim: Operation
    words: State


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request: when it left and was answered (ISO text), what it was, what came of it; None as long as that is not known."""

    kind: str
    left_at: str
    answered_at: str | None
    outcome: str | None
    links: int


#: A run with all interrupted runs that it carried on, and those that they had carried on.
_CHAIN: Final = """WITH RECURSIVE chain (id) AS (
    SELECT CAST(?1 AS TEXT) UNION SELECT runs.id FROM runs JOIN chain ON runs.carried_on_by = chain.id
) """
#: The fate of a file that a run did not take; its reason is a word of `WhyLeft`.
STAYED: Final = "stay"
#: Beside the rows of every verdict: how many repeat one that waits, and how many were taken without a look.
_REPEATING: Final = "repeating"
_REPEATING_FAILED: Final = "repeating_failed"
_BLIND: Final = "blind"
#: So many appointments are asked for at once.
_AT_ONCE: Final = 500
#: What older runs saw of an appointment is hardly worth the reading.
_NEWEST: Final = 30
#: So many links that were made and not shown are evidence enough that reads hide some.
_FEW: Final = 20
_TRAITS: Final = frozenset(map(str, Trait))
#: What was accepted, and looks went on showing the state before it.
_WITHOUT_EFFECT: Final = """(c.verdict = 'unknown' AND c.verified = 0 AND c.error_code IS NULL AND c.found_after = c.found
    AND coalesce(c.confirmation_after, '') = coalesce(c.confirmation_before, '')
    AND coalesce(c.feedback_after, '') = coalesce(c.feedback_before, '')
    AND EXISTS (SELECT 1 FROM requests q JOIN sent s ON s.request = q.id
        WHERE q.run = c.run AND s.appointment = c.appointment AND s.address = c.address AND q.outcome = 'answered'
        AND q.results NOT LIKE '%LOST%' AND q.results NOT LIKE '%REFUSED%' AND q.results NOT LIKE '%AGAIN%'))"""
#: Every link that was sent, by run.
_SENT: Final = "SELECT DISTINCT q.run, s.appointment, s.address FROM requests q JOIN sent s ON s.request = q.id"


class Memory(OpenLedger):
    """Answers questions about the past. The statements are such that SQLite and PostgreSQL take them alike."""

    @translate_errors_of_reading
    def runs(self) -> list[RunRecord]:
        """All runs, in the order in which they began."""
        files: defaultdict[str, list[FileRecord]] = defaultdict(list)
        left: defaultdict[str, list[Left]] = defaultdict(list)
        known = self._db.execute("SELECT run, name, sha256, fate, coalesce(reason, '') FROM files ORDER BY rowid")
        for run, name, sha256, fate, reason in known:
            if fate == STAYED:
                left[run].append(Left(name, WhyLeft(reason)))
            else:
                files[run].append(FileRecord(name, sha256, fate, reason))
        rows = self._db.execute(
            "SELECT id, office, started, finished, exit_code, stopped, stopped_detail, requests, actions, rounds, carried_on_by,"
            " undo_of, accepted, verdicts, forgotten FROM runs ORDER BY rowid"
        )
        return [_run(row, files.get(row[0], ()), left.get(row[0], ())) for row in rows]

    @translate_errors_of_reading
    def done(self, run: str) -> list[AppliedChange]:
        """The links that a run sent, with those of interrupted runs that it carried on, by link.

        `before` is the state before the first of them sent it, `change` the last that asked for something; all else is what
        the last of them says.
        """
        sent = set(self._db.execute(f"{_CHAIN} {_SENT} WHERE q.run IN (SELECT id FROM chain)", (run,)))
        rows = self._db.execute(
            f"""{_CHAIN}
            SELECT c.run, c.appointment, c.address, c.aim, c.confirmation, c.feedback,
                c.found, c.confirmation_before, c.feedback_before, c.start, c.feedback_set_up,
                c.found_after, c.confirmation_after, c.feedback_after, c.verdict, c.verified, c.error_code
            FROM chain JOIN runs ON runs.id = chain.id JOIN changes c ON c.run = chain.id
            ORDER BY c.appointment, c.address, runs.rowid""",
            (run,),
        )
        return list(_done(rows, sent))

    @translate_errors_of_reading
    def answers(self, sha256: str) -> list[AppliedChange]:
        """What onOffice said to the links that a file with this content asked for, without those that were sent something since.

        Only what was refused, or accepted and never seen, also where looks went on showing the state before it. The link that was
        asked for longest ago comes first.
        """
        rows = self._db.execute(
            "SELECT runs.rowid, c.appointment, c.address, c.aim, c.confirmation, c.feedback,"
            " c.found, c.confirmation_before, c.feedback_before, c.start, c.feedback_set_up,"
            " c.found_after, c.confirmation_after, c.feedback_after, c.verdict, c.verified, c.error_code"
            " FROM (SELECT DISTINCT run FROM files WHERE sha256 = ? AND fate = 'archive') f"
            " JOIN runs ON runs.id = f.run JOIN changes c ON c.run = f.run"
            " WHERE c.verdict = 'rejected' OR (c.verdict = 'updated' AND c.verified = 0)"
            f" OR {_WITHOUT_EFFECT} ORDER BY runs.rowid",
            (sha256,),
        )
        found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for row in rows:
            found.pop(row[1:3], None)  # the one that was asked last comes last
            found[row[1:3]] = row
        if not found:
            return []
        since = self._db.execute(
            "SELECT runs.rowid, c.appointment, c.address FROM runs JOIN changes c ON c.run = runs.id WHERE runs.rowid > ?",
            (min(row[0] for row in found.values()),),
        )
        for run, *link in since:
            if (earlier := found.get(tuple(link))) and run > earlier[0]:
                del found[tuple(link)]
        return [_one(row[1:]) for row in found.values()]

    @translate_errors_of_reading
    def undone(self, run: str) -> frozenset[Link] | None:
        """The links of which a run left undone what its files asked for; None where an earlier program did not note it."""
        row = self._db.execute("SELECT undone FROM runs WHERE id = ?", (run,)).fetchone()
        if row is None or row[0] is None:
            return None
        return frozenset(
            Link(*link) for link in self._db.execute("SELECT appointment, address FROM undone WHERE run = ?", (run,))
        )

    @translate_errors_of_reading
    def since(self, sha256: str) -> frozenset[str]:
        """The runs that began after the first that archived a file with this content, but for undos and what they took back."""
        rows = self._db.execute(
            "SELECT id FROM runs WHERE undo_of IS NULL AND id NOT IN (SELECT undo_of FROM runs WHERE undo_of IS NOT NULL)"
            " AND rowid > (SELECT min(r.rowid) FROM files JOIN runs r ON r.id = files.run WHERE sha256 = ? AND fate = 'archive')",
            (sha256,),
        )
        return frozenset(str(run) for (run,) in rows)

    @translate_errors_of_reading
    def brought_about(self, links: Collection[Link]) -> list[BroughtAbout]:
        """What runs set these links to, as a look proved, in the order of the runs."""
        found: list[tuple[Any, ...]] = []
        numbers = sorted({link.appointment_id for link in links})
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            found += self._db.execute(
                "SELECT runs.rowid, c.run, c.appointment, c.address, c.aim, c.confirmation, c.feedback FROM changes c"
                " JOIN runs ON runs.id = c.run WHERE c.verdict = 'updated' AND c.verified = 1"
                f" AND c.appointment IN ({', '.join('?' * len(some))})",
                some,
            )
        return [
            BroughtAbout(link, run, Operation(aim), _state(confirmation, feedback))
            for _, run, appointment, address, aim, confirmation, feedback in sorted(found, key=itemgetter(0))
            if (link := Link(appointment, address)) in links
        ]

    @translate_errors_of_reading
    def requests(self, run: str) -> list[RequestRecord]:
        """The requests of a run, in their order."""
        rows = self._db.execute(
            "SELECT kind, left_at, answered_at, outcome, (SELECT count(*) FROM sent WHERE request = id)"
            " FROM requests WHERE run = ? ORDER BY id",
            (run,),
        )
        return [RequestRecord(*row) for row in rows]

    @translate_errors_of_reading
    def inherited(self, run: str) -> Mapping[Link, Live]:
        """The links that interrupted runs sent before this one took over, with their state before that."""
        rows = self._db.execute(
            f"""{_CHAIN}
            SELECT c.appointment, c.address, c.found, c.confirmation_before, c.feedback_before, c.start, c.feedback_set_up
            FROM chain JOIN runs ON runs.id = chain.id AND runs.id <> ?1
            CROSS JOIN requests q CROSS JOIN sent s CROSS JOIN changes c
            WHERE q.run = runs.id AND s.request = q.id
                AND c.run = runs.id AND c.appointment = s.appointment AND c.address = s.address
            ORDER BY runs.rowid DESC""",
            (run,),
        )
        # from the newest to the oldest run: the first that sent a link, whose "before" is the true one, comes last and stays
        # (in the order in which runs began: two may begin in the same second, and clocks go back)
        return {Link(a, b): _live(*rest) for a, b, *rest in rows}

    @translate_errors_of_reading
    def starts(self, appointments: Container[int]) -> dict[int, str]:
        """When appointments start, as far as the last runs that sent something to them saw it; ISO text."""
        rows = self._db.execute(
            "SELECT c.appointment, c.start FROM (SELECT id, rowid AS at FROM runs ORDER BY rowid DESC LIMIT ?) newest"
            " JOIN changes c ON c.run = newest.id WHERE c.start IS NOT NULL ORDER BY newest.at",
            (_NEWEST,),
        )
        return {appointment: start for appointment, start in rows if appointment in appointments}

    @translate_errors_of_reading
    def unlinked(self, links: Collection[Link]) -> frozenset[Link]:
        """The links of which the last run that wrote to them saw that they were there, and then that they were gone."""
        if not links:
            return frozenset()
        rows = self._db.execute(
            "SELECT c.appointment, c.address, c.found, c.found_after FROM changes c JOIN runs ON runs.id = c.run"
            " WHERE c.found_after IS NOT NULL ORDER BY runs.rowid"
        )
        last = {link: pair for a, b, *pair in rows if (link := Link(a, b)) in links}
        return frozenset(link for link, pair in last.items() if pair == [Found.LINKED.name, Found.NOT_LINKED.name])

    @translate_errors_of_reading
    def unseen(self) -> frozenset[Link]:
        """The newest links that the last run that wrote to them made, and that nothing that reads has shown."""
        rows = self._db.execute(
            "SELECT c.appointment, c.address, c.aim, c.found_after FROM changes c JOIN runs ON runs.id = c.run"
            " JOIN (SELECT appointment AS a, address AS b FROM changes WHERE aim = ? AND found_after = ? LIMIT ?) made"
            " ON c.appointment = made.a AND c.address = made.b WHERE c.found_after IS NOT NULL ORDER BY runs.rowid",
            (Operation.LINK, Found.HIDDEN.name, _FEW),
        )
        last = {Link(a, b): pair for a, b, *pair in rows}
        return frozenset(link for link, pair in last.items() if pair == [Operation.LINK, Found.HIDDEN.name])

    @translate_errors_of_reading
    def lessons(self) -> list[Lesson]:
        """What runs have seen of the office's API, the oldest first, without what only a newer program understands."""
        rows = self._db.execute("SELECT trait, value, subject, evidence, run FROM learnt ORDER BY rowid")
        return [Lesson(Trait(trait), *rest) for trait, *rest in rows if trait in _TRAITS]

    @translate_errors_of_reading
    def last_requests(self, count: int) -> list[str]:
        """When the answers to the newest requests of all runs came, or they left where there is none; ISO text, oldest first."""
        rows = self._db.execute("SELECT coalesce(answered_at, left_at) FROM requests ORDER BY id DESC LIMIT ?", (count,))
        return [_checked(moment) for (moment,) in rows][::-1]

    @translate_errors_of_reading
    def deaths(self, run: str, sha256: str, program: str) -> int:
        """How many other runs of this version of the program ended while they worked on a file with this content."""
        row = self._db.execute(
            "SELECT count(*) FROM at_work WHERE sha256 = ? AND program = ? AND run <> ?", (sha256, program, run)
        ).fetchone()
        return int(row[0])

    @translate_errors_of_reading
    def fate(self, claimed: str) -> DecidedFate | None:
        """The fate that a finished run decided for a file it could not move any more."""
        row = self._db.execute(
            "SELECT files.run, fate, reason FROM files JOIN runs ON runs.id = files.run"
            " WHERE claimed = ? AND fate IS NOT NULL ORDER BY runs.rowid DESC LIMIT 1",
            (claimed,),
        ).fetchone()
        return DecidedFate(*row) if row else None

    @translate_errors_of_reading
    def seen_before(self, sha256: str) -> str | None:
        """The last run that archived a file with the same content, if there is one."""
        row = self._db.execute(
            "SELECT run FROM files JOIN runs ON runs.id = files.run WHERE sha256 = ? AND fate = 'archive'"
            " ORDER BY runs.rowid DESC LIMIT 1",
            (sha256,),
        ).fetchone()
        return str(row[0]) if row else None


def _run(row: tuple[Any, ...], files: Iterable[FileRecord], left: Iterable[Left]) -> RunRecord:
    run, office, started, finished, exit_code, stopped, detail, *rest, undo_of, accepted, verdicts, forgotten = row
    requests, actions, rounds, carried_on_by = rest
    counts = {**json.loads(verdicts)} if verdicts else None
    repeating, failed, blind = (int(counts.pop(name, 0)) if counts else 0 for name in (_REPEATING, _REPEATING_FAILED, _BLIND))
    return RunRecord(
        id=run,
        office=office,
        started=_checked(started),
        finished=_checked(finished) if finished else finished,
        exit_code=exit_code,
        stopped=Stopped(Stop(stopped), detail or "") if stopped else None,
        requests=requests,
        actions=actions,
        rounds=rounds,
        carried_on_by=carried_on_by,
        undo_of=undo_of,
        accepted=accepted,
        verdicts=counts,
        forgotten=forgotten,
        files=tuple(files),
        left=tuple(left),
        repeating=repeating,
        repeating_failed=failed,
        blind=blind,
    )


def _checked(moment: str) -> str:
    """ISO text, on which whoever gets it relies. Raises ValueError."""
    dt.datetime.fromisoformat(moment)
    return moment


def _done(rows: Iterable[tuple[Any, ...]], sent: Container[tuple[str, int, int]]) -> Iterator[AppliedChange]:
    """One value per link that any run of a chain sent; the rows of a link are in the order of the runs."""
    for (appointment, address), group in groupby(rows, key=itemgetter(1, 2)):
        some = list(group)
        first = next((row for row in some if row[:3] in sent), None)
        if first is None:
            continue
        *_, verdict, verified, error_code = last = some[-1]
        changes = [Change(Link(appointment, address), _state(*row[4:6]), Operation(row[3])) for row in some]
        yield AppliedChange(
            next((change for change in reversed(changes) if not change.asks_nothing), changes[-1]),
            _live(*first[6:11]),
            _live(*last[11:14]) if last[11] else None,
            Verdict(verdict) if verdict else None,
            bool(verified),
            error_code,
        )


def _one(row: tuple[Any, ...]) -> AppliedChange:
    """What one run did about a link."""
    appointment, address, aim, *rest, verdict, verified, error_code = row
    change = Change(Link(appointment, address), _state(*rest[:2]), Operation(aim))
    after = _live(*rest[7:10]) if rest[7] else None
    return AppliedChange(change, _live(*rest[2:7]), after, Verdict(verdict), bool(verified), error_code)


def _live(
    found: str, confirmation: str | None, feedback: str | None, start: str | None = None, feedback_set_up: int | None = None
) -> Live:
    return Live(Found[found], _state(confirmation, feedback), start, feedback_set_up != 0)


@cache
def _state(confirmation: str | None, feedback: str | None) -> State:
    return State(Confirmation(confirmation) if confirmation else None, Feedback(feedback) if feedback else None)


# What a run writes down, step by step.


class Ledger(Memory):
    """Memory of all runs of one office, and what a run adds to it."""

    @translate_errors
    def new_id(self, moment: dt.datetime) -> str:
        """An id for a run that begins at this moment, which no other one has."""
        while True:
            run = f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
            if self._db.execute("SELECT 1 FROM runs WHERE id = ?", (run,)).fetchone() is None:
                return run

    @translate_errors
    def begin(
        self,
        run: str,
        office: str,
        started: str,
        files: Iterable[FileEntry],
        *,
        undo_of: str | None = None,
        accepted: str | None = None,
        carries_on: bool = True,
    ) -> None:
        """Open a run with its files.

        Unless told otherwise it carries on all runs of its kind that were interrupted and that no other one has carried to an
        end: one that was stopped may not even have looked; there it takes a run that reads one of the same files again. One
        that takes back a run carries on those only that took back the same.
        """
        with self._transaction():
            self._db.execute(
                "INSERT INTO runs (id, office, started, undo_of, accepted) VALUES (?, ?, ?, ?, ?)",
                (run, office, started, undo_of, accepted),
            )
            self._db.executemany(
                "INSERT INTO files (run, claimed, name, sha256) VALUES (?, ?, ?, ?)",
                [(run, file.claimed, file.name, file.sha256) for file in files],
            )
            if not carries_on:
                return
            self._db.execute(
                "UPDATE runs SET carried_on_by = ?1 WHERE finished IS NULL AND id <> ?1"
                " AND coalesce(undo_of, '') = coalesce(?2, '')"
                " AND (carried_on_by IS NULL OR carried_on_by IN (SELECT id FROM runs WHERE stopped IS NOT NULL)"
                " AND (undo_of IS NOT NULL OR EXISTS (SELECT 1 FROM files mine JOIN files theirs"
                " ON mine.name = theirs.name OR mine.sha256 = theirs.sha256"
                " WHERE mine.run = ?1 AND theirs.run = runs.id)))",
                (run, undo_of),
            )

    @translate_errors
    def save_before(self, run: str, changes: Iterable[tuple[Change, Live]]) -> None:
        """Write down the wanted state of links and their state before anything is sent to them."""
        with self._transaction():
            self._db.executemany(
                "INSERT INTO changes (run, appointment, address, aim, confirmation, feedback, found, confirmation_before,"
                " feedback_before, start, feedback_set_up) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                ((run, *change.link, change.aim, *change.wanted.words, *_before(live)) for change, live in changes),
            )

    @translate_errors
    def intent(self, run: str, kind: str, now: str, actions: str, links: Iterable[Link]) -> int:
        """Write down a request that is about to leave; returns its number."""
        with self._transaction():
            rows = self._db.execute(
                "INSERT INTO requests (run, kind, left_at, actions) VALUES (?, ?, ?, ?) RETURNING id", (run, kind, now, actions)
            )
            number = int(rows.fetchone()[0])
            self._db.executemany(
                "INSERT INTO sent (request, appointment, address) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(number, *link) for link in links],
            )
        return number

    @translate_errors
    def outcome(self, request: int, now: str, outcome: str, results: str) -> None:
        """Write down what became of a request."""
        self._db.execute(
            "UPDATE requests SET answered_at = ?, outcome = ?, results = ? WHERE id = ?", (now, outcome, results, request)
        )

    @translate_errors
    def finish(
        self,
        info: RunInfo,
        done: Iterable[AppliedChange],
        fates: Iterable[tuple[str, str, str]],
        verdicts: Mapping[str, int] | None = None,
        left: Iterable[Left] = (),
        *,
        undone: Iterable[Link] = (),
        repeating: int = 0,
        repeating_failed: int = 0,
        blind: int = 0,
    ) -> None:
        """Close a run: its links, its rows per verdict, the fate of each file (claimed path, fate, reason) before it moves.

        `left` are the files that it did not take at all, `undone` the links of which rows asked for what it did not do,
        `repeating` counts rows that repeat one that waits, `repeating_failed` those that repeat one that needs a person, `blind`
        those that were sent and taken without a look.
        """
        open_links = {*undone}
        stopped = (str(info.stopped.stop), info.stopped.detail) if info.stopped else (None, None)
        some = ((_REPEATING, repeating), (_REPEATING_FAILED, repeating_failed), (_BLIND, blind))
        beside = {name: count for name, count in some if count}
        counts = {**(verdicts or {}), **beside}
        with self._transaction():
            self._db.executemany(
                "UPDATE changes SET verdict = ?, verified = ?, error_code = ?, found_after = ?, confirmation_after = ?,"
                " feedback_after = ? WHERE run = ? AND appointment = ? AND address = ?",
                (
                    (each.verdict, int(each.verified), each.error_code, *_after(each.after), info.id, *each.change.link)
                    for each in done
                ),
            )
            self._db.executemany(
                "UPDATE files SET fate = ?, reason = ? WHERE run = ? AND claimed = ?",
                [(fate, reason, info.id, claimed) for claimed, fate, reason in fates],
            )
            self._db.executemany(
                "INSERT INTO files (run, claimed, name, sha256, fate, reason) VALUES (?, ?, ?, '', ?, ?)",
                [(info.id, f"{number} {one.name}", one.name, STAYED, one.why) for number, one in enumerate(left, 1)],
            )
            self._db.executemany(
                "INSERT INTO undone (run, appointment, address) VALUES (?, ?, ?)", ((info.id, *link) for link in open_links)
            )
            self._db.execute(
                "DELETE FROM at_work WHERE sha256 IN (SELECT sha256 FROM files WHERE run = ? AND fate <> 'refuse')", (info.id,)
            )
            self._db.execute(
                "UPDATE runs SET finished = ?, exit_code = ?, stopped = ?, stopped_detail = ?, requests = ?, actions = ?,"
                " rounds = ?, verdicts = ?, undone = ? WHERE id = ?",
                (info.finished, int(info.exit_code), *stopped, info.requests, info.actions, info.rounds,
                 json.dumps(counts), len(open_links), info.id),
            )  # fmt: skip

    @translate_errors
    def learn(self, lesson: Lesson) -> None:
        """Keep what was seen of the office's API; where nothing tells several apart it takes the place of the one before."""
        with self._transaction():
            if not lesson.subject:
                self._db.execute("DELETE FROM learnt WHERE trait = ? AND subject = ''", (lesson.trait,))
            self._db.execute(
                "INSERT INTO learnt (trait, subject, value, evidence, run) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (lesson.trait, lesson.subject, lesson.value, lesson.evidence, lesson.run),
            )

    @translate_errors
    def unlearn(self, trait: Trait, subject: str = "") -> None:
        """Forget what was seen of the office's API."""
        self._db.execute("DELETE FROM learnt WHERE trait = ? AND subject = ?", (trait, subject))

    @translate_errors
    def is_at(self, run: str, sha256: str, program: str) -> None:
        """Write down which file a run of this version of the program works on from now on; "" for one that cannot be read."""
        with self._transaction():
            self._db.execute("DELETE FROM at_work WHERE run = ?", (run,))
            if sha256:
                self._db.execute("INSERT INTO at_work (run, sha256, program) VALUES (?, ?, ?)", (run, sha256, program))

    @translate_errors
    def is_at_none(self, run: str) -> None:
        """Write down that a run works on no file any more, on a disk that has become full as well."""
        self._place.reuse_room()
        with self._transaction():
            self._db.execute("DELETE FROM at_work WHERE run = ?", (run,))

    @translate_errors
    def forget(self, run: str, now: str) -> None:
        """Remove the details of a run: its links and requests. That it was, and which files it read, stays."""
        with self._transaction():
            self._db.execute("DELETE FROM sent WHERE request IN (SELECT id FROM requests WHERE run = ?)", (run,))
            self._db.execute("DELETE FROM requests WHERE run = ?", (run,))
            self._db.execute("DELETE FROM changes WHERE run = ?", (run,))
            self._db.execute("DELETE FROM undone WHERE run = ?", (run,))
            self._db.execute("UPDATE runs SET forgotten = ? WHERE id = ?", (now, run))


def _before(live: Live) -> tuple[str | int | None, ...]:
    return live.found.name, *live.state.words, live.start, int(live.feedback_set_up)


def _after(live: Live | None) -> tuple[str | None, str | None, str | None]:
    return (live.found.name, *live.state.words) if live else (None, None, None)
