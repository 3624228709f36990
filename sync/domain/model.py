"""The words of the domain as small frozen types. Imports nothing of ours.

What holds one value per row passes between stages as tables of `sync.domain.tables`; everything else is a frozen value.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum, StrEnum, auto
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from sync.domain.tables import Carried, Changes, ProblemTable, RowTable, VerdictTable

_RUN_ID: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}", re.ASCII)
_CANDIDATE: Final = re.compile(r"(?:([0-9]+)/)?([0-9]+) ?(.*)", re.ASCII)
_MEETING: Final = re.compile(r"= ([0-9]+) ([0-9T:.-]*) (.*)", re.ASCII)


class StatusWord(StrEnum):
    """A word of one of the two statuses, with all that is known about it; what it means is the text `template.meaning.*`.

    `read` is how onOffice may say it where it is read, in small letters without anything between them, besides the word itself
    (onoffice-api 6). `spelled` is how people may write it besides, so that it is repaired; `likely` are everyday words that only
    suggest it: what the writer meant is likely, not certain. Those may stand for another word in either column.
    """

    _value_: str
    read: tuple[str, ...]
    spelled: tuple[str, ...]
    likely: tuple[str, ...]

    def __new__(
        cls, written: str, read: tuple[str, ...] = (), spelled: tuple[str, ...] = (), likely: tuple[str, ...] = ()
    ) -> Self:
        """A word as it is written to the API, with what else stands for it."""
        word = str.__new__(cls, written)
        word._value_, word.read, word.spelled, word.likely = written, read, spelled, likely
        return word


class Confirmation(StatusWord):
    """Confirmation status of a link, in the words that are written to the API (onoffice-api 5.3)."""

    CONFIRMED = (
        "bestätigt",
        ("confirmed",),
        ("confirmed",),
        ("zugesagt", "zusage", "angenommen", "accepted", "bestätigt ja", "ja", "ok", "okay", "x", "yes"),
    )
    SENT = "gesendet", ("sent",), ("sent",), ("versendet", "verschickt", "geschickt", "abgeschickt", "eingeladen")
    CANCELED = (
        "gecancelt",
        ("canceled", "cancelled"),
        ("canceled", "cancelled"),
        ("abgesagt", "absage", "storniert", "abgelehnt", "entfällt", "declined", "rejected", "nein", "no"),
    )
    NOT_SET = (
        "nicht gesetzt",
        ("notset", "nichtgesetzt", ""),
        ("not set", "nichtgesetzt"),
        ("offen", "leer", "keine", "unbestätigt", "nicht bestätigt", "ungesetzt", "open", "unset"),
    )


class Feedback(StatusWord):
    """Feedback status of a link, in the words that are written to the API (onoffice-api 5.3)."""

    ACTIVE = (
        "aktiv",
        ("active", "true", "1", "yes", "ja", "on", "an"),
        ("active",),
        ("ja", "an", "ein", "aktiviert", "eingeschaltet", "yes", "on", "1", "ok", "okay", "x", "zugesagt", "zusage"),
    )
    INACTIVE = (
        "inaktiv",
        ("inactive", "false", "0", "no", "nein", "off", "aus"),
        ("inactive",),
        (
            *("nein", "aus", "deaktiviert", "ausgeschaltet", "nicht aktiv", "no", "off", "0"),
            *("abgesagt", "absage", "storniert", "offen"),
        ),
    )


class Operation(StrEnum):
    """What a row wants done with its link, in the words of the optional column "Aktion"."""

    SET = "setzen"
    LINK = "verknüpfen"
    UNLINK = "lösen"


class Column(StrEnum):
    """The declared columns of a sheet; the values are the names used in configuration and tables."""

    APPOINTMENT = "appointment_id"
    ADDRESS = "address_id"
    CONFIRMATION = "confirmation"
    FEEDBACK = "feedback"
    ACTION = "action"
    BEGIN = "begin"
    CONFIRMATION_NOW = "confirmation_now"
    FEEDBACK_NOW = "feedback_now"


#: The allowed words of the columns that know only some.
ALLOWED: Final[Mapping[Column, tuple[str, ...]]] = {
    Column.CONFIRMATION: tuple(Confirmation),
    Column.FEEDBACK: tuple(Feedback),
    Column.ACTION: tuple(Operation),
}


class Verdict(StrEnum):
    """What we conclude about one row: the closed set of the report."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    INVALID = "invalid"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


class CheckOutcome(StrEnum):
    """What `check` says about one row: everything that can be known without asking the CRM."""

    VALID = "valid"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    INVALID = "invalid"


#: Verdicts, and outcomes of a check, after which nobody has to do anything; a duplicate is no more done than what it repeats.
FINE: Final[frozenset[Verdict | CheckOutcome]] = frozenset(
    {Verdict.UPDATED, Verdict.UNCHANGED, Verdict.DUPLICATE, CheckOutcome.VALID}
)


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    ROWS_NEED_A_PERSON = 3
    ALREADY_RUNNING = 4


