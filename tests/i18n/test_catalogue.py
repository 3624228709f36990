"""Every text has a key, every key has a text in every language, and no sentence stands in the code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from babel.messages.pofile import read_po

import sync
from sync.i18n import DOMAIN, LOCALES, Language, everywhere
from sync.i18n.texts import _SAID, trouble_text
from tests.i18n.derived import derived

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

PACKAGE: Final = Path(sync.__file__).parent
PLACE: Final = re.compile(r"\{(\w+)\}")
KEY: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
#: Other things of that shape.
NO_KEYS: Final = {
    "worklist.folder",
    "ledger.sqlite3",
    "report.language",
    "report.html",
    "report.json",
    "report.js",
    "fleet.html",
    "progress.remaining",
}
GERMAN: Final = re.compile(r"\b(?:der|die|das|dem|den|und|oder|nicht|ist|sind|wird|werden|eine?|Sie|Ihre?)\b")
CALLS: Final = frozenset({"text", "LazyText", "counted", "text_if_any", "everywhere", "in_all"})
languages = pytest.mark.parametrize("language", Language)


@cache
def catalogue(language: str) -> dict[str, tuple[str, ...]]:
    """The forms of every text of a language by its key."""
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        messages: Catalog = read_po(file)
    return {
        each.id if isinstance(each.id, str) else each.id[0]: each.string if isinstance(each.string, tuple) else (each.string,)
        for each in messages
        if each.id
    }


@cache
def nodes() -> list[tuple[Path, ast.Constant | ast.Call]]:
    """Every text and every call in the code."""
    trees = ((path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(PACKAGE.glob("**/*.py")))
    return [(path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.Call)]


def literals() -> Iterator[tuple[Path, str]]:
    """Every text in the code and in the pages that has the shape of a key."""
    rooms = {key.partition(".")[0] for key in catalogue("en")}
    for path, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
            yield path, node.value
    for path in sorted(PACKAGE.glob("**/templates/*.html")):
        for _, key in re.findall(r"""(["'])([a-z_.]+)\1""", path.read_text(encoding="utf-8")):
            if KEY.fullmatch(key) and key.partition(".")[0] in rooms:
                yield path, key


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every place in the code that asks for a text by name."""
    for path, node in nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and node.args:
            yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def asked(node: ast.Call) -> list[str]:
    """The keys that stand in a call as they are."""
    return [
        each.value
        for each in ast.walk(node.args[0])
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and KEY.fullmatch(each.value)
    ]


@languages
def test_every_key_that_the_code_asks_for_has_its_text(language: Language) -> None:
    wanted = {key for _, node in calls() if not isinstance(node.args[0], ast.JoinedStr) for key in asked(node)} | derived()

    assert wanted - catalogue(language).keys() == set()


def test_whatever_looks_like_a_key_is_one() -> None:
    rooms = {key.partition(".")[0] for key in catalogue("en")}
    said = {key for _, key in literals() if key.partition(".")[0] in rooms}

    assert said - catalogue("en").keys() == NO_KEYS


def test_no_german_sentence_stands_in_the_code() -> None:
    for path, node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value.split()) > 4:
            assert len(set(GERMAN.findall(node.value))) < 2, f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.value}"


#: Where English is said to nobody but the log, developers, or another program, or is no sentence.
NOT_FOR_PEOPLE: Final = {
    "simulator/": "it answers as onOffice does, and its options are for developers",
    "rows/columns.py": "names of headers",
    "ledger/": "SQL",
    "cli/app.py": "what typer says, for which there is a text, and what the system says to Python",
    "i18n/texts.py": "what the system says, for which there is a text",
    "confined/": "what a process and its parent say to each other",
    "job/demo.py": "what the demo finds wrong with this program",
    "job/watch.py": "for the log",
    "notify/notifier.py": "for the log",
    "log.py": "for the log",
    "report/__init__.py": "for the log",
    "report/excel/": "for the log",
    "setup/init.py": "comments of the example",
    "setup/schedule.py": "the mark by which a file is known as ours",
    "sheets/": "what is wrong inside of a damaged file, for the log",
    "dropfolder/files.py": "a folder of Windows",
    "dropfolder/filing.py": "a mistake in this program",
    "onoffice/client.py": "for the log",
    "notify/delivery.py": "a number of seconds, with a text for the one that there is",
}
#: Calls whose words are for the log, or a pattern.
_NOT_SAID: Final = frozenset({"_log", "re", "logging"})


@cache
def sentences() -> list[tuple[str, str]]:
    """Every text in the code that reads like a sentence, with the file that it stands in; not what is said to the log."""
    return [*found_sentences()]


def found_sentences() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.glob("**/*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        passed: set[int] = set()
        for node in ast.walk(tree):
            func = getattr(node, "func", None)
            logged = isinstance(func, ast.Attribute) and getattr(func.value, "id", "") in _NOT_SAID
            if logged or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                passed.update(map(id, ast.walk(node)))
            annotation = getattr(node, "annotation", None) or (getattr(func, "id", "") == "cast" and node)
            passed.update(map(id, ast.walk(annotation)) if annotation else ())
            if isinstance(node, ast.JoinedStr):
                passed.update(id(part) for part in ast.walk(node) if part is not node)
        for node in ast.walk(tree):
            if id(node) not in passed and isinstance(node, ast.Constant | ast.JoinedStr) and reads_like_one(written(node)):
                yield path.relative_to(PACKAGE).as_posix(), written(node)


def written(node: ast.Constant | ast.JoinedStr) -> str:
    """What stands in the code, without what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return " ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    return node.value if isinstance(node.value, str) else ""


def reads_like_one(said: str) -> bool:
    """Whether a text has three words or more, and is nothing that programs read."""
    words = re.findall(r"(?:^|(?<=[ \n]))[A-Za-z]?[a-z']+(?=[ ,.;:]|$)", said)
    return len(words) > 2 and not re.search(r"[{<\\]\w|\(\?|\| None", said)


def test_every_sentence_for_people_is_in_the_catalogue() -> None:
    left = [(path, said) for path, said in sentences() if not path.startswith(tuple(NOT_FOR_PEOPLE))]

    assert [(path, said) for path, said in left if trouble_text(said) == said and said not in _SAID] == []


def test_whoever_is_passed_over_has_such_sentences() -> None:
    assert [place for place in NOT_FOR_PEOPLE if not any(path.startswith(place) for path, _ in sentences())] == []


@languages
def test_no_text_is_left_that_nobody_asks_for(language: Language) -> None:
    used = {key for _, key in literals()} | derived()

    assert catalogue(language).keys() - used == set()


@languages
def test_every_language_has_the_same_texts_with_the_same_places_and_optional_parts(language: Language) -> None:
    ours, english = catalogue(language), catalogue("en")

    assert ours.keys() == english.keys()
    for key, forms in ours.items():
        assert (len(forms) > 1) == (len(english[key]) > 1), key
        assert all(form.strip() for form in forms), key
        assert set(PLACE.findall(forms[-1])) == set(PLACE.findall(english[key][-1])), key
        assert all(set(PLACE.findall(form)) <= set(PLACE.findall(forms[-1])) for form in forms), key
        assert all(sorted(optional(form)) == sorted(optional(english[key][-1])) for form in forms), key


def optional(form: str) -> list[tuple[str, ...]]:
    """The words of the parts that may be left out."""
    return [tuple(sorted(PLACE.findall(part))) for part in re.findall(r"\[([^\[\]]*\{\w+\}[^\[\]]*)\]", form)]


def test_every_call_gives_the_words_that_its_text_needs() -> None:
    for place, node in calls():
        given = {word.arg for word in node.keywords} | ({"count"} if getattr(node.func, "id", "") == "counted" else set())
        for key in asked(node):
            if node.func.id != "everywhere" and None not in given and not isinstance(node.args[0], ast.JoinedStr):  # type: ignore[attr-defined]
                needed = set(PLACE.findall(catalogue("en")[key][-1]))
                assert needed <= given or not given, (place, key, needed)


@languages
def test_what_is_compiled_is_what_is_written(language: Language) -> None:
    for key, forms in catalogue(language).items():
        assert {*forms} <= {*everywhere(key)}, f"{key}: compile the catalogues, see CONTRIBUTING"
