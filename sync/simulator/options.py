"""The simulator's options: every behaviour that the public facts leave open, with what it may be (onoffice-api 9)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_origin, get_type_hints

from sync.simulator.protocol import BadInput, a_number, a_switch, a_whole_number, a_word, an_object, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


class Envelope(StrEnum):
    """What the top level says when an action failed (onoffice-api 2.2: E1, E2, E3)."""

    WRAPPED = "97"
    CODE = "code"
    OK = "ok"


class SuccessBody(StrEnum):
    """What a successful write answers (onoffice-api 5.3)."""

    EMPTY = "empty"
    RECORD = "record"


class SeveralLinks(StrEnum):
    """What an action of several links does when one of them is wrong; it answers an error in every case.

    ATOMIC: nothing. PARTIAL: the right ones. FIRST: the ones before the first wrong one.
    """

    ATOMIC = "atomic"
    PARTIAL = "partial"
    FIRST = "first"


class EmptyResourceId(StrEnum):
    """Whether a relation is written with an empty resourceid (onoffice-api 3.1, code 18)."""

    OK = "ok"
    REFUSED = "18"


class FilledResourceId(StrEnum):
    """Whether a relation is written with a resourceid that is not empty (onoffice-api 5.3)."""

    OK = "ok"
    REFUSED = "24"


class EmptyRelationInfo(StrEnum):
    """Whether a link is made with a `relationinfo` that is there and empty (onoffice-api 5.2)."""

    OK = "ok"
    REFUSED = "179"


class ModifyVerb(StrEnum):
    """Which verb changes a link that exists (onoffice-api 5.3).

    With MODIFY, create leaves the words of an existing link alone; with CREATE, modify is not configured.
    """

    MODIFY = "modify"
    CREATE = "create"
    BOTH = "both"


class PartialWritesChoice(StrEnum):
    """Whether a write of one status leaves the other alone (onoffice-api 5.3)."""

    KEEP = "keep"
    RESET = "reset"


class ReadWords(StrEnum):
    """How a confirmation reads (onoffice-api 6).

    The ones from NOT_SET_SPACE to MISSING differ in how `nicht gesetzt` reads; OTHER are words that nobody has heard of.
    """

    DOCUMENTED = "documented"
    CANCELLED = "cancelled"
    NOT_SET_SPACE = "not_set_space"
    NOT_SET_LOW = "not_set_low"
    EMPTY = "empty"
    NULL = "null"
    MISSING = "missing"
    UPPER = "upper"
    GERMAN = "german"
    OBJECTS = "objects"
    NUMBERS = "numbers"
    OTHER = "other"


class FollowUpWords(StrEnum):
    """How `followUpStatus` reads, which is documented nowhere (onoffice-api 6.1). OTHER: words that nobody has heard of."""

    GERMAN = "german"
    ENGLISH = "english"
    UPPER = "upper"
    BOOLEANS = "booleans"
    NUMBERS = "numbers"
    DIGITS = "digits"
    YES_NO = "yes_no"
    JA_NEIN = "ja_nein"
    ON_OFF = "on_off"
    OBJECTS = "objects"
    OTHER = "other"


class FollowUpUnset(StrEnum):
    """How `followUpStatus` reads where no feedback is configured (onoffice-api 6.1).

    INACTIVE: as if it were off, though `followUpAvailable` is false; SAYS_AVAILABLE: that is true as well.
    """

    NULL = "null"
    MISSING = "missing"
    INACTIVE = "inactive"
    SAYS_AVAILABLE = "says_available"


class ListShape(StrEnum):
    """A list as PHP may write it: a list, an object with running numbers as keys, an object with ids as keys."""

    LIST = "list"
    OBJECT = "object"
    BY_ID = "by_id"


class EmptyShape(StrEnum):
    """What stands where a list has nothing in it."""

    LIST = "list"
    NULL = "null"
    MISSING = "missing"


class ElementsShape(StrEnum):
    """`elements` as an object, as a list around it, or `[]` where nothing is in it (onoffice-api 2.1)."""

    OBJECT = "object"
    LIST = "list"
    EMPTY_LIST = "empty_list"


class IdShape(StrEnum):
    """An id as a number, as a text, or not there."""

    NUMBER = "number"
    TEXT = "text"
    MISSING = "missing"


class Dates(StrEnum):
    """How a time is written: in UTC with +00:00 or Z, with its own offset, local without zone, in seconds since 1970, or not."""

    UTC = "utc"
    Z = "z"
    OFFSET = "offset"
    LOCAL = "local"
    EPOCH = "epoch"
    MISSING = "missing"


class Noise(StrEnum):
    """What PHP or an editor leaves before or behind the JSON."""

    NONE = ""
    BOM = "bom"
    BOM_AFTER = "bom_after"
    WARNING_BEFORE = "warning_before"
    WARNING_AFTER = "warning_after"
    NOTICE_BEFORE = "notice_before"
    NOTICE_AFTER = "notice_after"


class StatusCodes(StrEnum):
    """Whether the codes of `status` are numbers or texts (onoffice-api 2.3)."""

    NUMBERS = "numbers"
    TEXTS = "texts"


class AppointmentStatus(StrEnum):
    """`status` and `type` of an appointment as `{"value", "label"}` or as a text (onoffice-api 6.1)."""

    OBJECT = "object"
    TEXT = "text"


class Total(StrEnum):
    """What `meta.cntabsolute` says: all that match, nothing, those of this answer, one too many, or zero."""

    ALL = "all"
    NULL = "null"
    SHOWN = "shown"
    TOO_MANY = "too_many"
    ZERO = "zero"


class FollowUpPlace(StrEnum):
    """Where `showFollowUpStatus` counts (onoffice-api 6.1)."""

    BOTH = "both"
    DATA = "data"
    PARAMETER = "parameter"


class Elsewhere(StrEnum):
    """What comes of something in a place where it does not count: nothing, or an error."""

    SILENT = "silent"
    ERROR = "error"


class SingleReadChoice(StrEnum):
    """How one appointment is asked for in `appointmentList` (onoffice-api 6.1).

    RESOURCEID: as text or number; TEXT, NUMBER: as nothing else; PARAMETER: as `resourceId` among the parameters; FILTER: as
    `filter.id`; NONE: not at all.
    """

    RESOURCEID = "resourceid"
    TEXT = "text"
    NUMBER = "number"
    PARAMETER = "parameter"
    FILTER = "filter"
    NONE = "none"


class Identifiers(StrEnum):
    """How `identifier` comes back: as sent, its first eight characters, in capitals, with blanks behind it, or not at all."""

    ECHOED = "echoed"
    CUT = "cut"
    UPPER = "upper"
    PADDED = "padded"
    EMPTY = "empty"
    NULL = "null"
    MISSING = "missing"


class PeriodCounts(StrEnum):
    """Which appointments a period shows (onoffice-api 6.1).

    START: those that start on its days; UTC: the same, days counted in UTC; WITHIN: those that start and end on its days;
    OVERLAP: those that touch it; BEFORE_END: those that start on its days but the last one.
    """

    START = "start"
    UTC = "utc"
    WITHIN = "within"
    OVERLAP = "overlap"
    BEFORE_END = "before_end"


class ApiCall(StrEnum):
    """Calls that may be missing."""

    APPOINTMENT_LIST = "appointmentList"
    CALENDAR = "calendar"
    IDS_FROM_RELATION = "idsfromrelation"
    ADDRESS = "address"
    ESTATE = "estate"
    CREATE = "create"
    DELETE = "delete"


class RateAnswer(StrEnum):
    """How a request above `rate_per_minute` is refused.

    BARE: without Retry-After. TEXT, HTML, JSON and STATUS come with HTTP 200: words, a page, a JSON of its own, the API's
    envelope.
    """

    TOO_MANY = "429"
    TOO_MANY_BARE = "429_bare"
    BUSY = "503"
    BUSY_BARE = "503_bare"
    TEXT = "text"
    HTML = "html"
    JSON = "json"
    STATUS = "status"


class CredentialsAnswer(StrEnum):
    """How wrong credentials are refused (onoffice-api 2.3, 9.3).

    TOP: top level 400 and no results; the next six are its variants: `results` null or missing, `response` a list or missing,
    codes as texts, HTTP 401. ACTION and ACTION_OK: 137 beside every action, under a top level of 500 or 200.
    """

    TOP = "top"
    RESULTS_NULL = "results_null"
    RESULTS_MISSING = "results_missing"
    RESPONSE_LIST = "response_list"
    RESPONSE_MISSING = "response_missing"
    CODES_TEXT = "codes_text"
    HTTP_401 = "http_401"
    ACTION = "action"
    ACTION_OK = "action_ok"


class Redirect(StrEnum):
    """Where the channel `stable` sends a client (onoffice-api 1.1): nowhere, to `latest` here, or to `latest` on another host."""

    NONE = ""
    SAME_HOST = "same_host"
    OTHER_HOST = "other_host"


class DateHeader(StrEnum):
    """Whether an answer tells the server's time."""

    SENT = "sent"
    MISSING = "missing"


