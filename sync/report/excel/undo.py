"""The undo file: every link that a run changed with its state before, in a layout that can be dropped back as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.domain.model import Aim, Column
from sync.i18n.texts import Words
from sync.report.attempt import OF_OUR_FOLDER, attempt
from sync.report.excel.layout import ROWS_PER_SHEET
from sync.report.excel.new_book import new_book
from sync.report.excel.writer import Styles, put, row_height, set_up_print
from sync.system import handles
from sync.system.atomic import not_written

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

    from sync.domain.model import Loaded, Sheet
    from sync.i18n.texts import Language

NAME: Final = Words("Rückgängig.xlsx", "Undo.xlsx")

_WIDTH: Final = 20
_NOTES: Final = Words("Hinweise", "Notes")
_NOTES_WIDTH: Final = 110
_TITLE: Final = Words("Einen Abgleich zurücknehmen", "Taking a run back")
_LINES: Final = (
    Words(
        "Diese Mappe enthält jede Verknüpfung, die der Abgleich {run} geändert hat, mit ihrem Stand davor.",
        "This workbook holds every link that run {run} has changed, with its state before.",
    ),
    Words(
        "Am sichersten nimmt ihn die Person zurück, die den Abgleich betreut: onoffice-sync undo {run}. Der Befehl zeigt zuerst, "
        "was sich ändert, und lässt stehen, was inzwischen jemand anders geändert hat.",
        "The safest way is the command of the person who looks after this job: onoffice-sync undo {run}. It shows first what "
        "will change, and leaves alone what somebody has changed since.",
    ),
    Words(
        "Oder Sie legen diese Mappe in den Ablageordner, so wie sie ist oder nur mit den Zeilen, die Sie zurücknehmen wollen. "
        "Dann gilt der Stand, der hier steht, auch wenn jemand ihn inzwischen geändert hat.",
        "Or you put this workbook into the drop folder, as it is or with only those rows that you want to take back. Then the "
        "state that stands here counts, even if somebody has changed it since.",
    ),
)
_UNLINKS: Final = Words(
    "Zeilen mit der Aktion „lösen“ nimmt der Abgleich nur an, wenn Ihr Büro das freigegeben hat (allow_delete). Der Befehl "
    "braucht das nicht.",
    "Rows with the action “lösen” (unlink) are taken only where your office has enabled it (allow_delete). The command does not "
    "need that.",
)


def write_undo_file(folder: Path, run: str, file: Loaded, language: Language) -> bool:
    """Write the undo file of a run into its folder, if there is anything to take back; whole or not at all.

    Returns False where it is missing, as the log tells.

    Raises:
        ReportError: the disk fails.
    """
    (sheet,) = file.sheets
    if not len(sheet.rows):
        return True
    try:
        handles.make(folder)
        return bool(attempt("The undo file", lambda: _to_disk(folder / NAME.text(language), run, sheet, language), OF_OUR_FOLDER))
    except OSError as error:
        raise not_written(folder, error) from error


def _to_disk(path: Path, run: str, sheet: Sheet, language: Language) -> bool:
    with new_book(path) as book:
        _write(book, run, sheet, language)
    return True


def _write(book: Workbook, run: str, sheet: Sheet, language: Language) -> None:
    styles = Styles(book)
    text = book.add_format({"font_name": "Arial", "font_size": 10, "num_format": "@", "border": 1, "border_color": "#DDDDDD"})
    for number, start in enumerate(range(0, len(sheet.rows), ROWS_PER_SHEET), 1):
        name = sheet.name if number == 1 else f"{sheet.name} {number}"
        page = book.add_worksheet(name)
        _table(page, sheet, slice(start, start + ROWS_PER_SHEET), styles.heading, text)
        set_up_print(page, language)
    lines = [words.text(language).format(run=run) for words in _LINES]
    if Aim.UNLINK.value in sheet.declared[Column.ACTION].texts.tolist():
        lines.append(_UNLINKS.text(language))
    _notes(book, lines, styles, language)


def _table(page: Worksheet, sheet: Sheet, some: slice, heading: Format, text: Format) -> None:
    columns = [cells.texts[some].tolist() for cells in sheet.declared.values()]
    page.set_column(0, len(columns) - 1, _WIDTH, text)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(columns[0]), len(columns) - 1)
    page.repeat_rows(0)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{len(columns[0]) + 1}"})
    for at, cells in enumerate(sheet.declared.values()):
        put(page, 0, at, cells.header, heading)
    for line, row in enumerate(zip(*columns, strict=True), 1):
        for at, cell in enumerate(row):
            if cell:
                put(page, line, at, cell, text)


def _notes(book: Workbook, lines: list[str], styles: Styles, language: Language) -> None:
    page = book.add_worksheet(_NOTES.text(language))
    page.hide_gridlines(2)
    page.set_column(0, 0, _NOTES_WIDTH)
    set_up_print(page, language)
    page.set_row(0, 26)
    put(page, 0, 0, _TITLE.text(language), styles.title)
    for at, line in enumerate(lines, 1):
        page.set_row(at, row_height((line, _NOTES_WIDTH)) + 4)
        put(page, at, 0, line, styles.text)
