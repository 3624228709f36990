"""Promise: no request more than the work needs. Worlds and floor are those that `benchmarks/performance.py` measures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.rounds.conftest import row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rounds.conftest import Office


def benchmark() -> Any:  # noqa: ANN401 - a module that no import can name
    """The benchmark as a module; it lies beside the package."""
    name = "benchmarks_performance"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "benchmarks" / "performance.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def requests(office: Office) -> list[str]:
    """What each request of this office did: "get" or "modify"."""
    return [entry["actions"][0]["verb"] for entry in office.crm.log()]


WORLDS = list(benchmark().WORLDS)


def night(make: Callable[..., Office], name: str, size: int) -> tuple[list[str], list[Any]]:
    """One night over one of the benchmark's worlds: the requests that it took, and its rows."""
    rows = benchmark().world(name, size)
    made = make(benchmark().seed(rows))
    before = len(requests(made))
    seen = made.night([row(each.appointment, each.address, *each.words) for each in rows])
    expected = ["rejected" if each.refused else "updated" if each.differs else "unchanged" for each in rows]
    assert seen.verdicts == expected
    return requests(made)[before:], rows


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("size", [7, 100, 1_300])
def test_reads_and_writes_are_exactly_the_floor(office: Callable[..., Office], name: str, size: int) -> None:
    sent, rows = night(office, name, size)

    reads, writes = benchmark().floor(rows)
    reads -= any(each.refused for each in rows)  # this office asks for no names
    assert (sent.count("get"), sent.count("modify")) == (reads, writes)
    assert len(sent) == reads + writes


@pytest.mark.long
def test_ten_thousand_rows_within_ninety_days_take_three_reads_and_a_normal_night_of_them_twelve_requests(
    office: Callable[..., Office],
) -> None:
    nights = {name: night(office, name, 10_000)[0] for name in WORLDS}

    assert max(sent.count("get") for sent in nights.values()) <= 3
    assert len(nights["5 % different"]) <= 12


@pytest.mark.long
def test_a_normal_night_takes_twelve_requests_where_no_two_changes_share_an_appointment_or_an_address(
    office: Callable[..., Office],
) -> None:
    rows = [
        benchmark().Row(number, 20_000 + number, ("gesendet", "aktiv"), (number, 0), number % 20 == 0)
        for number in range(1, 10_001)
    ]
    made = office(benchmark().seed(rows))
    before = len(requests(made))
    seen = made.night([row(each.appointment, each.address, *each.words) for each in rows])

    assert seen.verdicts.count("updated") == 500
    assert len(requests(made)[before:]) == 12
