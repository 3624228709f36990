"""What stands on the report page and on the overview page, in German and English, besides `sync.i18n.texts` and `labels`."""

from __future__ import annotations

from typing import Final

from sync.domain.model import Code
from sync.i18n.texts import Words

#: Every kind of finding as a short line behind the number of its rows: "12 Zeilen: Adresse nicht mit dem Termin verknüpft".
KINDS: Final[dict[Code, Words]] = {
    Code.MISSING_ID: Words("Datensatznummer fehlt", "record number missing"),
    Code.BAD_ID: Words("keine Datensatznummer", "not a record number"),
    Code.DATE_AS_ID: Words("Datum statt Datensatznummer", "date instead of a record number"),
    Code.BOOLEAN_AS_ID: Words("WAHR oder FALSCH statt Datensatznummer", "TRUE or FALSE instead of a record number"),
    Code.INEXACT_ID: Words("Datensatznummer nicht sicher lesbar", "record number not safely readable"),
    Code.ZERO_AS_ID: Words("0 statt Datensatznummer", "0 instead of a record number"),
    Code.FOREIGN_DIGITS: Words("Ziffern einer anderen Schrift", "digits of another script"),
    Code.ID_TOO_LONG: Words("Datensatznummer zu lang", "record number too long"),
    Code.UNKNOWN_WORD: Words("kein zulässiger Wert", "not an allowed value"),
    Code.NOTHING_TO_SET: Words("weder Bestätigung noch Rückmeldung", "neither confirmation nor feedback"),
    Code.ERROR_CELL: Words("Excel-Fehler in der Zelle", "Excel error in the cell"),
    Code.FORMULA_WITHOUT_VALUE: Words("Formel ohne gespeichertes Ergebnis", "formula without a stored value"),
    Code.READINGS_DIFFER: Words("nicht eindeutig lesbar", "not read the same way twice"),
    Code.RECORD_TOO_LONG: Words("mehr Felder als die Kopfzeile", "more fields than the header row"),
    Code.DAMAGED_TEXT: Words("beschädigte Zeichen", "damaged characters"),
    Code.BAD_BEGIN: Words("Terminbeginn nicht lesbar", "start of the appointment not readable"),
    Code.ACTION_NOT_ALLOWED: Words("Aktion nicht freigegeben", "action not enabled"),
    Code.CONTRADICTION: Words("widerspricht einer anderen Zeile", "contradicts another row"),
    Code.OTHERS_CONTRADICT: Words("zwei andere Zeilen widersprechen sich", "two other rows contradict each other"),
    Code.OVERRULED: Words("eine spätere Zeile gilt", "a later row counts"),
    Code.SAME_AS_EARLIER: Words("steht schon in einer früheren Zeile", "already said by an earlier row"),
    Code.SENT_BEFORE: Words("schon von einem unterbrochenen Abgleich übertragen", "already sent by an interrupted run"),
    Code.SAME_AS_SEVERAL: Words("steht schon in mehreren früheren Zeilen", "already said by several earlier rows"),
    Code.NOT_LINKED: Words("Adresse nicht mit dem Termin verknüpft", "address not linked to the appointment"),
    Code.APPOINTMENT_UNKNOWN: Words("Termin in onOffice nicht gefunden", "appointment not found in onOffice"),
    Code.NO_RIGHT_TO_READ: Words("kein Recht, den Termin zu sehen", "no right to see the appointment"),
    Code.PERHAPS_HIDDEN: Words("nicht verknüpft oder nicht zu sehen", "not linked, or not to be seen"),
    Code.OTHER_STATUS_LOST: Words("anderer Status ging verloren", "other status got lost"),
    Code.OTHER_STATUS_UNREAD: Words("anderer Status wäre verloren", "other status would be lost"),
    Code.OTHER_STATUS_SET_BACK: Words("anderer Status wiederhergestellt", "other status brought back"),
    Code.BEFORE_UNKNOWN: Words("Stand vorher nicht bekannt", "state before not known"),
    Code.REFUSED_BY_CRM: Words("von onOffice abgelehnt", "refused by onOffice"),
    Code.NOT_APPLIED: Words("angenommen, aber nicht übernommen", "accepted, but not applied"),
    Code.NOT_MADE: Words("angenommen, aber nicht ausgeführt", "taken, but not made"),
    Code.NOT_ASKED_AGAIN: Words("dieselbe Datei: nicht noch einmal gesendet", "the same file: not sent again"),
    Code.FEEDBACK_NOT_SET_UP: Words("Terminrückmeldung nicht eingerichtet", "property feedback not set up"),
    Code.START_UNKNOWN: Words("Terminbeginn nicht zu sehen", "start of the appointment could not be seen"),
    Code.RESCHEDULED: Words("Termin inzwischen verlegt", "appointment rescheduled since"),
    Code.OLD_FILE: Words("war schon erledigt, inzwischen geändert", "was done before, changed since"),
    Code.CHANGED_SINCE: Words("in onOffice inzwischen geändert", "changed in onOffice since"),
    Code.NO_ANSWER: Words("keine verlässliche Antwort von onOffice", "no reliable answer from onOffice"),
    Code.NOT_READ_BACK: Words("angenommen, ließ sich nicht mehr nachsehen", "accepted, could not be looked up any more"),
    Code.STOPPED: Words("kam nicht mehr an die Reihe", "its turn did not come"),
    Code.NOT_LOOKED_AT: Words("übertragen, noch nicht nachgesehen", "sent, not looked at yet"),
    Code.TOO_MANY_CHANGES: Words("zurückgehalten: zu viele Änderungen auf einmal", "held back: too many changes at once"),
    Code.TOO_MANY_INVALID: Words("zurückgehalten: zu viele fehlerhafte Zeilen", "held back: too many invalid rows"),
    Code.NOT_VERIFIED: Words("angenommen, nicht nachgeprüft", "accepted, not verified"),
    Code.REPAIRED: Words("Schreibweise angepasst", "spelling understood and adapted"),
    Code.HIDDEN_SHEET: Words("auf einem ausgeblendeten Tabellenblatt", "on a hidden sheet"),
    Code.HIDDEN_ROW: Words("ausgeblendete Zeile", "hidden row"),
    Code.FILTERED_ROW: Words("durch einen Filter ausgeblendet", "hidden by a filter"),
    Code.HIDDEN_COLUMN: Words("Wert in einer ausgeblendeten Spalte", "value in a hidden column"),
    Code.MERGED_CELL: Words("verbundene Zellen", "merged cells"),
    Code.UNDER_MERGED_CELL: Words("Wert unter verbundenen Zellen, nicht gelesen", "value below merged cells, not read"),
    Code.SHORT_RECORD: Words("weniger Felder als die Kopfzeile", "fewer fields than the header row"),
    Code.MIXED_ENCODING: Words("anderer Zeichensatz", "another character set"),
    Code.WORD_NOT_USED: Words("Status nicht verwendet, die Verknüpfung wird gelöst", "status not used, the link is removed"),
    Code.MAY_ASK_FOR_FEEDBACK: Words(
        "onOffice bittet Kunden vielleicht um Rückmeldung", "onOffice may ask customers for feedback"
    ),
    Code.MAY_REMIND: Words(
        "onOffice erinnert Kunden vielleicht an den Termin", "onOffice may remind customers of the appointment"
    ),
    Code.RECURRING: Words("Termin einer Serie", "appointment of a series"),
}

