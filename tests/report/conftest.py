"""Rows and problems as the stages before leave them, written by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pytest

from sync.config import Config, Rules
from sync.confined.parent import Bounds
from sync.domain.model import (
    Cells,
    Change,
    Checked,
    CheckOutcome,
    Column,
    Confirmation,
    ExitCode,
    Feedback,
    Found,
    Link,
    Loaded,
    Operation,
    Reason,
    RunInfo,
    Sheet,
    State,
    Verdict,
    Why,
)
from sync.domain.tables import ProblemTable, RowTable, VerdictTable
from sync.i18n import Language, speaking, text
from sync.job.check import check, read
from sync.progress import Silent
from sync.report.excel.copies import written_line
from sync.report.excel.orders import Order
from sync.report.excel.writer import parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

T = TypeVar("T")
TYPES: Final = {"Ints": np.int64, "Bools": np.bool_}


@dataclass(frozen=True)
class Row:
    """One row with what was found out about it; the defaults are those of a row that went well.

    `found` is what a look showed before; where it is left out, that is a link wherever `before` is known.
    """

    row: int
    appointment_id: int | None = 70001
    address_id: int | None = 90001
    confirmation: str | None = "bestätigt"
    feedback: str | None = None
    outcome: str = "valid"
    verdict: str = "updated"
    before: tuple[str | None, str | None] | None = ("gesendet", "inaktiv")
    verified: bool = True
    attempts: int = 1
    error_code: int | None = None
    problems: tuple[tuple[str, str | None, str | None, str | None], ...] = ()
    others: tuple[str, ...] = ()
    change: int = -1
    action: str = "setzen"
    found: Found | None = None
    start: dt.datetime | None = None

    def checked(self, file: int, sheet: str | None) -> tuple[object, ...]:
        ids = (self.appointment_id or 0, self.address_id or 0)
        return (file, sheet, self.row, *ids, self.confirmation, self.feedback, self.action, self.outcome, self.change)

    def judged(self) -> tuple[object, ...]:
        before = self.before or (None, None)
        found = self.found or (Found.LINKED if self.before else None)
        return (self.verdict, *before, found, self.verified, self.attempts, self.error_code or 0, self.start)


@dataclass(frozen=True)
class Table:
    """One sheet of a file."""

    rows: tuple[Row, ...]
    name: str | None = None
    others: tuple[str, ...] = ()
    blank: int = 0

    def sheet(self) -> Sheet:
        others = tuple(
            Cells(header, at, np.array([row.others[at] for row in self.rows], dtype=object))
            for at, header in enumerate(self.others)
        )
        return Sheet(self.name, 1, np.array([row.row for row in self.rows], dtype=np.int64), {}, others, self.blank)


@dataclass(frozen=True)
class File:
    """One file, with its tables or the reason why it was refused."""

    name: str
    tables: tuple[Table, ...] = ()
    reason: Reason | None = None

    def loaded(self) -> Loaded:
        return Loaded(self.name, f"{len(self.name):064x}", tuple(table.sheet() for table in self.tables), self.reason)


def make_checked(
    *files: File, run: bool = True, changes: tuple[Change, ...] = (), people: Mapping[int, str] = MappingProxyType({})
) -> Checked:
    rows = [(number, table, row) for number, file in enumerate(files) for table in file.tables for row in table.rows]
    guards: dict[str, object] = {"guards": {Column.BEGIN: np.full(len(rows), None, dtype=object)}}
    checked = filled(RowTable, [row.checked(number, table.name) for number, table, row in rows], guards)
    verdicts = filled(VerdictTable, [row.judged() for _, _, row in rows])
    problems = filled(ProblemTable, [(at, *problem) for at, (_, _, row) in enumerate(rows) for problem in row.problems])
    return Checked(tuple(file.loaded() for file in files), checked, problems, changes, verdicts if run else None, (), people)


def filled(kind: type[T], rows: list[tuple[object, ...]], more: Mapping[str, object] = MappingProxyType({})) -> T:
    """A table of these rows, with what is no column besides."""
    types = [TYPES.get(str(each.type), object) for each in fields(kind) if each.name not in more]
    return kind(*(np.array([row[at] for row in rows], dtype=type_) for at, type_ in enumerate(types)), **more)


INFO = RunInfo(
    id="2026-12-02-0200",
    started="2026-12-02T02:00:00+01:00",
    finished="2026-12-02T02:03:25+01:00",
    dry_run=False,
    exit_code=ExitCode.ROWS_NEED_A_PERSON,
    requests=7,
    actions=112,
    rounds=2,
    office="Immobilien Sonnenschein",
)

TERMINE = Table(
    name="Termine KW 49",
    others=("Interessent", "Bemerkung"),
    blank=2,
    rows=(
        Row(5, 70001, 90001, "bestätigt", "aktiv", others=("Anna Müller", "")),
        Row(6, 70001, 90002, "gesendet", verdict="unchanged", attempts=0, others=("Jörg Weiß", "ruft zurück")),
        Row(
            7,
            70002,
            90003,
            "bestätigt",
            problems=(("repaired", "Bestätigung", " Bestaetigt", "bestätigt"),),
            before=("nicht gesetzt", None),
            others=("Familie Özdemir", "=SUMME(A1:A9)"),
        ),
        Row(
            8,
            70002,
            90003,
            "bestätigt",
            outcome="duplicate",
            verdict="duplicate",
            attempts=0,
            problems=(("same_as_earlier", None, None, "termine.xlsx, Termine KW 49, Zeile 7"),),
            others=("Familie Özdemir", ""),
        ),
        Row(
            9,
            70003,
            90004,
            None,
            outcome="invalid",
            verdict="invalid",
            before=None,
            verified=False,
            attempts=0,
            problems=(("unknown_word", "Bestätigung", "bestätgt", "bestätigt"),),
            others=("Klaus Groß", "2. Besichtigung"),
        ),
        Row(
            10,
            None,
            90005,
            None,
            outcome="invalid",
            verdict="invalid",
            before=None,
            verified=False,
            attempts=0,
            problems=(("missing_id", "Termin-ID", "", None), ("unknown_word", "Bestätigung", "vielleicht", None)),
            others=("Ayşe Öztürk", ""),
        ),
        Row(
            11,
            70004,
            90006,
            "bestätigt",
            outcome="conflict",
            verdict="conflict",
            verified=False,
            attempts=0,
            problems=(("contradiction", None, None, "portal.csv, Zeile 3"),),
            others=("Lena Schulz", ""),
        ),
    ),
)
PORTAL = Table(
    others=("Portal", "Bemerkung"),
    rows=(
        Row(
            2,
            70005,
            90009,
            "bestätigt",
            verdict="rejected",
            before=None,
            verified=False,
            attempts=0,
            error_code=180,
            problems=(("not_linked", None, None, "= 70005 2026-12-02T09:00:00 Besichtigung Ahorn\n90477 Meyer\n90481 Schulz"),),
            start=dt.datetime(2026, 12, 2, 9, 0),  # noqa: DTZ001 - the office's own time
            others=("Immowelt", ""),
        ),
        Row(
            3,
            70004,
            90006,
            "gecancelt",
            outcome="conflict",
            verdict="conflict",
            verified=False,
            attempts=0,
            problems=(("contradiction", None, None, "termine.xlsx, Termine KW 49, Zeile 11"),),
            others=("Immowelt", "bitte prüfen"),
        ),
        Row(
            4,
            70006,
            90010,
            "bestätigt",
            "aktiv",
            verdict="rejected",
            before=("gesendet", "inaktiv"),
            start=dt.datetime(2026, 12, 3, 15, 30),  # noqa: DTZ001 - as above
            verified=False,
            attempts=2,
            error_code=156,
            problems=(("refused_by_crm", None, "156", "kein Recht, diesen Datensatz zu ändern"),),
            others=("ImmoScout24", ""),
        ),
        Row(
            5,
            70007,
            90011,
            None,
            "inaktiv",
            verdict="unknown",
            before=(None, "aktiv"),
            verified=False,
            attempts=3,
            problems=(("no_answer", None, None, None),),
            others=("ImmoScout24", ""),
        ),
        Row(
            6,
            70008,
            90012,
            "gesendet",
            verdict="not_sent",
            before=("nicht gesetzt", "inaktiv"),
            verified=False,
            attempts=0,
            problems=(("stopped", None, None, None),),
            others=("Immowelt", ""),
        ),
    ),
)
REFUSED = (
    File("alt/kunden.csv", reason=Reason(Why.CUSTOMER_NUMBER, "KdNr")),
    File("geheim.xlsx", reason=Reason(Why.PASSWORD)),
)


def after_run(path: Path, rules: Rules = Rules()) -> Checked:  # noqa: B008 - frozen
    """A file as it would be after a run in which all that could be sent was updated."""
    config = Config(rules=rules)
    checked = check(read([(path, path.name)], config, Silent()), config)
    count = len(checked.rows)
    verdicts = np.where(checked.rows.outcome == CheckOutcome.VALID, Verdict.UPDATED.value, checked.rows.outcome).astype(object)
    nothing, no, zero = np.full(count, None, object), np.zeros(count, bool), np.zeros(count, np.int64)
    return replace(checked, verdicts=VerdictTable(verdicts, nothing, nothing, nothing, no, zero, zero, nothing))


def order_of(
    checked: Checked, file: int = 0, language: Language = Language.DE, source: Path | None = None, *, all_rows: bool = True
) -> Order:
    """What is to be written about one file."""
    with speaking(language):
        some = tuple(parts(checked, file, all_rows=all_rows))
        anew = text("returned.rewritten")
        return Order(checked.files[file].name, "", written_line(INFO), anew, language, some, source)


class Kit:
    """What the tests make their rows with; importlib mode lets no test import from here."""

    Row = Row
    Table = Table
    File = File
    checked = staticmethod(make_checked)
    after_run = staticmethod(after_run)
    order = staticmethod(order_of)
    bounds = Bounds(2_000_000_000, 60, 100_000_000)
    info = INFO
    scratch: Path


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> type[Kit]:
    Kit.scratch = tmp_path_factory.mktemp("report")
    return Kit


@pytest.fixture(scope="session")
def night() -> Checked:
    """A run with every verdict, several sheets and refused files."""
    people = {90010: "Tom Berger", 90011: "=1+1", 90012: "<b>Eva</b> Koch"}
    return make_checked(File("termine.xlsx", (TERMINE,)), File("portal.csv", (PORTAL,)), *REFUSED, people=people)


@pytest.fixture(scope="session")
def desk() -> Checked:
    """The same files after a check."""
    return make_checked(File("termine.xlsx", (TERMINE,)), File("portal.csv", (PORTAL,)), *REFUSED, run=False)


@pytest.fixture(scope="session")
def rehearsal() -> Checked:
    """A dry run: some links would change, one was never seen, some would be linked, one of which exists, one taken away."""
    wanted = (State(Confirmation.CONFIRMED, Feedback.ACTIVE), State(Confirmation.CANCELED), State(None, Feedback.INACTIVE))
    changes = [Change(Link(70001 + number, 90001), state) for number, state in enumerate(wanted)]
    changes += [Change(Link(70004, 90001), wanted[0], Operation.LINK), Change(Link(70005, 90001), State(), Operation.UNLINK)]
    changes += [Change(Link(70006, 90001), wanted[1], Operation.LINK), Change(Link(70007, 90001), State(), Operation.LINK)]
    none = ((None, None), Found.NOT_LINKED)
    looks: list[tuple[tuple[str | None, str | None] | None, Found | None]] = [
        *((("gesendet", "inaktiv"), None), (None, None), (("bestätigt", "aktiv"), None), none, (("gesendet", None), None)),
        *((("gesendet", "inaktiv"), None), none),
    ]
    waits = Row(0, verdict="not_sent", verified=False, attempts=0)
    rows = [
        replace(waits, row=number + 2, appointment_id=change.link.appointment_id, before=old, change=number, found=found)
        for number, (change, (old, found)) in enumerate(zip(changes, looks, strict=True))
    ]
    same = Row(9, 70001, verdict="not_sent", before=looks[0][0], change=0)
    refused = Row(11, 70009, verdict="rejected", change=7, problems=(("not_linked", None, None, None),))
    invalid = Row(10, None, outcome="invalid", verdict="invalid", before=None, problems=(("missing_id", "Termin-ID", "", None),))
    return make_checked(
        File("termine.csv", (Table((*rows, same, invalid, refused)),)), changes=(*changes, Change(Link(70009, 90001), wanted[0]))
    )
