"""How fast whole nights are: `python3 benchmarks/performance.py` writes `docs/performance.md`; `--quick` prints, small and soon.

`--rows 10000 --world "5 % different"` prints these nights only, `--plans --rows 1000000` only what a plan takes; both
may be given several times.

Every night is the real command in a process of its own, against the bundled simulator over real HTTP. Its request takes 150 ms
and each action 3 ms more. What would take hours (limited rates, the rivals) is worked out from these times on a made-up clock,
through the very limiter that the job uses.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gc
import itertools
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sync
from sync import config, credentials
from sync.cli.app import BETWEEN_COLLECTIONS
from sync.domain.model import Confirmation, Feedback
from sync.job import intake as steps
from sync.job.check import check, read
from sync.job.context import Job, Runtime
from sync.ledger import NAME, Ledger
from sync.onoffice.dialect import Lesson, PartialWrites, SingleRead, Trait
from sync.onoffice.transport import Limiter
from sync.simulator import running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.simulator import Running

LATENCY, PER_ACTION, TICK = 0.150, 0.003, 0.01  # seconds
TICKS_A_SAMPLE = 15
ACTIONS_PER_REQUEST, LISTED, PER_MINUTE = 50, 500, 60
SIZES, QUICK_SIZES, PLANNED = (100, 10_000, 100_000), (100, 1_000), (10_000, 100_000, 1_000_000)
MOST_AT_THE_FLOOR = 10_000
KNOWN: Final = (
    (Trait.WRITES, "seen"),
    (Trait.PARTIAL_WRITES, PartialWrites.KEEP),
    (Trait.SINGLE_READ, SingleRead.RESOURCE_ID),
)
WORLDS: Final = ("all different", "5 % different", "all different, 1 % refused")
ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
TODAY = dt.datetime.now().astimezone().replace(hour=9, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Row:
    """A row of the sheet. `star`: rows of one star can share an action, and no fewer actions than stars can hold them all."""

    appointment: int
    address: int
    words: tuple[str, str]
    star: tuple[int, int]
    differs: bool = True
    refused: str = ""


@dataclass(frozen=True)
class Night:
    """What one run took. `waits` are the simulator's own service times, request by request.

    Times in seconds; `memory` is the most that all its processes had together, in MB.
    """

    name: str
    rows: int
    waits: tuple[float, ...]
    actions: int
    floor: tuple[int, int]
    reads: int
    begin_to_end: float
    start: float
    whole: float
    cpu: float
    memory: float

    @property
    def requests(self) -> int:
        return len(self.waits)

    @property
    def above_the_floor(self) -> bool:
        """Writes must be the fewest; reads too, up to a size at which periods of whole days cannot be full to the last place."""
        reads, writes = self.floor
        return self.requests - self.reads != writes or (self.rows <= MOST_AT_THE_FLOOR and self.reads != reads)

    @property
    def before_and_after(self) -> float:
        return self.whole - self.begin_to_end


def main() -> None:
    package = Path(*sync.__path__).resolve()
    if package != ROOT / "sync":
        raise SystemExit(f"This Python would measure {package}: start one in which {ROOT} is installed.")
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--world", choices=WORLDS, action="append")
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--plan", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if path := arguments.plan or arguments.read:
        only_plan(path, look=bool(arguments.plan))
        return
    quick = arguments.quick
    some = arguments.rows or (QUICK_SIZES if quick else ())
    plans = [plan(size) for size in (some or PLANNED)] if arguments.plans or not arguments.rows else []
    worlds = () if arguments.plans else arguments.world or WORLDS
    nights = [night(name, size) for size in (some or SIZES) for name in worlds]
    text = page(nights, plans)
    if quick or arguments.rows or arguments.world or arguments.plans:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
        print(f"{PAGE} written")
    if any(each.above_the_floor for each in nights):
        raise SystemExit("not at the floor")


def block(number: int) -> Iterator[Row]:
    """Twelve rows that need four actions.

    Two appointments with four addresses each, one of them with two kinds of words, and one address at four appointments.
    """
    first, person = 10_000 + 6 * number, 1_000_000 + 9 * number
    yes, no = (Confirmation.CONFIRMED, Feedback.ACTIVE), (Confirmation.CANCELED, Feedback.ACTIVE)
    for at in range(4):
        yield Row(first, person + at, yes, (number, 0))
        yield Row(first + 1, person + 4 + at, (yes, no)[at % 2], (number, 1 + at % 2))
        yield Row(first + 2 + at, person + 8, no, (number, 3))


def world(name: str, size: int) -> list[Row]:
    chance = random.Random(size)  # noqa: S311 - sample data
    rows = [row for number in range(size // 12 + 1) for row in block(number)][:size]
    if name == WORLDS[1]:
        differing = set(chance.sample(range(size), size // 20))
        return [Row(*_facts(row), differs=at in differing) for at, row in enumerate(rows)]
    if name == WORLDS[2]:
        return [Row(*_facts(row), refused=_refusal(at)) for at, row in enumerate(rows)]
    return rows


def _facts(row: Row) -> tuple[int, int, tuple[str, str], tuple[int, int]]:
    return row.appointment, row.address, row.words, row.star


def _refusal(at: int) -> str:
    """Every two hundredth row has a link that is not there, every two hundredth an appointment that is not there."""
    return {50: "not linked", 150: "no appointment"}.get(at % 200, "")


def seed(rows: Sequence[Row]) -> dict[str, Any]:
    """An office in which appointments start from tomorrow on within 90 days, or 55 a day where these are too few."""
    contacts: dict[int, list[dict[str, object]]] = {row.appointment: [] for row in rows if row.refused != "no appointment"}
    for row in rows:
        if not row.refused:
            before = (Confirmation.NOT_SET, Feedback.INACTIVE) if row.differs else row.words
            contacts[row.appointment].append({"id": row.address, "confirmation": before[0], "feedback": before[1]})
    days = days_of(rows)
    appointments = [
        {"id": number, "start": (TODAY + dt.timedelta(days=1 + at % days)).isoformat(timespec="seconds"), "contacts": some}
        for at, (number, some) in enumerate(contacts.items())
    ]
    return {"appointments": appointments, "addresses": sorted({row.address for row in rows})}


def days_of(rows: Sequence[Row]) -> int:
    """A day is never so full that a read cannot show it."""
    return min(3650, max(90, len(rows) // 110))


def floor(rows: Sequence[Row]) -> tuple[int, int]:
    """The fewest reads and writes. A read before and one after, by period where that takes fewer; what is nowhere, by its id.

    One more for the names of those whose rows need a person.
    """
    asked = {row.appointment for row in rows}
    missing = asked - {row.appointment for row in rows if row.refused != "no appointment"}
    changed = [row for row in rows if row.differs and not row.refused]
    before = _reads(len(asked - missing)) + (up(len(missing), ACTIONS_PER_REQUEST) if _by_period(len(asked)) else 0)
    to_see_again = len({row.appointment for row in changed})
    after = _reads(len(asked - missing) if _by_period(to_see_again) else to_see_again)
    names = any(row.refused for row in rows)  # of those whom somebody has to look after, in one request
    return before + after + names, up(len({row.star for row in changed}), ACTIONS_PER_REQUEST)


def _by_period(appointments: int) -> bool:
    return appointments > ACTIONS_PER_REQUEST


def _reads(appointments: int) -> int:
    return up(up(appointments, LISTED if _by_period(appointments) else 1), ACTIONS_PER_REQUEST)


def up(count: int, size: int) -> int:
    return -(-count // size)


def night(name: str, size: int) -> Night:
    rows = world(name, size)
    options = {"latency_ms": LATENCY * 1000, "per_action_ms": PER_ACTION * 1000}
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder, running(seed(rows), options=options, clock=watch) as simulator:
        office(Path(folder), simulator, rows)
        began = time.monotonic()
        cpu, memory = run(Path(folder), simulator)
        ended = time.monotonic()
        log: list[Any] = simulator.log()
        assert_done(simulator, rows)
    waits = tuple(max(LATENCY + PER_ACTION * len(each["actions"]), took) for each, took in zip(log, watch.took(), strict=True))
    first, last = log[0]["at"], log[-1]["at"] + waits[-1]
    verbs = [each["actions"][0]["verb"] for each in log]
    return Night(
        name=name,
        rows=size,
        waits=waits,
        actions=sum(len(each["actions"]) for each, verb in zip(log, verbs, strict=True) if verb not in {"get", "read"}),
        floor=floor(rows),
        reads=verbs.count("get") + verbs.count("read"),
        begin_to_end=last - first,
        start=first - (began - watch.readings[0]),
        whole=ended - began,
        cpu=cpu,
        memory=memory,
    )


class Watch:
    """The simulator's clock, with what was read: its start, then for each request when it came and when its answer was ready."""

    def __init__(self) -> None:
        self.readings: list[float] = []

    def __call__(self) -> float:
        self.readings.append(time.monotonic())
        return self.readings[-1]

    def took(self) -> list[float]:
        """The seconds of the simulator's own work on each request; it spends them within the latency, as far as they fit."""
        return [ready - came for came, ready in zip(self.readings[1::2], self.readings[2::2], strict=True)]


