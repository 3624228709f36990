"""The overview opens with what waits for a person now, over all runs, and with the one current correction file."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import openpyxl
import pytest
from openpyxl.packaging.custom import CustomPropertyList

from sync.i18n import Language, everywhere, speaking
from sync.report.excel.forms import write_template
from sync.report.waiting import NAME, waiting_in
from sync.system.handles import Held

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

ONE, TWO, THREE = (70_001, 90_001), (70_001, 90_002), (70_002, 90_003)
WRONG: Final = (*ONE, "bestätgt", None)
NOWHERE: Final = (70_002, "", "gecancelt", None)
NOT_LINKED: Final = (70_002, 90_009, "bestätigt", None)


@pytest.fixture
def three(api: Running, office: Office, kit: type[Kit]) -> Office:
    api.put_state(kit.seeded(dict.fromkeys((ONE, TWO, THREE), ("gesendet", "inaktiv")), 90_009))
    office.has_written_before()
    return office


def told(office: Office) -> list[tuple[str, ...]]:
    """What the overview tells: files, with the link beside each, and the cells of their tables."""
    page = (office.folder / "results" / "index.html").read_text(encoding="utf-8")
    (section,) = re.findall(r'<section aria-labelledby="waiting">(.*?)</section>', page, re.DOTALL)
    parts = re.findall(r'<h3>(.*?)</h3>|<p class="open"><a href="(.*?)">|<tr><td>(.*?)</td><th[^>]*>(.*?)</th>', section)
    return [tuple(unescape(unquote(each)) for each in part if each) for part in parts]


def corrections(office: Office) -> list[str]:
    return sorted(path.name for path in (office.folder / "results").glob("*korrigieren*.xlsx"))


def correct(office: Office, name: str, column: str, *values: str | int | None) -> Path:
    """Copy a correction file into the drop folder, with other cells in one column, as who works on a share does."""
    shutil.copy(office.folder / "results" / name, office.folder / name)
    correct_again(office.folder / name, column, *values)
    return shutil.move(office.folder / name, office.drop / name)


def correct_again(path: Path, column: str, *values: str | int | None) -> None:
    """Write other cells into one column of a correction file."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = [cell.value for cell in sheet[1]].index(column) + 1
    for row, value in enumerate(values, 2):
        sheet.cell(row, at).value = value
    book.save(path)


def test_what_waits_is_told_by_file_and_row_with_its_correction_file(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG, (*TWO, "bestätigt", None), NOWHERE])
    three.drop_csv("Nord/b.csv", [NOT_LINKED])
    (three.drop / "brief.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")

    three.run()

    day, run = three.reports()[0]["run"]["started"][:10], three.reports()[0]["run"]["id"]
    lies = (
        f"im Ordner der nicht lesbaren Dateien, „refused/{run}“ (wo er liegt, weiß die Person, die den Abgleich betreut) löschen."
    )
    why = "Das ist eine PDF-Datei. Aus ihr liest der Abgleich nichts."
    assert told(three) == [
        ("brief.pdf",),
        (f"{run}/report.html",),
        (f"nicht lesbar: {why} Ist die Ursache behoben, noch einmal ablegen; sonst {lies}",),
        ("a.csv",),
        (f"{day} a.csv - 2 Zeilen zu korrigieren.xlsx",),
        ("2", "kein zulässiger Wert"),
        ("4", "Datensatznummer fehlt"),
        ("Nord/b.csv",),
        (f"Nord/{day} b.csv - 1 Zeile zu korrigieren.xlsx",),
        ("2", "Adresse nicht mit dem Termin verknüpft"),
    ]


def test_what_a_later_run_settled_is_gone_and_the_older_correction_file_moves_to_the_archive(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG, NOWHERE])
    three.run()
    (first,) = corrections(three)
    since = waiting_in(three.folder / "results")[0].since
    correct(three, first, "Terminbestätigung", "bestätigt", "gecancelt")

    three.run()

    (second,) = corrections(three)
    assert second != first
    assert told(three) == [(first,), (second,), ("3 im Blatt „Tabelle“", "Datensatznummer fehlt")]
    assert [each.since for each in waiting_in(three.folder / "results")] == [since]
    assert (three.folder / "archive" / "Überholte Korrekturdateien" / first).is_file()

    correct(three, second, "Adress-ID", THREE[1])
    three.run()

    assert told(three) == []
    assert "Gerade nichts." in (three.folder / "results" / "index.html").read_text(encoding="utf-8")
    assert corrections(three) == []


