"""What to send next, in the fewest actions, and which periods to read for that: all that is worked out before a request. Pure."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from sync.domain.model import Action, Found, Operation, State, Verb

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
    if not missing or (past.accepted and live.cannot_have(missing)) or (past.named_feedback and live.cannot_show(missing)):
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


# The fewest stars that hold all links: a minimum vertex cover of a bipartite graph, by König's theorem.
#
# A star is one appointment with some of its addresses, or one address with some of its appointments.


class _Vertex(NamedTuple):
    is_appointment: bool
    number: int


class Star(NamedTuple):
    """Links that share an end, the `centre`; `others` are the ids at their other ends, in rising order."""

    is_appointment: bool
    centre: int
    others: tuple[int, ...]


class _Graph:
    """Which vertices still have links to whom."""

    def __init__(self, links: Iterable[Link]) -> None:
        self.ends: defaultdict[_Vertex, set[_Vertex]] = defaultdict(set)
        for appointment, address in links:
            one, other = _Vertex(True, appointment), _Vertex(False, address)
            self.ends[one].add(other)
            self.ends[other].add(one)

    def take(self, centre: _Vertex) -> Star:
        """Take a vertex out, with all links it has left."""
        others = self.ends.pop(centre)
        for other in others:
            self.ends[other].discard(centre)
        return Star(*centre, tuple(sorted(other.number for other in others)))


def stars(links: Iterable[Link]) -> Iterator[Star]:
    """Split links into the fewest stars; every link is in exactly one of them.

    Whoever has one link only hands it to its other end, which no cover does better (and which ends the work for nearly all
    real input); what is left has circles and goes the long way.
    """
    left = list(links)
    for end in (0, 1):
        found, left = _around_leaves(left, end)
        yield from found
    graph = _Graph(left)
    leaves = deque(sorted(vertex for vertex, others in graph.ends.items() if len(others) == 1))
    while leaves:
        others = graph.ends.get(leaves.popleft())
        if not others:
            continue
        centre = next(iter(others))
        beyond = sorted(graph.ends[centre])
        yield graph.take(centre)
        leaves.extend(vertex for vertex in beyond if len(graph.ends[vertex]) == 1)
    for centre in _cover(graph):
        yield graph.take(centre)


def _around_leaves(links: list[Link], end: int) -> tuple[list[Star], list[Link]]:
    """The stars around all who have a neighbour with no other link, without a graph, for that takes much memory; and the rest.

    `end` says who may be one: 0 for appointments, 1 for addresses.
    """
    other = 1 - end
    count = Counter(link[other] for link in links)
    centres = {link[end] for link in links if count[link[other]] == 1}
    ends: defaultdict[int, list[int]] = defaultdict(list)
    rest = []
    for link in links:
        if link[end] in centres:
            ends[link[end]].append(link[other])
        else:
            rest.append(link)
    return [Star(end == 0, number, tuple(sorted(some))) for number, some in ends.items()], rest


def _cover(graph: _Graph) -> list[_Vertex]:
    """A minimum vertex cover of what is left.

    Unmatched appointments reach some vertices by alternating paths; the cover is the appointments that are not reached and
    the addresses that are (König).
    """
    appointments = sorted(vertex for vertex, others in graph.ends.items() if vertex.is_appointment and others)
    partner = _matching(graph, appointments)
    reached = {vertex for vertex in appointments if vertex not in partner}
    waiting = list(reached)
    while waiting:
        for address in graph.ends[waiting.pop()] - reached:
            reached |= {address, partner[address]}
            waiting.append(partner[address])
    return [
        *(vertex for vertex in appointments if vertex not in reached),
        *sorted(vertex for vertex in reached if not vertex.is_appointment),
    ]


def _matching(graph: _Graph, appointments: list[_Vertex]) -> dict[_Vertex, _Vertex]:
    """A maximum matching, both ways (Hopcroft and Karp): each vertex with its partner."""
    neighbours = {vertex: sorted(graph.ends[vertex]) for vertex in appointments}
    partner: dict[_Vertex, _Vertex] = {}
    while layers := _layers(neighbours, partner):
        for vertex in appointments:
            if vertex not in partner:
                _extend(vertex, neighbours, layers, partner)
    return partner


def _layers(neighbours: dict[_Vertex, list[_Vertex]], partner: dict[_Vertex, _Vertex]) -> dict[_Vertex, int]:
    """How far each appointment is from an unmatched one, along alternating paths; empty when no path leads on."""
    layers = {vertex: 0 for vertex in neighbours if vertex not in partner}
    waiting = deque(layers)
    found = False
    while waiting:
        vertex = waiting.popleft()
        for address in neighbours[vertex]:
            following = partner.get(address)
            if following is None:
                found = True
            elif following not in layers:
                layers[following] = layers[vertex] + 1
                waiting.append(following)
    return layers if found else {}


def _extend(
    start: _Vertex, neighbours: dict[_Vertex, list[_Vertex]], layers: dict[_Vertex, int], partner: dict[_Vertex, _Vertex]
) -> None:
    """Follow one shortest path from an unmatched appointment to an unmatched address and swap its partners.

    A vertex without a way on leaves the layers. Without recursion: a path may be as long as there are links.
    """
    path = [start]
    ways = [iter(neighbours[start])]
    taken: list[_Vertex] = []
    while path:
        for address in ways[-1]:
            following = partner.get(address)
            if following is None:
                for appointment, own in zip(path, [*taken, address], strict=True):
                    partner[appointment], partner[own] = own, appointment
                for appointment in path:
                    layers.pop(appointment, None)
                return
            if layers.get(following) == layers.get(path[-1], -2) + 1:
                path.append(following)
                taken.append(address)
                ways.append(iter(neighbours[following]))
                break
        else:
            layers.pop(path.pop(), None)
            ways.pop()
            if taken:
                taken.pop()


# Which periods to read so that few requests show many appointments.


_DAY = timedelta(days=1)
_FIRST_DAY, _LAST_DAY = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """All days from the first to the last, with so many days of `margin` on either side where these may belong to it as well."""

    first: date
    last: date
    margin: int = 0

    @property
    def length(self) -> int:
        """How many days it holds."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> Iterator[date]:
        """Each of its days."""
        return (self.first + _DAY * number for number in range(self.length))

    @property
    def with_margin(self) -> Window:
        """All days of it and of its margin."""
        before, after = self.first.toordinal() - self.margin, self.last.toordinal() + self.margin
        return Window(date.fromordinal(max(_FIRST_DAY, before)), date.fromordinal(min(_LAST_DAY, after)))

    def halves(self) -> tuple[Window, ...]:
        """The window as two, for one that held more than a read shows; of a single day nothing is left but its margin to drop."""
        if self.first == self.last:
            return (Window(self.first, self.last),) if self.margin else ()
        middle = self.first + (self.last - self.first) // 2
        return replace(self, last=middle), replace(self, first=middle + _DAY)


