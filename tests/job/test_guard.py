"""Whatever happens to one file after it has been read is that file's fate: all others, and the run's own outputs, come about."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

import openpyxl
import pytest

from sync.errors import ReportError
from sync.report.excel import copies as writing
from sync.report.excel import returned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sync.domain.model import Loaded
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

#: What may happen in the process that marks files: an expression.
FAILURES: Final = {
    "raises": "int('Eva Meyer')",
    "out of memory": "bytearray(10**11)",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "ends without a word": "os._exit(0)",
    "name too long": f"(_ for _ in ()).throw(OSError({errno.ENAMETOOLONG}, 'long'))",
    "too many open files": f"(_ for _ in ()).throw(OSError({errno.EMFILE}, 'open'))",
    "fills the disk": f"(_ for _ in ()).throw(OSError({errno.ENOSPC}, 'full'))",
    "says nonsense": "os.write(3, b'nonsense' * 100)",
}
QUICK: Final = ("raises", "killed", "fills the disk")
CHILD: Final = """
import os, signal
from sync.report.excel import copies as orders_child
write = orders_child.{step}
def dies(order, target):
    if order.name.startswith("b."):
        odd = {how}
        return odd if isinstance(odd, list) else write(order, target)
    return write(order, target)
orders_child.{step} = dies
if __name__ == "__main__":
    orders_child.serve(orders_child.answer)
