"""From what a run did to a link to the change that brings it back: a decision table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.config import Config
from sync.domain.model import Change, Column, Confirmation, Feedback, Found, Link, Live, Operation, State, Verdict
from sync.i18n import Language, speaking, text
from sync.job.check import check
from sync.job.past_runs import COLUMNS, as_file, backs, guarded, rules, unknown_before, way_back
from sync.ledger import AppliedChange
from sync.report.excel.copies import write_undo_file
from sync.rows.columns import declared
from sync.sheets.load import Limits, load

if TYPE_CHECKING:
    from pathlib import Path

LINK: Final = Link(70001, 90001)
SENT: Final = State(Confirmation.SENT, Feedback.INACTIVE)
SURE: Final = State(Confirmation.CONFIRMED, Feedback.ACTIVE)
HALF: Final = State(Confirmation.CONFIRMED, Feedback.INACTIVE)
NONE: Final = Live(Found.NOT_LINKED)
SET, MADE, TAKEN = (Change(LINK, SURE, aim) for aim in (Operation.SET, Operation.LINK, Operation.UNLINK))
JUST_MADE: Final = Change(LINK, State(), Operation.LINK)


def linked(state: State) -> Live:
    return Live(Found.LINKED, state)


@pytest.mark.parametrize(
    ("change", "before", "after", "back"),
    [
        # as the last look saw it
        (SET, linked(SENT), linked(SURE), Change(LINK, SENT, Operation.SET, expects=linked(SURE))),
        (SET, linked(SENT), linked(HALF), Change(LINK, SENT, Operation.SET, expects=linked(HALF))),
        (MADE, NONE, linked(SURE), Change(LINK, State(), Operation.UNLINK, expects=linked(SURE))),
        (JUST_MADE, NONE, linked(SENT), Change(LINK, State(), Operation.UNLINK, expects=linked(SENT))),
        (TAKEN, linked(SENT), NONE, Change(LINK, SENT, Operation.LINK, expects=NONE)),
        (TAKEN, linked(State()), NONE, Change(LINK, State(), Operation.LINK, expects=NONE)),
        # nothing came of it
        (SET, linked(SENT), linked(SENT), None),
        (MADE, NONE, NONE, None),
        (TAKEN, linked(SENT), linked(SENT), None),
        # no look came after it: as it was wanted
        (SET, linked(SENT), None, Change(LINK, SENT, Operation.SET, expects=linked(SURE))),
        (
            Change(LINK, State(Confirmation.CONFIRMED)),
            linked(SENT),
            None,
            Change(LINK, SENT, Operation.SET, expects=linked(HALF)),
        ),
        (MADE, NONE, None, Change(LINK, State(), Operation.UNLINK, expects=linked(SURE))),
        (TAKEN, linked(SENT), None, Change(LINK, SENT, Operation.LINK, expects=NONE)),
        # nobody knows how it was
        (SET, Live(Found.UNREADABLE), None, None),
        (SET, Live(Found.NO_APPOINTMENT), linked(SURE), None),
        (SET, linked(State()), linked(SURE), None),
    ],
)
def test_every_link_goes_back_to_where_it_was_from_where_the_run_left_it(
    change: Change, before: Live, after: Live | None, back: Change | None
) -> None:
    assert way_back(AppliedChange(change, before, after)) == back


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.NOT_SENT, Verdict.REJECTED])
def test_a_link_that_was_written_perhaps_is_looked_at_again_whatever_the_last_look_showed(verdict: Verdict) -> None:
    late = [
        AppliedChange(SET, linked(SENT), linked(SENT), verdict),
        AppliedChange(MADE, NONE, NONE, verdict),
        AppliedChange(TAKEN, linked(SENT), linked(SENT), verdict),
    ]
    assert [way_back(each) for each in late] == [
        Change(LINK, SENT, Operation.SET, expects=linked(SURE)),
        Change(LINK, State(), Operation.UNLINK, expects=linked(SURE)),
        Change(LINK, SENT, Operation.LINK, expects=NONE),
    ]
    assert way_back(replace(late[0], verdict=Verdict.REJECTED, error_code=156)) is None


def test_a_feedback_that_is_not_set_up_was_not_changed_and_needs_no_way_back() -> None:
    before = linked(State(Confirmation.SENT))._replace(feedback_set_up=False)
    only_feedback = Change(LINK, State(feedback=Feedback.ACTIVE))
    both = AppliedChange(SET, before, linked(State(Confirmation.CONFIRMED)), Verdict.REJECTED)
    assert way_back(AppliedChange(only_feedback, before, before, Verdict.REJECTED)) is None
    assert way_back(AppliedChange(only_feedback, before, None, Verdict.UNKNOWN)) is None
    assert way_back(both) == Change(LINK, before.state, Operation.SET, expects=both.after)


@pytest.mark.parametrize(
    ("change", "before", "unknown"),
    [
        (SET, linked(SENT), ()),
        (SET, linked(State(feedback=Feedback.ACTIVE)), (Column.CONFIRMATION,)),
        (SET, linked(State(Confirmation.SENT)), (Column.FEEDBACK,)),
        (SET, linked(State(Confirmation.SENT))._replace(feedback_set_up=False), ()),
        (Change(LINK, State(Confirmation.CONFIRMED)), linked(State(Confirmation.SENT)), ()),
        (Change(LINK, State(), Operation.UNLINK), linked(State(Confirmation.SENT)), (Column.FEEDBACK,)),
        (SET, Live(Found.UNREADABLE), (Column.CONFIRMATION, Column.FEEDBACK)),
        (MADE, NONE, ()),
    ],
)
def test_a_status_that_was_written_and_not_read_before_stays(change: Change, before: Live, unknown: tuple[Column, ...]) -> None:
    assert unknown_before(AppliedChange(change, before, linked(SURE), Verdict.UPDATED)) == unknown
    assert unknown_before(AppliedChange(change, before, before, Verdict.REJECTED, error_code=156)) == ()


def test_headers_are_declared_names_of_their_columns_in_both_languages() -> None:
    columns = declared()
    for language in Language:
        with speaking(language):
            found = columns.match([text(f"undo.header.{column}") for column in COLUMNS])
        assert getattr(found, "positions", None) == {column: at for at, column in enumerate(COLUMNS)}
    assert set(COLUMNS) == {Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION, Column.FEEDBACK, Column.ACTION}


states = st.builds(State, st.sampled_from([*Confirmation, None]), st.sampled_from([*Feedback, None]))
lives = st.one_of(st.just(NONE), st.builds(linked, states))
dones = st.builds(
    lambda appointment, address, before, after: AppliedChange(Change(Link(appointment, address), SURE), before, after),
    st.integers(1, 10**17),
    st.integers(1, 10**17),
    lives,
    lives,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(dones, max_size=12, unique_by=lambda done: done.change.link), st.sampled_from(list(Language)))
def test_the_file_that_is_written_is_read_as_the_changes_that_were_meant(
    tmp_path_factory: pytest.TempPathFactory, done: list[AppliedChange], language: Language
) -> None:
    folder: Path = tmp_path_factory.mktemp("results")
    office = rules(Config())
    changes = backs(done)
    with speaking(language):
        meant = as_file("20261124-030000-3f9c", changes)

    with speaking(language):
        write_undo_file(folder, "20261124-030000-3f9c", meant)

    assert [*guarded(check((meant,), office), changes).changes] == changes, "in memory"
    if changes:
        (path,) = folder.iterdir()
        read = check((load(path, path.name, declared(), Limits()),), office)
        assert [Change(each.link, each.wanted, each.aim) for each in read.changes] == [
            Change(each.link, each.wanted, each.aim) for each in changes
        ]
        assert not len(read.problems)
    else:
        assert not list(folder.iterdir())
