"""The circle: a work list is handed out, filled in by staff with their own program, dropped, and does what they meant."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from sync import config
from sync.cli.app import main
from sync.cli.options import print_finished
from sync.errors import ConfigurationError
from sync.job import worklist
from sync.job.context import Runtime
from sync.job.worklist import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

    Cells = dict[str, str]
    Fill = Callable[[Path, Mapping[int, Cells]], Path]

FIRST, LAST = dt.date(2026, 12, 1), dt.date(2026, 12, 31)
NEW: Final = {"de": ("Bestätigung neu", "Rückmeldung neu"), "en": ("Confirmation new", "Feedback new")}
NOW: Final = {"de": ("Bestätigung jetzt", "Rückmeldung jetzt"), "en": ("Confirmation now", "Feedback now")}
IDS: Final = {"de": ("Termin-ID", "Adress-ID"), "en": ("Appointment ID", "Address ID")}
COLUMNS: Final = {
    "de": (
        *("Datum", "Uhrzeit", "Betreff", "Name", "Kundennummer", *NOW["de"], *NEW["de"], "Beginn", *IDS["de"]),
    ),
    "en": (*("Date", "Time", "Subject", "Name", "Customer number", *NOW["en"], *NEW["en"], "Begin", *IDS["en"]),),
}  # fmt: skip


def seed(appointments: int = 20, people: int = 2) -> dict[str, Any]:
    """Appointments in December with people who have names."""
    return {
        "appointments": [
            {
                "id": 70_000 + number,
                "subject": f"Besichtigung {number}",
                "type": "Besichtigung",
                "location": f"Lindenstraße {number}",
                "users": [{"id": "12", "firstName": "Paul", "lastName": "Kranz"}],
                "start": f"2026-12-{1 + number % 28:02}T{8 + number % 9:02}:00:00+01:00",
                "contacts": [
                    {"id": 90_000 + number * people + each, "confirmation": "gesendet", "feedback": "inaktiv"}
                    for each in range(people)
                ],
            }
            for number in range(appointments)
        ],
        "addresses": [
            {"id": 90_000 + number, "KdNr": str(500 + number), "Vorname": "Eva", "Name": f"Meyer{number}", "Zusatz1": ""}
            for number in range(appointments * people)
        ],
    }


def hand_out(office: Office, path: Path, **wish: Any) -> worklist.WorkList:  # noqa: ANN401 - what a wish may say
    loaded = config.load(office.config)
    made = worklist.make(loaded, (office.token, office.secret), Runtime(), Wish(FIRST, LAST, **wish))
    worklist.write(path, made, loaded)
    return made


def cells_of(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        text = path.read_text(encoding="utf-8-sig")
        return [*csv.reader(text.splitlines(), delimiter=";" if ";" in text.splitlines()[0] else ",")]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def rows_of(path: Path) -> list[Cells]:
    """The rows of a list by the names of their columns."""
    rows = iter(cells_of(path))
    header = next(row for row in rows if "Uhrzeit" in row or "Time" in row)
    return [dict(zip(header, row, strict=False)) for row in rows]


def with_openpyxl(path: Path, filled: Mapping[int, Cells]) -> Path:
    """Fill in cells of the rows of a list, counted from 0, as a program does that takes a workbook apart and writes it anew."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    top = next(row for row in sheet.iter_rows() if any(cell.value in {"Uhrzeit", "Time"} for cell in row))
    column = {str(cell.value): cell.column for cell in top}
    for number, cells in filled.items():
        for header, text in cells.items():
            sheet.cell(top[0].row + 1 + number, column[header]).value = text
    book.save(path)
    return path