class AppointmentKind(StrEnum):
    """Appointments that rights may set apart (onoffice-api 6.4, 8)."""

    SERIES = "series"
    CANCELED = "canceled"
    PRIVATE = "private"
    FOREIGN = "foreign"


class Protected(StrEnum):
    """Appointments that may refuse changes (onoffice-api 6.4, 8); FEEDBACK: a feedback status where none is configured."""

    SERIES = "series"
    CANCELED = "canceled"
    PRIVATE = "private"
    FOREIGN = "foreign"
    FEEDBACK = "feedback"


class HiddenFrom(StrEnum):
    """What does not show a contact that is hidden: the lists of contacts, or `idsfromrelation` as well."""

    LISTS = "lists"
    EVERYTHING = "everything"


class AddressRefusal(StrEnum):
    """How addresses read without the right to read them (onoffice-api 11.5): as if there were none, or refused."""

    EMPTY = "empty"
    REFUSED = "156"


# All of them together, as they are given, told, changed and written down.


#: The version of the shape of a `dialect.json`.
DIALECT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Options:
    """All options with their defaults, each with what it says. None means no limit."""

    latency_ms: Annotated[float, "Time per request."] = 0
    per_action_ms: Annotated[float, "Time per action."] = 0
    max_actions: Annotated[int | None, "Most actions per request."] = None
    max_bytes: Annotated[int | None, "Largest request; above it HTTP 413."] = None
    rate_per_minute: Annotated[int | None, "Most requests per minute."] = None
    rate_answer: Annotated[RateAnswer, "How a request above that is refused."] = RateAnswer.TOO_MANY
    clock_offset_s: Annotated[float, "How far the server's clock is ahead."] = 0
    date_header: Annotated[DateHeader, "Whether answers tell the server's time."] = DateHeader.SENT
    http_status: Annotated[int, "HTTP status of whole and valid answers."] = 200
    redirect: Annotated[Redirect, "Where the channel stable sends a client."] = Redirect.NONE
    redirect_status: Annotated[int, "HTTP status of that."] = 307
    refuse_credentials: Annotated[bool, "Whether right credentials are refused too."] = False
    credentials_answer: Annotated[CredentialsAnswer, "How wrong credentials are refused."] = CredentialsAnswer.TOP
    failure_envelope: Annotated[Envelope, "What the top level says when an action failed."] = Envelope.WRAPPED
    status_codes: Annotated[StatusCodes, "Codes of status as numbers or texts."] = StatusCodes.NUMBERS
    noise: Annotated[Noise, "What stands before or behind the JSON."] = Noise.NONE
    identifiers: Annotated[Identifiers, "How an identifier comes back."] = Identifiers.ECHOED
    success_body: Annotated[SuccessBody, "What a successful write answers."] = SuccessBody.EMPTY
    several_links: Annotated[SeveralLinks, "What is done when one link of an action is wrong."] = SeveralLinks.ATOMIC
    partial_writes: Annotated[PartialWritesChoice, "What a write of one status does to the other."] = PartialWritesChoice.KEEP
    modify_verb: Annotated[ModifyVerb, "Which verb changes a link."] = ModifyVerb.MODIFY
    empty_resourceid: Annotated[EmptyResourceId, "A write without resourceid."] = EmptyResourceId.OK
    filled_resourceid: Annotated[FilledResourceId, "A write with a resourceid."] = FilledResourceId.OK
    empty_relationinfo: Annotated[EmptyRelationInfo, "A link made with an empty relationinfo."] = EmptyRelationInfo.OK
    protected: Annotated[tuple[Protected, ...], "What refuses changes."] = ()
    protected_code: Annotated[int, "Error code of that; 0: success is said and nothing done."] = 156
    read_rights: Annotated[bool, "Whether the API user may read appointments."] = True
    write_rights: Annotated[bool, "Whether it may edit appointments."] = True
    delete_rights: Annotated[bool, "Whether it may take links away."] = True
    estate_rights: Annotated[bool, "Whether it may read estates."] = True
    unseen: Annotated[tuple[AppointmentKind, ...], "Appointments that it is not shown."] = ()
    address_rights: Annotated[bool, "Whether the API user may read addresses."] = True
    address_refusal: Annotated[AddressRefusal, "How addresses read without that right."] = AddressRefusal.EMPTY
    hidden_contacts: Annotated[float, "Share of the links that are not shown."] = 0
    hidden_from: Annotated[HiddenFrom, "What does not show them."] = HiddenFrom.LISTS
    double_contacts: Annotated[float, "Share of the links that read twice, with two states."] = 0
    read_lag_s: Annotated[float, "How long reads show the state before a write."] = 0
    missing_calls: Annotated[tuple[ApiCall, ...], "Calls that are not there."] = ()
    missing_code: Annotated[int, "Error code of that."] = 25
    single_read: Annotated[SingleReadChoice, "How one appointment is asked for."] = SingleReadChoice.RESOURCEID
    single_refusal: Annotated[int, "Error code of another way; 0: no record and no error."] = 91
    max_records: Annotated[int, "Most records that one read answers."] = 500
    period_counts: Annotated[PeriodCounts, "Which appointments a period shows."] = PeriodCounts.START
    cntabsolute: Annotated[Total, "What the number of records says."] = Total.ALL
    words: Annotated[ReadWords, "How a confirmation reads."] = ReadWords.DOCUMENTED
    followup_words: Annotated[FollowUpWords, "How a feedback reads."] = FollowUpWords.GERMAN
    followup_unset: Annotated[FollowUpUnset, "How it reads where none is configured."] = FollowUpUnset.NULL
    followup_place: Annotated[FollowUpPlace, "Where showFollowUpStatus counts."] = FollowUpPlace.BOTH
    followup_elsewhere: Annotated[Elsewhere, "What comes of it in the other place."] = Elsewhere.SILENT
    contacts_shape: Annotated[ListShape, "Contacts as list or object."] = ListShape.LIST
    empty_contacts: Annotated[EmptyShape, "Contacts where there are none."] = EmptyShape.LIST
    contact_ids: Annotated[IdShape, "Ids of contacts."] = IdShape.TEXT
    records_shape: Annotated[ListShape, "Records as list or object."] = ListShape.LIST
    empty_records: Annotated[EmptyShape, "Records where there are none."] = EmptyShape.LIST
    elements_shape: Annotated[ElementsShape, "Elements as object or list."] = ElementsShape.OBJECT
    record_ids: Annotated[IdShape, "Ids beside elements."] = IdShape.NUMBER
    element_ids: Annotated[IdShape, "Ids among elements."] = IdShape.TEXT
    dates: Annotated[Dates, "How times are written."] = Dates.UTC
    appointment_status: Annotated[AppointmentStatus, "Status and type of an appointment."] = AppointmentStatus.OBJECT
    disabled_fields: Annotated[tuple[str, ...], "Fields of addresses that the office has switched off."] = ()
    disabled_code: Annotated[int, "Error code of asking for one; 0: it is left out."] = 0


