"""Links become the fewest stars: checked against brute force where that ends, against a matching where it does not."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Link
from sync.rounds.plan import Star, stars

few_links = st.sets(st.builds(Link, st.integers(1, 5), st.integers(1, 5)), max_size=14).map(sorted)


@given(few_links)
def test_every_link_is_in_exactly_one_star(links: list[Link]) -> None:
    assert sorted(link for star in stars(links) for link in links_of(star)) == links


@given(few_links)
def test_no_cover_has_fewer_stars(links: list[Link]) -> None:
    assert len(list(stars(links))) == fewest(links)


@pytest.mark.parametrize(("appointments", "addresses", "count"), [(3_000, 3_000, 9_000), (200, 4_000, 9_000), (300, 300, 9_000)])
def test_a_large_cover_has_as_many_stars_as_links_without_a_common_end(appointments: int, addresses: int, count: int) -> None:
    chance = Random(count + appointments)  # noqa: S311 - test data
    links = sorted({Link(chance.randrange(appointments), chance.randrange(addresses)) for _ in range(count)})

    found = list(stars(links))

    assert sorted(link for star in found for link in links_of(star)) == links
    assert len(found) == independent_links(links)


def test_a_long_circle_needs_every_other_vertex() -> None:
    links = [Link(at, at) for at in range(5_000)] + [Link(at, (at + 1) % 5_000) for at in range(5_000)]

    assert len(list(stars(links))) == 5_000


def test_the_order_of_the_links_does_not_matter() -> None:
    links = [Link(1, 1), Link(1, 2), Link(2, 1), Link(2, 2), Link(3, 2), Link(4, 9)]

    assert list(stars(links)) == list(stars(reversed(links)))


def links_of(star: Star) -> list[Link]:
    return [Link(star.centre, other) if star.is_appointment else Link(other, star.centre) for other in star.others]


def fewest(links: list[Link]) -> int:
    """By trying all sets of vertices, small ones first."""
    vertices = sorted({(0, link.appointment_id) for link in links} | {(1, link.address_id) for link in links})
    return next(
        size
        for size in range(len(vertices) + 1)
        for chosen in map(set, combinations(vertices, size))
        if all((0, link.appointment_id) in chosen or (1, link.address_id) in chosen for link in links)
    )


def independent_links(links: list[Link]) -> int:
    """The most links of which no two share an end, by one augmenting path at a time (Kuhn); no cover is smaller than that."""
    neighbours: dict[int, list[int]] = {}
    for appointment, address in links:
        neighbours.setdefault(appointment, []).append(address)
    owner: dict[int, int] = {}
    partner: dict[int, int] = {}
    for start in neighbours:
        came_from: dict[int, int] = {}
        waiting, end = [start], None
        while waiting and end is None:
            appointment = waiting.pop()
            for address in neighbours[appointment]:
                if address not in came_from:
                    came_from[address] = appointment
                    if address not in owner:
                        end = address
                        break
                    waiting.append(owner[address])
        while end is not None:
            appointment = came_from[end]
            owner[end] = appointment
            partner[appointment], end = end, partner.get(appointment)
    return len(owner)
