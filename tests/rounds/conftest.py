"""An office in memory: rows go in, the real check, rounds, verdicts and ledger work on them, the simulator stands beside."""

from __future__ import annotations

import datetime as dt
import socket
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import numpy as np
import pytest

from sync import simulator
from sync.config import Config, Rules
from sync.domain.model import Cells, Checked, Column, ExitCode, Found, Link, Loaded, RunInfo, Sheet, Verdict
from sync.domain.tables import with_left_over
from sync.job import intake
from sync.job.check import check
from sync.job.context import Job, Runtime, Stopper
from sync.ledger import Ledger
from sync.onoffice.dialect import Lesson, PartialWrites, SingleRead, Trait
from sync.report.story import Line, lines
from sync.rounds.verdicts import conclude, judge
from sync.simulator.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync.rounds.converge import Rounds
    from sync.rounds.verdicts import Evidence
    from sync.simulator import Running

Words = tuple[str, str | None]
State = dict[tuple[int, int], Words]
#: One row of a sheet: appointment, address, confirmation, feedback, action, begin; "" for a blank cell.
Row = tuple[object, object, str, str, str, str]
#: When every appointment of a seed starts, and the same as a sheet has it.
START, BEGIN = "2026-12-02T09:00:00+01:00", "02.12.2026 09:00"
ON_TIME: Final = {"", BEGIN, "2.12.2026"}

#: Codes that say nothing about the verdict.
ASIDE: Final = {"repaired", "may_ask_for_feedback", "may_remind", "recurring"}
#: What every office that has written before knows of an API that does what is likely.
KNOWN: Final = (
    (Trait.WRITES, "seen"),
    (Trait.PARTIAL_WRITES, PartialWrites.KEEP),
    (Trait.SINGLE_READ, SingleRead.RESOURCE_ID),
)
LESSONS: Final = tuple(Lesson(trait, value, run="earlier") for trait, value in KNOWN)
COLUMNS: Final = (
    Column.APPOINTMENT,
    Column.ADDRESS,
    Column.CONFIRMATION,
    Column.FEEDBACK,
    Column.ACTION,
    Column.BEGIN,
)


def row(  # noqa: PLR0917 - the columns of a sheet, in order
    appointment: object, address: object, confirmation: str = "", feedback: str = "", action: str = "", begin: str = ""
) -> Row:
    return appointment, address, confirmation, feedback, action, begin


def checked(rows: Sequence[Row], config: Config) -> Checked:
    """Rows of one sheet, judged by the real validator; once, for the nights of a test look at the same rows."""
    return _checked(tuple(rows), config.rules)


@lru_cache(maxsize=8)
def _checked(rows: tuple[Row, ...], rules: Rules) -> Checked:
    texts = [np.array([str(cells[at]) for cells in rows], dtype=object) for at in range(len(COLUMNS))]
    declared = {column: Cells(str(column), at, some) for at, (column, some) in enumerate(zip(COLUMNS, texts, strict=True))}
    sheet = Sheet("Tabelle1", 1, np.arange(2, len(rows) + 2), declared)
    return check((Loaded("termine.xlsx", "00", (sheet,)),), Config(rules=rules))


def judged_by(read: Checked, evidence: Sequence[Evidence]) -> Checked:
    """The rows with their verdicts, when that is known about each of their changes."""
    conclusions = [conclude(change, facts) for change, facts in zip(read.changes, evidence, strict=True)]
    return judge(read, evidence, conclusions, np.arange(len(evidence)), dt.UTC)


class Time:
    """A clock on which waiting takes no time at all."""

    def __init__(self) -> None:
        self.now = 1000.0

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def tools(self) -> Runtime:
        return Runtime(stopper=Stopper(wait=self.wait), clock=lambda: self.now)


@dataclass(frozen=True)
class Seen:
    """What a run said about one row."""

    verdict: str
    verified: bool
    codes: tuple[str, ...]
    attempts: int
    error_code: int | None
    before_known: bool  # all of what the row asks for


@dataclass(frozen=True)
class Night:
    """One run: the rows with what was said about them, the rounds, and the CRM before and after."""

    rows: Sequence[Row]
    seen: Sequence[Seen]
    rounds: Rounds
    judged: Checked
    before: State
    after: State

    @property
    def verdicts(self) -> list[str]:
        return [each.verdict for each in self.seen]


def experienced(ledger: Ledger) -> Ledger:
    """The ledger of an office that has written before: its API was seen to do what is likely."""
    for lesson in LESSONS:
        ledger.learn(lesson)
    return ledger


