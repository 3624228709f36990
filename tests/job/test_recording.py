"""`run --record` keeps what an office's API did, and nothing of the office."""

from __future__ import annotations

import base64
import json
import stat
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import simulator
from sync.cli import app as cli
from sync.domain.model import Verb
from sync.errors import ConfigurationError
from sync.onoffice.client import Client, ClientSettings, Heard
from sync.onoffice.recording import NAME, Masks, Recorder
from sync.onoffice.transport import Limiter
from sync.onoffice.wire import Call, Credentials
from tests.job.conftest import SECRET, TOKEN, without_waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

MARKS: Final = (
    "Größe-Müller",
    "Gasthof „Zur Linde“",
    'Notiz\\mit"Zeichen',
    "makler@example.org",
    "Schlüssel 4711-0815",
    "K-5550",
)
IDS: Final = (7_512_345, 9_312_345, 9_312_346, 5_112_233, 6_612_312)
SEED: Final[dict[str, Any]] = {
    "appointments": [
        {
            "id": IDS[0],
            "subject": MARKS[0],
            "location": MARKS[1],
            "notes": MARKS[2],
            "type": MARKS[4],
            "users": [{"id": IDS[4], "userName": MARKS[0], "email": MARKS[3]}],
            "estate": IDS[3],
            "start": "2026-12-02T09:17:31+01:00",
            "contacts": [
                {"id": IDS[1], "confirmation": "bestätigt", "feedback": "aktiv"},
                {"id": IDS[2], "confirmation": "nicht gesetzt", "feedback": None},
            ],
        }
    ],
    "addresses": [
        {"id": IDS[1], "KdNr": MARKS[5], "Vorname": MARKS[0], "Name": MARKS[1], "Zusatz1": MARKS[2]},
        {"id": IDS[2], "KdNr": str(IDS[3]), "Vorname": "", "Name": MARKS[4], "Zusatz1": ""},
    ],
    "estates": [{"id": IDS[3], "objekttitel": MARKS[1], "strasse": MARKS[0]}],
}
FIELDS: Final = (
    "id",
    "subject",
    "notes",
    "type",
    "status",
    "date",
    "location",
    "users",
    "contacts",
    "estate",
    "showFollowUpStatus",
)
NAMES: Final = ("KdNr", "Vorname", "Name", "Zusatz1")


def ways_to_write(mark: str) -> set[bytes]:
    """A mark in the encodings in which it could stand in a file."""
    plain = mark.encode()
    found = {plain, json.dumps(mark)[1:-1].encode(), json.dumps(mark, ensure_ascii=False)[1:-1].encode(), quote(mark).encode()}
    found |= {plain.hex().encode(), plain.decode().encode("utf-16-le"), plain[::-1], mark.casefold().encode()}
    for shift in range(3):  # base64 of anything that it stands in the middle of
        found.add(base64.b64encode(b"x" * shift + plain)[4 if shift else 0 : -4])
    return {each for each in found if len(each) > 3}


def traces(content: bytes, marks: Sequence[str]) -> list[str]:
    folded = content.decode("utf-8", "replace").casefold().encode()
    return [mark for mark in marks if any(way in content or way in folded for way in ways_to_write(mark))]


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / NAME).read_text(encoding="utf-8").splitlines()]


def asked(api: Running, folder: Path, calls: Sequence[Call]) -> list[dict[str, Any]]:
    """What a recording holds of calls to a simulator; the second one with a wrong secret."""
    with closing(Recorder(folder)) as recorder:
        for secret in (SECRET, SECRET[::-1]):
            settings = ClientSettings(api.url, 5, 5, attempts=1, patience=1)
            client = Client(
                settings, Credentials(TOKEN, secret), Limiter(0), Unwritten(), listener=recorder, sleep=lambda _seconds: None
            )
            with closing(client):
                client.read(calls)
    return lines_of(folder)


class Unwritten:
    def intent(self, *_: object) -> int:
        return 0

    def outcome(self, *_: object) -> None:
        pass


CALLS: Final = [
    Call("20261128-030000-3f9c-1", Verb.GET, "appointmentList", {"data": [*FIELDS]}, str(IDS[0])),
    Call("20261128-030000-3f9c-2", Verb.GET, "appointmentList", {"data": [*FIELDS]}, "123987456"),
    Call(
        "20261128-030000-3f9c-3",
        Verb.GET,
        "idsfromrelation",
        {"relationtype": "urn:onoffice-de-ns:smart:2.5:relationTypes:calendar:address", "parentids": [IDS[0]]},
    ),
    Call("20261128-030000-3f9c-4", Verb.READ, "address", {"recordids": [*IDS[1:3]], "data": [*NAMES], "listlimit": 500}),
    Call("20261128-030000-3f9c-5", Verb.READ, "estate", {"recordids": [IDS[3]], "data": ["objekttitel", "strasse"]}),
    Call("20261128-030000-3f9c-6", Verb.READ, "calendar", {"showConfirmationStatus": True}, str(IDS[0])),
    Call(
        "20261128-030000-3f9c-7", Verb.READ, "address", {"filter": {"KdNr": [{"op": "IN", "val": [MARKS[5]]}]}, "data": ["KdNr"]}
    ),
]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"contacts_shape": "by_id", "records_shape": "by_id", "identifiers": "cut", "noise": "warning_before"},
        {"words": "german", "followup_words": "objects", "identifiers": "upper", "dates": "epoch", "noise": "bom"},
    ],
)
def test_nothing_personal_and_no_secret_is_in_a_recording_however_it_is_written(
    tmp_path: Path, options: dict[str, object]
) -> None:
    with simulator.running(SEED, token=TOKEN, secret=SECRET) as api:
        api.put_options(options)
        told = asked(api, tmp_path / "recording", CALLS)
    content = (tmp_path / "recording" / NAME).read_bytes()

    assert len(told) == 4
    assert (
        traces(content, [*MARKS, *map(str, IDS), "123987456", TOKEN, SECRET, SECRET[::-1], "2026-12-02", "09c-1", "20261128"])
        == []
    )


