"""The fewest stars that hold all links: a minimum vertex cover of a bipartite graph, by König's theorem. Pure.

A star is one appointment with some of its addresses, or one address with some of its appointments.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.domain.model import Link


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
