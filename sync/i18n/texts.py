"""Every sentence about rows, files and runs that people read, in German and English. Imports only the model.

A text may hold `{where}`, `{column}`, `{value}`, `{hint}` and `{detail}`. A part in square brackets is left out when one of the
words it needs is missing, so that no text ever shows an empty place.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import subprocess
from contextvars import ContextVar
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.domain.model import Aim, CheckOutcome, Code, Column, Confirmation, Feedback, Odd, Stop, Verdict, Why, WhyLeft, is_run_id

if TYPE_CHECKING:
    from pathlib import Path

    from sync.domain.model import Accepted, Left, Link, Notice, Place, Reason, Stopped


class Language(StrEnum):
    """The languages of everything people read."""

    DE = "de"
    EN = "en"


class Words(NamedTuple):
    """One text in every language."""

    de: str
    en: str

    def text(self, language: Language) -> str:
        """The text in one language; the commands in it are those for the office at hand."""
        text = self.de if language is Language.DE else self.en
        named = _NAMED.get()
        return _OF_OURS.sub(lambda found: f"{found[0]}{named}", text) if named and _PROGRAM in text else text


_PROGRAM: Final = "onoffice-sync "
_OF_OURS: Final = re.compile(_PROGRAM + "(?:run|doctor|undo|schedule|history|show)\\b")
_NAMED: Final[ContextVar[str]] = ContextVar("named", default="")


def name_in_commands(config: Path | None) -> None:
    """From now on, commands in texts name this configuration, as it has to be named; None where every command finds it."""
    path = str(config.resolve()) if config else ""
    if not path or set(path) & set("{}[]"):  # these mean something in texts
        _NAMED.set("")
    else:
        _NAMED.set(f" --config {subprocess.list2cmdline([path]) if os.name == 'nt' else shlex.quote(path)}")


class Advice(NamedTuple):
    """What is wrong, and what a person does next."""

    what: Words
    next_step: Words


_NOTHING_TO_DO: Final = Words("Nichts zu tun.", "Nothing to do.")
_ENTER_ID: Final = Words(
    "Tragen Sie die Datensatznummer aus onOffice ein (nicht die Kundennummer) und legen Sie die Zeile noch einmal ab.",
    "Enter the record number from onOffice (not the customer number) and drop the row again.",
)
_RETYPE_ID: Final = Words(
    "Geben Sie der Zelle das Format „Text“, tragen Sie die Datensatznummer aus onOffice neu ein und legen Sie die Zeile noch "
    "einmal ab.",
    "Give the cell the format “Text”, enter the record number from onOffice anew and drop the row again.",
)
_CHOOSE_WORD: Final = Words(
    "Tragen Sie einen der zulässigen Werte ein und legen Sie die Zeile noch einmal ab.",
    "Enter one of the allowed values and drop the row again.",
)
_LOOK_IN_CRM: Final = Words(
    "Sehen Sie sich den Termin in onOffice an. Stimmt der Stand dort nicht, legen Sie die Zeile noch einmal ab; das schadet nie.",
    "Look at the appointment in onOffice. If its state is not right, drop the row again; that never does harm.",
)
_SAVE_AS_WORKBOOK: Final = Words(
    "Öffnen Sie die Datei in Excel, speichern Sie sie als Excel-Arbeitsmappe (.xlsx) und legen Sie sie noch einmal ab.",
    "Open the file in Excel, save it as an Excel workbook (.xlsx) and drop it again.",
)

_TELL_AND_SAVE_ANEW: Final = Words(
    "Sagen Sie der Person Bescheid, die den Abgleich betreut. Kopieren Sie inzwischen die Zeilen in eine neue Arbeitsmappe und "
    "legen Sie diese ab.",
    "Tell the person who looks after this job. In the meantime copy the rows into a new workbook and drop that.",
)

_SAVE_ANEW: Final = Words(
    "Öffnen Sie die Datei in Excel oder LibreOffice, speichern Sie sie neu und legen Sie sie noch einmal ab.",
    "Open the file in Excel or LibreOffice, save it anew and drop it again.",
)


def _or_raise(step: Words, setting: str) -> Words:
    """What to do about a file beyond a limit, and which setting of the configuration is that limit."""
    return Words(
        f"{step.de} Geht das nicht, bitten Sie die Person, die den Abgleich betreut, die Grenze anzuheben "
        f"(Einstellung {setting}).",
        f"{step.en} If you cannot, ask the person who looks after this job to raise the limit (setting {setting}).",
    )


_SPLIT_FILE: Final = Words(
    "Teilen Sie die Datei in mehrere kleinere auf und legen Sie diese ab.",
    "Split the file into several smaller ones and drop those.",
)
_TELL_SUPPORT: Final = Words(
    "Geben Sie diese Meldung an die Person weiter, die den Abgleich betreut. Die Dateien sind sicher aufgehoben.",
    "Pass this message on to the person who looks after this job. The files are kept safe.",
)
_MORE_RIGHTS: Final = Words(
    "Bitten Sie Ihre onOffice-Administration, dem Benutzer des Abgleichs die fehlenden Rechte zu geben, und legen Sie die "
    "Zeile "
    "danach noch einmal ab.",
    "Ask your onOffice administrator to give this job's user the missing rights, then drop the row again.",
)
_SHOW_HIDDEN: Final = Words(
    "Nichts zu tun, wenn die Zeile gelten soll. Sonst löschen Sie sie aus der Datei, statt sie auszublenden.",
    "Nothing to do if the row is meant to count. If not, delete it from the file instead of hiding it.",
)

_SWAPPED: Final = Words(
    "[ Das gilt für alle {hint} geprüften Zeilen dieser Datei: Sehen Sie zuerst nach, ob die Spalten für Termin und Adresse "
    "vertauscht sind.]",
    "[ So it is with all {hint} rows of this file that were looked up: first check whether the columns of appointment and "
    "address are swapped.]",
)

_CODES: Final[dict[Code, Advice]] = {
    Code.MISSING_ID: Advice(Words("{where} fehlt die Datensatznummer.", "{where} the record number is missing."), _ENTER_ID),
    Code.BAD_ID: Advice(
        Words(
            "{value} ist keine Datensatznummer; sie besteht nur aus Ziffern, zum Beispiel 70001.",
            "{value} is not a record number; that is digits only, for example 70001.",
        ),
        _ENTER_ID,
    ),
    Code.DATE_AS_ID: Advice(
        Words(
            "{value} ist ein Datum, keine Datensatznummer. Oft hat Excel die Zahl in ein Datum umgewandelt.",
            "{value} is a date, not a record number. Often Excel has turned the number into a date.",
        ),
        _RETYPE_ID,
    ),
    Code.BOOLEAN_AS_ID: Advice(
        Words(
            "{value} ist ein Wahrheitswert (WAHR oder FALSCH), keine Datensatznummer.",
            "{value} is a truth value (TRUE or FALSE), not a record number.",
        ),
        _ENTER_ID,
    ),
    Code.INEXACT_ID: Advice(
        Words(
            "{value} lässt sich nicht sicher als Datensatznummer lesen: Die Zahl ist nicht ganz oder so lang, dass Excel sie "
            "rundet.",
            "{value} cannot be read safely as a record number: it is not whole, or so long that Excel rounds it.",
        ),
        _RETYPE_ID,
    ),
    Code.ZERO_AS_ID: Advice(
        Words(
            "{value} ist keine Datensatznummer; die kleinste ist 1. Oft steht eine 0 dort, wo eine Formel auf eine leere Zelle "
            "verweist.",
            "{value} is not a record number; the lowest is 1. Often a 0 stands where a formula refers to a blank cell.",
        ),
        _ENTER_ID,
    ),
    Code.FOREIGN_DIGITS: Advice(
        Words(
            "{value} enthält Ziffern einer anderen Schrift oder Breite.[ Meinten Sie {hint}?]",
            "{value} holds digits of another script or width.[ Did you mean {hint}?]",
        ),
        Words(
            "Tippen Sie die Datensatznummer mit den Ziffern 0 bis 9 neu und legen Sie die Zeile noch einmal ab.",
            "Type the record number anew with the digits 0 to 9 and drop the row again.",
        ),
    ),
    Code.ID_TOO_LONG: Advice(
        Words(
            "{value} ist zu lang für eine Datensatznummer; sie hat höchstens 18 Ziffern.",
            "{value} is too long for a record number; that has 18 digits at most.",
        ),
        _ENTER_ID,
    ),
    Code.UNKNOWN_WORD: Advice(
        Words(
            "{value} ist kein zulässiger Wert.[ Meinten Sie {hint}?]",
            "{value} is not an allowed value.[ Did you mean {hint}?]",
        ),
        _CHOOSE_WORD,
    ),
    Code.NOTHING_TO_SET: Advice(
        Words(
            "In dieser Zeile steht weder eine Terminbestätigung noch eine Terminrückmeldung.",
            "This row has neither a confirmation nor a feedback.",
        ),
        Words(
            "Tragen Sie mindestens einen der beiden Werte ein und legen Sie die Zeile noch einmal ab.",
            "Enter at least one of the two and drop the row again.",
        ),
    ),
    Code.ERROR_CELL: Advice(
        Words("{where} steht ein Excel-Fehler[: {value}].", "{where} there is an Excel error[: {value}]."),
        Words(
            "Berichtigen Sie die Formel oder tragen Sie den Wert von Hand ein, und legen Sie die Zeile noch einmal ab.",
            "Correct the formula or enter the value by hand, then drop the row again.",
        ),
    ),
    Code.FORMULA_WITHOUT_VALUE: Advice(
        Words(
            "{where} steht eine Formel, zu der kein Ergebnis gespeichert ist.",
            "{where} there is a formula without a stored value.",
        ),
        Words(
            "Öffnen Sie die Datei in Excel, speichern Sie sie und legen Sie sie noch einmal ab.",
            "Open the file in Excel, save it and drop it again.",
        ),
    ),
    Code.READINGS_DIFFER: Advice(
        Words(
            "{where} ergeben zwei Lesungen der Zelle Verschiedenes: einmal {value}, einmal {hint}. Deshalb wird die Zeile nicht "
            "übertragen.",
            "{where} two readings of the cell differ: {value} and {hint}. So the row is not sent.",
        ),
        _SAVE_ANEW,
    ),
    Code.RECORD_TOO_LONG: Advice(
        Words(
            "Diese Zeile hat mehr Felder als die Kopfzeile[ (überzählig: {value})]; welches Feld zu welcher Spalte gehört, ist "
            "unklar.",
            "This row has more fields than the header row[ (surplus: {value})]; which field belongs to which column is unclear.",
        ),
        Words(
            "Öffnen Sie die Datei in Excel, bringen Sie die Werte unter die richtigen Spalten und legen Sie die Zeile noch "
            "einmal ab.",
            "Open the file in Excel, move the values below the right headings and drop the row again.",
        ),
    ),
    Code.DAMAGED_TEXT: Advice(
        Words(
            "{value} enthält beschädigte Zeichen, vermutlich zerstörte Umlaute.[ Meinten Sie {hint}?]",
            "{value} holds damaged characters, probably broken umlauts.[ Did you mean {hint}?]",
        ),
        Words(
            "Tippen Sie den Wert neu, speichern Sie die Datei als Excel-Arbeitsmappe (.xlsx) und legen Sie die Zeile noch "
            "einmal ab.",
            "Type the value anew, save the file as an Excel workbook (.xlsx) and drop the row again.",
        ),
    ),
    Code.BAD_BEGIN: Advice(
        Words("{value} ist kein gültiger Terminbeginn.", "{value} is not a valid start of an appointment."),
        Words(
            "Schreiben Sie Datum und Uhrzeit so: 02.12.2026 09:00. Oder leeren Sie die Zelle. Legen Sie die Zeile dann noch "
            "einmal ab.",
            "Write date and time like this: 2026-12-02 09:00. Or clear the cell. Then drop the row again.",
        ),
    ),
    Code.ACTION_NOT_ALLOWED: Advice(
        Words(
            "Die Aktion[ {value}] ist in Ihrem Büro nicht freigegeben.",
            "The action[ {value}] is not enabled in your office.",
        ),
        Words(
            "Leeren Sie die Zelle, oder bitten Sie die Person, die den Abgleich betreut, die Aktion freizugeben.",
            "Clear the cell, or ask the person who looks after this job to enable the action.",
        ),
    ),
    Code.CONTRADICTION: Advice(
        Words(
            "Diese Zeile widerspricht einer anderen Zeile[: {hint}]. Deshalb wird keine von beiden übertragen.",
            "This row contradicts another row[: {hint}]. Neither of them is sent.",
        ),
        Words(
            "Entscheiden Sie, welche Zeile gilt, und legen Sie nur diese noch einmal ab.",
            "Decide which row counts, and drop only that one again.",
        ),
    ),
    Code.OTHERS_CONTRADICT: Advice(
        Words(
            "Zu demselben Termin und derselben Adresse widersprechen sich zwei andere Zeilen[: {hint}]. Deshalb wird auch diese "
            "Zeile nicht übertragen.",
            "Two other rows for the same appointment and address contradict each other[: {hint}]. So this row is not sent "
            "either.",
        ),
        Words(
            "Entscheiden Sie, welche der beiden gilt, und legen Sie diese und die vorliegende Zeile noch einmal ab, die andere "
            "nicht.",
            "Decide which of the two counts, and drop that one and this row again, but not the other one.",
        ),
    ),
    Code.OVERRULED: Advice(
        Words(
            "Für denselben Termin und dieselbe Adresse gibt es eine spätere Zeile mit anderen Werten[: {hint}]. Es gilt die "
            "spätere.",
            "A later row has other values for the same appointment and address[: {hint}]. The later one counts.",
        ),
        Words(
            "Nichts zu tun, wenn die spätere Zeile richtig ist. Sonst legen Sie nur diese Zeile noch einmal ab.",
            "Nothing to do if the later row is right. If not, drop only this row again.",
        ),
    ),
    Code.SAME_AS_EARLIER: Advice(
        Words(
            "Dasselbe steht schon in einer früheren Zeile[: {hint}].",
            "An earlier row already says the same[: {hint}].",
        ),
        _NOTHING_TO_DO,
    ),
    Code.SENT_BEFORE: Advice(
        Words(
            "Ein unterbrochener Abgleich hatte für diese Verknüpfung schon etwas übertragen. Das steht jetzt in onOffice.",
            "An interrupted run had already sent something for this link. That is what onOffice has now.",
        ),
        Words(
            "Sehen Sie in onOffice nach, ob es so bleiben kann, bis die Zeilen geklärt sind.",
            "Look in onOffice whether it can stay like that until the rows are settled.",
        ),
    ),
    Code.SAME_AS_SEVERAL: Advice(
        Words(
            "Mehrere frühere Zeilen sagen zusammen schon dasselbe[: {hint}].",
            "Several earlier rows together already say the same[: {hint}].",
        ),
        _NOTHING_TO_DO,
    ),
    Code.NOT_LINKED: Advice(
        Words(
            "Diese Adresse ist in onOffice nicht mit dem Termin verknüpft.",
            "This address is not linked to the appointment in onOffice.",
        ),
        Words(
            "Prüfen Sie beide Nummern, oder verknüpfen Sie Termin und Adresse in onOffice. Legen Sie die Zeile dann noch "
            "einmal ab.",
            "Check both numbers, or link the appointment and the address in onOffice. Then drop the row again.",
        ),
    ),
    Code.APPOINTMENT_UNKNOWN: Advice(
        Words(
            f"Einen Termin mit dieser Nummer gibt es in onOffice nicht, oder der Abgleich darf ihn nicht sehen.{_SWAPPED.de}",
            f"There is no appointment with this number in onOffice, or this job may not see it.{_SWAPPED.en}",
        ),
        Words(
            "Prüfen Sie die Datensatznummer des Termins in onOffice, berichtigen Sie sie und legen Sie die Zeile noch einmal ab.",
            "Check the record number of the appointment in onOffice, correct it and drop the row again.",
        ),
    ),
    Code.NO_RIGHT_TO_READ: Advice(
        Words(
            "Der Abgleich kann diesen Termin in onOffice nicht ansehen, und ohne das sendet er diese Zeile nicht.",
            "This job cannot look at the appointment in onOffice, and without that it does not send this row.",
        ),
        _MORE_RIGHTS,
    ),
    Code.REFUSED_BY_CRM: Advice(
        Words(
            "onOffice hat die Änderung abgelehnt[: {hint}][ (Fehlernummer {value})].",
            "onOffice refused the change[: {hint}][ (error number {value})].",
        ),
        Words(
            "Prüfen Sie Termin und Adresse in onOffice. Kommt die Meldung wieder, geben Sie sie an die Person weiter, die den "
            "Abgleich betreut.",
            "Check the appointment and the address in onOffice. If the message comes back, pass it on to the person who looks "
            "after "
            "this job.",
        ),
    ),
    Code.NOT_APPLIED: Advice(
        Words(
            "onOffice hat die Änderung angenommen, zeigt aber weiterhin einen anderen Stand.",
            "onOffice accepted the change but still shows another state.",
        ),
        _LOOK_IN_CRM,
    ),
    Code.NOT_MADE: Advice(
        Words(
            "onOffice nimmt die Änderung an, führt sie aber nicht aus: Auch nach dem zweiten Mal steht alles wie vorher.",
            "onOffice takes the change and does not make it: after the second time, too, everything is as before.",
        ),
        Words(
            "Prüfen Sie in onOffice, ob sich der Termin ändern lässt: Er kann zu einer Serie gehören, abgesagt oder privat sein "
            "oder jemand anderem gehören. Setzen Sie den Status dort von Hand.",
            "Check in onOffice whether the appointment can be changed: it may belong to a series, be cancelled or private, or be "
            "somebody else's. Set the status there by hand.",
        ),
    ),
    Code.NOT_ASKED_AGAIN: Advice(
        Words(
            "So ging die Zeile schon aus, als dieselbe Datei zum ersten Mal da lag; deshalb wurde nichts noch einmal gesendet.",
            "The row ended like this when the same file lay here before; so nothing was sent again.",
        ),
        Words(
            "Soll der Abgleich es noch einmal versuchen, legen Sie die Zeile in einer anderen Datei ab, zum Beispiel in der "
            "Korrekturdatei.",
            "To have the job try again, drop the row in another file, for example in the correction file.",
        ),
    ),
    Code.FEEDBACK_NOT_SET_UP: Advice(
        Words(
            "Für diesen Termin ist in onOffice keine Terminrückmeldung eingerichtet. Ihr Status ließ sich deshalb nicht setzen.",
            "Property feedback is not set up for this appointment in onOffice, so its status could not be set.",
        ),
        Words(
            "Richten Sie die Terminrückmeldung für die Terminart in onOffice ein (oder bitten Sie Ihre onOffice-Administration "
            "darum) und legen Sie die Zeile noch einmal ab. Brauchen Sie für diesen Termin keine Rückmeldung, lassen Sie die "
            "Zelle leer.",
            "Set up property feedback for this kind of appointment in onOffice (or ask whoever administers onOffice) and drop "
            "the row again. If the appointment needs no feedback, leave the cell blank.",
        ),
    ),
    Code.PERHAPS_HIDDEN: Advice(
        Words(
            "Diese Adresse ist nicht mit dem Termin verknüpft, oder der Abgleich darf sie in onOffice nicht sehen.",
            "This address is not linked to the appointment, or this job may not see it in onOffice.",
        ),
        Words(
            "Sehen Sie sich den Termin in onOffice an. Steht die Adresse dort, braucht der Benutzer des Abgleichs in onOffice "
            "das Recht, sie zu sehen; bitten Sie Ihre onOffice-Administration darum. Steht sie nicht dort, prüfen Sie beide "
            "Nummern. Legen Sie die Zeile dann noch einmal ab.",
            "Look at the appointment in onOffice. If the address is there, this job's user in onOffice needs the right to see "
            "it; ask whoever administers onOffice. If it is not there, check both numbers. Then drop the row again.",
        ),
    ),
    Code.OTHER_STATUS_LOST: Advice(
        Words(
            "Beim Ändern des einen Status hat onOffice den anderen zurückgesetzt. Er ließ sich nicht wiederherstellen.",
            "When one status was changed, onOffice reset the other one. It could not be brought back.",
        ),
        Words(
            "Stellen Sie den anderen Status in onOffice von Hand wieder ein; wie er vorher war, steht im Bericht.",
            "Set the other status by hand in onOffice; how it was before stands in the report.",
        ),
    ),
    Code.OTHER_STATUS_UNREAD: Advice(
        Words(
            "Nichts gesendet: Beim Ändern des einen Status setzt onOffice den anderen zurück, und welcher das hier ist, lässt "
            "sich nicht lesen.",
            "Nothing was sent: when one status is changed, onOffice resets the other one, and which that is here cannot be read.",
        ),
        Words(
            "Tragen Sie in der Zeile beide Status ein, oder ändern Sie den Status in onOffice von Hand.",
            "Fill in both statuses in the row, or change the status by hand in onOffice.",
        ),
    ),
    Code.OTHER_STATUS_SET_BACK: Advice(
        Words(
            "Beim Ändern des einen Status hat onOffice den anderen zurückgesetzt. Der Abgleich hat ihn gleich wiederhergestellt "
            "und sendet ab jetzt immer beide.",
            "When one status was changed, onOffice reset the other one. This job brought it back at once and sends both from "
            "now on.",
        ),
        _NOTHING_TO_DO,
    ),
    Code.BEFORE_UNKNOWN: Advice(
        Words(
            "Wie dieser Status vor dem Abgleich war, war nicht zu lesen[: {hint}]. Er bleibt, wie er jetzt ist.",
            "How this status was before the run could not be read[: {hint}]. It stays as it is now.",
        ),
        Words(
            "Sehen Sie sich den Termin in onOffice an und stellen Sie den Status von Hand ein, falls er nicht stimmt.",
            "Look at the appointment in onOffice and set the status by hand if it is not right.",
        ),
    ),
    Code.RESCHEDULED: Advice(
        Words(
            "Der Termin beginnt in onOffice anders als in der Tabelle[: {value}][; in der Tabelle steht {hint}]. Er wurde "
            "wohl inzwischen verlegt.",
            "In onOffice the appointment starts at another time than in the sheet[: {value}][; the sheet says {hint}]. It was "
            "probably rescheduled since.",
        ),
        Words(
            "Klären Sie, ob der Status auch für den neuen Zeitpunkt gilt. Wenn ja, tragen Sie den neuen Beginn ein und legen die "
            "Zeile noch einmal ab.",
            "Find out whether the status holds for the new time, too. If so, enter the new start and drop the row again.",
        ),
    ),
    Code.START_UNKNOWN: Advice(
        Words(
            "Wann der Termin in onOffice beginnt, war nicht zu sehen[; in der Tabelle steht {hint}]. Ob er verlegt wurde, ist "
            "offen, und solange das so ist, wird für diese Zeile nichts gesendet.",
            "When the appointment starts in onOffice could not be seen[; the sheet says {hint}]. Nobody knows whether it was "
            "rescheduled, and as long as that is so nothing is sent for this row.",
        ),
        Words(
            "Sehen Sie den Termin in onOffice an. Stimmt der Zeitpunkt, leeren Sie die Zelle mit dem Beginn und legen die Zeile "
            "noch einmal ab.",
            "Look at the appointment in onOffice. If the time is right, clear the cell with the start and drop the row again.",
        ),
    ),
    Code.CHANGED_SINCE: Advice(
        Words(
            "Jemand hat diese Verknüpfung inzwischen geändert; sie wurde deshalb nicht zurückgesetzt.",
            "Somebody has changed this link since, so it was not set back.",
        ),
        Words(
            "Entscheiden Sie, welcher Stand gelten soll, und stellen Sie ihn in onOffice ein. Eine Zeile der Korrekturdatei "
            "gilt, wenn Sie sie noch einmal ablegen.",
            "Decide which state shall hold, and set it in onOffice. A row of the correction file counts once you drop it again.",
        ),
    ),
    Code.OLD_FILE: Advice(
        Words(
            "Das hatte ein früherer Abgleich[ ({hint})] schon eingestellt; seitdem hat jemand oder ein späterer Abgleich es "
            "geändert[, auf {value}]. Überschrieben wurde nichts. Legen Sie die Zeile der Korrekturdatei ab, gilt sie wieder; "
            "sonst bleibt es, wie es ist.",
            "An earlier run[ ({hint})] had set this already; since then somebody or a later run has changed it[, to {value}]. "
            "Nothing was overwritten. If you drop the row of the correction file, it counts again; otherwise everything stays as "
            "it is.",
        ),
        Words(
            "Ist die Datei nur aus Versehen noch einmal abgelegt worden, ist nichts zu tun. Soll die Zeile wieder gelten, legen "
            "Sie die Korrekturdatei ab.",
            "If the file was dropped again by mistake only, there is nothing to do. If the row shall count again, drop the "
            "correction file.",
        ),
    ),
    Code.NO_ANSWER: Advice(
        Words(
            "Von onOffice kam keine verlässliche Antwort. Ob die Änderung angekommen ist, war nicht festzustellen.",
            "No reliable answer came from onOffice. Whether the change arrived could not be found out.",
        ),
        _LOOK_IN_CRM,
    ),
    Code.NOT_READ_BACK: Advice(
        Words(
            "onOffice hat die Änderung angenommen. Ob sie dort auch steht, ließ sich nicht mehr nachsehen.",
            "onOffice accepted the change. Whether it is there could not be looked up any more.",
        ),
        _LOOK_IN_CRM,
    ),
    Code.STOPPED: Advice(
        Words(
            "Der Abgleich endete, bevor diese Zeile an der Reihe war.",
            "The job ended before it was this row's turn.",
        ),
        Words(
            "Nichts zu tun: Der nächste Abgleich macht mit dieser Zeile weiter.",
            "Nothing to do: the next run carries on with this row.",
        ),
    ),
    Code.NOT_LOOKED_AT: Advice(
        Words(
            "Diese Zeile wurde übertragen. Der Abgleich endete, bevor er nachsehen konnte, ob die Änderung in onOffice "
            "angekommen ist.",
            "This row was sent. The job ended before it could look whether the change arrived in onOffice.",
        ),
        Words(
            "Nichts zu tun: Der nächste Abgleich sieht nach und holt nach, was fehlt.",
            "Nothing to do: the next run looks, and makes up for what is missing.",
        ),
    ),
    Code.TOO_MANY_CHANGES: Advice(
        Words(
            "Eine Grenze hält diese Zeile zurück: Es wären ungewöhnlich viele Änderungen auf einmal geworden.",
            "A limit holds this row back: there would have been unusually many changes at once.",
        ),
        Words(
            "Prüfen Sie, ob alle diese Zeilen so gewollt sind. Wenn ja, bitten Sie die Person, die den Abgleich betreut, sie "
            "durchzulassen. Wenn nicht, berichtigen Sie die Datei im Ablageordner.",
            "Check whether all these rows are what you want. If so, ask the person who looks after this job to let them pass. If "
            "not, correct the file in the drop folder.",
        ),
    ),
    Code.TOO_MANY_INVALID: Advice(
        Words(
            "Eine Grenze hält diese Zeile zurück: Ungewöhnlich viele andere Zeilen sind fehlerhaft.",
            "A limit holds this row back: unusually many other rows are invalid.",
        ),
        Words(
            "Berichtigen Sie die fehlerhaften Zeilen in den Dateien im Ablageordner. Sollen die übrigen Zeilen auch ohne sie "
            "übertragen werden, bitten Sie die Person, die den Abgleich betreut, sie durchzulassen.",
            "Correct the invalid rows of the files in the drop folder. If the other rows shall be sent without them, ask the "
            "person who looks after this job to let them pass.",
        ),
    ),
    Code.NOT_VERIFIED: Advice(
        Words(
            "onOffice hat die Änderung angenommen. Nachprüfen konnte der Abgleich sie nicht.",
            "onOffice accepted the change. This job could not verify it.",
        ),
        Words(
            "Sehen Sie bei wichtigen Terminen selbst in onOffice nach.",
            "Look at important appointments in onOffice yourself.",
        ),
    ),
    Code.MAY_ASK_FOR_FEEDBACK: Advice(
        Words(
            "Mit diesem Stand kann onOffice die Adresse nach dem Termin per E-Mail um eine Rückmeldung bitten.",
            "With this state onOffice may ask the address for feedback by e-mail after the appointment.",
        ),
        Words("Nichts zu tun, wenn das so gewollt ist.", "Nothing to do if that is what you want."),
    ),
    Code.MAY_REMIND: Advice(
        Words(
            "onOffice erinnert an diesen Termin alle, die bestätigt haben, mit diesem Stand also auch diese Adresse.",
            "onOffice reminds everybody of this appointment who has confirmed, so with this state this address, too.",
        ),
        Words("Nichts zu tun, wenn das so gewollt ist.", "Nothing to do if that is what you want."),
    ),
    Code.RECURRING: Advice(
        Words(
            "Der Termin gehört zu einer Serie. Der Status gilt womöglich für alle Termine der Serie.",
            "The appointment is one of a series. The status may hold for all appointments of the series.",
        ),
        Words(
            "Sehen Sie in onOffice nach, ob die anderen Termine der Serie stimmen.",
            "Look in onOffice whether the other appointments of the series are right.",
        ),
    ),
    Code.REPAIRED: Advice(
        Words("{value} wurde[ als {hint}] verstanden.", "{value} was understood[ as {hint}]."),
        Words("Nichts zu tun, wenn es so gemeint war.", "Nothing to do if that is what was meant."),
    ),
    Code.HIDDEN_SHEET: Advice(
        Words(
            "Diese Zeile steht auf einem ausgeblendeten Tabellenblatt und wird trotzdem berücksichtigt.",
            "This row is on a hidden sheet and is used all the same.",
        ),
        _SHOW_HIDDEN,
    ),
    Code.HIDDEN_ROW: Advice(
        Words(
            "Diese Zeile ist ausgeblendet und wird trotzdem berücksichtigt.",
            "This row is hidden and is used all the same.",
        ),
        _SHOW_HIDDEN,
    ),
    Code.FILTERED_ROW: Advice(
        Words(
            "Diese Zeile ist durch einen Filter ausgeblendet und wird trotzdem berücksichtigt.",
            "This row is hidden by a filter and is used all the same.",
        ),
        _SHOW_HIDDEN,
    ),
    Code.HIDDEN_COLUMN: Advice(
        Words(
            "{where} steht ein Wert, obwohl sie ausgeblendet ist; er wird trotzdem berücksichtigt.",
            "{where}, which is hidden, there is a value; it is used all the same.",
        ),
        Words(
            "Nichts zu tun, wenn der Wert gelten soll. Sonst leeren Sie die Spalte, statt sie auszublenden.",
            "Nothing to do if the value is meant to count. If not, clear the column instead of hiding it.",
        ),
    ),
    Code.MERGED_CELL: Advice(
        Words(
            "{where} steht eine verbundene Zelle[ mit dem Wert {value}]; er gilt auch für diese Zeile.",
            "{where} there is a merged cell[ with the value {value}]; it counts for this row too.",
        ),
        Words(
            "Nichts zu tun, wenn es so gemeint war. Sonst heben Sie die Verbindung auf und tragen den Wert nur dort ein, wo er "
            "gelten soll.",
            "Nothing to do if that is what was meant. If not, unmerge the cells and enter the value only where it is meant to "
            "count.",
        ),
    ),
    Code.UNDER_MERGED_CELL: Advice(
        Words(
            "{where} liegt unter verbundenen Zellen[ der Wert {value}]; zu sehen ist er nicht, deshalb wird er nicht gelesen.",
            "{where} there is something below merged cells[: {value}]; nobody sees it, so it is not read.",
        ),
        Words(
            "Nichts zu tun, wenn gilt, was zu sehen ist. Sonst heben Sie die Verbindung der Zellen auf und legen die Zeile noch "
            "einmal ab.",
            "Nothing to do if what can be seen is what counts. If not, unmerge the cells and drop the row again.",
        ),
    ),
    Code.SHORT_RECORD: Advice(
        Words(
            "Diese Zeile hat weniger Felder als die Kopfzeile; die fehlenden gelten als leer.",
            "This row has fewer fields than the header row; the missing ones count as blank.",
        ),
        Words("Prüfen Sie, ob die Zeile vollständig ist.", "Check whether the row is complete."),
    ),
    Code.MIXED_ENCODING: Advice(
        Words(
            "Diese Zeile ist mit einem anderen Zeichensatz gespeichert als der Rest der Datei.",
            "This row is stored with another character set than the rest of the file.",
        ),
        Words("Prüfen Sie die Umlaute in dieser Zeile.", "Check the umlauts in this row."),
    ),
    Code.WORD_NOT_USED: Advice(
        Words(
            "{value} wird nicht verwendet: Die Aktion „lösen“ entfernt die Verknüpfung samt ihrem Status.",
            "{value} is not used: the action “lösen” (unlink) removes the link together with its status.",
        ),
        Words(
            "Nichts zu tun, wenn die Verknüpfung gelöst werden soll. Soll stattdessen der Status gelten, tragen Sie als Aktion "
            "„verknüpfen“ ein und legen die Zeile noch einmal ab.",
            "Nothing to do if the link is meant to be removed. If the status is meant to count instead, enter the action "
            "“verknüpfen” (link) and drop the row again.",
        ),
    ),
}

#: What a header has to have, by the column that is missing.
_MISSING: Final = {
    Column.APPOINTMENT: Words("Termin-ID", "appointment ID"),
    Column.ADDRESS: Words("Adress-ID", "address ID"),
    Column.CONFIRMATION: Words("Bestätigung oder Rückmeldung", "confirmation or feedback"),
}
_LACKS_ONE: Final = Words("Es fehlt", "Missing")
_LACKS_SEVERAL: Final = Words("Es fehlen", "Missing")

_COPY_ROWS: Final = Words(
    "Kommt die Datei von einem Unbekannten, löschen Sie sie. Sonst kopieren Sie nur die Zeilen, die Sie brauchen, in "
    "eine neue Arbeitsmappe und legen Sie diese ab.",
    "If the file comes from a stranger, delete it. Otherwise copy only the rows you need into a new workbook and drop that.",
)
_NO_TIME: Final = Advice(
    Words(
        "Für diese Datei blieb keine Zeit: Andere Dateien dauerten zu lange.",
        "There was no time left for this file: others took too long.",
    ),
    Words(
        "Nichts zu tun: Der nächste Abgleich liest sie. Bleibt sie mehrere Nächte liegen, teilen Sie sie in mehrere kleinere "
        "auf.",
        "Nothing to do: the next run reads it. If it stays for several nights, split it into several smaller ones.",
    ),
)
_REASONS: Final[dict[Why, Advice]] = {
    Why.EMPTY: Advice(
        Words("Die Datei ist leer.", "The file is empty."),
        Words(
            "Öffnen Sie die Datei am Ursprungsort, prüfen Sie, ob sie Zeilen hat, und legen Sie sie noch einmal ab.",
            "Open the file where it came from, check that it has rows, and drop it again.",
        ),
    ),
    Why.NO_ROWS: Advice(
        Words(
            "Die Datei hat eine Kopfzeile, aber keine Zeilen darunter.",
            "The file has a header row but no rows below it.",
        ),
        Words(
            "Tragen Sie unter der Kopfzeile mindestens eine Zeile ein und legen Sie die Datei noch einmal ab.",
            "Enter at least one row below the header row and drop the file again.",
        ),
    ),
    Why.NO_HEADER: Advice(
        Words(
            "[{lacks}: {missing}. ][Gefunden: {detail}. ]In der Datei ist keine Kopfzeile mit allen nötigen Spalten zu finden.",
            "[{lacks}: {missing}. ][Found: {detail}. ]The file has no header row with all columns that are needed.",
        ),
        Words(
            "Schreiben Sie über die Werte eine Kopfzeile, zum Beispiel: Termin-ID, Adress-ID, Bestätigung, Rückmeldung. Legen "
            "Sie "
            "die Datei dann noch einmal ab.",
            "Write a header row above the values, for example: appointment ID, address ID, confirmation, feedback. Then drop "
            "the "
            "file again.",
        ),
    ),
    Why.SHEET_WITHOUT_HEADER: Advice(
        Words(
            "Auf dem Tabellenblatt[ „{detail}“] stehen Datensatznummern, aber keine Kopfzeile. Die Datei wurde deshalb als "
            "Ganzes nicht verarbeitet.",
            "The sheet[ “{detail}”] has record numbers but no header row. So the file was not used at all.",
        ),
        Words(
            "Kopieren Sie die Kopfzeile des ersten Blatts über die Werte dieses Blatts, oder löschen Sie das Blatt. Legen Sie "
            "die Datei dann noch einmal ab.",
            "Copy the header row of the first sheet above the values of this sheet, or delete the sheet. Then drop the file "
            "again.",
        ),
    ),
    Why.CUSTOMER_NUMBER: Advice(
        Words(
            "Die Datei nennt nur Kundennummern[ (Spalte {detail})]. Gebraucht wird die Datensatznummer der Adresse; die "
            "Kundennummer ist eine andere Zahl.",
            "The file has customer numbers only[ (column {detail})]. The record number of the address is needed; the customer "
            "number is a different number.",
        ),
        Words(
            "Nehmen Sie beim Export aus onOffice die Datensatznummer der Adresse mit auf und legen Sie die neue Datei ab.",
            "Include the record number of the address in the export from onOffice and drop the new file.",
        ),
    ),
    Why.NO_STATUS_COLUMN: Advice(
        Words(
            "[{lacks}: {missing}. ][Gefunden: {detail}. ]Die Datei hat weder eine Spalte für die Terminbestätigung noch eine für "
            "die Terminrückmeldung.",
            "[{lacks}: {missing}. ][Found: {detail}. ]The file has neither a column for the confirmation nor one for the "
            "feedback.",
        ),
        Words(
            "Fügen Sie eine Spalte „Bestätigung“ oder „Rückmeldung“ hinzu und legen Sie die Datei noch einmal ab.",
            "Add a column “confirmation” or “feedback” and drop the file again.",
        ),
    ),
    Why.TWO_COLUMNS: Advice(
        Words(
            "Zwei Spalten[ auf dem Tabellenblatt {sheet}] bedeuten dasselbe[: {detail}]. Welche gilt, ist nicht zu erkennen.",
            "Two columns[ on the sheet {sheet}] mean the same[: {detail}]. Which one counts cannot be told.",
        ),
        Words(
            "Löschen Sie eine der beiden Spalten oder benennen Sie sie um; stehen zwei Tabellen nebeneinander, setzen Sie sie "
            "untereinander. Legen Sie die Datei dann noch einmal ab.",
            "Delete or rename one of the two columns; where two tables stand side by side, put one below the other. Then drop "
            "the file again.",
        ),
    ),
    Why.TWO_HEADER_ROWS: Advice(
        Words(
            "Zwei Zeilen[ auf dem Tabellenblatt {sheet}] sehen wie Kopfzeilen aus[: die Zeilen {detail}]. Welche Überschrift für "
            "welche Spalte gilt, ist nicht sicher zu erkennen.",
            "Two rows[ on the sheet {sheet}] look like header rows[: rows {detail}]. Which heading counts for which column "
            "cannot be told safely.",
        ),
        Words(
            "Schreiben Sie alle Überschriften in eine einzige Zeile direkt über die Werte, zum Beispiel: Termin-ID, Adress-ID, "
            "Bestätigung, Rückmeldung. Löschen Sie die andere Zeile und legen Sie die Datei noch einmal ab.",
            "Write all headings into one single row right above the values, for example: appointment ID, address ID, "
            "confirmation, feedback. Delete the other row and drop the file again.",
        ),
    ),
    Why.OTHER_COLUMNS: Advice(
        Words(
            "Unter der ersten Kopfzeile[ auf dem Tabellenblatt {sheet}] steht eine weitere mit anderen Spalten[: Zeile "
            "{detail}]. Sie ist nicht vollständig[; es fehlt: {missing}]. Für die Zeilen darunter gelten die Spalten der Tabelle "
            "darüber nicht. Die Datei wurde deshalb als Ganzes nicht verarbeitet.",
            "Below the first header row[ on the sheet {sheet}] there is another one with other columns[: row {detail}]. It is "
            "not complete[; missing: {missing}]. The columns of the table above do not hold for the rows below it. So the file "
            "was not used at all.",
        ),
        Words(
            "Fügen Sie der Tabelle unter dieser Zeile die fehlende Spalte hinzu, oder nehmen Sie sie aus der Datei heraus. Ist "
            "die Zeile gar keine Kopfzeile, tragen Sie darin Termin-ID und Adress-ID ein oder löschen Sie die Zeile. Legen Sie "
            "die Datei dann noch einmal ab.",
            "Add the missing column to the table below this row, or take that table out of the file. If the row is no header row "
            "at all, enter its appointment ID and address ID or delete the row. Then drop the file again.",
        ),
    ),
    Why.BROKEN_HEADER: Advice(
        Words(
            "Eine Überschrift[ auf dem Tabellenblatt {sheet}] sieht aus wie die einer Spalte, die gebraucht wird, ist aber "
            "beschädigt oder verschrieben[: {detail}]. Damit die Spalte nicht stillschweigend fehlt, wurde die Datei als Ganzes "
            "nicht verarbeitet.",
            "A heading[ on the sheet {sheet}] looks like that of a column that is needed but is damaged or mistyped[: {detail}]. "
            "So that the column is not lost in silence, the file was not used at all.",
        ),
        Words(
            "Schreiben Sie die Überschrift richtig. Ist eine andere Spalte gemeint, geben Sie ihr einen ganz anderen Namen. "
            "Legen Sie die Datei dann noch einmal ab.",
            "Correct the heading. If another column is meant, give it an entirely different name. Then drop the file again.",
        ),
    ),
    Why.NOT_A_TABLE: Advice(
        Words(
            "Die Datei ist keine Tabelle[ ({detail})].",
            "The file is not a table[ ({detail})].",
        ),
        Words(
            "Legen Sie nur Excel- oder CSV-Dateien ab. Steht die Tabelle in einem anderen Programm, speichern Sie sie dort als "
            "Excel-Arbeitsmappe (.xlsx).",
            "Drop Excel or CSV files only. If the table is in another program, save it there as an Excel workbook (.xlsx).",
        ),
    ),
    Why.XML_DECLARATIONS: Advice(
        Words(
            "Die Datei enthält Anweisungen an den Leser (<!DOCTYPE>), wie sie in keiner gewöhnlichen Tabelle stehen. Zur "
            "Sicherheit wurde sie nicht gelesen.",
            "The file holds instructions to its reader (<!DOCTYPE>) that no ordinary sheet has. To be safe, it was not read.",
        ),
        Words(
            "Öffnen Sie die Datei in Excel, speichern Sie sie als neue Excel-Arbeitsmappe (.xlsx) und legen Sie diese ab.",
            "Open the file in Excel, save it as a new Excel workbook (.xlsx) and drop that one.",
        ),
    ),
    Why.DAMAGED: Advice(
        Words(
            "Die Datei ist beschädigt oder unvollständig.",
            "The file is damaged or incomplete.",
        ),
        Words(
            "Kopieren Sie die Datei noch einmal vom Ursprungsort. Lässt sie sich in Excel öffnen, speichern Sie sie neu und "
            "legen "
            "Sie sie ab.",
            "Copy the file again from where it came from. If it opens in Excel, save it anew and drop it again.",
        ),
    ),
    Why.READINGS_DIFFER: Advice(
        Words(
            "Zwei Lesungen der Kopfzeile ergeben Verschiedenes[: {detail}].",
            "Two readings of the header row differ[: {detail}].",
        ),
        _SAVE_ANEW,
    ),
    Why.OLD_EXCEL: Advice(
        Words(
            "Die Datei ist in einem Format von Excel 2 bis 4, das heute kaum noch ein Programm liest.",
            "The file is in a format of Excel 2 to 4, which hardly any program reads today.",
        ),
        _SAVE_AS_WORKBOOK,
    ),
    Why.PASSWORD: Advice(
        Words("Die Datei ist mit einem Kennwort geschützt.", "The file is protected by a password."),
        Words(
            "Entfernen Sie in Excel das Kennwort (Datei > Informationen > Arbeitsmappe schützen), speichern Sie die Datei und "
            "legen "
            "Sie sie noch einmal ab.",
            "Remove the password in Excel (File > Info > Protect Workbook), save the file and drop it again.",
        ),
    ),
    Why.UNKNOWN_ENCODING: Advice(
        Words(
            "Der Zeichensatz der Datei ist nicht sicher zu erkennen[ ({detail})]; Umlaute wären falsch.",
            "The character set of the file cannot be told for sure[ ({detail})]; umlauts would be wrong.",
        ),
        Words(
            "Öffnen Sie die Tabelle in dem Programm, aus dem sie stammt, speichern Sie sie als „CSV UTF-8“ oder als "
            "Excel-Arbeitsmappe (.xlsx) und legen Sie die neue Datei ab.",
            "Open the table in the program it comes from, save it as “CSV UTF-8” or as an Excel workbook (.xlsx) and drop the "
            "new file.",
        ),
    ),
    Why.UNCLOSED_QUOTE: Advice(
        Words(
            "In der Datei wird ein Anführungszeichen geöffnet und nie geschlossen[ (Zeile {detail})].",
            "A quotation mark in the file is opened and never closed[ (row {detail})].",
        ),
        Words(
            "Löschen Sie das überzählige Anführungszeichen, oder speichern Sie die Tabelle als Excel-Arbeitsmappe (.xlsx). "
            "Legen "
            "Sie die Datei dann noch einmal ab.",
            "Delete the surplus quotation mark, or save the table as an Excel workbook (.xlsx). Then drop the file again.",
        ),
    ),
    Why.LIMIT_FILE_SIZE: Advice(
        Words(
            "Die Datei ist zu groß[ (Grenze: {detail})].",
            "The file is too large[ (limit: {detail})].",
        ),
        _or_raise(_SPLIT_FILE, "limits.file_megabytes"),
    ),
    Why.LIMIT_UNPACKED_SIZE: Advice(
        Words(
            "Die Datei wird beim Öffnen ungewöhnlich groß[ (Grenze: {detail})].",
            "The file becomes unusually large when it is opened[ (limit: {detail})].",
        ),
        _or_raise(
            _COPY_ROWS,
            "limits.unpacked_megabytes",
        ),
    ),
    Why.LIMIT_CELLS: Advice(
        Words(
            "Die Datei hat zu viele Zellen[ (Grenze: {detail})].",
            "The file has too many cells[ (limit: {detail})].",
        ),
        _or_raise(_SPLIT_FILE, "limits.cells"),
    ),
    Why.LIMIT_COLUMNS: Advice(
        Words(
            "Die Datei hat zu viele Spalten[ (Grenze: {detail})].",
            "The file has too many columns[ (limit: {detail})].",
        ),
        _or_raise(
            Words(
                "Löschen Sie die Spalten, die Sie nicht brauchen, und legen Sie die Datei noch einmal ab.",
                "Delete the columns you do not need and drop the file again.",
            ),
            "limits.columns",
        ),
    ),
    Why.LIMIT_SECONDS: Advice(
        Words(
            "Das Lesen der Datei dauerte zu lange[ (Grenze: {detail})].",
            "Reading the file took too long[ (limit: {detail})].",
        ),
        _or_raise(_SPLIT_FILE, "limits.seconds_per_file"),
    ),
    Why.LIMIT_MEMORY: Advice(
        Words(
            "Das Lesen der Datei brauchte zu viel Arbeitsspeicher[ (Grenze: {detail})].",
            "Reading the file took too much memory[ (limit: {detail})].",
        ),
        _or_raise(_SPLIT_FILE, "limits.memory_megabytes"),
    ),
    Why.TOO_MANY_PARTS: Advice(
        Words(
            "Die Datei besteht aus ungewöhnlich vielen Teilen; keine Arbeitsmappe hat so viele.",
            "The file has an unusual number of parts; no workbook has so many.",
        ),
        _COPY_ROWS,
    ),
    Why.TOO_MANY_WRONG: Advice(
        Words(
            "Mehr als 20.000 Zeilen der Datei sind fehlerhaft[; die erste ist Zeile {detail}]. Deshalb wurde keine übertragen.",
            "More than 20,000 rows of the file are wrong[; the first one is row {detail}]. So none was sent.",
        ),
        Words(
            "Prüfen Sie, ob unter Termin-ID und Adress-ID die Datensatznummern stehen und ob es die richtige Datei ist. "
            "Berichtigen Sie sie und legen Sie sie noch einmal ab.",
            "Check whether the record numbers stand below appointment ID and address ID, and whether it is the right file. "
            "Correct it and drop it again.",
        ),
    ),
    Why.NO_TIME: _NO_TIME,
    Why.READER_CRASHED: Advice(
        Words(
            "Die Datei ließ sich nicht lesen; das Leseprogramm ist an ihr gescheitert.",
            "The file could not be read; the reading program failed on it.",
        ),
        _SAVE_AS_WORKBOOK,
    ),
    Why.NOT_JUDGED: Advice(
        Words(
            "Die Zeilen der Datei ließen sich nicht prüfen; das Programm ist an ihnen gescheitert.",
            "The rows of the file could not be checked; the program failed on them.",
        ),
        _TELL_AND_SAVE_ANEW,
    ),
    Why.RUNS_DIED: Advice(
        Words(
            "An dieser Datei ist der Abgleich zweimal abgebrochen. Damit sie andere Dateien nicht länger aufhält, ist sie "
            "aussortiert.",
            "The job broke off twice while it worked on this file. It is set aside so that it holds up no other file any longer.",
        ),
        _TELL_AND_SAVE_ANEW,
    ),
    Why.NOT_A_FILE: Advice(
        Words(
            "Das ist keine gewöhnliche Datei, sondern zum Beispiel eine Verknüpfung auf dem Datenträger.",
            "This is not an ordinary file but, for example, a shortcut.",
        ),
        Words(
            "Legen Sie die Datei selbst ab, nicht einen Verweis darauf.",
            "Drop the file itself, not a pointer to it.",
        ),
    ),
    Why.UNREADABLE: Advice(
        Words(
            "Die Datei ließ sich nicht öffnen[ (Meldung des Systems: {detail})].",
            "The file could not be opened[ (the system says: {detail})].",
        ),
        Words(
            "Schließen Sie die Datei in allen Programmen, prüfen Sie die Zugriffsrechte und legen Sie die Datei noch einmal ab.",
            "Close the file in every program, check who may open it, and drop it again.",
        ),
    ),
}

_STOPS: Final[dict[Stop, Advice]] = {
    Stop.CREDENTIALS: Advice(
        Words(
            "onOffice hat die Zugangsdaten nicht angenommen[ (Fehlernummer {detail})].",
            "onOffice did not accept the credentials[ (error number {detail})].",
        ),
        Words(
            "Prüfen Sie Token und Secret des Benutzers, mit dem der Abgleich arbeitet. Die Dateien warten auf den nächsten "
            "Abgleich.",
            "Check the token and secret of this job's user. The files wait for the next run.",
        ),
    ),
    Stop.CLOCK: Advice(
        Words(
            "Die Uhr dieses Rechners geht falsch[ (Abweichung: {detail} Sekunden)]; onOffice nimmt deshalb nichts an.",
            "The clock of this computer is wrong[ (by {detail} seconds)]; onOffice therefore accepts nothing.",
        ),
        Words(
            "Stellen Sie Datum, Uhrzeit und Zeitzone des Rechners richtig. Die Dateien warten auf den nächsten Abgleich.",
            "Set date, time and time zone of the computer right. The files wait for the next run.",
        ),
    ),
    Stop.CLOCK_DISPUTED: Advice(
        Words(
            "onOffice nimmt die Uhrzeit der Anfragen nicht an, obwohl die Uhr dieses Rechners mit seiner übereinstimmt.",
            "onOffice does not accept the time of the requests, although the clock of this computer agrees with its own.",
        ),
        _TELL_SUPPORT,
    ),
    Stop.REDIRECTED: Advice(
        Words(
            "onOffice verweist auf eine andere Adresse[: {detail}]. Dorthin wurde nichts gesendet.",
            "onOffice points to another address[: {detail}]. Nothing was sent there.",
        ),
        Words(
            "Fragen Sie onOffice, ob diese Adresse stimmt. Wenn ja, tragen Sie sie in die Konfiguration ein.",
            "Ask onOffice whether this address is right, and then enter it in the configuration as the address of onOffice.",
        ),
    ),
    Stop.TOO_MANY_REQUESTS: Advice(
        Words(
            "onOffice nahm keine weiteren Anfragen an, auch nicht nach langen Pausen[ ({detail})].",
            "onOffice took no more requests, not even after long pauses[ ({detail})].",
        ),
        Words(
            "Der nächste Abgleich macht langsamer weiter. Bleibt es dabei, fragen Sie onOffice, wie viele Anfragen in der Minute "
            "erlaubt sind.",
            "The next run carries on more slowly. If this stays, ask onOffice how many requests a minute are allowed.",
        ),
    ),
    Stop.UNREACHABLE: Advice(
        Words(
            "onOffice war nicht zu erreichen oder gab keine brauchbare Antwort[ ({detail})].",
            "onOffice was out of reach or gave no usable answer[ ({detail})].",
        ),
        Words(
            "Der nächste Abgleich macht weiter, wo dieser aufgehört hat. Kommt das wieder, prüfen Sie die Internetverbindung und "
            "ob sich onOffice im Browser öffnen lässt.",
            "The next run carries on where this one ended. If this comes again, check the internet connection and whether "
            "onOffice opens in a browser.",
        ),
    ),
    Stop.BAD_ANSWERS: Advice(
        Words(
            "Von onOffice kamen immer wieder unverständliche Antworten[ ({detail})].",
            "onOffice kept sending answers that make no sense[ ({detail})].",
        ),
        Words(
            "Warten Sie den nächsten Abgleich ab; er macht weiter. Bleibt es dabei, prüfen Sie die Adresse von onOffice in der "
            "Konfiguration.",
            "Wait for the next run; it carries on. If this stays, check the address of onOffice in the configuration.",
        ),
    ),
    Stop.REQUEST_REFUSED: Advice(
        Words(
            "onOffice hat die Anfrage als Ganzes abgelehnt[ (Fehlernummer {detail})].",
            "onOffice refused the request as a whole[ (error number {detail})].",
        ),
        _TELL_SUPPORT,
    ),
    Stop.INTERRUPTED: Advice(
        Words("Der Abgleich wurde abgebrochen.", "The run was interrupted."),
        Words(
            "Sie müssen nichts tun: Der nächste Abgleich macht weiter, wo dieser aufgehört hat.",
            "You need not do anything: the next run carries on where this one ended.",
        ),
    ),
    Stop.DEADLINE: Advice(
        Words(
            "Die Zeit, die der Abgleich haben darf, war um[ ({detail})].",
            "The time that the job may take was over[ ({detail})].",
        ),
        Words(
            "Sie müssen nichts tun: Der nächste Abgleich macht weiter. Geschieht das öfter, geben Sie ihm mehr Zeit.",
            "You need not do anything: the next run carries on. If this happens often, give it more time.",
        ),
    ),
    Stop.TOO_MANY_CHANGES: Advice(
        Words(
            "Es wären ungewöhnlich viele Änderungen geworden[ ({detail})]; deshalb wurde nichts übertragen.",
            "There would have been unusually many changes[ ({detail})]; therefore nothing was sent.",
        ),
        Words(
            "Prüfen Sie die Dateien im Ablageordner. Stimmen sie, lässt die Person, die den Abgleich betreut, genau diese "
            "Dateien durch[ mit dem Befehl: onoffice-sync run --accept {accept}]. Die Grenze (max_changes) bleibt für alles "
            "andere, wie sie ist.",
            "Check the files in the drop folder. If they are right, the person who looks after this job lets exactly these files "
            "pass[ by: onoffice-sync run --accept {accept}]. The limit (max_changes) stays as it is for everything else.",
        ),
    ),
    Stop.TOO_MANY_INVALID: Advice(
        Words(
            "Ungewöhnlich viele Zeilen sind fehlerhaft[ ({detail})]; deshalb wurde nichts übertragen.",
            "Unusually many rows are invalid[ ({detail})]; therefore nothing was sent.",
        ),
        Words(
            "Prüfen Sie, ob die richtigen Dateien abgelegt wurden und ihre Spalten stimmen, und berichtigen Sie sie. Sollen die "
            "übrigen Zeilen trotzdem übertragen werden, lässt die Person, die den Abgleich betreut, genau diese Dateien "
            "durch[ mit dem Befehl: onoffice-sync run --accept {accept}].",
            "Check whether the right files were dropped and their columns are right, and correct them. If the other rows shall "
            "be sent all the same, the person who looks after this job lets exactly these files pass[ by: "
            "onoffice-sync run --accept {accept}].",
        ),
    ),
}

_ACCEPTED: Final = Words("Freigegeben war, was den Abgleich {run} aufgehalten hatte.", "What had stopped run {run} was let pass.")
_NOT_ACCEPTED: Final = Words(
    "Die Freigabe von {run} galt nicht: Im Ablageordner lagen nicht mehr genau seine Dateien. Die Grenzen galten wie immer.",
    "Run {run} was not let pass: the drop folder did not hold exactly its files any more. The limits held as always.",
)

_NOTICES: Final[dict[Odd, Advice]] = {
    Odd.NOISE: Advice(
        Words(
            "Um die Antworten von onOffice stand etwas, das nicht dazugehört ({detail} Zeichen, etwa eine Warnung des Servers); "
            "es wurde übergangen.",
            "Something stood around the answers of onOffice that does not belong there ({detail} characters, such as a warning "
            "of the server); it was passed over.",
        ),
        Words(
            "Bleibt es so, sagen Sie es dem Support von onOffice.",
            "If that goes on, tell the support of onOffice.",
        ),
    ),
    Odd.CLOCK: Advice(
        Words(
            "Die Uhr dieses Rechners weicht um {detail} Sekunden von der Uhr von onOffice ab; die Anfragen wurden mit der Zeit "
            "von onOffice unterschrieben.",
            "The clock of this computer is off by {detail} seconds from that of onOffice; the requests were signed with the "
            "time of onOffice.",
        ),
        Words("Stellen Sie die Uhr dieses Rechners.", "Set the clock of this computer."),
    ),
    Odd.BLIND: Advice(
        Words(
            "ACHTUNG: Der Abgleich arbeitete blind. Der API-Benutzer darf die Termine nicht lesen, um die es geht; nichts davon "
            "ist nachgeprüft (Verknüpfungen: {detail}).",
            "ATTENTION: The job worked blind. The API user may not read the appointments concerned; nothing of that is verified "
            "(links: {detail}).",
        ),
        Words(
            "Geben Sie dem API-Benutzer in onOffice (Extras, Einstellungen, Benutzer, Rechte) für Termine das Recht „Lesen: "
            "Alle“ und setzen Sie danach sending.look = true.",
            "Give the API user in onOffice (Extras, Einstellungen, Benutzer, Rechte) the right “Lesen: Alle” to appointments "
            "(“Termine”), and set sending.look = true afterwards.",
        ),
    ),
    Odd.NO_UNDO_FILE: Advice(
        Words(
            "Die Mappe zum Zurücknehmen dieses Abgleichs ließ sich nicht schreiben. Es ist nichts verloren: Der Befehl "
            "onoffice-sync undo {detail} nimmt ihn auch ohne sie zurück.",
            "The workbook for taking this run back could not be written. Nothing is lost: the command onoffice-sync undo "
            "{detail} takes it back without that.",
        ),
        Words(
            "Sagen Sie es der Person, die den Abgleich betreut; den Grund nennt ihr das Protokoll.",
            "Tell the person who looks after this job; the log says why.",
        ),
    ),
}

_LEFT: Final[dict[WhyLeft, Advice]] = {
    WhyLeft.OPEN: Advice(
        Words("Die Datei ist noch in einem anderen Programm geöffnet.", "The file is still open in another program."),
        Words(
            "Schließen Sie sie; der nächste Abgleich nimmt sie mit. Ist sie nirgends mehr geöffnet, etwa nach einem Absturz, "
            "geben Sie ihr einen anderen Namen.",
            "Close it; the next run takes it along. If nobody has it open any more, after a crash for example, give it another "
            "name.",
        ),
    ),
    WhyLeft.UNSETTLED: Advice(
        Words("Die Datei wird noch kopiert oder gespeichert.", "The file is still being copied or saved."),
        Words("Nichts zu tun: Der nächste Abgleich nimmt sie mit.", "Nothing to do: the next run takes it along."),
    ),
    WhyLeft.NO_TIME: _NO_TIME,
    WhyLeft.NOT_A_FILE: _REASONS[Why.NOT_A_FILE],
    WhyLeft.NO_ACCESS: Advice(
        Words("Der Abgleich kann die Datei nicht lesen oder verschieben.", "This job cannot read or move the file."),
        Words(
            "Bitten Sie die Person, die den Abgleich betreut, die Zugriffsrechte, den Namen und den Datenträger zu prüfen.",
            "Ask the person who looks after this job to check the access rights, the name and the disk.",
        ),
    ),
    WhyLeft.SECOND_NAME: Advice(
        Words(
            "Die Datei hat anderswo einen zweiten Namen (Hardlink); sie könnte jemand anderem gehören.",
            "The file has a second name elsewhere (a hard link); it may be somebody else's.",
        ),
        Words(
            "Ersetzen Sie sie durch eine Kopie: kopieren Sie sie unter neuem Namen hierher, und löschen Sie diese.",
            "Replace it by a copy: copy it here under a new name, and delete this one.",
        ),
    ),
    WhyLeft.LONG_PATH: Advice(
        Words(
            "Der Name der Datei mit allen Ordnern davor ist zu lang, oder sie liegt in zu vielen Ordnern.",
            "The name of the file with all folders before it is too long, or it lies in too many folders.",
        ),
        Words("Legen Sie sie weiter oben ab, oder kürzen Sie die Namen.", "Put it further up, or shorten the names."),
    ),
    WhyLeft.NO_ROOM: Advice(
        Words(
            "Für die Datei ist nicht genug Platz auf dem Datenträger, auf dem der Abgleich arbeitet.",
            "There is not enough room for the file on the disk on which this job works.",
        ),
        Words(
            "Soll die Datei gar nicht so groß sein, nehmen Sie sie heraus. Sonst bitten Sie die Person, die den Abgleich "
            "betreut, Platz zu schaffen.",
            "If the file is not meant to be that large, take it out. If it is, ask the person who looks after this job to make "
            "room.",
        ),
    ),
    WhyLeft.GONE: Advice(
        Words("Die Datei ist während des Abgleichs verschwunden.", "The file vanished during the run."),
        Words(
            "Nichts zu tun, wenn jemand sie absichtlich entfernt hat. Sonst legen Sie sie noch einmal ab.",
            "Nothing to do if somebody took it away on purpose. If not, drop it again.",
        ),
    ),
}


class _Conclusion(NamedTuple):
    word: Words
    meaning: Words
    next_step: Words


_CONCLUSIONS: Final[dict[Verdict | CheckOutcome, _Conclusion]] = {
    Verdict.UPDATED: _Conclusion(
        Words("aktualisiert", "updated"),
        Words("War anders, wurde in onOffice geändert.", "Was different and has been changed in onOffice."),
        _NOTHING_TO_DO,
    ),
    Verdict.UNCHANGED: _Conclusion(
        Words("unverändert", "unchanged"),
        Words("Stimmte in onOffice schon.", "Was already right in onOffice."),
        _NOTHING_TO_DO,
    ),
    Verdict.DUPLICATE: _Conclusion(
        Words("doppelt", "duplicate"),
        Words("Sagt dasselbe wie eine frühere Zeile.", "Says the same as an earlier row."),
        _NOTHING_TO_DO,
    ),
    Verdict.CONFLICT: _Conclusion(
        Words("widersprüchlich", "conflict"),
        Words(
            "Widerspricht einer anderen Zeile oder dem Stand in onOffice.", "Contradicts another row or the state in onOffice."
        ),
        Words(
            "Lesen Sie den Grund in der Zeile, klären Sie, was gilt, und tun Sie, was dort steht.",
            "Read the reason in the row, find out what holds, and do what it says there.",
        ),
    ),
    Verdict.INVALID: _Conclusion(
        Words("fehlerhaft", "invalid"),
        Words("In der Zeile selbst stimmt etwas nicht.", "The row itself is wrong."),
        Words(
            "Berichtigen Sie die Zeile und legen Sie sie noch einmal ab.",
            "Correct the row and drop it again.",
        ),
    ),
    Verdict.REJECTED: _Conclusion(
        Words("abgelehnt", "rejected"),
        Words("onOffice nimmt die Änderung nicht an.", "onOffice does not accept the change."),
        Words(
            "Lesen Sie den Grund in der Zeile, bringen Sie Zeile oder Termin in Ordnung und legen Sie die Zeile noch einmal ab.",
            "Read the reason in the row, put the row or the appointment right and drop the row again.",
        ),
    ),
    Verdict.UNKNOWN: _Conclusion(
        Words("ungeklärt", "unknown"),
        Words(
            "Wurde übertragen, ist in onOffice aber nicht sicher angekommen.",
            "Was sent, but it is not certain that it arrived in onOffice.",
        ),
        Words(
            "Sehen Sie sich den Termin in onOffice an, wenn in der Zeile nichts anderes steht. Stimmt der Stand dort nicht, "
            "legen Sie die Zeile noch einmal ab; das schadet nie.",
            "Look at the appointment in onOffice unless the row says something else. If its state is not right, drop the row "
            "again; that never does harm.",
        ),
    ),
    Verdict.NOT_SENT: _Conclusion(
        Words("zurückgestellt", "not sent"),
        Words("Wurde noch nicht übertragen.", "Has not been sent yet."),
        Words(
            "Nichts zu tun, wenn in der Zeile nichts anderes steht: Der nächste Abgleich macht mit ihr weiter.",
            "Nothing to do unless the row says something else: the next run carries on with it.",
        ),
    ),
    CheckOutcome.VALID: _Conclusion(
        Words("in Ordnung", "valid"),
        Words("Kann übertragen werden.", "Can be sent."),
        _NOTHING_TO_DO,
    ),
}

#: Words that stand in for UNKNOWN_WORD where there is no suggestion to make, and the allowed values of each column.
_CHANGED_SINCE_HANDED_OUT: Final = Words(
    "Als die Liste ausgegeben wurde, stand in onOffice „{hint}“, inzwischen steht dort {value}. Überschrieben wurde nichts. "
    "Legen Sie die Zeile der Korrekturdatei ab, gilt, was Sie eingetragen haben; sonst bleibt es bei {value}.",
    "When the list was handed out, onOffice had “{hint}”, by now it has {value}. Nothing was overwritten. If you drop the row of "
    "the correction file, what you entered counts; otherwise {value} stays.",
)
_ALLOWED_WORDS: Final = Words(
    "{value} ist kein zulässiger Wert. Zulässig sind {hint}.", "{value} is not an allowed value. Allowed are {hint}."
)
_ALLOWED: Final[dict[str, Words]] = {
    Column.CONFIRMATION: Words(
        f"für die Bestätigung: {', '.join(Confirmation)}", f"for the confirmation: {', '.join(Confirmation)}"
    ),
    Column.FEEDBACK: Words(f"für die Rückmeldung: {', '.join(Feedback)}", f"for the feedback: {', '.join(Feedback)}"),
    Column.ACTION: Words(f"für die Aktion: {', '.join(Aim)}", f"for the action: {', '.join(Aim)}"),
}

_NO_SUCH_RECORD: Final = Words(
    "den Datensatz gibt es nicht, oder der Abgleich darf ihn nicht sehen", "there is no such record, or this job may not see it"
)
_NO_RIGHT: Final = Words("dem Benutzer des Abgleichs fehlt das Recht dazu", "this job's user has no right to do so")
_BAD_STATUS: Final = Words("einen der Statuswerte nimmt onOffice nicht an", "onOffice does not take one of the statuses")
#: What the error numbers mean that a single link can bring about (onoffice-api 3.1).
_ERROR_NUMBERS: Final[dict[str, Words]] = {
    **dict.fromkeys(("79", "80", "185", "235", "292"), _NO_SUCH_RECORD),
    **dict.fromkeys(("117", "121", "169"), Words("den Termin gibt es nicht", "there is no such appointment")),
    **dict.fromkeys(("155", "156", "174", "183", "184", "253"), _NO_RIGHT),
    **dict.fromkeys(("179", "181"), _BAD_STATUS),
    "180": Words("Adresse und Termin sind nicht verknüpft", "the address is not linked to the appointment"),
}

#: What can go wrong on the way to onOffice, as the client words it, in German.
_TROUBLES: Final = {
    "no connection": "keine Verbindung",
    "no connection within the connect timeout": "keine Verbindung in der eingestellten Zeit",
    "no answer within the read timeout": "keine Antwort in der eingestellten Zeit",
    "no whole answer in time": "keine ganze Antwort in der eingestellten Zeit",
    "the timestamp lies outside the allowed 120 seconds": "die Uhrzeit weicht mehr als 120 Sekunden ab",
    "the connection broke off": "die Verbindung brach ab",
    "the secure connection could not be made or broke off (certificate)": "keine sichere Verbindung (Zertifikat)",
    "the answer broke off": "die Antwort brach ab",
    "the answer cannot be unpacked": "die Antwort ließ sich nicht auspacken",
    "the answer is not JSON": "die Antwort war nicht zu lesen",
    "the answer is no envelope of the API": "die Antwort hatte nicht die Form von onOffice",
    "the answer holds no results": "die Antwort war leer",
}

_DROPPED_BEFORE: Final = Words(
    "Eine Datei mit genau diesem Inhalt wurde schon einmal verarbeitet, am {day} (Abgleich {run}).",
    "A file with exactly this content has been processed before, on {day} (run {run}).",
)

_BLANK_CELL: Final = Words("Die leere Zelle", "The blank cell")
_NOTHING_READ: Final = Words("nichts", "nothing")
_LONGEST_VALUE: Final = 60
_LONGEST_DETAIL: Final = 400
_OPTIONAL: Final = re.compile(r"\[([^\[\]]*)\]")
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2})?")
#: The codes whose hint is a word for a cell.
_QUOTED_HINTS: Final = frozenset({Code.UNKNOWN_WORD, Code.DAMAGED_TEXT, Code.FOREIGN_DIGITS, Code.REPAIRED, Code.READINGS_DIFFER})
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def problem_text(code: Code | str, column: str | None, value: str | None, hint: str | None, language: Language) -> str:
    """What is wrong with a row, in one or two sentences, without its place.

    `hint` is the word that was taken (REPAIRED), a suggestion (UNKNOWN_WORD, DAMAGED_TEXT, FOREIGN_DIGITS) or else the
    declared column (UNKNOWN_WORD), the other reading (READINGS_DIFFER), the place of another row (CONTRADICTION, OVERRULED,
    SAME_AS_EARLIER) or of several (OTHERS_CONTRADICT, SAME_AS_SEVERAL), what the error number in `value` means (REFUSED_BY_CRM),
    or the number of rows of a file that all have it (APPOINTMENT_UNKNOWN).
    """
    code = Code(code)
    if code is Code.REFUSED_BY_CRM and value in _ERROR_NUMBERS:
        hint = _ERROR_NUMBERS[value].text(language)
    words, quotes_hint = _CODES[code].what, code in _QUOTED_HINTS
    if code is Code.UNKNOWN_WORD and (not hint or hint in _ALLOWED):
        some = [_ALLOWED[hint]] if hint else _ALLOWED.values()
        words, hint, quotes_hint = _ALLOWED_WORDS, "; ".join(allowed.text(language) for allowed in some), False
    if code is Code.OLD_FILE and hint:
        hint = _with_day(hint, language)
    if code is Code.CHANGED_SINCE and value and hint:
        words = _CHANGED_SINCE_HANDED_OUT
    nothing = _NOTHING_READ.text(language) if code is Code.READINGS_DIFFER else ""
    return _fill(
        words.text(language),
        language,
        where=_where(column, language),
        value=_value(code, value, language) or nothing,
        hint=quoted(hint, language) if hint and quotes_hint else shown(hint or nothing, _LONGEST_DETAIL),
    )


def next_step(word: Code | Verdict | CheckOutcome | str, language: Language) -> str:
    """What a person does next about a code or a verdict."""
    if word in _CONCLUSIONS:
        return _conclusion(word).next_step.text(language)
    return _CODES[Code(word)].next_step.text(language)


def reason_text(reason: Reason, language: Language) -> str:
    """Why a file was refused and what to do, in several lines, as it stands in the text beside the file."""
    what, then = reason_parts(reason, language)
    heading = Words("Was Sie tun können:", "What you can do:").text(language)
    return f"{what}\n\n{heading}\n{then}\n"


def reason_parts(reason: Reason, language: Language) -> tuple[str, str]:
    """Why a file was refused, and what to do, each in one line."""
    what, then = _REASONS[reason.why]
    sheet = reason.sheet and quoted(reason.sheet, language)
    missing = ", ".join(_MISSING[column].text(language) for column in reason.missing)
    detail = shown(reason.detail, _LONGEST_DETAIL)
    lacks = (_LACKS_ONE if len(reason.missing) == 1 else _LACKS_SEVERAL).text(language)
    return _fill(what.text(language), language, detail=detail, sheet=sheet, missing=missing, lacks=lacks), then.text(language)


def left_text(left: Left, language: Language) -> str:
    """Why something stays in the drop folder and what to do, in one line."""
    return " ".join((f"{shown(left.name, _LONGEST_DETAIL)}:", *left_parts(left, language)))


def left_parts(left: Left, language: Language) -> tuple[str, str]:
    """Why something stays in the drop folder, and what to do, each in one line."""
    return _advice(_LEFT[left.why], "", language)


def stop_text(stopped: Stopped, language: Language) -> str:
    """Why a run ended early and what to do, in one line."""
    return " ".join(stop_parts(stopped, language))


def stop_parts(stopped: Stopped, language: Language) -> tuple[str, str]:
    """Why a run ended early, and what to do, each in one line."""
    what, then = _advice(_STOPS[stopped.stop], trouble_text(stopped.detail, language), language)
    return what, _fill(then, language, accept=stopped.accept)


def accepted_text(accepted: Accepted, language: Language) -> str:
    """Whether what somebody wanted to let pass was let pass."""
    return (_ACCEPTED if accepted.holds else _NOT_ACCEPTED).text(language).format(run=accepted.run)


def notice_text(notice: Notice, language: Language) -> str:
    """Something odd that a run got along with, and what to do, in one line."""
    return " ".join(notice_parts(notice, language))


def notice_parts(notice: Notice, language: Language) -> tuple[str, str]:
    """Something odd that a run got along with, and what to do, each in one line."""
    return _advice(_NOTICES[notice.what], notice.detail, language)


def trouble_text(trouble: str, language: Language) -> str:
    """What went wrong on the way to onOffice, as the client words it, in one language; anything else as it is."""
    return _TROUBLES.get(trouble, trouble) if language is Language.DE else trouble


def dropped_before_text(run: str, language: Language) -> str:
    """A note that a file's content was processed before, by the run of this id."""
    return _DROPPED_BEFORE.text(language).format(run=shown(run), day=_day_of(run, language))


