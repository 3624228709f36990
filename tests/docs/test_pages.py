"""What the pages for people promise is what the program does."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from sync.config import Config, Heartbeat, LogSettings, Notify
from sync.domain.model import WARNINGS, Code, Confirmation, Feedback, Reason, Verdict, Why
from sync.dropfolder.files import is_ignored
from sync.i18n.texts import _STRANGERS, next_step, reason_parts, verdict_meaning, verdict_word
from sync.notify import delivery
from sync.report.page.document import kind_title

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCS: Final = Path(__file__).parents[2] / "docs"


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def kinds(codes: Iterable[Code]) -> str:
    return "".join(line(kind_title(code), next_step(code)) for code in codes)


STRANGERS: Final = [Reason(Why.NOT_A_TABLE, name) for name in {kind: name for name, kind in _STRANGERS.items()}.values()]
#: The tables of the German page about verdicts, as the texts of the program have them.
TABLES: Final = {
    "verdicts": "".join(
        line(f"**{verdict_word(verdict)}**", verdict_meaning(verdict), next_step(verdict)) for verdict in Verdict
    ),
    "reasons": kinds(code for code in Code if code not in WARNINGS and code is not Code.STOPPED),
    "hints": kinds(code for code in Code if code in WARNINGS),
    "files": "".join(line(*reason_parts(reason)) for reason in (*map(Reason, Why), *STRANGERS)),
}


@pytest.mark.parametrize("name", TABLES)
def test_staff_can_read_what_every_verdict_and_every_reason_means_and_what_to_do(name: str) -> None:
    """`RENEW_GOLDEN=1` writes the table anew."""
    page = DOCS / "verdicts.de.md"
    text = page.read_text(encoding="utf-8")
    table = re.compile(rf"(<!-- table: {name} -->\n.+\n\| ---.+\n)((?:\| .+\n)+)")
    if os.environ.get("RENEW_GOLDEN"):
        text = table.sub(lambda found: found[1] + TABLES[name], text)
        page.write_text(text, encoding="utf-8", newline="\n")

    found = table.search(text)
    assert found is not None
    assert found[2] == TABLES[name]


def test_names_that_the_page_for_staff_calls_unread_are_never_read_and_the_one_it_proposes_is() -> None:
    section = re.search(r"\*\*Meine Datei liegt noch.+?\n\n", (DOCS / "verdicts.de.md").read_text(encoding="utf-8"), re.DOTALL)
    assert section is not None
    *unread, proposed = re.findall("`([^`]+)`", section[0])

    assert [sign for sign in unread if not is_ignored(sign + "Termine.xlsx" if sign == "~$" else "Termine" + sign)] == []
    assert unread
    assert is_ignored(".Termine.xlsx")
    assert not is_ignored(proposed)


def test_every_address_in_the_page_about_notifications_is_one_that_apprise_understands() -> None:
    text = (DOCS / "notifications.md").read_text(encoding="utf-8")
    addresses = re.findall(r"`([a-z]+://[^`]+)`", text) + re.findall(r"='(mailtos://[^']+)'", text)

    assert len(addresses) == 9
    assert [address for address in addresses if not delivery.understood(address)] == []


@pytest.mark.parametrize("section", [Notify, Heartbeat, LogSettings])
def test_the_page_about_notifications_names_every_key(section: type[Config]) -> None:
    text = (DOCS / "notifications.md").read_text(encoding="utf-8")

    assert [
        name for name in section.model_fields if f"`{section.__name__.lower().removesuffix('settings')}.{name}`" not in text
    ] == []


def test_the_sheet_to_pin_up_names_exactly_the_allowed_words() -> None:
    text = (DOCS / "aushang" / "aushang.template.html").read_text(encoding="utf-8")
    first = text.partition("Bitte so")[0]

    assert set(re.findall(r"<tr><td>([^<]+)</td>", first)) == {*Confirmation, *Feedback}


def test_the_sheet_to_pin_up_is_made_of_its_template_and_asks_nothing_of_the_network() -> None:
    page = (DOCS / "aushang" / "aushang.html").read_text(encoding="utf-8")
    template = (DOCS / "aushang" / "aushang.template.html").read_text(encoding="utf-8")

    assert re.sub("data:image/png;base64,[A-Za-z0-9+/=]+", "TABELLE", page) == template
    assert "://" not in page


def test_the_sheet_to_pin_up_is_one_page() -> None:
    pdf = (DOCS / "aushang" / "aushang.pdf").read_bytes()

    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


def test_the_recipe_for_samba_shows_the_share_that_is_installed() -> None:
    text = (DOCS / "shares.md").read_text(encoding="utf-8")

    assert f"```ini\n{(DOCS / 'samples' / 'smb.conf').read_text(encoding='utf-8')}```" in text


@pytest.mark.parametrize("page", ["install-linux.md", "shares.md"])
def test_no_command_of_the_pages_that_are_followed_word_for_word_is_longer_than_a_line(page: str) -> None:
    blocks = re.findall(r"<!-- command: .+? -->\n```sh\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)

    assert blocks
    assert [line for block in blocks for line in block.splitlines() if len(line) > 130 or line.endswith("\\")] == []


@pytest.mark.skipif(os.name != "posix", reason="a shell types these blocks")
@pytest.mark.parametrize(("page", "block"), [("install-linux.md", "remove"), ("uninstall.md", "remove-own")])
def test_a_removal_that_is_pasted_whole_stops_where_a_start_stays_that_only_the_program_could_take_away(
    page: str, block: str, tmp_path: Path
) -> None:
    own, typed = tmp_path / ".venv" / "bin", tmp_path / "typed"
    own.mkdir(parents=True)
    for program in (own / "sudo", own / "rm", own / "userdel", own / "onoffice-sync"):
        program.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >> "{typed}"\ncase "$*" in *--remove) exit 1; esac\n')
        program.chmod(0o755)
    (text,) = re.findall(rf"<!-- command: {block} -->\n```sh\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    environment = {"PATH": f"{own}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["/bin/sh"], input=text, cwd=tmp_path, env=environment, encoding="utf-8", check=False)

    only = typed.read_text(encoding="utf-8")
    assert only.endswith("--remove\n")
    assert only.count("\n") == 1
