"""What is told about many offices: a line for each, a sentence about all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.domain.model import ExitCode
from sync.i18n.texts import Words, shown
from sync.report.story import counted, number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.i18n.texts import Language

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


class FleetWords:
    """All texts about many offices."""

    TITLE: Final = Words("Alle Büros", "All offices")
    ONE: Final = Words("{} Büro", "{} office")
    MANY: Final = Words("{} Büros", "{} offices")
    OFFICE: Final = Words("Büro", "Office")
    SAID: Final = Words("Was war", "What happened")
    STARTED: Final = Words("Gestartet am {}", "Started {}")
    OPEN: Final = Words("Bericht", "Report")
    ALL_WELL: Final = Words("ohne Beanstandung", "all well")
    #: By the exit code, the worst first; in sentences about how many there are.
    STATES: Final = {
        ExitCode.FAILED: Words("nicht zu Ende gelaufen", "did not start or finish"),
        ExitCode.USAGE: Words("falsch eingerichtet", "configured wrongly"),
        ExitCode.ALREADY_RUNNING: Words("schon anderswo in Arbeit", "at work elsewhere"),
        ExitCode.ROWS_NEED_A_PERSON: Words("mit offenen Punkten", "with something to settle"),
        ExitCode.OK: Words("ohne Beanstandung", "all well"),
    }
    DIED: Final = Words(
        "Der Prozess dieses Büros ist abgestürzt (Exit-Code {}). Es geht nichts verloren: Der nächste Abgleich macht weiter.",
        "The process of this office crashed (exit code {}). Nothing is lost: the next run carries on.",
    )
    NOT_BEGUN: Final = Words(
        "Nicht an die Reihe gekommen, weil der Lauf beendet wurde. Der nächste Abgleich holt es nach.",
        "Its turn did not come, as all was asked to end. The next run makes up for it.",
    )
    MISTAKE: Final = Words(
        "Ein Fehler in diesem Programm ({}). Es geht nichts verloren; bitte melden Sie ihn.",
        "A mistake in this program ({}). Nothing is lost; please report it.",
    )


def said(result: OfficeResult) -> list[str]:
    """What happened to one office, a line for each of its mistakes, safe to show."""
    return [shown(part, _LONGEST) for part in result.sentence.splitlines()]


def line(result: OfficeResult) -> str:
    """One office in one line: `berlin  0  Alle 50 Zeilen sind erledigt.`."""
    return f"{shown(result.name)}  {int(result.exit_code)}  {' | '.join(said(result))}"


def sentence(results: Sequence[OfficeResult], language: Language) -> str:
    """All offices in one sentence, the worst first."""
    counts = Counter(result.exit_code for result in results)
    offices = counted(len(results), FleetWords.ONE, FleetWords.MANY, language)
    parts = [
        f"{number(counts[code], language)} {words.text(language)}" for code, words in FleetWords.STATES.items() if counts[code]
    ]
    return f"{offices}: {', '.join(parts)}." if parts else f"{offices}."
