"""Whatever lies in the drop folder and among the results, a night does its work and tells what it passed over."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from sync import dropfolder
from sync.domain.model import Left, WhyLeft, is_run_id
from sync.dropfolder import Folders
from sync.errors import FolderError
from sync.job import past_runs
from sync.ledger import RunRecord
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Office

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such things in folders")
GOOD: Final = [(70001, 90001, "bestätigt", "")]


def is_done(office: Office) -> bool:
    """Whether a night does a good file; nothing is left in the state folder."""
    office.drop_csv("gut.csv", GOOD)
    finished = office.run()
    done = [path.name for path in (office.folder / "archive").rglob("gut*.csv")]
    (office.folder / "archive" / finished.info.id).rename(office.folder / f"done-{finished.info.id}")
    claimed = [path for path in (office.folder / "state" / "claimed").rglob("*") if path.is_file()]
    return finished.info.exit_code in {0, 3} and "gut.csv" in done and claimed == []


def pipe(results: Path) -> None:
    os.mkfifo(folder_of_a_run(results) / "report.json")


def link(results: Path) -> None:
    (folder_of_a_run(results) / "report.json").symlink_to("/dev/zero")


def device(results: Path) -> None:
    try:
        os.mknod(folder_of_a_run(results) / "report.json", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def brackets(results: Path) -> None:
    (folder_of_a_run(results) / "report.json").write_text("[" * 200_000, encoding="ascii")


def more_brackets(results: Path) -> None:
    (folder_of_a_run(results) / "report.json").write_text('{"run": \n' + '{"a":' * 20_000, encoding="ascii")


def numbers(results: Path) -> None:
    run = {"office": "x", "started": "2026-01-01T03:00:00+01:00", "finished": "9999-12-31T23:59:59+14:00", "exit_code": 0}
    words = ("updated", "unchanged", "duplicate", "conflict", "invalid", "rejected", "unknown", "not_sent", "rows", "blank")
    report = {"run": run, "summary": dict.fromkeys(words, 10**300)}
    text = json.dumps(report).replace(' "summary"', '\n"summary"')
    (folder_of_a_run(results) / "report.json").write_text(text, encoding="ascii")


def infinity(results: Path) -> None:
    numbers(results)
    path = folder_of_a_run(results) / "report.json"
    path.write_text(path.read_text("ascii").replace("1" + "0" * 300, "Infinity"), encoding="ascii")


def a_folder_as_report(results: Path) -> None:
    (folder_of_a_run(results) / "report.json" / "x").mkdir(parents=True)


def a_folder_as_overview(results: Path) -> None:
    (results / "index.html").mkdir(parents=True)
    (results / "index.html" / "mine.txt").write_text("mine", encoding="ascii")


def a_pipe_as_overview(results: Path) -> None:
    results.mkdir()
    os.mkfifo(results / "index.html")


def deep(results: Path) -> None:
    results.mkdir()
    below = results
    for _ in range(300):
        below = below / "d"
        below.mkdir()


def folder_of_a_run(results: Path) -> Path:
    path = results / "20260101-030000-0000"
    path.mkdir(parents=True, exist_ok=True)
    return path


@posix
@pytest.mark.parametrize(
    "plant",
    [
        *(pipe, link, device, brackets, more_brackets, numbers, infinity, a_folder_as_report),
        *(a_folder_as_overview, a_pipe_as_overview, deep),
    ],
    ids=lambda plant: plant.__name__,
)
def test_whatever_lies_among_the_results_every_night_does_its_work(
    office: Office, plant: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    results = office.folder / "results"
    plant(results)

    assert is_done(office)
    assert is_done(office)
    page = (results / "index.html").read_text(encoding="utf-8")
    assert page.count("report.html") >= 2
    assert "20260101-030000-0000" not in page
    told = [record.getMessage() for record in caplog.records if "passed over" in record.getMessage()]
    assert bool(told) == (results / "20260101-030000-0000").exists()


@posix
def test_a_folder_in_the_place_of_the_overview_is_put_aside_with_what_is_in_it(office: Office) -> None:
    a_folder_as_overview(office.folder / "results")
    assert is_done(office)
    assert (office.folder / "results" / "index.html (2)" / "mine.txt").read_text("ascii") == "mine"


def long_names(drop: Path) -> None:
    for name in ("あ" * 70, "👩‍👩‍👧‍👦" * 9, "e\u0301" * 60):
        (drop / name).mkdir(parents=True)
        shutil.copy(drop / "vorlage", drop / name / f"{name}.csv"[-80:])


def names_of_the_jobs_own(drop: Path) -> None:
    for name in ("index.html", "report.json", "20260101-030000-0000", "INDEX.HTML"):
        (drop / name).mkdir(parents=True)
        shutil.copy(drop / "vorlage", drop / name / "a.csv")


def long_path(drop: Path) -> None:
    with_parents(drop, 4_090)


def with_parents(drop: Path, length: int) -> None:
    """A file by whose name the path has so many bytes; its folders are gone into one by one, as no call takes that much."""
    here = os.getcwd()  # noqa: PTH109 - to come back to
    os.chdir(drop)
    try:
        left = length - len(os.fsencode(drop)) - len("/a.csv")
        while left > 1:
            name = "d" * min(200, left - 1 if left < 203 else 200)
            os.mkdir(name)  # noqa: PTH102 - relative
            os.chdir(name)
            left -= len(name) + 1
        with open("a.csv", "wb") as file:  # noqa: PTH123 - relative
            file.write((drop / "vorlage").read_bytes())
    finally:
        os.chdir(here)


def result_like_a_subfolder(drop: Path) -> None:
    (drop / "sub").mkdir()
    shutil.copy(drop / "vorlage", drop / "sub" / "a.csv")
    (drop.parent / "results").mkdir(exist_ok=True)
    (drop.parent / "results" / "sub").write_text("a file", encoding="ascii")


def result_link_like_a_subfolder(drop: Path) -> None:
    (drop / "sub").mkdir()
    shutil.copy(drop / "vorlage", drop / "sub" / "a.csv")
    (drop.parent / "results").mkdir(exist_ok=True)
    (drop.parent / "private").mkdir()
    (drop.parent / "results" / "sub").symlink_to(drop.parent / "private")


def lookalikes(drop: Path) -> None:
    for name in (".onoffice-sync-x-1", ".onoffice-sync-run-000001", f".onoffice-sync-{0:016x}"):
        (drop / name).mkdir(mode=0o700)
        (drop / name / "gut.csv").write_text("mine", encoding="ascii")
        (drop / name / "gut.csv.d").mkdir()
        (drop / name).chmod(0o500)


@posix
@pytest.mark.parametrize(
    "plant",
    [long_names, names_of_the_jobs_own, long_path, result_like_a_subfolder, result_link_like_a_subfolder, lookalikes],
    ids=lambda plant: plant.__name__,
)
def test_whatever_names_lie_in_the_drop_folder_every_night_does_its_work(office: Office, plant: Callable[[Path], None]) -> None:
    office.drop_csv("vorlage", GOOD)
    plant(office.drop)
    (office.drop / "vorlage").unlink()

    assert is_done(office)
    assert is_done(office)
    assert (office.folder / "results" / "index.html").is_file()
    if plant is result_link_like_a_subfolder:
        assert list((office.folder / "private").iterdir()) == []
    if plant is lookalikes:
        for path in office.drop.glob(".onoffice*"):
            path.chmod(0o700)  # to be looked at, and removed
        assert sorted(path.read_bytes() for path in office.drop.glob(".onoffice*/gut.csv")) == [b"mine"] * 3
    shutil.rmtree(office.drop)


@pytest.mark.parametrize(("length", "why"), [(900, None), (1_200, WhyLeft.LONG_PATH), (3_900, WhyLeft.LONG_PATH)])
@posix
def test_a_path_that_is_too_long_for_the_other_folders_is_left_and_told(office: Office, length: int, why: WhyLeft | None) -> None:
    office.drop_csv("vorlage", GOOD)
    with_parents(office.drop, length)
    (office.drop / "vorlage").unlink()

    left = [one.why for one in office.run().checked.left]

    assert left == ([] if why is None else [why])
    shutil.rmtree(office.drop)


@pytest.fixture
def small_state(tmp_path: Path) -> Iterator[Folders]:
    """A drop folder, and the state folder on a disk of its own with 60 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount") if sys.platform == "linux" and os.geteuid() == 0 else None
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=60m,mode=700", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("only root may add a disk")
    folders = Folders(*(tmp_path / name for name in ("drop", "archive", "refused", "results")), disk / "state")
    dropfolder.prepare(folders)
    yield folders
    subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S607 - where mount is, umount is