def _with_day(run: str, language: Language) -> str:
    return f"{shown(run)} {Words('vom', 'of').text(language)} {_day_of(run, language)}"


def _day_of(run: str, language: Language) -> str:
    """The day of a run; a database that others write to may hold anything."""
    if not is_run_id(run):
        return "?"
    return dt.date.fromisoformat(run[:8]).strftime(Words("%d.%m.%Y", "%Y-%m-%d").text(language))


def verdict_word(word: Verdict | CheckOutcome | str, language: Language) -> str:
    """A verdict (or what a check says) as one word for people."""
    return _conclusion(word).word.text(language)


def verdict_meaning(word: Verdict | CheckOutcome | str, language: Language) -> str:
    """What a verdict means, in one sentence."""
    return _conclusion(word).meaning.text(language)


def place_text(place: Place, language: Language, column: str | None = None) -> str:
    """Where something stands: file, sheet, row and, where known, column."""
    row = Words("Zeile", "row").text(language)
    parts = [shown(place.file, _LONGEST_DETAIL), *([shown(place.sheet)] if place.sheet is not None else []), f"{row} {place.row}"]
    if column:
        parts.append(f"{Words('Spalte', 'column').text(language)} {quoted(column, language)}")
    return ", ".join(parts)


def link_text(link: Link, language: Language) -> str:
    """Which link, by the numbers of its appointment and its address."""
    words = Words("Termin {}, Adresse {}", "appointment {}, address {}")
    return words.text(language).format(link.appointment_id, link.address_id)


