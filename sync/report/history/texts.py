"""Every sentence about past runs, in German and English."""

from __future__ import annotations

from typing import Final

from sync.i18n.texts import Words

NO_RUNS: Final = Words("Es gab noch keinen Abgleich.", "There has been no run yet.")
NO_SUCH_RUN: Final = Words(
    "Einen Abgleich mit der Kennung {run} gibt es nicht. Alle zeigt: onoffice-sync history",
    "There is no run {run}. All of them are shown by: onoffice-sync history",
)
SEVERAL_RUNS: Final = Words(
    "Mehrere Kennungen beginnen mit {run}: {some}. Bitte geben Sie mehr von der Kennung an.",
    "Several runs have ids that begin with {run}: {some}. Please give more of the id.",
)
AND_MORE: Final = Words("{} und {} weitere", "{} and {} more")

RUN: Final = Words("Abgleich", "Run")
UNDO_OF: Final = Words("Rücknahme von {}", "Undo of {}")
WHAT: Final = Words("Was", "What")
BEGAN: Final = Words("Beginn", "Began")
TOOK: Final = Words("Dauer", "Took")
CAME_TO: Final = Words("Ergebnis", "Result")
MORE_RUNS: Final = Words("... und {} ältere; alle zeigt --json.", "... and {} older ones; --json shows all.")

NOT_OVER: Final = Words("läuft noch oder wurde unterbrochen", "still active, or interrupted")
CARRIED_ON: Final = Words("wurde unterbrochen; weitergeführt von {}", "was interrupted; carried on by {}")
STOPPED: Final = Words("Vorzeitig beendet: {}", "Ended early: {}")
UNDONE: Final = Words("Zurückgenommen von {}.", "Taken back by {}.")
ACCEPTED: Final = Words("Freigegeben wurde damit der Abgleich {}.", "With it, run {} was let pass.")
FORGOTTEN: Final = Words(
    "Seine Einzelheiten wurden am {} entfernt, weil sie älter waren als eingestellt ([retention] days).",
    "Its details were removed on {} because they were older than the setting ([retention] days).",
)
FINISHED: Final = Words("fertig", "finished")
REQUESTS: Final = Words("Anfragen an onOffice", "Requests to onOffice")
REQUESTS_AND_ROUNDS: Final = Words(
    "Anfragen an onOffice: {requests}, Änderungsaufträge: {actions}, Runden: {rounds}",
    "Requests to onOffice: {requests}, writing actions: {actions}, rounds: {rounds}",
)
FILES: Final = Words("Dateien", "Files")
MORE_FILES: Final = Words("und {} weitere", "and {} more")
WENT: Final = Words("liegt jetzt", "is now")
FATES: Final = {
    "archive": Words("im Archiv", "in the archive"),
    "refuse": Words("bei den abgelehnten Dateien", "with the refused files"),
    "return": Words("wieder im Ablageordner", "back in the drop folder"),
    None: Words("noch in Arbeit", "still worked on"),
}
STAYED: Final = Words("noch im Ablageordner: {}", "still in the drop folder: {}")
ROWS: Final = Words("Zeilen", "Rows")
LINKS: Final = Words("Übertragene Verknüpfungen", "Links that were sent")
MORE_LINKS: Final = Words("... und {} weitere; alle zeigt --json.", "... and {} more; --json shows all.")
NO_LINKS: Final = Words("Übertragen wurde nichts.", "Nothing was sent.")
UNSETTLED: Final = Words("noch offen", "still open")
LEFT_AT: Final = Words("gesendet", "sent")
ANSWER: Final = Words("Antwort", "Answer")
READ: Final = Words("ansehen", "look")
WRITE: Final = Words("ändern", "write")
ANSWERED: Final = Words("beantwortet", "answered")
NO_ANSWER: Final = Words("keine Antwort vermerkt", "no answer noted")
UNCLEAR: Final = Words("ohne klare Antwort ({})", "no clear answer ({})")
NOT_TAKEN: Final = Words("nicht angenommen ({})", "not taken ({})")
TOO_LARGE: Final = Words("als zu groß abgelehnt", "refused as too large")
TURNED_AWAY: Final = Words("abgewiesen ({})", "turned away ({})")
FOR_LINKS: Final = Words("Verknüpfungen", "Links")
