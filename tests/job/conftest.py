"""A whole office on the disk, the job as a real process, and the simulator beside it in the test's own process."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from xlsxwriter import Workbook

from sync import config, simulator
from sync.cli import app as cli
from sync.job import run
from sync.job.context import Runtime, Stopper
from sync.ledger import NAME, Ledger
from tests import forked
from tests.rounds.conftest import LESSONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from multiprocessing.process import BaseProcess

    from sync.job.run import Finished
    from sync.simulator import Running

    Spawn = Callable[["Office"], BaseProcess]

ROOT: Final = Path(__file__).parents[2]
TOKEN: Final = "7ab1c0ffee7ab1c0ffee7ab1c0ffee77"
SECRET: Final = "5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca"
HEADER: Final = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung")
FOLDERS: Final = ("drop", "archive", "refused", "results", "state")

Row = tuple[object, ...]
Words = tuple[str, str | None]


@dataclass(frozen=True)
class Snapshot:
    """Everything below a folder, to the last byte and the last time of change."""

    entries: tuple[tuple[str, int, int, int, bytes], ...]

    @classmethod
    def of(cls, folder: Path) -> Snapshot:
        return cls(tuple(sorted(map(cls._entry, [folder, *folder.rglob("*")]))))

    @staticmethod
    def _entry(path: Path) -> tuple[str, int, int, int, bytes]:
        info = path.lstat()
        return str(path), info.st_mode, info.st_mtime_ns, info.st_ctime_ns, path.read_bytes() if path.is_file() else b""


def without_waiting() -> Runtime:
    """The tools of a job for which waiting takes no time at all."""
    passed = [0.0]

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return Runtime(stopper=Stopper(wait=wait), clock=lambda: time.monotonic() + passed[0])


@dataclass
class Office:
    """One office: a folder with a configuration. `settings` are sections of it."""

    folder: Path
    url: str
    settings: dict[str, dict[str, object]] = field(default_factory=dict)
    token: str = TOKEN
    secret: str = SECRET

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.configure(
            onoffice={"url": self.url},
            folders={"settle_seconds": 0},
            sending={"requests_per_minute": 0, "attempts": 1},
        )

    @property
    def environment(self) -> dict[str, str]:
        ours = {"ONOFFICE_TOKEN": self.token, "ONOFFICE_SECRET": self.secret}
        return os.environ | ours | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}

    @property
    def drop(self) -> Path:
        return self.folder / "drop"

    def configure(self, **sections: Mapping[str, object]) -> None:
        """Change settings and write the file."""
        for name, section in sections.items():
            self.settings.setdefault(name, {}).update(section)
        lines = [
            line
            for name, section in self.settings.items()
            for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in section.items()))
        ]
        self.config.write_text("\n".join(lines), encoding="utf-8")

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def make_folders(self) -> None:
        for name in FOLDERS:
            (self.folder / name).mkdir(exist_ok=True)

    def has_written_before(self) -> None:
        """Let the office know what its first write shows, so that this is not looked at again."""
        self.make_folders()
        with closing(Ledger(self.folder / "state" / NAME)) as ledger:
            for lesson in LESSONS:
                ledger.learn(lesson)

    def drop_csv(self, name: str, rows: Sequence[Row], *, header: Row = HEADER) -> Path:
        path = self.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (";".join("" if cell is None else str(cell) for cell in row) for row in (header, *rows))
        path.write_text("\r\n".join(lines) + "\r\n", encoding="cp1252", newline="")
        return path

    def drop_workbook(self, name: str, rows: Sequence[Row]) -> Path:
        self.drop.mkdir(exist_ok=True)
        with Workbook(self.folder / name) as book:
            sheet = book.add_worksheet("Tabelle1")
            for number, row in enumerate((HEADER, *rows)):
                sheet.write_row(number, 0, row)
        return (self.folder / name).rename(self.drop / name)

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end."""
        return forked.command(arguments, self.folder, self.environment | environment)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command; whoever starts it waits for its end."""
        return subprocess.Popen(
            [sys.executable, "-m", "sync", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, tools: Runtime | None = None, *, dry: bool = False) -> Finished:
        """Run the job in this process."""
        job = run.dry_run if dry else run.run
        return job(config.load(self.config), (self.token, self.secret), tools or without_waiting())

    def reports(self) -> list[dict[str, Any]]:
        """The reports of all runs, oldest first."""
        paths = sorted(self.folder.glob("results/*/report.json"), key=lambda path: path.stat().st_mtime_ns)
        return [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    def places(self) -> dict[str, list[str]]:
        """Which input files lie where; the notes beside refused ones and what is not input are left out."""
        found: dict[str, list[str]] = {}
        for place in ("drop", "archive", "refused", "state/claimed"):
            for path in sorted((self.folder / place).rglob("*")):
                if path.is_file() and not (place == "refused" and path.suffix == ".txt"):
                    found.setdefault(place, []).append(path.name)
        return found


@dataclass(frozen=True)
class World:
    """A CRM, rows to drop, what each row's verdict has to be and how every link has to be in the end."""

    seed: dict[str, Any]
    rows: list[Row]
    verdicts: list[str]
    wanted: dict[tuple[int, int], Words]


