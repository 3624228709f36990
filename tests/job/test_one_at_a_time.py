"""One run of an office at a time; the lock dies with its process, however that ends."""

from __future__ import annotations

import time
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
