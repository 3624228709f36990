"""Answers as bytes: the envelope around results, refusals of whole requests, and what stands around the JSON (onoffice-api 2)."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sync.domain.model import Confirmation, Feedback
from sync.simulator.options import (
    CredentialsAnswer,
    Dates,
    ElementsShape,
    EmptyShape,
    Envelope,
    FollowUpUnset,
    FollowUpWords,
    Identifiers,
    IdShape,
    ListShape,
    Noise,
    ReadWords,
    StatusCodes,
    Total,
)
from sync.simulator.protocol import Outcome, RequestRefused, message, php_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sync.simulator.options import Options
    from sync.simulator.records import Contact

    Entry = Mapping[str, object]


# The shapes that answers take: lists as PHP may write them, ids, times, numbers of records (onoffice-api 2.1, 6.1).


def listed(name: str, entries: Sequence[Entry], shape: ListShape, empty: EmptyShape, key: Callable[[int], object]) -> Entry:
    """A list under its name, as the entries of an object; `key` tells the id of the entry at a position."""
    if not entries and empty is not EmptyShape.LIST:
        return {} if empty is EmptyShape.MISSING else {name: None}
    if not entries or shape is ListShape.LIST:
        return {name: list(entries)}
    if shape is ListShape.BY_ID:
        return {name: {str(key(position)): entry for position, entry in enumerate(entries)}}
    return {name: {str(number): entry for number, entry in enumerate(entries, start=1)}}  # PHP's array_filter keeps the numbers


def identified(number: int, shape: IdShape) -> Entry:
    """An id as the entries of an object."""
    match shape:
        case IdShape.MISSING:
            return {}
        case IdShape.TEXT:
            return {"id": str(number)}
        case _:
            return {"id": number}


@lru_cache(maxsize=65_536)
def written(moment: datetime, dates: Dates) -> str | int:
    """A time in a dialect (but the missing one)."""
    match dates:
        case Dates.OFFSET:
            return moment.isoformat(timespec="seconds")
        case Dates.LOCAL:
            return local(moment)
        case Dates.EPOCH:
            return int(moment.timestamp())
        case _:
            text = moment.astimezone(UTC).isoformat(timespec="seconds")
            return text.replace("+00:00", "Z") if dates is Dates.Z else text


def local(moment: datetime) -> str:
    """A time without its zone, as `calendar` tells it (onoffice-api 6.2)."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def data_of(records: Sequence[Entry], total: int | None, options: Options) -> dict[str, object]:
    """`data` of a result."""
    as_documented = options.record_ids is IdShape.NUMBER and options.elements_shape is ElementsShape.OBJECT
    shaped = records if as_documented else [_record(record, options) for record in records]
    meta = {"cntabsolute": _total(total, len(shaped), options.cntabsolute)}
    return {
        "meta": meta,
        **listed("records", shaped, options.records_shape, options.empty_records, lambda number: records[number].get("id")),
    }


def _record(record: Entry, options: Options) -> Entry:
    number, elements = record.get("id"), record.get("elements")
    shaped: dict[str, object] = dict(record)
    if type(number) is int and options.record_ids is not IdShape.NUMBER:
        del shaped["id"]
        shaped |= identified(number, options.record_ids)
    if elements == {} and options.elements_shape is not ElementsShape.OBJECT:
        shaped["elements"] = []
    elif elements and options.elements_shape is ElementsShape.LIST:
        shaped["elements"] = [elements]
    return shaped


def _total(total: int | None, shown: int, says: Total) -> int | None:
    if total is None:
        return None
    return {Total.ALL: total, Total.NULL: None, Total.SHOWN: shown, Total.TOO_MANY: total + 1, Total.ZERO: 0}[says]


#: The code of a wrong signature (onoffice-api 2.3).
WRONG_HMAC: Final = 137

#: Codes that say who is asking is not known: in-body code 400 (onoffice-api 2.3).
NOT_AUTHENTICATED: Final = frozenset({13, 22, WRONG_HMAC})

_CUT: Final = 8
_PADDED: Final = 40

_BOM: Final = "\ufeff".encode()
_WARNING: Final = (
    b"<br />\n<b>Warning</b>:  Undefined array key &quot;relationinfo&quot; in <b>/srv/api/Processor.php</b>"
    b" on line <b>118</b><br />\n"
)
_NOTICE: Final = b"\nNotice: Undefined index: parentid in /srv/api/Processor.php on line 97\n"

