"""The configuration decides on the language of every sentence, else the system; the log is English whatever they say."""

from __future__ import annotations

import json
import os
import re
import sys
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from sync import config, credentials, log
from sync.cli import app
from sync.config import Config
from sync.errors import ConfigurationError, LedgerError
from sync.i18n import (
    _NAMED,
    DOMAIN,
    LOCALES,
    Language,
    LazyText,
    _with_office,
    name_in_commands,
    plural,
    speaking,
    system_language,
    text,
    worded_in,
)
from tests import forked

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
TO_SAY = {
    "nothing there": (["run"], "Es gibt keine Konfiguration", "There is no configuration"),
    "a wrong option": (["run", "--foo"], "Fehler: Die Option --foo gibt es nicht.", "Error: No such option: --foo"),
    "a wrong number": (["run", "--jobs", "x"], "Es muss eine ganze Zahl sein.", "valid integer"),
    "a wrong choice": (
        ["schedule", "at"],
        "„at“ ist keines von systemd, cron, windows.",
        "'at' is not one of systemd, cron, windows.",
    ),
    "a mistyped option": (
        ["run", "--acept"],
        "Gemeint war vielleicht: --accept\n",
        "No such option: --acept. Did you mean --accept?",
    ),
    "no argument": (["show"], "Das Argument RUN fehlt.", "Missing argument 'RUN'."),
    "options that exclude each other": (["schedule", "--install", "--remove"], "passen nicht zusammen", "do not go together"),
    "help": (["run", "--help"], "Nachsehen und planen", "Look and plan, show old -> new"),
    "help about help": (["--help"], "Diese Hilfe zeigen.", "Show this message and exit."),
    "an end of the input": (["init"], "Abgebrochen.", "Aborted!"),
}


