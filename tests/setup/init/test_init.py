"""`init`: asks until every answer is one, writes nothing before, never replaces a file unasked, and shows no secret."""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
import select
import shutil
import stat
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import pytest
from typer.testing import CliRunner

from sync import config, fleet, simulator
from sync.cli import app as cli
from sync.config import Config
from sync.domain.model import Confirmation, Feedback
from sync.errors import SyncError
from sync.ledger import Ledger
from sync.rows.spellings import Spellings
from sync.setup import init
from sync.system.process import is_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.simulator import Running

ROOT: Final = Path(__file__).parents[3]
TOKEN: Final = "7ab1c0ffee7ab1c0ffee7ab1c0ffee77"
SECRET: Final = "5eca3f" * 10 + "5eca"
SEED: Final = {"appointments": [{"id": 70001, "start": "2099-01-01T09:00:00+01:00", "contacts": []}], "addresses": []}
AS_ROOT = pytest.mark.skipif(not is_root(), reason="only root gives files away")
POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has a keyring and no such file")


class NoKeyring:
    """A system that keeps no secrets."""

    priority = 0.0


@dataclass
class KeptKeyring:
    """A keyring that keeps what it is given, or refuses."""

    priority: float = 5.0
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ONOFFICE_TOKEN", "ONOFFICE_SECRET", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    use(monkeypatch, NoKeyring())
    return tmp_path


@pytest.fixture
def api() -> Iterator[Running]:
    with simulator.running(SEED, token=TOKEN, secret=SECRET) as running:
        yield running


def use(monkeypatch: pytest.MonkeyPatch, backend: object, *, of_root: bool = False) -> None:
    """Give the user a keyring; root's is passed over, and these tests may run as root."""
    import keyring  # noqa: PLC0415 - only here

    if isinstance(backend, KeptKeyring):
        monkeypatch.setattr("sync.cli.setup.is_root", lambda: of_root)
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    for name in ("get_password", "set_password"):
        monkeypatch.setattr(keyring, name, getattr(backend, name, lambda *_: None))


def answered(*answers: str, config: str = "config.toml") -> tuple[int, str]:
    """Give answers one after the other, and an empty one to the last question, which is about the guard."""
    done = CliRunner().invoke(cli.app, ["init", "--config", config], input="\n".join([*answers, ""]) + "\n")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def usual(api: Running, *credentials: str) -> list[str]:
    """The answers of somebody who has only an address of the API and credentials to give."""
    return ["de", "", "", "", "", "", "", api.url, "", *credentials]


@POSIX
@pytest.mark.usefixtures("samples")
def test_with_nothing_but_defaults_the_example_is_written_and_all_is_well(api: Running, here: Path) -> None:
    code, said = answered(*usual(api, "j", TOKEN, SECRET))

    assert code == 0, said
    assert "Probleme: 0." in said
    assert "onOffice nimmt Token und Secret an." in said
    found = {"sending": config.Sending(look=True), "rules": config.Rules(max_changes=200)}
    german = {"drop": "Ablage", "archive": "Archiv", "refused": "abgelehnt", "results": "Ergebnisse"}
    found |= {"worklist": config.WorkLists(folder="Arbeitslisten")}
    found |= {"folders": config.FolderNames(**german), "report": config.ReportSettings(page="Bericht.html")}
    expected = Config(base=here).model_copy(update={"onoffice": config.OnOffice(url=api.url), **found})
    assert config.load(here / "config.toml") == expected
    assert {path.name for path in here.iterdir() if path.is_dir()} == {*german.values(), "state"}


@POSIX
def test_in_a_folder_of_a_group_the_folders_of_staff_are_made_for_that_group(api: Running, here: Path) -> None:
    (here / "offices").mkdir()
    (here / "offices").chmod(0o2770)
    before = os.umask(0o022)
    try:
        code, said = answered(*usual(api, "j", TOKEN, SECRET), config="offices/berlin.toml")
    finally:
        os.umask(before)

    assert code == 0, said
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (here / "offices" / "berlin").iterdir()}
    assert modes == dict.fromkeys(("Ablage", "Archiv", "abgelehnt", "Ergebnisse"), 0o2770) | {"state": 0o2700}


def test_every_answer_comes_to_its_key_and_every_comment_stays(here: Path) -> None:
    answers: dict[str, str | int] = {
        "office": 'Makler "Süd" & Co',
        "onoffice.url": "https://example.org/api.php",
        "folders.shown_as": r"\\server\Ablage",
        "folders.state": "it's here",
        "sending.requests_per_minute": 30,
        "report.language": "en",
    }
    text = init.filled(answers)
    (here / "config.toml").write_text(text, encoding="utf-8")
    office = config.load(here / "config.toml")

    assert (office.office, office.onoffice.url) == ('Makler "Süd" & Co', "https://example.org/api.php")
    assert (office.folders.shown_as, office.folders.state) == (r"\\server\Ablage", "it's here")
    assert (office.sending.requests_per_minute, office.report.language) == (30, "en")
    assert [line for line in text.splitlines() if line.startswith("#")][1:] == [
        line for line in init.example().splitlines() if line.startswith("#")
    ][1:]
    assert "Written by `onoffice-sync init`" in text.splitlines()[0]


@pytest.mark.parametrize(
    ("base", "places"),
    [
        ("/etc/onoffice-sync", ("/srv/onoffice-sync/drop", "/var/lib/onoffice-sync")),
        ("/etc/onoffice-sync/nord", ("/srv/onoffice-sync/nord/drop", "/var/lib/onoffice-sync/nord")),
        ("/etc", ("/srv/onoffice-sync/drop", "/var/lib/onoffice-sync")),
        ("/home/jo", ("drop", "state")),
        ("/etcetera", ("drop", "state")),
    ],
)
@POSIX
def test_no_folder_is_proposed_below_the_folder_of_the_systems_configuration(base: str, places: tuple[str, str]) -> None:
    assert init.usual_places(Path(base)) == places


