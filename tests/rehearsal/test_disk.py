"""Disks without room, closed folders, a ledger that others hold: exit 1, a clear sentence, nothing lost, later all is done."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from sync.cli import app as cli
from tests.rehearsal.cases import Case
from tests.rehearsal.instants import Instants, disk_is_full, watched
from tests.tries import tries

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit

    MakeCase = Callable[[str], Case]
    Night = Callable[[Case], tuple[int, str]]

#: A workbook that could not be written to its end leaves XlsxWriter's own file for Python to close.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

#: How many of the calls that need room fail in the short form; the long form takes every one.
SHORT: Final = tries(8)
#: Free room in KiB on a small disk, from nothing to more than enough.
ROOMS: Final = (0, 12, 90, 180, 220, 320, 1500)


@pytest.fixture
def night(kit: type[Kit], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Night]:
    """The nightly job by its one door: exit code and what stands on the error output."""
    monkeypatch.setenv("ONOFFICE_TOKEN", kit.token)
    monkeypatch.setenv("ONOFFICE_SECRET", kit.secret)

    def job(case: Case) -> tuple[int, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main(["run", "--config", str(case.office.config)])
        return int(left.value.code or 0), capfd.readouterr().err

    yield job
    gc.collect()


@pytest.fixture
def make_case(tmp_path: Path, kit: type[Kit], api: Running, dice: Callable[[int], random.Random]) -> MakeCase:
    """Makes the same office again and again, each in a folder of its own."""
    return lambda name: Case(tmp_path / name, kit, api, dice(0))


def then_all_is_done(case: Case, night: Night) -> None:
    case.until_quiet(lambda: night(case)[0])


def assert_told(code: int, told: str) -> None:
    """Either nothing that matters failed, or it is told in plain words."""
    assert code in {0, 1, 3}
    assert "Traceback" not in told
    assert code != 1 or told.strip(), "a failure says why"


def fail_at(case: Case, night: Night, at: int, *, onwards: bool) -> bool:
    """One night in which the call `at` finds no room, then peace; returns whether there was such a call."""
    instants = Instants(case.office.folder, at, disk_is_full, writing=True, onwards=onwards)
    with case.chronicle.start(), watched(instants):
        code, told = night(case)
    print(at, onwards, instants.seen[at - 1 : at], code, told)  # noqa: T201 - shown by pytest when a test fails
    assert_told(code, told)
    then_all_is_done(case, night)
    return len(instants.seen) >= at


def test_whichever_call_finds_no_room_nothing_is_lost(
    make_case: MakeCase, night: Night, dice: Callable[[int], random.Random]
) -> None:
    case = make_case("counted")
    with watched(Instants(case.office.folder, writing=True)) as instants:
        night(case)

    for number, at in enumerate(dice(1).sample(range(1, len(instants.seen) + 1), SHORT)):
        assert fail_at(make_case(str(at)), night, at, onwards=number % 2 == 0)


@pytest.mark.long
@pytest.mark.parametrize("onwards", [False, True])
def test_each_single_call_that_needs_room_may_find_none(make_case: MakeCase, night: Night, *, onwards: bool) -> None:
    at = 1
    while fail_at(make_case(str(at)), night, at, onwards=onwards):
        at += 1
    assert at > 50


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with two megabytes on it."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount") if sys.platform == "linux" and os.geteuid() == 0 else None
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], check=False).returncode:
        pytest.skip("only root may add a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - where mount is, umount is


def leave_room(disk: Path, kilobytes: int) -> Path:
    """Fill a disk but for so much."""
    stuff = disk / "stuff"
    free = shutil.disk_usage(disk).free
    stuff.write_bytes(bytes(max(0, free - kilobytes * 1024)))
    return stuff


def test_an_office_on_a_disk_that_is_nearly_full_loses_nothing(
    disk: Path, kit: type[Kit], api: Running, dice: Callable[[int], random.Random], night: Night
) -> None:
    codes = []
    for room in ROOMS:
        case = Case(disk / f"office-{room}", kit, api, dice(0))
        stuff = leave_room(disk, room)
        with case.chronicle.start():
            code, told = night(case)
            stuff.unlink()
        assert_told(code, told)
        codes.append(code)
        then_all_is_done(case, night)
        shutil.rmtree(case.office.folder)
    assert codes[0] == 1
    assert codes[-1] == 3


@pytest.fixture
def closed(disk: Path) -> Iterator[Callable[[], None]]:
    """Makes a folder one that nobody may write to; `root` may write wherever the disk itself lets it."""

    def close(how: str = "ro") -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)  # noqa: S607 - as above

    yield close
    close("rw")


@pytest.mark.parametrize("name", ["results", "archive", "state"])
def test_a_folder_that_became_read_only_costs_nothing_but_time(
    disk: Path, closed: Callable[..., None], make_case: MakeCase, night: Night, *, name: str
) -> None:
    case = make_case("office")
    (disk / name).mkdir()
    case.office.configure(folders={name: str(disk / name)})
    if name == "state":
        with case.chronicle.start():
            assert night(case)[0] == 3
        case.chronicle.dropped(case.world.drop(case.office.drop, "noch-"))
    closed()

    with case.chronicle.start():
        code, told = night(case)

    assert code == 1
    assert "Traceback" not in told
    assert str(disk / name) in told
    closed("rw")
    then_all_is_done(case, night)


def test_a_ledger_that_somebody_else_holds_stops_the_run_before_it_sends_anything(
    make_case: MakeCase, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case("office")
    case.office.drop.rename(case.office.folder / "later")
    assert night(case)[0] == 0
    shutil.rmtree(case.office.drop)
    (case.office.folder / "later").rename(case.office.drop)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *some, **named: connect(*some, **named | {"timeout": 0.05}))

    with closing(connect(case.office.folder / "state" / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with case.chronicle.start():
            code, told = night(case)

    assert code == 1
    assert "ledger.sqlite3" in told
    assert "Traceback" not in told
    assert case.api.log() == []
    then_all_is_done(case, night)
