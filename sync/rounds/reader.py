"""Look: read the live state of appointments, many per request, until every one has a clear answer; what looks have shown."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import Answer, Found, Link, Live, Operation, State, Stop
from sync.domain.tables import CONFIRMATIONS, FEEDBACKS, link_keys, position
from sync.errors import StopRun
from sync.onoffice.appointments import (
    MOST_LISTED,
    UNREADABLE,
    Appointment,
    Shown,
    Ways,
    all_shown,
    is_cut_off,
    read_appointment,
    related,
)
from sync.onoffice.dialect import Learner, SingleRead
from sync.onoffice.error_codes import CALL_UNKNOWN, Consequence, consequence
from sync.onoffice.names import APPOINTMENT_LIST
from sync.onoffice.transport import LOST_FOR_GOOD, RequestQueue, TooLarge, TooSlow
from sync.onoffice.wire import CALL_BYTES, appointment_call, period_call, relations_call
from sync.rounds.plan import DensityEstimate, Window, chunks, split, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date

    from sync.domain.model import Result
    from sync.domain.tables import Bools, Changes, Codes, Ints
    from sync.onoffice.appointments import Alike
    from sync.onoffice.transport import AdaptiveBatchSize
    from sync.onoffice.wire import Asking, Call, Reply


#: Windows are never evenly full: with so many in each, few hold more than a read shows.
_EXPECTED_IN_A_WINDOW: Final = MOST_LISTED * 4 // 5
#: So many appointments are asked for their links at once (onoffice-api 5.6).
_MOST_RELATED: Final = 500


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which appointments with unknown date are looked for."""

    first: date
    last: date


