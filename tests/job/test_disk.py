"""Disks that are full, closed or damaged: exit 1, one clear sentence, nothing lost, and once that is mended all is done."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from sync.dropfolder import files
from sync.errors import FolderError, LedgerError, LedgerFull, ReportError, SyncError
from sync.job import intake
from sync.ledger import SCHEMA_VERSION, Ledger
from sync.report import json
from sync.report.excel import results, returned
from sync.sheets import load as loader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.domain.model import Loaded
    from sync.simulator import Running
    from sync.system.handles import Spot
    from tests.job.conftest import Kit, Office, World


@pytest.fixture
def world(office: Office, api: Running, kit: type[Kit]) -> World:
    world = kit.plain_world(12)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    return world


def done_in_the_end(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    assert office.run().info.exit_code == 0
    assert kit.links(api.state()) == world.wanted
    assert office.places() == {"archive": ["a.csv"]}
    assert office.reports()[-1]["summary"]["updated"] == 12
    assert all(row["before"]["confirmation"] == "nicht gesetzt" for row in office.reports()[-1]["files"][0]["rows"])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with a megabyte on it."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount") if sys.platform == "linux" and os.geteuid() == 0 else None
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False).returncode:
        pytest.skip("only root may add a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - where mount is, umount is


def fill(disk: Path) -> Path:
    stuff = disk / "stuff"
    with stuff.open("wb", buffering=0) as file:
        room = 1_000
        while room:
            try:
                file.write(b"\0" * room)
            except OSError:
                room //= 10
    return stuff


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("kilobytes", [4, 8, 12, 16, 24])
def test_a_report_that_finds_no_room_half_way_shows_nobody_a_traceback(
    office: Office, small_disk: Path, *, kilobytes: int
) -> None:
    office.configure(folders={"results": str(small_disk / "results")})
    stuff = fill(small_disk)
    os.truncate(stuff, stuff.stat().st_size - kilobytes * 1024)

    done = office.command("run")

    assert done.returncode == 1
    begins, told = done.stderr.decode().splitlines()
    assert begins.endswith("begins")
    assert told.startswith("Die Ergebnisse lassen sich nicht nach ")


@pytest.mark.parametrize("name", ["results", "state"])
def test_on_a_full_disk_nothing_is_lost_and_with_room_again_all_is_done(
    office: Office, api: Running, kit: type[Kit], world: World, small_disk: Path, *, name: str
) -> None:
    office.configure(folders={name: str(small_disk / name)})
    stuff = fill(small_disk)

    done = office.command("run")

    assert done.returncode == 1
    assert (done.stdout, b"Traceback" in done.stderr) == (b"", False)
    assert str(small_disk) in done.stderr.decode()
    assert len(office.places()) == 1, "the file is in one place"
    assert api.log() == [], "what cannot be remembered or told is not even begun"
    assert list(small_disk.parent.rglob("*.tmp")) == [], "what was tried out is taken away again"

    stuff.unlink()
    assert office.run().info.exit_code == 0
    assert kit.links(api.state()) == world.wanted
    assert office.places() == {"archive": ["a.csv"]}


FILLING: Final = """
import os
from sync.report.excel import copies as orders_child
write = orders_child.marked
def fills(order, target):
    with open({stuff!r}, "wb", buffering=0) as file:
        room = 1_000
        while room:
            try:
                file.write(bytes(room))
            except OSError:
                room //= 10
    os.truncate({stuff!r}, max(0, os.path.getsize({stuff!r}) - {left}))
    return write(order, target)
orders_child.marked = fills
if __name__ == "__main__":
    orders_child.serve(orders_child.answer)
