"""A wrong configuration: every mistake at once, each with its path, exit 2, and never a secret in what is said."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from sync import config, credentials
from sync.cli import app as cli
from sync.config import Config
from sync.errors import ConfigurationError
from sync.i18n import Language, speaking
from sync.setup import doctor
from sync.setup.doctor.finding import Level, step
from sync.system.process import owner_of

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("english")

HIDDEN = "5eca3f0b1d2c4e6f8a7b9c0d1e2f3a4b"


def mistakes(folder: Path, text: str) -> list[str]:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        config.load(path)
    assert all(mistake.startswith(f"{path}: ") for mistake in caught.value.mistakes)
    return [mistake.removeprefix(f"{path}: ") for mistake in caught.value.mistakes]


def test_a_folder_that_is_another_one_is_told_beside_other_mistakes(tmp_path: Path) -> None:
    text = """
        office = 7
        [folders]
        drop = "results"
        results = "results"
        archiv = "results"
        settle_seconds = -1
        [worklist]
        folder = "results/lists"
        on = "daily"
        day = 3
        """

    said = mistakes(tmp_path, text)

    assert [line.removeprefix("at ").partition(":")[0] for line in said] == [
        *("office", "folders.settle_seconds", "folders.archiv", "worklist.day", "folders.drop", "worklist.folder")
    ]
    assert "folders.results" in said[-2]


def test_a_folder_of_which_a_mistyped_key_may_have_spoken_is_not_judged(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, '[folders]\ndrop = "archive"\narchiv = "done"\n')
    assert said.startswith("at folders.archiv: ")

    (said,) = mistakes(tmp_path, '[folders]\ndorp = "new"\nresults = "drop"\n')
    assert said.startswith("at folders.dorp: ")


def test_all_mistakes_are_listed_at_once_each_with_its_path(tmp_path: Path) -> None:
    text = """
        offices = "Nord"
        [folders]
        drop = ""
        settle_seconds = -1
        [onoffice]
        url = "http://api.onoffice.de/api/stable/api.php"
        [columns]
        adress_id = ["Nummer"]
        [words]
        aktiv = "an"
        [sending]
        request_per_minute = 30
        attempts = "4"
        look = "yes"
        modify_verb = "delete"
        deadline = "6 Uhr"
        [rules]
        on_conflict = "first"
        allow_delete = 1
        max_invalid_share = 5.0
        [report]
        language = "fr"
        """

    said = mistakes(tmp_path, text)

    assert [line.removeprefix("at ").partition(":")[0] for line in said] == [
        "onoffice.url", "folders.drop", "folders.settle_seconds", "columns", "words.aktiv", "sending.attempts",
        "sending.deadline", "sending.look", "sending.modify_verb", "sending.request_per_minute", "rules.on_conflict",
        "rules.allow_delete", "rules.max_invalid_share", "report.language", "offices",
    ]  # fmt: skip


SETTINGS = [
    (section, name, field.default)
    for section, holds in Config.model_fields.items()
    if isinstance(holds.default, BaseModel)
    for name, field in type(holds.default).model_fields.items()
]


@pytest.mark.parametrize(("section", "name", "default"), SETTINGS)
def test_no_number_passes_for_yes_or_no_and_no_yes_or_no_for_a_number_or_a_text(
    tmp_path: Path, section: str, name: str, default: object
) -> None:
    numbers = () if isinstance(default, int | float) and not isinstance(default, bool) else ("0", "1", "0.0", "1.0")
    words = () if isinstance(default, bool) or name in {"look", "names"} else ("true", "false")

    for given in (*numbers, *words):
        (said,) = mistakes(tmp_path, f"[{section}]\n{name} = {given}")
        assert said.startswith(f"at {section}.{name}: "), given


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[sending]\nrequest_per_minute = 1", 'at sending.request_per_minute: unknown key. Did you mean "requests_per_minute"?'),
        ("[folder]\ndrop = 'x'", 'at folder: unknown key. Did you mean "folders"?'),
        ("[sending]\nzzz = 1", "at sending.zzz: unknown key"),
        ("base = 'x'", "at base: unknown key"),
        ("[sending]\nattempts = '4'", "at sending.attempts: input should be a valid integer (it is '4')"),
        ("[sending]\nlook = 1", 'at sending.look: should be "auto", true or false (it is 1)'),
        ("[sending]\nlook = 'yes'", 'at sending.look: should be "auto", true or false (it is \'yes\')'),
        ("sending = 4", "at sending: should be a section of its own, with its name in square brackets above it (it is 4)"),
        ("[sending]\nread_timeout = nan", "at sending.read_timeout: input should be a finite number (it is nan)"),
        ("[limits]\nseconds_per_file = 1_000_000", "less than or equal to 86400"),
        ("[columns]\nadress_id = ['x']", "at columns: does not know 'adress_id'; there is appointment_id, address_id, "),
        ("[columns]\naddress_id = ['KdNr']", "at columns: address_id: 'KdNr' is a customer number"),
        ("[columns]\naddress_id = ['Nr']\nappointment_id = ['nr.']", "at columns: appointment_id: 'nr.' is already a name of"),
        ("[words]\nbestaetigt = ['ok']", "at words: does not know 'bestaetigt'; there is bestätigt, gesendet, "),
        ("[words]\n'bestätigt' = ['gesendet']", 'at words: "gesendet" cannot stand for two words'),
        ('[folders]\ndrop = "a\\u0000b"', "at folders.drop: cannot be a folder"),
        ("[folders]\ndrop = '~nobody-of-that-name/drop'", "at folders.drop: cannot be a folder"),
        ("drop =", "Invalid value (at end of document)"),
        ("[sending]\nrounds = 1\nrounds = 2", "Cannot overwrite a value"),
        ("x = " + "[" * 5_000, "is nested too deeply"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_a_way_out(tmp_path: Path, text: str, expected: str) -> None:
    (said,) = mistakes(tmp_path, text)

    assert expected in said


def test_several_wrong_header_names_are_all_told(tmp_path: Path) -> None:
    said = mistakes(tmp_path, "[columns]\naddress_id = ['KdNr', '!', 'Termin-ID']")

    assert len(said) == 3


@pytest.mark.parametrize("other", ["appointment_id = 3", "adress_id = ['Nummer']"])
def test_a_wrong_header_name_is_told_beside_another_mistake_in_the_same_section(tmp_path: Path, other: str) -> None:
    said = mistakes(tmp_path, f"[columns]\naddress_id = ['KdNr']\n{other}")

    assert len(said) == 2
    assert any("'KdNr' is a customer number" in each for each in said)


def test_a_word_in_two_lists_is_told_beside_another_mistake_in_the_same_section(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, "[words]\ngesendet = ['ok']\ngecancelt = ['ok']\naktiv = 'an'")) == 2


@pytest.mark.parametrize("text", ["[sending]\nmax_changes = 5", "max_changes = 5"])
def test_a_key_in_the_wrong_section_is_told_with_the_right_one(tmp_path: Path, text: str) -> None:
    (said,) = mistakes(tmp_path, text)

    assert 'Did you mean "rules.max_changes"?' in said


@pytest.mark.parametrize(
    ("section", "given", "meant"),
    [
        ("sending", "a", None),
        ("sending", "on", "worklist.on"),
        ("sending", "send", None),
        ("sending", "patience", None),
        ("rules", "max", None),
        ("folders", "dorp", "drop"),
        ("folders", "Drop", "drop"),
        ("folders", "drop_folder", "drop"),
        ("folders", "settle-secnds", "settle_seconds"),
        ("onoffice", "ulr", "url"),
        ("onoffice", "zone", "timezone"),
        ("sending", "requests", "requests_per_minute"),
        ("sending", "per_minute", "requests_per_minute"),
        ("sending", "timeout", "read_timeout"),
        ("sending", "days", "worklist.days"),
        ("notify", "staff", "staff_env"),
    ],
)
def test_a_key_is_suggested_only_where_it_is_near_or_one_is_a_part_of_the_other(
    tmp_path: Path, section: str, given: str, meant: str | None
) -> None:
    (said,) = mistakes(tmp_path, f"[{section}]\n{given} = 1")

    assert (f'Did you mean "{meant}"?' in said) == (meant is not None)
    assert ("Did you mean" in said) == (meant is not None)


@pytest.mark.parametrize("given", ["bases", "o", "repotr"])
def test_at_the_top_only_what_may_stand_there_is_suggested(tmp_path: Path, given: str) -> None:
    (said,) = mistakes(tmp_path, f"[{given}]\nx = 1")

    assert ('Did you mean "report"?' in said, "Did you mean" in said) == (given == "repotr", given == "repotr")


def test_single_backslashes_in_double_quotes_are_explained(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, '[folders]\ndrop = "C:\\Users\\office\\drop"')

    assert "line 2" in said
    assert r"single quotes: drop = 'C:\Users\office\drop'" in said


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("office = 'a'\noffice = 'b'", "stands there twice"),
        ("[rules]\n[rules]", "stands there twice"),
        ('office = "a\n[rules]', "closing quotation mark"),
        ("office = 'a\n[rules]", "closing quotation mark"),
        ("office = Nord", "stands in quotation marks"),
        ("[rules]\nallow_delete = ja\n[folders]\nshown_as = 'S:\\x'", "yes and no are true and false"),
    ],
)
def test_what_people_most_often_get_wrong_in_toml_is_told_in_words_of_theirs(tmp_path: Path, text: str, hint: str) -> None:
    (said,) = mistakes(tmp_path, text)

    assert hint in said
    assert "backslash" not in said


def test_windows_paths_in_single_quotes_stand_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[folders]\nshown_as = 'S:\\Abgleich\\results'", encoding="utf-8")

    assert config.load(tmp_path / "config.toml").folders.shown_as == r"S:\Abgleich\results"


@pytest.mark.skipif(os.name != "posix", reason="a path of Windows is at home there")
@pytest.mark.parametrize("name", [r"S:\Abgleich", "C:/Abgleich/drop", r"\\server\abgleich", r"sub\drop"])
def test_a_path_of_windows_is_a_mistake_elsewhere(tmp_path: Path, name: str) -> None:
    (said,) = mistakes(tmp_path, f"[folders]\nresults = '{name}'")

    assert "at folders.results: is a path of Windows, and this machine does not run Windows" in said
    assert "folders.shown_as" in said


@pytest.mark.parametrize(
    ("name", "foreign"),
    [("/srv/drop", True), ("//server/drop", False), (r"\\server\drop", False), ("C:/drop", False), ("drop", False)],
)
def test_a_path_of_another_system_is_a_mistake_on_windows(name: str, foreign: bool) -> None:
    assert config.is_foreign(name, windows=True) is foreign


@pytest.mark.parametrize("seen", ["results", "S:", "server\\results", "\\\\", "\\\\server", "\\\\server\\", "\\\\server\\a\nb"])
def test_a_path_that_leads_nowhere_from_a_desk_is_a_mistake(tmp_path: Path, seen: str) -> None:
    (said,) = mistakes(tmp_path, f"[folders]\nshown_as = {json.dumps(seen)}")

    assert "at folders.shown_as: should be a whole path as people see it" in said


@pytest.mark.parametrize(
    ("shown_as", "seen"),
    [
        ("", "{results}/2026-12-01/a b.xlsx"),
        (r"\\server\abgleich\results", r"\\server\abgleich\results\2026-12-01\a b.xlsx"),
        ("S:\\", r"S:\2026-12-01\a b.xlsx"),
        ("/Volumes/abgleich/", "/Volumes/abgleich/2026-12-01/a b.xlsx"),
        ("https://cloud.example/f", "https://cloud.example/f/2026-12-01/a b.xlsx"),
        ("https://cloud.example/files?dir=/results", "2026-12-01/a b.xlsx"),
    ],
)
def test_what_lies_among_the_results_is_shown_as_people_reach_it(tmp_path: Path, shown_as: str, seen: str) -> None:
    (tmp_path / "config.toml").write_text(f"[folders]\nshown_as = '{shown_as}'", encoding="utf-8")
    office = config.load(tmp_path / "config.toml")
    results = office.folder("results")

    assert office.seen(results / "2026-12-01" / "a b.xlsx") == seen.format(results=results.as_posix())
    assert office.seen(tmp_path / "elsewhere") == str(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("shown_as", "reached"),
    [
        (r"\\server\abgleich\results", r"\\server\abgleich\refused"),
        ("S:\\Results\\", r"S:\refused"),
        ("/Volumes/abgleich/results", "/Volumes/abgleich/refused"),
        ("smb://server/abgleich/results", "smb://server/abgleich/refused"),
        *(
            (unsure, "")
            for unsure in ("", "S:\\", r"\\server\results", r"\\server\abgleich", "/Volumes/results", "smb://server/results")
        ),
    ],
)
def test_where_refused_files_are_reached_is_said_only_where_it_is_sure(tmp_path: Path, shown_as: str, reached: str) -> None:
    (tmp_path / "config.toml").write_text(f"[folders]\nshown_as = '{shown_as}'", encoding="utf-8")
    office = config.load(tmp_path / "config.toml")

    assert office.refused_seen == reached


@pytest.mark.parametrize(
    "text",
    [
        f'[onoffice]\ntoken = "{HIDDEN}"',
        f'[onoffice]\napi_secret = "{HIDDEN}"',
        f'[onoffice]\nToken = "{HIDDEN}"',
        f'secret = "{HIDDEN}"',
        f'[sending]\npassword = "{HIDDEN}"',
        f'[onoffice]\ntoken_env = "{HIDDEN}"',
        f'[onoffice]\nsecret_env = "{HIDDEN}"',
        f'[onoffice]\nurl = "https://{HIDDEN}@api.onoffice.de/"',
        f'[onoffice]\nurl = "http://api.onoffice.de/?token={HIDDEN}"',
        f'onoffice = "{HIDDEN}"',
        f'[onoffice]\nurl = "https://x"\ntoken = "{HIDDEN}',
        f'[onoffice]\nzzz = "{HIDDEN}"',
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    said = mistakes(tmp_path, text)

    assert HIDDEN not in "\n".join(said)


def test_a_token_in_the_file_comes_back_with_where_it_belongs(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, f'[onoffice]\ntoken = "{HIDDEN}"')

    assert said.startswith("at onoffice.token: token and secret never stand in this file; put them into the environment")


def test_what_notepad_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'\xef\xbb\xbfoffice = "M\xc3\xbcnchen"\r\n[sending]\r\nrounds = 2\r\n')

    assert config.load(path) == Config(office="München", sending=config.Sending(rounds=2), base=tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_file_that_is_not_utf_8_is_told_so(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('office = "München"'.encode(encoding))

    with pytest.raises(ConfigurationError, match="is not UTF-8; save it with the encoding UTF-8"):
        config.load(path)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path, what in ((tmp_path / "nowhere.toml", "cannot be read"), (tmp_path, "is a folder; this command is for one office")):
        with pytest.raises(ConfigurationError, match=what):
            config.load(path)


def test_missing_credentials_are_told_both_at_once_with_where_to_put_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "_from_keyring", lambda _name: "")
    monkeypatch.setattr(credentials, "keyring_is_there", lambda: True)

    with pytest.raises(ConfigurationError) as caught:
        credentials.token_and_secret(Config(base=tmp_path), {"ONOFFICE_TOKEN": "  "})

    assert len(caught.value.mistakes) == 2
    assert all("set the environment variable" in mistake and "keyring set" in mistake for mistake in caught.value.mistakes)


def test_where_the_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    named = {"ONOFFICE_SYNC_CONFIG": "named.toml"}

    assert config.find(Path("given.toml"), named) == Path("given.toml")
    assert config.find(None, named) == Path("named.toml")
    (tmp_path / "config.toml").touch()
    assert config.find(None, named) == Path("config.toml")


def test_who_may_not_read_the_configuration_is_told_as_whom_the_job_works_and_not_to_write_a_new_one(
    tmp_path: Path, close: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").touch()
    close(tmp_path)
    monkeypatch.setattr("sync.config.owner_of", lambda _: "abgleich")
    monkeypatch.setattr("sync.config._content", lambda path: path.stat())

    with pytest.raises(ConfigurationError) as caught:
        config.load(tmp_path / "config.toml")
    (finding,) = doctor.examine(tmp_path / "config.toml").findings[1:]
    assert str(caught.value).endswith("sudo -u abgleich")
    assert (finding.level, "init" in step(finding)) == (Level.PROBLEM, False)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such owners")
def test_whose_the_configuration_is_the_folder_tells_where_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    shutil.chown(tmp_path, "nobody")
    assert owner_of(tmp_path / "closed" / "config.toml") == "nobody"
    shutil.chown(tmp_path, 0)
    assert owner_of(tmp_path) == ""


def test_a_configuration_that_nobody_names_is_found_in_the_users_place_then_in_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = [tmp_path / "user" / "config.toml", tmp_path / "system" / "config.toml"]
    monkeypatch.setattr(config, "usual_places", lambda: tuple(places))

    with pytest.raises(ConfigurationError) as caught:
        config.find(None, {})
    assert all(str(place) in str(caught.value) for place in places)
    assert str(caught.value).startswith("There is no configuration: ")
    with speaking(Language.DE):
        assert str(caught.value).startswith("Es gibt keine Konfiguration: ")
    for place in reversed(places):
        place.parent.mkdir()
        place.touch()
        assert config.find(None, {}) == place


@pytest.mark.skipif(os.name != "posix", reason="the places of Linux")
def test_the_usual_places_are_those_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/jo/.config")

    assert config.usual_places()[-1] == Path("/etc/onoffice-sync/config.toml")
    if sys.platform == "linux":
        assert config.usual_places()[0] == Path("/home/jo/.config/onoffice-sync/config.toml")


def test_folders_are_relative_to_the_file_wherever_the_job_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = tmp_path / "office"
    office.mkdir()
    (office / "config.toml").write_text("[folders]\ndrop = 'in'\nstate = '../state'", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    loaded = config.load(Path("office/config.toml"))
    monkeypatch.chdir("/")

    assert loaded.folder("drop") == office / "in"
    assert loaded.folder("state") == tmp_path / "state"


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (
            "drop = 'results/'",
            ["at folders.drop: is the same folder as folders.results; give each a folder of its own (it is 'results/')"],
        ),
        (
            "drop = 'x/../one'\narchive = 'one'\nrefused = 'one'\nstate = 'one'",
            [
                f"at folders.drop: is the same folder as folders.{name}; give each a folder of its own (it is 'x/../one')"
                for name in ("archive", "refused", "state")
            ],
        ),
        (
            "drop = 'state/deep/drop'",
            [
                (
                    "at folders.drop: lies within folders.state, 'state', which is closed to staff; "
                    "name a folder outside of it (it is 'state/deep/drop')"
                )
            ],
        ),
        *(
            (
                f"drop = '{drop}'\narchive = 'x'",
                [
                    (
                        "at folders.drop: holds this configuration itself, with the credentials beside it, and the job would "
                        f"take them as dropped files; name a folder of its own (it is '{drop}')"
                    )
                ],
            )
            for drop in (".", "..", "drop/../")
        ),
        ("archive = 'drop/archive'\nrefused = 'results/refused'\nstate = 'drop/state'", []),
    ],
)
def test_a_drop_folder_that_the_job_writes_to_or_that_staff_cannot_reach_is_a_mistake_beside_all_others(
    tmp_path: Path, folders: str, expected: list[str]
) -> None:
    said = mistakes(tmp_path, f"[folders]\n{folders}\n[sending]\nrounds = 0")

    assert said[0].startswith("at sending.rounds: ")
    assert said[1:] == expected


@pytest.mark.skipif(os.name != "posix", reason="Windows makes links for administrators only")
def test_a_link_to_the_results_is_no_other_folder(tmp_path: Path) -> None:
    (tmp_path / "drop").symlink_to("results")

    (said,) = mistakes(tmp_path, "office = 'Nord'")
    assert said.startswith("at folders.drop: is the same folder as folders.results; ")


@pytest.mark.parametrize("command", [["run"], ["run", "--dry-run"], ["doctor"]])
@pytest.mark.parametrize("drop", ["results", "state/drop"])
def test_where_the_folders_do_not_go_together_every_command_leaves_with_2_and_touches_nothing(
    command: list[str], drop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("ONOFFICE_TOKEN", HIDDEN)
    monkeypatch.setenv("ONOFFICE_SECRET", HIDDEN)
    Path("config.toml").write_text(f"[folders]\ndrop = '{drop}'\n[onoffice]\nurl = 'http://127.0.0.1:9/'", encoding="utf-8")

    with pytest.raises(SystemExit) as left:
        cli.main(command)

    assert left.value.code == 2
    assert "at folders.drop: " in "".join(capfd.readouterr())
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("command", [["run"], ["run", "--dry-run", "--json"], ["check", "sheet.csv"]])
def test_every_command_leaves_with_2_and_says_all_on_the_error_output(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text("[sending]\nrounds = 0\nattempt = 1", encoding="utf-8")
    Path("sheet.csv").touch()

    with pytest.raises(SystemExit) as left:
        cli.main(command)

    said = capfd.readouterr()
    assert (left.value.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "sheet.csv"]


def test_the_example_is_a_configuration_to_start_with(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "config.example.toml", tmp_path / "config.toml")

    assert config.load(tmp_path / "config.toml") == Config(base=tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"[limits]\ncells = 1{'0' * 5000}", "holds a number of thousands of digits"),
        ("#" * 1_000_001, "is larger than any configuration; is it another file?"),
    ],
)
def test_a_configuration_that_is_none_is_told_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    assert mistakes(tmp_path, text) == [said]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("name", ["pipe", "/dev/zero"])
def test_a_pipe_or_a_device_is_no_configuration_and_holds_nobody(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match="is no plain file"):
        config.load(tmp_path / name)
