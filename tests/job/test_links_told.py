"""What becomes of a link itself, made or removed, is told in the same words wherever old and new of a row stand."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

import openpyxl
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, Row

ALL_KINDS: Final = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Aktion")
LINKS: Final = {
    (1, 11): ("gecancelt", "aktiv"),
    (2, 12): ("gesendet", None),
    (3, 13): ("gecancelt", "inaktiv"),
    (4, 14): ("gesendet", "aktiv"),
    (5, 15): ("gesendet", "inaktiv"),
}
ROWS: Final[tuple[Row, ...]] = (
    (1, 11, "bestätigt", "", "lösen"),
    (2, 12, "", "", "lösen"),
    (3, 13, "gesendet", "", "verknüpfen"),
    (4, 14, "", "", "verknüpfen"),
    (5, 11, "bestätigt", "", ""),
    (5, 12, "", "", "verknüpfen"),
    (5, 13, "", "", "lösen"),
    (9, 11, "bestätigt", "", ""),
)
#: Confirmation and feedback of each of these rows, old and new, in the words of the reports.
TOLD: Final = {
    "de": [
        ("gecancelt → nicht verknüpft", "aktiv → nicht verknüpft"),
        ("gesendet → nicht verknüpft", "verknüpft → nicht verknüpft"),
        ("gecancelt → gesendet", None),
        ("verknüpft", None),
        ("nicht verknüpft → bestätigt", None),
        ("nicht verknüpft → verknüpft", None),
        ("nicht verknüpft", "nicht verknüpft"),
        ("? → bestätigt", None),
    ],
    "en": [
        ("gecancelt → not linked", "aktiv → not linked"),
        ("gesendet → not linked", "linked → not linked"),
        ("gecancelt → gesendet", None),
        ("linked", None),
        ("not linked → bestätigt", None),
        ("not linked → linked", None),
        ("not linked", "not linked"),
        ("? → bestätigt", None),
    ],
}
languages = pytest.mark.parametrize("language", list(TOLD))


@pytest.fixture
def rows(office: Office, api: Running, kit: type[Kit]) -> Office:
    """An office whose rows make links, remove links, and ask for links that are there, or not, already."""
    api.put_state(kit.seeded(LINKS))
    office.configure(rules={"allow_delete": True, "create_missing_links": True})
    office.drop_csv("a.csv", ROWS, header=ALL_KINDS)
    return office


def results(office: Office, language: str) -> Path:
    office.configure(report={"language": language})
    folder = office.run().results
    assert folder is not None
    return folder


class _Data(HTMLParser):
    """The data block of a report page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._in_data = False
        self.data: dict[str, Any] = {}
        self.feed(text)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_data = ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data = json.loads(data)
            self._in_data = False


def as_the_script_shows_it(words: list[str], old: int, new: int) -> str | None:
    if new < 0:
        return None
    return words[new] if old == new else f"{words[old] if old >= 0 else '?'} → {words[new]}"


@languages
def test_the_results_workbook_says_that_a_link_was_made_or_removed(rows: Office, language: str) -> None:
    (path,) = [path for path in results(rows, language).glob("*.xlsx") if path.name in {"Ergebnis.xlsx", "Results.xlsx"}]

    header, *lines = openpyxl.load_workbook(path).worksheets[1].iter_rows(values_only=True)
    first = header.index({"de": "Was tun?", "en": "What to do"}[language]) + 1

    assert [line[first : first + 2] for line in lines] == TOLD[language]


@languages
def test_the_list_of_all_rows_on_the_page_says_so_too(rows: Office, language: str) -> None:
    data = _Data((results(rows, language) / "report.html").read_text(encoding="utf-8")).data

    words = data["words"]
    shown = [[as_the_script_shows_it(words, row[at + 2], row[at]) for at in (6, 7)] for row in data["rows"]]
    assert shown == [list(told) for told in TOLD[language]]


def test_so_does_what_has_changed(rows: Office) -> None:
    page = (results(rows, "de") / "report.html").read_text(encoding="utf-8")

    told = ["Bestätigung: gecancelt → nicht verknüpft · Rückmeldung: aktiv → nicht verknüpft"]
    told += ["Bestätigung: gecancelt → gesendet", "Bestätigung: nicht verknüpft → bestätigt"]
    assert all(re.search(rf">\s*{re.escape(each)}\s*<", page) for each in told)


def test_so_does_a_dry_run_which_makes_no_link_that_is_there(rows: Office) -> None:
    out = rows.command("run", "--dry-run").stdout.decode()

    table = [re.sub(r" \d\d\.\d\d\.\d{4}, \d+:\d\d", "", " ".join(line.split())) for line in out.splitlines() if " -> " in line]
    assert table == [
        "1 11 gecancelt -> nicht verknüpft aktiv -> nicht verknüpft",
        "2 12 gesendet -> nicht verknüpft verknüpft -> nicht verknüpft",
        "3 13 gecancelt -> gesendet",
        "5 11 nicht verknüpft -> bestätigt",
        "5 12 nicht verknüpft -> verknüpft",
    ]


def test_the_report_for_programs_has_the_action_of_each_row_beside_the_rows_own_words(rows: Office) -> None:
    lines = json.loads((results(rows, "de") / "report.json").read_text(encoding="utf-8"))["files"][0]["rows"]

    said = [(line["action"], line["confirmation"], line["outcome"]) for line in lines]
    assert said[:2] == [("lösen", "bestätigt", "updated"), ("lösen", None, "updated")]
    assert [action for action, _, _ in said[2:]] == ["verknüpfen", "verknüpfen", "setzen", "verknüpfen", "lösen", "setzen"]
    assert [line["before"] for line in lines[:1]] == [{"confirmation": "gecancelt", "feedback": "aktiv"}]
    assert [[problem["code"] for problem in line["problems"]] for line in lines[:2]] == [["word_not_used"], []]