def with_libreoffice(path: Path, filled: Mapping[int, Cells]) -> Path:
    """The same, opened and saved by LibreOffice."""
    with_openpyxl(path, filled)
    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    if soffice is None:
        pytest.skip("LibreOffice is not here")
    out = path.parent / "saved"
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    subprocess.run(
        [soffice, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return out / path.name


def with_a_text_editor(path: Path, filled: Mapping[int, Cells]) -> Path:
    rows = cells_of(path)
    at = next(number for number, row in enumerate(rows) if "Uhrzeit" in row or "Time" in row)
    for number, cells in filled.items():
        for header, text in cells.items():
            rows[at + 1 + number][rows[at].index(header)] = text
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";" if "Uhrzeit" in rows[at] else ",").writerows(rows)
    return path


def drop(office: Office, path: Path) -> None:
    office.drop.mkdir(exist_ok=True)
    shutil.move(path, office.drop / path.name)


@pytest.fixture
def december(api: Running, office: Office) -> Office:
    api.put_state(seed())
    office.has_written_before()
    return office


def asked_for(language: str) -> dict[int, Cells]:
    """Twelve words, and two that are none, in rows of a list."""
    confirmation, feedback = NEW[language]
    words = (
        {confirmation: "bestätigt"},
        {confirmation: "gecancelt"},
        {feedback: "aktiv"},
        {confirmation: "bestätigt", feedback: "aktiv"},
    )
    wrong = {37: {confirmation: "zugesgt"}, 38: {feedback: "vielleicht"}}
    return {number * 3: words[number % 4] for number in range(12)} | wrong


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("fill", [with_openpyxl, with_libreoffice, with_a_text_editor])
def test_a_list_that_is_filled_in_and_dropped_just_works_and_nobody_types_a_record_number(
    december: Office, api: Running, kit: type[Kit], language: str, fill: Fill
) -> None:
    december.configure(report={"language": language})
    path = december.folder / ("liste.csv" if fill is with_a_text_editor else "liste.xlsx")
    hand_out(december, path)
    filled, before, (confirmation, feedback) = asked_for(language), rows_of(path), NEW[language]

    drop(december, fill(path, filled))
    finished = december.run()

    (report,) = december.reports()
    assert report["summary"] == report["summary"] | {"updated": 12, "invalid": 2, "rows": 14, "blank": 26}
    now = kit.links(api.state())
    for number, row in enumerate(before):
        asked = {} if number in {37, 38} else filled.get(number, {})
        appointment, address = (int(row[name]) for name in IDS[language])
        assert now[appointment, address] == (asked.get(confirmation, "gesendet"), asked.get(feedback, "inaktiv"))

    (returned,) = [handed.correction for handed in finished.handed if handed.correction]
    drop(december, with_corrections(returned, {"zugesgt": "bestätigt", "vielleicht": "aktiv"}))
    december.run()
    assert december.reports()[-1]["summary"]["updated"] == 2

    hand_out(december, path)
    shown = {tuple(int(row[name]) for name in IDS[language]): tuple(row[name] for name in NOW[language]) for row in rows_of(path)}
    assert shown == kit.links(api.state())


def with_corrections(path: Path, words: Mapping[str, str]) -> Path:
    book = openpyxl.load_workbook(path)
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if cell.value in words:
                cell.value = words[str(cell.value)]
    book.save(path)
    return path


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_list_has_the_columns_that_scripts_rely_on(december: Office, tmp_path: Path, language: str, ending: str) -> None:
    december.configure(report={"language": language})
    hand_out(december, tmp_path / f"liste.{ending}")

    row = rows_of(tmp_path / f"liste.{ending}")[0]
    assert [name for name in row if name in COLUMNS[language]] == [*COLUMNS[language]]
    assert (row[COLUMNS[language][3]], row[COLUMNS[language][4]]) == ("Eva Meyer0", "500")
    assert "Lindenstraße 0" in row.values()
    assert "Paul Kranz" in row.values()


def test_a_list_that_nobody_filled_in_asks_for_nothing(december: Office, tmp_path: Path) -> None:
    hand_out(december, tmp_path / "liste.xlsx")
    drop(december, tmp_path / "liste.xlsx")

    assert december.run().exit_code == 0
    assert december.reports()[0]["summary"] == december.reports()[0]["summary"] | {"rows": 0, "blank": 40}


def test_a_formula_without_a_result_in_a_list_is_told_as_in_any_other_sheet(december: Office, tmp_path: Path) -> None:
    path = tmp_path / "liste.xlsx"
    hand_out(december, path)
    filled = {0: {"Bestätigung neu": "bestätigt"}, 1: {"Bestätigung neu": "=A1"}, 2: {"Rückmeldung neu": "=A1"}}
    drop(december, with_openpyxl(path, filled))

    assert december.run().exit_code == 3
    (report,) = december.reports()
    assert report["summary"] == report["summary"] | {"rows": 3, "updated": 1, "blank": 37}
    codes = [[problem["code"] for problem in row["problems"]] for row in report["files"][0]["rows"]]
    assert codes[1:] == [["formula_without_value"]] * 2


def test_a_list_that_is_out_of_date_overwrites_nothing_and_says_who_wins(
    december: Office, api: Running, tmp_path: Path, kit: type[Kit]
) -> None:
    path = tmp_path / "liste.xlsx"
    hand_out(december, path)
    first, second = [(int(row["Termin-ID"]), int(row["Adress-ID"])) for row in rows_of(path)[:2]]
    state = api.state()
    for appointment in state["appointments"]:
        for contact in appointment["contacts"]:
            if (appointment["id"], contact["id"]) in {first, second}:
                contact["confirmation"] = "bestätigt"
    api.put_state(state)

    drop(december, with_openpyxl(path, {0: {"Bestätigung neu": "gecancelt"}, 1: {"Bestätigung neu": "bestätigt"}}))
    finished = december.run()

    rows = december.reports()[0]["files"][0]["rows"]
    assert [row["outcome"] for row in rows] == ["conflict", "unchanged"]
    (problem,) = rows[0]["problems"]
    assert (problem["code"], problem["value"]) == ("changed_since", "bestätigt")
    assert "„gesendet“" in problem["message"]
    assert "„bestätigt“" in problem["message"]
    assert kit.links(api.state())[first] == ("bestätigt", "inaktiv")

    (returned,) = [handed.correction for handed in finished.handed]
    assert returned is not None
    assert rows_of(returned)[0]["Bestätigung jetzt"] == "bestätigt"
    drop(december, returned)
    december.run()

    assert december.reports()[-1]["summary"]["updated"] == 1
    assert kit.links(api.state())[first] == ("gecancelt", "inaktiv")


def test_a_list_may_be_filled_in_and_dropped_twice(december: Office, api: Running, tmp_path: Path, kit: type[Kit]) -> None:
    path = tmp_path / "liste.xlsx"
    hand_out(december, path)
    first = int(rows_of(path)[0]["Termin-ID"]), int(rows_of(path)[0]["Adress-ID"])
    shutil.copy(with_openpyxl(path, {0: {"Bestätigung neu": "bestätigt"}}), tmp_path / "eins.xlsx")
    drop(december, tmp_path / "eins.xlsx")
    december.run()

    drop(december, with_openpyxl(path, {0: {"Rückmeldung neu": "aktiv"}}))

    assert december.run().exit_code == 0
    assert kit.links(api.state())[first] == ("bestätigt", "aktiv")


def test_without_the_right_to_read_addresses_the_list_has_numbers_and_says_which_right_is_missing(
    december: Office, api: Running, tmp_path: Path
) -> None:
    for refusal in ("empty", "156"):
        api.put_options({"address_rights": True, "disabled_fields": []})
        state = seed()
        state["appointments"] = state["appointments"][:3]
        api.put_state(state)
        api.put_options({"address_rights": False, "address_refusal": refusal})
        hand_out(december, tmp_path / f"{refusal}.xlsx")
        top = cells_of(tmp_path / f"{refusal}.xlsx")[:3]
        assert any("Recht, Adressen zu lesen" in cell for row in top for cell in row)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_of_a_list_with_new_words_in_the_column_that_is_only_to_read_it_is_said_which_one_is_to_be_filled_in(
    december: Office, tmp_path: Path, capfd: pytest.CaptureFixture[str], ending: str
) -> None:
    path = tmp_path / f"liste{ending}"
    hand_out(december, path)
    fill = with_a_text_editor if ending == ".csv" else with_openpyxl
    drop(december, fill(path, {0: {"Bestätigung jetzt": "bestätigt"}}))
    with pytest.raises(SystemExit):
        main(["check", "--config", str(december.config), str(december.drop)])
    checked = capfd.readouterr().out
    print_finished(december.run())
    ran = capfd.readouterr().out
    (page,) = (december.folder / "results").glob("*/report.html")

    for told in (checked, ran, page.read_text(encoding="utf-8")):
        said = " ".join(told.split())
        assert "In keiner Zeile ist ein neuer Stand eingetragen." in said
        assert "„Bestätigung neu“ und „Rückmeldung neu“" in said


@pytest.mark.parametrize("code", [0, 106, 141])
def test_a_field_that_is_switched_off_is_left_out(december: Office, api: Running, tmp_path: Path, code: int) -> None:
    api.put_options({"disabled_fields": ["Zusatz1"], "disabled_code": code})

    hand_out(december, tmp_path / "liste.xlsx")

    assert rows_of(tmp_path / "liste.xlsx")[0]["Name"] == "Eva Meyer0"


def test_only_open_links_stand_in_a_list_of_open_links(december: Office, api: Running, tmp_path: Path) -> None:
    state = api.state()
    state["appointments"][0]["contacts"][0]["confirmation"] = "bestätigt"
    state["appointments"][1]["status"] = "canceled"
    state["appointments"][2] |= {"type": "Notar", "users": [{"id": "13", "userName": "anna"}]}
    api.put_state(state)

    assert len(hand_out(december, tmp_path / "alle.xlsx").entries) == 40
    assert len(hand_out(december, tmp_path / "offen.xlsx", only_open=True).entries) == 37
    assert len(hand_out(december, tmp_path / "notar.xlsx", kind="notar").entries) == 2
    assert len(hand_out(december, tmp_path / "anna.xlsx", user="13").entries) == 2
    assert len(hand_out(december, tmp_path / "anna.xlsx", user="Anna").entries) == 2


def test_umlauts_stand_where_germans_look_for_them(december: Office, api: Running, tmp_path: Path) -> None:
    state = api.state()
    for address, name in zip(state["addresses"], ("Zorn", "Ärmel"), strict=False):
        address |= {"Vorname": "", "Name": name}
    api.put_state(state)

    names = [entry.name for entry in hand_out(december, tmp_path / "liste.xlsx").entries if entry.name in {"Ärmel", "Zorn"}]
    assert names == ["Ärmel", "Zorn"]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_names_that_look_like_formulas_stay_text(december: Office, api: Running, tmp_path: Path, ending: str) -> None:
    state = api.state()
    state["addresses"][0] |= {"Vorname": "", "Name": '=HYPERLINK("http://x";"y")'}
    api.put_state(state)
    path = tmp_path / f"liste.{ending}"
    hand_out(december, path)

    if ending == "csv":
        assert rows_of(path)[0]["Name"].startswith("'=HYPERLINK")
    else:
        kinds = {cell.data_type for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row}
        assert "f" not in kinds
        assert rows_of(path)[0]["Name"].startswith("=HYPERLINK")


def test_where_onoffice_is_away_the_old_list_stays(december: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONOFFICE_TOKEN", december.token)
    monkeypatch.setenv("ONOFFICE_SECRET", december.secret)
    path = tmp_path / "liste.xlsx"
    path.write_bytes(b"alt")
    december.configure(onoffice={"url": "http://127.0.0.1:9/api/stable/api.php"})

    with pytest.raises(SystemExit) as left:
        main(["worklist", "--config", str(december.config), "--from", "2026-12-01", "--out", str(path)])

    assert left.value.code == 1
    assert path.read_bytes() == b"alt"
    assert [*tmp_path.glob("*.tmp")] == []


def test_where_onoffice_is_away_no_run_is_promised_that_would_go_on(december: Office, tmp_path: Path) -> None:
    december.configure(onoffice={"url": "http://127.0.0.1:9/api/stable/api.php"})
    done = december.command("worklist", "--out", str(tmp_path / "liste.xlsx"))

    said = done.stderr.decode()
    assert (done.returncode, said.count("\n")) == (1, 1)
    assert said.startswith("onOffice war nicht zu erreichen")
    assert "Was zu tun ist, sagt: onoffice-sync doctor --config" in said
    assert "Der nächste Abgleich" not in said


def test_the_command_prints_the_path(
    december: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONOFFICE_TOKEN", december.token)
    monkeypatch.setenv("ONOFFICE_SECRET", december.secret)
    path = tmp_path / "liste.csv"
    with pytest.raises(SystemExit) as left:
        main(["worklist", "--config", str(december.config), "--from", "01.12.2026", "--to", "+30d", "--out", str(path)])

    assert not left.value.code
    assert capsys.readouterr() == (f"{path}\n", "")
    assert len(rows_of(path)) == 40


def test_a_list_that_somebody_fills_in_is_never_written_over(december: Office, tmp_path: Path) -> None:
    path = tmp_path / "liste.xlsx"
    path.write_bytes(b"filled in")
    for number in (2, 3):
        done = december.command("worklist", "--from", "01.12.2026", "--to", "+30d", "--out", str(path))
        assert (done.returncode, done.stdout.decode().strip()) == (0, str(tmp_path / f"liste ({number}).xlsx"))

    assert path.read_bytes() == b"filled in"


def test_into_a_folder_a_list_goes_by_its_usual_name(december: Office, tmp_path: Path) -> None:
    usual = "Arbeitsliste 2026-12-01 bis 2026-12-31"
    for name in (f"{usual}.xlsx", f"{usual} (2).xlsx"):
        done = december.command("worklist", "--from", "01.12.2026", "--to", "31.12.2026", "--out", str(tmp_path))

        assert (done.returncode, done.stdout.decode().strip()) == (0, str(tmp_path / name))


def test_what_is_neither_a_folder_nor_a_sheet_is_refused_before_anything_is_asked(december: Office, api: Running) -> None:
    done = december.command("worklist", "--out", "Listen.pdf")

    assert (done.returncode, api.log()) == (2, [])
    assert "Listen.pdf: muss auf .xlsx oder .csv enden" in done.stderr.decode()


def test_the_home_of_nobody_is_called_not_found(december: Office, api: Running) -> None:
    done = december.command("worklist", "--out", "~no-such-user/liste.xlsx")

    assert (done.returncode, api.log()) == (2, [])
    assert "~no-such-user/liste.xlsx konnte nicht geschrieben werden (nicht gefunden)." in done.stderr.decode()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--user", "Müller"], "vom 01.12.2026 bis 31.12.2026 keinen Termin mit Adressen, bei Benutzer „Müller“."),
        (["--type", "Notar", "--open"], "keinen Termin mit Adressen, der Art „Notar“, mit offener Antwort."),
    ],
)
def test_a_list_of_nothing_says_so_and_what_was_asked_for(december: Office, tmp_path: Path, asked: list[str], told: str) -> None:
    path = tmp_path / "liste.xlsx"
    done = december.command("worklist", "--from", "01.12.2026", "--to", "31.12.2026", *asked, "--out", str(path))

    assert (done.returncode, done.stdout.decode().strip()) == (0, str(path))
    assert told in done.stderr.decode()
    instead = {
        "--user": "Benutzer mit Terminen in diesem Zeitraum: Paul Kranz",
        "--type": "Terminarten in diesem Zeitraum: Besich",
    }
    assert instead[asked[0]] in done.stderr.decode()


def test_names_neither_enter_the_ledger_nor_the_log(december: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    hand_out(december, tmp_path / "liste.xlsx")

    assert "Meyer" not in caplog.text
    assert not any(b"Meyer" in path.read_bytes() for path in (december.folder / "state").rglob("*") if path.is_file())


@pytest.mark.parametrize("day", ["", "morgen", "2026-02-30", "31.02.2026", "+99999d"])
def test_a_day_that_is_none_is_told(december: Office, capfd: pytest.CaptureFixture[str], day: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["worklist", "--config", str(december.config), "--from", day or "x"])
    assert left.value.code == 2
    said = capfd.readouterr().err
    assert said.startswith(f"--from {day or 'x'}: ")
    assert ("Diesen Tag gibt es nicht." in said) == (day in {"2026-02-30", "31.02.2026"})
    assert "Tag" in said


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("01.12.2026", "Der letzte Tag liegt vor dem ersten."),
        ("01.12.2066", "Zwischen den beiden Tagen liegen mehr als 10 Jahre."),
    ],
)
def test_of_two_days_that_make_no_period_it_is_told_why(
    december: Office, capfd: pytest.CaptureFixture[str], last: str, told: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["worklist", "--config", str(december.config), "--from", "15.12.2026", "--to", last])

    assert left.value.code == 2
    assert capfd.readouterr().err.strip() == f"--from 15.12.2026 --to {last}: {told}"


