"""Declared columns: which header names mean what, how the header of a table is found, how plain values are read. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cache, cached_property
from itertools import zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

from sync.domain.model import Code, Column, Operation, Reason, Why
from sync.i18n import LazyText
from sync.rows.spellings import misread_back, near_name, skeletons, without_foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence


#: Header names per declared column, as people and exports write them; see `key` for what does not matter.
NAMES: Mapping[Column, tuple[str, ...]] = MappingProxyType(
    {
        Column.APPOINTMENT: (
            "Termin-ID", "Terminnummer", "Termin-Nr.", "Terminkennung", "ID Termin", "ID des Termins", "Nr. Termin",
            "Nummer des Termins", "Termin-Datensatz", "Termin-Datensatznummer", "Termin-Datensatz-ID", "Datensatznummer Termin",
            "Kalender-ID", "Kalendernummer", "Kalender-Nr.", "Kalendereintrag-ID", "Kalendereintrag-Nr.",
            "Kalendereintragsnummer", "Kalender-Datensatznummer", "Besichtigungs-ID",
            "Besichtigungstermin-ID", "Appointment ID", "Appointment number",
            "Appointment no.", "Appointment record", "Calendar ID", "Calendar entry ID", "Calendar number", "ID appointment",
            "parentid", "parent id",
        ),
        Column.ADDRESS: (
            "Adress-ID", "Adressnummer", "Adress-Nr.", "Adresskennung", "Adresse ID", "Adresse Nr.", "Adressen-ID",
            "Adressen-Nr.", "ID Adresse", "ID der Adresse", "Nr. Adresse", "Nummer der Adresse",
            "Adressdatensatz", "Adressdatensatz-ID",
            "Adress-Datensatznummer", "Adressdatensatz-Nr.", "Datensatznummer Adresse", "Datensatznummer der Adresse",
            "Kontakt-ID", "Kontaktnummer", "Kontakt-Nr.", "Kontakt-Datensatznummer", "ID Kontakt", "Contact ID", "Contact number",
            "Contact no.", "Address ID", "Address number", "Address no.", "Address record", "ID address", "ID contact",
            "childid", "child id",
        ),
        Column.CONFIRMATION: (
            "Terminbestätigung", "Bestätigung", "Bestätigungsstatus", "Terminbestätigungsstatus", "Status Terminbestätigung",
            "Status der Terminbestätigung", "Status Bestätigung", "Status der Bestätigung", "Terminbestätigung Status",
            "Bestätigung Status", "statusTerminbestaetigung", "Confirmation", "Confirmation status", "Status confirmation",
            "Appointment confirmation", "Appointment confirmation status", "Status appointment confirmation",
            "Bestätigung neu", "Neue Bestätigung", "Terminbestätigung neu", "Confirmation new", "New confirmation",
        ),
        Column.FEEDBACK: (
            "Terminrückmeldung", "Rückmeldung", "Rückmeldestatus", "Rückmeldungsstatus", "Terminrückmeldungsstatus",
            "Status Terminrückmeldung", "Status der Terminrückmeldung", "Status Rückmeldung", "Status der Rückmeldung",
            "Terminrückmeldung Status", "Rückmeldung Status", "statusTerminrueckmeldung", "Feedback", "Feedbackstatus",
            "Status Feedback", "Terminfeedback", "Terminfeedback Status", "Immofeedback", "Immofeedback Status",
            "Status Immofeedback", "Nachbereitung", "Nachbereitungsstatus", "Status Nachbereitung",
            "Terminnachbereitung", "Appointment feedback",
            "Appointment feedback status", "Follow-up", "Follow-up status", "Status follow-up", "Appointment follow-up",
            "Rückmeldung neu", "Neue Rückmeldung", "Terminrückmeldung neu", "Feedback new", "New feedback",
        ),
        Column.ACTION: ("Aktion", "Action"),
        Column.BEGIN: (
            "Beginn", "Terminbeginn", "Beginn des Termins", "Termin Beginn", "Beginnt am", "Start", "Startdatum", "Terminstart",
            "Startzeitpunkt", "Begin", "Begins", "Start date", "Start date time", "Appointment start", "Appointment begin",
        ),
        Column.CONFIRMATION_NOW: ("Bestätigung jetzt", "Confirmation now"),
        Column.FEEDBACK_NOW: ("Rückmeldung jetzt", "Feedback now"),
    }
)  # fmt: skip

#: Names that other things have too: taken only where no name of the table above stands in the same row.
WEAK_NAMES: Mapping[Column, tuple[str, ...]] = MappingProxyType(
    {
        Column.APPOINTMENT: ("Termin", "Kalendereintrag", "Appointment", "Calendar entry"),
        Column.ADDRESS: ("Datensatznummer", "Datensatz-Nr.", "Datensatz-ID", "Record number"),
        Column.CONFIRMATION: ("Status", "Terminstatus", "Status Termin", "Appointment status"),
    }
)

#: Names of the number that offices give to their customers; it is no record number and never an address id.
CUSTOMER_NUMBERS = (
    "KdNr", "Kd.-Nr.", "Kd-Nummer", "Kundennr.", "Kundennummer", "Kunden-Nr.", "Kunden-Nummer", "Kunden-ID", "Kd-ID",
    "Kundennummer (KdNr)", "Customer number", "Customer no.", "Customer ID", "Client number",
)  # fmt: skip

#: How sheets without record numbers call what they have instead: the day, mostly without the time, and the person.
DAY_NAMES = (
    "Datum", "Termindatum", "Datum des Termins", "Besichtigungsdatum", "Datum Besichtigung", "Datum der Besichtigung",
    "Datum und Uhrzeit", "Datum/Uhrzeit", "Datum, Uhrzeit", "Datum Zeit", "Termin am", "Besichtigung am",
    "Date", "Appointment date", "Date of appointment", "Viewing date", "Date and time", "Date/time",
)  # fmt: skip
WEAK_DAY_NAMES = ("Tag", "Termin", "Besichtigung", "Besichtigungstermin", "Wann", "Day", "Appointment", "Viewing", "When")
TIME_NAMES = (
    "Uhrzeit", "Zeit", "Uhr", "von", "ab", "um", "Startzeit", "Terminzeit", "Besichtigungszeit", "Uhrzeit von", "Beginn Uhrzeit",
    "Time", "From", "At", "Start time", "Appointment time", "Viewing time",
)  # fmt: skip
PERSON_NAMES = (
    "Interessent", "Interessentin", "Interessent/in", "Interessent/-in", "Interessent:in", "Interessenten", "Interessentenname",
    "Name Interessent", "Name des Interessenten", "Mietinteressent", "Kaufinteressent", "Kunde", "Kundin", "Kunde/Kundin",
    "Kundenname", "Name des Kunden", "Bewerber", "Besucher", "Teilnehmer", "Prospect", "Prospect name", "Client", "Client name",
    "Customer", "Customer name", "Applicant", "Visitor",
)  # fmt: skip
WEAK_PERSON_NAMES = (
    "Name", "Nachname", "Familienname", "Name, Vorname", "Vorname Nachname", "Vorname, Nachname", "Vor- und Nachname", "Person",
    "Kontakt", "Mieter", "Käufer", "Last name", "Surname", "Full name", "Contact", "Tenant", "Buyer",
)  # fmt: skip
FIRST_NAMES = ("Vorname", "Rufname", "First name", "Given name")
PLACE_NAMES = (
    "Objekt", "Objektadresse", "Immobilie", "Wohnung", "Ort", "Adresse", "Anschrift", "Straße", "Treffpunkt", "Betreff",
    "Property", "Estate", "Place", "Location", "Address", "Street", "Subject",
)  # fmt: skip

#: Headers of the columns that the job adds to what it gives back; read again, they are as if they were not there. All that were
#: ever written, in every language: files come back years later, so names are added here and never taken away.
ADDED = (
    "Abgleich: Ergebnis", "Abgleich: Grund", "Abgleich: Was tun?", "Abgleich: Zeile", "Abgleich: Termin am", "Abgleich: Name",
    "Sync: Result", "Sync: Reason", "Sync: What to do", "Sync: Row", "Sync: Date and time", "Sync: Name",
)  # fmt: skip


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LONGEST_NAME = 200
#: What stands for a character that an earlier program could not read.
_LOST = "\ufffd"
#: Of a header that cannot be used, so many texts of so many characters are shown.
_MOST_SHOWN, _LONGEST_SHOWN = 12, 30
_DIGIT = re.compile(r"[0-9]")
#: The columns that say which link a row is about.
IDS = frozenset({Column.APPOINTMENT, Column.ADDRESS})
#: The columns that say what the row wants; one of them is enough.
ASKING = frozenset({Column.CONFIRMATION, Column.FEEDBACK, Column.ACTION})
#: The columns that only what was handed out has: rows in which nobody has filled anything in ask for nothing there.
HANDED_OUT = frozenset({Column.CONFIRMATION_NOW, Column.FEEDBACK_NOW})


def key(text: str) -> str:
    """What is left of a header when nothing counts but its letters and digits.

    Case, spaces, hyphens, punctuation, invisible characters, the form of umlauts (`ä`, `ae`, composed or not) do not count.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).translate(_UMLAUTS)
    return "".join(c for c in unicodedata.normalize("NFD", folded) if c.isalnum())


