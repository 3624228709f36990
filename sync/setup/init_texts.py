"""What `init` asks and says, in German and English."""

from __future__ import annotations

from typing import Final

from sync.i18n.texts import Words

#: Asked before the language is known.
LANGUAGE: Final = "Sprache / Language (de, en)"
LANGUAGES: Final = {
    **dict.fromkeys(("de", "deutsch", "german"), "de"),
    **dict.fromkeys(("en", "englisch", "english"), "en"),
}
LANGUAGE_AGAIN: Final = "Bitte de oder en / please de or en"
#: Told before anything is asked.
FOLDER_GIVEN: Final = (
    "--config {path}: Das ist ein Ordner; bitte eine Datei darin nennen, etwa {example} / this is a folder; name a file in it, "
    "such as {example}"
)

WELCOME: Final = Words(
    "Ein paar Fragen, dann steht die Konfiguration. Mit der Eingabetaste nehmen Sie, was in eckigen Klammern steht; mit Strg-C "
    "brechen Sie ab, ohne dass etwas geschrieben wurde.",
    "A few questions, and the configuration is there. Enter takes what stands in brackets; Ctrl-C ends this and nothing is "
    "written.",
)
THERE_ALREADY: Final = Words(
    "{path} gibt es schon.\n  1  nur Token und Secret erneuern\n  2  die Fragen noch einmal durchgehen; vorgeschlagen wird, was "
    "jetzt gilt\n  3  nichts ändern\nWas möchten Sie tun?",
    "{path} is there already.\n  1  only renew token and secret\n  2  go through the questions again; what holds now is "
    "proposed\n  3  change nothing\nWhat would you like to do?",
)
BAD_CHOICE: Final = Words("Bitte 1, 2 oder 3.", "Please 1, 2 or 3.")
BROKEN: Final = Words(
    "{path} gibt es schon und enthält Fehler:\n{mistakes}\nEine neue Konfiguration schreiben? Die jetzige bleibt als Kopie "
    "daneben.",
    "{path} is there already and has mistakes:\n{mistakes}\nWrite a new configuration? A copy of the present one stays beside "
    "it.",
)
KEPT: Final = Words("Die bisherige Konfiguration liegt als {path} daneben.", "The former configuration lies beside it as {path}.")
CREDENTIALS_THERE: Final = Words(
    "Token und Secret sind schon hinterlegt. Erneuern?", "Token and secret are stored already. Renew them?"
)
LEFT_ALONE: Final = Words("Nichts wurde geändert.", "Nothing has been changed.")

OFFICE: Final = Words("Name des Büros, so wie er in Berichten stehen soll", "Name of the office, as reports shall show it")
DROP: Final = Words("Ablageordner: Hier legen alle ihre Dateien ab", "Drop folder: where everybody puts their files")
RESULTS: Final = Words(
    "Ergebnisordner: Hier liegen am Morgen die Ergebnisse", "Results folder: where the results lie in the morning"
)
SHOWN_AS: Final = Words(
    "Unter welchem Pfad sehen Ihre Leute den Ergebnisordner, etwa \\\\server\\abgleich\\results oder S:\\results? "
    "(-: so wie dieser Rechner)",
    "Under which path do your people see the results folder, such as \\\\server\\abgleich\\results or S:\\results? (-: as this "
    "computer does)",
)
NOT_WHOLE: Final = Words(
    "Bitte einen ganzen Pfad, so wie er auf den Rechnern Ihrer Leute lautet (\\\\server\\... oder S:\\...), oder - für keinen.",
    "Please a whole path, as it is on your people's computers (\\\\server\\... or S:\\...), or - for none.",
)
FOREIGN: Final = Words(
    "So heißt ein Ordner auf einem anderen System. Bitte den Pfad, wie dieser Rechner ihn sieht; wie Ihre Leute die Ergebnisse "
    "erreichen, kommt gleich.",
    "That is how another system names a folder. Please the path as this computer sees it; how your people reach the results "
    "comes in a moment.",
)
ARCHIVE: Final = Words("Archiv: Hierhin kommen erledigte Dateien", "Archive: where files go that are done")
STATE: Final = Words(
    "Arbeitsordner: das Gedächtnis des Abgleichs, auf einer Festplatte dieses Rechners",
    "State folder: the job's own memory, on a disk of this computer",
)
URL: Final = Words("Adresse von onOffice", "Address of onOffice")
RATE: Final = Words(
    "Höchstens so viele Anfragen in der Minute (0: so schnell es geht)", "Most requests in a minute (0: as fast as it goes)"
)
MAX_CHANGES: Final = Words(
    "Wie viele Verknüpfungen darf ein Abgleich höchstens ändern, bevor er anhält und fragt? (0: beliebig viele)",
    "How many links may one run change at most before it stops and asks? (0: any number)",
)
A_WEEK: Final = Words(
    "Im Kalender stehen um heute herum etwa {links} Verknüpfungen je Woche; vorgeschlagen wird, was darüber hinausgeht.",
    "The calendar shows about {links} links a week around today; what goes beyond is proposed.",
)

