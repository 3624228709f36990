"""Promises about `report.json` and `check --json`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.domain.model import CheckOutcome, Code, Found, Stop, Stopped, Verdict
from sync.i18n import Language, speaking
from sync.report.json import check_json, report_json, write_report

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Kit

    from sync.domain.model import Checked

ANY_TEXT = st.text(st.characters(codec=None), max_size=12)
ROW_KEYS = ["sheet", "row", "outcome", "appointment_id", "address_id", "confirmation", "feedback", "problems"]
AFTER_RUN_KEYS = ["before", "verified", "attempts", "error_code"]
ADDED_KEYS = ["action"]


def read_report(kit: type[Kit], checked: Checked, language: Language = Language.DE) -> dict[str, Any]:
    with speaking(language):
        return json.loads(b"".join(report_json(kit.info, checked)))


def read_check(checked: Checked, language: Language = Language.DE) -> dict[str, Any]:
    with speaking(language):
        return json.loads(b"".join(check_json(checked)))


def test_a_file_whose_bytes_were_processed_before_names_the_run(kit: type[Kit], night: Checked) -> None:
    again = replace(night, files=(replace(night.files[0], dropped_before="20261101-030000-abcd"), *night.files[1:]))

    assert [file["dropped_before"] for file in read_report(kit, again)["files"]][:2] == ["20261101-030000-abcd", None]


def test_the_names_stand_in_the_contracts_order(kit: type[Kit], night: Checked) -> None:
    report = read_report(kit, night)
    row = report["files"][0]["rows"][0]
    assert list(report) == ["run", "summary", "files"]
    named = ["id", "started", "finished", "dry_run", "exit_code", "requests", "actions", "rounds", "office"]
    assert list(report["run"])[: len(named)] == named
    assert list(report["files"][0]) == ["file", "sha256", "readable", "reason", "blank", "dropped_before", "rows"]
    assert list(row) == ROW_KEYS + AFTER_RUN_KEYS + ADDED_KEYS
    assert list(report["files"][0]["rows"][4]["problems"][0]) == ["code", "severity", "column", "value", "message"]


def test_a_check_lists_the_same_rows_without_what_only_a_run_knows(desk: Checked) -> None:
    check = read_check(desk)
    assert list(check) == ["files"]
    assert {tuple(row) for file in check["files"] for row in file["rows"]} == {tuple(ROW_KEYS + ADDED_KEYS)}
    outcomes = Counter(row["outcome"] for file in check["files"] for row in file["rows"])
    assert outcomes == {"valid": 7, "duplicate": 1, "conflict": 2, "invalid": 2}


def test_the_summary_names_all_eight_verdicts_and_sums_up_to_the_rows_read(kit: type[Kit]) -> None:
    checked = kit.checked(kit.File("a.csv", (kit.Table((kit.Row(2), kit.Row(3)), blank=4),)))
    summary = read_report(kit, checked)["summary"]
    assert summary == dict.fromkeys(Verdict, 0) | {"updated": 2, "rows": 2, "blank": 4}


def test_ids_and_error_codes_that_are_not_there_are_null_and_the_others_whole_numbers(kit: type[Kit]) -> None:
    big = 2**53 + 1
    rows = (kit.Row(2, None, big), kit.Row(3, 7, None, error_code=180))
    first, second = read_report(kit, kit.checked(kit.File("a.csv", (kit.Table(rows),))))["files"][0]["rows"]
    assert (first["appointment_id"], first["address_id"], first["error_code"]) == (None, big, None)
    assert (second["appointment_id"], second["address_id"], second["error_code"]) == (7, None, 180)


def test_what_was_before_is_null_only_where_no_look_has_shown_it(kit: type[Kit]) -> None:
    rows = (kit.Row(2, before=None), kit.Row(3, before=(None, "aktiv")))
    first, second = read_report(kit, kit.checked(kit.File("a.csv", (kit.Table(rows),))))["files"][0]["rows"]
    assert first["before"] is None
    assert second["before"] == {"confirmation": None, "feedback": "aktiv"}


def test_each_row_has_its_action_and_its_own_words_whatever_became_of_the_link(kit: type[Kit]) -> None:
    rows = (kit.Row(2), kit.Row(3, action="lösen"), kit.Row(4, confirmation=None, action="verknüpfen", found=Found.NOT_LINKED))
    for run in (True, False):
        checked = kit.checked(kit.File("a.csv", (kit.Table(rows),)), run=run)
        told = (read_report(kit, checked) if run else read_check(checked))["files"][0]["rows"]
        said = [(row["action"], row["confirmation"]) for row in told]
        assert said == [("setzen", "bestätigt"), ("lösen", "bestätigt"), ("verknüpfen", None)]


def test_a_refused_file_stands_there_with_what_is_wrong_and_what_to_do(kit: type[Kit], night: Checked) -> None:
    refused = read_report(kit, night, Language.EN)["files"][3]
    assert (refused["readable"], refused["rows"]) == (False, [])
    assert refused["reason"].startswith("The file is protected by a password. Remove the password in Excel")


def test_a_run_that_ended_early_says_why(kit: type[Kit], night: Checked) -> None:
    info = replace(kit.info, stopped=Stopped(Stop.CLOCK, "312"))
    with speaking(Language.EN):
        run = json.loads(b"".join(report_json(info, night)))["run"]
    assert run["stopped"]["code"] == "clock"
    assert "by 312 seconds" in run["stopped"]["message"]
    assert read_report(kit, night)["run"]["stopped"] is None


def test_nothing_at_all_is_a_whole_report_too(kit: type[Kit]) -> None:
    assert read_report(kit, kit.checked())["files"] == []
    assert read_check(kit.checked(run=False)) == {"files": []}
    assert read_report(kit, kit.checked(kit.File("a.csv"), kit.File("b.csv")))["summary"]["rows"] == 0


def test_rows_stay_with_their_files_across_the_pieces_in_which_they_are_made(
    kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.report.story._ROWS_AT_ONCE", 3)
    names = [f"{number}.csv" for number in range(5)]
    files = [
        kit.File(
            name, (kit.Table(tuple(kit.Row(at, problems=(("bad_id", None, f"{name} {at}", None),)) for at in range(length))),)
        )
        for name, length in zip(names, (4, 0, 1, 7, 2), strict=True)
    ]
    report = read_report(kit, kit.checked(*files))
    values = [(file["file"], [row["problems"][0]["value"] for row in file["rows"]]) for file in report["files"]]
    assert values == [(name, [f"{name} {at}" for at in range(n)]) for name, n in zip(names, (4, 0, 1, 7, 2), strict=True)]


@given(
    name=ANY_TEXT, texts=st.tuples(*[st.none() | ANY_TEXT] * 4), code=st.sampled_from(Code), language=st.sampled_from(Language)
)
@example(name="\udcff\ud800", texts=("\ud800", '"', "\x00\n", None), code=Code.BAD_ID, language=Language.DE)
def test_any_text_survives(kit: type[Kit], name: str, texts: tuple[str | None, ...], code: Code, language: Language) -> None:
    sheet, column, value, hint = texts
    row = kit.Row(2, problems=((code, column, value, hint),))
    file = read_report(kit, kit.checked(kit.File(name, (kit.Table((row,), sheet),))), language)["files"][0]
    problem = file["rows"][0]["problems"][0]
    assert file["file"] == name
    assert (file["rows"][0]["sheet"], problem["column"], problem["value"]) == (sheet, column, value)


@given(st.lists(st.lists(st.sampled_from(Verdict), max_size=6), max_size=5))
def test_the_summary_counts_what_the_rows_say(kit: type[Kit], verdicts: list[list[Verdict]]) -> None:
    files = [
        kit.File(str(n), (kit.Table(tuple(kit.Row(at, verdict=v) for at, v in enumerate(some))),))
        for n, some in enumerate(verdicts)
    ]
    report = read_report(kit, kit.checked(*files))
    listed = Counter(row["outcome"] for file in report["files"] for row in file["rows"])
    assert {verdict: report["summary"][verdict] for verdict in Verdict} == {verdict: listed[verdict] for verdict in Verdict}
    assert report["summary"]["rows"] == sum(len(some) for some in verdicts)


@given(st.lists(st.sampled_from(CheckOutcome), max_size=6))
def test_a_check_says_of_every_row_what_was_found(kit: type[Kit], outcomes: list[CheckOutcome]) -> None:
    rows = tuple(kit.Row(at, outcome=outcome) for at, outcome in enumerate(outcomes))
    check = read_check(kit.checked(kit.File("a.csv", (kit.Table(rows),)), run=False))
    assert [row["outcome"] for row in check["files"][0]["rows"]] == outcomes


def test_the_report_replaces_the_old_one_whole(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    write_report(path, kit.info, night)
    assert json.loads(path.read_bytes())["summary"]["rows"] == 12
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_cannot_be_finished_leaves_the_old_one(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    broken = replace(night, problems=replace(night.problems, code=np.full(len(night.problems), "no such code", dtype=object)))
    with pytest.raises(ValueError, match="no such code"):
        write_report(path, kit.info, broken)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
