"""Every sentence of the doctor, in German and English: what is found, and what to do about it."""

from __future__ import annotations

import errno
import os
from typing import Final, NamedTuple

from sync.i18n.texts import Language, Words, shown, trouble_text
from sync.onoffice.dialect import Trait
from sync.setup.doctor.finding import Finding, Level, Symptom

_S = Symptom


class _Text(NamedTuple):
    """What is found, and what to do; None where there is nothing to do."""

    what: Words
    step: Words | None = None


LEVELS: Final = {
    Level.OK: Words("in Ordnung", "ok"),
    Level.WARNING: Words("Warnung", "warning"),
    Level.PROBLEM: Words("Problem", "problem"),
}
_FOLDERS: Final = {
    "": Words("Ordner", "folder"),
    "drop": Words("Ablageordner", "drop folder"),
    "archive": Words("Archiv", "archive"),
    "refused": Words("Ordner für nicht gelesene Dateien", "folder of refused files"),
    "results": Words("Ergebnisordner", "results folder"),
    "state": Words("Arbeitsordner", "state folder"),
}
_GIVE_RIGHTS: Final = Words(
    "Geben Sie dem Benutzer, unter dem der Abgleich läuft, in diesem Ordner das Recht zum Lesen, Schreiben und Löschen.",
    "Give the user that runs this job the right to read, write and delete in this folder.",
)
_ASK_ADMIN: Final = Words(
    "Geben Sie dem API-Benutzer in onOffice (Extras, Einstellungen, Benutzer, Rechte) für Termine aller Benutzer die Rechte zum "
    "Lesen und Ändern sowie das Leserecht für Adressen.",
    "Give the API user in onOffice (Extras, Settings, User, Rights) the rights to read and edit appointments of all users and to "
    "read addresses.",
)
_LOOK_YOURSELF: Final = Words(
    "Sehen Sie sich den Termin in onOffice an und starten Sie diese Prüfung noch einmal.",
    "Look at the appointment in onOffice and start this examination again.",
)
_SET_CLOCK: Final = Words(
    "Stellen Sie Datum, Uhrzeit und Zeitzone dieses Rechners richtig und lassen Sie ihn seine Uhr selbst stellen (NTP).",
    "Set date, time and time zone of this computer right, and let it keep its clock by itself (NTP).",
)
#: What the system, or SQLite about the ledger, says in English: in German.
_SAID: Final = {
    os.strerror(errno.EACCES): "Zugriff verweigert",
    os.strerror(errno.EPERM): "nicht erlaubt",
    os.strerror(errno.EROFS): "schreibgeschützt",
    os.strerror(errno.ENOENT): "nicht gefunden",
    os.strerror(errno.ENOTDIR): "in diesem Pfad liegt eine Datei, wo ein Ordner sein müsste",
    os.strerror(errno.EIO): "der Datenträger meldet einen Fehler",
    os.strerror(errno.ENAMETOOLONG): "der Name ist zu lang",
    "disk I/O error": "der Datenträger meldet einen Fehler",
    "unable to open database file": "die Datei lässt sich nicht öffnen",
    "attempt to write a readonly database": "schreibgeschützt",
    "file is not a database": "das ist keine Datenbank",
    "database disk image is malformed": "die Datei ist beschädigt",
    "it is empty": "die Datei ist leer",
}
_MAKE_ROOM: Final = Words("Machen Sie auf diesem Datenträger Platz.", "Make room on that disk.")

