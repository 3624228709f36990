"""A sheet with neither number but day, time and name comes back with the link that fits, and counts when a person drops it."""

from __future__ import annotations

import datetime as dt
import json
import runpy
import shutil
from typing import TYPE_CHECKING, Any, Final

import openpyxl
import pytest
from xlsxwriter import Workbook

from tests.job.conftest import ROOT
from tests.job.test_agree import Told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.job.run import Finished
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

HEADER: Final = ("Datum", "Uhrzeit", "Objekt", "Interessent", "Telefon", "Status")
PEOPLE: Final = {
    90_001: ("Eva", "Meyer", ""),
    90_002: ("Tom", "Meyer", ""),
    90_003: ("Jan", "Schulz", "Schulz Bau GmbH"),
    90_004: ("Jürgen", "Weiß-Lüders", ""),
    90_005: ("", "", "Hausbau Nord"),
    90_006: ("Eva", "Meyer", ""),
}
CUSTOMERS: Final = {90_001: "599", 90_002: "600", 90_003: "601", 90_006: "599"}
LINKS: Final = {
    70_001: ("09:00", "Lindenstraße 12, 80331 München", (90_001, 90_002)),
    70_002: ("09:30", "Ahornweg 3", (90_003, 90_005)),
    70_003: ("10:00", "Lindenstraße 12", (90_001,)),
    70_004: ("10:00", "Ahornweg 3", (90_006, 90_004)),
}


@pytest.fixture
def calendar(api: Running, office: Office) -> Office:
    api.put_state(
        {
            "appointments": [
                {
                    "id": key,
                    "subject": "Besichtigung",
                    "location": place,
                    "start": f"2026-12-02T{time}:00+01:00",
                    "contacts": [{"id": each, "confirmation": "gesendet", "feedback": "inaktiv"} for each in addresses],
                }
                for key, (time, place, addresses) in LINKS.items()
            ],
            "addresses": [
                {"id": key, "KdNr": CUSTOMERS.get(key, ""), "Vorname": first, "Name": last, "Zusatz1": company}
                for key, (first, last, company) in PEOPLE.items()
            ],
        }
    )
    office.has_written_before()
    return office


def codes(office: Office) -> list[tuple[str, list[str]]]:
    (file,) = office.reports()[-1]["files"]
    return [(row["outcome"], [problem["code"] for problem in row["problems"]]) for row in file["rows"]]


def corrected(finished: Finished) -> tuple[Path, list[dict[str, Any]]]:
    """The correction file, and its rows by header."""
    (handed,) = finished.handed
    assert handed.correction
    header, *rows = openpyxl.load_workbook(handed.correction).worksheets[0].iter_rows(values_only=True)
    return handed.correction, [dict(zip(map(str, header), row, strict=True)) for row in rows]


def numbers(finished: Finished) -> list[tuple[str | None, str | None]]:
    return [(row["Termin-ID"], row["Adress-ID"]) for row in corrected(finished)[1]]


def as_workbook(office: Office, rows: Sequence[Sequence[Any]]) -> None:
    office.drop.mkdir(exist_ok=True)
    with Workbook(office.folder / "termine.xlsx", {"default_date_format": "dd.mm.yyyy"}) as book:
        sheet = book.add_worksheet("Dezember")
        clock = book.add_format({"num_format": "hh:mm"})
        sheet.write_row(0, 0, ["Besichtigungen im Dezember"])
        sheet.write_row(2, 0, HEADER)
        for at, (_, time, *others) in enumerate(rows, 3):
            sheet.write_datetime(at, 0, dt.datetime(2026, 12, 2))  # noqa: DTZ001 - as spreadsheets have them
            sheet.write_datetime(at, 1, dt.time.fromisoformat(time), clock)
            sheet.write_row(at, 2, others)
    (office.folder / "termine.xlsx").rename(office.drop / "termine.xlsx")


