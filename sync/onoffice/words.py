"""Words of the API: German where they are written, English where they are read, and what else may stand for them.

How they read is documented for the confirmation only (onoffice-api 6): each spelling that can mean one thing only is taken.
And the shapes in which it says the same thing. Pure.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sync.domain.model import Confirmation, Feedback, State
from sync.domain.tables import numbers_in
from sync.onoffice.names import CONFIRMATION_KEY, FEEDBACK_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync.domain.tables import Ints

_BETWEEN: Final = str.maketrans("", "", " -_\t")


def relationinfo(words: State) -> dict[str, str]:
    """The `relationinfo` that writes these words: only the keys that are set (onoffice-api 5.3)."""
    info = {}
    if words.confirmation is not None:
        info[CONFIRMATION_KEY] = words.confirmation.value
    if words.feedback is not None:
        info[FEEDBACK_KEY] = words.feedback.value
    return info


@lru_cache(maxsize=1_000)  # there are few of them, and links by the million
def read_state(confirmation: str | None, feedback: str | None) -> State:
    """The state behind the words of one contact as read; a word that is not known, or not there, reads as None."""
    return State(
        None if confirmation is None else _READ_CONFIRMATION.get(_bare(confirmation)),
        None if feedback is None else _READ_FEEDBACK.get(_bare(feedback)),
    )


def learnt_state(
    state: State,
    unread: tuple[str | None, str | None],
    confirmations: Mapping[str, Confirmation],
    feedbacks: Mapping[str, Feedback],
) -> State:
    """A state with the words that an office's API was seen to say."""
    confirmation, feedback = unread
    return State(
        state.confirmation or (None if confirmation is None else confirmations.get(confirmation)),
        state.feedback or (None if feedback is None else feedbacks.get(feedback)),
    )


def _bare(text: str) -> str:
    return text.casefold().translate(_BETWEEN)


_READ_CONFIRMATION: Final = {_bare(said): word for word in Confirmation for said in (word, *word.read)}
_READ_FEEDBACK: Final = {_bare(said): word for word in Feedback for said in (word, *word.read)}


# The shapes in which the API says the same thing: the one place that is tolerant.
#
# PHP writes an empty object as an empty list, and a list that was filtered as an object (onoffice-api 2.1); a warning may stand
# around the JSON. What comes out of here has one shape.


#: All that fits into 64 bits; Python itself refuses to read numbers of thousands of digits.
_MOST_DIGITS: Final = 18
_TOO_LARGE_AN_ID: Final = 10**_MOST_DIGITS
#: Half of a pair of surrogates and NUL, which no file, database or output takes, and the escapes of JSON that stand for them.
_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")
_PERHAPS_UNWRITABLE: Final = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_BYTE_ORDER_MARK: Final = "\ufeff"
_LATEST_EPOCH_SECONDS: Final = 10**11
#: Where the results of an answer begin, what stands after each of them, and for a while in their place.
_RESULTS: Final = re.compile(r'"results"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*')
_NEXT: Final = re.compile(r"[ \t\r\n]*([,\]])[ \t\r\n]*")
_ALREADY_READ: Final = "already read"


def number(value: object) -> int | None:
    """An id or a code that may come as number or as text; None for anything else."""
    if type(value) is int:
        return value if 0 <= value < _TOO_LARGE_AN_ID else None
    if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) <= _MOST_DIGITS:
        return int(value)
    return None


def record_numbers(values: Sequence[Any]) -> Ints:
    """As `number` has them, where all are ids: that of texts takes a third of the time.

    Raises:
        ValueError: one is none.
    """
    if {*map(type, values)} == {str} and (plain := numbers_in(values)) is not None and plain.max() < _TOO_LARGE_AN_ID:
        return plain
    numbers = [*map(number, values)]
    if None in numbers:
        raise ValueError
    return np.array(numbers, dtype=np.int64)


def members(value: object) -> Sequence[Mapping[str, object]] | None:
    """The objects of a list, or of an object with numbers or ids as keys; none where there is nothing; None for anything else."""
    if not value:
        return () if value is None or value in ([], {}) else None
    if isinstance(value, dict):
        value = [*value.values()]
    found = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    return found or None


def fields(value: object) -> Mapping[str, object]:
    """The fields of an object, also of one that came as a list of objects; none where there are none."""
    if isinstance(value, dict):
        return value
    found: dict[str, object] = {}
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            found |= each
    return found


def word(value: object) -> str | None:
    """The text of a word that may come as text, number, truth value or object with a `value`; None for anything else."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, bool | int) else None


def line(value: object) -> str:
    """A text, or the `value` of an object, in one line; "" for anything else."""
    return "" if value is None or value == "" else " ".join((word(value) or "").split())


def moment(value: object) -> str | None:
    """A point in time as ISO text, from text or from seconds since 1970; None for anything else."""
    if isinstance(value, str) and value and not value.isdigit():
        return value
    seconds = number(value)
    if seconds is None or not 0 < seconds < _LATEST_EPOCH_SECONDS:
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()


def _as_it_is(value: object) -> object:
    return value


def answer_in(body: bytes, understand: Callable[[object], object] = _as_it_is) -> tuple[object, str]:
    """The JSON of a body, and what stands around it.

    In place of its results stands what `understand` makes of each, as soon as it is read: what a large answer says takes many
    times its room. Where it has another form than most, they stand there as they are.

    Raises:
        ValueError: there is no answer in it, or there are several.
    """
    text = body.decode("utf-8-sig", "replace")
    clean = _writable if _PERHAPS_UNWRITABLE.search(text) else _as_it_is
    answer = _result_by_result(text, clean, understand)
    if answer is not None:
        return answer, ""
    try:
        return clean(json.loads(text)), ""
    except (ValueError, RecursionError) as error:
        found = list(_objects_in(text))
        if len(found) != 1:
            raise ValueError("the answer is not JSON") from error
        (answer, start, end) = found[0]
        return clean(answer), f"{text[:start]}{text[end:]}".strip(f"{_BYTE_ORDER_MARK} \r\n\t")


def _result_by_result(text: str, clean: Callable[[object], object], understand: Callable[[object], object]) -> object:
    """The answer with what is made of its results, which are read one after the other; None where it has another form."""
    begins = _RESULTS.search(text)
    if begins is None:
        return None
    read, results, end, mark = json.JSONDecoder().raw_decode, list[object](), begins.end(), ","
    try:
        while mark == ",":
            result, end = read(text, end)
            results.append(understand(clean(result)))
            following = _NEXT.match(text, end)
            if following is None:
                return None
            mark, end = following[1], following.end()
        answer = clean(json.loads(f'{text[: begins.end()]}"{_ALREADY_READ}"]{text[end:]}'))
    except (ValueError, RecursionError):
        return None
    response = answer.get("response") if isinstance(answer, dict) else None
    if not isinstance(response, dict) or response.get("results") != [_ALREADY_READ]:
        return None  # other results than these
    response["results"] = results
    return answer


def _writable(value: object) -> object:
    """The same without what nothing could write down."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_writable(each) for each in value]
    return {_writable(name): _writable(each) for name, each in value.items()} if isinstance(value, dict) else value


def _objects_in(text: str) -> Iterator[tuple[Mapping[str, object], int, int]]:
    """The whole objects in a text that look like an answer of the API, with where they begin and end."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(found, dict) and {"status", "response"} & found.keys():
                yield found, at, end
        at = text.find("{", end)
