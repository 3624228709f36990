"""Whatever happens in whatever order - files, nights, deaths, faults, people, undo - the promises hold after each step."""

from __future__ import annotations

import datetime as dt
import gc
import shutil
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import openpyxl
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sync import config, simulator
from sync.errors import SyncError
from sync.job import worklist
from sync.job.context import Runtime, Stopper
from sync.job.run import Finished, run, undo_run
from sync.job.worklist import Wish
from sync.simulator.options import Options
from tests.job.conftest import SECRET, TOKEN, Office
from tests.rehearsal.chronicle import Chronicle
from tests.rehearsal.instants import Instants, Killed, dies, watched
from tests.rehearsal.worlds import (
    ANOTHER_START,
    CONFIRMATIONS,
    FEEDBACKS,
    START,
    Row,
    person_of,
    seed,
    to_csv,
    to_list,
    to_office_sheet,
)
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.report.excel.forms import Entry
    from tests.rehearsal.worlds import Pair, Words

#: A workbook that was not written to its end leaves XlsxWriter's own file for Python to close.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

APPOINTMENTS: Final = (70_001, 70_002, 70_003)
ADDRESSES: Final = (90_001, 90_002, 90_003)
PAIRS: Final = st.tuples(st.sampled_from(APPOINTMENTS), st.sampled_from(ADDRESSES))
#: The days of the appointments.
FIRST, LAST = dt.date(2026, 12, 1), dt.date(2026, 12, 4)
BLANK: Final = st.just("")
WORDS: Final = st.tuples(st.sampled_from(CONFIRMATIONS), st.sampled_from(FEEDBACKS))


def to_set(pair: Pair, confirmation: str, feedback: str, begin: str) -> Row:
    return Row(*map(str, pair), confirmation, feedback, begin=begin)


def filled(entry: Entry, words: Words) -> Row:
    """A row of a list in which somebody has entered words."""
    confirmation, feedback = entry.state.words
    return Row(*map(str, entry.link), words[0], words[1] or "", begin=START[1], now=(confirmation or "", feedback or ""))


ROWS: Final = st.lists(
    st.one_of(
        st.builds(to_set, PAIRS, st.sampled_from(CONFIRMATIONS), BLANK | st.sampled_from(FEEDBACKS), BLANK),
        st.builds(to_set, PAIRS, st.sampled_from(CONFIRMATIONS), BLANK, st.sampled_from((START[1], ANOTHER_START))),
        st.builds(lambda pair, word: Row(*map(str, pair), word, action="verknüpfen"), PAIRS, st.sampled_from(CONFIRMATIONS)),
        st.builds(lambda pair: Row(*map(str, pair), action="lösen"), PAIRS),
        st.just(Row("x", "90001", "bestätigt", wrong=True)),
    ),
    min_size=1,
    max_size=5,
)
FAULTS: Final[st.SearchStrategy[dict[str, Any]]] = st.builds(
    lambda what, verb, n, on: {**what, "verb": verb, "n": n, "on": on},
    st.sampled_from(
        [
            *({"do": name} for name in ("drop_before", "drop_after", "truncate", "garbage", "short_results")),
            *({"do": "status", "code": code} for code in (413, 500, 503)),
            *({"do": "action_error", "code": code} for code in (1, 136, 137, 180, 999)),
            {"do": "duplicate_results"},
        ]
    ),
    st.sampled_from([None, "modify", "create", "delete"]),
    st.integers(1, 4),
    st.sampled_from(["nth", "every"]),
)


