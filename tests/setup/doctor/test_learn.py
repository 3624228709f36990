"""`doctor --learn` finds out how an office's API speaks, changes nothing there, and another simulator can play what it found."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import stat
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from sync import simulator
from sync.cli import app as cli
from sync.config import load
from sync.domain.model import Link, Verb, Verdict
from sync.errors import StopRun
from sync.i18n import Language, as_typed, speaking
from sync.ledger import NAME, FileEntry, Ledger
from sync.onoffice.client import Heard
from sync.onoffice.dialect import Dialect, FollowUp, Lesson, PartialWrites, ResourceId, SingleRead, Trait
from sync.onoffice.questions import BESIDE, Answered, Exchange, Question, Sure, answers, dialect, merged
from sync.onoffice.wire import Call
from sync.report.history import NoSuchRun, details
from sync.report.json import history_json
from sync.report.terminal import print_history, print_run
from sync.setup.doctor import learn as texts
from sync.setup.doctor.learn import FILE, _Session, learn
from sync.simulator.options import read_dialect
from tests.setup.doctor.conftest import SECRET, TOKEN, Practice

if TYPE_CHECKING:
    from pathlib import Path

    from sync.setup.doctor.learn import Learnt
    from sync.simulator import Running

TOMORROW: Final = f"{dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)}T09:00:00+01:00"
OWN: Final = Link(70001, 90001)
NAMES: Final = ("Größe-Müller", "Gasthof Zur Linde", "Notiz mit Zeichen")
SEED: Final[dict[str, Any]] = {
    "appointments": [
        {
            "id": 70001,
            "subject": NAMES[0],
            "location": NAMES[1],
            "notes": NAMES[2],
            "type": NAMES[2],
            "start": TOMORROW,
            "contacts": [
                {"id": 90001, "confirmation": "bestätigt", "feedback": "aktiv"},
                {"id": 90002, "confirmation": "gesendet", "feedback": "inaktiv"},
                {"id": 90003, "confirmation": "gecancelt", "feedback": None},
                {"id": 90004, "confirmation": "nicht gesetzt", "feedback": "inaktiv"},
            ],
        },
        {"id": 70002, "start": TOMORROW, "contacts": []},
    ],
    "addresses": [{"id": 90001, "KdNr": "4711", "Vorname": NAMES[0], "Name": NAMES[1]}, 90002, 90003, 90004],
}
#: What is found out by reads alone.
BY_READS: Final[list[dict[str, Any]]] = [
    {},
    {"words": "german", "followup_words": "english"},
    {"words": "objects", "followup_words": "booleans", "followup_unset": "missing"},
    {"words": "missing", "followup_words": "objects", "contacts_shape": "by_id"},
    {"words": "other", "followup_words": "other", "contacts_shape": "object"},
    {"followup_place": "data", "followup_elsewhere": "error", "single_read": "parameter"},
    {"followup_place": "parameter", "single_read": "number", "single_refusal": 169},
    {"single_read": "none", "missing_calls": ["calendar", "idsfromrelation"], "missing_code": 23},
    {"single_read": "filter", "failure_envelope": "code", "status_codes": "texts", "noise": "warning_before"},
    {"failure_envelope": "ok", "identifiers": "cut", "records_shape": "by_id", "dates": "epoch", "empty_contacts": "missing"},
    {"identifiers": "missing", "http_status": 500, "elements_shape": "list", "record_ids": "missing", "dates": "local"},
    {"redirect": "same_host", "redirect_status": 308, "cntabsolute": "zero", "noise": "bom", "appointment_status": "text"},
    {
        "disabled_fields": ["Zusatz1"],
        "contact_ids": "number",
        "element_ids": "number",
        "empty_records": "null",
        "dates": "missing",
    },
    {"address_rights": False, "date_header": "missing"},
    {"contact_ids": "missing", "max_records": 1},
    {"double_contacts": 1, "dates": "z", "period_counts": "before_end"},
    {"hidden_contacts": 1, "address_rights": True},
    {"hidden_contacts": 0.5, "identifiers": "upper", "noise": "notice_after"},
]
#: What takes a link that may be written.
BY_WRITES: Final[list[dict[str, Any]]] = [
    {"partial_writes": "reset", "success_body": "record"},
    {"modify_verb": "create", "partial_writes": "keep"},
    {"write_rights": False},
    {"read_rights": False},
    {"missing_calls": ["appointmentList", "idsfromrelation"], "words": "german"},
    {"empty_resourceid": "18", "words": "upper", "followup_words": "yes_no"},
]


CALLS: Final = (
    Call("call-1", Verb.GET, "appointmentList", {"data": ["id"], "filter": {"startDate": "2026-12-01"}}),
    Call("call-2", Verb.GET, "appointmentList", {"data": ["id"]}, "7"),
    Call("call-3", Verb.READ, "calendar", {}, "7"),
)


def asked(practice: Practice, write: Link | None = None) -> Learnt:
    (practice.folder / "state").mkdir(exist_ok=True)
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        return learn(load(practice.config), (TOKEN, SECRET), ledger, write)


def known(practice: Practice) -> Dialect:
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        return Dialect.of(ledger.lessons())


def written(practice: Practice) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((practice.folder / "state" / FILE).read_text(encoding="utf-8"))
    assert found["version"] == 1
    return found["dialect"]  # type: ignore[no-any-return]


@pytest.fixture
def api() -> Any:  # noqa: ANN401 - as in conftest
    with simulator.running(SEED, token=TOKEN, secret=SECRET) as running:
        yield running


@pytest.fixture
def practice(practice: Practice) -> Practice:
    practice.configure("sending", requests_per_minute=0)
    return practice


@pytest.mark.parametrize(
    ("options", "write"),
    [*((each, None) for each in BY_READS), *((each, OWN) for each in BY_WRITES)],
    ids=lambda each: ",".join(f"{name}={value}" for name, value in each.items()) if isinstance(each, dict) else str(bool(each)),
)
def test_what_is_learnt_of_a_dialect_is_played_by_another_simulator_of_which_the_same_is_learnt(
    practice: Practice, api: Running, tmp_path: Path, options: dict[str, Any], write: Link | None
) -> None:
    api.put_options(options)
    learnt = asked(practice, write)
    found = written(practice)

    assert learnt.stopped is None
    assert {name: found.get(name) for name in options} == options
    assert api.state()["appointments"][0]["contacts"] == SEED["appointments"][0]["contacts"]

    played = read_dialect(practice.folder / "state" / FILE)
    with simulator.running(SEED, token=TOKEN, secret=SECRET) as other:
        other.put_options(played)
        again = Practice(tmp_path / "again", other.url)
        again.configure("sending", requests_per_minute=0)
        relearnt = asked(again, write)

        assert relearnt.answered == learnt.answered
        assert [finding.symptom for finding in again.examine().findings[-6:]] == [
            finding.symptom for finding in practice.examine().findings[-6:]
        ]


KEYS: Final = (
    *(
        "status",
        "response",
        "results",
        "data",
        "records",
        "elements",
        "contacts",
        "addresses",
        "id",
        "errorcode",
        "date",
        "start",
    ),
    *("meta", "cntabsolute", "confirmationStatus", "followUpStatus", "followUpAvailable", "identifier"),
)
ANY_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "a", "0", "7", "{", "Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(ANY_JSON, ANY_JSON, st.sampled_from(["", "Warning: ", "<html>", "\ufeff"]))
def test_no_answer_of_any_shape_ends_in_an_error(record: object, result: object, beside: str) -> None:
    whole = {"status": {"errorcode": 0}, "response": {"results": [{"data": {"records": [record]}, "status": {"errorcode": 0}}]}}
    for answer in (whole, result, {"response": {"results": result}}, {"response": {"results": [{"data": result}]}}):
        content = f"{beside}{json.dumps(answer)}".encode()
        exchanges = [Exchange(call, (Heard(200, {}, content, 0.0),)) for call in CALLS]
        found = merged(answers([*exchanges, Exchange(CALLS[0], ())]))

        assert [each.question for each in found] == [*Question]
        for language in Language:
            with speaking(language):
                assert all(all(texts.row(each)) for each in found)


def test_reads_alone_are_sent_where_nobody_allowed_a_write(practice: Practice, api: Running) -> None:
    asked(practice)
    verbs = [action["verb"] for request in api.log() for action in request["actions"]]

    assert {*verbs} == {"get", "read"}
    assert len(verbs) < 20


def test_what_the_job_goes_by_is_kept_for_its_runs(practice: Practice, api: Running) -> None:
    api.put_options({"single_read": "filter", "followup_place": "data", "followup_elsewhere": "error"})
    api.put_options({"partial_writes": "reset", "empty_resourceid": "18"})
    asked(practice, OWN)
    dialect = known(practice)

    assert (dialect.single_read, dialect.follow_up) == (SingleRead.FILTER, FollowUp.ENTRY)
    assert (dialect.partial_writes, dialect.resource_id) == (PartialWrites.RESET, ResourceId.APPOINTMENT)


def test_the_file_holds_no_name_no_number_and_no_text_of_the_office(practice: Practice) -> None:
    asked(practice, OWN)
    path = practice.folder / "state" / FILE
    content = path.read_bytes()

    for mark in (*NAMES, "7000", "9000", "4711", TOKEN, SECRET, TOMORROW[:10]):
        assert mark.encode() not in content
        assert json.dumps(mark)[1:-1].encode() not in content
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_whose_statuses_cannot_both_be_read_is_never_written(practice: Practice, api: Running) -> None:
    api.put_options({"followup_words": "other"})
    learnt = asked(practice, OWN)

    assert {each.value for each in learnt.answered if each.question is Question.LEFT_ALONE} == {"no"}
    assert {action["verb"] for request in api.log() for action in request["actions"]} == {"get", "read"}


@pytest.mark.parametrize("faults", [[{"on": "every", "do": "drop_before"}], [{"on": "nth", "n": 6, "do": "garbage"}]])
def test_what_was_learnt_before_the_api_fell_silent_is_kept_and_the_silence_told(
    practice: Practice, api: Running, faults: list[dict[str, Any]]
) -> None:
    practice.configure("sending", requests_per_minute=0, connect_timeout=0.2, read_timeout=0.5)
    api.put_faults(faults)
    learnt = asked(practice)

    assert isinstance(learnt.stopped, StopRun) or faults[0]["on"] == "nth"
    assert len(learnt.answered) == len(Question)


def test_wrong_credentials_teach_nothing(practice: Practice) -> None:
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        learnt = learn(load(practice.config), (TOKEN, SECRET[::-1]), ledger)

    assert learnt.stopped is not None
    assert learnt.stopped.stopped.stop == "credentials"
    assert known(practice) == Dialect()


@pytest.mark.parametrize("language", Language)
def test_every_question_has_its_text_in_both_languages_and_its_option(practice: Practice, language: Language) -> None:
    learnt = asked(practice)
    with speaking(language):
        rows = [texts.row(each) for each in learnt.answered]

    assert [each.question for each in learnt.answered] == [*Question]
    assert all(all(cells) for cells in rows)
    assert len({question for question, *_ in rows}) == len(Question)
    assert set(dialect(learnt.answered)) <= {*map(str, set(Question) - BESIDE)}
    assert {each.sure for each in learnt.answered if each.value is None} == {Sure.OPEN}


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_the_command_prints_the_answers_and_names_the_file(
    practice: Practice, how: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in practice.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        cli.main(["doctor", "--config", str(practice.config), "--learn", "--write", "70001", "90001", *how])
    said = capsys.readouterr().out

    assert ended.value.code == 0
    if how:
        assert json.loads(said)["dialect"] == written(practice)
    else:
        (typed,) = [line.strip() for line in said.splitlines() if "simulate --dialect" in line]
        assert typed.endswith(f"simulate --dialect {as_typed([str(practice.folder / 'state' / FILE)])}")
        assert "Wörter der Bestätigung" in said
        assert "gesehen" in said


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([{"on": "nth", "n": 1, "verb": "modify", "do": "drop_after"}], "yes"),
        ([{"on": "every", "verb": "modify", "do": "drop_after"}], "yes"),
        ([{"on": "nth", "n": 1, "verb": "modify", "do": "status", "code": 403}], "unknown"),
    ],
)
def test_what_a_lost_write_did_to_the_link_is_looked_at_set_back_and_told(
    practice: Practice, api: Running, faults: list[dict[str, Any]], said: str
) -> None:
    api.put_options({"partial_writes": "reset"})
    api.put_faults(faults)
    learnt = asked(practice, OWN)

    assert [each.value for each in learnt.answered if each.question is Question.LEFT_ALONE] == [said]
    assert api.state()["appointments"][0]["contacts"] == SEED["appointments"][0]["contacts"]


def test_options_that_do_not_go_together_are_told(practice: Practice, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong, said in (
        (["--write", "70001", "90001"], "--write geht nur zusammen mit --learn"),
        (["--learn", "--appointment", "70001"], "--learn und --appointment passen nicht zusammen"),
    ):
        with pytest.raises(SystemExit) as ended:
            cli.main(["doctor", "--config", str(practice.config), *wrong])
        assert ended.value.code == 2
        assert said in capsys.readouterr().err


class Killed(BaseException):
    """Stands for a death of the process."""


def test_what_a_killed_doctor_wrote_is_looked_at_by_the_next_run(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([False, True])
    look = _Session._look

    def dies(session: Any, link: Link) -> Any:  # noqa: ANN401 - as there
        if next(looks):
            raise Killed
        return look(session, link)

    monkeypatch.setattr(_Session, "_look", dies)
    with pytest.raises(Killed):
        asked(practice, OWN)
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        ledger.begin("20261201-030000-0000", "", "2026-12-01T03:00:00+01:00", ())
        inherited = ledger.inherited("20261201-030000-0000")
    assert [*inherited] == [OWN]
    assert inherited[OWN].state.confirmation is not None


def test_what_a_doctor_wrote_that_came_to_its_end_is_over(practice: Practice) -> None:
    asked(practice, OWN)
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        ledger.begin("20261201-030000-0000", "", "2026-12-01T03:00:00+01:00", ())
        assert ledger.inherited("20261201-030000-0000") == {}
        (doctor, _) = ledger.runs()
    assert (doctor.finished is not None, doctor.actions) == (True, 2)


def test_a_trial_is_told_by_the_clock_of_the_office_as_a_run_is(practice: Practice) -> None:
    text = practice.config.read_text(encoding="utf-8")
    practice.config.write_text(text.replace("[onoffice]", '[onoffice]\ntimezone = "Pacific/Kiritimati"'), encoding="utf-8")
    asked(practice, OWN)

    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        (trial,) = ledger.runs()
    assert trial.started.endswith("+14:00")
    assert trial.finished is not None
    assert trial.finished.endswith("+14:00")
    assert trial.id[:15] == re.sub("[-:]", "", trial.started[:19]).replace("T", "-")


def test_history_tells_a_trial_from_a_run_and_last_passes_over_it(practice: Practice) -> None:
    asked(practice, OWN)
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        (trial,) = ledger.runs()
        with pytest.raises(NoSuchRun):
            details(ledger, "last")
        files = [FileEntry("a", "a.csv", "0" * 64)]
        ledger.begin("20261201-030000-0000", "", "2026-12-01T03:00:00+01:00", files)
        assert details(ledger, "last").run.id == "20261201-030000-0000"
        found, runs = details(ledger, trial.id), ledger.runs()
    (link,) = found.done
    assert (link.change.link, link.verdict, link.verified) == (OWN, Verdict.UNCHANGED, True)
    assert link.after is not None
    assert link.after.state == link.before.state
    told = io.StringIO()
    with speaking(Language.DE):
        print_history(Console(file=told, width=1000), runs)
        print_run(Console(file=told, width=1000), found)
    assert told.getvalue().count("Probe mit doctor --learn --write") == 2
    assert not [words for words in ("nichts zu tun", "noch offen", "nicht bekannt ->") if words in told.getvalue()]
    assert [each["kind"] for each in json.loads(history_json(runs))["runs"]] == ["trial", "run"]


def test_a_write_that_a_person_allows_unlearns_that_writes_reset_the_other_status(practice: Practice) -> None:
    (practice.folder / "state").mkdir(exist_ok=True)
    with closing(Ledger(practice.folder / "state" / NAME)) as ledger:
        ledger.learn(Lesson(Trait.PARTIAL_WRITES, PartialWrites.RESET, run="earlier"))
    asked(practice, OWN)

    assert known(practice).partial_writes is PartialWrites.KEEP


def test_a_share_is_written_as_people_of_the_language_write_numbers() -> None:
    share = Answered(Question.HIDDEN, 0.25, Sure.SEEN)
    written = {}
    for language in Language:
        with speaking(language):
            written[language] = texts.row(share)[1]

    assert written == {Language.DE: "0,25", Language.EN: "0.25"}