_SETTING_UP: Final = {
    _S.PROGRAM: _Text(Words("onoffice-sync {detail}.", "onoffice-sync {detail}.")),
    _S.READER_FINE: _Text(
        Words("Jede Art von Dateien lässt sich lesen ({detail}).", "Every kind of file can be read ({detail})."),
    ),
    _S.WORKBOOK_FINE: _Text(
        Words(
            "Eine Arbeitsmappe lässt sich in {path} ablegen und von dort lesen.",
            "A workbook can be put into {path} and read from there.",
        ),
    ),
    _S.WORKBOOK_LOST: _Text(
        Words(
            "Eine Arbeitsmappe, die in {path} abgelegt wurde, ließ sich von dort nicht lesen ({detail}).",
            "A workbook that was put into {path} could not be read from there ({detail}).",
        ),
        Words(
            "Prüfen Sie, ob ein Virenscanner oder ein Programm, das Ordner abgleicht, dort neue Dateien sperrt, und ob Platz "
            "ist.",
            "Check whether a virus scanner or a program that keeps folders in step holds new files there, and whether there is "
            "room.",
        ),
    ),
    _S.READER_BROKEN: _Text(
        Words(
            "Auf diesem Rechner lassen sich keine Dateien lesen ({detail}).",
            "No files can be read on this machine ({detail}).",
        ),
        Words(
            "Installieren Sie das Programm neu, am besten in eine neue Umgebung (venv), und starten Sie diese Prüfung noch "
            "einmal. Hilft das nicht, prüfen Sie, ob Arbeitsspeicher und offene Dateien für den Benutzer knapp begrenzt sind "
            "(ulimit).",
            "Install the program anew, best into a new environment (venv), and start this examination again. If that does not "
            "help, check whether memory and open files are tightly limited for the user (ulimit).",
        ),
    ),
    _S.CONFIGURATION_FINE: _Text(Words("Die Konfiguration {path} ist lesbar.", "The configuration {path} can be read.")),
    _S.CONFIGURATION_WRONG: _Text(
        Words("Konfiguration: {detail}", "Configuration: {detail}"),
        Words(
            "Berichtigen Sie die Konfiguration und starten Sie diese Prüfung noch einmal. Eine neue schreibt: onoffice-sync init",
            "Correct the configuration and start this examination again. A new one is written by: onoffice-sync init",
        ),
    ),
    _S.IN_ENVIRONMENT: _Text(
        Words("{detail} steht in der Umgebung.", "{detail} is set in the environment."),
    ),
    _S.FROM_SYSTEMD: _Text(
        Words("{detail} kommt von systemd (LoadCredential).", "{detail} comes from systemd (LoadCredential)."),
    ),
    _S.IN_KEYRING: _Text(
        Words("{detail} steht im Schlüsselbund dieses Benutzers.", "{detail} is in this user's keyring."),
    ),
    _S.MISSING: _Text(
        Words(
            "{detail} fehlt: weder in der Umgebung noch im Schlüsselbund noch in {path}.",
            "{detail} is missing: neither in the environment nor in the keyring nor in {path}.",
        ),
        Words(
            "Schreiben Sie eine Zeile {detail}='...' in {path} (chmod 600), setzen Sie die Umgebungsvariable {detail}, oder "
            "legen Sie den Wert ab mit: keyring set onoffice-sync {detail}. Prüfen Sie unter demselben Benutzer, unter dem der "
            "Abgleich nachts läuft.",
            "Put a line {detail}='...' into {path} (chmod 600), set the environment variable {detail}, or store the value with: "
            "keyring set onoffice-sync {detail}. Examine as the same user that runs the job at night.",
        ),
    ),
    _S.IN_FILE: _Text(
        Words("{detail} steht in {path}.", "{detail} is in {path}."),
    ),
    _S.FILE_NOT_READ: _Text(
        Words(
            "Die Datei {path} mit den Zugangsdaten kann nicht gelesen werden ({detail}).",
            "The file {path}, which holds the credentials, cannot be read ({detail}).",
        ),
        Words(
            "Sie muss eine gewöhnliche Datei in UTF-8 sein und dem Benutzer gehören, unter dem der Abgleich läuft.",
            "It has to be a plain file in UTF-8 that belongs to the user that runs the job.",
        ),
    ),
    _S.ODD_LENGTH: _Text(
        Words("{path} hat nicht die übliche Länge ({detail} Zeichen).", "{path} has not the usual length ({detail} characters)."),
        Words(
            "Kopieren Sie den Wert noch einmal aus onOffice; oft fehlt ein Zeichen, oder Token und Secret sind vertauscht.",
            "Copy the value from onOffice once more; often a character is missing, or token and secret changed places.",
        ),
    ),
    _S.OPEN_FILE: _Text(
        Words(
            "Die Datei {path} mit den Zugangsdaten ist für andere Benutzer offen und wird deshalb nicht gelesen.",
            "The file {path}, which holds the credentials, is open to other users and is therefore not read.",
        ),
        Words(
            "Schließen Sie sie mit: chmod 600 {path}. War sie auf einem Rechner mit anderen Benutzern offen, erzeugen Sie in "
            "onOffice ein neues Secret.",
            "Close it with: chmod 600 {path}. If it was open on a machine with other users, make a new secret in onOffice.",
        ),
    ),
}