class Nights(RuleBasedStateMachine):
    """One office, with everything that can happen to it; nothing waits for real time."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="nights-"))
        self.stack.callback(shutil.rmtree, self.folder)
        self.time_of_day = 1_796_000_000.0
        self.api = self.stack.enter_context(simulator.running(token=TOKEN, secret=SECRET, wall=lambda: self.time_of_day))
        self.office = Office(self.folder / "office", self.api.url)
        self.office.configure(rules={"allow_delete": True}, sending={"actions_per_request": 2, "attempts": 2})
        self.office.make_folders()
        self.chronicle = Chronicle(self.office, self.api, others=True)
        self.now = 1_000.0
        self.files = 0
        self.lists: list[Sequence[Entry]] = []
        self.unnumbered: list[str] = []

    @initialize(links=st.dictionaries(PAIRS, WORDS, min_size=2), several=st.sampled_from(["atomic", "partial", "first"]))
    def begin(self, links: dict[Pair, Words], several: str) -> None:
        self.api.put_state(seed(links))
        self.api.put_options(asdict(Options()) | {"several_links": several, "modify_verb": "both"})

    @rule(rows=ROWS)
    def somebody_drops_a_file(self, rows: list[Row]) -> None:
        self.files += 1
        name = f"{self.files:02}.csv"
        to_csv(self.office.drop / name, rows)
        self.chronicle.dropped({name: rows})

    @rule()
    def somebody_hands_out_a_list(self) -> None:
        office, credentials, tools = self.arguments()
        with suppress(SyncError):
            self.lists.append(worklist.make(office, credentials, tools, Wish(FIRST, LAST)).entries)

    @precondition(lambda self: any(self.lists))
    @rule(ago=st.integers(0, 5), some=st.lists(st.tuples(st.integers(0, 8), WORDS), min_size=1, max_size=4))
    def somebody_drops_a_list(self, ago: int, some: list[tuple[int, Words]]) -> None:
        lists = [entries for entries in self.lists if entries]
        entries = lists[-1 - ago % len(lists)]
        self.files += 1
        name = f"{self.files:02}.csv"
        rows = [filled(entries[at % len(entries)], words) for at, words in some]
        to_list(self.office.drop / name, rows)
        self.chronicle.dropped({name: rows})

    @rule(wishes=st.lists(st.tuples(PAIRS, st.sampled_from(CONFIRMATIONS)), min_size=1, max_size=4))
    def somebody_drops_a_sheet_without_numbers(self, wishes: list[tuple[Pair, str]]) -> None:
        self.files += 1
        name = f"{self.files:02}.csv"
        to_office_sheet(self.office.drop / name, wishes)
        self.chronicle.dropped({name: [Row("", "", word, wrong=True, unnumbered=True) for _, word in wishes]})
        self.unnumbered.append(name)

    @precondition(lambda self: self.suggested())
    @rule(ago=st.integers(0, 3))
    def somebody_confirms_what_was_suggested(self, ago: int) -> None:
        paths = self.suggested()
        path = paths[-1 - ago % len(paths)]
        header, *cells = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        told = [dict(zip(header, row, strict=True)) for row in cells]
        for each in told:
            assert each["Adress-ID"] is None or each["Interessent"] == person_of(int(str(each["Adress-ID"]))), each
        self.files += 1
        name = f"{self.files:02}.xlsx"
        shutil.copy(path, self.office.drop / name)
        rows = [Row(str(each["Termin-ID"] or ""), str(each["Adress-ID"] or ""), str(each["Status"])) for each in told]
        self.chronicle.dropped({name: [replace(row, wrong=not (row.appointment and row.address)) for row in rows]})

    def suggested(self) -> list[Path]:
        """The correction files of sheets without numbers that lie there."""
        results = self.office.folder / "results"
        return sorted(path for name in self.unnumbered for path in results.glob(f"* {name} - *korrigieren.xlsx"))

    @precondition(lambda self: self.chronicle.files)
    @rule(ago=st.integers(0, 5))
    def somebody_drops_an_old_file_again(self, ago: int) -> None:
        names = [*self.chronicle.files]
        old = names[-1 - ago % len(names)]
        self.files += 1
        name = f"{self.files:02}.csv"
        (self.office.drop / name).write_bytes(self.chronicle.contents[old])
        self.chronicle.dropped({name: list(self.chronicle.files[old])})

    @rule(fault=FAULTS)
    def something_breaks(self, fault: dict[str, Any]) -> None:
        self.api.put_faults([fault])

    @rule()
    def it_is_mended(self) -> None:
        self.api.put_faults([])

    @rule(pair=PAIRS, words=WORDS | st.none())
    def somebody_changes_the_crm(self, pair: Pair, words: Words | None) -> None:
        state = self.chronicle.state
        state.pop(pair, None)
        self.api.put_state(seed(state | ({pair: words} if words else {})))

    @rule(most=st.sampled_from([0, 1, 3]))
    def somebody_sets_a_guard(self, most: int) -> None:
        self.office.configure(rules={"max_changes": most})

    @rule()
    def night(self) -> None:
        with self.chronicle.start():
            finished = self.job()
        assert finished.info.stopped or not self.chronicle.waiting()

    @rule(at=st.integers(1, 260))
    def night_that_dies(self, at: int) -> None:
        with self.chronicle.start(), suppress(Killed), watched(Instants(self.office.folder, at, dies)):
            self.job()

    @precondition(lambda self: self.chronicle.stopped_by_guard())
    @rule()
    def somebody_lets_it_pass(self) -> None:
        with self.chronicle.start(), suppress(SyncError):
            self.job(accepting=self.chronicle.stopped_by_guard())

    @precondition(lambda self: self.chronicle.ended)
    @rule(ago=st.integers(0, 3))
    def somebody_takes_a_run_back(self, ago: int) -> None:
        with self.chronicle.start():
            self.undo(ago)

    @precondition(lambda self: self.chronicle.ended)
    @rule(ago=st.integers(0, 3), at=st.integers(1, 120))
    def taking_a_run_back_dies(self, ago: int, at: int) -> None:
        with self.chronicle.start(), suppress(Killed), watched(Instants(self.office.folder, at, dies)):
            self.undo(ago)

    def undo(self, ago: int) -> None:
        runs = list(self.chronicle.ended)
        with suppress(SyncError):  # nothing to do, taken back already, sent blind
            undo_run(*self.arguments(), runs[-1 - ago % len(runs)])

    def job(self, accepting: str | None = None) -> Finished:
        return run(*self.arguments(), accepting=accepting)

    def arguments(self) -> tuple[config.Config, tuple[str, str], Runtime]:
        self.time_of_day += 60  # no two runs in the same second: their ids sort as they ran, and a story can be told again
        tools = Runtime(stopper=Stopper(wait=self.wait), now=lambda: self.time_of_day, clock=lambda: self.now)
        return config.load(self.office.config), (TOKEN, SECRET), tools

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def teardown(self) -> None:
        """Whatever has been, two nights in peace bring it to an end."""
        try:
            self.api.put_faults([])
            self.office.configure(rules={"max_changes": 0})
            with self.chronicle.start():
                self.job()
            with self.chronicle.start():
                assert self.job().exit_code == 0
            assert not self.chronicle.waiting()
            self.chronicle.assert_nothing_is_lost(at_rest=True)
        finally:
            self.stack.close()


SHORT: Final = settings(max_examples=tries(15), stateful_step_count=12, deadline=None, suppress_health_check=[*HealthCheck])
LONG: Final = settings(SHORT, max_examples=400, stateful_step_count=30)


@pytest.fixture(autouse=True)
def _nothing_left_to_close() -> Iterator[None]:
    yield
    gc.collect()  # while the filter above holds


class TestNights(Nights.TestCase):
    """Short form."""

    settings = SHORT


@pytest.mark.long
class TestManyNights(Nights.TestCase):
    """Long form."""

    settings = LONG
