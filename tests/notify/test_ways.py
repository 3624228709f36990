"""What `doctor` proves of the way to whoever is to be told, without telling anybody anything."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest

from sync import config
from sync.cli import app as cli
from sync.i18n import Language, as_typed, speaking
from sync.notify import delivery
from sync.setup import doctor
from sync.setup.doctor import Finding, Level, Symptom
from sync.setup.doctor.finding import step, what

if TYPE_CHECKING:
    from conftest import Hook, Kit, MailBox, Office

S = Symptom


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def ways(office: Office) -> list[Finding]:
    return list(doctor.ways(config.load(office.config)))


def test_the_doctor_says_that_a_mail_server_is_reached_and_mails_nobody(office: Office, mailbox: MailBox, hook: Hook) -> None:
    office.tell(staff=mailbox.address(), installer=hook.address, ping=hook.ping)

    found = ways(office)

    assert [(finding.symptom, finding.folder) for finding in found] == [(S.WAY_OPEN, "")] * 3
    assert mailbox.mails == []
    assert hook.calls == []
    assert what(found[0]) == (
        f"notify.staff_env (NOTIFY_STAFF): mailto://127.0.0.1:{mailbox.port} ist erreichbar. Geschickt wurde nichts."
    )


def test_the_doctor_names_a_variable_with_addresses_that_is_nowhere(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.tell(staff="x", installer="x", ping="x")
    for name in ("NOTIFY_STAFF", "NOTIFY_INSTALLER", "PING"):
        monkeypatch.delenv(name)

    found = ways(office)

    assert [finding.symptom for finding in found] == [S.WAY_UNSET] * 3
    assert [finding.level for finding in found] == [Level.PROBLEM] * 3
    assert [what(finding).partition(":")[0] for finding in found] == [
        "notify.staff_env nennt NOTIFY_STAFF",
        "notify.installer_env nennt NOTIFY_INSTALLER",
        "heartbeat.ping_env nennt PING",
    ]
    assert "credentials.env" in step(found[0])


def test_the_doctor_says_which_server_takes_no_message_and_shows_no_secret_of_its_address(office: Office, kit: type[Kit]) -> None:
    port = closed_port()
    office.tell(
        staff=f"mailto://user:geheim@127.0.0.1:{port}/?from=a@example.org&to=b@example.org",
        installer=f"json://127.0.0.1:{port}/{kit.hook_secret}",
        ping=f"http://127.0.0.1:{port}/ping/{kit.hook_secret}",
    )

    found = ways(office)

    assert [finding.symptom for finding in found] == [S.WAY_BLOCKED] * 3
    with speaking(Language.EN):
        assert [what(finding).partition(" (")[2] for finding in found] == [
            f"NOTIFY_STAFF): mailto://127.0.0.1:{port} cannot be used: the server refused the connection.",
            f"NOTIFY_INSTALLER): json://127.0.0.1:{port} cannot be used: the server refused the connection.",
            f"PING): http://127.0.0.1:{port} cannot be used: the server refused the connection.",
        ]
    assert not any(secret in repr(found) for secret in ("geheim", kit.hook_secret))


def test_a_server_that_does_not_take_the_password_is_found(office: Office, mailbox: MailBox) -> None:
    office.tell(staff=f"mailto://user:geheim@127.0.0.1:{mailbox.port}/?from=a@example.org&to=b@example.org")

    (found,) = ways(office)

    assert found.symptom is S.WAY_BLOCKED  # this one knows no passwords at all
    assert "geheim" not in repr(found)


def test_a_server_that_never_answers_does_not_hold_the_doctor(
    office: Office, monkeypatch: pytest.MonkeyPatch, kit: type[Kit]
) -> None:
    monkeypatch.setattr(delivery, "LOOK_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        office.tell(
            staff=f"mailto://127.0.0.1:{port}/?from=a@example.org&to=b@example.org",
            installer=f"json://127.0.0.1:{port}/{kit.hook_secret}",
        )
        found = ways(office)

    assert [finding.symptom for finding in found] == [S.WAY_BLOCKED] * 2


def test_a_service_whose_address_names_no_server_is_not_tried_and_one_that_nobody_knows_is_told(office: Office) -> None:
    office.tell(staff="slack://T0000AAAA/B0000BBBB/000000000000000000000000/#termine", installer="nonsense://hooksecret")

    untried, unknown = ways(office)

    assert (untried.symptom, untried.level) == (S.WAY_NOT_TRIED, Level.OK)
    assert "onoffice-sync notify" in what(untried)
    assert "0000" not in repr(untried)
    assert unknown.symptom is S.WAY_BLOCKED
    assert "apprise versteht die Adresse nicht" in what(unknown)
    assert "hooksecret" not in repr(unknown)


def test_messages_that_could_not_be_delivered_are_told_by_the_doctor(office: Office, hook: Hook) -> None:
    office.tell(installer=hook.address)
    hook.status = 403
    office.drop_bad()
    office.run()

    found = ways(office)

    assert [(finding.symptom, finding.level) for finding in found] == [(S.WAY_OPEN, Level.OK), (S.MESSAGES_WAIT, Level.WARNING)]
    assert what(found[1]) == "Nachrichten, die noch nicht zugestellt werden konnten: 1."


def test_the_doctor_says_what_to_install_where_apprise_is_missing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.tell(staff="json://127.0.0.1:9/x")
    monkeypatch.setitem(sys.modules, "apprise", None)

    (found,) = ways(office)

    assert (found.symptom, found.level) == (S.WAY_BLOCKED, Level.PROBLEM)
    assert f"{as_typed([sys.executable])} -m pip install --force-reinstall apprise" in what(found)


def test_the_trial_says_what_to_install_where_apprise_is_missing(
    office: Office, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    office.tell(staff="json://127.0.0.1:9/x")
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(SystemExit) as left:
        cli.main(["notify", "--config", str(office.config)])

    assert left.value.code == 1
    assert capfd.readouterr().out == (
        "Ihre Leute, json: apprise ist nicht oder nicht vollständig installiert; holen Sie das nach mit: "
        f"{as_typed([sys.executable])} -m pip install --force-reinstall apprise\n"
    )


def test_an_examination_ends_with_what_it_found_of_messages(
    office: Office, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.setup.doctor.machine.try_samples", lambda *_: None)
    monkeypatch.setattr("sync.setup.doctor.machine.try_packages", lambda *_: None)
    office.tell(staff="x")
    monkeypatch.delenv("NOTIFY_STAFF")

    with pytest.raises(SystemExit) as left:
        cli.main(["doctor", "--config", str(office.config)])

    assert left.value.code == 1
    assert "notify.staff_env nennt NOTIFY_STAFF" in capfd.readouterr().out
