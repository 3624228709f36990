"""Whoever may write into the drop folder and the results gets nothing else by that: no file of others, no lost night."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32":
    pytest.skip("Windows needs rights for links and has no pipes in folders", allow_module_level=True)

from sync import dropfolder
from sync.domain.model import Left, WhyLeft
from sync.dropfolder import Claimed, Decided, Fate, Folders
from sync.errors import FolderError
from sync.i18n import Language
from sync.notify.delivery import _attachments
from sync.report.excel.copies import marked
from sync.report.excel.orders import Order
from sync.sheets.containers import snapshot
from sync.sheets.stream import RefuseFile
from sync.system import handles
from sync.system.handles import replacing
from tests.security.attacker import LONG_AGO, SECRET, TRIES, Place, as_attacker, meanwhile, place, swapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def here() -> Iterator[Place]:
    with place() as made:
        yield made


def put(path: Path, content: bytes = b"x" * len(SECRET)) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def taken(folders: Folders, run_id: str) -> list[Claimed]:
    scan = dropfolder.settled(folders, settle_seconds=0)
    return [one for seen in scan.settled if isinstance(one := dropfolder.claim(folders, run_id, seen), Claimed)]


def given_back(folders: Folders, claims: list[Claimed]) -> None:
    moves = dropfolder.plan_destinations(folders, "run", [Decided(one, Fate.RETURN) for one in claims])
    dropfolder.carry_out(folders, moves)


NAMES = (".onoffice-sync-probe.tmp", ".onoffice-sync-probe-{pid}.tmp", ".index.html.{pid}.tmp")


@pytest.mark.parametrize("kind", ["link", "pipe"])
@pytest.mark.parametrize("name", NAMES)
def test_a_link_of_a_name_that_was_once_the_jobs_own_gets_nothing_overwritten(here: Place, name: str, kind: str) -> None:
    planted = name.format(pid=os.getpid())

    def plant() -> None:
        for shared in (here.folders.drop, here.folders.results):
            if kind == "link":
                (shared / planted).symlink_to(here.secret)
            else:  # whoever opened it would wait for ever
                os.mkfifo(shared / planted)

    as_attacker(plant)
    dropfolder.prepare(here.folders)
    with replacing(here.folders.results / "index.html") as file:
        file.write(b"page")

    assert here.is_untouched()


def test_a_folder_that_is_swapped_for_a_link_gets_nothing_moved_out_and_nothing_planted(here: Place) -> None:
    sub = here.folders.drop / "sub"
    as_attacker(lambda: (put(sub / "a.csv"), None)[1])
    hits = []
    with meanwhile(swapping(sub, here.private)):
        for number in range(TRIES):
            claims = taken(here.folders, f"run-{number}")
            hits += [one for one in claims if one.path.read_bytes() == SECRET]
            with suppress(FolderError):  # a folder that went away meanwhile is told, and the next call tries again
                given_back(here.folders, claims)

    assert hits == []
    assert here.is_untouched()


def test_a_folder_that_was_swapped_for_a_link_after_the_look_is_not_gone_into(here: Place) -> None:
    sub = here.folders.drop / "sub"
    as_attacker(lambda: (put(sub / "a.csv"), None)[1])
    (seen,) = dropfolder.settled(here.folders, settle_seconds=0).settled

    def swap() -> None:
        sub.rename(sub.with_name("aside"))
        sub.symlink_to(here.private)

    as_attacker(swap)

    assert dropfolder.claim(here.folders, "run", seen) == Left("sub/a.csv", WhyLeft.NOT_A_FILE)
    assert here.is_untouched()


def test_a_file_goes_back_to_the_top_where_its_folder_was_swapped_or_closed(here: Place) -> None:
    drop = here.folders.drop
    as_attacker(lambda: [put(drop / name / f"{name}.csv") for name in ("swapped", "closed")] and None)
    claims = taken(here.folders, "run")

    def swap() -> None:
        (drop / "swapped").rmdir()
        (drop / "swapped").symlink_to(here.private)
        (drop / "closed").chmod(0o500)

    as_attacker(swap)
    before = {one.relative.name: one.path.stat() for one in claims}
    given_back(here.folders, claims)

    assert here.is_untouched()
    for name, info in before.items():
        place_now = drop / name if (drop / name).exists() else drop / name.removesuffix(".csv") / name
        now = place_now.stat()
        assert (now.st_uid, now.st_mode, now.st_ino) == (info.st_uid, info.st_mode, info.st_ino)
    assert (drop / "swapped.csv").exists()


def test_results_are_never_written_behind_a_link(here: Place) -> None:
    sub = here.folders.results / "sub"
    as_attacker(lambda: sub.mkdir(mode=0o777))
    sub.chmod(0o777)
    written = 0
    with meanwhile(swapping(sub, here.private)):
        for number in range(TRIES):
            try:
                handles.make(sub)
                with replacing(sub / f"{number}.html") as file:
                    file.write(b"page")
                written += 1
            except OSError:  # the link was there just then: told, and nothing written
                continue

    assert here.is_untouched()


def test_a_file_under_way_that_is_swapped_for_a_link_gets_nothing_written_behind_it(here: Place) -> None:
    results = here.folders.results

    def swap() -> None:
        for path in results.glob(f"{handles.OWN}*"):
            path.unlink()
            path.symlink_to(here.secret)

    with meanwhile(swap):
        for _ in range(TRIES):
            try:
                with replacing(results / "index.html") as file:
                    file.write(b"page" * 1000)
            except OSError:  # it was taken away just then
                continue

    assert here.is_untouched()


@pytest.mark.parametrize("reach", ["drop", "results"])
def test_a_folder_of_the_office_that_somebody_made_a_link_is_refused_in_a_sentence(here: Place, reach: str) -> None:
    inside = here.folders.drop / "inner"
    as_attacker(lambda: inside.symlink_to(here.private))
    names = {"archive": here.folders.archive, "results": here.folders.results}
    wrong = {**names, ("archive" if reach == "drop" else "results"): handles.resolved(inside)}
    folders = Folders(here.folders.drop, wrong["archive"], here.folders.refused, wrong["results"], here.folders.state)

    with pytest.raises(FolderError, match=r"inner ist ein Link.+nennen Sie .+ den Ordner, auf den er zeigt"):
        dropfolder.prepare(folders)
    assert here.is_untouched()


def test_a_file_with_a_second_name_stays_and_is_told(here: Place) -> None:
    os.link(here.secret, here.folders.drop / "a.csv")

    scan = dropfolder.settled(here.folders, settle_seconds=0)

    assert scan.settled == ()
    assert scan.left == (Left("a.csv", WhyLeft.SECOND_NAME),)


def test_a_file_that_gets_its_second_name_between_look_and_move_goes_back(here: Place) -> None:
    put(here.folders.drop / "a.csv")
    (seen,) = dropfolder.settled(here.folders, settle_seconds=0).settled
    os.link(seen.path, here.folders.drop / "b.txt")

    assert dropfolder.claim(here.folders, "run", seen) == Left("a.csv", WhyLeft.SECOND_NAME)
    assert seen.path.exists()


def test_what_is_read_in_place_is_read_behind_no_link_of_somebody_else(here: Place) -> None:
    sub = here.folders.drop / "sub"
    as_attacker(lambda: sub.symlink_to(here.private))
    if os.geteuid():
        pytest.skip("this user cannot be somebody else")

    with pytest.raises(RefuseFile):
        snapshot(sub / "a.csv", 1_000_000)


@contextmanager
def leased(path: Path) -> Iterator[None]:
    """A file that whoever opens it has to wait for, up to 45 seconds: its owner holds a lease on it."""
    if sys.platform != "linux":
        pytest.skip("leases are Linux's own")
    import fcntl  # noqa: PLC0415 - there is none on Windows

    before = signal.signal(signal.SIGIO, signal.SIG_IGN)  # how the owner hears of it
    number = os.open(path, os.O_RDWR)
    try:
        fcntl.fcntl(number, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        yield
    finally:
        os.close(number)
        signal.signal(signal.SIGIO, before)


def test_nobody_waits_for_a_file_that_its_owner_holds_while_it_is_marked(here: Place) -> None:
    order = Order("a.xlsx", "", "", "", Language.DE, (), put(here.folders.drop / "a.xlsx"))

    begun = time.monotonic()
    with leased(here.folders.drop / "a.xlsx"), pytest.raises(BlockingIOError):
        marked(order, BytesIO())
    (here.folders.drop / "a.xlsx").unlink()
    os.mkfifo(here.folders.drop / "a.xlsx")
    with pytest.raises(OSError, match="not a regular file"):
        marked(order, BytesIO())
    assert time.monotonic() - begun < 5


def test_nobody_waits_for_a_file_that_is_held_in_the_place_of_one_that_goes_back(here: Place) -> None:
    put(here.folders.drop / "a.csv")
    claims = taken(here.folders, "1")
    moves = dropfolder.plan_destinations(here.folders, "run", [Decided(one, Fate.RETURN) for one in claims])
    stranger = put(here.folders.drop / "a.csv", b"reserved for " + os.fsencode(claims[0].path))

    with leased(stranger):
        dropfolder.carry_out(here.folders, moves)

    assert (here.folders.drop / "a (2).csv").stat().st_size == len(SECRET)
    assert list(here.folders.claimed.rglob("*.csv")) == []


@pytest.mark.parametrize("kind", ["link", "second name", "pipe"])
def test_nothing_but_the_file_itself_is_sent_along_with_a_message(here: Place, kind: str) -> None:
    from sync.notify.delivery import Audience, Message, Tone  # noqa: PLC0415 - only here

    path = here.folders.results / "korrigieren.xlsx"
    plant = {"link": path.symlink_to, "second name": path.hardlink_to, "pipe": lambda _: os.mkfifo(path)}
    plant[kind](here.secret)

    assert _attachments(Message(Audience.STAFF, Tone.WARNING, "", "", (path,))) is None
