"""The dialects of onOffice that the simulator can play, and two nights of one office in any of them."""

from __future__ import annotations

import datetime as dt
import json
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

from sync import config, simulator
from sync.errors import SyncError
from sync.job.context import Runtime, Stopper
from sync.job.run import undo_run
from sync.simulator.options import Options
from sync.simulator.records import chosen
from tests.rehearsal.chronicle import Chronicle
from tests.rehearsal.truth import is_in_part
from tests.rehearsal.worlds import CONFIRMATIONS, FEEDBACKS, Row, state_of, to_csv

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office
    from tests.rehearsal.worlds import Pair, State, Words

#: When the nights of `Clock` begin: so many days before the appointments of `office`.
_FIRST_DAY: Final = dt.datetime(2026, 11, 24, 18, tzinfo=dt.UTC).timestamp()

#: Verdicts after which nothing is left to do.
FINE: Final = frozenset({"updated", "unchanged", "duplicate"})

SERIES, CANCELED, PRIVATE, FOREIGN, NO_FEEDBACK = range(70_011, 70_016)
_SPECIAL: Final[dict[int, dict[str, object]]] = {
    SERIES: {"recurrence": {"type": "weekly"}},
    CANCELED: {"status": "canceled"},
    PRIVATE: {"private": True},
    FOREIGN: {"foreign": True},
    NO_FEEDBACK: {},
}
_PROTECTED: Final = {"series": SERIES, "canceled": CANCELED, "private": PRIVATE, "foreign": FOREIGN}


@dataclass(frozen=True)
class Dialect:
    """One way in which onOffice may speak. `settles`: it can be read and written, so two nights do all that can be done."""

    name: str
    options: dict[str, Any]
    settles: bool = True


def _each(option: str, values: Collection[object], *, settles: bool = True, **more: object) -> Iterator[Dialect]:
    """One dialect for each value of an option."""
    for value in values:
        rest = "".join(f", {name}={said}" for name, said in more.items())
        yield Dialect(f"{option}={json.dumps(value) if value == '' else value}{rest}", {option: value, **more}, settles)


_PROTECTED_KINDS: Final = [*_PROTECTED, "feedback"]
_SINGLE: Final = ["text", "number", "parameter", "filter", "none"]
_RATE: Final = ["429", "429_bare", "503", "503_bare", "text", "html", "json", "status"]
CREDENTIALS: Final = [
    *("top", "results_null", "results_missing", "response_list", "response_missing", "codes_text", "http_401"),
    *("action", "action_ok"),
]