ROWS: Final = (
    ("02.12.2026", "09:00", "Lindenstr. 12", "Meyer, Eva", "0170 1", "bestätigt"),
    ("02.12.2026", "09:30", "Ahornweg 3", "Herr Schulz", "0170 2", "gecancelt"),
)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_correction_file_names_the_link_that_fits_and_counts_once_it_is_dropped(
    calendar: Office, api: Running, kit: type[Kit], kind: str
) -> None:
    as_workbook(calendar, ROWS) if kind == "xlsx" else calendar.drop_csv("termine.csv", ROWS, header=HEADER)
    before = api.state()
    finished = calendar.run()
    path, rows = corrected(finished)

    assert codes(calendar) == [("invalid", ["numbers_suggested"])] * 2
    assert api.state() == before
    assert [(row["Termin-ID"], row["Adress-ID"]) for row in rows] == [("70001", "90001"), ("70002", "90003")]
    assert "Eva Meyer, 02.12.2026, 9:00, Besichtigung, Lindenstraße 12" in rows[0]["Abgleich: Grund"]
    assert finished.handed[0].missing == (() if kind == "xlsx" else finished.handed[0].missing)

    shutil.copy(path, calendar.drop / "bestaetigt.xlsx")
    calendar.run()
    assert codes(calendar) == [("updated", [])] * 2
    assert kit.links(api.state())[70_001, 90_001] == ("bestätigt", "inaktiv")
    assert kit.links(api.state())[70_002, 90_003] == ("gecancelt", "inaktiv")


def test_a_suggestion_is_marked_and_several_are_offered_in_the_cell(calendar: Office) -> None:
    rows = [ROWS[0], ("02.12.2026", "9:00 Uhr", "", "Meyer", "", "bestätigt")]
    calendar.drop_csv("termine.csv", rows, header=HEADER)
    path, _ = corrected(calendar.run())
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header = [cell.value for cell in sheet[1]]
    appointment, address = (header.index(name) + 1 for name in ("Termin-ID", "Adress-ID"))

    assert sheet.cell(2, address).fill.fgColor.rgb == sheet.cell(3, address).fill.fgColor.rgb == "FFFFF3BF"
    assert (sheet.cell(3, appointment).value, sheet.cell(3, address).value) == ("70001", None)
    offered = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    assert offered[sheet.cell(3, address).coordinate] == '"90001,90002"'


@pytest.mark.parametrize(
    ("time", "place", "person", "found"),
    [
        ("09:00", "", "Meyer Eva", (70_001, 90_001)),
        ("09:00", "", "Frau E. Meyer", (70_001, 90_001)),
        ("09:00 - 09:30", "", "TOM MEYER", (70_001, 90_002)),
        ("9.30 Uhr", "", "Schulz Bau GmbH", (70_002, 90_003)),
        ("09:30", "", "Hausbau Nord", (70_002, 90_005)),
        ("10:00", "", "Juergen Weiss Lueders", (70_004, 90_004)),
        ("10:00", "Ahornweg 3", "Eva Meyer", (70_004, 90_006)),
        ("10:00", "Lindenstraße 12", "Eva Meyer", (70_003, 90_001)),
    ],
)
def test_a_person_is_found_by_the_parts_of_the_name_and_among_twins_by_the_place(
    calendar: Office, time: str, place: str, person: str, found: tuple[int, int]
) -> None:
    calendar.drop_csv("termine.csv", [("02.12.2026", time, place, person, "", "bestätigt")], header=HEADER)

    assert numbers(calendar.run()) == [tuple(map(str, found))]


@pytest.mark.parametrize(
    ("time", "person", "code", "candidates"),
    [
        ("10:00", "Eva Meyer", "numbers_to_choose", {(70_003, 90_001), (70_004, 90_006)}),
        ("09:30", "Peter Schulz", "numbers_to_choose", {(70_002, 90_003)}),
        ("09:00", "Familie Eva und Tom Meyer", "numbers_to_choose", {(70_001, 90_001), (70_001, 90_002)}),
        ("09:01", "Eva Meyer", "numbers_not_found", set()),
        ("", "Eva Meyer", "numbers_need_start", set()),
        ("nachmittags", "Eva Meyer", "numbers_need_start", set()),
        ("09:00", "Eva", "numbers_not_found", set()),
        ("09:00", "", "numbers_not_found", set()),
        ("09:00", "Schulz", "numbers_not_found", set()),
        ("09:30", "Bau GmbH", "numbers_to_choose", {(70_002, 90_003)}),
        ("09:30", "GmbH", "numbers_not_found", set()),
        ("10:00", "Jürgen Weiß-Lüdders", "numbers_to_choose", {(70_004, 90_004)}),
        ("09:00", "Eva Meier", "numbers_to_choose", {(70_001, 90_001)}),
        ("09:00", "Meier", "numbers_to_choose", {(70_001, 90_001), (70_001, 90_002)}),
        ("09:00", "Eva Maier", "numbers_not_found", set()),
    ],
)
def test_what_is_not_certain_stays_blank(
    calendar: Office, time: str, person: str, code: str, candidates: set[tuple[int, int]]
) -> None:
    rows = [("02.12.2026", time, "", person, "", "bestätigt"), ROWS[0]]
    calendar.drop_csv("termine.csv", rows, header=HEADER)
    assert numbers(calendar.run())[0][1] is None
    problem = calendar.reports()[-1]["files"][0]["rows"][0]["problems"][0]

    assert problem["code"] == code
    assert {(each["appointment_id"], each["address_id"]) for each in problem.get("candidates", ())} == candidates


