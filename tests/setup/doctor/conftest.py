"""An office on the disk, the simulator beside it, and an examination of both in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from sync import simulator
from sync.onoffice.client import Client
from sync.onoffice.transport import Limiter
from sync.setup.doctor import Examination, Finding, Level, Named, Symptom, examine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.simulator import Running

TOKEN, SECRET = "7ab1c0ffee7ab1c0ffee7ab1c0ffee77", "5eca3f" * 10 + "5eca"
FOLDERS = ("drop", "archive", "refused", "results", "state")
SEED = {
    "appointments": [
        {
            "id": 70001,
            "start": "2026-12-02T09:00:00+01:00",
            "contacts": [
                {"id": 90001, "confirmation": "bestätigt", "feedback": "aktiv"},
                {"id": 90002, "confirmation": "nicht gesetzt", "feedback": None},
            ],
        },
        {"id": 70002, "start": "2026-12-02T11:00:00+01:00", "contacts": []},
    ],
    "addresses": [90001, 90002, 90009],
}


@pytest.fixture(autouse=True)
def made_up_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy onOffice is asked again at once: pauses are the client's and the limiter's, and their own tests hold them."""
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    monkeypatch.setattr("sync.setup.doctor.api.Client", partial(Client, sleep=sleep))
    monkeypatch.setattr("sync.setup.doctor.api.Limiter", partial(Limiter, clock=lambda: passed[0], sleep=sleep))


@dataclass
class Practice:
    """One office with its folders made, and the credentials in its environment."""

    folder: Path
    url: str
    settings: dict[str, dict[str, object]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=lambda: {"ONOFFICE_TOKEN": TOKEN, "ONOFFICE_SECRET": SECRET})

    def __post_init__(self) -> None:
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True, mode=0o700)
        self.configure("onoffice", url=self.url)

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self, section: str, **settings: object) -> None:
        self.settings.setdefault(section, {}).update(settings)
        lines = [
            line
            for name, keys in self.settings.items()
            for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items()))
        ]
        self.config.write_text("\n".join(lines), encoding="utf-8")

    def examine(self, named: Named | None = None, **clock: Callable[[], float]) -> Examination:
        return examine(self.config, named, self.environment, **clock)

    def found(self, named: Named | None = None, **clock: Callable[[], float]) -> dict[Symptom, Finding]:
        """The findings by what they are; of several folders with the same finding the last one."""
        return {finding.symptom: finding for finding in self.examine(named, **clock).findings}

    def bad(self, named: Named | None = None) -> list[Symptom]:
        """What is not in order, but for what every examination without an appointment says."""
        findings = self.examine(named).findings
        return [f.symptom for f in findings if f.level is not Level.OK and f.symptom is not Symptom.WRITE_NOT_TRIED]


@pytest.fixture
def api() -> Iterator[Running]:
    with simulator.running(SEED, token=TOKEN, secret=SECRET) as running:
        yield running


@pytest.fixture
def practice(tmp_path: Path, api: Running, monkeypatch: pytest.MonkeyPatch) -> Practice:
    monkeypatch.setattr("sync.credentials._from_keyring", lambda _name: "")
    monkeypatch.setattr("sync.setup.doctor.machine.is_root", lambda: False)  # tests may run as anybody
    return Practice(tmp_path / "office", api.url)
