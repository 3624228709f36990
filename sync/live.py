"""Look: read the live state of appointments, some per request, until every one has a clear answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.errors import StopRun
from sync.model import Answer, Stop
from sync.onoffice.codes import CALL_UNKNOWN, Consequence, consequence
from sync.onoffice.names import APPOINTMENT_LIST
from sync.onoffice.portions import in_requests
from sync.onoffice.wire import Appointment, appointment_call, read_appointment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sync.model import Result
    from sync.onoffice.portions import Portions
    from sync.onoffice.wire import Call, Reply


class Look:
    """Looks at appointments. What it learns about the account holds for all looks of a run.

    Args:
        read: sends calls that change nothing.
        identifiers: a new one for each call.
        portions: how many calls go into one request.
        passes: how often calls that got no clear answer are asked, in all.
    """

    def __init__(
        self, read: Callable[[Sequence[Call]], Reply], identifiers: Iterator[str], portions: Portions, passes: int
    ) -> None:
        self._read = read
        self._identifiers = identifiers
        self._portions = portions
        self._passes = passes
        self._more = True

    def at(self, appointment_ids: Sequence[int]) -> Iterator[tuple[int, Appointment]]:
        """Yield each appointment with what was found out about it, in no particular order; what stays unclear is left out.

        Raises:
            StopRun: credentials or clock are wrong, the API is out of reach, or no call at all got a clear answer.
        """
        open_ids: Sequence[int] = appointment_ids
        passes = 0
        while passes < self._passes:
            asked_for_more, unclear = self._more, list[int]()
            for some, (reply, more) in in_requests(open_ids, self._portions, self._ask):
                if reply.stopped:
                    raise StopRun(reply.stopped.stop, reply.stopped.detail)
                for number, result in zip(some, reply.results, strict=True):
                    if result.answer in {Answer.AGAIN, Answer.LOST} or (more and _is_malformed(result)):
                        unclear.append(number)
                    else:
                        _check_call(result)
                        yield number, read_appointment(result, number)
            if not unclear:
                return
            open_ids = unclear
            passes += asked_for_more == self._more  # having asked for too much is no try of its own
        if len(open_ids) == len(appointment_ids):
            raise unclear_look(len(open_ids))

    def _ask(self, some: Sequence[int]) -> tuple[Reply, bool]:
        """The reply, and whether it was asked for more than every account gives."""
        more = self._more
        reply = self._read([appointment_call(next(self._identifiers), number, more=more) for number in some])
        if any(map(_is_malformed, reply.results)):
            self._more = False
        if all(result.answer is Answer.LOST for result in reply.results):
            self._portions.failed()
        else:
            self._portions.went_well()
        return reply, more


def unclear_look(count: int) -> StopRun:
    """The end of a run in which so many appointments never got a clear answer."""
    return StopRun(Stop.BAD_ANSWERS, f"{count} x {APPOINTMENT_LIST}")


def _check_call(result: Result) -> None:
    """A read that the API finds malformed is a bug of ours, unless the account does not have the call at all."""
    if _is_malformed(result):
        raise StopRun(Stop.REQUEST_REFUSED, str(result.error_code))


def _is_malformed(result: Result) -> bool:
    code = result.error_code or 0
    return consequence(code) is Consequence.STOP_MALFORMED and code not in CALL_UNKNOWN
