"""What became of an office, start by start, as seen from outside: the CRM and its log, reports, folders, the ledger's file."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sync.i18n import text
from tests.rehearsal.truth import assert_nothing_newer_is_overwritten, assert_true, assert_undo_true
from tests.rehearsal.worlds import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.simulator import Running
    from tests.job.conftest import Office
    from tests.rehearsal.worlds import Pair, Row, State, Words

PLACES = ("drop", "archive", "refused", "state/claimed")


@dataclass
class Run:
    """One run as the ledger opened it. `found` are the states in which it may have found the CRM, most likely first."""

    id: str
    undo_of: str | None
    finished: bool
    stopped: bool
    found: list[State]
    wrote: set[Pair]


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
    starts: int = 0
    last_phase: str = ""
    rows: int = 0
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    brought_about: set[tuple[Pair, int, str]] = field(default_factory=set)

    def dropped(self, files: Mapping[str, Sequence[Row]]) -> None:
        """Remember what lies in the drop folder now."""
        self.files.update(files)
        self.contents.update({name: (self.office.drop / name).read_bytes() for name in files})

    @property
    def state(self) -> State:
        return state_of(self.api.state())

    @contextmanager
    def start(self) -> Iterator[None]:
        """One start of the job, and what has to be true after it, however it ended."""
        state, asked = self.state, len(self.api.log())
        self.starts += 1
        yield
        self._until_quiet()
        new = self._new_runs(state, _written(self.api.log()[asked:]))
        self.last_phase = self._phase(new)
        self.assert_nothing_is_lost()
        for report in self._new_reports():
            self._assert_report(report, new)
        for run in new:
            self._assert_ledger(run)
            if run.finished:
                self._remember(run)

    def _until_quiet(self) -> None:
        """What a killed process had sent arrives before anybody looks."""
        asked = -1
        while asked != len(self.api.log()):
            asked = len(self.api.log())
            time.sleep(0.005)

    def _assert_report(self, report: dict[str, Any], new: Sequence[Run]) -> None:
        run = self.runs[report["run"]["id"]]
        befores = partial(self.befores, run)
        if run.undo_of is None:
            carries_on = len(self._chain(run)) > 1
            self.rows += assert_true(report, self.files, befores, self.state, carries_on=carries_on)
            if not carries_on:  # what a killed run had sent goes on
                self.brought_about |= assert_nothing_newer_is_overwritten(self.told(run.id), self.brought_about)
            return
        # what a run changed that the same start went on with is not what the undo left
        since = {pair for other in new if other.undo_of is None for pair in self._named()}
        assert_undo_true(report, partial(self._found, self.runs[run.undo_of]), befores, self.state, since)

    def _named(self) -> set[Pair]:
        return {row.pair for rows in self.files.values() for row in rows if not row.wrong}

    def _chain(self, run: Run) -> list[Run]:
        """A run and the killed ones of its kind that it carried on, oldest first."""
        kind = [other for other in self.runs.values() if other.undo_of == run.undo_of]
        chain = [run]
        for earlier in reversed(kind[: kind.index(run)]):
            if earlier.finished and not earlier.stopped:
                break
            if not earlier.finished:
                chain.insert(0, earlier)
        return chain

    def before(self, run: Run, pair: Pair) -> Words | None:
        """The state of a link before the first thing that was sent to it by a run and those that it carried on."""
        *killed, last = self._chain(run)
        first = next((earlier for earlier in killed if pair in earlier.wrote), last)
        return first.found[0].get(pair)

    def befores(self, run: Run, pair: Pair) -> list[Words | None]:
        """What `before` may be: with others at work also how the link is now, for they may have been there first."""
        return [*self._found(run, pair), *([self.state.get(pair)] if self.others else [])]

    def _found(self, run: Run, pair: Pair) -> list[Words | None]:
        """How a run may have found a link: with others at work, as any run of the chain may have.

        A killed run may have died between writing down what it was about to send and sending it.
        """
        found = [state.get(pair) for earlier in self._chain(run) for state in earlier.found] if self.others else []
        return [self.before(run, pair), *found]

    def _remember(self, run: Run) -> None:
        """How a run that is over found and left the links."""
        pairs = {pair for earlier in self._chain(run) for state in earlier.found for pair in state}
        before = {pair: words for pair in pairs if (words := self.before(run, pair)) is not None}
        self.ended[run.id] = Ended(before, self.state)

    def assert_nothing_is_lost(self, *, at_rest: bool = False) -> None:
        """Every file that was dropped is there to the last byte; `at_rest`: once, and where it belongs."""
        there, dropped = Counter(path.read_bytes() for path in self._inputs()), Counter(self.contents.values())
        lost = [name for name, content in self.contents.items() if there[content] < dropped[content]]
        assert not lost, f"{lost} lost"
        assert not at_rest or there == dropped, "each file is in one place, and nothing else was made"

    def _inputs(self, places: Sequence[str] = PLACES) -> list[Path]:
        paths = [path for place in places for path in self._folder(place).rglob("*") if path.is_file()]
        outdated = self._folder("archive") / text("archive.outdated")  # what the job made itself, and has put away
        return [path for path in paths if path.suffix in {".csv", ".xlsx"} and not path.is_relative_to(outdated)]

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
        files = [file for file in self.reports[run]["files"] if file["readable"]]
        return [pair for file in files for pair in zip(self.files[file["file"]], file["rows"], strict=True)]

    def _new_reports(self) -> list[dict[str, Any]]:
        new = []
        for path in self._folder("results").glob("*/report.json"):
            if path.parent.name not in self.reports:
                report = json.loads(path.read_text(encoding="utf-8"))
                self.reports[path.parent.name] = report
                new.append(report)
        return new

    def _new_runs(self, state: State, wrote: set[Pair]) -> list[Run]:
        """The runs that the last start opened in the ledger: its own, after undos that it carried on."""
        new: list[Run] = []
        for run, finished, stopped, undo_of in self.ledger("SELECT id, finished, stopped, undo_of FROM runs ORDER BY rowid"):
            if run in self.runs:
                continue
            undone = [self.ended[undo.undo_of].before for undo in new if undo.undo_of]
            new.append(Run(run, undo_of, finished is not None, stopped is not None, [state, *undone], wrote))
        self.runs.update({run.id: run for run in new})
        assert len([run for run in new if run.undo_of is None]) <= 1
        return new

    def _phase(self, new: Sequence[Run]) -> str:
        """How far the job had come, read from what it left."""
        places = {place for place in PLACES if self._inputs((place,))}
        if not new:
            return "claiming" if "state/claimed" in places else "starting"
        run = new[-1]
        if run.finished:
            return "filing" if "state/claimed" in places or self._folder("state/moves.json").exists() else "all done"
        if self._folder(f"results/{run.id}/report.json").exists():
            return "finishing"
        if any(self._folder("results").glob(f"*{run.id}*")):
            return "reporting"
        return "sending" if run.wrote else "reading and looking"

    def _assert_ledger(self, run: Run) -> None:
        """What the ledger says about links before anything was sent to them is true."""
        for a, b, found, confirmation, feedback in self.ledger(
            "SELECT appointment, address, found, confirmation_before, feedback_before FROM changes WHERE run = ?", run.id
        ):
            was, befores = (confirmation, feedback) if found == "LINKED" else None, self.befores(run, (a, b))
            assert was is not None or (confirmation, feedback) == (None, None), (run.id, a, b)
            assert found == "UNREADABLE" or was in befores, (run.id, a, b, found, was, befores)

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
