"""Listens to a run and speaks up: heartbeat, messages, log. Whatever goes wrong here neither fails nor hides the run."""

from __future__ import annotations

import datetime as dt
import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sync import credentials
from sync.domain.model import ExitCode, Why
from sync.dropfolder import how_shared
from sync.errors import AlreadyRunning, NotStopped, SyncError
from sync.i18n import text
from sync.i18n.texts import left_text, reason_parts, stop_text
from sync.log import IN_SUMMARY, IN_WORDS, TOLD_ALREADY, SecretMasks
from sync.notify import messages as worded
from sync.notify.delivery import Audience, Noticed, Ping, Sign, deliver, missed, quiet, stuck, told_on, waiting_on
from sync.notify.messages import LastState, Outbox
from sync.report.history import NoSuchRun
from sync.report.story import happened
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync.config import Config
    from sync.job.run import Finished
    from sync.log import Log
    from sync.notify.delivery import Message
    from sync.notify.messages import Deliver


_log = logging.getLogger(__name__)

#: All messages of a run together may take so long; the rest waits for the next one.
DELIVERY_SECONDS: Final = 120.0


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()


def _deliver(address: str, message: Message) -> str:
    from sync.notify.delivery import deliver  # noqa: PLC0415 - slow to import

    return deliver(address, message)


@contextmanager
def speaking(
    config: Config,
    log: Log,
    *,
    deliver: Deliver = _deliver,
    now: Callable[[], dt.datetime] = _now,
    clock: Callable[[], float] = time.monotonic,
    by_hand: bool = False,
    told: set[str] | None = None,
) -> Iterator[Notifier]:
    """Around a run: whoever has to know is told how it went, also when it fails. A run beside an active one tells nobody.

    Nor does one that never began because somebody named a run that is not there, or that no guard has stopped.
    One that is started `by_hand` is no night: no monitoring service hears of it, and whoever started it sees why it failed.
    `told`, kept from run to run, holds why the last one could not begin: the log has that once until it is something else.
    """
    speaker = Notifier(config, log, deliver, now, clock, by_hand=by_hand, told=told)
    try:
        yield speaker
    except (AlreadyRunning, NoSuchRun, NotStopped):
        raise
    except Exception as error:
        speaker.broke(error)
        speaker.deliver()
        raise
    speaker.deliver()


def deliver_waiting(config: Config, log: Log) -> None:
    """Try once more to deliver the messages of earlier runs."""
    if Outbox(config.folder("state")).waiting():
        Notifier(config, log, _deliver, _now, time.monotonic).deliver_messages()


