"""Many rows of a workbook in little time: what XlsxWriter would write for a row, put together at once.

It takes some 10 microseconds for each cell. Nearly all cells hold plain texts and numbers, for which this is a few lines; a row
with anything else goes through XlsxWriter. A test holds the two ways against each other, byte by byte.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]  # it has types but no py.typed

from sync.report.styles import put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

    #: A value with its format; None is a blank cell.
    Cell = tuple[str | int | datetime | None, Format]

#: Nothing that is written in any other way than it stands there: no markup, no control characters, no space at the ends.
_PLAIN: Final = re.compile("(?!\\s)[^<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]{1,16000}(?<!\\s)").fullmatch
#: What Excel's own escapes begin with.
_ESCAPE: Final = "_x"
#: Excel rounds longer numbers.
_LONGEST_NUMBER: Final = 10**15
_PIXELS_PER_POINT: Final = 4 / 3
_USUAL_PIXELS: Final = 20


class Rows:
    """Writes whole rows of one sheet of a workbook in constant memory, from top to bottom."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._columns: list[str] = []

    def write(self, at: int, cells: Sequence[Cell], height: float) -> None:
        """Write a row, counted from 0, its cells from the first column on; `height` in points."""
        sheet = self._sheet
        sheet._write_single_row(at)  # noqa: SLF001 - the row before this one; there is no public way
        tails = None if at in sheet.comments else _tails(cells)
        if tails is None:
            self._slowly(at, cells, height)
            return
        while len(self._columns) < len(cells):
            self._columns.append(f'<c r="{xl_col_to_name(len(self._columns))}')
        sheet._check_dimensions(at, len(cells) - 1)  # noqa: SLF001 - notes how far the sheet goes
        if sheet.comments:  # whose boxes reach over the next rows
            sheet.row_sizes[at] = [_pixels(height), False]
        number = at + 1
        body = "".join([f'{column}{number}"{tail}' for column, tail in zip(self._columns, tails, strict=False)])
        sheet.fh.write(f'<row r="{number}"{_height(height)}>{body}</row>')

    def _slowly(self, at: int, cells: Sequence[Cell], height: float) -> None:
        sheet = self._sheet
        sheet.set_row(at, height)
        for column, (value, style) in enumerate(cells):
            if value is None or value == "":
                sheet.write_blank(at, column, None, style)
            elif isinstance(value, datetime):
                sheet.write_datetime(at, column, value, style)
            elif isinstance(value, int) and value < _LONGEST_NUMBER:
                sheet.write_number(at, column, value, style)
            else:
                put(sheet, at, column, str(value), style)


def _tails(cells: Sequence[Cell]) -> list[str] | None:
    """Each cell from its format on; None where one of them needs XlsxWriter."""
    found = []
    for value, style in cells:
        index = style.xf_index or style._get_xf_index()  # noqa: SLF001 - as XlsxWriter asks for it
        if isinstance(value, int) and value < _LONGEST_NUMBER:
            found.append(f' s="{index}"><v>{value}</v></c>')
        elif not value:
            found.append(f' s="{index}"/>')
        elif isinstance(value, str) and (text := _plain(value)) is not None:
            found.append(f' s="{index}" t="inlineStr"><is><t>{text}</t></is></c>')
        else:
            return None
    return found


@lru_cache(maxsize=1 << 14)
def _plain(text: str) -> str | None:
    """The text as it stands in the file; None where that takes more."""
    return text.replace("&", "&amp;") if _ESCAPE not in text and _PLAIN(text) else None


def _pixels(points: float) -> int:
    return int(_PIXELS_PER_POINT * points + 0.5)


@lru_cache(maxsize=1 << 10)
def _height(points: float) -> str:
    pixels = _pixels(points)
    return "" if pixels == _USUAL_PIXELS else f' ht="{pixels * 0.75:.16g}" customHeight="1"'
