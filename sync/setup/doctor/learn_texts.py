"""The questions of `doctor --learn` and their answers in German and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.i18n import text, text_if_any

if TYPE_CHECKING:
    from pathlib import Path

    from sync.onoffice.questions import Answered, Value


def heads() -> list[str]:
    """The heads of the table."""
    return [text("learn.head.question"), text("learn.head.answer"), text("learn.head.sure")]


def row(answered: Answered) -> tuple[str, str, str]:
    """Question, answer, how sure."""
    return text(f"learn.question.{answered.question}"), _answer(answered), text(f"learn.sure.{answered.sure}")


def kept(path: Path) -> str:
    """Where the dialect is."""
    return text("learn.kept", path=path)


def _answer(answered: Answered) -> str:
    value: Value | None = answered.value
    if isinstance(value, str):
        return text_if_any(f"learn.answer.{answered.question}.{value or 'none'}") or value
    if value is None or isinstance(value, bool):
        return text("learn.nothing" if value is None else "learn.yes" if value else "learn.no")
    return (", ".join(value) or text("learn.none")) if isinstance(value, list) else str(value)
