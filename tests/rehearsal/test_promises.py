"""No promise of docs/design.md is without a test: docs/reliability.md names one for each, and each of them is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
DESIGN: Final = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
RELIABILITY: Final = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def plain(text: str) -> str:
    """Words without line breaks and marks."""
    return " ".join(re.sub(r"[*`]", "", text).split())


def section(title: str) -> str:
    return DESIGN.partition(f"## {title}\n")[2].partition("\n## ")[0]


def promises() -> list[str]:
    """Every numbered promise, every step of a round, every failure."""
    listed = re.findall(r"^(?:\d\.|\*) (.+(?:\n  +.+)*)", section("Promises") + section("A round"), re.MULTILINE)
    failures = [line.split("|")[1] for line in section("What a failure means").splitlines() if line.startswith("| ")][1:]
    return [plain(text) for text in (*listed, *failures) if set(text.strip()) != {"-"}]


#: What is promised, in the words of docs/design.md, and the tests that hold it.
TABLE: Final = [
    (plain(promise), re.findall(r"`(tests/\S+?)::(test_\w+|Test\w+)`", tests))
    for promise, tests in re.findall(r"^\| (.+?) \| (.*`tests/.+) \|$", RELIABILITY, re.MULTILINE)
]


@pytest.mark.parametrize("promise", promises())
def test_every_promise_has_a_test(promise: str) -> None:
    assert [words for words, _ in TABLE if words in promise], "docs/reliability.md names no test for it"


def test_every_line_of_the_table_quotes_the_design_and_names_tests() -> None:
    assert [words for words, tests in TABLE if words not in plain(DESIGN) or not tests] == []


@pytest.mark.parametrize(("file", "name"), sorted({test for _, tests in TABLE for test in tests}))
def test_every_test_that_is_named_is_there(file: str, name: str) -> None:
    assert re.search(rf"^(?:def|class) {name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
