"""Styles for what is added to a workbook, each made from one that the workbook has."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from sync.report.excel.marking.xml import MAIN, Unmarkable, count_children, put_in_order

if TYPE_CHECKING:
    from lxml.etree import _Element

_ORDER = (
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
)
_FONT_ORDER = (
    *("b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name"),
    *("family", "charset", "scheme"),
)
_XF_ORDER = ("alignment", "protection", "extLst")


@dataclass(frozen=True, slots=True)
class Dress:
    """How added cells look: colours as RRGGBB, on the workbook's own font."""

    fill: str | None = None
    ink: str | None = None
    bold: bool = False
    wrap: bool = False
    centred: bool = False


class Looks:
    """The styles of one workbook."""

    def __init__(self, root: _Element) -> None:
        self._root = root
        lists = (self._list(name) for name in ("fonts", "fills", "borders", "cellXfs"))
        self._fonts, self._fills, self._borders, self._xfs = lists
        if not (len(self._fonts) and len(self._borders) and len(self._xfs)):
            raise Unmarkable("styles")
        self._made: dict[tuple[int, Dress], str] = {}
        self._parts: dict[object, str] = {}
        self._plain: dict[int, str] = {}

    def added(self, dress: Dress) -> str:
        """The style of an added cell."""
        return self._style(0, dress, own=True)

    def dressed(self, style: str | None, dress: Dress) -> str:
        """A cell's style with another fill and ink, all else as it is."""
        return self._style(int(style or 0), dress, own=False)

    def undressed(self, style: str | None, fill: str) -> str | None:
        """A cell's style without this fill, that an earlier run gave it; None where it has another one."""
        xf = self._xf(int(style or 0))
        number = int(xf.get("fillId", "0"))
        rgb = self._fills[number].find(f".//{MAIN}fgColor") if number < len(self._fills) else None
        if rgb is None or rgb.get("rgb", "")[-6:] != fill:
            return None
        if int(style or 0) not in self._plain:
            plain = deepcopy(xf)
            plain.set("fillId", "0")
            plain.set("fontId", "0")
            self._plain[int(style or 0)] = self._append(self._xfs, plain)
        return self._plain[int(style or 0)]

    def _style(self, base: int, dress: Dress, *, own: bool) -> str:
        if (base, dress) not in self._made:
            xf = (
                etree.Element(f"{MAIN}xf", numFmtId="0", fontId="0", fillId="0", borderId="0")
                if own
                else deepcopy(self._xf(base))
            )
            if dress.fill:
                xf.set("fillId", self._fill(dress.fill))
                xf.set("applyFill", "1")
            if dress.ink or dress.bold:
                xf.set("fontId", self._font(int(xf.get("fontId", "0")), dress))
                xf.set("applyFont", "1")
            if own:
                xf.set("borderId", self._border())
                xf.set("applyBorder", "1")
                _align(xf, dress)
            self._made[base, dress] = self._append(self._xfs, xf)
        return self._made[base, dress]

    def _xf(self, number: int) -> _Element:
        return self._xfs[number if number < len(self._xfs) else 0]

    def _fill(self, rgb: str) -> str:
        if ("fill", rgb) not in self._parts:
            fill = etree.Element(f"{MAIN}fill")
            pattern = etree.SubElement(fill, f"{MAIN}patternFill", patternType="solid")
            etree.SubElement(pattern, f"{MAIN}fgColor", rgb=f"FF{rgb}")
            etree.SubElement(pattern, f"{MAIN}bgColor", indexed="64")
            self._parts["fill", rgb] = self._append(self._fills, fill)
        return self._parts["fill", rgb]

    def _border(self) -> str:
        """The thin line around added cells."""
        if "border" not in self._parts:
            border = etree.Element(f"{MAIN}border")
            for side in ("left", "right", "top", "bottom"):
                line = etree.SubElement(border, f"{MAIN}{side}", style="thin")
                etree.SubElement(line, f"{MAIN}color", rgb="FFDDDDDD")
            etree.SubElement(border, f"{MAIN}diagonal")
            self._parts["border"] = self._append(self._borders, border)
        return self._parts["border"]

    def _font(self, base: int, dress: Dress) -> str:
        key = ("font", (base, dress.ink, dress.bold))
        if key not in self._parts:
            font = deepcopy(self._fonts[base if base < len(self._fonts) else 0])
            if dress.bold and font.find(f"{MAIN}b") is None:
                put_in_order(font, etree.Element(f"{MAIN}b"), _FONT_ORDER)
            if dress.ink:
                for old in font.findall(f"{MAIN}color"):
                    font.remove(old)
                put_in_order(font, etree.Element(f"{MAIN}color", rgb=f"FF{dress.ink}"), _FONT_ORDER)
            self._parts[key] = self._append(self._fonts, font)
        return self._parts[key]

    def _list(self, name: str) -> _Element:
        found = self._root.find(f"{MAIN}{name}")
        if found is None:
            found = etree.Element(f"{MAIN}{name}")
            put_in_order(self._root, found, _ORDER)
        return found

    def _append(self, some: _Element, new: _Element) -> str:
        some.append(new)
        count_children(some)
        return str(len(some) - 1)


def _align(xf: _Element, dress: Dress) -> None:
    xf.set("applyAlignment", "1")
    alignment = etree.Element(f"{MAIN}alignment")
    if dress.centred:
        alignment.set("vertical", "center")
    if dress.wrap:
        alignment.set("wrapText", "1")
    put_in_order(xf, alignment, _XF_ORDER)
