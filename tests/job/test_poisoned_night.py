"""One poisoned file of each kind beside ten good ones: these are done, every poisoned one has a fate and a reason of its own."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Final

import openpyxl
import pytest
import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, Row

HEADER: Final = "Termin-ID;Adress-ID;Terminbestätigung;Terminrückmeldung;Notiz\r\n"
ROW: Final = (70_001, 90_001, "bestätigt", "aktiv")
LINE: Final = "70001;90001;bestätigt;aktiv;"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
TABLE: Final = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="T">{}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)
#: A page with a table; what comes behind it makes a workbook of it, too, for whoever looks at the end of a file first.
PAGE: Final = (
    '<html><meta charset="windows-1252"><table><tr><td>Termin-ID</td><td>Adress-ID</td><td>Confirmation</td></tr>'
    "<tr><td>70001</td><td>90001</td><td>best\u00e4tigt</td></tr></table></html>"
)


def csv(note: str) -> bytes:
    return (HEADER + LINE + note + "\r\n").encode("utf-8")


def workbook(sheet_name: str = "Tabelle1", rows: tuple[Row, ...] = (ROW,)) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.name = sheet_name  # XlsxWriter refuses names that are in the wild all the same
        for number, row in enumerate((HEADER.strip().split(";"), *rows)):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == part else content)
    return file.getvalue()


#: A cell that says to be a date of the year 0.
YEAR_0: Final = b'<c r="E2" t="d"><v>0000-00-00T00:00:00</v></c></row></sheetData>'


def in_sheet(old: bytes, new: bytes) -> bytes:
    return changed(workbook(), "xl/worksheets/sheet1.xml", lambda data: data.replace(old, new, 1))


def ods(manifest: bytes = b"<manifest/>") -> bytes:
    cells = [
        "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in line.strip().split(";"))
        for line in (HEADER, LINE)
    ]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        new.writestr("mimetype", ODS)
        new.writestr("content.xml", TABLE.format("".join(f"<table:table-row>{row}</table:table-row>" for row in cells)))
        new.writestr("META-INF/manifest.xml", manifest)
    return file.getvalue()


def far_away(data: bytes, first: bytes) -> bytes:
    """The directory's entry of a part says that it begins beyond 2**63."""
    entry = data.index(b"PK\x01\x02", data.index(first))
    length, extra = struct.unpack("<HH", data[entry + 28 : entry + 32])
    extra_field = struct.pack("<HHQ", 1, 8, 2**63 + 1)
    head = bytearray(data[entry : entry + 46])
    head[30:32], head[42:46] = struct.pack("<H", extra + len(extra_field)), b"\xff" * 4
    end = data.rindex(b"PK\x05\x06")
    tail = bytearray(data[end:])
    size, at = struct.unpack("<II", tail[12:20])
    tail[12:20] = struct.pack("<II", size + len(extra_field), at)
    name = data[entry + 46 : entry + 46 + length]
    return data[:entry] + head + name + extra_field + data[entry + 46 + length + extra : end] + tail


def rules(count: int) -> bytes:
    areas = b" ".join(b"Z%d:AB%d" % (row, row) for row in range(10, count + 10))
    rule = b'<dataValidations count="1"><dataValidation type="list" sqref="' + areas + b'"/></dataValidations>'
    return in_sheet(b"<pageMargins", rule + b"<pageMargins")


#: Every kind, as (its bytes, what becomes of it: "done" or a part of the reason).
POISONED: Final[dict[str, tuple[bytes, str]]] = {
    "moment.csv": (csv("2026-13-45T00:00:00"), "done"),
    "midnight.csv": (csv("1900-03-01T24:00:00"), "done"),
    "far.csv": (csv("9999-12-31T23:59:59"), "done"),
    "long.csv": (csv("x" * 40_000), "done"),
    "control.csv": (csv("\x01\x02\ufffe"), "done"),
    "formula.csv": (csv("=cmd|' /C calc'!A0"), "done"),
    "year 0.xlsx": (in_sheet(b"</row></sheetData>", YEAR_0), "done"),
    "serial.xlsx": (workbook(rows=((*ROW, -693_594.5),)), "done"),
    "apostrophe.xlsx": (workbook("a" * 30 + "'"), "done"),
    "emoji.xlsx": (workbook("a" * 30 + "\U0001f600"), "done"),
    "rules.xlsx": (rules(20_000), "done"),
    "offset.xlsx": (far_away(workbook(), b"xl/theme/theme1.xml"), "done"),
    "blown up.xlsx": (changed(workbook(), "xl/styles.xml", lambda data: data + b" " * 60_000_000), "done"),
    "damaged.ods": (ods().replace(b"mimetypeapp", b"mimetype\xff\xff\xff"), "done"),
    "encrypted.ods": (ods(b"<manifest><encryption-data/></manifest>"), "Kennwort"),
    "far.ods": (far_away(ods(), b"mimetype"), "done"),
    "nothing.csv": (b"", "leer"),
    "junk.xlsx": (b"PK\x03\x04" + bytes(1_000), "beschädigt"),
    "comments.htm": (b"<html><table>" + b"<!" * 50_000, ""),
    "page and archive.xls": (PAGE.encode("cp1252") + workbook(), "done"),
}  # fmt: skip


#: Those of the quick suite: a value, a name, a file that is none, one that is locked.
SHORT: Final = ("moment.csv", "apostrophe.xlsx", "junk.xlsx", "encrypted.ods")


def one_night(office: Office, night: int, good: int, poisoned: Collection[str]) -> None:
    for number in range(good):
        office.drop_csv(f"gut {number}.csv", [(70_002 + number, 90_001, ("gesendet", "gecancelt")[night % 2], "inaktiv")])
    for name in poisoned:
        (office.drop / name).write_bytes(POISONED[name][0])

    assert office.run().exit_code == 3

    report = office.reports()[-1]
    told = {file["file"]: file for file in report["files"]}
    assert set(told) == {*poisoned, *(f"gut {number}.csv" for number in range(good))}
    fates = {name: told[name]["reason"] or "done" for name in poisoned}
    assert [(name, fate) for name, fate in fates.items() if POISONED[name][1] not in fate] == []
    for number in range(good):
        assert [row["outcome"] for row in told[f"gut {number}.csv"]["rows"]] == ["updated"]


@pytest.mark.parametrize(
    ("good", "poisoned"), [(1, SHORT), pytest.param(10, tuple(POISONED), marks=pytest.mark.long)], ids=["short", "all"]
)
def test_good_files_are_done_beside_every_kind_of_poison_and_so_they_are_the_night_after(
    office: Office, api: Running, kit: type[Kit], *, good: int, poisoned: Collection[str]
) -> None:
    links = [(70_001 + number, 90_001) for number in range(11)]
    api.put_state(kit.seeded(dict.fromkeys(links, ("nicht gesetzt", "aktiv"))))
    office.make_folders()
    for night in range(2):
        one_night(office, night, good, poisoned)

        assert set(office.places()) == {"archive", "refused"}, "nothing stays in the drop folder, nothing is lost"
    for name in poisoned:
        copies = [path for path in (office.folder / "results").glob("*.xlsx") if name.rsplit(".", 1)[0] in path.name]
        assert (len(copies) >= 2) == (POISONED[name][1] == "done"), name
        for copy in copies if name != "year 0.xlsx" else ():  # openpyxl opens neither this one nor its copy
            openpyxl.load_workbook(copy)
