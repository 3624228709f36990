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

from tests.rehearsal.truth import assert_true
from tests.rehearsal.worlds import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.simulator import Running
    from tests.job.conftest import Office
    from tests.rehearsal.worlds import Pair, Row, State, Words

PLACES = ("drop", "archive", "refused", "state/claimed")


@dataclass
class Start:
    """One start of the job: the CRM when it began, and what it sent. `finished` and `stopped` as the ledger has them."""

    before: State
    finished: bool = False
    stopped: bool = False
    wrote: set[Pair] = field(default_factory=set)


@dataclass
class Chronicle:
    """Follows one office and checks after every start that nothing is lost and everything said is true."""

    office: Office
    api: Running
    files: dict[str, Sequence[Row]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)
    last_phase: str = ""
    rows: int = 0
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: set[str] = field(default_factory=set)

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
        known = self.runs.copy()
        self.last_phase = self._phase(start)
        self.assert_nothing_is_lost()
        for report in self._new_reports():
            self.rows += assert_true(report, self.files, self.before, self.state)
        self._assert_ledger(self.runs - known)

    def _until_quiet(self) -> None:
        """What a killed process had sent arrives before anybody looks."""
        asked = -1
        while asked != len(self.api.log()):
            asked = len(self.api.log())
            time.sleep(0.005)

    def before(self, pair: Pair) -> Words | None:
        """The state of a link before the first thing that was sent to it by the last start and those that it carried on."""
        *earlier, last = self.starts
        first = last
        for start in reversed(earlier):
            if start.finished and not start.stopped:
                break
            if not start.finished and pair in start.wrote:
                first = start
        return first.before.get(pair)

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
        assert len(new) <= 1
        return new

    def _phase(self, start: Start) -> str:
        """How far the job had come, read from what it left."""
        places = {place for place in PLACES if self._inputs((place,))}
        run = self._newest_run()
        if run is None:
            return "claiming" if "state/claimed" in places else "starting"
        name, finished, stopped = run
        start.finished, start.stopped = finished is not None, stopped is not None
        if start.finished:
            return "filing" if "state/claimed" in places or self._folder("state/moves.json").exists() else "all done"
        if self._folder(f"results/{name}/report.json").exists():
            return "finishing"
        if any(self._folder("results").glob(f"*{name}*")):
            return "reporting"
        return "sending" if start.wrote else "reading and looking"

    def _newest_run(self) -> tuple[str, str | None, str | None] | None:
        """The run that the last start opened in the ledger."""
        rows = self.ledger("SELECT id, finished, stopped FROM runs ORDER BY rowid")
        new = [row for row in rows if row[0] not in self.runs]
        self.runs.update(row[0] for row in rows)
        assert len(new) <= 1
        return new[0] if new else None

    def _assert_ledger(self, runs: set[str]) -> None:
        """What the ledger says about links before anything was sent to them is true."""
        for run in runs:
            for a, b, found, confirmation, feedback in self.ledger(
                "SELECT appointment, address, found, confirmation_before, feedback_before FROM changes WHERE run = ?", run
            ):
                was = self.before((a, b))
                if found == "UNREADABLE":
                    assert (confirmation, feedback) == (None, None), (run, a, b)
                    continue
                assert (found == "LINKED") == (was is not None), (run, a, b, found, was)
                assert (confirmation, feedback) == (was or (None, None)), (run, a, b, was)

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