_FOLDER: Final = {
    _S.FOLDER_FINE: _Text(
        Words(
            "{folder} {path}: anlegen, umbenennen und löschen geht.",
            "{folder} {path}: creating, renaming and deleting works.",
        ),
    ),
    _S.FOLDER_MISSING: _Text(
        Words(
            "{folder} {path}: noch nicht vorhanden; das Anlegen übernimmt der erste Abgleich.",
            "{folder} {path}: not there yet; the first run makes it.",
        ),
        Words(
            "Nichts zu tun, wenn Sie gerade erst anfangen. Sonst prüfen Sie die Schreibweise und ob die "
            "Netzwerkfreigabe verbunden ist.",
            "Nothing to do if you are just beginning. If not, check the name and whether the network share is connected.",
        ),
    ),
    _S.CANNOT_BE_MADE: _Text(
        Words("{folder} {path} lässt sich nicht anlegen: {detail}.", "{folder} {path} cannot be made: {detail}."),
        Words(
            "Legen Sie den Ordner an, oder nennen Sie in der Konfiguration einen anderen.",
            "Make the folder, or name another one in the configuration.",
        ),
    ),
    _S.NOT_A_FOLDER: _Text(
        Words("{folder} {path} ist kein Ordner, sondern eine Datei.", "{folder} {path} is no folder but a file."),
        Words(
            "Nennen Sie in der Konfiguration einen anderen Ordner, oder räumen Sie die Datei weg.",
            "Name another folder in the configuration, or move the file away.",
        ),
    ),
    _S.CANNOT_LIST: _Text(
        Words("{folder} {path} lässt sich nicht öffnen: {detail}.", "{folder} {path} cannot be opened: {detail}."), _GIVE_RIGHTS
    ),
    _S.CANNOT_CREATE: _Text(
        Words("{folder} {path}: Anlegen geht nicht: {detail}.", "{folder} {path}: files cannot be created: {detail}."),
        _GIVE_RIGHTS,
    ),
    _S.CANNOT_RENAME: _Text(
        Words("{folder} {path}: Umbenennen geht nicht: {detail}.", "{folder} {path}: files cannot be renamed: {detail}."),
        _GIVE_RIGHTS,
    ),
    _S.CANNOT_DELETE: _Text(
        Words("{folder} {path}: Löschen geht nicht: {detail}.", "{folder} {path}: files cannot be deleted: {detail}."),
        _GIVE_RIGHTS,
    ),
    _S.NO_ROOM: _Text(
        Words("{folder} {path}: Auf dem Datenträger ist kein Platz mehr.", "{folder} {path}: the disk has no room left."),
        _MAKE_ROOM,
    ),
    _S.CLOCK_OF_SHARE: _Text(
        Words(
            "{folder} {path}: Die Uhr dieses Speichers weicht um {detail} Sekunden ab.",
            "{folder} {path}: the clock of this storage differs by {detail} seconds.",
        ),
        Words(
            "Stellen Sie die Uhr des Dateiservers richtig; an den Zeiten erkennt der Abgleich, ob eine Datei fertig ist.",
            "Set the clock of the file server right; by the times this job knows whether a file is complete.",
        ),
    ),
    _S.ON_SHARE: _Text(
        Words(
            "{folder} {path} liegt auf einer Netzwerkfreigabe ({detail}); sie muss verbunden sein, wenn der Abgleich beginnt.",
            "{folder} {path} lies on a network share ({detail}); it has to be connected when the job starts.",
        ),
    ),
    _S.STATE_ON_SHARE: _Text(
        Words(
            "{folder} {path} liegt auf einer Netzwerkfreigabe ({detail}); dort kann das Gedächtnis des Abgleichs Schaden nehmen.",
            "{folder} {path} lies on a network share ({detail}); the job's memory can be damaged there.",
        ),
        Words(
            "Nennen Sie unter folders.state einen Ordner auf einer Festplatte dieses Rechners.",
            "Name a folder on a disk of this computer in folders.state.",
        ),
    ),
    _S.STATE_OPEN: _Text(
        Words(
            "{folder} {path} ist für andere Benutzer dieses Rechners offen.",
            "{folder} {path} is open to other users of this computer.",
        ),
        Words(
            "Nichts zu tun: Der nächste Abgleich schließt ihn. Sofort geht es mit: chmod 700 {path}",
            "Nothing to do: the next run closes it. To do so at once: chmod 700 {path}",
        ),
    ),
    _S.STATE_SHARED: _Text(
        Words(
            "{folder} {path} gehört einem anderen Benutzer, andere dürfen darin schreiben, oder es liegt Fremdes darin. Der "
            "Abgleich arbeitet so nicht.",
            "{folder} {path} belongs to another user, others may write to it, or it holds things that are not the job's. The job "
            "does not work with it.",
        ),
        Words(
            "Nennen Sie unter folders.state einen eigenen Ordner. Ist es der eigene, prüfen Sie seinen Inhalt, und schließen Sie "
            "ihn als der Benutzer, unter dem der Abgleich läuft: chmod 700 {path}",
            "Name a folder of the job's own in folders.state. If this is one, look through it, and close it as the user that "
            "runs the job: chmod 700 {path}",
        ),
    ),
    _S.LINKED: _Text(
        Words(
            "{folder} {path} ist oder liegt hinter einer Verknüpfung (Symlink), die auch andere angelegt haben können; ihr folgt "
            "der Abgleich nicht.",
            "{folder} {path} is a link, or lies behind one, that others can have made, too; the job does not follow it.",
        ),
        Words(
            "Entfernen Sie die Verknüpfung, oder nennen Sie in der Konfiguration den Ordner, zu dem sie führt.",
            "Take the link away, or name the folder that it leads to in the configuration.",
        ),
    ),
    _S.AS_ROOT: _Text(
        Words(
            "Dieser Befehl läuft als root. Der Abgleich braucht das nicht, und was in Ablage und Ergebnissen liegt, stammt von "
            "anderen.",
            "This command runs as root. The job does not need that, and what lies in the drop folder and the results comes from "
            "others.",
        ),
        Words(
            "Richten Sie den Abgleich unter einem eigenen Benutzer ein (schedule systemd --as BENUTZER), und starten Sie ihn als "
            "diesen.",
            "Set the job up under a user of its own (schedule systemd --as USER), and start it as that user.",
        ),
    ),
    _S.ONE_FILE_SYSTEM: _Text(
        Words(
            "Ablageordner und Arbeitsordner liegen auf demselben Datenträger: Dateien werden in einem Schritt übernommen.",
            "Drop folder and state folder lie on the same file system: files are taken in one step.",
        ),
    ),
    _S.TWO_FILE_SYSTEMS: _Text(
        Words(
            "Ablageordner und Arbeitsordner liegen auf verschiedenen Datenträgern: Dateien werden kopiert, geprüft und dann erst "
            "entfernt.",
            "Drop folder and state folder lie on different file systems: files are copied, compared and only then taken away.",
        ),
    ),
    _S.SPACE_FINE: _Text(Words("{detail} GB frei für {path}.", "{detail} GB free for {path}.")),
    _S.SPACE_LITTLE: _Text(Words("Nur {detail} GB frei für {path}.", "Only {detail} GB free for {path}."), _MAKE_ROOM),
    _S.SPACE_NONE: _Text(
        Words("Kein Platz mehr für {path} ({detail} GB frei).", "No room left for {path} ({detail} GB free)."), _MAKE_ROOM
    ),
    _S.LEDGER_FINE: _Text(
        Words("Das Gedächtnis des Abgleichs {path} ist heil.", "The job's memory {path} is sound."),
    ),
    _S.LEDGER_BROKEN: _Text(
        Words("Das Gedächtnis des Abgleichs {path} ist unbrauchbar: {detail}.", "The job's memory {path} is unusable: {detail}."),
        Words(
            "Holen Sie die Datei aus der letzten Sicherung zurück, oder legen Sie sie beiseite; ohne sie beginnt der Abgleich "
            "ein neues Gedächtnis.",
            "Bring the file back from the last backup, or put it aside; without it the job begins a new memory.",
        ),
    ),
    _S.LEDGER_FULL: _Text(
        Words(
            "Für das Gedächtnis des Abgleichs {path} ist kein Platz mehr; prüfen lässt es sich erst, wenn wieder Platz ist.",
            "There is no room left for the job's memory {path}; it can be examined only once there is.",
        ),
        _MAKE_ROOM,
    ),
    _S.LEDGER_HELD: _Text(
        Words(
            "Das Gedächtnis des Abgleichs {path} wird von einem anderen Programm festgehalten.",
            "The job's memory {path} is held by another program.",
        ),
        Words(
            "Schließen Sie, was es geöffnet hat (ein Datenbankprogramm, eine Sicherung, einen Virenscanner), und starten Sie "
            "diese Prüfung noch einmal.",
            "Close what has it open (a database browser, a backup, a virus scanner) and start this examination again.",
        ),
    ),
    _S.LEDGER_NEWER: _Text(
        Words(
            "Das Gedächtnis des Abgleichs {path} wurde von einer neueren Fassung dieses Programms geschrieben.",
            "A newer version of this program wrote the job's memory {path}.",
        ),
        Words("Bringen Sie dieses Programm auf den neuen Stand.", "Update this program."),
    ),
    _S.DATABASE_FINE: _Text(
        Words("Die Datenbank, die {detail} nennt, ist erreichbar.", "The database that {detail} names can be reached."),
    ),
    _S.DATABASE_BROKEN: _Text(
        Words(
            "Die Datenbank, die {path} nennt, ist nicht brauchbar: {detail}.",
            "The database that {path} names is unusable: {detail}.",
        ),
        Words(
            "Prüfen Sie Adresse, Benutzer und Passwort, und ob die Datenbank von hier aus erreichbar ist.",
            "Check address, user and password, and whether the database can be reached from here.",
        ),
    ),
}