@dataclass
class Office:
    """One office with its ledger; `sending` and `rules` are sections of its configuration."""

    crm: Running
    sending: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    onoffice: dict[str, Any] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=lambda: experienced(Ledger.in_memory()))
    nights: int = 0

    def written(self) -> list[dict[str, Any]]:
        """All writing actions of this office that reached the CRM, with the number of the request they were in."""
        return written(self.crm)

    def config(self) -> Config:
        defaults = {"requests_per_minute": 0, "connect_timeout": 5.0, "read_timeout": 5.0, "attempts": 3}
        return Config.model_validate(
            {"onoffice": {"url": self.crm.url, **self.onoffice}, "sending": {**defaults, **self.sending}, "rules": self.rules}
            | {"report": {"names": False}}  # which are asked for by requests of their own
        )

    def night(self, rows: Sequence[Row], *, killed: bool = False, tools: Runtime | None = None) -> Night:
        """One run over these rows. `killed`: it ends before it closes its entry in the ledger."""
        self.nights += 1
        config, run_id, before = self.config(), f"night-{self.nights:03}", state(self.crm)
        self.ledger.begin(run_id, config.office, f"2026-11-{self.nights:04}", ())
        inherited = self.ledger.inherited(run_id)
        read = with_left_over(checked(rows, config), inherited)
        job = Job(config, (self.crm.token, self.crm.secret), tools or Time().tools(), self.ledger, run_id)
        sent = intake.send(job, read, inherited)
        rounds, requests = sent.rounds, sent.requests
        judged = sent.judged
        if not killed:
            info = RunInfo(run_id, "", "", False, ExitCode.OK, requests, rounds.actions, rounds.rounds, config.office)
            self.ledger.finish(info, judged.done, ())
        return Night(rows, _seen(judged.checked, rounds), rounds, judged.checked, before, state(self.crm))


def _seen(judged: Checked, rounds: Rounds) -> list[Seen]:
    return [
        Seen(
            line.outcome,
            line.verified,
            tuple(finding.code for finding in line.findings if finding.code not in ASIDE),
            line.attempts,
            line.error_code,
            line.before_known and (line.feedback is None or _knows_feedback(line, rounds)),
        )
        for line in lines(judged)
    ]


def _knows_feedback(line: Line, rounds: Rounds) -> bool:
    """Whether a look told of the feedback before the run, of a new link after it; `calendar`/`read` tells nothing of it."""
    link = Link(line.appointment_id or 0, line.address_id or 0)
    if line.before_found is Found.LINKED and line.before_feedback is None:
        before = rounds.before(link, rounds.live.get(link))
        return before is not None and before.tells_feedback and not before.feedback_set_up
    now = rounds.live.get(link)
    return now is None or now.tells_feedback or line.before_found is not Found.NOT_LINKED


def state(crm: Running) -> State:
    """The words of every link there is."""
    appointments: Any = crm.state()["appointments"]
    return {
        (appointment["id"], contact["id"]): (contact["confirmation"], contact["feedback"])
        for appointment in appointments
        for contact in appointment["contacts"]
    }


def seed(links: Mapping[tuple[int, int], Words], *, addresses: Sequence[int] = (), empty: Sequence[int] = ()) -> dict[str, Any]:
    """A CRM with these links, further addresses, and appointments without any link."""
    numbers = sorted({appointment for appointment, _ in links} | set(empty))
    return {
        "appointments": [
            {
                "id": number,
                "start": START,
                "contacts": [
                    {"id": address, "confirmation": confirmation, "feedback": feedback}
                    for (appointment, address), (confirmation, feedback) in links.items()
                    if appointment == number
                ],
            }
            for number in numbers
        ],
        "addresses": list(addresses),
    }


def written(crm: Running) -> list[dict[str, Any]]:
    """All writing actions that reached the CRM, with the number of the request they were in."""
    log: Any = crm.log()
    return [
        {**action, "request": number, "applied": entry["applied"]}
        for number, entry in enumerate(log)
        for action in entry["actions"]
        if action["resourcetype"] == "relation"
    ]


def wants(state_: State, cells: Row) -> bool:
    """Whether a state is what a row asks for."""
    appointment, address, confirmation, feedback, action, _ = cells
    words = state_.get((int(str(appointment)), int(str(address))))
    if action == "lösen":
        return words is None
    return words is not None and (not confirmation or words[0] == confirmation) and (not feedback or words[1] == feedback)