ONE_ROW: Final = Words("{} Zeile", "{} row")
ROWS: Final = Words("{} Zeilen", "{} rows")
ONE_RUN: Final = Words("{} Abgleich", "{} run")
RUNS: Final = Words("{} Abgleiche", "{} runs")

#: What stands beside the link to a file of the run, by how its name begins (German or English).
BESIDE: Final[dict[tuple[str, ...], Words]] = {
    ("Ergebnis", "Results"): Words(
        "jede Zeile mit Ergebnis und Grund, für Excel", "every row with its result and reason, for Excel"
    ),
    ("Rückgängig", "Undo"): Words(
        "der Stand vor diesem Abgleich: ablegen, um ihn zurückzunehmen", "the state before this run: drop it to take the run back"
    ),
    ("report.json",): Words("derselbe Bericht für Programme", "the same report for programs"),
}
ANY_FILE: Final = Words("gehört zu diesem Abgleich", "belongs to this run")
MARKED: Final = Words(
    "die Datei, wie sie war, mit Ergebnis und Grund in jeder Zeile", "the file as it was, with result and reason in each row"
)
ONE_TO_CORRECT: Final = Words(
    "{} Zeile zu korrigieren: farbige Zelle berichtigen, speichern, in den Ablageordner legen",
    "{} row to correct: correct the coloured cell, save, put it into the drop folder",
)
TO_CORRECT: Final = Words(
    "{} Zeilen zu korrigieren: farbige Zellen berichtigen, speichern, in den Ablageordner legen",
    "{} rows to correct: correct the coloured cells, save, put it into the drop folder",
)