_ONOFFICE: Final = {
    _S.NOT_ASKED: _Text(
        Words(
            "onOffice wurde nicht gefragt, weil die Zugangsdaten fehlen.",
            "onOffice was not asked, because the credentials are missing.",
        ),
        Words(
            "Hinterlegen Sie Token und Secret und starten Sie diese Prüfung noch einmal.",
            "Provide token and secret and start this examination again.",
        ),
    ),
    _S.ANSWERS: _Text(Words("onOffice antwortet unter {path}.", "onOffice answers at {path}.")),
    _S.UNREACHABLE: _Text(
        Words("Keine brauchbare Antwort von {path}: {detail}.", "No usable answer from {path}: {detail}."),
        Words(
            "Prüfen Sie die Internetverbindung dieses Rechners, die Firewall (Port 443 nach außen) und die Adresse in "
            "onoffice.url; auch ein Filter oder eine Anmeldeseite kann dazwischen stehen. Zugangsdaten, Uhr und Rechte konnten "
            "nicht geprüft werden.",
            "Check this computer's internet connection, the firewall (port 443 outwards) and the address in onoffice.url; a "
            "filter or a login page may stand in between, too. Credentials, clock and rights could not be examined.",
        ),
    ),
    _S.BAD_ANSWERS: _Text(
        Words(
            "Unter {path} antwortet etwas, das nicht onOffice ist: {detail}.",
            "What answers at {path} is not onOffice: {detail}.",
        ),
        Words(
            "Prüfen Sie die Adresse in onoffice.url und ob ein Filter oder eine Anmeldeseite dazwischen steht.",
            "Check the address in onoffice.url, and whether a filter or a login page stands in between.",
        ),
    ),
    _S.REQUEST_REFUSED: _Text(
        Words(
            "onOffice hat die Anfrage als Ganzes abgelehnt (Fehlernummer {detail}).",
            "onOffice refused the request as a whole (error number {detail}).",
        ),
        Words(
            "Das ist ein Fehler dieses Programms oder eine Änderung bei onOffice: Melden Sie die Nummer.",
            "That is a mistake of this program or a change at onOffice: report the number.",
        ),
    ),
    _S.TOO_MANY_REQUESTS: _Text(
        Words(
            "onOffice antwortet unter {path}, nimmt im Augenblick aber keine Anfragen an, auch nicht nach Pausen: zu viele in "
            "der Minute ({detail}).",
            "onOffice answers at {path}, but takes no requests at the moment, not even after pauses: too many a minute "
            "({detail}).",
        ),
        Words(
            "Starten Sie diese Prüfung in einigen Minuten noch einmal. Bleibt es dabei, fragen Sie onOffice, wie viele Anfragen "
            "in der Minute erlaubt sind, und ob andere Programme mit denselben Zugangsdaten arbeiten.",
            "Start this examination again in a few minutes. If it stays so, ask onOffice how many requests a minute are allowed, "
            "and whether other programs use the same credentials.",
        ),
    ),
    _S.REDIRECTED: _Text(
        Words(
            "{path} verweist auf eine andere Adresse: {detail}. Dorthin wurde nichts gesendet.",
            "{path} points to another address: {detail}. Nothing was sent there.",
        ),
        Words(
            "Fragen Sie onOffice, ob diese Adresse stimmt. Wenn ja, tragen Sie sie als onoffice.url in die Konfiguration ein.",
            "Ask onOffice whether this address is right. If it is, enter it as onoffice.url in the configuration.",
        ),
    ),
    _S.LEARNT: _Text(
        Words("Über Ihr onOffice gelernt: {detail} (Lauf {path}).", "Learnt about your onOffice: {detail} (run {path})."),
    ),
    _S.CREDENTIALS_TAKEN: _Text(
        Words("onOffice nimmt Token und Secret an.", "onOffice accepts token and secret."),
    ),
    _S.CREDENTIALS_REFUSED: _Text(
        Words(
            "onOffice nimmt Token und Secret nicht an (Fehlernummer {detail}).",
            "onOffice does not accept token and secret (error number {detail}).",
        ),
        Words(
            "Kopieren Sie beide noch einmal aus onOffice; sie müssen zusammengehören. Ein neu erzeugtes Secret macht das alte "
            "Token ungültig. Prüfen Sie auch, ob der API-Benutzer aktiv ist.",
            "Copy both from onOffice once more; they have to belong together. A new secret makes the old token void. Check too "
            "whether the API user is active.",
        ),
    ),
    _S.CLOCK_FINE: _Text(
        Words(
            "Die Uhr dieses Rechners geht richtig (Abweichung von onOffice: {detail} s).",
            "The clock of this computer is right ({detail} s from that of onOffice).",
        ),
    ),
    _S.CLOCK_SLIPS: _Text(
        Words(
            "Die Uhr dieses Rechners geht um {detail} Sekunden anders als die von onOffice; ab 120 nimmt onOffice nichts an.",
            "The clock of this computer is {detail} seconds from that of onOffice; from 120 on, onOffice accepts nothing.",
        ),
        _SET_CLOCK,
    ),
    _S.CLOCK_WRONG: _Text(
        Words(
            "Die Uhr dieses Rechners geht um {detail} Sekunden falsch; onOffice nimmt deshalb nichts an.",
            "The clock of this computer is wrong by {detail} seconds; onOffice therefore accepts nothing.",
        ),
        _SET_CLOCK,
    ),
    _S.CLOCK_FOLLOWED: _Text(
        Words(
            "Die Uhr dieses Rechners geht um {detail} Sekunden falsch. Der Abgleich unterschreibt seine Anfragen deshalb mit der "
            "Uhrzeit von onOffice.",
            "The clock of this computer is wrong by {detail} seconds. The job therefore signs its requests with the time of "
            "onOffice.",
        ),
        _SET_CLOCK,
    ),
    _S.CLOCK_DISPUTED: _Text(
        Words(
            "onOffice nimmt die Uhrzeit der Anfragen nicht an, obwohl die Uhr dieses Rechners mit seiner übereinstimmt.",
            "onOffice does not accept the time of the requests, although the clock of this computer agrees with its own.",
        ),
        Words(
            "Versuchen Sie es in einer Stunde noch einmal. Bleibt es dabei, melden Sie es onOffice: Fehlernummer 136.",
            "Try again in an hour. If it stays so, report it to onOffice: error number 136.",
        ),
    ),
    _S.CLOCK_REFUSED: _Text(
        Words(
            "onOffice nimmt die Uhrzeit der Anfragen nicht an; um wie viel die Uhr dieses Rechners falsch geht, sagt es nicht.",
            "onOffice does not accept the time of the requests; by how much the clock of this computer is wrong, it does not "
            "say.",
        ),
        _SET_CLOCK,
    ),
    _S.CLOCK_NOT_KNOWN: _Text(
        Words(
            "Ob die Uhr dieses Rechners richtig geht, ließ sich nicht feststellen: Die Antwort nennt keine Uhrzeit.",
            "Whether the clock of this computer is right could not be found out: the answer does not tell the time.",
        ),
        Words("Sehen Sie selbst nach der Uhr dieses Rechners.", "Look at the clock of this computer yourself."),
    ),
    _S.READS: _Text(
        Words(
            "Der API-Benutzer sieht Termine ({detail} in den Wochen um heute).",
            "The API user sees appointments ({detail} in the weeks around today).",
        ),
    ),
    _S.READS_NOTHING: _Text(
        Words(
            "Der API-Benutzer sieht in den Wochen um heute keinen einzigen Termin.",
            "The API user sees not a single appointment in the weeks around today.",
        ),
        Words(
            "Gibt es welche, fehlt ihm das Leserecht für Termine aller Benutzer („Alle“, nicht nur „Eigene“).",
            "If there are any, the user lacks the right to read appointments of all users (“All”, not just “Own”).",
        ),
    ),
    _S.READ_REFUSED: _Text(
        Words(
            "ACHTUNG: Der API-Benutzer darf Termine nicht lesen (Fehlernummer {detail}). Der Abgleich läuft dann blind: Nichts "
            "wird nachgeprüft.",
            "ATTENTION: The API user may not read appointments (error number {detail}). The job then works blind: nothing is "
            "verified.",
        ),
        _ASK_ADMIN,
    ),
    _S.READ_REFUSED_BUT_NEEDED: _Text(
        Words(
            "Der API-Benutzer darf Termine nicht lesen (Fehlernummer {detail}); mit sending.look = true geht dann gar nichts.",
            "The API user may not read appointments (error number {detail}); with sending.look = true nothing works then.",
        ),
        _ASK_ADMIN,
    ),
    _S.READ_UNCLEAR: _Text(
        Words(
            "Ob der API-Benutzer Termine lesen darf, blieb offen: onOffice antwortete nicht eindeutig.",
            "Whether the API user may read appointments stayed open: onOffice gave no clear answer.",
        ),
        Words("Starten Sie diese Prüfung noch einmal.", "Start this examination again."),
    ),
    _S.LIST_REFUSED: _Text(
        Words(
            "onOffice listet keine Termine auf (Fehlernummer {detail}); an einem Recht liegt das nicht. Der Abgleich fragt dann "
            "auf anderen Wegen nach jedem Termin einzeln.",
            "onOffice lists no appointments (error number {detail}); that is not for want of a right. The job then asks for each "
            "appointment in other ways.",
        ),
        Words(
            "Ob das geht, zeigt ein Termin, den Sie nennen: onoffice-sync doctor --appointment NUMMER",
            "Whether that works, an appointment shows that you name: onoffice-sync doctor --appointment NUMBER",
        ),
    ),
    _S.UNKNOWN_WORDS: _Text(
        Words(
            "onOffice nennt Status mit Wörtern, die dieses Programm nicht kennt: {detail}. Wo sie stehen, bleibt der Stand "
            "unbekannt.",
            "onOffice says statuses in words that this program does not know: {detail}. Where they stand, the state stays "
            "unknown.",
        ),
        Words(
            "Der Abgleich lernt ein solches Wort, sobald es bei zwei Verknüpfungen nach einer Änderung zurückkommt. Bleibt es "
            "nach einigen Nächten unbekannt, melden Sie diese Zeile.",
            "The job learns such a word as soon as it comes back from two links after a change. If it is still unknown after "
            "some nights, report this line.",
        ),
    ),
    _S.WRITE_NOT_TRIED: _Text(
        Words("Das Recht zum Schreiben wurde nicht geprüft.", "The right to write was not examined."),
        Words(
            "Nennen Sie einen Termin, mit dem mindestens eine Adresse verknüpft ist, am besten einen eigens angelegten: "
            "onoffice-sync doctor --appointment NUMMER. Dort wird ein Status noch einmal auf den Wert gesetzt, den er schon hat.",
            "Name an appointment with at least one linked address, best one made for this purpose: "
            "onoffice-sync doctor --appointment NUMBER. One status there is set once more to what it is already.",
        ),
    ),
    _S.NO_APPOINTMENT: _Text(
        Words(
            "Den Termin {detail} gibt es nicht, oder der API-Benutzer darf ihn nicht sehen.",
            "There is no appointment {detail}, or the API user may not see it.",
        ),
        Words(
            "Nennen Sie die Datensatznummer eines Termins, den es in onOffice gibt. Stimmt sie, fehlt das Leserecht für Termine "
            "aller Benutzer.",
            "Name the record number of an appointment that onOffice has. If it is right, the right to read appointments of all "
            "users is missing.",
        ),
    ),
    _S.NOT_LINKED: _Text(
        Words(
            "Termin und Adresse {path} sind nicht verknüpft. Verknüpft sind: {detail}.",
            "Appointment and address {path} are not linked. Linked are: {detail}.",
        ),
        Words(
            "Nennen Sie eine der verknüpften Adressen, oder lassen Sie --address weg.",
            "Name one of the linked addresses, or leave --address out.",
        ),
    ),
    _S.NOBODY_LINKED: _Text(
        Words(
            "Mit dem Termin {detail} ist keine Adresse verknüpft, oder der API-Benutzer darf keine Adressen sehen.",
            "No address is linked to appointment {detail}, or the API user may see no addresses.",
        ),
        Words(
            "Nennen Sie einen Termin mit mindestens einer Adresse.",
            "Name an appointment with at least one address.",
        ),
    ),
    _S.NO_KNOWN_WORD: _Text(
        Words(
            "Der Stand von Termin und Adresse {path} ist in keinem Wort, das dieses Programm kennt.",
            "The state of appointment and address {path} is in no word that this program knows.",
        ),
        Words(
            "Nennen Sie eine andere Adresse. Ist es überall so, melden Sie es: onOffice hat dann seine Wörter geändert.",
            "Name another address. If it is so everywhere, report it: onOffice has changed its words then.",
        ),
    ),
    _S.CANNOT_LOOK: _Text(
        Words(
            "Ohne den Termin {detail} lesen zu dürfen, lässt sich das Recht zum Schreiben nicht gefahrlos prüfen.",
            "Without the right to read appointment {detail}, the right to write cannot be examined without risk.",
        ),
        _ASK_ADMIN,
    ),
    _S.NO_WAY_TO_LOOK: _Text(
        Words(
            "onOffice zeigt den Termin {path} auf keinem der Wege, die dieses Programm kennt (Fehlernummern: {detail}). An einem "
            "Recht liegt das nicht; nachprüfen kann der Abgleich so nichts.",
            "onOffice shows appointment {path} in none of the ways that this program knows (error numbers: {detail}). That is "
            "not for want of a right; the job can verify nothing like this.",
        ),
        Words("Melden Sie diese Zeile.", "Report this line."),
    ),
    _S.WRITES: _Text(
        Words(
            "Der API-Benutzer darf schreiben: Bei Termin und Adresse {path} wurde „{detail}“ noch einmal gesetzt.",
            "The API user may write: appointment and address {path} were set to “{detail}” once more.",
        ),
    ),
    _S.NO_RIGHT_TO_WRITE: _Text(
        Words(
            "Der API-Benutzer darf Termin und Adresse {path} nicht ändern (Fehlernummer {detail}).",
            "The API user may not change appointment and address {path} (error number {detail}).",
        ),
        _ASK_ADMIN,
    ),
    _S.WRITE_REFUSED: _Text(
        Words(
            "onOffice lehnt das Schreiben bei Termin und Adresse {path} ab (Fehlernummer {detail}).",
            "onOffice refuses the write to appointment and address {path} (error number {detail}).",
        ),
        Words(
            "Versuchen Sie es mit einem anderen Termin. Bleibt es dabei, melden Sie die Nummer.",
            "Try another appointment. If it stays so, report the number.",
        ),
    ),
    _S.WRITE_UNCLEAR: _Text(
        Words(
            "Ob der API-Benutzer bei Termin und Adresse {path} schreiben darf, blieb offen: Die Antwort ging verloren.",
            "Whether the API user may write to appointment and address {path} stayed open: the answer was lost.",
        ),
        Words("Starten Sie diese Prüfung noch einmal.", "Start this examination again."),
    ),
    _S.VERB_FINE: _Text(
        Words(
            "onOffice ändert mit „{detail}“, so wie es eingestellt ist (sending.modify_verb).",
            "onOffice changes with “{detail}”, as it is set (sending.modify_verb).",
        ),
    ),
    _S.VERB_DIFFERS: _Text(
        Words(
            "onOffice ändert bei Ihnen mit „{detail}“; eingestellt ist etwas anderes. Der Abgleich findet das selbst heraus.",
            "onOffice changes with “{detail}” at yours; something else is set. The job finds that out by itself.",
        ),
        Words(
            'Wenn Sie ihm das ersparen wollen, schreiben Sie in die Konfiguration unter [sending]: modify_verb = "{detail}"',
            'To spare it that, write into the configuration below [sending]: modify_verb = "{detail}"',
        ),
    ),
    _S.RESOURCE_ID_EMPTY: _Text(
        Words(
            "onOffice nimmt Änderungen ohne Datensatznummer im Feld resourceid an, so wie der Abgleich sie schickt.",
            "onOffice takes changes with an empty resourceid, as this job sends them.",
        ),
    ),
    _S.RESOURCE_ID_NEEDED: _Text(
        Words(
            "onOffice verlangt im Feld resourceid einen Wert ({detail} wurde angenommen); der Abgleich merkt das und schickt "
            "ihn.",
            "onOffice wants a value in resourceid ({detail} was accepted); this job notices that and sends it.",
        ),
    ),
    _S.NOTHING_CHANGED: _Text(
        Words(
            "Danach steht bei Termin und Adresse {path} alles wie vorher: {detail}. Nichts wurde geändert.",
            "Afterwards everything about appointment and address {path} is as before: {detail}. Nothing has changed.",
        ),
    ),
    _S.CHANGED: _Text(
        Words(
            "Während der Prüfung hat sich der Termin geändert; Termin und Adresse {path}: {detail}.",
            "The appointment changed during the examination; appointment and address {path}: {detail}.",
        ),
        _LOOK_YOURSELF,
    ),
    _S.OTHER_SET_BACK: _Text(
        Words(
            "Wird nur einer der beiden Status geschickt, setzt onOffice den anderen zurück. Bei Termin und Adresse {path} wurde "
            "er sofort wiederhergestellt: {detail}.",
            "Where only one of the two statuses is sent, onOffice resets the other. With appointment and address {path} it was "
            "set back at once: {detail}.",
        ),
        Words(
            "Nichts zu tun: Der Abgleich merkt das bei seiner ersten Änderung, die er allein schickt und nachsieht, stellt "
            "wieder her und schickt von da an immer beide.",
            "Nothing to do: the job notices that with its first change, which it sends alone and looks at, sets it back and from "
            "then on sends both.",
        ),
    ),
    _S.OTHER_LOST: _Text(
        Words(
            "Wird nur einer der beiden Status geschickt, setzt onOffice den anderen zurück. Bei Termin und Adresse {path} ließ "
            "er sich nicht nachweislich wiederherstellen; vorher: {detail}.",
            "Where only one of the two statuses is sent, onOffice resets the other. With appointment and address {path} it could "
            "not be shown to be set back; before: {detail}.",
        ),
        Words(
            "Sehen Sie sich den Termin in onOffice an, und setzen Sie den Status von Hand.",
            "Look at the appointment in onOffice, and set the status by hand.",
        ),
    ),
    _S.NOT_LOOKED_AT_AGAIN: _Text(
        Words(
            "Nach dem Schreiben ließ sich der Stand von Termin und Adresse {path} nicht mehr lesen.",
            "After the write the state of appointment and address {path} could not be read any more.",
        ),
        _LOOK_YOURSELF,
    ),
}
#: What runs learn about an API, with what stands after the name of the trait.
_LEARNT: Final[dict[str, Words]] = {
    Trait.WRITES: Words("Änderungen wurden schon nachgeprüft", "changes have been looked at already"),
    Trait.PARTIAL_WRITES: Words(
        "was aus dem Status wird, den eine Änderung nicht nennt: {value} (keep: er bleibt, reset: er geht verloren)",
        "what becomes of the status that a change does not name: {value} (keep: it stays, reset: it gets lost)",
    ),
    Trait.SETTLING: Words("Änderungen sind nach {value} Sekunden zu sehen", "changes can be seen after {value} seconds"),
    Trait.CONFIRMATION_WORD: Words("Wort für die Terminbestätigung: {value}", "word for the confirmation: {value}"),
    Trait.FEEDBACK_WORD: Words("Wort für das Feedback: {value}", "word for the feedback: {value}"),
    Trait.SINGLE_READ: Words("ein Termin wird gelesen mit: {value}", "one appointment is read with: {value}"),
    Trait.FOLLOW_UP: Words("showFollowUpStatus gehört nach: {value}", "showFollowUpStatus belongs to: {value}"),
    Trait.EXTRA_FIELDS: Words("weitere Felder von Terminen lesbar: {value}", "more fields of appointments can be read: {value}"),
    Trait.IDENTIFIERS: Words("Kennungen kommen unverändert zurück: {value}", "identifiers come back unchanged: {value}"),
    Trait.RESOURCE_ID: Words("resourceid einer Änderung: {value}", "resourceid of a change: {value}"),
    Trait.VERB: Words("geändert wird mit: {value}", "changes are made with: {value}"),
    Trait.GAP: Words("Pause zwischen zwei Anfragen: {value} Sekunden", "pause between two requests: {value} seconds"),
}

