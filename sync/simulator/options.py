"""The simulator's options: every behaviour that the public facts leave open is one of them (onoffice-api 9)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sync.simulator.checks import a_number, a_switch, a_whole_number, a_word, an_object

if TYPE_CHECKING:
    from collections.abc import Callable


class Envelope(StrEnum):
    """What the top level says when an action failed (onoffice-api 2.2: E1, E2, E3)."""

    WRAPPED = "97"
    CODE = "code"
    OK = "ok"


class SuccessBody(StrEnum):
    """What a successful write answers (onoffice-api 5.3)."""

    EMPTY = "empty"
    RECORD = "record"


class SeveralLinks(StrEnum):
    """What an action of several links does when one of them is wrong; it answers an error in every case.

    ATOMIC: nothing. PARTIAL: the right ones. FIRST: the ones before the first wrong one.
    """

    ATOMIC = "atomic"
    PARTIAL = "partial"
    FIRST = "first"


class EmptyResourceId(StrEnum):
    """Whether a relation is written with an empty resourceid (onoffice-api 3.1, code 18)."""

    OK = "ok"
    REFUSED = "18"


class FollowUpWords(StrEnum):
    """The words of `followUpStatus` (onoffice-api 6.1)."""

    GERMAN = "german"
    ENGLISH = "english"


class ModifyVerb(StrEnum):
    """Which verb changes a link that exists (onoffice-api 5.3).

    With MODIFY, create leaves the words of an existing link alone; with CREATE, modify is not configured.
    """

    MODIFY = "modify"
    CREATE = "create"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Options:
    """All options with their defaults. Times in milliseconds or seconds as named; None means no limit."""

    latency_ms: float = 0
    per_action_ms: float = 0
    max_actions: int | None = None
    max_bytes: int | None = None
    rate_per_minute: int | None = None
    clock_offset_s: float = 0
    failure_envelope: Envelope = Envelope.WRAPPED
    success_body: SuccessBody = SuccessBody.EMPTY
    several_links: SeveralLinks = SeveralLinks.ATOMIC
    read_rights: bool = True
    empty_resourceid: EmptyResourceId = EmptyResourceId.OK
    followup_words: FollowUpWords = FollowUpWords.GERMAN
    modify_verb: ModifyVerb = ModifyVerb.MODIFY


def _limit(raw: object, path: str) -> int | None:
    return None if raw is None else a_whole_number(raw, path)


def _one_of(words: type[StrEnum]) -> Callable[[object, str], StrEnum]:
    return lambda raw, path: a_word(raw, path, words)


_CHECKS: dict[str, Callable[[object, str], object]] = {
    "latency_ms": a_number,
    "per_action_ms": a_number,
    "max_actions": _limit,
    "max_bytes": _limit,
    "rate_per_minute": _limit,
    "clock_offset_s": lambda raw, path: a_number(raw, path, least=None),
    "failure_envelope": _one_of(Envelope),
    "success_body": _one_of(SuccessBody),
    "several_links": _one_of(SeveralLinks),
    "read_rights": a_switch,
    "empty_resourceid": _one_of(EmptyResourceId),
    "followup_words": _one_of(FollowUpWords),
    "modify_verb": _one_of(ModifyVerb),
}


def changed(options: Options, raw: object) -> Options:
    """The options with the given ones changed and the others left as they are. Raises BadInput."""
    given = an_object(raw, "options", [field.name for field in fields(Options)])
    values: dict[str, Any] = {name: _CHECKS[name](value, f"options.{name}") for name, value in given.items()}
    return replace(options, **values)


def write_options(options: Options) -> dict[str, object]:
    """All options in the shape in which they can be put in again."""
    return asdict(options)
