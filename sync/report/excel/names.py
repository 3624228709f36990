"""Names and texts as Excel and file systems take them: cells, sheets, and the files that droppers get back.

The name of a file has day, file and state, so that a folder sorts itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from sync.i18n import counted, everywhere, number, text
from sync.report.story import all_of
from sync.system.handles import cut as cut_to_fit

if TYPE_CHECKING:
    from collections.abc import Iterator


#: What a cell or a comment holds at most, in UTF-16 units, in which Excel counts.
MOST_UNITS: Final = 32_767
#: The end of a text that has been cut.
CUT: Final = " […]"
_SHEET_NAME_UNITS: Final = 31
#: Characters that no XML may hold.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_SHEET_NAMES: Final = re.compile("[\\[\\]:*?/\\\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")
#: Excel keeps this name for itself.
_RESERVED_FOR_EXCEL: Final = "history"


def cell_text(text: str) -> str:
    """A text that a cell or a comment can hold; a longer one ends in "[…]"."""
    text = _UNWRITABLE.sub("\ufffd", text)
    if len(text) * 2 <= MOST_UNITS or units(text) <= MOST_UNITS:  # no character has more than two
        return text
    return cut(text, MOST_UNITS - len(CUT)) + CUT


def sheet_names(wished: str, default: str) -> Iterator[str]:
    """Names for a sheet that Excel takes: as near as may be to the one that is wished for, then numbered ones."""
    clean = _NOT_IN_SHEET_NAMES.sub("_", wished).strip("'") or default
    if clean.casefold() != _RESERVED_FOR_EXCEL:
        yield cut(clean, _SHEET_NAME_UNITS).rstrip("'")
    at = 2
    while True:
        ending = f" ({at})"
        yield cut(clean, _SHEET_NAME_UNITS - len(ending)) + ending
        at += 1


def units(text: str) -> int:
    """The length of a text in UTF-16, in which Excel and Windows count."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> str:
    """The beginning of a text, so many units of UTF-16 and never half a character."""
    return text.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore")


_MARKED: Final = (
    *("returned.all_done", "returned.both_done", "returned.some_done", "returned.none_done", "returned.nothing_read"),
    "returned.sent",
)
_STATES: Final = (*_MARKED, "returned.to_correct")

#: In UTF-16: with the folders above it a path has to stay below the 260 units of Windows.
_LONGEST_NAME: Final = 120
_LONGEST_FOLDER: Final = 60
#: Most file systems take 255 bytes, and while a file is written its name has a few more.
_LONGEST_NAME_BYTES: Final = 200
#: Whole paths may have 4,096 bytes on Linux.
_LONGEST_FOLDERS_BYTES: Final = 1_000
#: Names in the results folder that are the job's own.
_OWN: Final = re.compile(
    r"(?:index|report|bericht)\.(?:html|json)|[0-9]{8}-[0-9]{6}-[0-9a-f]{4}|\.onoffice-sync-.*", re.IGNORECASE
)
_NOT_ON_WINDOWS: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def marked_state(done: int, rows: int, *, blind: bool = False) -> str:
    """The state of a file in a few words; of rows that were sent `blind` nobody knows whether they are done."""
    if not rows:
        return text("returned.nothing_read")
    if blind:
        return counted("returned.sent", rows, done=number(done))
    if done == rows:
        return all_of("returned.all_done", "returned.both_done", rows)
    if not done:
        return counted("returned.none_done", rows)
    return counted("returned.some_done", rows, done=number(done))


def correction_state(rows: int) -> str:
    """How much there is to correct, in a few words."""
    return counted("returned.to_correct", rows)