EMPTY: Final = Words("Bitte geben Sie etwas ein.", "Please enter something.")
TAKEN: Final = Words("Dieser Ordner ist schon für etwas anderes vergeben.", "This folder is taken for something else already.")
AROUND: Final = Words(
    "In diesem Ordner liegt schon einer, den Ihre Leute brauchen; der Arbeitsordner ist für sie geschlossen.",
    "A folder that your people need lies within this one; the state folder is closed to them.",
)
BAD_URL: Final = Words(
    "Die Adresse beginnt mit https:// (http:// nur für eine Probe auf diesem Rechner) und enthält keine Zugangsdaten.",
    "The address begins with https:// (http:// only for a rehearsal on this computer) and holds no credentials.",
)
BAD_NUMBER: Final = Words("Bitte eine ganze Zahl ab 0.", "Please a whole number from 0.")
BAD_ANSWER: Final = Words("Bitte j oder n.", "Please y or n.")
AGAIN: Final = Words("Dann bitte noch einmal.", "Once more, then, please.")
ANYWAY: Final = Words("Trotzdem so eintragen?", "Take it anyway?")
YES_NO: Final = Words("j/n", "y/n")

STORE_IN_KEYRING: Final = Words(
    "Token und Secret des API-Benutzers im Schlüsselbund dieses Benutzers ablegen?",
    "Store token and secret of the API user in this user's keyring?",
)
STORE_IN_FILE: Final = Words(
    "Token und Secret in {path} ablegen? Nur Sie können die Datei lesen; das Programm findet sie von selbst.",
    "Store token and secret in {path}? Only you can read that file; the program finds it by itself.",
)
REPLACE_LINES: Final = Words(
    "{path} enthält schon {names}. Nur das ersetzen? Alles andere darin bleibt, wie es ist.",
    "{path} holds {names} already. Replace only that? Everything else in it stays as it is.",
)
TOKEN: Final = Words("Token (wird nicht angezeigt)", "Token (not shown)")
SECRET: Final = Words("Secret (wird nicht angezeigt)", "Secret (not shown)")
NOT_STORED: Final = Words("Das Ablegen ging nicht: {why}", "Storing did not work: {why}")
LATER: Final = Words(
    "Legen Sie {names} später ab: in {path}, im Schlüsselbund oder als Umgebungsvariablen des Benutzers, unter dem der Abgleich "
    "läuft.",
    "Store {names} later: in {path}, in the keyring, or as environment variables of the user that runs the job.",
)

WRITTEN: Final = Words("{path} ist geschrieben. Die Prüfung:", "{path} is written. The examination:")
EXAMINED: Final = Words("Die Prüfung:", "The examination:")
MEND: Final = Words(
    "\nAls Nächstes: Beheben Sie, was oben als Problem steht, und prüfen Sie noch einmal:\n  {doctor}",
    "\nNext: put right what is called a problem above, and examine again:\n  {doctor}",
)
RENEW: Final = Words(
    "Token und Secret geben Sie neu ein mit (dort 1 wählen):\n  {init}",
    "Token and secret are entered anew with (choose 1 there):\n  {init}",
)
NEXT: Final = Words(
    "\nAls Nächstes, jeder Befehl in einer Zeile.\nWas ein Abgleich täte, ohne etwas zu ändern:\n  {run}\nEine Vorlage für Ihre "
    "Leute:\n  {template}\nDer nächtliche Start, zum Ansehen; --install richtet ihn ein:\n  {schedule}",
    "\nNext, each command in one line.\nWhat a run would do, without changing anything:\n  {run}\nA template for your people:\n  "
    "{template}\nThe nightly start, to look at; --install sets it up:\n  {schedule}",
)
