"""From configuration to the parts of a job that touch the world: folders, deadline, client, sender."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable  # noqa: TC003 - a field's type
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sync.domain.model import Stop, Verb
from sync.dropfolder import Folders
from sync.errors import StopRun
from sync.ledger import Ledger
from sync.onoffice.client import Client, ClientSettings, RequestListener
from sync.onoffice.dialect import Learner
from sync.onoffice.transport import WINDOW_SECONDS, AdaptiveBatchSize, Limiter
from sync.onoffice.wire import Credentials, most_links
from sync.progress import Progress, Silent
from sync.rounds import converge, earlier, plan
from sync.rounds.reader import Period

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.config import Config
    from sync.domain.model import Blocker, Change, Link, Live
    from sync.ledger import Memory


# When a run has to end early: somebody asked for it, or the night's deadline is reached.


_SLICE_SECONDS: Final = 0.2


class Stopper:
    """Asked before every request and while waiting. `deadline` is a point on `clock`, in seconds, with its text."""

    def __init__(
        self,
        deadline: tuple[float, str] | None = None,
        *,
        clock: Callable[[], float] = time.time,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._deadline = deadline
        self._clock = clock
        self._asked = False  # no Event: a signal handler that sets one while its own thread waits for it can wait for ever
        self._wait = wait

    def ask(self) -> None:
        """Ask the run to end after the request in flight; safe in a signal handler."""
        self._asked = True

    def check_asked(self) -> None:
        """Go on, or raise `StopRun` where somebody asked for it; what only reads may go on beyond the deadline."""
        if self._asked:
            raise StopRun(Stop.INTERRUPTED)

    def check(self) -> None:
        """Go on, or raise `StopRun`."""
        self.check_asked()
        if self._deadline and self._clock() >= self._deadline[0]:
            raise StopRun(Stop.DEADLINE, self._deadline[1])

    def has_time(self, seconds: float) -> None:
        """Go on, or raise `StopRun` where the run has to end within so many seconds: there is nothing to wait for then."""
        if self._deadline and self._clock() + seconds >= self._deadline[0]:
            raise StopRun(Stop.DEADLINE, self._deadline[1])

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run has to end before. In slices: a signal does not end a wait."""
        left = seconds
        while left > 0:
            self.check()
            self._wait(min(left, _SLICE_SECONDS))
            left -= _SLICE_SECONDS
        self.check()


_log = logging.getLogger(__name__)