#: What stands before and behind the JSON.
_AROUND: Final[dict[Noise, tuple[bytes, bytes]]] = {
    Noise.NONE: (b"", b""),
    Noise.BOM: (_BOM, b""),
    Noise.BOM_AFTER: (b"", _BOM),
    Noise.WARNING_BEFORE: (_WARNING, b""),
    Noise.WARNING_AFTER: (b"", _WARNING),
    Noise.NOTICE_BEFORE: (_NOTICE, b""),
    Noise.NOTICE_AFTER: (b"", _NOTICE),
}

#: `response` of a refusal of credentials.
_NO_RESULTS: Final[dict[CredentialsAnswer, dict[str, object]]] = {
    CredentialsAnswer.RESULTS_NULL: {"response": {"results": None}},
    CredentialsAnswer.RESULTS_MISSING: {"response": {}},
    CredentialsAnswer.RESPONSE_LIST: {"response": []},
    CredentialsAnswer.RESPONSE_MISSING: {},
}


def envelope(outcomes: Sequence[Outcome], options: Options) -> bytes:
    """The answer to a request whose actions were looked at one by one (onoffice-api 2.1, 2.2)."""
    failed, kind = next((outcome for outcome in outcomes if outcome.code), None), options.failure_envelope
    status = _status({"code": 200, "errorcode": 0, "message": "OK"}, options)
    if failed and kind is not Envelope.OK:
        code, detail = (97, "") if kind is Envelope.WRAPPED else (failed.code, failed.detail)
        status = _status({"code": 500, "errorcode": code, "message": message(code, detail)}, options)
    results = [_result(outcome, options) for outcome in outcomes]
    return _wrapped({"status": status, "response": {"results": results}}, options)


def refusal(refused: RequestRefused, options: Options) -> bytes:
    """The answer to a request that was refused as a whole (onoffice-api 2.3)."""
    who = refused.code in NOT_AUTHENTICATED
    status: dict[str, object] = {
        "code": 400 if who else 500,
        "errorcode": refused.code,
        "message": message(refused.code, refused.detail),
    }
    answer = options.credentials_answer
    if who and answer is CredentialsAnswer.CODES_TEXT:
        status = _as_texts(status)
    response = _NO_RESULTS.get(answer) if who else None
    rest = {"response": {"results": []}} if response is None else response
    return _wrapped({"status": _status(status, options), **rest}, options)


def _status(status: dict[str, object], options: Options) -> dict[str, object]:
    return _as_texts(status) if options.status_codes is StatusCodes.TEXTS else status


def _as_texts(status: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value) for name, value in status.items()}


def _wrapped(answer: object, options: Options) -> bytes:
    before, behind = _AROUND[options.noise]
    return before + php_json(answer).encode() + behind


def _result(outcome: Outcome, options: Options) -> dict[str, object]:
    call, good = outcome.call, outcome.code == 0
    return {
        "actionid": call.action_id,
        "resourceid": call.resource_id,
        "resourcetype": call.resource_type,
        "cacheable": good and call.verb in {"read", "get"},
        **_identifier(call.identifier, options.identifiers),
        "data": data_of(outcome.data.records, outcome.data.total, options) if good else [],
        "status": _status({"errorcode": outcome.code, "message": message(outcome.code, outcome.detail)}, options),
    }


def _identifier(sent: str | int | None, comes_back: Identifiers) -> dict[str, object]:
    if comes_back is Identifiers.ECHOED:
        return {"identifier": sent}
    if comes_back is Identifiers.MISSING:
        return {}
    return {"identifier": _BENDS[comes_back](str(sent or ""))}


_BENDS: Final[dict[Identifiers, Callable[[str], str | None]]] = {
    Identifiers.CUT: lambda sent: sent[:_CUT],
    Identifiers.UPPER: str.upper,
    Identifiers.PADDED: lambda sent: sent.ljust(_PADDED),
    Identifiers.EMPTY: lambda _: "",
    Identifiers.NULL: lambda _: None,
}


def gzipped_if_asked(body: bytes, accept_encoding: str) -> tuple[bytes, bool]:
    """The body, compressed where the client takes gzip, and whether it was (onoffice-api 1.1)."""
    offers = [offer.replace(" ", "").lower() for offer in accept_encoding.split(",")]
    if any(offer.split(";")[0] in {"gzip", "x-gzip"} and not offer.endswith((";q=0", ";q=0.0")) for offer in offers):
        return gzip.compress(body, compresslevel=1, mtime=0), True
    return body, False


