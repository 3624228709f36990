"""What the doctor says about onOffice, against the simulator in all its moods; and that it changes nothing there."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from sync.domain.model import State
from sync.ledger import NAME, Ledger
from sync.onoffice.dialect import Lesson, Trait
from sync.setup.doctor import Level, Named, Symptom
from sync.setup.doctor import api as asking

if TYPE_CHECKING:
    from conftest import Practice

    from sync.simulator import Running

S = Symptom
HERE = Named(70001)


def writes(api: Running) -> list[tuple[str, int]]:
    actions: list[Any] = [action for request in api.log() for action in request["actions"]]  # type: ignore[attr-defined]  # JSON
    return [(action["verb"], action["errorcode"]) for action in actions if action["resourcetype"] == "relation"]


def test_where_all_is_well_every_finding_is_in_order_and_the_exit_code_is_0(practice: Practice, api: Running) -> None:
    before = api.state()
    examination = practice.examine(HERE)

    assert [finding.symptom for finding in examination.findings if finding.level is not Level.OK] == []
    assert examination.exit_code == 0
    told = {finding.symptom for finding in examination.findings}
    assert {S.READS, S.WRITES, S.VERB_FINE, S.RESOURCE_ID_EMPTY, S.NOTHING_CHANGED, S.CLOCK_FINE} <= told
    assert api.state() == before
    assert writes(api) == [("modify", 0)]


def test_without_an_appointment_nothing_is_written_and_it_says_so(practice: Practice, api: Running) -> None:
    assert practice.found()[S.WRITE_NOT_TRIED].level is Level.WARNING
    assert writes(api) == []


def test_of_several_addresses_the_one_that_nobody_could_be_reminded_of_is_taken(practice: Practice) -> None:
    assert practice.found(HERE)[S.WRITES].path == "70001/90002"
    assert practice.found(Named(70001, 90001))[S.WRITES].detail == "bestätigt"


@pytest.mark.parametrize(
    ("named", "symptom"),
    [(Named(4711), S.NO_APPOINTMENT), (Named(70002), S.NOBODY_LINKED), (Named(70001, 90009), S.NOT_LINKED)],
)
def test_a_link_that_is_not_there_is_told_and_never_written(
    practice: Practice, api: Running, named: Named, symptom: Symptom
) -> None:
    assert practice.bad(named) == [symptom]
    assert practice.examine(named).exit_code == 1
    assert writes(api) == []


def test_a_word_that_nobody_knows_is_never_written_back(
    practice: Practice, api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.onoffice.appointments.read_state", lambda *_: State())

    assert practice.bad(HERE) == [S.UNKNOWN_WORDS, S.NO_KNOWN_WORD]
    assert writes(api) == []


@pytest.mark.parametrize("which", ["ONOFFICE_TOKEN", "ONOFFICE_SECRET"])
def test_a_wrong_token_and_a_wrong_secret_are_told(practice: Practice, which: str) -> None:
    practice.environment[which] = practice.environment[which][::-1]

    assert practice.bad() == [S.CREDENTIALS_REFUSED]
    assert S.CLOCK_FINE in practice.found()
    assert practice.examine().exit_code == 1


def test_a_clock_that_is_off_is_told_with_the_seconds(practice: Practice, api: Running) -> None:
    for offset, symptom in ((-50, S.CLOCK_SLIPS), (400, S.CLOCK_FOLLOWED)):
        api.put_options({"clock_offset_s": offset})
        assert int(practice.found()[symptom].detail) == pytest.approx(-offset, abs=2)


@pytest.mark.parametrize(
    ("offset", "symptom"),
    [(None, S.CLOCK_NOT_KNOWN), (-20, S.CLOCK_FINE), (21, S.CLOCK_SLIPS), (120, S.CLOCK_SLIPS), (-121, S.CLOCK_WRONG)],
)
def test_a_clock_is_judged_by_what_the_api_allows(offset: int | None, symptom: Symptom) -> None:
    assert asking._clock(offset, follows=False).symptom is symptom


@pytest.mark.parametrize(("offset", "symptom"), [(3600, S.CLOCK_FOLLOWED), (-90_000, S.CLOCK_WRONG)])
def test_a_clock_that_the_job_does_not_follow_is_a_problem(offset: int, symptom: Symptom) -> None:
    assert asking._clock(offset, follows=True).symptom is symptom


def test_a_wrong_clock_with_which_the_job_gets_through_is_a_warning(practice: Practice, api: Running) -> None:
    api.put_options({"clock_offset_s": 3600})

    assert practice.bad(HERE) == [S.CLOCK_FOLLOWED]
    assert practice.examine(HERE).exit_code == 0


def test_a_clock_that_is_so_wrong_that_the_api_refuses_is_told_with_the_seconds(practice: Practice) -> None:
    practice.configure("onoffice", clock="strict")
    found = practice.found(now=lambda: time.time() - 3600)

    assert int(found[S.CLOCK_WRONG].detail) == pytest.approx(-3600, abs=2)
    assert S.CREDENTIALS_TAKEN not in found


def test_without_network_it_says_so_and_still_tells_everything_else(practice: Practice) -> None:
    practice.configure("onoffice", url="http://127.0.0.1:9/api/stable/api.php")
    found = practice.found(HERE)

    assert found[S.UNREACHABLE].detail == "no connection"
    assert S.FOLDER_FINE in found
    assert practice.examine(HERE).exit_code == 1


@pytest.mark.parametrize(
    ("fault", "symptom"),
    [
        ({"do": "garbage"}, S.UNREACHABLE),
        ({"do": "drop_before"}, S.UNREACHABLE),
        ({"do": "status", "code": 503}, S.UNREACHABLE),
        ({"do": "status", "code": 404}, S.UNREACHABLE),
        ({"do": "status", "code": 413}, S.BAD_ANSWERS),
        ({"do": "truncate"}, S.UNREACHABLE),
        ({"do": "action_error", "code": 1}, S.READ_UNCLEAR),
    ],
)
def test_an_answer_that_is_none_is_told(practice: Practice, api: Running, fault: dict[str, object], symptom: Symptom) -> None:
    api.put_faults([{"on": "every", **fault}])

    assert practice.bad() == [symptom]


def test_no_right_to_read_is_a_warning_and_a_problem_where_reading_is_a_must(practice: Practice, api: Running) -> None:
    api.put_options({"read_rights": False})

    assert practice.bad(HERE) == [S.READ_REFUSED, S.CANNOT_LOOK]
    assert writes(api) == []
    practice.configure("sending", look=True)
    assert practice.bad() == [S.READ_REFUSED_BUT_NEEDED]


def test_a_calendar_without_a_single_appointment_looks_like_a_missing_right(practice: Practice, api: Running) -> None:
    api.put_state({"appointments": [], "addresses": []})

    assert practice.bad() == [S.READS_NOTHING]


@pytest.mark.parametrize(
    ("code", "symptom"),
    [
        (156, S.NO_RIGHT_TO_WRITE),
        (174, S.NO_RIGHT_TO_WRITE),
        (182, S.WRITE_REFUSED),
        (292, S.WRITE_REFUSED),
        (1, S.WRITE_UNCLEAR),
    ],
)
def test_a_refused_write_is_told_with_its_number(practice: Practice, api: Running, code: int, symptom: Symptom) -> None:
    api.put_faults([{"on": "every", "verb": "modify", "do": "action_error", "code": code}])

    assert practice.bad(HERE) == [symptom]
    assert [verb for verb, _ in writes(api)] == ["modify"]


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_write_whose_answer_was_lost_stays_open_and_is_looked_at(practice: Practice, api: Running, fault: str) -> None:
    api.put_faults([{"on": "every", "verb": "modify", "do": fault}])
    before = api.state()

    assert practice.bad(HERE) == [S.WRITE_UNCLEAR]
    assert S.NOTHING_CHANGED in practice.found(HERE)
    assert api.state() == before


def test_the_verb_that_the_account_takes_is_found_out_and_changes_nothing(practice: Practice, api: Running) -> None:
    api.put_options({"modify_verb": "create"})
    before = api.state()

    assert practice.bad(HERE) == [S.VERB_DIFFERS]
    assert practice.found(HERE)[S.VERB_DIFFERS].detail == "create"
    assert api.state() == before
    practice.configure("sending", modify_verb="create")
    assert practice.bad(HERE) == []


def test_create_is_never_tried_where_modify_is_known(practice: Practice, api: Running) -> None:
    practice.configure("sending", modify_verb="create")

    assert practice.bad(HERE) == [S.VERB_DIFFERS]
    assert writes(api) == [("modify", 0)]


def test_an_account_that_wants_a_resourceid_is_told(practice: Practice, api: Running) -> None:
    api.put_options({"empty_resourceid": "18"})

    assert practice.bad(HERE) == []
    assert practice.found(HERE)[S.RESOURCE_ID_NEEDED].detail == "70001"


def test_somebody_who_works_on_the_appointment_meanwhile_is_noticed(
    practice: Practice, api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = asking._write

    def and_somebody_else(*arguments: Any) -> object:  # noqa: ANN401 - handed on
        state: Any = api.state()
        state["appointments"][0]["contacts"][0]["confirmation"] = "gecancelt"
        api.put_state(state)
        return written(*arguments)

    monkeypatch.setattr(asking, "_write", and_somebody_else)

    assert practice.bad(HERE) == [S.CHANGED]


@pytest.mark.parametrize(
    "options",
    [
        {"single_read": "number", "single_refusal": 75},
        {"single_read": "parameter", "single_refusal": 91},
        {"single_read": "filter", "single_refusal": 169},
        {"followup_place": "parameter", "followup_elsewhere": "error"},
        {"words": "german", "followup_words": "booleans"},
        {"contacts_shape": "by_id", "records_shape": "object", "record_ids": "missing"},
        {"empty_resourceid": "18"},
    ],
    ids=str,
)
def test_what_a_run_finds_out_by_itself_is_no_problem(practice: Practice, api: Running, options: dict[str, object]) -> None:
    api.put_options(options)
    before = api.state()

    assert practice.bad(HERE) == []
    assert S.NOTHING_CHANGED in practice.found(HERE)
    assert api.state() == before


@pytest.mark.parametrize("code", [75, 91])
def test_a_read_that_no_way_of_asking_brings_about_is_no_missing_right(practice: Practice, api: Running, code: int) -> None:
    api.put_options({"missing_calls": ["appointmentList", "calendar"], "missing_code": code})

    assert practice.bad() == [S.LIST_REFUSED]
    assert practice.bad(HERE) == [S.LIST_REFUSED, S.NO_WAY_TO_LOOK]
    assert practice.examine(HERE).exit_code == 1
    assert str(code) in practice.found(HERE)[S.NO_WAY_TO_LOOK].detail


def test_where_lists_are_not_to_be_had_the_calendar_shows_the_appointment(practice: Practice, api: Running) -> None:
    api.put_options({"missing_calls": ["appointmentList"], "missing_code": 25})

    assert practice.bad(HERE) == [S.LIST_REFUSED]
    assert S.NOTHING_CHANGED in practice.found(HERE)


def test_a_write_that_resets_the_other_status_is_told_as_such_and_set_back(practice: Practice, api: Running) -> None:
    api.put_options({"partial_writes": "reset"})
    before = api.state()

    assert practice.bad(Named(70001, 90001)) == [S.OTHER_SET_BACK]
    assert api.state() == before


def test_a_status_that_cannot_be_set_back_is_a_problem(practice: Practice, api: Running) -> None:
    api.put_options({"partial_writes": "reset"})
    api.put_faults([{"on": "nth", "n": 2, "verb": "modify", "do": "no_effect"}])

    assert practice.bad(Named(70001, 90001)) == [S.OTHER_LOST]


def test_words_that_nobody_knows_are_told_as_they_were_read(practice: Practice, api: Running) -> None:
    api.put_options({"followup_words": "other"})
    found = practice.found(Named(70001, 90001))

    assert found[S.UNKNOWN_WORDS].level is Level.WARNING
    assert "?" not in found[S.NOTHING_CHANGED].detail
    assert found[S.UNKNOWN_WORDS].detail in found[S.NOTHING_CHANGED].detail


def test_a_clock_that_is_right_is_not_called_wrong(practice: Practice, api: Running) -> None:
    api.put_faults([{"on": "every", "do": "action_error", "code": 136}])

    assert practice.bad() == [S.CLOCK_DISPUTED]


def test_a_time_that_is_refused_without_telling_the_right_one_is_told_without_seconds(practice: Practice, api: Running) -> None:
    api.put_options({"clock_offset_s": 3600, "date_header": "missing"})

    assert practice.bad() == [S.CLOCK_REFUSED]


@pytest.mark.parametrize("answer", ["429_bare", "text", "html", "json"])
def test_too_many_requests_are_told_as_such(
    practice: Practice, api: Running, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_PATIENCE", 1)
    api.put_options({"rate_per_minute": 1, "rate_answer": answer})
    practice.examine()

    assert practice.bad() == [S.TOO_MANY_REQUESTS]


def test_another_address_is_named(practice: Practice, api: Running) -> None:
    api.put_options({"redirect": "other_host"})
    (symptom,) = practice.bad()

    assert symptom is S.REDIRECTED
    assert practice.found()[symptom].detail.startswith("http")


def test_a_job_that_works_blind_ends_with_exit_code_3(practice: Practice, api: Running) -> None:
    api.put_options({"read_rights": False})

    assert practice.examine().exit_code == 3


def test_what_runs_have_learnt_is_shown_with_the_runs_that_taught_it(practice: Practice) -> None:
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        for lesson in (
            Lesson(Trait.SINGLE_READ, "number", run="run-1"),
            Lesson(Trait.CONFIRMATION_WORD, "bestätigt", "okay", "70001/90001", "run-1"),
            Lesson(Trait.CONFIRMATION_WORD, "bestätigt", "okay", "70002/90001", "run-2"),
            Lesson(Trait.CONFIRMATION_WORD, "gesendet", "away", "70003/90001", "run-2"),
        ):
            ledger.learn(lesson)
    learnt = [(finding.detail, finding.path) for finding in practice.examine().findings if finding.symptom is S.LEARNT]

    assert learnt == [("single_read: number", "run-1"), ("confirmation_word: okay = bestätigt", "run-1, run-2")]


@pytest.mark.parametrize("refusal", ["empty", "156"])
def test_without_the_right_to_read_addresses_it_warns_and_names_the_right(practice: Practice, api: Running, refusal: str) -> None:
    assert practice.found()[S.READS_ADDRESSES].level is Level.OK
    api.put_options({"address_rights": False, "address_refusal": refusal})

    examination = practice.examine()

    assert [each.symptom for each in examination.findings if each.level is Level.WARNING] == [S.NO_ADDRESSES, S.WRITE_NOT_TRIED]
    assert examination.exit_code == 3
    assert practice.bad(HERE) == [S.NO_ADDRESSES, S.NOBODY_SHOWN]


def test_what_runs_have_learnt_is_asked_for_first(practice: Practice, api: Running) -> None:
    api.put_options({"single_read": "number", "single_refusal": 91})
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        ledger.learn(Lesson(Trait.SINGLE_READ, "number", run="run-1"))
    practice.examine(HERE)

    assert len(api.log()) == 5


def test_no_more_than_the_configured_rate_is_asked(practice: Practice, api: Running) -> None:
    practice.examine(HERE)

    assert len(api.log()) == 5


def test_neither_token_nor_secret_is_in_what_is_told(practice: Practice) -> None:
    for change in ({}, {"ONOFFICE_SECRET": practice.environment["ONOFFICE_SECRET"][::-1]}):
        practice.environment |= change
        told = repr(practice.examine(HERE))
        assert not any(value in told for value in practice.environment.values())


@pytest.mark.parametrize("refusal", ["empty", "156"])
@pytest.mark.parametrize("right", ["address_rights", "read_rights"])
def test_a_trial_of_writing_ends_with_3_where_the_right_to_read_is_missing(
    practice: Practice, api: Running, right: str, refusal: str
) -> None:
    api.put_options({right: False, "address_refusal": refusal})

    examination = practice.examine(HERE)

    assert {each.symptom for each in examination.findings if each.level is not Level.OK} == (
        {S.NO_ADDRESSES, S.NOBODY_SHOWN} if right == "address_rights" else {S.READ_REFUSED, S.CANNOT_LOOK}
    )
    assert examination.exit_code == 3
    assert writes(api) == []