class Severity(StrEnum):
    """An error keeps its row from being sent; a warning only tells."""

    ERROR = "error"
    WARNING = "warning"


_IDS: Final = (Column.APPOINTMENT, Column.ADDRESS)
_WORDS: Final = (Column.CONFIRMATION, Column.FEEDBACK)


class Code(StrEnum):
    """Every kind of finding that can stand beside a row, whoever finds it: the only table of them.

    `cells` are the columns that a finding without a column of its own concerns. Its texts are `finding.*`, `finding.*.next` and
    `finding.*.short`.
    """

    _value_: str
    severity: Severity
    cells: tuple[Column, ...]

    def __new__(cls, code: str, severity: Severity = Severity.ERROR, cells: tuple[Column, ...] = ()) -> Self:
        """A kind of finding; whoever says nothing else means an error in no certain cell."""
        finding = str.__new__(cls, code)
        finding._value_, finding.severity, finding.cells = code, severity, cells
        return finding

    # the row itself
    MISSING_ID = "missing_id"
    BAD_ID = "bad_id"
    CUSTOMER_NUMBER_MISSING = "customer_number_missing"
    CUSTOMER_NUMBER_UNKNOWN = "customer_number_unknown"
    CUSTOMER_NUMBER_SHARED = "customer_number_shared"
    DATE_AS_ID = "date_as_id"
    BOOLEAN_AS_ID = "boolean_as_id"
    INEXACT_ID = "inexact_id"
    ZERO_AS_ID = "zero_as_id"
    FOREIGN_DIGITS = "foreign_digits"
    ID_TOO_LONG = "id_too_long"
    UNKNOWN_WORD = "unknown_word"
    NOTHING_TO_SET = "nothing_to_set", Severity.ERROR, _WORDS
    ERROR_CELL = "error_cell"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    READINGS_DIFFER = "readings_differ"
    RECORD_TOO_LONG = "record_too_long", Severity.ERROR, (*_IDS, *_WORDS, Column.ACTION, Column.BEGIN)
    DAMAGED_TEXT = "damaged_text"
    BAD_BEGIN = "bad_begin"
    ACTION_NOT_ALLOWED = "action_not_allowed"
    NUMBERS_SUGGESTED = "numbers_suggested"
    NUMBERS_TO_CHOOSE = "numbers_to_choose"
    NUMBERS_NOT_FOUND = "numbers_not_found"
    NUMBERS_NEED_START = "numbers_need_start"
    # beside other rows
    CONTRADICTION = "contradiction", Severity.ERROR, (*_WORDS, Column.ACTION)
    OTHERS_CONTRADICT = "others_contradict"
    OVERRULED = "overruled"
    SAME_AS_EARLIER = "same_as_earlier", Severity.WARNING
    SENT_BEFORE = "sent_before", Severity.WARNING
    SAME_AS_SEVERAL = "same_as_several", Severity.WARNING
    SAME_AS_FAILED = "same_as_failed"
    # what the CRM says
    NOT_LINKED = "not_linked", Severity.ERROR, _IDS
    APPOINTMENT_UNKNOWN = "appointment_unknown", Severity.ERROR, (Column.APPOINTMENT,)
    NO_RIGHT_TO_READ = "no_right_to_read"
    REFUSED_BY_CRM = "refused_by_crm", Severity.ERROR, _IDS
    NOT_APPLIED = "not_applied", Severity.ERROR, _WORDS
    NOT_MADE = "not_made", Severity.ERROR, _WORDS
    FEEDBACK_NOT_SET_UP = "feedback_not_set_up", Severity.ERROR, (Column.FEEDBACK,)
    ONLY_FEEDBACK_MISSING = "only_feedback_missing", Severity.ERROR, (Column.FEEDBACK,)
    RESCHEDULED = "rescheduled", Severity.ERROR, (Column.BEGIN,)
    START_UNKNOWN = "start_unknown", Severity.ERROR, (Column.BEGIN,)
    CHANGED_SINCE = "changed_since", Severity.ERROR, _WORDS
    OLD_FILE = "old_file", Severity.ERROR, _WORDS
    NO_ANSWER = "no_answer"
    NOT_READ_BACK = "not_read_back"
    STOPPED = "stopped"
    NOT_LOOKED_AT = "not_looked_at"
    TOO_MANY_CHANGES = "too_many_changes"
    TOO_MANY_INVALID = "too_many_invalid"
    NOT_VERIFIED = "not_verified", Severity.WARNING
    OTHER_STATUS_LOST = "other_status_lost"
    OTHER_STATUS_UNREAD = "other_status_unread"
    PERHAPS_HIDDEN = "perhaps_hidden"
    BEFORE_UNKNOWN = "before_unknown"
    # warnings about how the row was read
    REPAIRED = "repaired", Severity.WARNING
    HIDDEN_SHEET = "hidden_sheet", Severity.WARNING
    HIDDEN_ROW = "hidden_row", Severity.WARNING
    FILTERED_ROW = "filtered_row", Severity.WARNING
    HIDDEN_COLUMN = "hidden_column", Severity.WARNING
    MERGED_CELL = "merged_cell", Severity.WARNING
    UNDER_MERGED_CELL = "under_merged_cell", Severity.WARNING
    SHORT_RECORD = "short_record", Severity.WARNING
    MIXED_ENCODING = "mixed_encoding", Severity.WARNING
    WORD_NOT_USED = "word_not_used", Severity.WARNING
    # warnings about what was done besides, and what may follow
    OTHER_STATUS_SET_BACK = "other_status_set_back", Severity.WARNING
    NOT_ASKED_AGAIN = "not_asked_again", Severity.WARNING
    MAY_ASK_FOR_FEEDBACK = "may_ask_for_feedback", Severity.WARNING
    MAY_REMIND = "may_remind", Severity.WARNING
    RECURRING = "recurring", Severity.WARNING
    PERSON_DIFFERS = "person_differs", Severity.WARNING
    START_DIFFERS = "start_differs", Severity.WARNING


