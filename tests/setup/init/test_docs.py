"""What the pages for installers promise: commands, options, links and headings that are there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import pytest
from typer.main import get_command

from sync.cli import app as cli
from sync.setup import init
from sync.setup.schedule import slug

DOCS: Final = Path(__file__).parents[3] / "docs"
PAGES: Final = [
    "first-night.md",
    "shares.md",
    "install-linux.md",
    "install-windows.md",
    "onoffice-rights.md",
    "operating.md",
    "security.md",
    "undo.md",
    "uninstall.md",
    "worklist.md",
]


def called(text: str) -> list[tuple[str, list[str]]]:
    """Every `onoffice-sync COMMAND` of a page, with the options given to it on the same line."""
    # -u: a user of this name
    found = re.findall(r"(?<!-u )(?<!keyring set )\bonoffice-sync ([a-z]+)\b([^`\n]*)", text)
    return [(command, re.findall(r"(?<= )--[a-z-]+", rest)) for command, rest in found]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_of_a_page_is_there(page: str) -> None:
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]  # a group

    for command, options in called((DOCS / page).read_text(encoding="utf-8")):
        assert command in commands, (page, command)
        known = {name for parameter in commands[command].params for name in parameter.opts}
        assert set(options) <= known, (page, command)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_heading_leads_to_one(page: str) -> None:
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", (DOCS / page).read_text(encoding="utf-8")):
        text = (DOCS / (target or page)).read_text(encoding="utf-8")
        anchors = {
            re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-")
            for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }
        assert heading in anchors, (page, target, heading)


@pytest.mark.skipif(os.name != "posix", reason="Windows has other paths")
def test_the_folders_that_are_made_on_linux_are_those_that_init_proposes() -> None:
    text = (DOCS / "install-linux.md").read_text(encoding="utf-8")
    made = {place for line in re.findall(r"install -d -m \d+ -o \S+ -g \S+ (.+)$", text, re.MULTILINE) for place in line.split()}
    drop, state = init.usual_places(Path("/etc/onoffice-sync"))

    assert made == {
        drop,
        *(init.beside(drop, name) for name in ("results", "archive", "refused", "worklists")),
        state,
        "/etc/onoffice-sync",
    }


def test_the_pages_call_the_units_and_the_task_as_schedule_does() -> None:
    called_so = f"onoffice-sync-{slug('Musterhaus')}"

    for page, found in [("install-windows.md", r"/TN (\S+)"), ("install-linux.md", r"(?:start|stop|-u) (onoffice-sync[^. ]*)\.")]:
        names = re.findall(found, (DOCS / page).read_text(encoding="utf-8"))
        assert set(names) == {called_so}, page


@pytest.mark.parametrize("page", PAGES)
def test_no_command_of_a_page_names_the_configuration_that_it_finds_by_itself(page: str) -> None:
    usual = ["/etc/onoffice-sync/config.toml", r"C:\ProgramData\onoffice-sync\config.toml"]
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if " init " not in line and any(f"--config {place}" in line for place in usual)] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_stands_in_a_block_of_powershell_is_none_of_the_old_shell(page: str) -> None:
    blocks = re.findall(r"^```powershell\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

    assert re.findall(r"^(?:rmdir|del|copy|xcopy|set|rd) .*", "".join(blocks), re.MULTILINE) == []