class Notifier:
    """Told of by the run when it `begins` and when it `ends`."""

    def __init__(
        self,
        config: Config,
        log: Log,
        deliver: Deliver,
        now: Callable[[], dt.datetime],
        clock: Callable[[], float],
        *,
        by_hand: bool = False,
        told: set[str] | None = None,
    ) -> None:
        self._config, self._log, self._deliver, self._clock = config, log, deliver, clock
        self._told = set() if told is None else told
        zone = ZoneInfo(config.onoffice.timezone)
        self._now: Callable[[], dt.datetime] = lambda: now().astimezone(zone)
        self._state = config.folder("state")
        self._outbox = Outbox(self._state)
        notify = config.notify
        self._addresses: Mapping[Audience, Sequence[str] | None] = {
            Audience.STAFF: self._known(notify.staff_env, "notify.staff_env"),
            Audience.INSTALLER: self._known(notify.installer_env, "notify.installer_env"),
        }
        self._by_hand = by_hand
        ping = () if by_hand else self._known(config.heartbeat.ping_env, "heartbeat.ping_env")
        self._ping = Ping(ping[0] if ping else "")
        self._failed = ""
        self._said = ""
        self._unkept: list[Message] = []

    def begins(self, run_id: str) -> None:
        """A run has begun and is the only one."""
        self._told.clear()
        self._log.release(self._state)
        _log.info("run %s of %s begins", run_id, self._config.office, extra={IN_WORDS: text("watching.run_begins", run=run_id)})
        self._ping.start()

    def ends(self, finished: Finished) -> None:
        """A run knows its verdicts and has written its reports; what is to be told is on the disk before its files move."""
        self._guarded(lambda: self._tell_undone(finished) if finished.info.undo_of else self._remember(finished))
        self._guarded(lambda: self._tell_log(finished))

    def broke(self, error: Exception) -> None:
        """A run could not start or finish."""
        self._failed = str(error) if isinstance(error, SyncError) else type(error).__name__
        extra = TOLD_ALREADY | {IN_WORDS: self._failed}
        level = logging.DEBUG if self._failed in self._told else logging.ERROR
        _log.log(level, "the run failed: %s", error if isinstance(error, SyncError) else self._failed, extra=extra)
        self._told.clear()
        self._told.add(self._failed)
        if not self._by_hand:
            self._guarded(lambda: self._remember_failure(error))

    def deliver(self) -> None:
        """Tell the monitoring service and deliver all messages that wait, also those of earlier runs."""
        (self._ping.fail if self._failed else self._ping.success)(self._failed or self._said)
        self.deliver_messages()

    def deliver_messages(self) -> None:
        """Deliver all messages that wait."""
        if not self._state_is_ours():
            self._guarded(self._deliver_unkept)
            return
        end = self._clock() + DELIVERY_SECONDS
        self._guarded(
            lambda: self._outbox.deliver(self._addresses, self._masked_deliver, self._now(), in_time=lambda: self._clock() < end)
        )

    def _deliver_unkept(self) -> None:
        while self._unkept:
            message = self._unkept.pop(0)
            for address in self._addresses[message.audience] or ():
                worded.delivered(message, address, self._masked_deliver)

    def _state_is_ours(self) -> bool:
        """Whether anything may be left in the state folder: what another user left there, the job itself could not replace."""
        try:
            with handles.folder(self._state) as held:
                return how_shared(held) is None
        except FileNotFoundError:  # whoever writes first makes it
            return True
        except OSError:
            return False

    def _masked_deliver(self, address: str, message: Message) -> str:
        return self._log.masks.hide(self._deliver(address, message))

    def _known(self, name: str, key: str) -> tuple[str, ...] | None:
        """The addresses that a name stands for; none where nobody shall be told, None where the name stands for nothing."""
        if not name:
            return ()
        addresses = tuple(credentials.value_of(self._config, name).split())
        self._log.masks.add(addresses)
        if not addresses:
            places = "neither in the environment nor in the keyring nor in credentials.env"
            _log.warning("%s names %s, which is %s", key, name, places)
        return addresses or None

    def _guarded(self, step: Callable[[], None]) -> None:
        """Go on whatever happens: the run itself is more important than that somebody hears of it."""
        try:
            step()
        except OSError as error:
            _log.warning("what is to be told of this run cannot be written down: %s", error)
        except Exception as error:  # noqa: BLE001 - a mistake here is told and costs nobody a run
            _log.exception("notifications: internal error (%s)", type(error).__name__)

    def _remember(self, finished: Finished) -> None:
        before, today = worded.remembered(self._state), self._now().date()
        arrived = bool(finished.checked.files)
        staying = (left.name for left in finished.checked.left if left.waits or left.needs_a_person)
        waiting = waiting_on(before.waiting, staying, today)
        after = replace(before, last_run=today, last_file=today if arrived else before.last_file or today, waiting=waiting)
        noticed = self._noticed(finished, before, after, today)
        about = worded.files(finished) if self._anybody() else []
        messages = self._wanted(
            [
                *worded.staff(self._config, finished, about, before),
                *worded.installer(self._config, finished, about, noticed, before),
            ]
        )
        self._outbox.put(messages, self._now())
        settled = [one for one in about if not one.kept]
        after = replace(
            after,
            exit_code=worded.state_after(finished, before),
            reason=worded.reason(finished),
            from_files=worded.made_by_files(finished, before),
            waiting=told_on(waiting, next((one for one in noticed if one.sign is Sign.STUCK), None), today),
            quiet_told=today if any(one.sign is Sign.QUIET for one in noticed) else before.quiet_told,
            troubled=before.with_files(
                [one.file.name for one in settled if not one.trouble], [one.file.name for one in settled if one.trouble]
            ),
        )
        worded.remember(self._state, after)

    def _tell_undone(self, finished: Finished) -> None:
        self._outbox.put(self._wanted(worded.undone(self._config, finished)), self._now())

    def _remember_failure(self, error: Exception) -> None:
        now = self._now()
        if not self._state_is_ours():
            self._unkept = self._wanted(worded.failed(self._config, error, LastState(), now))
            return
        before = worded.remembered(self._state)
        self._outbox.put(self._wanted(worded.failed(self._config, error, before, now)), now)
        after = replace(before, exit_code=ExitCode.FAILED, reason=worded.reason_of(error), last_run=now.date())
        worded.remember(self._state, after)

    def _anybody(self) -> bool:
        return any(known != () for known in self._addresses.values())

    def _wanted(self, messages: Sequence[Message]) -> list[Message]:
        return [message for message in messages if self._addresses[message.audience] != ()]

    def _noticed(self, finished: Finished, before: LastState, after: LastState, today: dt.date) -> list[Noticed]:
        beat = self._config.heartbeat
        since = max(filter(None, (after.last_file, before.quiet_told)), default=None)
        no_file = quiet(since, today, beat.quiet_days)
        empty = [f.name for f in finished.checked.files if f.reason and f.reason.why in {Why.EMPTY, Why.NO_ROWS}]
        found = [
            missed(before.last_run, today, beat.nights),
            quiet(after.last_file, today, 1) if no_file else None,
            Noticed(Sign.NO_ROWS, len(empty), tuple(empty)) if empty else None,
            stuck(after.waiting, today),
        ]
        noticed = [one for one in found if one]
        for one in noticed:
            _log.warning("noticed: %s (%d) %s", one.sign, one.count, ", ".join(one.names))
        return noticed

    def _tell_log(self, finished: Finished) -> None:
        info, counts = finished.info, finished.checked.tally
        self._said = happened(counts)
        if info.stopped:
            self._failed = stop_text(info.stopped)
        if finished.checked.files:
            verdicts = ", ".join(f"{count} {word}" for word, count in sorted(counts.counts.items()))
            told = {IN_WORDS: self._said}
            read = f"{_many(len(finished.checked.files), 'file')}, {_many(counts.rows, 'row')}"
            _log.info("%s: %s", read, verdicts or "nothing", extra=told)
            told = {IN_WORDS: text("watching.results", path=finished.results)}
            done = ((info.requests, "request"), (info.actions, "action"), (info.rounds, "round"))
            _log.info("%s; results in %s", ", ".join(_many(*each) for each in done), finished.results, extra=told)
        for file in finished.checked.files:
            if file.reason:
                words = IN_SUMMARY | {IN_WORDS: f"{file.name}: {reason_parts(file.reason)[0]}"}
                _log.warning("%s could not be read: %s", file.name, file.reason.why, extra=words)
        for left in finished.checked.left:
            words = IN_SUMMARY | {IN_WORDS: left_text(left)}
            _log.warning("%s stays in the drop folder: %s", left.name, left.why, extra=words)
        took = dt.datetime.fromisoformat(info.finished) - dt.datetime.fromisoformat(info.started)
        stopped = f", stopped: {info.stopped.stop} {info.stopped.detail}".rstrip() if info.stopped else ""
        nothing = "" if finished.checked.files or finished.checked.left else ", nothing to do"
        failed = info.exit_code is ExitCode.FAILED
        level, extra = (logging.ERROR, TOLD_ALREADY) if failed else (logging.INFO, {})
        words = extra | {IN_WORDS: self._failed or text("watching.run_ends", run=info.id)}
        ends = "run %s ends: exit code %d after %d s%s%s"
        _log.log(level, ends, info.id, info.exit_code, took.total_seconds(), stopped, nothing, extra=words)


def _many(count: int, what: str) -> str:
    """So many of something, for the log."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


@dataclass(frozen=True, slots=True)
class Tried:
    """One address, by its kind (mailto, msteams ...), and what went wrong; "" when the message was taken."""

    audience: Audience
    kind: str
    trouble: str


def trial(config: Config) -> Iterator[Tried]:
    """Send a message to every address that is configured."""
    names = {Audience.STAFF: config.notify.staff_env, Audience.INSTALLER: config.notify.installer_env}
    for audience, name in names.items():
        addresses = credentials.value_of(config, name).split() if name else []
        if name and not addresses:
            yield Tried(audience, name, "is neither in the environment nor in the keyring nor in credentials.env")
        for address in addresses:
            trouble = deliver(address, worded.trial(config, audience))
            yield Tried(audience, address.partition(":")[0], SecretMasks([address]).hide(trouble))
