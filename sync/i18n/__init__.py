"""Everything that people read, in the language that is spoken: texts by their keys, numbers and dates as people write them."""

from sync.i18n.translate import (
    Language,
    LazyText,
    counted,
    day,
    everywhere,
    in_all,
    name_in_commands,
    number,
    speak,
    speaking,
    spoken,
    system_language,
    text,
    text_if_any,
    when,
    worded_in,
)

__all__ = [
    "Language",
    "LazyText",
    "counted",
    "day",
    "everywhere",
    "in_all",
    "name_in_commands",
    "number",
    "speak",
    "speaking",
    "spoken",
    "system_language",
    "text",
    "text_if_any",
    "when",
    "worded_in",
]
