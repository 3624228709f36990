"""Who is told what, through a real mail server and a real web hook on this machine."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import openpyxl
import pytest

from sync.cli import app as cli
from sync.errors import ConfigurationError, FolderError
from sync.i18n import Language, worded_in
from sync.i18n.texts import trouble_text
from sync.notify import delivery, messages
from sync.report.excel import returned

if TYPE_CHECKING:
    from conftest import Hook, Kit, MailBox, Office

    from sync.simulator import Running


def titles(hook: Hook) -> list[str]:
    return [json.loads(body)["title"] for _, body in hook.calls]


def subjects(mailbox: MailBox) -> list[str]:
    return [str(mail["Subject"]) for mail in mailbox.mails]


def test_staff_get_a_mail_about_a_file_that_needs_them_with_the_correction_file(
    office: Office, mailbox: MailBox, kit: type[Kit]
) -> None:
    office.tell(staff=mailbox.address())
    office.drop_bad("März.csv")
    office.run()

    (mail,) = mailbox.mails
    said = kit.text(mail)
    assert mail["Subject"] == "Büro Süd: März.csv: 2 Zeilen brauchen Ihre Hilfe"
    assert "3 Zeilen gelesen: 1 erledigt, 2 brauchen Ihre Hilfe." in said
    assert "- 1 Meldung: kein zulässiger Wert (Zeile 3)" in said
    assert "„bestätgt“ ist kein zulässiger Wert. Meinten Sie „bestätigt“?" in said
    (attached,) = mail.iter_attachments()
    name = str(attached.get_filename())
    assert name.endswith(" März.csv - 2 Zeilen zu korrigieren.xlsx")
    assert name in said
    rows = list(openpyxl.load_workbook(io.BytesIO(attached.get_content())).worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 1 + 2


def test_a_mail_names_every_wrong_value_with_its_column_its_rows_and_what_is_allowed(
    office: Office, mailbox: MailBox, kit: type[Kit]
) -> None:
    office.tell(staff=mailbox.address())
    wrong = ["bestätgt", "quark", "bestätgt", *(f"unsinn{at}" for at in range(6))]
    office.drop_csv("März.csv", *((70001, 90001, word, "") for word in wrong))
    office.run()

    (mail,) = mailbox.mails
    said = " ".join(kit.text(mail).split())
    assert "- 9 Meldungen: kein zulässiger Wert (Zeilen 2" in said
    assert "Spalte „Terminbestätigung“: „bestätgt“ ist kein zulässiger Wert. Meinten Sie „bestätigt“? (Zeilen 2, 4)" in said
    assert "Spalte „Terminbestätigung“: „quark“ ist kein zulässiger Wert." in said
    assert "nicht gesetzt" in said
    assert "unsinn2" in said
    assert "unsinn3" not in said
    assert "und 3 weitere Meldungen; sie stehen in der Korrekturdatei" in said


def test_rows_that_all_have_the_same_problem_are_told_with_their_numbers_and_the_rest_is_said_to_stand_elsewhere(
    office: Office, mailbox: MailBox, kit: type[Kit]
) -> None:
    office.tell(staff=mailbox.address())
    office.drop_csv(
        "März.csv", *((79_001 + at, 90_001, "bestätigt", "") for at in range(7)), *[(79_001, 90_001, "bestätigt", "")] * 7
    )
    office.run()

    (mail,) = mailbox.mails
    said = " ".join(kit.text(mail).split())
    assert said.count("Einen Termin mit dieser Nummer gibt es in onOffice nicht") == 1
    assert "Termin 79005, Adresse 90001 (Zeile 6)" in said
    assert "Termin 79006, Adresse 90001" not in said
    assert "und 2 weitere Meldungen; sie stehen in der Korrekturdatei" in said
    assert said.count("ließ sich dort nicht erledigen: März.csv, Zeile 2.") == 1
    assert "weitere Meldungen; sie stehen in Ihrer Datei" not in said


@pytest.mark.parametrize("wrong", ["", "bestätgt"])
def test_where_a_right_is_missing_no_right_number_is_called_wrong_and_the_row_says_what_to_do(
    office: Office, api: Running, mailbox: MailBox, kit: type[Kit], wrong: str
) -> None:
    api.put_options({"address_rights": False})
    office.tell(staff=mailbox.address())
    office.drop_csv("März.csv", (70001, 90001, "bestätigt", ""), *([(70001, 90002, wrong, "")] if wrong else []))
    office.run()

    (mail,) = mailbox.mails
    said = kit.text(mail)
    assert "nicht verknüpft oder nicht zu sehen" in said
    assert "mehr ist nicht nötig" not in said
    assert "Tun Sie, was darin rechts neben jeder Zeile steht" in said
    (attached,) = mail.iter_attachments()
    book = openpyxl.load_workbook(io.BytesIO(attached.get_content()))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.fill.fgColor.rgb == "FFFFC9C4"] == ([wrong] if wrong else [])
    notes = " ".join(str(row[0].value) for row in book["Hinweise"].iter_rows())
    assert ("Berichtigen Sie die rot hinterlegten Zellen" in notes) == bool(wrong)
    assert "Was bei Zeilen ohne rot hinterlegte Zelle zu tun ist, steht rechts" in notes
    (page,) = (office.folder / "results").glob("*/report.html")
    assert ("farbige Zelle" in page.read_text(encoding="utf-8")) == bool(wrong)


def test_an_address_with_a_query_is_linked_as_it_is_and_the_file_is_named_beside_it(
    office: Office, mailbox: MailBox, kit: type[Kit]
) -> None:
    office.tell(staff=mailbox.address())
    text, address = office.config.read_text(encoding="utf-8"), "https://cloud.example/apps/files/files/4711?dir=/abgleich/results"
    office.config.write_text(text.replace("[folders]", f"[folders]\nshown_as = '{address}'"), encoding="utf-8")
    office.drop_bad("März.csv")
    office.run()

    (mail,) = mailbox.mails
    assert re.search(rf"Bericht: [\w-]+/report\.html\r?\n<{re.escape(address)}>", kit.text(mail))
    assert f"{address}/" not in kit.text(mail)


def test_files_are_named_and_linked_as_people_reach_them_from_their_desks(
    office: Office, mailbox: MailBox, kit: type[Kit], hook: Hook
) -> None:
    office.tell(staff=mailbox.address(), installer=hook.address)
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(text.replace("[folders]", "[folders]\nshown_as = '\\\\server\\abgleich\\results'"), encoding="utf-8")
    office.drop_bad("März.csv")
    (office.drop / "kaputt.xlsx").write_bytes(b"PK\x03\x04")
    run = office.run().info.id

    (mail,) = mailbox.mails
    assert rf"Die Datei liegt jetzt im Ordner „\\server\abgleich\refused\{run}“." in kit.text(mail)
    for page in (f"{run}/report.html", "index.html"):
        assert rf"im Ordner „\\server\abgleich\refused\{run}“" in (office.folder / "results" / page).read_text(encoding="utf-8")
    for said in (kit.text(mail), json.loads(hook.calls[0][1])["message"]):
        assert str(office.folder) not in said
        assert re.search(
            r"Bericht: \\\\server\\abgleich\\results\\[\w-]+\\report\.html\r?\n<file://server/abgleich/results/[\w-]+/report\.html>",
            said,
        )
    correction = "März.csv - 2 Zeilen zu korrigieren.xlsx"
    assert re.search(rf"\\\\server\\abgleich\\results\\[\d-]+ {correction}", kit.text(mail))
    assert re.search(rf"<file://server/abgleich/results/[\d-]+%20{quote(correction)}>", kit.text(mail))


def test_how_many_files_need_somebody_is_told_of_all_that_the_run_has_taken(office: Office, mailbox: MailBox) -> None:
    office.tell(staff=mailbox.address())
    office.drop_good()
    office.drop_bad()
    office.drop_bad("Zweite.csv")
    office.run()

    (mail,) = mailbox.mails
    assert mail["Subject"] == "Büro Süd: 2 von 3 Dateien brauchen Ihre Hilfe"


def test_all_files_of_a_run_are_told_in_one_mail_with_every_correction_file(
    office: Office, mailbox: MailBox, kit: type[Kit]
) -> None:
    office.configure(kit.notify(staff="always"))
    office.tell(staff=mailbox.address())
    office.drop_good()
    office.drop_bad()
    office.drop_bad("Zweite.csv")
    (office.drop / "kaputt.xlsx").write_bytes(b"PK\x03\x04")
    run = office.run().info.id

    (mail,) = mailbox.mails
    assert mail["Subject"] == "Büro Süd: 3 von 4 Dateien brauchen Ihre Hilfe"
    said = kit.text(mail)
    places = [said.index(title) for title in ("kaputt.xlsx: nicht lesbar", "termine.csv: 2 Zeilen", "gut.csv: alles erledigt")]
    assert places[2] == max(places)
    assert "Kopieren Sie die Datei noch einmal vom Ursprungsort." in said
    where = f"„refused/{run}“ (wo er liegt, weiß die Person, die den Abgleich betreut)"
    assert f"Die Datei liegt jetzt im Ordner der nicht lesbaren Dateien, {where}." in said
    assert said.count("Bericht: ") == 1
    assert len(list(mail.iter_attachments())) == 2


def test_of_very_many_files_the_rest_is_told_in_a_line_each(
    office: Office, mailbox: MailBox, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_MOST_FILES", 1)
    office.tell(staff=mailbox.address())
    for name in ("a.csv", "b.csv"):
        office.drop_bad(name)
    office.run()

    said = kit.text(mailbox.mails[0])
    assert "- b.csv: 3 Zeilen gelesen: 1 erledigt, 2 brauchen Ihre Hilfe." in said
    assert said.count("Was nicht stimmt") == 1


def test_staff_are_told_that_their_file_could_not_be_marked(
    office: Office, mailbox: MailBox, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returned, "_MODULE", "nothing.of.this.name")
    office.tell(staff=mailbox.address())
    office.drop_bad()
    office.run()

    assert "Diese Datei ließ sich nicht markieren." in kit.text(mailbox.mails[0])


@pytest.mark.parametrize(
    ("when", "expected"), [("problems", []), ("always", ["Büro Süd: gut.csv: alles erledigt"] * 2), ("change", [])]
)
def test_a_file_that_is_fine_is_told_of_only_where_that_is_wanted(
    office: Office, mailbox: MailBox, kit: type[Kit], when: str, expected: list[str]
) -> None:
    office.configure(kit.notify(staff=when))
    office.tell(staff=mailbox.address())
    for _ in range(2):
        office.drop_good()
        office.run()

    assert subjects(mailbox) == expected


def test_on_change_staff_hear_of_a_file_once_and_again_when_it_is_right(office: Office, mailbox: MailBox, kit: type[Kit]) -> None:
    office.configure(kit.notify(staff="change"))
    office.tell(staff=mailbox.address())
    for drop in (office.drop_good, office.drop_bad, office.drop_bad, office.drop_good, office.drop_good):
        drop("termine.csv")
        office.run()

    assert subjects(mailbox) == [
        "Büro Süd: termine.csv: 2 Zeilen brauchen Ihre Hilfe",
        "Büro Süd: termine.csv: jetzt alles erledigt",
    ]


def test_on_change_the_installer_hears_of_the_first_bad_night_and_of_the_first_good_one(office: Office, hook: Hook) -> None:
    office.tell(installer=hook.address)
    nights = (office.drop_good, office.drop_bad, office.drop_bad, lambda: None, office.drop_good, office.drop_good)
    counts = []
    for drop in nights:
        drop()
        office.run()
        counts.append(len(hook.calls))

    assert counts == [0, 1, 1, 1, 2, 2]
    assert titles(hook) == [
        "Büro Süd: 3 Zeilen gelesen: 1 erledigt, 2 brauchen Ihre Hilfe",
        "Büro Süd: wieder in Ordnung",
    ]


def test_a_night_on_which_onoffice_is_out_of_reach_is_told_once_and_so_is_the_recovery(
    office: Office, hook: Hook, mailbox: MailBox, api: Running
) -> None:
    office.tell(staff=mailbox.address(), installer=hook.address)
    office.drop_good()
    api.put_faults([{"on": "every", "do": "status", "code": 500}])
    office.run()
    office.run()
    api.put_faults([])
    office.run()

    assert titles(hook) == ["Büro Süd: Abgleich vorzeitig beendet", "Büro Süd: wieder in Ordnung"]
    first = json.loads(hook.calls[0][1])
    assert first["type"] == "failure"
    assert "onOffice war nicht zu erreichen oder gab keine brauchbare Antwort (HTTP 500)." in first["message"]
    assert mailbox.mails == []  # staff have nothing to do about it


def test_a_night_that_is_red_for_another_reason_is_told_again_and_every_red_one_is_an_error_in_the_log(
    office: Office, hook: Hook, api: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office.tell(installer=hook.address)
    office.drop_good()
    api.put_faults([{"on": "every", "do": "status", "code": 500}])
    office.run()
    office.run()
    api.put_faults([])
    monkeypatch.setenv("ONOFFICE_SECRET", "wrong" * 12)
    office.run()
    office.run()
    monkeypatch.delenv("ONOFFICE_SECRET")
    with pytest.raises(ConfigurationError):
        office.run()

    assert titles(hook) == [*["Büro Süd: Abgleich vorzeitig beendet"] * 2, "Büro Süd: Abgleich fehlgeschlagen"]
    with worded_in(Language.EN):  # as the log does
        errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [re.sub(r"^run \S+ ", "", said)[:17] for said in errors] == [*["ends: exit code 1"] * 4, "the run failed: n"]


def test_that_a_run_works_blind_is_said_first_on_the_terminal_on_the_page_and_in_a_message_and_so_is_its_end(
    office: Office, hook: Hook, api: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    office.tell(installer=hook.address)
    warning = "ACHTUNG: Der Abgleich arbeitet blind."
    for may_read in (False, False, True):
        api.put_options({"read_rights": may_read})
        office.drop_csv("gut.csv", (70001, 90001, "gesendet" if may_read else "bestätigt", ""))
        with pytest.raises(SystemExit):
            cli.main(["run", "--config", str(office.config)])
        said = capfd.readouterr().out.strip()
        page = max((office.folder / "results").glob("*/report.html"), key=lambda path: path.stat().st_mtime_ns)
        head = page.read_text(encoding="utf-8").partition("</header>")[0]
        assert (said.startswith(warning), warning in head) == (not may_read, not may_read)
        assert may_read or "„Lesen: Alle“" in said

    assert titles(hook) == ["Büro Süd: bitte nachsehen", "Büro Süd: wieder in Ordnung"]
    assert json.loads(hook.calls[0][1])["message"].startswith(warning)


def test_where_the_job_must_look_and_may_not_it_says_that_nothing_was_sent_and_nothing_is_wrong_in_the_file(
    office: Office, hook: Hook, api: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    office.tell(installer=hook.address)
    written = office.config.read_text(encoding="utf-8")
    office.config.write_text(written.replace("[sending]\n", "[sending]\nlook = true\n"), encoding="utf-8")
    api.put_options({"read_rights": False})
    office.drop_csv("gut.csv", (70001, 90001, "bestätigt", ""))
    with pytest.raises(SystemExit) as left:
        cli.main(["run", "--config", str(office.config)])

    said = capfd.readouterr().out.strip()
    (page,) = (path.read_text(encoding="utf-8") for path in (office.folder / "results").glob("*/report.html"))
    assert left.value.code == 3
    assert said.startswith("ACHTUNG: Der API-Benutzer darf die Termine nicht lesen")
    assert json.loads(hook.calls[0][1])["message"].startswith("ACHTUNG: Der API-Benutzer darf die Termine nicht lesen")
    assert not [words for words in ("blind", "setzen Sie danach") if words in said + page]
    assert "An der einen Zeile ist nichts zu berichtigen" in page
    assert "Berichtigen Sie" not in page
    assert "Am einfachsten geht das in der Korrekturdatei" not in page


@pytest.mark.parametrize("when", ["change", "problems"])
def test_that_a_work_list_could_not_be_written_is_told_to_the_installer_although_the_night_is_fine(
    office: Office, hook: Hook, kit: type[Kit], when: str
) -> None:
    (office.folder / "lists").touch()
    office.tell(installer=hook.address)
    office.configure(f"{kit.notify(installer=when)}\n[worklist]\nfolder = 'lists'\non = 'daily'\n")
    finished = office.run()

    assert finished.exit_code == 0
    assert json.loads(hook.calls[0][1])["message"].startswith("Die Arbeitsliste dieses Tages fehlt.")


def test_a_run_that_is_taken_back_is_told_to_everybody_and_is_no_night_to_a_monitoring_service(
    office: Office, hook: Hook, mailbox: MailBox, capfd: pytest.CaptureFixture[str]
) -> None:
    office.drop_good()
    office.run()
    office.tell(staff=mailbox.address(), installer=hook.address, ping=hook.ping)
    remembered = (office.folder / "state" / "told.json").read_bytes()
    with pytest.raises(SystemExit) as left:
        cli.main(["undo", "last", "--yes", "--config", str(office.config)])

    assert left.value.code == 0, capfd.readouterr()
    (run,) = (path.name for path in (office.folder / "results").iterdir() if path.name in titles(hook)[0])
    assert titles(hook) == subjects(mailbox) == [f"Büro Süd: Abgleich {run} zurückgenommen"]
    assert [path for path in hook.paths if "ping" in path] == []
    assert (office.folder / "state" / "told.json").read_bytes() == remembered


def test_with_problems_the_installer_hears_of_every_bad_night_and_with_always_of_every_night(
    office: Office, hook: Hook, kit: type[Kit]
) -> None:
    office.tell(installer=hook.address)
    for when, expected in (("problems", 2), ("always", 3)):
        hook.calls.clear()
        office.configure(kit.notify(installer=when))
        for drop in (office.drop_bad, office.drop_bad, office.drop_good):
            drop()
            office.run()
        assert len(hook.calls) == expected


def test_a_night_without_files_makes_nothing_well_that_still_needs_a_person(office: Office, hook: Hook, kit: type[Kit]) -> None:
    office.configure(kit.notify(installer="always"))
    office.tell(installer=hook.address)
    for drop in (office.drop_bad, lambda: None, office.drop_good, lambda: None):
        drop()
        office.run()

    assert titles(hook) == [
        "Büro Süd: 3 Zeilen gelesen: 1 erledigt, 2 brauchen Ihre Hilfe",
        "Büro Süd: Es war nichts zu tun",
        "Büro Süd: wieder in Ordnung",
        "Büro Süd: alles in Ordnung",
    ]


def test_a_file_that_waits_is_no_success(office: Office, hook: Hook, api: Running, kit: type[Kit]) -> None:
    office.configure(kit.notify(staff="always"))
    office.tell(staff=hook.address)
    office.drop_good()
    api.put_faults([{"on": "every", "do": "status", "code": 500}])
    office.run()

    assert titles(hook) == ["Büro Süd: gut.csv: wartet auf den nächsten Abgleich"]
    assert json.loads(hook.calls[0][1])["type"] == "info"


def test_staff_have_to_look_when_so_much_is_wrong_that_nothing_was_sent(office: Office, mailbox: MailBox, kit: type[Kit]) -> None:
    office.configure(kit.notify() + "[rules]\nmax_invalid_share = 0.1\n")
    office.tell(staff=mailbox.address())
    office.drop_bad()
    office.run()

    assert subjects(mailbox) == ["Büro Süd: termine.csv: nichts übertragen"]
    assert "Ungewöhnlich viele Zeilen sind fehlerhaft" in kit.text(mailbox.mails[0])


def test_of_a_stopped_run_staff_are_told_to_correct_the_file_where_it_lies_and_no_command(
    office: Office, mailbox: MailBox, kit: type[Kit]
) -> None:
    """Wrong rows dropped once more beside their own file would only become duplicates; the command is for somebody else."""
    office.configure(kit.notify() + "[rules]\nmax_invalid_share = 0.1\n")
    office.tell(staff=mailbox.address())
    office.drop_bad()
    office.run()

    said = " ".join(kit.text(mailbox.mails[0]).split())
    assert "Die Datei liegt wieder im Ablageordner" in said
    assert "Berichtigen Sie die Zeilen dort, statt sie, wie es unten heißt, noch einmal abzulegen." in said
    assert "--accept" not in said


def test_a_file_in_which_every_row_is_wrong_does_not_lie_in_the_drop_folder_and_nobody_is_sent_there(
    office: Office, mailbox: MailBox, kit: type[Kit]
) -> None:
    """A limit stopped the run, but there was nothing left to do: its file is put away, and a correction file handed out."""
    office.configure(kit.notify() + "[rules]\nmax_invalid_share = 0.1\n")
    office.tell(staff=mailbox.address())
    office.drop_csv("termine.csv", (70001, 90001, "bestätgt", ""), ("", 90001, "gesendet", ""))
    office.run()

    assert not [*office.drop.iterdir()]
    assert subjects(mailbox) == ["Büro Süd: termine.csv: 2 Zeilen brauchen Ihre Hilfe"]
    assert "liegt wieder im Ablageordner" not in kit.text(mailbox.mails[0])


def test_a_run_that_cannot_even_start_is_told(office: Office, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    office.tell(installer=hook.address)
    monkeypatch.delenv("ONOFFICE_SECRET")
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            office.run()

    assert titles(hook) == ["Büro Süd: Abgleich fehlgeschlagen"]
    assert "Setzen Sie die Umgebungsvariable ONOFFICE_SECRET" in json.loads(hook.calls[0][1])["message"]


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such owners")
def test_a_start_as_another_user_is_told_and_leaves_nothing_that_silences_the_job(
    office: Office, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tell(installer=hook.address)
    office.run()
    hook.status = 500
    office.drop_bad()
    office.run()  # its message waits
    state = office.folder / "state"
    left = {path: path.stat().st_ino for path in state.rglob("*") if path.suffix == ".json"}
    (state / "outbox" / "lock").unlink(missing_ok=True)
    hook.status, hook.calls[:] = 200, []

    with monkeypatch.context() as another_user:
        another_user.setattr("os.geteuid", lambda: state.stat().st_uid + 1)
        with pytest.raises(FolderError):
            office.run()

    assert titles(hook) == ["Büro Süd: Abgleich fehlgeschlagen"]
    assert {path: path.stat().st_ino for path in state.rglob("*") if path.suffix == ".json"} == left
    assert not (state / "outbox" / "lock").exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")
def test_a_first_start_without_credentials_spoils_no_state_folder_that_others_may_look_into(
    office: Office, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tell(installer=hook.address)
    (office.folder / "state").mkdir(mode=0o755)
    with monkeypatch.context() as without:
        without.delenv("ONOFFICE_SECRET")
        with pytest.raises(ConfigurationError):
            office.run()

    office.run()


def test_a_mistake_of_the_program_is_told_by_its_kind_alone(
    office: Office, hook: Hook, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError(f"no idea about {kit.secrets}")

    office.tell(installer=hook.address)
    monkeypatch.setattr("sync.job.intake.take", broken)
    with pytest.raises(LookupError):
        office.run()

    said = json.loads(hook.calls[0][1])["message"]
    assert "Das ist ein Fehler im Programm (LookupError)." in said
    assert not any(secret in said for secret in kit.secrets)


def test_english_offices_get_english_messages(office: Office, mailbox: MailBox, hook: Hook, kit: type[Kit]) -> None:
    office.configure(kit.notify(), language="en")
    office.tell(staff=mailbox.address(), installer=hook.address)
    office.drop_bad()
    office.run()

    assert subjects(mailbox) == ["Büro Süd: termine.csv: 2 rows need your help"]
    assert "What you can do: " in kit.text(mailbox.mails[0])
    assert titles(hook) == ["Büro Süd: 3 rows read: 1 done, 2 need your help"]


def test_the_command_tells_and_a_dry_run_tells_nobody(office: Office, hook: Hook) -> None:
    office.tell(installer=hook.address, ping=hook.ping)
    office.drop_bad()
    for arguments, paths in (
        (["--dry-run", "--quiet"], []),
        (["--quiet"], ["/ping/hooksecret4711/start", "/ping/hooksecret4711", "/hooksecret4711"]),
    ):
        with pytest.raises(SystemExit) as left:
            cli.main(["run", "--config", str(office.config), *arguments])
        assert left.value.code == 3
        assert hook.paths == paths


@pytest.mark.parametrize("look", ["auto", True])
def test_that_the_job_may_not_read_appointments_is_said_to_who_wants_to_hear_only_what_went_wrong(
    office: Office, api: Running, capfd: pytest.CaptureFixture[str], look: object
) -> None:
    written = office.config.read_text(encoding="utf-8")
    office.config.write_text(written.replace("[sending]\n", f"[sending]\nlook = {json.dumps(look)}\n"), encoding="utf-8")
    api.put_options({"read_rights": False})
    office.drop_good()
    with pytest.raises(SystemExit) as left:
        cli.main(["run", "--config", str(office.config), "--quiet"])

    out, err = capfd.readouterr()
    start = "ACHTUNG: Der API-Benutzer darf die Termine nicht lesen" if look is True else "ACHTUNG: Der Abgleich arbeitet blind."
    assert (left.value.code, out) == (3 if look is True else 0, "")
    assert err.startswith(start)
    assert (err.count("\n"), "„Lesen: Alle“" in err) == (1, True)


@pytest.mark.parametrize("asked", ["nix", "last"])
def test_a_mistake_in_what_somebody_lets_pass_is_nobodys_failed_night(
    office: Office, hook: Hook, capfd: pytest.CaptureFixture[str], asked: str
) -> None:
    office.drop_good()
    office.run()
    office.tell(installer=hook.address, ping=hook.ping)
    capfd.readouterr()
    with pytest.raises(SystemExit) as left:
        cli.main(["run", "--config", str(office.config), "--accept", asked])

    assert (left.value.code, len(capfd.readouterr().err.splitlines())) == (2, 1)
    assert (hook.paths, office.outbox) == ([], [])


def test_a_night_without_secret_is_told_also_where_somebody_lets_a_run_pass(
    office: Office, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tell(installer=hook.address)
    monkeypatch.delenv("ONOFFICE_SECRET")
    with pytest.raises(SystemExit):
        cli.main(["run", "--config", str(office.config), "--accept", "last"])

    assert titles(hook) == ["Büro Süd: Abgleich fehlgeschlagen"]


def test_the_trial_goes_to_everybody_and_tells_what_did_not_arrive(
    office: Office, hook: Hook, mailbox: MailBox, kit: type[Kit], capfd: pytest.CaptureFixture[str]
) -> None:
    office.tell(staff=f"{mailbox.address()} nonsense://{kit.hook_secret}", installer=hook.address)
    with pytest.raises(SystemExit) as left:
        cli.main(["notify", "--config", str(office.config)])

    assert left.value.code == 1
    assert capfd.readouterr().out.splitlines() == [
        "Ihre Leute, mailto: zugestellt",
        "Ihre Leute, nonsense: apprise versteht die Adresse nicht",
        "Betreuer, json: zugestellt",
    ]
    assert (subjects(mailbox), titles(hook)) == (["Büro Süd: Probe"], ["Büro Süd: Probe"])


@pytest.mark.parametrize(
    ("language", "refused"), [("de", "der Server hat die Verbindung abgelehnt"), ("en", "the server refused the connection")]
)
def test_the_trial_says_why_a_server_could_not_be_reached_and_nothing_of_its_address(
    office: Office, kit: type[Kit], capfd: pytest.CaptureFixture[str], language: str, refused: str
) -> None:
    office.configure(kit.notify(), language=language)
    office.tell(
        staff="mailto://user:geheim@127.0.0.1:9/?from=a@example.org&to=b@example.org",
        installer=f"json://127.0.0.1:9/{kit.hook_secret}",
    )
    with pytest.raises(SystemExit) as left:
        cli.main(["notify", "--config", str(office.config)])

    assert left.value.code == 1
    said = capfd.readouterr().out.splitlines()
    assert [line.partition(", ")[2] for line in said] == [f"mailto: {refused}", f"json: {refused}"]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("[Errno -2] Name or service not known", "the name of the server is not known"),
        ("(535, b'5.7.8 authentication failed')", "the server did not take user name and password"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed", "the secure connection could not be made or broke off (certificate)"),
        ("timed out", "the server does not answer"),
        ("[Errno 113] No route to host", "the server cannot be reached"),
        ("(550, b'not from geheim')", ""),
        ("(530, b'Must issue a STARTTLS command first')", ""),
        ("(530, b'5.7.1 Client host rejected: access denied')", ""),
        ("{'a@b': (550, b'host unreachable')}", ""),
        ("(451, b'connection timed out')", ""),
    ],
)
def test_every_reason_for_which_a_server_is_not_reached_has_words_in_every_language(told: str, reason: str) -> None:
    ear = delivery._LogCapture()
    ear.handle(logging.LogRecord("apprise", logging.DEBUG, "", 0, f"Socket Exception: {told}", None, None))

    assert (ear.reason, ear.said) == (reason, [])
    for language in Language:
        with worded_in(language):
            assert (trouble_text(reason) == reason) is (language is Language.EN or not reason)


def test_a_trial_without_anybody_to_tell_says_what_to_set(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["notify", "--config", str(office.config)])

    assert left.value.code == 2
    assert "Setzen Sie notify.staff_env" in capfd.readouterr().err


def test_names_from_outside_cannot_break_a_message_apart(office: Office, mailbox: MailBox) -> None:
    office.tell(staff=mailbox.address())
    office.drop_bad("a\r\nBcc: x@example.org\r\n.csv" if sys.platform != "win32" else "a Bcc.csv")
    office.run()

    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert "Bcc" in mail["Subject"]


def test_apprise_is_loaded_by_nobody_who_has_nothing_to_deliver() -> None:
    code = "import sys, sync.cli, sync.job.run, sync.notify, sync.job.watch; sys.exit('apprise' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(cli.__file__).parents[1]).returncode == 0
