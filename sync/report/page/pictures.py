"""The geometry of the pictures; the templates draw them as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Width and height of every picture in its own units; it is stretched to the room it gets.
WIDTH: Final = 1000.0
HEIGHT: Final = 100.0
_GAP: Final = 3.0
_NARROWEST: Final = 8.0
_LOWEST: Final = 3.0
_WIDEST_BAR: Final = 24.0


class Segment(NamedTuple):
    """One part of a bar that shows how a whole divides."""

    name: str
    x: float
    width: float


class Bar(NamedTuple):
    """One upright bar; `height` and `y` from above."""

    x: float
    y: float
    width: float
    height: float


def divided(parts: Mapping[str, int]) -> tuple[Segment, ...]:
    """A bar of `WIDTH`, divided as the counts are; a part that is there can always be seen."""
    some = {name: count for name, count in parts.items() if count}
    total = sum(some.values())
    room = WIDTH - _GAP * (len(some) - 1) - _NARROWEST * len(some)
    segments, x = [], 0.0
    for name, count in some.items():
        width = _NARROWEST + room * count / total
        segments.append(Segment(name, round(x, 1), round(width, 1)))
        x += width + _GAP
    return tuple(segments)


def bars(values: Sequence[float], places: int) -> tuple[Bar, ...]:
    """One bar per value, the last one at the right edge of `places` places; the largest value is `HEIGHT` high."""
    most = max(values, default=0) or 1
    place = WIDTH / max(places, 1)
    width = min(place * 0.72, _WIDEST_BAR)
    first = places - len(values)
    return tuple(
        Bar(round((first + at) * place + (place - width) / 2, 1), round(HEIGHT - height, 1), round(width, 1), round(height, 1))
        for at, value in enumerate(values)
        if value and (height := max(value / most * HEIGHT, _LOWEST))
    )