def letters(column: int) -> str:
    """The letters of a spreadsheet's column, counted from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


_ADDED = frozenset(map(key, ADDED))


_CUSTOMER: Final = frozenset(map(key, CUSTOMER_NUMBERS))
_PEOPLE, _WEAK_PEOPLE, _FIRST_NAMES, _DAYS, _WEAK_DAYS, _TIMES = (
    frozenset(map(key, names)) for names in (PERSON_NAMES, WEAK_PERSON_NAMES, FIRST_NAMES, DAY_NAMES, WEAK_DAY_NAMES, TIME_NAMES)
)


def is_customer_number(header: str) -> bool:
    """Whether a column holds customer numbers."""
    return key(header) in _CUSTOMER


def is_added(header: str) -> bool:
    """Whether a column is one that the job added to what it gave back."""
    return header[:1].isalpha() and len(header) <= _LONGEST_NAME and key(header) in _ADDED


def headings(cells: Iterable[str]) -> str:
    """The texts of a header row in one line, shortened as far as a person needs no more of them."""
    texts = [text for text in map(visible, cells) if text]
    shown = [text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…" for text in texts[:_MOST_SHOWN]]
    return ", ".join([*shown, *(["…"] if len(texts) > _MOST_SHOWN else [])])


def missing_from(found: Collection[Column]) -> tuple[Column, ...]:
    """The columns that a header lacks; the confirmation stands for the feedback, too, as either would do."""
    ids = (column for column in (Column.APPOINTMENT, Column.ADDRESS) if column not in found)
    return (*ids, *(() if ASKING & set(found) else (Column.CONFIRMATION,)))


@dataclass(frozen=True, slots=True)
class Header:
    """A header: `index` counts the rows before it, `cells` is its text, `positions` says where each declared column is.

    Of one in several rows `index` is the last and `first` the first.
    """

    index: int
    cells: tuple[str, ...]
    positions: Mapping[Column, int]
    first: int = 0

    def text(self, column: Column) -> str:
        """The header of a declared column as it stands in the file."""
        return self.cells[self.positions[column]].strip()


@dataclass(frozen=True, slots=True)
class Unclear:
    """Headers that two careful people would read differently: the rows (counted as `Header.index`) and cells concerned."""

    why: Why
    rows: tuple[int, ...]
    cells: tuple[tuple[int, str], ...] = ()


Found = Header | Reason | Unclear


@dataclass(frozen=True)
class Columns:
    """The declared columns of one office: every header name it uses. Made by `declared`."""

    strong: Mapping[str, Column]
    weak: Mapping[str, Column]
    customer: frozenset[str]
    takes_customer_numbers: bool = False
    _seen: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def match(self, cells: Sequence[str], index: int = 0) -> Found:
        """The declared columns that one row names, or what is wrong with it as a header row."""
        keys = [self._key(text) for text in cells]
        positions: dict[Column, int] = {}
        for names in (self.strong, self.weak):
            level: dict[Column, int] = {}
            for position, name in enumerate(keys):
                column = names.get(name)
                if column is None or column in positions:
                    continue
                if column in level:
                    return self._two(cells, keys, (column, level[column], position), index)
                level[column] = position
            positions |= level
        named = [at for at, name in enumerate(keys) if name in self.customer]
        if self.takes_customer_numbers and Column.ADDRESS not in positions and len(named) == 1:
            positions[Column.ADDRESS] = named[0]
        header = Header(index, tuple(cells), MappingProxyType(positions))
        return self._lookalike(header, keys) or self._fault(header, keys) or header

    def column_of(self, text: str) -> Column | None:
        """The declared column of which a cell reads like the header."""
        return self.strong_column(text) or self.weak.get(self._key(text))

    def is_name(self, text: str) -> bool:
        """Whether a cell reads like the header of a declared column or of a customer number."""
        return self._key(text) != ""

    def is_written_name(self, text: str) -> bool:
        """Whether a cell is the header of a declared column or of a customer number as it stands, broken by nothing."""
        name = key(text)
        return name in self.strong or name in self.weak or name in self.customer

    def strong_column(self, text: str) -> Column | None:
        """The declared column of which a cell is a name that can mean nothing else."""
        return self.strong.get(self._key(text))

    def _two(self, cells: Sequence[str], keys: list[str], two: tuple[Column, int, int], index: int) -> Header | Unclear:
        column, first, second = two
        others = {c for name in keys if (c := self.strong.get(name) or self.weak.get(name))} - {column}
        if column in IDS and not others & IDS:  # a title or a note above the table, not its header row
            return Header(index, tuple(cells), MappingProxyType({}))
        return Unclear(Why.TWO_COLUMNS, (index,), tuple((at, cells[at].strip()) for at in (first, second)))

    def _fault(self, header: Header, keys: list[str]) -> Reason | None:
        found = header.positions.keys()
        if Column.APPOINTMENT not in found:
            return None
        if Column.ADDRESS not in found:
            customer = [header.cells[at].strip() for at, name in enumerate(keys) if name in self.customer]
            return Reason(Why.CUSTOMER_NUMBER, ", ".join(customer)) if customer else None
        if found & ASKING:
            return None
        return Reason(Why.NO_STATUS_COLUMN, headings(header.cells), missing=missing_from(found))

    @cached_property
    def _digits_name_nothing(self) -> bool:
        return not any(_DIGIT.search(name) for names in (self.strong, self.weak, self.customer) for name in names)

    def _key(self, text: str) -> str:
        if not text or len(text) > _LONGEST_NAME or (_DIGIT.search(text) and self._digits_name_nothing):
            return ""
        if (known := self._seen.get(text)) is None:
            known = next((k for k in self._readings(text) if k in self.strong or k in self.weak or k in self.customer), "")
            if len(self._seen) < 100_000:  # noqa: PLR2004 - a file without a header must not fill the memory
                self._seen[text] = known
        return known

    def _readings(self, text: str) -> Iterator[str]:
        """The header as it stands, then as it stood before a wrong encoding broke it, where there is one way back."""
        yield key(text)
        if text.isascii() or (name := self._broken.get(without_foreign(text))) is None:
            return
        yield from map(key, misread_back(text))
        if {c for c in text if not c.isascii()} == {_LOST}:
            yield name

    @cached_property
    def _broken(self) -> Mapping[str, str]:
        return skeletons({*self.strong, *self.weak, *self.customer})

    def _lookalike(self, header: Header, keys: Sequence[str]) -> Unclear | None:
        """A column that nobody declared and that looks like one the header lacks, or has by a weak name only."""
        if not header.positions.keys() >= IDS:
            return None
        lacking = set(Column) - {column for name in keys if (column := self.strong.get(name))}
        names = [name for name, column in self.strong.items() if column in lacking]
        for at, text in enumerate(header.cells):
            unknown = not keys[at] and 0 < len(text) <= _LONGEST_NAME and not is_added(text) and not _DIGIT.search(text)
            if unknown and (name := near_name(text, key, self._broken, names)):
                return Unclear(Why.BROKEN_HEADER, (header.index,), ((at, f"{text.strip()} → {_written(name)}"),))
        return None


def by_name(columns: Columns) -> Columns:
    """The columns of a sheet without record numbers: for the appointment it has a day, for the address the name of a person.

    Where the office allows customer numbers, one of them will do.
    """
    begin = [name for name, column in columns.strong.items() if column is Column.BEGIN]
    days, people = (set(map(key, names)) for names in (DAY_NAMES, PERSON_NAMES))
    weak_days, weak_people = {*map(key, WEAK_DAY_NAMES), *begin}, set(map(key, WEAK_PERSON_NAMES))
    asking, weakly_asking = (
        {name: column for name, column in names.items() if column in ASKING | HANDED_OUT}
        for names in (columns.strong, columns.weak)
    )
    return Columns(
        dict.fromkeys(days, Column.APPOINTMENT) | dict.fromkeys(people, Column.ADDRESS) | asking,
        dict.fromkeys(weak_days, Column.APPOINTMENT) | dict.fromkeys(weak_people, Column.ADDRESS) | weakly_asking,
        columns.customer if columns.takes_customer_numbers else frozenset(),
        columns.takes_customer_numbers,
    )


class Telling(NamedTuple):
    """Which columns of a sheet, of those that nobody declared, say who and when a row is about; positions among them."""

    names: tuple[int, ...] = ()
    first_names: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    times: tuple[int, ...] = ()


def telling(headers: Iterable[str]) -> Telling:
    """The columns that say who and when, by their headers."""
    keys = [key(header) if len(header) <= _LONGEST_NAME else "" for header in headers]

    def first_kind(*kinds: frozenset[str]) -> tuple[int, ...]:
        """Those of the first kind of which there are any."""
        return next((found for names in kinds if (found := tuple(at for at, each in enumerate(keys) if each in names))), ())

    return Telling(
        first_kind(_PEOPLE, _WEAK_PEOPLE),
        first_kind(_FIRST_NAMES),
        first_kind(_DAYS, _WEAK_DAYS),
        first_kind(_TIMES),
    )


def _written(name: str) -> str:
    """A name of a column as people write it."""
    return next((text for names in NAMES.values() for text in names if key(text) == name), name)


@cache
def _known() -> tuple[Mapping[str, Column], Mapping[str, Column], frozenset[str]]:
    """The names of columns, the weak ones, and those of customer numbers, each by its `key`."""
    strong = {key(name): column for column, names in NAMES.items() for name in names}
    weak = {key(name): column for column, names in WEAK_NAMES.items() for name in names}
    return strong, weak, frozenset(map(key, CUSTOMER_NUMBERS))


def declared(extra: Mapping[str, Sequence[str]] = MappingProxyType({}), *, customer_numbers: bool = False) -> Columns:
    """The declared columns with the office's own header names.

    Args:
        extra: more names per column, by the words of `Column`.
        customer_numbers: whether a customer number may stand in the place of the address's record number.

    Raises:
        ValueError: a name is nobody's, belongs to another column, or is that of a customer number. One argument per mistake.
    """
    ours, weak, customer = _known()
    strong = dict(ours)
    mistakes = []
    for word, names in extra.items():
        for name in names:
            mistake = _mistake(word, key(name), strong, customer)
            if mistake:
                mistakes.append(LazyText("configuration.header", column=word, name=repr(name), mistake=mistake))
            else:
                strong[key(name)] = Column(word)
    if mistakes:
        raise ValueError(*mistakes)
    return Columns(strong, weak, customer, customer_numbers)


def _mistake(word: str, name: str, strong: Mapping[str, Column], customer: frozenset[str]) -> LazyText | None:
    if word not in set(Column):
        return LazyText("configuration.header.no_column")
    if not name:
        return LazyText("configuration.header.no_letter")
    if name in _ADDED:
        return LazyText("configuration.header.added")
    if name in customer and Column(word) in IDS:
        return LazyText("configuration.header.customer_number")
    other = strong.get(name)
    if other is None or other is Column(word):
        return None
    return LazyText("configuration.header.taken", column=other.value)


_INVISIBLE = dict.fromkeys(
    [0xAD, 0x034F, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFE0E, 0xFE0F, 0xFEFF]
)
_LONGEST_ID = 18
_PLAIN_ID = "0*[1-9][0-9]{0,17}"
_PLAIN_IDS = re.compile(rf"{_PLAIN_ID}(?:\x00{_PLAIN_ID})*+")
_ID = re.compile(r"0*([0-9]{1,18})(?:[.,]0{1,2})?", re.ASCII)
_LONG_ID = re.compile(r"[0-9]+(?:[.,]0{1,2})?", re.ASCII)
_LARGE_FLOAT = re.compile(r"[0-9]{16,}\.0|[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,}", re.ASCII)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[T ].*)?|[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4}|[0-9]{2})?(?:[ ,].*)?"
    r"|[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})(?:[ ,].*)?|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?",
    re.ASCII,
)
_BOOLEANS = frozenset({"wahr", "falsch", "true", "false"})


def visible(text: str) -> str:
    """The text without characters that nobody can see, whitespace of every kind made single spaces."""
    return " ".join(text.translate(_INVISIBLE).split())


_BLANK = "\0" + "".join(c for c in map(chr, range(0x3001)) if c.isspace()) + "".join(map(chr, _INVISIBLE))


#: What the first character of a blank text may be.
BLANKS = frozenset({"", *_BLANK})


def is_blank(text: str) -> bool:
    """Whether a person sees nothing in the cell."""
    return not text.strip(_BLANK)


def plain_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def parse_id(text: str) -> int | Code:
    """A record number, or what is wrong with the cell.

    Whole, exact and above 0: `359`, `00359`, ` 359 `, `359.0`, `359,00` are 359. Thousands separators are never guessed, and two
    numbers in one cell (`359 360`) are not one. What would be one in digits of 0 to 9 is `Code.FOREIGN_DIGITS`.
    """
    if text.isdigit() and text.isascii() and len(text) <= _LONGEST_ID:  # nearly every id, in a quarter of the time
        return int(text) or Code.ZERO_AS_ID
    seen = visible(text)
    if not seen:
        return Code.MISSING_ID
    if _LARGE_FLOAT.fullmatch(seen):
        return Code.INEXACT_ID
    if match := _ID.fullmatch(seen):
        return int(match[1]) or Code.ZERO_AS_ID
    return _no_id(seen)


def are_plain_ids(texts: Sequence[str]) -> bool:
    """Whether every text is a record number in digits of 0 to 9 and nothing else: nearly always, and quick to see."""
    together = "\0".join(texts)
    return together.count("\0") == len(texts) - 1 and _PLAIN_IDS.fullmatch(together) is not None


def _no_id(seen: str) -> Code:
    """What is wrong with a text that is no record number in digits of 0 to 9."""
    if (plain := plain_digits(seen)) != seen:
        value = parse_id(plain)
        return value if isinstance(value, Code) else Code.FOREIGN_DIGITS
    if _LONG_ID.fullmatch(seen):
        return Code.ID_TOO_LONG
    if _DATE.fullmatch(seen):
        return Code.DATE_AS_ID
    return Code.BOOLEAN_AS_ID if seen.casefold() in _BOOLEANS else Code.BAD_ID


_AIMS = {
    key(name): aim
    for aim, names in {
        Operation.SET: ("setzen", "set", "ändern", "update", "aktualisieren", "modify"),
        Operation.LINK: ("verknüpfen", "link", "zuordnen", "hinzufügen", "add"),
        Operation.UNLINK: ("lösen", "unlink", "entfernen", "trennen", "remove", "Verknüpfung lösen"),
    }.items()
    for name in names
}


def parse_aim(text: str) -> Operation | Code:
    """What the row wants done with its link; blank means set."""
    return Operation.SET if is_blank(text) else _AIMS.get(key(text), Code.UNKNOWN_WORD)


_WEEKDAY = re.compile(r"^(?:mo|di|mi|do|fr|sa|so)[a-z]*\.?,? +", re.IGNORECASE)
_GERMAN = re.compile(
    r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4}|[0-9]{2})(?:,? +(?:um +)?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?(?: *Uhr)?",
    re.ASCII | re.IGNORECASE,
)
_YEARLESS = re.compile(r"[0-9]{1,2}\. ?[0-9]{1,2}\.(?:,? +(?:um +)?[0-9]{1,2}:[0-9]{2})?(?: *Uhr)?", re.ASCII | re.IGNORECASE)


def parse_begin(text: str) -> str | Code:
    """The start of an appointment as ISO text (`2026-12-02` or `2026-12-02T09:00:00`), "" where the cell is blank.

    German (`02.12.2026 09:00`, `Mi, 2.12.26, 9:00 Uhr`) and ISO (`2026-12-02 09:00`, with `Z` or an offset too); others are
    `Code.BAD_BEGIN`, as `12/02/2026` is read differently in different countries.
    """
    seen = visible(text)
    if not seen:
        return ""
    try:
        if match := _GERMAN.fullmatch(_WEEKDAY.sub("", seen)):
            return _german(match)
        if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", seen):
            return Code.BAD_BEGIN
        return (
            date.fromisoformat(seen).isoformat() if len(seen) == len("2026-12-02") else datetime.fromisoformat(seen).isoformat()
        )
    except ValueError:
        return Code.BAD_BEGIN


#: The guarding columns, with who reads a cell: nothing is sent where a look shows something else (`rounds/guards.py`).
GUARDS: Final[Mapping[Column, Callable[[str], str | Code]]] = MappingProxyType({Column.BEGIN: parse_begin})

_MIDNIGHT: Final = "T00:00:00"
_TIME: Final = re.compile(
    r"(?:.*T|um )?([0-9]{1,2})(?:[:.]([0-9]{2}))?(?::[0-9]{2})?(?: ?([ap])\.?m\.?)?(?: ?(?:uhr|h))?"
    r"(?: ?(?:-|\u2013|bis|to) ?.*)?",
    re.ASCII | re.IGNORECASE,
)


def start_of(day_text: str, hours: Iterable[str]) -> datetime | None:
    """The start that a day and a time of day come to, to the minute; None where one of them is missing."""
    begin = parse_begin(day_text)
    if isinstance(begin, Code) or not begin:
        return None
    moment = datetime.fromisoformat(begin)
    if clock := next(filter(None, map(_clock, hours)), None):
        return moment.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0, tzinfo=None)
    has_time = "T" in begin and not begin.endswith(_MIDNIGHT)
    return moment.replace(second=0, microsecond=0, tzinfo=None) if has_time and moment.tzinfo is None else None


def unread(day_text: str, hours: Iterable[str]) -> str:
    """What of a day and a time of day cannot be read, "" where one of them is only missing; of those that give no start."""
    day = "" if parse_begin(day_text) is not Code.BAD_BEGIN else visible(day_text)
    times = [] if any(_clock(text) for text in hours) else [*map(visible, hours)]
    return ", ".join(filter(None, (day, *times)))


def has_day(text: str) -> bool:
    """Whether a text tells a day."""
    return parse_begin(text) not in {"", Code.BAD_BEGIN}


def lacks_year(text: str) -> bool:
    """Whether a text is written as a day but for its year."""
    return _YEARLESS.fullmatch(_WEEKDAY.sub("", visible(text))) is not None


def is_no_day(text: str) -> bool:
    """Whether a text is written as a day that no calendar has, as the 31st of February."""
    seen = _WEEKDAY.sub("", visible(text))
    if match := _GERMAN.fullmatch(seen):
        day_, month, year = (int(part) for part in match.groups()[:3])
    elif match := re.match(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9])", seen, re.ASCII):
        year, month, day_ = (int(part) for part in match.groups())
    else:
        return False
    try:
        date(year, month, day_)
    except ValueError:
        return True
    return False


def _clock(text: str) -> time | None:
    """The time of day that a cell tells; None where it tells none."""
    match = _TIME.fullmatch(visible(text))
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    try:
        return time(hour % 12 + 12 * (half == "p") if half else hour, minute)
    except ValueError:
        return None


def _german(match: re.Match[str]) -> str:
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    long_year = year + (2000 if len(match[3]) == len("26") else 0)
    if match[4] is None:
        return date(long_year, month, day).isoformat()
    return datetime(long_year, month, day, hour, minute, second).isoformat()  # noqa: DTZ001 - the office's own time, as in the file


# Finding the header of a table: one row, or several below each other that are read as one.


#: So many names of columns make no row of values.
_NAMES_OF_A_HEADER: Final = 2
_NUMBER: Final = re.compile(r"[\d.,:'\s-]+")


def find_header(columns: Columns, rows: Iterable[Sequence[str]]) -> Found:
    """The first header that names appointment and address, or why there is none.

    Reads one row more than the header has, as that one may belong to it: below the title of several columns stand their names.
    """
    search = _Search(columns)
    for index, cells in enumerate(rows):
        if any(cells) and not all(map(is_blank, cells)) and search.is_over(index, cells):
            break
    return search.result


def is_whole(found: Found | None) -> TypeGuard[Header]:
    """Whether a header names appointment and address."""
    return isinstance(found, Header) and found.positions.keys() >= IDS


class _Both(NamedTuple):
    """Two rows as one: the cells, what they come to as a header, and which columns the lower row names where."""

    cells: Sequence[str]
    found: Found
    names: Mapping[int, Column]


class _Search:
    """Goes from row to row. `_found` is what the rows `_first` to `_last` come to, `_cells` their texts as one row."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._cells: Sequence[str] = ()
        self._found: Found | None = None
        self._first = self._last = 0
        self._likeliest: Header | None = None

    @property
    def result(self) -> Found:
        """What was found so far."""
        if self._found is not None and _is_final(self._found):
            return self._found
        cells, positions = (self._likeliest.cells, self._likeliest.positions) if self._likeliest else ((), {})
        return Reason(Why.NO_HEADER, headings(cells), missing=missing_from(positions))

    def is_over(self, index: int, cells: Sequence[str]) -> bool:
        """Look at one more row; returns whether it stands below the header."""
        alone, both = self._columns.match(cells, index), self._with_above(index, cells)
        if both and self._makes_one(alone, both):
            self._take(index, both.cells, both.found, self._first)
        elif self._found is None or not _is_final(self._found) or (both and not is_whole(self._found) and is_whole(alone)):
            self._take(index, cells, alone, index)
        else:
            if both and is_whole(self._found) and _in_doubt(self._found, both):
                self._found = Unclear(Why.TWO_HEADER_ROWS, (self._last, index))
            return True
        return False

    def _take(self, index: int, cells: Sequence[str], found: Found, first: int) -> None:
        if isinstance(found, Header):
            found = replace(found, first=first)
            self._likeliest = _likelier(self._likeliest, found)
        self._cells, self._found, self._first, self._last = cells, found, first, index

    def _with_above(self, index: int, below: Sequence[str]) -> _Both | None:
        """The row with those above it as one header; None where it holds a number or names no column, or they name none.

        A column is named by its lower cell, by both together, or else by its upper one.
        """
        column_of = self._columns.column_of
        if not any(map(column_of, self._cells)) or any(map(_is_number, below)):
            return None
        cells: list[str] = []
        names: dict[int, Column] = {}
        for at, (upper, lower) in enumerate(zip_longest(self._cells, below, fillvalue="")):
            name = lower if column_of(lower) else self._together(upper, lower)
            if column := column_of(name):
                names[at] = column
            cells.append(name or (upper if is_blank(lower) or column_of(upper) else lower))
        return _Both(cells, self._columns.match(cells, index), names) if names else None

    def _together(self, upper: str, lower: str) -> str:
        """Both texts as one where that is the clear name of a column and the upper one by itself is none; else ""."""
        text = f"{upper.strip()} {lower.strip()}"
        strong = self._columns.strong_column
        return text if key(upper) and key(lower) and strong(text) and not strong(upper) else ""

    def _makes_one(self, alone: Found, both: _Both) -> bool:
        """Whether a row and those above it are one header, as every careful person would say."""
        if not is_whole(both.found):
            return False
        if is_whole(self._found):
            same = both.found.positions == self._found.positions and len(both.names) >= _NAMES_OF_A_HEADER
            repeats = is_whole(alone) and both.found.positions == alone.positions
            return same or repeats or self._adds(self._found, both.found)
        if is_whole(alone):  # a single text above it may be a title that only reads like the name of a column
            texts = sum(not is_blank(text) for text in self._cells)
            return texts > 1 and both.found.positions.keys() > alone.positions.keys()
        if isinstance(self._found, Unclear):  # two columns that mean the same, unless the names below tell them apart
            return all(at in both.names for at, _ in self._found.cells)
        return True

    def _adds(self, found: Header, both: Header) -> bool:
        """Whether both together name more columns, and none where the text above is no name of a column."""
        new = [at for column, at in both.positions.items() if found.positions.get(column) != at]
        above = [self._cells[at] if at < len(self._cells) else "" for at in new]
        has_room = all(is_blank(text) or self._columns.column_of(text) for text in above)
        return both.positions.keys() > found.positions.keys() and has_room


