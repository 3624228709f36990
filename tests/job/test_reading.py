"""What becomes of a run while it reads: poisoned files, a reader that is broken, a signal, a night of slow files."""

from __future__ import annotations

import errno
import io
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from sync.domain.model import WhyLeft
from sync.errors import ReaderBroken, StopRun
from sync.job.context import Runtime, Stopper

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, World


@pytest.fixture
def world(office: Office, api: Running, kit: type[Kit]) -> World:
    world = kit.plain_world(12)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    return world


def opendocument(manifest: bytes = b"<manifest/>") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", b"<office:document-content/>")
        archive.writestr("META-INF/manifest.xml", manifest)
    return file.getvalue()


def with_first_entry(data: bytes, at: int, new: bytes, extra: bytes = b"") -> bytes:
    """The archive with other bytes in the first entry of its directory, and more of what is extra behind its name."""
    start = data.index(b"PK\x01\x02")
    entry = data[start : start + 46 + len("mimetype")]
    entry = entry[:at] + new + entry[at + len(new) :]
    entry = entry[:30] + struct.pack("<H", len(extra)) + entry[32:] + extra
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    rest = data[start + 46 + len("mimetype") : data.index(b"PK\x05\x06")]
    end[12:16] = struct.pack("<I", len(entry + rest))
    return data[:start] + entry + rest + bytes(end)


POISON = {
    "its first member is damaged": b"PK\x03\x04" + b"\xff" * 26 + opendocument()[30:],
    "its first member is encrypted": with_first_entry(opendocument(), 8, b"\x01\x00"),
    "an offset beyond all numbers": with_first_entry(opendocument(), 42, b"\xff" * 4, struct.pack("<HHQ", 1, 8, 2**63 + 5)),
    "its manifest tells of encryption": opendocument(b"<manifest><encryption-data/></manifest>"),
    "no archive at all": b"PK\x03\x04nonsense",
    "an old workbook of nothing": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"W\0o\0r\0k\0b\0o\0o\0k\0\0\0" * 40,
}


