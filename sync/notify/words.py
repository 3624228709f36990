"""What stands in messages, in German and English, besides `sync.i18n.texts` and the reports' own words."""

from __future__ import annotations

from typing import Final

from sync.i18n.texts import Words

# to staff, about a file
FILE_DONE: Final = Words("{file}: alles erledigt", "{file}: all done")
FILE_NEEDS_ONE: Final = Words("{file}: {count} Zeile braucht Ihre Hilfe", "{file}: {count} row needs your help")
FILE_NEEDS: Final = Words("{file}: {count} Zeilen brauchen Ihre Hilfe", "{file}: {count} rows need your help")
FILE_NOT_READABLE: Final = Words("{file}: nicht lesbar", "{file}: could not be read")
FILE_STOPPED: Final = Words("{file}: nichts übertragen", "{file}: nothing was sent")
FILE_KEPT: Final = Words("{file}: wartet auf den nächsten Abgleich", "{file}: waits for the next run")
FILE_RECOVERED: Final = Words("{file}: jetzt alles erledigt", "{file}: all done now")
FILES_NEED_ONE: Final = Words("{file} braucht Ihre Hilfe ({count} Dateien)", "{file} needs your help ({count} files)")
FILES_NEED: Final = Words("{troubled} von {count} Dateien brauchen Ihre Hilfe", "{troubled} of {count} files need your help")
FILES_KEPT: Final = Words("{count} Dateien warten auf den nächsten Abgleich", "{count} files wait for the next run")
FILES_DONE: Final = Words("{count} Dateien: alles erledigt", "{count} files: all done")
MORE_FILES: Final = Words("Weitere Dateien:", "More files:")
WHAT: Final = Words("Was nicht stimmt ({}):", "What is wrong ({}):")
DO: Final = Words("Was Sie tun können: {}", "What you can do: {}")
ONE_MORE_FINDING: Final = Words("und {} weitere Meldung", "and {} more finding")
MORE_FINDINGS: Final = Words("und {} weitere Meldungen", "and {} more findings")
ROW: Final = Words("Zeile {}", "row {}")
ROW_NUMBERS: Final = Words("Zeilen {}", "rows {}")
MORE: Final = Words("und {} weitere", "and {} more")
CORRECTION: Final = Words(
    "Die Korrekturdatei „{file}“ liegt dieser Nachricht bei. Berichtigen Sie die rot hinterlegten Zellen, speichern Sie die "
    "Datei und legen Sie sie in den Ablageordner; mehr ist nicht nötig. Sie liegt auch hier: {path}",
    "The correction file “{file}” comes with this message. Correct the cells with a red background, save the file and put it "
    "into the drop folder; that is all. It is here as well: {path}",
)
COPY_THERE: Final = Words("Ihre Datei mit dem Ergebnis jeder Zeile: {}", "Your file with the result of every row: {}")

# to whoever looks after the job, about a run
RUN_FINE: Final = Words("{office}: alles in Ordnung", "{office}: all well")
RUN_RECOVERED: Final = Words("{office}: wieder in Ordnung", "{office}: all well again")
RUN_NEEDS: Final = Words("{office}: {what}", "{office}: {what}")
RUN_STOPPED: Final = Words("{office}: Abgleich vorzeitig beendet", "{office}: the run ended early")
RUN_FAILED: Final = Words("{office}: Abgleich fehlgeschlagen", "{office}: the run failed")
UNDONE: Final = Words("{office}: Abgleich {run} zurückgenommen", "{office}: run {run} taken back")
RUN_NOTICED: Final = Words("{office}: bitte nachsehen", "{office}: please have a look")
FAILED: Final = Words(
    "Der Abgleich konnte nicht beginnen oder nicht zu Ende gehen. Es ist nichts verloren; der nächste Abgleich macht weiter.",
    "The run could not start or could not finish. Nothing is lost; the next run carries on.",
)
MISTAKE: Final = Words("Das ist ein Fehler im Programm ({}).", "This is a mistake in the program ({}).")
MISSED_ONE: Final = Words(
    "In der Nacht zum {days} ist der Abgleich nicht gelaufen. Prüfen Sie, ob der Rechner an war und was den Abgleich startet "
    "(onoffice-sync schedule).",
    "The job did not run in the night to {days}. Check whether the computer was on, and what starts the job (onoffice-sync "
    "schedule).",
)
MISSED: Final = Words(
    "In {count} Nächten ist der Abgleich nicht gelaufen (zum {days}). Prüfen Sie, ob der Rechner an war und was den Abgleich "
    "startet (onoffice-sync schedule).",
    "The job did not run in {count} nights (to {days}). Check whether the computer was on, and what starts the job "
    "(onoffice-sync schedule).",
)
QUIET_ONE: Final = Words(
    "Seit einem Arbeitstag ist keine Datei eingegangen. Prüfen Sie, ob noch jemand Dateien ablegt und ob das der richtige "
    "Ordner ist: {drop}",
    "No file has arrived for one working day. Check whether somebody still drops files, and whether this is the right folder: "
    "{drop}",
)
QUIET: Final = Words(
    "Seit {count} Arbeitstagen ist keine Datei eingegangen. Prüfen Sie, ob noch jemand Dateien ablegt und ob das der richtige "
    "Ordner ist: {drop}",
    "No file has arrived for {count} working days. Check whether somebody still drops files, and whether this is the right "
    "folder: {drop}",
)
NO_ROWS: Final = Words(
    "Ohne eine einzige Zeile angekommen: {files}. Vermutlich ist der Export leer geblieben.",
    "Arrived without a single row: {files}. Probably the export came out empty.",
)
STUCK_ONE: Final = Words(
    "Eine Datei liegt seit gestern oder länger im Ablageordner, ohne dass ein Abgleich sie lesen konnte: {files}. Sehen Sie "
    "nach, ob jemand sie noch geöffnet hat, ob sie ganz angekommen ist und ob der Abgleich sie lesen darf.",
    "A file has been in the drop folder since yesterday or longer, and no run could read it: {files}. See whether somebody still "
    "has it open, whether all of it has arrived, and whether the job may read it.",
)
STUCK: Final = Words(
    "{count} Dateien liegen seit gestern oder länger im Ablageordner, ohne dass ein Abgleich sie lesen konnte: {files}. Sehen "
    "Sie nach, ob jemand sie noch geöffnet hat, ob sie ganz angekommen sind und ob der Abgleich sie lesen darf.",
    "{count} files have been in the drop folder since yesterday or longer, and no run could read them: {files}. See whether "
    "somebody still has them open, whether all of them have arrived, and whether the job may read them.",
)
FILES: Final = Words("Dateien:", "Files:")
LEFT: Final = Words("Noch im Ablageordner:", "Still in the drop folder:")
RESULTS: Final = Words("Bericht: {}", "Report: {}")
RUN: Final = Words("Abgleich vom {when} ({run})", "Run of {when} ({run})")
DAY: Final = Words("%d.%m.%Y", "%Y-%m-%d")
TRIAL_TITLE: Final = Words("{office}: Probe", "{office}: a trial")
TRIAL: Final = Words(
    "Diese Nachricht ist eine Probe. Wenn Sie sie lesen, kommen Nachrichten des Abgleichs hier an.",
    "This message is a trial. If you read it, messages of the job arrive here.",
)
