"""Where token and secret come from: environment, systemd, keyring, `credentials.env`, in this order."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync import credentials
from sync.config import Config
from sync.credentials import Source
from sync.errors import ConfigurationError, SyncError
from sync.setup import init

pytestmark = pytest.mark.usefixtures("english")

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes and pipes of POSIX")
WRITTEN = "# our own\nexport ONOFFICE_TOKEN='t$HOME#1'\nONOFFICE_SECRET = \"s e\"\r\nOTHER=x\n"


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring of the test's own."""
    kept: dict[str, str] = {}
    monkeypatch.setattr(credentials, "_from_keyring", lambda name: kept.get(name, ""))
    monkeypatch.setattr(credentials, "keyring_is_there", lambda: True)
    return kept


@pytest.fixture
def office(tmp_path: Path) -> Config:
    """An office whose token and secret stand in `credentials.env`."""
    config = Config(base=tmp_path)
    put(config, WRITTEN.encode())
    return config


def put(config: Config, text: bytes, mode: int = 0o600) -> None:
    """Write the file of credentials."""
    path = credentials.file_of(config)
    path.write_bytes(text)
    path.chmod(mode)


def test_the_file_beside_the_configuration_is_read_as_systemd_and_a_shell_read_it(office: Config) -> None:
    assert credentials.token_and_secret(office, {}) == ("t$HOME#1", "s e")


@given(st.one_of(st.text(), st.from_regex(r"[!-~]+", fullmatch=True)))
@example("\\")
@example(r"a\\b\n\"")
@example("#1")
def test_whatever_init_writes_is_read_as_it_was_given(tmp_path_factory: pytest.TempPathFactory, token: str) -> None:
    config = Config(base=tmp_path_factory.getbasetemp() / "any")
    credentials.file_of(config).unlink(missing_ok=True)
    try:
        init.store_in_file(credentials.file_of(config), {"ONOFFICE_TOKEN": token, "ONOFFICE_SECRET": "s"})
    except SyncError:
        assert not re.fullmatch(r"[!-&(-~]+", token)
        return
    assert credentials.token_and_secret(config, {}) == (token, "s")
    assert shown_by_a_shell(credentials.file_of(config)) in {token, None}


def shown_by_a_shell(file: Path) -> str | None:
    """What a shell reads there, None where there is none."""
    if os.name != "posix":
        return None
    shell = ["sh", "-c", '. "$1" && printf %s "$ONOFFICE_TOKEN"', "sh", file]
    return subprocess.run(shell, check=True, capture_output=True, text=True).stdout


def test_the_environment_wins_over_systemd_over_the_keyring_over_the_file(office: Config, keyring: dict[str, str]) -> None:
    name, folder = "ONOFFICE_TOKEN", office.base / "systemd"
    assert credentials.found(office, name, {}) == ("t$HOME#1", Source.FILE)
    keyring[name] = "kept"
    assert credentials.found(office, name, {}) == ("kept", Source.KEYRING)
    folder.mkdir()
    (folder / name).write_text("loaded\n")
    environment = {"CREDENTIALS_DIRECTORY": str(folder)}
    assert credentials.found(office, name, environment) == ("loaded", Source.SYSTEMD)
    assert credentials.found(office, name, environment | {name: " set "}) == ("set", Source.ENVIRONMENT)
    assert credentials.found(office, "ONOFFICE_SECRET", environment) == ("s e", Source.FILE)
    (folder / name).unlink()
    (folder / credentials.FILE).write_text(f"{name}='all in one'\n")
    assert credentials.found(office, name, environment) == ("all in one", Source.SYSTEMD)


@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_of_a_file_that_others_may_read_it_is_said_alone_that_it_is_not_read_and_what_to_do(office: Config, mode: int) -> None:
    credentials.file_of(office).chmod(mode)

    with pytest.raises(ConfigurationError) as caught:
        credentials.token_and_secret(office, {})

    (told,) = caught.value.mistakes
    assert told.endswith(
        f"is open to other users and is therefore not read; close it with: chmod 600 {credentials.file_of(office)}"
    )


def test_a_file_in_another_encoding_is_told(office: Config) -> None:
    put(office, "ONOFFICE_TOKEN=abc".encode("utf-16"))

    assert "is not read (not UTF-8)" in str(credentials.trouble_with_file(office)[0])
    with pytest.raises(ConfigurationError, match="not UTF-8") as caught:
        credentials.token_and_secret(office, {})
    assert len(caught.value.mistakes) == 1


@POSIX
def test_a_line_that_is_none_is_told_with_its_number_and_the_others_are_read(
    office: Config, caplog: pytest.LogCaptureFixture
) -> None:
    file = office.base / credentials.FILE
    file.write_text("ONOFFICE_TOKEN='t'\n# from the letter\nONOFFICE_SECRET 's'\nthe secret: s\n", encoding="utf-8")
    file.chmod(0o600)

    with pytest.raises(ConfigurationError) as told:
        credentials.token_and_secret(office, {})

    wrong, missing = told.value.mistakes
    assert f"{file}: line 3, 4 cannot be understood" in str(wrong)
    assert "no secret" in str(missing)
    assert caplog.text == ""


def test_a_pipe_in_its_place_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    config = Config(base=tmp_path)
    os.mkfifo(credentials.file_of(config), 0o600)

    assert credentials.value_of(config, "ONOFFICE_TOKEN", {}) == ""
    assert "no plain file" in str(credentials.trouble_with_file(config)[0])


def test_windows_notepads_mark_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    config = Config(base=tmp_path)
    put(config, b"\xef\xbb\xbf\r\n\r\nONOFFICE_TOKEN=abc\r\nONOFFICE_SECRET=\r\n")

    assert credentials.found(config, "ONOFFICE_TOKEN", {}) == ("abc", Source.FILE)
    assert credentials.found(config, "ONOFFICE_SECRET", {}) == ("", None)


def test_what_is_nowhere_is_told_with_every_place_for_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        credentials.token_and_secret(Config(base=tmp_path), {})

    assert len(caught.value.mistakes) == 2
    assert all(str(tmp_path / "credentials.env") in line and "keyring set" in line for line in caught.value.mistakes)


def test_no_command_for_the_keyring_is_proposed_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "keyring_is_there", lambda: False)

    with pytest.raises(ConfigurationError) as caught:
        credentials.token_and_secret(Config(base=tmp_path), {})

    assert all(line.endswith("credentials.env") for line in map(str, caught.value.mistakes))


def test_the_command_for_the_keyring_can_be_pasted_as_it_stands(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        credentials.token_and_secret(Config(base=tmp_path), {})

    command = str(caught.value.mistakes[0]).partition(" with: ")[2]
    program = "".join(shlex.split(command.removesuffix(" set onoffice-sync ONOFFICE_TOKEN"), posix=os.name == "posix"))
    assert Path(program.strip('"')).parent == Path(sys.executable).parent
    assert shutil.which(program.strip('"'))