#: A clock that is beyond is wrong, which onOffice says; the days around it must be in the calendar.
_FARTHEST: Final = dt.datetime(9000, 1, 1, tzinfo=dt.UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a job gets from outside: where it tells its progress, what can end it early, the clocks. Times in seconds.

    `listener` hears every request and answer. `answered` is when the last answers of this run came: all its clients count them.
    """

    progress: Progress = field(default_factory=Silent)
    stopper: Stopper = field(default_factory=Stopper)
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    listener: RequestListener | None = None
    answered: list[float] = field(default_factory=list)

    def timestamp(self, zone: dt.tzinfo | None = None) -> str:
        """The time of day as ISO text with offset; people read that of their office, whatever clock a server keeps."""
        return self.local_time(zone).isoformat(timespec="seconds")

    def local_time(self, zone: dt.tzinfo | None = None) -> dt.datetime:
        """The time of day in a zone, or where this machine stands."""
        return dt.datetime.fromtimestamp(min(self.now(), _FARTHEST)).astimezone(zone)


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one office. `credentials` are token and secret.

    `remembered` is the ledger of earlier runs where `ledger` is not, as in a dry run.
    """

    config: Config
    credentials: tuple[str, str] = field(repr=False)
    tools: Runtime
    ledger: Ledger
    run_id: str
    remembered: Memory | None = None

    @property
    def memory(self) -> Memory:
        """What earlier runs did and saw."""
        return self.remembered or self.ledger


def folders_of(config: Config) -> Folders:
    """The office's folders as absolute paths."""
    drop, archive, refused, results, state = map(config.folder, ("drop", "archive", "refused", "results", "state"))
    return Folders(drop, archive, refused, results, state, config.refused_seen)


def deadline_of(config: Config, tools: Runtime) -> tuple[float, str] | None:
    """The next time of day at which the run has to end, in seconds on the clock `now`, with its text."""
    if not config.sending.deadline:
        return None
    start = tools.local_time()
    hour, minute = map(int, config.sending.deadline.split(":"))
    end = start.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if end <= start:
        end += dt.timedelta(days=1)
    return end.timestamp(), config.sending.deadline


@contextmanager
def client_of(job: Job) -> Iterator[Client]:
    """A client for one run, which writes every request into the ledger."""
    sending, tools = job.config.sending, job.tools
    follow_clock = job.config.onoffice.clock == "server"
    limiter = Limiter(
        sending.requests_per_minute,
        clock=tools.clock,
        sleep=tools.stopper.sleep,
        answered=tools.answered or _answered_lately(job),
    )
    client = Client(
        ClientSettings(
            job.config.onoffice.url,
            sending.connect_timeout,
            sending.read_timeout,
            sending.attempts,
            follow_clock,
            **({"patience": inf} if sending.deadline else {}),
        ),
        Credentials(*job.credentials),
        limiter,
        _Journal(job),
        now=tools.now,
        sleep=tools.stopper.sleep,
        has_time=tools.stopper.has_time,
        learner=Learner(job.ledger, job.run_id),
        listener=tools.listener,
    )
    with closing(client):
        try:
            yield client
        finally:
            tools.answered[:] = limiter.last_answers


@contextmanager
def asking(
    config: Config, credentials: tuple[str, str], tools: Runtime, memory: Memory | None, name: str
) -> Iterator[tuple[Client, Iterator[str], AdaptiveBatchSize]]:
    """A client for questions that leave no trace, with what calls need: identifiers, which begin with `name`, and portions."""
    with closing(Ledger.in_memory()) as ledger:
        for lesson in memory.lessons() if memory else ():
            ledger.learn(lesson)
        ledger.begin(name, config.office, tools.timestamp(), ())
        with client_of(Job(config, credentials, tools, ledger, name, memory)) as client:
            yield client, (f"{name}-{number}" for number in count(1)), portions_of(config, client)


def portions_of(config: Config, client: Client) -> AdaptiveBatchSize:
    """How much goes into a request to an office, as far as its API is known."""
    sending, one_by_one = config.sending, client.learner.dialect.one_by_one
    return AdaptiveBatchSize(sending.actions_per_request, sending.bytes_per_request, one_by_one=one_by_one)


def _answered_lately(job: Job) -> list[float]:
    """The requests of earlier runs that still count against the rate, as times on the clock of this one."""
    clock, now = job.tools.clock(), job.tools.now()
    moments = job.memory.last_requests(job.config.sending.requests_per_minute)
    # the ledger keeps whole seconds: an answer may have come up to one later
    ages = [max(now - dt.datetime.fromisoformat(moment).timestamp() - 1, 0.0) for moment in moments]
    return sorted(clock - age for age in ages if age < WINDOW_SECONDS)


def sender_of(job: Job, client: Client, again: earlier.Again = earlier.NOTHING_AGAIN) -> converge.Sender:
    """A sender for one run, which writes the state before into the ledger.

    `again` are the links of files that are there again.
    """
    sending = job.config.sending

    def save_before(changes: Iterable[tuple[Change, Live]]) -> None:
        job.ledger.save_before(job.run_id, changes)

    def out_of_date(wishes: Iterable[tuple[Change, Live]]) -> Mapping[Link, Blocker]:
        return earlier.held_back(wishes, job.memory, again) if job.config.rules.on_old_file == "stop" else {}

    zone = ZoneInfo(job.config.onoffice.timezone)
    today = dt.datetime.fromtimestamp(min(job.tools.now(), _FARTHEST), zone).date()
    settings = converge.RoundSettings(
        actions_per_request=sending.actions_per_request,
        bytes_per_request=sending.bytes_per_request,
        parallel_requests=sending.parallel_requests,
        rounds=sending.rounds,
        attempts=sending.attempts,
        look=sending.look,
        policy=plan.SendingPolicy(
            Verb(sending.modify_verb),
            must_look=sending.look is True,
            links_per_action=min(sending.links_per_action, most_links(sending.bytes_per_request)),
        ),
        zone=zone,
        period=Period(today - dt.timedelta(days=sending.look_back_days), today + dt.timedelta(days=sending.look_ahead_days)),
        max_changes=job.config.rules.max_changes,
        settle_reads=sending.settle_reads,
    )
    return converge.Sender(
        client,
        settings,
        job.run_id,
        save_before=save_before,
        starts=job.memory.starts,
        unlinked=job.memory.unlinked,
        unseen=job.memory.unseen,
        out_of_date=out_of_date,
        set_before=lambda links: earlier.last_set(links, job.memory),
        check=job.tools.stopper.check,
        progress=job.tools.progress,
        learner=client.learner,
        sleep=job.tools.stopper.sleep,
    )


class _Journal:
    """Writes the client's requests into the ledger, under the run's id."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def intent(self, kind: str, actions: str, links: Sequence[Link]) -> int:
        number = self._job.ledger.intent(self._job.run_id, kind, self._job.tools.timestamp(), actions, links)
        _log.debug("request %d: %s, %d bytes of actions, %d links", number, kind, len(actions), len(links))
        return number

    def outcome(self, request: int, outcome: str, results: str) -> None:
        self._job.ledger.outcome(request, self._job.tools.timestamp(), outcome, results)
        _log.debug("request %d: %s", request, outcome)