@pytest.mark.parametrize("drop", ["", "shared/{office}/drop"])
@POSIX
def test_offices_that_are_set_up_side_by_side_share_no_folder_and_no_variable(api: Running, here: Path, drop: str) -> None:
    stems = ["berlin", "hamburg", "2. büro süd"]
    for stem in stems:
        code, said = answered(
            *("de", stem, drop.format(office=stem), *(["j"] if drop else []), "", "", "", "", api.url, ""),
            *("j", TOKEN, SECRET),
            config=f"offices/{stem}.toml",
        )
        assert code == 0, said
    offices = {office.name: office for office in fleet.offices_in(here / "offices")}
    loaded = [config.load(here / "offices" / f"{stem}.toml") for stem in stems]

    assert [offices[stem].mistakes for stem in stems] == [(), (), ()]
    assert [(office.onoffice.token_env, office.onoffice.secret_env) for office in loaded] == [
        ("ONOFFICE_TOKEN", "ONOFFICE_SECRET"),
        ("HAMBURG_TOKEN", "HAMBURG_SECRET"),
        ("OFFICE_2_BUERO_SUED_TOKEN", "OFFICE_2_BUERO_SUED_SECRET"),
    ]
    assert [office.folders.state for office in loaded] == [f"{stem}/state" for stem in stems]
    assert [line.partition("=")[0] for line in (here / "offices/credentials.env").read_text().splitlines()] == [
        name for office in loaded for name in (office.onoffice.token_env, office.onoffice.secret_env)
    ]
    berlin, hamburg = ((here / "offices" / f"{stem}.toml").read_text(encoding="utf-8") for stem in stems[:2])
    assert "ONOFFICE_TOKEN" not in hamburg
    assert "keyring set onoffice-sync HAMBURG_TOKEN.\n# The usual names are taken by another configuration" in hamburg
    assert "Change them when several offices share a machine." in berlin


@POSIX
def test_below_etc_the_state_of_an_office_among_others_lies_in_that_of_no_other_one() -> None:
    base = Path("/etc/onoffice-sync")

    assert init.usual_places(base, "nord") == ("/srv/onoffice-sync/nord/drop", "/var/lib/onoffice-sync-nord")


def test_names_of_variables_that_another_office_has_are_given_to_no_second_one() -> None:
    taken = {"ONOFFICE_SECRET", "NORD_TOKEN", "NORD_2_SECRET"}

    assert init.variables_of_own("nord", set()) == ("ONOFFICE_TOKEN", "ONOFFICE_SECRET")
    assert init.variables_of_own("nord", taken) == ("NORD_3_TOKEN", "NORD_3_SECRET")
    assert init.variables_of_own("", taken) == ("OFFICE_TOKEN", "OFFICE_SECRET")


