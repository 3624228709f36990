"""Old workbooks record by record, in forms that xlwt does not write.

`python3 tests/corpus/make/with_records.py tests/corpus/files`

Each was opened in LibreOffice, which shows what `expected.json` says.
"""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

from xlwt.CompoundDoc import XlsDoc

HEADER = ("Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung")
BOF5, BOF8 = struct.pack("<4H", 0x0500, 0x05, 0x0DBB, 0x07CC), struct.pack("<4HII", 0x0600, 0x05, 0x0DBB, 0x07CC, 0, 6)
WORKSHEET, CHART = 0x10, 0x20
EMPTY_TEXT = struct.pack("<HHH", 0, 0, 0xFFFF)


def record(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack("<HH", kind, len(body)) + body


def wide(text: str, length: str = "<H") -> bytes:
    """A text of Excel 97 in two bytes per character."""
    return struct.pack(length, len(text)) + b"\1" + text.encode("utf-16-le")


def narrow(text: str, length: str = "<H") -> bytes:
    """A text of Excel 97 in one byte per character, whatever the code page is."""
    return struct.pack(length, len(text)) + b"\0" + text.encode("latin-1")


def place(row: int, column: int, style: int = 0) -> bytes:
    return struct.pack("<3H", row, column, style)


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, place(row, column, style), struct.pack("<d", value))


def label(row: int, column: int, text: str) -> bytes:
    return record(0x204, place(row, column), wide(text))


def header(row: int = 0) -> bytes:
    return b"".join(label(row, column, text) for column, text in enumerate(HEADER))


def formula(row: int, column: int, result: bytes, tokens: bytes, kind: int = 0x06) -> bytes:
    """A formula with its result in eight bytes."""
    return record(kind, place(row, column), result, struct.pack("<HIH", 0, 0, len(tokens)), tokens)


def text_formula(row: int, column: int, text: str, kind: int = 0x06, between: bytes = b"") -> bytes:
    """A formula with a text as its result, which stands in a record of its own, `between` before it."""
    result = b"\0" * 6 + b"\xff\xff"
    return formula(row, column, result, b"\x17" + wide(text, "<B"), kind) + between + record(0x207, wide(text))


def bof(version: int, kind: int) -> bytes:
    return record(0x809, (BOF8 if version == 8 else BOF5)[:2], struct.pack("<H", kind), (BOF8 if version == 8 else BOF5)[4:])


def stream(*sheets: tuple[str, bytes], version: int = 8, before: bytes = b"", kinds: tuple[int, ...] = ()) -> bytes:
    """The records of a workbook. `before` stands before the list of sheets, `kinds` are those of the sheets."""
    name = (
        (lambda text: narrow(text, "<B")) if version == 8 else (lambda text: struct.pack("<B", len(text)) + text.encode("cp1252"))
    )
    listed = [
        struct.pack("<BB", 0, kind) + name(text) for (text, _), kind in zip(sheets, kinds or (0,) * len(sheets), strict=True)
    ]
    head = bof(version, 0x05) + before
    at = len(head) + sum(8 + len(each) for each in listed) + 4
    bodies = []
    for each, kind in zip(sheets, kinds or (0,) * len(sheets), strict=True):
        bodies.append(bof(version, CHART if kind == 2 else WORKSHEET) + SIZE + each[1] + record(0x0A))
    for each, body in zip(listed, bodies, strict=True):
        head += record(0x85, struct.pack("<I", at), each)
        at += len(body)
    return head + record(0x0A) + b"".join(bodies)


def put(name: str, content: bytes, stream_name: str = "Workbook") -> None:
    made = io.BytesIO()
    XlsDoc().save(made, content)
    old, new = (text.ljust(9, "\0").encode("utf-16-le") for text in ("Workbook", stream_name))
    data = made.getvalue()
    at = data.index(old)
    length = struct.pack("<H", 2 * len(stream_name) + 2)
    Path(sys.argv[1], name).write_bytes(data[:at] + new + data[at + 18 : at + 64] + length + data[at + 66 :])


