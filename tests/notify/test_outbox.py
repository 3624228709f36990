"""What cannot be delivered waits for the next run, goes out once, and never gets in the way of the run itself."""

from __future__ import annotations

import datetime as dt
import json
import logging
import socket
import time
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from sync.notify import delivery
from sync.notify.delivery import Audience, Message, Tone
from sync.notify.messages import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Hook, Kit, MailBox, Office

HELLO = Message(Audience.STAFF, Tone.INFO, "Hallo", "Da ist etwas.")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_mail_that_the_server_refuses_is_sent_by_the_next_run_and_only_once(office: Office, mailbox: MailBox) -> None:
    office.tell(staff=mailbox.address())
    office.drop_bad()
    mailbox.answer = "451 try again later"
    finished = office.run()
    assert (finished.info.exit_code, mailbox.mails, len(office.outbox)) == (3, [], 1)

    mailbox.answer = "250 OK"
    for _ in range(3):
        office.run()

    assert [mail["Subject"] for mail in mailbox.mails] == ["Büro Süd: termine.csv: 2 Zeilen brauchen Ihre Hilfe"]
    assert len(list(mailbox.mails[0].iter_attachments())) == 1
    assert office.outbox == []


def test_a_message_whose_attachment_was_tidied_up_meanwhile_goes_without_it(office: Office, mailbox: MailBox) -> None:
    office.tell(staff=mailbox.address())
    office.drop_bad()
    mailbox.answer = "451 try again later"
    office.run()
    for path in (office.folder / "results").glob("*.xlsx"):
        path.unlink()

    mailbox.answer = "250 OK"
    office.run()

    assert list(mailbox.mails[0].iter_attachments()) == []


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_hook_that_refuses_fails_nothing_and_is_tried_again(office: Office, hook: Hook, status: int) -> None:
    office.tell(installer=hook.address)
    office.drop_bad()
    hook.status = status
    assert office.run().info.exit_code == 3
    assert len(office.outbox) == 1

    hook.status = 200
    office.run()

    assert [json.loads(body)["title"] for _, body in hook.calls] == [
        "Büro Süd: 3 Zeilen gelesen: 1 erledigt, 2 brauchen Ihre Hilfe"
    ] * 2
    assert office.outbox == []


