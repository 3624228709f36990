"""What a killed run sent and no row asks for any more is looked at, told and can be taken back; nothing more is sent to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from sync import simulator
from sync.config import Config
from sync.domain.model import Link
from sync.domain.tables import with_left_over
from sync.job.check import check
from sync.job.past_runs import backs
from tests.rounds.conftest import Office, checked, row, seed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.domain.model import Change
    from tests.rounds.conftest import Row

A, B, C = Link(11, 21), Link(11, 22), Link(12, 21)
OLD: Final = ("nicht gesetzt", "inaktiv")
CRM: Final = seed({A: OLD, B: OLD, C: OLD})
WORDS: Final = ("bestätigt", "gesendet", "nicht gesetzt")
rows = st.lists(st.builds(lambda link, word: row(*link, word), st.sampled_from([A, B, C]), st.sampled_from(WORDS)), max_size=5)


def ways_back(made: Office) -> list[Change]:
    """What would take the last night back."""
    return backs(made.ledger.done(f"night-{made.nights:03}"))


def test_rows_that_contradict_what_a_killed_run_sent_are_told_so_and_it_can_be_taken_back(office: Callable[..., Office]) -> None:
    made = office(CRM)
    made.night([row(*A, "gecancelt")], killed=True)
    night = made.night([row(*A, "gecancelt"), row(*A, "bestätigt"), row(*B, "gesendet")])

    first, second, third = night.seen
    assert (first.verdict, second.verdict, third.verdict) == ("conflict", "conflict", "updated")
    assert first.codes == second.codes == ("contradiction", "sent_before")
    assert first.before_known
    assert "sent_before" not in third.codes
    assert night.after[A] == ("gecancelt", "inaktiv")
    assert [change.link for change in ways_back(made)] == [A, B]
    done = next(each for each in made.ledger.done("night-002") if each.change.link == A)
    assert (done.change.wanted.words, done.verdict, done.verified) == (("gecancelt", None), "updated", True)


def test_nothing_is_said_of_what_a_killed_run_has_not_changed(office: Callable[..., Office]) -> None:
    made = office(CRM)
    made.crm.put_faults([{"on": "every", "do": "drop_before", "verb": "modify"}])
    made.night([row(*A, "gecancelt")], killed=True)
    made.crm.put_faults([])
    night = made.night([row(*A, "gecancelt"), row(*A, "bestätigt")])

    assert [each.codes for each in night.seen] == [("contradiction",)] * 2
    assert ways_back(made) == []


def test_a_link_that_no_row_names_any_more_is_looked_at_and_left_alone(office: Callable[..., Office]) -> None:
    made = office(CRM)
    made.night([row(*A, "gecancelt")], killed=True)
    sent = len(made.written())
    night = made.night([row(*B, "nicht gesetzt")])

    assert night.verdicts == ["unchanged"]
    assert len(made.written()) == sent
    assert [change.link for change in ways_back(made)] == [A]


def test_what_a_stopped_run_could_not_look_at_is_taken_back_as_the_killed_one_wanted_it(office: Callable[..., Office]) -> None:
    made = office(CRM)
    made.night([row(*A, "gecancelt")], killed=True)
    made.crm.put_faults([{"on": "every", "do": "status", "code": 503}])
    made.night([row(*A, "gecancelt"), row(*A, "bestätigt")])

    assert [(change.link, change.expects and change.expects.state.confirmation) for change in ways_back(made)] == [
        (A, "gecancelt")
    ]


@given(old=rows, new=rows)
def test_whatever_comes_after_a_kill_all_of_it_can_be_taken_back(old: list[Row], new: list[Row]) -> None:
    with simulator.running(CRM) as crm:
        made = Office(crm)
        try:
            made.night(old, killed=True)
            night = made.night(new)
            changed = {Link(*link) for link, words in night.after.items() if words != OLD}
            assert {change.link for change in ways_back(made)} == changed
        finally:
            made.ledger.close()


@given(new=rows, sent=st.sets(st.sampled_from([A, B, C, Link(99, 99)])))
def test_every_row_keeps_its_change_and_every_link_has_one(new: list[Row], sent: set[Link]) -> None:
    before = checked(new, Config())
    after = with_left_over(before, sent)

    assert {change.link for change in after.changes} == {change.link for change in before.changes} | sent
    assert [change.link for change in after.changes] == sorted(change.link for change in after.changes)
    for was, now, appointment, address in zip(
        before.rows.change.tolist(), after.rows.change.tolist(), after.rows.appointment_id, after.rows.address_id, strict=True
    ):
        assert was < 0 or before.changes[was] == after.changes[now]
        assert now < 0 or after.changes[now].link == (appointment, address)
        assert now >= 0 or (appointment, address) not in sent


def test_where_nothing_was_sent_before_nothing_is_added() -> None:
    before = check((), Config())
    assert with_left_over(before, ()) is before
