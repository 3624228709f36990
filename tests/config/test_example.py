"""The example configuration shows every key, with the value that it has where nobody sets it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from pydantic import BaseModel

from sync import config
from sync.config import Config
from sync.domain.model import Column, Confirmation, Feedback

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE: Final = Path(__file__).parents[2] / "config.example.toml"
LINES: Final = EXAMPLE.read_text(encoding="utf-8").splitlines()


def keys(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if field.exclude:  # not of the file
            continue
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys(field.annotation, (*path, name))
        else:
            yield (*path, name)


def there(document: object, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(document, dict) or name not in document:
            return False
        document = document[name]
    return True


@pytest.mark.parametrize("path", list(keys(Config)), ids=".".join)
def test_every_key_is_in_the_example(path: tuple[str, ...]) -> None:
    assert there(tomllib.loads("\n".join(LINES)), path)


def test_the_example_holds_the_defaults_and_nothing_else() -> None:
    assert config.load(EXAMPLE) == Config(base=EXAMPLE.parent)


def test_every_default_is_written_as_it_is_so_that_even_its_kind_is_right() -> None:
    document = tomllib.loads("\n".join(LINES))
    defaults = Config().model_dump(mode="json")

    assert repr(dict(sorted(document.items()))) == repr(dict(sorted(defaults.items())))


@pytest.mark.parametrize("number", [n for n, line in enumerate(LINES) if re.match(r"\w+ = ", line)], ids=lambda n: LINES[n])
def test_every_key_has_a_comment_above_it(number: int) -> None:
    above = LINES[number - 1]

    assert above.startswith("# ") or (LINES[number].startswith("secret_env") and above.startswith("token_env"))


def test_the_lines_that_are_commented_out_work_too() -> None:
    text = "\n".join(re.sub(r'^# (?=\S+( gesetzt")? = \[")', "", line) for line in LINES)
    office = Config(**tomllib.loads(text))

    assert set(office.columns) == set(Column)
    assert set(office.words) == {*Confirmation, *Feedback}


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("onoffice", "url, token_env, secret_env"),
        ("folders", "drop, archive, results, state"),
        (
            "sending",
            (
                "requests_per_minute, actions_per_request, links_per_action, connect_timeout, read_timeout, attempts, rounds, "
                "deadline, look, modify_verb"
            ),
        ),
        ("rules", "on_conflict, create_missing_links, allow_delete, max_changes, max_invalid_share"),
        ("report", "language"),
        ("columns", ""),
        ("words", ""),
    ],
)
def test_the_names_that_others_rely_on_are_there(section: str, names: str) -> None:
    document = tomllib.loads("\n".join(LINES))

    assert set(filter(None, names.split(", "))) <= set(document[section])
