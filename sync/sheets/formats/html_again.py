"""HTML a second time: by its tags as they stand in the text, without the parser and the layout of the first reading."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from sync.sheets.cells import exact_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^"'>=]|=\s*+"[^"]*+"|=\s*+'[^']*+'|=(?!\s*+["'])|["'])*+)>""")
_PLAIN_CELL = re.compile(r"<(t[dh])>([^<&]*+)</\1>")
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++))?""")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BREAK, _BLOCK = "\x01", "\x02"
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "header",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "ul",
    ]
)
#: Elements whose content is not looked at for tags, and whether it is shown.
_RAW = {"script": False, "style": False, "title": False, "template": False, "textarea": True}
_MOST_ROWS, _MOST_COLUMNS = 65_536, 1_000

#: Rows from the top on, each with its texts by column.
_Rows = list[dict[int, str]]


def read_again(text: str) -> Iterator[tuple[int, Mapping[int, str]]]:
    """The rows that hold anything, numbered from 1. What a page hides in its cells is read here: readers differ about it."""
    page = _Again()
    for name, attributes in _tags(text, page):
        page.tag(name, attributes)
    rows, _ = page.ended()
    return ((number, cells) for number, cells in enumerate(rows, 1) if cells)


def _tags(text: str, page: _Again) -> Iterator[tuple[str, str]]:
    """Each tag, "/" before the name where it closes, with the text of its attributes; `page` gets the text before it."""
    at = 0
    while (begin := text.find("<", at)) >= 0:
        if begin > at:
            page.text(text[at:begin])
        if plain := _PLAIN_CELL.match(text, begin):
            page.plain_cell(plain[2])
            at = plain.end()
            continue
        tag = _TAG.match(text, begin)
        if tag:
            name, at = tag[2].lower(), tag.end()
            yield tag[1] + name, tag[3]
            if not tag[1] and name in _RAW:
                at = _raw(text, name, at, page)
        else:
            at = _no_tag(text, begin, page)
        if at < 0:
            return
    page.text(text[at:])


def _no_tag(text: str, begin: int, page: _Again) -> int:
    """Where a comment or the like ends, or what looks like a tag and is text; -1 where it does not end."""
    if text.startswith("<!--", begin):
        end = text.find("-->", begin + 2)
        return end + 3 if end >= 0 else -1
    if text.startswith(("<!", "<?", "</"), begin):
        return text.find(">", begin) + 1 or -1
    if text[begin + 1 : begin + 2].isascii() and text[begin + 1 : begin + 2].isalpha():
        return -1
    page.text("<")
    return begin + 1


def _raw(text: str, name: str, at: int, page: _Again) -> int:
    closing = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(text, at)
    if closing and _RAW[name]:
        page.text(text[at : closing.start()])
    return closing.start() if closing else -1


class _Cell:
    """An open cell, or the page: text with signs where lines end, and tables in it."""

    def __init__(self, attributes: str = "") -> None:
        self.across = self.down = 1
        self.exact = ""
        if attributes:
            known = {key.lower(): value.strip("\"'") for key, value in _ATTRIBUTE.findall(attributes)}
            self.across = _span(known.get("colspan"), _MOST_COLUMNS)
            self.down = _span(known.get("rowspan"), _MOST_ROWS)
            self.exact = unescape(known.get("x:num") or known.get("sdval") or "")
        self.open: set[str] = set()
        self.text: list[str] = []
        self.tables: list[tuple[int, _Rows, int]] = []

    def lines(self, begin: int = 0, end: int | None = None) -> list[str]:
        """The lines of some of its text, without blank ones at both ends."""
        lines: list[str] = []
        for part in "".join(self.text[begin:end]).split(_BREAK):
            filled = [line for line in (_SPACES.sub(" ", each).strip(" ") for each in part.split(_BLOCK)) if line]
            lines += filled or [""]
        while lines and not lines[-1]:
            lines.pop()
        return lines[next((at for at, line in enumerate(lines) if line), len(lines)) :]

    def rows(self) -> tuple[_Rows, int]:
        """Its lines and tables, one below the other, and how many columns they take."""
        rows: _Rows = []
        begin, width = 0, 1
        for at, inner, wide in self.tables:
            rows += [{0: line} if line else {} for line in self.lines(begin, at)] + inner
            begin, width = at, max(width, wide)
        return rows + [{0: line} if line else {} for line in self.lines(begin)], width


def _span(text: str | None, most: int) -> int:
    number = (text or "").strip()
    return min(int(number[:9]), most) or 1 if number.isascii() and number.isdigit() else 1


class _Table:
    """An open table: for each row its cells with their columns, and which columns those from above still take."""

    def __init__(self) -> None:
        self.above = _Cell()
        self.cell: _Cell | None = None
        self.in_row = False
        self.group = "tr"
        self.rows: list[list[tuple[int, _Cell]]] = []
        self._ends: dict[int, int] = {}

    def row(self) -> None:
        self.close()
        self.rows.append([])
        self.in_row = True

    def end_row(self) -> None:
        self.close()
        self.in_row = False

    def close(self) -> None:
        cell, self.cell = self.cell, None
        if cell is None:
            return
        this, cells = len(self.rows), self.rows[-1]
        column = cells[-1][0] + cells[-1][1].across if cells else 0
        while self._ends.get(column, 0) >= this:
            column += 1
        cells.append((column, cell))
        if cell.down > 1:
            self._ends.update((column + at, this + cell.down - 1) for at in range(cell.across))

    def placed(self) -> tuple[_Rows, int]:
        """The rows of the grid; a row or column is as large as the largest table that ends in it."""
        contents = {(at, column): cell.rows() for at, row in enumerate(self.rows) for column, cell in row if cell.tables}
        right = max((column + cell.across for row in self.rows for column, cell in row), default=0)
        if not contents:
            return [{column: text for column, cell in row if (text := _shown(cell))} for row in self.rows], right
        tops, lefts = list(range(len(self.rows) + 1)), list(range(right + 1))
        for (at, column), (inner, width) in contents.items():
            cell = next(cell for where, cell in self.rows[at] if where == column)
            _push(tops, at, min(at + cell.down, len(self.rows)), len(inner))
            _push(lefts, column, column + cell.across, width)
        rows: _Rows = [{} for _ in range(tops[-1])]
        for at, row in enumerate(self.rows):
            for column, cell in row:
                inner = contents[at, column][0] if cell.tables else [{0: text} if (text := _shown(cell)) else {}]
                for below, texts in enumerate(inner, tops[at]):
                    rows[below].update((lefts[column] + where, text) for where, text in texts.items())
        return rows, lefts[-1]


def _push(edges: list[int], begin: int, end: int, size: int) -> None:
    """Moves what comes after until there is room enough between two edges."""
    missing = size - (edges[end] - edges[begin])
    if missing > 0:
        edges[end:] = [edge + missing for edge in edges[end:]]


def _shown(cell: _Cell) -> str:
    if len(cell.text) == 1 and cell.text[0].isalnum() and not cell.exact:
        return cell.text[0]
    return exact_value("\n".join(cell.lines()).strip(), cell.exact)


class _Again:
    """Follows tags. A cell, a row and a table end where the next one begins or where they are closed."""

    def __init__(self) -> None:
        self._page = _Cell()
        self._tables: list[_Table] = []

    @property
    def _cell(self) -> _Cell:
        """Where text goes."""
        if not self._tables:
            return self._page
        return self._tables[-1].cell or self._tables[-1].above

    def text(self, text: str) -> None:
        if text:
            self._cell.text.append(unescape(text))

    def plain_cell(self, text: str) -> None:
        if not self._tables:
            self.text(text)
            return
        table = self._tables[-1]
        self._in_table(table, "td", "")
        self._cell.text.append(text)
        table.close()

    def tag(self, name: str, attributes: str) -> None:
        cell = self._cell
        if name in _BLOCKS:
            cell.open.add(name)
            cell.text.append(_BLOCK)
        elif name == "br" or (name.startswith("/") and name[1:] in cell.open):
            cell.text.append(_BREAK if name == "br" else _BLOCK)
        if name == "table":
            self._open_table()
        elif self._tables:
            self._in_table(self._tables[-1], name, attributes)

    def _open_table(self) -> None:
        if self._tables and self._tables[-1].cell is None:
            self._in_table(self._tables[-1], "td", "")
        self._tables.append(_Table())

    def _in_table(self, table: _Table, name: str, attributes: str) -> None:
        if name == "tr":
            table.row()
        elif name in {"td", "th"}:
            if not table.in_row:
                table.row()
            table.close()
            table.cell = _Cell(attributes)
        elif name in {"/td", "/th"}:
            table.close()
        elif name in {"thead", "tbody", "tfoot"}:
            table.group = name
            table.end_row()
        elif name in {"/tr", f"/{table.group}"}:
            table.end_row()
        elif name == "/table":
            self._close_table()

    def _close_table(self) -> None:
        table = self._tables.pop()
        table.close()
        cell, (rows, width) = self._cell, table.placed()
        above = table.above.lines()
        cell.text += [sign for line in above for sign in (_BLOCK, line)] + [_BLOCK]
        cell.tables.append((len(cell.text), rows, width))

    def ended(self) -> tuple[_Rows, int]:
        """The page as rows."""
        while self._tables:
            self._close_table()
        return self._page.rows()
