"""What to send next: wanted state, live state and what happened so far go in, actions come out. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.chunks import chunks
from sync.model import Action, Aim, Found, Link, State, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.model import Change, Live, Past

#: After so many times that the API said "done" and the look said otherwise, sending it once more will not help.
TIMES_ACCEPTED: Final = 2


@dataclass(frozen=True, slots=True)
class Policy:
    """What the office allows.

    `modify_verb` sets words, `must_look` forbids to send to a link that cannot be read, `links_per_action` caps an action.
    """

    modify_verb: Verb = Verb.MODIFY
    must_look: bool = False
    links_per_action: int = 100


class _Step(NamedTuple):
    verb: Verb
    words: State
    alone: bool


def plan(changes: Iterable[Change], live: Mapping[Link, Live], past: Mapping[Link, Past], policy: Policy) -> tuple[Action, ...]:
    """The actions of the next round; none when there is nothing left to do.

    A change whose link has not been looked at yet is left out. Links that need the same words share an action, unless one
    of them has to go alone.
    """
    alone: list[Action] = []
    together: defaultdict[tuple[Verb, State], list[Link]] = defaultdict(list)
    for change in changes:
        seen = live.get(change.link)
        step = _next_step(change, seen, past[change.link], policy) if seen and _is_clear(seen, past[change.link]) else None
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


def _is_clear(live: Live, past: Past) -> bool:
    """Whether a look came after the last time the link was sent; where nothing can be read, there is none to wait for."""
    return past.seen or live.found is Found.UNREADABLE


def _next_step(change: Change, live: Live, past: Past, policy: Policy) -> _Step | None:
    """The decision table for one link."""
    if past.refused or past.accepted >= TIMES_ACCEPTED:
        return None
    match live.found:
        case Found.UNREADABLE:
            return _blind(change, past, policy)
        case Found.NO_APPOINTMENT:
            return None
        case Found.NOT_LINKED:
            return _Step(Verb.CREATE, change.wanted.at_creation, past.alone) if change.aim is Aim.LINK else None
        case Found.LINKED if change.aim is Aim.UNLINK:
            return _Step(Verb.DELETE, State(), alone=True)
        case Found.LINKED:
            return _to_set(change, live, past, policy)


def _to_set(change: Change, live: Live, past: Past, policy: Policy) -> _Step | None:
    """Set the words that are missing; a feedback status that the appointment cannot have is tried once."""
    missing = change.wanted.differs_from(live.state)
    if not missing or (past.accepted and live.cannot_have(missing)):
        return None
    # Whether one key leaves the other untouched is not documented (onoffice-api 5.3): later rounds send both.
    return _Step(policy.modify_verb, change.wanted if past.attempts else missing, past.alone)


def _blind(change: Change, past: Past, policy: Policy) -> _Step | None:
    """Without a look only words are set, once, and every link by itself. Create could make a link that nobody asked for."""
    may_make_links = policy.modify_verb is Verb.CREATE and change.aim is not Aim.LINK
    if policy.must_look or past.accepted or change.aim is Aim.UNLINK or not change.wanted or may_make_links:
        return None
    return _Step(policy.modify_verb, change.wanted, alone=True)


def _share(verb: Verb, words: State, links: Sequence[Link], most: int) -> Iterator[Action]:
    """Cover links with few actions of one appointment or one address each; never several of both (onoffice-api 5.2)."""
    for is_appointment, centre, others in _stars(links):
        for some in map(tuple, chunks(others, most)):
            if is_appointment:
                yield Action(verb, (centre,), some, words)
            else:
                yield Action(verb, some, (centre,), words)


def _stars(links: Sequence[Link]) -> Iterator[tuple[bool, int, tuple[int, ...]]]:
    """Split the links into stars: whether the centre is an appointment, its id, the ids at the other end.

    Whoever has one link left hands it to the other end of that link; where nobody has, the one with most links goes
    first. For links without circles, as nearly all real input has them, no cover has fewer stars.
    """
    ends: defaultdict[tuple[bool, int], set[int]] = defaultdict(set)
    for appointment, address in links:
        ends[True, appointment].add(address)
        ends[False, address].add(appointment)
    waiting = [(_urgency(others), *vertex) for vertex, others in ends.items()]
    heapq.heapify(waiting)
    while waiting:
        urgency, side, number = heapq.heappop(waiting)
        others = ends[side, number]
        if not others:
            continue
        if urgency != _urgency(others):
            heapq.heappush(waiting, (_urgency(others), side, number))
            continue
        if len(others) == 1:
            side, number = not side, next(iter(others))
            others = ends[side, number]
        yield side, number, tuple(sorted(others))
        for other in others:
            rest = ends[not side, other]
            rest.discard(number)
            if rest:
                heapq.heappush(waiting, (_urgency(rest), not side, other))
        ends[side, number] = set()


def _urgency(others: set[int]) -> int:
    """Leaves first, then by falling number of links."""
    return -1_000_000_000 if len(others) == 1 else -len(others)
