"""What to send next: wanted state, live state and what happened so far go in, actions come out. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from sync.domain.model import Action, Found, Operation, State, Verb
from sync.rounds.cover import stars

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.domain.model import Change, Link, LinkHistory, Live


# Splitting a sequence into pieces; `itertools.batched` comes with Python 3.12 only.


T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Pieces of at most `size` items, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


#: After so many times that the API said "done" and the look said otherwise, sending it once more will not help.
TIMES_ACCEPTED: Final = 2


@dataclass(frozen=True, slots=True)
class SendingPolicy:
    """What the office allows.

    `modify_verb` sets words, `must_look` forbids to send to a link that cannot be read, `links_per_action` caps an action.
    `names_both`: a write names both statuses, because one that it does not name would be lost.
    """

    modify_verb: Verb = Verb.MODIFY
    must_look: bool = False
    links_per_action: int = 100
    names_both: bool = False


class _Step(NamedTuple):
    verb: Verb
    words: State
    alone: bool


def plan(
    changes: Iterable[Change], live: Mapping[Link, Live], past: Mapping[Link, LinkHistory], policy: SendingPolicy
) -> tuple[Action, ...]:
    """The actions of the next round; none when there is nothing left to do.

    A change whose link has not been looked at yet is left out. Links that need the same words share an action, unless one
    of them has to go alone.
    """
    alone: list[Action] = []
    together: defaultdict[tuple[Verb, State], list[Link]] = defaultdict(list)
    for change in changes:
        seen, was = live.get(change.link), past[change.link]
        step = _next_step(change, seen, was, policy) if seen and _is_clear(seen, was) else None
        if step is None:
            continue
        if step.alone:
            alone.append(Action(step.verb, (change.link.appointment_id,), (change.link.address_id,), step.words))
        else:
            together[step.verb, step.words].append(change.link)
    shared = [
        action for (verb, words), links in together.items() for action in _share(verb, words, links, policy.links_per_action)
    ]
    return (*shared, *alone)


def _is_clear(live: Live, past: LinkHistory) -> bool:
    """Whether a look came after the last time the link was sent; where nothing can be read, there is none to wait for."""
    return past.seen or live.found is Found.UNREADABLE


def _next_step(change: Change, live: Live, past: LinkHistory, policy: SendingPolicy) -> _Step | None:
    """The decision table for one link."""
    times = TIMES_ACCEPTED + bool(past.set_back)
    if past.refused or past.bar or past.accepted >= times:
        return None
    match live.found:
        case Found.UNREADABLE:
            return _blind(change, past, policy)
        case Found.NO_APPOINTMENT | Found.HIDDEN:
            return None
        case Found.NOT_LINKED:
            return _Step(Verb.CREATE, change.wanted.at_creation, past.alone) if change.aim is Operation.LINK else None
        case Found.LINKED if change.aim is Operation.UNLINK:
            return _Step(Verb.DELETE, State(), alone=True)
        case Found.LINKED:
            return _to_set(change, live, past, policy)


def _to_set(change: Change, live: Live, past: LinkHistory, policy: SendingPolicy) -> _Step | None:
    """Set the words that are missing; a feedback status that the appointment cannot have is tried once."""
    wanted = change.wanted.filled_from(past.set_back)
    missing = wanted.differs_from(live.state)
    if not missing or (past.accepted and (live.cannot_have(missing) or live.cannot_show(missing))):
        return None
    # Whether one key leaves the other untouched is not documented (onoffice-api 5.3): later rounds send both.
    words = wanted if past.attempts else missing
    return _Step(policy.modify_verb, words.filled_from(live.state) if policy.names_both else words, past.alone)


def loses_unread(change: Change, live: Live, past: LinkHistory) -> bool:
    """Whether setting what is missing would not name a status that the link has and nobody can read."""
    wanted = change.wanted.filled_from(past.set_back)
    words = wanted.filled_from(live.state)
    unread = words.confirmation is None or (words.feedback is None and live.feedback_set_up)
    return live.found is Found.LINKED and change.aim is not Operation.UNLINK and bool(wanted.differs_from(live.state)) and unread


def _blind(change: Change, past: LinkHistory, policy: SendingPolicy) -> _Step | None:
    """Without a look only words are set, once, and every link by itself.

    Create could make a link that nobody asked for, and what a row says about the live state cannot be compared with it.
    """
    may_make_links = policy.modify_verb is Verb.CREATE and change.aim is not Operation.LINK
    loses = policy.names_both and not all(change.wanted)
    if (
        loses
        or policy.must_look
        or past.accepted
        or change.aim is Operation.UNLINK
        or not change.wanted
        or may_make_links
        or change.guarded
    ):
        return None
    return _Step(policy.modify_verb, change.wanted, alone=True)


def _share(verb: Verb, words: State, links: Sequence[Link], most: int) -> Iterator[Action]:
    """Cover links with few actions of one appointment or one address each; never several of both (onoffice-api 5.2)."""
    for is_appointment, centre, others in stars(links):
        for some in map(tuple, chunks(others, most)):
            if is_appointment:
                yield Action(verb, (centre,), some, words)
            else:
                yield Action(verb, some, (centre,), words)
