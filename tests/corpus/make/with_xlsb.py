"""Binary workbooks (.xlsb) record by record: `python3 tests/corpus/make/with_xlsb.py tests/corpus/files`.

Each was opened in LibreOffice, which shows what `expected.json` says.
"""

from __future__ import annotations

import struct
import sys
import zipfile
from pathlib import Path

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
EXCEL = "application/vnd.ms-excel"
NAMES = ("Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung", "Beginn")
DATE_STYLE = 1


def record(kind: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, rest = bytearray(), len(body)
    while rest > 127:
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    return head + bytes(size) + bytes([rest]) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(kind: int, column: int, value: bytes, style: int = 0) -> bytes:
    return record(kind, struct.pack("<II", column, style), value)


def number(column: int, value: float, style: int = 0) -> bytes:
    return cell(5, column, struct.pack("<d", value), style)


def text(column: int, value: str) -> bytes:
    return cell(6, column, wide(value))


def row(at: int, *cells: bytes, hidden: bool = False, height: int = 300) -> bytes:
    """A row, counted from 1."""
    return record(0, struct.pack("<IIHBBBI", at - 1, 0, height, 0, 0x10 if hidden else 0, 0, 0)) + b"".join(cells)


def header() -> bytes:
    return row(1, *(text(column, name) for column, name in enumerate(NAMES)))


def good(at: int, address: int = 90001, status: str = "gesendet") -> bytes:
    return row(at, number(0, 70000 + at), number(1, address), text(2, status))


def sheet(*rows: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    size = record(148, struct.pack("<4I", 0, 9, 0, 5))
    return record(129) + size + before + record(145) + b"".join(rows) + record(146) + after + record(130)


def styles() -> bytes:
    plain, date = (struct.pack("<HHHHHBBHH", 0xFFFF, kind, 0, 0, 0, 0, 0, 0, 0)[:16] for kind in (0, 22))
    font = record(43, struct.pack("<HHHHBBBBI", 220, 0, 400, 0, 0, 2, 0, 0, 0) + b"\0\0\0\0\xff" + b"\0" + wide("Calibri"))
    fonts = record(611, struct.pack("<I", 1)) + font + record(612)
    return (
        record(278) + fonts + record(617, struct.pack("<I", 2)) + record(47, plain) + record(47, date) + record(618) + record(279)
    )


def relations(*targets: tuple[str, str], prefix: str = "") -> str:
    each = "".join(
        f'<{prefix}Relationship Id="rId{at}" Type="{kind}" Target="{to}"/>' for at, (kind, to) in enumerate(targets, 1)
    )
    xmlns = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return f'<{prefix}Relationships {xmlns}="{PACKAGE}/relationships">{each}</{prefix}Relationships>'


def put(
    name: str, *sheets: tuple[str, str, bytes], texts: tuple[str, ...] = (), prefix: str = "", folder: str = "xl/", first: int = 0
) -> None:
    """Writes a workbook; its sheets are name, kind of relation and part. `first` is 1 where days are counted from 1904."""
    kinds = [(MICROSOFT if kind.startswith("xl") else OFFICE) + "/" + kind for _, kind, _ in sheets]
    targets = [(kind, f"worksheets/sheet{at}.bin") for at, kind in enumerate(kinds, 1)]
    listed = b"".join(
        record(156, struct.pack("<II", 0, at), wide(f"rId{at}"), wide(sheet_name))
        for at, (sheet_name, _, _) in enumerate(sheets, 1)
    )
    book = record(131) + record(153, struct.pack("<III", first, 0, 0)) + record(143) + listed + record(144) + record(132)
    shared = record(159, struct.pack("<II", len(texts), len(texts))) + b"".join(record(19, b"\0", wide(each)) for each in texts)
    parts = [(target, part) for (_, target), (_, _, part) in zip(targets, sheets, strict=True)]
    parts += [("styles.bin", styles()), ("sharedStrings.bin", shared + record(160))]
    others = [(f"{OFFICE}/styles", "styles.bin"), (f"{OFFICE}/sharedStrings", "sharedStrings.bin")]
    types = [(f"/{folder}workbook.bin", "sheet.binary.macroEnabled.main")]
    types += [(f"/{folder}{path}", kind_of(path)) for path, _ in parts]
    with zipfile.ZipFile(Path(sys.argv[1], name), "w") as file:
        overrides = "".join(f'<Override PartName="{path}" ContentType="{EXCEL}.{kind}"/>' for path, kind in types)
        rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        members = [
            ("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">{rels}{overrides}</Types>'.encode()),
            ("_rels/.rels", relations((f"{OFFICE}/officeDocument", f"{folder}workbook.bin"), prefix=prefix).encode()),
            (f"{folder}workbook.bin", book),
            (f"{folder}_rels/workbook.bin.rels", relations(*targets, *others, prefix=prefix).encode()),
            *((folder + path, part) for path, part in parts),
        ]
        for path, content in members:
            file.writestr(zipfile.ZipInfo(path, (2026, 12, 2, 9, 0, 0)), content)


def kind_of(path: str) -> str:
    return "styles" if path.startswith("styles") else "sharedStrings" if path.startswith("shared") else "worksheet"


def kinds_of_cells() -> bytes:
    nothing = struct.pack("<HII", 0, 0, 0)
    whole, hundredths = struct.pack("<I", 90001 << 2 | 2), struct.pack("<I", 9000200 << 2 | 3)
    return sheet(
        header(),
        row(2, number(0, 70001), cell(2, 1, whole), cell(7, 2, struct.pack("<I", 0)), number(4, 46358.375, DATE_STYLE)),
        row(3, cell(9, 0, struct.pack("<d", 70002) + nothing), cell(2, 1, hundredths), cell(8, 2, wide("gecancelt") + nothing)),
        row(4, text(0, "70003"), number(1, 90003), cell(3, 2, b"\x2a"), text(3, "aktiv")),
        row(5, cell(10, 0, b"\1" + nothing), number(1, 90004), cell(62, 2, b"\0" + wide("gesendet"))),
        row(6, number(0, 70005), cell(4, 1, b"\1"), text(2, "gesendet")),
        row(7, number(0, 70006), number(1, 90006), cell(11, 2, b"\7" + nothing), cell(1, 3, b"")),
    )


def main() -> None:
    put("xlsb_kinds_of_cells.xlsb", ("Termine", "worksheet", kinds_of_cells()), texts=("bestätigt",))
    begins = row(2, number(0, 70001), number(1, 90001), text(2, "gesendet"), number(4, 44896.375, DATE_STYLE))
    put("xlsb_1904.xlsb", ("Termine", "worksheet", sheet(header(), begins)), first=1)
    put("xlsb_prefixed_relations.xlsb", ("Termine", "worksheet", sheet(header(), good(2))), prefix="p:")
    put("xlsb_elsewhere.xlsb", ("Termine", "worksheet", sheet(header(), good(2))), folder="")
    put(
        "xlsb_other_sheets.xlsb",
        ("Makro", "xlMacrosheet", sheet(header(), good(2, 90007))),
        ("Termine", "worksheet", sheet(header(), good(2))),
        ("Dialog", "dialogsheet", sheet(header(), good(2, 90008))),
        ("Diagramm", "chartsheet", record(129) + record(130)),
        ("Mehr", "worksheet", sheet(header(), good(3, 90003))),
    )
    put("xlsb_row_twice.xlsb", ("Termine", "worksheet", sheet(header(), good(2), good(2, 90002))))
    put("xlsb_cell_twice.xlsb", ("Termine", "worksheet", sheet(header(), good(2) + number(0, 70009))))
    put("xlsb_rows_shuffled.xlsb", ("Termine", "worksheet", sheet(good(3, 90003), header(), good(2))))
    put("xlsb_sheet_twice.xlsb", *(("Termine", "worksheet", sheet(header(), good(at))) for at in (2, 3)))
    flat = record(390) + record(60, struct.pack("<IIIIH", 3, 3, 0, 0, 2)) + record(391)
    low = row(2, number(0, 70001), number(1, 90001), text(2, "gesendet"), text(3, "aktiv"), height=0)
    put("xlsb_no_height.xlsb", ("Termine", "worksheet", sheet(header(), low, before=flat)))
    areas = ((1, 2, 2, 2), (3, 3, 0, 1))
    merged = record(177, struct.pack("<I", 2)) + b"".join(record(176, struct.pack("<4I", *area)) for area in areas)
    covered = sheet(header(), good(2), good(3, 90002, "gecancelt"), good(4, 90003), after=merged + record(178))
    put("xlsb_under_merged.xlsb", ("Termine", "worksheet", covered))
    wrong = sheet(row(1, cell(3, 0, b"\7")))
    put("xlsb_only_an_error.xlsb", ("Fehler", "worksheet", wrong), ("Termine", "worksheet", sheet(header(), good(2))))


if __name__ == "__main__":
    main()
