"""Each hostile or broken file is refused with its own reason, or read harmlessly; none of them takes the job with it."""

from __future__ import annotations

import io
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.config import Config
from sync.confined.child import Frame
from sync.domain.model import Column, FileKind, Reason, Why
from sync.errors import ReaderBroken
from sync.job.check import check, read
from sync.progress import Logged
from sync.rows.columns import declared
from sync.sheets.load import Limits, load
from sync.sheets.reader import read_bytes
from sync.sheets.stream import EndOfFile
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reading

    from sync.domain.model import Loaded

CORPUS = Path(__file__).parent.parent / "corpus" / "files"
TABLE = "Termin-ID;Adress-ID;Status\n1;2;gesendet\n"


def workbook(rows: list[list[object]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(rows):
            sheet.write_row(row, 0, cells)
    return file.getvalue()


GOOD = workbook([["Termin-ID", "Adress-ID", "Status"], [1, 2, "gesendet"]])


def changed(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, change(info.filename, old.read(info)))
    return file.getvalue()


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, data: data.replace(old, new) if name.startswith("xl/worksheets/sheet") else data


def flipped(data: bytes, part: str) -> bytes:
    at = data.index(part.encode()) + len(part) + 20
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def archive(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name.replace("__", "/"), data)
    return file.getvalue()


def ole(*streams: str) -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 504
        + b"".join((s + "\0").encode("utf-16-le").ljust(128, b"\0") for s in streams)
    )


REFUSED = {
    "nothing in it": (b"", Why.EMPTY),
    "spaces only": (b" \r\n\t", Why.EMPTY),
    "NULs only, a failed copy": (b"\0" * 5000, Why.DAMAGED),
    "a Word file": (archive(**{"word__document.xml": b"<w/>"}), Why.NOT_A_TABLE),
    "a PDF file": (b"%PDF-1.7\n" + b"\x00\x01" * 100, Why.NOT_A_TABLE),
    "a program": (b"MZ" + bytes(range(256)) * 20, Why.NOT_A_TABLE),
    "noise": (bytes(at * at * 7 % 251 for at in range(10_000)), Why.NOT_A_TABLE),
    "a ZIP archive of something": (archive(readme=b"x"), Why.NOT_A_TABLE),
    "an old Word file": (ole("WordDocument"), Why.NOT_A_TABLE),
    "a workbook with a password": (ole("EncryptionInfo", "EncryptedPackage"), Why.PASSWORD),
    "an .xls file that is torn": (ole("Workbook"), Why.DAMAGED),
    "an archive that is torn": (GOOD[: len(GOOD) // 2], Why.DAMAGED),
    "one bit of a sheet flipped": (flipped(GOOD, "xl/worksheets/sheet1.xml"), Why.DAMAGED),
    "one bit of the texts flipped": (flipped(GOOD, "xl/sharedStrings.xml"), Why.DAMAGED),
    "a sheet that is not XML": (changed(GOOD, in_sheet(b"</row>", b"<row")), Why.DAMAGED),
    "a page without a table": (b"<html><body>Anmeldung</body></html>", Why.NOT_A_TABLE),
    "some XML": (b"<?xml version='1.0'?><rss/>", Why.NOT_A_TABLE),
    "a quote that is never closed": (TABLE.encode() + b'3;4;"gesendet\n' * 3, Why.UNCLOSED_QUOTE),
    "100,000 columns": ((";".join(["Termin-ID", "Adress-ID", "Status"] + ["x"] * 100_000) + "\n").encode(), Why.LIMIT_COLUMNS),
    "a wide record": ((TABLE + "1;2;x" + ";" * 100_000 + "\n").encode(), Why.LIMIT_COLUMNS),
    "bytes that no encoding has": (TABLE.encode() + b"3;4;\x81\x8d\x8f\n", Why.UNKNOWN_ENCODING),
    "UTF-16 cut in the middle": (TABLE.encode("utf-16")[:-1], Why.UNKNOWN_ENCODING),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_holds_no_table_is_refused_with_its_own_reason(reading: Reading, name: str) -> None:
    content, why = REFUSED[name]
    loaded = reading.bytes(content)
    assert loaded.reason is not None
    assert loaded.reason.why is why
    assert len(loaded.sha256) == 64


@pytest.mark.parametrize("percent", [1, 20, 50, 80])
@pytest.mark.parametrize("name", ["libreoffice_base.xls", "found_formula_records.xls"])
def test_an_xls_file_that_was_copied_by_half_is_called_damaged(reading: Reading, name: str, percent: int) -> None:
    whole = (CORPUS / name).read_bytes()
    assert refused(reading.bytes(whole[: len(whole) * percent // 100])) is Why.DAMAGED


def test_a_whole_file_of_a_program_that_nobody_knows_is_not_called_damaged(reading: Reading) -> None:
    whole = (CORPUS / "libreoffice_base.xls").read_bytes()
    strange = whole.replace("Workbook".encode("utf-16-le"), "Notebook".encode("utf-16-le"))
    assert refused(reading.bytes(strange)) is Why.NOT_A_TABLE


LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'"><!ENTITY c "' + b"&b;" * 1000 + b'">]>'
)
FLAT = b'<office:document xmlns:office="o" office:mimetype="opendocument.spreadsheet"><x>&c;</x></office:document>'
XML_2003 = b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><x>&c;</x></Workbook>'


@pytest.mark.parametrize(
    "content",
    [
        changed(GOOD, in_sheet(b"<worksheet", LAUGHS + b"<worksheet")),
        changed(GOOD, lambda name, data: data.replace(b"<sst", LAUGHS + b"<sst") if name == "xl/sharedStrings.xml" else data),
        LAUGHS + FLAT,
        b"<?xml version='1.0'?>" + LAUGHS + XML_2003,
        archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": LAUGHS + FLAT}),
    ],
    ids=["sheet", "shared texts", "fods", "2003 xml", "ods"],
)
def test_entities_are_never_expanded(reading: Reading, content: bytes) -> None:
    loaded = reading.bytes(content)
    assert loaded.reason is not None
    assert loaded.reason.why is Why.XML_DECLARATIONS


def test_an_archive_that_unpacks_to_too_much_is_refused(reading: Reading) -> None:
    bomb = changed(GOOD, in_sheet(b"</sheetData>", b"<row/>" * 4_000_000 + b"</sheetData>"))
    assert refused(reading.bytes(bomb, limits=Limits(unpacked_bytes=10 * 2**20))) is Why.LIMIT_UNPACKED_SIZE


def test_one_huge_cell_is_refused(reading: Reading) -> None:
    bomb = changed(GOOD, lambda name, data: data.replace(b"gesendet", b"x" * 120_000_000) if "sharedStrings" in name else data)
    assert len(bomb) < 2**20
    assert refused(reading.bytes(bomb)) is Why.LIMIT_UNPACKED_SIZE


def test_a_directory_that_lies_about_sizes_does_not_help(reading: Reading) -> None:
    bomb = bytearray(changed(GOOD, in_sheet(b"</sheetData>", b"<row/>" * 2_000_000 + b"</sheetData>")))
    at = bomb.rfind(b"PK\x01\x02", 0, bomb.rfind(b"xl/worksheets/sheet1.xml"))
    bomb[at + 24 : at + 28] = (5_000).to_bytes(4, "little")
    assert refused(reading.bytes(bytes(bomb), limits=Limits(unpacked_bytes=10 * 2**20))) in {Why.DAMAGED, Why.LIMIT_UNPACKED_SIZE}


def test_a_file_beyond_the_limit_of_size_is_refused_unread(reading: Reading) -> None:
    path = reading.folder / "gross.csv"
    with path.open("wb") as file:
        file.truncate(500 * 2**20)
    assert refused(load(path, "gross.csv", reading.columns, Limits())) is Why.LIMIT_FILE_SIZE


def test_a_limit_is_told_with_the_number_that_is_configured(reading: Reading) -> None:
    path = reading.folder / "gross.csv"
    with path.open("wb") as file:
        file.truncate(500 * 2**20)
    (loaded,) = read([(path, "gross.csv")], Config(), Logged())
    assert loaded.reason == Reason(Why.LIMIT_FILE_SIZE, f"{Config().limits.file_megabytes} MB")


@pytest.mark.parametrize("rows", [1, 2, 40, 201])
@pytest.mark.parametrize("note", ["\x01", "Anna\x0b\x7f", "Grüße\x02 von\x1f Anna"])
def test_control_characters_in_notes_make_a_table_of_any_length_no_binary_file(reading: Reading, rows: int, note: str) -> None:
    loaded = reading.bytes(("Termin-ID;Adress-ID;Status;Notiz\n" + f"1;2;gesendet;{note}\n" * rows).encode())
    assert loaded.reason is None
    assert len(loaded.sheets[0].rows) == rows


@pytest.mark.parametrize("size", [300, 1_000, 10_000, 100_000])
def test_random_bytes_are_no_table_of_any_length(reading: Reading, size: int) -> None:
    dice = random.Random(size)  # noqa: S311 - no secret
    for _ in range(3):
        loaded = reading.bytes(b"\x93" + dice.randbytes(size))
        assert loaded.reason is not None
        assert loaded.reason.why is Why.NOT_A_TABLE


@pytest.mark.parametrize(
    "make",
    [lambda n: TABLE + "1;2;gesendet\n" * n, lambda n: workbook([["Termin-ID", "Adress-ID", "Status"], *[[1, 2, "x"]] * n])],
)
def test_too_many_cells_are_refused(reading: Reading, make: Callable[[int], str | bytes]) -> None:
    content = make(1000)
    loaded = reading.bytes(content.encode() if isinstance(content, str) else content, limits=Limits(cells=2000))
    assert refused(loaded) is Why.LIMIT_CELLS


def test_rows_repeated_without_end_are_too_many_cells(reading: Reading) -> None:
    content = (CORPUS / "libreoffice_base.fods").read_bytes()
    endless = content.replace(b"<table:table-row ", b'<table:table-row table:number-rows-repeated="99999999" ')
    assert refused(reading.bytes(endless)) is Why.LIMIT_CELLS


def test_external_links_and_macros_are_left_alone(reading: Reading) -> None:
    data = changed(GOOD, in_sheet(b"</sheetData>", b"</sheetData><hyperlinks/>"))
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\0" * 100)
        book.writestr("xl/externalLinks/externalLink1.xml", b"<externalLink/>")
        book.writestr("../../weg.txt", b"x")
    assert reading.rows(reading.bytes(file.getvalue()), Column.APPOINTMENT) == [[2, "1"]]
    assert not list(reading.folder.parent.glob("weg.txt"))


def test_a_value_in_the_last_cell_of_a_sheet_costs_no_row(reading: Reading) -> None:
    content = workbook([["Termin-ID", "Adress-ID", "Status"], [1, 2, "gesendet"]])
    far = changed(content, in_sheet(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))
    assert reading.rows(reading.bytes(far), Column.APPOINTMENT) == [[2, "1"], [1048576, ""]]


def test_errors_that_calamine_does_not_know_do_not_cost_the_sheet(reading: Reading) -> None:
    odd = changed(
        GOOD,
        in_sheet(
            b"</sheetData>",
            b'<row r="3"><c r="A3" t="e"><f>A1</f><v>#GETTING_DATA</v></c><c r="B3"><v>3</v></c></row></sheetData>',
        ),
    )
    loaded = reading.bytes(odd)
    assert reading.rows(loaded, Column.APPOINTMENT, Column.ADDRESS) == [[2, "1", "2"], [3, "", "3"]]
    assert [problem.code for problem in loaded.sheets[0].problems] == ["error_cell"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file kinds")
@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "socket", "device"])
def test_what_is_no_plain_file_is_refused_at_once(reading: Reading, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = reading.folder / "x.csv"
    (reading.folder / "echt.csv").write_text(TABLE)
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "link":
            path.symlink_to(reading.folder / "echt.csv")
        elif kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            monkeypatch.chdir(reading.folder)  # the path of a socket is short
            listener.bind("x.csv")
        loaded = load(Path("/dev/zero") if kind == "device" else path, "x.csv", reading.columns, Limits())
    assert refused(loaded) is Why.NOT_A_FILE


def test_a_file_that_is_not_there_is_said_to_be_unreadable(reading: Reading) -> None:
    assert refused(load(reading.folder / "weg.csv", "weg.csv", reading.columns, Limits())) is Why.UNREADABLE


@pytest.mark.parametrize("name", ["Münc\u0308hen  ä.csv", "ß" * 120 + ".csv", "-rf;$(x).csv"])
def test_any_name_is_only_a_name(reading: Reading, name: str) -> None:
    assert reading.rows(reading.text(TABLE, name), Column.ADDRESS) == [[2, "2"]]


def test_a_reader_that_crashes_costs_its_file_only(reading: Reading, reader: Callable[[str], None]) -> None:
    reader("import os; os.abort()")
    assert refused(reading.text(TABLE)) is Why.READER_CRASHED


@pytest.mark.parametrize("caught", [True, False])
def test_the_log_tells_where_a_reader_stumbled_and_nothing_of_what_it_read(
    reading: Reading, reader: Callable[[str], None], caplog: pytest.LogCaptureFixture, *, caught: bool
) -> None:
    parser = "from sync.sheets import reader\nreader.grids = lambda *_, **__: [int('Eva Meyer')]\n"
    answer = "from sync.sheets.stream import as_frame\nfrom sync.sheets.reader import answer\nyield from answer(request)\nreturn"
    reader(parser + answer if caught else "int('Eva Meyer')")
    loaded = reading.text(TABLE)

    assert refused(loaded) is Why.READER_CRASHED
    assert "ValueError" in caplog.text
    assert ".py:" in caplog.text
    assert "Meyer" not in caplog.text
    assert "Meyer" not in str(loaded.reason)


def test_a_text_in_a_cell_makes_no_workbook_an_encrypted_one(reading: Reading) -> None:
    book, file = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("Termine")
    for number, row in enumerate([("Termin-ID", "Adress-ID", "Status", "Notiz"), (1, 2, "gesendet", "Ж EncryptedPackage\0")]):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    book.save(file)

    assert "EncryptedPackage\0".encode("utf-16-le") in file.getvalue()
    assert reading.rows(reading.bytes(file.getvalue()), Column.ADDRESS) == [[2, "2"]]


def test_a_reader_that_runs_out_of_memory_is_named(reading: Reading, reader: Callable[[str], None]) -> None:
    reader("import os, sys; sys.stderr.write('memory allocation of 9 bytes failed'); sys.stderr.flush(); os.abort()")
    assert refused(reading.text(TABLE)) is Why.LIMIT_MEMORY


def test_a_reader_that_goes_on_for_ever_is_stopped(reading: Reading, reader: Callable[[str], None]) -> None:
    reader("while True: pass")
    assert refused(reading.bytes(TABLE.encode(), limits=Limits(seconds=0.5))) is Why.LIMIT_SECONDS


def test_a_reader_cannot_make_the_job_run_anything(
    reading: Reading, reader: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(reading.folder)
    reader("import os, pickle\nclass E:\n def __reduce__(self): return os.mkdir, ('evil',)\nos.write(3, pickle.dumps(E()) * 99)")
    assert refused(reading.text(TABLE)) in {Why.READER_CRASHED, Why.LIMIT_MEMORY}
    assert not (reading.folder / "evil").exists()


MESSAGES = {
    "a kind that there is not": Frame("pickle", None),
    "rows that are not there": Frame("part", [0, [], [], []]),
    "half a row number": Frame("part", [0, [], [], []], (b"123",)),
    "a column that is shorter": Frame("part", [0, [0], ["joined"], []], (bytes(16), b"1")),
    "a number that is none": Frame("part", [0, [0], ["numbers"], []], (bytes(8), b"\xff" * 8)),
    "a column for a cell that is not there": Frame("opened", [None, 1, ["a"], [["address_id", 7]], 0, False]),
    "a finding of no kind": Frame("part", [0, [], [], [[1, "nonsense", None, None, None]]], (b"",)),
    "a reason that there is not": Frame("done", [["nonsense", "", "", []], None, [], ""]),
    "a negative row": Frame("opened", [None, -1, ["a"], [], 0, False]),
    "neither true nor false": Frame("opened", [None, 1, ["a"], [], 0, 1]),
    "brackets": Frame("done", [[[[[]]]]]),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_what_the_reader_says_is_checked(reading: Reading, reader: Callable[[str], None], name: str) -> None:
    begin, frame, end = (
        "yield Frame('opened', [None, 1, ['a'], [], 0, False])",
        MESSAGES[name],
        "yield Frame('done', [None, 'text', [], ''])",
    )
    reader(f"{begin}\n{end}")
    assert refused(reading.text(TABLE)) is Why.NO_ROWS, "nothing else is wrong"
    reader(f"{begin}\nyield {frame!r}\n{end}")
    assert refused(reading.text(TABLE)) is Why.READER_CRASHED


def test_a_reader_that_says_rows_of_no_table_gives_none(reading: Reading, reader: Callable[[str], None]) -> None:
    reader("yield Frame('part', [0, [], [], []], (bytes(8),))")
    assert refused(reading.text(TABLE)) is Why.NO_ROWS


@pytest.mark.parametrize("program", ["import no_such_package", "import os; os._exit(71)"])
def test_a_reader_that_cannot_begin_is_no_fault_of_the_file(
    reading: Reading, reader: Callable[[str], None], program: str
) -> None:
    reader(program)
    with pytest.raises(ReaderBroken):
        reading.text(TABLE)


def refused(loaded: Loaded) -> Why | None:
    return loaded.reason.why if loaded.reason else None


def test_a_directory_of_very_many_parts_is_refused_by_their_number(reading: Reading) -> None:
    book = io.BytesIO(GOOD)
    with zipfile.ZipFile(book, "a") as more:
        info = zipfile.ZipInfo("xl/a")
        more.writestr(info, b"")
        more.filelist.extend([info] * 30_000)
        more.NameToInfo.clear()
    assert refused(reading.bytes(book.getvalue())) is Why.TOO_MANY_PARTS


JUNK = {
    "lines of one character": ("Termin-ID;Adress-ID;Status\n", "x\n", "2 (Termin-ID: x)"),
    "no ids": ("Termin-ID;Adress-ID;Status\n", ";;gesendet\n", "2 (Termin-ID)"),
    "ids of zeros": ("Termin-ID;Adress-ID;Status\n", "1;0;gesendet\n", "2 (Adress-ID: 0)"),
    "ids of no end": ("Termin-ID;Adress-ID;Status\n", f"1;{'9' * tries(5_000)};x\n", f"2 (Adress-ID: {'9' * 40})"),
    "nothing to set": ("Termin-ID;Adress-ID;Status\n", "1;2;\n", "2"),
    "too many fields": ("Termin-ID;Adress-ID;Status\n", "1;2;gesendet;;;;x\n", "2 (x)"),
}


@pytest.mark.parametrize("name", JUNK)
def test_a_file_of_junk_is_refused_as_a_whole_with_its_first_wrong_row(reading: Reading, name: str) -> None:
    header, line, first = JUNK[name]
    loaded = reading.text(header + line * 20_001)
    assert loaded.reason == Reason(Why.TOO_MANY_WRONG, first)
    assert reading.text(header + line * 20_000).reason is None


def test_what_is_found_wrong_only_when_all_is_checked_counts_as_well(reading: Reading) -> None:
    header = "Termin-ID;Adress-ID;Status\n"
    junk = reading.text(header + "1;2;Quatsch\n" * 20_001, "junk.csv")
    good = reading.text(header + "1;2;gesendet\n", "good.csv")

    checked = check([junk, good], Config())

    assert junk.reason is None
    assert [file.reason for file in checked.files] == [Reason(Why.TOO_MANY_WRONG, "2"), None]
    assert checked.rows.outcome.tolist() == ["valid"]


def test_remarks_without_end_take_no_memory_without_end(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """As short records, each of which is told; the limit is lowered in this process, and the reader read here."""
    monkeypatch.setattr("sync.sheets.reader._MOST_REMARKS", 30_000)
    data = ("Termin-ID;Adress-ID;Status;Beginn\n" + "1;2;gesendet\n" * 30_001).encode()
    *_, last = read_bytes(data, reading.columns, Limits())
    assert last == EndOfFile(Reason(Why.LIMIT_MEMORY), FileKind.TEXT)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process")
@pytest.mark.parametrize("line", ["x\n", "1;2\n", "1;2\n" * 60 + "1;2;gesendet\n"])
def test_40_megabytes_of_junk_need_no_2_gigabytes(reading: Reading, line: str) -> None:
    path = reading.folder / "junk.csv"
    path.write_text("Termin-ID;Adress-ID;Status;Beginn\n" + line * (40_000_000 // len(line)))
    command = f'ulimit -v 2000000; exec "{sys.executable}" -m sync check --json "{path}"'
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False)
    assert done.returncode == 3, done.stderr.decode()
    assert len(done.stdout) < 5_000


def test_many_rows_that_are_right_are_never_too_many(reading: Reading) -> None:
    loaded = reading.text("Termin-ID;Adress-ID;Status\n" + "x;2;\n" * 20_000 + "0001;2;gesendet\n" * 20_000)
    assert loaded.reason is None


WHOLE = [path.read_bytes() for path in sorted(CORPUS.iterdir())]
DAMAGE = st.tuples(st.floats(0, 1), st.binary(max_size=40), st.booleans())


def damaged(data: bytes, at: float, patch: bytes, *, cut: bool) -> bytes:
    place = int(at * len(data))
    return data[:place] + patch + (b"" if cut else data[place + len(patch) :])


def ends_in_an_answer(data: bytes) -> None:
    """In a process with the job's own limits, as a broken file may ask for any amount of memory."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(data)
        loaded = load(path, "x", declared(), Limits(unpacked_bytes=50 * 2**20, cells=1_000_000, seconds=20, memory_bytes=2**30))
    assert len(loaded.sha256) == 64
    assert loaded.readable or not loaded.sheets or loaded.reason == Reason(Why.NO_ROWS)
    assert time.monotonic() - began < 50


@given(data=st.binary(max_size=2000))
@settings(max_examples=tries(200), deadline=None)
def test_any_bytes_end_in_an_answer(data: bytes) -> None:
    *_, last = read_bytes(data, declared(), Limits())
    assert isinstance(last, EndOfFile)


@given(data=st.sampled_from(WHOLE), damage=DAMAGE)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
def test_any_damage_to_a_file_ends_in_an_answer(data: bytes, damage: tuple[float, bytes, bool]) -> None:
    at, patch, cut = damage
    ends_in_an_answer(damaged(data, at, patch, cut=cut))


@pytest.mark.long
@given(data=st.sampled_from(WHOLE), damages=st.lists(DAMAGE, min_size=1, max_size=4))
@settings(max_examples=tries(2_000), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
def test_thousands_of_damaged_files_end_in_an_answer(data: bytes, damages: list[tuple[float, bytes, bool]]) -> None:
    for at, patch, cut in damages:
        data = damaged(data, at, patch, cut=cut and len(damages) == 1)
    ends_in_an_answer(data)