DIALECTS: Final[list[Dialect]] = [
    Dialect("default", {}),
    *_each("words", ["cancelled", "not_set_space", "not_set_low", "empty", "null", "missing", "upper", "german", "objects"]),
    *_each("words", ["numbers", "other"]),
    *_each("followup_words", ["english", "upper", "booleans", "numbers", "digits", "yes_no", "ja_nein", "on_off", "objects"]),
    *_each("followup_words", ["other"]),
    *_each("followup_unset", ["missing", "inactive", "says_available"]),
    *_each("contacts_shape", ["object", "by_id"]),
    Dialect("contacts_shape=by_id, contact_ids=missing", {"contacts_shape": "by_id", "contact_ids": "missing"}),
    *_each("empty_contacts", ["null", "missing"]),
    *_each("contact_ids", ["number"]),
    *_each("records_shape", ["object", "by_id"]),
    *_each("empty_records", ["null", "missing"]),
    *_each("elements_shape", ["list", "empty_list"]),
    *_each("record_ids", ["text", "missing"]),
    *_each("element_ids", ["number", "missing"]),
    *_each("dates", ["z", "offset", "local", "epoch", "missing"]),
    *_each("appointment_status", ["text"]),
    *_each("status_codes", ["texts"]),
    *_each("cntabsolute", ["null", "shown", "too_many", "zero"]),
    *_each("noise", ["bom", "bom_after", "warning_before", "warning_after", "notice_before", "notice_after"]),
    *_each("followup_place", ["data", "parameter"]),
    *_each("followup_place", ["data", "parameter"], followup_elsewhere="error"),
    *_each("single_read", _SINGLE),
    *_each("single_read", _SINGLE, single_refusal=24),
    *_each("single_read", _SINGLE, single_refusal=169),
    *_each("single_read", _SINGLE, single_refusal=0),
    *_each("single_refusal", [18, 23, 75, 282], single_read="parameter"),
    *_each("period_counts", ["utc", "within", "overlap", "before_end"], single_read="none"),
    *_each("max_records", [4], single_read="none"),
    *_each("cntabsolute", ["null", "shown", "too_many", "zero"], single_read="none", max_records=4),
    *_each("modify_verb", ["create", "both"]),
    *_each("empty_resourceid", ["18"]),
    *_each("filled_resourceid", ["24"]),
    *_each("empty_relationinfo", ["179"]),
    *_each("identifiers", ["cut", "upper", "padded", "empty", "null", "missing"]),
    *_each("max_records", [1, 20]),
    *_each("period_counts", ["utc", "within", "overlap", "before_end"]),
    *(
        Dialect(f"missing_calls={name}, missing_code={code}", {"missing_calls": [name], "missing_code": code})
        for name in ("appointmentList", "calendar", "idsfromrelation")
        for code in (18, 23, 24, 25, 75, 91, 199, 282)
    ),
    Dialect("missing_calls=calendar+idsfromrelation", {"missing_calls": ["calendar", "idsfromrelation"]}),
    Dialect("missing_calls=appointmentList+idsfromrelation", {"missing_calls": ["appointmentList", "idsfromrelation"]}),
    Dialect("missing_calls=appointmentList+calendar", {"missing_calls": ["appointmentList", "calendar"]}, settles=False),
    *_each("failure_envelope", ["code", "ok"]),
    *_each("success_body", ["record"]),
    *_each("several_links", ["partial", "first"]),
    *_each("http_status", [500, 404]),
    *_each("rate_answer", _RATE, rate_per_minute=2),
    *_each("redirect_status", [301, 302, 307, 308], redirect="same_host"),
    Dialect("redirect=other_host", {"redirect": "other_host"}, settles=False),
    *_each("clock_offset_s", [-3600, 7200]),
    Dialect("clock_offset_s=3600, date_header=missing", {"clock_offset_s": 3600, "date_header": "missing"}, settles=False),
    *_each("partial_writes", ["reset"]),
    *_each("read_lag_s", [0.3, 3, 20]),
    *_each("hidden_contacts", [0.3, 1]),
    *_each("hidden_contacts", [0.3, 1], hidden_from="everything"),
    *_each("double_contacts", [0.3, 1], settles=False),
    Dialect("address_rights=False", {"address_rights": False}),
    Dialect("address_rights=False, hidden_from=everything", {"address_rights": False, "hidden_from": "everything"}),
    Dialect("read_rights=False", {"read_rights": False}, settles=False),
    *(
        Dialect(f"protected={kind}, protected_code={code}", {"protected": [kind], "protected_code": code})
        for kind in _PROTECTED_KINDS
        for code in (156, 174, 0)
    ),
    *_each("credentials_answer", CREDENTIALS, settles=False, refuse_credentials=True),
]


def office() -> tuple[dict[str, Any], list[Row]]:
    """A state of the simulator and the rows to drop: every word before and after, what is there already, what cannot be."""
    words = cycle([(confirmation, feedback) for feedback in FEEDBACKS for confirmation in CONFIRMATIONS])
    asked = cycle([("bestätigt", ""), ("", "aktiv"), ("gecancelt", "inaktiv"), ("", "inaktiv"), ("gesendet", "aktiv")])
    appointments, rows = [], []
    for number in (*range(70_001, 70_011), *_SPECIAL):
        contacts = [(90_001 + (number + place) % 9, next(words)) for place in range(3)]
        appointments.append(_appointment(number, contacts))
        if number >= SERIES:
            address, (confirmation, _) = contacts[0]
            rows.append(Row(str(number), str(address), "gesendet" if confirmation != "gesendet" else "bestätigt"))
            continue
        for address, has in contacts[:2]:
            said = has if (number + address) % 4 == 0 else next(asked)
            rows.append(Row(str(number), str(address), *said))
    ids = {appointment["id"]: [contact["id"] for contact in appointment["contacts"]] for appointment in appointments}
    rows += [
        Row(str(NO_FEEDBACK), str(ids[NO_FEEDBACK][1]), "", "aktiv"),
        Row("70001", "90019", "bestätigt"),
        Row("79999", "90001", "bestätigt"),
        Row("70002", "90018", action="verknüpfen"),
        Row("70003", "90018", "gesendet", action="verknüpfen"),
        Row("70004", str(ids[70_004][2]), action="lösen"),
    ]
    return {"appointments": appointments, "addresses": [*range(90_001, 90_020)]}, rows


