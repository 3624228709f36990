"""Offices made up by dice: a CRM, sheets with everything that staff do right and wrong, and how it all has to end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter import Workbook

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    Pair = tuple[int, int]
    Words = tuple[str, str | None]
    State = dict[Pair, Words]

HEADER: Final = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Aktion", "Beginn")
CONFIRMATIONS: Final = ("bestätigt", "gesendet", "gecancelt", "nicht gesetzt")
FEEDBACKS: Final = ("aktiv", "inaktiv")
APPOINTMENTS: Final = tuple(range(70_001, 70_013))
ADDRESSES: Final = tuple(range(90_001, 90_011))
NOBODY, NOTHING = 99_999, 79_999
START: Final = ("2026-12-02T09:00:00+01:00", "02.12.2026 09:00")
ANOTHER_START: Final = "03.12.2026 15:30"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet, as its cells stand there. `wrong`: it has to be invalid. `now`: what a work list says of its link.

    `unnumbered`: it names day, place and person instead of numbers, and its file is refused while onOffice cannot be asked.
    """

    appointment: str
    address: str
    confirmation: str = ""
    feedback: str = ""
    action: str = ""
    begin: str = ""
    wrong: bool = False
    now: tuple[str, str] | None = None
    unnumbered: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        return self.appointment, self.address, self.confirmation, self.feedback, self.action, self.begin

    @property
    def pair(self) -> Pair:
        return int(self.appointment), int(self.address)

    @property
    def unlinks(self) -> bool:
        return self.action == "lösen"

    @property
    def links(self) -> bool:
        return self.action == "verknüpfen"

    @property
    def misses_its_appointment(self) -> bool:
        """Whether it names a start that the appointment does not have."""
        return self.begin not in {"", START[1]}

    def wants(self, words: Words | None) -> bool:
        """Whether the words of its link (None: not linked) are what the row asks for."""
        if self.unlinks:
            return words is None
        return words is not None and self.confirmation in {"", words[0]} and self.feedback in {"", words[1]}


