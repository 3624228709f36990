"""Past runs for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sync.domain.model import Found, Verdict
from sync.i18n.texts import left_text, stop_text
from sync.report.history.find import undone_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.domain.model import Live
    from sync.ledger import AppliedChange, RequestRecord, RunRecord
    from sync.report.history.find import Details


def history_json(runs: Sequence[RunRecord]) -> bytes:
    """All runs, in the order in which they began, as UTF-8 JSON."""
    return _bytes({"runs": [_run(run, runs) for run in runs]})


def run_json(details: Details) -> bytes:
    """One run with its links and requests as UTF-8 JSON."""
    links, requests = [_link(each) for each in details.done], [_request(each) for each in details.requests]
    return _bytes({"run": _run(details.run, details.runs), "links": links, "requests": requests})


def _run(run: RunRecord, runs: Sequence[RunRecord]) -> dict[str, object]:
    stopped, other = run.stopped, undone_by(run, runs)
    return {
        "id": run.id,
        "office": run.office,
        "kind": "undo" if run.undo_of else "run",
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
        "summary": None if run.verdicts is None else _summary(run),
        "files": [
            {"file": file.name, "sha256": file.sha256, "fate": file.fate, "reason": file.reason or None} for file in run.files
        ],
        "left": [{"file": left.name, "code": left.why, "message": left_text(left)} for left in run.left],
        "details_removed": run.forgotten,
    }


def _summary(run: RunRecord) -> dict[str, int]:
    counts = run.verdicts or {}
    return {verdict.value: counts.get(verdict, 0) for verdict in Verdict} | {"rows": sum(counts.values())}


def _link(done: AppliedChange) -> dict[str, object]:
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


def _request(request: RequestRecord) -> dict[str, object]:
    return {
        "kind": request.kind,
        "left_at": request.left_at,
        "answered_at": request.answered_at,
        "outcome": request.outcome,
        "links": request.links,
    }


def _bytes(document: dict[str, object]) -> bytes:
    # A lone surrogate (a file name that is no UTF-8) becomes its JSON escape.
    return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n"
