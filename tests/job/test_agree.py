"""Page, terminal, messages, workbooks and `report.json` of a run say the same, whatever kind of run it was; and it is true."""

from __future__ import annotations

import io
import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from openpyxl import load_workbook
from rich.console import Console

from sync import config
from sync.domain.model import Verdict
from sync.job import run
from sync.job.context import Runtime, Stopper
from sync.notify import messages as worded
from sync.notify.messages import LastState
from sync.report import history
from sync.report.page.index import runs_in
from sync.report.story import happened
from sync.report.terminal import print_run, print_summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.job.run import Finished
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

WITH_START: Final = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Beginn")
TWO_WRONG: Final = (70001, 90001, "aktiv", "bestätigt")
TWO_REPAIRED: Final = (70001, 90002, "BESTÄTIGT", "Aktiv")


class After(Stopper):
    """Ends the run like SIGTERM, before the request that comes after so many."""

    def __init__(self, requests: int) -> None:
        super().__init__(wait=lambda _: None)
        self._left = requests

    def check(self) -> None:
        self._left -= 1
        if self._left < 0:
            self.ask()
        super().check()


@dataclass
class Told:
    """All that is told of one run, in German."""

    finished: Finished
    page: str
    terminal: str
    mails: list[str]
    report: dict[str, Any]

    @classmethod
    def of(cls, office: Office, finished: Finished) -> Told:
        assert finished.results is not None
        file = io.StringIO()
        print_summary(Console(file=file, width=1000), finished.info, finished.checked, [finished.results])
        office.configure(notify={"staff_when": "always", "installer_when": "always"})
        settings = config.load(office.config)
        about = worded.files(finished)
        messages = [
            *worded.staff(settings, finished, about, LastState()),
            *worded.installer(settings, finished, about, (), LastState()),
        ]
        page = (finished.results / "report.html").read_text(encoding="utf-8")
        return cls(finished, page, file.getvalue(), [message.body for message in messages], office.reports()[-1])

    @property
    def head(self) -> str:
        return re.findall("<h1>(.+)</h1>", self.page)[0]

    @property
    def steps(self) -> str:
        """What happens next, as the page says it."""
        return re.findall('<ul class="steps">(.+?)</ul>', self.page, re.DOTALL)[0]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for file in self.report["files"] for row in file["rows"]]

    def groups(self, kind: str) -> list[tuple[int, str]]:
        """How much each group of the page says it holds, and what stands in it."""
        found = re.findall(rf'<details class="group {kind}"[^>]*>(.+?)</details>', self.page, re.DOTALL)
        return [(int(re.findall(r'class="count">(\d+)', group)[0]), group) for group in found]

    def in_group(self, kind: str) -> int:
        return sum(count for count, _ in self.groups(kind))

    def marked(self) -> str:
        """All texts in the marked copies."""
        paths = [handed.marked for handed in self.finished.handed if handed.marked]
        books = [load_workbook(path) for path in paths]
        return "\n".join(
            str(cell) for book in books for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
        )


