"""Folders of an office, in the layouts that differ: one file system, two file systems, one without hard links."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync import dropfolder as folder
from sync.dropfolder import Claimed, Folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Folders of which one is likely to lie on another file system than what tests write.
OTHERS = (Path("/dev/shm"), Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - nothing else stays there


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Everything on one file system, the job's folders inside the drop folder."""
    drop = tmp_path / "drop"
    made = Folders(drop, drop / "archive", drop / "refused", drop / "results", tmp_path / "state")
    folder.prepare(made)
    return made


@pytest.fixture
def across(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folders]:
    """The drop folder on one file system, the job's own folders on another; played where there is only one."""
    here = tmp_path.stat().st_dev
    far = Path(tempfile.mkdtemp(dir=next((other for other in OTHERS if other.is_dir() and other.stat().st_dev != here), None)))
    if far.stat().st_dev == here:
        for name in ("rename", "replace", "link"):
            monkeypatch.setattr(os, name, _refusing_to_cross(getattr(os, name), far))
    made = Folders(far / "drop", tmp_path / "archive", far / "refused", tmp_path / "results", tmp_path / "state")
    folder.prepare(made)
    yield made
    shutil.rmtree(far)


@pytest.fixture
def no_hard_links(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """A file system (or owner of the files) that allows no hard links."""

    def link(_source: str, destination: str, *, dst_dir_fd: int | None = None, **_options: object) -> None:
        try:
            os.stat(destination, dir_fd=dst_dir_fd, follow_symlinks=False)
            number = errno.EEXIST
        except FileNotFoundError:
            number = errno.EPERM
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)
    return folders


@pytest.fixture(params=["folders", "across", "no_hard_links"])
def any_folders(request: pytest.FixtureRequest) -> Folders:
    return request.getfixturevalue(request.param)


@pytest.fixture
def claim_all() -> Callable[[Folders, str], list[Claimed]]:
    """Claims all that lies in the drop folder, at once."""

    def claim(folders: Folders, run_id: str = "run-1") -> list[Claimed]:
        scan = folder.settled(folders, settle_seconds=0, sleep=_never)
        return [one for seen in scan.settled if isinstance(one := folder.claim(folders, run_id, seen), Claimed)]

    return claim


@pytest.fixture
def contents() -> Callable[[Folders], dict[str, list[bytes]]]:
    """What lies where, by kind of place; the work is done when nothing is left in "state" and "hidden"."""

    def look(folders: Folders) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {"drop": [], "archive": [], "refused": [], "notes": [], "state": [], "hidden": []}
        for root in {folders.drop, folders.archive, folders.refused, folders.state}:
            for path in root.rglob("*"):
                if path.is_file() and _nearest(folders, path) == root:
                    found[_kind(folders, root, path)].append(path.read_bytes())
        return {kind: sorted(files) for kind, files in found.items()}

    return look


def _nearest(folders: Folders, path: Path) -> Path:
    roots = (folders.drop, folders.archive, folders.refused, folders.state)
    return max((root for root in roots if path.is_relative_to(root)), key=lambda root: len(root.parts))


def _kind(folders: Folders, root: Path, path: Path) -> str:
    if any(part.startswith(".") for part in path.relative_to(root).parts):
        return "hidden"
    if root == folders.refused and path.suffix == ".txt":
        return "notes"
    return next(name for name in ("drop", "archive", "refused", "state") if getattr(folders, name) == root)


def _refusing_to_cross(real: Callable[..., object], far: Path) -> Callable[..., object]:
    def call(
        source: str, destination: str, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None, **options: object
    ) -> object:
        if _is_far(source, src_dir_fd) != _is_far(destination, dst_dir_fd):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return real(source, destination, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, **options)

    def _is_far(name: str, folder: int | None) -> bool:
        path = Path(name) if folder is None else Path(f"/proc/self/fd/{folder}").readlink()
        return path.is_relative_to(far)

    return call


def _never(_seconds: float) -> None:
    raise AssertionError("nothing to wait for")


collect_ignore = ["test_killed.py"] if sys.platform == "win32" else []
