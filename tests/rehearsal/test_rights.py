"""What docs/onoffice-rights.md says about each right that may be missing is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.rehearsal.dialects import CANCELED, FINE, FOREIGN, PRIVATE, SERIES, Nights
from tests.rehearsal.dialects_not_yet import RIGHTS_NOT_YET

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.simulator import Running
    from tests.job.conftest import Kit
    from tests.rehearsal.dialects import Night
    from tests.rehearsal.worlds import Row

    Told = tuple[Row, dict[str, Any]]

DOCS: Final = Path(__file__).parents[2] / "docs" / "onoffice-rights.md"
PLAYED: Final = re.findall(r"\| `(--[^`]+)` \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)


def options(words: str) -> dict[str, Any]:
    """The options of a command line of `simulate`."""
    given: dict[str, Any] = {}
    for name, value in re.findall(r"--([\w-]+)(?: ([^-]\S*))?", words):
        key = name.replace("-", "_")
        if not value:
            given[key.removeprefix("no_")] = False
        elif key in {"unseen", "protected"}:
            given[key] = value.split(",")
        else:
            given[key] = float(value) if value[0].isdigit() else value
    return given


def without_reading(night: Night) -> None:
    for row, told in night.rows:
        assert not told["verified"], told
        assert told["outcome"] == "rejected" if row.action else told["outcome"] in {"updated", "rejected"}, told


def without_seeing_some(night: Night) -> None:
    for row, told in night.rows:
        if row.pair[0] in {PRIVATE, FOREIGN}:
            assert (told["outcome"], codes(told)) == ("rejected", ["appointment_unknown"])
    assert sum(told["outcome"] == "updated" for _, told in night.rows) > 10


def without_editing(night: Night) -> None:
    assert night.after == night.befores[0]
    for row, told in night.rows:
        holds = row.wants(night.after.get(row.pair))
        assert told["outcome"] == ("unchanged" if holds else "rejected"), told
    refused = {told["error_code"] for _, told in night.rows if told["outcome"] == "rejected"}
    assert refused == {156, None}, "None: not linked, or no such appointment"


def without_editing_some(night: Night) -> None:
    closed = [told for row, told in night.rows if row.pair[0] in {SERIES, CANCELED, PRIVATE, FOREIGN}]
    assert [(told["outcome"], told["error_code"]) for told in closed] == [("rejected", 156)] * 4


def without_addresses(night: Night) -> None:
    assert night.wrong() == []
    for row, told in night.rows:
        assert told["outcome"] == ("unknown" if row.links else "rejected"), told
        if row.pair in night.befores[0]:
            assert (codes(told), told["verified"], told["attempts"]) == (["perhaps_hidden"], False, 0), told


def without_some_addresses(night: Night) -> None:
    assert night.wrong() == []
    asked = [told for row, told in night.rows if row.pair in night.befores[0] and not row.feedback]
    assert {told["outcome"] in FINE or tuple(codes(told)) for told in asked} == {True, ("perhaps_hidden",)}


def without_relations(night: Night) -> None:
    assert night.wrong() == []
    assert {told["outcome"] for _, told in night.rows} <= FINE | {"rejected", "unknown"}


def without_deleting(night: Night) -> None:
    for row, told in night.rows:
        if row.unlinks:
            assert (told["outcome"], told["error_code"]) == ("rejected", 156)
        elif row.links:
            assert told["outcome"] == "updated"


def without_estates(night: Night) -> None:
    assert night.wrong() == []
    assert sum(told["outcome"] == "updated" for _, told in night.rows) > 10


HOLDS: Final[dict[str, Callable[[Night], None]]] = {
    "--no-read-rights": without_reading,
    "--unseen private,foreign": without_seeing_some,
    "--no-write-rights": without_editing,
    "--protected series,canceled,private,foreign": without_editing_some,
    "--no-address-rights": without_addresses,
    "--hidden-contacts 0.3": without_some_addresses,
    "--hidden-contacts 0.3 --hidden-from everything": without_relations,
    "--no-delete-rights": without_deleting,
    "--no-estate-rights": without_estates,
}


def codes(told: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in told["problems"] if problem["severity"] == "error"]


def test_every_right_that_is_named_is_played() -> None:
    assert list(HOLDS) == PLAYED


def _cases() -> list[object]:
    not_yet = {words: pytest.mark.xfail(reason=reason, strict=True) for words, reason in RIGHTS_NOT_YET.items()}
    return [pytest.param(words, marks=not_yet.get(words, ())) for words in PLAYED]


@pytest.mark.parametrize("words", _cases())
def test_without_a_right_the_job_says_what_is_written_and_no_more(
    tmp_path: Path, kit: type[Kit], api: Running, words: str
) -> None:
    nights = Nights(tmp_path / "office", kit, api, options(words))
    nights.drop("eins.csv")
    night = nights.night()
    HOLDS[words](night)
    assert nights.unasked() == []
