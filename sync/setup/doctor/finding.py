"""What the doctor can find: a closed set, each with how serious it is, in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sync.credentials import keep_in_keyring
from sync.i18n import as_typed, text, text_if_any
from sync.i18n.texts import said, shown, trouble_text
from sync.system.process import to_install, user_name


class Level(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Symptom(StrEnum):
    """Every kind of finding; the texts are in `sync.setup.doctor.finding`."""

    PROGRAM = "program"
    PACKAGES_MISSING = "packages_missing"
    READER_FINE = "reader_fine"
    READER_BROKEN = "reader_broken"
    WORKBOOK_FINE = "workbook_fine"
    WORKBOOK_LOST = "workbook_lost"
    # configuration and credentials
    CONFIGURATION_FINE = "configuration_fine"
    CONFIGURATION_WRONG = "configuration_wrong"
    CONFIGURATION_CLOSED = "configuration_closed"
    IN_ENVIRONMENT = "credential_in_environment"
    FROM_SYSTEMD = "credential_from_systemd"
    IN_KEYRING = "credential_in_keyring"
    IN_FILE = "credential_in_file"
    MISSING = "credential_missing"
    FILE_NOT_READ = "credentials_file_not_read"
    ODD_LENGTH = "credential_odd_length"
    OPEN_FILE = "credentials_file_open"
    # folders
    FOLDER_FINE = "folder_fine"
    FOLDER_MISSING = "folder_missing"
    CANNOT_BE_MADE = "folder_cannot_be_made"
    NOT_A_FOLDER = "folder_not_a_folder"
    CANNOT_LIST = "folder_cannot_list"
    CANNOT_CREATE = "folder_cannot_create"
    CANNOT_RENAME = "folder_cannot_rename"
    CANNOT_DELETE = "folder_cannot_delete"
    NO_ROOM = "folder_no_room"
    CLOCK_OF_SHARE = "folder_clock"
    DROP_CLOSED = "drop_closed"
    DROP_GONE = "drop_gone"
    GROUP_NOT_OURS = "group_not_ours"
    RESULTS_CLOSED = "results_closed"
    SUBFOLDERS_CLOSED = "subfolders_closed"
    ON_SHARE = "folder_on_share"
    STATE_ON_SHARE = "state_on_share"
    STATE_OPEN = "state_open"
    STATE_SHARED = "state_shared"
    STATE_NOT_OURS = "state_not_ours"
    STATE_WITHIN = "state_within"
    LINKED = "folder_linked"
    SHOWN_AS_SHORT = "shown_as_short"
    SHOWN_AS_FILE = "shown_as_file"
    SHOWN_AS_ELSEWHERE = "shown_as_elsewhere"
    AS_ROOT = "as_root"
    ONE_FILE_SYSTEM = "one_file_system"
    TWO_FILE_SYSTEMS = "two_file_systems"
    SPACE_FINE = "space_fine"
    SPACE_LITTLE = "space_little"
    SPACE_NONE = "space_none"
    LEDGER_FINE = "ledger_fine"
    LEDGER_BROKEN = "ledger_broken"
    LEDGER_FULL = "ledger_full"
    LEDGER_HELD = "ledger_held"
    LEDGER_NEWER = "ledger_newer"
    DATABASE_FINE = "database_fine"
    DATABASE_BROKEN = "database_broken"
    # messages
    WAY_OPEN = "way_open"
    WAY_NOT_TRIED = "way_not_tried"
    WAY_UNSET = "way_unset"
    WAY_BLOCKED = "way_blocked"
    MESSAGES_WAIT = "messages_wait"
    # onOffice
    NOT_ASKED = "not_asked"
    ANSWERS = "answers"
    UNREACHABLE = "unreachable"
    BAD_ANSWERS = "bad_answers"
    REQUEST_REFUSED = "request_refused"
    TOO_MANY_REQUESTS = "too_many_requests"
    REDIRECTED = "redirected"
    CREDENTIALS_TAKEN = "credentials_taken"
    CREDENTIALS_REFUSED = "credentials_refused"
    CLOCK_FINE = "clock_fine"
    CLOCK_SLIPS = "clock_slips"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_FOLLOWED = "clock_followed"
    CLOCK_DISPUTED = "clock_disputed"
    CLOCK_REFUSED = "clock_refused"
    CLOCK_NOT_KNOWN = "clock_not_known"
    READS = "reads"
    READS_NOTHING = "reads_nothing"
    READ_REFUSED = "read_refused"
    READ_REFUSED_BUT_NEEDED = "read_refused_but_needed"
    READ_UNCLEAR = "read_unclear"
    LIST_REFUSED = "list_refused"
    READS_ADDRESSES = "reads_addresses"
    NO_ADDRESSES = "no_addresses"
    UNKNOWN_WORDS = "unknown_words"
    LEARNT = "learnt"
    WRITE_NOT_TRIED = "write_not_tried"
    NO_APPOINTMENT = "no_appointment"
    NOT_LINKED = "not_linked"
    NOBODY_LINKED = "nobody_linked"
    NOBODY_SHOWN = "nobody_shown"
    NO_KNOWN_WORD = "no_known_word"
    CANNOT_LOOK = "cannot_look"
    NO_WAY_TO_LOOK = "no_way_to_look"
    WRITES = "writes"
    NO_RIGHT_TO_WRITE = "no_right_to_write"
    WRITE_REFUSED = "write_refused"
    WRITE_UNCLEAR = "write_unclear"
    VERB_FINE = "verb_fine"
    VERB_DIFFERS = "verb_differs"
    RESOURCE_ID_EMPTY = "resource_id_empty"
    RESOURCE_ID_NEEDED = "resource_id_needed"
    NOTHING_CHANGED = "nothing_changed"
    CHANGED = "changed"
    OTHER_SET_BACK = "other_set_back"
    OTHER_LOST = "other_lost"
    NOT_LOOKED_AT_AGAIN = "not_looked_at_again"


_S = Symptom
_WARNINGS = frozenset(
    {_S.ODD_LENGTH, _S.FOLDER_MISSING, _S.CLOCK_OF_SHARE, _S.STATE_OPEN, _S.SPACE_LITTLE, _S.NOT_ASKED, _S.CLOCK_SLIPS}
    | {_S.CLOCK_NOT_KNOWN, _S.READS_NOTHING, _S.READ_REFUSED, _S.READ_UNCLEAR, _S.WRITE_NOT_TRIED, _S.CANNOT_LOOK}
    | {_S.WRITE_UNCLEAR, _S.AS_ROOT, _S.CLOCK_FOLLOWED, _S.LIST_REFUSED, _S.UNKNOWN_WORDS, _S.OTHER_SET_BACK}
    | {
        _S.NOT_LOOKED_AT_AGAIN,
        _S.VERB_DIFFERS,
        _S.NO_ADDRESSES,
        _S.STATE_WITHIN,
        _S.DROP_CLOSED,
        _S.GROUP_NOT_OURS,
        _S.RESULTS_CLOSED,
        _S.SUBFOLDERS_CLOSED,
        _S.MESSAGES_WAIT,
        _S.NOBODY_SHOWN,
        _S.SHOWN_AS_SHORT,
        _S.SHOWN_AS_FILE,
        _S.SHOWN_AS_ELSEWHERE,
    }
)
_PROBLEMS = frozenset(
    {_S.PACKAGES_MISSING, _S.READER_BROKEN, _S.WORKBOOK_LOST, _S.CONFIGURATION_WRONG, _S.MISSING, _S.FILE_NOT_READ, _S.OPEN_FILE}
    | {_S.CANNOT_BE_MADE, _S.NOT_A_FOLDER, _S.CANNOT_LIST, _S.CANNOT_CREATE}
    | {_S.CANNOT_RENAME, _S.CANNOT_DELETE, _S.NO_ROOM, _S.STATE_ON_SHARE, _S.STATE_SHARED, _S.LINKED, _S.SPACE_NONE}
    | {_S.LEDGER_BROKEN, _S.LEDGER_FULL, _S.LEDGER_HELD, _S.LEDGER_NEWER, _S.DATABASE_BROKEN}
    | {_S.UNREACHABLE, _S.BAD_ANSWERS, _S.REQUEST_REFUSED, _S.CREDENTIALS_REFUSED, _S.CLOCK_WRONG}
    | {_S.READ_REFUSED_BUT_NEEDED, _S.NO_APPOINTMENT, _S.NOT_LINKED, _S.NOBODY_LINKED, _S.NO_KNOWN_WORD}
    | {_S.NO_RIGHT_TO_WRITE, _S.WRITE_REFUSED, _S.CHANGED, _S.OTHER_LOST, _S.NO_WAY_TO_LOOK}
    | {_S.STATE_NOT_OURS, _S.CONFIGURATION_CLOSED, _S.WAY_UNSET, _S.WAY_BLOCKED}
    | {_S.DROP_GONE, _S.TOO_MANY_REQUESTS, _S.REDIRECTED, _S.CLOCK_DISPUTED, _S.CLOCK_REFUSED}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: what, and what its text needs besides.

    `folder` is a folder's name in the configuration, `path` where something lies, `detail` a number, a name or what the system
    says.
    """

    symptom: Symptom
    detail: str = ""
    path: str = ""
    folder: str = ""

    @property
    def level(self) -> Level:
        """How serious it is."""
        if self.symptom in _PROBLEMS:
            return Level.PROBLEM
        return Level.WARNING if self.symptom in _WARNINGS else Level.OK