@pytest.mark.parametrize("beside", [True, False])
def test_an_old_list_beside_its_mended_correction_file_leaves_nothing_to_do(three: Office, beside: bool) -> None:
    wrong = [WRONG, NOWHERE]
    three.drop_csv("a.csv", wrong)
    (handed,) = three.run().handed
    assert handed.correction
    path = correct(three, handed.correction.name, "Terminbestätigung", "bestätigt", "gecancelt")
    correct_again(path, "Adress-ID", ONE[1], THREE[1])
    if not beside:
        three.run()
    three.drop_csv("a.csv", wrong)
    finished = three.run()

    assert told(three) == []
    assert corrections(three) == []
    assert [each.correction for each in finished.handed] == [None] * len(finished.handed)
    assert finished.info.exit_code == 0
    assert three.reports()[-1]["run"]["settled"] == len(wrong)
    page = (three.folder / "results" / three.reports()[-1]["run"]["id"] / "report.html").read_text(encoding="utf-8")
    assert "Zu tun ist nichts; die Datei kann gelöscht werden." in page
    assert "2 inzwischen anders erledigt" in page
    assert "Korrekturdatei" not in page


def test_an_old_list_of_which_something_still_waits_is_as_wrong_as_before(three: Office) -> None:
    wrong = [WRONG, NOWHERE]
    three.drop_csv("a.csv", wrong)
    three.run()
    three.drop_csv("b.csv", [(*ONE, "bestätigt", None)])
    three.drop_csv("a.csv", wrong)
    finished = three.run()

    assert len([each for each in finished.handed if each.correction]) == 1
    assert ("3", "Datensatznummer fehlt") in told(three)
    page = (three.folder / "results" / three.reports()[-1]["run"]["id"] / "report.html").read_text(encoding="utf-8")
    assert "kann gelöscht werden" not in page


def last_page(office: Office) -> str:
    run_id = office.reports()[-1]["run"]["id"]
    return unescape((office.folder / "results" / run_id / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["a.csv", "b.csv"])
def test_a_list_whose_rows_wait_in_a_later_correction_file_is_told_where_and_not_that_there_is_nothing_to_do(
    three: Office, name: str
) -> None:
    wrong = [WRONG, NOWHERE]
    three.drop_csv("a.csv", wrong)
    three.run()
    correct(three, corrections(three)[0], "Terminbestätigung", "bestätigt", "gecancelt")
    three.run()
    (second,) = corrections(three)

    three.drop_csv(name, wrong)
    (handed,) = three.run().handed

    assert handed.correction
    assert three.reports()[-1]["run"]["settled"] == 0
    assert "Zu tun ist nichts" not in last_page(three)
    assert f"Eine Zeile daraus wartet schon in der Korrekturdatei „{second}“" in last_page(three)

    correct(three, second, "Adress-ID", THREE[1])
    three.run()
    assert [path.correction for path in waiting_in(three.folder / "results")] == [handed.correction.name] * len(wrong)


def test_a_list_dropped_again_after_an_undo_of_what_settled_it_is_as_wrong_as_before(three: Office) -> None:
    wrong = [WRONG, NOWHERE]
    three.drop_csv("a.csv", wrong)
    three.run()
    path = correct(three, corrections(three)[0], "Terminbestätigung", "bestätigt", "gecancelt")
    correct_again(path, "Adress-ID", ONE[1], THREE[1])
    assert three.run().exit_code == 0
    assert three.command("undo", "last", "--yes").returncode == 0

    three.drop_csv("a.csv", wrong)
    (handed,) = three.run().handed

    assert handed.correction
    assert three.reports()[-1]["run"]["settled"] == 0
    assert "Zu tun ist nichts" not in last_page(three)


def test_a_list_of_which_rows_were_deleted_from_the_correction_file_is_not_called_settled(three: Office) -> None:
    wrong = [WRONG, NOWHERE]
    three.drop_csv("a.csv", wrong)
    three.run()
    path = correct(three, corrections(three)[0], "Terminbestätigung", "bestätigt")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].delete_rows(3)
    book.save(path)
    three.run()

    three.drop_csv("a.csv", wrong)
    three.run()

    assert three.reports()[-1]["run"]["settled"] == 0
    assert "Zu tun ist nichts" not in last_page(three)