@pytest.mark.parametrize("day", ["31.12.9999", "01.01.0001", "31.02.2026", "02.12.", "02.12.2062"])
def test_a_day_that_cannot_be_meant_finds_nothing_and_harms_no_other_row(calendar: Office, day: str) -> None:
    calendar.drop_csv("termine.csv", [(day, "09:00", "", "Eva Meyer", "", "bestätigt"), ROWS[0]], header=HEADER)

    assert numbers(calendar.run()) == [(None, None), ("70001", "90001")]


@pytest.mark.parametrize(
    ("day", "time", "told"),
    [("02.12.", "9 Uhr", "„02.12.“"), ("31.02.2026", "9 h", "„31.02.2026“"), ("02.12.2026", "früh", "„früh“"), ("", "9 Uhr", "")],
)
def test_a_day_or_a_time_that_cannot_be_read_is_named_and_not_guessed(calendar: Office, day: str, time: str, told: str) -> None:
    calendar.drop_csv("termine.csv", [(day, time, "", "Eva Meyer", "", "bestätigt")], header=HEADER)
    _, (row,) = corrected(calendar.run())

    assert codes(calendar) == [("invalid", ["numbers_need_start"])]
    assert told in row["Abgleich: Grund"]
    assert "10.12.2026 und 16:00" in row["Abgleich: Was tun?"]
    assert (row["Termin-ID"], row["Adress-ID"]) == (None, None)


