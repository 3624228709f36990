"""What an office's API was seen to do where its documentation is silent, with the evidence, and what looks after writes teach.

Pure, but for who keeps it. A lesson is one thing seen, by one run; the dialect is what all lessons together say. What contradicts
a lesson takes it away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from sync.domain.model import Confirmation, Feedback, State, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from sync.domain.model import Link


#: The words of one contact as they were read, where nobody knows them; None for a known one. Confirmation and feedback.
Unread = tuple[str | None, str | None]
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


# What looks after writes teach about an office's API: its words, and what becomes of a status that is not named.


#: A status that was reset reads as one of these: how links begin, or nothing at all.
_RESET_CONFIRMATIONS = (Confirmation.NOT_SET, None)
_RESET_FEEDBACKS = (Feedback.INACTIVE, None)


@dataclass(frozen=True, slots=True)
class Written:
    """A link before and after a write of the words `sent`; words that only this office's API says as they were read.

    `no_feedback`: the CRM says that there is no feedback status. `inherited`: an interrupted run wrote it, and somebody may have
    changed it since.
    """

    link: Link
    before: State
    now: State
    sent: State
    unread_before: Unread | None = None
    unread: Unread | None = None
    no_feedback: bool = False
    inherited: bool = False

    @property
    def arrived(self) -> bool:
        """Whether nothing contradicts that the write has arrived."""
        return all(not word or now in {word, None} for word, now in zip(self.sent, self.now, strict=True))

    @property
    def could_lose(self) -> State:
        """The words that it had, that the write did not name, and of which the look shows what became of them."""
        if not (self.sent and self.arrived):
            return State()
        had, (unread_confirmation, unread_feedback) = self.before, self.unread or (None, None)
        shows_confirmation = self.now.confirmation or unread_confirmation is not None
        shows_feedback = self.now.feedback or unread_feedback is not None or self.no_feedback
        confirmation = shows_confirmation and not self.sent.confirmation and had.confirmation not in _RESET_CONFIRMATIONS
        feedback = shows_feedback and not self.sent.feedback and had.feedback not in _RESET_FEEDBACKS
        return State(had.confirmation if confirmation else None, had.feedback if feedback else None)

    @property
    def hides_the_other(self) -> bool:
        """Whether the look does not tell what became of a feedback that it had and that the write did not name."""
        named, untold = self.sent.feedback, self.now.feedback is None and self.unread is None and not self.no_feedback
        return bool(self.sent and self.arrived and not named and untold) and self.before.feedback is Feedback.ACTIVE

    @property
    def lost(self) -> State:
        """Those of them that read as reset now."""
        had, now = self.could_lose, self.now
        return State(
            had.confirmation if now.confirmation in _RESET_CONFIRMATIONS else None,
            had.feedback if now.feedback in _RESET_FEEDBACKS else None,
        )

    def changed_unread(self, at: int) -> bool | None:
        """Whether a word that nobody knows, and that the write did not name, is another one now; None where none can be told."""
        was = self.unread_before[at] if self.unread_before else None
        word = self.unread[at] if self.unread else None
        if (
            was is None
            or self.before[at]
            or self.sent[at]
            or not (self.sent and self.arrived)
            or (word is None and self.now[at] is None)
        ):
            return None
        return word != was

    def stands_unread(self, at: int) -> str | None:
        """The word that only this office's API says and that is the same as before the write; None where there is none."""
        word = self.unread[at] if self.unread else None
        return word if self.unread_before and word == self.unread_before[at] else None

    def says(self, at: int) -> str | None:
        """How a status reads, known or not."""
        return (self.unread[at] if self.unread else None) or self.now[at]


