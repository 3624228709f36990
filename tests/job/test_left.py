"""What stays in the drop folder is told, to programs too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no such links without a right to")
def test_report_json_tells_what_was_left_unread_and_why(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(1)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    (office.drop / "Verknüpfung.csv").symlink_to(office.config)

    office.run()

    (left,) = office.reports()[-1]["run"]["left"]
    assert (left["file"], left["code"]) == ("Verknüpfung.csv", "not_a_file")
    assert left["message"].startswith("Verknüpfung.csv: ")
