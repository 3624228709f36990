"""The appointments of a period with all that people know them by (onoffice-api 6.1, 11.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.domain.model import Answer, Stop
from sync.errors import StopRun
from sync.onoffice.appointments import by_id, is_cut_off, read_appointments, related
from sync.onoffice.batching import RequestQueue
from sync.onoffice.error_codes import Consequence, consequence
from sync.onoffice.names import APPOINTMENT_LIST
from sync.onoffice.ways import Ways
from sync.onoffice.wire import CALL_BYTES, ID_BYTES, Call, period_call, relations_call
from sync.onoffice.words import fields, line, members, number, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync.domain.model import Result
    from sync.onoffice.appointments import Appointment
    from sync.onoffice.batching import AdaptiveBatchSize
    from sync.onoffice.dialect import Learner
    from sync.onoffice.wire import Reply

_DAY: Final = timedelta(days=1)
#: What is asked for beside the statuses.
_DETAILS: Final = ("subject", "type", "status", "location", "users", "estate")
#: A day that holds more than a read shows is split by what an appointment either is or is not.
_SWITCHES: Final = ("isCancelled", "isDone", "isRecurrent")
_CANCELED: Final = "canceled"
#: So many appointments are asked for their links at once (onoffice-api 5.6).
_MOST_RELATED: Final = 500
#: So often a call is asked that gets no clear answer, in all.
_PASSES: Final = 4


class NotAllowed(Exception):
    """The API user may not read appointments, or what is asked for besides."""


class TooCrowded(Exception):
    """On a day there are more appointments than can be read, however they are told apart."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


@dataclass(frozen=True, slots=True)
class Listed:
    """One appointment with what people know it by; "" for what is not known.

    `appointment` has its start and the state of each linked address. `users` are the names of those who go there, `user_ids`
    their numbers.
    """

    id: int
    appointment: Appointment
    subject: str = ""
    kind: str = ""
    location: str = ""
    users: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    estate: int | None = None
    canceled: bool = False
    all_day: bool = False


class _Slice(NamedTuple):
    """Some appointments of a period: those that start on these days and for which these filters hold."""

    first: date
    last: date
    narrowed: tuple[tuple[str, bool | str], ...] = ()

    @property
    def halves(self) -> tuple[_Slice, ...]:
        """Two slices that hold the same; nothing where only users can tell appointments apart."""
        if self.first < self.last:
            middle = self.first + (self.last - self.first) // 2
            return self._replace(last=middle), self._replace(first=middle + _DAY)
        used = {name for name, _ in self.narrowed}
        switch = next((name for name in _SWITCHES if name not in used), None)
        if switch is None:
            return ()
        return tuple(self._replace(narrowed=(*self.narrowed, (switch, value))) for value in (False, True))

    def of_user(self, user: str) -> _Slice:
        """Those of it at which a user takes part."""
        return self._replace(narrowed=(*self.narrowed, ("userIds", user)))

    @property
    def filters(self) -> Mapping[str, object]:
        """The filters as they stand on the wire."""
        return {name: value if isinstance(value, bool) else [value] for name, value in self.narrowed}


