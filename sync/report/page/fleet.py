"""The page over many offices: each with how it went this time, the worst first."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sync.domain.model import ExitCode
from sync.i18n import counted, number, text
from sync.i18n.texts import shown
from sync.report.page.document import lasted, state, write_document
from sync.system import handles
from sync.system.handles import not_written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


# What is told about many offices: a line for each, a sentence about all.


#: The worst first.
STATES: Final = (*(ExitCode.FAILED, ExitCode.USAGE, ExitCode.ALREADY_RUNNING, ExitCode.ROWS_NEED_A_PERSON, ExitCode.OK),)

#: Longer than any text of ours: what is to be done stands at the end, and is never cut off.
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class OfficeResult:
    """How one office went. `name` is that of its configuration, `office` its own; `page` leads to its report or overview."""

    name: str
    office: str
    exit_code: ExitCode
    sentence: str
    page: Path | None = None
    seconds: float = 0.0
    rows: int = 0
    changed: int = 0
    to_settle: int = 0


def said(result: OfficeResult) -> list[str]:
    """What happened to one office, a line for each of its mistakes, safe to show."""
    return [shown(part, _LONGEST) for part in result.sentence.splitlines()]


def line(result: OfficeResult) -> str:
    """One office in one line: `berlin  0  Alle 50 Zeilen sind erledigt.`."""
    return f"{shown(result.name)}  {int(result.exit_code)}  {' | '.join(said(result))}"


def sentence(results: Sequence[OfficeResult]) -> str:
    """All offices in one sentence, the worst first."""
    counts = Counter(result.exit_code for result in results)
    offices = counted("fleet.many", len(results))
    parts = [f"{number(counts[code])} {state_word(code)}" for code in STATES if counts[code]]
    return f"{offices}: {', '.join(parts)}." if parts else f"{offices}."


def state_word(code: ExitCode) -> str:
    """How an office went, in words that fit a number before them."""
    return text(f"fleet.state.{code.name.lower()}")


NAME: Final = "index.html"


def write_fleet(folder: Path, started: str, results: Sequence[OfficeResult]) -> Path:
    """Write `index.html` into the folder of the configurations, whole or not at all; returns its path.

    Raises:
        ReportError: it cannot be written.
    """
    order = list(STATES)
    ranked = sorted(results, key=lambda result: (order.index(result.exit_code), result.name))
    path = handles.resolved(folder) / NAME
    try:
        write_document(
            path,
            "fleet.html",
            started=started,
            told=sentence(results),
            state=state(int(ranked[0].exit_code)) if ranked else "green",
            offices=ranked,
            state_of=lambda result: state(int(result.exit_code)),
            state_word=lambda result: state_word(result.exit_code),
            said=said,
            lasted=lambda result: lasted(round(result.seconds)),
            href=lambda result: _href(result, folder),
        )
    except OSError as error:
        raise not_written(path, error) from error
    return path


def _href(result: OfficeResult, folder: Path) -> str:
    """The way to an office's page: from folder to folder, so that both can be moved, or whole to another drive."""
    if result.page is None:
        return ""
    try:
        way = os.path.relpath(result.page, folder.resolve())
    except ValueError:  # another drive of Windows
        return result.page.as_uri()
    return quote(way.replace(os.sep, "/"), errors="surrogateescape")