def test_a_server_that_is_not_there_fails_nothing(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.tell(installer=f"json://127.0.0.1:{closed_port()}", staff=f"mailto://127.0.0.1:{closed_port()}/?from=a@b.de&to=a@b.de")
    office.drop_bad()

    assert office.run().info.exit_code == 3
    assert len(office.outbox) == 2
    assert caplog.text.count("could not be delivered and waits for the next run") == 2


def test_a_server_that_does_not_answer_is_left_alone_in_time(office: Office, hook: Hook) -> None:
    office.tell(installer=hook.address)
    office.drop_bad()
    hook.held.clear()
    delivery.understood(hook.address)  # loads apprise, which takes longer than all the rest
    begun = time.monotonic()
    finished = office.run(seconds=0.2)

    assert finished.info.exit_code == 3
    assert time.monotonic() - begun < 4
    assert len(office.outbox) == 1


def test_an_address_that_failed_is_tried_once_in_a_run_and_the_others_get_everything(tmp_path: Path, kit: type[Kit]) -> None:
    tried: list[tuple[str, str]] = []

    def deliver(address: str, message: Message) -> str:
        tried.append((address, message.title))
        return "no" if address == "json://bad" else ""

    outbox = Outbox(tmp_path)
    messages = [Message(Audience.STAFF, Tone.INFO, title, "") for title in ("1", "2")]
    outbox.put(messages, kit.tuesday)
    addresses = {Audience.STAFF: ("json://bad", "json://good"), Audience.INSTALLER: ()}
    for _ in range(2):
        outbox.deliver(addresses, deliver, kit.tuesday, in_time=lambda: True)

    assert tried == [("json://bad", "1"), ("json://good", "1"), ("json://good", "2"), ("json://bad", "1")]


def delivered(outbox: Outbox, addresses: tuple[str, ...] | None, now: dt.datetime, in_time: Callable[[], bool]) -> list[str]:
    got: list[str] = []

    def deliver(_: str, message: Message) -> str:
        got.append(message.title)
        return ""

    outbox.deliver({Audience.STAFF: addresses, Audience.INSTALLER: ()}, deliver, now, in_time=in_time)
    return got


def test_a_message_waits_where_its_address_cannot_be_found_and_goes_where_nobody_is_to_be_told_any_more(
    tmp_path: Path, kit: type[Kit]
) -> None:
    outbox = Outbox(tmp_path)
    outbox.put([HELLO], kit.tuesday)
    assert delivered(outbox, None, kit.tuesday, lambda: True) == []
    assert outbox.waiting()

    assert delivered(outbox, (), kit.tuesday, lambda: True) == []
    assert not outbox.waiting()


def test_after_two_weeks_a_message_is_given_up(tmp_path: Path, kit: type[Kit]) -> None:
    outbox = Outbox(tmp_path)
    outbox.put([HELLO], kit.tuesday)

    assert delivered(outbox, ("json://x",), kit.tuesday + dt.timedelta(days=14, seconds=1), lambda: True) == []
    assert not outbox.waiting()


def test_when_the_time_is_over_the_rest_waits(tmp_path: Path, kit: type[Kit]) -> None:
    outbox = Outbox(tmp_path)
    outbox.put([HELLO] * 3, kit.tuesday)
    answers = iter([True, False, False])

    assert delivered(outbox, ("json://x",), kit.tuesday, lambda: next(answers)) == ["Hallo"]
    assert len(delivered(outbox, ("json://x",), kit.tuesday, lambda: True)) == 2


def test_two_runs_at_once_do_not_deliver_the_same_message_twice(tmp_path: Path, kit: type[Kit]) -> None:
    outbox = Outbox(tmp_path)
    outbox.put([HELLO], kit.tuesday)
    with FileLock(tmp_path / "outbox" / "lock"):
        assert delivered(outbox, ("json://x",), kit.tuesday, lambda: True) == []

    assert delivered(outbox, ("json://x",), kit.tuesday, lambda: True) == ["Hallo"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"made": 1}', b"\xff"])
def test_a_damaged_message_is_passed_over(tmp_path: Path, kit: type[Kit], content: bytes) -> None:
    outbox = Outbox(tmp_path)
    outbox.put([HELLO], kit.tuesday)
    (tmp_path / "outbox" / "0.json").write_bytes(content)

    assert delivered(outbox, ("json://x",), kit.tuesday, lambda: True) == ["Hallo"]


def test_a_run_that_is_killed_before_it_could_tell_leaves_its_message_to_the_next(office: Office, mailbox: MailBox) -> None:
    def killed(*_: object, **__: object) -> None:
        raise SystemExit("killed")

    office.tell(staff=mailbox.address())
    office.drop_bad()
    with office.monkeypatch.context() as patch:
        patch.setattr("sync.dropfolder.carry_out", killed)
        with pytest.raises(SystemExit):
            office.run()
    assert (mailbox.mails, len(office.outbox)) == ([], 1)

    office.run()

    assert [mail["Subject"] for mail in mailbox.mails] == ["Büro Süd: termine.csv: 2 Zeilen brauchen Ihre Hilfe"]


def test_a_disk_that_takes_no_message_fails_no_run(office: Office, hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    office.tell(installer=hook.address)
    office.drop_bad()
    (office.folder / "state").mkdir(mode=0o700)
    (office.folder / "state" / "outbox").write_bytes(b"a file where a folder should be")

    assert office.run().info.exit_code == 3
    assert "what is to be told of this run cannot be written down: " in caplog.text


def test_no_secret_of_an_address_is_in_a_file_a_log_or_a_message(
    office: Office, hook: Hook, kit: type[Kit], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    absent = f"json://user:{kit.hook_secret}@127.0.0.1:{closed_port()}/{kit.hook_secret}?token={kit.hook_secret}"
    nonsense = f"nonsense://{kit.hook_secret}"
    office.tell(installer=f"{absent}\n{hook.address} {nonsense}", staff=f"mailto://x:{kit.hook_secret}@127.0.0.1:1/?to=a@b.de")
    office.drop_bad()
    with caplog.at_level(logging.DEBUG, "sync"):
        for status in (500, 200):
            hook.status = status
            office.run()

    assert hook.paths == ["/hooksecret4711"] * 2
    said = "".join(capfd.readouterr()) + caplog.text + "".join(body.decode() for _, body in hook.calls)
    assert "could not be delivered" in said
    for secret in kit.secrets:
        assert secret not in said
        assert office.holding(secret) == []


def test_a_service_that_repeats_its_address_in_a_complaint_is_not_repeated(
    office: Office, hook: Hook, kit: type[Kit], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "deliver", lambda address, _: f"cannot reach {address}")
    office.tell(installer=hook.address)
    office.drop_bad()
    office.run()

    assert "could not be delivered and waits for the next run: cannot reach ***" in caplog.text
    assert kit.hook_secret not in caplog.text