def mended(path: Path, target: Path, **cells: str) -> None:
    """A correction file, with other texts in the cells of its last row."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    for name, value in cells.items():
        sheet.cell(sheet.max_row, header.index(name) + 1).value = value
    book.save(target)


def test_a_row_of_the_correction_file_that_was_mended_is_looked_up_again(calendar: Office, api: Running, kit: type[Kit]) -> None:
    rows = [ROWS[0], ("02.12.", "9:30 Uhr", "Ahornweg 3", "Jan Schulz", "", "gecancelt")]
    calendar.drop_csv("termine.csv", rows, header=HEADER)
    path, _ = corrected(calendar.run())

    mended(path, calendar.drop / "korrigiert.xlsx", Datum="02.12.2026")
    second, again = corrected(calendar.run())
    assert codes(calendar) == [("updated", []), ("invalid", ["numbers_suggested"])]
    assert [(row["Termin-ID"], row["Adress-ID"]) for row in again] == [("70002", "90003")]
    assert kit.links(api.state())[70_002, 90_003] == ("gesendet", "inaktiv")

    shutil.copy(second, calendar.drop / "bestaetigt.xlsx")
    calendar.run()
    assert kit.links(api.state())[70_002, 90_003] == ("gecancelt", "inaktiv")


def test_a_start_in_a_mended_row_is_written_whole(calendar: Office) -> None:
    header = ("Datum", "Beginn", "Vorname", "Nachname", "Bestätigung")
    calendar.drop_csv("termine.csv", [("2.12.", "09:00", "Tom", "Meyer", "bestätigt")], header=header)
    path, _ = corrected(calendar.run())
    mended(path, calendar.drop / "korrigiert.xlsx", Datum="02.12.2026")
    calendar.run()

    assert codes(calendar) == [("invalid", ["numbers_suggested"])]


WITH_NUMBERS: Final = ("Termin-ID", "Adress-ID", "Datum", "Uhrzeit", "Interessent", "Status")


def test_of_a_sheet_with_columns_for_the_numbers_only_rows_without_both_are_looked_up(calendar: Office) -> None:
    meeting = ("02.12.2026", "09:00", "Eva Meyer", "bestätigt")
    rows = [
        *[("", "", *meeting), (70_001, "", *meeting), ("", 90_001, *meeting), ("", "", "", "", "", "bestätigt")],
        *[(70_003, "", *meeting), ("", 90_003, *meeting), ("x", "", *meeting), (70_001, 90_002, *meeting)],
    ]
    calendar.drop_csv("termine.csv", rows, header=WITH_NUMBERS)
    calendar.run()

    told = [["numbers_suggested"]] * 3 + [["missing_id"] * 2, ["missing_id"], ["missing_id"], ["bad_id", "missing_id"]]
    told.append(["person_differs"])  # the last row has both numbers, and they are another Meyer's
    assert [problems for _, problems in codes(calendar)] == told


def test_a_choice_that_was_forgotten_in_the_correction_file_is_offered_again(calendar: Office) -> None:
    rows = [("02.12.2026", "9:00 Uhr", "", "Meyer", "", "bestätigt"), ("02.12.2026", "9:30", "", "Peter Schulz", "", "gecancelt")]
    calendar.drop_csv("termine.csv", rows, header=HEADER)
    path, _ = corrected(calendar.run())
    shutil.copy(path, calendar.drop / "vergessen.xlsx")
    again, (first, second) = corrected(calendar.run())

    assert codes(calendar) == [("invalid", ["numbers_to_choose"])] * 2
    assert (first["Termin-ID"], first["Adress-ID"]) == ("70001", None)
    assert "In der Spalte „Adress-ID“ fehlt die Datensatznummer. Zu Tag" in first["Abgleich: Grund"]
    assert "Termin 70001, Adresse 90002" in first["Abgleich: Grund"]
    assert "nur eine Verknüpfung" in second["Abgleich: Grund"]
    sheet = openpyxl.load_workbook(again).worksheets[0]
    assert '"90001,90002"' in {each.formula1 for each in sheet.data_validations.dataValidation}


def test_a_row_without_numbers_is_told_that_it_names_neither_of_them(calendar: Office) -> None:
    rows = [ROWS[0], ("02.12.2026", "9:30", "", "Peter Schulz", "", "gecancelt")]
    calendar.drop_csv("termine.csv", rows, header=HEADER)
    _, (suggested, single) = corrected(calendar.run())

    assert suggested["Abgleich: Grund"].startswith("Die Zeile nennt weder Termin-ID noch Adress-ID. ")
    assert "kommen in Frage" not in single["Abgleich: Grund"]
    assert "Kundennummer" not in suggested["Abgleich: Grund"]


@pytest.mark.parametrize(
    ("day", "time", "person", "cell", "told"),
    [
        ("Mittwoch", "9:00", "Eva Meyer", "Datum", "In der Spalte „Datum“ fehlt der Tag oder die Uhrzeit oder ist nicht lesbar"),
        ("02.12.", "9:00", "Eva Meyer", "Datum", "In der Spalte „Datum“ fehlt das Jahr: „02.12.“"),
        ("Mi, 2. 12. 9:00 Uhr", "", "Eva Meyer", "Datum", "In der Spalte „Datum“ fehlt das Jahr: „Mi, 2. 12. 9:00 Uhr“"),
        ("31.02.2026", "9:00", "Eva Meyer", "Datum", "In der Spalte „Datum“ steht ein Tag, den es nicht gibt: „31.02.2026“"),
        ("02.12.2026", "früh", "Eva Meyer", "Uhrzeit", "In der Spalte „Uhrzeit“ fehlt der Tag oder die Uhrzeit"),
        (
            "02.12.2026",
            "9:01",
            "Eva Meyer",
            "Datum",
            "Zum Tag (Spalte „Datum“) und zur Uhrzeit zeigt onOffice dem Abgleich",
        ),
        ("02.12.2026", "9:00", "Eva Schulz", "Interessent", "keine mit der Person in der Spalte „Interessent“"),
        ("02.12.2026", "9:00", "", "Interessent", "In der Spalte „Interessent“ fehlt, wer gemeint ist."),
        ("02.12.2026", "9:00", "Herr", "Interessent", "In der Spalte „Interessent“ fehlt, wer gemeint ist."),
    ],
)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_cell_by_which_nothing_was_found_is_red_and_says_why(  # noqa: PLR0917 - a row and what is told of it
    calendar: Office, kind: str, day: str, time: str, person: str, cell: str, told: str
) -> None:
    row = (day, time, "", person, "", "bestätigt")
    rows = [row, ROWS[0]]  # nothing is looked up for a sheet that names nobody
    calendar.drop_csv("termine.csv", rows, header=HEADER)
    if kind == "xlsx":
        (calendar.drop / "termine.csv").unlink()
        book = openpyxl.Workbook()
        for cells in (HEADER, *rows):
            book.worksheets[0].append(cells)
        book.save(calendar.drop / "termine.xlsx")
    (handed,) = calendar.run().handed
    for path in (handed.correction, handed.marked):
        assert path
        sheet = openpyxl.load_workbook(path).worksheets[0]
        red = [each for each in sheet[2] if each.fill.fgColor.rgb == "FFFFC9C4"]
        assert [sheet.cell(1, each.column).value for each in red] == [cell]
        assert red[0].comment
        assert told in red[0].comment.text


def test_a_row_without_numbers_keeps_its_old_word_where_onoffice_cannot_be_asked(calendar: Office, api: Running) -> None:
    api.put_faults([{"on": "every", "verb": "read", "do": "action_error", "code": 156}])
    calendar.drop_csv("termine.csv", [("", "", "02.12.2026", "09:00", "Eva Meyer", "bestätigt")], header=WITH_NUMBERS)
    calendar.run()

    assert codes(calendar) == [("invalid", ["missing_id"] * 2)]


def test_a_start_that_is_a_time_only_is_written_whole(calendar: Office, api: Running, kit: type[Kit]) -> None:
    header = ("Datum", "Beginn", "Vorname", "Nachname", "Bestätigung")
    calendar.drop_csv("termine.csv", [("2.12.26", "09:00", "Tom", "Meyer", "bestätigt")], header=header)
    path, _ = corrected(calendar.run())
    shutil.copy(path, calendar.drop / "bestaetigt.xlsx")
    calendar.run()

    assert codes(calendar) == [("updated", [])]
    assert kit.links(api.state())[70_001, 90_002] == ("bestätigt", "inaktiv")


def refused(office: Office) -> str:
    office.drop_csv("termine.csv", ROWS, header=HEADER)
    office.run()
    (file,) = office.reports()[-1]["files"]
    assert not file["readable"]
    return str(file["reason"])


LACKS: Final = "Es fehlen: Termin-ID, Adress-ID. "


@pytest.mark.parametrize("kind", ["read", "get"])
def test_without_a_right_the_file_is_refused_and_the_reason_names_the_right(calendar: Office, api: Running, kind: str) -> None:
    api.put_faults([{"on": "every", "verb": kind, "do": "action_error", "code": 156}])
    reason = refused(calendar)

    assert reason.startswith(LACKS)
    assert "dem API-Benutzer fehlt das Recht, Termine und Adressen zu lesen" in reason
    assert "unverändert noch einmal ab" in reason


def test_where_onoffice_is_away_the_file_is_refused_and_the_reason_says_so(calendar: Office) -> None:
    calendar.configure(onoffice={"url": "http://127.0.0.1:9/api/stable/api.php"})
    reason = refused(calendar)

    assert reason.startswith(LACKS)
    assert "onOffice nicht zu erreichen war" in reason
    assert "unverändert noch einmal ab" in reason


@pytest.mark.parametrize(("names", "told"), [("auto", "sucht sie nach Tag, Uhrzeit und Name"), (False, "keine Kopfzeile")])
def test_a_check_says_whether_the_next_run_looks_the_numbers_up(calendar: Office, api: Running, names: object, told: str) -> None:
    calendar.configure(report={"names": names})
    path = calendar.drop_csv("termine.csv", ROWS, header=HEADER)
    done = calendar.command("check", "--json", str(path))
    assert done.returncode == 3, done.stderr
    (file,) = json.loads(done.stdout)["files"]

    assert file["reason"].startswith(LACKS)
    assert told in file["reason"]
    assert not api.log()

    to_people = calendar.command("check", str(path)).stdout.decode()
    shown, hidden = ("Dateien ohne Nummern:", "Nicht lesbare Dateien:")[:: 1 if names else -1]
    assert shown in to_people
    assert hidden not in to_people
    assert ("1 Datei hat keine Nummern" if names else "1 Datei war nicht lesbar") in to_people


def test_an_office_that_wants_no_names_is_not_asked_for(calendar: Office, api: Running) -> None:
    calendar.configure(report={"names": False})

    assert refused(calendar).startswith(LACKS)
    assert not api.log()


def test_a_sheet_without_day_or_name_is_not_asked_for(calendar: Office, api: Running) -> None:
    calendar.drop_csv("termine.csv", [("09:00", "Eva Meyer", "bestätigt")], header=("Uhrzeit", "Interessent", "Status"))
    calendar.run()

    assert not calendar.reports()[-1]["files"][0]["readable"]
    assert not api.log()


def test_a_sheet_with_one_of_the_numbers_is_none_of_these(calendar: Office, api: Running) -> None:
    header = ("Termin-ID", "Datum", "Uhrzeit", "Interessent", "Status")
    calendar.drop_csv("termine.csv", [(70_001, "02.12.2026", "09:00", "Eva Meyer", "bestätigt")], header=header)
    calendar.run()

    assert not calendar.reports()[-1]["files"][0]["readable"]
    assert not api.log()


def test_the_rows_keep_no_other_file_from_being_sent(calendar: Office, api: Running, kit: type[Kit]) -> None:
    calendar.configure(rules={"max_invalid_share": 0.2})
    calendar.drop_csv("a.csv", ROWS, header=HEADER)
    calendar.drop_csv("b.csv", [(70_001, 90_002, "bestätigt", "")])
    calendar.run()

    assert kit.links(api.state())[70_001, 90_002] == ("bestätigt", "inaktiv")


def test_a_mistake_in_the_search_keeps_no_other_file_from_being_sent(
    calendar: Office, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.job.lookups.as_hint", lambda _: 1 / 0)
    calendar.drop_csv("a.csv", ROWS, header=HEADER)
    calendar.drop_csv("b.csv", [(70_001, 90_002, "bestätigt", "")])
    calendar.run()

    assert [file["readable"] for file in calendar.reports()[-1]["files"]] == [False, True]
    assert kit.links(api.state())[70_001, 90_002] == ("bestätigt", "inaktiv")


def test_names_enter_no_ledger_and_no_log(calendar: Office, caplog: pytest.LogCaptureFixture) -> None:
    calendar.drop_csv("termine.csv", ROWS, header=HEADER)
    with caplog.at_level("DEBUG"):
        calendar.run()

    assert not any(b"Meyer" in path.read_bytes() for path in (calendar.folder / "state").rglob("*") if path.is_file())
    assert "Meyer" not in caplog.text


def test_a_month_takes_as_many_requests_as_a_day(calendar: Office, api: Running) -> None:
    far = [(f"{day:02}.12.2026", "09:00", "", "Eva Meyer", "", "bestätigt") for day in range(1, 31)]
    calendar.drop_csv("termine.csv", far, header=HEADER)
    calendar.run()

    assert len(api.log()) <= 3  # the calendar, who is linked, their names


def test_a_dry_run_suggests_too_and_changes_nothing(calendar: Office) -> None:
    calendar.drop_csv("termine.csv", ROWS, header=HEADER)
    finished = calendar.run(dry=True)

    assert {*finished.checked.problems.code} == {"numbers_suggested"}
    assert calendar.places() == {"drop": ["termine.csv"]}


def test_of_2000_rows_at_least_95_in_100_get_the_right_link_and_none_a_wrong_one_without_others_beside_it() -> None:
    """An office in which a tenth of the links has a twin of name and hour; `benchmarks/suggestions.py` tells the figures."""
    found = runpy.run_path(str(ROOT / "benchmarks" / "suggestions.py"))["measure"](1)

    assert found["right"] >= 0.95
    assert found["right"] + found["among"] == 1
    assert found["wrong"] == 0
    assert found["requests"] <= 4


def test_an_english_sheet_gets_the_columns_in_english(calendar: Office, api: Running, kit: type[Kit]) -> None:
    calendar.configure(report={"language": "en"})
    rows = [("2026-12-02", "9:30 am", "Jan Schulz", "confirmed")]
    calendar.drop_csv("viewings.csv", rows, header=("Date", "Time", "Prospect", "Appointment status"))
    path, (row,) = corrected(calendar.run())
    assert (row["Appointment ID"], row["Address ID"]) == ("70002", "90003")

    shutil.copy(path, calendar.drop / "confirmed.xlsx")
    calendar.run()
    assert codes(calendar)[0][0] == "updated"
    assert kit.links(api.state())[70_002, 90_003] == ("bestätigt", "inaktiv")


# Work lists from which somebody took the columns of numbers.


WORK_LIST: Final = ("Datum", "Uhrzeit", "Name", "Bestätigung jetzt", "Bestätigung neu", "Rückmeldung neu")


def test_of_a_work_list_without_its_numbers_only_the_rows_that_were_filled_in_are_looked_up(calendar: Office) -> None:
    rows = [
        ("02.12.2026", "09:00", "Eva Meyer", "gesendet", "bestätigt", ""),
        *[("02.12.2026", "09:30", "Jan Schulz", "gesendet", "", "")] * 3,
    ]
    calendar.drop_csv("liste.csv", rows, header=WORK_LIST)

    assert numbers(calendar.run()) == [("70001", "90001")]
    assert codes(calendar) == [("invalid", ["numbers_suggested"])]


def test_a_work_list_without_its_numbers_in_which_nothing_was_filled_in_asks_for_nothing(calendar: Office) -> None:
    calendar.drop_csv("liste.csv", [("02.12.2026", "09:00", "Eva Meyer", "gesendet", "", "")], header=WORK_LIST)
    calendar.run()

    assert codes(calendar) == []
    assert calendar.reports()[-1]["files"][0]["readable"]


def test_a_blank_status_in_a_sheet_of_ones_own_is_still_told(calendar: Office) -> None:
    calendar.drop_csv("termine.csv", [("02.12.2026", "09:00", "", "Eva Meyer", "", ""), ROWS[1]], header=HEADER)

    assert len(numbers(calendar.run())) == 2


# Sheets that name people by their customer numbers.


BY_NUMBER: Final = ("Datum", "Uhrzeit", "KdNr", "Status")


def told(office: Office, rows: Sequence[tuple[str, ...]], header: tuple[str, ...] = BY_NUMBER) -> list[tuple[str, list[str]]]:
    """What a run says of rows in an office that allows customer numbers."""
    office.configure(rules={"customer_numbers": True})
    office.drop_csv("termine.csv", rows, header=header)
    office.run()
    return codes(office)


def test_a_row_without_name_and_customer_number_is_told_that_it_says_nobody(calendar: Office) -> None:
    rows = [("02.12.2026", "09:00", "", "", "bestätigt"), ("02.12.2026", "09:00", "599", "", "bestätigt")]
    assert told(calendar, rows, ("Datum", "Uhrzeit", "KdNr", "Name", "Status"))[0] == ("invalid", ["numbers_not_found"])

    (row, _) = calendar.reports()[-1]["files"][0]["rows"]
    assert "fehlt, wer gemeint ist." in row["problems"][0]["message"]


def test_a_sheet_with_customer_numbers_and_no_appointment_gets_the_link_that_fits(
    calendar: Office, api: Running, kit: type[Kit]
) -> None:
    calendar.configure(rules={"customer_numbers": True})
    calendar.drop_csv("termine.csv", [("02.12.2026", "09:00", "600", "bestätigt")], header=BY_NUMBER)
    path, (row,) = corrected(calendar.run())
    assert (row["Termin-ID"], row["Adress-ID"]) == ("70001", "90002")

    shutil.copy(path, calendar.drop / "bestaetigt.xlsx")
    calendar.run()
    assert kit.links(api.state())[70_001, 90_002] == ("bestätigt", "inaktiv")


def test_a_customer_number_tells_namesakes_apart(calendar: Office) -> None:
    header = ("Datum", "Uhrzeit", "Kundennummer", "Name", "Status")
    rows = [("02.12.2026", "09:00", "600", "Meyer", "bestätigt"), ("02.12.2026", "09:00", "", "Meyer", "bestätigt")]

    assert told(calendar, rows, header) == [("invalid", ["numbers_suggested"]), ("invalid", ["numbers_to_choose"])]


def test_a_number_and_a_name_that_contradict_each_other_are_never_filled_in(calendar: Office) -> None:
    header = ("Datum", "Uhrzeit", "KdNr", "Interessent", "Status")
    rows = [
        ("02.12.2026", "09:00", "600", "Eva Meyer", "bestätigt"),  # the number is Tom's
        ("02.12.2026", "09:00", "777", "Eva Meyer", "bestätigt"),  # the number is nobody's
    ]

    assert told(calendar, rows, header) == [("invalid", ["numbers_to_choose"])] * 2
    first, _ = calendar.reports()[-1]["files"][0]["rows"]
    assert {each["name"].partition(",")[0] for each in first["problems"][0]["candidates"]} == {"Eva Meyer", "Tom Meyer"}


def test_a_number_that_several_have_is_offered_and_one_of_nobody_is_not_found(calendar: Office) -> None:
    rows = [("02.12.2026", "10:00", "599", "bestätigt"), ("02.12.2026", "09:30", "777", "bestätigt")]

    assert told(calendar, rows) == [("invalid", ["numbers_to_choose"]), ("invalid", ["numbers_not_found"])]


def test_a_number_of_the_same_digits_is_offered_to_be_chosen_and_never_filled_in(calendar: Office, api: Running) -> None:
    state: Any = api.state()
    for address, number in zip(state["addresses"], ("K-1016", "1017", "A-1018", "K-1018"), strict=False):
        address["KdNr"] = number
    api.put_state(state)
    rows = [
        ("02.12.2026", "09:00", "1016", "", "bestätigt"),
        ("02.12.2026", "09:00", "K1017", "", "bestätigt"),
        ("02.12.2026", "09:00", "1016", "Tom Meyer", "bestätigt"),  # a number of Eva's, perhaps
        ("02.12.2026", "09:30", "1018", "", "bestätigt"),
        ("02.12.2026", "09:00", "1019", "", "bestätigt"),
    ]

    found = told(calendar, rows, ("Datum", "Uhrzeit", "KdNr", "Name", "Status"))

    assert found == [("invalid", ["numbers_to_choose"])] * 4 + [("invalid", ["numbers_not_found"])]
    offered = [
        [each["address_id"] for each in row["problems"][0].get("candidates", [])]
        for row in calendar.reports()[-1]["files"][0]["rows"]
    ]
    assert offered == [[90_001], [90_002], [90_001, 90_002], [90_003], []]


def test_where_customer_numbers_are_not_allowed_such_a_sheet_is_refused(calendar: Office, api: Running) -> None:
    calendar.drop_csv("termine.csv", [("02.12.2026", "09:00", "600", "bestätigt")], header=BY_NUMBER)
    calendar.run()

    assert not calendar.reports()[-1]["files"][0]["readable"]
    assert not api.log()


def test_an_address_id_is_never_taken_for_a_customer_number(calendar: Office, api: Running) -> None:
    calendar.configure(rules={"customer_numbers": True})
    calendar.drop_csv("a.csv", [("02.12.2026", "09:00", "600", "bestätigt")], header=("Datum", "Uhrzeit", "Adress-ID", "Status"))
    calendar.run()

    assert not calendar.reports()[-1]["files"][0]["readable"]
    assert not api.log()


def test_a_record_number_is_never_suggested_in_a_column_of_customer_numbers(calendar: Office) -> None:
    meeting = ("02.12.2026", "09:00", "Eva Meyer", "bestätigt")
    header = ("Termin-ID", "Kundennummer", "Datum", "Uhrzeit", "Interessent", "Status")

    assert told(calendar, [("70001", "", *meeting), ("", "", *meeting)], header) == [
        ("invalid", ["customer_number_missing"]),
        ("invalid", ["missing_id", "customer_number_missing"]),
    ]


def test_of_a_file_without_numbers_nobody_says_that_it_waits_where_onoffice_takes_no_credentials(calendar: Office) -> None:
    (calendar.drop / "ohne.csv").write_text("Datum;Uhrzeit;Name;Status\n02.12.2026;10:00;Meyer;bestätigt\n", encoding="utf-8")
    calendar.drop_csv("mit.csv", [(70_001, 90_001, "bestätigt", None)])

    done = calendar.command("run", ONOFFICE_SECRET="0" * 64)

    said = " ".join(done.stdout.decode().split())
    assert done.returncode == 1
    assert [path.name for path in calendar.drop.iterdir()] == ["mit.csv"]
    assert "Alle gelesenen Dateien warten auf den nächsten Abgleich." in said
    assert " Die Dateien warten" not in said


def test_a_message_tells_numbers_days_and_times_of_every_kind_of_problem_and_no_name(calendar: Office) -> None:
    unread, shared = ("07.12.", "09:00", "", "Eva Meyer", "", "bestätigt"), ("02.12.2026", "10:00", "", "Meyer", "", "bestätigt")
    calendar.drop_csv("ohne.csv", [unread, shared, ROWS[1]], header=HEADER)
    calendar.drop_csv("mit.csv", [(70_001, 90_003, "bestätigt", ""), (79_999, 90_001, "bestätigt", "")])

    told = Told.of(calendar, calendar.run())

    said = told.mails[0]
    assert "Jahr: „07.12.“" in said
    assert "Termin 70001, Adresse 90003: Diese Adresse ist in onOffice nicht mit dem Termin verknüpft." in said
    assert "Mit Termin 70001 (02.12.2026, 9:00) verknüpft: 90001, 90002." in said
    assert "Termin 79999, Adresse 90001: Einen Termin mit dieser Nummer gibt es" in said
    assert "genau eine Verknüpfung: Termin 70002, Adresse 90003." in said
    assert "Termin 70003, Adresse 90001" in said
    for name in ("Meyer", "Schulz", "Besichtigung"):
        assert name not in said
        assert name in told.page
