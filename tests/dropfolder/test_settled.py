"""Which files in the drop folder are read, and in what order."""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync import dropfolder
from sync.domain.model import Left, WhyLeft
from sync.dropfolder import Claimed, Folders, Scan, scan
from sync.errors import FolderError
from sync.system.handles import Held

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("english")

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such things in folders")


def look(folders: Folders, settle_seconds: float = 0, sleep: Callable[[float], None] = lambda _: None, now: float = 0) -> Scan:
    clock = {"clock": lambda: now} if now else {}
    return dropfolder.settled(folders, settle_seconds=settle_seconds, sleep=sleep, **clock)


def names(scan: Scan) -> list[str]:
    return [seen.relative.as_posix() for seen in scan.settled]


def put(path: Path, content: bytes = b"x", mtime: float | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if mtime is not None:
        os.utime(path, (mtime, mtime))
    return path


def test_a_file_dropped_just_now_is_settled_at_once_when_nothing_is_to_be_waited_for(folders: Folders) -> None:
    put(folders.drop / "termine.csv")
    waits: list[float] = []
    assert names(look(folders, 0, waits.append)) == ["termine.csv"]
    assert waits == []


def test_files_come_by_modification_time_then_name_whatever_folder_they_are_in(folders: Folders) -> None:
    put(folders.drop / "b.csv", mtime=200)
    put(folders.drop / "a.csv", mtime=200)
    put(folders.drop / "sub" / "deep" / "z.csv", mtime=100)
    scan = look(folders)
    assert names(scan) == ["sub/deep/z.csv", "a.csv", "b.csv"]
    assert [seen.seq for seen in scan.settled] == [1, 2, 3]


FOREIGN = """~$termine.xlsx .~lock.termine.ods# .DS_Store Thumbs.db THUMBS.DB desktop.ini ._termine.csv @eaDir/x.csv x.tmp X.TMP
    x.part x.csv.crdownload x.csv.filepart .hidden .Trash-1000/x.csv #recycle/x.csv"""
OWN = "archive/run/x.csv refused/run/x.csv results/run/report.csv"


@pytest.mark.parametrize("name", [*FOREIGN.split(), *OWN.split()])
def test_files_of_other_programs_and_of_the_job_are_not_even_mentioned(folders: Folders, name: str) -> None:
    put(folders.drop / name)
    put(folders.drop / "sub" / name)
    assert look(folders).left == ()
    # a folder further down that only has the same name is the user's
    assert names(look(folders)) == ([f"sub/{name}"] if name in OWN else [])


def test_an_archive_that_is_reached_through_a_link_is_not_read_or_reported(folders: Folders, tmp_path: Path) -> None:
    folders.archive.rename(tmp_path / "elsewhere")
    folders.archive.symlink_to(tmp_path / "elsewhere")
    put(folders.archive / "run" / "x.csv")
    assert look(folders) == Scan((), ())


def test_a_copy_that_grows_and_keeps_its_old_times_is_left_until_it_is_still(folders: Folders) -> None:
    path = put(folders.drop / "termine.csv", mtime=1000)

    def grow(_seconds: float) -> None:
        put(path, path.read_bytes() + b"x", mtime=1000)

    assert look(folders, 10, grow) == Scan((), (Left("termine.csv", WhyLeft.UNSETTLED),))
    assert names(look(folders, 10)) == ["termine.csv"]


@linux
def test_a_rewrite_of_the_same_length_and_time_is_seen_by_its_change_time(folders: Folders) -> None:
    path = put(folders.drop / "termine.csv", b"old", mtime=1000)
    scan = look(folders, 10, lambda _: put(path, b"new", mtime=1000))
    assert scan.left == (Left("termine.csv", WhyLeft.UNSETTLED),)


def test_what_appears_or_vanishes_while_waiting_is_not_taken(folders: Folders) -> None:
    path = put(folders.drop / "a.csv")

    def swap(_seconds: float) -> None:
        path.rename(folders.drop / "b.csv")

    assert look(folders, 10, swap) == Scan((), (Left("b.csv", WhyLeft.UNSETTLED),))


@pytest.mark.parametrize(
    ("age", "pause"),
    [(5, 10), (100, 10), (-30, 10), (-1e6, 10), (1000, dropfolder.SECOND_LOOK_SECONDS)],
    ids=["just now", "clock of the share behind", "clock of the share ahead", "from the future", "long ago"],
)
def test_the_looks_lie_apart_as_long_as_the_times_ask_for_without_trusting_clocks(
    folders: Folders, age: float, pause: float
) -> None:
    path = put(folders.drop / "termine.csv")
    waits: list[float] = []
    assert names(look(folders, 10, waits.append, path.stat().st_mtime + age)) == ["termine.csv"]
    assert waits == [pause]


def test_an_empty_drop_folder_is_not_waited_for(folders: Folders) -> None:
    waits: list[float] = []
    assert look(folders, 10, waits.append) == Scan((), ())
    assert waits == []


@posix
def test_links_pipes_and_sockets_are_reported_and_never_opened(folders: Folders, tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "secret.csv")
    (folders.drop / "link.csv").symlink_to(outside)
    (folders.drop / "folder").symlink_to(outside.parent)
    (folders.drop / "broken.csv").symlink_to(tmp_path / "nowhere")
    folders.results.rmdir()  # gone like the end of the link, which does not make the link the job's own
    os.mkfifo(folders.drop / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folders.drop / "socket.csv"))
    scan = look(folders)
    assert scan.settled == ()
    assert {left.name for left in scan.left} == {"link.csv", "folder", "broken.csv", "pipe.csv", "socket.csv"}
    assert {left.why for left in scan.left} == {WhyLeft.NOT_A_FILE}


