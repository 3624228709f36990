"""Headings and labels of the reports, in German and English."""

from __future__ import annotations

from typing import Final

from sync.i18n.texts import Words

TITLE: Final = Words("Abgleich mit onOffice vom", "onOffice sync of")
UNDO_TITLE: Final = Words("Rücknahme eines Abgleichs mit onOffice vom", "Undo of an onOffice sync, of")
OVERVIEW: Final = Words("Übersicht", "Overview")
RESULTS: Final = Words("Ergebnis", "Results")

FILE: Final = Words("Datei", "File")
SHEET: Final = Words("Tabellenblatt", "Sheet")
COLUMN: Final = Words("Spalte", "Column")
ROW: Final = Words("Zeile", "Row")
APPOINTMENT: Final = Words("Termin", "Appointment")
ADDRESS: Final = Words("Adresse", "Address")
VERDICT: Final = Words("Ergebnis", "Result")
REASON: Final = Words("Grund", "Reason")
WHAT_TO_DO: Final = Words("Was tun?", "What to do")
CONFIRMATION_CHANGE: Final = Words("Bestätigung:\nvorher → gewünscht", "Confirmation:\nbefore → wanted")
FEEDBACK_CHANGE: Final = Words("Rückmeldung:\nvorher → gewünscht", "Feedback:\nbefore → wanted")
ATTEMPTS: Final = Words("Versuche", "Attempts")
VERIFIED: Final = Words("Nachgeprüft", "Verified")
YES: Final = Words("ja", "yes")
NO: Final = Words("nein", "no")

ROWS: Final = Words("Zeilen", "Rows")
MEANING: Final = Words("Bedeutung", "Meaning")
OFFICE: Final = Words("Büro", "Office")
ABOUT: Final = Words("Über diesen Abgleich", "About this run")
RUN: Final = Words("Kennung", "Run")
STARTED: Final = Words("Beginn", "Started")
FINISHED: Final = Words("Ende", "Finished")
FILES_READ: Final = Words("Gelesene Dateien", "Files read")
BLANK_ROWS: Final = Words("Leere Zeilen", "Blank rows")
WARNINGS: Final = Words("Hinweise", "Warnings")
REQUESTS: Final = Words("Anfragen an onOffice", "Requests to onOffice")
NOTICES: Final = Words("Auffällig", "Odd")
DROPPED_AGAIN: Final = Words("Noch einmal abgelegt", "Dropped again")
REFUSED_FILES: Final = Words("Nicht gelesene Dateien", "Files that were not read")
LEFT_FILES: Final = Words("Im Ablageordner geblieben", "Left in the drop folder")
STOPPED: Final = Words("Vorzeitig beendet", "Ended early")
TOTAL: Final = Words("zusammen", "total")
PAGE: Final = Words("Seite &P von &N", "Page &P of &N")

WARNING: Final = Words("Hinweis", "Warning")
ONE_WARNING: Final = Words("{} Hinweis steht im Bericht.", "{} warning is in the report.")
WARNINGS_IN_REPORT: Final = Words("{} Hinweise stehen im Bericht.", "{} warnings are in the report.")
PROBLEMS: Final = Words("Was zu klären ist", "What needs a person")
ONE_FINDING: Final = Words("{} Meldung", "{} finding")
FINDINGS: Final = Words("{} Meldungen", "{} findings")
IN_ONE_ROW: Final = Words("zu {} Zeile", "in {} row")
IN_ROWS: Final = Words("zu {} Zeilen", "in {} rows")
REPORTS: Final = Words("Die Berichte liegen hier", "The reports are here")
MORE: Final = Words("... und {} weitere; alle stehen im Bericht.", "... and {} more; all of them are in the report.")
WOULD_STOP_CHANGES: Final = Words(
    "Der Abgleich selbst würde nichts davon übertragen: Es sind mehr Änderungen, als max_changes zulässt ({}).",
    "The run itself would send nothing of it: these are more changes than max_changes allows ({}).",
)
WOULD_STOP_INVALID: Final = Words(
    "Der Abgleich selbst würde nichts davon übertragen: Es sind mehr Zeilen fehlerhaft, als max_invalid_share zulässt ({}).",
    "The run itself would send nothing of it: more rows are invalid than max_invalid_share allows ({}).",
)
AND_MORE: Final = Words("... und {} weitere.", "... and {} more.")
ONE_WOULD_CHANGE: Final = Words(
    "Probelauf: {} Verknüpfung würde geändert. Nichts wurde verändert.",
    "Dry run: {} link would change. Nothing has been changed.",
)
WOULD_CHANGE: Final = Words(
    "Probelauf: {} Verknüpfungen würden geändert. Nichts wurde verändert.",
    "Dry run: {} links would change. Nothing has been changed.",
)
LINKED: Final = Words("verknüpft", "linked")
NOT_LINKED: Final = Words("nicht verknüpft", "not linked")
NOT_KNOWN: Final = Words("nicht bekannt", "not known")
CONFIRMATION: Final = Words("Bestätigung", "Confirmation")
FEEDBACK: Final = Words("Rückmeldung", "Feedback")
REPEATS_ONE: Final = Words("Eine Zeile wiederholt eine frühere (Zeile {})", "One row repeats an earlier one (row {})")
REPEATS: Final = Words("Zeilen wiederholen frühere (Zeilen {})", "Rows repeat earlier ones (rows {})")
