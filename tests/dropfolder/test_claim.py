"""A claim takes a whole file or leaves it where it is."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync import dropfolder
from sync.domain.model import Left, WhyLeft
from sync.dropfolder import Claimed, Folders, Seen, scan
from sync.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable

    Contents = Callable[[Folders], dict[str, list[bytes]]]
    ClaimAll = Callable[..., list[Claimed]]

pytestmark = pytest.mark.usefixtures("english")


def seen(folders: Folders, name: str, content: bytes = b"a;b\n1;2\n") -> Seen:
    path = folders.drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1000, 1000))
    return next(s for s in dropfolder.settled(folders, settle_seconds=0).settled if s.path == path)


@pytest.mark.parametrize(
    "name", ["termine.csv", "sub/deep/termine 1.csv", "U\u0308bersicht.xlsx", "ü" * 125 + ".xlsx", "x" * 251 + ".csv"]
)
def test_a_claimed_file_lies_where_its_path_tells_everything(any_folders: Folders, name: str) -> None:
    found = seen(any_folders, name)
    claimed = dropfolder.claim(any_folders, "run-1", found)
    assert isinstance(claimed, Claimed)
    assert claimed.path == any_folders.state / "claimed" / "run-1" / "000001" / name
    assert claimed.path.read_bytes() == b"a;b\n1;2\n"
    assert claimed.path.stat().st_mtime == 1000
    assert not found.path.exists()
    assert dropfolder.left_over(any_folders) == [claimed]
    assert dropfolder.unchanged(claimed)
    assert [path.name for path in any_folders.drop.iterdir() if path.name.startswith(".")] == []


def test_two_claims_of_one_run_never_meet(folders: Folders) -> None:
    first = dropfolder.claim(folders, "run-1", seen(folders, "a.csv"))
    second = dropfolder.claim(folders, "run-1", seen(folders, "a.csv"))
    assert isinstance(first, Claimed)
    assert isinstance(second, Claimed)
    assert (first.seq, second.seq) == (1, 2)
    assert dropfolder.left_over(folders) == [first, second]


def test_a_file_that_vanished_is_left(any_folders: Folders) -> None:
    found = seen(any_folders, "a.csv")
    found.path.unlink()
    assert dropfolder.claim(any_folders, "run-1", found) == Left("a.csv", WhyLeft.GONE)
    assert list(any_folders.claimed.rglob("*")) == []


@pytest.mark.parametrize("content", [b"longer than before", b"x;y\n1;2\n"], ids=["longer", "same length"])
def test_a_file_that_changed_since_the_look_goes_back(any_folders: Folders, contents: Contents, content: bytes) -> None:
    found = seen(any_folders, "sub/a.csv")
    found.path.write_bytes(content)
    assert dropfolder.claim(any_folders, "run-1", found) == Left("sub/a.csv", WhyLeft.UNSETTLED)
    assert found.path.read_bytes() == content
    assert contents(any_folders)["state"] == contents(any_folders)["hidden"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")
def test_a_file_that_somebody_still_writes_goes_back(any_folders: Folders, contents: Contents) -> None:
    found = seen(any_folders, "a.csv")
    with found.path.open("ab") as writer:
        assert dropfolder.claim(any_folders, "run-1", found) == Left("a.csv", WhyLeft.OPEN)
        writer.write(b"3;4\n")
    assert found.path.read_bytes() == b"a;b\n1;2\n3;4\n"
    assert contents(any_folders)["state"] == contents(any_folders)["hidden"] == []


def test_going_back_overwrites_nothing(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(folders, "a.csv")
    found.path.write_bytes(b"changed")
    real = scan.difference

    def meanwhile(expected: Seen, path: Path) -> WhyLeft | None:
        found.path.write_bytes(b"dropped in the meantime")
        return real(expected, path)

    monkeypatch.setattr(scan, "difference", meanwhile)
    assert dropfolder.claim(folders, "run-1", found) == Left("a.csv", WhyLeft.UNSETTLED)
    assert found.path.read_bytes() == b"dropped in the meantime"
    assert (folders.drop / "a (2).csv").read_bytes() == b"changed"


@pytest.mark.skipif(os.name != "posix", reason="needs links and pipes")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_any_more_goes_back(any_folders: Folders, tmp_path: Path, kind: str) -> None:
    found = seen(any_folders, "a.csv")
    found.path.unlink()
    secret = tmp_path / "secret"
    secret.write_bytes(b"not for the job")
    os.utime(secret, (1000, 1000))
    {"link": lambda: found.path.symlink_to(secret), "pipe": lambda: os.mkfifo(found.path), "folder": found.path.mkdir}[kind]()
    assert isinstance(dropfolder.claim(any_folders, "run-1", found), Left)
    assert os.path.lexists(found.path)
    assert secret.read_bytes() == b"not for the job"
    assert [path for path in any_folders.claimed.rglob("*") if not path.is_dir()] == []


def test_a_file_that_another_program_holds_is_left_as_open(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(folders, "a.csv")

    def rename(_source: str, _target: str, **_options: object) -> None:
        error = PermissionError(errno.EACCES, "in use by another process")
        error.winerror = 32
        raise error

    monkeypatch.setattr(os, "rename", rename)
    assert dropfolder.claim(folders, "run-1", found) == Left("a.csv", WhyLeft.OPEN)
    assert found.path.exists()


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EILSEQ, errno.EIO])
def test_a_file_that_the_disk_cannot_read_or_name_is_left_and_keeps_no_other_one_from_being_taken(
    across: Folders, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    found = seen(across, "a.csv")

    def copyfileobj(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfileobj", copyfileobj)
        assert dropfolder.claim(across, "run-1", found) == Left("a.csv", WhyLeft.NO_ACCESS)
    assert isinstance(dropfolder.claim(across, "run-1", found), Claimed)


def test_a_full_disk_during_the_copy_leaves_the_original_alone(
    across: Folders, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = seen(across, "a.csv")

    def full(_reader: object, writer: object, _size: int) -> None:
        writer.write(b"a;b")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(FolderError, match=r"cannot be claimed: .*a\.csv .*No space.* Make room"):
        dropfolder.claim(across, "run-1", found)
    assert contents(across) == {
        "drop": [b"a;b\n1;2\n"], "archive": [], "refused": [], "notes": [], "state": [], "hidden": []
    }  # fmt: skip


def test_a_copy_that_differs_from_the_original_is_not_taken(
    across: Folders, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = seen(across, "a.csv")
    monkeypatch.setattr(shutil, "copyfileobj", lambda _reader, writer, _size: writer.write(b"a;b\n1;3\n"))
    assert dropfolder.claim(across, "run-1", found) == Left("a.csv", WhyLeft.UNSETTLED)
    assert contents(across)["drop"] == [b"a;b\n1;2\n"]
    assert contents(across)["state"] == contents(across)["hidden"] == []


def test_a_file_that_changes_while_it_is_read_is_noticed(folders: Folders, claim_all: ClaimAll) -> None:
    seen(folders, "a.csv")
    (claimed,) = claim_all(folders)
    claimed.path.write_bytes(b"a writer that kept it open")
    assert not dropfolder.unchanged(claimed)


@pytest.mark.parametrize("run_id", ["../evil", "a/b", ".", ""])
def test_a_run_id_never_leads_out_of_its_folder(folders: Folders, run_id: str) -> None:
    found = seen(folders, "a.csv")
    with pytest.raises(ValueError, match="A run id is"):
        dropfolder.claim(folders, run_id, found)


@pytest.mark.parametrize("old_times", [False, True])
def test_a_file_copied_slowly_during_many_runs_is_claimed_once_and_whole(folders: Folders, old_times: bool) -> None:
    path = folders.drop / "termine.csv"
    chunks = [f"{number};{number}\n".encode() for number in range(20)]
    waiting = list(chunks)

    def copy_on(_seconds: float = 0) -> None:
        if waiting:
            with path.open("ab") as writer:
                writer.write(waiting.pop(0))
            if old_times:
                os.utime(path, (1000, 1000))

    copy_on()
    claims = []
    for run in range(30):
        scan = dropfolder.settled(folders, settle_seconds=1, sleep=copy_on)
        claims += [dropfolder.claim(folders, f"run-{run}", found) for found in scan.settled]
    (claimed,) = claims
    assert isinstance(claimed, Claimed)
    assert claimed.path.read_bytes() == b"".join(chunks)


def test_files_of_the_same_name_are_told_apart_and_all_others_keep_theirs(folders: Folders) -> None:
    names = ["a.csv", "sub/a.csv", "a.csv", "a (2).csv", "a.csv", "b.csv"]
    claims = [Claimed(folders.claimed / str(at), Path(name), 0, 0, "run", at) for at, name in enumerate(names)]
    assert dropfolder.by_name(claims) == [
        (claim.path, name)
        for claim, name in zip(claims, ["a.csv", "sub/a.csv", "a (3).csv", "a (2).csv", "a (4).csv", "b.csv"], strict=True)
    ]
