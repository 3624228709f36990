"""The questions of `doctor --learn` and their answers in German and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.i18n.texts import Language, Words
from sync.onoffice.questions import Question, Sure

if TYPE_CHECKING:
    from pathlib import Path

    from sync.onoffice.questions import Answered, Value

_Q = Question
QUESTIONS: Final = {
    _Q.HTTP_STATUS: Words("HTTP-Status ganzer Antworten", "HTTP status of whole answers"),
    _Q.DATE_HEADER: Words("Uhrzeit des Servers", "the server's time"),
    _Q.CLOCK: Words("Uhr des Servers geht vor, Sekunden", "the server's clock is ahead, seconds"),
    _Q.REDIRECT: Words("Weiterleitung", "redirect"),
    _Q.REDIRECT_STATUS: Words("HTTP-Status der Weiterleitung", "HTTP status of the redirect"),
    _Q.NOISE: Words("Was um die Antwort herum steht", "what stands around an answer"),
    _Q.FAILURE_ENVELOPE: Words("Was der Umschlag bei einem Fehler sagt", "what the envelope says of a failure"),
    _Q.STATUS_CODES: Words("Fehlercodes als Zahl oder Text", "error codes as numbers or texts"),
    _Q.IDENTIFIERS: Words("Wie der identifier zurückkommt", "how an identifier comes back"),
    _Q.COUNT: Words("Was cntabsolute sagt", "what cntabsolute says"),
    _Q.MISSING_CALLS: Words("Aufrufe, die es nicht gibt", "calls that are not there"),
    _Q.MISSING_CODE: Words("Mit welchem Fehlercode", "with which error code"),
    _Q.SINGLE_READ: Words("Wie ein einzelner Termin abgefragt wird", "how one appointment is asked for"),
    _Q.SINGLE_REFUSAL: Words("Fehlercode der anderen Wege", "error code of the other ways"),
    _Q.UNKNOWN_APPOINTMENT: Words("Fehlercode eines unbekannten Termins", "error code of an unknown appointment"),
    _Q.MOST_RECORDS: Words("Höchstens so viele Datensätze je Abfrage", "most records of one read"),
    _Q.PERIOD: Words("Welche Termine ein Zeitraum zeigt", "which appointments a period shows"),
    _Q.FOLLOW_UP_PLACE: Words("Wo showFollowUpStatus wirkt", "where showFollowUpStatus counts"),
    _Q.FOLLOW_UP_ELSEWHERE: Words("Was es an der anderen Stelle bewirkt", "what comes of it in the other place"),
    _Q.WORDS: Words("Wörter der Bestätigung", "words of the confirmation"),
    _Q.WORDS_SEEN: Words("Gelesene Wörter der Bestätigung", "words of the confirmation as read"),
    _Q.FOLLOW_UP_WORDS: Words("Wörter der Rückmeldung", "words of the feedback"),
    _Q.FOLLOW_UP_WORDS_SEEN: Words("Gelesene Wörter der Rückmeldung", "words of the feedback as read"),
    _Q.FOLLOW_UP_UNSET: Words("Rückmeldung, die nicht eingerichtet ist", "a feedback that is not set up"),
    _Q.CONTACTS: Words("Form der Kontakte", "shape of contacts"),
    _Q.EMPTY_CONTACTS: Words("Termin ohne Kontakte", "an appointment without contacts"),
    _Q.RECORDS: Words("Form der Datensätze", "shape of records"),
    _Q.EMPTY_RECORDS: Words("Antwort ohne Datensätze", "an answer without records"),
    _Q.ELEMENTS: Words("Form von elements", "shape of elements"),
    _Q.RECORD_IDS: Words("Nummer neben elements", "number beside elements"),
    _Q.ELEMENT_IDS: Words("Nummer in elements", "number in elements"),
    _Q.CONTACT_IDS: Words("Nummer eines Kontakts", "number of a contact"),
    _Q.DATES: Words("Form der Zeiten", "how times are written"),
    _Q.STATUS: Words("Form von status und type", "shape of status and type"),
    _Q.READ_RIGHTS: Words("Recht, Termine zu lesen", "the right to read appointments"),
    _Q.ADDRESS_RIGHTS: Words("Adressen werden gezeigt", "addresses are shown"),
    _Q.HIDDEN: Words("Anteil der Verknüpfungen, die nicht gezeigt werden", "share of links that are not shown"),
    _Q.DOUBLE: Words("Anteil der Kontakte, die doppelt dastehen", "share of contacts that are there twice"),
    _Q.ADDRESS_REFUSAL: Words("Wie das Lesen einer Adresse abgelehnt wird", "how reading an address is refused"),
    _Q.DISABLED: Words("Abgeschaltete Adressfelder", "address fields that are switched off"),
    _Q.WRITE_RIGHTS: Words("Recht, Termine zu bearbeiten", "the right to edit appointments"),
    _Q.VERB: Words("Womit eine Verknüpfung geändert wird", "what changes a link"),
    _Q.RESOURCE_ID: Words("Leere resourceid beim Schreiben", "an empty resourceid of a write"),
    _Q.SUCCESS: Words("Antwort auf ein gelungenes Schreiben", "what a successful write answers"),
    _Q.PARTIAL_WRITES: Words("Der nicht genannte Status beim Schreiben", "the status that a write does not name"),
    _Q.LEFT_ALONE: Words("Die erlaubte Verknüpfung ist, wie sie war", "the allowed link is as it was"),
}
_SURE: Final = {
    Sure.SEEN: Words("gesehen", "seen"),
    Sure.LIKELY: Words("wahrscheinlich", "likely"),
    Sure.OPEN: Words("offen", "open"),
}
#: Answers that are more than a word of the simulator's options.
_ANSWERS: Final = {
    (_Q.LEFT_ALONE, "yes"): Words("ja", "yes"),
    (_Q.LEFT_ALONE, "changed"): Words("NEIN: bitte in onOffice ansehen", "NO: please look at it in onOffice"),
    (_Q.LEFT_ALONE, "unknown"): Words("UNGEWISS: bitte in onOffice ansehen", "UNKNOWN: please look at it in onOffice"),
    (_Q.LEFT_ALONE, "no"): Words(
        "nicht versucht: nicht beide Status sind zu lesen", "not tried: the two statuses cannot both be read"
    ),
    (_Q.NOISE, ""): Words("nichts", "nothing"),
}
_HEADS: Final = (Words("Frage", "Question"), Words("Antwort", "Answer"), Words("Wie sicher", "How sure"))
_NOTHING: Final = Words("nicht zu sehen", "nothing to see it by")
_NONE: Final = Words("keine", "none")
_YES, _NO = Words("ja", "yes"), Words("nein", "no")
_KEPT: Final = Words(
    "Der Dialekt steht in {path}: ohne Namen, Nummern und Texte. onoffice-sync simulate --dialect DATEI spielt ihn nach.",
    "The dialect is in {path}: no names, numbers or texts. onoffice-sync simulate --dialect FILE plays it.",
)


def heads(language: Language) -> list[str]:
    """The heads of the table."""
    return [each.text(language) for each in _HEADS]


def row(answered: Answered, language: Language) -> tuple[str, str, str]:
    """Question, answer, how sure."""
    return QUESTIONS[answered.question].text(language), _answer(answered, language), _SURE[answered.sure].text(language)


def kept(path: Path, language: Language) -> str:
    """Where the dialect is."""
    return _KEPT.text(language).format(path=path)


def _answer(answered: Answered, language: Language) -> str:
    value: Value | None = answered.value
    if isinstance(value, str) and (answered.question, value) in _ANSWERS:
        return _ANSWERS[answered.question, value].text(language)
    if value is None or isinstance(value, bool):
        return (_NOTHING if value is None else _YES if value else _NO).text(language)
    return (", ".join(value) or _NONE.text(language)) if isinstance(value, list) else str(value)