def test_a_list_copied_under_another_name_takes_over_what_waits_of_it(three: Office) -> None:
    for name in ("a.csv", "b.csv"):
        three.drop_csv(name, [NOWHERE])
        three.run()

    assert [each.file for each in waiting_in(three.folder / "results")] == ["b.csv"]
    assert len(corrections(three)) == 1


def test_a_file_dropped_twice_that_asks_for_what_is_there_may_be_deleted(three: Office) -> None:
    for _ in range(2):
        three.drop_csv("a.csv", [(*ONE, "bestätigt", None)])
        three.run()

    page = (three.folder / "results" / three.reports()[-1]["run"]["id"] / "report.html").read_text(encoding="utf-8")
    assert "Zu tun ist nichts; die Datei kann gelöscht werden." in page


def test_rows_deleted_from_a_correction_file_wait_no_more(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG, NOWHERE])
    three.run()
    (first,) = corrections(three)
    path = correct(three, first, "Terminbestätigung", "bestätigt")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].delete_rows(3)
    book.save(path)

    three.run()

    assert told(three) == []


@pytest.mark.parametrize("whole", [True, False], ids=["saved under another name", "rows copied into a workbook"])
def test_rows_deleted_from_a_correction_file_under_another_name_wait_no_more(three: Office, *, whole: bool) -> None:
    three.drop_csv("b.csv", [(70_003, 90_099, "gesendet", None)])
    three.drop_csv("a.csv", [WRONG, NOWHERE])
    three.run()
    first = next(name for name in corrections(three) if "a.csv" in name)
    path = correct(three, first, "Terminbestätigung", "bestätigt")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].delete_rows(3)
    if not whole:
        for sheet in book.worksheets[1:]:
            book.remove(sheet)
        book.custom_doc_props = CustomPropertyList()
    book.save(path.with_name("Liste von Eva.xlsx"))
    path.unlink()

    three.run()

    assert len(waiting_in(three.folder / "results")) == (1 if whole else 2)
    assert (first in corrections(three)) is not whole


def test_a_marked_copy_under_another_name_leaves_what_waits_in_other_files(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG, NOWHERE, (*ONE, "bestätigt", None)])
    three.run()
    (marked,) = (three.folder / "results").glob("*a.csv - *erledigt*.xlsx")
    shutil.copy(marked, three.drop / "Liste von Eva.xlsx")

    three.run()

    assert {each.what for each in waiting_in(three.folder / "results")} == {"unknown_word", "missing_id"}


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "emptied"])
def test_a_correction_file_out_of_which_all_rows_were_deleted_is_read_and_leaves_nothing_to_do(
    three: Office, *, deleted: bool
) -> None:
    three.drop_csv("a.csv", [WRONG, NOWHERE])
    three.run()
    (first,) = corrections(three)
    path = correct(three, first, "Terminbestätigung")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    if deleted:
        sheet.delete_rows(2, sheet.max_row)
    for cell in (cell for row in sheet.iter_rows(2) for cell in row):
        cell.value = None
    book.save(path)

    ended = three.run()

    assert [file.reason for file in ended.checked.files] == [None]
    assert ended.info.exit_code == 0
    assert told(three) == []
    assert list(three.drop.iterdir()) == []


@pytest.mark.parametrize("rows", [[("Datum", "Uhrzeit", "Status")], [("Termin", "Status"), (70_001, "bestätigt")], [("Kunde",)]])
def test_a_correction_file_with_a_sheet_of_somebody_elses_is_not_taken_for_emptied(
    three: Office, rows: list[tuple[str | int, ...]]
) -> None:
    three.drop_csv("a.csv", [WRONG])
    three.run()
    path = correct(three, corrections(three)[0], "Terminbestätigung")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].delete_rows(2, 9)
    other = book.create_sheet("Neu")
    for row in rows:
        other.append(row)
    book.save(path)

    ended = three.run()

    assert [file.readable for file in ended.checked.files] == [False]
    assert told(three) != []


def test_the_header_alone_of_a_correction_file_saved_as_text_is_not_taken_for_emptied(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG, NOWHERE])
    three.run()
    header = [
        str(cell.value) for cell in openpyxl.load_workbook(three.folder / "results" / corrections(three)[0]).worksheets[0][1]
    ]
    (three.drop / "a.csv").write_text(";".join(header) + "\n", encoding="utf-8")

    ended = three.run()

    assert [file.readable for file in ended.checked.files] == [False]
    assert told(three) != []


