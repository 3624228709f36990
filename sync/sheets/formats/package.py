"""The parts of an Excel workbook that is a package, found by their relations and never by their names.

Facts: ECMA-376 part 2 (packages) and part 1, 18.2 (workbook) and 18.8 (styles).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from sync.domain.model import Reason, Why
from sync.sheets.formats.xml import parse_xml
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.sheets.containers import Archive

#: The kinds of parts that all sheets share.
SHARED = ("sharedStrings", "styles")
TRUE = frozenset({"1", "true", "on"})
#: Where a workbook and what it refers to are in most files, and where other readers look for them.
_WORKBOOK, _FOLDER, _TEXTS, _STYLES = "xl/workbook.xml", "xl/worksheets/", "xl/sharedStrings.xml", "xl/styles.xml"
_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?(?:encoding=["']([\w.-]+)["'])?[^>]*\?>""")
_STRICT, _MAIN = b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
#: The number formats without a code that show a date or a time.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NO_CODE = re.compile(r'"[^"]*"|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_DATE_CODE = re.compile("[ymdhs]", re.IGNORECASE)
_GENERAL = re.compile("general|standard", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet as the workbook lists it: its name, whether it is shown ("visible", "hidden", "veryHidden"), and its part."""

    name: str
    state: str
    path: str


@dataclass(frozen=True, slots=True)
class Related:
    """A part that another part refers to: the last word of the kind of relation, and where the part is."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets that hold cells, and what they share.

    `recalculate` says that stored results of formulas are not to be trusted; `from_1904` that days are counted from 1904.
    `texts` and `styles` are the parts, "" where there is none. `usual`: all parts are where other readers look for them.
    """

    sheets: tuple[SheetPart, ...]
    recalculate: bool
    from_1904: bool
    texts: str
    styles: str
    usual: bool


def workbook(archive: Archive) -> Workbook:
    """The workbook of an .xlsx file.

    Raises:
        RefuseFile: it is damaged, or two of its sheets have the same name.
    """
    path = workbook_part(archive, _WORKBOOK)
    listed = _Listed()
    parse_xml(archive.pieces(path), listed)
    parts = related(archive, path)
    sheets = [
        SheetPart(name, state, parts[at].path)
        for name, state, at in listed.sheets
        if at in parts and parts[at].kind == "worksheet"
    ]
    check_names(sheet.name for sheet in sheets)
    texts, styles = (first_of(archive, parts, kind) for kind in SHARED)
    others = texts in {"", _TEXTS} and styles in {"", _STYLES}
    usual = path == _WORKBOOK and others and all(sheet.path.startswith(_FOLDER) for sheet in sheets)
    return Workbook(tuple(sheets), listed.recalculate, listed.from_1904, texts, styles, usual)


def workbook_part(archive: Archive, custom: str) -> str:
    """Where the workbook of a package is; `custom` where its own relations do not tell."""
    return next((part.path for part in related(archive, "").values() if part.kind == "officeDocument"), custom)


def first_of(archive: Archive, parts: dict[str, Related], kind: str) -> str:
    """The first part of a kind; "" where there is none."""
    return next((part.path for part in parts.values() if part.kind == kind and part.path in archive), "")


def check_names(names: Iterable[str]) -> None:
    """Refuses a workbook of which two sheets have the same name: no place in it would be clear."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise RefuseFile(Reason(Why.DAMAGED, f"two sheets {name}"))
        seen.add(name.casefold())


def related(archive: Archive, path: str) -> dict[str, Related]:
    """What a part refers to, by id."""
    folder, name = posixpath.split(path)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    found = _Relations(folder)
    if rels in archive:
        parse_xml(archive.pieces(rels), found)
    return found.targets


def date_styles(archive: Archive, path: str) -> frozenset[int]:
    """The styles of cells, counted from 0, that show a number as a date or a time."""
    styles = _Styles()
    if path:
        parse_xml(archive.pieces(path), styles)
    return frozenset(at for at, number in enumerate(styles.cells) if is_date(number, styles.codes.get(number)))


def is_date(number: int, code: str | None) -> bool:
    """Whether a number format shows a date or a time."""
    if code is None:
        return number in _DATE_FORMATS
    plain = _NO_CODE.sub("", code.split(";")[0])
    return not _GENERAL.search(plain) and _DATE_CODE.search(plain) is not None


class _Quiet:
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Nothing to do."""

    def end(self, name: str) -> None:
        """Nothing to do."""

    def text(self, data: str) -> None:
        """Nothing to do."""


class _Relations(_Quiet):
    def __init__(self, folder: str) -> None:
        self.targets: dict[str, Related] = {}
        self._folder = folder

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = unquote(attributes.get("Target", "").replace("\\", "/"))
            path = posixpath.normpath(target if target.startswith("/") else posixpath.join("/", self._folder, target))
            self.targets[attributes.get("Id", "")] = Related(attributes.get("Type", "").rpartition("/")[2], path.lstrip("/"))


class _Listed(_Quiet):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []
        self.recalculate = self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            at = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            self.sheets.append((attributes.get("name", ""), attributes.get("state", "visible"), at))
        elif name == "calcPr":
            self.recalculate = attributes.get("fullCalcOnLoad") in TRUE
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in TRUE


class _Styles(_Quiet):
    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.cells: list[int] = []
        self._in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        number = attributes.get("numFmtId", "0")
        if name == "cellXfs":
            self._in_cells = True
        elif name == "numFmt" and number.isdecimal():
            self.codes[int(number)] = attributes.get("formatCode", "")
        elif name == "xf" and self._in_cells:
            self.cells.append(int(number) if number.isdecimal() else 0)

    def end(self, name: str) -> None:
        self._in_cells = self._in_cells and name != "cellXfs"


def by_custom(archive: Archive, book: Workbook) -> bytes:
    """The workbook as a package whose parts are where every reader looks for them, and with nothing but its cells."""
    made = io.BytesIO()
    shared = [("sharedStrings", book.texts, _TEXTS), ("styles", book.styles, _STYLES)]
    sheets = [("worksheet", sheet.path, f"{_FOLDER}sheet{at}.xml") for at, sheet in enumerate(book.sheets, 1)]
    parts = [*sheets, *(part for part in shared if part[1])]
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("[Content_Types].xml", _content_types(parts))
        package.writestr("_rels/.rels", _relations([("rId1", "officeDocument", _WORKBOOK)]))
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            _relations([(f"rId{at}", kind, path.removeprefix("xl/")) for at, (kind, _, path) in enumerate(parts, 1)]),
        )
        package.writestr(_WORKBOOK, _workbook(book))
        for _, old, new in parts:
            package.writestr(new, _as_utf8(b"".join(archive.pieces(old))))
    return made.getvalue()


def xlsb_by_custom(archive: Archive, book: bytes, parts: dict[str, Related], sheets: Mapping[str, bytes]) -> bytes:
    """The same for an .xlsb workbook: its own part, what it refers to, and its sheets by the id of their relation."""
    made = io.BytesIO()
    shared = [(kind, path, f"xl/{kind}.bin") for kind in SHARED if (path := first_of(archive, parts, kind))]
    targets = [(relation, "worksheet", f"worksheets/sheet{at}.bin") for at, relation in enumerate(sheets, 1)]
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.bin")]))
        others = [(f"rShared{kind}", kind, path.removeprefix("xl/")) for kind, _, path in shared]
        package.writestr("xl/_rels/workbook.bin.rels", _relations([*targets, *others]))
        package.writestr("xl/workbook.bin", book)
        for (_, _, target), part in zip(targets, sheets.values(), strict=True):
            package.writestr(f"xl/{target}", part)
        for _, old, new in shared:
            package.writestr(new, b"".join(archive.pieces(old)))
    return made.getvalue()


def _content_types(parts: list[tuple[str, str, str]]) -> str:
    overrides = "".join(f'<Override PartName="/{path}" ContentType="{_SHEET_TYPE}{kind}+xml"/>' for kind, _, path in parts)
    return (
        f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="{_RELATIONS_TYPE}"/>'
        f'<Override PartName="/{_WORKBOOK}" ContentType="{_SHEET_TYPE}sheet.main+xml"/>{overrides}</Types>'
    )


def _relations(targets: list[tuple[str, str, str]]) -> str:
    each = "".join(f'<Relationship Id={quoteattr(at)} Type="{_OFFICE}/{kind}" Target="{path}"/>' for at, kind, path in targets)
    return f'<Relationships xmlns="{_RELATIONS}">{each}</Relationships>'


def _workbook(book: Workbook) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{at}" state={quoteattr(sheet.state)} r:id="rId{at}"/>'
        for at, sheet in enumerate(book.sheets, 1)
    )
    return (
        f'<workbook xmlns="{_MAIN.decode()}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(book.from_1904)}"/>'
        f"<sheets>{sheets}</sheets></workbook>"
    )


def _as_utf8(part: bytes) -> bytes:
    """A part of XML in UTF-8, as not every reader knows another encoding."""
    if part[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        part = part.decode("utf-16", "replace").encode()
    elif (declared := _DECLARATION.match(part)) and declared[1] and declared[1].lower() != b"utf-8":
        try:
            part = part.decode(declared[1].decode(), "replace").encode()
        except LookupError as error:
            raise RefuseFile(Reason(Why.DAMAGED, declared[1].decode())) from error
    return _DECLARATION.sub(b"", part.removeprefix(b"\xef\xbb\xbf")).replace(_STRICT, _MAIN)