#: The codes that only tell; every other one is an error.
WARNINGS: Final = frozenset(code for code in Code if code.severity is Severity.WARNING)

#: The codes of rows without numbers, of which one stands beside each.
WITHOUT_NUMBERS: Final = frozenset(
    {Code.NUMBERS_SUGGESTED, Code.NUMBERS_TO_CHOOSE, Code.NUMBERS_NOT_FOUND, Code.NUMBERS_NEED_START}
)

#: The codes that name addresses, or links, from which a person may choose.
WITH_CANDIDATES: Final = frozenset({Code.NOT_LINKED, Code.CUSTOMER_NUMBER_SHARED}) | WITHOUT_NUMBERS

#: The codes of rows that may be right as they are: the CRM does not let the job see what they name.
LACKS_A_RIGHT: Final = frozenset({Code.NO_RIGHT_TO_READ, Code.PERHAPS_HIDDEN})

#: The warnings that the CRM may write to customers on its own.
CUSTOMERS = frozenset({Code.MAY_ASK_FOR_FEEDBACK, Code.MAY_REMIND})


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: file (path below the drop folder), sheet (None for CSV), row as shown there."""

    file: str
    sheet: str | None
    row: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding about the input.

    `column` is the header as it stands in the file, `value` the cell as it stands in the file, `hint` what the text of
    the code needs besides (a suggestion, the word that was taken, the place of another row).
    """

    place: Place
    code: Code
    column: str | None = None
    value: str | None = None
    hint: str | None = None

    @property
    def severity(self) -> Severity:
        """Whether the problem keeps its row from being sent."""
        return self.code.severity


class Candidate(NamedTuple):
    """An address that is linked to an appointment; its name is "" where nobody knows it.

    `appointment_id` is 0 where the appointment goes without saying.
    """

    address_id: int
    name: str = ""
    appointment_id: int = 0

    @property
    def told(self) -> str:
        """Numbers and name in one line."""
        numbers = f"{self.appointment_id}/{self.address_id}" if self.appointment_id else str(self.address_id)
        return f"{numbers} {self.name}".strip()


class Meeting(NamedTuple):
    """An appointment as people know it: its number, its start in the office's own time, its subject; "" where nobody knows it."""

    appointment_id: int
    start: datetime | None = None
    subject: str = ""


#: The end of the hint of what cannot be done, where its row asks for nothing else.
NOTHING_ELSE: Final = "nothing else"
_SINCE: Final = "since "


def as_set_since(run: str) -> str:
    """The hint of `Code.OLD_FILE` where a run has set otherwise since what a row asks for, and no run had brought that about."""
    return f"{_SINCE}{run}"


def set_since(hint: str) -> str:
    """The run of such a hint; "" where the hint is the run that had brought about what the row asks for."""
    return hint.removeprefix(_SINCE) if hint.startswith(_SINCE) else ""


def as_hint(candidates: Iterable[Candidate], meeting: Meeting | None = None) -> str:
    """Candidates as the hint of a problem, with a line about the appointment that they belong to."""
    start = meeting.start.isoformat() if meeting and meeting.start else ""
    about = [f"= {meeting.appointment_id} {start} {meeting.subject}"] if meeting else []
    return "\n".join([*about, *(each.told for each in candidates)])


def from_hint(hint: str | None) -> tuple[Candidate, ...]:
    """The candidates that `as_hint` has put into words."""
    found = (_CANDIDATE.fullmatch(line) for line in (hint or "").split("\n"))
    return tuple(Candidate(int(each[2]), each[3], int(each[1] or 0)) for each in found if each)