def test_a_row_of_any_file_settles_what_waits_of_its_link(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG, (*TWO, "bestätgt", None)])
    three.run()

    three.drop_csv("b.csv", [(*ONE, "gesendet", None), (*TWO, None, "aktiv")])
    three.run()

    (entry,) = waiting_in(three.folder / "results")
    assert (entry.link, entry.row) == (TWO, 3)  # nobody has said yet what its confirmation shall be


def test_the_corrected_file_itself_settles_its_rows_as_well(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG, NOWHERE])
    three.run()

    three.drop_csv("a.csv", [(*ONE, "bestätigt", None), (*THREE, "gecancelt", None)])
    three.run()

    assert told(three) == []


def test_what_is_to_be_cleared_up_is_why_a_row_was_not_sent_and_no_hint_about_its_spelling(three: Office) -> None:
    three.drop_csv("a.csv", [(*ONE, "Bestaetigt", None), (*ONE, "gecancelt", None)])
    three.run()

    assert told(three)[-1] == ("2, 3", "widerspricht einer anderen Zeile")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_marked_copy_that_was_mended_settles_the_rows_of_the_file_that_it_is_a_copy_of(three: Office, kind: str) -> None:
    rows = [WRONG, (*TWO, "bestätigt", None), NOWHERE, (70_002, "Summe", "gecancelt", None)]
    drop = three.drop_csv if kind == "csv" else three.drop_workbook
    drop(f"a.{kind}", rows)
    (handed,) = three.run().handed
    assert handed.marked
    shutil.copy(handed.marked, three.drop / handed.marked.name)
    correct_again(three.drop / handed.marked.name, "Terminbestätigung", "bestätigt", "bestätigt", "gecancelt", "gecancelt")
    correct_again(three.drop / handed.marked.name, "Adress-ID", ONE[1], TWO[1], THREE[1], "Summe")

    three.run()

    (correction,) = corrections(three)
    assert told(three) == [(handed.marked.name,), (correction,), (told(three)[-1][0], "keine Datensatznummer")]
    assert waiting_in(three.folder / "results")[0].row == len(rows) + 1


def test_a_marked_copy_of_another_day_settles_nothing_of_a_file_of_that_name(three: Office) -> None:
    three.drop_csv("a.csv", [NOWHERE])
    (handed,) = three.run().handed
    assert handed.marked
    older = three.drop / f"2026-01-02{handed.marked.name[10:]}"
    shutil.copy(handed.marked, older)
    correct_again(older, "Adress-ID", TWO[1])
    correct_again(older, "Termin-ID", TWO[0])

    three.run()

    assert told(three)[-1] == ("2", "Datensatznummer fehlt")


def test_another_file_leaves_what_waits_and_its_correction_file_as_they_are(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG])
    three.run()
    before = (told(three), corrections(three))

    three.drop_csv("b.csv", [(*TWO, "bestätigt", None)])
    three.run()

    assert (told(three), corrections(three)) == before


def test_an_empty_template_that_was_dropped_waits_for_nobody(three: Office) -> None:
    three.drop.mkdir(exist_ok=True)
    with speaking(Language.DE):
        write_template(three.drop / "Vorlage.xlsx")
    (three.drop / "leer.csv").write_text("Termin-ID;Adress-ID;Terminbestätigung;Terminrückmeldung\n", encoding="utf-8")

    three.run()

    assert [each.file for each in waiting_in(three.folder / "results")] == ["leer.csv"]


def test_an_unreadable_file_waits_until_it_is_read_or_deleted(three: Office) -> None:
    for name in ("a.csv", "b.csv"):
        three.drop_csv(name, [], header=("nichts",))
    three.run()
    assert [each.file for each in waiting_in(three.folder / "results")] == ["a.csv", "b.csv"]
    (refused,) = (three.folder / "refused").glob("*/b.csv")
    overview = (three.folder / "results" / "index.html").read_text(encoding="utf-8")
    assert f"im Ordner der nicht lesbaren Dateien, „refused/{refused.parent.name}“ (wo" in overview
    refused.unlink()

    three.drop_csv("a.csv", [(*ONE, "bestätigt", None)])
    three.run()

    assert told(three) == []


