"""The report for programs: `report.json`, the output of `check --json`, and past runs."""

from __future__ import annotations

from json import JSONEncoder, dumps
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import Found, Loaded, RunInfo, Verdict
from sync.i18n.texts import left_text, notice_text, reason_parts, stop_text
from sync.report.history import undone_by
from sync.report.story import Line, RowFinding, after_run, lines
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sync.domain.model import Checked, Left, Live, Tally
    from sync.ledger import AppliedChange, RequestRecord, RunRecord
    from sync.report.history import Details

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
    counts = checked.tally
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
            "closed": counts.closed,
            "waiting": counts.waiting,
            "held": counts.held,
            "unseen": counts.unseen,
            "settled": counts.settled,
            "repeating": counts.repeating,
            "repeating_failed": counts.repeating_failed,
            "blind": counts.blind,
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


def history_json(runs: Sequence[RunRecord]) -> bytes:
    """All runs, in the order in which they began, as UTF-8 JSON."""
    return _indented({"runs": [_past_run(run, runs) for run in runs]})


def run_json(details: Details) -> bytes:
    """One run with its links and requests as UTF-8 JSON."""
    links, requests = [_link_as_json(each) for each in details.done], [_request_as_json(each) for each in details.requests]
    return _indented({"run": _past_run(details.run, details.runs), "links": links, "requests": requests})


def _past_run(run: RunRecord, runs: Sequence[RunRecord]) -> dict[str, object]:
    stopped, other = run.stopped, undone_by(run, runs)
    return {
        "id": run.id,
        "office": run.office,
        "kind": "trial" if run.is_trial else "undo" if run.undo_of else "run",
        "undo_of": run.undo_of,
        "undone_by": other and other.id,
        "accepted": run.accepted,
        "started": run.started,
        "finished": run.finished,
        "exit_code": run.exit_code,
        "stopped": stopped and {"code": stopped.stop, "detail": stopped.detail, "message": stop_text(stopped)},
        "carried_on_by": run.carried_on_by,
        "requests": run.requests,
        "actions": run.actions,
        "rounds": run.rounds,
        "summary": None if run.verdicts is None else _past_summary(run),
        "files": [
            {"file": file.name, "sha256": file.sha256, "fate": file.fate, "reason": file.reason or None} for file in run.files
        ],
        "left": [{"file": left.name, "code": left.why, "message": left_text(left)} for left in run.left],
        "details_removed": run.forgotten,
    }


def _past_summary(run: RunRecord) -> dict[str, int]:
    counts = run.verdicts or {}
    return {verdict.value: counts.get(verdict, 0) for verdict in Verdict} | {"rows": sum(counts.values())}


def _link_as_json(done: AppliedChange) -> dict[str, object]:
    confirmation, feedback = done.change.wanted.words
    return {
        "appointment_id": done.change.link.appointment_id,
        "address_id": done.change.link.address_id,
        "action": done.change.aim,
        "confirmation": confirmation,
        "feedback": feedback,
        "before": _live(done.before),
        "after": _live(done.after),
        "verdict": done.verdict,
        "verified": done.verified,
        "error_code": done.error_code,
    }


def _live(live: Live | None) -> dict[str, object] | None:
    """The two words of a link and whether there is one; null where that is not known."""
    if live is None or live.found not in {Found.LINKED, Found.NOT_LINKED}:
        return None
    confirmation, feedback = live.state.words
    return {"linked": live.found is Found.LINKED, "confirmation": confirmation, "feedback": feedback}


def _request_as_json(request: RequestRecord) -> dict[str, object]:
    return {
        "kind": request.kind,
        "left_at": request.left_at,
        "answered_at": request.answered_at,
        "outcome": request.outcome,
        "links": request.links,
    }


def _indented(document: dict[str, object]) -> bytes:
    # A lone surrogate (a file name that is no UTF-8) becomes its JSON escape.
    return dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n"
