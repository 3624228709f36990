"""Promise: whatever dialect an office's API speaks, no verdict is wrong, and the second night at the latest does it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from sync.job.context import Runtime, Stopper
from tests.rounds.conftest import BEGIN, Row, State, row, seed, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.simulator import Running
    from tests.rounds.conftest import Night, Office

NOBODY_ASKED: Final = {(6, 61): ("bestätigt", "aktiv"), (1, 19): ("gesendet", "aktiv")}
LINKS: Final[State] = {
    **NOBODY_ASKED,
    **{(a, 10 * a + b): ("gesendet", "aktiv") for a in range(1, 6) for b in range(1, 4)},
    (5, 54): ("nicht gesetzt", "inaktiv"),
    (5, 55): ("bestätigt", "aktiv"),
}


def rows(confirmation: str, feedback: str) -> list[Row]:
    """Rows about one status and about both, two that are so already, and two that cannot be: not linked, no appointment."""
    return [
        *(row(a, 10 * a + 1, confirmation) for a in range(1, 6)),
        *(row(a, 10 * a + 2, "", feedback) for a in range(1, 6)),
        *(row(a, 10 * a + 3, confirmation, feedback) for a in range(1, 6)),
        row(5, 54, "nicht gesetzt"),
        row(5, 55, "bestätigt", "aktiv"),
        row(1, 61, confirmation),
        row(77, 11, confirmation),
    ]


NIGHTS: Final = (rows("gecancelt", "inaktiv"), rows("bestätigt", "aktiv"))
SENDABLE: Final = len(NIGHTS[0]) - 2


@dataclass(frozen=True)
class Case:
    """One dialect. In the second night so many rows may stay open beside the two that cannot be, and so many unverified."""

    options: dict[str, Any]
    open_rows: int = 0
    unverified: int = 0

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.options.items())


CASES: Final = [
    Case({}),
    *(Case({"http_status": code}) for code in (201, 400, 401, 404, 500, 503)),
    *(
        Case({"noise": noise})
        for noise in ("bom", "bom_after", "warning_before", "warning_after", "notice_before", "notice_after")
    ),
    *(Case({"failure_envelope": word}) for word in ("code", "ok")),
    Case({"status_codes": "texts"}),
    *(Case({"identifiers": word}) for word in ("cut", "upper", "padded", "empty", "null", "missing")),
    *(Case({"cntabsolute": word}) for word in ("null", "shown", "too_many", "zero")),
    *(Case({"several_links": word}) for word in ("partial", "first")),
    Case({"partial_writes": "reset"}),
    *(Case({"modify_verb": word}) for word in ("create", "both")),
    Case({"empty_resourceid": "18"}),
    Case({"filled_resourceid": "24"}),
    Case({"empty_relationinfo": "179"}),
    Case({"missing_calls": ["appointmentList"]}, unverified=11),
    *(Case({"missing_calls": [word]}) for word in ("calendar", "idsfromrelation")),
    *(Case({"missing_calls": ["idsfromrelation"], "missing_code": code}) for code in (18, 23, 24, 199)),
    *(Case({"single_read": word}) for word in ("resourceid", "text", "number", "parameter", "filter", "none")),
    *(Case({"single_read": word, "single_refusal": 0}) for word in ("number", "parameter", "filter", "none")),
    *(Case({"single_read": "number", "single_refusal": code}) for code in (18, 75, 282)),
    *(Case({"max_records": count}) for count in (3, 20)),
    *(Case({"period_counts": word}) for word in ("utc", "within", "overlap", "before_end")),
    *(Case({"followup_place": p, "followup_elsewhere": e}) for p in ("data", "parameter") for e in ("silent", "error")),
    *(
        Case({"words": word})
        for word in ("cancelled", "not_set_space", "not_set_low", "empty", "null", "missing", "upper", "german", "objects")
    ),
    *(
        Case({"followup_words": word})
        for word in ("english", "upper", "booleans", "numbers", "digits", "yes_no", "ja_nein", "on_off", "objects")
    ),
    *(Case({"followup_unset": word}) for word in ("missing", "inactive", "says_available")),
    *(Case({name: word}) for name in ("contacts_shape", "records_shape") for word in ("object", "by_id")),
    *(Case({name: word}) for name in ("empty_contacts", "empty_records") for word in ("null", "missing")),
    *(Case({"elements_shape": word}) for word in ("list", "empty_list")),
    Case({"record_ids": "text"}),
    Case({"record_ids": "missing"}),
    Case({"element_ids": "number"}),
    Case({"element_ids": "missing"}),
    Case({"contact_ids": "number"}),
    *(Case({"dates": word}) for word in ("z", "offset", "local", "epoch", "missing")),
    Case({"appointment_status": "text"}),
    *(Case({"read_lag_s": seconds}) for seconds in (0.5, 5, 20)),
    *(Case({"redirect": "same_host", "redirect_status": code}) for code in (301, 302, 307, 308)),
    *(
        Case({"rate_per_minute": 3, "rate_answer": w})
        for w in ("429", "429_bare", "503", "503_bare", "text", "html", "json", "status")
    ),
    *(Case({"clock_offset_s": seconds}) for seconds in (600, -7200)),
    *(Case({"words": word}, open_rows=4) for word in ("numbers", "other")),
    Case({"followup_words": "other"}, open_rows=4),
]


def tools(crm: Running) -> Runtime:
    """A clock on which waiting takes no time, also not where the simulator stands."""
    passed = [1000.0]

    def wait(seconds: float) -> None:
        passed[0] += seconds
        crm.go_forward(seconds)

    return Runtime(stopper=Stopper(wait=wait), clock=lambda: passed[0])


def assert_true(night: Night) -> None:
    """No verdict is wrong, and nothing was touched that nobody asked for."""
    for cells, seen in zip(night.rows, night.seen, strict=True):
        appointment, address, confirmation, feedback, *_ = cells
        link = int(str(appointment)), int(str(address))
        was, now = night.before.get(link), night.after.get(link)
        place = f"{cells}: {seen}; was {was}, is {now}"
        if seen.verdict in {"updated", "unchanged"}:
            assert now is not None, place
            assert confirmation in {"", now[0]}, place
            assert feedback in {"", now[1]}, place
        if seen.verdict in {"rejected", "not_sent"}:
            assert was == now, place
        if was and now:
            assert confirmation or was[0] == now[0] or "other_status_lost" in seen.codes, place
            assert feedback or was[1] == now[1] or "other_status_lost" in seen.codes, place
    named = {(int(str(a)), int(str(b))) for a, b, *_ in night.rows}
    for link in night.before.keys() | night.after.keys():
        assert link in named or night.before.get(link) == night.after.get(link), link


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_verdict_is_wrong_and_the_second_night_does_all(fresh: Callable[..., Office], case: Case) -> None:
    made = fresh(seed(LINKS), case.options)
    clock = tools(made.crm)
    nights = [made.night(some, tools=clock) for some in NIGHTS]
    for night in nights:
        assert_true(night)

    second = nights[-1]
    done = [verdict in {"updated", "unchanged"} for verdict in second.verdicts[:SENDABLE]]
    shown = "\n".join(f"{cells} {seen}" for cells, seen in zip(second.rows, second.seen, strict=True))
    assert done.count(False) <= case.open_rows, f"{second.rounds.stopped}\n{shown}"
    assert [seen.verified for seen in second.seen[:SENDABLE]].count(False) <= case.open_rows + case.unverified, shown
    assert set(second.verdicts[SENDABLE:]) == {"rejected"}, shown


@pytest.mark.parametrize("counts", ["before_end", "utc", "within"])
def test_where_only_periods_show_appointments_those_at_the_edge_of_one_are_seen_like_all_others(
    fresh: Callable[..., Office], counts: str
) -> None:
    records = seed(LINKS, addresses=[99])
    if counts != "before_end":  # on another day in UTC, or over before the next day begins
        spans = {"utc": ("2026-12-02T00:15:00+01:00", "2026-12-02T00:45:00+01:00")}
        start, end = spans.get(counts, ("2026-12-02T23:30:00+01:00", "2026-12-03T00:30:00+01:00"))
        records["appointments"] = [{**each, "start": start, "end": end} for each in records["appointments"]]
    begin = {"utc": "02.12.2026 00:15", "within": "02.12.2026 23:30"}.get(counts, BEGIN)
    made = fresh(records, {"single_read": "none", "missing_calls": ["calendar"], "period_counts": counts})
    night = made.night([(*some[:5], begin) for some in (row(1, 11, "gecancelt", "inaktiv"), row(2, 99, action="verknüpfen"))])

    assert [(seen.verdict, seen.verified) for seen in night.seen] == [("updated", True)] * 2
    assert state(made.crm)[2, 99] == ("nicht gesetzt", "inaktiv")


def test_a_status_that_a_write_resets_is_read_from_a_period_where_the_call_for_one_appointment_does_not_tell_it(
    fresh: Callable[..., Office],
) -> None:
    made = fresh(seed(LINKS), {"single_read": "none", "period_counts": "before_end", "partial_writes": "reset"})
    clock = tools(made.crm)
    for some in NIGHTS:
        night = made.night(some, tools=clock)
        assert_true(night)

    assert {(seen.verdict, seen.verified) for seen in night.seen[:SENDABLE]} == {("updated", True), ("unchanged", True)}


@pytest.mark.parametrize("counts", ["start", "before_end"])
def test_of_many_appointments_too_a_feedback_that_only_periods_tell_is_read_from_these(
    fresh: Callable[..., Office], counts: str
) -> None:
    links = {(number, 1_000 + number): ("gesendet", "inaktiv") for number in range(1, 121)}
    records = seed(links)
    days = [f"2026-12-{1 + number // 5:02}" for number in range(len(links))]
    records["appointments"] = [
        {**each, "start": f"{day}T09:00:00+01:00"} for each, day in zip(records["appointments"], days, strict=True)
    ]
    made = fresh(records, {"single_read": "none", "period_counts": counts})
    begins = [f"{day[8:]}.12.2026" for day in days]
    night = made.night([row(*link, "", "aktiv", "", begin) for link, begin in zip(links, begins, strict=True)])

    assert {(seen.verdict, seen.verified) for seen in night.seen} == {("updated", True)}


def test_where_only_periods_tell_a_feedback_the_look_after_the_first_write_reads_one(fresh: Callable[..., Office]) -> None:
    made = fresh(seed(LINKS), {"single_read": "none"})
    night = made.night(NIGHTS[0], tools=tools(made.crm))

    assert_true(night)
    assert {(seen.verdict, seen.verified) for seen in night.seen[:SENDABLE]} == {("updated", True), ("unchanged", True)}


def test_a_link_that_is_made_gets_its_feedback_too_where_looks_tell_none(fresh: Callable[..., Office]) -> None:
    made = fresh(seed(LINKS, addresses=[99]), {"missing_calls": ["appointmentList"]})
    night = made.night([row(2, 99, "bestätigt", "aktiv", "verknüpfen")])

    assert [(seen.verdict, seen.verified) for seen in night.seen] == [("updated", False)]
    assert state(made.crm)[2, 99] == ("bestätigt", "aktiv")


def test_a_link_that_is_made_is_not_called_as_wanted_where_nobody_knows_of_its_feedback(fresh: Callable[..., Office]) -> None:
    made = fresh(seed(LINKS, addresses=[99]), {"missing_calls": ["appointmentList"]})
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "action_error", "code": 182}])
    night = made.night([row(2, 99, "bestätigt", "aktiv", "verknüpfen")])

    assert night.verdicts not in (["updated"], ["unchanged"])
    assert state(made.crm)[2, 99] == ("bestätigt", "inaktiv")
