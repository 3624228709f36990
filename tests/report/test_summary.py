"""What people see, word for word, in `golden/`.

After a change that is meant, renew the golden files with `RENEW_GOLDEN=1 pytest tests/report` and read the difference.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from rich.console import Console

from sync.domain.model import Code, Found, Left, Reason, Stop, Stopped, Verdict, Why, WhyLeft
from sync.i18n import Language, speaking
from sync.i18n.texts import left_text, next_step, problem_text, reason_text, stop_text, verdict_meaning, verdict_word
from sync.report.excel.results import write_workbook
from sync.report.json import report_json
from sync.report.page.document import content
from sync.report.page.report import write_report_page
from sync.report.story import happened
from sync.report.terminal import print_check, print_findings, print_plan, print_summary

if TYPE_CHECKING:
    from conftest import Kit

    from sync.domain.model import Checked

GOLDEN = Path(__file__).parent / "golden"
LEFT = (Left("offen.xlsx", WhyLeft.OPEN),)
PATHS = [Path("Ergebnisse") / "report.json"]
languages = pytest.mark.parametrize("language", list(Language))


def plain(encoding: str = "utf-8") -> tuple[Console, io.BytesIO]:
    raw = io.BytesIO()
    return Console(file=io.TextIOWrapper(raw, encoding=encoding, newline="\n", write_through=True)), raw


def printed(raw: io.BytesIO, encoding: str = "utf-8") -> str:
    return raw.getvalue().decode(encoding)


def assert_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


@languages
def test_the_summary_reads_as_in_the_golden_file(kit: type[Kit], night: Checked, language: Language) -> None:
    console, raw = plain()
    info = replace(kit.info, stopped=Stopped(Stop.UNREACHABLE, "api.example.org"))
    with speaking(language):
        print_summary(console, info, replace(night, left=LEFT), PATHS)
    assert_golden(f"summary.{language}.txt", printed(raw).replace("\\", "/"))


@languages
def test_the_summary_on_a_terminal_reads_as_in_the_golden_file(kit: type[Kit], night: Checked, language: Language) -> None:
    file = io.StringIO()
    with speaking(language):
        print_summary(
            Console(file=file, force_terminal=True, width=110, color_system=None, legacy_windows=False), kit.info, night, []
        )
    assert_golden(f"terminal.{language}.txt", file.getvalue())


@languages
def test_the_plan_of_a_dry_run_reads_as_in_the_golden_file(rehearsal: Checked, language: Language) -> None:
    console, raw = plain()
    with speaking(language):
        print_plan(console, rehearsal)
        print_findings(console, rehearsal)
    assert_golden(f"plan.{language}.txt", printed(raw))


@languages
def test_a_check_reads_as_in_the_golden_file(desk: Checked, language: Language) -> None:
    console, raw = plain()
    with speaking(language):
        print_check(console, desk)
    assert_golden(f"check.{language}.txt", printed(raw))


@languages
def test_all_texts_read_as_in_the_golden_file(language: Language) -> None:
    with speaking(language):
        lines = [f"{v}: {verdict_word(v)} - {verdict_meaning(v)} {next_step(v)}" for v in Verdict]
    for code in Code:
        value = "4711" if code is Code.REFUSED_BY_CRM else "wert"
        with speaking(language):
            lines.append(f"{code}: {problem_text(code, 'Spalte', value, 'wort')} {next_step(code)}")
    with speaking(language):
        lines += [f"{why}:\n{reason_text(Reason(why, '12'))}" for why in Why]
        lines += [f"{stop}: {stop_text(Stopped(stop, '12'))}" for stop in Stop]
        lines += [f"{why}: {left_text(Left('a.csv', why))}" for why in WhyLeft]
    assert_golden(f"texts.{language}.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii", "latin-1"])
def test_output_that_cannot_take_every_character_is_no_reason_to_fail(kit: type[Kit], encoding: str) -> None:
    rows = (kit.Row(2, verdict="invalid", problems=(("bad_id", "Größe", "日本語 → 🏠 \ud800", None),)),)
    checked = kit.checked(kit.File("Ωmega.csv", (kit.Table(rows),)))
    for language in Language:
        console, raw = plain(encoding)
        with speaking(language):
            print_summary(console, kit.info, checked, [])
            print_check(console, checked)
        assert "->" in printed(raw, encoding)


def test_redirected_output_on_windows_keeps_its_umlauts_and_quotes(kit: type[Kit], night: Checked) -> None:
    console, raw = plain("cp1252")
    print_summary(console, kit.info, night, [])
    assert "Spalte „Bestätigung“: „bestätgt“" in printed(raw, "cp1252")


def test_markup_and_escape_sequences_of_a_file_have_no_effect(kit: type[Kit]) -> None:
    rows = (kit.Row(2, verdict="invalid", problems=(("bad_id", "[bold]x", "[red]\x1b[31mx[/red]", None),)),)
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=200, color_system=None)
    print_summary(console, kit.info, kit.checked(kit.File("[link=x].csv", (kit.Table(rows),))), [])
    assert "[link=x].csv, Zeile 2, Spalte „[bold]x“: „[red]<U+001B>[31mx[/red]“" in file.getvalue()
    assert "\x1b" not in file.getvalue()


def test_only_the_first_problems_stand_on_the_terminal_and_the_rest_is_counted(kit: type[Kit], tmp_path: Path) -> None:
    rows = tuple(kit.Row(at, verdict="invalid", problems=(("nothing_to_set", None, None, None),)) for at in range(2, 1_502))
    console, raw = plain()
    print_summary(console, kit.info, kit.checked(kit.File("a.csv", (kit.Table(rows),))), [tmp_path / "Bericht.html"])
    assert printed(raw).count("a.csv, Zeile") == 10
    assert "... und 1.490 weitere; alle stehen im Bericht." in printed(raw)


def test_where_no_report_holds_them_every_problem_and_every_warning_stands_on_the_terminal(kit: type[Kit]) -> None:
    wrong = (("nothing_to_set", None, None, None),)
    rows = [kit.Row(at, verdict="invalid", problems=wrong) for at in range(2, 202)]
    rows += [kit.Row(at, verdict="updated", problems=(("repaired", "Status", "Ja", "aktiv"),)) for at in range(202, 302)]
    console, raw = plain()
    print_summary(console, kit.info, kit.checked(kit.File("a.csv", (kit.Table(tuple(rows)),))), [])
    assert printed(raw).count("a.csv, Zeile") == 300
    assert "weitere" not in printed(raw)


def test_a_check_shows_every_problem(kit: type[Kit]) -> None:
    rows = tuple(kit.Row(at, outcome="invalid", problems=(("nothing_to_set", None, None, None),)) for at in range(2, 1_502))
    console, raw = plain()
    with speaking(Language.EN):
        print_check(console, kit.checked(kit.File("a.csv", (kit.Table(rows),)), run=False))
    assert printed(raw).count("a.csv, row") == 1_500


def test_a_check_names_a_list_in_which_nothing_is_filled_in(kit: type[Kit]) -> None:
    row = kit.Row(2, outcome="valid")
    console, raw = plain()
    checked = kit.checked(kit.File("leer.xlsx", (kit.Table(()),)), kit.File("a.csv", (kit.Table((row,)),)), run=False)
    print_check(console, checked)
    assert "leer.xlsx: In keiner Zeile ist etwas eingetragen; daran ist nichts zu tun." in printed(raw)
    assert "a.csv" not in printed(raw)


def test_rows_that_wait_for_the_next_run_are_no_problems_to_solve(kit: type[Kit]) -> None:
    rows = tuple(kit.Row(at, verdict="not_sent", problems=(("stopped", None, None, None),)) for at in range(2, 5))
    console, raw = plain()
    print_summary(console, kit.info, kit.checked(kit.File("a.csv", (kit.Table(rows),))), [])
    assert "a.csv" not in printed(raw)
    assert "3 zurückgestellt" in printed(raw)


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([], "Es war nichts zu tun."),
        (["updated"], "Die einzige Zeile ist erledigt."),
        (["updated", "unchanged", "duplicate"], "Alle 3 Zeilen sind erledigt."),
        (["updated", "invalid"], "2 Zeilen gelesen: 1 erledigt, 1 braucht Ihre Hilfe."),
        (["rejected"], "1 Zeile gelesen: 0 erledigt, 1 braucht Ihre Hilfe."),
    ],
)
def test_one_sentence_says_what_happened(kit: type[Kit], verdicts: list[str], sentence: str) -> None:
    rows = tuple(kit.Row(at, verdict=verdict) for at, verdict in enumerate(verdicts))
    console, raw = plain()
    print_summary(console, kit.info, kit.checked(kit.File("a.csv", (kit.Table(rows),))), [])
    assert sentence in printed(raw).splitlines()


@pytest.mark.parametrize(
    ("rows", "sentence", "said"),
    [
        (("blind", "blind"), "2 Zeilen gelesen: 2 gesendet und von onOffice angenommen, aber nicht nachgesehen.", False),
        (
            ("blind", "updated"),
            "2 Zeilen gelesen: 1 erledigt, 1 gesendet und von onOffice angenommen, aber nicht nachgesehen.",
            True,
        ),
    ],
)
def test_of_rows_that_were_sent_blind_nobody_says_that_they_were_different_or_are_done(
    kit: type[Kit], rows: tuple[str, ...], sentence: str, *, said: bool
) -> None:
    made = {
        "blind": kit.Row(2, before=None, verified=False, problems=(("not_verified", None, None, None),)),
        "updated": kit.Row(3, found=Found.LINKED),
    }
    checked = kit.checked(kit.File("a.csv", (kit.Table(tuple(made[row] for row in rows)),)))
    console, raw = plain()
    print_summary(console, kit.info, checked, [])

    summary = " ".join(printed(raw).split())
    assert sentence in summary
    told = "esendet und von onOffice angenommen, aber nicht nachgesehen."
    assert summary.count(told) == 2
    assert ("War anders" in summary) is said
    assert "erledigt" not in summary.replace("1 erledigt", "")
    assert happened(content(checked).files[0].counts) == sentence
    head = json.loads(b"".join(report_json(kit.info, checked)))
    assert (head["run"]["blind"], head["summary"]["updated"]) == (rows.count("blind"), 2)
    book, page = kit.scratch / "blind.xlsx", kit.scratch / "blind"
    page.mkdir(exist_ok=True)
    write_workbook(book, kit.info, checked)
    write_report_page(page, kit.info, checked)
    cells = [str(cell.value) for row in load_workbook(book).worksheets[0].iter_rows() for cell in row if cell.value]
    assert sum(told in cell for cell in cells) == 2
    assert any("War anders" in cell for cell in cells) is said
    html = (page / "report.html").read_text(encoding="utf-8")
    assert html.count(told) >= 2
    assert ("War anders" in html) is said


@pytest.mark.parametrize(
    ("verdict", "code", "sentence"),
    [
        ("not_sent", "stopped", "3 Zeilen gelesen: 1 erledigt, 2 zurückgestellt bis zum nächsten Abgleich."),
        ("not_sent", "too_many_changes", "3 Zeilen gelesen: 1 erledigt, 2 von einer Grenze zurückgehalten."),
        (
            "unknown",
            "not_looked_at",
            "3 Zeilen gelesen: 1 erledigt, 1 klärt der nächste Abgleich, 1 zurückgestellt bis zum nächsten Abgleich.",
        ),
    ],
)
def test_a_row_that_repeats_one_that_waits_is_no_more_done_than_that(
    kit: type[Kit], verdict: str, code: str, sentence: str
) -> None:
    rows = (
        kit.Row(2, verdict=verdict, change=0, problems=((code, None, None, None),)),
        kit.Row(3, verdict="duplicate", change=0),
        kit.Row(4, verdict="unchanged", change=1),
    )
    checked = kit.checked(kit.File("a.csv", (kit.Table(rows),)))
    console, raw = plain()
    print_summary(console, kit.info, checked, [])
    assert sentence in " ".join(printed(raw).split())
    assert happened(content(checked).files[0].counts) == sentence
    head = json.loads(b"".join(report_json(kit.info, checked)))
    assert head["summary"]["duplicate"] == head["run"]["repeating"] == 1
