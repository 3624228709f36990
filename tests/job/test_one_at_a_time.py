"""One run of an office at a time; the lock dies with its process, however that ends."""

from __future__ import annotations

import datetime as dt
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sync.errors import AlreadyRunning

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, Spawn, World


@pytest.fixture
def world(office: Office, api: Running, kit: type[Kit]) -> World:
    world = kit.plain_world(12)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    return world


def until_asked(api: Running) -> None:
    end = time.monotonic() + 60
    while not api.log():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_second_start_ends_at_once_and_touches_nothing(
    office: Office, api: Running, spawn: Spawn, kit: type[Kit], world: World
) -> None:
    api.put_options({"latency_ms": 60_000})
    first = spawn(office)
    until_asked(api)  # and now it waits for its answer
    before = kit.Snapshot.of(office.folder)

    for _ in range(50):
        with pytest.raises(AlreadyRunning):
            office.run()
    second = office.command("run")

    assert kit.Snapshot.of(office.folder) == before
    assert (second.returncode, second.stdout) == (4, b"")
    assert second.stderr.decode().startswith("Für dieses Büro läuft schon ein Abgleich (Sperre ")
    assert len(api.log()) == 1
    assert first.is_alive()
    first.kill()
    first.join()
    assert kit.links(api.state()) == kit.links(world.seed)


def test_the_lock_of_a_killed_run_is_free_at_once(
    office: Office, api: Running, spawn: Spawn, kit: type[Kit], world: World
) -> None:
    api.put_options({"latency_ms": 2_000})
    first = spawn(office)
    until_asked(api)
    first.kill()
    first.join()
    api.put_options({"latency_ms": 0})

    assert office.run().info.exit_code == 0
    assert kit.links(api.state()) == world.wanted


def test_a_dry_run_beside_a_run_is_welcome(office: Office, api: Running, spawn: Spawn, kit: type[Kit], world: World) -> None:
    api.put_options({"latency_ms": 500})
    first = spawn(office)
    until_asked(api)

    planned = office.run(dry=True)

    api.put_options({"latency_ms": 0})
    first.join(60)
    assert planned.info.exit_code == 0
    assert (first.exitcode, kit.links(api.state())) == (0, world.wanted)


def test_a_second_run_in_the_same_second_never_gets_the_id_of_the_first(
    office: Office, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr("sync.ledger.memory.secrets", SimpleNamespace(token_hex=lambda _: next(drawn)))
    monkeypatch.setattr("sync.job.context.Runtime.local_time", lambda *_: dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC))
    ids = []
    for name in ("a.csv", "b.csv"):
        office.drop_csv(name, kit.plain_world(2).rows)
        ids.append(office.run().info.id)

    assert ids == ["20261201-030000-aaaa", "20261201-030000-bbbb"]
