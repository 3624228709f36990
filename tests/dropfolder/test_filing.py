"""Planned moves end with every file in one place, overwrite nothing and can be done again."""

from __future__ import annotations

import errno
import functools
import os
from typing import TYPE_CHECKING

import pytest

from sync import dropfolder
from sync.dropfolder import Claimed, Decided, Fate, Folders, Move, files
from sync.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.system.handles import Spot

    Contents = Callable[[Folders], dict[str, list[bytes]]]
    ClaimAll = Callable[..., list[Claimed]]

pytestmark = pytest.mark.usefixtures("english")

FATES = {"a.csv": Fate.ARCHIVE, "b.csv": Fate.REFUSE, "c.csv": Fate.RETURN}


@pytest.fixture
def planned(any_folders: Folders, claim_all: ClaimAll) -> tuple[Folders, tuple[Move, ...]]:
    """Three claimed files, one for each fate."""
    for name in FATES:
        path = any_folders.drop / "sub" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
        os.utime(path, (1000, 1000))
    decided = [Decided(one, FATES[one.relative.name], "Grund: ä") for one in claim_all(any_folders)]
    return any_folders, dropfolder.plan_destinations(any_folders, "run-1", decided)


def is_done(folders: Folders, contents: Contents) -> bool:
    return contents(folders) == {
        "drop": [b"c.csv"],
        "archive": [b"a.csv"],
        "refused": [b"b.csv"],
        "notes": ["Grund: ä".encode()],
        "state": [],
        "hidden": [],
    }


def test_each_file_ends_in_its_place_with_its_time(planned: tuple[Folders, tuple[Move, ...]], contents: Contents) -> None:
    folders, moves = planned
    dropfolder.carry_out(folders, moves)
    assert is_done(folders, contents)
    assert (folders.archive / "run-1" / "sub" / "a.csv").stat().st_mtime == 1000
    assert (folders.refused / "run-1" / "sub" / "b.csv.txt").read_text("utf-8") == "Grund: ä"
    assert list(folders.claimed.iterdir()) == []
    assert dropfolder.left_over(folders) == []


def test_moves_that_are_done_again_change_nothing(planned: tuple[Folders, tuple[Move, ...]], contents: Contents) -> None:
    folders, moves = planned
    dropfolder.carry_out(folders, moves)
    dropfolder.carry_out(folders, moves)
    dropfolder.recover(folders)
    assert is_done(folders, contents)


def test_a_name_that_was_taken_after_the_plan_is_not_overwritten(
    planned: tuple[Folders, tuple[Move, ...]], contents: Contents
) -> None:
    folders, moves = planned
    (folders.drop / "sub" / "c.csv").write_bytes(b"dropped again")
    dropfolder.carry_out(folders, moves)
    assert (folders.drop / "sub" / "c (2).csv").read_bytes() == b"c.csv"
    assert contents(folders)["drop"] == [b"c.csv", b"dropped again"]
    assert contents(folders)["state"] == contents(folders)["hidden"] == []


def test_the_reason_is_there_before_the_file(
    planned: tuple[Folders, tuple[Move, ...]], contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders, moves = planned
    real, order = files.put, []

    def put(source: Path, destination: Path) -> None:
        real(source, destination)
        order.append(destination.name)

    monkeypatch.setattr(files, "put", put)
    dropfolder.carry_out(folders, moves)
    assert order.index("b.csv.txt") < order.index("b.csv")
    assert is_done(folders, contents)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_one_move_that_fails_is_named_kept_and_done_later_while_the_others_are_done(
    planned: tuple[Folders, tuple[Move, ...]], contents: Contents, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    folders, moves = planned
    real = files.put

    def put(source: Path, destination: Path) -> None:
        if destination.name == "a.csv":
            raise OSError(number, os.strerror(number))
        real(source, destination)

    with monkeypatch.context() as patch:
        patch.setattr(files, "put", put)
        with pytest.raises(FolderError, match=r"a\.csv .*No file is lost") as caught:
            dropfolder.carry_out(folders, moves)
    assert os.strerror(number) in str(caught.value)
    found = contents(folders)
    assert (found["drop"], found["archive"], found["refused"]) == ([b"c.csv"], [], [b"b.csv"])
    assert b"a.csv" in found["state"]
    assert dropfolder.left_over(folders) == []
    dropfolder.recover(folders)
    assert is_done(folders, contents)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EILSEQ, errno.ENAMETOOLONG])
