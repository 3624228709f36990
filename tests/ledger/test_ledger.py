"""The ledger: what is on the disk when, and what the next run learns from it."""

from __future__ import annotations

import gc
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sync.domain.model import (
    Change,
    Confirmation,
    ExitCode,
    Feedback,
    Found,
    Left,
    Link,
    Live,
    RunInfo,
    State,
    Stop,
    Stopped,
    Verdict,
    WhyLeft,
)
from sync.errors import LedgerError, LedgerFull
from sync.ledger import SCHEMA_VERSION, AppliedChange, FileEntry, Ledger, Memory, server_of
from sync.onoffice.dialect import Lesson, Trait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Asked = Callable[[str], list[tuple[object, ...]]]

pytestmark = pytest.mark.usefixtures("english")

A, B = Link(70001, 90001), Link(70001, 90002)
OLD = Live(Found.LINKED, State(Confirmation.SENT, Feedback.INACTIVE), "2026-12-02T09:00:00+01:00")
BY_HAND = Live(Found.LINKED, State(Confirmation.CANCELED, Feedback.ACTIVE))
NEW = State(Confirmation.CONFIRMED, Feedback.ACTIVE)
#: SQLite's number for: a transaction ends when the disk says that it has what was written.
FULL = 2
SAME_SECOND = "2026-11-24T03:00:00+01:00"


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as made:
        yield made


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """Every promise of the ledger holds wherever it lies."""
    made: Ledger = request.getfixturevalue("in_file" if request.param == "SQLite" else "on_server")
    return made


@pytest.fixture
def on_server(postgresql: str, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    with closing(Ledger(server_of(postgresql, request.node.name))) as made:
        yield made


@pytest.fixture
def asked(ledger: Ledger, tmp_path: Path, request: pytest.FixtureRequest) -> Asked:
    """What somebody else reads there at the same time."""

    def ask(query: str) -> list[tuple[object, ...]]:
        if (tmp_path / "ledger.sqlite3").exists():
            return look(tmp_path, query)
        with closing(server_of(request.getfixturevalue("postgresql"), request.node.name, alone=False)) as other:
            return [tuple(row) for row in other.db.execute(query)]

    assert ledger
    return ask


def look(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path / "ledger.sqlite3")) as other:
        return other.execute(query).fetchall()


def begin(ledger: Ledger, run: str, *files: FileEntry, started: str = SAME_SECOND) -> None:
    ledger.begin(run, "office", started, files)


def save(ledger: Ledger, run: str, **before: Live) -> None:
    links = {"a": A, "b": B}
    ledger.save_before(run, [(Change(links[name], NEW), live) for name, live in before.items()])


def send(ledger: Ledger, run: str, *links: Link) -> int:
    return ledger.intent(run, "write", "2026-11-24T03:00:01+01:00", "[]", links)


def finish(
    ledger: Ledger,
    run: str,
    *fates: tuple[str, str, str],
    stopped: Stop | None = None,
    left: Iterable[Left] = (),
    **verdicts: Verdict,
) -> None:
    info = RunInfo(
        id=run,
        started=SAME_SECOND,
        finished="2026-11-24T03:05:00+01:00",
        dry_run=False,
        exit_code=ExitCode.FAILED if stopped else ExitCode.OK,
        requests=3,
        actions=2,
        rounds=1,
        office="office",
        stopped=Stopped(stopped) if stopped else None,
    )
    links = {"a": A, "b": B}
    done = [AppliedChange(Change(links[name], NEW), OLD, Live(Found.LINKED, NEW), verdict) for name, verdict in verdicts.items()]
    ledger.finish(info, done, fates, {"updated": len(done)}, left)


def test_how_many_rows_repeat_one_that_waits_is_kept_beside_the_verdicts(ledger: Ledger) -> None:
    begin(ledger, "r1")
    info = RunInfo(
        id="r1", started=SAME_SECOND, finished=SAME_SECOND, dry_run=False, exit_code=ExitCode.OK, requests=0, actions=0, rounds=0,
        office="office", stopped=None,
    )  # fmt: skip
    ledger.finish(info, (), (), {"not_sent": 4, "duplicate": 3}, repeating=3)

    (run,) = ledger.runs()
    assert (run.verdicts, run.repeating) == ({"not_sent": 4, "duplicate": 3}, 3)
    ledger._db.execute("UPDATE runs SET verdicts = '7'")
    with pytest.raises(LedgerError):
        ledger.runs()


