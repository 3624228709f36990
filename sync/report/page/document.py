"""From a template to a page that needs nothing from outside and lets nothing run but its own style and script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sync.i18n.texts import next_step, shown, verdict_meaning, verdict_word
from sync.report.story import counted, findings_told, number, when
from sync.system.atomic import replacing

if TYPE_CHECKING:
    from sync.i18n.texts import Language, Words

_TEMPLATES: Final = Path(__file__).parent / "templates"


def write_document(path: Path, template: str, language: Language, script: str | None = None, **content: object) -> None:
    """Write a page, whole or not at all. Raises OSError."""
    css, js = _own("style.css"), _own(script) if script else Markup()
    allowed = {"default-src": "'none'", "style-src": _hash(css), "base-uri": "'none'", "form-action": "'none'"}
    if script:
        allowed["script-src"] = _hash(js)
    policy = "; ".join(" ".join(rule) for rule in allowed.items())
    page = _environment().get_template(template)
    stream = page.stream(css=css, js=js, policy=policy, language=language, say=_Say(language), **content)
    stream.enable_buffering(100)
    with replacing(path) as file:
        file.writelines(part.encode("utf-8", "backslashreplace") for part in stream)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.filters["shown"] = lambda text: shown(text, 200)
    return environment


@cache
def _own(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - written by us, holds nothing from outside


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class _Say:
    """How templates word things in the language of the page."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __call__(self, words: Words, *numbers: int | str) -> str:
        """A text with numbers and names in its places."""
        told = [number(one, self._language) if isinstance(one, int) else one for one in numbers]
        return words.text(self._language).format(*told)

    def verdict(self, word: str) -> str:
        """A verdict as one word."""
        return verdict_word(word, self._language)

    def meaning(self, word: str) -> str:
        """What a verdict means."""
        return verdict_meaning(word, self._language)

    def step(self, word: str) -> str:
        """What to do after a verdict."""
        return next_step(word, self._language)

    def number(self, value: int) -> str:
        """A whole number."""
        return number(value, self._language)

    def when(self, moment: str) -> str:
        """A time."""
        return when(moment, self._language)

    def counted(self, count: int, one: Words, many: Words) -> str:
        """One or many."""
        return counted(count, one, many, self._language)

    def findings(self, count: int, rows: int) -> str:
        """How many findings there are, and in how many rows."""
        return findings_told(count, rows, self._language)