def test_a_file_whose_name_the_archive_cannot_hold_gets_one_that_it_can(
    any_folders: Folders, claim_all: ClaimAll, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    for name in ("Büro.csv", "ä" * 100 + ".csv"):
        (any_folders.drop / name).write_bytes(name.encode())
    decided = [Decided(one, fate, "Grund") for one, fate in zip(claim_all(any_folders), (Fate.ARCHIVE, Fate.REFUSE), strict=True)]
    moves = dropfolder.plan_destinations(any_folders, "run-1", decided)
    monkeypatch.setattr(files, "put", functools.partial(put_where_names_are_plain, files.put, number))
    dropfolder.carry_out(any_folders, moves)

    assert [path.read_bytes().decode() for path in any_folders.archive.glob("*.csv")] == [moves[0].source.name]
    (refused,) = any_folders.refused.glob("*.csv")
    assert refused.with_name(f"{refused.name}.txt").read_text() == "Grund"
    assert list(any_folders.claimed.iterdir()) == []
    assert not any_folders.moves.exists()
    assert caplog.text.count("cannot hold the name") == 2


def put_where_names_are_plain(put: Callable[..., None], number: int, source: Spot, destination: Spot) -> None:
    """A disk that holds only some names."""
    if not destination.name.isascii():
        raise OSError(number, os.strerror(number))
    put(source, destination)


def test_a_full_disk_during_a_copy_keeps_the_claimed_file(
    across: Folders, claim_all: ClaimAll, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    (across.drop / "b.csv").write_bytes(b"b.csv")
    moves = dropfolder.plan_destinations(across, "run-1", [Decided(one, Fate.REFUSE) for one in claim_all(across)])

    def full(_reader: object, writer: object, _size: int) -> None:
        writer.write(b"b")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfileobj", full)
        with pytest.raises(FolderError, match="Make room"):
            dropfolder.carry_out(across, moves)
    assert b"b.csv" in contents(across)["state"]
    assert contents(across)["refused"] == []
    dropfolder.recover(across)
    assert contents(across)["refused"] == [b"b.csv"]
    assert contents(across)["hidden"] == contents(across)["state"] == []


@pytest.mark.skipif(os.name != "posix", reason="making links needs rights on Windows")
def test_nothing_is_returned_through_a_link_out_of_the_drop_folder(folders: Folders, claim_all: ClaimAll, tmp_path: Path) -> None:
    path = folders.drop / "sub" / "deep" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a")
    (claimed,) = claim_all(folders)
    path.parent.rmdir()
    path.parent.parent.rmdir()
    (tmp_path / "outside").mkdir()
    (folders.drop / "sub").symlink_to(tmp_path / "outside")
    dropfolder.carry_out(folders, dropfolder.plan_destinations(folders, "run-1", [Decided(claimed, Fate.RETURN)]))
    assert list((tmp_path / "outside").iterdir()) == []
    assert (folders.drop / "a.csv").read_bytes() == b"a"


def test_a_file_in_the_place_of_its_subfolder_does_not_keep_a_file_from_going_back(folders: Folders, claim_all: ClaimAll) -> None:
    path = folders.drop / "sub" / "a.csv"
    path.parent.mkdir()
    path.write_bytes(b"a")
    (claimed,) = claim_all(folders)
    path.parent.rmdir()
    (folders.drop / "sub").write_bytes(b"in the way")
    dropfolder.carry_out(folders, dropfolder.plan_destinations(folders, "run-1", [Decided(claimed, Fate.RETURN)]))
    assert (folders.drop / "a.csv").read_bytes() == b"a"
    assert (folders.drop / "sub").read_bytes() == b"in the way"


@pytest.mark.parametrize(
    "content", ['[["half a pl', "[1]", "1", '[["/moved/claimed/run-1/000001/a", "/x/a", "archive", null, ""]]']
)
def test_a_list_of_moves_that_is_damaged_or_of_another_place_only_means_that_the_files_are_read_again(
    planned: tuple[Folders, tuple[Move, ...]], content: str
) -> None:
    folders, _ = planned
    folders.moves.write_text(content, "utf-8")
    dropfolder.recover(folders)
    assert [claimed.name for claimed in dropfolder.left_over(folders)] == ["sub/a.csv", "sub/b.csv", "sub/c.csv"]


def test_a_claimed_file_that_somebody_took_away_does_not_stop_the_others(
    planned: tuple[Folders, tuple[Move, ...]], contents: Contents
) -> None:
    folders, moves = planned
    moves[0].source.unlink()
    dropfolder.carry_out(folders, moves)
    assert contents(folders)["refused"] == [b"b.csv"]
    assert contents(folders)["state"] == []