class Next:
    """What happens next, one sentence per case."""

    NOTHING: Final = Words("Nichts zu tun: Alles ist erledigt.", "Nothing to do: everything is done.")
    ONE_TO_CORRECT: Final = Words(
        "Klären Sie die eine Zeile. Unten steht, was zu tun ist. Berichtigen Sie sie und legen Sie sie noch einmal ab; bereits "
        "erledigte Zeilen noch einmal abzulegen schadet nicht.",
        "Settle the one row. What to do is told below. Correct it and drop it again; dropping rows that are done already does "
        "no harm.",
    )
    TO_CORRECT: Final = Words(
        "Klären Sie die {} Zeilen. Unten steht zu jeder, was zu tun ist. Berichtigen Sie sie und legen Sie sie noch einmal ab; "
        "bereits erledigte Zeilen noch einmal abzulegen schadet nicht.",
        "Settle the {} rows. What to do is told below for each. Correct them and drop them again; dropping rows that are done "
        "already does no harm.",
    )
    ONE_TO_CORRECT_THERE: Final = Words(
        "Klären Sie die eine Zeile. Unten steht, was zu tun ist. Ihre Datei liegt wieder im Ablageordner, und der nächste "
        "Abgleich liest sie noch einmal: Berichtigen Sie die Zeile dort, statt sie, wie es unten heißt, noch einmal abzulegen.",
        "Settle the one row. What to do is told below. Its file is back in the drop folder, and the next run reads it again: "
        "correct the row there instead of dropping it again as it says below.",
    )
    TO_CORRECT_THERE: Final = Words(
        "Klären Sie die {} Zeilen. Unten steht zu jeder, was zu tun ist. Die Dateien liegen wieder im Ablageordner, und der "
        "nächste Abgleich liest sie noch einmal: Berichtigen Sie die Zeilen dort, statt sie, wie es unten heißt, noch einmal "
        "abzulegen.",
        "Settle the {} rows. What to do is told below for each. The files are back in the drop folder, and the next run reads "
        "them again: correct the rows there instead of dropping them again as it says below.",
    )
    ONE_NOT_BACK: Final = Words(
        "Eine Zeile ist nicht oder nicht sicher zurückgenommen. Unten steht, warum und was zu tun ist.",
        "One row was not taken back, or not for certain. Why, and what to do, is told below.",
    )
    NOT_BACK: Final = Words(
        "{} Zeilen sind nicht oder nicht sicher zurückgenommen. Unten steht zu jeder, warum und was zu tun ist.",
        "{} rows were not taken back, or not for certain. Why, and what to do, is told below for each.",
    )
    NOT_WRITTEN: Final = Words(
        "„{}“ ließ sich nicht schreiben. Das Ergebnis jeder Zeile steht auch auf dieser Seite; sagen Sie der Person Bescheid, "
        "die den Abgleich betreut: Den Grund nennt ihr das Protokoll.",
        "“{}” could not be written. The result of every row is on this page as well; tell the person who looks after this job: "
        "the log says why.",
    )
    WITH_FILE: Final = Words(
        "Am einfachsten geht das in der Korrekturdatei, die hier verlinkt ist.",
        "The easiest way is the correction file that is linked here.",
    )
    ONE_REFUSED: Final = Words(
        "{} Datei war nicht lesbar. Unten steht, warum; legen Sie sie berichtigt noch einmal ab.",
        "{} file could not be read. The reason is told below; drop it again when it is corrected.",
    )
    REFUSED: Final = Words(
        "{} Dateien waren nicht lesbar. Unten steht, warum; legen Sie sie berichtigt noch einmal ab.",
        "{} files could not be read. The reasons are told below; drop them again when they are corrected.",
    )
    ONE_OUT_OF_REACH: Final = Words(
        "{} Datei bleibt im Ablageordner, bis jemand etwas daran ändert. Unten steht, was zu tun ist.",
        "{} file stays in the drop folder until somebody does something about it. What to do is told below.",
    )
    OUT_OF_REACH: Final = Words(
        "{} Dateien bleiben im Ablageordner, bis jemand etwas daran ändert. Unten steht, was zu tun ist.",
        "{} files stay in the drop folder until somebody does something about it. What to do is told below.",
    )
    ONE_WAITING: Final = Words(
        "{} Datei wartet noch im Ablageordner. Unten steht, worauf.",
        "{} file still waits in the drop folder. What for is told below.",
    )
    WAITING: Final = Words(
        "{} Dateien warten noch im Ablageordner. Unten steht, worauf.",
        "{} files still wait in the drop folder. What for is told below.",
    )
    ONE_KEPT: Final = Words(
        "{} Zeile wartet. Dafür ist nichts zu tun: Der nächste Abgleich macht mit ihr weiter.",
        "{} row waits. Nothing to do about it: the next run carries on with it.",
    )
    KEPT: Final = Words(
        "{} Zeilen warten. Dafür ist nichts zu tun: Der nächste Abgleich macht mit ihnen weiter.",
        "{} rows wait. Nothing to do about them: the next run carries on with them.",
    )
    ONE_UNSEEN: Final = Words(
        "{} Zeile ist übertragen, aber noch nicht nachgesehen. Dafür ist nichts zu tun: Der nächste Abgleich sieht nach und holt "
        "nach, was fehlt.",
        "{} row was sent, but not looked at yet. Nothing to do about it: the next run looks, and makes up for what is missing.",
    )
    UNSEEN: Final = Words(
        "{} Zeilen sind übertragen, aber noch nicht nachgesehen. Dafür ist nichts zu tun: Der nächste Abgleich sieht nach und "
        "holt nach, was fehlt.",
        "{} rows were sent, but not looked at yet. Nothing to do about them: the next run looks, and makes up for what is "
        "missing.",
    )
    ONE_HELD: Final = Words(
        "{} Zeile hält eine Grenze zurück, auch beim nächsten Abgleich. Mit ihr geht es weiter, sobald die Person, die den "
        "Abgleich betreut, sie durchlässt oder die Dateien im Ablageordner berichtigt sind.",
        "A limit holds {} row back, and will do so in the next run, too. It goes on once the person who looks after this job "
        "lets it pass, or the files in the drop folder are corrected.",
    )
    HELD: Final = Words(
        "{} Zeilen hält eine Grenze zurück, auch beim nächsten Abgleich. Mit ihnen geht es weiter, sobald die Person, die den "
        "Abgleich betreut, sie durchlässt oder die Dateien im Ablageordner berichtigt sind.",
        "A limit holds {} rows back, and will do so in the next run, too. They go on once the person who looks after this job "
        "lets them pass, or the files in the drop folder are corrected.",
    )

    ONE_MAY_BE_WRITTEN_TO: Final = Words(
        "Bei {} Verknüpfung kann onOffice jetzt von sich aus an Kunden schreiben. Die Zeile steht bei ihrer Datei unter "
        "„Hinweise“.",
        "For {} link onOffice may now write to customers on its own. The row stands with its file under “Warnings”.",
    )
    MAY_BE_WRITTEN_TO: Final = Words(
        "Bei {} Verknüpfungen kann onOffice jetzt von sich aus an Kunden schreiben. Die Zeilen stehen bei ihrer Datei unter "
        "„Hinweise“.",
        "For {} links onOffice may now write to customers on its own. The rows stand with their files under “Warnings”.",
    )


