"""What a run concludes about every change: a decision table over what was seen before, what is seen now, what was sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sync.model import FINE, Aim, CheckOutcome, Code, Conclusion, ExitCode, Found, Live, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model import Change, Checked, Past


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about one link at the end of a run. `before` and `now` are None where no look came to it."""

    before: Live | None
    now: Live | None
    past: Past
    stopped: bool

    @property
    def proved(self) -> bool:
        """Whether a look came after all that was sent to the link."""
        return self.now is not None and self.now.found is not Found.UNREADABLE and self.past.seen


_REJECTED_UNSENT = {Found.NOT_LINKED: Code.NOT_LINKED, Found.NO_APPOINTMENT: Code.APPOINTMENT_UNKNOWN}


def conclude(change: Change, evidence: Evidence) -> Conclusion:
    """The verdict of a change."""
    past, now = evidence.past, evidence.now
    if now is None:
        return Conclusion(Verdict.UNKNOWN, code=Code.NO_ANSWER) if past.lost else Conclusion(Verdict.NOT_SENT, code=Code.STOPPED)
    if evidence.proved and fulfilled(change, now):
        return Conclusion(Verdict.UPDATED if past.attempts else Verdict.UNCHANGED, verified=True)
    if past.refused:
        verdict = Verdict.UNKNOWN if _may_have_changed(evidence) else Verdict.REJECTED
        return Conclusion(verdict, verified=evidence.proved, code=Code.REFUSED_BY_CRM, error_code=past.error_code)
    return _proved_otherwise(change, evidence, now) if evidence.proved else _unproved(change, evidence)


def fulfilled(change: Change, live: Live | None) -> bool:
    """Whether a live state is what the change wants."""
    if live is None:
        return False
    if change.aim is Aim.UNLINK:
        return live.found is Found.NOT_LINKED
    return live.found is Found.LINKED and not change.wanted.differs_from(live.state)


def _may_have_changed(evidence: Evidence) -> bool:
    """Whether a part of what was sent may be in the CRM: something to tell, though not all that is wanted is there."""
    before, now, past = evidence.before, evidence.now, evidence.past
    if not evidence.proved or before is None or now is None:
        return past.lost or past.accepted > 0
    return past.attempts > 0 and (before.found, before.state) != (now.found, now.state)


def _unproved(change: Change, evidence: Evidence) -> Conclusion:
    """No look after the last time it was sent: the API's own word is all there is."""
    past = evidence.past
    if past.attempts and past.lost:
        return Conclusion(Verdict.UNKNOWN, code=Code.NO_ANSWER)
    if past.accepted and past.error_code is None:
        return _accepted(change, evidence.now)
    if past.attempts:
        code = Code.NO_ANSWER if past.error_code is None else Code.REFUSED_BY_CRM
        return Conclusion(Verdict.UNKNOWN, code=code, error_code=past.error_code)
    if evidence.stopped:
        return Conclusion(Verdict.NOT_SENT, code=Code.STOPPED)
    return Conclusion(Verdict.REJECTED, code=Code.NO_RIGHT_TO_READ)


def _accepted(change: Change, now: Live | None) -> Conclusion:
    """The API took it, and no look came after that; `now` is the last one before."""
    if now and change.wanted.feedback and not now.feedback_set_up:
        return Conclusion(Verdict.UNKNOWN, code=Code.FEEDBACK_NOT_SET_UP)
    if now and now.found is Found.NOT_LINKED and change.wanted != change.wanted.at_creation:
        return Conclusion(Verdict.UNKNOWN, code=Code.STOPPED)  # the link was made, the rest of its words was still to come
    return Conclusion(Verdict.UPDATED, code=Code.NOT_VERIFIED)


def _proved_otherwise(change: Change, evidence: Evidence, now: Live) -> Conclusion:
    """A look shows that the CRM does not have what is wanted."""
    past = evidence.past
    if past.accepted and now.cannot_have(change.wanted.differs_from(now.state)):
        return Conclusion(Verdict.UNKNOWN, verified=True, code=Code.FEEDBACK_NOT_SET_UP)
    if now.found in _REJECTED_UNSENT and (not past.attempts or change.aim is Aim.SET):
        if evidence.stopped and change.aim is Aim.LINK:
            return Conclusion(Verdict.NOT_SENT, code=Code.STOPPED)
        return Conclusion(Verdict.REJECTED, verified=True, code=_REJECTED_UNSENT[now.found])
    return _not_applied(evidence)


def _not_applied(evidence: Evidence) -> Conclusion:
    """Not all that was sent is there, or nothing of it, or nothing was sent."""
    past, changed = evidence.past, _may_have_changed(evidence)
    if changed or (past.accepted and not evidence.stopped):
        code = Code.NOT_APPLIED if past.accepted else Code.NO_ANSWER
        return Conclusion(Verdict.UNKNOWN, verified=True, code=code, error_code=past.error_code)
    if evidence.stopped:
        return Conclusion(Verdict.NOT_SENT, code=Code.STOPPED, error_code=past.error_code)
    if past.error_code is not None:
        return Conclusion(Verdict.REJECTED, verified=True, code=Code.REFUSED_BY_CRM, error_code=past.error_code)
    return Conclusion(Verdict.UNKNOWN, verified=True, code=Code.NO_ANSWER)