def test_a_run_leaves_the_list_of_the_day_once_and_only_where_it_is_asked_for(december: Office) -> None:
    lists = december.folder / "Listen"
    december.run()
    december.configure(worklist={"folder": "Listen", "on": "daily", "days": 60})
    assert not lists.exists()

    december.run()
    (path,) = lists.iterdir()
    assert path.name.startswith("Arbeitsliste 20")

    path.rename(december.folder / "weg.xlsx")
    december.run()
    assert [*lists.iterdir()] == []


def test_a_night_that_is_held_back_leaves_the_list_of_the_day_all_the_same(december: Office) -> None:
    december.configure(rules={"max_changes": 1}, worklist={"folder": "Listen", "on": "daily", "days": 60})
    december.drop_csv("a.csv", [("70001", address, "bestätigt", "") for address in ("90002", "90003")])

    assert december.run().exit_code == 1
    (path,) = (december.folder / "Listen").iterdir()
    assert path.name.startswith("Arbeitsliste 20")


def test_a_night_without_a_right_to_read_leaves_no_list_and_goes_on(december: Office, api: Running) -> None:
    december.configure(worklist={"folder": "Listen", "on": "daily"})
    api.put_options({"read_rights": False})

    assert december.run().exit_code == 0
    assert not (december.folder / "Listen").exists()