def test_a_file_that_is_too_large_for_the_disk_is_left_and_all_others_are_taken(small_state: Folders) -> None:
    with (small_state.drop / "riesig.csv").open("wb") as file:
        file.truncate(1_000_000_000)
    (small_state.drop / "b.csv").write_bytes(b"b")

    claims = [dropfolder.claim(small_state, "run", seen) for seen in dropfolder.settled(small_state, settle_seconds=0).settled]

    assert Left("riesig.csv", WhyLeft.NO_ROOM) in claims
    assert [one.relative.name for one in claims if not isinstance(one, Left)] == ["b.csv"]
    assert (small_state.drop / "riesig.csv").stat().st_size == 1_000_000_000
    assert [path.name for path in small_state.claimed.rglob("*") if path.is_file()] == ["b.csv"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400, 0o755])
@posix
def test_a_copy_to_another_disk_gives_nobody_more_rights_and_keeps_its_owner(small_state: Folders, mode: int) -> None:
    path = small_state.drop / "a.csv"
    path.write_bytes(b"a")
    os.chown(path, 4711, 4712)
    path.chmod(mode)
    (seen,) = dropfolder.settled(small_state, settle_seconds=0).settled
    claimed = dropfolder.claim(small_state, "run", seen)
    assert not isinstance(claimed, Left)
    there = [claimed.path.stat()]
    moves = dropfolder.plan_destinations(small_state, "run", [dropfolder.Decided(claimed, dropfolder.Fate.ARCHIVE)])
    dropfolder.carry_out(small_state, moves)
    there.append((small_state.archive / "run" / "a.csv").stat())

    for info in there:
        assert stat.S_IMODE(info.st_mode) & ~mode == 0
        assert (info.st_uid, info.st_gid) == (4711, 4712)


