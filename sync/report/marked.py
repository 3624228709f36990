"""The marked copy of a dropped file: the file as it was, with what became of every row.

An .xlsx or .xlsm workbook is marked inside (`sync.report.ooxml`); of every other file, and of a workbook that cannot be marked,
the copy is a new workbook of the same layout. What a copy does without is said in it and returned.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Final

from sync.report import sheets_texts as texts
from sync.report.atomic import replacing
from sync.report.sheets import tables, told
from sync.report.sheets_book import Notes, Page, comments_left_out, write_book
from sync.report.sheets_notes import allowed_lines, written_line

if TYPE_CHECKING:
    from pathlib import Path

    from sync.model import Checked, RunInfo
    from sync.report.sheets import Table
    from sync.texts import Language, Words


#: Rows of a file beyond which there is no marked copy: about 20 s. The results workbook of the run has all rows anyway.
MOST_ROWS: Final = 100_000


class Marker:
    """Writes the marked copies of one run."""

    def __init__(self, info: RunInfo, checked: Checked, language: Language) -> None:
        self._info, self._checked, self._language = info, checked, language

    def write(self, file: int, source: Path, path: Path) -> list[str]:
        """Write the marked copy of the file that lies at `source`; returns what it does without, in sentences.

        Raises OSError.
        """
        some = tables(self._checked, file)
        about = texts.COPY.text(self._language).format(file=self._checked.files[file].name)
        if not zipfile.is_zipfile(source):
            return self._new(some, about, path, texts.REWRITTEN)
        from sync.report.ooxml.mark import mark  # noqa: PLC0415 - what it needs is slow to import
        from sync.report.ooxml.xml import TooLarge  # noqa: PLC0415

        rows = [(table, told(self._checked, table, self._language)) for table in some]
        try:
            with replacing(path) as copy:
                return mark(source, copy, rows, f"{about} {written_line(self._info, self._language)}", self._language)
        except OSError:
            raise
        except TooLarge:
            return self._new(some, about, path, texts.TOO_LARGE)
        except Exception:  # noqa: BLE001 - a workbook may be odd in any way; that costs its formats only, never the run
            return self._new(some, about, path, texts.REWRITTEN)

    def _new(self, some: list[Table], about: str, path: Path, words: Words) -> list[str]:
        """A new workbook of the same layout."""
        pages = [
            Page(table.sheet, table.headers, table.columns, told(self._checked, table, self._language), len(table.rows))
            for table in some
        ]
        missing = [words.text(self._language)]
        lines = [about, *missing, "", *allowed_lines(pages, self._language), "", written_line(self._info, self._language)]
        if not write_book(path, pages, Notes(texts.COPY_TITLE.text(self._language), lines), self._language):
            missing.append(comments_left_out(self._language))
        return missing


def fits(checked: Checked, file: int) -> bool:
    """Whether a file has no more rows than can be marked in reasonable time."""
    return sum(len(sheet.rows) for sheet in checked.files[file].sheets) <= MOST_ROWS
