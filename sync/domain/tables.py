"""The tables that pass between stages: one numpy array per column, all of a table equally long.

Text columns hold Python strings (equal ones are mostly one object), None or "" where there is none, as each table says.
`with_left_over` adds links that no row asks for any more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import chain, repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np

from sync.domain.model import Change, Column, Confirmation, Feedback, Link, Operation, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt

    from sync.domain.model import Checked

    Ints = npt.NDArray[np.int64]
    Codes = npt.NDArray[np.int32]
    Bools = npt.NDArray[np.bool_]
    Texts = npt.NDArray[np.object_]


CONFIRMATIONS: Final = tuple(Confirmation)
FEEDBACKS: Final = tuple(Feedback)
AIMS: Final = tuple(Operation)
#: So much of the number of a link is its address.
_KEY_BITS: Final = 31
_ADDRESS: Final = (1 << _KEY_BITS) - 1
#: Lines turned into Python objects at a time, so that a long table never stands in memory twice.
_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class RowTable:
    """One line per row read, in the order of the files, sheets and rows.

    file            position of the file in `Checked.files`
    sheet           name of the sheet, None for CSV
    row             row number as the spreadsheet program shows it
    appointment_id  record number; 0 where the cell holds none
    address_id      record number; 0 where the cell holds none
    confirmation    word of `Confirmation`; None where the cell is blank or wrong
    feedback        word of `Feedback`; None where the cell is blank or wrong
    action          word of `Operation`
    outcome         word of `CheckOutcome`
    change          position in `Checked.changes`, -1 where there is none for its link
    guards          a column of texts for each guarding column; None where the cell is blank or wrong
    """

    file: Ints
    sheet: Texts
    row: Ints
    appointment_id: Ints
    address_id: Ints
    confirmation: Texts
    feedback: Texts
    action: Texts
    outcome: Texts
    change: Ints
    guards: Mapping[Column, Texts]

    @property
    def begin(self) -> Texts:
        """The start of the appointment as ISO text; None where the cell is blank or wrong."""
        return self.guards[Column.BEGIN]

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """One column of a sheet's table as it was read, with what `Cells` has; its texts are made when asked for.

    `pieces` give the texts of some rows each, in their order. To go through all of them takes no room for all.
    """

    header: str
    position: int
    pieces: Sequence[Callable[[], Sequence[str]]]

    @property
    def texts(self) -> Texts:
        """A text for each row, "" for a blank cell."""
        return np.array([*self, None], dtype=object)[:-1]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(piece() for piece in self.pieces)


@dataclass(frozen=True, slots=True, eq=False)
class VerdictTable:
    """What a run adds to the row table, line by line.

    verdict              word of `Verdict`
    before_confirmation  what the CRM had before the run; None where not known
    before_feedback      what the CRM had before the run; None where not known
    before_found         `Found`, what a look showed of the link before the run; None where no look came to it
    verified             whether a read-back proved the verdict
    attempts             how often the link was sent
    error_code           the API's last error code for the link, 0 where there is none
    start                when the appointment starts, as a `datetime` in the office's own time without zone; None where not known
    """

    verdict: Texts
    before_confirmation: Texts
    before_feedback: Texts
    before_found: Texts
    verified: Bools
    attempts: Ints
    error_code: Ints
    start: Texts


@dataclass(frozen=True, slots=True, eq=False)
class ProblemTable:
    """Findings beside rows, several per row possible, sorted by `at`.

    at      line of the row table
    code    word of `Code`
    column  header as it stands in the file; None where the finding is about the whole row
    value   cell as it stands in the file, or None
    hint    what the text of the code needs besides, or None
    """

    at: Ints
    code: Texts
    column: Texts
    value: Texts
    hint: Texts

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def of(cls, lines: Sequence[tuple[int, str, str | None, str | None, str | None]]) -> ProblemTable:
        """The findings that these lines hold, one column after the other."""
        at, *texts = zip(*lines, strict=True) if lines else ((), (), (), (), ())
        return cls(np.array(at, dtype=np.int64), *(np.array(each, dtype=object) for each in texts))

    @classmethod
    def joined(cls, tables: Iterable[ProblemTable]) -> ProblemTable:
        """Several tables as one, sorted."""
        parts = list(tables)
        columns = {
            each.name: np.concatenate([np.empty(0, np.int64 if each.name == "at" else object)]
                                      + [getattr(part, each.name) for part in parts])
            for each in fields(cls)
        }  # fmt: skip
        return cls(**columns).some(np.argsort(columns["at"], kind="stable"))

    def some(self, lines: Ints | Bools | slice) -> ProblemTable:
        """Some lines of the table."""
        return ProblemTable(self.at[lines], self.code[lines], self.column[lines], self.value[lines], self.hint[lines])


@dataclass(frozen=True, slots=True, eq=False)
class Changes(Sequence[Change]):
    """One change per link that may be sent, ordered by appointment and address; made when asked for.

    appointment   record number
    address       record number
    confirmation  position in `CONFIRMATIONS`, -1 for "leave it as it is"
    feedback      position in `FEEDBACKS`, -1 for "leave it as it is"
    aim           `Operation`
    expects       `Live` state that the link must have before anything is sent to it, None where any will do
    confirmation_now, feedback_now  what the link had when a work list was handed out, as positions; -1 where none says so
    guards        a column of texts for each guarding column; None where no row fills it in
    """

    appointment: Ints
    address: Ints
    confirmation: Codes
    feedback: Codes
    aim: Texts
    expects: Texts
    confirmation_now: Codes
    feedback_now: Codes
    guards: Mapping[Column, Texts]

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Changes:
        """Changes of different links as a table."""
        some = sorted(changes, key=attrgetter("link"))
        return cls(
            np.array([each.link.appointment_id for each in some], dtype=np.int64),
            np.array([each.link.address_id for each in some], dtype=np.int64),
            np.array([position(each.wanted.confirmation, CONFIRMATIONS) for each in some], dtype=np.int32),
            np.array([position(each.wanted.feedback, FEEDBACKS) for each in some], dtype=np.int32),
            np.fromiter([each.aim for each in some], dtype=object),
            np.fromiter([each.expects for each in some], dtype=object),
            np.array([position(each.handed_out.confirmation, CONFIRMATIONS) for each in some], dtype=np.int32),
            np.array([position(each.handed_out.feedback, FEEDBACKS) for each in some], dtype=np.int32),
            {
                column: np.fromiter([dict(each.guards).get(column) for each in some], dtype=object)
                for column in sorted({column for each in some for column, _ in each.guards})
            },
        )

    def link(self, at: int) -> Link:
        """The link of one change."""
        return Link(int(self.appointment[at]), int(self.address[at]))

    def place(self, link: Link) -> int | None:
        """Where the change of a link is; None where there is none. Found by halving: a dictionary of them would take its room."""
        appointments, addresses = self.appointment.data, self.address.data  # quicker one by one than arrays
        first = bisect_left(appointments, link.appointment_id)
        at = bisect_left(addresses, link.address_id, first, bisect_right(appointments, link.appointment_id, first))
        return at if at < len(self) and (appointments[at], addresses[at]) == link else None

    def some(self, places: Ints | Bools | slice) -> Changes:
        """Some lines of the table, which must stay in their order."""
        guards = {guard: texts[places] for guard, texts in self.guards.items()}
        return replace(self, guards=guards, **{name: column[places] for name, column in self._columns().items()})

    def joined(self, others: Changes) -> tuple[Changes, Ints]:
        """These changes and those of other links as one table, and where in it each of these stands."""
        columns = {name: np.concatenate([column, getattr(others, name)]) for name, column in self._columns().items()}
        guards = {
            guard: np.concatenate([some.guards.get(guard, np.full(len(some), None, dtype=object)) for some in (self, others)])
            for guard in dict.fromkeys((*self.guards, *others.guards))
        }
        order = np.lexsort((columns["address"], columns["appointment"]))
        return replace(self, guards=guards, **columns).some(order), np.argsort(order)[: len(self)]

    @property
    def begin(self) -> Texts:
        """When appointments start, as rows name it as ISO text; None where none does."""
        begin = self.guards.get(Column.BEGIN)
        return np.full(len(self), None, dtype=object) if begin is None else begin

    @property
    def guarded(self) -> Bools:
        """Which changes say how their link has to be before anything is written to it."""
        guarded: Bools = self.expects.astype(bool)
        for texts in self.guards.values():
            guarded = guarded | texts.astype(bool)
        return guarded | (self.confirmation_now >= 0) | (self.feedback_now >= 0)

    @property
    def asks_nothing(self) -> Bools:
        """Which changes only want to be looked at (see `sync.domain.tables`)."""
        nothing: Bools = (self.confirmation < 0) & (self.feedback < 0) & (self.aim == Operation.SET)
        return nothing

    def __len__(self) -> int:
        return len(self.appointment)

    @overload
    def __getitem__(self, at: int) -> Change: ...
    @overload
    def __getitem__(self, at: slice) -> Changes: ...
    def __getitem__(self, at: int | slice) -> Change | Changes:
        if isinstance(at, slice):
            return self.some(at)
        wanted = _STATES[int(self.confirmation[at]), int(self.feedback[at])]
        handed_out = _STATES[int(self.confirmation_now[at]), int(self.feedback_now[at])]
        guards = tuple((guard, texts[at]) for guard, texts in self.guards.items() if texts[at] is not None)
        return Change(self.link(at), wanted, self.aim[at], guards, self.expects[at], handed_out)

    def __iter__(self) -> Iterator[Change]:
        for start in range(0, len(self), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            columns = (column[some].tolist() for column in self._columns().values())
            guards = self._guards(some)
            for appointment, address, confirmation, feedback, aim, expects, *now in zip(*columns, strict=True):
                handed_out = _STATES[now[0], now[1]]
                yield Change(Link(appointment, address), _STATES[confirmation, feedback], aim, next(guards), expects, handed_out)

    def _columns(self) -> dict[str, npt.NDArray[Any]]:
        """All columns but the guarding ones."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "guards"}

    def _guards(self, some: slice) -> Iterator[tuple[tuple[Column, str], ...]]:
        """The guards of some changes; most say the same few things."""
        if not self.guards:
            return repeat(())
        columns = tuple(self.guards)
        known = cache(lambda texts: tuple(pair for pair in zip(columns, texts, strict=True) if pair[1] is not None))
        return map(known, zip(*(texts[some].tolist() for texts in self.guards.values()), strict=True))