class Agenda:
    """Reads the appointments of a period, all of them or none.

    Args:
        read: sends calls that change nothing.
        identifiers: a new one for each call.
        portions: how many calls go into one request.
        learner: what is known of the office's API.
    """

    def __init__(
        self,
        read: Callable[[Sequence[Call]], Reply],
        identifiers: Iterator[str],
        portions: AdaptiveBatchSize,
        learner: Learner,
    ) -> None:
        self._read = read
        self._identifiers = identifiers
        self._portions = portions
        self._learner = learner
        self._ways = Ways(learner)
        self._details = True
        self._found: dict[int, Listed] = {}

    def between(self, first: date, last: date) -> Sequence[Listed]:
        """The appointments that start from the first to the last day, in no particular order.

        Raises:
            StopRun: the API is out of reach, the credentials are wrong, or there is no clear answer.
            NotAllowed: the API user may not read appointments.
            TooCrowded: a day holds more of them than can be read.
        """
        self._found = {}
        waiting = self._first_slices(first, last)
        for _ in range(_PASSES):
            unclear: list[_Slice] = []
            while waiting:
                waiting, again = self._once(waiting)
                unclear += again
            if not unclear:
                return [*self._found.values()]
            waiting = unclear
        raise StopRun(Stop.BAD_ANSWERS, f"{len(waiting)} x {APPOINTMENT_LIST}")

    def linked(self, appointment_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
        """The addresses that are linked to appointments, shown or not, as far as the API tells them. Raises StopRun."""
        found: dict[int, frozenset[int]] = {}
        parts = [appointment_ids[at : at + _MOST_RELATED] for at in range(0, len(appointment_ids), _MOST_RELATED)]
        waiting = RequestQueue(parts, self._portions, lambda some: CALL_BYTES + ID_BYTES * len(some))
        while waiting:
            with waiting.request() as some:
                for result in self._read([relations_call(next(self._identifiers), each) for each in some]).results:
                    found |= related(result) or {}
        return found

    def _first_slices(self, first: date, last: date) -> list[_Slice]:
        """The period in as many parts as fit into one request, none shorter than a day."""
        days = (last - first).days + 1
        count = min(days, self._portions.calls)
        bounds = [days * at // count for at in range(count + 1)]
        return [_Slice(first + _DAY * start, first + _DAY * (end - 1)) for start, end in pairwise(bounds)]

    def _once(self, slices: Sequence[_Slice]) -> tuple[list[_Slice], list[_Slice]]:
        """Read slices; returns those to read next, and those that got no clear answer."""
        following: list[_Slice] = []
        left = dict.fromkeys(slices)
        crowded: list[tuple[_Slice, Result]] = []
        waiting = RequestQueue(slices, self._portions, lambda _: CALL_BYTES)
        while waiting:
            with waiting.request() as some:
                reply = self._read([self._call(each) for each in some])
                if reply.stopped:
                    raise StopRun(reply.stopped.stop, reply.stopped.detail)
                for each, result in zip(some, reply.results, strict=True):
                    if result.answer is Answer.REFUSED:
                        self._otherwise(result)
                        return [*following, *left], []
                    if result.answer is not Answer.ACCEPTED:
                        continue
                    del left[each]
                    self._ways.fields_work()
                    self._take(result)
                    if is_cut_off(result):
                        following += each.halves
                        crowded += [] if each.halves else [(each, result)]
        for each, result in crowded:
            self._by_user(each, result)
        return following, [*left]

    def _otherwise(self, refused: Result) -> None:
        """Ask with other fields from now on. Raises NotAllowed, StopRun where that cannot help."""
        what = consequence(refused.error_code or 0)
        if what is Consequence.REFUSE_NO_RIGHT:
            raise NotAllowed
        if what is Consequence.STOP_MALFORMED and self._details:
            self._details = False
        elif what is not Consequence.STOP_MALFORMED or not self._ways.other_fields():
            raise StopRun(Stop.REQUEST_REFUSED, str(refused.error_code))

    def _call(self, each: _Slice) -> Call:
        more = _DETAILS if self._details else ()
        return period_call(next(self._identifiers), each.first, each.last, self._ways.asking, more, each.filters)

    def _take(self, result: Result) -> set[int]:
        """Take over what a read shows; returns whose numbers it shows."""
        records = by_id(result)
        for key, appointment in read_appointments(result, records, self._learner.dialect):
            self._found[key] = _listed(key, appointment, fields(records[key].get("elements")))
        return {*records}

    def _by_user(self, crowded: _Slice, shown: Result) -> None:
        """Read a crowded day user by user, also those who only turn up on the way, until all of it is there.

        Raises TooCrowded: an appointment has no participant who could be asked for, or a single one has too many.
        """
        there, asked = {*by_id(shown)}, set[str]()
        while users := {user for key in there if key in self._found for user in self._found[key].user_ids} - asked:
            asked |= users
            waiting = RequestQueue([crowded.of_user(user) for user in sorted(users)], self._portions, lambda _: CALL_BYTES)
            while waiting:
                with waiting.request() as some:
                    for result in self._read([self._call(each) for each in some]).results:
                        if result.answer is not Answer.ACCEPTED or is_cut_off(result):
                            raise TooCrowded(crowded.first)
                        there |= self._take(result)
        if shown.count is None or len(there) < shown.count:
            raise TooCrowded(crowded.first)


def _listed(key: int, appointment: Appointment, values: Mapping[str, object]) -> Listed:
    users = members(values.get("users")) or ()
    date_ = fields(values.get("date"))
    return Listed(
        id=key,
        appointment=appointment,
        subject=line(values.get("subject")),
        kind=_label(values.get("type")),
        location=line(values.get("location")),
        users=tuple(name for user in users if (name := _user_name(user))),
        user_ids=tuple(str(user_id) for user in users if (user_id := number(user.get("id"))) is not None),
        estate=number(fields(values.get("estate")).get("id")) or None,
        canceled=word(values.get("status")) == _CANCELED,
        all_day=date_.get("allDay") in (True, "1", "true"),
    )


def _label(value: object) -> str:
    """What people call an object of `value` and `label`."""
    return line(value.get("label") or value.get("value")) if isinstance(value, dict) else line(value)


def _user_name(user: Mapping[str, object]) -> str:
    name = " ".join(part for part in (line(user.get("firstName")), line(user.get("lastName"))) if part)
    return name or line(user.get("userName"))