@linux
def test_a_file_that_is_open_for_writing_is_left_however_long_it_has_been_still(folders: Folders) -> None:
    path = put(folders.drop / "termine.csv", mtime=1000)
    with path.open("ab"):
        assert look(folders).left == (Left("termine.csv", WhyLeft.OPEN),)
    with path.open("rb"):
        assert names(look(folders)) == ["termine.csv"]


@linux
@pytest.mark.parametrize(("kind", "told"), [("ext4", True), ("cifs", False), ("nfs4", False)])
def test_on_a_network_share_a_refused_lease_says_nothing(tmp_path: Path, kind: str, told: bool) -> None:
    mounts = put(
        tmp_path / "mountinfo", f"30 1 0:5 / / rw - proc proc rw\n36 1 8:2 / /x rw shared:1 - {kind} //a/b rw\n".encode()
    )
    assert scan._on_network(os.makedev(8, 2), mounts) is not told


@linux
def test_on_a_network_share_a_file_is_not_left_forever_because_the_lease_is_refused(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_on_network", lambda _device, _mounts: True)
    with put(folders.drop / "termine.csv").open("ab"):
        assert names(look(folders)) == ["termine.csv"]


@pytest.mark.parametrize("owner", ["~$Übersicht.xlsx", ".~lock.Übersicht.xlsx#"])
def test_a_workbook_that_is_open_in_a_spreadsheet_program_is_left(folders: Folders, owner: str) -> None:
    put(folders.drop / "sub" / "Übersicht.xlsx")
    put(folders.drop / "sub" / owner)
    put(folders.drop / "Übersicht.xlsx")
    scan = look(folders)
    assert names(scan) == ["Übersicht.xlsx"]
    assert scan.left == (Left("sub/Übersicht.xlsx", WhyLeft.OPEN),)


def test_a_subfolder_that_takes_or_gives_nothing_is_named_and_the_rest_is_read(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folders.drop / "locked" / "a.csv")
    put(folders.drop / "unreadable" / "b.csv")
    put(folders.drop / "c.csv")
    real = Held.entries

    def entries(held: Held) -> list[os.DirEntry[str]]:
        if held.path.name == "unreadable":
            raise PermissionError(13, "Permission denied")
        return real(held)

    monkeypatch.setattr(Held, "entries", entries)
    monkeypatch.setattr(os, "access", lambda path, _mode: path.name != "locked")
    scan = look(folders)
    assert names(scan) == ["c.csv"]
    assert scan.left == (Left("locked/a.csv", WhyLeft.NO_ACCESS), Left("unreadable", WhyLeft.CLOSED_FOLDER))


def test_a_drop_folder_that_is_not_there_is_said_in_a_sentence(folders: Folders, tmp_path: Path) -> None:
    gone = Folders(tmp_path / "gone", folders.archive, folders.refused, folders.results, folders.state)
    with pytest.raises(FolderError, match=r"drop folder cannot be read: .*gone \(.+\)\. Check"):
        look(gone)


def test_looking_and_reading_in_place_change_nothing(folders: Folders) -> None:
    path = put(folders.drop / "sub" / "termine.csv", mtime=1000)
    before = sorted((str(p), p.stat().st_mtime_ns) for p in folders.drop.parent.rglob("*"))
    scan = look(folders)
    read = dropfolder.read_in_place(scan.settled[0])
    assert read == Claimed(path, Path("sub/termine.csv"), 1, 1000 * 10**9, "", 1)
    assert dropfolder.left_over(folders) == []
    assert sorted((str(p), p.stat().st_mtime_ns) for p in folders.drop.parent.rglob("*")) == before


@posix
def test_names_are_shown_composed_and_without_what_cannot_be_shown(folders: Folders) -> None:
    put(folders.drop / "U\u0308bersicht 1.csv")
    put(folders.drop / "a\nb\u202ecsv.exe")
    put(Path(os.fsdecode(os.fsencode(folders.drop) + b"/caf\xe9.csv")))
    shown = {dropfolder.shown(seen.relative) for seen in look(folders).settled}
    assert shown == {"Übersicht 1.csv", "a\ufffdb\ufffdcsv.exe", "caf\ufffd.csv"}


def test_prepared_folders_are_there_and_the_state_is_private(tmp_path: Path) -> None:
    made = Folders(*(tmp_path / "new" / name for name in ("drop", "archive", "refused", "results", "state")))
    dropfolder.prepare(made)
    dropfolder.prepare(made)
    assert sorted(path.name for path in (tmp_path / "new").rglob("*")) == ["archive", "drop", "refused", "results", "state"]
    if os.name == "posix":
        assert made.state.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(folders: Folders) -> None:
    put(folders.drop / "file")
    wrong = Folders(folders.drop, folders.drop / "file" / "archive", folders.refused, folders.results, folders.state)
    with pytest.raises(FolderError, match=r"cannot be made .*file.archive .* Check that"):
        dropfolder.prepare(wrong)


def test_a_folder_without_room_is_told_as_that_and_nothing_is_left_in_it(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_number: int, _content: bytes) -> None:  # there is room for a name
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(FolderError, match="Make room on that disk"):
        dropfolder.prepare(folders)
    assert [path for path in folders.drop.iterdir() if path.is_file()] == []


def test_a_drop_folder_that_is_gone_is_told_and_not_made_anew(folders: Folders) -> None:
    folders.drop.rename(folders.drop.with_name("elsewhere"))
    with pytest.raises(FolderError, match=r"drop folder .*drop is not there any more.* share is connected"):
        dropfolder.prepare(folders, first=False)
    assert not folders.drop.exists()