@posix
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o707])
def test_a_state_folder_that_others_may_write_to_is_refused_and_left_as_it_is(office: Office, mode: int) -> None:
    state = office.folder / "state"
    state.mkdir()
    state.chmod(mode)
    office.drop_csv("a.csv", GOOD)

    with pytest.raises(FolderError, match=r"state wird nicht angenommen: Andere dürfen hineinschreiben"):
        office.run()
    assert stat.S_IMODE(state.stat().st_mode) == mode
    assert list(state.iterdir()) == []
    assert (office.drop / "a.csv").exists()


@posix
def test_a_folder_of_others_is_not_closed_by_being_named_as_state_folder(office: Office) -> None:
    state = office.folder / "state"
    state.mkdir(mode=0o755)
    (state / "Fotos").mkdir()

    with pytest.raises(
        FolderError,
        match=r"state wird nicht angenommen: Andere dürfen ihn benutzen, und es liegt etwas darin",
    ):
        office.run()
    assert stat.S_IMODE(state.stat().st_mode) == 0o755


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives a folder away")
def test_a_state_folder_of_another_user_is_refused(office: Office) -> None:
    (office.folder / "state").mkdir(mode=0o700)
    os.chown(office.folder / "state", 4711, 4711)

    with pytest.raises(FolderError, match=r"state wird nicht angenommen: Er gehört einem anderen Benutzer"):
        office.run()


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives a folder away")
def test_of_a_state_folder_of_another_user_it_is_said_whose_it_is_and_what_to_type(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = office.folder / "state"
    state.mkdir(mode=0o700)
    shutil.chown(state, "daemon")

    with pytest.raises(FolderError, match="daemon") as caught:
        office.run()
    assert "anderen Benutzer, daemon. Stellen Sie dem Befehl voran: sudo -u daemon. Es wurde" in str(caught.value)

    monkeypatch.setattr("sync.dropfolder.filing.is_root", lambda: False)
    monkeypatch.setattr("sync.dropfolder.filing.user_name", lambda: "jo")
    with pytest.raises(FolderError, match="daemon") as caught:
        office.run()
    assert f"Soll der Abgleich unter jo laufen, übergeben Sie den Ordner: sudo chown -R jo {state}" in str(caught.value)


class Foreign:
    """A ledger into which somebody has written."""

    def __init__(self, run_id: str) -> None:
        self._id = run_id
        self.forgotten: list[str] = []

    def runs(self) -> list[RunRecord]:
        moment = "2020-01-01T03:00:00+01:00"
        return [RunRecord(self._id, "o", moment, moment, 0, None, 1, 1, 1, None, None, None, {}, None, ())]

    def forget(self, run: str, _moment: str) -> None:
        self.forgotten.append(run)


@pytest.mark.parametrize("run_id", ["../Fotos", "Fotos", "..", ".", "", "sub/x", "20260101-030000-0000/../../Fotos"])
def test_a_run_of_a_foreign_ledger_gets_no_foreign_folder_removed(tmp_path: Path, run_id: str) -> None:
    folders = Folders(*(tmp_path / name for name in ("drop", "archive", "refused", "results", "state")))
    dropfolder.prepare(folders)
    foreign = [tmp_path / "Fotos" / "a.jpg", folders.results / "Fotos" / "b.jpg", folders.results / "sub" / "x" / "c.jpg"]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    ledger = Foreign(run_id)

    past_runs.expire(ledger, folders, 1, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))  # type: ignore[arg-type]

    assert [path.exists() for path in foreign] == [True, True, True]
    assert ledger.forgotten == []
    assert not is_run_id(run_id)


