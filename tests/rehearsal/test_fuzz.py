"""The whole job among files gone wrong: they cost themselves and nothing else.

Each night ten good files lie in the drop folder beside mutants of every format. Whatever these are: the run ends in order, the
good rows are done, no file is lost, and nothing outside of the office's folders changes. The long form:
`FUZZ_FILES=20000 pytest -m long -rP tests/rehearsal/test_fuzz.py`, in a memory group of 2 GB where the machine has one.
"""

from __future__ import annotations

import collections
import hashlib
import os
import shutil
from typing import TYPE_CHECKING, Final

import pytest

from sync import simulator
from tests.job.conftest import SECRET, TOKEN, Office, Snapshot, seeded
from tests.rehearsal.mutants import fitting, mutant

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.simulator import Running

_GOOD: Final = 10
_ROWS: Final = 3
#: Mutants of one night.
_NIGHT: Final = 200
_WORDS: Final = ("bestätigt", "gesendet", "gecancelt", "nicht gesetzt")


@pytest.fixture
def crm() -> Iterator[Running]:
    """A CRM with the links of the good files, and with those that the corpus names."""
    good = {(800_000 + file, 810_000 + row): ("nicht gesetzt", "inaktiv") for file in range(_GOOD) for row in range(_ROWS)}
    others = {(70_000 + number, 90_000 + number): ("nicht gesetzt", "inaktiv") for number in range(20)}
    with simulator.running(seeded(good | others), token=TOKEN, secret=SECRET) as running:
        yield running


class Fuzz:
    """One office, night after night. `tally` counts what became of the mutants."""

    def __init__(self, office: Office, outside: Path) -> None:
        self.office, self.outside = office, outside
        self.tally: collections.Counter[str] = collections.Counter()
        outside.mkdir()
        (outside / "precious.csv").write_text("Termin-ID;Adress-ID;Status\n", encoding="utf-8")
        office.has_written_before()

    def night(self, dice: random.Random, number: int, mutants: int) -> None:
        """Drop, run, judge from outside, and clear away for the next night."""
        self._clear()
        good = self._drop_good(number)
        dropped = good | {digest for at in range(mutants) if (digest := self._drop_mutant(dice, number * mutants + at))}
        before = Snapshot.of(self.outside)

        finished = self.office.run()

        assert finished.exit_code in {0, 3}, finished.info.stopped
        assert finished.results is not None
        assert {path.name for path in finished.results.iterdir()} >= {"report.json", "report.html"}
        report = self.office.reports()[-1]
        assert report["summary"]["rows"] == sum(len(file["rows"]) for file in report["files"])
        for file in report["files"]:
            if file["sha256"] in good:
                assert [row["outcome"] for row in file["rows"]] == ["updated"] * _ROWS, file["file"]
            else:
                self.tally["read" if file["readable"] else "refused"] += 1
        assert dropped <= self._everywhere()
        assert Snapshot.of(self.outside) == before

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

    def _drop_mutant(self, dice: random.Random, number: int) -> str:
        stem, data = mutant(dice)
        name = fitting(stem, dice.choice([".csv", ".xlsx", ".xls", ".ods", ".xlsb", ".xml", ".html", ".txt", ""]), number)
        try:
            (self.office.drop / name).write_bytes(data)
        except (OSError, ValueError):  # a name that this file system does not take
            return ""
        return hashlib.sha256(data).hexdigest() if not name.startswith(".") else ""

    def _everywhere(self) -> set[str]:
        folders = [self.office.folder / name for name in ("drop", "archive", "refused", "state")]
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def fuzz(tmp_path: Path, crm: Running) -> Fuzz:
    office = Office(tmp_path / "office", crm.url)
    office.configure(limits={"seconds_per_file": 20, "memory_megabytes": 512})
    return Fuzz(office, tmp_path / "outside")


def test_files_gone_wrong_cost_themselves_and_nothing_else(fuzz: Fuzz, dice: Callable[[int], random.Random]) -> None:
    fuzz.night(dice(0), 1, 25)

    assert fuzz.tally.total() > 0


@pytest.mark.long
def test_thousands_of_files_gone_wrong_cost_themselves_and_nothing_else(fuzz: Fuzz, dice: Callable[[int], random.Random]) -> None:
    files = int(os.environ.get("FUZZ_FILES", "2000"))
    for number in range(max(1, files // _NIGHT)):
        fuzz.night(dice(number), number + 1, _NIGHT)
        print(number + 1, dict(fuzz.tally), flush=True)  # noqa: T201 - shown by -rP
