"""Faults that can be ordered: which requests they hit, and what they do to them."""

from __future__ import annotations

import copy
import random
from collections import deque
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sync.simulator.protocol import BadInput, a_list, a_number, a_whole_number, a_word, an_object

if TYPE_CHECKING:
    from collections.abc import Collection

    from sync.domain.model import Link
    from sync.simulator.records import Contact, Records


class On(StrEnum):
    """Which of the requests that a rule looks at it hits.

    EVERY: each n-th (each one, where no n is given); NTH: the n-th alone; RANDOM: each with the probability p.
    """

    EVERY = "every"
    NTH = "nth"
    RANDOM = "random"


class ApiVerb(StrEnum):
    """All verbs of the API (onoffice-api 1.2)."""

    READ = "read"
    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"
    GET = "get"
    DO = "do"


class Fault(StrEnum):
    """What happens to a request that is hit.

    DROP_BEFORE, STATUS and STOP keep the work from being done; with all others it is done, and what fails is the answer:
    SHORT_RESULTS leaves the last result out, REORDER_RESULTS turns them round, DUPLICATE_RESULTS gives the first one
    twice, LONG_RESULTS gives one more that is nobody's, FOREIGN_RESULTS calls all of them by other names, EMPTY has no body,
    DRIP takes a pause before every byte. ACTION_ERROR refuses every action of the rule's verb (all, without a verb) and lets
    the others work. NO_EFFECT is the lie: the answer is that of the work, which nothing comes of.
    """

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    STATUS = "status"
    DELAY = "delay"
    TRUNCATE = "truncate"
    GARBAGE = "garbage"
    SHORT_RESULTS = "short_results"
    REORDER_RESULTS = "reorder_results"
    DUPLICATE_RESULTS = "duplicate_results"
    LONG_RESULTS = "long_results"
    FOREIGN_RESULTS = "foreign_results"
    EMPTY = "empty"
    DRIP = "drip"
    NO_EFFECT = "no_effect"
    ACTION_ERROR = "action_error"
    STOP = "stop"


#: Faults that keep the work from being done.
BEFORE_WORK = frozenset({Fault.DROP_BEFORE, Fault.STATUS, Fault.STOP})

_NEEDS: dict[On | Fault, str] = {
    On.NTH: "n",
    On.RANDOM: "p",
    Fault.STATUS: "code",
    Fault.ACTION_ERROR: "code",
    Fault.DELAY: "seconds",
    Fault.DRIP: "seconds",
    Fault.STOP: "seconds",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One order. `verb` None looks at every request, else at those with at least one action of the verb.

    `n` counts the requests that the rule looks at; `p` and `seed` belong to RANDOM; `code` is an HTTP status or an error
    code of the API, `retry_after` and `seconds` are seconds.
    """

    on: On
    do: Fault
    n: int = 1
    p: float = 1.0
    seed: int = 1
    verb: ApiVerb | None = None
    code: int = 0
    retry_after: float | None = None
    seconds: float = 0


class Faults:
    """The rules in force, with their counts."""

    def __init__(self, rules: tuple[Rule, ...] = ()) -> None:
        self.rules = rules
        self._counts = [0] * len(rules)
        self._randoms = [random.Random(rule.seed) for rule in rules]  # noqa: S311 - repeatable on purpose, guards nothing

    def pick(self, verbs: Collection[str]) -> Rule | None:
        """The first rule that hits a request with these verbs. Every rule counts every request that it looks at."""
        hits = [rule for position, rule in enumerate(self.rules) if self._hits(position, verbs)]
        return hits[0] if hits else None

    def _hits(self, position: int, verbs: Collection[str]) -> bool:
        rule = self.rules[position]
        if rule.verb is not None and rule.verb not in verbs:
            return False
        self._counts[position] += 1
        if rule.on is On.RANDOM:
            return self._randoms[position].random() < rule.p
        if rule.on is On.EVERY:
            return self._counts[position] % rule.n == 0
        return self._counts[position] == rule.n


def read_faults(raw: object) -> tuple[Rule, ...]:
    """The rules that a list describes (shape: contracts, "Simulator"). Raises BadInput that names the place."""
    return tuple(_read_rule(entry, f"faults[{position}]") for position, entry in enumerate(a_list(raw, "faults")))


def write_faults(faults: Faults) -> list[dict[str, object]]:
    """The rules in the shape in which they can be put in again."""
    return [asdict(rule) for rule in faults.rules]


def _read_rule(raw: object, path: str) -> Rule:
    given = {
        key: value for key, value in an_object(raw, path, Rule.__slots__, required=("on", "do")).items() if value is not None
    }
    on = a_word(given.get("on"), f"{path}.on", On)
    do = a_word(given.get("do"), f"{path}.do", Fault)
    for key in (_NEEDS.get(on), _NEEDS.get(do)):
        if key and key not in given:
            raise BadInput(f"{path}: {on} {do} needs {key!r}")
    return Rule(
        on=on,
        do=do,
        n=a_whole_number(given.get("n", 1), f"{path}.n"),
        p=a_number(given.get("p", 1.0), f"{path}.p", most=1),
        seed=a_whole_number(given.get("seed", 1), f"{path}.seed", least=0),
        verb=a_word(given["verb"], f"{path}.verb", ApiVerb) if "verb" in given else None,
        code=_read_code(given.get("code", 0), f"{path}.code", do),
        retry_after=a_number(given["retry_after"], f"{path}.retry_after") if "retry_after" in given else None,
        seconds=a_number(given.get("seconds", 0), f"{path}.seconds"),
    )


def _read_code(raw: object, path: str, do: Fault) -> int:
    if do is Fault.STATUS:
        return a_whole_number(raw, path, least=400, most=599)
    return a_whole_number(raw, path, least=int(do is Fault.ACTION_ERROR))


# Reads that lag behind writes: a copy of the records that follows them some time later, as a replica does.


class Replica:
    """A copy of the records as they were, to which writes are brought as they grow old enough. Times in seconds."""

    def __init__(self, records: Records) -> None:
        self._records = copy.deepcopy(records)
        self._writes: deque[tuple[float, Link, Contact | None]] = deque()

    def note(self, at: float, link: Link, contact: Contact | None) -> None:
        """Remember how a link was left by a write, None where it is gone."""
        self._writes.append((at, link, copy.copy(contact)))

    def as_of(self, at: float) -> Records:
        """The records with every write up to a moment."""
        while self._writes and self._writes[0][0] <= at:
            _, link, contact = self._writes.popleft()
            if contact is not None:
                self._records.add(link, contact)
            elif self._records.contact(link) is not None:
                self._records.remove(link)
        return self._records