def quoted(value: str | None, language: Language) -> str:
    """A value from a file in quotation marks, safe to show."""
    return Words("„{}“", "“{}”").text(language).format(shown(value or ""))


def shown(value: str, longest: int = _LONGEST_VALUE) -> str:
    """A text from outside, safe to show: in one line, control and invisible characters spelled out, cut when very long."""
    if len(value) > longest:
        value = value[: longest - 1] + "…"
    return value if value.isprintable() else "".join(_shown_character(character) for character in value)


def _shown_character(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() and character not in "\x1c\x1d\x1e\x1f" else f"<U+{ord(character):04X}>"


def _conclusion(word: Verdict | CheckOutcome | str) -> _Conclusion:
    return _CONCLUSIONS[CheckOutcome.VALID if word == CheckOutcome.VALID else Verdict(word)]


def _advice(advice: Advice, detail: str, language: Language) -> tuple[str, str]:
    return _fill(advice.what.text(language), language, detail=shown(detail, _LONGEST_DETAIL)), advice.next_step.text(language)


def _where(column: str | None, language: Language) -> str:
    if not column:
        return Words("In dieser Zeile", "In this row").text(language)
    return f"{Words('In der Spalte', 'In column').text(language)} {quoted(column, language)}"


def _value(code: Code, value: str | None, language: Language) -> str:
    if not value:
        return ""
    return shown(value) if code is Code.REFUSED_BY_CRM else quoted(_as_date(value, language), language)


def _as_date(value: str, language: Language) -> str:
    """What stands in a date cell, as programs in that language show it; any other text as it is."""
    if language is not Language.DE or not _ISO.fullmatch(value):
        return value
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{moment:%d.%m.%Y}" if moment.time() == dt.time() else f"{moment:%d.%m.%Y %H:%M}"


def _fill(template: str, language: Language, **words: str) -> str:
    """Fill a template; without a word its part in brackets goes, and a value that is missing elsewhere is a blank cell."""
    missing = frozenset(name for name, word in words.items() if not word)
    if "value" in missing:
        words["value"] = _BLANK_CELL.text(language)
    return _shape(template, missing).format(**words)


@lru_cache(maxsize=1024)
def _shape(template: str, missing: frozenset[str]) -> str:
    return _OPTIONAL.sub(lambda part: "" if missing & set(_PLACEHOLDER.findall(part[1])) else part[1], template)
