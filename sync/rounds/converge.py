"""Rounds of look, plan and send until nothing is left to send."""

from __future__ import annotations

import itertools
import time
from array import array
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from sync.domain.model import Answer, Blocker, Code, Found, Link, LinkHistory, Operation, Result, State, Stop, Verb
from sync.domain.tables import Changes
from sync.errors import StopRun
from sync.onoffice.appointments import UNREADABLE, Alike
from sync.onoffice.client import Batch
from sync.onoffice.dialect import Learner, Lessons, PartialWrites, ResourceId, Trait, Written
from sync.onoffice.error_codes import (
    CALL_UNKNOWN,
    DONE_BEFORE,
    NOT_TO_BE_LINKED,
    RESOURCE_ID_REFUSED,
    Consequence,
    consequence,
)
from sync.onoffice.names import RELATION
from sync.onoffice.transport import LOST_FOR_GOOD, AdaptiveBatchSize, RequestQueue, TooLarge
from sync.onoffice.wire import Reply, relation_call, weight
from sync.onoffice.words import learnt_state
from sync.progress import Silent
from sync.rounds import earlier, plan
from sync.rounds.guards import day_of, find_blocker, too_many_changes
from sync.rounds.reader import AppointmentReader, LiveStates, unclear_look
from sync.rounds.verdicts import fulfilled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
    from datetime import date, tzinfo

    from sync.domain.model import Action, Change, Live, Stopped
    from sync.domain.tables import Bools, Ints
    from sync.ledger import AppliedChange
    from sync.onoffice.appointments import Appointment
    from sync.onoffice.client import Client
    from sync.onoffice.dialect import Unread
    from sync.progress import Progress
    from sync.rounds.reader import Period

#: So many requests in a row without a trustworthy answer: look first, before anything else is sent.
_LOST_IN_A_ROW: Final = 3
#: How long to wait before looking again whether reads have caught up with writes, in seconds.
_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
#: A lag that short is none.
_NO_LAG_SECONDS: Final = 0.25
#: So often the first write of an office is tried alone, where it is refused.
_FIRST_WRITES: Final = 3


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """How rounds go. `look`: "auto" works blind where reading is not allowed, True refuses to, False never looks.

    So many `parallel_requests` that write may be under way at the same time. `settle_reads` is how many seconds reads may lag
    behind writes at most.
    """

    actions_per_request: int
    rounds: int
    attempts: int
    look: Literal["auto", True, False]
    policy: plan.SendingPolicy
    zone: tzinfo
    period: Period
    max_changes: int = 0
    bytes_per_request: int = 1_000_000
    parallel_requests: int = 1
    settle_reads: float = 0.0


class Pasts(dict[Link, LinkHistory]):
    """What a run has done about each link; nothing about those that are not there."""

    def __missing__(self, _: Link) -> LinkHistory:
        """Most links of most nights are as they should be, and nothing has to be kept of them."""
        return _NOTHING


_NOTHING: Final = LinkHistory()
_NOTHING_SENT: Final = State()
_NO_ANSWERS: Final[Mapping[Link, AppliedChange]] = MappingProxyType({})


@dataclass(slots=True)
class Rounds:
    """What the rounds found out and did, link by link.

    `live` is what the last look showed, `earlier` what the first look of all showed of links that were looked at again. `linked`
    are the addresses of appointments that were not linked to one that a change names, `subjects` what these are about.
    """

    live: LiveStates
    earlier: dict[Link, Live] = field(default_factory=dict)
    past: Pasts = field(default_factory=Pasts)
    rounds: int = 0
    actions: int = 0
    stopped: Stopped | None = None
    linked: dict[int, tuple[int, ...]] = field(default_factory=dict)
    subjects: dict[int, str] = field(default_factory=dict)

    def before(self, link: Link, now: Live | None) -> Live | None:
        """What the first look of all showed of a link, which is `now` as the last one showed it; None where there was none."""
        return self.earlier.get(link) or now

    def settled(self) -> Bools:
        """Which changes ask for what a look has shown, nothing having been done about their links, or standing in the way."""
        settled = self.live.as_wanted()
        settled[list(self.live.places(self.past))] = False
        return settled

    def distinct(self) -> tuple[Ints, Ints]:
        """The places of changes that stand for all, which ascend, and for each change which of them stands for it.

        What is settled differs in nothing but the state that was seen, and there may be millions of it.
        """
        settled, codes = self.settled(), self.live.codes
        first = np.zeros(len(self.live.kinds) + 1, dtype=np.int64)
        first[codes[settled][::-1]] = np.flatnonzero(settled)[::-1]  # of several the last one is kept
        stands_in = np.where(settled, first[codes], np.arange(len(codes)))
        stands = ~settled
        stands[stands_in] = True
        places = np.flatnonzero(stands)
        return places, (np.cumsum(stands) - 1)[stands_in]