def said(folder: Path, arguments: list[str], **environment: str) -> str:
    """What the program says, in a process of its own, on a system that is set like this."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "ONOFFICE"))}
    settings = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}
    ran = forked.command(arguments, folder, clean | settings | environment)
    return (ran.stdout + ran.stderr).decode()


@pytest.mark.parametrize("system", ["de_DE.UTF-8", "en_US.UTF-8"])
def test_on_a_usual_screen_the_help_says_of_every_command_in_a_whole_sentence_what_it_does(tmp_path: Path, system: str) -> None:
    _, _, commands = said(tmp_path, ["--help"], LC_ALL=system, COLUMNS="80").rpartition(":\n")

    lines = commands.strip().splitlines()
    assert len(lines) == len(app.app.registered_commands)
    assert [line for line in lines if line.endswith("...") or not line.endswith(".")] == []


@pytest.mark.parametrize("columns", ["60", "80", "100"])
def test_what_holds_where_nothing_is_given_is_told_in_the_language_of_the_page_wherever_a_line_ends(
    tmp_path: Path, columns: str
) -> None:
    page = said(tmp_path, ["schedule", "--help"], LANG="de_DE.UTF-8", COLUMNS=columns)

    assert "[Standard:" in page
    assert "[default" not in page


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "de"),
        ({"LANG": "C.UTF-8"}, "de"),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8", "LANGUAGE": "en"}, "de"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_AT.UTF-8@euro"}, "de"),
        ({"LC_MESSAGES": "en_GB", "LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_ALL": "de_DE.UTF-8", "LC_MESSAGES": "en_GB", "LANG": "en_GB"}, "de"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "fr_CH.UTF-8", "LANGUAGE": "fr:de:en"}, "de"),
    ],
)
def test_the_language_of_the_system_is_found_as_gettext_finds_it(environment: Mapping[str, str], expected: str) -> None:
    assert system_language(environment, lambda: "") == expected


@pytest.mark.parametrize(("menus", "expected"), [("de_DE", "de"), ("en_US", "en"), ("fr_FR", "en"), ("", "de")])
def test_windows_speaks_the_language_of_its_menus_unless_a_variable_names_another(menus: str, expected: str) -> None:
    assert system_language({}, lambda: menus) == expected
    assert system_language({"LC_ALL": "en_GB"}, lambda: menus) == "en"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has its menus and no such variables")
@pytest.mark.parametrize("what", TO_SAY)
def test_without_a_configuration_the_system_decides(tmp_path: Path, what: str) -> None:
    arguments, german, english = TO_SAY[what]

    assert german in said(tmp_path, arguments, LC_ALL="de_DE.UTF-8")
    assert english in said(tmp_path, arguments, LC_ALL="en_GB.UTF-8")


@pytest.mark.skipif(sys.platform == "win32", reason="forks nothing")
def test_tests_see_no_configuration_that_is_installed_on_this_machine(tmp_path: Path) -> None:
    installed = tmp_path / "home" / "onoffice-sync" / "config.toml"
    installed.parent.mkdir(parents=True)
    installed.write_text("zzz = 1", encoding="utf-8")

    told = said(tmp_path, ["run"], LC_ALL="de_DE.UTF-8", HOME=str(tmp_path), XDG_CONFIG_HOME=str(installed.parents[1]))

    assert "Es gibt keine Konfiguration" in told


@pytest.mark.parametrize(("language", "expected"), [("de", "Diesen Schlüssel gibt es nicht"), ("en", "unknown key")])
def test_even_a_configuration_with_mistakes_decides_on_their_language(tmp_path: Path, language: str, expected: str) -> None:
    (tmp_path / "config.toml").write_text(f'zzz = 1\n[report]\nlanguage = "{language}"\npage = 3\n', encoding="utf-8")

    for command in (["run"], ["doctor"], ["schedule"], ["check", "config.toml"]):
        told = said(tmp_path, command, LC_ALL="en_GB" if language == "de" else "de_DE")
        assert expected in told, command
        assert ("Konfiguration" in told) == (language == "de" and command == ["doctor"])


def test_what_no_configuration_says_the_language_of_is_in_that_of_the_system(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for content in ("x = ", '[report]\nlanguage = "fr"', "[report]\nlanguage = 1", "report = 1"):
        path.write_text(content, encoding="utf-8")
        for language, expected in ((Language.DE, " bei | gültiges "), (Language.EN, " at | (at ")):
            with pytest.raises(ConfigurationError) as caught:
                config.load(path)
            with speaking(language):
                assert any(word in str(caught.value) for word in expected.split("|")), (content, language)


def test_everything_that_pydantic_says_of_a_configuration_has_words_in_german(tmp_path: Path) -> None:
    wrong = ["1", "-1", "1.5", "1e12", "-1e12", "nan", "true", "'x'", "''", "[]", "[1]", "{}", "{a=1}", "2026-12-01", "{a=[3]}"]
    keys = [f"{section}.{name}" for section, names in sections().items() for name in names] + [*sections()]
    mistakes: list[str] = []
    for key in keys:
        for value in wrong:
            (tmp_path / "config.toml").write_text(f"{key} = {value}\n", encoding="utf-8")
            try:
                config.load(tmp_path / "config.toml")
            except ConfigurationError as error:
                mistakes += [mistake.partition("config.toml: ")[2] for mistake in error.mistakes]

    assert len(mistakes) > 500
    assert [mistake for mistake in mistakes if "nput" in mistake or "hould" in mistake or not mistake.startswith("bei ")] == []


def sections() -> dict[str, list[str]]:
    """The sections of a configuration with their keys."""
    return {
        name: [*getattr(type(field.default), "model_fields", {})] for name, field in Config.model_fields.items() if name != "base"
    }


def test_an_error_is_worded_where_it_is_read_and_in_english_in_the_log(tmp_path: Path) -> None:
    error = LedgerError(LazyText("ledger.newer", path="x"))

    with log.opened("lines", log.Verbosity.QUIET, log.SecretMasks([])) as opened:
        opened.release(tmp_path)
        log.logging.getLogger("sync.test").error("the run failed: %s", error)
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.log"))

    assert str(error).startswith("Das Gedächtnis x stammt von einer neueren Version")
    assert "the run failed: The ledger x was written by a newer version" in written


def test_a_log_as_json_is_in_english_too() -> None:
    record = log.logging.LogRecord("sync", 40, "", 0, "%s", (LazyText("lock.run_active", path="x"),), None)

    assert json.loads(log._Json(log.SecretMasks([])).format(record))["message"].startswith("Another run of this office")


def test_the_language_of_the_log_wins_over_that_of_a_configuration() -> None:
    error = ConfigurationError([LazyText("option.no_user")], Language.DE)

    with speaking(Language.EN):
        assert str(error).startswith("--as: muss ")
    with worded_in(Language.EN):
        assert str(error).startswith("--as: should be ")


def test_what_is_wrong_with_credentials_is_told_in_the_spoken_language(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        credentials.token_and_secret(Config(base=tmp_path), {})

    assert [mistake[:11] for mistake in caught.value.mistakes] == ["Kein Token:", "Kein Secret"]
    with speaking(Language.EN):
        assert [mistake[:9] for mistake in caught.value.mistakes] == ["no token:", "no secret"]


def test_typer_s_word_for_what_may_not_be_read_is_put_into_the_spoken_language() -> None:
    with speaking(Language.DE):
        said = app._in_words("Invalid value for 'FILE...': path '/a b' is not readable.")

    assert said == "Ungültiger Wert für FILE...: /a b darf dieser Benutzer nicht lesen"


@pytest.mark.skipif(os.name != "posix", reason="Windows asks for no sudo")
def test_a_command_names_the_path_of_the_program_where_its_name_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("office = 'x", encoding="utf-8")
    nowhere, sudo = {"PATH": "/nowhere"}, {"SUDO_USER": "jo", "LOGNAME": "abgleich"}
    program = Path(sys.executable).with_name("onoffice-sync")
    named = f"sudo -u abgleich {program} init --config {tmp_path}/config.toml"

    assert named in " ".join(said(tmp_path, ["doctor"], **nowhere, **sudo, COLUMNS="400").split())
    assert named.replace(str(program), "onoffice-sync") in " ".join(said(tmp_path, ["doctor"], **sudo, COLUMNS="400").split())
    (tmp_path / "empty").mkdir()
    assert f"{program} init" in said(tmp_path / "empty", ["run"], **nowhere)
    assert f"{program} run --help" in said(tmp_path, ["run", "--foo"], **nowhere)


@pytest.mark.skipif(os.name != "posix", reason="Windows asks for no sudo")
@pytest.mark.parametrize("command", ["run", "doctor", "schedule"])
def test_where_there_is_no_configuration_another_user_is_told_to_write_the_systems(tmp_path: Path, command: str) -> None:
    sudo = {"SUDO_USER": "jo", "LOGNAME": "abgleich"}
    told = " ".join(said(tmp_path, [command], **sudo, COLUMNS="1000").split())
    named = "sudo -u abgleich onoffice-sync init --config /etc/onoffice-sync/config.toml"

    assert told.count(named) == told.count(" init") == (2 if command == "doctor" else 1)
    assert " --config /" not in said(tmp_path, [command], COLUMNS="1000")


def test_every_command_that_a_text_names_is_said_for_the_office_at_hand(tmp_path: Path) -> None:
    commands = {command.name or command.callback.__name__ for command in app.app.registered_commands if command.callback}
    with (LOCALES / "de" / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        forms = [form for each in read_po(file) for form in (each.string if isinstance(each.string, tuple) else [each.string])]

    def worded() -> list[str]:
        name_in_commands(tmp_path / "config.toml")
        return [_with_office(form, _NAMED.get()) for form in forms]

    said = " ".join(copy_context().run(worded))
    told = {(word, rest.startswith(" --config ")) for word, rest in re.findall(r"onoffice-sync ([a-z]+)\b(.{0,10})", said)}
    assert {word for word, _ in told} & commands >= {"doctor", "notify"}
    assert {word for word, named in told if word in commands and not named} == {"simulate"}


def test_what_starts_the_job_every_night_is_changed_by_root() -> None:
    def worded() -> list[str]:
        name_in_commands(None, "sudo -u abgleich onoffice-sync")
        return [text("notice.no_work_list.next"), plural("message.missed", 1, days="1.", count=1)]

    list_, missed = copy_context().run(worded)
    assert "`sudo -u abgleich onoffice-sync doctor`" in list_
    assert "`sudo onoffice-sync schedule`" in list_
    assert "(sudo onoffice-sync schedule)" in missed