class Report:
    """Headings and labels of the report page."""

    ONE_WARNING: Final = Words("{} Hinweis", "{} warning")
    WARNINGS: Final = Words("{} Hinweise", "{} warnings")
    ALL_RUNS: Final = Words("Alle Abgleiche", "All runs")
    SKIP: Final = Words("Direkt zur Liste aller Zeilen", "Skip to the list of all rows")
    TOOK: Final = Words("Dauer", "took")
    GLANCE: Final = Words("Auf einen Blick", "At a glance")
    NEXT: Final = Words("Wie es weitergeht", "What happens next")
    BESIDE: Final = Words("Dateien zu diesem Abgleich", "Files of this run")
    FILES: Final = Words("Datei für Datei", "File by file")
    DONE: Final = Words("erledigt", "done")
    TO_SETTLE: Final = Words("zu klären", "to settle")
    KEPT: Final = Words("zurückgestellt", "kept for the next run")
    UNSEEN: Final = Words("klärt der nächste Abgleich", "to be cleared up by the next run")
    HELD: Final = Words("von einer Grenze zurückgehalten", "held back by a limit")
    NOT_READ: Final = Words("nicht gelesen", "not read")
    CHANGED: Final = Words("Was sich geändert hat", "What has changed")
    CHANGE: Final = Words("vorher → jetzt", "before → now")
    WHICH: Final = Words("Welche Zeilen", "Which rows")
    HINTS: Final = Words("Hinweise", "Warnings")
    WAITING: Final = Words("Was noch wartet", "What still waits")
    IN_LIST: Final = Words("In der Liste aller Zeilen zeigen", "Show in the list of all rows")
    FIRST_ONLY: Final = Words("Die ersten {} von {}:", "The first {} of {}:")
    MORE_PLACES: Final = Words("und {} weitere Stellen", "and {} more places")
    ALL_ROWS: Final = Words("Alle Zeilen", "All rows")
    ROWS_TO_SETTLE: Final = Words("Alle Zeilen, die Ihre Hilfe brauchen", "All rows that need your help")
    NOT_ALL: Final = Words(
        "Hier stehen {} von {} Zeilen; alle stehen in der Ergebnisdatei.",
        "Here are {} of {} rows; all of them are in the results workbook.",
    )
    SCRIPT: Final = Words(
        "Die durchsuchbare Liste braucht JavaScript. Ohne JavaScript stehen alle Zeilen in der Ergebnisdatei.",
        "The searchable list needs JavaScript. Without it, all rows are in the results workbook.",
    )
    SEARCH: Final = Words("Suchen", "Search")
    SEARCH_FOR: Final = Words("Nummer, Datei, Grund …", "number, file, reason …")
    ANY_FILE: Final = Words("alle Dateien", "all files")
    KIND: Final = Words("Grund oder Hinweis", "Reason or warning")
    ANY_KIND: Final = Words("alle", "all")
    RESET: Final = Words("Filter löschen", "Clear filters")
    NONE_FOUND: Final = Words("Keine Zeile passt zu Suche und Filter.", "No row matches search and filters.")
    FOUND: Final = Words("{0} von {1} Zeilen", "{0} of {1} rows")
    PAGE: Final = Words("Seite {0} von {1}", "Page {0} of {1}")
    BACK: Final = Words("Zurück", "Back")
    FORWARD: Final = Words("Weiter", "Forward")
    WANTED: Final = Words("vorher → gewünscht", "before → wanted")
    PLACE: Final = Words("Stelle", "Place")
    PICTURE: Final = Words("Ergebnisse aller Zeilen als Balken", "Results of all rows as a bar")
    NO_ROWS: Final = Words("In diesem Abgleich wurde keine Zeile gelesen.", "No row was read in this run.")