def _appointment(number: int, contacts: list[tuple[int, tuple[str, str]]]) -> dict[str, Any]:
    """Days apart; some at the very end or the very beginning of a day, which is another one in UTC."""
    day = f"2026-12-{1 + number % 100:02}"
    hours = {0: ("23:30:00", "23:50:00"), 1: ("00:15:00", "01:00:00")}
    start, end = hours.get(number % 5, ("09:00:00", "10:00:00"))
    return {
        "id": number,
        "subject": "",
        "start": f"{day}T{start}+01:00",
        "end": f"{day}T{end}+01:00",
        **_SPECIAL.get(number, {}),
        "contacts": [
            {"id": address, "confirmation": confirmation, "feedback": None if number == NO_FEEDBACK else feedback}
            for address, (confirmation, feedback) in contacts
        ],
    }


@dataclass
class Night:
    """What one night came to.

    `befores`: the states in which its runs may have found the CRM. `blurred`: a feedback that is not set up reads like one
    that is off, and nothing tells the two apart. `unseen`: links that nothing that reads shows.
    """

    report: dict[str, Any] | None
    exit_code: int | None
    befores: list[State]
    after: State
    log: list[dict[str, Any]]
    blurred: bool = False
    rows: list[tuple[Row, dict[str, Any]]] = field(default_factory=list)
    unseen: Collection[Pair] = ()

    @property
    def requests(self) -> int:
        return len(self.log)

    def outcome(self, pair: Pair) -> str:
        """The verdict of the row of a link; nothing where the night ended without one."""
        return next((told["outcome"] for row, told in self.rows if row.pair == pair), "")

    def writes(self) -> set[Pair]:
        """The links that something was sent to."""
        return {
            (parent, child)
            for entry in self.log
            for action in entry["actions"]
            if action["resourcetype"] == "relation"
            for parent in action["parents"]
            for child in action["children"]
        }

    def wrong(self) -> list[str]:
        """Every verdict that is not true."""
        return [why for row, told in self.rows for why in self._untrue(row, told)]

    def _untrue(self, row: Row, told: dict[str, Any]) -> list[str]:
        if row.pair in self.unseen and not self._knows_of_hiding and {"not_linked"} & _codes(told):
            return []
        now = self.after.get(row.pair)
        found = [_untrue(row, told, before.get(row.pair), now) for before in self.befores]
        if self.blurred:
            found += [
                _untrue(row, told, _off(before.get(row.pair)), each) for before in self.befores for each in (now, _off(now))
            ]
        return min(found, key=len)

    @property
    def _knows_of_hiding(self) -> bool:
        """Whether anything hints at it that links are not shown, which the night can then see."""
        return any("perhaps_hidden" in _codes(told) or (row.links and "not_read_back" in _codes(told)) for row, told in self.rows)

    def counts(self) -> str:
        """`24 updated, 3 rejected`, in the order of the verdicts."""
        order = ("updated", "unchanged", "rejected", "unknown", "not_sent", "conflict", "invalid")
        outcomes = [told["outcome"] for _, told in self.rows]
        return ", ".join(f"{outcomes.count(name)} {name}" for name in order if name in outcomes) or f"exit code {self.exit_code}"


def _codes(told: dict[str, Any]) -> set[str]:
    return {problem["code"] for problem in told["problems"]}


def _off(words: Words | None) -> Words | None:
    return (words[0], words[1] or "inaktiv") if words else None


def _untrue(row: Row, told: dict[str, Any], was: Words | None, now: Words | None) -> list[str]:
    """What is not true in the verdict of one row."""
    verdict, place = told["outcome"], f"{row} was {was} is {now}: {told}"
    holds, wrong = row.wants(now), []
    taken_at_its_word = told["before"] is None or (now is not None and now[1] is None)
    if verdict == "updated" and not holds and (told["verified"] or not taken_at_its_word):
        wrong.append(f"not so: {place}")
    if verdict == "unchanged" and not (holds and row.wants(was)):
        wrong.append(f"not unchanged: {place}")
    in_part = is_in_part(row, _codes(told)) and told["verified"] and now is not None and now[1] is None
    if verdict in {"rejected", "not_sent", "conflict"} and was != now and not in_part:
        wrong.append(f"something was done: {place}")
    if verdict not in FINE and told["verified"] and holds:
        wrong.append(f"called seen to be otherwise: {place}")
    if verdict not in FINE and not told["problems"]:
        wrong.append(f"no reason: {place}")
    if told["before"] and not _may_have_been(told["before"], was):
        wrong.append(f"another state before: {place}")
    return wrong + ([] if _other_half_kept(row, told, was, now) else [f"the other half is lost without a word: {place}"])


