"""`report.json` and the output of `check --json`: the report for programs."""

from __future__ import annotations

from json import JSONEncoder
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import Loaded, RunInfo, Verdict
from sync.i18n.texts import left_text, notice_text, reason_parts, stop_text
from sync.report.lines import Line, RowFinding, after_run, lines
from sync.report.story import Tally, tally
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sync.domain.model import Checked, Left

_encode: Final = JSONEncoder(ensure_ascii=False).encode
_OUTCOME: Final = Line._fields.index("outcome")
#: So many kinds of rows are remembered.
_MOST_KINDS: Final = 10_000


def write_report(path: Path, info: RunInfo, checked: Checked) -> None:
    """Write `report.json`, whole or not at all. Raises OSError."""
    with replacing(path) as file:
        file.writelines(report_json(info, checked))


def report_json(info: RunInfo, checked: Checked) -> Iterator[bytes]:
    """The report of a run as UTF-8 JSON, piece by piece. The row table holds verdicts."""
    counts = tally(checked)
    yield _bytes(f'{{"run": {_run(info, counts, checked.left)},\n"summary": {_summary(counts)},\n')
    yield from _files(checked)


def check_json(checked: Checked) -> Iterator[bytes]:
    """What a check found as UTF-8 JSON, piece by piece."""
    yield b"{"
    yield from _files(checked)


def _run(info: RunInfo, counts: Tally, left: Iterable[Left]) -> str:
    stopped = info.stopped
    return _encode(
        {
            "id": info.id,
            "started": info.started,
            "finished": info.finished,
            "dry_run": info.dry_run,
            "exit_code": int(info.exit_code),
            "requests": info.requests,
            "actions": info.actions,
            "rounds": info.rounds,
            "office": info.office,
            "stopped": stopped and {"code": stopped.stop, "detail": stopped.detail, "message": stop_text(stopped)},
            "warnings": counts.warnings,
            "unreadable": counts.unreadable,
            "waiting": counts.waiting,
            "held": counts.held,
            "unseen": counts.unseen,
            "settled": counts.settled,
            "undo_of": info.undo_of,
            "accepted": info.accepted and {"run": info.accepted.run, "holds": info.accepted.holds},
            "left": [{"file": each.name, "code": each.why, "message": left_text(each)} for each in left],
            "may_write_to_customers": info.customers,
            "notices": [{"code": each.what, "message": notice_text(each)} for each in info.notices],
        }
    )


def _summary(counts: Tally) -> str:
    return _encode({verdict: counts.of(verdict) for verdict in Verdict} | {"rows": counts.rows, "blank": counts.blank})


def _files(checked: Checked) -> Iterator[bytes]:
    yield b'"files": ['
    bounds = np.searchsorted(checked.rows.file, range(len(checked.files) + 1)).tolist()
    for number, file in enumerate(checked.files):
        yield _bytes(("," if number else "") + f"\n{_file(file)}")
        yield from _rows(lines(checked, bounds[number], bounds[number + 1]), after_run(checked))
        yield b"]}"
    yield b"]}\n"


def _file(file: Loaded) -> str:
    head = _encode(
        {
            "file": file.name,
            "sha256": file.sha256,
            "readable": file.readable,
            "reason": " ".join(reason_parts(file.reason)) if file.reason else None,
            "blank": sum(sheet.blank for sheet in file.sheets),
            "dropped_before": file.dropped_before,
        }
    )
    return f'{head[:-1]}, "rows": ['


def _rows(rows: Iterable[Line], run: bool) -> Iterator[bytes]:
    separator = "\n"
    kinds: dict[tuple[object, ...], tuple[str, str, str]] = {}
    for line in rows:
        number, appointment, address = line.row, line.appointment_id or "null", line.address_id or "null"
        alike = line.sheet, line.confirmation, line.feedback, line.action, *line[_OUTCOME:]
        kind = kinds.get(alike)
        if kind is None:
            if len(kinds) >= _MOST_KINDS:
                kinds.clear()
            kind = kinds[alike] = _kind(line, run)
        first, second, third = kind
        yield _bytes(f'{separator}{first}{number}{second}{appointment}, "address_id": {address}{third}')
        separator = ",\n"


def _kind(line: Line, run: bool) -> tuple[str, str, str]:
    """What stands around the numbers of all rows that are like this one otherwise: few kinds, and rows by the million."""
    first = _encode({"sheet": line.sheet, "row": 0})
    second = _encode({"outcome": line.outcome, "appointment_id": 0})
    words = {"confirmation": line.confirmation, "feedback": line.feedback}
    problems = {"problems": [_problem(finding) for finding in line.findings]}
    third = _encode(words | problems | (_after_run(line) if run else {}) | {"action": line.action})
    return first[: -len("0}")], f", {second[1 : -len('0}')]}", f", {third[1:]}"


def _problem(finding: RowFinding) -> dict[str, object]:
    candidates = [
        ({"appointment_id": each.appointment_id} if each.appointment_id else {})
        | {"address_id": each.address_id, "name": each.name}
        for each in finding.candidates
    ]
    return {
        "code": finding.code,
        "severity": finding.severity,
        "column": finding.column,
        "value": finding.value,
        "message": finding.message,
        **({"candidates": candidates} if candidates else {}),
    }


def _after_run(line: Line) -> dict[str, object]:
    before = {"confirmation": line.before_confirmation, "feedback": line.before_feedback} if line.before_known else None
    return {"before": before, "verified": line.verified, "attempts": line.attempts, "error_code": line.error_code}


def _bytes(text: str) -> bytes:
    # A lone surrogate (a file name that is no UTF-8) becomes its JSON escape.
    return text.encode("utf-8", "backslashreplace")