def judge(checked: Checked, evidence: Sequence[Evidence], conclusions: Sequence[Conclusion]) -> Checked:
    """Give every row its verdict: the columns that the row table has only after a run, and the findings that go with them.

    `evidence` and `conclusions` are in the order of `checked.changes`.
    """
    rows = checked.rows.copy()
    change = rows["change"].to_numpy()
    valid = (rows["outcome"] == CheckOutcome.VALID).to_numpy(dtype=bool)
    asks = valid & (change >= 0)
    facts = _facts(evidence, conclusions)
    of_row = facts.iloc[change].reset_index(drop=True) if len(rows) else facts.iloc[:0]
    for name in ("before_confirmation", "before_feedback", "before_known", "verified", "attempts", "error_code"):
        rows[name] = of_row[name]
    has, had = (asks & _has_its_own_words(rows, of_row, when) for when in ("now", "before"))
    sent, proved = (of_row[name].to_numpy(dtype=bool) for name in ("attempts", "proved"))
    kept, got = has & had, has & ~had & sent & proved
    rows["verdict"] = np.where(asks, of_row["verdict"], rows["outcome"])
    rows.loc[kept, "verdict"] = Verdict.UNCHANGED.value
    rows.loc[got, "verdict"] = Verdict.UPDATED.value
    rows["verified"] = np.where(kept | got, proved, asks & of_row["verified"].to_numpy(dtype=bool))
    rows.loc[kept | got | ~asks, "error_code"] = pd.NA
    problems = _problems(of_row, np.flatnonzero(asks & ~kept & ~got & of_row["code"].notna().to_numpy(dtype=bool)))
    together = pd.concat([checked.problems, problems], ignore_index=True).astype({"at": np.int64})
    return replace(checked, rows=rows, problems=together.sort_values("at", kind="stable", ignore_index=True))


def exit_code(checked: Checked, *, stopped: bool, dry_run: bool = False) -> ExitCode:
    """What the command says to its caller about judged rows."""
    if stopped:
        return ExitCode.FAILED
    fine = {*FINE, Verdict.NOT_SENT} if dry_run else FINE
    all_fine = bool(checked.rows["verdict"].isin([verdict.value for verdict in fine]).all())
    readable = all(file.readable for file in checked.files)
    return ExitCode.OK if all_fine and readable else ExitCode.ROWS_NEED_A_PERSON


def _facts(evidence: Sequence[Evidence], conclusions: Sequence[Conclusion]) -> pd.DataFrame:
    """One line per change, and a last one that stands for "no change" (position -1)."""
    nobody = (None, None, False, False, False, False, None, False, 0, None, None)
    lines = [
        (
            *_words(each.before),
            each.before is not None and each.before.found is not Found.UNREADABLE,
            _is_linked(each.before),
            _is_linked(each.now),
            each.proved,
            conclusion.verdict.value,
            conclusion.verified,
            each.past.attempts,
            conclusion.error_code,
            conclusion.code.value if conclusion.code else None,
            *_words(each.now),
        )
        for each, conclusion in zip(evidence, conclusions, strict=True)
    ]
    names = ("before_confirmation", "before_feedback", "before_known", "before_linked", "now_linked", "proved")
    more = ("verdict", "verified", "attempts", "error_code", "code", "now_confirmation", "now_feedback")
    frame = pd.DataFrame([*lines, (*nobody, None, None)], columns=[*names, *more], dtype=object)
    return frame.astype({"before_known": bool, "proved": bool, "verified": bool, "attempts": np.int64, "error_code": "Int64"})


def _words(live: Live | None) -> tuple[str | None, str | None]:
    return live.state.words if live is not None and live.found is Found.LINKED else (None, None)


def _is_linked(live: Live | None) -> bool:
    return live is not None and live.found is Found.LINKED


def _has_its_own_words(rows: pd.DataFrame, facts: pd.DataFrame, when: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows whose own words the CRM has "now" or had "before", whatever became of what other rows wanted for their link."""
    has = facts[f"{when}_linked"].to_numpy(dtype=bool) & (rows["action"] != Aim.UNLINK).to_numpy(dtype=bool)
    for name in ("confirmation", "feedback"):
        same = rows[name].to_numpy(dtype=object) == facts[f"{when}_{name}"].to_numpy(object)
        has &= rows[name].isna().to_numpy(dtype=bool) | same.astype(bool)
    return np.asarray(has)


def _problems(facts: pd.DataFrame, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pd.DataFrame:
    """What to say beside the rows that did not go through: problem table of `sync.model`."""
    some = facts.iloc[at]
    codes = some["error_code"].astype(object)
    return pd.DataFrame(
        {
            "at": at,
            "code": some["code"].to_numpy(object),
            "column": None,
            "value": codes.where(codes.notna(), None).map(lambda code: None if code is None else str(code)).to_numpy(object),
            "hint": None,
        }
    )
