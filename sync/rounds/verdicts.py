"""What a run concludes, and what that makes of every row. Pure.

Of a change: a decision table over what was seen before, what is seen now, and what was sent. Of the rows: the same, laid over
them by column.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import (
    FINE,
    NOTHING_ELSE,
    Blocker,
    CheckOutcome,
    Code,
    Conclusion,
    Confirmation,
    ExitCode,
    Feedback,
    Found,
    Live,
    Operation,
    State,
    Verdict,
)
from sync.domain.tables import ProblemTable, VerdictTable, repeated
from sync.rounds.guards import ANOTHER_MEETING, GUARDS, local_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from sync.domain.model import Change, Checked, LinkHistory, Stop
    from sync.domain.tables import Bools, Ints, RowTable, Texts

#: So many rows of a file, and no other, say more about its columns than about the rows.
_ENOUGH_ROWS: Final = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about one link at the end of a run. `before` and `now` are None where no look came to it.

    `guard` is what stopped the run, where that was one.
    """

    before: Live | None
    now: Live | None
    past: LinkHistory
    stopped: bool
    guard: Stop | None = None

    @property
    def proved(self) -> bool:
        """Whether a look came after all that was sent to the link."""
        return self.now is not None and self.now.found is not Found.UNREADABLE and self.past.seen

    @property
    def after(self) -> Live | None:
        """What a look has shown after all that was sent; that a link is hidden says something only of one that was written."""
        hidden = self.now is not None and self.now.found is Found.HIDDEN and not self.past.accepted
        return self.now if self.proved and not hidden else None

    @property
    def may_lag(self) -> bool:
        """Whether what was sent may be there though no look shows it: reads may lag behind writes, and none was seen in time.

        A link that was made may never be shown, whatever became of other writes.
        """
        past, before, now = self.past, self.before, self.now
        if not past.left_at or before is None or now is None or before.is_another(now):
            return False
        return not past.outrun or before.found is Found.NOT_LINKED

    @property
    def certain(self) -> bool:
        """Whether a look proves what became of all that was sent to the link."""
        return self.proved and not self.may_lag and self.now is not None and self.now.found is not Found.HIDDEN

    @property
    def could_look(self) -> bool:
        """Whether the link could be looked at when the run began."""
        return self.before is not None and self.before.found is not Found.UNREADABLE

    @property
    def ended_too_early(self) -> bool:
        """Whether something was sent, and the run ended before a look that the next one makes up for."""
        sent = self.past.attempts > 0 and not self.proved
        unreadable = self.now is not None and self.now.found is Found.UNREADABLE
        return sent and self.stopped and self.guard is None and self.could_look and not unreadable


_REJECTED_UNSENT = {
    Found.NOT_LINKED: Code.NOT_LINKED,
    Found.HIDDEN: Code.PERHAPS_HIDDEN,
    Found.NO_APPOINTMENT: Code.APPOINTMENT_UNKNOWN,
}


def conclude(change: Change, evidence: Evidence) -> Conclusion:
    """The verdict of a change, with what may follow from it."""
    conclusion = _with_the_other_status(_verdict(change, evidence), evidence)
    looked_at = conclusion.verdict in {Verdict.UNKNOWN, Verdict.REJECTED, Verdict.CONFLICT}
    if looked_at and (now := evidence.now) and _shows_too_little(change, now):
        seen_otherwise = _shown_part(change.wanted, now.state).differs_from(now.state)
        code = Code.NOT_READ_BACK if conclusion.code is Code.NOT_APPLIED and not seen_otherwise else conclusion.code
        conclusion = replace(conclusion, verified=False, code=code)
    if evidence.past.from_before and conclusion.verdict is not Verdict.UNCHANGED:
        return replace(conclusion, warnings=(*conclusion.warnings, Code.NOT_ASKED_AGAIN))
    written = conclusion.verdict in {Verdict.UPDATED, Verdict.UNKNOWN} or conclusion.code is Code.ONLY_FEEDBACK_MISSING
    may_have_been_written = evidence.past.attempts and written
    if may_have_been_written and (warnings := may_follow(change, evidence.before)):
        return replace(conclusion, warnings=(*conclusion.warnings, *warnings))
    return conclusion