#: DIMENSIONS
SIZE = record(0x200, struct.pack("<IIHHH", 0, 9, 0, 5, 0))


def good(row: int, address: int = 90001) -> bytes:
    return number(row, 0, 70000 + row) + number(row, 1, address) + label(row, 2, "gesendet")


def rk(row: int, column: int, packed: int) -> bytes:
    return record(0x27E, place(row, column), struct.pack("<I", packed))


def kinds_of_cells() -> bytes:
    rich = record(0xD6, place(2, 2), wide("gecancelt"), struct.pack("<HHH", 1, 3, 0))
    many = record(
        0xBD, struct.pack("<HH", 3, 0), struct.pack("<HIHI", 0, 70003 << 2 | 2, 0, 9000300 << 2 | 3), struct.pack("<H", 1)
    )
    half = struct.unpack("<Q", struct.pack("<d", 70004.0))[0] >> 32
    return b"".join(
        [
            header(),
            rk(1, 0, 70001 << 2 | 2), rk(1, 1, 9000100 << 2 | 3), label(1, 2, "gesendet"),
            number(2, 0, 70002), number(2, 1, 90002), rich, record(0x204, place(2, 3), narrow("aktiv")),
            many, label(3, 2, "bestätigt"), record(0x205, place(3, 3), b"\x2a\1"),
            rk(4, 0, half), record(0x204, place(4, 1), narrow("90004")), record(0x205, place(4, 2), b"\1\0"),
            label(4, 3, "aktiv"),
            number(5, 0, 70005), number(5, 1, 90005), label(5, 2, "gesendet"), record(0xBE, struct.pack("<6H", 5, 3, 0, 0, 0, 5)),
        ]
    )  # fmt: skip


def formulas() -> bytes:
    one = b"\x1e\1\0"
    shared = record(0x4BC, struct.pack("<HHBBBBH", 1, 1, 2, 2, 0, 1, 3), one)
    array = record(0x221, struct.pack("<HHBBHIH", 3, 3, 2, 2, 0, 0, 3), one)
    empty = formula(4, 3, b"\3\0\0\0\0\0\xff\xff", b"\x17" + wide("", "<B"))
    wrong = formula(5, 2, b"\2\0\x2a\0\0\0\xff\xff", b"\x1c\x2a", 0x406)
    result = formula(6, 1, struct.pack("<d", 90006.0), b"\x1f" + struct.pack("<d", 90006.0), 0x206)
    rows = [number(row, 0, 70000 + row) + (number(row, 1, 90000 + row) if row < 6 else b"") for row in range(1, 7)]
    results = [
        text_formula(1, 2, "gesendet", between=shared),
        text_formula(2, 2, "gecancelt", kind=0x206),
        text_formula(3, 2, "bestätigt", kind=0x406, between=array) + text_formula(3, 3, "inaktiv"),
        text_formula(4, 2, "gesendet") + empty,
        wrong + label(5, 3, "aktiv"),
        result + text_formula(6, 2, "gesendet"),
    ]
    return header() + b"".join(row + each for row, each in zip(rows, results, strict=True))


def continued() -> tuple[bytes, bytes]:
    """Shared texts of which the characters change their width where a record goes on, and cells that refer to them."""
    first = struct.pack("<II", 9, 7) + b"".join(narrow(text) for text in HEADER) + struct.pack("<H", 8) + b"\0gese"
    second = b"\1" + "ndet".encode("utf-16-le") + struct.pack("<HBH", 9, 0x09, 1) + "gecan".encode("utf-16-le")
    third = b"\0celt" + struct.pack("<HH", 2, 0) + struct.pack("<HBI", 5, 0x04, 6) + b"ak"
    fourth = b"\1" + "tiv".encode("utf-16-le") + b"phonet"
    cells = [(0, 0, 0), (0, 1, 1), (0, 2, 2), (0, 3, 3), (1, 2, 4), (2, 2, 5), (2, 3, 6)]
    texts = record(0xFC, first) + b"".join(record(0x3C, each) for each in (second, third, fourth))
    numbers = number(1, 0, 70001) + number(1, 1, 90001) + number(2, 0, 70002) + number(2, 1, 90002)
    return texts, numbers + b"".join(record(0xFD, place(row, column), struct.pack("<I", at)) for row, column, at in cells)


