"""Somebody else on the same machine, who may write into the drop folder and the results, and nothing more."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync import dropfolder
from sync.dropfolder import Folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Nobody has this number; a user needs no name to be one.
ATTACKER: Final = 47_110
#: How often a race is tried.
TRIES: Final = 300
SECRET: Final = b"Termin-ID;Adress-ID\r\n1;1\r\nnot for the office"
#: Time of the last change of everything that shall look alike.
LONG_AGO: Final = 1_000_000_000


@dataclass(frozen=True)
class Place:
    """The folders of an office in a place that others can reach, and one with a file that is nobody else's business."""

    top: Path

    @property
    def folders(self) -> Folders:
        return Folders(*(self.top / name for name in ("drop", "archive", "refused", "results", "state")))

    @property
    def private(self) -> Path:
        return self.top / "private"

    @property
    def secret(self) -> Path:
        return self.private / "a.csv"

    def lay_out(self) -> None:
        self.private.mkdir(mode=0o700)
        self.secret.write_bytes(SECRET)
        self.secret.chmod(0o600)
        os.utime(self.secret, (LONG_AGO, LONG_AGO))
        dropfolder.prepare(self.folders)
        for shared in (self.folders.drop, self.folders.results):
            shared.chmod(0o777)

    def is_untouched(self) -> bool:
        """Whether the private folder is as it was laid out."""
        return [path.name for path in self.private.iterdir()] == ["a.csv"] and self.secret.read_bytes() == SECRET


@contextmanager
def place() -> Iterator[Place]:
    """A place outside of the folders of pytest, which are closed to others."""
    top = Path(tempfile.mkdtemp(prefix="office-"))
    top.chmod(0o755)
    made = Place(top)
    made.lay_out()
    try:
        yield made
    finally:
        shutil.rmtree(top)


def as_attacker(task: Callable[[], None]) -> None:
    """Do something as somebody else, to its end; as oneself where this user cannot be anybody else."""
    child = _forked(task)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@contextmanager
def meanwhile(task: Callable[[], None]) -> Iterator[None]:
    """Somebody else does something again and again."""

    def again() -> None:
        while True:
            with suppress(OSError):
                task()

    child = _forked(again)
    try:
        time.sleep(0.02)  # it has begun
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _forked(task: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(ATTACKER)
            os.setuid(ATTACKER)
        task()
    except BaseException:  # noqa: BLE001 - nothing of the child may reach pytest
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def swapping(real: Path, target: Path) -> Callable[[], None]:
    """Puts a link in the place of a folder for a moment, and the folder back."""
    aside = real.with_name(f"{real.name}.aside")

    def swap() -> None:
        real.rename(aside)
        real.symlink_to(target)
        time.sleep(secrets.randbelow(1000) / 1e6)
        real.unlink()
        aside.rename(real)
        time.sleep(secrets.randbelow(1000) / 1e6)

    return swap