def foretell(change: Change, before: Live | None) -> Conclusion:
    """What may be said of a planned change before it is sent: a feedback that is not set up will not be set."""
    warnings = may_follow(change, before)
    if before is None or before.found is not Found.LINKED or before.feedback_set_up or change.aim is Operation.UNLINK:
        return Conclusion(Verdict.NOT_SENT, warnings=warnings)
    missing = change.wanted.differs_from(before.state)
    if before.cannot_have(missing):
        return Conclusion(Verdict.REJECTED, verified=True, code=Code.FEEDBACK_NOT_SET_UP)
    return Conclusion(Verdict.NOT_SENT, warnings=(Code.FEEDBACK_NOT_SET_UP, *warnings) if missing.feedback else warnings)


def _shown_part(wanted: State, seen: State) -> State:
    """The wanted words of which a look shows what became of them."""
    return State(wanted.confirmation if seen.confirmation else None, wanted.feedback if seen.feedback else None)


def _shows_too_little(change: Change, now: Live) -> bool:
    """Whether a look shows a link, but not all of its words that are wanted."""
    if now.found is not Found.LINKED:
        return False
    confirmation = change.wanted.confirmation and not now.state.confirmation
    return bool(confirmation or (change.wanted.feedback and not now.state.feedback and now.feedback_set_up))


def _with_the_other_status(conclusion: Conclusion, evidence: Evidence) -> Conclusion:
    """What to say where a write took the status along that it did not name (onoffice-api 5.3)."""
    lost, now, unread = evidence.past.set_back, evidence.now, evidence.past.lost_unread
    if not (lost or unread):
        return conclusion
    if not unread and evidence.proved and now is not None and not lost.differs_from(now.state):
        return replace(conclusion, warnings=(Code.OTHER_STATUS_SET_BACK,))
    if conclusion.verdict in FINE:
        return Conclusion(Verdict.UNKNOWN, code=Code.OTHER_STATUS_LOST, error_code=evidence.past.error_code)
    return replace(conclusion, warnings=(Code.OTHER_STATUS_LOST,))


def may_follow(change: Change, before: Live | None) -> tuple[Code, ...]:
    """What a write may bring about in the CRM (onoffice-api 7), as far as the live state before it tells."""
    was = before.state if before else State()
    sets = State() if change.aim is Operation.UNLINK else change.wanted.differs_from(was)
    will_be = State(sets.confirmation or was.confirmation, sets.feedback or was.feedback)
    recurs = before is not None and before.recurs
    asks = not recurs and (before is None or before.feedback_set_up)
    found = (
        (Code.MAY_ASK_FOR_FEEDBACK, asks and _is_asked(will_be) and not _is_asked(was)),
        (Code.MAY_REMIND, sets.confirmation is Confirmation.CONFIRMED and before is not None and before.reminds),
        (Code.RECURRING, recurs),
    )
    return tuple([code for code, may in found if may])


def _is_asked(state: State) -> bool:
    """Whether an address with this state is one that the CRM asks for feedback: active, and not cancelled (onoffice-api 7)."""
    return state.feedback is Feedback.ACTIVE and state.confirmation is not Confirmation.CANCELED


def _verdict(change: Change, evidence: Evidence) -> Conclusion:
    past, now = evidence.past, evidence.now
    if now is None:
        return _unseen(evidence) if past.lost else _not_sent(evidence)
    # A row about a time that is no more speaks of another meeting, whatever its words are.
    rescheduled = past.bar is not None and past.bar.code in ANOTHER_MEETING and not past.attempts
    if evidence.proved and fulfilled(change, now) and not rescheduled:
        return Conclusion(Verdict.UPDATED if past.attempts else Verdict.UNCHANGED, verified=True)
    if past.bar:
        return _barred(past.bar, evidence)
    if past.refused:
        verdict = Verdict.UNKNOWN if evidence.may_lag or _may_have_changed(evidence) else Verdict.REJECTED
        return Conclusion(verdict, verified=evidence.certain, code=Code.REFUSED_BY_CRM, error_code=past.error_code)
    return _proved_otherwise(change, evidence, now) if evidence.proved else _unproved(change, evidence)


def _barred(bar: Blocker, evidence: Evidence) -> Conclusion:
    """What stands in the way kept the change, or the rest of it, from being sent."""
    if evidence.past.attempts and (not evidence.certain or _may_have_changed(evidence)):
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.REJECTED if bar.code in {Code.START_UNKNOWN, Code.OTHER_STATUS_UNREAD} else Verdict.CONFLICT
    return Conclusion(verdict, verified=evidence.certain, code=bar.code, bar=bar)