class Numbers(dict[Any, int]):
    """A number for each key that it is asked for, from 0 on in the order of the first time."""

    def __missing__(self, key: object) -> int:
        self[key] = number = len(self)
        return number


def numbers_in(texts: Sequence[str]) -> Ints | None:
    """The numbers, where each text is nothing but the digits 0 to 9: nearly always, and in a third of the time of one by one.

    One that is too large for 63 bits comes as the largest that is not.
    """
    together = "".join(texts)
    if not (together.isascii() and together.isdigit()) or "" in texts:
        return None
    return np.fromstring(",".join(texts), dtype=np.int64, sep=",")


def link_keys(appointments: Ints, addresses: Ints) -> Ints:
    """A number for each link; links ascend as their numbers do.

    Raises:
        ValueError: there is a record number of more than 31 bits, which no such number has room for.
    """
    if (appointments >> _KEY_BITS).any() or (addresses >> _KEY_BITS).any():
        raise ValueError
    return (appointments << _KEY_BITS) | addresses


def address_of(key: int) -> int:
    """The address of the link that has this number."""
    return key & _ADDRESS


def repeated(text: str, count: int) -> Texts:
    """The same text on so many lines, as one object: `numpy.full` makes one for each."""
    return np.repeat(np.array([text], dtype=object), count)