def _may_have_been(before: dict[str, Any], was: Words | None) -> bool:
    """Whether the state before that a row tells is the true one, as far as it tells any."""
    confirmation, feedback = was or (None, None)
    return before["confirmation"] in {None, confirmation} and before["feedback"] in {None, feedback}


def _other_half_kept(row: Row, told: dict[str, Any], was: Words | None, now: Words | None) -> bool:
    """Whether what the row did not ask about is as it was, or the row needs a person who reads of it."""
    if was is None or now is None or row.action:
        return True
    kept = (row.confirmation or was[0] == now[0]) and (row.feedback or was[1] == now[1])
    return bool(kept) or bool(told["problems"])


class Clock:
    """Time that passes only where somebody waits for it, from the same day on: what is played with it goes alike every time."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed

    def now(self) -> float:
        """Seconds since 1970."""
        return _FIRST_DAY + self.passed


@contextmanager
def onoffice(kit: type[Kit]) -> Iterator[tuple[Running, Clock]]:
    """A simulator with a clock of its own; the log of one for all nights would grow without end."""
    clock = Clock()
    with simulator.running(token=kit.token, secret=kit.secret, clock=clock, wall=clock.now) as api:
        yield api, clock


@dataclass
class Nights:
    """One office that hears one dialect night after night; waiting takes no time, on the simulator's clock either.

    `clock` is the one of the simulator, where that has one of its own.
    """

    folder: Path
    kit: type[Kit]
    api: Running
    options: dict[str, Any]
    clock: Clock | None = None
    waited: float = 0.0
    first: State = field(init=False)
    rows: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        seeded, self.rows = office()
        self.api.put_faults([])
        self.speak(self.options)
        self.api.put_state(seeded)
        self.first = self.state
        self.office: Office = self.kit.Office(self.folder, self.api.url)
        # names are asked for by requests of their own, beside those that are counted here
        self.office.configure(sending={"attempts": 4}, rules={"allow_delete": True}, report={"names": False})
        self.office.make_folders()

    def speak(self, options: dict[str, Any]) -> None:
        """Let onOffice speak a dialect from now on."""
        self.options = options
        self.api.put_options(asdict(Options()) | options)

    @property
    def state(self) -> State:
        return state_of(self.api.state())

    def drop(self, name: str, *, anew: bool = False) -> None:
        """Drop the sheet. `anew`: as a file that was not there before, so that everything is asked again."""
        to_csv(self.office.drop / name, self.rows)
        if anew:
            with (self.office.drop / name).open("ab") as file:
                file.write(b"\r\n")

    def night(self, befores: Sequence[State] = ()) -> Night:
        """Let the job run. `befores`: states in which runs that were killed may have found the CRM."""
        begin, log, known = self.state, len(self.api.log()), len(self.office.reports())
        exit_code = int(self.office.run(self.tools()).info.exit_code)
        reports = self.office.reports()
        report = reports[-1] if len(reports) > known else None
        night = Night(report, exit_code, [*befores, begin], self.state, self.api.log()[log:])
        night.blurred = self.options.get("followup_unset") == "says_available"
        if self.options.get("hidden_from") == "everything":
            night.unseen = {row.pair for row in self.rows if not self._is_shown(row.pair)}
        for file in report["files"] if report else ():
            night.rows += zip(self.rows, file["rows"], strict=True) if file["rows"] else []
        self._pass(8 * 3600.0)
        return night

    def tools(self) -> Runtime:
        stopper = Stopper(wait=self._pass)
        if self.clock:
            return Runtime(stopper=stopper, now=self.clock.now, clock=self.clock)
        return Runtime(stopper=stopper, clock=lambda: time.monotonic() + self.waited)

    def _pass(self, seconds: float) -> None:
        if self.clock:
            self.clock.passed += seconds
            self.api.await_return()
            return
        self.waited += seconds
        self.api.go_forward(seconds)

    def unasked(self) -> list[str]:
        """Links that nobody asked for and that are not as they were."""
        now, asked = self.state, {row.pair for row in self.rows}
        return [f"nobody asked: {pair}" for pair in {*now, *self.first} - asked if now.get(pair) != self.first.get(pair)]

    def left(self, night: Night, *, taught: bool = True) -> list[str]:
        """Rows that a night should have brought to their end: sent where onOffice takes them, refused where it does not.

        `taught`: writes in peace have shown how words read.
        """
        if not night.rows:
            return ["no row was told"]
        found = []
        for row, told in night.rows:
            if told["outcome"] == "duplicate":  # of a file that went back
                continue
            if not taught and ((not told["verified"] and self._may_stay_unread(row)) or self._cannot_name_both(row)):
                continue
            untold = "idsfromrelation" in self.options.get("missing_calls", [])  # taken away perhaps before a run broke off
            if not taught and row.unlinks and untold and "perhaps_hidden" in _codes(told):
                continue
            sendable, as_wanted = self._is_sendable(row), row.wants(night.befores[-1].get(row.pair))
            ends = FINE if sendable else {"rejected", "unchanged"} if as_wanted else {"rejected"}
            if self._must_end(row) and told["outcome"] not in ends:
                found.append(f"not {'fine' if sendable else 'refused'}: {row}: {told}")
        return found

    def untold(self) -> list[str]:
        """Undo all runs, the last one first: links that are not as they were at first, and nobody said so."""
        told: set[Pair] = set()
        runs = [run for (run,) in Chronicle(self.office, self.api).ledger("SELECT id FROM runs ORDER BY rowid")]
        for run in reversed(runs):
            known = len(self.office.reports())
            with suppress(SyncError):  # nothing to take back, or the run did not end
                undo_run(config.load(self.office.config), (self.office.token, self.office.secret), self.tools(), run)
            for report in self.office.reports()[known:]:
                told |= _not_fine(report)
        told |= {pair for report in self.office.reports() for pair in _not_fine(report) if report["run"]["id"] in runs}
        now = self.state
        return [
            f"not taken back: {pair} was {self.first.get(pair)} is {now.get(pair)}"
            for pair in {*now, *self.first} - told
            if now.get(pair) != self.first.get(pair)
        ]

    def _may_stay_unread(self, row: Row) -> bool:
        """Whether a status of a row is not read at all, or in words that nobody has heard of, which only a change teaches."""
        confirmation = self.options.get("words") in {"numbers", "other"}
        feedback = self.options.get("followup_words") == "other" or "appointmentList" in self.options.get("missing_calls", [])
        return bool((confirmation and row.confirmation) or (feedback and row.feedback))

    def _cannot_name_both(self, row: Row) -> bool:
        """Whether a write would reset a status that nobody can read."""
        missing = self.options.get("missing_calls", [])
        unread = {"confirmation": self.options.get("words") in {"numbers", "other"}}
        unread["feedback"] = self.options.get("followup_words") == "other" or "appointmentList" in missing
        named = {"confirmation": row.confirmation, "feedback": row.feedback}
        return self.options.get("partial_writes") == "reset" and any(unread[name] and not named[name] for name in unread)

    def _must_end(self, row: Row) -> bool:
        """Whether it can be known what becomes of a row.

        A feedback where none is set up may be taken without a word; a link that was made may stay unseen.
        """
        if row.links and not self._is_shown(row.pair):
            return False
        return not (row.feedback and row.pair[0] == NO_FEEDBACK) or "feedback" in self.options.get("protected", [])

    def _is_sendable(self, row: Row) -> bool:
        """Whether onOffice takes a row from somebody who speaks its dialect, and shows the link that it is about."""
        protected = self.options.get("protected", [])
        if row.pair not in self.first and not row.links:
            return False
        if row.pair[0] in {_PROTECTED[kind] for kind in protected if kind in _PROTECTED}:
            return False
        return self._is_shown(row.pair) and not (row.pair[0] == NO_FEEDBACK and row.feedback)

    def _is_shown(self, pair: Pair) -> bool:
        """Whether anything that reads tells of a link at all."""
        return self.options.get("address_rights", True) and not chosen(self.options.get("hidden_contacts", 0), *pair)


def _not_fine(report: dict[str, Any]) -> Iterable[Pair]:
    """The links of the rows that need a person, or that nobody could look at."""
    return {
        (told["appointment_id"], told["address_id"])
        for file in report["files"]
        for told in file["rows"]
        if told["outcome"] not in FINE or not told["verified"]
    }