def assert_true(night: Night, *, lies: bool = False) -> None:
    """The promise: every row has one verdict, and the CRM's own state bears it out.

    `lies`: the API said so of what it had not done, and where nothing can be read, nobody can know.
    """
    assert len(night.seen) == len(night.rows)
    for cells, seen in zip(night.rows, night.seen, strict=True):
        what = f"{cells} -> {seen}; before {night.before}, after {night.after}"
        if seen.verdict in {Verdict.INVALID, Verdict.DUPLICATE}:
            continue
        link = (int(str(cells[0])), int(str(cells[1])))
        match seen.verdict:
            case Verdict.UPDATED | Verdict.UNCHANGED:
                blind = not seen.verified and not seen.before_known
                without_feedback = (night.before.get(link) or night.after.get(link) or ("", ""))[1] is None
                taken_at_its_word = blind and (lies or without_feedback)
                assert wants(night.after, cells) or taken_at_its_word, what
                had_it = wants(night.before, cells)
                known = seen.verified and seen.before_known
                assert had_it if seen.verdict == Verdict.UNCHANGED else not (had_it and known), what
            case Verdict.REJECTED | Verdict.CONFLICT | Verdict.NOT_SENT:
                was, now = (words.get(link, (None, None)) for words in (night.before, night.after))
                others = "feedback_not_set_up" in seen.codes and not cells[2]  # other rows may have set its confirmation
                in_part = ("only_feedback_missing" in seen.codes or others) and now[1] is None
                assert was == now or (in_part and seen.verified), what
                spoken_of_another = seen.codes in {("appointment_unknown",), ("rescheduled",)}
                assert not seen.verified or spoken_of_another or not wants(night.after, cells), what
            case Verdict.UNKNOWN:
                assert not seen.verified or not wants(night.after, cells), what
            case _:
                raise AssertionError(what)
        fine = seen.verdict in {Verdict.UPDATED, Verdict.UNCHANGED}
        assert cells[5] in ON_TIME or not fine, f"another time: {what}"
        assert seen.codes or fine, f"no reason beside it: {what}"
    assert_nobody_else_changed(night)


def assert_nobody_else_changed(night: Night) -> None:
    """Links that no row names are as they were."""
    named = {(str(appointment), str(address)) for appointment, address, *_ in night.rows}
    for link in night.before.keys() | night.after.keys():
        if tuple(map(str, link)) not in named:
            assert night.before.get(link) == night.after.get(link), f"nobody asked for {link}"


def wanted(before: State, rows: Sequence[Row], appointments: set[int], addresses: set[int]) -> State:
    """The state that rows ask for, without the rows that are wrong or contradict each other or the live start."""
    after = dict(before)
    for appointment, address, confirmation, feedback, action, begin in rows:
        if not (str(appointment).isdigit() and str(address).isdigit()) or begin not in ON_TIME:
            continue
        link = (int(str(appointment)), int(str(address)))
        if action == "lösen":
            after.pop(link, None)
            continue
        if action == "verknüpfen" and link not in after and link[0] in appointments and link[1] in addresses:
            configured = all(words[1] is not None for other, words in before.items() if other[0] == link[0])
            after[link] = ("nicht gesetzt", "inaktiv" if configured else None)
        if link in after:
            words = after[link]
            after[link] = (confirmation or words[0], words[1] and (feedback or words[1]))
    return after


def wait_until_there(crm: Running) -> None:
    """A simulator that was told to refuse connections is back."""
    parts_ = urlsplit(crm.url)
    for _ in range(200):
        with suppress(OSError), socket.create_connection((str(parts_.hostname), int(parts_.port or 0)), timeout=1):
            return
        time.sleep(0.01)
    raise AssertionError("the simulator did not come back")


@pytest.fixture(scope="module")
def one_crm() -> Iterator[Running]:
    """A simulator that the tests of a file share, one after the other."""
    with simulator.running() as crm:
        yield crm


@pytest.fixture
def office(one_crm: Running) -> Iterator[Callable[..., Office]]:
    """Makes an office beside a simulator with this seed and these options, and sees that its ledger is closed."""
    with ExitStack() as stack:

        def make(
            records: Mapping[str, object], options: Mapping[str, object] | None = None, **sections: dict[str, Any]
        ) -> Office:
            wait_until_there(one_crm)
            one_crm.put_faults([])
            one_crm.put_options({**asdict(Options()), **(options or {})})
            one_crm.put_state(records)
            one_crm._ask(one_crm._simulator.log.clear)  # to read what all tests before this one have asked takes longer than it
            made = Office(one_crm, **sections)
            stack.callback(made.ledger.close)
            return made

        yield make