def free_path(results: Path, day: str, file: str, state: str) -> Path:
    """A path that nothing has yet: `2026-11-24 termine.xlsx - 3 Zeilen zu korrigieren.xlsx`, in the file's own subfolder.

    The name is one that Windows takes and is not too long. A file that came from here gets its first name back.

    Args:
        results: the folder with the results of all runs.
        day: ISO text.
        file: path below the drop folder, with `/`.
        state: what is said about it.
    """
    path = PurePosixPath(file)
    folder = results.joinpath(*_folders(path))
    for at in count(1):
        ending = f" - {state}{f' ({at})' if at > 1 else ''}.xlsx"
        around = len(day) + 1 + len(ending.encode())
        name = _usable(_first_name(path.name), _LONGEST_NAME - around, _LONGEST_NAME_BYTES - around)
        candidate = folder / f"{day} {name}{ending}"
        if not os.path.lexists(candidate):
            return candidate
    raise AssertionError  # there is no end of numbers


def correction_mark(run: str, file: str) -> str:
    """What the correction file of a file of a run has within itself, by which it is known under whatever name."""
    return hashlib.sha256(f"{run} {file}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


#: What copying, downloading twice or a share that two have saved to makes of a name: what comes before it, and what after.
_COPY_BEFORE: Final = re.compile(r"(?:kopie von|copy of) +(?=\S)", re.IGNORECASE)
_COPY_AFTER: Final = re.compile(r"(?<=\S) *(?:\([0-9]{1,3}\)|-? *(?:kopie|copy)(?: *\(?[0-9]{1,3}\)?)?)", re.IGNORECASE)


def copied_from(stem: str) -> Iterator[str]:
    """What a file may have been called before it was copied, by its name without ending: one step back after the other."""
    while stem:
        if before := _COPY_BEFORE.match(stem):
            stem = stem[before.end() :]
        elif after := next((each for each in _COPY_AFTER.finditer(stem) if each.end() == len(stem)), None):
            stem = stem[: after.start()]
        else:
            return
        yield stem


def handed_on(name: str) -> date | None:
    """The day on which a file of this name was given back; None for any other name."""
    try:
        return date.fromisoformat(name[:10]) if _from_here().fullmatch(name) else None
    except ValueError:
        return None


def marked_copy_of(name: str) -> tuple[date, str] | None:
    """The day of a marked copy of this name, and the name of the file that it is a copy of; None for any other name."""
    match, day = _from_here(_MARKED).fullmatch(name), handed_on(name)
    return (day, match[1]) if match and day else None


def _folders(path: PurePosixPath) -> list[str]:
    """The subfolders of a file; none where there are so many that no path could name them."""
    folders = [_folder(part) for part in path.parts[:-1]]
    return folders if len("/".join(folders).encode()) <= _LONGEST_FOLDERS_BYTES else []


def _folder(name: str) -> str:
    """A name for a subfolder that is none of the job's own."""
    usable = _usable(name, _LONGEST_FOLDER, _LONGEST_NAME_BYTES)
    return f"_{usable}" if _OWN.fullmatch(usable) else usable


def _usable(name: str, longest: int, longest_bytes: int) -> str:
    """A name that every file system takes, of so many units of UTF-16 and bytes of UTF-8 at most."""
    name = _NOT_ON_WINDOWS.sub("_", unicodedata.normalize("NFC", name)).strip(". ") or "_"
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    if units(name) <= longest and len(name.encode()) <= longest_bytes:
        return name
    suffix = name[-6:] if "." in name[-6:] else ""
    end = f"…{suffix[suffix.find('.') :]}"
    start = cut_to_fit(name, most_bytes=longest_bytes - len(end.encode()), most_units=longest - units(end))
    return f"{start.rstrip('. ')}{end}"


@cache
def _from_here(keys: tuple[str, ...] = _STATES) -> re.Pattern[str]:
    """The name of a file that was given back, in whatever language and in one of these states."""
    states = (re.sub(r"\\\{\w+\\\}", "[0-9.,]+", re.escape(form)) for key in keys for form in everywhere(key))
    return re.compile(
        rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} (.+) - (?:{'|'.join(states)})(?: \([0-9]+\))?\.[a-z]{{3,4}}", re.IGNORECASE
    )


def _first_name(name: str) -> str:
    while match := _from_here().fullmatch(name):
        name = match[1]
    return name