def fulfilled(change: Change, live: Live | None) -> bool:
    """Whether a live state is what the change wants."""
    if live is None:
        return False
    if change.asks_nothing:
        return True
    if change.aim is Operation.UNLINK:
        return live.found is Found.NOT_LINKED
    return live.found is Found.LINKED and not change.wanted.differs_from(live.state)


def _may_have_changed(evidence: Evidence) -> bool:
    """Whether a part of what was sent may be in the CRM: something to tell, though not all that is wanted is there."""
    before, now, past = evidence.before, evidence.now, evidence.past
    if not evidence.proved and (past.lost or past.accepted):
        return True
    if before is None or now is None or now.found is Found.UNREADABLE:
        return False
    tells = before.tells_feedback and now.tells_feedback  # not every way of asking does
    was, seen = ((each.found, each.state.confirmation, tells and each.state.feedback) for each in (before, now))
    return past.attempts > 0 and was != seen


def _unproved(change: Change, evidence: Evidence) -> Conclusion:
    """No look after the last time it was sent: the API's own word is all there is."""
    past = evidence.past
    if past.accepted and not past.lost and past.error_code is None:
        return _accepted(change, evidence)
    if past.attempts:
        return _unseen(evidence)
    return _not_sent(evidence) if evidence.stopped else Conclusion(Verdict.REJECTED, code=Code.NO_RIGHT_TO_READ)


def _unseen(evidence: Evidence) -> Conclusion:
    """It was sent, nothing shows that it arrived, and the API did not say so either."""
    past = evidence.past
    if evidence.ended_too_early:
        return Conclusion(Verdict.UNKNOWN, code=Code.NOT_LOOKED_AT, error_code=past.error_code)
    code = Code.NO_ANSWER if past.lost or past.error_code is None else Code.REFUSED_BY_CRM
    return Conclusion(Verdict.UNKNOWN, code=code, error_code=None if past.lost else past.error_code)


def _not_sent(evidence: Evidence, error_code: int | None = None) -> Conclusion:
    """The run ended before it was done with the link."""
    code = Code(evidence.guard.value) if evidence.guard else Code.STOPPED
    return Conclusion(Verdict.NOT_SENT, code=code, error_code=error_code)


def _accepted(change: Change, evidence: Evidence) -> Conclusion:
    """The API took it, and no look came after that. Its word counts where nothing can be looked at, and only there."""
    now = evidence.now
    if now and change.wanted.feedback and not now.feedback_set_up:
        return Conclusion(Verdict.UNKNOWN, code=Code.FEEDBACK_NOT_SET_UP)
    if evidence.ended_too_early:
        return Conclusion(Verdict.UNKNOWN, code=Code.NOT_LOOKED_AT)
    if evidence.could_look:
        return Conclusion(Verdict.UNKNOWN, code=Code.NOT_READ_BACK)
    return Conclusion(Verdict.UPDATED, code=Code.NOT_VERIFIED)


def _proved_otherwise(change: Change, evidence: Evidence, now: Live) -> Conclusion:
    """A look shows that the CRM does not have what is wanted."""
    past = evidence.past
    if past.accepted and now.found in {Found.NO_APPOINTMENT, Found.HIDDEN}:
        return Conclusion(Verdict.UNKNOWN, code=Code.NOT_READ_BACK)
    if past.named_feedback and now.cannot_show(change.wanted.differs_from(now.state)):
        return _feedback_not_shown(evidence.before)
    if past.accepted and now.cannot_have(change.wanted.differs_from(now.state)):
        return _without_feedback(change, evidence, now)
    was_sent = past.attempts and (change.aim is not Operation.SET or now.found is Found.HIDDEN)
    if now.found in _REJECTED_UNSENT and not was_sent:
        if evidence.stopped and change.aim is Operation.LINK:
            return _not_sent(evidence)
        return Conclusion(Verdict.REJECTED, verified=now.found is not Found.HIDDEN, code=_REJECTED_UNSENT[now.found])
    return _not_applied(change, evidence, now)


def _feedback_not_shown(before: Live | None) -> Conclusion:
    """The API took a feedback of which the last look tells nothing; an earlier look may have shown that there is none."""
    if before is not None and not before.feedback_set_up:
        return Conclusion(Verdict.UNKNOWN, code=Code.FEEDBACK_NOT_SET_UP)
    return Conclusion(Verdict.UPDATED, code=Code.NOT_VERIFIED)


