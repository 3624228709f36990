"""A recording of every request and answer of a run, masked, for whoever has to find out what an office's API did.

What is not known to be the API's own word is masked (`Masks`). Structure, types, statuses and codes stay. Record numbers become
other numbers, the same ones everywhere in a recording; times move by a number of weeks; token, signatures, names and texts go.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import re
import secrets
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from sync.domain.model import Verb
from sync.errors import ConfigurationError
from sync.i18n import LazyText
from sync.i18n.texts import said
from sync.onoffice.names import ACTION, CALENDAR_ADDRESS, CONFIRMATION_KEY, FEEDBACK_KEY
from sync.onoffice.words import answer_in, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sync.onoffice.client import Heard


#: Whose values are statuses, which is what a recording is about.
_STATUS_KEYS: Final = frozenset(
    {"confirmationStatus", "followUpStatus", "followUpAvailable", "showFollowUpStatus", CONFIRMATION_KEY, FEEDBACK_KEY}
)
_LONGEST_STATUS: Final = 24
#: Numbers that belong to no record.
_CODE_KEYS: Final = frozenset({"code", "errorcode", "cntabsolute", "hmac_version", "listlimit", "listoffset"})
_LARGEST_CODE: Final = 9999
_FLAG_KEYS: Final = frozenset(
    {"allDay", "cacheable", "confirmedOnly", "private", "abgesagt", "rp_flag", "showConfirmationStatus"}
)
_TIME_KEYS: Final = frozenset(
    {"date", "start", "end", "startDate", "endDate", "start_dt", "end_dt", "datestart", "dateend", "modified", "timestamp"}
)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)((?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?)", re.ASCII)
_LATEST_EPOCH_SECONDS: Final = 10**11
#: The words of the API that are kept as key and as value (onoffice-api 1, 2, 5, 6, 11).
_OWN_WORDS: Final = frozenset(
    {
        *_STATUS_KEYS,
        *_CODE_KEYS,
        *_FLAG_KEYS,
        *_TIME_KEYS,
        *(ACTION + verb for verb in Verb),
        *("token", "request", "actions", "actionid", "resourceid", "resourcetype", "identifier", "hmac", "parameters"),
        *("status", "message", "response", "results", "data", "meta", "records", "id", "type", "elements", "success", "OK"),
        *("relation", "appointmentList", "calendar", "idsfromrelation", "address", "estate", "relatedIds", CALENDAR_ADDRESS),
        *("relationtype", "parentid", "childid", "parentids", "childids", "relationinfo", "filter", "resourceId", "recordids"),
        *("subject", "notes", "location", "contacts", "addresses", "assignedaddressids", "recurrence", "reminder", "users"),
        *("groups", "resources", "project", "conflicts", "travelTime", "timeBefore", "recipients", "types", "userName"),
        *("username", "firstName", "lastName", "email", "name", "createdBy", "value", "label", "op", "val", "IN", "=", "like"),
        *("isCancelled", "isDone", "isRecurrent", "allusers", "showcancelled", "active", "completed", "canceled", "error"),
        *("KdNr", "Vorname", "Name", "Zusatz1", "Anrede", "Titel", "objektnr_extern", "objekttitel", "strasse", "ort", "plz"),
    }
)
#: Above all numbers of records that offices have.
_FIRST_NUMBER: Final = 9_000_000_001


class Masks:
    """The masks of one recording: what is the same stays the same within it.

    `shift_days`: by how much times move; whole weeks keep the day of the week.
    """

    def __init__(self, shift_days: int) -> None:
        self._shift = dt.timedelta(days=shift_days)
        self._numbers: dict[int, int] = {}
        self._names: dict[str, str] = {}
        self._calls = 0
        #: The other names of the calls of the request at hand.
        self._identifiers: Mapping[str, str] = {}

    def request(self, body: bytes) -> tuple[object, Mapping[str, str]]:
        """A request of ours, with the other names of its calls."""
        request = json.loads(body)
        names: dict[str, str] = {}
        for action in request["request"]["actions"]:
            self._calls += 1
            sent = action["identifier"]
            names[sent] = f"call-{self._calls}-".ljust(len(sent), "x")
        self._identifiers = names
        return self._masked(request, ""), names

    def answer(self, content: bytes, identifiers: Mapping[str, str]) -> Mapping[str, object]:
        """The answer to a request of such calls: its JSON with what stands around it, or what kind of text it is."""
        self._identifiers = identifiers
        text = content.decode("utf-8-sig", "replace")
        try:
            found, around = answer_in(content)
            masked = self._masked(found, "")
        except (ValueError, RecursionError):
            return {"bytes": len(content), "kind": _kind(text)}
        if not around:
            return {"bom": content.startswith(b"\xef\xbb\xbf"), "json": masked}
        before, after = text.partition("{")[0], text.rpartition("}")[2]
        return {"bom": content.startswith(b"\xef\xbb\xbf"), "before": _noise(before), "after": _noise(after), "json": masked}

    def _masked(self, value: object, key: str) -> object:
        """A value with all that is in it. `key` is what it stands under; members of a list stand under the list's."""
        if isinstance(value, dict):
            inherits = key if key in _STATUS_KEYS else ""
            return {
                self._key(name): self._masked(each, inherits if inherits and name in {"value", "label"} else name)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._masked(each, key) for each in value]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, key)
        return self._number(value, key) if isinstance(value, int) else 0.5

    def _key(self, name: str) -> str:
        if name in _OWN_WORDS:
            return name
        if (record := number(name)) is not None:
            return str(self._record(record))
        return self._names.setdefault(name, f"<name {len(self._names) + 1}>")

    def _text(self, text: str, key: str) -> str:
        if key in {"token", "hmac"}:
            return f"<{key}>"
        if not text or text in _OWN_WORDS or (key in _STATUS_KEYS and len(text) <= _LONGEST_STATUS):
            return text
        if key == "identifier":
            return self._identifier(text)
        if key in _TIME_KEYS and (moved := self._moved(text)):
            return moved
        if (found := number(text)) is not None:
            return str(self._number(found, key))
        return f"<{len(text)} characters>"

    def _number(self, value: int, key: str) -> int:
        is_code = key in _CODE_KEYS and abs(value) <= _LARGEST_CODE
        if is_code or (key in _STATUS_KEYS | _FLAG_KEYS and value in {-1, 0, 1, 2, 3, 4}):
            return value
        if key in _TIME_KEYS and 0 < value < _LATEST_EPOCH_SECONDS:
            return value + int(self._shift.total_seconds())
        return self._record(value)

    def _record(self, value: int) -> int:
        """Another number; 0 is none of a record (onoffice-api 2.1)."""
        return value and self._numbers.setdefault(value, _FIRST_NUMBER + len(self._numbers))

    def _moved(self, text: str) -> str | None:
        found = _TIME.fullmatch(text)
        try:
            return f"{dt.date.fromisoformat(found[1]) + self._shift}{found[2]}" if found else None
        except (ValueError, OverflowError):
            return None

    def _identifier(self, text: str) -> str:
        """The other name of a call, as much cut, padded or in capitals as it came back."""
        bare = text.strip()
        if text in self._identifiers:
            return self._identifiers[text]
        for sent, masked in self._identifiers.items():
            if bare and sent.casefold().startswith(bare.casefold()):
                shown = masked[: len(bare)]
                return text.replace(bare, shown.upper() if bare not in sent else shown)
        return f"<{len(text)} characters>"