def office(folder: Path, simulator: Running, rows: Sequence[Row]) -> None:
    """An office that has written before, so that nothing has to be found out about its API."""
    (folder / "drop").mkdir()
    with closing(Ledger(folder / "state" / NAME)) as ledger:
        for trait, value in KNOWN:
            ledger.learn(Lesson(trait, value, run="earlier"))
    with (folder / "drop" / "termine.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung"])
        writer.writerows((row.appointment, row.address, *row.words) for row in rows)
    (folder / "config.toml").write_text(
        f'[onoffice]\nurl = "{simulator.url}"\n[folders]\nsettle_seconds = 0\n'
        f"[sending]\nrequests_per_minute = 0\nlook_back_days = 0\nlook_ahead_days = {days_of(rows) + 1}\n",
        encoding="utf-8",
    )


def run(folder: Path, simulator: Running, *command: str) -> tuple[float, float]:
    """CPU seconds of the job, with the processes that it starts, and their peak memory together in MB. Needs Linux."""
    environment = os.environ | {"ONOFFICE_TOKEN": simulator.token, "ONOFFICE_SECRET": simulator.secret}
    arguments = [sys.executable, *(command or ("-m", "sync", "run", "--quiet", "--config")), str(folder / "config.toml")]
    process = subprocess.Popen(arguments, env=environment, cwd=ROOT)
    ended, memory = 0, 0.0
    for tick in itertools.count():
        if ended:
            break
        time.sleep(TICK)
        if tick % TICKS_A_SAMPLE == 0:  # a sample takes milliseconds, in which the processes may have to wait
            memory = max(memory, sum(map(proportional, with_descendants(process.pid))))
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, memory