# Every sentence of the doctor: what is found, and what to do about it.


_IN_GIGABYTES: Final = frozenset({Symptom.SPACE_FINE, Symptom.SPACE_LITTLE, Symptom.SPACE_NONE})


def what(finding: Finding) -> str:
    """What was found, in one or two sentences; commands as in `step`."""
    said = text(f"doctor.{finding.symptom}", **_words(finding))
    return said[:1].upper() + said[1:] if finding.folder else said


def step(finding: Finding) -> str:
    """What to do about it, each command in an indented line of its own; "" where there is nothing to do."""
    return text_if_any(f"doctor.{finding.symptom}.next", **_words(finding))


def level(finding: Finding) -> str:
    """How serious it is, in one word."""
    return text(f"doctor.level.{finding.level}")


def summary(counts: dict[Level, int]) -> str:
    """How many findings there are of each kind."""
    return text("doctor.summary", **{level.value: number for level, number in counts.items()})


def _words(finding: Finding) -> dict[str, str]:
    folder = text(f"doctor.folder.{finding.folder or 'any'}")
    keep = keep_in_keyring(finding.detail) if finding.symptom in {Symptom.MISSING, Symptom.WAY_UNSET} else ""
    words = {"detail": shown(_in_words(finding), 400), "path": shown(finding.path, 300), "folder": folder, "keep": keep}
    words["typed"] = as_typed([words["path"]])
    if finding.symptom is Symptom.PACKAGES_MISSING:
        words["install"] = to_install(finding.detail.split(", "))
    return words | ({"owner": user_name()} if finding.symptom in {Symptom.STATE_NOT_OURS, Symptom.GROUP_NOT_OURS} else {})


def _in_words(finding: Finding) -> str:
    """The detail of a finding as people of the spoken language read it."""
    if finding.symptom is Symptom.LEARNT:
        trait, _, value = finding.detail.partition(": ")
        return text_if_any(f"doctor.learnt.{trait.replace('-', '_')}", value=value) or finding.detail
    detail = trouble_text(finding.detail)
    if finding.symptom in _IN_GIGABYTES:
        return detail.replace(".", text("format.decimal"))
    return str(said(detail))