def test_a_file_that_an_older_version_found_unreadable_goes_on_waiting_without_the_reason(three: Office) -> None:
    (three.drop / "brief.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    three.run()
    path = three.folder / "results" / NAME
    kept = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(kept | {"waiting": [each[:12] for each in kept["waiting"]]}), encoding="utf-8")

    three.drop_csv("a.csv", [WRONG])
    three.run()

    assert ["nicht lesbar: Ist die Ursache behoben" in each for (each,) in told(three)[2:3]] == [True]


def test_a_folder_that_cannot_be_opened_waits_as_one(three: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    three.drop_csv("Nord/b.csv", [WRONG])
    (three.drop / "brief.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    real = Held.entries

    def entries(held: Held) -> list[os.DirEntry[str]]:
        if held.path.name == "Nord":
            raise PermissionError(13, "Permission denied")
        return real(held)

    monkeypatch.setattr(Held, "entries", entries)

    three.run()

    overview = (three.folder / "results" / "index.html").read_text(encoding="utf-8")
    assert '<p class="lead">1 Datei, 1 Ordner</p>' in overview
    assert ("Der Abgleich kann den Ordner nicht öffnen. Was darin liegt, bleibt ungelesen.",) in told(three)


def test_a_correction_file_that_somebody_deleted_is_not_linked(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG])
    three.run()
    run = three.reports()[-1]["run"]["id"]
    (three.folder / "results" / corrections(three)[0]).unlink()
    three.drop_csv("b.csv", [(*TWO, "bestätigt", None)])
    three.run()

    assert told(three)[1] == (f"{run}/report.html",)


def test_a_report_of_the_job_that_was_dropped_waits_for_nobody(three: Office) -> None:
    three.drop_csv("a.csv", [(*ONE, "bestätigt", None)])
    three.run()
    (book,) = (path for name in {*everywhere("report.workbook")} for path in (three.folder / "results").glob(f"*/{name}"))
    shutil.copy(book, three.drop / book.name)
    three.run()

    assert [file["readable"] for file in three.reports()[-1]["files"]] == [False]
    assert waiting_in(three.folder / "results") == ()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"waiting": [[1]], "outdated": []}', '{"waiting": [], "outdated": ["../../a.xlsx"]}']
)
def test_what_somebody_else_has_written_there_is_passed_over(three: Office, content: str) -> None:
    three.drop_csv("a.csv", [WRONG])
    three.run()
    (three.folder / "results" / NAME).write_text(content, encoding="utf-8")
    (three.folder.parent / "a.xlsx").touch()

    three.drop_csv("b.csv", [NOWHERE])
    three.run()

    assert [each.file for each in waiting_in(three.folder / "results")] == ["b.csv"]
    assert (three.folder.parent / "a.xlsx").is_file()


def test_a_correction_file_dropped_as_it_was_handed_out_is_recognised(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG])
    three.run()
    (first,) = corrections(three)
    shutil.copy(three.folder / "results" / first, three.drop)

    done = three.command("run")

    assert "Darin ist noch nichts geändert." in done.stdout.decode().replace("\n", " ")
    page = max((three.folder / "results").glob("*/report.html"), key=lambda path: path.stat().st_mtime_ns)
    assert page.read_text(encoding="utf-8").count("Das ist die Korrekturdatei, wie sie ausgegeben wurde") == 1
    assert [each.row for each in waiting_in(three.folder / "results")] == [2]


def test_one_that_was_renamed_is_recognised_by_its_content_and_takes_the_place_of_the_first(three: Office) -> None:
    three.drop_csv("a.csv", [NOWHERE])
    three.run()
    (first,) = corrections(three)
    since = waiting_in(three.folder / "results")[0].since
    shutil.copy(three.folder / "results" / first, three.drop / "Kopie von Meyer.xlsx")

    done = three.command("run")

    assert "Darin ist noch nichts geändert." in done.stdout.decode().replace("\n", " ")
    assert [(each.file, each.since) for each in waiting_in(three.folder / "results")] == [("Kopie von Meyer.xlsx", since)]
    assert len(corrections(three)) == 1
    assert (three.folder / "archive" / "Überholte Korrekturdateien" / first).is_file()


def test_a_corrected_correction_file_is_not_called_untouched(three: Office) -> None:
    three.drop_csv("a.csv", [WRONG, NOWHERE])
    three.run()
    (first,) = corrections(three)
    correct(three, first, "Terminbestätigung", "bestätigt", "gecancelt")

    done = three.command("run")

    assert "Darin ist noch nichts geändert." not in done.stdout.decode().replace("\n", " ")