# How the two statuses of a link read in every dialect (onoffice-api 6, 6.1).


#: Stands for a key that is left out.
ABSENT: Final = object()

#: How a written confirmation reads, as far as it is documented (onoffice-api 6).
CONFIRMATION_READS: Final = {
    Confirmation.CONFIRMED: "confirmed",
    Confirmation.SENT: "sent",
    Confirmation.CANCELED: "canceled",
    Confirmation.NOT_SET: "not-set",
}


def _but(word: Confirmation, read: object) -> Mapping[Confirmation, object]:
    return {**CONFIRMATION_READS, word: read}


def _all(*reads: object) -> Mapping[Confirmation, object]:
    """In the order of the words that are written."""
    return dict(zip(Confirmation, reads, strict=True))


_CONFIRMATIONS: Final[dict[ReadWords, Mapping[Confirmation, object]]] = {
    ReadWords.DOCUMENTED: CONFIRMATION_READS,
    ReadWords.CANCELLED: _but(Confirmation.CANCELED, "cancelled"),
    ReadWords.NOT_SET_SPACE: _but(Confirmation.NOT_SET, "not set"),
    ReadWords.NOT_SET_LOW: _but(Confirmation.NOT_SET, "not_set"),
    ReadWords.EMPTY: _but(Confirmation.NOT_SET, ""),
    ReadWords.NULL: _but(Confirmation.NOT_SET, None),
    ReadWords.MISSING: _but(Confirmation.NOT_SET, ABSENT),
    ReadWords.UPPER: {word: read.upper() for word, read in CONFIRMATION_READS.items()},
    ReadWords.GERMAN: {word: str(word) for word in Confirmation},
    ReadWords.OBJECTS: {word: {"value": read, "label": str(word)} for word, read in CONFIRMATION_READS.items()},
    ReadWords.NUMBERS: _all(2, 1, 3, 0),
    ReadWords.OTHER: _all("attending", "invited", "declined", "blank"),
}

#: How `aktiv` and `inaktiv` read.
_FEEDBACKS: Final[dict[FollowUpWords, tuple[object, object]]] = {
    FollowUpWords.GERMAN: ("aktiv", "inaktiv"),
    FollowUpWords.ENGLISH: ("active", "inactive"),
    FollowUpWords.UPPER: ("AKTIV", "INAKTIV"),
    FollowUpWords.BOOLEANS: (True, False),
    FollowUpWords.NUMBERS: (1, 0),
    FollowUpWords.DIGITS: ("1", "0"),
    FollowUpWords.YES_NO: ("yes", "no"),
    FollowUpWords.JA_NEIN: ("ja", "nein"),
    FollowUpWords.ON_OFF: ("on", "off"),
    FollowUpWords.OBJECTS: ({"value": "active", "label": "aktiv"}, {"value": "inactive", "label": "inaktiv"}),
    FollowUpWords.OTHER: ("requested", "paused"),
}


def confirmation(word: Confirmation, options: Options) -> dict[str, object]:
    """`confirmationStatus` of a link, as the entries of an object."""
    read = _CONFIRMATIONS[options.words][word]
    return {} if read is ABSENT else {"confirmationStatus": read}


def feedback(contact: Contact, options: Options) -> dict[str, object]:
    """`followUpAvailable` and `followUpStatus` of a link, as the entries of an object."""
    active, inactive = _FEEDBACKS[options.followup_words]
    if contact.feedback is not None:
        return {"followUpAvailable": True, "followUpStatus": active if contact.feedback is Feedback.ACTIVE else inactive}
    match options.followup_unset:
        case FollowUpUnset.NULL:
            return {"followUpAvailable": False, "followUpStatus": None}
        case FollowUpUnset.MISSING:
            return {"followUpAvailable": False}
        case unset:
            return {"followUpAvailable": unset is FollowUpUnset.SAYS_AVAILABLE, "followUpStatus": inactive}


def overall(confirmations: Iterable[Confirmation], options: Options) -> dict[str, object]:
    """`confirmationStatus` of an appointment as a whole (onoffice-api 6), as the entries of an object."""
    there = set(confirmations)
    if Confirmation.SENT in there:
        return confirmation(Confirmation.SENT, options)
    if {Confirmation.CONFIRMED, Confirmation.CANCELED} <= there:
        return {"confirmationStatus": "confirmed and canceled"}
    answers = there & {Confirmation.CONFIRMED, Confirmation.CANCELED}
    return confirmation(answers.pop() if answers else Confirmation.NOT_SET, options)
