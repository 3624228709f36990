"""What is odd about the server or the clock is told once a run, wherever people read about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office


@pytest.mark.parametrize(
    ("options", "code", "german", "english"),
    [
        ({"noise": "warning_before"}, "noise", "Um die Antworten von onOffice stand etwas", "Something stood around"),
        ({"clock_offset_s": 7200}, "clock", "Die Uhr dieses Rechners weicht", "The clock of this computer is off"),
    ],
)
def test_it_stands_in_the_report_the_workbook_the_page_and_on_the_screen(  # noqa: PLR0917
    office: Office, api: Running, kit: type[Kit], options: dict[str, Any], code: str, german: str, english: str
) -> None:
    world = kit.plain_world(8)
    api.put_state(world.seed)
    api.put_options(options)
    for language, said, name in (("de", german, "Ergebnis.xlsx"), ("en", english, "Results.xlsx")):
        office.configure(report={"language": language})
        office.drop_csv("a.csv", world.rows)
        done = office.command("run").stdout.decode()
        report = office.reports()[-1]
        folder = office.folder / "results" / report["run"]["id"]

        assert said in done
        assert [notice["code"] for notice in report["run"]["notices"]] == [code]
        assert said in report["run"]["notices"][0]["message"]
        assert (folder / "report.html").read_text(encoding="utf-8").count(said) == 1
        sheet = load_workbook(folder / name).worksheets[0]
        assert sum(said in str(cell.value) for cells in sheet for cell in cells) == 1


def test_where_nothing_is_odd_nothing_is_told(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    office.run()

    assert office.reports()[-1]["run"]["notices"] == []
