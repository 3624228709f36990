"""Promise: no verdict without evidence, whatever was seen, sent and answered."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from sync.config import Config
from sync.domain.model import (
    FINE,
    WARNINGS,
    Blocker,
    Change,
    Code,
    Conclusion,
    Confirmation,
    ExitCode,
    Feedback,
    Found,
    Link,
    LinkHistory,
    Live,
    Operation,
    State,
    Stop,
    Verdict,
)
from sync.rounds.verdicts import Evidence, conclude, exit_code, fulfilled
from tests.rounds.conftest import Row, checked, judged_by, row

LINK = Link(1, 2)
WANTED = State(Confirmation.CONFIRMED, Feedback.ACTIVE)
OTHER = State(Confirmation.SENT, Feedback.INACTIVE)
HALF = State(Confirmation.CONFIRMED, Feedback.INACTIVE)
LIVES = [
    None,
    Live(Found.UNREADABLE),
    Live(Found.NO_APPOINTMENT),
    Live(Found.NOT_LINKED),
    Live(Found.LINKED, OTHER),
    Live(Found.LINKED, HALF),
    Live(Found.LINKED, WANTED),
    Live(Found.LINKED, State(Confirmation.CONFIRMED), feedback_set_up=False),
    Live(Found.LINKED, State()),
]
PASTS = [
    LinkHistory(),
    *(
        LinkHistory(attempts, accepted, alone, refused, lost, seen, code)
        for attempts, accepted, alone, refused, lost, seen, code in product(
            (1, 2), (0, 1, 2), (False, True), (False, True), (False, True), (False, True), (None, 156)
        )
        if accepted <= attempts
        and not (refused and (code is None or accepted == attempts))
        and not (lost and accepted == attempts)
    ),
]
EVIDENCE = [
    Evidence(before, now, past, stopped)
    for before, now, past, stopped in product(LIVES, LIVES, PASTS, (False, True))
    if (before is None) == (now is None)
    and (
        now is not None or (stopped and past in {LinkHistory(), LinkHistory(1, lost=True)})
    )  # nothing is sent without a first look
]


@pytest.mark.parametrize("aim", Operation)
def test_no_verdict_claims_more_than_the_evidence_holds(aim: Operation) -> None:
    change = Change(LINK, State() if aim is Operation.UNLINK else WANTED, aim)
    for evidence in EVIDENCE:
        conclusion = conclude(change, evidence)
        assert not problems_of(change, evidence, conclusion), (evidence, conclusion)


def problems_of(change: Change, evidence: Evidence, conclusion: Conclusion) -> list[str]:
    """What a conclusion claims without evidence."""
    past, now, before = evidence.past, evidence.now, evidence.before
    looked = now is not None and now.found is not Found.UNREADABLE and past.seen
    there = looked and fulfilled(change, now)
    same = looked and now is not None and before is not None and (now.found, now.state) == (before.found, before.state)
    nothing_taken = not past.lost and not past.accepted
    last_seen = before is not None and now is not None and now.found is not Found.UNREADABLE
    differs = last_seen and before is not None and now is not None and (now.found, now.state) != (before.found, before.state)
    last_seen_or_never = before is not None and before.found is not Found.UNREADABLE and (now is None or last_seen)
    gone = now is not None and now.found in {Found.NO_APPOINTMENT, Found.NOT_LINKED}
    verdict, in_part = conclusion.verdict, conclusion.code is Code.ONLY_FEEDBACK_MISSING
    wrong = {
        "verified without a look after the last sending": conclusion.verified and not looked,
        "a look that shows what is wanted and another verdict": there and verdict not in {Verdict.UPDATED, Verdict.UNCHANGED},
        "a look that shows something else and a fine verdict": looked and not there and verdict in FINE,
        "unchanged without proof": verdict is Verdict.UNCHANGED and not (there and conclusion.verified and not past.attempts),
        "updated and never sent": verdict is Verdict.UPDATED and not past.attempts,
        "updated on no word at all": verdict is Verdict.UPDATED and not there and (not past.accepted or past.lost),
        "updated though it could be looked at and was not": verdict is Verdict.UPDATED
        and not looked
        and before is not None
        and before.found is not Found.UNREADABLE,
        "not sent though something may be there": verdict is Verdict.NOT_SENT
        and past.attempts > 0
        and not same
        and not nothing_taken,
        "not sent though the run came to its end": verdict is Verdict.NOT_SENT and not evidence.stopped,
        "rejected though something may be there": verdict is Verdict.REJECTED
        and not in_part
        and past.attempts > 0
        and not same
        and not nothing_taken
        and not (looked and now is not None and now.found in {Found.NO_APPOINTMENT, Found.NOT_LINKED}),
        "a part told that no look shows": in_part and not (verdict is Verdict.REJECTED and looked and differs),
        "a look that shows a change since the first sending and a verdict of none": differs
        and not in_part
        and past.attempts > 0
        and not gone
        and verdict in {Verdict.NOT_SENT, Verdict.REJECTED, Verdict.CONFLICT},
        "no reason": verdict not in FINE and conclusion.code is None,
        "a reason that only tells": verdict not in FINE and conclusion.code in WARNINGS,
        "left to a next run that would not look": conclusion.code is Code.NOT_LOOKED_AT
        and not (evidence.stopped and past.attempts and not looked and last_seen_or_never),
        "a verdict of the check": verdict in {Verdict.INVALID, Verdict.CONFLICT, Verdict.DUPLICATE},
    }
    return [name for name, is_so in wrong.items() if is_so]


SEEN, UNSEEN = True, False
LINKED_OTHER, LINKED_HALF, LINKED_WANTED = LIVES[4], LIVES[5], LIVES[6]
NO_FEEDBACK = LIVES[7]
TABLE: list[tuple[str, Evidence, Conclusion]] = [
    (
        "it had what is wanted",
        Evidence(LINKED_WANTED, LINKED_WANTED, LinkHistory(), stopped=False),
        Conclusion(Verdict.UNCHANGED, verified=True),
    ),
    (
        "sent, and reads back",
        Evidence(LINKED_OTHER, LINKED_WANTED, LinkHistory(1, 1), stopped=False),
        Conclusion(Verdict.UPDATED, verified=True),
    ),
    (
        "sent, answer lost, and reads back",
        Evidence(LINKED_OTHER, LINKED_WANTED, LinkHistory(1), stopped=False),
        Conclusion(Verdict.UPDATED, verified=True),
    ),
    (
        "refused, and reads back all the same",
        Evidence(LINKED_OTHER, LINKED_WANTED, LinkHistory(2, 0, refused=True, error_code=1), stopped=False),
        Conclusion(Verdict.UPDATED, verified=True),
    ),
    (
        "accepted, and nobody looked",
        Evidence(LINKED_OTHER, LINKED_OTHER, LinkHistory(1, 1, seen=UNSEEN), stopped=True),
        Conclusion(Verdict.UNKNOWN, code=Code.NOT_LOOKED_AT),
    ),
    (
        "accepted, and nobody may look any more",
        Evidence(LINKED_OTHER, Live(Found.UNREADABLE), LinkHistory(1, 1, seen=UNSEEN), stopped=False),
        Conclusion(Verdict.UNKNOWN, code=Code.NOT_READ_BACK),
    ),
    (
        "accepted, and nobody could ever look",
        Evidence(Live(Found.UNREADABLE), Live(Found.UNREADABLE), LinkHistory(1, 1, seen=UNSEEN), stopped=True),
        Conclusion(Verdict.UPDATED, code=Code.NOT_VERIFIED),
    ),
    (
        "accepted once, lost after that, and nobody looked",
        Evidence(LINKED_OTHER, LINKED_OTHER, LinkHistory(2, 1, lost=True, seen=UNSEEN), stopped=True),
        Conclusion(Verdict.UNKNOWN, code=Code.NOT_LOOKED_AT),
    ),
    (
        "an action of several links failed, and nobody looked",
        Evidence(LINKED_OTHER, LINKED_OTHER, LinkHistory(1, alone=True, seen=UNSEEN), stopped=True),
        Conclusion(Verdict.UNKNOWN, code=Code.NOT_LOOKED_AT),
    ),
    (
        "refused for itself",
        Evidence(LINKED_OTHER, LINKED_OTHER, LinkHistory(1, refused=True, error_code=156), stopped=False),
        Conclusion(Verdict.REJECTED, verified=True, code=Code.REFUSED_BY_CRM, error_code=156),
    ),
    (
        "refused in the end, but a part is there",
        Evidence(LINKED_OTHER, LINKED_HALF, LinkHistory(2, 1, refused=True, error_code=156), stopped=False),
        Conclusion(Verdict.UNKNOWN, verified=True, code=Code.REFUSED_BY_CRM, error_code=156),
    ),
    (
        "accepted twice without effect",
        Evidence(LINKED_OTHER, LINKED_OTHER, LinkHistory(2, 2), stopped=False),
        Conclusion(Verdict.REJECTED, verified=True, code=Code.NOT_MADE),
    ),
    (
        "accepted twice, and something else came of it",
        Evidence(LINKED_OTHER, LINKED_HALF, LinkHistory(2, 2), stopped=False),
        Conclusion(Verdict.UNKNOWN, verified=True, code=Code.NOT_APPLIED),
    ),
    (
        "taken twice, and not made, when the same file lay here before",
        Evidence(LINKED_OTHER, LINKED_OTHER, LinkHistory(accepted=2, from_before=True), stopped=False),
        Conclusion(Verdict.REJECTED, verified=True, code=Code.NOT_MADE),
    ),
    (
        "there is no feedback to set",
        Evidence(NO_FEEDBACK, NO_FEEDBACK, LinkHistory(1, 1), stopped=False),
        Conclusion(Verdict.REJECTED, verified=True, code=Code.FEEDBACK_NOT_SET_UP),
    ),
    (
        "there is no feedback to set, and the confirmation is set",
        Evidence(LINKED_OTHER, NO_FEEDBACK, LinkHistory(1, 1), stopped=False),
        Conclusion(Verdict.REJECTED, verified=True, code=Code.ONLY_FEEDBACK_MISSING),
    ),
    (
        "there is no feedback to set, and the confirmation was set by somebody before",
        Evidence(NO_FEEDBACK, NO_FEEDBACK, LinkHistory(accepted=2, from_before=True), stopped=False),
        Conclusion(Verdict.REJECTED, verified=True, code=Code.FEEDBACK_NOT_SET_UP),
    ),
    (
        "there is no feedback to set, and the link is made",
        Evidence(LIVES[3], NO_FEEDBACK, LinkHistory(2, 2), stopped=False),
        Conclusion(
            Verdict.REJECTED,
            verified=True,
            code=Code.ONLY_FEEDBACK_MISSING,
            bar=Blocker(Code.ONLY_FEEDBACK_MISSING, hint=Operation.LINK.value),
        ),
    ),
    (
        "stopped after a part got there",
        Evidence(LINKED_OTHER, LINKED_HALF, LinkHistory(1), stopped=True),
        Conclusion(Verdict.UNKNOWN, verified=True, code=Code.NO_ANSWER),
    ),
    (
        "sent without effect, then stopped",
        Evidence(LINKED_OTHER, LINKED_OTHER, LinkHistory(1), stopped=True),
        Conclusion(Verdict.NOT_SENT, code=Code.STOPPED),
    ),
    (
        "stopped before the first look",
        Evidence(None, None, LinkHistory(), stopped=True),
        Conclusion(Verdict.NOT_SENT, code=Code.STOPPED),
    ),
    (
        "a killed run sent it, and this one could not look",
        Evidence(LINKED_OTHER, None, LinkHistory(1, lost=True), stopped=True),
        Conclusion(Verdict.UNKNOWN, code=Code.NOT_LOOKED_AT),
    ),
    (
        "a killed run sent it, and a guard stopped this one before it could look",
        Evidence(LINKED_OTHER, None, LinkHistory(1, lost=True), stopped=True, guard=Stop.TOO_MANY_INVALID),
        Conclusion(Verdict.UNKNOWN, code=Code.NO_ANSWER),
    ),
    (
        "too many rows are wrong, nobody looked",
        Evidence(None, None, LinkHistory(), stopped=True, guard=Stop.TOO_MANY_INVALID),
        Conclusion(Verdict.NOT_SENT, code=Code.TOO_MANY_INVALID),
    ),
    (
        "too many links would change",
        Evidence(LINKED_OTHER, LINKED_OTHER, LinkHistory(), stopped=True, guard=Stop.TOO_MANY_CHANGES),
        Conclusion(Verdict.NOT_SENT, code=Code.TOO_MANY_CHANGES),
    ),
    (
        "may not be read, was not sent",
        Evidence(LIVES[1], LIVES[1], LinkHistory(), stopped=False),
        Conclusion(Verdict.REJECTED, code=Code.NO_RIGHT_TO_READ),
    ),
    (
        "no such link",
        Evidence(LIVES[3], LIVES[3], LinkHistory(), stopped=True),
        Conclusion(Verdict.REJECTED, verified=True, code=Code.NOT_LINKED),
    ),
    (
        "no such appointment",
        Evidence(LIVES[2], LIVES[2], LinkHistory(), stopped=False),
        Conclusion(Verdict.REJECTED, verified=True, code=Code.APPOINTMENT_UNKNOWN),
    ),
]


@pytest.mark.parametrize(("evidence", "conclusion"), [line[1:] for line in TABLE], ids=[line[0] for line in TABLE])
def test_what_a_run_concludes(evidence: Evidence, conclusion: Conclusion) -> None:
    assert replace(conclude(Change(LINK, WANTED), evidence), warnings=()) == conclusion


# --- from links to rows ----------------------------------------------------------------------------------------------


def judged(rows: list[Row], *evidence: Evidence) -> list[tuple[str, bool]]:
    read = checked(rows, Config())
    after = judged_by(read, evidence)
    assert after.verdicts
    assert len(after.verdicts.verdict) == len(rows)
    assert set(after.verdicts.verdict) <= set(Verdict)
    return list(zip(after.verdicts.verdict, after.verdicts.verified, strict=True))


CONFIRMATION_ROW, FEEDBACK_ROW = row(1, 2, confirmation="bestätigt"), row(1, 2, feedback="aktiv")


def test_a_row_whose_word_was_there_is_unchanged_whatever_another_row_of_the_link_needed() -> None:
    before = Live(Found.LINKED, State(Confirmation.CONFIRMED, Feedback.INACTIVE))
    done = Evidence(before, Live(Found.LINKED, WANTED), LinkHistory(1, 1), stopped=False)
    refused = Evidence(before, before, LinkHistory(1, refused=True, error_code=156), stopped=False)
    assert judged([CONFIRMATION_ROW, FEEDBACK_ROW], done) == [("unchanged", True), ("updated", True)]
    assert judged([CONFIRMATION_ROW, FEEDBACK_ROW], refused) == [("unchanged", True), ("rejected", True)]


def test_a_row_whose_word_got_there_is_updated_although_another_rows_word_did_not() -> None:
    before = Live(Found.LINKED, State(Confirmation.SENT), feedback_set_up=False)
    now = Live(Found.LINKED, State(Confirmation.CONFIRMED), feedback_set_up=False)
    evidence = Evidence(before, now, LinkHistory(1, 1), stopped=False)
    assert judged([CONFIRMATION_ROW, FEEDBACK_ROW], evidence) == [("updated", True), ("rejected", True)]


def test_nothing_is_verified_by_a_look_from_before_the_last_sending() -> None:
    before = Live(Found.LINKED, State(Confirmation.CONFIRMED, Feedback.INACTIVE))
    evidence = Evidence(before, before, LinkHistory(1, lost=True, seen=UNSEEN), stopped=True)
    assert judged([CONFIRMATION_ROW, FEEDBACK_ROW], evidence) == [("unchanged", False), ("unknown", False)]


def test_repeated_contradicting_and_wrong_rows_keep_the_verdict_of_the_check() -> None:
    rows = [
        row(1, 2, "bestätigt"),
        row(1, 2, "bestätigt"),
        row(3, 4, "bestätigt"),
        row(3, 4, "gesendet"),
        row("x", 4, "bestätigt"),
        row(5, 6, "quatsch"),
    ]
    done = Evidence(Live(Found.LINKED, OTHER), Live(Found.LINKED, WANTED), LinkHistory(1, 1), stopped=False)
    assert judged(rows, done) == [
        ("updated", True),
        ("duplicate", False),
        ("conflict", False),
        ("conflict", False),
        ("invalid", False),
        ("invalid", False),
    ]


def test_a_refused_row_says_why_and_a_fine_one_holds_no_error_code() -> None:
    before = Live(Found.LINKED, State(Confirmation.CONFIRMED, Feedback.INACTIVE))
    evidence = [Evidence(before, before, LinkHistory(1, refused=True, error_code=156), stopped=False)]
    read = checked([CONFIRMATION_ROW, FEEDBACK_ROW], Config())
    after = judged_by(read, evidence)
    assert after.verdicts
    assert after.verdicts.error_code.tolist() == [0, 156]
    problems = after.problems
    assert (problems.at.tolist(), problems.code.tolist(), problems.value.tolist()) == ([1], ["refused_by_crm"], ["156"])


@pytest.mark.parametrize(
    "now", [Live(Found.NO_APPOINTMENT), Live(Found.LINKED, State(Confirmation.CONFIRMED))], ids=["appointment", "feedback"]
)
def test_what_was_accepted_and_cannot_be_looked_at_again_is_not_called_refused_or_seen_otherwise(now: Live) -> None:
    evidence = Evidence(Live(Found.LINKED, OTHER), now, LinkHistory(1, 1), stopped=False)
    found = conclude(Change(LINK, WANTED), evidence)
    assert (found.verdict, found.verified, found.code) == (Verdict.UNKNOWN, False, Code.NOT_READ_BACK)


def test_what_was_refused_is_not_called_seen_otherwise_where_its_half_could_not_be_read() -> None:
    half = Live(Found.LINKED, State(Confirmation.CONFIRMED))
    found = conclude(Change(LINK, WANTED), Evidence(half, half, LinkHistory(1, refused=True, error_code=97), stopped=False))
    assert (found.verdict, found.verified, found.code) == (Verdict.REJECTED, False, Code.REFUSED_BY_CRM)


def test_an_empty_run_is_judged_too() -> None:
    assert judged([]) == []


@pytest.mark.parametrize(
    ("rows", "stopped", "code"),
    [
        ([], False, ExitCode.OK),
        ([row(1, 2, "bestätigt"), row(1, 2, "bestätigt")], False, ExitCode.OK),
        ([row(1, 2, "bestätigt"), row("x", 2, "bestätigt")], False, ExitCode.ROWS_NEED_A_PERSON),
        ([row(1, 2, "bestätigt")], True, ExitCode.FAILED),
    ],
)
def test_the_exit_code_tells_whether_somebody_has_to_do_something(rows: list[Row], code: ExitCode, *, stopped: bool) -> None:
    read = checked(rows, Config())
    evidence = [Evidence(LINKED_OTHER, LINKED_WANTED, LinkHistory(1, 1), stopped=stopped) for _ in read.changes]
    after = judged_by(read, evidence)
    assert exit_code(after, stopped=stopped) is code


def test_a_look_that_tells_no_feedback_does_not_make_a_refused_change_unclear() -> None:
    before, now = Live(Found.LINKED, OTHER), Live(Found.LINKED, State(OTHER.confirmation), tells_feedback=False)
    past = LinkHistory(attempts=1, refused=True, seen=True, error_code=174)
    change = Change(LINK, State(Confirmation.CONFIRMED))
    assert conclude(change, Evidence(before, now, past, stopped=False)).verdict is Verdict.REJECTED


def test_a_feedback_that_was_seen_not_to_be_set_up_is_not_called_set_where_the_last_look_tells_no_feedback() -> None:
    before = Live(Found.LINKED, State(OTHER.confirmation), feedback_set_up=False)
    now = Live(Found.LINKED, State(Confirmation.CONFIRMED), tells_feedback=False)
    past = LinkHistory(attempts=1, accepted=1, seen=True, named_feedback=True)
    change = Change(LINK, State(Confirmation.CONFIRMED, Feedback.ACTIVE))
    conclusion = conclude(change, Evidence(before, now, past, stopped=False))
    assert (conclusion.verdict, conclusion.code) == (Verdict.UNKNOWN, Code.FEEDBACK_NOT_SET_UP)
