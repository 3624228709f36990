"""What a run concludes about every change: a decision table over what was seen before, what is seen now, what was sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.domain.model import FINE, Blocker, Code, Conclusion, Confirmation, Feedback, Found, Live, Operation, State, Verdict
from sync.rounds.guards import ANOTHER_MEETING

if TYPE_CHECKING:
    from sync.domain.model import Change, LinkHistory, Stop


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
    if past.accepted and now.cannot_show(change.wanted.differs_from(now.state)):
        return Conclusion(Verdict.UPDATED, code=Code.NOT_VERIFIED)
    if past.accepted and now.cannot_have(change.wanted.differs_from(now.state)):
        return _without_feedback(change, evidence, now)
    was_sent = past.attempts and (change.aim is not Operation.SET or now.found is Found.HIDDEN)
    if now.found in _REJECTED_UNSENT and not was_sent:
        if evidence.stopped and change.aim is Operation.LINK:
            return _not_sent(evidence)
        return Conclusion(Verdict.REJECTED, verified=now.found is not Found.HIDDEN, code=_REJECTED_UNSENT[now.found])
    return _not_applied(change, evidence, now)


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
