"""The report page, as text: what it says in both languages, and that nothing from a sheet can do anything in it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync import report
from sync.domain.model import Found, Left, Reason, Stop, Stopped, Verdict, Why, WhyLeft
from sync.i18n import Language, speaking
from sync.report.excel.returned import ReturnedFile
from sync.report.page import document, write_report_page
from sync.report.page.document import WIDTH, Places, divided
from sync.report.story import RefusedFolder

if TYPE_CHECKING:
    from conftest import Kit

    from sync.domain.model import Checked

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&<!--"
languages = pytest.mark.parametrize("language", list(Language))


def page(kit: type[Kit], folder: Path, checked: Checked, language: Language = Language.DE, **more: Any) -> str:  # noqa: ANN401 - passed on
    with speaking(language):
        write_report_page(folder, kit.info, checked, **more)
    return (folder / "report.html").read_text(encoding="utf-8")


def without_style_and_script(text: str) -> str:
    """What the templates fill in; how it looks is for eyes, not for a golden file."""
    text = re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-...", text)
    return re.sub(r"<(style|script)>.*?</\1>", r"<\1>...</\1>", text, flags=re.DOTALL)


def compared_with_golden(name: str, text: str) -> str:
    path = GOLDEN / name
    if os.environ.get("RENEW_GOLDEN"):
        path.write_bytes(text.encode())
    return path.read_bytes().decode()


class Elements(HTMLParser):
    """The names and attributes of all elements of a page, and the text of its data block."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.data: dict[str, Any] = {}
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        self._in_data = ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data = json.loads(data)
            self._in_data = False


@languages
def test_the_page_says_word_for_word_what_its_golden_file_says(
    kit: type[Kit], night: Checked, tmp_path: Path, language: Language
) -> None:
    folder = tmp_path / "results" / "20261202-020000-3f9c"
    folder.mkdir(parents=True)
    (folder / "Ergebnis.xlsx").touch()
    handed = (ReturnedFile(0, tmp_path / "results" / "termine & co.xlsx", tmp_path / "results" / "Korrektur #1.xlsx", 3),)
    left = (Left("offen.xlsx", WhyLeft.OPEN),)

    text = without_style_and_script(page(kit, folder, replace(night, left=left), language, handed=handed))

    assert text == compared_with_golden(f"report.{language}.html", text)


