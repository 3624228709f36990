"""Whatever happens to one file after it has been read is that file's fate: all others, and the run's own outputs, come about."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

import pytest

from sync.errors import ReportError
from sync.report import handed, undo_file
from sync.report.marked import Marker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.model import Loaded
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

FAILURES: Final = (ValueError("odd"), MemoryError(), RecursionError(), OSError(errno.ENAMETOOLONG, "long"), PermissionError())


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


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_file_that_cannot_be_marked_is_told_and_costs_no_other_one(
    three: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, error: Exception
) -> None:
    of_b = failing(Marker.write, error, when=lambda _, file, *__: file == 1)
    monkeypatch.setattr(Marker, "write", of_b)

    assert three.run().exit_code == 3

    assert copies(three) == ["a.csv", "c.csv"]
    assert len(list((three.folder / "results").glob("*b.csv - 1 Zeile zu korrigieren.xlsx"))) == 1
    assert "ließ sich nicht markieren" in page(three)
    assert three.reports()[0]["summary"]["updated"] == 12
    assert three.places() == {"archive": ["a.csv", "b.csv", "c.csv"]}
    (told,) = [record for record in caplog.records if record.exc_info]
    assert "b.csv" in told.getMessage()


def test_a_correction_file_that_cannot_be_written_costs_that_one_only(three: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed, "write_correction", failing(int, ValueError(), when=lambda *_: True))

    assert three.run().exit_code == 3

    assert copies(three) == ["a.csv", "b.csv", "c.csv"]
    assert "keine Korrekturdatei" in page(three)


@pytest.mark.parametrize("name", ["workbook.write_workbook", "page.write_report_page", "page.write_index"])
def test_a_result_that_cannot_be_written_costs_no_other_one(
    three: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, name: str
) -> None:
    monkeypatch.setattr(f"sync.report.{name}", failing(int, ValueError(), when=lambda *_: True))

    assert three.run().exit_code == 3

    results = three.folder / "results"
    there = {path.name for path in [*results.glob("*/*"), *results.glob("*.html")]}
    lost = {"workbook": "Ergebnis.xlsx", "page.write_r": "report.html", "page.write_i": "index.html"}
    assert there == {"report.json", "report.html", "Ergebnis.xlsx", "Rückgängig.xlsx", "index.html"} - {
        file for start, file in lost.items() if name.startswith(start)
    }
    assert three.places() == {"archive": ["a.csv", "b.csv", "c.csv"]}
    assert any(record.exc_info for record in caplog.records)
    if "workbook" in name:
        assert "„Ergebnis.xlsx“ ließ sich nicht schreiben" in page(three)


def test_an_undo_file_that_cannot_be_written_costs_no_other_result(three: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_file, "_write", failing(int, ValueError(), when=lambda *_: True))

    assert three.run().exit_code == 3

    assert len(three.reports()) == 1
    assert three.places() == {"archive": ["a.csv", "b.csv", "c.csv"]}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_fails_while_a_file_is_marked_ends_the_run_and_nothing_is_lost(
    three: Office, monkeypatch: pytest.MonkeyPatch, *, number: int
) -> None:
    monkeypatch.setattr(Marker, "write", failing(int, OSError(number, os.strerror(number)), when=lambda *_: True))
    with pytest.raises(ReportError, match="nothing is lost, the next run carries on"):
        three.run()
    monkeypatch.undo()

    assert three.run().exit_code == 3
    assert three.places() == {"archive": ["a.csv", "b.csv", "c.csv"]}


def test_a_file_whose_rows_cannot_be_judged_is_refused_and_costs_no_other_one(
    three: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sync import validator  # noqa: PLC0415 - as `check` does

    def names_b(loaded: Sequence[Loaded], *_: object) -> bool:
        return any(file.name == "b.csv" and file.readable for file in loaded)

    monkeypatch.setattr(validator, "validate", failing(validator.validate, RecursionError(), when=names_b))

    assert three.run().exit_code == 3

    (report_,) = three.reports()
    assert [(file["file"], file["readable"]) for file in report_["files"]] == [("a.csv", True), ("b.csv", False), ("c.csv", True)]
    assert "an ihnen gescheitert" in report_["files"][1]["reason"]
    assert report_["summary"]["updated"] == 8
    assert three.places() == {"archive": ["a.csv", "c.csv"], "refused": ["b.csv"]}
    assert any(record.exc_info for record in caplog.records)


def test_what_goes_wrong_with_all_files_together_is_no_files_fault(three: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from sync import validator  # noqa: PLC0415 - as `check` does

    several = failing(validator.validate, ZeroDivisionError(), when=lambda loaded, *_: len(loaded) > 1)
    monkeypatch.setattr(validator, "validate", several)

    with pytest.raises(ZeroDivisionError):
        three.run()