def crm(api: Running, kit: type[Kit], links: int = 12) -> None:
    pairs = [(70_001 + number // 4, 90_001 + number % 4) for number in range(links)]
    api.put_state(kit.seeded(dict.fromkeys(pairs, ("nicht gesetzt", "inaktiv"))))


def good(links: int = 12) -> list[tuple[object, ...]]:
    return [(70_001 + number // 4, 90_001 + number % 4, "bestätigt", None) for number in range(links)]


def with_two_findings_in_a_row(office: Office, _api: Running) -> Finished:
    office.drop_csv("a.csv", [TWO_WRONG, TWO_REPAIRED])
    office.drop_csv("b.csv", [TWO_WRONG, *good()[4:]])
    return office.run()


def with_many_mistakes(office: Office, _api: Running) -> Finished:
    office.drop_csv("a.csv", [*good(), *[("x", "y", "z", None)] * 12])
    return office.run()


def with_every_kind_of_conflict(office: Office, _api: Running) -> Finished:
    rows = [(*row, "") for row in good()[:4]]
    contradiction = (70_001, 90_001, "gecancelt", None, "")
    office.drop_csv("a.csv", [*rows, contradiction, (70_002, 90_001, "bestätigt", None, "03.12.2026 10:00")], header=WITH_START)
    return office.run()


def with_too_many_changes(office: Office, _api: Running) -> Finished:
    office.configure(rules={"max_changes": 3})
    office.drop_csv("a.csv", [*good(), TWO_WRONG, (70_001, 95_000, "bestätigt", None)])
    return office.run()


def with_rows_that_repeat_what_is_held(office: Office, _api: Running) -> Finished:
    office.configure(rules={"max_changes": 3})
    office.drop_csv("a.csv", [*good(), *good(4)])
    return office.run()


def with_too_many_mistakes(office: Office, _api: Running) -> Finished:
    office.configure(rules={"max_invalid_share": 0.1})
    office.drop_csv("a.csv", [*good(), *[TWO_WRONG] * 3])
    return office.run()


def interrupted_after_sending(office: Office, _api: Running) -> Finished:
    office.configure(sending={"actions_per_request": 2, "links_per_action": 1})
    office.drop_csv("a.csv", [*good(), *[TWO_WRONG] * 3])
    return office.run(Runtime(stopper=After(6)))


def out_of_reach(office: Office, api: Running) -> Finished:
    office.drop_csv("a.csv", [*good(), TWO_WRONG, TWO_REPAIRED])
    api.put_faults([{"on": "every", "do": "garbage"}])
    return office.run()


def with_rows_that_repeat_what_failed(office: Office, _api: Running) -> Finished:
    not_linked, not_there = (70_003, 95_000, "bestätigt", None), (79_999, 90_001, "gecancelt", None)
    office.drop_csv("Anna.csv", [*good(4), not_linked])
    office.drop_csv("Bernd.csv", [not_linked, not_there, not_there, good(1)[0]])
    office.drop_csv("Cora.csv", [not_there])
    return office.run()


def with_a_feedback_that_is_not_set_up(office: Office, api: Running) -> Finished:
    state = api.state()
    state["appointments"][0]["contacts"][0]["feedback"] = None
    api.put_state(state)
    both = (70_001, 90_001, "bestätigt", "aktiv")
    office.drop_csv("a.csv", [both, (*both[:3], None), (*both[:2], None, "aktiv")])
    return office.run()


def undone(office: Office, api: Running) -> Finished:
    office.drop_csv("a.csv", good())
    office.run()
    state = api.state()
    state["appointments"][0]["contacts"][0]["confirmation"] = "gecancelt"
    api.put_state(state)
    return run.undo_run(config.load(office.config), (office.token, office.secret), Runtime(), "last")


KINDS: Final = (
    with_two_findings_in_a_row,
    with_many_mistakes,
    with_every_kind_of_conflict,
    with_too_many_changes,
    with_too_many_mistakes,
    interrupted_after_sending,
    out_of_reach,
    with_rows_that_repeat_what_failed,
    undone,
)


@pytest.fixture
def told(request: pytest.FixtureRequest, office: Office, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setenv("ONOFFICE_TOKEN", kit.token)
    monkeypatch.setenv("ONOFFICE_SECRET", kit.secret)
    crm(api, kit)
    make: Callable[[Office, Running], Finished] = request.param
    return Told.of(office, make(office, api))


def of(*kinds: Callable[[Office, Running], Finished]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("told", kinds, ids=lambda kind: kind.__name__, indirect=True)


def number(pattern: str, text: str) -> int:
    """The sum of all numbers that stand at this place of a text."""
    return sum(int(found) for found in re.findall(pattern, text))


@of(*KINDS)
def test_head_groups_lists_and_messages_add_up(told: Told) -> None:
    need = number(r"(\d+) (?:braucht|brauchen) Ihre Hilfe", told.head)
    findings = told.in_group("problem")
    in_rows = re.compile(r"\((\d+) Meldung(?:en)? zu (\d+) Zeilen?\)")

    assert told.head in told.terminal
    assert told.head in told.mails[-1]
    asked = 0 if told.finished.info.undo_of else need
    assert number(r"Klären Sie die (\d+|eine) Zeile", told.steps.replace("eine", "1")) == asked
    for text in (told.page, told.terminal, "".join(told.mails[:-1])):
        said = in_rows.findall(text)
        if text or not told.finished.info.undo_of:  # an undo has no file whose dropper could be told
            assert (sum(int(one) for one, _ in said), sum(int(rows) for _, rows in said)) == (findings, need)
    lines = re.findall(r"^  (?!Nichts)\S.*, Zeile \d+.*$", told.terminal.partition("Was zu klären ist")[2], re.MULTILINE)
    assert len(lines) + number(r"\.\.\. und (\d+) weitere", told.terminal) == findings


@of(*KINDS, with_rows_that_repeat_what_is_held)
def test_the_history_and_the_page_of_all_runs_count_like_the_report(told: Told, office: Office) -> None:
    run_id = told.finished.info.id
    (counts,) = (each.counts for each in runs_in(office.folder / "results") if each.folder == run_id)
    console = io.StringIO()
    with closing(history.memory_of(config.load(office.config))) as memory:
        print_run(Console(file=console, width=1000), history.details(memory, run_id))

    assert told.head == happened(counts)
    assert told.head in console.getvalue()


@of(*KINDS)
def test_every_finding_stands_once_in_the_groups_and_each_row_in_one_state(told: Told) -> None:
    problems = [problem for row in told.rows for problem in row["problems"]]
    warnings = sum(problem["severity"] == "warning" for problem in problems)
    waiting = number(r"(\d+) (?:klärt|zurückgestellt|von einer Grenze)", told.head)
    done = re.findall(r"(\d+) erledigt|[Aa]lle (\d+) Zeilen", told.head)
    need = number(r"(\d+) (?:braucht|brauchen) Ihre Hilfe", told.head)

    assert told.in_group("problem") + told.in_group("kept") + told.in_group("hint") == len(problems)
    assert told.in_group("hint") == warnings == number(r" · (\d+) Hinweise?</p>", told.page)
    assert number(r"(\d+) Hinweise? steh", told.terminal) == warnings
    assert told.in_group("kept") == waiting
    assert sum(int(one or other) for one, other in done) + need + waiting == len(told.rows)


@of(*KINDS)
def test_a_group_says_why_and_names_the_column_where_the_finding_has_one(told: Told) -> None:
    for kind in ("problem", "kept", "hint"):
        for _, group in told.groups(kind):
            reasons = re.findall(r"<p>(.+)</p>|<td>([^<]*\.|[^<]*\?)</td></tr>", group)
            assert reasons
            assert all(shared or own for shared, own in reasons)
    for row in told.rows:
        for problem in row["problems"]:
            assert problem["message"] in told.page
            assert not problem["column"] or f"Spalte „{problem['column']}“" in told.page


@of(with_two_findings_in_a_row)
def test_two_findings_of_one_kind_in_a_row_are_told_both(told: Told) -> None:
    wrong = "".join(group for _, group in told.groups("problem"))
    repaired = "".join(group for _, group in told.groups("hint"))

    assert "Spalte „Terminbestätigung“: „aktiv“ ist kein zulässiger Wert." in wrong
    assert "Spalte „Terminrückmeldung“: „bestätigt“ ist kein zulässiger Wert." in wrong
    assert "Spalte „Terminbestätigung“: „BESTÄTIGT“ wurde als „bestätigt“ verstanden." in repaired
    assert "Spalte „Terminrückmeldung“: „Aktiv“ wurde als „aktiv“ verstanden." in repaired


@of(with_too_many_changes, with_too_many_mistakes)
def test_what_a_guard_holds_back_is_never_said_to_go_on_by_itself(told: Told) -> None:
    held = {row["outcome"]: row["problems"] for row in told.rows}[Verdict.NOT_SENT]
    everywhere = [told.page, told.terminal, told.marked(), *told.mails]

    assert [problem["code"] for problem in held] == [told.report["run"]["stopped"]["code"]]
    assert "von einer Grenze zurückgehalten" in told.head
    assert "sobald die Person, die den Abgleich betreut, sie durchlässt oder die Dateien im Ablageordner berichtigt" in told.steps
    assert "bitten Sie die Person, die den Abgleich betreut, sie durchzulassen" in told.marked()
    for text in everywhere:
        assert "bis zum nächsten Abgleich" not in text
        assert "macht mit ihnen weiter" not in text
        assert "Der nächste Abgleich macht mit dieser Zeile weiter" not in text
        assert "bevor diese Zeile an der Reihe war" not in text


@of(interrupted_after_sending)
def test_what_was_sent_and_not_looked_at_is_left_to_the_next_run_everywhere(told: Told) -> None:
    unknown = [row for row in told.rows if row["outcome"] == Verdict.UNKNOWN]

    assert len(unknown) > 1
    for row in unknown:
        assert [(problem["code"], problem["severity"]) for problem in row["problems"]] == [("not_looked_at", "error")]
    assert f"3 brauchen Ihre Hilfe, {len(unknown)} klärt der nächste Abgleich" in told.head
    assert f"{len(unknown)} Zeilen sind übertragen, aber noch nicht nachgesehen." in told.steps
    assert "Hinweise" not in told.terminal
    assert told.groups("hint") == []
    assert "Der nächste Abgleich sieht nach und holt nach, was fehlt." in told.marked()
    assert "Sehen Sie sich den Termin in onOffice an." not in told.page + told.marked() + "".join(told.mails)


@of(with_every_kind_of_conflict)
def test_what_to_do_about_a_conflict_is_what_its_own_reason_asks_for(told: Told) -> None:
    assert told.finished.results is not None
    book = load_workbook(told.finished.results / "Ergebnis.xlsx")
    cells = [[str(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    (advice,) = (row[2:4] for row in cells if row[0] == "widersprüchlich")

    assert advice[0] == "Widerspricht einer anderen Zeile oder dem Stand in onOffice."
    assert "Entscheiden Sie, welche Zeile gilt" not in advice[1]
    steps = {group.partition("Was tun?</b> ")[2][:30] for _, group in told.groups("problem")}
    assert steps == {"Entscheiden Sie, welche Zeile ", "Ist der Termin verlegt worden,"}


@of(with_rows_that_repeat_what_failed)
def test_a_row_that_repeats_one_that_could_not_be_done_shares_its_fate_wherever_it_is_told(told: Told, office: Office) -> None:
    assert told.head == "10 Zeilen gelesen: 5 erledigt, 5 brauchen Ihre Hilfe."
    assert [row["outcome"] for row in told.rows].count("duplicate") == 4
    (cora,) = told.report["files"][2]["rows"]
    assert [(each["code"], each["severity"]) for each in cora["problems"]] == [("same_as_failed", "error")]
    assert told.report["run"]["repeating_failed"] == 3
    names = {
        path.name.partition(" - ")[0][11:]: path.name.partition(" - ")[2]
        for path in (office.folder / "results").iterdir()
        if path.suffix == ".xlsx" and "korrigieren" not in path.name
    }
    assert names == {
        "Anna.csv": "4 von 5 Zeilen erledigt.xlsx",
        "Bernd.csv": "1 von 4 Zeilen erledigt.xlsx",
        "Cora.csv": "die einzige Zeile offen.xlsx",
    }
    said = "Dasselbe steht schon an anderer Stelle und ließ sich dort nicht erledigen: Bernd.csv, Zeile 3."
    staff, _ = told.mails
    for everywhere in (staff, told.page, told.terminal, told.marked()):
        assert said in everywhere
    assert "Cora.csv: 1 Zeile braucht Ihre Hilfe" in staff
    assert "Bei 3 davon ließ sich auch die frühere nicht erledigen." in told.page


@of(with_rows_that_repeat_what_failed)
def test_a_row_that_repeats_one_that_could_not_be_done_is_coloured_like_that(told: Told) -> None:
    assert told.finished.results is not None
    rows = load_workbook(told.finished.results / "Ergebnis.xlsx")["Ergebnis"].iter_rows(min_row=2)
    colours = {(cells[0].value, cells[2].value): cells[0].fill.fgColor.rgb for cells in rows}
    assert colours["Bernd.csv", 2] == colours["Bernd.csv", 4] == colours["Bernd.csv", 3] != colours["Bernd.csv", 5]


def test_a_row_whose_action_is_not_enabled_is_told_to_be_deleted_where_it_asks_for_nothing_else(
    office: Office, api: Running, kit: type[Kit]
) -> None:
    crm(api, kit)
    header = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Aktion")
    office.drop_csv("a.csv", [(70_001, 90_001, None, None, "lösen"), (70_001, 90_002, "bestätigt", None, "lösen")], header=header)

    told = Told.of(office, office.run())

    alone, besides = (group for _, group in told.groups("problem"))
    assert "Löschen Sie die Zeile, oder bitten Sie" in alone
    assert "Leeren Sie die Zelle, oder bitten Sie" in besides


@of(with_rows_that_repeat_what_failed)
def test_a_row_that_repeats_another_is_corrected_there(told: Told) -> None:
    corrections = {told.finished.checked.files[each.file].name: each.to_correct for each in told.finished.handed}

    assert corrections == {"Anna.csv": 1, "Bernd.csv": 1, "Cora.csv": 0}


def test_without_the_right_to_read_a_row_that_repeats_another_is_as_little_done(
    office: Office, api: Running, kit: type[Kit]
) -> None:
    crm(api, kit)
    api.put_options({"read_rights": False})
    office.configure(sending={"look": True})
    office.drop_csv("a.csv", [*good(1), *good(1)])

    told = Told.of(office, office.run())

    assert told.head == "2 Zeilen gelesen: 0 erledigt, 2 brauchen Ihre Hilfe."
    assert "ein Recht" in told.steps


@of(with_a_feedback_that_is_not_set_up)
def test_a_row_that_repeats_the_part_of_another_that_was_done_is_done(told: Told) -> None:
    assert [row["outcome"] for row in told.rows] == ["rejected", "duplicate", "duplicate"]
    assert [[each["code"] for each in row["problems"]] for row in told.rows[1:]] == [["same_as_earlier"], ["same_as_failed"]]
    assert told.head == "3 Zeilen gelesen: 1 erledigt, 2 brauchen Ihre Hilfe."


@of(undone)
def test_an_undo_asks_nobody_to_drop_anything(told: Told) -> None:
    assert [row["outcome"] for row in told.rows].count(Verdict.CONFLICT) == 1
    assert "Eine Zeile ist nicht oder nicht sicher zurückgenommen." in told.steps
    assert "legen Sie" not in told.page.partition('<script type="application/json"')[0]


def without_feedback(office: Office, api: Running) -> Finished:
    state = api.state()
    for contact in state["appointments"][0]["contacts"]:
        contact["feedback"] = None
    api.put_state(state)
    office.drop_csv("a.csv", [(70_001, 90_001, "gecancelt", "aktiv"), (70_001, 90_002, None, "aktiv"), *good()[4:6]])
    return office.run()


@of(without_feedback)
def test_only_a_row_that_asks_for_something_else_besides_is_told_to_leave_the_cell_of_its_feedback_blank(told: Told) -> None:
    blank, gone = "keine Rückmeldung, lassen Sie die Zelle leer.", "keine Rückmeldung, löschen Sie die Zeile."
    assert told.finished.results is not None
    books = [told.finished.results / "Ergebnis.xlsx", *(each.correction for each in told.finished.handed if each.correction)]
    rows = [
        {str(row[cell]) for cell in range(len(row))}
        for book in books
        for row in load_workbook(book).worksheets[-1 if book.name == "Ergebnis.xlsx" else 0].iter_rows(values_only=True)
    ]
    for address, step in (("90001", blank), ("90002", gone)):
        mine = [row for row in rows if address in row and "70001" in row]
        assert len(mine) == len(books)
        assert all(any(cell.endswith(step) for cell in row) for row in mine)
    groups = [group for _, group in told.groups("problem")]
    assert sorted(step in group for group in groups for step in (blank, gone)) == [False, False, True, True]
    assert blank in told.mails[0]
    assert gone in told.mails[0]


def test_a_row_hears_nothing_of_a_confirmation_that_only_another_row_asks_for(
    office: Office, api: Running, kit: type[Kit]
) -> None:
    crm(api, kit)
    state = api.state()
    state["appointments"][0]["contacts"][0]["feedback"] = None
    api.put_state(state)
    office.drop_csv("Dora.csv", [(70_001, 90_001, "gesendet", None)])
    office.drop_csv("Emil.csv", [(70_001, 90_001, None, "aktiv")])

    told = Told.of(office, office.run())

    assert [row["outcome"] for row in told.rows] == ["updated", "rejected"]
    assert [problem["code"] for problem in told.rows[1]["problems"]] == ["feedback_not_set_up"]
    for everywhere in (told.page, told.terminal, told.marked(), *told.mails):
        assert "die Bestätigung ist gesetzt" not in everywhere
    assert "löschen Sie die Zeile" in told.mails[0]


@of(without_feedback)
def test_a_confirmation_that_was_set_is_told_as_changed_although_the_feedback_of_its_row_is_not_set_up(
    told: Told, office: Office
) -> None:
    half, plain, *_ = told.rows
    assert (half["outcome"], half["verified"], half["problems"][0]["code"]) == ("rejected", True, "only_feedback_missing")
    assert (plain["outcome"], plain["verified"], plain["problems"][0]["code"]) == ("rejected", True, "feedback_not_set_up")
    said = "Die Rückmeldung ließ sich deshalb nicht setzen; die Bestätigung ist gesetzt."
    assert said in told.page
    assert said in told.terminal
    assert said in told.marked()
    assert "die Bestätigung ist gesetzt" not in plain["problems"][0]["message"]
    changes = re.findall(r"Was sich geändert hat.*?</details>", told.page, re.DOTALL)[0]
    assert "(3 Zeilen)" in changes
    assert "Bestätigung: nicht gesetzt → gecancelt<" in changes
    assert "aktiv" not in changes
    target = run.undo_target(config.load(office.config), "last")
    assert [change.link for change in target.changes] == [(70_001, 90_001), (70_002, 90_001), (70_002, 90_002)]
    assert told.finished.results is not None
    undo_file = load_workbook(told.finished.results / "Rückgängig.xlsx").worksheets[0]
    assert [row[:2] for row in undo_file.iter_rows(min_row=2, values_only=True)] == [
        tuple(map(str, change.link)) for change in target.changes
    ]
    shown = office.command("undo", "last", "--yes").stdout.decode()
    assert "3 Verknüpfungen werden zurückgesetzt" in shown
    assert "Alle 3 Zeilen" in shown
