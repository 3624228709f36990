"""The same file again: what onOffice refused, or took without showing it, is not asked for once more; a new row is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearsal.dialects import SERIES, Nights

if TYPE_CHECKING:
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit

REFUSING = [{"protected": ["series"], "protected_code": 156}, {"protected": ["series"], "protected_code": 0}]
BLIND = {"read_rights": False}


def two_nights(folder: Path, kit: type[Kit], api: Running, options: dict[str, Any]) -> Nights:
    """An office in whose second night the sheet of the first one lies there again, and nothing is sent for it."""
    nights = Nights(folder, kit, api, options)
    nights.drop("eins.csv")
    nights.night()
    nights.drop("zwei.csv")
    asked = nights.night().writes()
    assert len(asked) <= (options.get("protected_code") == 156), "one link a night, for a right may have been given since"
    return nights


@pytest.mark.parametrize("options", REFUSING, ids=["with a code", "in silence"])
def test_an_appointment_that_refuses_changes_is_told_so_and_not_asked_again_with_the_same_file(
    tmp_path: Path, kit: type[Kit], api: Running, options: dict[str, Any]
) -> None:
    nights = two_nights(tmp_path / "office", kit, api, options)
    nights.drop("drei.csv")
    told = [told for row, told in nights.night().rows if row.pair[0] == SERIES]

    assert {one["outcome"] for one in told} == {"rejected"}
    reasons = {"refused_by_crm"} if options["protected_code"] else {"not_made", "not_asked_again"}
    assert {problem["code"] for one in told for problem in one["problems"]} >= reasons


@pytest.mark.parametrize("options", [*REFUSING, BLIND], ids=["with a code", "in silence", "blind"])
def test_another_file_asks_again(tmp_path: Path, kit: type[Kit], api: Running, options: dict[str, Any]) -> None:
    nights = two_nights(tmp_path / "office", kit, api, options)
    nights.rows = [row for row in nights.rows if row.pair[0] == SERIES]
    nights.drop("correction.csv")

    assert {appointment for appointment, _ in nights.night().writes()} == {SERIES}


def test_what_another_file_changed_since_is_sent_again_by_the_first_one(tmp_path: Path, kit: type[Kit], api: Running) -> None:
    nights = two_nights(tmp_path / "office", kit, api, BLIND)
    rows, nights.rows = nights.rows, [row for row in nights.rows if row.pair[0] == SERIES]
    nights.rows = [type(row)(row.appointment, row.address, "gecancelt") for row in nights.rows]
    nights.drop("other.csv")
    nights.night()
    nights.rows = rows
    nights.drop("eins.csv")

    assert {appointment for appointment, _ in nights.night().writes()} == {SERIES}


def test_where_somebody_changed_the_link_since_it_is_asked_again(tmp_path: Path, kit: type[Kit], api: Running) -> None:
    nights = two_nights(tmp_path / "office", kit, api, REFUSING[0])
    state: Any = api.state()
    for appointment in state["appointments"]:
        for contact in appointment["contacts"] if appointment["id"] == SERIES else ():
            contact["confirmation"] = "nicht gesetzt"
    api.put_state(state)
    nights.drop("drei.csv")

    assert {appointment for appointment, _ in nights.night().writes()} == {SERIES}


def test_a_dry_run_promises_nothing_that_the_run_will_not_send(tmp_path: Path, kit: type[Kit], api: Running) -> None:
    nights = two_nights(tmp_path / "office", kit, api, REFUSING[1])
    nights.drop("drei.csv")
    planned = nights.office.run(nights.tools(), dry=True)

    assert planned.actions == ()
    told = {*planned.checked.problems.code}
    assert {"not_made", "not_asked_again"} <= told
    assert all(file.dropped_before for file in planned.checked.files)
    assert nights.night().writes() == set()


def test_what_showed_no_effect_in_one_night_is_called_a_refusal_in_the_next(tmp_path: Path, kit: type[Kit], api: Running) -> None:
    """In the first night reads may lag behind writes, for all that is known, as nothing else was written."""
    nights = Nights(tmp_path / "office", kit, api, {"protected": ["series"], "protected_code": 0})
    nights.rows = [row for row in nights.rows if row.pair[0] == SERIES]
    told = []
    for name in ("eins.csv", "zwei.csv"):
        nights.drop(name)
        night = nights.night()
        told.append([(told["outcome"], told["problems"][0]["code"], bool(night.writes())) for _, told in night.rows])

    assert told == [[("unknown", "not_applied", True)], [("rejected", "not_made", False)]]


def test_once_the_right_is_given_the_same_file_is_asked_for_again(tmp_path: Path, kit: type[Kit], api: Running) -> None:
    nights = Nights(tmp_path / "office", kit, api, {"write_rights": False})
    nights.drop("eins.csv")
    first = nights.night()
    refused = {row.pair for row, told in first.rows if told["error_code"] == 156}
    asked = []
    for name in ("zwei.csv", "drei.csv"):
        nights.drop(name)
        asked.append(nights.night().writes())
    assert len(refused) > 10
    assert [len(pairs) for pairs in asked] == [1, 1]
    assert asked[0] != asked[1], "another one each night"

    nights.speak({})
    nights.drop("vier.csv")
    last = nights.night()
    assert last.writes() >= refused
    assert nights.left(last) == []
