"""Every sentence about rows, files and runs that people read: findings, reasons, ends and verdicts in words. Knows the model.

A text may hold `{where}`, `{column}`, `{value}`, `{hint}` and `{detail}`. A part in square brackets is left out when one of the
words it needs is missing, so that no text ever shows an empty place.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
import sys
from typing import TYPE_CHECKING, Final

from sync.domain.model import (
    ALLOWED,
    NOTHING_ELSE,
    WITH_CANDIDATES,
    WITHOUT_NUMBERS,
    CheckOutcome,
    Code,
    Column,
    Stop,
    Verdict,
    Why,
    from_hint,
    is_run_id,
    meeting_in,
    set_since,
)
from sync.i18n import LazyText, as_typed, counted, day, number, text, text_if_any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.domain.model import Accepted, Candidate, Left, Link, Meeting, Notice, Place, Reason, Stopped

_CONCLUSIONS: Final = frozenset({*Verdict, CheckOutcome.VALID})
#: What the error numbers mean that a single link can bring about (onoffice-api 3.1).
_ERROR_NUMBERS: Final = {
    **dict.fromkeys(("79", "80", "185", "235", "292"), "no_record"),
    **dict.fromkeys(("117", "121", "169"), "no_appointment"),
    **dict.fromkeys(("155", "156", "174", "183", "184", "253"), "no_right"),
    **dict.fromkeys(("179", "181"), "bad_status"),
    "180": "not_linked",
}
#: What a file is that holds no table, by the name that the reader has for it.
_STRANGERS: Final = {
    **dict.fromkeys(("E-Mail", "Outlook", "winmail.dat"), "message"),
    **dict.fromkeys(("ZIP", "gzip", "7-Zip", "RAR", "bzip2", "XZ", "tar"), "archive"),
    **dict.fromkeys(("PNG", "JPEG", "GIF", "TIFF", "BMP", "WebP", "HEIC", "SVG"), "picture"),
    "PDF": "pdf",
    **dict.fromkeys(("Word", "RTF", "text", "PowerPoint", "presentation"), "document"),
    "Numbers, Pages": "iwork",
    **dict.fromkeys(("LNK", "URL", "Alias", "Desktop", "Google"), "pointer"),
    "vCard, iCalendar": "calendar",
    "MHTML": "page",
}
#: What the system, or SQLite about the ledger, says in English.
_SAID: Final = {
    os.strerror(errno.EACCES): "no_access",
    os.strerror(errno.EPERM): "not_permitted",
    os.strerror(errno.EROFS): "read_only",
    os.strerror(errno.ENOENT): "not_found",
    os.strerror(errno.ENOTDIR): "not_a_folder",
    os.strerror(errno.EISDIR): "a_folder",
    os.strerror(errno.EIO): "disk_error",
    os.strerror(errno.ENOSPC): "no_room",
    os.strerror(errno.EDQUOT): "no_share_left",
    os.strerror(errno.ENAMETOOLONG): "long_name",
    "disk I/O error": "disk_error_of_database",
    "unable to open database file": "database_not_opened",
    "attempt to write a readonly database": "read_only_database",
    "file is not a database": "no_database",
    "database disk image is malformed": "database_damaged",
    "database is locked": "database_locked",
    "it is empty": "empty",
    "no plain file": "no_plain_file",
    "not a regular file": "no_plain_file",
    "not UTF-8": "no_utf8",
    "it holds what this program never wrote": "never_written",
}
#: What the client says of an answer that is none of the API: a wrong address, or a page of somebody in between.
_NOT_THE_API: Final = re.compile("HTTP (?!408)[34][0-9]{2}|the answer (?:is not JSON|is no envelope of the API|holds no results)")
#: How much there is of what a guard limits, and how much there may be.
_PASSED: Final = re.compile(r"([0-9]+)(%?) > ([0-9]+)(%?)", re.ASCII)
_NOT_IN_KEYS: Final = re.compile(r"[^a-z0-9]+")


_LONGEST_VALUE: Final = 60
_LONGEST_DETAIL: Final = 400
_CLOCK: Final = re.compile(r"[0-2][0-9]:[0-9]{2}:00")
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2})?")
#: The codes whose hint is a word for a cell.
_QUOTED_HINTS: Final = frozenset({Code.UNKNOWN_WORD, Code.DAMAGED_TEXT, Code.FOREIGN_DIGITS, Code.REPAIRED, Code.READINGS_DIFFER})

#: What to do about rows that ask for nothing else: to clear the cell would leave rows that ask for nothing at all.
_NOTHING_ELSE: Final = {
    **dict.fromkeys((Code.FEEDBACK_NOT_SET_UP, Code.ONLY_FEEDBACK_MISSING), "finding.feedback_not_set_up.next.nothing_else"),
    Code.ACTION_NOT_ALLOWED: "finding.action_not_allowed.next.nothing_else",
}
#: The codes of rows without numbers for which links were found.
_FOUND: Final = frozenset({Code.NUMBERS_SUGGESTED, Code.NUMBERS_TO_CHOOSE})
#: Of others those whose hint says more closely why.
_NOT_FOUND: Final[Mapping[tuple[Code, str | None], str]] = {
    (Code.NUMBERS_NEED_START, "no_such_day"): "finding.numbers_need_start.no_such_day",
    (Code.NUMBERS_NEED_START, "no_year"): "finding.numbers_need_start.no_year",
    (Code.NUMBERS_NOT_FOUND, "nobody"): "finding.numbers_not_found.nobody",
    (Code.NUMBERS_NOT_FOUND, "no_name"): "finding.numbers_not_found.no_name",
}


def problem_text(code: Code | str, column: str | None, value: str | None, hint: str | None) -> str:
    """What is wrong with a row, in one or two sentences, without its place.

    `hint` is the word that was taken (REPAIRED), a suggestion (UNKNOWN_WORD, DAMAGED_TEXT, FOREIGN_DIGITS) or else the
    declared column (UNKNOWN_WORD), the other reading (READINGS_DIFFER), the place of another row (CONTRADICTION, OVERRULED,
    SAME_AS_EARLIER) or of several (OTHERS_CONTRADICT, SAME_AS_SEVERAL), candidates (`as_hint`),
    what the error number in `value` means (REFUSED_BY_CRM), why nothing was found (NUMBERS_NEED_START, NUMBERS_NOT_FOUND),
    the number of rows of a file that all have it (APPOINTMENT_UNKNOWN), that the link was made (ONLY_FEEDBACK_MISSING), that
    nothing else is asked for (FEEDBACK_NOT_SET_UP, ACTION_NOT_ALLOWED), or that it is the number of the address (MISSING_ID).
    """
    code, about = Code(code), ""
    key, quotes_hint = f"finding.{code}", code in _QUOTED_HINTS
    if code is Code.REFUSED_BY_CRM and value in _ERROR_NUMBERS:
        hint = text(f"error_number.{_ERROR_NUMBERS[value]}")
    if code is Code.UNKNOWN_WORD and (not hint or hint in ALLOWED):
        key, hint, quotes_hint = "finding.unknown_word.allowed", _allowed(hint), False
    if code in WITHOUT_NUMBERS:
        key = _without_numbers(code, hint)
        about = text("finding.missing_id", where=_where(column)) if code in _FOUND and column else text("finding.without_numbers")
        hint = "; ".join(map(_candidate, from_hint(hint)))
    elif code in WITH_CANDIDATES:
        about = _meeting(meeting_in(hint))
        hint = ", ".join(map(_candidate, from_hint(hint)))
        key = "finding.not_linked.nobody" if about and not hint else key
    if code is Code.OLD_FILE and hint:
        since = set_since(hint)
        key, run = ("finding.old_file.since" if since else key), since or hint
        hint = text("place.run_of_day", run=shown(run), day=_day_of(run))
    if code is Code.CHANGED_SINCE and value and hint:
        key = "finding.changed_since.handed_out"
    if code is Code.MISSING_ID and hint:
        key = "finding.missing_id.address"
    if code is Code.ONLY_FEEDBACK_MISSING and hint:
        key = "finding.only_feedback_missing.linked"
    nothing = text("finding.readings_differ.nothing") if code is Code.READINGS_DIFFER else ""
    return text(
        key,
        where=_where(column),
        value=_value(code, value) or nothing,
        hint=quoted(hint) if hint and quotes_hint else shown(hint or nothing, _LONGEST_DETAIL),
        about=shown(about, _LONGEST_DETAIL),
        column=column and quoted(column),
    )


def _without_numbers(code: Code, hint: str | None) -> str:
    """The key of what is said about a row without numbers: why nothing was found, or whether one link only may be meant."""
    if code is Code.NUMBERS_TO_CHOOSE and len(from_hint(hint)) == 1:
        return "finding.numbers_to_choose.single"
    return _NOT_FOUND.get((code, hint), f"finding.{code}")


def _meeting(meeting: Meeting | None) -> str:
    """An appointment with what is known of it; "" for none."""
    if meeting is None:
        return ""
    about = ", ".join(filter(None, (moment_text(meeting.start) if meeting.start else "", meeting.subject)))
    return text("place.appointment", appointment=meeting.appointment_id, about=about)


def _candidate(each: Candidate) -> str:
    if not each.appointment_id:
        return each.told
    link = text("place.link", appointment=each.appointment_id, address=each.address_id)
    return f"{link} ({each.name})" if each.name else link


def _allowed(column: str | None) -> str:
    """The allowed words of one column, or of all."""
    some = [Column(column)] if column else ALLOWED
    return "; ".join(text(f"allowed.{each}", words=", ".join(ALLOWED[each])) for each in some)


def next_step(word: Code | Verdict | CheckOutcome | str, hint: str | None = None) -> str:
    """What a person does next about a code, with the hint of its problem, or about a verdict."""
    if word in _NOTHING_ELSE and hint and hint.endswith(NOTHING_ELSE):
        return text(_NOTHING_ELSE[Code(word)])
    return text(f"verdict.{word}.next" if word in _CONCLUSIONS else f"finding.{Code(word)}.next")


def reason_text(reason: Reason) -> str:
    """Why a file was refused and what to do, in several lines, as it stands in the text beside the file."""
    what, then = reason_parts(reason)
    return f"{what}\n\n{text('refused.what_to_do')}\n{then}\n"


def reason_parts(reason: Reason) -> tuple[str, str]:
    """Why a file was refused, and what to do, each in one line."""
    key = f"refused.{reason.why}"
    if reason.why is Why.NOT_A_TABLE and reason.detail in _STRANGERS:
        key = f"{key}.{_STRANGERS[reason.detail]}"
    missing = ", ".join(text(f"missing.{column}") for column in reason.missing)
    what = text(
        key,
        detail=shown(str(said(reason.detail)), _LONGEST_DETAIL),
        sheet=reason.sheet and quoted(reason.sheet),
        missing=missing,
        lacks=counted("missing.lacks", len(reason.missing)),
    )
    if reason.why is Why.NO_HEADER and reason.detail and missing:  # a header is there
        return what, counted("refused.no_header.add", len(reason.missing), missing=missing)
    return what, text(f"{key}.next")


def left_text(left: Left) -> str:
    """Why something stays in the drop folder and what to do, in one line."""
    return " ".join((f"{shown(left.name, _LONGEST_DETAIL)}:", *left_parts(left)))


def left_parts(left: Left) -> tuple[str, str]:
    """Why something stays in the drop folder, and what to do, each in one line."""
    return text(f"left.{left.why}"), text(f"left.{left.why}.next")


def stop_text(stopped: Stopped) -> str:
    """Why a run ended early and what to do, in one line."""
    return " ".join(stop_parts(stopped))


def stop_parts(stopped: Stopped) -> tuple[str, str]:
    """Why a run ended early, and what to do, each in one line."""
    what = text(f"stop.{stopped.stop}", detail=shown(limit_text(trouble_text(stopped.detail)), _LONGEST_DETAIL))
    if stopped.stop is Stop.UNREACHABLE and _NOT_THE_API.fullmatch(stopped.detail):
        return what, text("stop.unreachable.not_the_api.next")
    return what, text(f"stop.{stopped.stop}.next", accept=stopped.accept)


def limit_text(passed: str) -> str:
    """By how much a limit is passed, as `rounds.guards` tells it (`3 > 1`, `67% > 50%`), in words; any other text as it is."""
    told = _PASSED.fullmatch(passed)
    if not told:
        return passed
    found, limit = (
        text("stop.share", share=number(int(count))) if share else number(int(count))
        for count, share in ((told[1], told[2]), (told[3], told[4]))
    )
    return text("stop.limit", found=found, limit=limit)


def accepted_text(accepted: Accepted) -> str:
    """Whether what somebody wanted to let pass was let pass."""
    return text("accepted.held" if accepted.holds else "accepted.not_held", run=accepted.run)


def notice_text(notice: Notice) -> str:
    """Something odd that a run got along with, and what to do, in one line."""
    return " ".join(notice_parts(notice))


def notice_parts(notice: Notice) -> tuple[str, str]:
    """Something odd that a run got along with, and what to do, each in one line."""
    what = text(f"notice.{notice.what}", detail=shown(notice.detail, _LONGEST_DETAIL))
    return what, text(f"notice.{notice.what}.next")


def trouble_text(trouble: str) -> str:
    """What went wrong on the way to onOffice, as the client words it, in the spoken language; anything else as it is."""
    key = f"trouble.{_NOT_IN_KEYS.sub('_', trouble.lower()).strip('_')}"
    return text_if_any(key, python=as_typed([sys.executable])) or trouble


def said(words: object) -> str | LazyText:
    """What the system says (or an `OSError` that it raised), in the spoken language where we know it, else as it is."""
    told: object = (words.strerror if isinstance(words, OSError) else None) or words
    if isinstance(told, LazyText):  # this program has raised it
        return told
    said_so = str(told)
    return LazyText(f"said.{_SAID[said_so]}") if said_so in _SAID else said_so


def dropped_before_text(run: str, *, nothing_to_do: bool = False) -> str:
    """A note that a file's content was processed before, by the run of this id."""
    told = text("file.dropped_before", run=shown(run), day=_day_of(run))
    return f"{told} {text('file.dropped_before.nothing_to_do')}" if nothing_to_do else told