def with_descendants(process_id: int) -> Iterator[int]:
    """A process and all that it has started, as far as they still are."""
    yield process_id
    with suppress(OSError):
        for thread in Path(f"/proc/{process_id}/task").iterdir():
            for child in (thread / "children").read_text(encoding="ascii").split():
                yield from with_descendants(int(child))


def proportional(process_id: int) -> float:
    """The memory of a process in MB, of what it shares its part (the PSS); 0 of one that has ended."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024 / 1e6
    return 0.0


@dataclass(frozen=True)
class Plan:
    """What it takes from a CSV file to a complete plan, without the API's time. CPU in seconds, memory in MB."""

    rows: int
    reading: float
    cpu: float
    memory: float


def plan(size: int) -> Plan:
    """Read, check, look and plan in a process of its own; the simulator answers at once. Little work needs several tries."""
    rows = world(WORLDS[1], size)
    tries = min(10, max(1, 100_000 // size))
    with tempfile.TemporaryDirectory() as folder, running(seed(rows)) as simulator:
        office(Path(folder), simulator, rows)
        reading, _ = min(run(Path(folder), simulator, __file__, "--read") for _ in range(tries))
        cpu, memory = min(run(Path(folder), simulator, __file__, "--plan") for _ in range(tries))
    return Plan(size, reading, cpu, memory)


def only_plan(path: Path, *, look: bool) -> None:
    """The part of a night up to its plan, as `run` goes through it; only the reading of the sheet without `look`."""
    gc.set_threshold(BETWEEN_COLLECTIONS)
    settings, tools = config.load(path), Runtime()
    sheet = settings.folder("drop") / "termine.csv"
    loaded = read([(sheet, sheet.name)], settings, tools.progress)
    if not look:
        return
    with closing(Ledger.in_memory()) as ledger:
        ledger.begin("plan", settings.office, tools.timestamp(), ())
        job = Job(settings, credentials.token_and_secret(settings), tools, ledger, "plan")
        sent, actions = steps.rehearse(job, check(loaded, settings))
    if sent.rounds.stopped or not actions:
        raise SystemExit(f"no plan: {sent.rounds.stopped}")


def assert_done(simulator: Running, rows: Sequence[Row]) -> None:
    """A night that left something undone proves nothing about speed."""
    state: Any = simulator.state()
    found = {(a["id"], c["id"]): (c["confirmation"], c["feedback"]) for a in state["appointments"] for c in a["contacts"]}
    wrong = [row for row in rows if found.get((row.appointment, row.address)) != (None if row.refused else row.words)]
    if wrong:
        raise SystemExit(f"{len(wrong)} rows are not as they should be, the first is {wrong[0]}")


def fastest(waits: Sequence[float]) -> float:
    """The seconds that requests of this length must take at 60 a minute, one after the other, if nobody ever dawdles."""
    leaves: list[float] = []
    now = 0.0
    for at, wait in enumerate(waits):
        leaves.append(max(now, leaves[at - PER_MINUTE] + 60 if at >= PER_MINUTE else 0.0))
        now = leaves[-1] + wait
    return now


def limited(waits: Iterable[float]) -> float:
    """The seconds that they do take, on a made-up clock."""
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    limiter = Limiter(PER_MINUTE, clock=lambda: now, sleep=sleep)
    for wait in waits:
        limiter.wait()
        now += wait
        limiter.answered()
    return now


def page(nights: Sequence[Night], plans: Sequence[Plan]) -> str:
    tables = [*table(REQUESTS, map(requests_line, nights)), *table(TIMES, map(times_line, nights))]
    planned = [PLANS_HEAD, *table(PLANS, map(plan_line, plans)), *exponent(plans)] if plans else []
    return "\n".join([HEAD, *tables, *growth(nights), *planned])


HEAD = """# Performance

Written by `python3 benchmarks/performance.py`. Every night is the real command against the bundled simulator over real HTTP; a
request takes 150 ms and each action 3 ms more, or longer where the simulator has more to do than that. Twelve rows need four
actions. "5 % different" is a normal night.

The rivals: a script that sends one POST a row, and one that sends one action a row in requests of 50; neither looks. The floor is
ceil(fewest actions / 50) writes and the fewest reads: one before and one after, 50 periods in each, every one of at most 500
appointments, by their ids those that are nowhere, one for names where rows need a person (or where sheets have names beside the
numbers of rows that are sent, which these have not); periods of whole days cannot be full to the last place, which costs a read
now and then. Times of the rivals, and all times at 60 requests a minute, are worked out from the requests on a made-up clock, not
waited for. A minute here means any 60 seconds, counted where requests arrive; a slot is free again 60 seconds after the *answer*,
for nobody knows when a request arrived before that. "Beside the fastest" compares with somebody who does know. Most of the CPU
goes into the workbooks that people get. Memory is what all processes of a night have together at most, pages that they share
counted once, looked at six times a second.

Files are marked and corrected by a confined process: for 10,000 rows that takes 0.11 s of CPU more than in the job's own for text
and 0.19 s for a workbook, 1.9 and 3.3 % of the seconds of a normal night; where what processes are forked from is not there from
reading, 0.18 and 0.25 s (29 November 2026, with five times the work on the machine that it has cores for:
`python3 benchmarks/marking.py`). A further file costs 0.02 s of CPU to start reading, and 0.11 s where it cannot be forked.

The results workbook takes 35 microseconds of CPU a row (115 before its rows were XML of our own), what is handed back 49 (102):
[the decision](adr/0010-rows-of-workbooks-are-our-own-xml.md). It and `report.json` are written while the process works that marks
files: of 100,000 rows that takes 3 s less on two cores. An undo file takes 10 microseconds a link (37 before). Beside the code
before that, in turns on the same busy machine, a further row of a night in which all differ takes 249 microseconds in place
of 288.

Since then rows that say the same are put into words once, the process that marks files gets them by column, the columns of a file
stay packed until somebody asks for their texts, and each result of a large answer is read by itself; what is asked of it is kept.

A work list of a month of 5,000 appointments and 8,000 addresses takes 4 requests with 50 actions each; a list of 20,000 rows as a
workbook takes 2.7 s of CPU, as CSV 0.3 s (`python3 benchmarks/worklist.py`). Of 2,000 rows that name day, time and person instead
of numbers, in five offices with a tenth of twins in name and hour, 95.3 to 97.5 % get the right link alone, all others have it
among several, and none has a wrong one alone; 3 requests, under 3 s (`python3 benchmarks/suggestions.py`).
"""

PLANS_HEAD = """## From a CSV file to a complete plan

Read, check, look and plan, as `run --dry-run` does; every twentieth row differs. The simulator answers at once, and its own time
does not count.
"""

REQUESTS = (
    "rows", "world", "actions", "reads", "writes", "floor of both", "requests", "one POST a row", "50 actions a POST"
)  # fmt: skip
TIMES = (
    "rows", "world", "requests, s", "beside their own time", "at 60 a minute", "beside the fastest", "one POST a row",
    "50 actions a POST", "before and after, s", "to the first request, s", "CPU, s", "CPU a row, µs", "memory, MB",
)  # fmt: skip
PLANS = ("rows", "world", "CPU, s", "of it reading the file, s", "a row beyond reading, microseconds", "memory, MB")


def table(heads: Sequence[str], lines: Iterable[Sequence[object]]) -> list[str]:
    return [_line(heads), _line(["---"] * 2 + ["---:"] * (len(heads) - 2)), *map(_line, lines), ""]


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def requests_line(each: Night) -> Sequence[object]:
    reads, writes = each.floor
    ours = (each.actions, each.reads, each.requests - each.reads, f"{reads} + {writes}", each.requests)
    return f"{each.rows:,}", each.name, *ours, f"{each.rows:,}", f"{up(each.rows, ACTIONS_PER_REQUEST):,}"


def times_line(each: Night) -> Sequence[object]:
    """Wall times; those of the rivals at 60 a minute."""
    one, fifty = (
        [LATENCY + PER_ACTION] * each.rows,
        [LATENCY + PER_ACTION * ACTIONS_PER_REQUEST] * up(each.rows, ACTIONS_PER_REQUEST),
    )
    ratio = f"{each.begin_to_end / sum(each.waits):.2f} times"
    at_60 = (clock(limited(each.waits)), f"{limited(each.waits) / fastest(each.waits):.3f} times")
    wall = (f"{each.begin_to_end:.1f}", ratio, *at_60, *(clock(limited(waits)) for waits in (one, fifty)))
    own = (f"{each.before_and_after:.1f}", f"{each.start:.2f}", f"{each.cpu:.2f}", f"{each.cpu / each.rows * 1e6:.0f}")
    return f"{each.rows:,}", each.name, *wall, *own, f"{each.memory:.0f}"


def clock(seconds: float) -> str:
    return str(dt.timedelta(seconds=round(seconds)))


def growth(nights: Sequence[Night]) -> list[str]:
    """CPU a row beyond the start, from size to size."""
    lines = []
    for name in WORLDS:
        some = [each for each in nights if each.name == name]
        steps = [f"{(b.cpu - a.cpu) / (b.rows - a.rows) * 1e6:.0f}" for a, b in itertools.pairwise(some)]
        if steps:
            lines.append(f"* {name}: {', then '.join(steps)} microseconds of CPU a row, reading and reports included")
    return ["What a further row costs, from each size to the next:", "", *lines, ""] if lines else []


def plan_line(each: Plan) -> Sequence[object]:
    a_row = f"{(each.cpu - each.reading) / each.rows * 1e6:.0f}"
    return f"{each.rows:,}", WORLDS[1], f"{each.cpu:.1f}", f"{each.reading:.1f}", a_row, f"{each.memory:.0f}"


def exponent(plans: Sequence[Plan]) -> list[str]:
    """How the work beyond reading grows with the rows: 1 means in proportion; nothing of a single size."""
    if len(plans) == 1:
        return []
    first, last = plans[0], plans[-1]
    small, large = (max(each.cpu - each.reading, 0.01) for each in (first, last))
    grown = math.log(large / small) / math.log(last.rows / first.rows)
    return [
        f"From {first.rows:,} to {last.rows:,} rows the CPU beyond reading grows with the power of {grown:.2f} of the rows.",
        "",
    ]


if __name__ == "__main__":
    main()