@posix
def test_results_that_somebody_made_a_link_are_not_removed_behind_it(tmp_path: Path) -> None:
    folders = Folders(*(tmp_path / name for name in ("drop", "archive", "refused", "results", "state")))
    dropfolder.prepare(folders)
    (tmp_path / "Fotos").mkdir()
    (tmp_path / "Fotos" / "a.jpg").write_bytes(b"x")
    (folders.results / "20200101-030000-0000").symlink_to(tmp_path / "Fotos")

    past_runs.expire(Foreign("20200101-030000-0000"), folders, 1, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))  # type: ignore[arg-type]

    assert (tmp_path / "Fotos" / "a.jpg").exists()


@posix
def test_only_links_that_nobody_else_can_have_made_are_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    shared = Path(tempfile.mkdtemp(dir=tmp_path))
    for above, mode, followed in ((shared, 0o755, True), (shared, 0o775, False), (shared, 0o777, False), (shared, 0o1777, True)):
        link_there = above / f"{mode:o}"
        link_there.symlink_to(target)
        above.chmod(mode)
        assert (handles.resolved(link_there / "x") == target / "x") is followed
    if os.geteuid() == 0:
        shared.chmod(0o755)
        os.chown(shared / "755", 4711, 4711, follow_symlinks=False)
        assert handles.resolved(shared / "755") == shared / "755"
