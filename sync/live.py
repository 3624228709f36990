"""Look: read the live state of appointments, some per request, until every one has a clear answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.errors import StopRun
from sync.model import Answer, Stop
from sync.onoffice.client import in_requests
from sync.onoffice.codes import CALL_UNKNOWN, Consequence, consequence
from sync.onoffice.names import APPOINTMENT_LIST
from sync.onoffice.wire import Appointment, appointment_call, read_appointment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sync.model import Result
    from sync.onoffice.wire import Call, Reply


def look(
    appointment_ids: Sequence[int],
    read: Callable[[Sequence[Call]], Reply],
    *,
    identifiers: Iterator[str],
    per_request: int,
    passes: int,
) -> Iterator[tuple[int, Appointment]]:
    """Yield each appointment with what was found out about it, in no particular order.

    Calls that got no clear answer are asked again, `passes` times in all; what is unclear then is left out.

    Raises:
        StopRun: credentials or clock are wrong, the API is out of reach, or no call at all got a clear answer.
    """

    def ask(some: Sequence[int]) -> Reply:
        return read([appointment_call(next(identifiers), number) for number in some])

    open_ids: Sequence[int] = appointment_ids
    for _ in range(passes):
        unclear: list[int] = []
        for some, reply in in_requests(open_ids, per_request, ask):
            if reply.stopped:
                raise StopRun(reply.stopped.stop, reply.stopped.detail)
            for number, result in zip(some, reply.results, strict=True):
                if result.answer in {Answer.AGAIN, Answer.LOST}:
                    unclear.append(number)
                else:
                    _check_call(result)
                    yield number, read_appointment(result, number)
        if not unclear:
            return
        open_ids = unclear
    if len(open_ids) == len(appointment_ids):
        raise unclear_look(len(open_ids))


def unclear_look(count: int) -> StopRun:
    """The end of a run in which so many appointments never got a clear answer."""
    return StopRun(Stop.BAD_ANSWERS, f"{count} x {APPOINTMENT_LIST}")


def _check_call(result: Result) -> None:
    """A read that the API finds malformed is a bug of ours, unless the account does not have the call at all."""
    code = result.error_code or 0
    if consequence(code) is Consequence.STOP_MALFORMED and code not in CALL_UNKNOWN:
        raise StopRun(Stop.REQUEST_REFUSED, str(code))