def meeting_in(hint: str | None) -> Meeting | None:
    """The appointment that the candidates of a hint belong to, where `as_hint` has said so."""
    found = _MEETING.fullmatch((hint or "").partition("\n")[0])
    return Meeting(int(found[1]), datetime.fromisoformat(found[2]) if found[2] else None, found[3]) if found else None


def without_names(hint: str | None) -> str | None:
    """Such a hint without the names of people, which a subject may hold, too; any other one as it is."""
    meeting, candidates = meeting_in(hint), from_hint(hint)
    if not (meeting or candidates):
        return hint
    return as_hint((each._replace(name="") for each in candidates), meeting and meeting._replace(subject=""))


class FileKind(StrEnum):
    """The kinds of files that hold tables, judged by their content."""

    TEXT = "text"
    HTML = "html"
    SPREADSHEETML = "spreadsheetml"
    FODS = "fods"
    ODS = "ods"
    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"


class Why(StrEnum):
    """Why a whole file cannot be read; the texts, with the next step, are in `sync.i18n.texts`."""

    EMPTY = "empty"
    NO_ROWS = "no_rows"
    EMPTY_TEMPLATE = "empty_template"
    NO_HEADER = "no_header"
    NUMBERS_SOUGHT_LATER = "numbers_sought_later"
    NUMBERS_NOT_ALLOWED = "numbers_not_allowed"
    NUMBERS_NOT_SOUGHT = "numbers_not_sought"
    SHEET_WITHOUT_HEADER = "sheet_without_header"
    CUSTOMER_NUMBER = "customer_number"
    NO_STATUS_COLUMN = "no_status_column"
    TWO_COLUMNS = "two_columns"
    TWO_HEADER_ROWS = "two_header_rows"
    OTHER_COLUMNS = "other_columns"
    BROKEN_HEADER = "broken_header"
    NOT_A_TABLE = "not_a_table"
    OWN_REPORT = "own_report"
    XML_DECLARATIONS = "xml_declarations"
    DAMAGED = "damaged"
    READINGS_DIFFER = "readings_differ"
    OLD_EXCEL = "old_excel"
    PASSWORD = "password"  # noqa: S105 - a reason, not a secret
    UNKNOWN_ENCODING = "unknown_encoding"
    UNCLOSED_QUOTE = "unclosed_quote"
    LIMIT_FILE_SIZE = "limit_file_size"
    LIMIT_UNPACKED_SIZE = "limit_unpacked_size"
    LIMIT_CELLS = "limit_cells"
    LIMIT_COLUMNS = "limit_columns"
    LIMIT_SECONDS = "limit_seconds"
    LIMIT_MEMORY = "limit_memory"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_MANY_WRONG = "too_many_wrong"
    NO_TIME = "no_time"
    READER_CRASHED = "reader_crashed"
    NOT_JUDGED = "not_judged"
    RUNS_DIED = "runs_died"
    NOT_A_FILE = "not_a_file"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a file was refused. `detail` is what the text needs besides: a limit, the headers that are there; `sheet` is where.

    `missing` are the columns that a header lacks; the confirmation stands for the feedback, too, as either would do.
    """

    why: Why
    detail: str = ""
    sheet: str = ""
    missing: tuple[Column, ...] = ()


#: With more wrong rows a file is refused as a whole: nobody can mend them one by one, and each would take room in every report.
MOST_WRONG_ROWS = 20_000


def is_run_id(text: str) -> bool:
    """Whether this is the id of a run, as they are made: 20261124-030000-3f9c. Only then it may become part of a path."""
    return _RUN_ID.fullmatch(text) is not None


class WhyLeft(StrEnum):
    """Why something stays in the drop folder and is not read; the texts are in `sync.i18n.texts`."""

    OPEN = "open"
    UNSETTLED = "unsettled"
    NOT_A_FILE = "not_a_file"
    NO_ACCESS = "no_access"
    CLOSED_FOLDER = "closed_folder"
    SECOND_NAME = "second_name"
    LONG_PATH = "long_path"
    NO_ROOM = "no_room"
    GONE = "gone"
    NO_TIME = "no_time"


_FOR_A_PERSON: Final = frozenset(
    {
        *(WhyLeft.NOT_A_FILE, WhyLeft.NO_ACCESS, WhyLeft.CLOSED_FOLDER),
        *(WhyLeft.SECOND_NAME, WhyLeft.LONG_PATH, WhyLeft.NO_ROOM),
    }
)


@dataclass(frozen=True, slots=True)
class Left:
    """Something that stays in the drop folder: its path below it as people read it, and why."""

    name: str
    why: WhyLeft

    @property
    def needs_a_person(self) -> bool:
        """Whether no later run can read it either, unless somebody does something about it."""
        return self.why in _FOR_A_PERSON

    @property
    def waits(self) -> bool:
        """Whether it is there and a later run may take it."""
        return self.why in {WhyLeft.OPEN, WhyLeft.UNSETTLED, WhyLeft.NO_TIME}


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One column of a sheet's table.

    `header` is its text as it stands there, `position` counts the columns from 0, `texts` holds a text for each row, "" for a
    blank cell.
    """

    header: str
    position: int
    texts: npt.NDArray[np.object_]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One table found in a file.

    `rows` are row numbers as the spreadsheet program shows them; for CSV the physical line on which the record starts.
    `declared` holds the declared columns that were found, `others` those that nobody declared, with at least one text or a
    header, in the order of the file; one without a header is named by its letter. `blank` counts blank rows between the header
    and the last row. `problems` are findings that only the reader of the file can have (error cells, hidden rows, ...).
    `addresses` are the record numbers that stand for customer numbers.
    """

    name: str | None
    header_row: int
    rows: npt.NDArray[np.int64]
    declared: Mapping[Column, Cells | Carried]
    others: tuple[Cells | Carried, ...] = ()
    blank: int = 0
    problems: tuple[Problem, ...] = ()
    addresses: npt.NDArray[np.object_] | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file as read: its sheets, or the reason why it could not be read.

    `name` is its path below the drop folder, with `/`. `dropped_before` is the run that processed the same bytes before. `kind`
    is what it is, judged by its content. `as_handed_out`: it is a correction file in which nobody has changed anything.
    `settled`: it was processed before, and other files have settled since what is wrong in it; where they have not, `also_in`
    says how many of its rows wait in which other correction files. `given_back`: it is a workbook as the job gave it back, with
    the job's own notes in it; `correction` is what a correction file has within itself, by which it is known under any name.
    """

    name: str
    sha256: str
    sheets: tuple[Sheet, ...] = ()
    reason: Reason | None = None
    dropped_before: str | None = None
    kind: FileKind | None = None
    as_handed_out: bool = False
    settled: bool = False
    also_in: tuple[tuple[str, int], ...] = ()
    given_back: bool = False
    correction: str = ""

    @property
    def readable(self) -> bool:
        """Whether there are rows to work on."""
        return self.reason is None

    @property
    def is_unnumbered(self) -> bool:
        """Whether a check leaves it to a run to look up its record numbers."""
        return self.reason is not None and self.reason.why is Why.NUMBERS_SOUGHT_LATER


