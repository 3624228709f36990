"""What an office's API was seen to do where its documentation is silent, with the evidence. Pure, but for who keeps it.

A lesson is one thing seen, by one run; the dialect is what all lessons together say. What contradicts a lesson takes it away.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from sync.domain.model import Confirmation, Feedback, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Of what is either so or not.
NO: Final = "no"
#: So many links, no two of them the same, have to agree on what a word means.
LINKS_THAT_AGREE: Final = 2


class Trait(StrEnum):
    """What there is to learn about an API."""

    WRITES = "writes"
    PARTIAL_WRITES = "partial_writes"
    SETTLING = "settle_seconds"
    CONFIRMATION_WORD = "confirmation_word"
    FEEDBACK_WORD = "feedback_word"
    SINGLE_READ = "single_read"
    FOLLOW_UP = "follow_up"
    EXTRA_FIELDS = "extra_fields"
    IDENTIFIERS = "identifiers"
    RESOURCE_ID = "resource_id"
    VERB = "verb"
    GAP = "gap_seconds"


class PartialWrites(StrEnum):
    """What becomes of the status that a write does not name (onoffice-api 5.3)."""

    KEEP = "keep"
    RESET = "reset"


class SingleRead(StrEnum):
    """How one appointment is asked for by its id (onoffice-api 6.1); in the order of likelihood."""

    RESOURCE_ID = "resourceid"
    NUMBER = "number"
    PARAMETER = "parameter"
    FILTER = "filter"
    CALENDAR = "calendar"


class FollowUp(StrEnum):
    """Where `showFollowUpStatus` stands (onoffice-api 6.1); in the order of likelihood."""

    BOTH = "both"
    ENTRY = "entry"
    PARAMETER = "parameter"
    NOWHERE = "nowhere"


class ResourceId(StrEnum):
    """What a write of a relation has as its `resourceid` (onoffice-api 5.3); in the order of likelihood."""

    EMPTY = "empty"
    APPOINTMENT = "appointment"
    RELATION = "relation"


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing seen. `subject` is what it is about where a trait has several (a word), `evidence` where it was seen (a link)."""

    trait: Trait
    value: str
    subject: str = ""
    evidence: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is known of an office's API. None: not seen yet.

    `has_written`: a write was looked at. `settle_seconds` is how long reads were seen to lag behind writes, `gap_seconds` how
    much time the API was seen to want between requests. `words` and `feedback_words` are words that were learnt.
    """

    has_written: bool = False
    partial_writes: PartialWrites | None = None
    settle_seconds: float = 0.0
    gap_seconds: float = 0.0
    single_read: SingleRead | None = None
    follow_up: FollowUp | None = None
    extra_fields: bool = True
    one_by_one: bool = False
    resource_id: ResourceId = ResourceId.EMPTY
    verb: Verb | None = None
    words: Mapping[str, Confirmation] = field(default_factory=dict)
    feedback_words: Mapping[str, Feedback] = field(default_factory=dict)

    @classmethod
    def of(cls, lessons: Iterable[Lesson]) -> Dialect:
        """What lessons say; of a trait without a subject the newest counts. What cannot be understood counts as not learnt."""
        some = list(lessons)
        newest = {each.trait: each.value for each in some if not each.subject}
        return cls(
            has_written=Trait.WRITES in newest,
            partial_writes=_one_of(PartialWrites, newest.get(Trait.PARTIAL_WRITES)),
            settle_seconds=_seconds(newest.get(Trait.SETTLING)),
            gap_seconds=_seconds(newest.get(Trait.GAP)),
            single_read=_one_of(SingleRead, newest.get(Trait.SINGLE_READ)),
            follow_up=_one_of(FollowUp, newest.get(Trait.FOLLOW_UP)),
            extra_fields=newest.get(Trait.EXTRA_FIELDS) != NO,
            one_by_one=newest.get(Trait.IDENTIFIERS) == NO,
            resource_id=_one_of(ResourceId, newest.get(Trait.RESOURCE_ID)) or ResourceId.EMPTY,
            verb=_one_of(Verb, newest.get(Trait.VERB)),
            words=_words(some, Trait.CONFIRMATION_WORD, Confirmation),
            feedback_words=_words(some, Trait.FEEDBACK_WORD, Feedback),
        )


E = TypeVar("E", bound=StrEnum)


def _one_of(kind: type[E], value: str | None) -> E | None:
    return next((each for each in kind if each == value), None)


def _seconds(value: str | None) -> float:
    try:
        seconds = float(value or 0)
    except ValueError:
        return 0.0
    return seconds if 0 < seconds < inf else 0.0


def _words(lessons: Iterable[Lesson], trait: Trait, kind: type[E]) -> dict[str, E]:
    """The words on whose meaning enough links agree and none disagrees."""
    said: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for each in lessons:
        if each.trait is trait:
            said[each.subject][each.value].add(each.evidence)
    found = {}
    for word, meanings in said.items():
        (meaning, links), *others = meanings.items()
        if not others and len(links) >= LINKS_THAT_AGREE and (known := _one_of(kind, meaning)):
            found[word] = known
    return found


class Store(Protocol):
    """Where lessons are kept from one run to the next."""

    def lessons(self) -> Sequence[Lesson]:
        """All lessons that hold, the oldest first."""

    def learn(self, lesson: Lesson) -> None:
        """Keep a lesson; of a trait without a subject it takes the place of the one before."""

    def unlearn(self, trait: Trait, subject: str = "") -> None:
        """Forget what was learnt of a trait, or of one subject of it."""


class Unkept:
    """Keeps nothing from one run to the next: for a dry run, and where there is no ledger."""

    def __init__(self, lessons: Iterable[Lesson] = ()) -> None:
        self._lessons = list(lessons)

    def lessons(self) -> Sequence[Lesson]:
        """What it began with."""
        return self._lessons

    def learn(self, lesson: Lesson) -> None:
        """Do nothing."""

    def unlearn(self, trait: Trait, subject: str = "") -> None:
        """Do nothing."""


class Learner:
    """The dialect of an office while a run goes on: what it begins with, and what it learns and unlearns."""

    def __init__(self, store: Store | None = None, run: str = "") -> None:
        self._store = store or Unkept()
        self._run = run
        self._lessons = list(self._store.lessons())
        self.dialect = Dialect.of(self._lessons)

    def learn(self, trait: Trait, value: str, subject: str = "", evidence: str = "") -> None:
        """Keep what was seen, unless that is known; what earlier runs saw of the same and is contradicted is forgotten."""
        lesson = Lesson(trait, value, subject, evidence, self._run)
        same = [each for each in self._lessons if (each.trait, each.subject) == (trait, subject)]
        if any((each.value, each.evidence) == (value, evidence) for each in same):
            return
        if any(each.value != value and (not subject or each.run != self._run) for each in same):
            self.unlearn(trait, subject)
        self._lessons.append(lesson)
        self._store.learn(lesson)
        self.dialect = Dialect.of(self._lessons)

    def unlearn(self, trait: Trait, subject: str = "") -> None:
        """Forget what was learnt of a trait, or of one subject of it."""
        left = [each for each in self._lessons if (each.trait, each.subject) != (trait, subject)]
        if len(left) < len(self._lessons):
            self._lessons = left
            self._store.unlearn(trait, subject)
            self.dialect = Dialect.of(self._lessons)