def _without_feedback(change: Change, evidence: Evidence, now: Live) -> Conclusion:
    """OnOffice has all that is wanted but a feedback that is not set up; what is said tells whether this run brought it about."""
    code, hint, before = Code.FEEDBACK_NOT_SET_UP, None, evidence.before
    if before is not None and evidence.past.attempts:
        made = before.found is Found.NOT_LINKED
        if made or (change.wanted.confirmation is not None and before.state.confirmation is not now.state.confirmation):
            code, hint = Code.ONLY_FEEDBACK_MISSING, Operation.LINK.value if made else None
    by_others = code is Code.FEEDBACK_NOT_SET_UP and _may_have_changed(evidence)
    verdict = Verdict.UNKNOWN if by_others else Verdict.REJECTED
    return Conclusion(verdict, verified=True, code=code, bar=Blocker(code, hint=hint) if hint else None)


def _not_applied(change: Change, evidence: Evidence, now: Live) -> Conclusion:
    """Not all that was sent is there, or nothing of it, or nothing was sent."""
    past, changed = evidence.past, _may_have_changed(evidence)
    took_it_twice = past.accepted > 1 and evidence.before is not None and now.found is Found.LINKED
    if took_it_twice and not (changed or evidence.may_lag or past.set_back or _shows_too_little(change, now)):
        return Conclusion(Verdict.REJECTED, verified=True, code=Code.NOT_MADE)
    if evidence.stopped and (evidence.may_lag or (past.left_at and not past.refused and _shows_too_little(change, now))):
        return Conclusion(Verdict.UNKNOWN, code=Code.NOT_LOOKED_AT, error_code=past.error_code)
    if changed or evidence.may_lag or (past.accepted and not evidence.stopped):
        code = Code.NOT_APPLIED if past.accepted else Code.NO_ANSWER
        return Conclusion(Verdict.UNKNOWN, verified=evidence.certain, code=code, error_code=past.error_code)
    if evidence.stopped:
        return _not_sent(evidence, past.error_code)
    if past.error_code is not None:
        return Conclusion(Verdict.REJECTED, verified=True, code=Code.REFUSED_BY_CRM, error_code=past.error_code)
    return Conclusion(Verdict.UNKNOWN, verified=True, code=Code.NO_ANSWER)


def judge(
    checked: Checked, evidence: Sequence[Evidence], conclusions: Sequence[Conclusion], of_change: Ints, zone: tzinfo
) -> Checked:
    """Give every row its verdict, and the findings that go with it.

    `of_change` says for each of `checked.changes` where in `evidence` and `conclusions` that is which holds for it, `zone` is the
    office's own time.
    """
    rows = checked.rows
    concluded = np.append(of_change, -1)[rows.change]
    of_row = _Facts.of(evidence, conclusions, zone).some(concluded)
    asks = (rows.outcome == CheckOutcome.VALID) & (rows.change >= 0)
    repeats = (rows.outcome == CheckOutcome.DUPLICATE) & (rows.change >= 0)
    has = (asks | repeats) & _has_its_own_words(rows, of_row.now_linked, of_row.now)
    had = (asks | repeats) & _has_its_own_words(rows, of_row.before_linked, of_row.before)
    has &= ~of_row.lost
    for column, guard in GUARDS.items():
        has &= ~((of_row.code == guard.differs) & _is_there(rows.guards[column]))  # such a row speaks of another meeting
    kept, got = has & had, has & ~had & (of_row.attempts > 0) & of_row.proved
    failed = repeats & ~kept & ~got & of_row.failed
    kept, got = kept & asks, got & asks
    verdict = np.where(asks, of_row.verdict, rows.outcome)
    verdict[kept] = Verdict.UNCHANGED.value
    verdict[got] = Verdict.UPDATED.value
    verdicts = VerdictTable(
        verdict=verdict,
        before_confirmation=of_row.before[0],
        before_feedback=of_row.before[1],
        before_found=of_row.before_found,
        verified=np.where(kept | got, of_row.proved, asks & of_row.verified),
        attempts=of_row.attempts,
        error_code=np.where(kept | got | ~asks, 0, of_row.error_code),
        start=of_row.start,
    )
    told = np.flatnonzero(asks & ~kept & ~got & of_row.told)
    warned = np.flatnonzero(asks & ~kept & of_row.warned)
    found = _with_whole_files(_problems(conclusions, concluded, told), rows.file, asks)
    warnings = _warnings(conclusions, concluded, warned), _sent_before(checked, of_row)
    problems = ProblemTable.joined([_with_failed(checked.problems, failed), found, *warnings])
    return replace(checked, problems=_with_own_wishes(problems, rows), verdicts=verdicts)


