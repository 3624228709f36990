"""Addresses hold secrets: in the configuration they are refused, and not repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync import config
from sync.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("english")


def mistake(folder: Path, text: str) -> str:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        config.load(path)
    (line,) = caught.value.mistakes
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize(("section", "key"), [("notify", "staff_env"), ("notify", "installer_env"), ("heartbeat", "ping_env")])
def test_an_address_where_a_name_should_be_is_refused_with_a_hint(tmp_path: Path, section: str, key: str) -> None:
    line = mistake(tmp_path, f'[{section}]\n{key} = "mailto://user:geheim@example.org"\n')

    assert line.startswith(f"at {section}.{key}: should be the name of an environment variable")
    assert "never stands in this file" in line
    assert "geheim" not in line


@pytest.mark.parametrize("text", ['[notify]\nurl = "json://geheim"', '[heartbeat]\nping = "https://geheim"'])
def test_a_key_of_ones_own_for_an_address_is_refused_with_the_same_hint(tmp_path: Path, text: str) -> None:
    line = mistake(tmp_path, text)

    assert "unknown key" in line
    assert "Addresses hold secrets and never stand in this file" in line
    assert "geheim" not in line


def test_a_time_to_tell_that_is_none_is_refused(tmp_path: Path) -> None:
    assert mistake(tmp_path, '[notify]\nstaff_when = "sometimes"').startswith("at notify.staff_when: ")