def to_csv(path: Path, rows: Sequence[Row]) -> None:
    lines = (";".join(cells) for cells in (HEADER, *(row.cells for row in rows)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\r\n".join(lines) + "\r\n", encoding="cp1252", newline="")


def to_list(path: Path, rows: Sequence[Row]) -> None:
    """Rows of a work list that somebody has filled in."""
    header = ("Termin-ID", "Adress-ID", "Bestätigung neu", "Rückmeldung neu", "Beginn", "Bestätigung jetzt", "Rückmeldung jetzt")
    cells = ((row.appointment, row.address, row.confirmation, row.feedback, row.begin, *(row.now or ())) for row in rows)
    path.write_text("\r\n".join(map(";".join, (header, *cells))) + "\r\n", encoding="cp1252", newline="")


def to_office_sheet(path: Path, wishes: Iterable[tuple[Pair, str]]) -> None:
    """A sheet as offices keep it: day, time, place and person of a link in the place of numbers, and the word it shall get."""
    day, time = START[1].split(" ")
    rows = [(day, time, place_of(pair[0]), person_of(pair[1]), word) for pair, word in wishes]
    lines = map(";".join, (("Datum", "Uhrzeit", "Objekt", "Interessent", "Status"), *rows))
    path.write_text("\r\n".join(lines) + "\r\n", encoding="cp1252", newline="")


def person_of(address: int) -> str:
    return f"Person{address}"


def place_of(appointment: int) -> str:
    return f"Weg {appointment}"


def to_workbook(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with Workbook(path) as book:
        sheet = book.add_worksheet("Tabelle1")
        for number, cells in enumerate((HEADER, *(row.cells for row in rows))):
            sheet.write_row(number, 0, cells)


def seed(state: State) -> dict[str, Any]:
    """A state of the simulator with these links, all appointments and all addresses."""
    return {
        "appointments": [
            {
                "id": number,
                "start": START[0],
                "location": place_of(number),
                "contacts": [
                    {"id": address, "confirmation": words[0], "feedback": words[1]}
                    for (appointment, address), words in state.items()
                    if appointment == number
                ],
            }
            for number in APPOINTMENTS
        ],
        "addresses": [{"id": address, "Name": person_of(address)} for address in ADDRESSES],
    }


def state_of(seeded: Any) -> State:  # noqa: ANN401 - JSON
    """The words of every link in a state of the simulator."""
    return {
        (appointment["id"], contact["id"]): (contact["confirmation"], contact["feedback"])
        for appointment in seeded["appointments"]
        for contact in appointment["contacts"]
    }


@dataclass
class World:
    """One office by dice: a CRM and sheets, most rows of which have a link of their own."""

    dice: random.Random
    state: State = field(init=False)
    files: dict[str, list[Row]] = field(init=False)
    without_feedback: set[int] = field(init=False)

    def __post_init__(self) -> None:
        dice = self.dice
        self.without_feedback = {a for a in APPOINTMENTS if dice.random() < 0.15}
        self.state = {
            (a, b): (dice.choice(CONFIRMATIONS), None if a in self.without_feedback else dice.choice(FEEDBACKS))
            for a in APPOINTMENTS
            for b in ADDRESSES
            if dice.random() < 0.4
        }
        self.without_feedback &= {a for a, _ in self.state}  # the simulator sees it by the links
        self._fresh = dice.sample(sorted(self.state), len(self.state))
        self._absent = [(a, b) for a in APPOINTMENTS for b in ADDRESSES if (a, b) not in self.state]
        dice.shuffle(self._absent)
        rows: list[Row] = []
        for _ in range(dice.randint(12, 30)):
            rows.append(self._row(rows))
        cuts = sorted(dice.sample(range(1, len(rows)), 2))
        parts = [rows[: cuts[0]], rows[cuts[0] : cuts[1]], rows[cuts[1] :]]
        names = ("eins.csv", dice.choice(("zwei.csv", "zwei.csv", "zwei.xlsx")), "unten/drei.csv")
        self.files = dict(zip(names, parts, strict=True))

    def _row(self, earlier: Sequence[Row]) -> Row:
        """A row of a kind by dice; about half of them set the words of a link that no other row names."""
        good = [row for row in earlier if not row.wrong]
        kinds = {
            self._again: 8 if good else 0,
            self._against: 6 if good else 0,
            self._wrong: 10,
            self._not_linked: 12,
            self._to_link: 10,
            self._to_unlink: 6,
            self._to_set: 48,
        }
        (kind,) = self.dice.choices([*kinds], weights=[*kinds.values()])
        return kind(good)

    def _again(self, good: Sequence[Row]) -> Row:
        return self.dice.choice(good)

    def _against(self, good: Sequence[Row]) -> Row:
        a, b = self.dice.choice(good).pair
        return Row(str(a), str(b), self.dice.choice(CONFIRMATIONS))

    def _not_linked(self, _: Sequence[Row]) -> Row:
        pair = self.dice.choice((self._absent.pop(), self._absent.pop(), (NOTHING, ADDRESSES[0])))
        return Row(*map(str, pair), self.dice.choice(CONFIRMATIONS))

    def _to_link(self, _: Sequence[Row]) -> Row:
        pair = self.dice.choice((self._absent.pop(), self._absent.pop(), (APPOINTMENTS[0], NOBODY)))
        return Row(*map(str, pair), self.dice.choice(("", *CONFIRMATIONS)), action="verknüpfen")

    def _to_unlink(self, _: Sequence[Row]) -> Row:
        pair = self._fresh.pop()
        return Row(*map(str, pair), action="lösen") if pair[0] not in self.without_feedback else self._set(pair, "")

    def _to_set(self, _: Sequence[Row]) -> Row:
        return self._set(self._fresh.pop(), self.dice.choice(("", "", "", START[1], ANOTHER_START)))

    def _set(self, pair: Pair, begin: str) -> Row:
        confirmation = self.dice.choice(("", *CONFIRMATIONS))
        feedback = self.dice.choice(("", *FEEDBACKS)) if confirmation else self.dice.choice(FEEDBACKS)
        return Row(*map(str, pair), confirmation, feedback, begin=begin)

    def _wrong(self, _: Sequence[Row]) -> Row:
        a, b = map(str, self.dice.choice(sorted(self.state)))
        return self.dice.choice(
            (
                Row("x", b, "bestätigt", wrong=True),
                Row(a, "3,5", "bestätigt", wrong=True),
                Row(a, "", "bestätigt", wrong=True),
                Row(a, b, "vielleicht", wrong=True),
                Row(a, b, wrong=True),
                Row(a, b, "bestätigt", begin="bald", wrong=True),
            )
        )

    def drop(self, folder: Path, prefix: str = "") -> dict[str, list[Row]]:
        """Write the sheets, and one that nobody can read; returns what was dropped, by its name in reports."""
        dropped = {}
        for name, rows in self.files.items():
            path = (folder / name).with_name(prefix + name.rpartition("/")[2])
            (to_workbook if name.endswith(".xlsx") else to_csv)(path, rows)
            dropped[path.relative_to(folder).as_posix()] = rows
        unreadable = folder / f"{prefix}ohne.csv"
        unreadable.write_text(f"Name;Ort\r\n{prefix}Müller;München\r\n", encoding="cp1252", newline="")
        dropped[unreadable.name] = []
        return dropped

    def wanted(self) -> State:
        """How the CRM has to be in the end."""
        after = dict(self.state)
        everything = [row for rows in self.files.values() for row in rows]
        for pair, rows in by_link(everything).items():
            if contradict(rows) or any(row.misses_its_appointment for row in rows):
                continue
            apply(after, pair, rows, configured=pair[0] not in self.without_feedback)
        return after


def apply(state: State, pair: Pair, rows: Sequence[Row], *, configured: bool) -> None:
    """Bring one link to what its rows, which agree, ask for."""
    if any(row.unlinks for row in rows):
        state.pop(pair, None)
        return
    if pair not in state:
        if pair[0] not in APPOINTMENTS or pair[1] not in ADDRESSES or not any(row.links for row in rows):
            return
        state[pair] = ("nicht gesetzt", "inaktiv" if configured else None)
    confirmation, feedback = state[pair]
    for row in rows:
        confirmation = row.confirmation or confirmation
        feedback = feedback and (row.feedback or feedback)
    state[pair] = (confirmation, feedback)


def by_link(rows: Iterable[Row]) -> dict[Pair, list[Row]]:
    """The rows that are right, link by link, in their order."""
    links: dict[Pair, list[Row]] = {}
    for row in rows:
        if not row.wrong:
            links.setdefault(row.pair, []).append(row)
    return links


def contradict(rows: Sequence[Row]) -> bool:
    """Whether rows of one link say different things."""
    said = [
        {row.confirmation for row in rows} - {""},
        {row.feedback for row in rows} - {""},
        {row.unlinks for row in rows},
        {row.begin for row in rows} - {""},
    ]
    return any(len(words) > 1 for words in said)