@pytest.mark.parametrize("files", [0, 1])
def test_a_list_of_the_night_that_cannot_be_written_is_told_to_everybody_and_the_night_is_fine(
    december: Office, files: int
) -> None:
    """Under systemd, a folder that the unit does not know is one that the service may not write to."""
    (december.folder / "Listen").touch()
    december.configure(worklist={"folder": "Listen", "on": "daily"})
    if files:
        december.drop_csv("a.csv", [("70001", "90002", "gesendet", "")])
    done = december.command("run")
    quiet = december.command("run", "--quiet")

    assert (done.returncode, quiet.returncode) == (0, 0)
    assert "Die Arbeitsliste dieses Tages fehlt." in done.stdout.decode()
    assert str(december.folder / "Listen") in "".join(done.stdout.decode().split("\n"))
    assert "Die Arbeitsliste dieses Tages fehlt." in quiet.stderr.decode()
    for report in december.reports():
        assert [notice["code"] for notice in report["run"]["notices"]] == ["no_work_list"]


def test_a_folder_for_lists_that_is_closed_ends_no_night(december: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    december.configure(worklist={"folder": "zu/Listen", "on": "daily"})
    look = Path.exists

    def may_not_enter(path: Path, **options: bool) -> bool:
        if path.parent.name == "Listen":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return look(path, **options)

    monkeypatch.setattr(Path, "exists", may_not_enter)

    assert [notice.what for notice in december.run().info.notices] == ["no_work_list"]


@pytest.mark.skipif(os.name != "posix", reason="Windows knows no TZ")
def test_everything_that_people_read_is_by_the_clock_of_the_office(december: Office) -> None:
    december.configure(onoffice={"timezone": "Pacific/Kiritimati"}, worklist={"folder": "Listen", "on": "daily"})
    december.drop_csv("a.csv", [("70001", "90002", "gesendet", "")])
    begun = dt.datetime.now(ZoneInfo("Pacific/Kiritimati")).replace(second=0, microsecond=0)
    assert december.command("run", TZ="UTC").returncode == 0
    ended = dt.datetime.now(begun.tzinfo)

    (report,) = december.reports()
    hours = {f"{begun + dt.timedelta(minutes=more):%H:%M}" for more in range(1 + (ended - begun).seconds // 60)}
    title = cells_of(next((december.folder / "Listen").iterdir()))[0][0]
    shown = december.command("history", TZ="UTC").stdout.decode()
    assert dt.datetime.fromisoformat(report["run"]["started"]).utcoffset() == dt.timedelta(hours=14)
    assert report["run"]["id"].startswith(f"{begun:%Y%m%d-}")
    assert [any(hour in said for hour in hours) for said in (title, shown)] == [True, True], (title, shown)


def test_lists_do_not_lie_where_they_would_be_read_at_once(december: Office) -> None:
    december.configure(worklist={"folder": "drop/listen", "on": "daily"})

    with pytest.raises(ConfigurationError, match=r"bei worklist\.folder: liegt im Ablageordner"):
        config.load(december.config)


@pytest.mark.parametrize("out", ["drop", "drop/liste.xlsx", "Listen/../drop/Mai/liste.csv"])
def test_no_list_goes_where_it_would_be_read_at_once(december: Office, api: Running, out: str) -> None:
    done = december.command("worklist", "--out", out)

    assert (done.returncode, api.log()) == (2, [])
    assert "bei --out: liegt im Ablageordner" in done.stderr.decode()
    assert not [*(december.folder / "drop").iterdir()]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_where_no_feedback_is_set_up_the_list_says_so_and_offers_none(
    december: Office, api: Running, tmp_path: Path, ending: str
) -> None:
    state = seed(appointments=4, people=1)
    for appointment in state["appointments"][1:3]:
        appointment["contacts"][0]["feedback"] = None
    api.put_state(state)
    path = tmp_path / f"list.{ending}"
    hand_out(december, path)

    assert [row["Rückmeldung jetzt"] for row in rows_of(path)] == [
        "inaktiv",
        "nicht eingerichtet",
        "nicht eingerichtet",
        "inaktiv",
    ]
    if ending == "xlsx":
        sheet = openpyxl.load_workbook(path).worksheets[0]
        header = next(row for row in sheet.iter_rows() if any(cell.value == "Rückmeldung neu" for cell in row))
        (cell,) = (cell for cell in header if cell.value == "Rückmeldung neu")
        offered = [each.sqref for each in sheet.data_validations.dataValidation]
        below = [sheet.cell(cell.row + number, cell.column) for number in range(1, 5)]
        assert [any(each.coordinate in some for some in offered) for each in below] == [True, False, False, True]
        assert [bool(each.protection.locked) for each in below] == [False, True, True, False]
        drop(december, with_openpyxl(path, {at: {"Bestätigung neu": "bestätigt"} for at in range(4)}))
    else:
        drop(december, with_a_text_editor(path, {at: {"Bestätigung neu": "bestätigt"} for at in range(4)}))
    assert december.run().info.exit_code == 0
    assert {contact["confirmation"] for each in api.state()["appointments"] for contact in each["contacts"]} == {"bestätigt"}