class Lessons:
    """Collects what a look shows of links that were written, and draws the lessons when the look is over.

    `set_before` tells which words earlier runs were the last to set links to, and saw there.
    """

    def __init__(self, learner: Learner, set_before: Callable[[Collection[Link]], Mapping[Link, State]] = lambda _: {}) -> None:
        self._learner = learner
        self._set_before = set_before
        self._written: list[Written] = []

    def saw(self, written: Written) -> None:
        """Remember what a look showed of one link."""
        self._written.append(written)

    def drawn(self) -> Iterator[tuple[Link, State]]:
        """Learn from all that was seen; yields each link with the words that it lost by a write that did not name them.

        Without words where nobody knows the one that it lost.

        Only where a status is gone from every link that could lose it, the writes did it: people change one here and there.
        """
        seen, self._written = self._written, []
        fresh = [each for each in seen if not each.inherited]
        for each in fresh:
            self._learn_words(each)
        self._learn_standing_words(fresh)
        self._unlearn_words(fresh)
        if any(each.sent for each in fresh):
            self._learner.learn(Trait.WRITES, "seen")
        for at in range(len(State())):
            could = [each for each in seen if each.could_lose[at]]
            gone = [each for each in could if each.lost[at]]
            if not gone or len(gone) < len(could):
                self._kept(any(not each.inherited for each in could) and not gone)
                continue
            if any(not each.inherited for each in gone):
                self._learner.learn(Trait.PARTIAL_WRITES, PartialWrites.RESET)
            elif self._learner.dialect.partial_writes is PartialWrites.KEEP:
                continue
            yield from ((each.link, _only(each.lost, at)) for each in gone)
        yield from ((link, State()) for link in self._lost_unread(fresh))
        if self._learner.dialect.partial_writes is not PartialWrites.KEEP:
            yield from ((each.link, State()) for each in fresh if each.hides_the_other)

    def _lost_unread(self, fresh: Sequence[Written]) -> Iterator[Link]:
        """The links whose word, which nobody knows, became the same as everybody else's by a write that did not name it."""
        for at in range(len(State())):
            could = [each for each in fresh if each.changed_unread(at) is not None]
            gone = [each for each in could if each.changed_unread(at)]
            if gone and len({each.says(at) for each in could}) == 1:
                self._learner.learn(Trait.PARTIAL_WRITES, PartialWrites.RESET)
                yield from (each.link for each in gone)

    def _kept(self, kept: bool) -> None:
        if kept and self._learner.dialect.partial_writes is None:
            self._learner.learn(Trait.PARTIAL_WRITES, PartialWrites.KEEP)

    def _learn_words(self, each: Written) -> None:
        """A word that came with a write of a known one, and was not there before, is what the API says for it.

        Whatever it was learnt to mean before.
        """
        if each.unread is None:
            return
        before = each.unread_before or (None, None)
        for (trait, known), sent, now, was in zip(self._words(), each.sent, each.unread, before, strict=True):
            if sent and now is not None and now != was and known.get(now) != sent:
                self._learner.learn(trait, sent, now, _evidence(each.link))

    def _learn_standing_words(self, fresh: Sequence[Written]) -> None:
        """A word that nobody knows and that stands where onOffice took a known one once more is what the API says for that one.

        Only at links of which the ledger knows that an earlier run set the same, and saw it: they do not pass over writes, and
        nobody else's change is taken for ours. Nothing is learnt where they do not all say the same for a status, or where that
        is said in another word as well.
        """
        for at, (trait, known) in enumerate(self._words()):
            standing = {
                each.link: (said, word)
                for each in fresh
                if (said := each.sent[at]) and (word := each.stands_unread(at)) is not None and word not in known
            }
            before = self._set_before(standing.keys()) if standing else {}
            agreed = {link: pair for link, pair in standing.items() if before.get(link, State())[at] == pair[0]}
            pairs = {*agreed.values()} | {(each.now[at], "") for each in fresh if each.now[at] == each.sent[at] is not None}
            for link, (said, word) in agreed.items():
                if [pair for pair in pairs if said == pair[0] or word == pair[1]] == [(said, word)]:
                    self._learner.learn(trait, said, word, _evidence(link))

    def _words(self) -> Sequence[tuple[Trait, Mapping[str, str]]]:
        """What is known of the words of each status."""
        dialect = self._learner.dialect
        return (Trait.CONFIRMATION_WORD, dialect.words), (Trait.FEEDBACK_WORD, dialect.feedback_words)

    def _unlearn_words(self, fresh: Sequence[Written]) -> None:
        """A word that goes on standing at several links that were written with another one may mean what was written."""
        for at, (trait, known) in enumerate(self._words()):
            against = Counter(
                word
                for each in fresh
                if each.sent[at] and (word := each.stands_unread(at)) and known.get(word, each.sent[at]) != each.sent[at]
            )
            for word, links in against.items():
                if links >= LINKS_THAT_AGREE:
                    self._learner.unlearn(trait, word)


def _evidence(link: Link) -> str:
    return f"{link.appointment_id}/{link.address_id}"


def _only(state: State, at: int) -> State:
    return State(state.confirmation) if at == 0 else State(feedback=state.feedback)
