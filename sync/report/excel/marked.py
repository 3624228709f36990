"""The marked copy of a dropped file: the file as it was, with what became of every row.

An .xlsx or .xlsm workbook is marked inside (`sync.report.excel.marking`); of every other file, and of a workbook that cannot be
marked, the copy is a new workbook of the same layout. What a copy does without is said in it and returned.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from sync.report.excel import texts
from sync.report.excel.layout import Notes, Page, comments_left_out, write_book
from sync.report.excel.notes import allowed_lines
from sync.system import handles

if TYPE_CHECKING:
    from typing import BinaryIO

    from sync.report.excel.orders import Order


def marked(order: Order, target: BinaryIO) -> list[str]:
    """Write the marked copy of a file; returns what it does without, in sentences.

    Raises OSError: the file cannot be read any more, or there is no room for what is needed for a moment.
    """
    about = texts.COPY.text(order.language).format(file=order.name)
    if order.source is None:
        return _anew(order, about, order.anew, target)
    from sync.report.excel.marking.mark import mark  # noqa: PLC0415 - what it needs is slow to import
    from sync.report.excel.marking.xml import TooLarge  # noqa: PLC0415

    with handles.folder(handles.resolved(order.source.parent)) as folder, folder.spot(order.source.name).reading() as file:
        source = BytesIO(file.read())
    try:
        return mark(source, target, order.parts, f"{about} {order.written}", order.language)
    except MemoryError:
        raise
    except TooLarge:
        anew = texts.TOO_LARGE
    except Exception:  # noqa: BLE001 - a workbook may be odd in any way; that costs its formats only, never the run
        anew = texts.REWRITTEN
    target.seek(0)
    target.truncate()
    return _anew(order, about, anew.text(order.language), target)


def _anew(order: Order, about: str, missing: str, target: BinaryIO) -> list[str]:
    """A new workbook of the same layout."""
    pages = [Page(table.sheet, table.headers, table.columns, rows, len(rows)) for table, rows in order.parts]
    lines = [about, missing, "", *allowed_lines(pages, order.language), "", order.written]
    notes = Notes(texts.COPY_TITLE.text(order.language), lines)
    whole = write_book(target, pages, notes, order.language)
    return [missing] if whole else [missing, comments_left_out(order.language)]