def test_poisoned_files_cost_themselves_only_in_two_nights(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    for night in (1, 2):
        office.drop_csv("a.csv", world.rows)
        for at, content in enumerate(POISON.values()):
            (office.drop / f"b{at}.ods").write_bytes(content)
        finished = office.run()

        assert finished.info.exit_code == 3
        assert [file.name for file in finished.checked.files if file.readable] == ["a.csv"]
        assert not [file.reason for file in finished.checked.files if file.reason and file.reason.why == "reader_crashed"]
        assert kit.links(api.state()) == world.wanted
        assert len(office.places()["refused"]) == night * len(POISON)
        assert "drop" not in office.places()


@pytest.mark.parametrize(
    "program",
    ["import no_such_package", "import os; os.abort()", "raise SystemError", "bytearray(2**40)", "import os; os._exit(9)"],
)
def test_a_reader_that_is_broken_ends_the_run_and_no_file_is_refused(
    office: Office, api: Running, world: World, reader: Callable[[str], None], program: str
) -> None:
    content = office.drop_csv("a.csv", world.rows).read_bytes()
    reader(program)
    with pytest.raises(ReaderBroken, match="arbeitet auf diesem Rechner nicht"):
        office.run()
    assert office.places() == {"drop": ["a.csv"]}
    assert (office.drop / "a.csv").read_bytes() == content
    assert (api.log(), office.reports()) == ([], [])


def test_a_full_disk_of_temporary_files_is_told_as_that_and_costs_no_file(
    office: Office, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    office.drop_csv("a.csv", world.rows)
    with monkeypatch.context() as no_room:
        no_room.setattr("sync.confined.parent.tempfile.TemporaryFile", full)
        for _ in range(3):
            with pytest.raises(ReaderBroken, match=r"No space left.+Platz auf dem Datenträger mit den temporären Dateien"):
                office.run()
    assert office.run().info.exit_code == 0


def test_the_run_after_a_broken_reader_does_everything(
    office: Office, api: Running, kit: type[Kit], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("sync.sheets.load._MODULE", "no_such_module")
        with pytest.raises(ReaderBroken):
            office.run()
    assert office.run().info.exit_code == 0
    assert kit.links(api.state()) == world.wanted


CRASHES_ON_B = """
import pickle, os
from sync.sheets.reader import answer as really
job = pickle.loads(request.blocks[0])
if "b.csv" in str(job.path):
    os.abort()
yield from really(request)
return
"""


def test_one_file_that_crashes_the_reader_is_its_own_fate(
    office: Office, api: Running, kit: type[Kit], world: World, reader: Callable[[str], None]
) -> None:
    office.drop_csv("b.csv", world.rows)
    reader(CRASHES_ON_B)
    assert office.run().info.exit_code == 3
    assert office.places() == {"archive": ["a.csv"], "refused": ["b.csv"]}
    assert kit.links(api.state()) == world.wanted


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize(("limit", "code"), [("ulimit -n 8", 1), ("ulimit -n 12", 0), ("ulimit -v 200000", 1)])
def test_a_machine_that_starts_no_reader_says_so_in_a_sentence(office: Office, world: World, limit: str, code: int) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'{limit}; exec "$0" -m sync check "{office.drop / "a.csv"}"', sys.executable],
        cwd=office.folder,
        env=office.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == code
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert len(world.rows) == 12


def test_a_run_that_is_asked_to_end_while_it_reads_puts_the_files_back(
    office: Office, api: Running, world: World, reader: Callable[[str], None]
) -> None:
    reader("import time; time.sleep(60)")
    stopper = Stopper()
    threading.Timer(0.3, stopper.ask).start()
    began = time.monotonic()

    with pytest.raises(StopRun):
        office.run(Runtime(stopper=stopper))

    assert time.monotonic() - began < 2
    assert office.places() == {"drop": ["a.csv"]}
    assert (api.log(), office.reports(), len(world.rows)) == ([], [], 12)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal ends a process at once there")
def test_sigterm_ends_a_run_that_reads_within_a_second(office: Office, world: World) -> None:
    path = office.drop / "gross.csv"
    path.write_text("Termin-ID;Adress-ID;Status\n" + "70001;90001;bestätigt\n" * 1_500_000, encoding="utf-8")
    with office.start("run") as process:
        while not list(office.folder.glob("state/claimed/*/*")):
            time.sleep(0.01)
        time.sleep(0.7)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        _, err = process.communicate(timeout=30)
        took = time.monotonic() - began

    assert (process.returncode, b"Traceback" in err) == (1, False)
    assert took < 5  # alone on the machine less than one; others may be at work on it
    assert office.places() == {"drop": ["a.csv", "gross.csv"]}
    assert len(world.rows) == 12


SLOW_FOR_S = """
import pickle, time
from sync.sheets.reader import answer as really
job = pickle.loads(request.blocks[0])
if job.path.name[:2] in {"s1", "s2"}:
    time.sleep(60)
yield from really(request)
return
"""


@pytest.mark.usefixtures("api")
def test_slow_files_share_the_time_of_a_night_and_what_had_no_fair_try_waits(
    office: Office, world: World, reader: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(SLOW_FOR_S)
    monkeypatch.setattr("sync.sheets.load._SHORT_SECONDS", 1.0)
    monkeypatch.setattr("sync.sheets.load._SHORTEST_SECONDS", 60.0)  # enough for the good one on any machine
    office.configure(limits={"seconds_per_file": 2, "seconds_for_slow_files": 2})
    for name in ("s1.csv", "s2.csv", "z.csv"):
        office.drop_csv(name, world.rows)

    finished = office.run()

    assert [left.why for left in finished.checked.left] == [WhyLeft.NO_TIME]
    assert office.places() == {"archive": ["a.csv", "z.csv"], "drop": ["s2.csv"], "refused": ["s1.csv"]}
