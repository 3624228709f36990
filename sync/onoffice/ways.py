"""Ways of asking for appointments, tried in the order of likelihood; what worked comes first the next time (onoffice-api 6.1)."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, TypeVar

from sync.onoffice.dialect import NO, FollowUp, SingleRead, Trait
from sync.onoffice.error_codes import NO_SUCH_CALL, WAY_REFUSED
from sync.onoffice.wire import Asking

if TYPE_CHECKING:
    from sync.onoffice.appointments import Appointment
    from sync.onoffice.dialect import Learner

T = TypeVar("T")

#: Where `showFollowUpStatus` stands and whether more fields are asked for: without it no feedback status could be read at all.
_FIELDS: Final = (
    *product([FollowUp.BOTH], [True, False]),
    *product([FollowUp.ENTRY, FollowUp.PARAMETER], [True]),
    *product([FollowUp.ENTRY, FollowUp.PARAMETER], [False]),
    *product([FollowUp.NOWHERE], [True, False]),
)


class Ways:
    """The way of asking at the moment. `is_proven`: it has shown an appointment by its id, in this run or an earlier one."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        known = learner.dialect
        self._learnt = known.follow_up
        self._fields = _first(_FIELDS, (known.follow_up or FollowUp.BOTH, known.extra_fields))
        self._singles = _first(tuple(SingleRead), known.single_read or SingleRead.RESOURCE_ID)
        self._fields_work = False
        self.is_proven = known.single_read is not None
        self.is_proven_now = False

    @property
    def asking(self) -> Asking:
        """How to ask."""
        follow_up, more = self._fields[0]
        return Asking(self._singles[0], follow_up, more)

    def fields_work(self) -> None:
        """An answer came that found nothing wrong with the fields.

        Those that an earlier run has left out are tried again every second night: nothing else shows that they are known by now.
        """
        if self._fields_work or self.asking.single is SingleRead.CALENDAR:
            return
        self._fields_work = True
        (follow_up, more), known = self._fields[0], self._learner.dialect
        if follow_up is not (known.follow_up or FollowUp.BOTH):
            self._learner.learn(Trait.FOLLOW_UP, follow_up)
        if not more and known.extra_fields:
            self._learner.learn(Trait.EXTRA_FIELDS, NO)
        else:
            self._learner.unlearn(Trait.EXTRA_FIELDS)

    def told(self, appointment: Appointment) -> None:
        """An appointment was shown. One with contacts of whom no feedback is told belies what an earlier run has learnt."""
        if (
            not appointment.tells_feedback
            and self._fields[0][0] is self._learnt
            and self.asking.single is not SingleRead.CALENDAR
        ):
            self._learner.unlearn(Trait.FOLLOW_UP)

    def showed_one(self) -> None:
        """An appointment was shown by its id.

        The calendar, which tells no feedback, is not kept for good: the other ways are tried again every second night.
        """
        single, known = self.asking.single, self._learner.dialect.single_read
        if single is SingleRead.CALENDAR and known is single and not self.is_proven_now:
            self._learner.unlearn(Trait.SINGLE_READ)
        elif not self.is_proven_now:
            self._learner.learn(Trait.SINGLE_READ, single)
        self.is_proven = self.is_proven_now = True

    def other_fields(self) -> bool:
        """Ask for the fields otherwise; False where every way has been tried, or these work."""
        if self._fields_work or len(self._fields) == 1:
            return False
        self._fields = self._fields[1:]
        return True

    def other_single(self, code: int | None = None) -> bool:
        """Ask for an appointment in another way; False where none is left. `code` is why the present one failed."""
        if self.is_proven_now:
            return False
        if code is not None and code not in WAY_REFUSED and self.other_fields():
            return True
        left = self._singles[1:]
        if code in NO_SUCH_CALL:
            left = tuple(each for each in left if each is SingleRead.CALENDAR)
        if not left:
            return False
        if self.is_proven:  # by an earlier run: it has stopped working, and everything is tried anew
            self.is_proven = False
            self._learner.unlearn(Trait.SINGLE_READ)
            if code not in NO_SUCH_CALL:
                left = tuple(each for each in SingleRead if each is not self._singles[0])
        self._singles = left
        if not self._fields_work:
            self._fields = _FIELDS
        return True


def _first(all_of_them: tuple[T, ...], one: T) -> tuple[T, ...]:
    return (one, *(each for each in all_of_them if each != one))
