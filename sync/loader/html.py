"""HTML tables, which web portals and CRM exports save as .xls."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from sync.loader.encoding import decode, fits
from sync.loader.messages import RefuseFile
from sync.loader.rows import Rows
from sync.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.loader.cells import Grid
    from sync.loader.limits import Limits

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
_SILENT = frozenset({"script", "style", "title", "head"})
_BREAKS = frozenset({"br", "p", "div", "li"})
_MOST_SPANNED = 65_536


def read_html(data: bytes, limits: Limits) -> Iterator[Grid]:
    """All tables of a page as one sheet, one below the other, as spreadsheet programs show them."""
    page = _Page(limits)
    page.feed(_page_text(data))
    page.close()
    if not page.tables:
        raise RefuseFile(Reason(Why.NOT_A_TABLE, "HTML"))
    page.end_row()
    yield page.rows.grid()


def _page_text(data: bytes) -> str:
    """The text; what the page says about its encoding is believed where it fits."""
    said = _CHARSET.search(data[:4096])
    name = said[1].decode("ascii").lower() if said else ""
    name = "cp1252" if name in {"iso-8859-1", "latin1", "windows-1252", "us-ascii", "ascii"} else name
    try:
        if (
            name
            and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"))
            and fits(data, name)
            and not fits(data, "utf-8")
        ):
            return data.decode(name)
    except LookupError:
        pass
    return decode(data).text.read()


class _Page(HTMLParser):
    """Collects rows; a table inside of a cell is part of that cell's text."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(convert_charrefs=True)
        self.rows = Rows(None, limits)
        self.tables = 0
        self._depth = 0
        self._in_row = False
        self._text: list[str] | None = None
        self._span = (1, 1)
        self._silent = 0
        self._hidden = False
        self._covered: dict[int, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag opens."""
        if tag == "table":
            self.tables += 1
            self._depth += 1
        elif tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKS and self._text is not None:
            self._text.append("\n")
        elif self._depth == 1 and tag == "tr":
            self._start_row(dict(attrs))
        elif self._depth == 1 and tag in {"td", "th"}:
            self._start_cell(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """A tag closes."""
        if tag == "table" and self._depth:
            if self._depth == 1:
                self.end_row()
                self._covered.clear()
            self._depth -= 1
        elif tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif self._depth == 1 and tag in {"td", "th"}:
            self._end_cell()
        elif self._depth == 1 and tag == "tr":
            self.end_row()

    def handle_data(self, data: str) -> None:
        """Text of a cell; line breaks of the source are spaces."""
        if self._text is not None and not self._silent:
            self._text.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _start_row(self, attributes: dict[str, str | None]) -> None:
        self.end_row()
        self.rows.start_row()
        self._in_row = True
        self._hidden = bool(re.search(r"display\s*:\s*none", attributes.get("style") or ""))
        self._covered = {column: rows - 1 for column, rows in self._covered.items() if rows > 1}

    def _start_cell(self, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        if not self._in_row:
            self._start_row({})
        self._text = []
        self._span = (_span(attributes.get("rowspan")), _span(attributes.get("colspan")))

    def _end_cell(self) -> None:
        if self._text is None:
            return
        text = "\n".join(line.strip(" ") for line in "".join(self._text).strip().split("\n"))
        (down, across), self._text = self._span, None
        while self.rows.column in self._covered:
            self.rows.column += 1
        first = self.rows.column
        self.rows.merge(across, down)
        self.rows.add(text)
        self.rows.column = first + across
        if down > 1:
            self._covered |= dict.fromkeys(range(first, first + min(across, 1_000)), down)

    def end_row(self) -> None:
        """The row that is open, if any, ends."""
        self._end_cell()
        if self._in_row:
            self.rows.end_row(hidden=self._hidden)
        self._in_row = False


def _span(text: str | None) -> int:
    return min(int(text), _MOST_SPANNED) if text and text.isascii() and text.isdigit() and int(text) else 1