class DensityEstimate:
    """How many appointments start in which periods, as far as somebody has counted them."""

    def __init__(self) -> None:
        self._counted: list[tuple[Window, int]] = []  # one after the other, none overlaps another

    def counted(self, window: Window, count: int) -> None:
        """Remember what was counted; what was counted before of any of these days is forgotten."""
        self._counted[self._overlapping(window)] = [(window, count)]

    def within(self, window: Window) -> int:
        """How many there are at the least, taking them to be spread evenly over the days of each period that was counted."""
        return int(sum(count * _common(each, window) / each.length for each, count in self._counted[self._overlapping(window)]))

    def _overlapping(self, window: Window) -> slice:
        first = bisect_left(self._counted, window.first, key=lambda each: each[0].last)
        return slice(first, bisect_right(self._counted, window.last, first, key=lambda each: each[0].first))


def _common(one: Window, other: Window) -> int:
    """How many days two windows that overlap have in common."""
    return (min(one.last, other.last) - max(one.first, other.first)).days + 1


def windows(days: Iterable[date], most: int) -> list[Window]:
    """At most so many windows that hold all these days, with as few other days as possible between them, and evenly long."""
    wanted = sorted(set(days))
    if not wanted:
        return []
    cuts = [0, *_widest_gaps(wanted, most - 1), len(wanted)]
    parts = [Window(wanted[first], wanted[after - 1]) for first, after in pairwise(cuts)]
    found = [(-window.length, window) for window in parts]
    heapq.heapify(found)  # the longest first
    while len(found) < most and (halves := found[0][1].halves()):
        heapq.heapreplace(found, (-halves[0].length, halves[0]))
        heapq.heappush(found, (-halves[1].length, halves[1]))
    return sorted(window for _, window in found)


def _widest_gaps(days: Sequence[date], most: int) -> list[int]:
    """Before which of these days, which ascend, the widest gaps lie; of gaps that are equally wide some all over the time."""
    gaps = [(days[at] - days[at - 1], at) for at in range(1, len(days)) if days[at] - days[at - 1] > _DAY]
    if len(gaps) <= most:
        return [at for _, at in gaps]
    limit = sorted(gap for gap, _ in gaps)[-most - 1]
    wider = [at for gap, at in gaps if gap > limit]
    as_wide = [at for gap, at in gaps if gap == limit]
    room = most - len(wider)
    return sorted(wider + [as_wide[(2 * number + 1) * len(as_wide) // (2 * room)] for number in range(room)])


def split(found: Iterable[Window], days: Iterable[date], crowds: DensityEstimate, full: int) -> list[Window]:
    """Windows of which none is known to be full, unless it is a single day, and all of which hold some of these days.

    `full` is how many appointments are as many as a read shows.
    """
    wanted = sorted(set(days))
    small, open_ = [], deque(found)
    while open_:
        window = open_.popleft()
        if bisect_left(wanted, window.first) == bisect_right(wanted, window.last):
            continue
        halves = window.halves() if crowds.within(window) >= full else ()
        open_.extendleft(reversed(halves))
        small += [] if halves else [window]
    return small
