"""What the doctor says about folders; it leaves them as they were."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sync.config import FOLDERS
from sync.ledger import SCHEMA_VERSION, Ledger
from sync.setup.doctor import Level, Symptom, machine
from sync.setup.doctor.finding import step
from sync.setup.doctor.machine import network, network_of
from sync.system.handles import Spot
from sync.system.process import user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Practice

S = Symptom
POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")
MOUNTS = """\
//server/share /mnt/share cifs rw 0 0
server:/export /mnt/two\\040words nfs4 rw 0 0
tmpfs /mnt/share/local tmpfs rw 0 0
odd line
/dev/sda1 / ext4 rw 0 0
"""


def test_all_folders_in_order_are_told_one_by_one_and_hold_nothing_new(practice: Practice) -> None:
    fine = [finding.folder for finding in practice.examine().findings if finding.symptom is S.FOLDER_FINE]

    assert fine == list(FOLDERS)
    assert [path for path in practice.folder.rglob("*") if path.is_file()] == [practice.config]


def test_folders_that_are_missing_are_only_noted_and_not_made(practice: Practice) -> None:
    for name in FOLDERS:
        (practice.folder / name).rmdir()
    practice.configure("folders", state="deep/down/state")

    assert practice.bad() == [S.FOLDER_MISSING] * 5
    assert sorted(practice.folder.iterdir()) == [practice.config]


def test_the_folder_for_lists_is_examined_where_lists_come_by_themselves(practice: Practice) -> None:
    practice.configure("worklist", folder="lists", on="daily")
    assert practice.bad() == [S.FOLDER_MISSING]
    (practice.folder / "lists").touch()
    assert practice.bad() == [S.NOT_A_FOLDER]
    practice.configure("worklist", folder="lists", on="never")
    assert practice.bad() == []


@pytest.mark.parametrize(
    ("shown_as", "wrong"),
    [
        ("https://cloud.example.org/f/4711", S.SHOWN_AS_SHORT),
        ("https://cloud.example.org/index.php/f/4711/", S.SHOWN_AS_SHORT),
        ("https://cloud.example.org/s/aBcDeF123456789", S.SHOWN_AS_SHORT),
        ("https://cloud.example.org/apps/files/files/4711", S.SHOWN_AS_SHORT),
        ("https://cloud.example.org/apps/files/files/4711?dir=/results", None),
        ("https://office.sharepoint.com/sites/team/results", None),
        ("file:///x", S.SHOWN_AS_FILE),
        ("file:///S:/results", S.SHOWN_AS_FILE),
        ("{base}/drop", S.SHOWN_AS_ELSEWHERE),
        ("{base}", S.SHOWN_AS_ELSEWHERE),
        ("{base}/results", None),
        ("{base}/results/", None),
        ("/Volumes/abgleich/results", None),
        (r"\\server\abgleich\results", None),
        (r"S:\results", None),
        ("", None),
    ],
)
def test_a_path_by_which_nobody_finds_the_results_is_told(practice: Practice, shown_as: str, wrong: Symptom | None) -> None:
    practice.configure("folders", shown_as=shown_as.format(base=practice.folder))

    assert practice.bad() == ([wrong] if wrong else [])


def test_a_file_where_a_folder_should_be_is_told(practice: Practice) -> None:
    (practice.folder / "archive").rmdir()
    (practice.folder / "archive").touch()

    assert practice.bad() == [S.NOT_A_FOLDER]


def test_a_folder_that_cannot_be_made_is_told(practice: Practice) -> None:
    (practice.folder / "file").touch()
    practice.configure("folders", results="file/results")

    assert practice.bad() == [S.CANNOT_BE_MADE]


@pytest.mark.parametrize(
    ("method", "symptom"),
    [("create", S.CANNOT_CREATE), ("replace", S.CANNOT_RENAME), ("unlink", S.CANNOT_DELETE)],
)
def test_what_may_not_be_done_in_a_folder_is_told_by_name(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, method: str, symptom: Symptom
) -> None:
    right = getattr(Spot, method)

    def refused(spot: Spot, *arguments: object) -> object:
        if spot.folder.path.name == "drop":
            raise PermissionError(13, "Permission denied")
        return right(spot, *arguments)

    monkeypatch.setattr(Spot, method, refused)
    found = practice.found()

    assert (found[symptom].folder, found[symptom].detail) == ("drop", "Permission denied")


def test_a_folder_that_may_not_be_entered_is_told(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_place: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", closed)

    assert set(practice.bad()) == {S.CANNOT_LIST}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_below_one_that_this_user_may_not_look_into_is_told(
    practice: Practice, name: str, close: Callable[[Path], None]
) -> None:
    practice.configure("folders", **{name: "closed/below"})
    (practice.folder / "closed").mkdir()
    close(practice.folder / "closed")

    assert practice.found()[S.CANNOT_LIST].folder == name


def test_a_file_server_whose_clock_is_off_is_told(practice: Practice) -> None:
    found = practice.found(now=lambda: time.time() + 300)

    assert int(found[S.CLOCK_OF_SHARE].detail) == pytest.approx(300, abs=5)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/mnt/share/drop", "cifs"),
        ("/mnt/two words/drop", "nfs4"),
        ("/mnt/share/local/x", ""),
        ("/mnt/sharelike", ""),
        ("/srv", ""),
    ],
)
@POSIX
def test_a_network_share_is_known_by_its_mount_point(path: str, kind: str) -> None:
    assert network_of(Path(path), MOUNTS) == kind


def test_the_disk_of_this_machine_is_no_network_share(tmp_path: Path) -> None:
    assert network(tmp_path / "not" / "there") == ""


def test_a_share_is_fine_for_the_drop_folder_and_a_problem_for_the_state(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "network", lambda _path: "cifs")

    assert practice.bad() == [S.STATE_ON_SHARE]
    assert practice.found()[S.ON_SHARE].level is Level.OK


@POSIX
def test_a_state_folder_or_a_credentials_file_that_others_can_read_is_told(practice: Practice) -> None:
    (practice.folder / "state").chmod(0o750)
    credentials = practice.folder / "credentials.env"
    credentials.touch()
    credentials.chmod(0o644)

    assert practice.bad() == [S.STATE_OPEN, S.OPEN_FILE]
    credentials.chmod(0o600)
    (practice.folder / "state").chmod(0o700)
    assert practice.bad() == []


@POSIX
@pytest.mark.parametrize(("mode", "bad"), [(0o2755, [S.DROP_CLOSED]), (0o2770, []), (0o755, [])])
def test_a_drop_folder_of_a_group_that_may_not_write_there_is_told(practice: Practice, mode: int, bad: list[Symptom]) -> None:
    (practice.folder / "drop").chmod(mode)

    assert practice.bad() == bad


@POSIX
@pytest.mark.parametrize(("mode", "bad"), [(0o2700, [S.RESULTS_CLOSED]), (0o2750, [S.RESULTS_CLOSED]), (0o2770, []), (0o750, [])])
def test_a_results_folder_of_a_group_that_may_not_use_it_is_told(practice: Practice, mode: int, bad: list[Symptom]) -> None:
    (practice.folder / "results").chmod(mode)

    assert practice.bad() == bad


@POSIX
def test_a_drop_folder_of_a_group_to_which_the_job_does_not_belong_is_told(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = practice.folder / "drop"
    group = drop.stat().st_gid
    monkeypatch.setattr(os, "getgroups", lambda: [group + 1])
    monkeypatch.setattr(os, "getegid", lambda: group + 1)
    drop.chmod(0o770)
    assert practice.bad() == [], "no group is handed down"

    drop.chmod(0o2770)
    assert practice.bad() == [S.GROUP_NOT_OURS]
    assert step(practice.found()[S.GROUP_NOT_OURS]).endswith(f" {user_name()}")
    monkeypatch.setattr(machine, "_hands_down_a_list", lambda _path: True)
    assert practice.bad() == [], "an access list may let it in"


@POSIX
def test_subfolders_out_of_which_nothing_can_be_taken_are_told_by_name(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = practice.folder / "drop"
    for name in ("anna", "anna/alt", "bert"):
        (drop / name).mkdir()
    assert practice.bad() == []
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "alt" and may(path, mode))

    assert practice.bad() == [S.SUBFOLDERS_CLOSED]
    assert practice.found()[S.SUBFOLDERS_CLOSED].detail == "anna/alt"


def test_a_drop_folder_that_is_gone_after_a_run_is_a_problem_as_it_is_for_a_run(practice: Practice) -> None:
    (practice.folder / "drop").rmdir()
    assert practice.bad() == [S.FOLDER_MISSING], "the first run makes it"

    Ledger(practice.folder / "state" / "ledger.sqlite3").close()
    assert practice.bad() == [S.DROP_GONE]
    assert practice.examine().exit_code == 1


@pytest.mark.parametrize("folders_of_office", [{"archive": "drop"}, {"state": "inner", "drop": "inner/drop"}])
def test_a_drop_folder_that_serves_another_purpose_too_is_a_mistake_of_the_configuration(
    practice: Practice, folders_of_office: dict[str, str]
) -> None:
    (practice.folder / "inner" / "drop").mkdir(parents=True)
    (practice.folder / "inner").chmod(0o700)
    practice.configure("folders", **folders_of_office)

    assert practice.bad() == [S.CONFIGURATION_WRONG]


@pytest.mark.parametrize(("free", "bad"), [(20_000, [S.SPACE_NONE]), (900_000_000, [S.SPACE_LITTLE]), (2_000_000_000, [])])
def test_little_room_is_told_once_per_file_system(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, free: int, bad: list[Symptom]
) -> None:
    usage = shutil.disk_usage(practice.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=free))

    assert practice.bad() == bad


def test_a_ledger_is_opened_where_there_is_one(practice: Practice) -> None:
    ledger = practice.folder / "state" / "ledger.sqlite3"
    ledger.write_bytes(b"no database at all, but long enough to be looked at as one" * 100)

    found = practice.found()

    assert found[S.LEDGER_BROKEN].path == str(ledger)
    assert practice.examine().exit_code == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("method", ["create", "mkdir"])
def test_where_there_is_no_room_the_doctor_asks_for_room_and_not_for_rights(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, method: str, number: int
) -> None:
    if method == "mkdir":
        (practice.folder / "archive").rmdir()

    def full(_place: object, *_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path if method == "mkdir" else Spot, method, full)

    assert set(practice.bad()) == {S.NO_ROOM}


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def test_only_a_damaged_ledger_is_told_as_damaged(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    path = practice.folder / "state" / "ledger.sqlite3"
    Ledger(path).close()
    monkeypatch.setattr(machine, "Ledger", partial(Ledger, busy_seconds=0))

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert practice.bad() == [S.LEDGER_HELD]
    newer(path)
    assert practice.bad() == [S.LEDGER_NEWER]


@pytest.fixture
def full_disk(practice: Practice) -> Iterator[Practice]:
    """An office that has worked before on a disk of its own, which is full now."""
    place = practice.folder / "disk"
    place.mkdir()
    mount = shutil.which("mount") if sys.platform == "linux" and os.geteuid() == 0 else None
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], check=False).returncode:
        pytest.skip("only root may add a disk")
    for name in FOLDERS:
        (place / name).mkdir(mode=0o700)
    practice.configure("folders", **{name: f"disk/{name}" for name in FOLDERS})
    Ledger(place / "state" / "ledger.sqlite3").close()
    (place / "stuff").write_bytes(bytes(shutil.disk_usage(place).free))
    yield practice
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - where mount is, umount is


def test_on_a_full_disk_everything_that_is_told_is_about_room_and_nothing_is_left(full_disk: Practice) -> None:
    before = sorted((full_disk.folder / "disk").rglob("*"))

    assert full_disk.bad() == [*[S.NO_ROOM] * 5, S.SPACE_NONE, S.LEDGER_FULL]
    assert sorted(path for path in (full_disk.folder / "disk").rglob("*") if "ledger" not in path.name) == [
        path for path in before if "ledger" not in path.name
    ]
    (full_disk.folder / "disk" / "stuff").unlink()
    assert S.LEDGER_FINE in full_disk.found()


@POSIX
def test_a_state_folder_that_no_run_would_take_is_a_problem(practice: Practice) -> None:
    (practice.folder / "state").chmod(0o770)
    assert practice.bad() == [S.STATE_SHARED]
    assert practice.examine().exit_code == 1

    (practice.folder / "state").chmod(0o755)
    (practice.folder / "state" / "Fotos").mkdir()
    assert practice.bad() == [S.STATE_SHARED]
    assert (practice.folder / "state").stat().st_mode & 0o777 == 0o755, "the doctor changes nothing"


@POSIX
def test_what_a_start_as_another_user_left_in_the_state_folder_is_a_problem(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = practice.folder / "state"
    (state / "told.json").touch()
    (state / "outbox").mkdir()
    (state / "outbox" / "lock").touch()
    assert practice.bad() == []
    look = Path.lstat

    def of_another(path: Path) -> object:
        ours = path.name not in {"told.json", "lock"}
        return look(path) if ours else SimpleNamespace(st_uid=os.geteuid() + 1, st_mode=look(path).st_mode)

    monkeypatch.setattr(Path, "lstat", of_another)
    assert practice.bad() == [S.STATE_NOT_OURS]
    found = practice.found()[S.STATE_NOT_OURS]
    assert found.detail == "outbox, told.json"
    assert step(found).endswith(f"sudo chown -R {user_name()} {state}")


@pytest.mark.parametrize("name", ["drop", "results", "archive"])
def test_a_state_folder_within_one_that_staff_use_is_warned_of(practice: Practice, name: str) -> None:
    practice.configure("folders", state=f"{name}/state")
    (practice.folder / name / "state").mkdir(mode=0o700)

    assert practice.bad() == [S.STATE_WITHIN]
    assert practice.found()[S.STATE_WITHIN].detail == str(practice.folder / name)


@POSIX
def test_a_folder_behind_a_link_that_others_can_have_made_is_a_problem(practice: Practice) -> None:
    (practice.folder / "archive").rmdir()
    (practice.folder / "shared").mkdir()
    (practice.folder / "shared" / "archive").symlink_to(practice.folder / "state")
    (practice.folder / "shared").chmod(0o777)
    practice.configure("folders", archive="shared/archive")

    assert practice.bad() == [S.LINKED]
    (practice.folder / "shared").chmod(0o755)
    assert S.LINKED not in practice.bad()


def test_a_start_as_root_is_warned_of(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "is_root", lambda: True)

    assert practice.bad() == [S.AS_ROOT]
    assert practice.examine().exit_code == 0
