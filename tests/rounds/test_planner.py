"""Promise: a plan holds exactly what has to be sent, each link once, in as few actions as the rules allow."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain.model import (
    Action,
    Change,
    Column,
    Confirmation,
    Feedback,
    Found,
    Link,
    LinkHistory,
    Live,
    Operation,
    State,
    Verb,
)
from sync.rounds.plan import SendingPolicy, plan
from tests.tries import tries

LINK = Link(1, 2)
WANTED = State(Confirmation.CONFIRMED, Feedback.ACTIVE)

words = st.builds(State, st.none() | st.sampled_from(Confirmation), st.none() | st.sampled_from(Feedback))
lives = st.builds(Live, st.sampled_from(Found), words, st.none(), st.booleans())
pasts = st.builds(
    LinkHistory()._replace,  # all else stays
    attempts=st.integers(0, 3),
    accepted=st.integers(0, 3),
    alone=st.booleans(),
    refused=st.booleans(),
    lost=st.booleans(),
    seen=st.booleans(),
)
policies = st.builds(SendingPolicy, st.sampled_from([Verb.MODIFY, Verb.CREATE]), st.booleans(), st.integers(1, 4))
worlds = st.dictionaries(
    st.builds(Link, st.integers(1, 5), st.integers(11, 15)),
    st.tuples(words, st.sampled_from(Operation), st.none() | lives, pasts),
    max_size=25,
)


def planned(
    change: Change, live: Live, past: LinkHistory | None = None, policy: SendingPolicy | None = None
) -> tuple[Action, ...]:
    return plan([change], {change.link: live}, {change.link: past or LinkHistory()}, policy or SendingPolicy())


@settings(max_examples=tries(400), deadline=None)
@given(world=worlds, policy=policies)
def test_together_links_get_what_each_would_get_alone(
    world: dict[Link, tuple[State, Operation, Live | None, LinkHistory]], policy: SendingPolicy
) -> None:
    changes = [Change(link, wanted, aim) for link, (wanted, aim, _, _) in world.items()]
    live = {link: seen for link, (_, _, seen, _) in world.items() if seen}
    past = {link: done for link, (_, _, _, done) in world.items()}
    actions = plan(changes, live, past, policy)
    assert max(Counter(link for action in actions for link in action.links).values(), default=1) == 1
    for action in actions:
        assert 1 in {len(action.appointment_ids), len(action.address_ids)}
        assert len(action.links) <= policy.links_per_action
    got = {link: (action.verb, action.words) for action in actions for link in action.links}
    single = {
        change.link: planned(change, live[change.link], past[change.link], policy) for change in changes if change.link in live
    }
    assert got == {link: (some[0].verb, some[0].words) for link, some in single.items() if some}
    for action in actions:
        goes_alone = action.verb is Verb.DELETE or any(
            past[link].alone or live[link].found is Found.UNREADABLE for link in action.links
        )
        assert not goes_alone or len(action.links) == 1


@settings(max_examples=tries(300), deadline=None)
@given(wanted=words, aim=st.sampled_from(Operation), live=lives, past=pasts, policy=policies)
def test_only_what_was_asked_for_is_planned(
    wanted: State, aim: Operation, live: Live, past: LinkHistory, policy: SendingPolicy
) -> None:
    for action in planned(Change(LINK, wanted, aim), live, past, policy):
        assert action.links == (LINK,)
        assert action.words.confirmation in {None, wanted.confirmation}
        assert action.words.feedback in {None, wanted.feedback}
        assert not past.refused
        assert live.found is not Found.NO_APPOINTMENT
        assert (action.verb is Verb.DELETE) == (aim is Operation.UNLINK)
        if live.found is not Found.LINKED and action.verb is Verb.CREATE:
            assert aim is Operation.LINK
        if aim is not Operation.LINK:
            assert live.found is not Found.NOT_LINKED
        if live.found is Found.UNREADABLE:
            assert not policy.must_look
            assert not past.accepted
        if live.found is Found.LINKED and aim is not Operation.UNLINK:
            assert wanted.differs_from(live.state)


# --- the decision table, line by line --------------------------------------------------------------------------------


def test_a_link_that_has_what_is_wanted_is_left_alone() -> None:
    assert planned(Change(LINK, WANTED), Live(Found.LINKED, WANTED)) == ()
    assert planned(Change(LINK, State(Confirmation.CONFIRMED)), Live(Found.LINKED, WANTED)) == ()


def test_only_the_difference_is_sent_at_first_and_all_of_it_after_that() -> None:
    live = Live(Found.LINKED, State(Confirmation.SENT, Feedback.ACTIVE))
    assert planned(Change(LINK, WANTED), live)[0].words == State(Confirmation.CONFIRMED)
    assert planned(Change(LINK, WANTED), live, LinkHistory(attempts=1))[0].words == WANTED


def test_a_missing_link_is_made_only_where_that_was_asked_for() -> None:
    missing = Live(Found.NOT_LINKED)
    assert planned(Change(LINK, WANTED), missing) == ()
    (made,) = planned(Change(LINK, WANTED, Operation.LINK), missing)
    assert (made.verb, made.words) == (Verb.CREATE, State(Confirmation.CONFIRMED))
    (made,) = planned(Change(LINK, State(Confirmation.NOT_SET), Operation.LINK), missing)
    assert made.words == State()


def test_a_link_is_taken_away_only_where_that_was_asked_for() -> None:
    (taken,) = planned(Change(LINK, State(), Operation.UNLINK), Live(Found.LINKED, WANTED))
    assert taken.verb is Verb.DELETE
    assert planned(Change(LINK, State(), Operation.UNLINK), Live(Found.NOT_LINKED)) == ()
    assert planned(Change(LINK, State(), Operation.UNLINK), Live(Found.UNREADABLE)) == ()


def test_a_feedback_status_that_an_appointment_cannot_have_is_sent_once() -> None:
    live = Live(Found.LINKED, State(Confirmation.CONFIRMED), feedback_set_up=False)
    (tried,) = planned(Change(LINK, WANTED), live)
    assert tried.words == State(feedback=Feedback.ACTIVE)
    assert planned(Change(LINK, WANTED), live, LinkHistory(attempts=1, accepted=1)) == ()
    assert planned(Change(LINK, WANTED), live, LinkHistory(attempts=1, lost=True))


def test_what_was_accepted_twice_without_effect_is_not_sent_a_third_time() -> None:
    live = Live(Found.LINKED, State(Confirmation.SENT))
    assert planned(Change(LINK, WANTED), live, LinkHistory(attempts=1, accepted=1))
    assert planned(Change(LINK, WANTED), live, LinkHistory(attempts=2, accepted=2)) == ()


@pytest.mark.parametrize("aim", [Operation.SET, Operation.LINK])
def test_without_a_look_words_go_out_once(aim: Operation) -> None:
    (sent,) = planned(Change(LINK, WANTED, aim), Live(Found.UNREADABLE))
    assert (sent.verb, sent.words) == (Verb.MODIFY, WANTED)
    assert planned(Change(LINK, WANTED, aim), Live(Found.UNREADABLE), LinkHistory(attempts=1, accepted=1)) == ()
    assert planned(Change(LINK, WANTED, aim), Live(Found.UNREADABLE), policy=SendingPolicy(must_look=True)) == ()


def two_of_one_appointment(aim: Operation, past: LinkHistory, wanted: State) -> tuple[Action, ...]:
    links = [Link(1, 2), Link(1, 3)]
    linked = Live(Found.LINKED, State(Confirmation.SENT, Feedback.INACTIVE))
    return plan(
        [Change(link, wanted, aim) for link in links], dict.fromkeys(links, linked), dict.fromkeys(links, past), SendingPolicy()
    )


def test_links_that_failed_together_go_out_one_by_one() -> None:
    assert two_of_one_appointment(Operation.SET, LinkHistory(), WANTED) == (Action(Verb.MODIFY, (1,), (2, 3), WANTED),)
    assert two_of_one_appointment(Operation.SET, LinkHistory(attempts=1, alone=True), WANTED) == (
        Action(Verb.MODIFY, (1,), (2,), WANTED),
        Action(Verb.MODIFY, (1,), (3,), WANTED),
    )


def test_links_are_taken_away_one_by_one() -> None:
    assert two_of_one_appointment(Operation.UNLINK, LinkHistory(), State()) == (
        Action(Verb.DELETE, (1,), (2,), State()),
        Action(Verb.DELETE, (1,), (3,), State()),
    )


@pytest.mark.parametrize(
    "change",
    [
        Change(LINK, WANTED, guards=((Column.BEGIN, "2026-12-02"),)),
        Change(LINK, WANTED, expects=Live(Found.LINKED, WANTED)),
        Change(LINK, State(), Operation.LINK),
        Change(LINK, State(), Operation.UNLINK),
    ],
)
def test_without_a_look_nothing_is_sent_where_a_look_would_decide(change: Change) -> None:
    assert planned(change, Live(Found.UNREADABLE)) == ()


def test_without_a_look_create_is_never_used_to_set_words_because_it_could_make_a_link() -> None:
    policy = SendingPolicy(Verb.CREATE)
    assert planned(Change(LINK, WANTED), Live(Found.UNREADABLE), policy=policy) == ()
    assert planned(Change(LINK, WANTED, Operation.LINK), Live(Found.UNREADABLE), policy=policy)


# --- few actions -----------------------------------------------------------------------------------------------------


def actions_for(links: list[Link], most: int = 500) -> tuple[Action, ...]:
    live, past = dict.fromkeys(links, Live(Found.LINKED)), dict.fromkeys(links, LinkHistory())
    return plan([Change(link, WANTED) for link in links], live, past, SendingPolicy(links_per_action=most))


def fewest(links: list[Link]) -> int:
    """The least number of appointments and addresses that touch all links, by trying."""
    ends = sorted({("a", a) for a, _ in links} | {("b", b) for _, b in links})
    for size in range(len(ends) + 1):
        for some in map(set, itertools.combinations(ends, size)):
            if all(("a", a) in some or ("b", b) in some for a, b in links):
                return size
    raise AssertionError


@st.composite
def forests(draw: st.DrawFn) -> list[Link]:
    """Links without circles: every new link joins at most one end that is there already."""
    links: list[Link] = []
    for number in range(draw(st.integers(0, 9))):
        anchor = draw(st.none() | st.sampled_from(links)) if links else None
        if anchor is None:
            links.append(Link(100 + number, 900 + number))
        elif draw(st.booleans()):
            links.append(Link(anchor.appointment_id, 900 + number))
        else:
            links.append(Link(100 + number, anchor.address_id))
    return draw(st.permutations(links))


@settings(max_examples=tries(250), deadline=None)
@given(links=forests())
def test_links_without_circles_share_the_fewest_actions_there_can_be(links: list[Link]) -> None:
    assert len(actions_for(links)) == fewest(links)


@settings(max_examples=tries(150), deadline=None)
@given(links=st.sets(st.builds(Link, st.integers(1, 5), st.integers(11, 15)), max_size=12).map(sorted))
def test_links_in_circles_never_take_twice_the_actions_that_are_needed(links: list[Link]) -> None:
    assert len(actions_for(links)) <= 2 * fewest(links)


def test_an_appointment_of_many_addresses_goes_in_actions_of_the_allowed_size() -> None:
    links = [Link(1, number) for number in range(1000)]
    assert [len(action.links) for action in actions_for(links, 300)] == [300, 300, 300, 100]


def test_links_that_need_different_words_never_share_an_action() -> None:
    changes = [Change(Link(1, number), State(word)) for number, word in enumerate(Confirmation)]
    live = {change.link: Live(Found.LINKED) for change in changes}
    actions = plan(changes, live, dict.fromkeys(live, LinkHistory()), SendingPolicy())
    assert sorted(action.words.confirmation or "" for action in actions) == sorted(Confirmation)
