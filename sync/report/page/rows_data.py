"""The rows of a run as compact JSON, for the script of the report page: every text once, rows as short lists of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from sync.domain.model import Code, Verdict, severity
from sync.i18n import spoken, text
from sync.i18n.texts import next_step, shown, verdict_word
from sync.report.page.content import kind_title, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.report.lines import Line
    from sync.report.links import Status

T = TypeVar("T")

_PLACE: Final = {verdict: at for at, verdict in enumerate(Verdict)}
#: What the script itself says.
_SAID: Final[dict[str, str]] = {
    "row": "report.row",
    "found": "page.found",
    "page": "page.page",
    "none": "page.none_found",
}


def rows_data(files: Iterable[str], listed: Sequence[Line]) -> dict[str, object]:
    """What the script reads; `row` there is the order of the fields of a row."""
    sheets: dict[str, int] = {}
    words: dict[str, int] = {}
    findings: dict[tuple[str, str], int] = {}
    rows = [
        [
            line.file,
            _place(sheets, line.sheet),
            line.row,
            line.appointment_id,
            line.address_id,
            _PLACE[Verdict(line.outcome)],
            *_statuses(words, line.statuses()),
            [_place(findings, (finding.code, told(finding))) for finding in line.findings],
        ]
        for line in listed
    ]
    codes = sorted({code for code, _ in findings})
    return {
        "language": spoken(),
        "said": {name: text(key) for name, key in _SAID.items()},
        "verdicts": [[verdict, verdict_word(verdict)] for verdict in Verdict],
        "kinds": {code: [kind_title(code), next_step(Code(code)), severity(code)] for code in codes},
        "files": [shown(name, 200) for name in files],
        "sheets": [shown(name, 200) for name in sheets],
        "words": list(words),
        "findings": list(findings),
        "rows": rows,
    }


def _statuses(words: dict[str, int], statuses: tuple[Status, Status]) -> list[int]:
    """What is wanted of both statuses, then what was before; -2 where that is not known."""
    wanted = [_place(words, status.new) for status in statuses]
    return [*wanted, *(_place(words, status.old) if status.old else -2 for status in statuses)]


def _place(table: dict[T, int], entry: T | None) -> int:
    """Where an entry stands in a table that holds each once; -1 for None."""
    return -1 if entry is None else table.setdefault(entry, len(table))