"""


@pytest.fixture
def three(office: Office, api: Running, kit: type[Kit]) -> Office:
    """Three files of four rows, one of which has a row to correct."""
    world = kit.plain_world(12)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows[:4])
    office.drop_csv("b.csv", [*world.rows[4:8], ("x", 1, "gesendet", "aktiv")])
    office.drop_csv("c.csv", world.rows[8:])
    return office


def failing(call: Callable[..., object], error: Exception, *, when: Callable[..., bool]) -> Callable[..., object]:
    def fail(*arguments: object, **named: object) -> object:
        if when(*arguments):
            raise error
        return call(*arguments, **named)

    return fail


def copies(office: Office) -> list[str]:
    return sorted(path.name.split(" ")[1] for path in (office.folder / "results").glob("*Zeilen erledigt.xlsx"))


def page(office: Office) -> str:
    (path,) = (office.folder / "results").glob("*/report.html")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Has the process that writes about files do something else, at a step, where it comes to `b.csv` or `b.xlsx`."""

    def dies(step: str, how: str) -> None:
        (tmp_path / "dying_child.py").write_text(CHILD.format(step=step, how=how), "utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(returned, "_MODULE", "dying_child")

    return dies


@pytest.mark.parametrize("how", [how if how in QUICK else pytest.param(how, marks=pytest.mark.long) for how in FAILURES])
def test_a_file_that_cannot_be_marked_is_told_and_costs_no_other_one(
    three: Office, dying: Callable[..., None], caplog: pytest.LogCaptureFixture, *, how: str
) -> None:
    dying("marked", FAILURES[how])

    assert three.run().exit_code == 3

    assert copies(three) == ["a.csv", "c.csv"]
    assert len(list((three.folder / "results").glob("*b.csv - 1 Zeile zu korrigieren.xlsx"))) == 1
    assert "ließ sich nicht markieren" in page(three)
    assert three.reports()[0]["summary"]["updated"] == 12
    assert three.places() == {"archive": ["a.csv", "b.csv", "c.csv"]}
    assert "b.csv could not be marked" in caplog.messages
    assert how != "raises" or ("ValueError" in caplog.text and "Eva Meyer" not in caplog.text)


def test_a_correction_file_that_cannot_be_written_costs_that_one_only(three: Office, dying: Callable[..., None]) -> None:
    dying("correction", FAILURES["raises"])

    assert three.run().exit_code == 3

    assert copies(three) == ["a.csv", "b.csv", "c.csv"]
    assert "keine Korrekturdatei" in page(three)


@pytest.mark.long
def test_a_workbook_of_very_many_sheets_gets_all_its_files(three: Office) -> None:
    book = openpyxl.Workbook()
    for _ in range(90):
        sheet = book.create_sheet()
        sheet.append(["Termin-ID", "Adress-ID", "Terminbestätigung"])
        sheet.append(["x", 1, "gesendet"])
    book.save(three.drop / "d.xlsx")

    assert three.run().exit_code == 3

    assert sorted(path.name.partition(" - ")[2] for path in (three.folder / "results").glob("*d.xlsx*")) == [
        "90 Zeilen zu korrigieren.xlsx",
        "keine von 90 Zeilen erledigt.xlsx",
    ]


@pytest.mark.parametrize(("how", "told"), [("raises", "nicht direkt markieren"), ("out of memory", "ist zu groß")])
def test_the_copy_of_a_workbook_on_which_marking_dies_is_a_new_one(
    office: Office, api: Running, kit: type[Kit], dying: Callable[..., None], *, how: str, told: str
) -> None:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    office.drop_workbook("b.xlsx", world.rows)
    dying("marked", f"order.source is None or ({FAILURES[how]})")

    assert office.run().exit_code == 0

    assert copies(office) == ["b.xlsx"]
    assert told in page(office)


@pytest.mark.parametrize("said", ["'<script>alert(1)</script>'", "[]"])
def test_what_the_process_says_is_believed_only_as_far_as_it_can_be(
    three: Office, dying: Callable[..., None], *, said: str
) -> None:
    dying("marked", f"[{said}]")

    assert three.run().exit_code == 3

    assert "<script>alert" not in page(three)
    assert copies(three) == ["a.csv", "c.csv"]


def test_a_disk_that_fails_while_a_file_is_marked_ends_the_run_and_nothing_is_lost(
    three: Office, dying: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context():
        dying("marked", f"(_ for _ in ()).throw(OSError({errno.EIO}, 'disk'))")
        with pytest.raises(ReportError, match="es ist nichts verloren, der nächste Abgleich macht weiter"):
            three.run()
    monkeypatch.setattr(returned, "_MODULE", "sync.report.excel.copies")

    assert three.run().exit_code == 3
    assert three.places() == {"archive": ["a.csv", "b.csv", "c.csv"]}


@pytest.mark.parametrize("name", ["excel.results.write_workbook", "page.write_report_page", "page.write_index"])
def test_a_result_that_cannot_be_written_costs_no_other_one(
    three: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, name: str
) -> None:
    monkeypatch.setattr(f"sync.report.{name}", failing(int, ValueError(), when=lambda *_: True))

    assert three.run().exit_code == 3

    results = three.folder / "results"
    there = {path.name for path in [*results.glob("*/*"), *results.glob("*.html")]}
    lost = {"excel.results": "Ergebnis.xlsx", "page.write_r": "report.html", "page.write_i": "index.html"}
    assert there == {"report.json", "report.html", "Ergebnis.xlsx", "Rückgängig.xlsx", "index.html"} - {
        file for start, file in lost.items() if name.startswith(start)
    }
    assert three.places() == {"archive": ["a.csv", "b.csv", "c.csv"]}
    assert "ValueError" in caplog.text
    if "write_workbook" in name:
        assert "„Ergebnis.xlsx“ ließ sich nicht schreiben" in page(three)


def test_an_undo_file_that_cannot_be_written_is_told_and_costs_no_other_result(
    three: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_write", failing(int, ValueError(), when=lambda *_: True))

    finished = three.run()

    assert finished.exit_code == 3
    (report_,) = three.reports()
    assert [
        (notice["code"], f"onoffice-sync undo {finished.info.id} nimmt ihn" in notice["message"])
        for notice in report_["run"]["notices"]
    ] == [("no_undo_file", True)]
    assert "zum Zurücknehmen dieses Abgleichs" in page(three)
    assert three.places() == {"archive": ["a.csv", "b.csv", "c.csv"]}


def test_a_file_whose_rows_cannot_be_judged_is_refused_and_costs_no_other_one(
    three: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sync.rows import validate  # noqa: PLC0415 - as `check` does

    def names_b(loaded: Sequence[Loaded], *_: object) -> bool:
        return any(file.name == "b.csv" and file.readable for file in loaded)

    monkeypatch.setattr(validate, "validate", failing(validate.validate, RecursionError(), when=names_b))

    assert three.run().exit_code == 3

    (report_,) = three.reports()
    assert [(file["file"], file["readable"]) for file in report_["files"]] == [("a.csv", True), ("b.csv", False), ("c.csv", True)]
    assert "an ihnen gescheitert" in report_["files"][1]["reason"]
    assert report_["summary"]["updated"] == 8
    assert three.places() == {"archive": ["a.csv", "c.csv"], "refused": ["b.csv"]}
    assert "RecursionError" in caplog.text


def test_what_goes_wrong_with_all_files_together_is_no_files_fault(three: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from sync.rows import validate  # noqa: PLC0415 - as `check` does

    several = failing(validate.validate, ZeroDivisionError(), when=lambda loaded, *_: len(loaded) > 1)
    monkeypatch.setattr(validate, "validate", several)

    with pytest.raises(ZeroDivisionError):
        three.run()