class Stop(StrEnum):
    """Why a run ended before its work was done; the texts, with the next step, are in `sync.i18n.texts`."""

    CREDENTIALS = "credentials"
    CLOCK = "clock"
    CLOCK_DISPUTED = "clock_disputed"
    UNREACHABLE = "unreachable"
    REDIRECTED = "redirected"
    TOO_MANY_REQUESTS = "too_many_requests"
    BAD_ANSWERS = "bad_answers"
    REQUEST_REFUSED = "request_refused"
    INTERRUPTED = "interrupted"
    DEADLINE = "deadline"
    TOO_MANY_CHANGES = "too_many_changes"
    TOO_MANY_INVALID = "too_many_invalid"


#: What stops a run before anything is sent and can be let pass by a person.
GUARDS = frozenset({Stop.TOO_MANY_CHANGES, Stop.TOO_MANY_INVALID})

#: What is said beside the rows that a guard keeps from being sent.
HELD_BACK = frozenset(Code(stop.value) for stop in GUARDS)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a run ended early. `detail` is what the text needs besides: an address, a number of seconds, an error code.

    `accept` is the run to name when somebody wants to let it pass; "" where that cannot be.
    """

    stop: Stop
    detail: str = ""
    accept: str = ""


class Link(NamedTuple):
    """The relation between one appointment and one address, by record numbers."""

    appointment_id: int
    address_id: int


class State(NamedTuple):
    """The two statuses of a link. None means "leave it as it is" when wanted, "not known" when read."""

    confirmation: Confirmation | None = None
    feedback: Feedback | None = None

    def differs_from(self, live: State) -> State:
        """The part of this wanted state that `live` does not show."""
        confirmation = self.confirmation if self.confirmation != live.confirmation else None
        feedback = self.feedback if self.feedback != live.feedback else None
        return State(confirmation, feedback) if confirmation or feedback else _NOTHING_SET

    def filled_from(self, other: State) -> State:
        """This state, with the words of another one where it has none."""
        return State(self.confirmation or other.confirmation, self.feedback or other.feedback)

    @property
    def at_creation(self) -> State:
        """What a link is made with: create is documented with the confirmation only (onoffice-api 5.2)."""
        return State(self.confirmation if self.confirmation is not Confirmation.NOT_SET else None)

    @property
    def words(self) -> tuple[str | None, str | None]:
        """Confirmation and feedback as plain text, for tables and the ledger."""
        return self.confirmation and self.confirmation.value, self.feedback and self.feedback.value

    def __bool__(self) -> bool:
        """Whether anything is set at all."""
        return self.confirmation is not None or self.feedback is not None


#: Shared, for of most links nothing differs.
_NOTHING_SET = State()


@dataclass(frozen=True, slots=True)
class Change:
    """The wanted state of one link, from one or more rows; with LINK it is made where missing, with UNLINK taken away.

    `guards` are what rows say in guarding columns of how the link or its appointment has to be, as `rows.columns.GUARDS` reads
    it: where a look shows something else, nothing is sent (`rounds.guards.GUARDS`). `expects` is the live state that the link
    must have before anything is sent to it; another one is a conflict too (an undo must not take back what somebody did since).
    `handed_out` is what a work list says that the link had when it was handed out.
    """

    link: Link
    wanted: State
    aim: Operation = Operation.SET
    guards: tuple[tuple[Column, str], ...] = ()
    expects: Live | None = None
    handed_out: State = _NOTHING_SET

    @property
    def guarded(self) -> bool:
        """Whether it says how its link has to be before anything is written to it."""
        return bool(self.guards) or self.expects is not None or bool(self.handed_out)

    @property
    def asks_nothing(self) -> bool:
        """Whether the link is only to be looked at."""
        return self.aim is Operation.SET and not self.wanted


class Found(IntEnum):
    """What a look found out about a link. HIDDEN: no look shows it, but it is there, or nobody can tell that it is not."""

    LINKED = auto()
    NOT_LINKED = auto()
    NO_APPOINTMENT = auto()
    UNREADABLE = auto()
    HIDDEN = auto()


class Live(NamedTuple):
    """The live state of one link. `start` is the appointment's start as ISO text, where known.

    `feedback_set_up` is False where the CRM says that the appointment has no feedback at all (onoffice-api 6.1). `recurs`: it
    is one of a series. `reminds`: the CRM reminds those who confirmed, and nobody else (onoffice-api 7). `tells_feedback` is
    False where looks tell nothing of feedback statuses.
    """

    found: Found
    state: State = State()
    start: str | None = None
    feedback_set_up: bool = True
    recurs: bool = False
    reminds: bool = False
    tells_feedback: bool = True

    def is_another(self, other: Live) -> bool:
        """Whether two looks cannot have seen the same, as far as both tell."""
        pairs = zip(self.state, other.state, strict=True)
        return self.found is not other.found or any(one and two and one != two for one, two in pairs)

    def cannot_show(self, missing: State) -> bool:
        """Whether all that is missing is a feedback status, where looks tell none."""
        return not self.tells_feedback and missing.feedback is not None and missing.confirmation is None

    def cannot_have(self, missing: State) -> bool:
        """Whether all that is missing is the feedback status of an appointment that has no feedback."""
        return not self.feedback_set_up and missing.feedback is not None and missing.confirmation is None


class Verb(StrEnum):
    """The verbs of the API that this project uses (onoffice-api 1.2)."""

    GET = "get"
    READ = "read"
    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Action:
    """One element of `request.actions` that writes: one appointment to many addresses, or many to one, same words for all."""

    verb: Verb
    appointment_ids: tuple[int, ...]
    address_ids: tuple[int, ...]
    words: State

    @property
    def links(self) -> tuple[Link, ...]:
        """The links that the action writes."""
        return tuple(Link(a, b) for a in self.appointment_ids for b in self.address_ids)


class Answer(Enum):
    """What the API said to one action."""

    ACCEPTED = auto()
    REFUSED = auto()
    AGAIN = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class Result:
    """The API's answer to one action. LOST: no answer that could be trusted came back, whether it took effect is open.

    `records` are as they came, or what who asked makes of each as soon as it is read. `count` is how many there are, as far as
    the answer says so.
    """

    answer: Answer
    error_code: int | None = None
    message: str = ""
    records: Sequence[Any] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """What keeps a change from being sent. `value` is what the CRM shows, `hint` what the sheet says."""

    code: Code
    value: str | None = None
    hint: str | None = None


class LinkHistory(NamedTuple):  # no dataclass: a night may replace millions, and this is three times as quick
    """What a run has done about one link so far.

    `alone`: it has to go out in an action of its own. `refused`: the API refused it, for itself and for good. `seen`: a
    look came after the last time it was sent. `lost`: since the last look it was sent once without a trustworthy answer,
    and not accepted after that. `error_code`: what the API said last to an action of this link alone. `bar`: why nothing
    may be written to it as it was at the last look. `sent`: the words that went out to it since the last look. `set_back`: words
    that it had and lost by a write that did not name them, and that it has to get back. `from_before`: an earlier run did it.
    `left_at`: with which wave of requests the last write left that may have arrived, 0 for none. `outrun`: a look that did not
    show it showed one that left no earlier, so reads do not lag behind it. `lost_unread`: it lost a word that nobody can read.
    `named_feedback`: the API accepted a write that named its feedback status.
    """

    attempts: int = 0
    accepted: int = 0
    alone: bool = False
    refused: bool = False
    lost: bool = False
    seen: bool = True
    error_code: int | None = None
    bar: Blocker | None = None
    sent: State = _NOTHING_SET
    set_back: State = _NOTHING_SET
    from_before: bool = False
    left_at: int = 0
    outrun: bool = False
    lost_unread: bool = False
    named_feedback: bool = False


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a run concludes about one change: the verdict of its rows, and what to say beside it.

    `bar` is what kept it from being sent, `warnings` what may follow from what was sent.
    """

    verdict: Verdict
    verified: bool = False
    code: Code | None = None
    error_code: int | None = None
    bar: Blocker | None = None
    warnings: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts: rows per verdict (after a check per outcome), rows, blank rows, warnings, files that could not be read.

    A file is `unreadable` where it was refused, and where it stays in the drop folder until somebody does something about it;
    of these, `unnumbered` are files whose record numbers a check leaves to be looked up by a run, and `closed` are no files but
    folders. `waiting` counts those that a later run may take. Of the rows, a guard has `held` some back, and some are `unseen`:
    they were sent, and the next run looks what became of them; what some ask for is `settled` by other files. `repeating` are
    duplicates of rows that wait: they are no more done than those, and counted with what is held or kept. `repeating_failed` are
    duplicates of rows that need a person, and so do they. `blind` are updated rows of which nobody knows how they were before:
    they were sent, and onOffice took them.
    """

    counts: Mapping[str, int]
    rows: int
    blank: int
    warnings: int
    unreadable: int = 0
    waiting: int = 0
    held: int = 0
    unseen: int = 0
    settled: int = 0
    closed: int = 0
    repeating: int = 0
    blind: int = 0
    repeating_failed: int = 0
    unnumbered: int = 0

    def of(self, word: Verdict | CheckOutcome) -> int:
        """How many rows have this verdict."""
        return self.counts.get(word, 0)

    @property
    def fine(self) -> int:
        """How many rows are as they shall be."""
        return sum(self.of(word) for word in FINE) - self.repeating - self.repeating_failed

    @property
    def kept(self) -> int:
        """How many rows wait for nothing but the next run."""
        return self.of(Verdict.NOT_SENT) + self.repeating - self.held

    @property
    def need_a_person(self) -> int:
        """How many rows somebody has to look at."""
        return self.rows - self.fine - self.kept - self.held - self.unseen - self.settled

    @property
    def to_settle(self) -> int:
        """How many rows and files somebody has to look at."""
        return self.need_a_person + self.unreadable


@dataclass(frozen=True)
class Checked:
    """All files of a run, read and checked, and the changes that the valid rows ask for; `verdicts` only after a run.

    `left` is what stayed in the drop folder unread. `people` are the names that onOffice has for addresses, by record number, as
    far as they were read for people: they are written into what people get, and nowhere else. What the rows came to is worked out
    when it is asked for first, and once for all that tell of it.
    """

    files: tuple[Loaded, ...]
    rows: RowTable
    problems: ProblemTable
    changes: Changes
    verdicts: VerdictTable | None = None
    left: tuple[Left, ...] = ()
    people: Mapping[int, str] = field(default_factory=dict)

    @property
    def outcomes(self) -> npt.NDArray[np.object_]:
        """The verdict of every row, after a check the check's outcome."""
        return self.rows.outcome if self.verdicts is None else self.verdicts.verdict

    @cached_property
    def settled(self) -> npt.NDArray[np.bool_]:
        """Which rows stand in files of which nothing needs a person any more, as `Loaded.settled`."""
        import numpy as np  # noqa: PLC0415 - takes long, and processes that have no table do without it

        return np.isin(self.rows.file, [at for at, file in enumerate(self.files) if file.settled])

    @property
    def unreadable(self) -> int:
        """How many files were refused, or stay in the drop folder until somebody does something about it."""
        return sum(not file.readable for file in self.files) + sum(left.needs_a_person for left in self.left)

    @cached_property
    def held(self) -> npt.NDArray[np.bool_]:
        """Which rows a guard keeps from being sent, themselves or with the row that they repeat."""
        told = self._told_of(HELD_BACK)
        return told | self._repeat(told)

    @cached_property
    def repeating(self) -> npt.NDArray[np.bool_]:
        """Which rows repeat one that waits for a later run."""
        return self._repeat(self._came_to(Verdict.NOT_SENT) | self.unseen)

    @cached_property
    def repeating_failed(self) -> npt.NDArray[np.bool_]:
        """Which rows repeat one that somebody has to look at, and are as little done as that."""
        return self._told_of({Code.SAME_AS_FAILED}) & self._came_to(Verdict.DUPLICATE)

    @cached_property
    def done(self) -> npt.NDArray[np.bool_]:
        """Which rows are as they shall be."""
        return self._came_to(*FINE) & ~self.repeating & ~self.repeating_failed

    @cached_property
    def unseen(self) -> npt.NDArray[np.bool_]:
        """Which rows were sent and are left to the next run to look at."""
        return self._told_of({Code.NOT_LOOKED_AT})

    @cached_property
    def blind(self) -> npt.NDArray[np.bool_]:
        """Which rows were sent and taken without a look before or after."""
        import numpy as np  # noqa: PLC0415 - as above

        if self.verdicts is None:
            return np.zeros(len(self.rows), dtype=bool)
        looked = np.isin(
            self.verdicts.before_found.astype(str), [found.value for found in Found if found is not Found.UNREADABLE]
        )
        return self._told_of({Code.NOT_VERIFIED}) & self._came_to(Verdict.UPDATED) & ~looked

    @cached_property
    def settled_by_others(self) -> npt.NDArray[np.bool_]:
        """Which rows are wrong and need nobody, as other files have settled what they ask for."""
        return self.settled & self._came_to(Verdict.INVALID)

    @cached_property
    def need_a_person(self) -> npt.NDArray[np.bool_]:
        """Which rows somebody has to look at, but for those in files that are settled."""
        open_ = ~self._came_to(*FINE, Verdict.NOT_SENT) & ~self.unseen
        return (open_ | self.repeating_failed) & ~self.settled

    @cached_property
    def tally(self) -> Tally:
        """How many rows and files came to what."""
        return Tally(
            Counter(map(str, self.outcomes.tolist())),
            len(self.rows),
            sum(sheet.blank for file in self.files for sheet in file.sheets),
            sum(code in WARNINGS for code in self.problems.code),
            self.unreadable,
            sum(left.waits for left in self.left),
            int(self.held.sum()),
            int(self.unseen.sum()),
            int(self.settled_by_others.sum()),
            sum(left.why is WhyLeft.CLOSED_FOLDER for left in self.left),
            int(self.repeating.sum()),
            int(self.blind.sum()),
            int(self.repeating_failed.sum()),
            sum(file.is_unnumbered for file in self.files),
        )

    def _came_to(self, *outcomes: Verdict | CheckOutcome) -> npt.NDArray[np.bool_]:
        import numpy as np  # noqa: PLC0415 - as above

        came: npt.NDArray[np.bool_] = np.logical_or.reduce([self.outcomes == outcome.value for outcome in outcomes])
        return came

    def _repeat(self, some: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        import numpy as np  # noqa: PLC0415 - as above

        links = np.unique(self.rows.change[some & (self.rows.change >= 0)])
        return self._came_to(Verdict.DUPLICATE) & np.isin(self.rows.change, links)

    def _told_of(self, codes: Collection[Code]) -> npt.NDArray[np.bool_]:
        import numpy as np  # noqa: PLC0415 - as above

        told = np.zeros(len(self.rows), dtype=bool)
        told[self.problems.at[np.logical_or.reduce([self.problems.code == code.value for code in codes])]] = True
        return told

    def goes_back(self, stopped: Stopped | None) -> bool:
        """Whether the files are read again by the next run: this one was stopped, and rows are left to do or to clear up."""
        left_to_do = self.verdicts is not None and not {Verdict.NOT_SENT, Verdict.UNKNOWN}.isdisjoint(self.verdicts.verdict)
        return stopped is not None and left_to_do


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stopped run that a person lets pass; that holds only for the files it had."""

    run: str
    holds: bool


class Odd(StrEnum):
    """What is odd about the server or this computer, and the job gets along with; the texts are in `sync.i18n.texts`."""

    NOISE = "noise"
    CLOCK = "clock"
    BLIND = "blind"
    UNREADABLE = "unreadable"
    NO_UNDO_FILE = "no_undo_file"
    NO_NAMES = "no_names"
    NO_WORK_LIST = "no_work_list"


#: What is told before everything else: the job could not look.
COULD_NOT_LOOK: Final = frozenset({Odd.BLIND, Odd.UNREADABLE})
#: What a run that is to be quiet tells all the same.
TOLD_QUIETLY: Final = COULD_NOT_LOOK | {Odd.NO_WORK_LIST}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd that a run met. `detail` is what its text needs besides: a number (characters, seconds), a run, a reason."""

    what: Odd
    detail: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is said about a run as a whole. Times are ISO text with offset; `stopped` is None for a run that got to its end.

    `customers` counts the links for which the CRM may write to customers on its own after this run. `undo_of` is the run that
    this one takes back. `notices` are odd things that the run got along with.
    """

    id: str
    started: str
    finished: str
    dry_run: bool
    exit_code: ExitCode
    requests: int
    actions: int
    rounds: int
    office: str
    stopped: Stopped | None = None
    customers: int = 0
    undo_of: str | None = None
    accepted: Accepted | None = None
    notices: tuple[Notice, ...] = ()