def test_what_else_lies_there_makes_an_office_no_second_one(api: Running, here: Path) -> None:
    (here / "config.example.toml").write_text(init.example(), encoding="utf-8")
    (here / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    answered(*usual(api, "n"))
    office = config.load(here / "config.toml")

    assert (office.folders.state, office.onoffice.token_env) == ("state", "ONOFFICE_TOKEN")


def test_beside_a_whole_drive_nothing_is_proposed_but_inside_it() -> None:
    assert init.beside("/share/drop", "results") == str(Path("/share/results"))
    assert init.beside("/mnt", "results") == str(Path("/mnt/results"))
    assert init.beside("drop", "results") == "results"


def test_what_staff_use_is_proposed_beside_the_drop_folder_and_refused_files_lie_beside_the_results(
    api: Running, here: Path
) -> None:
    share, own = here / "share", here / "own"
    answered("de", "", str(share / "drop"), "j", "", "", "", "", api.url, "", "n")
    beside = config.load(here / "config.toml").folders
    (here / "config.toml").unlink()
    (share / "drop").mkdir(exist_ok=True)
    answered("de", "", str(share / "drop"), str(own / "results"), "j", "", "", "", api.url, "", "n")
    apart = config.load(here / "config.toml").folders

    assert (beside.results, beside.archive, beside.refused) == tuple(
        str(share / name) for name in ("Ergebnisse", "Archiv", "abgelehnt")
    )
    assert (apart.results, apart.archive, apart.refused) == (str(own / "results"), str(share / "Archiv"), str(own / "abgelehnt"))
    assert beside.state == apart.state == "state"
    assert config.load(here / "config.toml").worklist.folder == str(share / "Arbeitslisten")


@pytest.mark.parametrize("blocked", ["file", "taken"])
def test_refused_files_go_among_the_results_where_they_cannot_lie_beside_them(api: Running, here: Path, blocked: str) -> None:
    if blocked == "file":
        (here / "abgelehnt").touch()
    archive = ["abgelehnt", "j"] if blocked == "taken" else [""]
    code, said = answered("de", "", "", "", "", *archive, "", api.url, "", "n")

    assert config.load(here / "config.toml").folders.refused == str(Path("Ergebnisse", "abgelehnt"))
    assert (code, (here / "Ergebnisse" / "abgelehnt").is_dir()) == (2, True), said


@pytest.mark.parametrize("value", ["a", "ä'\"\\", "\\", "tab\there", "\x7f", "🏠", "'", "a\\'b", "line\nbreak"])
def test_any_text_survives_as_toml(value: str) -> None:
    assert tomllib.loads(init.filled({"office": value}))["office"] == value


def test_a_key_that_the_example_lacks_is_noticed() -> None:
    with pytest.raises(KeyError, match=r"folders\.dorp"):
        init.filled({"folders.dorp": "x"})


def test_the_example_is_packed_with_the_program() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert packed["force-include"]["config.example.toml"] == "sync/_config.example.toml"


def test_a_wrong_answer_is_told_and_the_question_comes_again(api: Running, here: Path) -> None:
    (here / "file").touch()
    code, said = answered(
        *("fr", "de"),  # language
        *("  ", ""),  # office
        "file/drop",
        *("drop", "j"),
        *("drop", "~nobody-of-that-name/x", "results", "j", "server/results", r"\\server\results", "", ""),
        *("http://example.org/", "http://127.0.0.1:9/", "?", "n", api.url),
        *("-1", "many", "0"),  # rate
        "n",  # credentials
        *("few", "40"),  # guard
    )

    assert "Bitte de oder en" in said
    assert "Bitte geben Sie etwas ein." in said
    assert "lässt sich nicht anlegen" in said
    assert "schon für etwas anderes vergeben" in said
    assert "Bitte einen ganzen Pfad" in said
    assert "Die Adresse beginnt mit https://" in said
    assert "Keine brauchbare Antwort von http://127.0.0.1:9/" in said
    assert "Bitte j oder n." in said
    assert said.count("Bitte eine ganze Zahl ab 0.") == 3
    assert code == 2  # no credentials yet
    office = config.load(here / "config.toml")
    assert (office.folders.drop, office.sending.requests_per_minute, office.onoffice.url) == ("drop", 0, api.url)
    assert (office.folders.shown_as, office.rules.max_changes, office.sending.look) == (r"\\server\results", 40, "auto")


@POSIX
def test_a_folder_of_another_system_is_asked_for_again_as_this_machine_sees_it(api: Running, here: Path) -> None:
    answered("de", "", r"S:\Abgleich", r"\\server\abgleich", "drop", "j", "", "", "", "", api.url, "", "n")

    assert config.load(here / "config.toml").folders.drop == "drop"
    assert {path.name for path in here.iterdir() if path.is_dir()} == {"drop", "Archiv", "abgelehnt", "Ergebnisse", "state"}


@POSIX
def test_how_people_reach_the_results_is_promised_as_a_question_only_where_it_still_comes(api: Running) -> None:
    later = "wie Ihre Leute die Ergebnisse erreichen, kommt gleich"
    folders = [r"S:\drop", "", r"S:\results", "", r"\\server\abgleich", r"\\server\abgleich", ""]
    _, said = answered("de", "", *folders, "", api.url, "", "n")
    assert said.count(later) == 2
    assert said.rindex(later) < said.index("Unter welchem Pfad sehen Ihre Leute")
    assert said.count("So heißt ein Ordner auf einem anderen System") == 3


@POSIX
def test_a_path_by_which_nobody_finds_the_results_is_told_at_once_and_taken_only_if_wanted(api: Running, here: Path) -> None:
    (here / "Ablage").mkdir()
    nowhere = ["https://cloud.example.org/f/4711", "n", str(here / "Ablage"), "", "file:///x", "j"]
    _, said = answered("de", "", "", "", *nowhere, "", "", api.url, "", "n")

    assert [said.count(part) for part in ("ein kurzer Link", "ein anderer Ordner", "beginnt mit file:")] == [1, 1, 2]
    assert config.load(here / "config.toml").folders.shown_as == "file:///x"


def test_a_folder_below_one_that_this_user_may_not_look_into_is_asked_for_again(
    api: Running, here: Path, close: Callable[[Path], None]
) -> None:
    (here / "closed").mkdir()
    close(here / "closed")
    answered("de", "", "closed/drop", "drop", "j", "", "", "", "", api.url, "", "n")

    assert config.load(here / "config.toml").folders.drop == "drop"


def test_a_folder_is_made_only_where_that_is_wanted_unless_it_is_the_proposed_one(api: Running, here: Path) -> None:
    (here / "Ablage").mkdir()
    code, said = answered("de", "", "Ablaeg", "", "Ablage", "", "", "", "", api.url, "", "n")

    assert code == 2  # no credentials yet
    assert f"was kein ganzer Pfad ist, liegt in {here}." in said.partition("Ablageordner")[0]
    assert said.count("Anlegen?") == 1
    assert f"{here / 'Ablaeg'} gibt es nicht. Anlegen? (j/n) [n]" in said
    assert config.load(here / "config.toml").folders.drop == "Ablage"
    assert not (here / "Ablaeg").exists()


def test_folders_that_are_there_keep_their_names_and_so_does_everything_in_a_configuration(api: Running, here: Path) -> None:
    for name in ("drop", "results"):
        (here / name).mkdir()
    answered(*usual(api, "n"))
    office = config.load(here / "config.toml")
    assert (office.folders.drop, office.folders.results, office.folders.archive) == ("drop", "results", "Archiv")

    (here / "config.toml").write_text(f'[onoffice]\nurl = "{api.url}"\n', encoding="utf-8")
    answered("2", "de", *usual(api, "n")[1:])
    kept = config.load(here / "config.toml")
    assert (kept.folders, kept.report.page) == (config.FolderNames(), "report.html")


def test_in_english_folders_and_pages_have_english_names(api: Running, here: Path) -> None:
    answered("en", *usual(api, "n")[1:])

    office = config.load(here / "config.toml")
    assert (office.folders, office.report.page) == (config.FolderNames(), "report.html")


def test_one_question_offers_the_words_with_which_offices_answer(api: Running, here: Path) -> None:
    _, said = answered(*usual(api, "n"), "", "j")

    assert "zugesagt, abgesagt, storniert, offen, ja, nein, ok, x" in said
    words = config.load(here / "config.toml").words
    assert words == {word: list(some) for word, some in init.ANSWERS.items()}
    spellings = Spellings(words)
    assert [spellings.read(word, Confirmation).word for word in ("ja", "NEIN", "x")] == ["bestätigt", "gecancelt", "bestätigt"]
    assert [spellings.read(word, Feedback).word for word in ("ja", "nein", "x")] == ["aktiv", "inaktiv", "aktiv"]

    _, again = answered("2", "de", *usual(api, "n")[1:])
    assert "zugesagt" not in again


def test_one_question_lets_sheets_name_customer_numbers_and_the_next_time_proposes_what_holds(api: Running, here: Path) -> None:
    answered(*usual(api, "n"), "", "n", "j")

    assert config.load(here / "config.toml").rules.customer_numbers

    _, again = answered("2", "de", *usual(api, "n")[1:])
    assert "Kundennummern als die Nummern der Datensätze? " in again
    assert config.load(here / "config.toml").rules.customer_numbers


def test_the_office_s_own_words_stay_beside_those_that_are_offered(api: Running, here: Path) -> None:
    own = f'[onoffice]\nurl = "{api.url}"\n[words]\n"bestätigt" = ["fix", "ok"]\n'
    (here / "config.toml").write_text(own, encoding="utf-8")

    answered("2", "de", *usual(api, "n")[1:], "", "j")

    words = config.load(here / "config.toml").words
    assert words["bestätigt"] == ["fix", "ok", "zugesagt", "ja", "x"]
    assert words["nicht gesetzt"] == ["offen"]


@POSIX
def test_the_guard_is_proposed_by_what_the_calendar_shows_and_who_may_look_never_sends_blind(here: Path) -> None:
    day = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    contacts = [{"id": number, "confirmation": "gesendet", "feedback": "inaktiv"} for number in range(90_001, 91_201)]
    seed = {"appointments": [{"id": 70001, "start": day, "contacts": contacts}], "addresses": []}
    with simulator.running(seed, token=TOKEN, secret=SECRET) as api:
        code, said = answered(*usual(api, "j", TOKEN, SECRET))

        office = config.load(here / "config.toml")
        assert (code, office.rules.max_changes, office.sending.look) == (0, 500, True)
        assert "etwa 300 Verknüpfungen je Woche" in said

        (here / "config.toml").unlink()
        (here / "credentials.env").unlink()
        api.put_options({"read_rights": False})
        code, said = answered(*usual(api, "j", TOKEN, SECRET))

    office = config.load(here / "config.toml")
    assert (code, office.rules.max_changes, office.sending.look) == (3, 200, "auto")
    assert "je Woche" not in said


def test_a_state_folder_around_one_that_staff_use_is_asked_for_again(api: Running, here: Path) -> None:
    code, said = answered("de", "", "office/drop", "j", "", "", "", "office", "state", api.url, "", "n")

    assert said.count("der Arbeitsordner ist für sie geschlossen") == 1
    assert code == 2  # no credentials yet
    assert config.load(here / "config.toml").folders.state == "state"


def test_a_drop_folder_in_which_the_configuration_lies_is_asked_for_again(api: Running, here: Path) -> None:
    _, said = answered("de", "", ".", "..", "drop", "j", "", "", "", "", api.url, "", "n")

    assert said.count("In diesem Ordner liegt die Konfiguration selbst") == 2
    assert config.load(here / "config.toml").folders.drop == "drop"


def test_a_state_folder_within_one_that_staff_use_is_taken_only_by_who_wants_it_so(api: Running, here: Path) -> None:
    _, said = answered("de", "", "drop", "j", "", "", "", "drop/state", "n", "drop/state", "j", "j", api.url, "", "n")

    words = " ".join(said.split())  # where a line ends depends on how long the folder's name is
    assert words.count("liegt in einem Ordner, den Ihre Leute benutzen") == 3  # the doctor says so, too
    assert config.load(here / "config.toml").folders.state == "drop/state"


def test_who_names_another_state_folder_is_told_where_the_memory_lies(api: Running, here: Path) -> None:
    first = usual(api, "n")
    answered(*first)
    again = ["2", first[0], *first[1:6], "elsewhere", "j", *first[7:]]
    assert "history, show, undo" not in answered(*again)[1]
    Ledger(here / "elsewhere" / "ledger.sqlite3").close()

    _, said = answered("2", first[0], *first[1:6], "third", "j", *first[7:])

    assert config.load(here / "config.toml").folders.state == "third"
    assert f"liegt noch in {here / 'elsewhere'}. Soll es weiter gelten, verschieben Sie vor dem nächsten Abgleich alles" in said
    assert f"von dort nach {here / 'third'}" in said


def test_an_address_that_does_not_answer_can_be_taken_all_the_same(here: Path) -> None:
    code, said = answered("en", "", "", "", "", "", "", "http://127.0.0.1:9/", "y", "", "n")

    assert "No usable answer" in said
    assert config.load(here / "config.toml").onoffice.url == "http://127.0.0.1:9/"
    assert code == 2


MINE: Final = """# ours since 2024
office = 'mine' # as on the door
[folders]
drop = "ablage"
refused = "nicht-lesbar"
[rules]
# asked for by Ms Graf
max_changes = 77
"""


@pytest.mark.parametrize(("language", "first"), [("en", "already exists"), ("de", "gibt es schon")])
@pytest.mark.parametrize("broken", ["", "offce = 1\n"])
def test_what_is_there_is_said_first_in_the_language_of_the_configuration(
    api: Running, here: Path, language: str, first: str, broken: str
) -> None:
    (here / "config.toml").write_text(f'{broken}[report]\nlanguage = "{language}"\n', encoding="utf-8")

    _, said = answered("y" if broken else "2", "de", *usual(api, "n")[1:])

    assert said.startswith(f"{here / 'config.toml'} {first}")
    assert said.index(first) < said.index("Sprache / Language (de, en)")
    assert config.load(here / "config.toml").report.language == "de"


@pytest.mark.parametrize("choice", ["3", ""])
def test_a_configuration_that_is_there_is_left_alone_unless_something_else_is_wanted(here: Path, choice: str) -> None:
    mine = here / "config.toml"
    mine.write_text(MINE, encoding="utf-8")

    code, said = answered("4", choice)

    assert (code, mine.read_text(encoding="utf-8")) == (0, MINE)
    assert "Bitte 1, 2 oder 3." in said
    assert "Nichts wurde geändert." in said
    assert [path.name for path in here.iterdir()] == ["config.toml"]


@POSIX
def test_a_second_time_proposes_what_holds_and_keeps_comments_and_keys_that_it_does_not_ask_for(api: Running, here: Path) -> None:
    mine = here / "config.toml"
    mine.write_text(MINE, encoding="utf-8")

    code, said = answered("2", "deutsch", "", "", "", "", "", "", api.url, "30", "ja", TOKEN, SECRET)

    assert code == 0, said
    office = config.load(mine)
    assert (office.office, office.folders.drop, office.folders.refused) == ("mine", "ablage", "nicht-lesbar")
    assert (office.rules.max_changes, office.sending.requests_per_minute, office.onoffice.url) == (77, 30, api.url)
    text = mine.read_text(encoding="utf-8")
    assert [line for line in MINE.splitlines() if line not in text.splitlines()] == []
    (copy,) = here.glob("config.toml.*.bak")
    assert copy.read_text(encoding="utf-8") == MINE
    assert f"Die bisherige Konfiguration liegt als {copy} daneben." in said


@POSIX
def test_a_second_time_in_which_nothing_changes_writes_nothing_and_says_so(api: Running, here: Path) -> None:
    answered(*usual(api, "j", TOKEN, SECRET))
    mine = here / "config.toml"
    before = mine.read_bytes(), mine.stat().st_mtime_ns

    code, said = answered("2", "de", *[""] * 10)

    assert code == 0, said
    assert (mine.read_bytes(), mine.stat().st_mtime_ns) == before
    assert list(here.glob("*.bak")) == []
    assert f"{mine} bleibt, wie es ist: Nichts hat sich geändert. Die Prüfung:" in said


def test_a_configuration_that_is_changed_twice_in_one_second_is_kept_twice(here: Path) -> None:
    mine = here / "config.toml"
    copies = []
    for text in ("first", "second"):
        mine.write_text(text, encoding="utf-8")
        copies.append(init.keep_beside(mine, "20261130-092707"))

    assert [copy.read_text(encoding="utf-8") for copy in copies] == ["first", "second"]
    assert set(here.glob("config.toml.*.bak")) == set(copies)


@POSIX
def test_token_and_secret_are_renewed_without_a_question_about_anything_else(api: Running, here: Path) -> None:
    code, said = answered(*usual(api, "j", TOKEN, "wrong" * 12, "j"))
    assert code == 1, said
    assert f"init --config {here}/config.toml" in said
    assert "--dry-run" not in said
    before = (here / "config.toml").read_bytes()
    assert config.load(here / "config.toml").sending.look == "auto"

    code, said = answered("1", "", "", TOKEN, SECRET)

    assert code == 0, said
    assert "onOffice nimmt Token und Secret an." in said
    # what a right secret would have led to in the first place
    assert "Ab jetzt gilt sending.look = true" in said
    looking = (here / "config.toml").read_bytes()
    assert looking == before.replace(b'look = "auto"', b"look = true")
    (copy,) = here.glob("*.bak")
    assert copy.read_bytes() == before

    answered("1", "", "", TOKEN, SECRET)
    assert (here / "config.toml").read_bytes() == looking
    assert list(here.glob("*.bak")) == [copy]


@AS_ROOT
def test_what_root_replaces_stays_whose_it_was_and_the_doctor_is_left_to_that_user(api: Running, here: Path) -> None:
    answered(*usual(api, "j", TOKEN, "wrong" * 12, "j"))
    before = {path.name for path in here.iterdir()}
    for path in (here / "config.toml", here / "credentials.env", here / "state"):
        shutil.chown(path, "nobody", "nogroup")

    code, said = answered("1", "", "", TOKEN, SECRET)

    assert code == 0, said
    assert "sudo -u nobody" in said
    assert "doctor --config" in said.splitlines()[-1]
    (copy,) = here.glob("*.bak")
    for path in (here / "config.toml", here / "credentials.env", copy):
        assert (path.owner(), path.group()) == ("nobody", "nogroup"), path
    assert {path.name for path in here.iterdir()} == before | {copy.name}


@AS_ROOT
def test_an_office_that_root_adds_beside_those_of_another_user_is_that_users(api: Running, here: Path) -> None:
    (here / "berlin.toml").write_text('office = "Berlin"\n', encoding="utf-8")
    shutil.chown(here / "berlin.toml", "nobody", "nogroup")

    answers = ["de", "Köln", *usual(api, "j", TOKEN, SECRET)[2:]]
    _, said = answered(*answers, config="koeln.toml")

    assert "sudo -u nobody" in said
    assert {path.owner() for path in (here / "koeln.toml", here / "credentials.env")} == {"nobody"}


@POSIX
@pytest.mark.parametrize("shell", ["", "nologin"])
def test_whoever_may_not_enter_a_folder_is_told_as_whom_and_where_else_and_never_that_path_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str
) -> None:
    closed, own = config.usual_places()[1], config.usual_places()[0]
    whole = Path.is_dir

    def is_dir(path: Path) -> bool:
        if path == closed:
            raise PermissionError(errno.EACCES, "closed")
        return whole(path)

    monkeypatch.setattr(Path, "is_dir", is_dir)
    monkeypatch.setattr("sync.cli.setup.owner_of", lambda _path: "abgleich")
    monkeypatch.setattr("sync.cli.setup.user_to_name", lambda: shell)

    with pytest.raises(SystemExit) as left:
        cli.main(["init", "--config", str(closed)])

    said = capsys.readouterr().err
    assert left.value.code == 1
    assert "sudo -u abgleich" in said
    assert said.count(str(closed)) == 1
    assert str(own) in said


