"""What is made of other people's texts: no formula, no script, no link, no file outside its folder."""

from __future__ import annotations

import csv
import os
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from conftest import Kit, Office

    from sync.simulator import Running

FORMULA = re.compile(rb"<f[ >/]")
OUTSIDE = re.compile(rb'TargetMode="External"|<hyperlink|<ddeLink|<externalReference')
RISKY = ("=", "+", "-", "@", "\t", "\r")


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_no_workbook_that_is_made_holds_a_formula_or_leads_outside(nasty: Office) -> None:
    books = nasty.results("*.xlsx")

    assert books
    for book in books:
        for name, content in parts(book).items():
            assert not FORMULA.search(content), (book.name, name)
            assert not OUTSIDE.search(content), (book.name, name)


def test_no_csv_that_is_made_holds_a_cell_that_a_spreadsheet_would_carry_out(nasty: Office) -> None:
    for path in nasty.results("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file, delimiter=";") for cell in row]
        assert [cell for cell in cells if cell.startswith(RISKY)] == [], path.name


def test_a_formula_or_a_link_would_be_found(tmp_path: Path) -> None:
    from xlsxwriter import Workbook  # noqa: PLC0415 - only here

    with Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, "=1+1")
        sheet.write_url(1, 0, "http://evil.example")
    whole = b"".join(parts(tmp_path / "x.xlsx").values())

    assert FORMULA.search(whole)
    assert OUTSIDE.search(whole)


class Page(HTMLParser):
    """What a browser would see in a page that matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.policy = ""
        self.scripts: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = given["content"]
        self._in_script = tag == "script"
        self.addresses += [given[name] for name in ("src", "href", "action", "srcset", "poster", "data") if name in given]
        self.handlers += [name for name in given if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)
            self._in_script = False


def pages(office: Office) -> list[tuple[Path, Page]]:
    found = [(path, Page(path.read_text(encoding="utf-8"))) for path in office.results("*.html")]
    assert found
    return found


def test_every_page_forbids_whatever_does_not_come_with_it(nasty: Office) -> None:
    for path, page in pages(nasty):
        policy = dict(rule.strip().partition(" ")[::2] for rule in page.policy.split(";") if rule.strip())
        assert policy.get("default-src") == "'none'", path.name
        assert "'unsafe-eval'" not in page.policy
        assert "'unsafe-inline'" not in policy.get("script-src", ""), path.name
        assert policy.get("base-uri") == "'none'", path.name
        assert policy.get("form-action") == "'none'", path.name


def test_no_page_asks_for_anything_from_outside_or_carries_out_a_text(nasty: Office) -> None:
    for path, page in pages(nasty):
        assert [address for address in page.addresses if re.match(r"\w+:|//", address) and not address.startswith("data:")] == []
        assert page.handlers == [], path.name
        assert not [script for script in page.scripts if re.match(r"\s*(alert\(1\)|x)\s*$", script)], path.name


def test_every_link_of_a_page_stays_among_the_results(nasty: Office) -> None:
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415 - only here

    results = (nasty.folder / "results").resolve()
    for path, page in pages(nasty):
        for address in page.addresses:
            parts_of = urlsplit(address)
            if not parts_of.scheme and parts_of.path:
                assert (path.parent / unquote(parts_of.path)).resolve().is_relative_to(results), address


#: What any program could write into a cell; the first characters are those that spreadsheet programs carry out.
ANY_TEXT = st.builds(str.__add__, st.sampled_from(["", *RISKY, " =", "'=", "<"]), st.text(max_size=8))


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(ANY_TEXT, min_size=30, max_size=30))
def test_whatever_stands_in_the_cells_nothing_of_it_is_carried_out(kit: type[Kit], api: Running, texts: list[str]) -> None:
    rows = [(70001, 90001, "bestätigt", text) for text in texts[:15]] + [(text, 90001, text, text) for text in texts[15:]]
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        office = kit.Office(Path(folder) / "office", api.url)
        office.drop_csv("a.csv", [[str(cell).replace("\0", "") for cell in row] for row in rows])
        office.drop_workbook("b.xlsx", rows)
        office.run()
        books = office.results("*.xlsx")
        whole = b"".join(content for book in books for content in parts(book).values())
        for _, page in pages(office):
            assert page.handlers == []

    assert len(books) > 2
    assert not FORMULA.search(whole)
    assert not OUTSIDE.search(whole)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
@pytest.mark.parametrize(
    "name", ["x\\..\\..\\evil.csv", "a:b|c?.csv", "con.csv", "%2e%2e%2fevil.csv", "C:evil.csv", "a\r\nb.csv"]
)
def test_a_name_leads_nothing_out_of_its_folder(office: Office, tmp_path: Path, name: str) -> None:
    office.drop_csv(name, [(70001, 90001, "bestätigt", ""), (70001, "x", "bestätigt", "")])
    office.run()
    allowed = [office.folder / folder for folder in ("drop", "archive", "refused", "results", "state")]

    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != office.config]
    assert office.results("report.json")
    assert [path for path in files if not any(path.is_relative_to(place) for place in allowed)] == []
    for path in office.results("*"):
        assert not set(path.name) & set('\\/:*?"<>|\r\n'), path.name


def test_json_and_text_show_other_peoples_texts_without_what_a_terminal_would_carry_out(office: Office) -> None:
    office.drop_csv("a.csv", [(70001, 90001, "\x1b]0;owned\x07bestätgt", "")])
    done = office.command("run")

    assert done.returncode == 3
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"\x07" not in done.stdout + done.stderr
