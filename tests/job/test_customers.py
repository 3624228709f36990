"""An office may name addresses by their customer numbers: onOffice says whose they are, nothing is guessed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sync.cli.app import main
from sync.domain.model import Code, Stop
from sync.errors import StopRun
from sync.i18n.texts import next_step
from sync.onoffice.agenda import Directory
from sync.simulator import reads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

HEADER = ("Termin-ID", "Kundennummer", "Terminbestätigung", "Terminrückmeldung")
ONE, TWO = (70_001, 90_001), (70_001, 90_002)


@pytest.fixture
def numbered(api: Running, office: Office, kit: type[Kit]) -> Office:
    state = kit.seeded({ONE: ("gesendet", "inaktiv"), TWO: ("gesendet", "inaktiv")})
    numbers = {90_001: "599", 90_002: "A-7", 90_003: "601", 90_004: "601"}
    state["addresses"] = [{"id": key, "KdNr": number, "Name": f"Meyer{key}"} for key, number in numbers.items()]
    api.put_state(state)
    office.has_written_before()
    office.configure(rules={"customer_numbers": True})
    return office


def outcomes(office: Office) -> list[tuple[str, list[str]]]:
    office.run()
    return [
        (row["outcome"], [problem["code"] for problem in row["problems"]])
        for file in office.reports()[-1]["files"]
        for row in file["rows"]
    ]


def test_a_customer_number_stands_for_the_one_address_that_has_it(numbered: Office, api: Running, kit: type[Kit]) -> None:
    numbered.drop_csv("termine.csv", [(70_001, "599", "bestätigt", ""), (70_001, " A-7 ", "gecancelt", "")], header=HEADER)

    assert outcomes(numbered) == [("updated", ["repaired"]), ("updated", ["repaired"])]
    assert kit.links(api.state()) == {ONE: ("bestätigt", "inaktiv"), TWO: ("gecancelt", "inaktiv")}
    assert numbered.reports()[0]["files"][0]["rows"][0]["address_id"] == 90_001


def test_a_number_of_nobody_or_of_several_is_invalid_with_the_candidates(numbered: Office) -> None:
    rows = [(70_001, "4711", "bestätigt", ""), (70_001, "601", "bestätigt", ""), (70_001, "", "bestätigt", "")]
    numbered.drop_csv("termine.csv", rows, header=HEADER)

    assert outcomes(numbered) == [
        ("invalid", ["customer_number_unknown"]),
        ("invalid", ["customer_number_shared"]),
        ("invalid", ["customer_number_missing"]),
    ]
    (problem,) = numbered.reports()[0]["files"][0]["rows"][1]["problems"]
    assert [each["address_id"] for each in problem["candidates"]] == [90_003, 90_004]


def test_a_blank_cell_asks_for_the_customer_number_and_never_for_a_record_number(numbered: Office) -> None:
    numbered.drop_csv("termine.csv", [(70_001, "", "bestätigt", ""), ("", "599", "bestätigt", "")], header=HEADER)

    assert outcomes(numbered) == [("invalid", ["customer_number_missing"]), ("invalid", ["repaired", "missing_id"])]
    (row, _) = numbered.reports()[0]["files"][0]["rows"]
    (problem,) = row["problems"]
    assert problem["message"] == "In der Spalte „Kundennummer“ fehlt die Kundennummer."
    assert "Datensatznummer" not in next_step(Code.CUSTOMER_NUMBER_MISSING)


def test_a_number_with_something_around_it_is_told_beside_the_one_that_may_be_meant_and_never_taken(numbered: Office) -> None:
    rows = [(70_001, number, "bestätigt", "") for number in ("K-599", "0599", "K-601", "K-4711", "A-7")]
    numbered.drop_csv("termine.csv", rows, header=HEADER)

    assert [outcome for outcome, _ in outcomes(numbered)] == ["invalid"] * 4 + ["updated"]
    said = [row["problems"][0]["message"] for row in numbered.reports()[0]["files"][0]["rows"]]
    assert said[:2] == [
        f"Mit der Kundennummer „{number}“ zeigt onOffice dem Abgleich keine Adresse, mit „599“ genau eine. "
        "Ist sie gemeint, tragen Sie „599“ ein."
        for number in ("K-599", "0599")
    ]
    assert all(each.endswith("zeigt onOffice dem Abgleich keine Adresse.") for each in said[2:4])


def with_numbers(api: Running, *numbers: str) -> None:
    """More addresses, each with such a customer number."""
    state: Any = api.state()
    state["addresses"] += [{"id": 91_000 + at, "KdNr": number} for at, number in enumerate(numbers)]
    api.put_state(state)


def test_a_number_without_what_stands_around_it_is_told_beside_the_one_that_may_be_meant_and_never_taken(
    numbered: Office, api: Running, kit: type[Kit]
) -> None:
    with_numbers(api, "K-1016", "K-21016", "A-1017", "K-1017", "KD 01018", "K-7")
    rows = [(70_001, number, "bestätigt", "") for number in ("1016", "k1016", "1017", "1018", "7", "016")]
    numbered.drop_csv("termine.csv", rows, header=HEADER)
    before = kit.links(api.state())

    assert outcomes(numbered) == [("invalid", ["customer_number_unknown"])] * 6
    said = [row["problems"][0]["message"] for row in numbered.reports()[0]["files"][0]["rows"]]
    told = [each.partition("Ist sie gemeint, ")[2] for each in said]
    assert told == ["tragen Sie „K-1016“ ein.", "tragen Sie „K-1016“ ein.", "", "tragen Sie „KD 01018“ ein.", "", ""]
    assert kit.links(api.state()) == before


def test_an_api_that_compares_no_endings_costs_the_suggestion_and_nothing_else(
    numbered: Office, api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_numbers(api, "K-1016")
    monkeypatch.delitem(reads._OPERATORS, "like")
    numbered.drop_csv("termine.csv", [(70_001, "599", "bestätigt", ""), (70_001, "1016", "bestätigt", "")], header=HEADER)

    assert outcomes(numbered) == [("updated", ["repaired"]), ("invalid", ["customer_number_unknown"])]


def without_endings(monkeypatch: pytest.MonkeyPatch, stop: Stop) -> None:
    """End the search for endings so; the rest of onOffice answers."""

    def ending_in(_directory: Directory, _digits: Iterable[str]) -> None:
        raise StopRun(stop, "137")

    monkeypatch.setattr(Directory, "ending_in", ending_in)


@pytest.mark.parametrize("stop", [Stop.UNREACHABLE, Stop.CREDENTIALS, Stop.BAD_ANSWERS])
def test_whatever_onoffice_says_to_the_search_for_endings_costs_the_suggestion_and_nothing_else(
    numbered: Office, monkeypatch: pytest.MonkeyPatch, stop: Stop
) -> None:
    without_endings(monkeypatch, stop)
    numbered.drop_csv("termine.csv", [(70_001, "599", "bestätigt", ""), (70_001, "1016", "bestätigt", "")], header=HEADER)

    assert outcomes(numbered) == [("updated", ["repaired"]), ("invalid", ["customer_number_unknown"])]


@pytest.mark.parametrize("stop", [Stop.INTERRUPTED, Stop.DEADLINE])
def test_who_ends_the_run_ends_the_search_for_endings_with_it(
    numbered: Office, monkeypatch: pytest.MonkeyPatch, stop: Stop
) -> None:
    without_endings(monkeypatch, stop)
    numbered.drop_csv("termine.csv", [(70_001, "1016", "bestätigt", "")], header=HEADER)

    with pytest.raises(StopRun):
        numbered.run()


def test_where_every_number_is_found_nothing_more_is_asked(numbered: Office, api: Running) -> None:
    numbered.drop_csv("termine.csv", [(70_001, "599", "bestätigt", ""), (70_001, "A-7", "bestätigt", "")], header=HEADER)
    numbered.run()

    asked = [action for entry in api.log() for action in entry["actions"] if action["resourcetype"] == "address"]
    assert len(asked) == 1


def test_a_record_number_is_looked_for_among_no_customer_numbers(numbered: Office, api: Running, kit: type[Kit]) -> None:
    with_numbers(api, "K-90001", "K-90077")
    numbered.drop_csv("termine.csv", [(*ONE, "bestätigt", ""), (70_001, 90_077, "bestätigt", "")])

    assert outcomes(numbered) == [("updated", []), ("rejected", ["not_linked"])]
    assert kit.links(api.state())[ONE] == ("bestätigt", "inaktiv")


@pytest.mark.parametrize("refusal", ["empty", "156"])
def test_without_the_right_to_read_addresses_a_number_is_not_shown_and_never_called_wrong(
    numbered: Office, api: Running, kit: type[Kit], refusal: str
) -> None:
    api.put_options({"address_rights": False, "address_refusal": refusal})
    numbered.drop_csv("termine.csv", [(70_001, "599", "bestätigt", "")], header=HEADER)

    assert outcomes(numbered) == [("invalid", ["customer_number_unknown"])]
    (problem,) = numbered.reports()[0]["files"][0]["rows"][0]["problems"]
    assert "zeigt onOffice dem Abgleich keine Adresse" in problem["message"]
    assert kit.links(api.state())[ONE] == ("gesendet", "inaktiv")


def test_the_record_number_of_one_is_never_the_customer_number_of_another(numbered: Office, api: Running) -> None:
    state: Any = api.state()
    state["addresses"].append({"id": 599, "KdNr": "90001"})
    api.put_state(state)
    numbered.drop_csv("a.csv", [(*ONE, "bestätigt", "")])
    numbered.drop_csv("b.csv", [(70_001, "90001", "gecancelt", "")], header=HEADER)

    assert outcomes(numbered)[0] == ("updated", [])
    assert numbered.reports()[0]["files"][1]["rows"][0]["address_id"] == 599


def test_an_office_that_does_not_allow_it_refuses_such_a_sheet(numbered: Office) -> None:
    numbered.configure(rules={"customer_numbers": False})
    numbered.drop_csv("termine.csv", [(70_001, "599", "bestätigt", "")], header=HEADER)
    numbered.run()

    assert not numbered.reports()[0]["files"][0]["readable"]


def test_the_correction_file_has_the_customer_number_that_was_there(numbered: Office) -> None:
    numbered.drop_csv("termine.csv", [(70_001, "599", "bestätgtx", "")], header=HEADER)
    import openpyxl  # noqa: PLC0415 - here only

    (returned,) = [handed.correction for handed in numbered.run().handed]
    assert returned is not None
    rows = [*openpyxl.load_workbook(returned).worksheets[0].iter_rows(values_only=True)]
    assert rows[1][:2] == ("70001", "599")


def test_where_onoffice_is_away_the_files_go_back(numbered: Office) -> None:
    numbered.drop_csv("termine.csv", [(70_001, "599", "bestätigt", "")], header=HEADER)
    numbered.configure(onoffice={"url": "http://127.0.0.1:9/api/stable/api.php"})
    with pytest.raises(StopRun):
        numbered.run()
    assert numbered.places() == {"drop": ["termine.csv"]}


def test_a_check_without_onoffice_takes_such_a_sheet_and_says_no_record_number(
    numbered: Office, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = numbered.drop_csv("termine.csv", [(70_001, "A-7", "bestätigt", ""), (70_001, "", "bestätigt", "")], header=HEADER)
    with pytest.raises(SystemExit):
        main(["check", "--config", str(numbered.config), "--json", str(path)])

    (file,) = json.loads(capfdbinary.readouterr().out)["files"]
    assert [(row["outcome"], row["address_id"]) for row in file["rows"]] == [("valid", None), ("invalid", None)]


def test_customer_numbers_enter_no_ledger(numbered: Office) -> None:
    numbered.drop_csv("termine.csv", [(70_001, "A-7", "bestätigt", "")], header=HEADER)
    numbered.run()

    assert not any(b"A-7" in path.read_bytes() for path in (numbered.folder / "state").rglob("*") if path.is_file())