def _day_of(run: str) -> str:
    """The day of a run; a database that others write to may hold anything."""
    return day(dt.date.fromisoformat(run[:8])) if is_run_id(run) else "?"


def verdict_word(word: Verdict | CheckOutcome | str) -> str:
    """A verdict (or what a check says) as one word for people."""
    return text(f"verdict.{word}")


def verdict_meaning(word: Verdict | CheckOutcome | str) -> str:
    """What a verdict means, in one sentence."""
    return text(f"verdict.{word}.meaning")


def place_text(place: Place, column: str | None = None) -> str:
    """Where something stands: file, sheet, row and, where known, column."""
    sheet = [shown(place.sheet)] if place.sheet is not None else []
    parts = [shown(place.file, _LONGEST_DETAIL), *sheet, f"{text('place.row')} {place.row}"]
    if column:
        parts.append(f"{text('place.column')} {quoted(column)}")
    return ", ".join(parts)


def link_text(link: Link) -> str:
    """Which link, by the numbers of its appointment and its address."""
    return text("place.link", appointment=link.appointment_id, address=link.address_id)


def quoted(value: str | None) -> str:
    """A value from a file in quotation marks, safe to show."""
    return text("format.quoted").format(value=shown(value or ""))


def shown(value: str, longest: int = _LONGEST_VALUE) -> str:
    """A text from outside, safe to show: in one line, control and invisible characters spelled out, cut when very long."""
    if len(value) > longest:
        value = value[: longest - 1] + "…"
    return value if value.isprintable() else "".join(_shown_character(character) for character in value)


def _shown_character(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() and character not in "\x1c\x1d\x1e\x1f" else f"<U+{ord(character):04X}>"


def _where(column: str | None) -> str:
    return f"{text('place.in_column')} {quoted(column)}" if column else text("place.in_this_row")


def _value(code: Code, value: str | None) -> str:
    if not value:
        return ""
    return shown(value) if code in {Code.REFUSED_BY_CRM, Code.RESCHEDULED} else quoted(as_date(value))


def moment_text(moment: dt.datetime) -> str:
    """A start as people say it: "02.12.2026, 9:00"; of one at midnight nobody knows more than the day, mostly."""
    return day(moment) if moment.time() == dt.time() else f"{day(moment)}, {moment.hour}:{moment.minute:02}"


def as_date(value: str) -> str:
    """What stands in a cell of a date or of a time, as programs in the spoken language show it; any other text as it is."""
    if ":" not in value and "-" not in value:
        return value  # as most are, by the million
    if _CLOCK.fullmatch(value):
        return value.removesuffix(":00")
    if not _ISO.fullmatch(value):
        return value
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    if "T" not in value:
        return day(moment)
    return moment.strftime(text("format.cell_midnight" if moment.time() == dt.time() else "format.cell_moment"))
