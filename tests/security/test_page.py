"""No promise of docs/security.md is without a test that is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
PROMISES: Final = re.findall(
    r"^\| (?!promise|---)(.+?) \| (.+) \|$", PAGE.partition("## What follows")[2].partition("\n## ")[0], re.MULTILINE
)
TESTS: Final = sorted({test for _, held in PROMISES for test in re.findall(r"`(tests/\S+?)::(test_\w+|Test\w+)`", held)})


@pytest.mark.parametrize("promise", [promise for promise, held in PROMISES if "reliability.md" not in held])
def test_every_promise_has_a_test(promise: str) -> None:
    assert "::test_" in dict(PROMISES)[promise]


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_every_test_that_is_named_is_there(file: str, name: str) -> None:
    assert re.search(rf"^(?:def|class) {name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_names_tests_of_every_part() -> None:
    assert len(PROMISES) > 20
    assert len(TESTS) > 60
