"""Which part of a package holds which sheet, and what a copy of the workbook leaves out."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from lxml import etree

from sync.report.excel.marking.xml import MAIN, RELATIONS, Unmarkable, parse, put_in_order

if TYPE_CHECKING:
    from lxml.etree import _Element

    from sync.report.excel.marking.package import Package, Relation

_KIND: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_WORKBOOK_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS: Final = re.compile(r"vbaproject|xlmacrosheet|xlintlmacrosheet|ui/(?:user)?extensib", re.IGNORECASE)
_SIGNATURES: Final = re.compile(r"digital-signature/origin", re.IGNORECASE)
_ORDER: Final = (
    *("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets", "functionGroups"),
    *("externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "webPublishing"),
    *("fileRecoveryPr", "webPublishObjects", "extLst"),
)


class Lost(Enum):
    """What a copy does without."""

    MACROS = auto()
    SIGNATURE = auto()


class Book:
    """The workbook part of a package.

    Raises:
        Unmarkable: there is none that this package knows.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._path = next((each.path for each in package.relations("") if each.kind == f"{_KIND}officeDocument"), "")
        if self._path not in package or not self._path.endswith(".xml"):
            raise Unmarkable("workbook")
        self._root = package.look(self._path)
        self._targets = {each.id: each for each in package.relations(self._path)}
        if self._root.find(f"{MAIN}sheets") is None:
            raise Unmarkable("sheets")  # also those that name things as in the strict standard

    def sheets(self) -> dict[str, str]:
        """The part of every worksheet, by its name."""
        found = {}
        for sheet in self._root.iterfind(f"{MAIN}sheets/{MAIN}sheet"):
            target = self._targets.get(sheet.get(f"{RELATIONS}id", ""))
            if target is not None and target.kind == f"{_KIND}worksheet":
                found[sheet.get("name", "")] = target.path
        return found

    @property
    def styles(self) -> str:
        """The part with the styles."""
        return self._part("styles").path

    @property
    def shared(self) -> list[str]:
        """The part with the texts that cells share, where there is one."""
        return [each.path for each in self._targets.values() if each.kind == f"{_KIND}sharedStrings"]

    def texts(self) -> list[str]:
        """The texts that cells share."""
        if not self.shared:
            return []
        root = parse(self._package.read(self._part("sharedStrings").path))
        return ["".join(part.text or "" for part in _runs(entry)) for entry in root.iterchildren(f"{MAIN}si")]

    def leave_out(self) -> list[Lost]:
        """Take out macros, which nobody shall run from here, and signatures, which are good for the original only."""
        lost = []
        if self._drop("", _SIGNATURES):
            lost.append(Lost.SIGNATURE)
        ribbon = self._drop("", _MACROS)
        if self._drop(self._path, _MACROS) or ribbon:
            lost.append(Lost.MACROS)
        self._package.set_type(self._path, _WORKBOOK_TYPE)
        return lost

    def name_filter(self, sheet: str, reference: str) -> None:
        """Write down the area of a sheet's filter, as Excel does."""
        root = self._package.edit(self._path)
        names = [each.get("name") for each in root.iterfind(f"{MAIN}sheets/{MAIN}sheet")]
        number = str(names.index(sheet))
        quoted = sheet.replace("'", "''")
        first, last = (re.sub("([A-Z]+)([0-9]+)", r"$\1$\2", cell) for cell in reference.split(":"))
        defined = root.find(f"{MAIN}definedNames")
        if defined is None:
            defined = etree.Element(f"{MAIN}definedNames")
            put_in_order(root, defined, _ORDER)
        name = _filter_name(defined, number)
        name.text = f"'{quoted}'!{first}:{last}"

    def _part(self, word: str) -> Relation:
        found = next((each for each in self._targets.values() if each.kind == _KIND + word), None)
        if found is None or found.path not in self._package:
            raise Unmarkable(word)
        return found

    def _drop(self, owner: str, kinds: re.Pattern[str]) -> bool:
        gone = [each for each in self._package.relations(owner) if kinds.search(each.kind)]
        if any(each.kind.lower().endswith("macrosheet") for each in gone):
            raise Unmarkable("macro sheet")
        for each in gone:
            self._package.drop(owner, each)
        return bool(gone)


def _filter_name(defined: _Element, number: str) -> _Element:
    for name in defined:
        if name.get("name") == "_xlnm._FilterDatabase" and name.get("localSheetId") == number:
            return name
    attributes = {"name": "_xlnm._FilterDatabase", "localSheetId": number, "hidden": "1"}
    return etree.SubElement(defined, f"{MAIN}definedName", attributes)


def _runs(entry: _Element) -> list[_Element]:
    """The texts of an entry without its phonetic readings."""
    return [
        *entry.iterchildren(f"{MAIN}t"),
        *(text for run in entry.iterchildren(f"{MAIN}r") for text in run.iterchildren(f"{MAIN}t")),
    ]