def links(state: Mapping[str, Any]) -> dict[tuple[int, int], Words]:
    """The words of every link in a state of the simulator."""
    return {
        (appointment["id"], contact["id"]): (contact["confirmation"], contact["feedback"])
        for appointment in state["appointments"]
        for contact in appointment["contacts"]
    }


def seeded(state: Mapping[tuple[int, int], Words], *addresses: int) -> dict[str, Any]:
    """A state of the simulator with these links."""
    contacts: dict[int, list[dict[str, object]]] = {}
    for (appointment, address), (confirmation, feedback) in state.items():
        contacts.setdefault(appointment, []).append({"id": address, "confirmation": confirmation, "feedback": feedback})
    return {
        "appointments": [
            {"id": number, "start": "2026-12-02T09:00:00+01:00", "contacts": some} for number, some in contacts.items()
        ],
        "addresses": sorted({*addresses, *(address for _, address in state)}),
    }


def plain_world(count: int) -> World:
    """So many links, every one of which has to change, in stars of up to four."""
    pairs = [(70_001 + number // 4, 90_001 + number % 997) for number in range(count)]
    after: list[Words] = [(("bestätigt", "gesendet", "gecancelt")[n % 3], ("aktiv", "inaktiv")[n % 2]) for n in range(count)]
    return World(
        seeded(dict.fromkeys(pairs, ("nicht gesetzt", "inaktiv"))),
        [(*pair, *words) for pair, words in zip(pairs, after, strict=True)],
        ["updated"] * count,
        dict(zip(pairs, after, strict=True)),
    )


@pytest.fixture
def api() -> Iterator[Running]:
    with simulator.running(token=TOKEN, secret=SECRET) as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, api: Running) -> Office:
    return Office(tmp_path / "office", api.url)


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit


class Kit:
    """What tests here need besides fixtures; test folders are no packages."""

    Office = Office
    Snapshot = Snapshot
    World = World
    links = staticmethod(links)
    seeded = staticmethod(seeded)
    plain_world = staticmethod(plain_world)
    token = TOKEN
    secret = SECRET


@pytest.fixture(scope="session")
def spawn() -> Iterator[Spawn]:
    """Starts `onoffice-sync` as real processes by the dozen, and leaves none behind."""
    if sys.platform == "win32":
        pytest.skip("Windows forks no processes")

    def start(office: Office) -> BaseProcess:
        process = forked.process(cli.main, ["run", "--config", str(office.config)], environment=office.environment)
        process.start()
        return process

    yield start
    for process in multiprocessing.active_children():
        process.kill()
        process.join()