class Sender:
    """Brings links to their wanted state.

    `check` is called before requests leave and raises `StopRun` when the run shall end; `save_before` gets every link with
    the state before anything is sent to it; `starts` tells when appointments start, as far as earlier runs learnt it, `unlinked`
    which links earlier runs were the last to take away, `unseen` which they made and were not shown; `out_of_date` gets the
    wishes that the live state does not fulfil, and tells what keeps some of them from being sent; `set_before` tells which words
    earlier runs were the last to set links to; `learner` holds what is known of the office's API.
    """

    def __init__(
        self,
        client: Client,
        settings: RoundSettings,
        run_id: str,
        *,
        save_before: Callable[[Iterable[tuple[Change, Live]]], None],
        starts: Callable[[Container[int]], Mapping[int, str]] = lambda _: {},
        unlinked: Callable[[Collection[Link]], Collection[Link]] = lambda _: frozenset(),
        unseen: Callable[[], Collection[Link]] = frozenset,
        out_of_date: Callable[[Iterable[tuple[Change, Live]]], Mapping[Link, Blocker]] = lambda _: {},
        set_before: Callable[[Collection[Link]], Mapping[Link, State]] = lambda _: {},
        check: Callable[[], None] = lambda: None,
        progress: Progress | None = None,
        learner: Learner | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._settings = settings
        self._identifiers = (f"{run_id}-{number}" for number in itertools.count(1))
        self._save_before = save_before
        self._starts = starts
        self._unlinked = unlinked
        self._unseen = cache(unseen)
        self._hides = self._told = False
        self._inherited: Collection[Link] = ()
        self._out_of_date = out_of_date
        self._check = check
        self._progress = progress or Silent()
        self._changes = Changes.of(())
        self._answers = _NO_ANSWERS
        self._without_right: dict[int, list[Link]] = {}
        self._guarded = b""
        self._state = Rounds(LiveStates(self._changes))
        self._unclear: set[int] = set()
        self._saved: set[Link] = set()
        self._lost_in_a_row = 0
        self._learner = learner or Learner()
        one_by_one = self._learner.dialect.one_by_one
        self._portions = AdaptiveBatchSize(settings.actions_per_request, settings.bytes_per_request, one_by_one=one_by_one)
        self._looker = AppointmentReader(
            client.read, self._identifiers, self._portions, settings.attempts, settings.period, self._learner, check=check
        )
        self._lessons = Lessons(self._learner, set_before)
        self._sleep = sleep
        self._unread: dict[int, Unread] = {}
        self._lagging: set[int] = set()
        self._may_lag = True
        self._waves = self._shown = 0
        self._sets = False
        self._first_writes = 0
        known, configured = self._learner.dialect, settings.policy.modify_verb
        self._read_by = dict(known.words), dict(known.feedback_words)
        self._resource_ids = (known.resource_id, *(each for each in ResourceId if each is not known.resource_id))
        first = known.verb or configured
        self._verbs = (first, *(each for each in (Verb.MODIFY, Verb.CREATE) if each is not first))

    def rehearse(
        self, changes: Changes, answers: Mapping[Link, AppliedChange] = _NO_ANSWERS
    ) -> tuple[Rounds, tuple[Action, ...]]:
        """Look once and plan, and send nothing; `answers` as for `converge`."""
        self._start(changes, {})
        self._answers = answers
        actions: tuple[Action, ...] = ()
        try:
            self._look(range(len(changes)))
            self._tell_hidden(to_link=False)
            self._recall()
            actions = self._plan(first_look=True)
            self._demand_clear_looks()
        except StopRun as stop:
            self._state.stopped = stop.stopped
            self._tell_hidden(to_link=False, ask=False)
        return self._state, actions

    def converge(
        self, changes: Changes, inherited: Mapping[Link, Live], answers: Mapping[Link, AppliedChange] = _NO_ANSWERS
    ) -> Rounds:
        """Look, plan and send until nothing is left.

        `inherited` are links that an interrupted run sent already, with their state before that, `answers` what onOffice said to
        the same wishes of the same files before.
        """
        self._start(changes, inherited)
        self._answers = answers
        try:
            self._rounds()
            self._demand_clear_looks()
        except StopRun as stop:
            self._state.stopped = stop.stopped
            self._tell_hidden(to_link=False, ask=False)
        return self._state

    def _demand_clear_looks(self) -> None:
        """Appointments that never got a clear answer stop the run, but only after everything else is done."""
        if self._unclear:
            raise unclear_look(len(self._unclear))

    def _start(self, changes: Changes, inherited: Mapping[Link, Live]) -> None:
        """Remember what is wanted, and what was sent already."""
        self._changes = changes
        self._inherited = inherited
        self._guarded = changes.guarded.tobytes()
        self._state = Rounds(LiveStates(changes), earlier=dict(inherited))
        sent = [changes.link(at) for at in sorted(self._state.live.places(inherited))]
        for link in sent:
            self._state.past[link] = LinkHistory(attempts=1, lost=True, sent=self._change(link).wanted, left_at=1)
        self._save(sent)

    def _rounds(self) -> None:
        state, number, first_look = self._state, 0, True
        to_look: Sequence[int] = range(len(self._changes))
        while True:
            self._look_until_settled(to_look)
            self._read_anew()
            self._tell_hidden(to_link=True)
            self._recall()
            self._ask_the_rest()
            actions = self._plan(first_look=first_look)
            first_look = False
            if not actions:
                self._tell_hidden(to_link=False)
                return
            self._looker.ask_along(sorted({self._changes.link(at).appointment_id for at in self._not_shown()}))
            if self._lost_in_a_row >= LOST_FOR_GOOD:
                raise StopRun(Stop.BAD_ANSWERS, f"{self._lost_in_a_row} x {RELATION}")
            if number >= self._settings.rounds:
                self._tell_hidden(to_link=False)
                self._leave(actions)
                return
            if number == self._first_writes == 0:
                self._check_count(actions)
            first = self._first_write(actions) if number == 0 else None
            number += first is None
            some = actions if first is None else [first]
            self._save([link for action in some for link in action.links])
            state.rounds = max(number, 1)
            self._send(some)
            to_look = sorted(state.live.places(link for link, past in state.past.items() if not past.seen))

    def _read_anew(self) -> None:
        """Where a word means something else than it was read as, everything is looked at again."""
        dialect, (words, feedback_words) = self._learner.dialect, self._read_by
        self._read_by = dict(dialect.words), dict(dialect.feedback_words)
        if words.items() <= dialect.words.items() and feedback_words.items() <= dialect.feedback_words.items():
            return
        untouched = [at for at in range(len(self._changes)) if not self._state.past[self._changes.link(at)].attempts]
        self._look(range(len(self._changes)))
        for at in untouched:
            self._state.earlier.pop(self._changes.link(at), None)

    def _recall(self) -> None:
        """Take over what onOffice said to the same wishes before, for links that are as they were left then."""
        state, answers = self._state, self._answers
        self._answers = _NO_ANSWERS
        for link, at in ((each, at) for each in answers for at in state.live.places([each])):
            live = state.live.at(at)
            if link in state.past or not live or not (known := earlier.past(answers[link], live)):
                continue
            code = known.error_code
            if code is None or consequence(code) is not Consequence.REFUSE_NO_RIGHT:
                state.past[link] = known
            elif code not in self._without_right:
                self._without_right[code] = [link]  # a right may have been given since: one link a night is asked again
            else:
                self._without_right[code].append(link)
                state.past[link] = known

    def _ask_the_rest(self) -> None:
        """Where a right is there that was missing, ask again for what was refused for want of it."""
        for code, (probe, *others) in [*self._without_right.items()]:
            if self._state.past[probe].accepted:
                del self._without_right[code]
                for link in others:
                    self._state.past.pop(link, None)
                self._hold_back(self._unsettled())

    def _unsettled(self) -> list[tuple[Change, Live | None]]:
        """The changes about which something is to be done, with what was seen of their links."""
        places = np.flatnonzero(~self._state.settled())
        return [*zip(self._changes.some(places), map(self._state.live.at, places.tolist()), strict=True)]

    def _hold_back(self, unsettled: Iterable[tuple[Change, Live | None]]) -> None:
        """Keep wishes that are out of date from being sent; what was sent by an interrupted run goes on."""
        state = self._state
        wishes = [
            (change, live)
            for change, live in unsettled
            if live and change.link not in state.past and _is_seen_otherwise(change, live)
        ]
        for link, bar in (self._out_of_date(wishes) if wishes else {}).items():
            state.past[link] = LinkHistory(bar=bar)

    def _writes_otherwise(self, action: Action, code: int | None, written: tuple[ResourceId, Verb | None]) -> bool:
        """Whether there is another way to write, after one that the API does not know: another `resourceid`, another verb.

        `written` is how the action went out. The other verb makes links that are missing: it is only for links that were shown.
        """
        if written != (self._learner.dialect.resource_id, self._learner.dialect.verb):
            return True
        if code in RESOURCE_ID_REFUSED and len(self._resource_ids) > 1:
            self._resource_ids = self._resource_ids[1:]
            self._learner.learn(Trait.RESOURCE_ID, self._resource_ids[0])
            return True
        if code in CALL_UNKNOWN and action.verb is Verb.MODIFY and self._verb is Verb.CREATE:
            return True  # it was planned before the other verb was found
        if code not in CALL_UNKNOWN or action.verb is not self._verb or len(self._verbs) == 1:
            return False
        if any(self._state.live[link].found is not Found.LINKED for link in action.links):
            return False
        self._verbs = tuple(each for each in self._verbs if each is not action.verb)
        self._learner.learn(Trait.VERB, self._verbs[0])
        return True

    @property
    def _verb(self) -> Verb:
        """The verb that sets words: the one that was learnt, or the one of the configuration."""
        return self._learner.dialect.verb or self._settings.policy.modify_verb

    def _tell_hidden(self, *, to_link: bool, ask: bool = True) -> None:
        """Find out of links that no look shows whether they are there all the same, before they are made or called missing.

        Where nobody may be asked any more, only what is known already counts. That one is missing is known for sure only where
        the API has told the links of all that were asked about, those that looks show among them, and of none that was made.
        One that may have been written is asked for anew. One that an earlier run took away, having seen it, is gone.
        """
        if not self._settings.look or self._told:
            return
        state, changes = self._state, self._changes
        places = self._perhaps_hidden(to_link=to_link)
        links = dict(zip(places, map(changes.link, places), strict=True))
        written = {link for link in links.values() if state.past[link].left_at}
        made = self._made(answered=to_link)
        hidden = {link for link in made if state.live[link].found is Found.HIDDEN}
        self._looker.forget_linked(link.appointment_id for link in made.union(written) - hidden)
        unseen = {link for link in made if state.past[link].accepted}.union(self._unseen() if places else ())
        about = {appointment for appointment, _ in made.union(unseen, links.values())} if places else set[int]()
        linked = self._looker.linked(sorted(about), ask=ask)
        gone = {links[at] for at in places if changes.aim[at] is Operation.UNLINK}
        gone = {*self._unlinked(gone), *gone.intersection(written)}
        shows_some = any(linked.values()) or any(live.found is Found.LINKED for live in state.live.kinds)
        self._hides = self._hides or any(b not in linked[a] for a, b in unseen if a in linked)
        is_sure = shows_some and not self._hides and about <= linked.keys() and self._tells_all_that_is_shown(linked)
        for at, link in links.items():
            past = state.past[link]
            may_be_there = (
                changes.aim[at] is not Operation.LINK or past.accepted or past.left_at or (past.refused and not to_link)
            )
            unknown = not is_sure and may_be_there and link not in gone
            if (live := state.live.at(at)) and (unknown or link.address_id in linked.get(link.appointment_id, ())):
                state.live.put(at, live._replace(found=Found.HIDDEN))
        self._told = not to_link
        if self._told:
            for number, told in linked.items():
                state.linked[number] = tuple(dict.fromkeys((*state.linked.get(number, ()), *sorted(told))))

    def _perhaps_hidden(self, *, to_link: bool) -> list[int]:
        """The places of changes whose links no look shows, and of which nobody knows yet why.

        `to_link`: only of those that are to be made, or were; what got no answer is sent once more. An unlink is done where this
        run took away what it had seen.
        """
        state, changes, found = self._state, self._changes, []
        for at in self._not_shown():
            past = state.past[changes.link(at)]
            match changes.aim[at]:
                case Operation.LINK:
                    asks = not (to_link and past.attempts) or past.accepted
                case Operation.UNLINK:
                    asks = not to_link and past.attempts <= (changes.link(at) in self._inherited)
                case _:
                    asks = not to_link
            if asks:
                found.append(at)
        return found

    def _tells_all_that_is_shown(self, linked: Mapping[int, Collection[int]]) -> bool:
        """Whether who tells the links of appointments knows of all that looks show, but for what this run makes or takes away."""
        shown, changes, live = self._state.linked, self._changes, self._state.live
        untold = (Link(number, each) for number, told in linked.items() for each in shown.get(number, ()) if each not in told)
        return all(any(changes.aim[at] is not Operation.SET for at in live.places([link])) for link in untold)

    def _made(self, *, answered: bool) -> set[Link]:
        """The links that this run has made and no look shows; `answered`: only those of which onOffice has said so."""
        state, changes = self._state, self._changes
        places = self._found_as(Found.NOT_LINKED, Found.HIDDEN, Found.UNREADABLE)
        pasts = ((link, state.past[link]) for link in (changes.link(at) for at in places if changes.aim[at] is Operation.LINK))
        return {link for link, past in pasts if past.accepted or (past.left_at and not answered)}

    def _not_shown(self) -> list[int]:
        """The places of changes whose links no look shows, though their appointments are there."""
        return self._found_as(Found.NOT_LINKED)

    def _found_as(self, *found: Found) -> list[int]:
        """The places of changes of whose links the last look said so."""
        kinds = [code for code, live in enumerate(self._state.live.kinds) if live.found in found]
        return np.flatnonzero(np.isin(self._state.live.codes, kinds)).tolist() if kinds else []

    def _first_write(self, actions: Sequence[Action]) -> Action | None:
        """The action that goes out alone where this office has never written; None where it has, or nothing can be looked at.

        Nobody knows yet what a write does to the status that it does not name. One that could show it comes first.
        """
        if self._learner.dialect.has_written or self._first_writes >= _FIRST_WRITES:
            return None
        seen = [
            action for action in actions if all(self._state.live[link].found is not Found.UNREADABLE for link in action.links)
        ]
        self._first_writes += 1
        return min(seen, key=lambda action: (-self._could_teach(action), len(action.links)), default=None)

    def _could_teach(self, action: Action) -> int:
        """How much an action can show of what writes do: 2 with a status that it does not name and that could get lost."""
        if action.verb in {Verb.CREATE, Verb.DELETE}:
            return 0
        states = [self._state.live[link].state for link in action.links]
        return 1 + any(
            Written(link, was, action.words.filled_from(was), action.words).could_lose
            for link, was in zip(action.links, states, strict=True)
        )

    def _look_until_settled(self, places: Sequence[int]) -> None:
        """Look, and look again as long as links do not show what the API has accepted: reads may lag behind writes."""
        lag = min(self._learner.dialect.settle_seconds, self._settings.settle_reads) if self._state.actions and places else 0.0
        if lag:
            self._sleep(lag)
        self._look(places)
        self._note_outrun(places)
        settled, waited = lag, lag
        for pause in _PAUSES:
            if not self._lagging or waited >= self._settings.settle_reads or not self._may_lag:
                break
            left = len(self._lagging)
            pause_ = min(pause, self._settings.settle_reads - waited)
            self._sleep(pause_)
            waited += pause_
            again = sorted(self._lagging)
            self._look(again)
            self._note_outrun(again)
            settled = waited if len(self._lagging) < left else settled
        self._learn_lag(lag, settled)
        self._settle_for_good()
        for link, lost in self._lessons.drawn():
            past = self._state.past[link]
            self._state.past[link] = past._replace(
                set_back=lost.filled_from(past.set_back), lost_unread=past.lost_unread or not lost
            )
        self._read_with_new_words()

    def _read_with_new_words(self) -> None:
        """What looks have shown in words that are known by now needs no other look."""
        dialect, live = self._learner.dialect, self._state.live
        for at, unread in self._unread.items():
            if (now := live.at(at)) and now.found is Found.LINKED:
                state = learnt_state(now.state, unread, dialect.words, dialect.feedback_words)
                live.put(at, now._replace(state=state))

    def _note_outrun(self, places: Sequence[int]) -> None:
        """Of what left no later than a write that looks have shown, this one would have shown the effect."""
        for link in map(self._changes.link, places) if self._state.past else ():
            past = self._state.past[link]
            if past.left_at and not past.outrun and past.left_at <= self._shown:
                self._state.past[link] = past._replace(outrun=True)

    def _learn_lag(self, expected: float, settled: float) -> None:
        """Keep how long it took; what took no longer than expected may take less by now."""
        if self._lagging and settled == expected:
            self._may_lag = False  # it is no lag: it stays like that
        elif settled > expected:
            self._learner.learn(Trait.SETTLING, f"{settled:g}")
        elif expected / 2 >= _NO_LAG_SECONDS:
            self._learner.learn(Trait.SETTLING, f"{expected / 2:g}")
        elif expected:
            self._learner.unlearn(Trait.SETTLING)

    def _settle_for_good(self) -> None:
        """What does not show what was accepted by now has not taken it over.

        A learnt verb that sets no status at all by now is forgotten, unless this run has found every other one unknown: onOffice
        takes the one that makes links, and leaves those as they are that are there (onoffice-api 5.2).
        """
        shown = map(self._state.live.at, self._lagging)
        if not self._sets and len(self._verbs) > 1 and any(live and live.found is Found.LINKED for live in shown):
            self._learner.unlearn(Trait.VERB)
        for link in [self._changes.link(at) for at in self._lagging]:
            self._state.past[link] = self._state.past[link]._replace(seen=True, lost=False, sent=_NOTHING_SENT)
        self._lagging.clear()

    def _leave(self, actions: Sequence[Action]) -> None:
        """After the last round: links that never got an answer of their own are left to the next run."""
        past = [self._state.past[link] for action in actions for link in action.links]
        if unanswered := sum(not each.accepted and each.error_code is None for each in past):
            raise StopRun(Stop.BAD_ANSWERS, f"{unanswered} x {RELATION}")

    def _plan(self, *, first_look: bool) -> tuple[Action, ...]:
        state, unsettled = self._state, self._unsettled()
        if first_look:
            self._hold_back(unsettled)
        changes = [change for change, _ in unsettled]
        live = {change.link: shown for change, shown in unsettled if shown is not None}
        names_both = self._learner.dialect.partial_writes is PartialWrites.RESET
        for change in changes if names_both else ():
            self._bar_unread(change, live.get(change.link))
        policy = replace(self._settings.policy, modify_verb=self._verb, names_both=names_both)
        return plan.plan(changes, live, state.past, policy)

    def _bar_unread(self, change: Change, live: Live | None) -> None:
        """Where a write resets the status that it does not name, it must not go to a link of which that one cannot be read."""
        past = self._state.past[change.link]
        if live and past.bar is None and plan.loses_unread(change, live, past):
            self._state.past[change.link] = past._replace(bar=Blocker(Code.OTHER_STATUS_UNREAD))

    def _check_count(self, actions: Sequence[Action]) -> None:
        """The last check before the first write."""
        if stopped := too_many_changes(actions, self._settings.max_changes):
            raise StopRun(stopped.stop, stopped.detail)

    def _save(self, links: Sequence[Link]) -> None:
        """The state before goes into the ledger before anything is sent to these links."""
        new = [link for link in links if link not in self._saved]
        state = self._state
        self._save_before([(self._change(link), state.earlier.get(link) or state.live[link]) for link in new])
        self._saved.update(new)

    def _change(self, link: Link) -> Change:
        """What is wanted of a link that a change is about."""
        (place,) = self._state.live.places([link])
        return self._changes[place]

    def _look(self, places: Sequence[int]) -> None:
        """Read the live state of the links of the changes at these places, which ascend, appointment by appointment."""
        first = not self._state.live
        readable = places if first else [at for at in places if not _is_unreadable(self._state.live.at(at))]
        still_open = _ByAppointment(self._changes, readable)
        if not self._settings.look:
            for number in [*still_open.numbers]:
                self._found(number, UNREADABLE, still_open)
            return
        held: list[Mapping[int, Appointment]] = []
        all_empty = first and self._settings.look == "auto"
        with self._progress.phase("look", len(still_open.numbers)) as phase:
            for some in self._looker.at([*still_open.numbers], self._days(np.asarray(readable, dtype=np.int64))):
                held.append(some)
                all_empty = all_empty and all(appointment.empty for appointment in some.values())
                if not all_empty:
                    for each in held:
                        self._found_some(each, still_open)
                    held.clear()
                phase.advance(len(some))
        for number in (number for some in held for number in some):  # without a right to read, every answer is empty
            self._found(number, UNREADABLE, still_open)
        self._unclear.update(still_open.numbers)

    def _found_some(self, some: Mapping[int, Appointment], still_open: _ByAppointment) -> None:
        """Note what was found out about appointments; of most nothing has to be noted but what was seen."""
        others: Collection[int] = some
        if isinstance(some, Alike) and not self._state.past and b"\0" in self._guarded:
            others = self._state.live.put_alike(some, still_open.counts(some), apart=self._guarded)
            done = some.keys() - others if others else some
            still_open.remove(done)
            self._unclear.difference_update(done)
        for number in others:
            self._found(number, some[number], still_open)

    def _found(self, number: int, appointment: Appointment, still_open: _ByAppointment) -> None:
        """Note what was found out about an appointment, for each of its places that were still open."""
        self._unclear.discard(number)
        for at in still_open.pop(number):
            self._note(at, self._changes.link(at), appointment)

    def _note(self, at: int, link: Link, appointment: Appointment) -> None:
        """Remember what a look showed, and what it puts in the way of a change."""
        state = self._state
        live, before = appointment.live(link), state.live.at(at)
        if live.found is Found.NO_APPOINTMENT and _was_shown(before) and not self._looker.knows_what_is_missing:
            live = UNREADABLE.live(link)  # it is there: only this way of asking does not show it
        state.live.put(at, live)
        if live.found is Found.NOT_LINKED:
            state.linked[link.appointment_id] = tuple(appointment.contacts)
            state.subjects[link.appointment_id] = appointment.subject
        unread_before = self._unread.pop(at, None) if self._unread else None
        unread = appointment.odd.get(link.address_id) if appointment.odd else None
        if unread:
            self._unread[at] = unread
        if before is None and not self._guarded[at] and link not in state.past:
            return
        if before is not None:
            state.earlier.setdefault(link, before)
        past = state.past.get(link, _NOTHING)
        bar = find_blocker(self._changes[at], live, self._settings.zone, sent=past.attempts > 0) if self._guarded[at] else None
        readable = live.found is not Found.UNREADABLE
        changed = before is None or unread != unread_before or live.is_another(before)
        if readable and not changed and self._owes(self._changes[at], past, live):
            self._lagging.add(at)
            readable = False  # as long as it may still come
        else:
            self._lagging.discard(at)
        was = before or state.earlier.get(link)
        if readable and past.sent and was and was.found is live.found is Found.LINKED:
            set_up = live.feedback_set_up
            written = Written(link, was.state, live.state, past.sent, unread_before, unread, not set_up, inherited=before is None)
            self._lessons.saw(written)
        if past.left_at and was and _came(past, was, live):
            self._shown = max(self._shown, past.left_at)
            self._sets = self._sets or was.found is live.found
        if bar is not past.bar or (readable and (past.lost or not past.seen)):
            past = past._replace(bar=bar)
            state.past[link] = past._replace(seen=True, lost=False, sent=_NOTHING_SENT) if readable else past

    def _owes(self, change: Change, past: LinkHistory, live: Live) -> bool:
        """Whether a look came too soon, perhaps: the API accepted what a link does not show."""
        if not self._may_lag or past.seen or not past.accepted:
            return False
        missing = change.wanted.filled_from(past.set_back).differs_from(live.state)
        if live.cannot_have(missing) or live.cannot_show(missing):
            return False
        return bool(missing) or not fulfilled(change, live)

    def _days(self, places: Ints) -> dict[int, date]:
        """On which day appointments start, as far as a look has shown it, a row names it, or an earlier run learnt it.

        So few of them as fit into a request are read by their ids, and nobody needs to know their days.
        """
        changes, live, zone = self._changes, self._state.live, self._settings.zone
        numbers, begins = changes.appointment[places], changes.begin[places]
        told = (live.codes[places] >= 0) | begins.astype(bool)
        starts = {}
        for number, begin, at in zip(numbers[told].tolist(), begins[told].tolist(), places[told].tolist(), strict=True):
            shown = live.at(at)
            if start := begin if shown is None else shown.start:
                starts[number] = start
        unnamed = set(numbers.tolist()) - starts.keys()
        if len(unnamed) > self._portions.calls:
            starts |= self._starts(unnamed)
        days = ((number, day_of(start, zone)) for number, start in starts.items())
        return {number: day for number, day in days if day}

    def _send(self, actions: Sequence[Action]) -> None:
        """Send all actions, some per request; after several lost answers in a row the next look comes first."""
        waiting = RequestQueue(actions, self._portions, weight)
        with self._progress.phase("send", len(actions)) as phase:
            while waiting:
                groups = waiting.requests(self._settings.parallel_requests)
                wave = waiting.settled(groups, self._post(groups))
                stops = [self._remember(some, reply) for some, reply in wave.answered]
                if stop := next(filter(None, [*stops, wave.stop]), None):
                    raise stop
                phase.advance(sum(len(some) for some, _ in wave.answered))
                if self._is_enough(wave.answered):
                    return

    def _post(self, groups: Sequence[Sequence[Action]]) -> Sequence[Reply | Exception]:
        self._check()
        self._waves += 1
        riders, along = self._looker.riders(len(groups[-1]))
        batches = [self._batch(actions) for actions in groups]
        batches[-1] = replace(batches[-1], calls=[*batches[-1].calls, *along])
        ends: list[Reply | Exception] = [*self._client.write_at_once(batches)]
        if along and len(ends) == len(batches) and isinstance(end := ends[-1], Reply):
            self._looker.note_related(riders, end.results[-len(along) :])
            ends[-1] = replace(end, results=end.results[: -len(along)])
        return [_one_by_one(some, end) if isinstance(end, TooLarge) else end for some, end in zip(groups, ends, strict=False)]

    def _batch(self, actions: Sequence[Action]) -> Batch:
        resource_id = self._learner.dialect.resource_id
        calls = [relation_call(next(self._identifiers), action, resource_id) for action in actions]
        return Batch(calls, [link for action in actions for link in action.links])

    def _is_enough(self, answered: Sequence[tuple[Sequence[Action], Reply]]) -> bool:
        """Learn from whether anything trustworthy came back; after several times without, it is enough for now.

        What was under way at the same time counts once: it is one failure of the line or the server.
        """
        if not answered:
            return False
        if any(result.answer is not Answer.LOST for _, reply in answered for result in reply.results):
            self._lost_in_a_row = 0
            self._portions.went_well()
            return False
        self._portions.failed(max(len(some) for some, _ in answered))
        self._lost_in_a_row += 1
        return self._lost_in_a_row % _LOST_IN_A_ROW == 0

    def _remember(self, actions: Sequence[Action], reply: Reply) -> StopRun | None:
        """Remember what came back for each link; returns the end of the run where an answer asks for it."""
        self._state.actions += len(actions)
        malformed: str | None = None
        written = self._learner.dialect.resource_id, self._learner.dialect.verb
        for action, result in zip(actions, reply.results, strict=True):
            if result.answer is Answer.REFUSED and self._writes_otherwise(action, result.error_code, written):
                continue  # it was not taken for how it was asked: that says nothing about the links either
            if reply.stopped and result.answer is Answer.AGAIN:
                continue  # a stop says nothing about the links: they count as not sent
            alone = len(action.links) == 1
            if alone and consequence(result.error_code or 0) is Consequence.STOP_MALFORMED:
                malformed = str(result.error_code)
                continue
            for link in action.links:
                past = _after(self._state.past[link], result, self._waves, alone=alone, words=action.words)
                if past.refused and result.error_code in NOT_TO_BE_LINKED and self._change(link).aim is Operation.LINK:
                    past = past._replace(left_at=0)  # nor has what was sent before made it
                self._state.past[link] = past
        if reply.stopped:
            return StopRun(reply.stopped.stop, reply.stopped.detail)
        return StopRun(Stop.REQUEST_REFUSED, malformed) if malformed else None


class _ByAppointment:
    """Places of changes, which ascend, by the appointments of their links; the `numbers` of these until they are taken out."""

    def __init__(self, changes: Changes, places: Sequence[int]) -> None:
        numbers = changes.appointment[np.asarray(places, dtype=np.int64)]
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        self._places = places
        bounds = np.append(starts, len(places))
        self._counts: Ints = np.diff(bounds)
        self._bounds = array("q", bounds.tolist())
        self.numbers = {number: at for at, number in enumerate(numbers[starts].tolist())}

    def counts(self, numbers: Iterable[int]) -> Ints:
        """How many places these appointments have."""
        return self._counts[[self.numbers[number] for number in numbers]]

    def remove(self, numbers: Iterable[int]) -> None:
        """Take appointments out."""
        for number in numbers:
            del self.numbers[number]

    def pop(self, number: int) -> Sequence[int]:
        """The places of an appointment, which is taken out."""
        at = self.numbers.pop(number)
        return self._places[self._bounds[at] : self._bounds[at + 1]]


def _is_unreadable(live: Live | None) -> bool:
    return live is not None and live.found is Found.UNREADABLE


def _was_shown(live: Live | None) -> bool:
    """Whether a look has shown the appointment of a link."""
    return live is not None and live.found not in {Found.NO_APPOINTMENT, Found.UNREADABLE}


def _is_seen_otherwise(change: Change, live: Live) -> bool:
    """Whether a look shows that a link is not as wanted; what it does not tell may be as it should be."""
    if live.found is Found.LINKED and change.aim is not Operation.UNLINK:
        return any(wanted and now and wanted != now for wanted, now in zip(change.wanted, live.state, strict=True))
    return live.found not in {Found.UNREADABLE, Found.HIDDEN}


def _came(past: LinkHistory, was: Live, live: Live) -> bool:
    """Whether a look shows the effect of what was sent."""
    if was.found is live.found is Found.LINKED:
        return bool(past.sent) and was.is_another(live) and not past.sent.differs_from(live.state)
    return {was.found, live.found} == {Found.LINKED, Found.NOT_LINKED}


def _one_by_one(actions: Sequence[Action], refused: TooLarge) -> Reply | TooLarge:
    """A single action of several links that is too large counts as failed: each of its links goes alone in the next round."""
    if len(actions) > 1 or len(actions[0].links) == 1:
        return refused
    return Reply((Result(Answer.AGAIN),))


def _after(past: LinkHistory, result: Result, wave: int = 1, *, alone: bool, words: State = _NOTHING_SENT) -> LinkHistory:
    """What is known about a link after one more answer, to what left with this wave of requests.

    An action of several links that failed says nothing about any of them: each goes alone from now on. That something is done
    already is what an earlier write brings about whose effect no look has shown yet.
    """
    failed = result.answer in {Answer.REFUSED, Answer.AGAIN}
    done_before = result.error_code in DONE_BEFORE and (past.accepted > 0 or past.lost)
    return LinkHistory(
        attempts=past.attempts + 1,
        accepted=past.accepted + (result.answer is Answer.ACCEPTED),
        alone=past.alone or (failed and not alone),
        refused=result.answer is Answer.REFUSED and alone and not done_before,
        lost=result.answer is Answer.LOST or (past.lost and result.answer is not Answer.ACCEPTED),
        seen=False,
        error_code=result.error_code if failed and alone else None,
        sent=words.filled_from(past.sent),
        set_back=past.set_back,
        left_at=wave if result.answer in {Answer.ACCEPTED, Answer.LOST} else past.left_at,
        outrun=past.outrun and (past.accepted > 0 or result.answer not in {Answer.ACCEPTED, Answer.LOST}),
        named_feedback=past.named_feedback or (result.answer is Answer.ACCEPTED and words.feedback is not None),
    )
