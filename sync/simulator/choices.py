"""The closed sets that options choose from: what the public facts leave open, in the words of the command line."""

from __future__ import annotations

from enum import StrEnum


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