"""


# XlsxWriter does not close the part of a book at which the disk was full
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("left", [0, 4_096, 12_288, 40_960])
@pytest.mark.parametrize("place", ["results", "scratch"])
def test_a_disk_that_fills_up_while_a_process_writes_a_workbook_loses_nothing_and_is_told(  # noqa: PLR0917 - fixtures
    office: Office,
    api: Running,
    kit: type[Kit],
    world: World,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    place: str,
    left: int,
) -> None:
    stuff, folder = small_disk / "stuff", office.folder / "results"
    if place == "results":
        folder = small_disk / "results"
        office.configure(folders={"results": str(folder)})
    (office.folder / "filling_child.py").write_text(FILLING.format(stuff=str(stuff), left=left), "utf-8")
    with monkeypatch.context() as bad:
        bad.syspath_prepend(office.folder)
        bad.setattr(returned, "_MODULE", "filling_child")
        if place == "scratch":
            bad.setattr(tempfile, "tempdir", str(small_disk))
        try:
            said = f"exit code {office.run().exit_code}"
        except ReportError as error:
            said = str(error)
    books = [*folder.rglob("*.xlsx")]
    assert all(zipfile.ZipFile(book).testzip() is None for book in books), "what is there is whole"
    assert not [*small_disk.rglob("*.tmp"), *small_disk.rglob(".onoffice-sync-*")], "what could not be written is taken away"
    assert kit.links(api.state()) == world.wanted
    ended = said == "exit code 0"
    if ended:
        (page,) = folder.glob("*/report.html")
        words = page.read_text(encoding="utf-8")
        assert any("Zeilen erledigt" in book.name for book in books) or "ließ sich nicht markieren" in words
    else:
        assert "Prüfen Sie den freien Platz" in said

    stuff.unlink()
    if not ended:
        assert office.run().exit_code == 0
        assert any("Zeilen erledigt" in book.name for book in folder.rglob("*.xlsx"))
    assert office.places() == {"archive": ["a.csv"]}
    assert kit.links(api.state()) == world.wanted
    gc.collect()  # what XlsxWriter left open is complained about here, and in no later test


def test_a_disk_that_fills_up_while_files_are_read_is_no_fault_of_theirs(  # noqa: PLR0917 - fixtures
    office: Office, api: Running, kit: type[Kit], world: World, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.configure(folders={"state": str(small_disk / "state")})
    office.drop_csv("b.csv", world.rows)
    load, stuff = loader.load, []

    def filling(*arguments: Any) -> Loaded:  # noqa: ANN401 - what else there is
        stuff.append(fill(small_disk))
        return load(*arguments)

    for _ in range(3):
        with monkeypatch.context() as bad:
            bad.setattr(loader, "load", filling)
            with pytest.raises(LedgerFull, match=r"Für das Gedächtnis .+ ist kein Platz mehr"):
                office.run()
        stuff.pop().unlink()

    assert office.run().info.exit_code == 0
    assert kit.links(api.state()) == world.wanted
    assert office.places() == {"archive": ["a.csv", "b.csv"]}


def test_a_disk_that_fills_up_while_results_are_written_costs_the_report_only(
    office: Office, api: Running, kit: type[Kit], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> Iterator[bytes]:
        yield b'{"run": '
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(json, "report_json", full)
    with pytest.raises(
        ReportError,
        match=r"Die Ergebnisse lassen sich nicht nach .+kein Speicherplatz .+macht weiter",
    ):
        office.run()
    monkeypatch.undo()

    assert kit.links(api.state()) == world.wanted
    assert office.reports() == [], "half a report is none"
    done_in_the_end(office, api, kit, world)


def test_results_that_cannot_be_written_are_told(
    office: Office, api: Running, kit: type[Kit], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_arguments: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(results, "write_workbook", closed)
    with pytest.raises(ReportError, match="Prüfen Sie den freien Platz und die Rechte des Ordners"):
        office.run()
    monkeypatch.undo()

    done_in_the_end(office, api, kit, world)


@pytest.mark.parametrize("name", ["archive", "refused", "results", "state", "drop"])
def test_a_file_in_the_place_of_a_folder_is_told_before_anything_begins(
    office: Office, api: Running, kit: type[Kit], world: World, *, name: str
) -> None:
    blocked = office.folder / "blocked"
    blocked.touch()
    before = office.folder / name
    office.configure(folders={name: "blocked"})

    with pytest.raises(FolderError, match="blocked"):
        office.run()

    assert (api.log(), office.places()) == ([], {"drop": ["a.csv"]})
    office.configure(folders={name: str(before)})
    done_in_the_end(office, api, kit, world)


def test_files_that_cannot_be_filed_away_stay_where_they_are_and_go_with_the_next_run(
    office: Office, api: Running, kit: type[Kit], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = files._rename_new

    def full(source: Spot, destination: Spot) -> None:
        if "archive" in destination.path.parts:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        move(source, destination)

    monkeypatch.setattr(files, "_rename_new", full)
    with pytest.raises(FolderError, match="Schaffen Sie Platz auf diesem Datenträger"):
        office.run()
    monkeypatch.undo()
    asked = len(api.log())

    assert office.places() == {"state/claimed": ["a.csv"]}
    assert office.run().info.exit_code == 0
    assert office.places() == {"archive": ["a.csv"]}
    assert (len(api.log()), len(office.reports())) == (asked, 1)
    assert kit.links(api.state()) == world.wanted


def of_a_newer_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def overwritten(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1_000)


def without_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as damaged:
        damaged.execute("ALTER TABLE requests RENAME TO gone")


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten_in_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 4_096)


@pytest.mark.parametrize("damage", [of_a_newer_version, overwritten, without_a_table, cut, emptied, overwritten_in_the_middle])
def test_without_a_sound_ledger_no_request_is_sent(
    office: Office, api: Running, kit: type[Kit], world: World, damage: Callable[[Path], None]
) -> None:
    office.make_folders()
    path = office.folder / "state" / "ledger.sqlite3"
    file = (office.drop / "a.csv").rename(office.folder / "a.csv")
    office.run()
    file.rename(office.drop / "a.csv")
    whole = path.read_bytes()
    damage(path)

    with pytest.raises(LedgerError, match=r"Ohne es wird nichts gesendet|neueren Version"):
        office.run()

    assert api.log() == []
    assert len(office.places()) == 1
    for part in (office.folder / "state").glob("ledger*"):
        part.unlink()
    path.write_bytes(whole)  # as from a backup
    done_in_the_end(office, api, kit, world)


def test_a_ledger_that_another_program_holds_stops_the_run_before_anything_begins(
    office: Office, api: Running, kit: type[Kit], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.make_folders()
    path = office.folder / "state" / "ledger.sqlite3"
    Ledger(path).close()
    monkeypatch.setattr(intake, "Ledger", partial(Ledger, busy_seconds=0))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="ist von einem anderen Programm belegt"):
            office.run()

    assert (api.log(), office.places()) == ([], {"drop": ["a.csv"]})
    done_in_the_end(office, api, kit, world)


def test_a_ledger_that_is_held_later_on_stops_the_run_before_the_next_request(
    office: Office, api: Running, kit: type[Kit], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked until then is known; what was sent is not asked twice."""
    path = office.folder / "state" / "ledger.sqlite3"
    real, others = Ledger.outcome, []

    def held(ledger: Ledger, *arguments: object) -> None:
        real(ledger, *arguments)  # type: ignore[arg-type]  # as they came
        others.append(sqlite3.connect(path, isolation_level=None))
        others[-1].execute("BEGIN IMMEDIATE")

    monkeypatch.setattr(intake, "Ledger", partial(Ledger, busy_seconds=0))
    monkeypatch.setattr(Ledger, "outcome", held)
    with pytest.raises(LedgerError, match="ist von einem anderen Programm belegt"):
        office.run()
    monkeypatch.undo()
    for other in others:
        other.close()

    assert len(api.log()) == 1
    done_in_the_end(office, api, kit, world)


def test_the_command_says_so_in_one_sentence(office: Office, api: Running, world: World) -> None:
    office.make_folders()
    overwritten(office.folder / "state" / "ledger.sqlite3")

    done = office.command("run", "--json")

    assert (done.returncode, done.stdout) == (1, b"")
    assert len(done.stderr.decode().splitlines()) == 1
    assert "schieben es weg, dann beginnt ein neues" in done.stderr.decode()
    assert (api.log(), office.places()) == ([], {"drop": ["a.csv"]})
    assert len(world.rows) == 12


def test_the_drop_folder_set_for_another_purpose_too_is_refused(office: Office, world: World) -> None:
    office.configure(folders={"archive": "drop"})

    with pytest.raises(SyncError, match="geben Sie jedem einen eigenen"):
        office.run()

    assert (office.drop / "a.csv").exists()
    assert len(world.rows) == 12