_IN_GIGABYTES: Final = frozenset({_S.SPACE_FINE, _S.SPACE_LITTLE, _S.SPACE_NONE})
_TEXTS: Final[dict[Symptom, _Text]] = {**_SETTING_UP, **_FOLDER, **_ONOFFICE}


def what(finding: Finding, language: Language) -> str:
    """What was found, in one or two sentences."""
    text = _filled(_TEXTS[finding.symptom].what, finding, language)
    return text[:1].upper() + text[1:] if finding.folder else text


def step(finding: Finding, language: Language) -> str:
    """What to do about it, "" where there is nothing to do."""
    words = _TEXTS[finding.symptom].step
    return _filled(words, finding, language) if words else ""


def level(finding: Finding, language: Language) -> str:
    """How serious it is, in one word."""
    return LEVELS[finding.level].text(language)


def summary(counts: dict[Level, int], language: Language) -> str:
    """How many findings there are of each kind."""
    words = Words(
        "In Ordnung: {ok}, Warnungen: {warning}, Probleme: {problem}.",
        "Ok: {ok}, warnings: {warning}, problems: {problem}.",
    )
    return words.text(language).format(**{level.value: number for level, number in counts.items()})


def _filled(words: Words, finding: Finding, language: Language) -> str:
    folder = _FOLDERS[finding.folder].text(language)
    detail = _in_words(finding, language)
    return words.text(language).format(detail=shown(detail, 400), path=shown(finding.path, 300), folder=folder)


def _in_words(finding: Finding, language: Language) -> str:
    """The detail of a finding as people of a language read it."""
    if finding.symptom is _S.LEARNT:
        trait, _, value = finding.detail.partition(": ")
        words = _LEARNT.get(trait)
        return words.text(language).format(value=value) if words else finding.detail
    detail = trouble_text(finding.detail, language)
    if language is not Language.DE:
        return detail
    return detail.replace(".", ",") if finding.symptom in _IN_GIGABYTES else _SAID.get(detail, detail)
