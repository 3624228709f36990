"""What is told about many offices: a line for each, a sentence about all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.domain.model import ExitCode
from sync.i18n import counted, number, text
from sync.i18n.texts import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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