def old_texts(encoding: str) -> bytes:
    def text(row: int, column: int, value: str) -> bytes:
        encoded = value.encode(encoding)
        return record(0x204, place(row, column), struct.pack("<H", len(encoded)), encoded)

    head = b"".join(text(0, column, value) for column, value in enumerate(HEADER))
    row = record(0x208, struct.pack("<8H", 2, 0, 4, 0xFF, 0, 0, 0x20, 0x0F))
    second = number(2, 0, 70002) + number(2, 1, 90002) + record(0x205, place(2, 2), b"\x2a\1") + text(2, 3, "aktiv")
    return row + head + number(1, 0, 70001) + number(1, 1, 90001) + text(1, 2, "bestätigt") + second


def code_page(page: int) -> bytes:
    return record(0x42, struct.pack("<H", page))


def main() -> None:
    put("records_kinds_of_cells.xls", stream(("Termine", kinds_of_cells())))
    put("records_formulas.xls", stream(("Termine", formulas()), before=record(0x1C1, struct.pack("<II", 0x1C1, 0x1EAB7))))
    texts, cells = continued()
    put("records_continued_texts.xls", stream(("Termine", cells), before=texts))
    put("records_code_page_1252.xls", stream(("Termine", header() + good(1)), before=code_page(1252)))
    put("records_excel95_cp1252.xls", stream(("Übersicht", old_texts("cp1252")), version=5, before=code_page(1252)), "Book")
    put("records_excel95_mac.xls", stream(("Termine", old_texts("mac_roman")), version=5, before=code_page(0x8000)), "Book")
    put("records_excel95_cp850.xls", stream(("Termine", old_texts("cp850")), version=5, before=code_page(850)), "Book")
    put("records_stream_in_capitals.xls", stream(("Termine", header() + good(1))), "WORKBOOK")
    chart = bof(8, CHART) + number(1, 0, 79999) + record(0x0A)
    put(
        "records_other_sheets.xls",
        stream(
            ("Makro", header() + good(1, 90007)),
            ("Termine", header() + good(1) + chart + good(2, 90002)),
            ("Diagramm", b""),
            ("Dialog", record(0x81, struct.pack("<H", 0x10)) + header() + good(1, 90008)),
            kinds=(1, 0, 2, 0),
        ),
    )
    put("records_cell_twice.xls", stream(("Termine", header() + good(1) + number(1, 0, 70009))))
    put("records_sheet_twice.xls", stream(("Termine", header() + good(1)), ("termine", header() + good(2))))
    put("records_rows_shuffled.xls", stream(("Termine", good(3, 90003) + header() + good(1))))
    flat = record(0x208, struct.pack("<8H", 1, 0, 4, 0, 0, 0, 0x40, 0x0F)) + record(0x7D, struct.pack("<6H", 3, 3, 0, 0, 0, 0))
    put("records_no_height.xls", stream(("Termine", flat + header() + good(1) + label(1, 3, "aktiv"))))
    merged = record(0xE5, struct.pack("<H8H", 2, 1, 2, 2, 2, 3, 3, 0, 1))
    covered = number(2, 0, 70002) + number(2, 1, 90002) + label(2, 2, "gecancelt")
    put("records_under_merged.xls", stream(("Termine", header() + good(1) + covered + good(3, 90003) + merged)))
    put("records_only_an_error.xls", stream(("Fehler", record(0x205, place(0, 0), b"\7\1")), ("Termine", header() + good(1))))
    for version, kind, size in ((2, 0x009, 4), (3, 0x209, 6), (4, 0x409, 6)):
        begin = struct.pack("<3H", version << 8, 0x10, 0)[:size]
        Path(sys.argv[1], f"records_excel{version}.xls").write_bytes(record(kind, begin) + record(0x0A))
    Path(sys.argv[1], "records_bare_stream.xls").write_bytes(stream(("Termine", header() + good(1))))


if __name__ == "__main__":
    main()