def _noise(text: str) -> Mapping[str, object]:
    """What stands beside an answer: how much, and whether PHP calls it a warning or a notice."""
    says: Sequence[str] = [word for word in ("warning", "notice", "deprecated") if word in text.casefold()]
    return {"characters": len(text), "says": says}


def _kind(text: str) -> str:
    start = text.lstrip()[:100].casefold()
    if not start:
        return "empty"
    if start.startswith("<"):
        return "page"
    return "broken json" if start[0] in "{[" else "text"


_log = logging.getLogger(__name__)

NAME: Final = "requests.jsonl"
_MOST_WEEKS: Final = 500
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Recorder:
    """Writes two lines of JSON for a request: one before it leaves, one with what came of it.

    Where the disk takes no more, the recording ends and the run goes on.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder, for this user alone.

        Raises:
            ConfigurationError: it is there already, or cannot be made.
        """
        self._masks = Masks(7 * (1 + secrets.randbelow(_MOST_WEEKS)))
        self._count = 0
        self._identifiers: dict[int, Mapping[str, str]] = {}
        try:
            folder.mkdir(mode=0o700, parents=True)
            self._file = os.open(folder / NAME, _FLAGS, 0o600)
        except FileExistsError:
            raise ConfigurationError([LazyText("option.record_there", folder=folder)]) from None
        except OSError as error:
            raise ConfigurationError([LazyText("option.record_not_made", folder=folder, said=said(error))]) from None
        self._is_open = True

    def close(self) -> None:
        """End the recording."""
        if self._is_open:
            self._is_open = False
            os.close(self._file)

    def leaves(self, kind: str, body: bytes) -> int:
        """A request is about to leave; returns its number."""
        self._count += 1
        masked, self._identifiers[self._count] = self._masks.request(body)
        self._write({"request": self._count, "kind": kind, "body": masked})
        return self._count

    def came(self, number: int, heard: Heard | str) -> None:
        """What came of it: an answer, or why there is none."""
        identifiers = self._identifiers.pop(number)
        if isinstance(heard, str):
            self._write({"answer": number, "failed": heard})
            return
        what = {"http_status": heard.status, "headers": _headers(heard), **self._masks.answer(heard.content, identifiers)}
        self._write({"answer": number, **what})

    def _write(self, line: Mapping[str, object]) -> None:
        if not self._is_open:
            return
        try:
            os.write(self._file, json.dumps(line, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            _log.warning("The recording ends here: %s", error.strerror or error)
            self.close()


def _headers(heard: Heard) -> Mapping[str, object]:
    """Of the headers, what the client goes by; the server's time as its distance from ours."""
    headers = heard.headers
    found: dict[str, object] = {}
    with suppress(KeyError, ValueError, TypeError, OverflowError):
        found["date_ahead_seconds"] = round(parsedate_to_datetime(headers["Date"]).timestamp() - heard.at)
    if "Retry-After" in headers:
        asked = headers["Retry-After"].strip()
        found["retry_after"] = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 5 else "text"  # noqa: PLR2004
    if "Location" in headers:
        found["location"] = "given"
    return found
