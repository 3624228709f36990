"""What stands in the workbooks that droppers get back, in German and English."""

from __future__ import annotations

from typing import Final

from sync.i18n.texts import Words

# names of the files
ALL_DONE: Final = Words("alle {} Zeilen erledigt", "all {} rows done")
ONE_DONE: Final = Words("die einzige Zeile erledigt", "the only row done")
SOME_DONE: Final = Words("{} von {} Zeilen erledigt", "{} of {} rows done")
NONE_DONE: Final = Words("keine von {} Zeilen erledigt", "none of {} rows done")
ONE_OPEN: Final = Words("die einzige Zeile offen", "the only row open")
NOTHING_READ: Final = Words("keine Zeilen", "no rows")
TO_CORRECT: Final = Words("{} Zeilen zu korrigieren", "{} rows to correct")
ONE_TO_CORRECT: Final = Words("1 Zeile zu korrigieren", "1 row to correct")

# sheets and cells
SHEET: Final = Words("Tabelle", "Sheet")
NOTES: Final = Words("Hinweise", "Notes")
AUTHOR: Final = Words("onOffice-Abgleich", "onOffice sync")
ALLOWED: Final = Words("Zulässige Werte", "Allowed values")
ALLOWED_IN: Final = Words("Zulässige Werte für „{header}“: {words}", "Allowed values for “{header}”: {words}")
CHOOSE: Final = Words("Bitte wählen Sie: {}. Oder lassen Sie die Zelle leer.", "Please choose: {}. Or leave the cell blank.")

# the sheet with the notes
CORRECT_TITLE: Final = Words("So geht es weiter", "What to do")
CORRECT_STEPS: Final = (
    Words(
        "Hier stehen nur die Zeilen aus „{file}“, die noch jemand ansehen muss; alle anderen sind erledigt.",
        "Here are only the rows of “{file}” that somebody has to look at; all others are done.",
    ),
    Words(
        "Berichtigen Sie die rot hinterlegten Zellen. Warum sie falsch sind, steht rechts und im Kommentar der Zelle.",
        "Correct the cells with a red background. Why they are wrong is said at the right and in the cell's comment.",
    ),
    Words(
        "Zeilen, die nicht mehr gelten sollen, löschen Sie.",
        "Delete rows that shall not count any more.",
    ),
    Words(
        "Speichern Sie die Mappe und legen Sie sie in den Ablageordner. Die Spalten „Abgleich: …“ und dieses Blatt können "
        "bleiben, wie sie sind; sie werden nicht gelesen.",
        "Save the workbook and put it into the drop folder. The columns “Sync: …” and this sheet may stay as they are; they are "
        "not read.",
    ),
)
COPY_TITLE: Final = Words("Zu dieser Kopie", "About this copy")
COPY: Final = Words(
    "Das ist „{file}“ mit dem Ergebnis jeder Zeile in den Spalten „Abgleich: …“. Falsche Zellen sind rot hinterlegt.",
    "This is “{file}” with the result of every row in the columns “Sync: …”. Wrong cells have a red background.",
)
WRITTEN: Final = Words("Abgleich vom {}.", "Sync of {}.")
ORIGINAL_KEPT: Final = Words("Ihre Datei selbst bleibt, wie sie ist.", "Your file itself stays as it is.")

# what a copy could not keep
REWRITTEN: Final = Words(
    "Dateien dieser Art lassen sich nicht direkt markieren. Diese Mappe ist neu geschrieben, im selben Aufbau und mit den "
    "Werten Ihrer Datei; Formate, Formeln und Bilder übernimmt sie nicht.",
    "Files of this kind cannot be marked directly. This workbook is written anew, with the same layout and the values of your "
    "file; it does not take over formats, formulas and images.",
)
TOO_LARGE: Final = Words(
    "Ihre Arbeitsmappe ist zu groß, um sie direkt zu markieren. Diese Mappe ist neu geschrieben, im selben Aufbau und mit den "
    "Werten Ihrer Datei; Formate, Formeln und Bilder übernimmt sie nicht.",
    "Your workbook is too large to be marked directly. This workbook is written anew, with the same layout and the values of "
    "your file; it does not take over formats, formulas and images.",
)
TOO_MANY_ROWS: Final = Words(
    "Für eine markierte Kopie hat die Datei zu viele Zeilen. Das Ergebnis jeder Zeile steht in „Ergebnis.xlsx“ dieses Abgleichs.",
    "The file has too many rows for a marked copy. The result of every row is in “Results.xlsx” of this run.",
)
NOT_MARKED: Final = Words(
    "Diese Datei ließ sich nicht markieren. Das Ergebnis jeder Zeile steht in „Ergebnis.xlsx“ dieses Abgleichs.",
    "This file could not be marked. The result of every row is in “Results.xlsx” of this run.",
)
NO_CORRECTION: Final = Words(
    "Für diese Datei ließ sich keine Korrekturdatei schreiben. Berichtigen Sie die Zeilen in der Datei selbst und legen Sie sie "
    "noch einmal ab.",
    "No correction file could be written for this file. Correct the rows in the file itself and drop it again.",
)
NO_MACROS: Final = Words("Makros sind in dieser Kopie nicht enthalten.", "This copy is without the macros.")
NO_SIGNATURE: Final = Words(
    "Die digitale Signatur ist in dieser Kopie nicht enthalten, weil sie nur für das Original gilt.",
    "This copy is without the digital signature, which is good for the original only.",
)
#: All that a copy can do without, but for comments.
WITHOUT: Final = (REWRITTEN, TOO_LARGE, NO_MACROS, NO_SIGNATURE)
COMMENTS_LEFT_OUT: Final = Words(
    "Kommentare stehen nur an den ersten {} falschen Zellen eines Blattes; den Grund nennt bei allen die Spalte rechts.",
    "Only the first {} wrong cells of a sheet have a comment; the column at the right gives the reason for all.",
)