def test_a_run_that_ended_early_says_why_and_what_to_do(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    stopped = replace(kit.info, stopped=Stopped(Stop.UNREACHABLE, "no connection"))

    write_report_page(tmp_path, stopped, night)

    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "onOffice war nicht zu erreichen oder gab keine brauchbare Antwort (keine Verbindung)." in text
    assert "Kommt das wieder, prüfen Sie die Internetverbindung und ob sich onOffice im Browser öffnen lässt." in text


def test_where_the_files_lie_in_the_drop_folder_again_that_is_where_to_correct_them(
    kit: type[Kit], night: Checked, tmp_path: Path
) -> None:
    """The night has rows that wait; dropping wrong ones once more beside their own file would only make them duplicates."""
    write_report_page(tmp_path, replace(kit.info, stopped=Stopped(Stop.UNREACHABLE)), night)
    stopped = (tmp_path / "report.html").read_text(encoding="utf-8")
    write_report_page(tmp_path, kit.info, night)
    ended = (tmp_path / "report.html").read_text(encoding="utf-8")

    there, again = "Berichtigen Sie die Zeilen dort, statt", "Berichtigen Sie sie und legen Sie sie noch einmal ab;"
    assert (there in stopped, again in stopped) == (True, False)
    assert (there in ended, again in ended) == (False, True)


def test_it_names_the_folder_in_which_unreadable_files_lie_now(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    write_report_page(tmp_path, kit.info, night, refused=RefusedFolder(tmp_path / "abgelehnt"))

    said = (tmp_path / "report.html").read_text(encoding="utf-8")
    where = f"„abgelehnt/{kit.info.id}“ (wo er liegt, weiß die Person, die den Abgleich betreut)"
    assert f"jetzt im Ordner der nicht lesbaren Dateien, {where}. Unten steht zu jeder, warum" in said


def test_it_names_the_folder_of_unreadable_files_as_people_reach_it(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    write_report_page(tmp_path, kit.info, night, refused=RefusedFolder(tmp_path / "refused", r"S:\Abgleich\refused"))

    assert rf"im Ordner „S:\Abgleich\refused\{kit.info.id}“. Unten" in (tmp_path / "report.html").read_text(encoding="utf-8")


@languages
def test_nobody_is_sent_to_correct_an_unreadable_file_with_which_nothing_is_wrong(
    kit: type[Kit], tmp_path: Path, language: Language
) -> None:
    """Of such files one is to be dropped as it is once onOffice can be asked, the other has nothing to be done about it."""
    why = {"a.xlsx": Why.NUMBERS_NOT_SOUGHT, "Ergebnis.xlsx": Why.OWN_REPORT}
    for some in (why, ["a.xlsx"]):
        files = [kit.File(name, reason=Reason(why[name])) for name in some]

        text = page(kit, tmp_path, kit.checked(*files), language)

        assert not re.search("<li>[^<]*(?:berichtigt|corrected)", text)


def test_a_run_without_a_row_has_nothing_to_search_and_says_what_a_person_has_to_do(kit: type[Kit], tmp_path: Path) -> None:
    empty = replace(kit.checked(), left=(Left("geheim.csv", WhyLeft.NO_ACCESS),))

    text = page(kit, tmp_path, empty)

    assert "<h1>Keine Zeile gelesen; 1 Datei war nicht lesbar.</h1>" in text
    assert "1 Datei bleibt im Ablageordner, bis jemand etwas daran ändert." in text
    assert "geheim.csv: Der Abgleich kann die Datei nicht lesen oder verschieben." in text
    assert "Nichts zu tun" not in text
    assert "<script" not in text
    assert 'href="#rows"' not in text


def test_a_folder_that_cannot_be_opened_is_called_one_wherever_it_is_told(kit: type[Kit], tmp_path: Path) -> None:
    left = (Left("Nord", WhyLeft.CLOSED_FOLDER), Left("geheim.csv", WhyLeft.NO_ACCESS))

    text = page(kit, tmp_path, replace(kit.checked(), left=left))

    assert "<h1>Keine Zeile gelesen; 1 Datei war nicht lesbar; 1 Ordner war nicht zu öffnen.</h1>" in text
    assert "Nord: Der Abgleich kann den Ordner nicht öffnen." in text
    assert "1 Ordner im Ablageordner bleibt ungelesen, bis jemand etwas daran ändert." in text
    assert re.findall(r'nicht lesbar</th><td class="number">(.*?)</td>', text) == ["1 Datei", "1 Ordner"]


def test_it_says_when_onoffice_may_write_to_customers(kit: type[Kit], tmp_path: Path) -> None:
    checked = kit.checked(kit.File("a.csv", (kit.Table((kit.Row(2),)),)))

    write_report_page(tmp_path, replace(kit.info, customers=2), checked)

    steps = re.findall(r"<li>(.*?)</li>", (tmp_path / "report.html").read_text(encoding="utf-8"))
    assert [step[:40] for step in steps] == ["Nichts zu tun: Alles ist erledigt.", "Bei 2 Verknüpfungen kann onOffice jetzt "]


def test_whatever_stands_in_a_sheet_stays_text(kit: type[Kit], tmp_path: Path) -> None:
    problem = ("unknown_word", HOSTILE, HOSTILE[:60], HOSTILE)
    row = kit.Row(2, verdict="invalid", problems=(problem, ("contradiction", None, None, HOSTILE)))
    hostile = kit.checked(kit.File(HOSTILE, (kit.Table((row,), name=HOSTILE),)))
    harmless = kit.checked(
        kit.File("a", (kit.Table((replace(row, problems=(("unknown_word", "a", "a", "a"), *row.problems[1:])),), name="a"),))
    )

    seen = Elements(page(kit, tmp_path, hostile))

    assert seen.names == Elements(page(kit, tmp_path, harmless)).names
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert seen.data["files"] == [HOSTILE]
    assert seen.data["sheets"] == [HOSTILE]


def test_a_name_that_is_no_text_does_not_keep_the_page_from_being_written(kit: type[Kit], tmp_path: Path) -> None:
    (tmp_path / "Ergebnis\udcff.xlsx").touch()
    checked = kit.checked(kit.File("a\udcff.csv", (kit.Table((kit.Row(2),), name="\ud800"),)))

    write_report_page(tmp_path, replace(kit.info, office="B\udcffro"), checked)

    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'href="Ergebnis%FF.xlsx"' in text
    assert Elements(text).data["files"] == ["a<U+DCFF>.csv"]


def test_only_the_style_and_the_script_of_the_page_itself_may_run(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    text = page(kit, tmp_path, night)
    policy = next(value for name, value in Elements(text).attributes if value and value.startswith("default-src"))
    own = {kind: re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL) for kind in ("style", "script")}

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{sha256(*own['style'])}'; base-uri 'none'; form-action 'none'; "
        f"script-src 'sha256-{sha256(*own['script'])}'"
    )
    assert not re.search(r'\b(?:src|style)="', text)
    assert set(re.findall(r"https?://[^\s\"'`]+", text)) == {"http://www.w3.org/2000/svg"}


def sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_rows_come_as_short_lists_that_hold_every_text_once(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    data = Elements(page(kit, tmp_path, night)).data

    assert len(data["rows"]) == len(night.rows)
    first, _, repaired = data["rows"][:3]
    assert first == [0, 0, 5, 70001, 90001, 0, 0, 1, 2, 3, [], -1, 0]
    assert [data["words"][at] for at in first[6:10]] == ["bestätigt", "aktiv", "gesendet", "inaktiv"]
    assert data["findings"][repaired[10][0]] == [
        "repaired",
        "Spalte „Bestätigung“: „ Bestaetigt“ wurde als „bestätigt“ verstanden.",
    ]
    assert data["rows"][7][8:10] == [-2, -2]  # what onOffice had before is not known
    assert data["people"][first[12]] == "Anna Müller"


def test_what_has_changed_and_the_list_of_rows_say_that_a_link_was_removed_or_made(kit: type[Kit], tmp_path: Path) -> None:
    rows = (
        kit.Row(2, action="lösen", before=("gecancelt", "inaktiv")),
        kit.Row(3, confirmation=None, action="lösen", before=("gecancelt", "inaktiv")),
        kit.Row(4, before=(None, None), found=Found.NOT_LINKED),
    )
    text = page(kit, tmp_path, kit.checked(kit.File("a.csv", (kit.Table(rows),))))

    assert "Bestätigung: gecancelt → nicht verknüpft · Rückmeldung: inaktiv → nicht verknüpft" in text
    assert "Bestätigung: nicht verknüpft → bestätigt" in text
    data = Elements(text).data
    none, canceled, inactive, confirmed = map(data["words"].index, ("nicht verknüpft", "gecancelt", "inaktiv", "bestätigt"))
    assert [row[6:10] for row in data["rows"]] == [
        [none, none, canceled, inactive],
        [none, none, canceled, inactive],
        [confirmed, -1, none, none],
    ]


def test_what_is_to_settle_stands_open_before_what_has_changed_which_is_folded(
    kit: type[Kit], night: Checked, tmp_path: Path
) -> None:
    text = page(kit, tmp_path, night)

    assert text.index('<details class="group problem" open>') < text.index('<details class="changed">')
    assert '<details class="group problem">' not in text
    assert '<details class="group hint" open>' not in text


def test_the_headline_and_the_table_count_the_same_files(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    left = (Left("a.xlsx", WhyLeft.OPEN), Left("b.xlsx", WhyLeft.LONG_PATH))

    text = page(kit, tmp_path, replace(night, left=left))

    assert re.findall(r"<h1>.*?; (.*)</h1>", text) == ["3 Dateien waren nicht lesbar; 1 Datei wartet noch im Ablageordner."]
    counted = re.findall(r'<tr><th scope="row">([^<]*)</th><td class="number">(\d Datei\w*)</td>', text)
    assert counted == [("nicht lesbar", "3 Dateien"), ("wartet noch", "1 Datei")]


def test_what_a_marked_copy_does_without_stands_beside_its_link_and_is_no_warning(
    kit: type[Kit], night: Checked, tmp_path: Path
) -> None:
    handed = ReturnedFile(0, tmp_path / "a.xlsx", missing=("Etwas fehlt.",), without=("Diese Mappe ist neu geschrieben.",))

    text = page(kit, tmp_path, night, handed=[handed])

    assert re.search(r">a\.xlsx</a><span>[^<]*</span><span>Diese Mappe ist neu geschrieben\.</span></li>", text)
    assert re.findall(r'<p class="note">.*</svg>(.*)</p>', text) == ["Etwas fehlt."]


def test_two_rows_are_both_rows(kit: type[Kit], tmp_path: Path) -> None:
    text = page(kit, tmp_path, kit.checked(kit.File("a.csv", (kit.Table((kit.Row(2), kit.Row(3))),))))

    assert "<h1>Beide Zeilen sind erledigt.</h1>" in text


def test_a_group_shows_some_of_its_rows_and_tells_the_places_of_all(kit: type[Kit], tmp_path: Path) -> None:
    refused = [kit.Row(at, verdict="rejected", problems=(("not_linked", None, None, None),)) for at in (*range(2, 40), 77)]

    text = page(kit, tmp_path, kit.checked(kit.File("a.csv", (kit.Table(tuple(refused)),))))

    assert "39 Meldungen</b> <span>Adresse nicht mit dem Termin verknüpft" in text
    assert "Zeilen: 2\u201339, 77" in text
    assert "Die ersten 20 von 39:" in text
    assert text.count('<tr><th scope="row">') == 20 + len({Verdict.REJECTED})


def test_a_thousand_groups_do_not_make_the_page_heavy(kit: type[Kit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_ROWS_IN_GROUPS", 5)
    rows = tuple(kit.Row(at, verdict="rejected", problems=(("not_linked", None, None, None),)) for at in range(2, 5))
    files = [kit.File(f"{at}.csv", (kit.Table(rows),)) for at in range(4)]

    text = page(kit, tmp_path, kit.checked(*files))

    assert text.count('<tr><th scope="row">') == 5 + len({Verdict.REJECTED})
    assert text.count("Zeilen: 2\u20134") == 3  # two files whose rows found no room, one with some


def test_a_run_with_too_many_rows_lists_those_that_need_a_person(
    kit: type[Kit], night: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "_ROWS_IN_LIST", 11)

    text = page(kit, tmp_path, night)

    assert "Hier stehen 7 von 12 Zeilen; alle stehen in der Ergebnisdatei." in text
    verdicts = {Elements(text).data["verdicts"][row[5]][0] for row in Elements(text).data["rows"]}
    assert verdicts == {Verdict.INVALID, Verdict.CONFLICT, Verdict.REJECTED, Verdict.UNKNOWN}


def test_twenty_thousand_rows_make_a_page_of_less_than_fifteen_megabytes(kit: type[Kit], tmp_path: Path) -> None:
    rows = tuple(
        kit.Row(at, 70_000 + at, verdict="invalid", problems=(("unknown_word", "Bestätigung", f"bestätgt {at}", "bestätigt"),))
        for at in range(2, 20_002)
    )

    page(kit, tmp_path, kit.checked(kit.File("a.csv", (kit.Table(rows),))))

    assert (tmp_path / "report.html").stat().st_size < 15_000_000


def test_row_numbers_are_told_in_stretches_sheet_by_sheet() -> None:
    places = Places()
    for sheet, rows in (("Mai", (2, 4, 5, 6, 9, 10)), ("Juni", (2,))):
        for row in rows:
            places.add(sheet, row)

    assert places.text() == "2, 4\u20136, 9, 10 im Blatt „Mai“; 2 im Blatt „Juni“"
    with speaking(Language.EN):
        assert places.text() == "2, 4\u20136, 9, 10 on sheet “Mai”; 2 on sheet “Juni”"


def test_very_many_stretches_are_counted_instead_of_told() -> None:
    places = Places()
    for row in range(2, 202, 2):
        places.add(None, row)

    with speaking(Language.EN):
        assert places.text().endswith("118, 120; and 40 more places")


def test_a_part_of_one_in_a_million_can_still_be_seen() -> None:
    segments = divided({"updated": 1_000_000, "unchanged": 0, "invalid": 1})

    assert [part.name for part in segments] == ["updated", "invalid"]
    assert segments[1].width >= WIDTH / 200
    assert segments[1].x + segments[1].width == pytest.approx(WIDTH)


def test_a_page_that_cannot_be_written_is_told_and_keeps_no_other_result_from_it(
    kit: type[Kit], night: Checked, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_arguments: object, **_more: object) -> None:
        raise ValueError

    monkeypatch.setattr("sync.report.page.report.write_document", closed)

    report.write_rows(tmp_path / "run", kit.info, night)
    report.write_pages(tmp_path / "run", kit.info, night)

    assert {path.name for path in (tmp_path / "run").iterdir()} == {"report.json", "Ergebnis.xlsx"}
    assert (tmp_path / "index.html").is_file()
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("The report page could not be written; all others are\n")
