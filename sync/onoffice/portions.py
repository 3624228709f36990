"""How many actions go into one request: learnt downward when the API answers badly, recovering slowly."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from sync.errors import StopRun
from sync.model import Stop
from sync.onoffice.client import TooLarge, TooSlow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")

#: So many requests in a row without a trustworthy answer: enough, and the rest is kept for the next run.
LOST_FOR_GOOD: Final = 9
#: After a failure it takes so many good requests to get from nothing to the full size.
_STEPS: Final = 8


class Portions:
    """The size of the next request. Never above `most`; a size that the API refused is never tried again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.size = most

    def too_large(self, tried: int) -> None:
        """The API refused a request of so many actions."""
        self._most = self.size = max(1, tried // 2)

    def failed(self, tried: int) -> None:
        """No trustworthy answer came to a request of so many actions: perhaps the server takes too long over them."""
        self.size = max(1, min(tried, self.size) // 2)

    def went_well(self) -> None:
        """An answer came."""
        self.size = min(self._most, self.size + max(1, self._most // _STEPS))


def in_requests(items: Iterable[T], portions: Portions, send: Callable[[Sequence[T]], R]) -> Iterator[tuple[Sequence[T], R]]:
    """Hand items to `send`, so many at once as `portions` says; yields them with what it returned.

    Raises:
        StopRun: a single item is too large.
    """
    waiting = deque(items)
    while waiting:
        some = [waiting.popleft() for _ in range(min(portions.size, len(waiting)))]
        try:
            sent = send(some)
        except TooLarge as error:
            if len(some) == 1:
                raise StopRun(Stop.BAD_ANSWERS, str(error)) from None
            portions.too_large(len(some))
            waiting.extendleft(reversed(some))
        except TooSlow:
            portions.failed(len(some))
            waiting.extendleft(reversed(some))
        else:
            yield some, sent