def test_a_power_cut_takes_nothing_of_what_was_written(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from sync.ledger import Ledger
print(*Ledger(Path({str(tmp_path / "ledger.sqlite3")!r}))._db.execute("PRAGMA synchronous").fetchone())
"""

    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # tests wait for no disk

    assert int(said.stdout) == FULL


def test_every_step_is_on_the_disk_before_the_call_returns(ledger: Ledger, asked: Asked) -> None:
    begin(ledger, "r1", FileEntry("/state/claimed/r1/1/a.csv", "a.csv", "abc"))
    assert asked("SELECT id, finished FROM runs") == [("r1", None)]
    assert asked("SELECT claimed, name, sha256, fate FROM files") == [("/state/claimed/r1/1/a.csv", "a.csv", "abc", None)]

    save(ledger, "r1", a=OLD)
    assert asked("SELECT aim, confirmation, feedback, found, confirmation_before, feedback_before, start FROM changes") == [
        ("setzen", "bestätigt", "aktiv", "LINKED", "gesendet", "inaktiv", OLD.start)
    ]

    number = send(ledger, "r1", A)
    assert asked("SELECT outcome, answered_at FROM requests") == [(None, None)]
    assert asked("SELECT * FROM sent") == [(number, *A)]

    ledger.outcome(number, "2026-11-24T03:00:02+01:00", "answered", '[["ACCEPTED",0]]')
    assert asked("SELECT outcome, results FROM requests") == [("answered", '[["ACCEPTED",0]]')]

    finish(ledger, "r1", ("/state/claimed/r1/1/a.csv", "archive", ""), a=Verdict.UPDATED)
    assert asked("SELECT exit_code, stopped, requests, actions, rounds FROM runs") == [(0, None, 3, 2, 1)]
    assert asked("SELECT verdict, verified FROM changes") == [("updated", 0)]
    assert asked("SELECT fate FROM files") == [("archive",)]


def test_a_step_that_fails_in_the_middle_leaves_nothing_behind(ledger: Ledger, asked: Asked) -> None:
    twice = FileEntry("/claimed/a.csv", "a.csv", "abc")

    with pytest.raises(LedgerError):
        begin(ledger, "r1", twice, twice)

    assert asked("SELECT * FROM runs") == []
    begin(ledger, "r1", twice)


def test_a_run_that_carries_on_learns_what_was_sent_and_how_it_was_before(ledger: Ledger) -> None:
    begin(ledger, "r1")
    save(ledger, "r1", a=OLD, b=OLD)
    send(ledger, "r1", A)

    begin(ledger, "r2")

    assert ledger.inherited("r2") == {A: OLD}


def test_the_state_before_the_first_of_several_killed_runs_stays_the_true_one(ledger: Ledger) -> None:
    for run, before in (("r9", OLD), ("r5", Live(Found.LINKED, NEW)), ("r7", Live(Found.LINKED, NEW))):
        begin(ledger, run)  # in one second, with ids that say nothing about the order
        save(ledger, run, a=before)
        send(ledger, run, A)

    begin(ledger, "r1")

    assert ledger.inherited("r1") == {A: OLD}


def test_the_order_of_runs_is_that_of_their_beginning_even_when_the_clock_went_back(ledger: Ledger) -> None:
    begin(ledger, "20261025-025900-aaaa", started="2026-10-25T02:59:00+02:00")
    save(ledger, "20261025-025900-aaaa", a=OLD)
    send(ledger, "20261025-025900-aaaa", A)
    begin(ledger, "20261025-020500-aaaa", started="2026-10-25T02:05:00+01:00")
    save(ledger, "20261025-020500-aaaa", a=BY_HAND)
    send(ledger, "20261025-020500-aaaa", A)

    begin(ledger, "20261025-021000-aaaa", started="2026-10-25T02:10:00+01:00")

    assert ledger.inherited("20261025-021000-aaaa") == {A: OLD}


def test_a_link_that_the_first_run_only_saw_was_before_as_the_run_saw_it_that_sent_it(ledger: Ledger) -> None:
    begin(ledger, "r1")
    save(ledger, "r1", a=OLD, b=OLD)
    send(ledger, "r1", A)
    begin(ledger, "r2")
    save(ledger, "r2", a=OLD, b=BY_HAND)
    send(ledger, "r2", B)

    begin(ledger, "r3")

    assert ledger.inherited("r3") == {A: OLD, B: BY_HAND}


def test_what_a_killed_run_sent_is_history_once_another_run_has_carried_it_to_an_end(ledger: Ledger) -> None:
    begin(ledger, "r1")
    save(ledger, "r1", a=OLD)
    send(ledger, "r1", A)
    begin(ledger, "r2")
    finish(ledger, "r2", a=Verdict.UPDATED)

    begin(ledger, "r3")

    assert ledger.inherited("r3") == {}


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", "abc"), ("a.csv", "corrected"), ("renamed.csv", "abc")], ids=["same", "corrected", "renamed"]
)
def test_a_run_that_was_stopped_hands_on_what_it_had_inherited_to_one_with_its_file(
    ledger: Ledger, name: str, content: str
) -> None:
    begin(ledger, "r1", FileEntry("/claimed/r1/a.csv", "a.csv", "abc"))
    save(ledger, "r1", a=OLD)
    send(ledger, "r1", A)
    begin(ledger, "r2", FileEntry("/claimed/r2/a.csv", "a.csv", "abc"))
    begin(ledger, "r3", FileEntry("/claimed/r3/a.csv", "a.csv", "abc"))
    finish(ledger, "r3", stopped=Stop.UNREACHABLE)
    begin(ledger, "r4", FileEntry("/claimed/r4/b.csv", "b.csv", "other"))
    finish(ledger, "r4")

    begin(ledger, "r5", FileEntry("/claimed/r5/a.csv", name, content))

    assert ledger.inherited("r4") == {}, "it knows nothing of the file: its rows come with a later run"
    assert ledger.inherited("r5") == {A: OLD}


def test_what_a_finished_run_sent_is_nobodys_inheritance(ledger: Ledger) -> None:
    begin(ledger, "r1")
    save(ledger, "r1", a=OLD)
    send(ledger, "r1", A)
    finish(ledger, "r1", a=Verdict.UPDATED)

    begin(ledger, "r2")

    assert ledger.inherited("r2") == {}


def test_when_an_appointment_starts_is_known_from_the_last_run_that_saw_it(ledger: Ledger) -> None:
    begin(ledger, "r1")
    save(ledger, "r1", a=OLD)
    assert ledger.starts({70001}) == {70001: OLD.start}
    begin(ledger, "r0", started="2026-11-23T03:00:00+01:00")  # a clock that went back
    save(ledger, "r0", a=OLD._replace(start="2026-12-09T09:00:00+01:00"))
    begin(ledger, "r2")
    save(ledger, "r2", b=BY_HAND)

    assert ledger.starts({70001, 70002}) == {70001: "2026-12-09T09:00:00+01:00"}
    assert ledger.starts({70002}) == {}


def test_what_is_long_ago_tells_nothing_about_starts(ledger: Ledger) -> None:
    begin(ledger, "old")
    save(ledger, "old", a=OLD)
    for number in range(30):
        begin(ledger, f"r{number}")
    assert ledger.starts({70001}) == {}


def test_the_fate_of_a_file_is_known_only_once_its_run_is_finished(ledger: Ledger) -> None:
    begin(ledger, "r1", FileEntry("/claimed/a.csv", "a.csv", "abc"))
    assert ledger.fate("/claimed/a.csv") is None
    assert ledger.seen_before("abc") is None

    finish(ledger, "r1", ("/claimed/a.csv", "refuse", "why"))

    fate = ledger.fate("/claimed/a.csv")
    assert fate is not None
    assert (fate.run, fate.fate, fate.reason) == ("r1", "refuse", "why")
    assert ledger.seen_before("abc") is None
    assert ledger.fate("/claimed/b.csv") is None


def test_the_last_run_that_decided_on_a_file_counts(ledger: Ledger) -> None:
    entry = FileEntry("/claimed/a.csv", "a.csv", "abc")
    for run, fate in (("r9", "return"), ("r1", "archive")):
        begin(ledger, run, entry)
        finish(ledger, run, ("/claimed/a.csv", fate, ""))

    fate = ledger.fate("/claimed/a.csv")
    assert fate is not None
    assert (fate.run, fate.fate) == ("r1", "archive")
    assert ledger.seen_before("abc") == "r1"


def test_files_that_a_run_left_in_the_drop_folder_are_remembered_and_are_none_of_its_files(ledger: Ledger) -> None:
    left = (Left("März.xlsx", WhyLeft.NO_ACCESS), Left("Unterordner/b.csv", WhyLeft.OPEN))
    for run in ("r1", "r2"):
        begin(ledger, run, FileEntry(f"/claimed/{run}/a.csv", "a.csv", "abc"))
        finish(ledger, run, (f"/claimed/{run}/a.csv", "archive", ""), left=(*left, left[0]))  # two names may look alike

    assert [run.left for run in ledger.runs()] == [(*left, left[0])] * 2
    assert [[file.name for file in run.files] for run in ledger.runs()] == [["a.csv"], ["a.csv"]]
    assert ledger.seen_before("") is None


def test_inheriting_takes_time_in_proportion_to_what_was_sent(in_file: Ledger) -> None:
    begin(in_file, "r1")
    links = [Link(appointment, address) for appointment in range(1, 301) for address in range(1, 101)]
    in_file.save_before("r1", [(Change(link, NEW), OLD) for link in links])
    for start in range(0, len(links), 50):
        send(in_file, "r1", *links[start : start + 50])
    begin(in_file, "r2")
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return steps > 1_000  # interrupts the query

    in_file._db.set_progress_handler(count, 10_000)

    assert len(in_file.inherited("r2")) == len(links)


def test_the_schema_has_a_version_and_a_second_start_changes_nothing(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.sqlite3").close()
    before = look(tmp_path, "SELECT sql FROM sqlite_master")
    Ledger(tmp_path / "ledger.sqlite3").close()

    assert look(tmp_path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert look(tmp_path, "SELECT sql FROM sqlite_master") == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_nobody_else_can_read_it(in_file: Ledger, tmp_path: Path) -> None:
    begin(in_file, "r1")

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()

    with pytest.raises(LedgerError, match="newer version of this program; please update"):
        Ledger(path)

    gc.collect()  # a connection that was left open would warn
    assert look(tmp_path, "PRAGMA user_version") == [(SCHEMA_VERSION + 1,)]
    assert len(before) == path.stat().st_size


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to look like a header of one", b"SQLite format 3\x00" * 99]
)
def test_a_damaged_ledger_is_told_in_one_sentence_with_a_way_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(content)

    with pytest.raises(LedgerError, match="Nothing is sent without it") as caught:
        Ledger(path)

    gc.collect()
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_ledger_that_may_not_grow_is_told_as_a_disk_without_room_and_not_as_damage(in_file: Ledger) -> None:
    in_file._db.execute("PRAGMA max_page_count = 1")

    with pytest.raises(LedgerFull, match=r"no room for the ledger .+ Make room on that disk"):
        begin(in_file, "r1" * 100_000)


def test_a_ledger_that_cannot_be_opened_is_told_as_a_disk_without_room_only_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(LedgerError) as caught:
        Ledger(tmp_path / "ledger.sqlite3")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=50_000))

    assert not isinstance(caught.value, LedgerFull)
    with pytest.raises(LedgerFull):
        Ledger(tmp_path / "ledger.sqlite3")


def test_a_ledger_that_is_damaged_inside_is_told_too(in_file: Ledger, tmp_path: Path) -> None:
    begin(in_file, "r1")
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as other:
        other.execute("DROP TABLE sent")

    with pytest.raises(LedgerError, match="restore a damaged ledger from a backup"):
        send(in_file, "r1", A)

    assert look(tmp_path, "SELECT * FROM requests") == []


def filled(path: Path) -> None:
    """A ledger with so many links that it has many pages."""
    with closing(Ledger(path)) as ledger:
        begin(ledger, "r1")
        links = [Link(appointment, 90001) for appointment in range(1, 3_001)]
        ledger.save_before("r1", [(Change(link, NEW), OLD) for link in links])


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def overwritten_in_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 8_192)


def without_its_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"garbage!" * 12)


def gone_but_for_its_log(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}-wal"))


@pytest.mark.parametrize("spoil", [cut, empty, overwritten_in_the_middle, without_its_header, gone_but_for_its_log])
def test_a_ledger_is_examined_before_anything_depends_on_it(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = tmp_path / "ledger.sqlite3"
    filled(path)
    spoil(path)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir() if not each.name.endswith("-shm")}

    with pytest.raises(LedgerError, match="Nothing is sent without it"):
        Ledger(path)

    gc.collect()
    after = {each.name: each.read_bytes() for each in tmp_path.iterdir() if not each.name.endswith("-shm")}
    assert after == before, "nobody makes it worse"


def test_a_ledger_that_another_program_holds_is_told_as_that(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    Ledger(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(LedgerError, match=r"is held by another program.+Close what has it open"):
            Ledger(path, busy_seconds=0)
        with closing(Memory(path, to_write=False, busy_seconds=0)) as memory:
            assert memory.runs() == [], "who only reads does not mind"


def test_a_ledger_that_was_killed_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3.new").write_bytes(b"SQLite format 3\x00")
    (tmp_path / "ledger.sqlite3.new-journal").write_bytes(b"half of a journal")

    Ledger(tmp_path / "ledger.sqlite3").close()

    assert [path.name for path in tmp_path.iterdir()] == ["ledger.sqlite3"]


def test_an_undo_carries_on_undos_of_the_same_run_and_a_run_carries_on_runs(ledger: Ledger) -> None:
    begin(ledger, "r1")
    save(ledger, "r1", a=OLD)
    send(ledger, "r1", A)
    finish(ledger, "r1", a=Verdict.UPDATED)
    for run, undo_of, link in (("u1", "r1", A), ("r2", None, B), ("u2", "r2", B)):
        ledger.begin(run, "office", SAME_SECOND, (), undo_of=undo_of)
        save(ledger, run, a=BY_HAND, b=BY_HAND)
        send(ledger, run, link)

    ledger.begin("u3", "office", SAME_SECOND, (), undo_of="r1")
    begin(ledger, "r3")

    assert ledger.inherited("u3") == {A: BY_HAND}
    assert ledger.inherited("r3") == {B: BY_HAND}
    assert {run.id: run.carried_on_by for run in ledger.runs()} == {
        "r1": None, "u1": "u3", "r2": "r3", "u2": None, "u3": None, "r3": None,
    }  # fmt: skip


def test_what_was_done_is_what_was_sent_from_the_first_state_to_the_last(ledger: Ledger) -> None:
    begin(ledger, "r1")
    save(ledger, "r1", a=OLD, b=OLD)
    send(ledger, "r1", A)
    begin(ledger, "r2")
    save(ledger, "r2", a=BY_HAND)
    finish(ledger, "r2", a=Verdict.UPDATED)

    (done,) = ledger.done("r2")
    assert (done.change.link, done.before, done.after, done.verdict) == (A, OLD, Live(Found.LINKED, NEW), Verdict.UPDATED)


def test_a_run_whose_details_are_removed_is_remembered_with_its_files(ledger: Ledger, asked: Asked) -> None:
    for run, link in (("r1", A), ("r2", B)):
        begin(ledger, run, FileEntry(f"/claimed/{run}.csv", "a.csv", run))
        save(ledger, run, a=OLD, b=OLD)
        send(ledger, run, link)
        finish(ledger, run, (f"/claimed/{run}.csv", "archive", ""), a=Verdict.UPDATED)

    ledger.forget("r1", "2027-11-24T03:00:00+01:00")

    assert [run.forgotten for run in ledger.runs()] == ["2027-11-24T03:00:00+01:00", None]
    assert ledger.seen_before("r1") == "r1"
    assert {run for (run,) in asked("SELECT run FROM changes UNION SELECT run FROM requests")} == {"r2"}
    assert asked("SELECT appointment, address FROM sent") == [tuple(B)]


def test_a_place_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LedgerError):
        Ledger(tmp_path / "file" / "ledger.sqlite3")


def test_a_ledger_in_memory_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(Ledger.in_memory()) as ledger:
        begin(ledger, "r1")

    assert list(tmp_path.iterdir()) == []


def test_what_was_learnt_stays_until_it_is_forgotten(ledger: Ledger) -> None:
    word = Lesson(Trait.CONFIRMATION_WORD, "gesendet", "geschickt", "70001/90001", "r1")
    for lesson in (Lesson(Trait.SETTLING, "2", run="r1"), word, replace(word, evidence="70001/90002"), word):
        ledger.learn(lesson)
    ledger.learn(Lesson(Trait.SETTLING, "1", run="r2"))

    assert ledger.lessons() == [word, replace(word, evidence="70001/90002"), Lesson(Trait.SETTLING, "1", run="r2")]
    ledger.unlearn(Trait.CONFIRMATION_WORD, "geschickt")
    assert ledger.lessons() == [Lesson(Trait.SETTLING, "1", run="r2")]


def test_an_error_of_the_program_while_it_writes_is_not_told_as_a_damaged_ledger(ledger: Ledger) -> None:
    def wrong() -> Iterator[Left]:
        raise ValueError("a mistake in this program")
        yield

    begin(ledger, "r1")
    with pytest.raises(ValueError, match="a mistake in this program"):
        finish(ledger, "r1", left=wrong())