class AppointmentReader:
    """Looks at appointments. What it learns about the account holds for all looks of a run.

    Many are read by period where that takes fewer requests; what is not found there, by its id.

    Args:
        read: sends calls that change nothing.
        identifiers: a new one for each call.
        portions: how many calls go into one request.
        passes: how often calls that got no clear answer are asked, in all.
        period: where to look for appointments whose day is not known.
        learner: what is known of the office's API.
        check: is called before a request leaves, and raises StopRun where the run shall end.
    """

    def __init__(  # noqa: PLR0917 - what a look needs
        self,
        read: Callable[[Sequence[Call]], Reply],
        identifiers: Iterator[str],
        portions: AdaptiveBatchSize,
        passes: int,
        period: Period,
        learner: Learner | None = None,
        *,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._read = read
        self._check = check
        self._identifiers = identifiers
        self._portions = portions
        self._passes = passes
        self._period = Window(period.first, period.last)
        self._learner = learner or Learner()
        self._ways = Ways(self._learner)
        self._lists = True
        self._crowds = DensityEstimate()
        self._lost_in_a_row = 0
        self._sample: int | None = None
        self._held: dict[int, Appointment] = {}
        self._relates = True
        self._to_relate: list[int] = []
        self._related: dict[int, frozenset[int]] = {}

    def at(self, appointment_ids: Sequence[int], days: Mapping[int, date]) -> Iterator[Mapping[int, Appointment]]:
        """Yield what was found out about each appointment, of some at a time, in no particular order.

        What stays unclear is left out.

        `days` says on which day appointments start, as far as somebody knows. After many lost answers in a row all that is
        still open stays unclear.

        Raises:
            StopRun: credentials or clock are wrong, the API is out of reach, or no call at all got a clear answer.
        """
        left = set(appointment_ids)
        for some in self._in_windows(self._worthwhile(appointment_ids, days), left):
            left.difference_update(some)
            yield some
        if left:
            yield from self._one_by_one(sorted(left), days, all_of_them=len(left) == len(appointment_ids))

    def ask_along(self, appointment_ids: Iterable[int]) -> None:
        """Have the links of appointments asked for beside other reads, where there is room in a request."""
        self._to_relate = [number for number in appointment_ids if number not in self._related]

    def forget_linked(self, appointment_ids: Iterable[int]) -> None:
        """What was known of the links of appointments is out of date."""
        for number in appointment_ids:
            self._related.pop(number, None)

    def linked(self, appointment_ids: Sequence[int], *, ask: bool = True) -> Mapping[int, frozenset[int]]:
        """The addresses that are linked to appointments, shown or not; without the appointments of which nobody knows them."""
        self.ask_along(appointment_ids if ask else ())
        for _ in range(self._passes):
            if not self._to_relate or not self._relates or self._gave_up:
                break
            with suppress(TooLarge, TooSlow):  # then nobody knows them
                for some in chunks(self._to_relate, _MOST_RELATED):
                    self._asked([self._relations(some)], riders=[some])
        self._to_relate = []
        return {number: self._related[number] for number in appointment_ids if number in self._related}

    def _worthwhile(self, appointment_ids: Sequence[int], days: Mapping[int, date]) -> list[Window]:
        """The windows that hold the appointments, where reading these tells more or takes fewer requests than each by its id."""
        found = self._windows(appointment_ids, days) if self._lists else []
        fewer = self._requests(len(found)) < self._requests(len(appointment_ids))
        if self._listing_tells_more:
            return _with_margin(found)
        return found if fewer else []

    def _windows(self, appointment_ids: Sequence[int], days: Mapping[int, date]) -> list[Window]:
        known = {days[number] for number in appointment_ids if number in days}
        some_unknown = any(number not in days for number in appointment_ids)
        wanted = known.union(self._period.days) if some_unknown else known
        crowd = sum(map(self._crowds.within, windows(wanted, self._windows_for(len(appointment_ids)))))
        found = windows(wanted, self._windows_for(max(crowd, len(appointment_ids))))
        return split(found, wanted, self._crowds, MOST_LISTED)

    def _windows_for(self, appointments: int) -> int:
        """How many windows to read so many appointments in: as many as fit into the requests that it takes."""
        places = self._requests(-(-appointments // _EXPECTED_IN_A_WINDOW)) * self._portions.calls
        riders = -(-len(self._to_relate) // _MOST_RELATED) if self._relates else 0
        return max(1, places - riders)

    def _requests(self, calls: int) -> int:
        """How many requests so many calls take."""
        return -(-calls // self._portions.calls)

    def _in_windows(
        self, found: Sequence[Window], left: set[int], *, to_the_end: bool = False
    ) -> Iterator[Mapping[int, Appointment]]:
        """What of those that are left starts in these windows.

        One that holds more than a read shows is read again in halves, unless what is still left then takes no more by its id.
        """
        while found:
            again: list[Window] = []
            full: list[Window] = []
            waiting = RequestQueue(found, self._portions, _weight)
            while waiting:
                with waiting.request() as some:
                    asking = self._ways.asking
                    reply = self._asked([self._list(window, asking, left) for window in some])
                    _check_stop(reply)
                    for window, result in zip(some, reply.results, strict=True):
                        if result.answer is Answer.REFUSED:
                            again += self._otherwise(window, result, asking)
                            continue
                        yield from self._shown(window, result, left)
                        full += window.halves() if is_cut_off(result) else ()
                if self._gave_up:
                    return
            worth = to_the_end or self._requests(len(full)) < self._requests(len(left))
            found = [*again, *(full if worth else [])] if self._lists else []

    def _otherwise(self, window: Window, result: Result, asking: Asking) -> list[Window]:
        """A window to be read again with other fields; nothing where periods cannot be read at all."""
        moved_on = self._ways.asking != asking
        if _is_malformed(result) and (moved_on or self._ways.other_fields()):
            return [window]
        self._lists = False
        return []

    def _list(self, window: Window, asking: Asking, left: set[int]) -> Call:
        asked = window.with_margin
        call = period_call(next(self._identifiers), asked.first, asked.last, asking)
        return replace(call, take=partial(all_shown, wanted=left, dialect=self._learner.dialect))

    def _shown(self, window: Window, result: Result, left: set[int]) -> Iterator[Mapping[int, Appointment]]:
        """What the read of a window shows of those that are left."""
        if result.answer is not Answer.ACCEPTED:
            return
        shown = result.records
        self._ways.fields_work()
        self._crowds.counted(window.with_margin, len(shown))
        if not isinstance(shown, Shown):
            return  # there are none
        self._sample = next((number for number in shown if number is not None), self._sample)
        some = left.intersection(shown.alike)
        if some:
            yield shown.alike if len(some) == len(shown.alike) else {number: shown.alike[number] for number in some}
        for number, appointment in shown.others:
            if number in left:
                self._ways.told(appointment)
                yield {number: appointment}

    def _one_by_one(
        self, appointment_ids: Sequence[int], days: Mapping[int, date], *, all_of_them: bool
    ) -> Iterator[Mapping[int, Appointment]]:
        open_ids: Sequence[int] = appointment_ids
        passes, listed = 0, self._listing_tells_more
        self._prove_a_way()
        while open_ids and passes < self._passes:
            if self._listing_tells_more and self._lists and not (listed and self._ways.is_proven):
                left, listed = set(open_ids), True
                wide = _with_margin(self._windows(open_ids, days))
                for some in self._in_windows(wide, left, to_the_end=True):
                    left.difference_update(some)
                    yield some
                open_ids = sorted(left)
                self._prove_a_way()
            asking, clear = self._ways.asking, set[int]()
            for number, appointment in self._once(open_ids):
                clear.add(number)
                yield {number: appointment}
            open_ids = [number for number in open_ids if number not in clear]
            if self._gave_up:
                break
            passes += asking == self._ways.asking  # having asked in a wrong way is no try of its own
        if open_ids and all_of_them and len(open_ids) == len(appointment_ids):
            raise unclear_look(len(open_ids))

    def _prove_a_way(self) -> None:
        """Find a way to ask for one appointment, with one that a period has shown: what it does not show is not there."""
        with suppress(TooLarge, TooSlow):  # then none is proven
            while self._sample is not None and not self._ways.is_proven and not self._gave_up:
                asking = self._ways.asking
                (result,) = self._asked([appointment_call(next(self._identifiers), self._sample, asking)]).results
                if read_appointment(result, self._sample).exists:
                    self._ways.showed_one()
                elif result.answer in {Answer.AGAIN, Answer.LOST} or not self._ways.other_single(
                    result.error_code if _is_malformed(result) else None
                ):
                    return

    @property
    def _listing_tells_more(self) -> bool:
        """Whether a period tells more of an appointment than asking for it does: the calendar tells no feedback."""
        return self._ways.asking.single is SingleRead.CALENDAR

    @property
    def knows_what_is_missing(self) -> bool:
        """Whether an appointment that is not shown is not there: this run was shown another one in the same way."""
        return self._ways.is_proven_now and self._ways.asking.single is not SingleRead.CALENDAR

    @property
    def _has_shown_none(self) -> bool:
        """Whether a way that an earlier run has proved is all that speaks for it that an appointment is not there."""
        return self._ways.is_proven and not self._ways.is_proven_now and self._sample is None

    @property
    def _gave_up(self) -> bool:
        return self._lost_in_a_row >= LOST_FOR_GOOD

    def _once(self, appointment_ids: Sequence[int]) -> Iterator[tuple[int, Appointment]]:
        """Ask for each appointment once; yields those that got a clear answer.

        As long as this way of asking has shown no appointment, what it does not show may be there all the same. One that only an
        earlier run has proved may have stopped working: then it shows none of all.
        """
        missing: dict[int, Appointment] = {}
        waiting = RequestQueue(appointment_ids, self._portions, _weight)
        while waiting:
            with waiting.request() as some:
                asking = self._ways.asking
                reply = self._asked([appointment_call(next(self._identifiers), number, asking) for number in some])
                _check_stop(reply)
                found = self._understood(some, reply)
                wrong = next(filter(None, map(_refusal, reply.results)), None)
                if any(appointment.exists for appointment in found.values()):
                    self._works(found.values())
                elif asking != self._ways.asking or self._tries_otherwise(wrong, missing=bool(found)):
                    self._hold(found | missing)
                    return
                elif wrong is None and self._has_shown_none:
                    missing |= found
                    found = {}
                yield from self._clear(some, found, wrong)
            if self._gave_up:
                return
        if missing and self._has_shown_none and self._ways.other_single():
            self._hold(missing)
        else:
            yield from missing.items()

    def _understood(self, some: Sequence[int], reply: Reply) -> dict[int, Appointment]:
        """What the results about appointments say that got a clear one."""
        return {
            number: read_appointment(result, number, self._learner.dialect)
            for number, result in zip(some, reply.results, strict=True)
            if result.answer not in {Answer.AGAIN, Answer.LOST} and _refusal(result) is None
        }

    def _works(self, found: Iterable[Appointment]) -> None:
        """The present way of asking has shown an appointment."""
        for appointment in found:
            self._ways.told(appointment)
        self._ways.fields_work()
        self._ways.showed_one()

    def _hold(self, found: Mapping[int, Appointment]) -> None:
        """Keep what a way of asking has said of which nobody knows whether it works; that one may not be seen is the firmest."""
        for number, appointment in found.items():
            if not appointment.readable or number not in self._held:
                self._held[number] = appointment

    def _clear(
        self, some: Sequence[int], found: Mapping[int, Appointment], wrong: int | None
    ) -> Iterator[tuple[int, Appointment]]:
        """What is clear about the appointments of a request; `wrong` is why the API does not take the call, where it does not."""
        yield from ((number, self._firmest(number, appointment)) for number, appointment in found.items())
        if wrong is not None and not self._ways.is_proven_now:
            yield from ((number, self._firmest(number, UNREADABLE)) for number in some if number not in found)

    def _firmest(self, number: int, appointment: Appointment) -> Appointment:
        """What is known of an appointment after all ways of asking: that one of them has found nothing, where all others fail.

        Where one of them may not see it, nobody knows whether it is there.
        """
        held = self._held.get(number)
        if held is None or appointment.exists or self._ways.is_proven_now:
            return appointment
        return appointment if held.readable and appointment.readable else held

    def _tries_otherwise(self, wrong: int | None, *, missing: bool) -> bool:
        """Whether there is another way to ask, after one that has shown nothing at all."""
        if wrong is not None:
            return self._ways.other_single(wrong)
        return missing and not self._ways.is_proven and self._ways.other_single()

    def _relations(self, some: Sequence[int]) -> Call:
        return relations_call(next(self._identifiers), some)

    def _asked(self, calls: Sequence[Call], riders: Sequence[Sequence[int]] = ()) -> Reply:
        """The reply to calls; what was asked along with them is taken out of it."""
        if not riders:
            riders, along = self.riders(len(calls))
            calls = [*calls, *along]
        self._check()
        reply = self._read(calls)
        if reply.odd:
            self._portions.one_at_a_time()
        if all(result.answer is Answer.LOST for result in reply.results):
            self._portions.failed(len(calls))
            self._lost_in_a_row += 1
        else:
            self._portions.went_well()
            self._lost_in_a_row = 0
        first = len(calls) - len(riders)
        self.note_related(riders, reply.results[first:])
        return replace(reply, results=reply.results[:first]) if first else reply

    def riders(self, calls: int) -> tuple[Sequence[Sequence[int]], Sequence[Call]]:
        """What is to be asked for along with so many calls, as far as their request has room: appointments, and the calls."""
        room = max(0, self._portions.calls - calls) if self._relates else 0
        some = [*chunks(self._to_relate, _MOST_RELATED)][:room]
        return some, [*map(self._relations, some)]

    def note_related(self, riders: Sequence[Sequence[int]], results: Sequence[Result]) -> None:
        """Remember what was asked for along with other calls."""
        for some, result in zip(riders, results, strict=True):
            if result.answer is Answer.REFUSED:
                self._relates = False
            elif (found := related(result)) is not None:
                self._related |= {number: found.get(number, frozenset()) for number in some}
                self._to_relate = [number for number in self._to_relate if number not in self._related]


def _with_margin(found: Iterable[Window]) -> list[Window]:
    """Windows with a day on either side: a period may leave its last day out, or count its days in UTC (onoffice-api 6.1)."""
    return [replace(each, margin=1) for each in found]


def _weight(_: object) -> int:
    """A read names one appointment, or two days."""
    return CALL_BYTES


def unclear_look(count: int) -> StopRun:
    """The end of a run in which so many appointments never got a clear answer."""
    return StopRun(Stop.BAD_ANSWERS, f"{count} x {APPOINTMENT_LIST}")


def _check_stop(reply: Reply) -> None:
    if reply.stopped:
        raise StopRun(reply.stopped.stop, reply.stopped.detail)


def _refusal(result: Result) -> int | None:
    """Why the API does not take a call as it was asked; None where it does. A right that is missing is something else."""
    refused = result.answer is Answer.REFUSED and (_is_malformed(result) or result.error_code in CALL_UNKNOWN)
    return result.error_code if refused else None


def _is_malformed(result: Result) -> bool:
    code = result.error_code or 0
    return consequence(code) is Consequence.STOP_MALFORMED and code not in CALL_UNKNOWN


# What looks have shown of the links of a run, in little room: there may be millions of them, and few kinds of live state.


class LiveStates(Mapping[Link, Live]):
    """The live states of the links of `changes`, by link and by the place of their change.

    `kinds` are the live states that were seen, each once.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._codes = array("i", [-1]) * len(changes)
        self._known: dict[tuple[object, ...], int] = {}
        self._keys = np.full(len(changes), -1)
        with suppress(ValueError):  # then none is found by it, and all are noted one by one
            self._keys = link_keys(changes.appointment, changes.address)
        self.kinds: list[Live] = []

    @property
    def codes(self) -> Codes:
        """For each change the position in `kinds` of what was seen of its link, -1 where no look came to it."""
        return np.array(self._codes, dtype=np.int32)

    def put(self, at: int, live: Live) -> None:
        """Remember what a look showed of the link of the change at this place."""
        self._codes[at] = self._code(live)

    def _code(self, live: Live) -> int:
        code = self._known.setdefault(live, len(self.kinds))
        if code == len(self.kinds):
            self.kinds.append(live)
        return code

    def put_alike(self, shown: Alike, counts: Ints, *, apart: bytes) -> Collection[int]:
        """Remember what a first look showed of the links of appointments; returns the appointments that are left to others.

        `counts` says how many links of each appointment changes are about. It is left to others where it has not all of them,
        where one was looked at before, and where the change of one is marked in `apart`.
        """
        codes, owner = np.frombuffer(self._codes, dtype=np.int32), shown.owner
        at = np.searchsorted(self._keys, shown.link)
        at[at == len(self._keys)] = 0
        wanted = (self._keys[at] == shown.link) & (codes[at] < 0) & ~np.frombuffer(apart, dtype=bool)[at]
        whole = np.bincount(owner[wanted], minlength=len(shown)) == counts
        wanted &= whole[owner]
        pairs = shown.kind[owner[wanted]] * len(shown.states) + shown.said[wanted]
        code = np.full(len(shown.kinds) * len(shown.states), -1, dtype=np.int32)
        for pair in np.flatnonzero(np.bincount(pairs)).tolist():
            kind, said = divmod(pair, len(shown.states))
            code[pair] = self._code(shown.live(kind, said))
        codes[at[wanted]] = code[pairs]
        return [number for number, done in zip(shown, whole.tolist(), strict=True) if not done] if not whole.all() else ()

    def at(self, place: int) -> Live | None:
        """What was seen of the link of the change at this place."""
        code = self._codes[place]
        return self.kinds[code] if code >= 0 else None

    def count(self, found: Found) -> int:
        """How many links were last found so."""
        return int(np.isin(self.codes, [code for code, live in enumerate(self.kinds) if live.found is found]).sum())

    def places(self, links: Iterable[Link]) -> Iterator[int]:
        """The places of the changes of these links; links that no change is about are passed over."""
        return (at for at in map(self._changes.place, links) if at is not None)

    def as_wanted(self) -> Bools:
        """Which changes ask for what a look has shown."""
        seen, wanted = self.codes, self._changes
        states = [*(live.state for live in self.kinds), State()]
        confirmation = np.array([position(state.confirmation, CONFIRMATIONS) for state in states], dtype=np.int32)[seen]
        feedback = np.array([position(state.feedback, FEEDBACKS) for state in states], dtype=np.int32)[seen]
        found: Bools = np.array([*(live.found is Found.LINKED for live in self.kinds), False], dtype=bool)[seen]
        found &= wanted.aim != Operation.UNLINK
        found &= (wanted.confirmation < 0) | (wanted.confirmation == confirmation)
        found &= (wanted.feedback < 0) | (wanted.feedback == feedback)
        return found | (wanted.asks_nothing & (seen >= 0))

    def __getitem__(self, link: Link) -> Live:
        place = self._changes.place(link)
        live = None if place is None else self.at(place)
        if live is None:
            raise KeyError(link)
        return live

    def __iter__(self) -> Iterator[Link]:
        return map(self._changes.link, np.flatnonzero(self.codes >= 0).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self.codes >= 0))
