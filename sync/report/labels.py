"""Headings and labels of the reports, in German and English."""

from __future__ import annotations

from typing import Final

from sync.texts import Words

TITLE: Final = Words("Terminstatus nach onOffice", "Appointment statuses to onOffice")
OVERVIEW: Final = Words("Übersicht", "Overview")
RESULTS: Final = Words("Ergebnis", "Results")

FILE: Final = Words("Datei", "File")
SHEET: Final = Words("Tabellenblatt", "Sheet")
ROW: Final = Words("Zeile", "Row")
APPOINTMENT: Final = Words("Termin", "Appointment")
ADDRESS: Final = Words("Adresse", "Address")
VERDICT: Final = Words("Ergebnis", "Result")
REASON: Final = Words("Grund", "Reason")
WHAT_TO_DO: Final = Words("Was tun?", "What to do")
CONFIRMATION_BEFORE: Final = Words("Bestätigung vorher", "Confirmation before")
CONFIRMATION_WANTED: Final = Words("Bestätigung gewünscht", "Confirmation wanted")
FEEDBACK_BEFORE: Final = Words("Rückmeldung vorher", "Feedback before")
FEEDBACK_WANTED: Final = Words("Rückmeldung gewünscht", "Feedback wanted")
ATTEMPTS: Final = Words("Versuche", "Attempts")
VERIFIED: Final = Words("Nachgeprüft", "Verified")
YES: Final = Words("ja", "yes")
NO: Final = Words("nein", "no")

ROWS: Final = Words("Zeilen", "Rows")
MEANING: Final = Words("Bedeutung", "Meaning")
OFFICE: Final = Words("Büro", "Office")
RUN: Final = Words("Kennung", "Run")
STARTED: Final = Words("Beginn", "Started")
FINISHED: Final = Words("Ende", "Finished")
FILES_READ: Final = Words("Gelesene Dateien", "Files read")
ROWS_READ: Final = Words("Gelesene Zeilen", "Rows read")
BLANK_ROWS: Final = Words("Leere Zeilen", "Blank rows")
WARNINGS: Final = Words("Hinweise", "Warnings")
REQUESTS: Final = Words("Anfragen an onOffice", "Requests to onOffice")
REFUSED_FILES: Final = Words("Nicht gelesene Dateien", "Files that were not read")
STOPPED: Final = Words("Vorzeitig beendet", "Ended early")
TOTAL: Final = Words("zusammen", "total")
PAGE: Final = Words("Seite &P von &N", "Page &P of &N")

PROBLEMS: Final = Words("Was zu klären ist", "What needs a person")
REPORTS: Final = Words("Die Berichte liegen hier", "The reports are here")
MORE: Final = Words("... und {} weitere; alle stehen im Bericht.", "... and {} more; all of them are in the report.")
MORE_CHANGES: Final = Words("... und {} weitere.", "... and {} more.")
BEFORE: Final = Words("vorher", "before")
AFTERWARDS: Final = Words("nachher", "afterwards")
NOT_KNOWN: Final = Words("nicht bekannt", "not known")
CONFIRMATION: Final = Words("Bestätigung", "Confirmation")
FEEDBACK: Final = Words("Rückmeldung", "Feedback")
