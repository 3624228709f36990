"""Where every file goes is known before one of them moves, and no two go to one place."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sync import dropfolder
from sync.dropfolder import Claimed, Decided, Fate, Folders, Move
from sync.dropfolder.files import key

BASE = Path(Path.cwd().anchor) / "office"
FOLDERS = Folders(*(BASE / name for name in ("drop", "drop/archive", "refused", "results", "state")))


def decided(*wishes: tuple[str, Fate]) -> list[Decided]:
    return [
        Decided(Claimed(FOLDERS.claimed / "run-1" / f"{seq:06d}" / name, Path(name), 1, 1, "run-1", seq), fate, "why")
        for seq, (name, fate) in enumerate(wishes, 1)
    ]


def plan(*wishes: tuple[str, Fate], there: tuple[str, ...] = ()) -> list[str]:
    taken = {BASE / name for name in there}
    moves = dropfolder.plan_destinations(FOLDERS, "run-2", decided(*wishes), taken=taken.__contains__)
    return [move.destination.relative_to(BASE).as_posix() for move in moves]


def test_each_fate_has_its_place_and_the_path_below_the_drop_folder_stays() -> None:
    wishes = (("sub/a.csv", Fate.ARCHIVE), ("sub/b.csv", Fate.REFUSE), ("sub/c.csv", Fate.RETURN))
    assert plan(*wishes) == ["drop/archive/run-2/sub/a.csv", "refused/run-2/sub/b.csv", "drop/sub/c.csv"]


def test_a_refused_file_has_its_reason_beside_it() -> None:
    (move,) = dropfolder.plan_destinations(FOLDERS, "run-2", decided(("sub/b.csv", Fate.REFUSE)), taken=lambda _: False)
    assert move.note == BASE / "refused" / "run-2" / "sub" / "b.csv.txt"
    assert move.reason == "why"


def test_a_taken_name_gets_a_number_before_its_suffix() -> None:
    assert plan(("a.csv", Fate.RETURN), there=("drop/a.csv", "drop/a (2).csv")) == ["drop/a (3).csv"]


def test_names_that_some_file_systems_take_for_the_same_do_not_meet() -> None:
    wishes = [(name, Fate.ARCHIVE) for name in ("Übersicht.csv", "u\u0308bersicht.csv", "ÜBERSICHT.CSV")]
    assert plan(*wishes) == [
        f"drop/archive/run-2/{name}" for name in ("Übersicht.csv", "u\u0308bersicht (2).csv", "ÜBERSICHT (3).CSV")
    ]


def test_a_reason_never_takes_the_place_of_a_file_or_a_folder() -> None:
    wishes = (("a.csv.txt", Fate.REFUSE), ("a.csv", Fate.REFUSE), ("b.txt/x.csv", Fate.REFUSE), ("b", Fate.REFUSE))
    assert [Path(name).name for name in plan(*wishes)] == ["a.csv.txt", "a (2).csv", "x.csv", "b (2)"]
    assert plan(("a.csv", Fate.REFUSE), there=("refused/run-2/a.csv.txt",)) == ["refused/run-2/a (2).csv"]


def test_the_longest_names_still_fit_with_number_and_reason() -> None:
    name = "ü" * 125 + ".xlsx"
    moves = dropfolder.plan_destinations(
        FOLDERS, "run-2", decided((name, Fate.REFUSE), (name.upper(), Fate.REFUSE)), taken=lambda _: False
    )
    assert moves[0].destination.name == name
    assert moves[1].destination.name == "Ü" * 123 + " (2).XLSX"
    assert [len(os.fsencode(move.note.name)) for move in moves if move.note] == [255, 255]
    assert len(plan(("x." + "y" * 253, Fate.RETURN), there=("drop/x." + "y" * 253,))[0].removeprefix("drop/")) == 255


NAMES = st.text(st.sampled_from("aAäÄ\u0308ß. ()2x"), min_size=1, max_size=6).filter(lambda name: name not in {".", ".."})
LONG = st.integers(1, 125).map(lambda n: "ü" * n + ".csv")
PATHS = st.lists(NAMES | LONG, min_size=1, max_size=3).map("/".join)


@given(st.lists(st.tuples(PATHS, st.sampled_from(Fate)), max_size=12), st.sets(PATHS, max_size=5))
def test_no_two_places_are_the_same_for_any_file_system_and_none_leaves_its_folder(
    wishes: list[tuple[str, Fate]], there: set[str]
) -> None:
    taken = {FOLDERS.drop / name for name in there}
    moves = dropfolder.plan_destinations(FOLDERS, "run-2", decided(*wishes), taken=taken.__contains__)
    assert len(moves) == len(wishes)
    places = [place for move in moves for place in (move.destination, move.note) if place is not None]
    assert max(Counter(key(str(place)) for place in places).values(), default=1) == 1
    assert taken.isdisjoint(places)
    assert all(len(os.fsencode(place.name)) <= dropfolder.NAME_BYTES for place in places)
    assert all(inside(move) for move in moves)


def inside(move: Move) -> bool:
    root = {Fate.ARCHIVE: FOLDERS.archive / "run-2", Fate.REFUSE: FOLDERS.refused / "run-2", Fate.RETURN: FOLDERS.drop}[move.fate]
    return move.destination.is_relative_to(root) and ".." not in move.destination.parts