def exit_code(checked: Checked, *, stopped: bool = False, dry_run: bool = False) -> ExitCode:
    """What the command says to its caller about rows that are judged, or only checked."""
    if stopped:
        return ExitCode.FAILED
    fine = {*FINE, Verdict.NOT_SENT} if dry_run else FINE
    return (
        ExitCode.OK if set(checked.outcomes[~checked.settled]) <= fine and not checked.unreadable else ExitCode.ROWS_NEED_A_PERSON
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """What is known, one line per conclusion. `before` and `now` are the two words of the link, None where not linked."""

    verdict: Texts
    failed: Bools
    told: Bools
    warned: Bools
    code: Texts
    lost: Bools
    error_code: Ints
    verified: Bools
    proved: Bools
    attempts: Ints
    before: tuple[Texts, Texts]
    before_found: Texts
    before_linked: Bools
    now: tuple[Texts, Texts]
    now_linked: Bools
    start: Texts

    @classmethod
    def of(cls, evidence: Sequence[Evidence], conclusions: Sequence[Conclusion], zone: tzinfo) -> _Facts:
        """One line per conclusion, and a last one that stands for "no change" (position -1)."""
        before = [_words(each.before) for each in evidence]
        now = [_words(each.now) for each in evidence]
        return cls(
            verdict=_texts(each.verdict.value for each in conclusions),
            failed=_flags(_has_failed(each) for each in conclusions),
            told=_flags(each.code is not None for each in conclusions),
            warned=_flags(bool(each.warnings) for each in conclusions),
            code=_texts(each.code for each in conclusions),
            lost=_flags(each.code is Code.OTHER_STATUS_LOST for each in conclusions),
            error_code=_numbers(each.error_code or 0 for each in conclusions),
            verified=_flags(each.verified for each in conclusions),
            proved=_flags(each.proved for each in evidence),
            attempts=_numbers(each.past.attempts for each in evidence),
            before=(_texts(words[0] for words in before), _texts(words[1] for words in before)),
            before_found=_texts(each.before and each.before.found for each in evidence),
            before_linked=_flags(_is_linked(each.before) for each in evidence),
            now=(_texts(words[0] for words in now), _texts(words[1] for words in now)),
            now_linked=_flags(_is_linked(each.now) for each in evidence),
            start=_texts(_start(each, zone) for each in evidence),
        )

    def some(self, lines: Ints) -> _Facts:
        """Some lines, in another order."""
        return _Facts(
            self.verdict[lines],
            self.failed[lines],
            self.told[lines],
            self.warned[lines],
            self.code[lines],
            self.lost[lines],
            self.error_code[lines],
            self.verified[lines],
            self.proved[lines],
            self.attempts[lines],
            (self.before[0][lines], self.before[1][lines]),
            self.before_found[lines],
            self.before_linked[lines],
            (self.now[0][lines], self.now[1][lines]),
            self.now_linked[lines],
            self.start[lines],
        )


_FINE_OR_WAITS: Final = FINE | {Verdict.NOT_SENT}


def _has_failed(conclusion: Conclusion) -> bool:
    """Whether somebody has to look at what it is about: it neither went through nor waits."""
    return conclusion.verdict not in _FINE_OR_WAITS and conclusion.code is not Code.NOT_LOOKED_AT


def _start(evidence: Evidence, zone: tzinfo) -> datetime | None:
    """When an appointment starts, as the last look that tells it has it."""
    starts = [live.start for live in (evidence.now, evidence.before) if live and live.start]
    return local_start(starts[0], zone) if starts else None


def _texts(values: Iterable[object]) -> Texts:
    return np.fromiter([*values, None], dtype=object)


def _numbers(values: Iterable[int]) -> Ints:
    return np.fromiter([*values, 0], dtype=np.int64)


def _flags(values: Iterable[bool]) -> Bools:
    return np.fromiter([*values, False], dtype=bool)


def _words(live: Live | None) -> tuple[str | None, str | None]:
    return live.state.words if live is not None and live.found is Found.LINKED else (None, None)


def _is_linked(live: Live | None) -> bool:
    return live is not None and live.found is Found.LINKED


def _has_its_own_words(rows: RowTable, linked: Bools, words: tuple[Texts, Texts]) -> Bools:
    """Rows whose own words the CRM has or had, whatever became of what other rows wanted for their link."""
    has: Bools = linked & (rows.action != Operation.UNLINK)
    for wanted, there in zip((rows.confirmation, rows.feedback), words, strict=True):
        has &= ~_is_there(wanted) | (wanted == there)
    return has


def _is_there(texts: Texts) -> Bools:
    there: Bools = texts.astype(bool)  # no word is blank
    return there


def _with_failed(problems: ProblemTable, failed: Bools) -> ProblemTable:
    """The findings of a check; duplicates that `failed` with what they repeat say so, and still where that stands."""
    if not failed.any():
        return problems
    repeats = (problems.code == Code.SAME_AS_EARLIER) | (problems.code == Code.SAME_AS_SEVERAL)
    return replace(problems, code=np.where(repeats & failed[problems.at], Code.SAME_AS_FAILED.value, problems.code))


def _problems(conclusions: Sequence[Conclusion], concluded: Ints, at: Ints) -> ProblemTable:
    """What to say beside the rows that did not go through."""
    some = [conclusions[number] for number in concluded[at].tolist()]
    values = (each.bar.value if each.bar else each.error_code and str(each.error_code) for each in some)
    return ProblemTable(
        at,
        _column((each.code and each.code.value for each in some), len(at)),
        _column((None for _ in some), len(at)),
        _column(values, len(at)),
        _column((each.bar.hint if each.bar else None for each in some), len(at)),
    )


def _with_own_wishes(problems: ProblemTable, rows: RowTable) -> ProblemTable:
    """The findings; where a feedback is not set up, each row hears of what it asks for itself, not of what others want."""
    at = np.flatnonzero((problems.code == Code.FEEDBACK_NOT_SET_UP) | (problems.code == Code.ONLY_FEEDBACK_MISSING))
    at = at[~_is_there(rows.confirmation[problems.at[at]])]
    if not len(at):
        return problems
    code, hint = problems.code.copy(), problems.hint.copy()
    code[at[hint[at] != Operation.LINK]] = Code.FEEDBACK_NOT_SET_UP.value
    alone = at[rows.action[problems.at[at]] != Operation.LINK]
    hint[alone] = [f"{made or ''} {NOTHING_ELSE}".strip() for made in hint[alone].tolist()]
    return replace(problems, code=code, hint=hint)


def _with_whole_files(problems: ProblemTable, file: Ints, asks: Bools) -> ProblemTable:
    """The findings; where the CRM knows no appointment of a file, as with swapped columns, with the number of its rows."""
    strange = problems.code == Code.APPOINTMENT_UNKNOWN
    of_file = file[problems.at]
    files = int(file.max(initial=-1)) + 1
    asked, strangers = np.bincount(file[asks], minlength=files), np.bincount(of_file[strange], minlength=files)
    swapped = strange & ((asked == strangers) & (asked >= _ENOUGH_ROWS))[of_file]
    hint = problems.hint.copy()
    hint[swapped] = [str(number) for number in asked[of_file[swapped]].tolist()]
    return replace(problems, hint=hint)


def _warnings(conclusions: Sequence[Conclusion], concluded: Ints, at: Ints) -> ProblemTable:
    """What may follow from what was sent, beside its rows."""
    pairs = zip(at.tolist(), concluded[at].tolist(), strict=True)
    found = [(line, code.value) for line, number in pairs for code in conclusions[number].warnings]
    nothing = np.full(len(found), None, dtype=object)
    lines = np.array([line for line, _ in found], dtype=np.int64)
    return ProblemTable(lines, _column((code for _, code in found), len(found)), nothing, nothing, nothing)


def _sent_before(checked: Checked, of_row: _Facts) -> ProblemTable:
    """What an interrupted run has made of links, beside the rows that are set aside now."""
    asks_nothing = np.append(checked.changes.asks_nothing, False)[checked.rows.change]
    lines = np.flatnonzero(asks_nothing & of_row.proved)  # hardly ever any
    some = of_row.some(lines)
    differs = some.now_linked != some.before_linked
    for now, before in zip(some.now, some.before, strict=True):
        differs |= now != before
    lines = lines[differs]
    nothing = np.full(len(lines), None, dtype=object)
    return ProblemTable(lines, repeated(Code.SENT_BEFORE.value, len(lines)), nothing, nothing, nothing)


def _column(values: Iterable[str | None], count: int) -> Texts:
    return np.fromiter(values, dtype=object, count=count)
