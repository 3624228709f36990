"""Killed at any instant, the next start ends with every file in exactly one place."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import subprocess
import sys
import time
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync import dropfolder
from sync.dropfolder import Claimed, Decided, Fate, Folders
from tests import forked
from tests.tries import step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    Contents = Callable[[Folders], dict[str, list[bytes]]]

NAMES = ("a.csv", "sub/b.csv", "sub/c.csv")
FATES = (Fate.ARCHIVE, Fate.REFUSE, Fate.RETURN)
KILLED = 77
FILE_EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "shutil.copyfileobj"}

DROPPER = """
import os, sys
from pathlib import Path
drop, who = Path(sys.argv[1]), sys.argv[2]
for number in range(250):
    path = drop / f"sub{number % 3}" / f"{who}-{number}.csv" if number % 2 else drop / f"{who}-{number}.csv"
    path.parent.mkdir(exist_ok=True)
    content = f"{who};{number};".encode() * (number * 37 % 5000)
    if number % 3:
        with path.open("wb", buffering=0) as writer:
            for start in range(0, len(content), 10000):
                writer.write(content[start : start + 10000])
    else:
        part = path.with_suffix(".tmp")
        part.write_bytes(content)
        part.replace(path)
"""


def drop_three(folders: Folders) -> None:
    for name in NAMES:
        path = folders.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def work(folders: Folders, run_id: str) -> None:
    dropfolder.recover(folders)
    claimed = dropfolder.left_over(folders)
    for seen in dropfolder.settled(folders, settle_seconds=0).settled:
        one = dropfolder.claim(folders, run_id, seen)
        if isinstance(one, Claimed):
            claimed.append(one)
    fate_of = dict(zip(NAMES, FATES, strict=True))
    decided = [Decided(one, fate_of.get(one.name, Fate.ARCHIVE), f"why {one.name}") for one in claimed]
    dropfolder.carry_out(folders, dropfolder.plan_destinations(folders, run_id, decided))


def killed_before_its(call: int, task: Callable[[], None]) -> bool:
    """Runs a task in a child that dies, as by kill -9, just before its n-th call that touches files; False if it ended."""
    child = os.fork()
    if child == 0:
        left = iter(range(call))

        def die(event: str, args: tuple[object, ...]) -> None:
            steps_only = event == "open" and isinstance(args[2], int) and args[2] & getattr(os, "O_DIRECTORY", 0)
            if event in FILE_EVENTS and not steps_only and next(left, None) is None:
                os._exit(KILLED)

        sys.addaudithook(die)
        try:
            task()
        except BaseException:  # noqa: BLE001 - nothing of the child may reach pytest
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, KILLED}
    return code == KILLED


def test_a_run_killed_before_any_of_its_calls_leaves_every_file_in_one_place(any_folders: Folders, contents: Contents) -> None:
    folders, call = any_folders, 0
    drop_three(folders)
    while killed_before_its(call, lambda: work(folders, "run-1")):
        work(folders, "run-2")
        found = contents(folders)
        names = sorted(found["drop"] + found["archive"] + found["refused"])
        assert names == [b"a.csv", b"sub/b.csv", b"sub/c.csv"], f"killed before call {call}"
        assert found["state"] == found["hidden"] == [], f"killed before call {call}"
        assert set(found["notes"]) <= {b"why sub/b.csv"}, f"killed before call {call}"
        start_again(folders)
        call += step()
    assert call > 30


def start_again(folders: Folders) -> None:
    for root in (folders.archive, folders.refused, folders.drop):
        for path in root.rglob("*"):
            if path.is_file():
                path.unlink()
    drop_three(folders)


def test_a_kill_during_the_recovery_itself_is_recovered_from(any_folders: Folders, contents: Contents) -> None:
    folders = any_folders
    for first in range(25, 150, 6):
        start_again(folders)
        killed_before_its(first, lambda: work(folders, "run-1"))
        killed_before_its(first * 7 % 40, lambda: work(folders, "run-2"))
        work(folders, "run-3")
        found = contents(folders)
        names = sorted(found["drop"] + found["archive"] + found["refused"])
        assert names == [b"a.csv", b"sub/b.csv", b"sub/c.csv"], f"killed before call {first}"
        assert found["state"] == found["hidden"] == [], f"killed before call {first}"


def started(script: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script, *args], stdout=subprocess.PIPE, text=True, env=environment())


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(dropfolder.__file__).parents[2])}


def works_on(begun: Connection, run: str, folders: Folders) -> None:
    """A run that takes ten files at a time until none is left."""
    begun.send("begun")
    dropfolder.recover(folders)
    claimed = dropfolder.left_over(folders)
    for number in range(1000):
        scan = dropfolder.settled(folders, settle_seconds=0)
        found = [dropfolder.claim(folders, f"{run}-{number}", seen) for seen in scan.settled[:10]]
        claimed += [one for one in found if isinstance(one, Claimed)]
        decided = [Decided(one, FATES[zlib.crc32(one.path.read_bytes()) % 2], "why") for one in claimed]
        dropfolder.carry_out(folders, dropfolder.plan_destinations(folders, f"{run}-{number}", decided))
        claimed = []
        if not scan.settled:
            break


@contextmanager
def working(run: str, folders: Folders) -> Iterator[BaseProcess]:
    """Such a run as a process that has begun; at the end of the block it has ended."""
    ours, begun = multiprocessing.Pipe(duplex=False)
    with ours, begun:
        process = forked.process(works_on, begun, run, folders, environment=os.environ)
        process.start()
        assert ours.recv() == "begun"
        yield process
        process.join()


@pytest.mark.parametrize("layout", ["folders", "across"])
def test_runs_killed_at_random_instants_lose_nothing_and_do_nothing_twice(
    request: pytest.FixtureRequest, contents: Contents, layout: str
) -> None:
    folders = request.getfixturevalue(layout)
    expected = [f"{number};".encode() * 2000 for number in range(200)]
    for number, content in enumerate(expected):
        (folders.drop / f"{number}.csv").write_bytes(content)
    for run in range(15):
        with working(f"run-{run}", folders) as worker:
            time.sleep(secrets.randbelow(1000) / 1000 * 0.03)
            worker.kill()
    with working("run-last", folders) as worker:
        pass
    assert worker.exitcode == 0
    found = contents(folders)
    assert sorted(found["archive"] + found["refused"]) == sorted(expected)
    assert found["drop"] == found["state"] == found["hidden"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file, and nothing is waited for here")
def test_a_thousand_files_of_four_processes_end_in_one_place_each(folders: Folders, contents: Contents) -> None:
    droppers = [started(DROPPER, str(folders.drop), who) for who in "abcd"]
    run, returned, busy = 0, set(), True
    while busy:
        busy = any(dropper.poll() is None for dropper in droppers)
        claims = [dropfolder.claim(folders, f"run-{run}", seen) for seen in dropfolder.settled(folders, settle_seconds=0).settled]
        decided = [Decided(one, fate(one, returned), "why") for one in claims if isinstance(one, Claimed)]
        dropfolder.carry_out(folders, dropfolder.plan_destinations(folders, f"run-{run}", decided))
        returned |= {one.claimed.name for one in decided if one.fate is Fate.RETURN}
        run, busy = run + 1, busy or any(one.fate is Fate.RETURN for one in decided)
    for dropper in droppers:
        dropper.communicate()
    assert [dropper.returncode for dropper in droppers] == [0, 0, 0, 0]
    found = contents(folders)
    assert sorted(found["archive"] + found["refused"]) == sorted(whole(who, number) for who in "abcd" for number in range(250))
    assert found["drop"] == found["state"] == found["hidden"] == []


def fate(claimed: Claimed, returned: set[str]) -> Fate:
    number = int(claimed.relative.stem.split("-")[1])
    if number % 5 == 0 and claimed.name not in returned:
        return Fate.RETURN
    return Fate.REFUSE if number % 7 == 0 else Fate.ARCHIVE


def whole(who: str, number: int) -> bytes:
    return f"{who};{number};".encode() * (number * 37 % 5000)
