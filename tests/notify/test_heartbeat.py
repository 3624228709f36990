"""Nights without a run, days without a file, files without a row; and the monitoring service's ping over real HTTP."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from sync import config
from sync.errors import AlreadyRunning, ConfigurationError
from sync.notify import delivery
from sync.notify.delivery import Ping

if TYPE_CHECKING:
    from conftest import Hook, Kit, Office

    from sync.simulator import Running

MONDAY = dt.date(2026, 11, 23)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no such links without a right to")


def day(number: int) -> dt.date:
    """Days after Monday."""
    return MONDAY + dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("last", "today", "nights", "expected"),
    [
        (0, 1, "daily", []),
        (0, 0, "daily", []),
        (1, 0, "daily", []),  # the clock was put back
        (0, 2, "daily", [1]),
        (0, 4, "daily", [1, 2, 3]),
        (4, 7, "daily", [5, 6]),
        (4, 7, "workdays", []),  # from Friday to Monday
        (3, 8, "workdays", [4, 7]),
        (0, 30, "", []),
    ],
)
def test_nights_without_a_run_are_counted_between_two_starts(last: int, today: int, nights: str, expected: list[int]) -> None:
    found = delivery.missed(day(last), day(today), nights)

    assert (list(found.names) if found else []) == [day(number).isoformat() for number in expected]
    assert found is None or found.count == len(expected)


def test_before_the_first_run_nothing_is_missed() -> None:
    assert delivery.missed(None, MONDAY, "daily") is None


@pytest.mark.parametrize(
    ("since", "today", "limit", "expected"),
    [(0, 1, 2, None), (0, 2, 2, 2), (4, 6, 1, None), (4, 7, 1, 1), (0, 7, 5, 5), (0, 30, 0, None)],
)
def test_days_without_a_file_are_working_days(since: int, today: int, limit: int, expected: int | None) -> None:
    found = delivery.quiet(day(since), day(today), limit)

    assert (found.count if found else None) == expected


def told(hook: Hook) -> list[str]:
    return [json.loads(body)["message"] for path, body in hook.calls if not path.startswith("/ping")]


def test_the_first_start_after_nights_without_a_run_tells_the_installer(office: Office, hook: Hook, kit: type[Kit]) -> None:
    office.configure(kit.notify(nights="workdays"))
    office.tell(installer=hook.address)
    for days in (0, 1, 2, 7, 8):  # Tuesday to Thursday, then Tuesday and Wednesday of the week after
        office.now = kit.tuesday + dt.timedelta(days=days)
        office.run()

    (said,) = told(hook)
    assert "In 2 Nächten ist der Abgleich nicht gelaufen (zum 27.11.2026, 30.11.2026)." in said


def test_the_installer_hears_when_no_file_arrived_and_again_after_as_many_days(
    office: Office, hook: Hook, kit: type[Kit]
) -> None:
    office.configure(kit.notify(quiet_days=3))
    office.tell(installer=hook.address)
    office.drop_good()
    days_told = []
    for days in range(14):
        office.now = kit.tuesday + dt.timedelta(days=days)
        before = len(hook.calls)
        office.run()
        days_told += [days] * (len(hook.calls) - before)

    assert days_told == [3, 8, 13]  # Friday, Wednesday, Monday
    assert "Seit 3 Arbeitstagen ist keine Datei eingegangen." in told(hook)[0]
    assert "Seit 9 Arbeitstagen ist keine Datei eingegangen." in told(hook)[2]


def test_the_installer_hears_of_a_file_without_a_row_whatever_else_is_so(office: Office, hook: Hook) -> None:
    office.tell(installer=hook.address)
    for _ in range(2):
        (office.drop / "leer.csv").write_bytes(b"Termin-ID;Adress-ID;Status\r\n")
        office.run()

    assert len(told(hook)) == 2
    assert all("Ohne eine einzige Zeile angekommen: leer.csv." in text for text in told(hook))


def test_the_installer_hears_of_a_file_that_is_never_read_on_the_next_day_and_then_once_a_week(
    office: Office, hook: Hook, kit: type[Kit]
) -> None:
    office.tell(installer=hook.address)
    office.drop_good("offen.csv")
    (office.drop / "~$offen.csv").touch()
    days_told = []
    for days in (0, 0, 1, 1, 2, 3, 8, 9, 16):
        office.now = kit.tuesday + dt.timedelta(days=days)
        before = len(hook.calls)
        office.run()
        days_told += [days] * (len(hook.calls) - before)
    (office.drop / "~$offen.csv").unlink()
    office.run()
    office.drop_good("offen.csv")
    (office.drop / "~$offen.csv").touch()
    office.run()

    assert days_told == [1, 8, 16]
    assert len(told(hook)) == 3, "it was read, and what is there now is new"
    for said in told(hook):
        assert "Im Ablageordner liegt seit gestern oder länger etwas, was kein Abgleich lesen konnte: offen.csv." in said
        assert "- offen.csv: Die Datei ist noch in einem anderen Programm geöffnet. Schließen Sie sie;" in said


@POSIX
def test_the_installer_hears_at_once_of_a_file_that_no_run_can_ever_read(office: Office, hook: Hook) -> None:
    office.tell(installer=hook.address)
    (office.drop / "Verknüpfung.csv").symlink_to(office.config)

    office.run()
    office.run()

    (said,) = told(hook)
    assert said.startswith("Keine Zeile gelesen; 1 Datei war nicht lesbar.")
    assert "- Verknüpfung.csv: " in said


def test_the_monitoring_service_is_called_at_the_start_and_at_a_good_end_with_the_summary(office: Office, hook: Hook) -> None:
    office.tell(ping=hook.ping)
    office.drop_bad()
    office.run()

    assert hook.paths == ["/ping/hooksecret4711/start", "/ping/hooksecret4711"]
    assert hook.calls[1][1].decode() == "3 Zeilen gelesen: 1 erledigt, 2 brauchen Ihre Hilfe."


def test_the_monitoring_service_hears_of_a_failure(
    office: Office, hook: Hook, api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.tell(ping=hook.ping)
    office.drop_good()
    api.put_faults([{"on": "every", "do": "status", "code": 500}])
    office.run()
    monkeypatch.delenv("ONOFFICE_SECRET")
    with pytest.raises(ConfigurationError):
        office.run()

    assert [path.removeprefix("/ping/hooksecret4711") for path in hook.paths] == ["/start", "/fail", "/fail"]
    assert "onOffice war nicht zu erreichen" in hook.calls[1][1].decode()


def test_a_start_beside_an_active_run_calls_nobody_and_remembers_nothing(office: Office, hook: Hook) -> None:
    office.tell(ping=hook.ping, installer=hook.address)
    (office.folder / "state").mkdir(mode=0o700)
    with FileLock(config.load(office.config).folder("state") / "run.lock"), pytest.raises(AlreadyRunning):
        office.run()

    assert hook.calls == []
    assert [path.name for path in (office.folder / "state").iterdir()] == ["run.lock"]


def test_a_monitoring_service_that_is_away_refuses_or_sleeps_fails_nothing(hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    hook.status = 404
    Ping(hook.ping).success("x")
    Ping("http://127.0.0.1:1/hooksecret4711").start()
    Ping("nonsense hooksecret4711").start()
    hook.held.clear()
    begun = time.monotonic()
    Ping(hook.ping, timeout_seconds=0.1).fail("x")

    assert time.monotonic() - begun < 3
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        *("HTTP 404", "ConnectionError", "InvalidURL", "ReadTimeout")
    ]
    assert "hooksecret4711" not in caplog.text


def test_what_stands_behind_the_address_of_the_monitoring_service_stays_there(hook: Hook) -> None:
    Ping(f"{hook.ping}/?rid=7").start()

    assert hook.paths == ["/ping/hooksecret4711/start?rid=7"]
