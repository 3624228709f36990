"""What requests and answers say about an API where its documentation is silent (onoffice-api 10). Pure.

The answers are in terms of the simulator's options, so that it can play them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sync.domain.model import Verb
from sync.onoffice.names import APPOINTMENT_LIST, CALENDAR
from sync.onoffice.words import answer_in, fields, members, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.onoffice.client import Heard
    from sync.onoffice.wire import Call


class Question(StrEnum):
    """Everything that is asked; the values are options of the simulator, but for those in `BESIDE`."""

    HTTP_STATUS = "http_status"
    DATE_HEADER = "date_header"
    CLOCK = "clock_offset_s"
    REDIRECT = "redirect"
    REDIRECT_STATUS = "redirect_status"
    NOISE = "noise"
    FAILURE_ENVELOPE = "failure_envelope"
    STATUS_CODES = "status_codes"
    IDENTIFIERS = "identifiers"
    COUNT = "cntabsolute"
    MISSING_CALLS = "missing_calls"
    MISSING_CODE = "missing_code"
    SINGLE_READ = "single_read"
    SINGLE_REFUSAL = "single_refusal"
    UNKNOWN_APPOINTMENT = "unknown_appointment"
    MOST_RECORDS = "max_records"
    PERIOD = "period_counts"
    FOLLOW_UP_PLACE = "followup_place"
    FOLLOW_UP_ELSEWHERE = "followup_elsewhere"
    WORDS = "words"
    WORDS_SEEN = "words_seen"
    FOLLOW_UP_WORDS = "followup_words"
    FOLLOW_UP_WORDS_SEEN = "followup_words_seen"
    FOLLOW_UP_UNSET = "followup_unset"
    CONTACTS = "contacts_shape"
    EMPTY_CONTACTS = "empty_contacts"
    RECORDS = "records_shape"
    EMPTY_RECORDS = "empty_records"
    ELEMENTS = "elements_shape"
    RECORD_IDS = "record_ids"
    ELEMENT_IDS = "element_ids"
    CONTACT_IDS = "contact_ids"
    DATES = "dates"
    STATUS = "appointment_status"
    READ_RIGHTS = "read_rights"
    ADDRESS_RIGHTS = "address_rights"
    HIDDEN = "hidden_contacts"
    DOUBLE = "double_contacts"
    ADDRESS_REFUSAL = "address_refusal"
    DISABLED = "disabled_fields"
    WRITE_RIGHTS = "write_rights"
    VERB = "modify_verb"
    RESOURCE_ID = "empty_resourceid"
    SUCCESS = "success_body"
    PARTIAL_WRITES = "partial_writes"
    LEFT_ALONE = "left_alone"


#: Told to people; no option of the simulator.
BESIDE: Final = frozenset({Question.UNKNOWN_APPOINTMENT, Question.WORDS_SEEN, Question.FOLLOW_UP_WORDS_SEEN, Question.LEFT_ALONE})


class Sure(StrEnum):
    """How sure an answer is. `likely`: others would look the same with what was there to be seen."""

    SEEN = "seen"
    LIKELY = "likely"
    OPEN = "open"


Value = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one question; None where nothing could be seen."""

    question: Question
    value: Value | None = None
    sure: Sure = Sure.OPEN


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request of one call, and its answers: the last is the one that counts, those before it only sent the client elsewhere."""

    call: Call
    heard: tuple[Heard, ...]

    @property
    def envelope(self) -> Mapping[str, object]:
        """The whole answer; empty where it is none."""
        try:
            return fields(answer_in(self.heard[-1].content)[0]) if self.heard else {}
        except ValueError:
            return {}

    @property
    def result(self) -> Mapping[str, object]:
        """The only result; empty where there is none."""
        return next(iter(members(fields(self.envelope.get("response")).get("results")) or ()), {})

    @property
    def code(self) -> int | None:
        """The error code of the result."""
        return number(fields(self.result.get("status")).get("errorcode"))

    @property
    def data(self) -> Mapping[str, object]:
        """What the result holds."""
        return fields(self.result.get("data"))

    @property
    def records(self) -> Sequence[Mapping[str, object]]:
        """The records, whatever shape they are in."""
        return members(self.data.get("records")) or ()

    @property
    def shows_appointments(self) -> bool:
        """Whether it shows appointments as `appointmentList` does."""
        return self.call.resource_type == APPOINTMENT_LIST and self.code == 0 and bool(self.records)

    @property
    def contacts(self) -> Sequence[Sequence[Mapping[str, object]]]:
        """The contacts of each appointment, with ids or without."""
        elements = (fields(record.get("elements")) for record in self.records)
        return [members(each.get("contacts", each.get("addresses"))) or () for each in elements]


MISSING: Final = "(missing)"

_CONFIRMATIONS: Final[Mapping[str, frozenset[object]]] = {
    "documented": frozenset({"confirmed", "sent", "canceled", "not-set"}),
    "cancelled": frozenset({"confirmed", "sent", "cancelled", "not-set"}),
    "not_set_space": frozenset({"confirmed", "sent", "canceled", "not set"}),
    "not_set_low": frozenset({"confirmed", "sent", "canceled", "not_set"}),
    "empty": frozenset({"confirmed", "sent", "canceled", ""}),
    "null": frozenset({"confirmed", "sent", "canceled", None}),
    "missing": frozenset({"confirmed", "sent", "canceled", MISSING}),
    "upper": frozenset({"CONFIRMED", "SENT", "CANCELED", "NOT-SET"}),
    "german": frozenset({"bestätigt", "gesendet", "gecancelt", "nicht gesetzt"}),
    "objects": frozenset({"{}"}),
    "numbers": frozenset({"int 0", "int 1", "int 2", "int 3"}),
}
_FEEDBACKS: Final[Mapping[str, frozenset[object]]] = {
    "german": frozenset({"aktiv", "inaktiv"}),
    "english": frozenset({"active", "inactive"}),
    "upper": frozenset({"AKTIV", "INAKTIV"}),
    "booleans": frozenset({"bool True", "bool False"}),
    "numbers": frozenset({"int 0", "int 1"}),
    "digits": frozenset({"0", "1"}),
    "yes_no": frozenset({"yes", "no"}),
    "ja_nein": frozenset({"ja", "nein"}),
    "on_off": frozenset({"on", "off"}),
    "objects": frozenset({"{}"}),
}
_LONGEST_WORD: Final = 24
_ZONE: Final = re.compile(r"[+-]\d\d:?\d\d$")
_CUT_OFF: Final = 500


def answers(exchanges: Sequence[Exchange]) -> list[Answered]:
    """What all that was heard says about shapes, words and envelopes."""
    whole = [each for each in exchanges if each.result]
    shown = [each for each in whole if each.shows_appointments]
    elements = [fields(record.get("elements")) for each in shown for record in each.records]
    contacts = [contact for each in shown for some in each.contacts for contact in some]
    calendar = [contact for each in whole if each.call.resource_type == CALENDAR for some in each.contacts for contact in some]
    return [
        *_transport(exchanges),
        *_envelopes(whole),
        _all(Question.COUNT, map(_count, shown)),
        _most_records(shown),
        *_words(contacts or calendar),
        _double(shown),
        *_shapes(whole, shown, elements),
        _all(Question.CONTACT_IDS, (_kind(each, "id") for each in contacts)),
        _all(Question.DATES, map(_date, elements)),
        _all(Question.STATUS, (_status(each["status"]) for each in elements if "status" in each)),
    ]


def _all(question: Question, values: Iterable[Value | None]) -> Answered:
    """The value that is there every time; the most frequent one is only likely."""
    found = [value for value in values if value is not None]
    if not found:
        return Answered(question)
    most = max(found, key=found.count)
    return Answered(question, most, Sure.SEEN if found.count(most) == len(found) else Sure.LIKELY)


def _transport(exchanges: Sequence[Exchange]) -> Iterable[Answered]:
    heard = [each.heard[-1] for each in exchanges if each.heard]
    moved = [one.status for each in exchanges for one in each.heard[:-1] if 300 <= one.status < 400]  # noqa: PLR2004
    yield _all(Question.HTTP_STATUS, (one.status for one in heard))
    yield _all(Question.DATE_HEADER, ("sent" if "Date" in one.headers else "missing" for one in heard))
    if moved:
        yield Answered(Question.REDIRECT, "same_host", Sure.SEEN)
        yield _all(Question.REDIRECT_STATUS, moved)
    yield _all(Question.NOISE, map(_noise, (one.content for one in heard)))


def _noise(content: bytes) -> str:
    mark = b"\xef\xbb\xbf"
    before, after = content.partition(b"{")[0], content.rpartition(b"}")[2]
    for place, beside in (("before", before), ("after", after)):
        says = beside.lower()
        if b"notice" in says or b"warning" in says:
            return f"{'notice' if b'notice' in says else 'warning'}_{place}"
    return "bom" if mark in before else "bom_after" if mark in after else ""


def _envelopes(whole: Sequence[Exchange]) -> Iterable[Answered]:
    failed = [each for each in whole if each.code]
    yield _all(Question.FAILURE_ENVELOPE, map(_failure, failed))
    raw = (fields(each.result.get("status")).get("errorcode") for each in whole)
    yield _all(Question.STATUS_CODES, ("texts" if isinstance(code, str) else "numbers" for code in raw))
    yield _all(Question.IDENTIFIERS, map(_identifier, whole))


def _failure(exchange: Exchange) -> str | None:
    top = number(fields(exchange.envelope.get("status")).get("errorcode"))
    return {0: "ok", 97: "97", exchange.code: "code"}.get(top)


def _identifier(exchange: Exchange) -> str | None:
    sent, echoed = exchange.call.identifier, exchange.result.get("identifier", MISSING)
    if not isinstance(echoed, str):
        return "null" if echoed is None else None
    plain: Mapping[str, str] = {sent: "echoed", "": "empty", MISSING: "missing"}
    if echoed in plain:
        return plain[echoed]
    if echoed.strip() == sent:
        return "padded"
    return "upper" if echoed == sent.upper() else "cut" if sent.startswith(echoed) else None


def _count(exchange: Exchange) -> str | None:
    """What `cntabsolute` says; of a read of one appointment, where no other can be left out."""
    if not _is_single(exchange):
        return None
    count, shown = number(fields(exchange.data.get("meta")).get("cntabsolute")), len(exchange.records)
    return "null" if count is None else "zero" if count == 0 else "all" if count == shown else "too_many"


def _is_single(exchange: Exchange) -> bool:
    return "startDate" not in fields(exchange.call.parameters.get("filter"))


def _most_records(shown: Sequence[Exchange]) -> Answered:
    """The cap, where a read of a period says that there is more than it shows; one more may be a miscount."""
    exact = [_count(each) for each in shown if _is_single(each)]
    spare = 0 if exact and set(exact) == {"all"} else 1
    for each in shown:
        count, there = number(fields(each.data.get("meta")).get("cntabsolute")), len(each.records)
        if not _is_single(each) and (there >= _CUT_OFF or (count or 0) > there + spare):
            return Answered(Question.MOST_RECORDS, min(there, _CUT_OFF), Sure.LIKELY)
    return Answered(Question.MOST_RECORDS)


def _words(contacts: Sequence[Mapping[str, object]]) -> Iterable[Answered]:
    some = any("confirmationStatus" in each for each in contacts)
    read = [_form(each.get("confirmationStatus", MISSING)) for each in contacts if some]
    yield from _said(Question.WORDS, Question.WORDS_SEEN, read, _CONFIRMATIONS)
    set_up = [each for each in contacts if each.get("followUpAvailable") is not False]
    given = [_form(each["followUpStatus"]) for each in set_up if each.get("followUpStatus") is not None]
    yield from _said(Question.FOLLOW_UP_WORDS, Question.FOLLOW_UP_WORDS_SEEN, given, _FEEDBACKS)
    without = [each.get("followUpStatus", MISSING) for each in contacts if each.get("followUpAvailable") is False]
    yield _all(
        Question.FOLLOW_UP_UNSET,
        ("missing" if word == MISSING else "null" if word is None else "inactive" for word in without),
    )


def _said(
    question: Question, shown: Question, read: Sequence[object], known: Mapping[str, frozenset[object]]
) -> Iterable[Answered]:
    """The first of the known vocabularies that holds every word; one with most of them is only likely."""
    seen = set(read)
    if not seen:
        return [Answered(question), Answered(shown)]
    fitting = [name for name, words in known.items() if seen <= words]
    most = max(known, key=lambda name: len(seen & known[name]))
    name = fitting[0] if fitting else most if seen & known[most] else "other"
    sure = Sure.SEEN if len(fitting) == 1 or name == "other" else Sure.LIKELY
    words = sorted("null" if word is None else str(word)[:_LONGEST_WORD] for word in seen)
    return [Answered(question, name, sure), Answered(shown, words, Sure.SEEN)]


def _form(word: object) -> object:
    """A word so that different types are different."""
    if isinstance(word, dict):
        return "{}"
    return f"{type(word).__name__} {word}" if isinstance(word, bool | int) else word if isinstance(word, str | None) else "?"


def _double(shown: Sequence[Exchange]) -> Answered:
    """The share of contacts that are there twice."""
    ids = [[number(contact.get("id")) for contact in some] for each in shown for some in each.contacts]
    different = sum(len({*some}) for some in ids)
    if not different or any(None in some for some in ids):
        return Answered(Question.DOUBLE)
    twice = sum(len(some) - len({*some}) for some in ids)
    return Answered(Question.DOUBLE, round(twice / different, 2), Sure.SEEN)


def _shapes(whole: Sequence[Exchange], shown: Sequence[Exchange], elements: Sequence[Mapping[str, object]]) -> Iterable[Answered]:
    records = [record for each in shown for record in each.records]
    listed = [each.get("contacts", MISSING) for each in elements]
    yield _all(Question.CONTACTS, map(_shape, listed))
    yield _all(Question.EMPTY_CONTACTS, map(_empty, listed))
    yield _all(Question.RECORDS, (_shape(each.data.get("records")) for each in shown))
    none = [each.data.get("records", MISSING) for each in whole if each.code == 0 and each.call.verb is Verb.GET]
    yield _all(Question.EMPTY_RECORDS, map(_empty, none))
    wrapped = [record.get("elements") for record in records]
    yield _all(Question.ELEMENTS, ("list" if isinstance(each, list) else "object" for each in wrapped))
    yield _all(Question.RECORD_IDS, (_kind(each, "id") for each in records))
    yield _all(Question.ELEMENT_IDS, (_kind(each, "id") for each in elements))


def _shape(value: object) -> str | None:
    if not value or not isinstance(value, list | dict):
        return None
    if isinstance(value, list):
        return "list"
    ids = [number(each.get("id")) for each in value.values() if isinstance(each, dict)]
    by_id = [number(key) for key in value] == ids or set(ids) == {None}
    return "by_id" if by_id else "object"


def _empty(value: object) -> str | None:
    return "list" if value in ([], {}) else "null" if value is None else "missing" if value == MISSING else None


def _kind(record: Mapping[str, object], key: str) -> str:
    value = record.get(key)
    return "missing" if value is None else "text" if isinstance(value, str) else "number"


def _date(elements: Mapping[str, object]) -> str:
    start = fields(elements.get("date")).get("start")
    if not isinstance(start, str):
        return "missing" if start is None else "epoch"
    if start.endswith(("Z", "+00:00")):
        return "z" if start.endswith("Z") else "utc"
    return "offset" if _ZONE.search(start) else "local"


def _status(value: object) -> str | None:
    return "object" if isinstance(value, dict) else "text" if isinstance(value, str) else None


def merged(some: Iterable[Answered]) -> list[Answered]:
    """One answer to each question, in the order of the questions; of several the first that is one."""
    found: dict[Question, Answered] = {}
    for each in some:
        if each.value is not None:
            found.setdefault(each.question, each)
    return [found.get(question, Answered(question)) for question in Question]


def dialect(some: Iterable[Answered]) -> dict[str, Value]:
    """What the simulator takes as a dialect: only what was seen."""
    return {str(each.question): each.value for each in some if each.value is not None and each.question not in BESIDE}