#: Bounds of numbers that are not simply at least 0 (fractions) or at least 1 (whole numbers).
_BOUNDS: Final[dict[str, tuple[float | None, float | None]]] = {
    "clock_offset_s": (None, None),
    "hidden_contacts": (0, 1),
    "double_contacts": (0, 1),
    "http_status": (200, 599),
    "redirect_status": (300, 399),
    "protected_code": (0, None),
    "single_refusal": (0, None),
    "disabled_code": (0, None),
    "max_records": (1, 500),
}


@cache
def kinds() -> Mapping[str, Any]:
    """The type of every option."""
    return get_type_hints(Options)


@cache
def told() -> Mapping[str, str]:
    """What every option says, in a sentence."""
    return {name: get_args(kind)[1] for name, kind in get_type_hints(Options, include_extras=True).items()}


def changed(options: Options, raw: object) -> Options:
    """The options with the given ones changed and the others left as they are. Raises BadInput."""
    given = an_object(raw, "options", [field.name for field in fields(Options)])
    values: dict[str, Any] = {name: _checked(name, value) for name, value in given.items()}
    return replace(options, **values)


def read_dialect(path: Path) -> dict[str, object]:
    """The options of a `dialect.json` (shape: docs/simulator.md). Raises BadInput, or OSError where it cannot be read."""
    try:
        whole = an_object(read_json(path), "dialect file", ("version", "dialect"), required=("version", "dialect"))
        a_whole_number(whole["version"], "version", DIALECT_VERSION, DIALECT_VERSION)
        dialect = an_object(whole["dialect"], "dialect", [field.name for field in fields(Options)])
        changed(Options(), dialect)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
    return dialect


def write_options(options: Options) -> dict[str, object]:
    """All options in the shape in which they can be put in again."""
    return asdict(options)


def _checked(name: str, raw: object) -> object:
    path, kind = f"options.{name}", kinds()[name]
    least, most = _BOUNDS.get(name, (0, None) if kind is float else (1, None))
    if kind is bool:
        return a_switch(raw, path)
    if kind is float:
        return a_number(raw, path, least, most)
    if get_origin(kind) is tuple:
        return _several(raw, path, get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return a_word(raw, path, kind)
    if raw is None and type(None) in get_args(kind):
        return None
    return a_whole_number(raw, path, int(least or 0), None if most is None else int(most))


def _several(raw: object, path: str, kind: Callable[[str], str]) -> tuple[str, ...]:
    """Words of a closed set, or texts, each once."""
    if not isinstance(raw, (list, tuple)) or not all(isinstance(word, str) for word in raw):
        raise BadInput(f"{path}: a list of words is expected, not {raw!r:.60}")
    if not (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return tuple(dict.fromkeys(raw))
    return tuple(dict.fromkeys(a_word(word, path, kind) for word in raw))
