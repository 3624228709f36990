"""Look: read the live state of appointments, many per request, until every one has a clear answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.errors import StopRun
from sync.model import Answer, Stop
from sync.onoffice.codes import CALL_UNKNOWN, Consequence, consequence
from sync.onoffice.names import APPOINTMENT_LIST
from sync.onoffice.portions import LOST_FOR_GOOD, in_requests
from sync.onoffice.wire import (
    CALL_BYTES,
    MOST_LISTED,
    Appointment,
    appointment_call,
    is_cut_off,
    period_call,
    read_appointment,
    read_appointments,
)
from sync.windows import Crowds, Window, split, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from sync.model import Result
    from sync.onoffice.portions import Portions
    from sync.onoffice.wire import Call, Reply


#: Windows are never evenly full: with so many in each, few hold more than a read shows.
_EXPECTED_IN_A_WINDOW: Final = MOST_LISTED * 4 // 5


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which appointments are looked for of which nobody knows the day."""

    first: date
    last: date


class Look:
    """Looks at appointments. What it learns about the account holds for all looks of a run.

    Many are read by period where that takes fewer requests; what is not found there, by its id.

    Args:
        read: sends calls that change nothing.
        identifiers: a new one for each call.
        portions: how many calls go into one request.
        passes: how often calls that got no clear answer are asked, in all.
        period: where to look for appointments whose day is not known.
    """

    def __init__(
        self,
        read: Callable[[Sequence[Call]], Reply],
        identifiers: Iterator[str],
        portions: Portions,
        passes: int,
        period: Period,
    ) -> None:
        self._read = read
        self._identifiers = identifiers
        self._portions = portions
        self._passes = passes
        self._period = Window(period.first, period.last)
        self._more = True
        self._lists = True
        self._crowds = Crowds()
        self._lost_in_a_row = 0

    def at(self, appointment_ids: Sequence[int], days: Mapping[int, date]) -> Iterator[tuple[int, Appointment]]:
        """Yield each appointment with what was found out about it, in no particular order; what stays unclear is left out.

        `days` says on which day appointments start, as far as somebody knows. After many lost answers in a row all that is
        still open stays unclear.

        Raises:
            StopRun: credentials or clock are wrong, the API is out of reach, or no call at all got a clear answer.
        """
        left = set(appointment_ids)
        for number, appointment in self._in_windows(self._worthwhile(appointment_ids, days), left):
            left.remove(number)
            yield number, appointment
        yield from self._one_by_one(sorted(left), all_of_them=len(left) == len(appointment_ids))

    def _worthwhile(self, appointment_ids: Sequence[int], days: Mapping[int, date]) -> list[Window]:
        """The windows that hold the appointments, where reading these can take fewer requests than reading each by its id."""
        known = {days[number] for number in appointment_ids if number in days}
        some_unknown = any(number not in days for number in appointment_ids)
        wanted = known.union(self._period.days) if some_unknown else known
        crowd = sum(map(self._crowds.within, windows(wanted, self._windows_for(len(appointment_ids)))))
        found = windows(wanted, self._windows_for(max(crowd, len(appointment_ids))))
        found = split(found, wanted, self._crowds, MOST_LISTED)
        return found if self._lists and self._requests(len(found)) < self._requests(len(appointment_ids)) else []

    def _windows_for(self, appointments: int) -> int:
        """How many windows to read so many appointments in: as many as fit into the requests that it takes."""
        return self._requests(-(-appointments // _EXPECTED_IN_A_WINDOW)) * self._portions.calls

    def _requests(self, calls: int) -> int:
        """How many requests so many calls take."""
        return -(-calls // self._portions.calls)

    def _in_windows(self, found: Sequence[Window], left: Collection[int]) -> Iterator[tuple[int, Appointment]]:
        """What of those that are left starts in these windows.

        One that holds more than a read shows is read again in halves, unless what is still left then takes no more by its id.
        """
        while found:
            full: list[Window] = []
            for some, (reply, _) in in_requests(found, self._portions, _weight, self._list):
                if reply.stopped:
                    raise StopRun(reply.stopped.stop, reply.stopped.detail)
                for window, result in zip(some, reply.results, strict=True):
                    if result.answer is Answer.REFUSED:
                        self._lists = False
                    elif result.answer is Answer.ACCEPTED:
                        self._crowds.counted(window, len(result.records))
                    yield from read_appointments(result, left)
                    if is_cut_off(result):
                        full += window.halves()
                if self._gave_up:
                    return
            found = full if self._lists and self._requests(len(full)) < self._requests(len(left)) else []

    def _list(self, some: Sequence[Window]) -> tuple[Reply, bool]:
        return self._asked([period_call(next(self._identifiers), window.first, window.last, more=self._more) for window in some])

    def _one_by_one(self, appointment_ids: Sequence[int], *, all_of_them: bool) -> Iterator[tuple[int, Appointment]]:
        open_ids: Sequence[int] = appointment_ids
        passes = 0
        while open_ids and passes < self._passes:
            asked_for_more, clear = self._more, set[int]()
            for number, appointment in self._once(open_ids):
                clear.add(number)
                yield number, appointment
            open_ids = [number for number in open_ids if number not in clear]
            if self._gave_up:
                break
            passes += asked_for_more == self._more  # having asked for too much is no try of its own
        if open_ids and all_of_them and len(open_ids) == len(appointment_ids):
            raise unclear_look(len(open_ids))

    @property
    def _gave_up(self) -> bool:
        return self._lost_in_a_row >= LOST_FOR_GOOD

    def _once(self, appointment_ids: Sequence[int]) -> Iterator[tuple[int, Appointment]]:
        """Ask for each appointment once; yields those that got a clear answer."""
        for some, (reply, more) in in_requests(appointment_ids, self._portions, _weight, self._ask):
            if reply.stopped:
                raise StopRun(reply.stopped.stop, reply.stopped.detail)
            for number, result in zip(some, reply.results, strict=True):
                if result.answer in {Answer.AGAIN, Answer.LOST} or (more and _is_malformed(result)):
                    continue
                _check_call(result)
                yield number, read_appointment(result, number)
            if self._gave_up:
                return

    def _ask(self, some: Sequence[int]) -> tuple[Reply, bool]:
        more = self._more
        return self._asked([appointment_call(next(self._identifiers), number, more=more) for number in some])

    def _asked(self, calls: Sequence[Call]) -> tuple[Reply, bool]:
        """The reply, and whether it was asked for more than every account gives."""
        more = self._more
        reply = self._read(calls)
        if any(map(_is_malformed, reply.results)):
            self._more = False
        if all(result.answer is Answer.LOST for result in reply.results):
            self._portions.failed(len(calls))
            self._lost_in_a_row += 1
        else:
            self._portions.went_well()
            self._lost_in_a_row = 0
        return reply, more


def _weight(_: object) -> int:
    """A read names one appointment, or two days."""
    return CALL_BYTES


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
