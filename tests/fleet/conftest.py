"""A folder of offices, their CRM, and the command as a real process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from sync import simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.simulator import Running

ROOT: Final = Path(__file__).parents[2]
TOKEN: Final = "7ab1c0ffee7ab1c0ffee7ab1c0ffee77"
SECRET: Final = "5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca"
FOLDERS: Final = ("drop", "archive", "refused", "results", "state")
HEADER: Final = "Termin-ID;Adress-ID;Terminbestätigung;Terminrückmeldung"
WORDS: Final = (("bestätigt", "aktiv"), ("gesendet", "inaktiv"), ("gecancelt", "aktiv"))


@dataclass
class Fleet:
    """Offices by number; each has its own appointments in one CRM."""

    folder: Path
    api: Running
    rows: int
    database: str = ""

    @staticmethod
    def name(number: int) -> str:
        return f"office{number:03}"

    def place(self, number: int) -> Path:
        return self.folder / self.name(number)

    def config(self, number: int, **more: str) -> Path:
        """Write an office's configuration; `more` are settings of [onoffice]."""
        name = self.name(number)
        settings = {"url": self.api.url, **more}
        lines = [f"office = {json.dumps(f'Büro {number}', ensure_ascii=False)}", "[onoffice]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        lines += ["[folders]", *(f'{key} = "{name}/{key}"' for key in FOLDERS), "settle_seconds = 0"]
        if self.database:
            lines += ["[state]", 'database_env = "STATE_DATABASE"']
        lines += ["[sending]", "requests_per_minute = 0", "attempts = 1"]
        lines += ["[rules]", 'on_old_file = "send"']  # a database remembers other tests, and onOffice begins anew in each
        path = self.folder / f"{name}.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def drop(self, number: int) -> None:
        """Put the office's sheet into its drop folder."""
        lines = [HEADER, *(f"{a};{b};{words[0]};{words[1]}" for (a, b), words in self.wanted(number).items())]
        drop = self.place(number) / "drop"
        drop.mkdir(parents=True, exist_ok=True)
        (drop / "termine.csv").write_text("\r\n".join(lines) + "\r\n", encoding="cp1252", newline="")

    def wanted(self, number: int) -> dict[tuple[int, int], tuple[str, str]]:
        return {(100_000 + number * 1_000 + row, 90_001 + row): WORDS[row % 3] for row in range(self.rows)}

    def fill(self, count: int) -> None:
        """So many offices, every row of which has to change."""
        pairs = [pair for number in range(count) for pair in self.wanted(number)]
        appointments = [
            {
                "id": appointment,
                "start": "2026-12-02T09:00:00+01:00",
                "contacts": [{"id": address, "confirmation": "nicht gesetzt", "feedback": "inaktiv"}],
            }
            for appointment, address in pairs
        ]
        self.api.put_state({"appointments": appointments, "addresses": sorted({address for _, address in pairs})})
        for number in range(count):
            self.config(number)
            self.drop(number)

    def done(self) -> dict[tuple[int, int], tuple[str, str]]:
        """What the CRM says about every link."""
        return {
            (appointment["id"], contact["id"]): (contact["confirmation"], contact["feedback"])
            for appointment in self.api.state()["appointments"]
            for contact in appointment["contacts"]
        }

    def report(self, number: int) -> dict[str, Any]:
        """The office's only report."""
        (path,) = self.place(number).glob("results/*/report.json")
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return told

    @property
    def environment(self) -> dict[str, str]:
        known = {"ONOFFICE_TOKEN": TOKEN, "ONOFFICE_SECRET": SECRET, "WRONG_SECRET": "0" * 64}
        known |= {"STATE_DATABASE": self.database} if self.database else {}
        return os.environ | known | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `run` over the folder; whoever starts it waits for its end."""
        return subprocess.Popen(
            [sys.executable, "-m", "sync", "run", "--config", str(self.folder), *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *arguments: str) -> Ran:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=600)
        return Ran(process.returncode, out.splitlines(), err)


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    lines: list[str]
    err: str

    def line(self, name: str) -> str:
        (found,) = [line for line in self.lines if line.startswith(f"{name} ")]
        return found


@pytest.fixture
def api() -> Iterator[Running]:
    with simulator.running(token=TOKEN, secret=SECRET) as running:
        yield running


@pytest.fixture
def fleet(tmp_path: Path, api: Running) -> Fleet:
    folder = tmp_path / "offices"
    folder.mkdir()
    return Fleet(folder, api, rows=5)
