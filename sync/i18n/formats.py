"""Numbers, dates and what is counted, as people of the spoken language write them."""

from __future__ import annotations

from datetime import date, datetime

from sync.i18n.translate import plural, text


def number(value: int) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}".replace(",", text("format.thousands"))


def counted(key: str, count: int, **words: object) -> str:
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
