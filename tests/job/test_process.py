"""A machine that gives too little, or outputs that go nowhere: a sentence, and the exit code tells what was done."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
import tomllib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync.cli import app as cli
from sync.domain.model import Stop
from sync.errors import LedgerError, SyncError
from sync.job.context import Runtime
from sync.ledger import Memory
from sync.system import process

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells, limits and pipes of POSIX")
ROW = [(70001, 90001, "bestätigt", "aktiv")]


@pytest.fixture
def ready(office: Office, api: Running, kit: type[Kit]) -> Office:
    api.put_state(kit.plain_world(4).seed)
    office.make_folders()
    (office.folder / "state").chmod(0o700)  # as the job makes it
    office.drop_csv("a.csv", ROW)
    return office


def shell(office: Office, line: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """A command as a shell starts it: `line` holds "$@" in its place."""
    command = [sys.executable, "-m", "sync", *arguments]
    return subprocess.run(
        ["/bin/sh", "-c", line, "sh", *command], cwd=office.folder, env=office.environment, capture_output=True, check=False
    )


@pytest.mark.parametrize("line", ['"$@" >&- 2>&- <&-', '"$@" >/dev/full 2>/dev/full'], ids=["closed", "full"])
def test_outputs_that_go_nowhere_change_nothing_of_what_a_run_comes_to(ready: Office, line: str) -> None:
    assert shell(ready, line, "run").returncode == 0
    assert [report["run"]["exit_code"] for report in ready.reports()] == [0]
    assert ready.places()["archive"] == ["a.csv"]
    (database,) = ready.folder.glob("state/*.sqlite3")
    assert database.read_bytes().startswith(b"SQLite format 3")  # not the text that was meant for the output


def test_a_reader_that_goes_away_is_no_failure(ready: Office) -> None:
    assert shell(ready, '"$@" --help | head -c 1; exit 0').stderr == b""
    assert shell(ready, '{ "$@"; echo $? >code; } | true', "history").stderr == b""
    assert (ready.folder / "code").read_text(encoding="utf-8") == "0\n"


@pytest.mark.parametrize("line", ['ulimit -n 12; "$@"', 'ulimit -v 200000; "$@"', 'TZ=:1 "$@"', 'TZ=:/dev/zero "$@"'])
def test_a_machine_that_gives_too_little_is_told_in_a_sentence(ready: Office, line: str) -> None:
    ended = shell(ready, f"{line}", "run")
    assert ended.returncode in {0, 1, 3}
    assert b"Traceback" not in ended.stderr
    assert b"Fehler in diesem Programm" not in ended.stderr
    assert sum(map(len, ready.places().values())) == 1


def test_a_lack_is_told_in_a_sentence_wherever_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    lacks: list[Exception] = [
        MemoryError(),
        OSError(24, "Too many open files"),
        RuntimeError("can't start new thread"),
        OSError(28, ""),
    ]
    for error in lacks:
        assert cli._told(error) == 1
        said = capsys.readouterr().err
        assert "Es ist nichts verloren" in said
        assert said.count("\n") == 1


@pytest.mark.parametrize("name", ["rapidfuzz", "jinja2", "markupsafe", "apprise", "pyxlsb", "xlsxwriter", "dotenv", "typer"])
def test_a_package_that_is_missing_ends_a_run_before_it_begins_and_is_told_by_doctor(ready: Office, name: str) -> None:
    (ready.folder / "sitecustomize.py").write_text(f"import sys\nsys.modules['{name}'] = None\n", encoding="utf-8")
    package = {"dotenv": "python-dotenv", "xlsxwriter": "XlsxWriter"}.get(name, name)
    remedy = f"{sys.executable} -m pip install --force-reinstall --no-deps {package}"
    others = (["run", "--dry-run"], ["check", str(ready.folder / "drop" / "a.csv")]) if name == "jinja2" else ()
    for command in (["run"], *others, ["doctor"]):
        ended = shell(ready, 'PYTHONPATH=. "$@"', *command)
        said = " ".join((ended.stdout + ended.stderr).decode().split())
        assert (ended.returncode, "Traceback" in said, "Fehler in diesem Programm" in said) == (1, False, False)
        assert f"es fehlt: {package}." in said
        assert remedy in said
    assert ("Probleme: 1." in said) == (name not in {"xlsxwriter", "typer"}), "the doctor itself needs these"
    assert ready.places()["drop"] == ["a.csv"]
    assert ready.reports() == []


def test_a_missing_package_that_nobody_looked_for_is_no_fault_of_this_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli._told(ModuleNotFoundError("No module named 'h11._x'", name="h11._x")) == 1
    said = capsys.readouterr().err
    assert "es fehlt: h11." in said
    assert said.count("\n") == 1


def test_every_package_that_the_program_asks_for_is_looked_for() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[^\w.-]", line)[0] for line in project["dependencies"] if "win32" not in line or sys.platform == "win32"}
    looked_for = {package or name for name, package in process._IMPORTED.items()}
    assert looked_for - asked == {"markupsafe", "numpy", "urllib3"}
    assert asked <= looked_for
    assert process.missing_packages() == []


def test_no_image_of_the_memory_is_left_and_no_key_of_a_connection(tmp_path: Path) -> None:
    code = (
        "import os, resource, ssl; from sync.system.process import set_right; set_right();"
        "ssl.create_default_context(); print(resource.getrlimit(resource.RLIMIT_CORE), os.environ['NETRC'])"
    )
    keys = tmp_path / "keys"
    ended = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "SSLKEYLOGFILE": str(keys)}, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split("(")[1].startswith("0, 0)")
    assert ended.stdout.endswith(f"{os.devnull}\n")
    assert not keys.exists()


def test_the_command_prepares_its_process_and_a_call_from_another_program_leaves_it_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepared: list[bool] = []
    monkeypatch.setattr(cli, "set_right", lambda: prepared.append(True))
    monkeypatch.setattr(sys, "argv", ["onoffice-sync", "--version"])
    for arguments in (["--version"], None):
        with pytest.raises(SystemExit):
            cli.main(arguments)
    assert prepared == [True]


def test_an_output_that_does_not_block_gets_everything() -> None:
    code = (
        "import os; os.set_blocking(1, False); from sync.system.process import set_right; set_right();"
        "[print('x' * 999) for _ in range(1000)]"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ) as started:
        assert started.stdout is not None
        time.sleep(0.3)  # the pipe is full by then
        assert len(started.stdout.read()) == 1_000_000
    assert started.returncode == 0


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u202e", "\u2066", "\x85", "\x9b31m"])
def test_what_steers_a_terminal_unseen_is_spelled_out(sign: str) -> None:
    code = f"from sync.system.process import set_right; set_right(); print('Müller' + {sign!r} + '!')"
    ended = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONIOENCODING": "utf-8"}, capture_output=True, check=True
    )
    assert ended.stdout.decode() == f"Müller<U+{ord(sign[0]):04X}>{sign[1:]}!\n"
    assert process.spelled(f"Größe €{sign}") == f"Größe €<U+{ord(sign[0]):04X}>{sign[1:]}"


@pytest.mark.parametrize("name", ["told.json", "moves.json"])
def test_a_small_file_of_the_job_that_is_nested_too_deeply_stops_nobody(ready: Office, name: str) -> None:
    (ready.folder / "state" / name).write_text("[" * 200_000, encoding="utf-8")
    assert ready.run().exit_code == 0


def flipped(path: Path, seed: int) -> None:
    """Change 200 bytes of a file, wherever they are."""
    dice, content = random.Random(seed), bytearray(path.read_bytes())  # noqa: S311 - no secret
    for _ in range(200):
        content[dice.randrange(len(content))] = dice.randrange(256)
    path.write_bytes(content)


def whole_ledger(office: Office) -> Path:
    """A ledger in which a run is written down, in one file."""
    office.run()
    (path,) = office.folder.glob("state/*.sqlite3")
    assert not path.with_name(f"{path.name}-wal").exists()
    return path


def ask_everything(path: Path) -> None:
    with closing(Memory(path, to_write=False)) as memory:
        for run in memory.runs():
            memory.done(run.id)
            memory.requests(run.id)
            memory.inherited(run.id)
        memory.starts(range(100_000))
        memory.last_requests(10)
        memory.seen_before("0")


def test_two_hundred_bytes_changed_in_the_ledger_are_told_in_a_sentence(ready: Office) -> None:
    path = whole_ledger(ready)
    content, told = path.read_bytes(), []
    for seed in range(60):
        path.write_bytes(content)
        flipped(path, seed)
        try:
            ask_everything(path)
        except LedgerError as error:
            told.append(str(error))
    assert len(told) > 30
    assert all("ledger" in text for text in told)


@pytest.mark.long
def test_no_change_of_the_ledger_s_bytes_ends_a_run_otherwise_than_in_order(ready: Office, kit: type[Kit]) -> None:
    path = whole_ledger(ready)
    content = path.read_bytes()
    for seed in range(100):
        for stray in path.parent.glob(f"{path.name}-*"):
            stray.unlink()
        path.write_bytes(content)
        flipped(path, seed)
        ready.drop_csv(f"{seed}.csv", [(*ROW[0][:2], *kit.plain_world(1).rows[0][2:])])
        with contextlib.suppress(SyncError):
            assert ready.run().exit_code in set(range(5))


class Failing(sqlite3.Connection):
    """A database that fails from its n-th statement on."""

    left = count = 0

    def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401 - passed on
        Failing.count += 1
        if Failing.count > Failing.left:
            raise sqlite3.DatabaseError("database disk image is malformed")
        return super().execute(*arguments)


def fails_at(number: int, office: Office) -> bool:
    """Whether the ledger got as far as that statement in a run, which then has to end in a sentence."""
    Failing.count, Failing.left = 0, number
    try:
        with contextlib.suppress(LedgerError):
            office.run()
    finally:
        Failing.left = 10**9
    return Failing.count > number


@pytest.fixture
def failing(ready: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, **named, factory=Failing))
    Failing.left = 10**9
    return ready


@pytest.mark.parametrize("number", [1, 9, 23, 40])
def test_a_ledger_that_fails_in_the_middle_of_a_run_is_told_in_a_sentence(failing: Office, number: int) -> None:
    assert fails_at(number, failing)
    assert sum(map(len, failing.places().values())) == 1


@pytest.mark.long
def test_a_ledger_that_fails_at_any_statement_of_a_run_is_told_in_a_sentence(failing: Office) -> None:
    number = 1
    while fails_at(number, failing):
        number += 1
    assert number > 40


@pytest.mark.parametrize("seed", ["/dev/zero", "fifo", "deep.json"])
def test_a_seed_that_has_no_end_or_no_bottom_is_told(tmp_path: Path, seed: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "deep.json").write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        cli.main(["simulate", "--port", "0", "--seed", seed if seed.startswith("/") else str(tmp_path / seed)])
    assert left.value.code == 2


def test_a_log_that_is_no_plain_file_is_not_written(ready: Office) -> None:
    (ready.folder / "state" / "logs").mkdir(parents=True)
    os.mkfifo(ready.folder / "state" / "logs" / "onoffice-sync.log")
    ended = ready.command("run")
    assert ended.returncode == 0
    assert "kann nicht geschrieben werden; der Abgleich läuft weiter".encode() in ended.stderr


@pytest.mark.parametrize(
    "begin", ["31.12.9999 23:59", "9999-12-31T23:59:59+00:00", "9999-12-31T00:00:00-23:59", "0001-01-01T00:00:00+14:00"]
)
def test_a_begin_at_the_end_of_time_is_a_row_s_own_matter(ready: Office, begin: str) -> None:
    ready.drop_csv("z.csv", [(70002, 90001, "gesendet", begin)], header=("Termin-ID", "Adress-ID", "Status", "Beginn"))
    finished = ready.run()
    assert finished.exit_code in {0, 3}
    assert json.dumps(ready.reports()[-1])


@pytest.mark.parametrize("now", [253_402_300_700, 253_402_214_400, 0, -1])
def test_a_clock_at_either_end_of_time_is_told_as_a_wrong_clock(ready: Office, now: int) -> None:
    ready.configure(sending={"deadline": "06:00"})
    stopped = ready.run(Runtime(now=lambda: now)).info.stopped
    assert stopped is not None
    assert stopped.stop is Stop.CLOCK


@pytest.mark.parametrize("start", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_seed_at_either_end_of_time_is_told(tmp_path: Path, start: str) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"appointments": [{"id": 1, "start": start, "contacts": []}], "addresses": []}), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        cli.main(["simulate", "--port", "0", "--seed", str(seed)])
    assert left.value.code == 2
