"""Names and dates stand beside numbers wherever people read, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import openpyxl
import pytest

from tests.job.conftest import HEADER, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sync.job.run import Finished
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

PEOPLE: Final = {
    90_001: {"Vorname": "Eva", "Name": "Meyer"},
    90_002: {"Vorname": "Jan", "Name": "Schulz", "Zusatz1": "Schulz Bau"},
    90_003: {"Name": '=HYPERLINK("http://x")'},
    90_004: {"Name": "<b>Fett</b>"},
    90_477: {"Name": "Meyer"},
    90_481: {"Vorname": "Jan", "Name": "Schulz"},
}
NAMES: Final = ("Meyer", "Schulz", "Fett", "HYPERLINK", "Lindenstraße")


@pytest.fixture
def crm(api: Running, office: Office, kit: type[Kit]) -> Office:
    links = [(70_000, 90_001), (70_000, 90_002), (70_000, 90_003), (70_000, 90_004), (70_001, 90_477), (70_001, 90_481)]
    state = kit.seeded(dict.fromkeys(links, ("gesendet", "inaktiv")), 90_999)
    state["addresses"] = [{"id": key, **fields} for key, fields in PEOPLE.items()] + [90_999]
    for appointment in state["appointments"]:
        appointment["subject"] = "Besichtigung Lindenstraße"
    api.put_state(state)
    office.has_written_before()
    return office


#: One that is changed, three that need a person.
ROWS: Final = [
    (70_000, 90_001, "bestätigt", ""),
    (70_000, 90_002, "bestätgt", ""),
    (70_000, 90_003, "bestätgt", ""),
    (70_000, 90_004, "", "vielleicht"),
]


def ran(office: Office, rows: Sequence[Row] = ROWS, header: Row = HEADER) -> Finished:
    office.drop_csv("termine.csv", rows, header=header)
    return office.run()


def address_reads(api: Running) -> int:
    return sum(any(action["resourcetype"] == "address" for action in request["actions"]) for request in api.log())


def page_of(finished: Finished) -> str:
    assert finished.results is not None
    return (finished.results / "report.html").read_text(encoding="utf-8")


def table(path: Path, sheet: int = 0) -> list[dict[str, object]]:
    header, *rows = openpyxl.load_workbook(path).worksheets[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def handed(finished: Finished) -> Iterator[Path]:
    for each in finished.handed:
        yield from filter(None, (each.marked, each.correction))


def state_files(office: Office) -> Iterator[Path]:
    return (path for path in (office.folder / "state").rglob("*") if path.is_file())


def test_the_page_says_who_is_meant_and_when_from_onoffice_where_the_sheet_does_not(crm: Office, api: Running) -> None:
    page = page_of(ran(crm))

    when, who = '<span class="known">02.12.2026, 9:00</span>', '<span class="known">Jan Schulz (Schulz Bau)</span>'
    assert f"<td>70000{when}</td><td>90002{who}</td>" in page
    data = json.loads(page.partition('<script type="application/json" id="data">')[2].partition("</script>")[0])
    assert {"02.12.2026, 9:00", "Eva Meyer", "<b>Fett</b>"} <= {*data["people"]}
    assert address_reads(api) == 1


def test_a_name_on_the_page_is_text_and_never_markup(crm: Office) -> None:
    assert '90004<span class="known">&lt;b&gt;Fett&lt;/b&gt;</span>' in page_of(ran(crm))


def test_the_sheets_own_columns_come_first_and_onoffice_is_not_asked_for_names(crm: Office, api: Running) -> None:
    header = ("Termin-ID", "Adress-ID", "Bestätigung", "Datum", "Uhrzeit", "Vorname", "Name")
    rows = [(70_000, 90_002, "bestätgt", "02.12.2026", "10:30 Uhr", "Johann", "Schulze")]

    page = page_of(ran(crm, rows, header=header))

    assert '<td>70000<span class="known">02.12.2026, 10:30</span></td><td>90002<span class="known">Johann Schulze</span>' in page
    assert not address_reads(api)


def test_a_night_after_which_nobody_has_to_do_anything_reads_no_names_but_tells_the_days(crm: Office, api: Running) -> None:
    finished = ran(crm, ROWS[:1])

    assert not address_reads(api)
    (row,) = table(finished.results / "Ergebnis.xlsx", 1) if finished.results else []
    assert (row["Termin am"], "Name" in row) == ("02.12.2026, 9:00", False)


def test_the_results_workbook_and_the_undo_file_say_who_and_when(crm: Office) -> None:
    finished = ran(crm)
    assert finished.results is not None

    rows = table(finished.results / "Ergebnis.xlsx", 1)
    undo = table(finished.results / "Rückgängig.xlsx")

    assert [row["Name"] for row in rows] == ["Eva Meyer", "Jan Schulz (Schulz Bau)", '=HYPERLINK("http://x")', "<b>Fett</b>"]
    assert [(row["Adress-ID"], row["Termin am"], row["Name"]) for row in undo] == [("90001", "02.12.2026, 9:00", "Eva Meyer")]


def test_a_name_that_looks_like_a_formula_stays_text_in_every_workbook(crm: Office) -> None:
    finished = ran(crm)
    assert finished.results is not None
    cells = [
        cell
        for path in (finished.results / "Ergebnis.xlsx", *handed(finished))
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if "HYPERLINK" in str(cell.value)
    ]

    assert len(cells) >= 3
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}


def test_the_marked_copy_of_a_sheet_without_names_gets_them_in_columns_of_its_own(crm: Office) -> None:
    crm.drop_workbook("termine.xlsx", ROWS)

    (one,) = crm.run().handed

    assert one.marked
    assert one.correction
    for path, rows in ((one.marked, 4), (one.correction, 3)):
        told = table(path)
        assert len(told) == rows
        assert told[-1]["Abgleich: Name"] == "<b>Fett</b>"
    assert table(one.marked)[0]["Abgleich: Termin am"] == "02.12.2026, 9:00"


def test_the_marked_copy_of_a_sheet_with_names_and_days_gets_no_more_columns(crm: Office) -> None:
    header = ("Termin-ID", "Adress-ID", "Bestätigung", "Beginn", "Interessent")
    (one,) = ran(crm, [(70_000, 90_002, "bestätgt", "02.12.2026 09:00", "Schulz")], header=header).handed

    assert one.marked
    assert [head for head in table(one.marked)[0] if head.startswith("Abgleich")] == [
        "Abgleich: Ergebnis",
        "Abgleich: Grund",
        "Abgleich: Was tun?",
    ]


def test_a_correction_file_with_names_is_read_as_if_these_were_not_there(crm: Office, api: Running, kit: type[Kit]) -> None:
    (one,) = ran(crm).handed
    assert one.correction
    book = openpyxl.load_workbook(one.correction)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=2):
        row[2].value, row[3].value = "gecancelt", None
    book.save(crm.drop / "berichtigt.xlsx")

    assert crm.run().info.exit_code == 0
    assert kit.links(api.state())[70_000, 90_004] == ("gecancelt", "inaktiv")


def test_show_tells_who_and_when_without_asking_onoffice(crm: Office, api: Running) -> None:
    finished = ran(crm)
    asked = len(api.log())

    told = " ".join(crm.command("show", "last", COLUMNS="200").stdout.decode().split())

    assert "70000 90001 02.12.2026, 9:00 Eva Meyer gesendet -> bestätigt" in told
    assert len(api.log()) == asked
    assert finished.results is not None
    (finished.results / "Rückgängig.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    told = " ".join(crm.command("show", "last", COLUMNS="200").stdout.decode().split())
    assert "70000 90001 02.12.2026, 9:00 gesendet -> bestätigt" in told


def test_names_enter_neither_the_state_folder_nor_the_log_nor_the_report_for_programs(
    crm: Office, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        finished = ran(crm)
    assert "Schulz" in page_of(finished)
    assert finished.results is not None

    kept = (*state_files(crm), finished.results / "report.json", finished.results.parent / ".waiting.json")
    for name in NAMES:
        assert [path for path in kept if name.encode() in path.read_bytes()] == []
        assert name not in caplog.text


def test_no_right_to_read_addresses_is_said_once_and_numbers_stand_alone(crm: Office, api: Running) -> None:
    api.put_faults([{"on": "every", "verb": "read", "do": "action_error", "code": 156}])

    finished = ran(crm)

    assert [notice.what for notice in finished.info.notices] == ["no_names"]
    assert page_of(finished).count("Der Abgleich darf in onOffice keine Adressen lesen.") == 1
    assert "<td>90002</td>" in page_of(finished)


def test_a_number_that_nobody_has_is_no_missing_right(crm: Office) -> None:
    finished = ran(crm, [(70_000, 91_234, "bestätgt", "")])

    assert not finished.info.notices


def test_where_onoffice_goes_away_before_the_names_there_are_numbers(crm: Office, api: Running) -> None:
    api.put_faults([{"on": "every", "verb": "read", "do": "drop_before"}])

    finished = ran(crm)

    assert (finished.info.stopped, finished.info.notices) == (None, ())
    assert "<td>90002</td>" in page_of(finished)


def test_an_office_that_wants_no_names_is_not_asked_for_them(crm: Office, api: Running) -> None:
    crm.configure(report={"names": False})

    page = page_of(ran(crm))

    assert not address_reads(api)
    assert "Schulz" not in page


def test_of_very_many_rows_the_names_of_the_first_are_read_in_one_request(crm: Office, api: Running) -> None:
    ran(crm, [(70_000, 100_000 + number, "bestätgt", "") for number in range(6_000)])

    assert address_reads(api) == 1


def test_a_dry_run_and_the_preview_of_an_undo_say_who_and_when_beside_the_numbers(crm: Office, api: Running) -> None:
    crm.drop_csv("termine.csv", ROWS[:1])
    planned = crm.command("run", "--dry-run").stdout.decode()
    assert address_reads(api) == 1
    crm.run()
    undone = crm.command("undo", "last", "--yes").stdout.decode()

    for shown in (planned, undone):
        (line,) = (line for line in shown.splitlines() if "90001" in line)
        assert "70000" in line
        assert "02.12.2026, 9:00" in line
        assert "Eva Meyer" in line


# Who is linked instead of the address that a row names.


def problem(office: Office) -> dict[str, Any]:
    ran(office, [(70_001, 90_999, "bestätigt", ""), ROWS[0]])
    row = office.reports()[-1]["files"][0]["rows"][0]
    assert row["outcome"] == "rejected"
    (told,) = row["problems"]
    assert told["code"] == "not_linked"
    return dict(told)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "Mit Termin 70001 (02.12.2026, 9:00, Besichtigung Lindenstraße) verknüpft: 90477 Meyer, 90481 Jan Schulz."),
        ("en", "Linked to appointment 70001 (2026-12-02, 9:00, Besichtigung Lindenstraße): 90477 Meyer, 90481 Jan Schulz."),
    ],
)
def test_a_row_that_is_not_linked_says_who_is_and_which_appointment_that_is(crm: Office, language: str, said: str) -> None:
    crm.configure(report={"language": language})
    told = problem(crm)

    assert told["candidates"] == [{"address_id": 90_477, "name": "Meyer"}, {"address_id": 90_481, "name": "Jan Schulz"}]
    assert told["message"].endswith(said)


def test_an_appointment_to_which_nobody_is_linked_says_so(crm: Office, api: Running) -> None:
    state: Any = api.state()
    state["appointments"][1]["contacts"] = []
    api.put_state(state)

    told = problem(crm)

    assert told["message"].endswith("Mit Termin 70001 (02.12.2026, 9:00, Besichtigung Lindenstraße) ist niemand verknüpft.")
    assert "candidates" not in told


def test_without_the_right_to_read_addresses_it_says_the_numbers(crm: Office, api: Running) -> None:
    api.put_faults([{"on": "every", "verb": "read", "do": "action_error", "code": 156}])

    assert problem(crm)["candidates"] == [{"address_id": 90_477, "name": ""}, {"address_id": 90_481, "name": ""}]


def test_who_is_linked_and_not_shown_is_told_as_well(crm: Office, api: Running) -> None:
    """Without the right to read addresses a look shows no links; who tells what is linked to what knows of them."""
    api.put_options({"address_rights": False})

    told = problem(crm)

    assert told["message"].endswith("Mit Termin 70001 (02.12.2026, 9:00, Besichtigung Lindenstraße) verknüpft: 90477, 90481.")


def test_an_office_that_wants_no_names_gets_none_and_no_subject(crm: Office, api: Running) -> None:
    crm.configure(report={"names": False})
    told = problem(crm)

    assert [each["name"] for each in told["candidates"]] == ["", ""]
    assert told["message"].endswith("Mit Termin 70001 (02.12.2026, 9:00) verknüpft: 90477, 90481.")
    assert not address_reads(api)


def test_names_of_who_is_linked_instead_are_told_in_no_message_and_enter_no_ledger(crm: Office) -> None:
    crm.configure(
        notify={"staff_env": "STAFF", "installer_env": "STAFF", "staff_when": "always", "installer_when": "always"},
        report={"language": "de"},
    )
    crm.drop_csv("termine.csv", [(70_001, 90_999, "bestätigt", "")])
    done = crm.command("run", STAFF="json://127.0.0.1:9/away")

    assert done.returncode == 3
    kept = [*state_files(crm)]
    assert any("outbox" in str(path) for path in kept), "nobody can be reached, so the message waits"
    for name in NAMES:
        assert [path for path in kept if name.encode() in path.read_bytes()] == []


PERSONAL: Final = ("Termin-ID", "Adress-ID", "Bestätigung", "Datum", "Uhrzeit", "Name", "KdNr")


def warnings(finished: Finished) -> list[tuple[str, list[str]]]:
    """The outcome and what was told of each row."""
    assert finished.results is not None
    report = json.loads((finished.results / "report.json").read_text(encoding="utf-8"))
    return [(row["outcome"], [each["code"] for each in row["problems"]]) for file in report["files"] for row in file["rows"]]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Heinz Falschmann", ["person_differs"]),
        ("Eva Meyer", ["person_differs"]),
        ("Jan Meyer", ["person_differs"]),
        ("Schulz", []),
        ("Frau Dr. Schulz-Lehmann", []),
        ("SCHULZ, Jan", []),
        ("Schultz, J.", []),
        ("Jan", []),
        ("Schulz Bau GmbH", []),
        ("Firma Bau Müller", []),
        ("Herr", []),
        ("Schulz, Ruth", ["person_differs"]),
        ("Schulz, Jana", ["person_differs"]),
        ("Ruth und Jan Schulz", []),
        ("Familie Schulz", []),
        ("J. S.", []),
        ("N.N.", []),
        ("unbekannt", []),
        ("90002", []),
        ("Eva und Jan", []),
        ("Eva und Otto", ["person_differs"]),
        ("", []),
    ],
)
def test_a_name_that_is_not_that_of_the_address_is_told_beside_a_row_that_is_sent(
    crm: Office, name: str, told: list[str]
) -> None:
    finished = ran(crm, [(70_000, 90_002, "bestätigt", "02.12.2026", "9:00", name, "")], header=PERSONAL)

    assert warnings(finished) == [("updated", told)]


def test_where_a_name_differs_people_read_the_one_that_onoffice_has(crm: Office) -> None:
    finished = ran(crm, [(70_000, 90_002, "bestätigt", "02.12.2026", "9:00", "Heinz Falschmann", "")], header=PERSONAL)

    assert finished.results is not None
    (row,) = table(finished.results / "Ergebnis.xlsx", 1)
    assert row["Name"] == "Jan Schulz (Schulz Bau)"
    page = page_of(finished)
    assert "In der Spalte „Name“ steht „Heinz Falschmann“; die Adresse mit dieser Nummer heißt in onOffice Jan Schulz" in page


def test_a_list_of_which_one_column_alone_was_sorted_is_told_row_by_row(crm: Office, api: Running) -> None:
    rows = [
        (70_000, 90_001, "bestätigt", "02.12.2026", "9:00", "Jan Schulz", ""),
        (70_000, 90_002, "gecancelt", "02.12.2026", "9:00", "Eva Meyer", ""),
        (70_001, 90_477, "gecancelt", "02.12.2026", "9:00", "Meyer", ""),
        (70_001, 90_481, "gesendet", "02.12.2026", "9:00", "Eva Meyer", ""),
    ]

    told = warnings(ran(crm, rows, header=PERSONAL))

    differs = ["person_differs"]
    assert told == [("updated", differs), ("updated", differs), ("updated", []), ("unchanged", differs)]
    assert address_reads(api) == 1


def test_names_beside_rows_that_are_right_already_are_no_reason_to_ask_for_names(crm: Office, api: Running) -> None:
    told = warnings(ran(crm, [(70_001, 90_481, "gesendet", "02.12.2026", "9:00", "Eva Meyer", "")], header=PERSONAL))

    assert told == [("unchanged", [])]
    assert address_reads(api) == 0


@pytest.mark.parametrize(
    ("number", "told"), [("K-1026", ["person_differs"]), ("K-1024", []), ("1024", []), ("1024,0", []), ("", [])]
)
def test_a_customer_number_of_somebody_else_is_told_beside_a_row_that_is_sent(
    crm: Office, api: Running, number: str, told: list[str]
) -> None:
    state: Any = api.state()
    state["addresses"][1]["KdNr"] = "K-1024"
    api.put_state(state)

    finished = ran(crm, [(70_000, 90_002, "bestätigt", "02.12.2026", "9:00", "Jan Schulz", number)], header=PERSONAL)

    assert warnings(finished) == [("updated", told)]


@pytest.mark.parametrize(
    ("day", "hour", "told"),
    [("02.12.2026", "9:30", ["start_differs"]), ("03.12.2026", "09:00 Uhr", ["start_differs"]), ("02.12.2026", "9 Uhr", []),
     ("03.12.2026", "", ["start_differs"]), ("02.12.2026", "", []), ("3.12.", "", []), ("", "9:30", [])],
)  # fmt: skip
def test_a_day_and_time_of_another_appointment_are_told_beside_a_row_that_is_sent(
    crm: Office, day: str, hour: str, told: list[str]
) -> None:
    finished = ran(crm, [(70_000, 90_002, "bestätigt", day, hour, "Schulz", "")], header=PERSONAL)

    assert warnings(finished) == [("updated", told)]
    assert finished.results is not None
    (row,) = table(finished.results / "Ergebnis.xlsx", 1)
    assert not told or row["Termin am"] == "02.12.2026, 9:00"
    columns = [("Datum", day) if day != "02.12.2026" else ("Uhrzeit", hour)] if told else []
    problems = finished.checked.problems
    assert [*zip(problems.column.tolist(), problems.value.tolist(), strict=True)] == columns


def test_a_dry_run_tells_who_is_meant_before_anything_is_sent(crm: Office) -> None:
    crm.drop_csv("termine.csv", [(70_000, 90_002, "bestätigt", "02.12.2026", "9:30", "Eva Meyer", "")], header=PERSONAL)

    checked = crm.run(dry=True).checked

    assert checked.problems.code.tolist() == ["person_differs", "start_differs"]


@pytest.mark.parametrize("refusal", ["empty", "156"])
def test_who_may_not_read_addresses_gets_no_doubt_and_no_word_of_a_missing_right(crm: Office, api: Running, refusal: str) -> None:
    api.put_options({"address_rights": False, "address_refusal": refusal})

    finished = ran(crm, [(70_000, 90_002, "bestätigt", "02.12.2026", "9:00", "Eva Meyer", "")], header=PERSONAL)

    assert [notice.what for notice in finished.info.notices] == []
    assert "person_differs" not in finished.checked.problems.code.tolist()


@pytest.mark.parametrize("refusal", ["empty", "156"])
def test_who_may_not_read_addresses_is_told_so_where_every_row_is_about_one_that_is_linked_and_not_shown(
    crm: Office, api: Running, refusal: str
) -> None:
    api.put_options({"address_rights": False, "address_refusal": refusal})

    finished = ran(crm, [(70_000, 90_001, "bestätigt", ""), (70_000, 90_002, "bestätigt", "")])

    assert finished.checked.problems.code.tolist() == ["perhaps_hidden"] * 2
    assert [notice.what for notice in finished.info.notices] == ["no_names"]


def test_nobody_is_told_of_a_missing_right_because_of_a_number_that_onoffice_does_not_have(crm: Office, api: Running) -> None:
    state: Any = api.state()
    state["appointments"][1]["contacts"] = []
    api.put_state(state)

    finished = ran(crm, [(70_001, 90_998, "bestätigt", "")])

    assert [notice.what for notice in finished.info.notices] == []


def test_a_list_whose_numbers_went_astray_is_not_called_changed_since_alone(crm: Office) -> None:
    header = ("Termin-ID", "Adress-ID", "Bestätigung jetzt", "Bestätigung neu", "Name")

    finished = ran(crm, [(70_000, 90_002, "bestätigt", "gecancelt", "Eva Meyer")], header=header)

    assert warnings(finished) == [("conflict", ["changed_since", "person_differs"])]
