"""Workbooks in forms that the usual programs do not write: `python3 tests/corpus/make/with_packages.py tests/corpus/files`."""

from __future__ import annotations

import io
import sys
import zipfile
from itertools import count
from pathlib import Path

from msoffcrypto.format.ooxml import OOXMLFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
NAMES = ("Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung")
LETTERS = "ABCDEF"


def cell(place: str, value: object) -> str:
    """A cell; a text that begins with < is its XML from behind the place on."""
    if isinstance(value, int):
        return f'<c r="{place}"><v>{value}</v></c>'
    text = str(value)
    if text.startswith("<"):
        return f'<c r="{place}"{text[1:]}</c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>' if text else ""


def row(number: int, *values: object, attributes: str = "") -> str:
    cells = "".join(cell(f"{letter}{number}", value) for letter, value in zip(LETTERS, values, strict=False))
    return f'<row r="{number}"{attributes}>{cells}</row>'


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    inner = f"{before}<sheetData>{row(1, *NAMES)}{''.join(rows)}</sheetData>{after}"
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">{inner}</worksheet>'
    )


def relations(*targets: tuple[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{to}"/>' for at, (kind, to) in zip(count(1), targets)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'


def types(*parts: tuple[str, str]) -> str:
    each = "".join(f'<Override PartName="/{path}" ContentType="{TYPE}.{kind}+xml"/>' for path, kind in parts)
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="{rels}"/>{each}</Types>'


def workbook(*names: str) -> str:
    each = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(names, 1))
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{each}</sheets></workbook>'


def put(
    name: str, *sheets: str, names: tuple[str, ...] = ("Termine",), texts: str = "", folder: str = "xl/", to: str = ""
) -> None:
    """Writes a package. `folder` is where its workbook is, `to` what its relations say before the name of a sheet."""
    parts = [(f"worksheets/sheet{at}.xml", content) for at, content in enumerate(sheets, 1)]
    shared = [("sharedStrings.xml", f'<sst xmlns="{MAIN}">{texts}</sst>')] if texts else []
    kinds = [(f"{folder}{path}", "worksheet") for path, _ in parts] + [(f"{folder}{path}", "sharedStrings") for path, _ in shared]
    targets = [("worksheet", (to or "worksheets/") + path.rpartition("/")[2]) for path, _ in parts]
    with zipfile.ZipFile(Path(sys.argv[1], name), "w") as file:
        members = [
            ("[Content_Types].xml", types((f"{folder}workbook.xml", "sheet.main"), *kinds)),
            ("_rels/.rels", relations(("officeDocument", f"{folder}workbook.xml"))),
            (f"{folder}workbook.xml", workbook(*names)),
            (f"{folder}_rels/workbook.xml.rels", relations(*targets, *(("sharedStrings", path) for path, _ in shared))),
            *((folder + path, content) for path, content in [*parts, *shared]),
        ]
        for path, content in members:
            file.writestr(zipfile.ZipInfo(path, (2026, 12, 2, 9, 0, 0)), content)


def main() -> None:
    good, hidden = row(2, 70001, 90001, "gesendet", "aktiv"), row(3, 70002, 90002, "gecancelt", attributes=' hidden="1"')
    put("package_in_root.xlsx", sheet(good, hidden), folder="")
    put("package_elsewhere.xlsx", sheet(good, hidden), folder="a/b/", to="/a/b/worksheets/")
    put("package_backslashes.xlsx", sheet(good, hidden), to="worksheets\\")
    put(
        "package_values_in_pieces.xlsx",
        sheet(
            row(2, '< t="str"><v>700<!-- x -->01</v>', 90001, '< t="str"><v><![CDATA[gecancelt]]></v>', '< t="s"><v>0</v>'),
            row(3, "<><v>7000<?x y?>2</v>", "<><v>9000&#50;</v>", '< t="s"><v>1</v>', '< t="s"><v>2</v>'),
            row(4, 70003, 90003, '< t="inlineStr"><is><r><t>gesen</t></r><r><t>det</t></r></is>', '< t="s"><v>3</v>'),
        ),
        texts="<si><t>aktiv</t></si><si><t>ge<!-- x -->sendet</t></si><si><r><t>in</t></r><r><t>aktiv</t></r></si>"
        '<si><t>aktiv</t><rPh sb="0" eb="2"><t>ak</t></rPh></si>',
    )
    put("package_row_twice.xlsx", sheet(good, row(2, 70002, 90002, "gecancelt"), row(3, 70003, 90003, "gesendet")))
    put("package_cell_twice.xlsx", sheet(good.replace("</row>", '<c r="A2"><v>70009</v></c></row>')))
    put("package_rows_shuffled.xlsx", sheet(row(4, 70003, 90003, "gesendet"), good, hidden))
    put("package_sheet_twice.xlsx", sheet(good), sheet(hidden), names=("Termine", "termine"))
    put(
        "package_no_height.xlsx",
        sheet(
            row(2, 70001, 90001, "gesendet", attributes=' ht="0" customHeight="1"'),
            row(3, 70002, 90002, "gesendet", "aktiv", attributes=' ht="15"'),
            before='<cols><col min="1" max="3" width="9"/><col min="4" max="4" width="0" customWidth="1"/></cols>',
        ),
    )
    put(
        "package_under_merged.xlsx",
        sheet(
            row(2, 70001, 90001, "gesendet", "aktiv"),
            row(3, 70002, 90002, "gecancelt"),
            row(4, 70003, 90003, "", "aktiv"),
            row(5, 70004, 90004, "bestätigt"),
            row(6, 70005, 90005, "bestätigt", "inaktiv"),
            row(7, 70006, 90006, "bestätigt"),
            row(8, 70007, 90007, "bestätigt"),
            after='<mergeCells count="4"><mergeCell ref="C2:C3"/><mergeCell ref="C4:C5"/><mergeCell ref="C6:D6"/>'
            '<mergeCell ref="A7:D8"/></mergeCells>',
        ),
    )
    put("package_only_an_error.xlsx", nothing_but_an_error(), sheet(good), names=("Fehler", "Termine"))
    for name, password in (("package_default_password.xlsx", "VelvetSweatshop"), ("package_password.xlsx", "geheim")):
        put(name, sheet(good))
        encrypt(Path(sys.argv[1], name), password)


def nothing_but_an_error() -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="e"><v>#DIV/0!</v></c></row></sheetData></worksheet>'


def encrypt(path: Path, password: str) -> None:
    data = path.read_bytes()
    comment = 8192 - len(data)  # the library writes whole blocks only, where Excel fills the last one
    file = OOXMLFile(io.BytesIO(data[:-2] + comment.to_bytes(2, "little") + bytes(comment)))
    with path.open("wb") as out:
        file.encrypt(password, out)


if __name__ == "__main__":
    main()
