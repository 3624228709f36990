"""An empty workbook that staff can fill in: headers, drop-downs with the allowed words, a short explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed

from sync.domain.model import Confirmation, Feedback
from sync.i18n.texts import Language, Words

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

#: The file's name, if nobody names another one.
FILE_NAME: Final = Words("Vorlage Terminstatus.xlsx", "Template appointment statuses.xlsx")

_ROWS: Final = 5_000
_NAVY: Final = "#1F3864"
#: Letters on a line of the explanation.
_LINE: Final = 95


class _Column(NamedTuple):
    """One column of the sheet; `allowed` is empty where any record number may stand."""

    header: Words
    hint: Words
    allowed: tuple[str, ...] = ()
    width: int = 20


_COLUMNS: Final = (
    _Column(
        Words("Termin-ID", "Appointment ID"),
        Words("Datensatznummer des Termins in onOffice", "Record number of the appointment in onOffice"),
        width=14,
    ),
    _Column(
        Words("Adress-ID", "Address ID"),
        Words(
            "Datensatznummer der Adresse in onOffice, nicht die Kundennummer",
            "Record number of the address in onOffice, not the customer number",
        ),
        width=14,
    ),
    _Column(
        Words("Terminbestätigung", "Confirmation"),
        Words("Ein Wort aus der Liste; leer lassen heißt: bleibt, wie es ist", "A word of the list; blank means: stays as it is"),
        tuple(Confirmation),
    ),
    _Column(
        Words("Terminrückmeldung", "Feedback"),
        Words("Ein Wort aus der Liste; leer lassen heißt: bleibt, wie es ist", "A word of the list; blank means: stays as it is"),
        tuple(Feedback),
    ),
)
_SHEET: Final = Words("Termine", "Appointments")
_NOTES_SHEET: Final = Words("So geht es", "How to")
_TITLE: Final = Words("So füllen Sie die Tabelle aus", "How to fill in the sheet")
_STEPS: Final = (
    Words(
        "Eine Zeile je Termin und Adresse. Steht eine Adresse bei drei Terminen, sind das drei Zeilen.",
        "One row for each appointment and address. An address with three appointments makes three rows.",
    ),
    Words(
        "Termin-ID und Adress-ID sind die Datensatznummern aus onOffice. Die Kundennummer (KdNr) ist etwas anderes "
        "und wird nicht angenommen.",
        "Appointment ID and Address ID are the record numbers from onOffice. The customer number is something else and is not "
        "accepted.",
    ),
    Words(
        "Wählen Sie Terminbestätigung oder Terminrückmeldung aus der Liste, oder beides. Eine leere Zelle lässt den Stand in "
        "onOffice, wie er ist.",
        "Choose confirmation or feedback from the list, or both. A blank cell leaves the state in onOffice as it is.",
    ),
    Words(
        "Eigene Spalten dürfen Sie rechts daneben anlegen, zum Beispiel für Notizen. Sie kommen im Ergebnis unverändert zurück.",
        "You may add columns of your own to the right, for notes for example. They come back unchanged in the results.",
    ),
    Words(
        "Speichern, schließen, in den Ablageordner legen. Am nächsten Morgen liegt das Ergebnis im Ergebnisordner.",
        "Save, close, put the file into the drop folder. Next morning the results are in the results folder.",
    ),
)
_MEANINGS: Final = (
    (Confirmation.CONFIRMED, Words("Die Zusage liegt vor.", "The appointment is confirmed.")),
    (Confirmation.SENT, Words("Die Einladung ist verschickt, eine Antwort steht aus.", "The invitation is out, no answer yet.")),
    (Confirmation.CANCELED, Words("Die Adresse hat abgesagt.", "The address has cancelled.")),
    (Confirmation.NOT_SET, Words("Noch nichts geschehen.", "Nothing has happened yet.")),
    (Feedback.ACTIVE, Words("Nach dem Termin wird um Rückmeldung gebeten.", "After the appointment, feedback is asked for.")),
    (Feedback.INACTIVE, Words("Es wird nicht um Rückmeldung gebeten.", "No feedback is asked for.")),
)
_MAILS: Final = Words(
    "„bestätigt“ kann eine Erinnerung an den Kunden auslösen, „aktiv“ eine Mail mit der Bitte um Rückmeldung, wenn Ihr Büro das "
    "in onOffice so eingerichtet hat.",
    "“bestätigt” (confirmed) may send a reminder to the customer, “aktiv” (active) a mail that asks for feedback, if your office "
    "has set up onOffice that way.",
)
_WRONG: Final = Words("Bitte prüfen", "Please check")
_NOT_A_NUMBER: Final = Words("Hier gehört eine Datensatznummer hin: nur Ziffern.", "A record number belongs here: digits only.")
_NOT_A_WORD: Final = Words("Bitte wählen Sie ein Wort aus der Liste.", "Please choose a word from the list.")


def write(path: Path, language: Language) -> None:
    """Write the workbook; raises OSError, and FileExistsError instead of overwriting."""
    with path.open("xb") as file, Workbook(file) as book:
        heading = book.add_format(
            {"bold": True, "font_name": "Arial", "font_size": 11, "bg_color": _NAVY, "font_color": "#FFFFFF", "valign": "vcenter"}
        )
        _sheet(book.add_worksheet(_SHEET.text(language)), heading, _Cells.of(book), language)
        _notes(book, language)


class _Cells(NamedTuple):
    number: Format
    word: Format

    @classmethod
    def of(cls, book: Workbook) -> _Cells:
        text = {"font_name": "Arial", "font_size": 11}
        return cls(book.add_format({**text, "num_format": "0", "align": "left"}), book.add_format(text))


def _sheet(sheet: Worksheet, heading: Format, cells: _Cells, language: Language) -> None:
    for position, column in enumerate(_COLUMNS):
        sheet.set_column(position, position, column.width, cells.word if column.allowed else cells.number)
        sheet.write_string(0, position, column.header.text(language), heading)
        sheet.data_validation(1, position, _ROWS, position, _validation(column, language))
    sheet.set_row(0, 22)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, _ROWS, len(_COLUMNS) - 1)
    sheet.set_selection(1, 0, 1, 0)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    _fit(sheet)


def _validation(column: _Column, language: Language) -> dict[str, object]:
    rule: dict[str, object] = (
        {"validate": "list", "source": list(column.allowed), "error_message": _NOT_A_WORD.text(language)}
        if column.allowed
        else {"validate": "integer", "criteria": ">", "value": 0, "error_message": _NOT_A_NUMBER.text(language)}
    )
    about = {"input_title": column.header.text(language), "input_message": column.hint.text(language)}
    return rule | about | {"error_title": _WRONG.text(language)}


def _notes(book: Workbook, language: Language) -> None:
    sheet = book.add_worksheet(_NOTES_SHEET.text(language))
    text = {"font_name": "Arial", "font_size": 11, "valign": "top"}
    plain, bold = book.add_format({**text, "text_wrap": True}), book.add_format({**text, "bold": True})
    title = book.add_format({**text, "bold": True, "font_size": 16, "font_color": _NAVY})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 84)
    sheet.write_string(0, 0, _TITLE.text(language), title)
    sheet.set_row(0, 32)
    lines = [*((str(number), step) for number, step in enumerate(_STEPS, 1)), ("", Words("", "")), *_MEANINGS, ("", _MAILS)]
    for row, (name, words) in enumerate(lines, 1):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, words.text(language), plain)
        sheet.set_row(row, 33 if len(words.text(language)) > _LINE else 18)
    _fit(sheet)


def _fit(sheet: Worksheet) -> None:
    """Print on A4, as wide as the page."""
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
