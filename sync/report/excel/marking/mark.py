"""Marks a workbook inside its package."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import count, groupby
from typing import TYPE_CHECKING, BinaryIO, Final

from sync.domain.model import Column, Verdict
from sync.i18n import everywhere, text
from sync.i18n.texts import verdict_word
from sync.report.excel.layout import ADDED, ALLOWED, MOST_COMMENTS, comments_left_out, drop_down_texts
from sync.report.excel.marking.comments import Comment, Comments
from sync.report.excel.marking.drawings import below_drawings
from sync.report.excel.marking.look import Dress, Looks
from sync.report.excel.marking.package import Package
from sync.report.excel.marking.workbook import Book, Lost
from sync.report.excel.marking.worksheet import Heading, Text, Worksheet, undress
from sync.report.excel.marking.xml import PartTooLarge, Unmarkable
from sync.report.excel.writer import ADDED_BLUE, COLOURS, FILL_WRONG, INK_WRONG, row_height

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.report.excel.told import Part, ReturnedTable, RowReport

_MOST_BYTES: Final = 200_000_000
_LOST: Final = {Lost.MACROS: "returned.no_macros", Lost.SIGNATURE: "returned.no_signature"}
#: The workbook's own font may be taller and wider than the one that `row_height` counts with.
_TALLER: Final = 15 / 13
_WIDER: Final = 0.88
#: Where rows keep their height, what does not fit into one line stands in the comments only.
_WIDE: Final = (ADDED[0][1], 80, 80)
_HEADING: Final = Dress(fill=ADDED_BLUE[1:], ink="FFFFFF", bold=True, wrap=True, centred=True)
_WRONG: Final = Dress(fill=FILL_WRONG[1:], ink=INK_WRONG[1:])


def mark(source: BinaryIO, target: BinaryIO, parts: Sequence[Part], about: str) -> list[str]:
    """Write the workbook in `source`, marked, to `target`; returns what the copy does without, in sentences.

    Args:
        source: an .xlsx or .xlsm workbook.
        target: where to write; may hold half a workbook where this raises.
        parts: its tables with their rows.
        about: what the first added header has to say about the copy.

    Raises:
        Unmarkable: it cannot be changed safely.
    """
    with closing(Package(source)) as package:
        book = Book(package)
        missing = [text(_LOST[each]) for each in book.leave_out()]
        paths = book.sheets()
        _check_size(package, [*paths.values(), *book.shared])
        shared = book.texts()
        palette = _Palette(Looks(package.edit(book.styles)))
        comments_left = False
        for name, some in groupby(parts, key=lambda part: part[0].sheet or ""):
            path = paths.get(name, "")
            if path not in package:
                raise Unmarkable("sheet")
            sheet = _Sheet(Worksheet(package.edit(path)), list(some), shared, palette)
            comments = sheet.mark(below_drawings(package, path, sheet.first, sheet.last), "\n\n".join([about, *missing]))
            if area := sheet.finish():
                book.name_filter(name, area)
            Comments(package, path, sheet.worksheet, palette.authors).write(comments[:MOST_COMMENTS])
            comments_left |= len(comments) > MOST_COMMENTS
            package.finish(path)
        package.finish(book.styles)
        package.save(target)
        return [*missing, *([comments_left_out()] if comments_left else [])]


def _check_size(package: Package, paths: Sequence[str]) -> None:
    sizes = [package.size(path) for path in paths if path in package]
    if sum(sizes) > _MOST_BYTES:
        raise PartTooLarge(str(sizes))


class _Palette:
    """Styles and words for all sheets of a workbook."""

    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        self.authors = (text("returned.author"), *everywhere("returned.author"))
        self.heading = looks.added(_HEADING)
        self.words = {verdict: verdict_word(verdict) for verdict in Verdict}
        self.verdicts = {
            verdict: looks.added(Dress(fill=colour.strong[1:], ink=colour.ink[1:], bold=True))
            for verdict, colour in COLOURS.items()
        }

    def said(self, *, wrap: bool) -> str:
        """The style of reasons and steps."""
        return self.looks.added(Dress(wrap=wrap))


class _Sheet:
    """Marks one sheet with the tables on it, whose rows lie between `first` and `last`."""

    def __init__(self, worksheet: Worksheet, parts: Sequence[Part], shared: Sequence[str], palette: _Palette) -> None:
        self.worksheet = worksheet
        self.first = parts[0][0].header_row
        self.last = max(table.last_row for table, _ in parts)
        self._parts, self._palette = parts, palette
        self._headings = [worksheet.heading(t.header_row, shared, map(t.header, t.columns)) for t, _ in parts]
        self._at = 0
        self._widths: tuple[int, ...] = ()

    def mark(self, drawings: AbstractSet[int], about: str) -> list[Comment]:
        """Write all cells; returns the comments, with what there is to say about the copy as the first.

        `drawings` are columns below pictures and charts. The rows beside them keep their height, or they would grow too.
        """
        self._take_off()
        self._at = self._free(self.worksheet.occupied(self.first, self.last) | drawings)
        self.worksheet.check_room(self._at, len(ADDED))
        self._widths = _WIDE if drawings else tuple(width for _, width in ADDED)
        said = self._palette.said(wrap=not drawings)
        comments = [Comment(self.first, self._at, about)]
        for (table, rows), heading in zip(self._parts, self._headings, strict=True):
            places = self._table(table, heading)
            for row in rows:
                if not drawings:
                    self._grow(row)
                comments += self._row(_in_one_line(row) if drawings else row, places, said)
        return comments

    def finish(self) -> str | None:
        """Set widths, freeze the header, set the filter; returns the filter's area."""
        added = range(self._at, self._at + len(ADDED))
        self.worksheet.set_widths(self._at, self._widths)
        self.worksheet.widen_dimension(added[-1])
        if len(self._parts) > 1:
            return None
        self.worksheet.freeze_below(self.first)
        return self.worksheet.filter(self.first, self.last, {*self._headings[0].columns.values()}, added)

    def _free(self, taken: AbstractSet[int]) -> int:
        """The first column right of all headers from which on nothing stands in the way."""
        headers = max(column for heading in self._headings for column in (*heading.columns.values(), 0))
        return next(at for at in count(headers + 1) if taken.isdisjoint(range(at, at + len(ADDED))))

    def _take_off(self) -> None:
        """Take off what an earlier run added."""
        if old := sorted({column for heading in self._headings for column in heading.added}):
            undress(self.worksheet, self.first, self.last, self._palette.looks, FILL_WRONG[1:])
            self.worksheet.clear(self.first, self.last, old)

    def _table(self, table: ReturnedTable, heading: Heading) -> Mapping[Column, int]:
        """Mark the header and set the drop-downs; returns where the declared columns are."""
        self.worksheet.write(heading.row, self._at, [Text(text(words), self._palette.heading) for words, _ in ADDED])
        places = {column: heading.columns.get(table.header(column), -1) for column in table.columns}
        if -1 in places.values():
            raise Unmarkable("header")
        for column, words in ALLOWED.items():
            if column in places and table.last_row > heading.row:
                self.worksheet.offer((heading.row + 1, table.last_row), places[column], words, drop_down_texts(words))
        return places

    def _row(self, row: RowReport, places: Mapping[Column, int], said: str) -> Iterator[Comment]:
        palette = self._palette
        verdict = Text(palette.words[row.verdict], palette.verdicts[row.verdict])
        self.worksheet.write(row.row, self._at, [verdict, Text(row.reason, said), Text(row.step, said)])
        for column, comment in row.wrong.items():
            where = self.worksheet.anchor(row.row, places[column])
            self.worksheet.set_style(*where, palette.looks.dressed(self.worksheet.style(*where), _WRONG))
            yield Comment(*where, comment)

    def _grow(self, row: RowReport) -> None:
        if row.reason or row.step:
            said = zip((row.reason, row.step), (int(width * _WIDER) for _, width in ADDED[1:]), strict=True)
            self.worksheet.grow(row.row, row_height(*said) * _TALLER)


def _in_one_line(row: RowReport) -> RowReport:
    return replace(row, reason=row.reason.replace("\n", " "), step=row.step.replace("\n", " "))
