"""An office whose sheets are as nasty as they get, the simulator, and the job in this process or as one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from xlsxwriter import Workbook

from sync import config, simulator
from sync.job import run
from sync.job.context import Runtime
from tests import forked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.job.run import Finished
    from sync.simulator import Running

ROOT: Final = Path(__file__).parents[2]
TOKEN: Final = "7ab1c0ffee7ab1c0ffee7ab1c0ffee77"
SECRET: Final = "5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca"
HEADER: Final = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Notiz")
#: What spreadsheet programs and browsers would carry out, if it came to them as it is.
NASTY: Final = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1", '=HYPERLINK("http://evil.example","x")',
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg/onload=alert(1)>', "javascript:alert(1)",
    "</title><script>x</script>", "{{7*7}}", "&lt;b&gt;", "http://evil.example/x", "<r>x</r>", "]]>", "--><script>x</script>",
)  # fmt: skip
SEED: Final = {
    "appointments": [
        {
            "id": 70001,
            "start": "2026-12-02T09:00:00+01:00",
            "contacts": [{"id": 90001, "confirmation": "nicht gesetzt", "feedback": "inaktiv"}],
        }
    ],
    "addresses": [90001],
}


@dataclass
class Office:
    """One office in a folder of its own."""

    folder: Path
    url: str
    more: str = ""

    def __post_init__(self) -> None:
        self.drop.mkdir(parents=True)
        self.config.write_text(
            f'[onoffice]\nurl = "{self.url}"\n[folders]\nsettle_seconds = 0.0\n'
            f"[sending]\nrequests_per_minute = 0\nattempts = 1\n{self.more}",
            encoding="utf-8",
        )

    @property
    def drop(self) -> Path:
        return self.folder / "drop"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"ONOFFICE_TOKEN": TOKEN, "ONOFFICE_SECRET": SECRET, "PYTHONPATH": str(ROOT)}

    def drop_csv(self, name: str, rows: Sequence[Sequence[object]]) -> None:
        text = "".join(";".join('"' + str(cell).replace('"', '""') + '"' for cell in row) + "\r\n" for row in (HEADER, *rows))
        (self.drop / name).write_text(text, encoding="utf-8", newline="")

    def drop_workbook(self, name: str, rows: Sequence[Sequence[object]]) -> None:
        with Workbook(self.folder / "new.xlsx", {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet("Tabelle1")
            for number, row in enumerate((HEADER, *rows)):
                for column, cell in enumerate(row):
                    sheet.write_string(number, column, str(cell)) if isinstance(cell, str) else sheet.write(number, column, cell)
        (self.folder / "new.xlsx").rename(self.drop / name)

    def run(self) -> Finished:
        return run.run(config.load(self.config), (TOKEN, SECRET), Runtime())

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return forked.command(arguments, self.folder, self.environment | environment)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "sync", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def results(self, pattern: str) -> list[Path]:
        return sorted((self.folder / "results").rglob(pattern))


class Kit:
    """What tests here need besides fixtures; test folders are no packages."""

    token = TOKEN
    secret = SECRET
    nasty = NASTY
    header = HEADER
    Office = Office


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit


@pytest.fixture
def api() -> Iterator[Running]:
    with simulator.running(SEED, token=TOKEN, secret=SECRET) as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, api: Running) -> Office:
    return Office(tmp_path / "office", api.url)


@pytest.fixture
def nasty(office: Office) -> Office:
    """An office that has just worked on rows, headers and files with everything nasty in them."""
    rows: list[tuple[object, ...]] = [(70001, 90001, "bestätigt", text) for text in NASTY]
    rows += [(text, 90001, text, text) for text in NASTY]
    office.drop_csv("=1+1 <img src=x onerror=alert(1)>.csv" if os.name == "posix" else "=1+1.csv", rows)
    office.drop_workbook("@SUM(A1).xlsx", rows)
    (office.drop / "+kaputt.xlsx").write_bytes(b"PK\x03\x04")
    office.run()
    return office