def test_a_correction_file_dropped_as_it_was_says_nothing_of_that_where_it_leaves_nothing_to_do(
    three: Office, api: Running, kit: type[Kit]
) -> None:
    three.drop_csv("a.csv", [NOT_LINKED])
    three.run()
    (first,) = corrections(three)
    api.put_state(kit.seeded(dict.fromkeys((ONE, (70_002, 90_009)), ("gesendet", "inaktiv"))))
    shutil.copy(three.folder / "results" / first, three.drop)

    done = three.command("run")

    assert (done.returncode, told(three)) == (0, [])
    assert "Darin ist noch nichts geändert." not in done.stdout.decode().replace("\n", " ")


@pytest.mark.parametrize("language", ["de", "en"])
def test_reports_of_the_job_itself_are_recognised_and_said_so(three: Office, language: str) -> None:
    three.configure(report={"language": language})
    three.drop_csv("a.csv", [WRONG])
    finished = three.run()
    assert finished.results is not None
    results = finished.results
    books = [results / name for name in everywhere("report.workbook") if (results / name).exists()]
    for path in (*books, results / "report.html", results / "report.json", results.parent / "index.html"):
        shutil.copy(path, three.drop)

    three.run()

    told_of = {file["file"]: file["reason"] for file in three.reports()[-1]["files"]}
    assert len(told_of) == 4
    own = {
        "de": "Das ist ein Bericht des Abgleichs selbst, keine Liste.",
        "en": "This is a report of this job itself, not a list.",
    }
    assert all(reason.startswith(own[language]) for reason in told_of.values())


def test_a_thousand_waiting_rows_of_earlier_runs_cost_a_run_next_to_nothing(three: Office) -> None:
    three.drop_csv("a.csv", [(70_001, 91_000 + at, "bestätgt", None) for at in range(1_000)])
    three.run()

    kept = json.loads((three.folder / "results" / NAME).read_text(encoding="utf-8"))
    assert len(kept["waiting"]) == 1_000
    assert len(json.dumps(kept)) < 200_000


#: What copying, downloading a second time and saving under another name make of the name of a correction file.
RENAMED: Final = ("{} (1)", "{} - Kopie", "Kopie von {}", "umbenannt")


def renamed(path: Path, pattern: str) -> Path:
    return path.rename(path.with_name(f"{pattern.format(path.stem)}{path.suffix}"))


@pytest.mark.parametrize("name", RENAMED)
def test_a_correction_file_is_known_under_another_name_where_its_rows_had_no_numbers_or_got_others(
    three: Office, name: str
) -> None:
    three.drop_csv("a.csv", [NOWHERE, NOT_LINKED, (*ONE, "bestätgt", None)])
    three.run()
    (first,) = corrections(three)
    path = correct(three, first, "Adress-ID", THREE[1], None, ONE[1])
    correct_again(path, "Terminbestätigung", "gecancelt", None, "bestätigt")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].delete_rows(3)  # onOffice knows no such link
    book.save(path)
    renamed(path, name)

    assert three.run().info.exit_code == 0

    assert told(three) == []
    assert first not in corrections(three)


def test_a_correction_file_under_the_name_of_another_one_settles_nothing_of_that_one(three: Office) -> None:
    three.drop_csv("Nord/a.csv", [WRONG])
    three.drop_csv("Süd/a.csv", [NOWHERE])
    three.run()
    (north,) = (three.folder / "results" / "Nord").glob("*korrigieren*.xlsx")
    shutil.copy(north, three.drop / north.name)
    correct_again(three.drop / north.name, "Terminbestätigung", "bestätigt")

    three.run()

    assert [each.file for each in waiting_in(three.folder / "results")] == ["Süd/a.csv"]


@pytest.mark.parametrize("name", RENAMED)
def test_a_correction_file_saved_as_text_is_known_only_by_its_name(three: Office, name: str) -> None:
    three.drop_csv("a.csv", [NOWHERE])
    three.run()
    (first,) = corrections(three)
    three.drop_csv(f"{first.removesuffix('.xlsx')}.csv", [(*THREE, "gecancelt", None)])
    renamed(three.drop / f"{first.removesuffix('.xlsx')}.csv", name)

    three.run()

    assert bool(told(three)) == (name == "umbenannt")
