"""Everything that people read, in the language that is spoken: texts by their keys, numbers and dates as people write them.

The texts come from the catalogues in `locale`, a gettext catalogue for each language. A text may hold `{words}` to be filled in.
A part in square brackets is left out when one of the words in it is missing, so that no text ever shows an empty place.
"""

from __future__ import annotations

import gettext
import locale
import os
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


DOMAIN: Final = "onoffice-sync"
LOCALES: Final = Path(__file__).with_name("locale")
_OPTIONAL: Final = re.compile(r"\[([^\[\]]*\{\w+\}[^\[\]]*)\]")
_PROGRAM: Final = "onoffice-sync "
_OF_OURS: Final = re.compile(_PROGRAM + r"(run|doctor|undo|schedule|history|show|init|notify|simulate)\b")
#: What stands in commands for the program, and what behind each.
_NAMED: Final[ContextVar[tuple[str, str]]] = ContextVar("named", default=(_PROGRAM, ""))
_WORDED_IN: Final[ContextVar[Language | None]] = ContextVar("worded_in", default=None)
_PLACE: Final = re.compile(r"\{(\w+)\}")


class Language(StrEnum):
    """The languages of everything people read. A new one needs an entry here, its catalogue, and the names of its headers."""

    DE = "de"
    EN = "en"


class _Voice:
    """What this process speaks: set once per run, the same in all of its threads."""

    language = Language.DE


def name_in_commands(config: Path | None, program: str = _PROGRAM.strip()) -> None:
    """From now on, commands in texts name this configuration, as it has to be named; None where every command finds it.

    `program` is how whoever reads them has to start the program.
    """
    path = str(config.resolve()) if config else ""
    if set(path + program) & set("{}[]"):  # these mean something in texts
        _NAMED.set((_PROGRAM, ""))
    elif not path:
        _NAMED.set((f"{program} ", ""))
    else:
        _NAMED.set((f"{program} ", f" --config {as_typed([path])}"))


def as_typed(words: Sequence[str]) -> str:
    """A command as the shell of this system takes it."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def speak(language: Language) -> None:
    """From now on, all texts are in this language."""
    _Voice.language = language


def spoken() -> Language:
    """The language of all texts."""
    return _WORDED_IN.get() or _Voice.language


@contextmanager
def worded_in(language: Language | None) -> Iterator[None]:
    """Word texts here, and in no other thread, in a language; one within another changes nothing, and None is no language."""
    token = _WORDED_IN.set(_WORDED_IN.get() or language)
    try:
        yield
    finally:
        _WORDED_IN.reset(token)


def system_language(environment: Mapping[str, str] = os.environ, of_windows: Callable[[], str] | None = None) -> Language:
    """The language of this user's system, for as long as no configuration says another one.

    As gettext finds it: `LC_ALL`, `LC_MESSAGES`, `LANG`, and where one of these names a language, `LANGUAGE` before it; on
    Windows that of its menus. Whose language this program does not speak is spoken to in English; a system that names none, as
    servers and what they start by night, in German, like the offices and by the configuration's default.
    """
    named = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    if not named and (of_windows or sys.platform == "win32"):
        named = (of_windows or _language_of_windows)()
    if named.partition(".")[0] in {"", "C", "POSIX"}:
        return Language.DE
    known = {language.value: language for language in Language}
    wanted = (re.split("[_.@-]", name)[0].lower() for name in (*environment.get("LANGUAGE", "").split(":"), named))
    return next((known[name] for name in wanted if name in known), Language.EN)


def _language_of_windows() -> str:
    """The language of Windows' own menus for this user, such as `de_DE`."""
    import ctypes  # noqa: PLC0415 - only on Windows

    number: int = ctypes.windll.kernel32.GetUserDefaultUILanguage()  # type: ignore[attr-defined,unused-ignore]  # not on Linux
    return locale.windows_locale.get(number, "")


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak a language for a while."""
    before = _Voice.language
    speak(language)
    try:
        yield
    finally:
        speak(before)


def text(key: str, /, **words: object) -> str:
    """The text of a key with these words in their places; a word that is None or "" is missing."""
    said = _said(key, spoken(), _NAMED.get())
    return filled(said, words) if words else said


@lru_cache(maxsize=4096)  # more than there are keys; every row of a report asks for some
def _said(key: str, language: Language, named: tuple[str, str]) -> str:
    return _with_office(_catalogue(language).gettext(key), named)


def text_if_any(key: str, /, **words: object) -> str:
    """The text of a key, "" where there is none."""
    said = text(key, **words)
    return "" if said == key else said


def plural(key: str, number: int, /, **words: object) -> str:
    """The text of a key for so many of something."""
    said = _with_office(_catalogue(spoken()).ngettext(key, key, number), _NAMED.get())
    return text(key, **words) if said == key else filled(said, words)


class LazyText:
    """A text that is worded where it is read: an exception holds one, and a log says in English what people read in German."""

    __slots__ = ("key", "words")

    def __init__(self, key: str, /, **words: object) -> None:
        self.key, self.words = key, words

    def __str__(self) -> str:
        return text(self.key, **self.words)


def everywhere(key: str) -> list[str]:
    """The texts of a key in every language, in all their forms: what files hold that were written in any of them."""
    forms = (form for language in Language for form in _forms(_catalogue(language), key))
    return list(dict.fromkeys(forms))


def in_all(key: str, **words: object) -> str:
    """A text in every language, for who has not said yet which one."""
    return " / ".join(filled(said, words) for said in everywhere(key))


def filled(template: str, words: dict[str, object]) -> str:
    """A template with words in its places; without a word its part in brackets goes."""
    missing = frozenset(name for name, word in words.items() if word is None or word == "")
    shape = _shape(template, missing)
    for name in missing:
        words = {**words, name: text_if_any(f"blank.{name}")}
    return shape.format(**words)


def _with_office(said: str, named: tuple[str, str]) -> str:
    """A text whose commands are those for the office at hand; what starts the job every night only root may change."""
    program, config = named
    if named == (_PROGRAM, "") or _PROGRAM not in said:
        return said
    as_root = re.sub(r"^sudo -u \S+ ", "sudo ", program)

    def named_so(found: re.Match[str]) -> str:
        command = found[1]
        return f"{as_root if command == 'schedule' else program}{command}{'' if command == 'simulate' else config}"

    return _OF_OURS.sub(named_so, said)


@lru_cache(maxsize=1024)
def _shape(template: str, missing: frozenset[str]) -> str:
    return _OPTIONAL.sub(lambda part: "" if missing & set(_PLACE.findall(part[1])) else part[1], template)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def _forms(catalogue: gettext.NullTranslations, key: str) -> list[str]:
    found = [catalogue.gettext(key), *(catalogue.ngettext(key, key, count) for count in range(1, 102))]
    return [form for form in found if form != key]


# Numbers, dates and what is counted, as people of the spoken language write them.


def number(value: int) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}".replace(",", text("format.thousands"))


def counted(key: str, count: int, /, **words: object) -> str:
    """The text of a key for so many of something; the number is its word `count`."""
    return plural(key, count, count=number(count), **words)


def day(moment: date) -> str:
    """A day."""
    return moment.strftime(text("format.day"))


def when(moment: str) -> str:
    """A time from ISO text as people write it; anything else as it is."""
    try:
        return datetime.fromisoformat(moment).strftime(text("format.moment"))
    except ValueError:
        return moment