def test_shapes_statuses_and_codes_stay_and_a_number_is_the_same_other_number_everywhere(tmp_path: Path) -> None:
    with simulator.running(SEED, token=TOKEN, secret=SECRET) as api:
        request, answer, *_ = asked(api, tmp_path / "recording", CALLS)

    asked_for, results = request["body"]["request"]["actions"], answer["json"]["response"]["results"]
    assert request["body"]["token"] == "<token>"
    assert {action["hmac"] for action in asked_for} == {"<hmac>"}
    assert [result["identifier"] for result in results] == [action["identifier"] for action in asked_for]
    assert [result["status"]["errorcode"] for result in results] == [0, 169, 0, 0, 0, 0, 0]
    (record,) = results[0]["data"]["records"]
    elements, contacts = record["elements"], record["elements"]["contacts"]
    assert [(contact["confirmationStatus"], contact["followUpStatus"]) for contact in contacts] == [
        ("confirmed", "aktiv"),
        ("not-set", None),
    ]
    assert elements["subject"] == f"<{len(MARKS[0])} characters>"
    assert str(record["id"]) == elements["id"] == asked_for[0]["resourceid"]
    (related,) = results[2]["data"]["records"]
    assert related["elements"] == {elements["id"]: [contact["id"] for contact in contacts]}
    assert answer["http_status"] == 200
    assert answer["headers"]["date_ahead_seconds"] in {-1, 0, 1}
    assert elements["date"]["start"].endswith("T08:17:31+00:00")


@given(
    value=st.recursive(
        st.text() | st.text().map("Mark-Meier-ß{}".format) | st.none() | st.booleans() | st.floats() | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text().map("{}Mark-Meier-ß".format), inner, max_size=3),
        max_leaves=12,
    ),
    key=st.sampled_from(["a", "id", "subject", "message", "identifier", "resourceid", "token", "start", "errorcode", "elements"]),
)
def test_any_text_and_any_number_of_a_record_is_masked_wherever_it_stands(value: object, key: str) -> None:
    masks, mark, number = Masks(7), "Mark-Meier-ß", 424_242_424
    action = {"identifier": "call", "parameters": {key: {"x": [mark, value], mark: number}}}
    request, names = masks.request(json.dumps({"token": "t", "request": {"actions": [action]}}).encode())
    answer = json.dumps({"status": {key: value, mark: [mark, {key: mark, "n": number}]}})
    for content in (answer, f"Warning: {mark} in /var/{number} {answer} {mark}", f"{mark}{answer[:-1]}"):
        written = json.dumps([request, masks.answer(content.encode(), names)]).encode()

        assert traces(written, [mark, str(number)]) == []


def test_a_run_is_recorded_into_a_folder_for_its_user_alone(
    office: Office, api: Running, kit: type[Kit], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = kit.plain_world(4)
    monkeypatch.setenv("ONOFFICE_TOKEN", office.token)
    monkeypatch.setenv("ONOFFICE_SECRET", office.secret)
    api.put_state(world.seed)
    office.has_written_before()
    office.drop_csv("a.csv", world.rows)
    dry, real = office.folder / "dry", office.folder / "real"

    for folder, *how in ((dry, "--dry-run"), (real,)):
        with pytest.raises(SystemExit) as ended:
            cli.main(["run", "--config", str(office.config), "--record", str(folder), *how])
        assert ended.value.code == 0
        lines = lines_of(folder)
        assert [line.get("request") or line["answer"] for line in lines] == sorted([*range(1, 1 + len(lines) // 2)] * 2)
        assert traces((folder / NAME).read_bytes(), ["70001", "90001", office.token, office.secret]) == []
    capsys.readouterr()

    assert [line["kind"] for line in lines_of(dry) if "kind" in line and "request" in line] == [
        "read",
        "read",
    ]  # links, then names
    assert "write" in {line.get("kind") for line in lines_of(real)}
    assert "bestätigt" in json.dumps(lines_of(real), ensure_ascii=False)
    if sys.platform != "win32":
        assert [stat.S_IMODE(path.stat().st_mode) for path in (real, real / NAME)] == [0o700, 0o600]


def test_a_folder_that_is_there_already_is_left_alone_and_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Recorder(tmp_path)

    assert refused.value.mistakes == [f"--record: {tmp_path} gibt es schon; nennen Sie einen Ordner, den es noch nicht gibt"]
    assert list(tmp_path.iterdir()) == []


def test_lost_answers_are_in_it_too(office: Office, api: Running, kit: type[Kit], tmp_path: Path) -> None:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    office.has_written_before()
    office.drop_csv("a.csv", world.rows)
    api.put_faults([{"on": "nth", "n": 1, "verb": "modify", "do": "drop_after"}])
    with closing(Recorder(tmp_path / "recording")) as recorder:
        finished = office.run(replace(without_waiting(), listener=recorder))

    assert finished.exit_code == 0
    assert [line["failed"] for line in lines_of(tmp_path / "recording") if "failed" in line] == ["the connection broke off"]


def test_where_the_disk_is_full_the_recording_ends_and_the_run_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    recorder = Recorder(tmp_path / "recording")
    monkeypatch.setattr("sync.onoffice.recording.os.write", full)
    body = b'{"token":"t","request":{"actions":[{"identifier":"a"}]}}'
    for _ in range(2):
        recorder.came(recorder.leaves("read", body), Heard(200, {}, b"{}", 0.0))

    assert caplog.messages == ["The recording ends here: No space left on device"]
