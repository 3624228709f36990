"""Somebody else does whatever comes to mind in the drop folder and the results while night follows night."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if sys.platform == "win32":
    pytest.skip("Windows needs rights for links and has no pipes in folders", allow_module_level=True)

from sync.errors import SyncError
from tests.security.attacker import SECRET, as_attacker, meanwhile, place

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Kit

    from sync.simulator import Running

NAMES: Final = ("sub", "a.csv", "index.html", "report.json", "b.csv", "x" * 250, "あ" * 70, "Ergebnis.xlsx", "\udcff.csv", ".b.tmp")
ROWS: Final = "Termin-ID;Adress-ID;Terminbestätigung\r\n70001;90001;bestätigt\r\n"


def chaos(shared: tuple[Path, ...], targets: tuple[Path, ...], dice: random.Random) -> Callable[[], None]:
    """One act of it, another one at every call."""

    def some() -> Path:
        top = dice.choice(shared)
        inside = [path for path in top.rglob("*") if not path.is_symlink()] or [top]
        where = dice.choice([top, top, *inside])
        return (where if where.is_dir() else where.parent) / dice.choice(NAMES)

    def there() -> Path:
        return dice.choice([path for top in shared for path in top.rglob("*")])

    def write() -> None:
        path = some()
        path.write_text(ROWS if dice.random() < 0.7 else "[" * 100_000, "utf-8")
        os.utime(path, (1_000_000_000, 1_000_000_000))

    acts: list[Callable[[], object]] = [
        write,
        lambda: write(),
        lambda: some().mkdir(),
        lambda: some().symlink_to(dice.choice(targets)),
        lambda: os.mkfifo(some()),
        lambda: there().rename(some()),
        lambda: there().rename(some()),
        lambda: os.link(there(), some()),
        lambda: there().unlink(),
        lambda: there().chmod(dice.choice([0o000, 0o500, 0o600, 0o777, 0o4755])),
        lambda: shutil.rmtree(there()),
        lambda: os.truncate(there(), dice.choice([0, 1, 10**9])),
        lambda: swap(there(), dice.choice(targets)),
    ]

    def swap(path: Path, target: Path) -> None:
        aside = path.with_name(f"{path.name[:50]}.aside")
        path.rename(aside)
        path.symlink_to(target)
        time.sleep(dice.random() / 1000)
        path.unlink()
        aside.rename(path)

    def act() -> None:
        with suppress(OSError, IndexError, ValueError):
            dice.choice(acts)()
        time.sleep(dice.random() / 500)

    return act


def nights(kit: type[Kit], api: Running, number: int, seed: int) -> tuple[list[str], int]:
    """What went wrong in so many nights, and how many of them did their work."""
    wrong, done = [], 0
    with place() as here:
        office = kit.Office(here.top, api.url)
        for path in (office.folder / "config.toml",):
            path.chmod(0o600)
        kept = {path: path.read_bytes() for path in (office.config, here.secret)}
        targets = (here.private, here.secret, office.config, here.folders.state, here.folders.archive, Path("/dev/zero"))
        act = chaos((here.folders.drop, here.folders.results), targets, random.Random(seed))
        as_attacker(lambda: [act() for _ in range(20)] and None)
        with meanwhile(act):
            for night in range(number):
                signal.alarm(60)
                try:
                    office.run()
                    done += 1
                except SyncError as error:
                    wrong.append(f"told: {error}")
                except Exception as error:  # noqa: BLE001 - whatever it is, it ends a night
                    wrong.append(f"night {night}: {type(error).__name__}: {error}")
                finally:
                    signal.alarm(0)
        wrong += [f"changed: {path}" for path, content in kept.items() if path.read_bytes() != content]
        wrong += [f"planted: {path}" for path in here.private.iterdir() if path != here.secret]
        moved = [path for top in (here.folders.archive, here.folders.refused) for path in top.rglob("*") if path.is_file()]
        wrong += [f"shown: {path}" for path in moved if path.stat().st_size == len(SECRET) and path.read_bytes() == SECRET]
    return wrong, done
