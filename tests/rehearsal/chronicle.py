"""What became of an office, start by start, as seen from outside: the CRM and its log, reports, folders, the ledger's file."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.rehearsal.truth import assert_true, assert_undo_true
from tests.rehearsal.worlds import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.simulator import Running
    from tests.job.conftest import Office
    from tests.rehearsal.worlds import Pair, Row, State, Words

PLACES = ("drop", "archive", "refused", "state/claimed")


@dataclass
class Start:
    """One start of the job: the CRM when it began, and what it sent. `finished` and `stopped` as the ledger has them.

    `runs` counts the runs that it opened there: its own, and undos that it carried on before.
    """

    before: State
    runs: int = 0
    finished: bool = False
    stopped: bool = False
    wrote: set[Pair] = field(default_factory=set)


@dataclass(frozen=True)
class Ended:
    """A run that came to its end: how the links were before it, and how it left them."""

    before: State
    after: State


@dataclass
class Chronicle:
    """Follows one office and checks after every start that nothing is lost and everything said is true.

    `others`: somebody else writes to the CRM too, so what a link was before a killed run sent it has several answers.
    """

    office: Office
    api: Running
    others: bool = False
    files: dict[str, Sequence[Row]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)
    last_phase: str = ""
    rows: int = 0
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    runs: dict[str, str | None] = field(default_factory=dict)

    def dropped(self, files: Mapping[str, Sequence[Row]]) -> None:
        """Remember what lies in the drop folder now."""
        self.files.update(files)
        self.contents.update({name: (self.office.drop / name).read_bytes() for name in files})

    @property
    def state(self) -> State:
        return state_of(self.api.state())

    @contextmanager
    def start(self) -> Iterator[Start]:
        """One start of the job, and what has to be true after it, however it ended."""
        start, asked = Start(self.state), len(self.api.log())
        self.starts.append(start)
        yield start
        self._until_quiet()
        start.wrote = _written(self.api.log()[asked:])
        known = set(self.runs)
        self.last_phase = self._phase(start)
        self.assert_nothing_is_lost()
        for report in self._new_reports():
            self._assert_report(report)
        self._assert_ledger(set(self.runs) - known)
        self._remember(set(self.runs) - known)

    def _until_quiet(self) -> None:
        """What a killed process had sent arrives before anybody looks."""
        asked = -1
        while asked != len(self.api.log()):
            asked = len(self.api.log())
            time.sleep(0.005)

    def _assert_report(self, report: dict[str, Any]) -> None:
        undone = report["run"].get("undo_of")
        if undone:
            assert_undo_true(report, self.ended[undone].before, self.befores, self.state, self._changed_after_undo())
        else:
            self.rows += assert_true(report, self.files, self.befores, self.state)

    def _changed_after_undo(self) -> set[Pair]:
        """Links that a run may have changed after the undo that the same start had carried on for it."""
        if self.starts[-1].runs <= 1:
            return set()
        return {row.pair for rows in self.files.values() for row in rows if not row.wrong}

    def _chain(self) -> list[Start]:
        """The last start and the killed ones that it carried on, oldest first."""
        *earlier, last = self.starts
        chain = [last]
        for start in reversed(earlier):
            if start.finished and not start.stopped:
                break
            if not start.finished:
                chain.insert(0, start)
        return chain

    def before(self, pair: Pair) -> Words | None:
        """The state of a link before the first thing that was sent to it by the last start and those that it carried on."""
        *killed, last = self._chain()
        first = next((start for start in killed if pair in start.wrote), last)
        return first.before.get(pair)

    def befores(self, pair: Pair) -> list[Words | None]:
        """What `before` may be: with others at work, any state in which a start of the chain may have found the link."""
        if not self.others:
            return [self.before(pair)]
        return [self.before(pair), *(start.before.get(pair) for start in self._chain()), self.state.get(pair)]

    def _remember(self, runs: set[str]) -> None:
        """How the runs of the last start, those that are over, found and left the links."""
        state, pairs = self.state, {pair for start in self._chain() for pair in start.before}
        before = {pair: words for pair in pairs if (words := self.before(pair)) is not None}
        for run, finished in self.ledger("SELECT id, finished FROM runs"):
            if run in runs and finished:
                self.ended[run] = Ended(before, state)

    def assert_nothing_is_lost(self, *, at_rest: bool = False) -> None:
        """Every file that was dropped is there to the last byte; `at_rest`: once, and where it belongs."""
        there, dropped = Counter(path.read_bytes() for path in self._inputs()), Counter(self.contents.values())
        lost = [name for name, content in self.contents.items() if there[content] < dropped[content]]
        assert not lost, f"{lost} lost"
        assert not at_rest or there == dropped, "each file is in one place, and nothing else was made"

    def _inputs(self, places: Sequence[str] = PLACES) -> list[Path]:
        paths = [path for place in places for path in self._folder(place).rglob("*") if path.is_file()]
        return [path for path in paths if path.suffix in {".csv", ".xlsx"}]

    def _folder(self, place: str) -> Path:
        name, _, below = place.partition("/")
        return self.office.folder / str(self.office.settings["folders"].get(name, name)) / below

    def waiting(self) -> bool:
        """Whether files are there that no run has brought to an end."""
        return bool(self._inputs(("drop", "state/claimed")))

    def stopped_by_guard(self) -> str | None:
        """The last run that was stopped because it would have changed too much."""
        stopped = self.ledger("SELECT id FROM runs WHERE stopped LIKE 'too_many%' ORDER BY rowid DESC LIMIT 1")
        return stopped[0][0] if stopped else None

    def told(self, run: str) -> list[tuple[Row, dict[str, Any]]]:
        """Every row of a run's report with what is said about it."""
        return [pair for file in self.reports[run]["files"] for pair in zip(self.files[file["file"]], file["rows"], strict=True)]

    def _new_reports(self) -> list[dict[str, Any]]:
        new = []
        for path in self._folder("results").glob("*/report.json"):
            if path.parent.name not in self.reports:
                report = json.loads(path.read_text(encoding="utf-8"))
                self.reports[path.parent.name] = report
                new.append(report)
        return new

    def _phase(self, start: Start) -> str:
        """How far the job had come, read from what it left."""
        places = {place for place in PLACES if self._inputs((place,))}
        new = self._new_runs()
        if not new:
            return "claiming" if "state/claimed" in places else "starting"
        name, start.runs = new[-1][0], len(new)
        start.finished = all(finished is not None for _, finished, _ in new)
        start.stopped = any(stopped is not None for *_, stopped in new)
        if start.finished:
            return "filing" if "state/claimed" in places or self._folder("state/moves.json").exists() else "all done"
        if self._folder(f"results/{name}/report.json").exists():
            return "finishing"
        if any(self._folder("results").glob(f"*{name}*")):
            return "reporting"
        return "sending" if start.wrote else "reading and looking"

    def _new_runs(self) -> list[tuple[str, str | None, str | None]]:
        """The runs that the last start opened in the ledger: one, after undos that it carried on."""
        rows = self.ledger("SELECT id, finished, stopped, undo_of FROM runs ORDER BY rowid")
        new = [(run, finished, stopped) for run, finished, stopped, _ in rows if run not in self.runs]
        self.runs.update({run: undo_of for run, _, _, undo_of in rows})
        assert len([run for run, *_ in new if self.runs[run] is None]) <= 1
        return new

    def _assert_ledger(self, runs: set[str]) -> None:
        """What the ledger says about links before anything was sent to them is true."""
        for run in runs:
            for a, b, found, confirmation, feedback in self.ledger(
                "SELECT appointment, address, found, confirmation_before, feedback_before FROM changes WHERE run = ?", run
            ):
                was = (confirmation, feedback) if found == "LINKED" else None
                assert was is not None or (confirmation, feedback) == (None, None), (run, a, b)
                assert found == "UNREADABLE" or was in self.befores((a, b)), (run, a, b, found, was, self.befores((a, b)))

    def ledger(self, query: str, *values: object) -> list[Any]:
        """Ask a copy: whoever opens the ledger itself would clean up what a killed run left in it."""
        state = self._folder("state")
        with TemporaryDirectory() as elsewhere:
            for path in (*state.glob("ledger.sqlite3"), *state.glob("ledger.sqlite3-wal")):
                shutil.copy(path, elsewhere)
            with closing(sqlite3.connect(Path(elsewhere) / "ledger.sqlite3")) as ledger:
                known = ledger.execute("SELECT count(*) FROM sqlite_master WHERE name = 'runs'").fetchone()[0]
                return ledger.execute(query, values).fetchall() if known else []


def _written(log: Sequence[Mapping[str, Any]]) -> set[Pair]:
    """The links that requests wanted to write."""
    return {
        (a, b)
        for entry in log
        for action in entry["actions"]
        if action["resourcetype"] == "relation"
        for a in action["parents"]
        for b in action["children"]
    }
