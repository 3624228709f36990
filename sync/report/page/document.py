"""From a template to a page that needs nothing from outside and lets nothing run but its own style and script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sync.i18n import counted, number, spoken, text, when
from sync.i18n.texts import next_step, shown, verdict_meaning, verdict_word
from sync.report.story import findings_told
from sync.system.atomic import replacing

_TEMPLATES: Final = Path(__file__).parent / "templates"


def write_document(path: Path, template: str, script: str | None = None, **content: object) -> None:
    """Write a page, whole or not at all. Raises OSError."""
    css, js = _own("style.css"), _own(script) if script else Markup()
    allowed = {"default-src": "'none'", "style-src": _hash(css), "base-uri": "'none'", "form-action": "'none'"}
    if script:
        allowed["script-src"] = _hash(js)
    policy = "; ".join(" ".join(rule) for rule in allowed.items())
    page = _environment().get_template(template)
    stream = page.stream(css=css, js=js, policy=policy, language=spoken(), say=_Say(), **content)
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
    """How templates word things."""

    def __call__(self, key: str, **words: int | str) -> str:
        """A text with numbers and names in its places."""
        return text(key, **{name: number(word) if isinstance(word, int) else word for name, word in words.items()})

    verdict = staticmethod(verdict_word)
    meaning = staticmethod(verdict_meaning)
    step = staticmethod(next_step)
    number = staticmethod(number)
    when = staticmethod(when)
    findings = staticmethod(findings_told)

    def counted(self, count: int, key: str) -> str:
        """One or many."""
        return counted(key, count)
