"""The whole job among files gone wrong: they cost themselves and nothing else.

Each night ten good files lie in the drop folder beside mutants of every format. Whatever these are: the run ends in order, the
good rows are done, no file is lost, nothing outside of the office's folders changes, and no guard of last resort is needed.

The long form: `FUZZ_FILES=100000 pytest -m long -rP tests/rehearsal/test_fuzz.py`; `.ci/fuzz 100000` runs it as root on Linux
in a memory group of 2 GB and tells what was changed anywhere on the machine. On Linux its confined processes are forked from one
that has imported everything (`forked`). That leaves out the start of an interpreter for each file and nothing else; every tenth
night runs with the real start, and with fewer files.
"""

from __future__ import annotations

import collections
import hashlib
import logging
import os
import shutil
import sys
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Final

import pytest

from sync import simulator
from sync.confined import parent
from tests.job.conftest import SECRET, TOKEN, Office, Snapshot, seeded
from tests.rehearsal.forked import Forks
from tests.rehearsal.mutants import fitting, mutant

if TYPE_CHECKING:
    import random
    import resource
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.simulator import Running

_GOOD: Final = 10
_ROWS: Final = 3
#: Mutants of one night, and of one with the real start of every process.
_NIGHT: Final = 500
_REAL_NIGHT: Final = 50
_REAL_EVERY: Final = 10
_WORDS: Final = ("bestätigt", "gesendet", "gecancelt", "nicht gesetzt")


@pytest.fixture
def crm() -> Iterator[Running]:
    """A CRM with the links of the good files, and with those that the corpus names."""
    good = {(800_000 + file, 810_000 + row): ("nicht gesetzt", "inaktiv") for file in range(_GOOD) for row in range(_ROWS)}
    others = {(70_000 + number, 90_000 + number): ("nicht gesetzt", "inaktiv") for number in range(20)}
    with simulator.running(seeded(good | others), token=TOKEN, secret=SECRET) as running:
        yield running


class Fuzz:
    """One office, night after night. `tally` counts what became of the mutants, by the format that they were made of.

    `most_seconds` and `most_bytes` are what the process that used most has used of the processor and of memory.
    """

    def __init__(self, office: Office, outside: Path, log: pytest.LogCaptureFixture) -> None:
        self.office, self.outside, self._log = office, outside, log
        self.tally: collections.Counter[str] = collections.Counter()
        self.most_seconds, self.most_bytes = 0.0, 0
        outside.mkdir()
        (outside / "precious.csv").write_text("Termin-ID;Adress-ID;Status\n", encoding="utf-8")
        office.has_written_before()

    def night(self, dice: random.Random, number: int, mutants: int) -> None:
        """Drop, run, judge from outside, and clear away for the next night."""
        self._clear()
        self._log.clear()
        good = self._drop_good(number)
        kinds = dict(each for at in range(mutants) if (each := self._drop_mutant(dice, at)))
        before = Snapshot.of(self.outside)

        finished = self.office.run()

        assert finished.exit_code in {0, 3}, finished.info.stopped
        assert finished.results is not None
        assert {path.name for path in finished.results.iterdir()} >= {"report.json", "report.html"}
        report = self.office.reports()[-1]
        assert report["summary"]["rows"] == sum(len(file["rows"]) for file in report["files"])
        done = {file["sha256"]: [row["outcome"] for row in file["rows"]] for file in report["files"] if file["sha256"] in good}
        assert done == dict.fromkeys(good, ["updated"] * _ROWS)
        for file in report["files"]:
            if kind := kinds.get(file["sha256"]):
                self.tally[f"{kind} {'read' if file['readable'] else 'refused'}"] += 1
        assert good | kinds.keys() <= self._everywhere()
        assert Snapshot.of(self.outside) == before
        assert [record.getMessage() for record in self._log.records if record.exc_info] == []

    def used(self, usage: resource.struct_rusage) -> None:
        """A confined process has ended."""
        self.most_seconds = max(self.most_seconds, usage.ru_utime + usage.ru_stime)
        self.most_bytes = max(self.most_bytes, usage.ru_maxrss * 1024)

    def told(self) -> str:
        """The figures so far."""
        figures = dict(sorted(self.tally.items()))
        return f"{self.tally.total()} files: {figures}; at most {self.most_seconds:.2f} s, {self.most_bytes >> 20} MB"

    def _clear(self) -> None:
        for name in ("archive", "refused", "results"):
            shutil.rmtree(self.office.folder / name, ignore_errors=True)
            (self.office.folder / name).mkdir()
        for path in self.office.drop.iterdir():  # what the night before could not take
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _drop_good(self, number: int) -> set[str]:
        word = _WORDS[number % len(_WORDS)]
        paths = [
            self.office.drop_csv(
                f"gut-{file}-{number}.csv", [(800_000 + file, 810_000 + row, word, None) for row in range(_ROWS)]
            )
            for file in range(_GOOD)
        ]
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}

    def _drop_mutant(self, dice: random.Random, number: int) -> tuple[str, str] | None:
        """The hash of what was dropped, and the format that it was made of; None where it is nothing to read."""
        kind, stem, data = mutant(dice)
        name = fitting(stem, dice.choice([".csv", ".xlsx", ".xls", ".ods", ".xlsb", ".xml", ".html", ".txt", ""]), number)
        try:
            (self.office.drop / name).write_bytes(data)
        except (OSError, ValueError):  # a name that this file system does not take
            return None
        return (hashlib.sha256(data).hexdigest(), kind) if not name.startswith(".") else None

    def _everywhere(self) -> set[str]:
        folders = [self.office.folder / name for name in ("drop", "archive", "refused", "state")]
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def fuzz(tmp_path: Path, crm: Running, caplog: pytest.LogCaptureFixture) -> Fuzz:
    caplog.set_level(logging.ERROR)
    office = Office(tmp_path / "office", crm.url)
    office.configure(limits={"seconds_per_file": 20, "memory_megabytes": 512})
    office.configure(rules={"on_old_file": "send"})  # every fifth night wants what the first one wanted
    return Fuzz(office, tmp_path / "outside", caplog)


def test_files_gone_wrong_cost_themselves_and_nothing_else(fuzz: Fuzz, dice: Callable[[int], random.Random]) -> None:
    fuzz.night(dice(0), 1, 25)

    assert fuzz.tally.total() > 0


@pytest.mark.long
def test_thousands_of_files_gone_wrong_cost_themselves_and_nothing_else(
    fuzz: Fuzz, dice: Callable[[int], random.Random], monkeypatch: pytest.MonkeyPatch
) -> None:
    left, number = int(os.environ.get("FUZZ_FILES", "2000")), 0
    with closing(Forks(fuzz.used)) if sys.platform == "linux" else nullcontext() as forks:
        while left > 0:
            number += 1
            real = forks is None or number % _REAL_EVERY == 0
            mutants = min(left, _REAL_NIGHT if real else _NIGHT)
            with monkeypatch.context() as patch:
                if not real:
                    patch.setattr(parent, "_start", forks.start)
                fuzz.night(dice(number), number, mutants)
            left -= mutants
            print(number, fuzz.told(), flush=True)  # noqa: T201 - shown by -rP