def _is_number(text: str) -> bool:
    """Whether a cell holds a number, a date or a time, which no header does."""
    return _NUMBER.fullmatch(text) is not None and any(map(str.isdigit, text))


def _is_final(found: Found) -> bool:
    """Whether nothing but a row that belongs to it can change what was found."""
    return is_whole(found) or not isinstance(found, Header)


def _in_doubt(found: Header, both: _Both) -> bool:
    """Whether a row below a header may be a part of it: it names several columns, or a status column elsewhere or anew."""
    places = found.positions.items()
    renamed = any(both.names.get(at, column) is not column for column, at in places if column not in IDS)
    moved = is_whole(both.found) and any(both.found.positions.get(column) != at for column, at in places)
    return renamed or moved or len(both.names) >= _NAMES_OF_A_HEADER


def _likelier(best: Header | None, found: Header) -> Header | None:
    """Which row to show to a person as the likely header: that with the most declared columns, if any looks like one."""
    if not _looks_like_one(found):
        return best
    return found if best is None or len(found.positions) > len(best.positions) else best


def _looks_like_one(found: Header) -> bool:
    """Whether a row is no row of values, which may be names of people and are told nowhere.

    In one of values a single cell may read like a header, too (`Termin`, `Besichtigung`), beside a day or a number.
    """
    if len(found.positions) >= _NAMES_OF_A_HEADER:
        return True
    named = found.positions or sum(map(bool, telling(found.cells))) >= _NAMES_OF_A_HEADER
    return bool(named) and not any(map(_is_number, found.cells))
