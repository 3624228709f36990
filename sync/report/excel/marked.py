"""The marked copy of a dropped file: the file as it was, with what became of every row.

An .xlsx or .xlsm workbook is marked inside (`sync.report.excel.marking`); of every other file, and of a workbook that cannot be
marked, the copy is a new workbook of the same layout. What a copy does without is said in it and returned.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from sync.domain.model import ALLOWED
from sync.i18n import text, when
from sync.report.excel.layout import Page, SheetNotes, comments_left_out, write_book
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from sync.domain.model import RunInfo
    from sync.report.excel.orders import Order


# Lines for the sheet with the notes, the same in every kind of workbook.


def allowed_lines(pages: Iterable[Page]) -> list[str]:
    """The allowed words of every status column, by its header as it stands in the file."""
    headers = {
        page.headers[at].strip(): words
        for page in pages
        for column, words in ALLOWED.items()
        if (at := page.columns.get(column)) is not None
    }
    return [text("returned.allowed_in", header=header, words=", ".join(words)) for header, words in headers.items()]


def written_line(info: RunInfo) -> str:
    """When the workbook was written, and that the original is not touched."""
    return f"{text('returned.written', when=when(info.started))} {text('returned.original_kept')}"


def marked(order: Order, target: BinaryIO) -> list[str]:
    """Write the marked copy of a file; returns what it does without, in sentences.

    Raises OSError: the file cannot be read any more, or there is no room for what is needed for a moment.
    """
    about = text("returned.copy", file=order.name)
    if order.source is None:
        return _anew(order, about, order.anew, target)
    from sync.report.excel.marking.mark import mark  # noqa: PLC0415 - what it needs is slow to import
    from sync.report.excel.marking.package import PartTooLarge  # noqa: PLC0415

    with handles.folder(handles.resolved(order.source.parent)) as folder, folder.spot(order.source.name).reading() as file:
        source = BytesIO(file.read())
    try:
        return mark(source, target, order.parts, f"{about} {order.written}")
    except MemoryError:
        raise
    except PartTooLarge:
        anew = "returned.too_large"
    except Exception:  # noqa: BLE001 - a workbook may be odd in any way; that costs its formats only, never the run
        anew = "returned.rewritten"
    target.seek(0)
    target.truncate()
    return _anew(order, about, text(anew), target)


def _anew(order: Order, about: str, missing: str, target: BinaryIO) -> list[str]:
    """A new workbook of the same layout."""
    pages = [Page(table.sheet, table.headers, table.columns, rows, len(rows), beside=table.beside) for table, rows in order.parts]
    lines = [about, missing, "", *allowed_lines(pages), "", order.written]
    notes = SheetNotes(text("returned.copy_title"), lines)
    whole = write_book(target, pages, notes)
    return [missing] if whole else [missing, comments_left_out()]