@POSIX
@pytest.mark.parametrize("name", ["config.toml", "credentials.env"])
def test_a_file_of_another_user_is_told_before_anything_is_asked(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (here / name).write_text("", encoding="utf-8")
    monkeypatch.setattr("sync.cli.setup.owner_of", lambda path: "abgleich" if path.name == name else "")
    monkeypatch.setattr("sync.cli.setup.is_root", lambda: False)

    with pytest.raises(SystemExit) as left:
        cli.main(["init", "--config", "config.toml"])

    assert left.value.code == 1
    said = capsys.readouterr()
    assert "sudo -u abgleich" in said.err
    assert said.out == ""


@POSIX
def test_token_and_secret_that_could_not_be_stored_change_nothing_in_the_configuration(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyring.errors import PasswordSetError  # noqa: PLC0415 - only here

    class Locked(KeptKeyring):
        def set_password(self, *_: str) -> None:
            raise PasswordSetError("it is locked")

    answered(*usual(api, "j", TOKEN, "wrong" * 12, "j"))
    before = (here / "config.toml").read_bytes()
    use(monkeypatch, Locked())
    _, said = answered("1", "j", TOKEN, SECRET)

    assert "Das Ablegen ging nicht: it is locked" in said
    assert (here / "config.toml").read_bytes() == before


@POSIX
def test_one_of_token_and_secret_is_renewed_and_the_other_one_stays(api: Running, here: Path) -> None:
    answered(*usual(api, "j", TOKEN, "wrong" * 12, "j"))
    code, said = answered("1", "", "", "", SECRET)

    assert code == 0, said
    assert "Token (wird nicht angezeigt; Eingabetaste: der bisherige Wert bleibt):" in said
    assert TOKEN not in said
    assert (here / "credentials.env").read_text().splitlines() == [f"ONOFFICE_TOKEN='{TOKEN}'", f"ONOFFICE_SECRET='{SECRET}'"]


@POSIX
def test_whoever_keeps_what_is_there_is_not_told_to_put_it_there(api: Running) -> None:
    answered(*usual(api, "j", TOKEN, SECRET))
    code, said = answered("1", "", "n")

    assert code == 0, said
    assert "ONOFFICE_TOKEN, ONOFFICE_SECRET bleiben, wie sie sind." in said
    assert "später" not in said


@POSIX
@pytest.mark.parametrize(
    ("language", "yes"), [("Deutsch", "j"), ("deutsch", "Ja"), ("DE", "y"), ("de", "yes"), ("English", "y"), ("en", "Yes")]
)
def test_people_answer_in_words_of_their_own(api: Running, here: Path, language: str, yes: str) -> None:
    (here / "credentials.env").write_text("ONOFFICE_TOKEN='old'\n", encoding="utf-8")

    code, said = answered(language, *usual(api)[1:], yes, yes, TOKEN, SECRET)

    assert code == 0, said
    assert (here / "credentials.env").read_text().splitlines() == [f"ONOFFICE_TOKEN='{TOKEN}'", f"ONOFFICE_SECRET='{SECRET}'"]


@POSIX
def test_going_through_the_questions_again_leaves_token_and_secret_alone_unless_they_are_to_be_renewed(
    api: Running, here: Path
) -> None:
    answered(*usual(api, "j", TOKEN, SECRET))

    code, said = answered("2", "de", "Büro Nord", *[""] * 9)

    assert code == 0, said
    assert "Token und Secret sind schon hinterlegt. Erneuern? (j/n) [n]" in said
    assert config.load(here / "config.toml").office == "Büro Nord"


def test_a_configuration_with_mistakes_is_replaced_only_if_that_is_wanted_and_stays_as_a_copy(api: Running, here: Path) -> None:
    mine = here / "config.toml"
    mine.write_text("offce = 'x'\n", encoding="utf-8")

    code, said = answered("n")
    assert (code, mine.read_text()) == (1, "offce = 'x'\n")
    assert "bei offce: Diesen Schlüssel gibt es nicht. Meinten Sie „office“?" in said
    answered("j", "de", *usual(api, "n")[1:])

    assert config.load(mine).office == "onOffice"
    (copy,) = here.glob("config.toml.*.bak")
    assert copy.read_text() == "offce = 'x'\n"


def test_a_folder_in_place_of_a_file_is_told_before_anything_is_asked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "offices").mkdir()
    with pytest.raises(SystemExit) as left:
        cli.main(["init", "--config", "offices"])

    assert left.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Das ist ein Ordner; bitte eine Datei darin nennen" in said.err
    assert str(here / "offices" / "config.toml") in said.err


@pytest.mark.parametrize(
    "answers", [["de"], ["de", "", "", ""], ["de", "", "", "", "", "", "", "http://127.0.0.1:9/", "j", "", "j", "x"]]
)
def test_whoever_leaves_before_the_end_leaves_nothing_behind(here: Path, answers: list[str]) -> None:
    done = CliRunner().invoke(cli.app, ["init"], input="\n".join(answers))

    assert done.exit_code == 1
    assert list(here.iterdir()) == []


@POSIX
def test_whoever_leaves_after_token_and_secret_leaves_them_nowhere(api: Running, here: Path) -> None:
    done = CliRunner().invoke(cli.app, ["init"], input="\n".join(usual(api, "j", TOKEN, SECRET)) + "\n")

    assert "Wie viele Verknüpfungen" in done.output
    assert done.exit_code == 1
    assert list(here.iterdir()) == []


@POSIX
def test_what_the_page_about_removing_deletes_leaves_neither_token_nor_memory_behind(api: Running, here: Path) -> None:
    page = (ROOT / "docs" / "uninstall.md").read_text(encoding="utf-8")
    (removal,) = re.findall(r"^rm .+$", page, re.MULTILINE)
    answered(*usual(api, "j", TOKEN, "wrong" * 12, "j"))
    answered("1", "", "", TOKEN, SECRET)

    subprocess.run(["/bin/sh", "-c", removal], cwd=here, check=True)

    assert {path.name for path in here.iterdir()} == {"Ablage", "Archiv", "abgelehnt", "Ergebnisse"}


@POSIX
def test_the_file_of_credentials_is_its_users_alone_and_read_by_a_shell(api: Running, here: Path) -> None:
    file = here / "credentials.env"
    file.write_text("ONOFFICE_TOKEN='open to all'\n", encoding="utf-8")
    file.chmod(0o644)
    before = os.umask(0)
    try:
        code, said = answered(*usual(api, "j", "j", TOKEN, SECRET))
    finally:
        os.umask(before)

    assert code == 0, said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shell = ["/bin/sh", "-c", 'set -a; . ./credentials.env; printf %s "$ONOFFICE_TOKEN/$ONOFFICE_SECRET"']
    assert subprocess.run(shell, check=True, capture_output=True, text=True).stdout == f"{TOKEN}/{SECRET}"


@POSIX
def test_credentials_that_are_in_the_file_are_left_alone_unless_they_may_go(api: Running, here: Path) -> None:
    (here / "credentials.env").write_text("ONOFFICE_SECRET='mine'\n", encoding="utf-8")
    code, said = answered(*usual(api, "j", "n"))

    assert code == 2
    assert "credentials.env enthält schon ONOFFICE_SECRET. Nur das ersetzen?" in said
    assert "Umgebungsvariablen" in said
    assert (here / "credentials.env").read_text() == "ONOFFICE_SECRET='mine'\n"


@POSIX
@pytest.mark.parametrize(
    ("before", "answers", "after"),
    [
        # its own lines stand there: asked for, and replaced where they stand
        (
            b"# B\xfcro\r\nONOFFICE_TOKEN='old'\nBERLIN_TOKEN='abc'\nexport ONOFFICE_SECRET=old\nMY_ONOFFICE_TOKEN=1\nA=x",
            ["j"],
            f"# B\udcfcro\r\nONOFFICE_TOKEN='{TOKEN}'\nBERLIN_TOKEN='abc'\nONOFFICE_SECRET='{SECRET}'\nMY_ONOFFICE_TOKEN=1\nA=x",
        ),
        # they do not: added without a question, also after a last line that does not end
        (b"BERLIN_TOKEN='abc'", [], f"BERLIN_TOKEN='abc'\nONOFFICE_TOKEN='{TOKEN}'\nONOFFICE_SECRET='{SECRET}'\n"),
    ],
)
def test_whatever_else_the_file_of_credentials_holds_stays_as_it_is(
    api: Running, here: Path, before: bytes, answers: list[str], after: str
) -> None:
    file = here / "credentials.env"
    file.write_bytes(before)
    code, said = answered(*usual(api, "j", *answers, TOKEN, SECRET))

    assert code == 0, said
    assert file.read_bytes() == after.encode(errors="surrogateescape")
    assert {path.name for path in here.iterdir() if path.is_file()} == {"credentials.env", "config.toml"}


@POSIX
def test_a_token_or_secret_that_cannot_be_one_is_asked_for_again_at_once(api: Running) -> None:
    code, said = answered(*usual(api, "j", "", "  ", f"'{TOKEN}'", f" {TOKEN} ", "two words", SECRET))

    assert code == 0, said
    assert said.count("Bitte geben Sie etwas ein.") == 2
    assert said.count("ohne Anführungs- und Leerzeichen") == 2
    assert "Das Ablegen ging nicht" not in said


@POSIX
def test_token_and_secret_that_onoffice_does_not_take_are_told_as_soon_as_they_are_entered(api: Running) -> None:
    code, said = answered(*usual(api, "j", TOKEN, "wrong" * 12, "n", TOKEN, SECRET))
    refused, _, rest = said.partition("onOffice nimmt Token und Secret nicht an")

    assert code == 0, said
    assert rest.index("Trotzdem so eintragen?") < rest.index("Wie viele Verknüpfungen")
    assert "Kopieren Sie beide noch einmal aus onOffice" in rest
    assert "nimmt Token und Secret nicht an" not in rest
    assert "Wie viele Verknüpfungen" not in refused


@POSIX
def test_a_file_of_credentials_that_cannot_be_read_is_told_before_anything_is_asked(api: Running, here: Path) -> None:
    (here / "credentials.env").mkdir()
    code, said = answered(*usual(api, "j"))

    assert "Das Ablegen ging nicht" in said
    assert (code, "Token (wird nicht angezeigt)" in said) == (2, False)


@pytest.mark.parametrize("value", ["a'b", "a b", "ü", ""])
def test_a_value_that_a_shell_or_systemd_would_misread_is_not_written(here: Path, value: str) -> None:
    with pytest.raises(SyncError):
        init.store_in_file(here / "credentials.env", {"ONOFFICE_TOKEN": value})
    assert list(here.iterdir()) == []


def test_where_there_is_a_keyring_it_keeps_the_credentials_and_no_file_does(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptKeyring()
    use(monkeypatch, kept)
    code, said = answered(*usual(api, "", TOKEN, SECRET))

    assert code == 0, said
    assert kept.kept == {("onoffice-sync", "ONOFFICE_TOKEN"): TOKEN, ("onoffice-sync", "ONOFFICE_SECRET"): SECRET}
    assert not (here / "credentials.env").exists()
    assert TOKEN not in said
    assert SECRET not in said


@POSIX
def test_nothing_goes_into_the_keyring_of_root_where_the_users_job_would_not_find_it(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptKeyring()
    use(monkeypatch, kept, of_root=True)
    code, said = answered(*usual(api, "j", TOKEN, SECRET))

    assert code == 0, said
    assert not kept.kept
    assert "Im Schlüsselbund von root fände Token und Secret nur ein Abgleich, der selbst als root läuft" in said
    assert TOKEN in (here / "credentials.env").read_text(encoding="utf-8")


@POSIX
def test_the_doctor_of_init_says_where_the_credentials_really_are(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    _, by_file = answered(*usual(api, "j", TOKEN, SECRET))
    (here / "credentials.env").unlink()
    use(monkeypatch, KeptKeyring())
    _, by_keyring = answered("1", "", TOKEN, SECRET)

    assert f"ONOFFICE_TOKEN steht in {here}/credentials.env." in by_file
    assert f"ONOFFICE_SECRET steht in {here}/credentials.env." in by_file
    assert "ONOFFICE_TOKEN steht im Schlüsselbund" in by_keyring
    assert "in der Umgebung." not in by_file + by_keyring


def named_at_the_end(said: str) -> list[str]:
    """The commands that the last lines name."""
    return [line.strip() for line in said.partition("Als Nächstes")[2].splitlines() if line.startswith("  ")]


def typed(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Type a command into a shell that stands elsewhere and knows no credentials."""
    known = {"PATH": os.environ["PATH"], "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", **environment}
    elsewhere = Path("elsewhere")
    elsewhere.mkdir(exist_ok=True)
    return subprocess.run(["/bin/sh", "-c", command], cwd=elsewhere, env=known, check=False, capture_output=True, text=True)


@POSIX
@pytest.mark.parametrize("folder", ["office", "it's $two words"])
def test_every_command_that_the_last_lines_name_works_as_it_stands(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    (here / folder).mkdir()
    monkeypatch.chdir(here / folder)
    code, said = answered(*usual(api, "j", TOKEN, SECRET))
    commands = named_at_the_end(said)

    assert (code, len(commands)) == (0, 3)
    for command, expected in zip(
        commands, ["Probelauf: 0 ", ".xlsx", "OnCalendar" if sys.platform == "linux" else "* * *"], strict=True
    ):
        done = typed(command)
        assert (done.returncode, expected in done.stdout) == (0, True), (command, done)


@POSIX
def test_with_credentials_in_the_environment_no_shell_has_to_read_a_file(api: Running) -> None:
    _, said = answered(*usual(api, "n"))
    run, *_ = named_at_the_end(said)

    assert "credentials.env" not in run
    assert typed(run, ONOFFICE_TOKEN=TOKEN, ONOFFICE_SECRET=SECRET).returncode == 0


@pytest.mark.parametrize("place", ["variable", "user", "system"])
def test_a_configuration_that_every_command_finds_is_the_one_that_is_changed(
    here: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    places = {name: here / name / "config.toml" for name in ("variable", "user", "system")}
    monkeypatch.setattr("sync.config.usual_places", lambda: (places["user"], places["system"]))
    if place == "variable":
        monkeypatch.setenv("ONOFFICE_SYNC_CONFIG", str(places[place]))
    places[place].parent.mkdir()
    places[place].write_text('office = "Nord"\n', encoding="utf-8")
    done = CliRunner().invoke(cli.app, ["init"], input="3\n")

    assert done.exit_code == 0, done.output
    assert str(places[place]) in done.output
    assert not (here / "config.toml").exists()


@POSIX
def test_who_was_made_another_user_by_sudo_is_told_commands_that_are_started_as_that_one(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "onoffice-sync")
    monkeypatch.setenv("SUDO_USER", "jo")
    _, said = answered(*usual(api, "j", TOKEN, SECRET))
    run, template, schedule = named_at_the_end(said)

    assert run.startswith("sudo -u onoffice-sync /")
    assert run.endswith(f" run --config {here}/config.toml --dry-run")
    assert template.startswith("sudo /")
    assert (schedule.startswith("sudo /"), schedule.endswith(" --as onoffice-sync")) == (True, True)


@POSIX
def test_among_other_offices_the_nightly_start_that_is_named_is_that_of_all_of_them(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    schedules = []
    for stem in ("berlin", "hamburg"):
        code, said = answered(*("de", stem, "", "", "", "", "", api.url, "", "j", TOKEN, SECRET), config=f"offices/{stem}.toml")
        assert code == 0, said
        schedules.append((named_at_the_end(said)[2], "für alle Büros in" in said))

    assert schedules[0][0].endswith(f" schedule --config {here}/offices/berlin.toml")
    assert schedules[1][0].endswith(f" schedule --config {here}/offices")
    assert [said for _, said in schedules] == [False, True]


@POSIX
@pytest.mark.parametrize("shell", ["/usr/sbin/nologin", "/bin/false", "/bin/bash"])
def test_a_user_without_a_shell_is_named_in_every_command(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    """However somebody became that user: in the shell into which the commands are pasted somebody else works."""
    monkeypatch.setenv("COLUMNS", "500")
    own = SimpleNamespace(pw_name="abgleich", pw_shell=shell)
    monkeypatch.setattr("pwd.getpwuid", lambda _: own)
    code, said = answered(*usual(api, "j", TOKEN, SECRET))
    run, template, schedule = named_at_the_end(said)
    named = shell != "/bin/bash"

    assert code == 0, said
    assert run.startswith("sudo -u abgleich /") is named
    assert template.startswith("sudo /") is named
    assert schedule.endswith(" --as abgleich") is named
    program = run.partition(" run ")[0]
    assert f"{program} doctor --config {here}/config.toml --appointment NUMMER" in said


@POSIX
@pytest.mark.parametrize("named", [True, False])
def test_doctor_proposes_commands_as_the_user_under_whom_it_was_started(
    api: Running, here: Path, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    answered(*usual(api, "j", TOKEN, SECRET))
    monkeypatch.setenv("LOGNAME", "abgleich")
    monkeypatch.setenv("SUDO_USER", "jo")
    if not named:
        monkeypatch.setattr("sync.config.usual_places", lambda: (here / "config.toml",))
    said = CliRunner().invoke(cli.app, ["doctor", *(["--config", "config.toml"] if named else [])]).output

    config_named = f" --config {here}/config.toml" if named else ""
    assert f" sudo -u abgleich onoffice-sync doctor{config_named} --appointment NUMMER" in said


def test_a_keyring_that_refuses_is_told(api: Running, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.errors import PasswordSetError  # noqa: PLC0415 - only here

    class Locked(KeptKeyring):
        def set_password(self, *_: str) -> None:
            raise PasswordSetError("it is locked")

    use(monkeypatch, Locked())
    code, said = answered(*usual(api, "j", TOKEN, SECRET))

    assert "Das Ablegen ging nicht: it is locked" in said
    assert code == 2
    assert config.load(here / "config.toml").sending.look == "auto"


@POSIX
def test_on_a_real_terminal_nothing_of_token_and_secret_is_shown(api: Running, here: Path) -> None:
    import pty  # noqa: PLC0415 - there is none on Windows

    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    command = [sys.executable, "-m", "sync", "init"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True)
    os.close(theirs)
    said = ""
    for question, answer in [
        (r"de, en\) \[de\]: ", ""), (r"\[onOffice\]: ", ""), (r"\[Ablage\]: ", ""), (r"\[Ergebnisse\]: ", ""), (r"\[-\]: ", ""),
        (r"\[Archiv\]: ", ""), (r"\[state\]: ", ""), (r"api\.php\]: ", api.url), (r"\[60\]: ", ""), (r"\[j\]: ", "j"),
        (r"Token .*: ", TOKEN), (r"Secret .*: ", SECRET), (r"\[200\]: ", ""), (r"\[n\]: ", ""),
        (r"\[n\]: ", ""),
    ]:  # fmt: skip
        said += heard(ours, question)
        os.write(ours, f"{answer}\n".encode())
    said += heard(ours, None)
    os.close(ours)

    assert process.wait(30) == 0, said
    assert "Probleme: 0." in said
    assert TOKEN not in said
    assert SECRET not in said
    assert (here / "credentials.env").is_file()


def heard(terminal: int, until: str | None) -> str:
    """What is said on a terminal up to a question at its end, or up to the end of it all."""
    said, last = b"", time.monotonic() + 30
    while time.monotonic() < last:
        if until and re.search(f"{until}$", said.decode(errors="replace")):
            return said.decode(errors="replace")
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                said += os.read(terminal, 65_536)
            except OSError:  # nobody is at the other end any more
                return said.decode()
    raise AssertionError(f"waited for {until}, heard {said.decode()}")