class Overview:
    """Headings and labels of the overview page."""

    TITLE: Final = Words("Alle Abgleiche mit onOffice", "All onOffice syncs")
    NONE: Final = Words("Noch kein Abgleich.", "No run yet.")
    LAST: Final = Words("Der letzte Abgleich", "The last run")
    OPEN: Final = Words("Bericht öffnen", "Open the report")
    STREAK: Final = Words("Die letzten Abgleiche", "The last runs")
    ONE_RED: Final = Words(
        "Der letzte Abgleich wurde vorzeitig beendet.",
        "The last run ended early.",
    )
    RED: Final = Words(
        "{} rote Abgleiche in Folge: Seit dem {} endet jeder vorzeitig.",
        "{} red runs in a row: every one since {} ended early.",
    )
    ONE_CALM: Final = Words("Der letzte Abgleich lief bis zum Ende.", "The last run came to its end.")
    CALM: Final = Words(
        "Die letzten {} Abgleiche liefen bis zum Ende.",
        "The last {} runs came to their end.",
    )
    LONGEST: Final = Words(
        "Die meisten roten Abgleiche hintereinander: {}, vom {} bis zum {}.",
        "Most red runs in a row: {}, from {} to {}.",
    )
    LONGEST_ON_A_DAY: Final = Words(
        "Die meisten roten Abgleiche hintereinander: {}, alle am {}.",
        "Most red runs in a row: {}, all on {}.",
    )
    GREEN_NIGHT: Final = Words("alles erledigt", "all done")
    YELLOW_NIGHT: Final = Words("etwas zu klären", "something to settle")
    RED_NIGHT: Final = Words("vorzeitig beendet", "ended early")
    OVER_TIME: Final = Words("Im Verlauf", "Over time")
    OF_ONE: Final = Words(
        "Je Abgleich ein Balken; bisher gab es erst einen Abgleich.", "One bar for each run; there has been one so far."
    )
    OF_LAST: Final = Words("Die letzten {} Abgleiche, je Abgleich ein Balken.", "The last {} runs, one bar each.")
    CHANGES: Final = Words("Änderungen", "Changes")
    PROBLEMS: Final = Words("Zu klären", "To settle")
    DURATION: Final = Words("Dauer", "Duration")
    PICTURE: Final = Words("{}: zuletzt {}, höchstens {}, im Mittel {}", "{}: last {}, at most {}, on average {}")
    NEWEST: Final = Words("zuletzt", "last")
    MOST: Final = Words("höchstens", "at most")
    RUNS: Final = Words("Abgleiche", "Runs")
    RED_IN_MONTH: Final = Words("{} vorzeitig beendet", "{} ended early")


MONTHS: Final = (
    Words("Januar", "January"),
    Words("Februar", "February"),
    Words("März", "March"),
    Words("April", "April"),
    Words("Mai", "May"),
    Words("Juni", "June"),
    Words("Juli", "July"),
    Words("August", "August"),
    Words("September", "September"),
    Words("Oktober", "October"),
    Words("November", "November"),
    Words("Dezember", "December"),
)
DAY: Final = Words("%d.%m.%Y", "%Y-%m-%d")