def position(word: str | None, words: tuple[str, ...]) -> int:
    """Where a word stands among the words of its status, -1 for none."""
    return -1 if word is None else words.index(word)


_STATES: Final = {
    (confirmation, feedback): State(
        CONFIRMATIONS[confirmation] if confirmation >= 0 else None, FEEDBACKS[feedback] if feedback >= 0 else None
    )
    for confirmation in range(-1, len(CONFIRMATIONS))
    for feedback in range(-1, len(FEEDBACKS))
}


# Links that a killed run sent and that no row asks for any more: they are looked at and told of, and nothing is sent.


def with_left_over(checked: Checked, sent: Iterable[Link]) -> Checked:
    """The checked rows with a change that asks for nothing for each link of `sent` that no row asks for.

    Rows about such a link, which are set aside themselves (another file contradicts them now), belong to this change.
    """
    left = [link for link in sent if checked.changes.place(link) is None]
    if not left:
        return checked
    changes, places = checked.changes.joined(Changes.of(Change(link, State()) for link in left))
    change = np.append(places, -1)[checked.rows.change]
    where = {link: changes.place(link) for link in left}
    aside = np.flatnonzero(change < 0)
    links = zip(checked.rows.appointment_id[aside].tolist(), checked.rows.address_id[aside].tolist(), strict=True)
    change[aside] = [where.get(Link(*link), -1) for link in links]
    return replace(checked, changes=changes, rows=replace(checked.rows, change=change))
