"""Which messages a run is worth and what they say, and where they wait: on the disk, until they are delivered.

What one run cannot deliver, the next one tries again: the `Outbox` is one file per message in the state folder. It names the
addresses that have got the message by a few digits of a hash, so that one that failed is tried again without the others getting
it twice. `LastState` is what a start has to know about those before it, so that it tells news only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote

from filelock import FileLock, Timeout

from sync.domain.model import COULD_NOT_LOOK, GUARDS, LACKS_A_RIGHT, WITH_CANDIDATES, ExitCode, Link, Odd
from sync.errors import SyncError
from sync.i18n import counted, day, number, text, when
from sync.i18n.texts import left_text, link_text, notice_text, reason_parts, shown, stop_text
from sync.notify.delivery import Audience, LeftFile, Message, Sign, Tone
from sync.report.story import SETTLED_ELSEWHERE, RefusedFolder, findings_told, happened, refused_in
from sync.system import handles
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.config import Config
    from sync.domain.model import Loaded, Stopped
    from sync.job.run import Finished
    from sync.notify.delivery import Noticed
    from sync.report.excel.returned import ReturnedFile
    from sync.report.page.document import FileStory, Group, PageEntry


#: What a run can do without, and somebody has to hear of.
_LEFT_OUT: Final = COULD_NOT_LOOK | {Odd.NO_WORK_LIST}
#: Kinds of problems told in a message, and files and dates named in one; the report has all of them.
_MOST_GROUPS: Final = 8
_MOST_MESSAGES: Final = 5
_MOST_NAMES: Final = 20
_LONGEST_NAME: Final = 120
#: Files of which one message tells everything; of the rest it tells in one line each what they came to.
_MOST_FILES: Final = 20
_LONGEST_LINE: Final = 72


@dataclass(frozen=True, slots=True)
class AboutFile:
    """What became of one file. `trouble`: its dropper has to do something. `back`: the files of the run went back."""

    file: Loaded
    story: FileStory
    handed: ReturnedFile | None
    stopped: Stopped | None
    back: bool

    @property
    def name(self) -> str:
        """Its name, safe to show."""
        return shown(self.file.name, _LONGEST_NAME)

    @property
    def kept(self) -> bool:
        """Whether the next run reads it again."""
        return self.back and self.file.readable

    @property
    def trouble(self) -> bool:
        """Whether its dropper has to do something."""
        if self.kept:
            return self.stopped is not None and self.stopped.stop in GUARDS
        return not self.file.readable or self.story.counts.need_a_person > 0


def files(finished: Finished) -> list[AboutFile]:
    """What became of every file of a run."""
    from sync.report.page.document import content  # noqa: PLC0415 - slow to import, and only needed where somebody is told

    stories = content(finished.checked).files
    handed = {each.file: each for each in finished.handed}
    stopped = finished.info.stopped
    back = finished.checked.goes_back(stopped)
    return [
        AboutFile(file, story, handed.get(at), stopped, back)
        for at, (file, story) in enumerate(zip(finished.checked.files, stories, strict=True))
    ]


def staff(config: Config, finished: Finished, about: Sequence[AboutFile], memory: LastState) -> list[Message]:
    """One message about all files that are worth telling of, those first with which somebody has to do something."""
    told = sorted(
        (one for one in about if _worth_telling(one, config.notify.staff_when, memory)), key=lambda one: not one.trouble
    )
    return [_about_files(told, finished, memory, config)] if told else []


def installer(
    config: Config, finished: Finished, about: Sequence[AboutFile], noticed: Sequence[Noticed], memory: LastState
) -> list[Message]:
    """One message about the run, if it is worth one. What was noticed always is."""
    code = finished.info.exit_code
    occasion = config.notify.installer_when
    worth = {
        "always": True,
        "problems": code is not ExitCode.OK or bool(reason(finished)),
        "change": (state_after(finished, memory), reason(finished)) != (memory.exit_code, memory.reason),
    }[occasion]
    if not (worth or noticed):
        return []
    counts = finished.checked.tally
    stopped = finished.info.stopped
    blocks = [
        *(notice_text(each) for each in finished.info.notices),
        happened(counts),
        *([stop_text(stopped)] if stopped else []),
        *(_noticed(one, config) for one in noticed),
        _list("message.files", (f"{one.name}: {_came_to(one)}" for one in about)),
        _list("message.left", (left_text(left) for left in finished.checked.left)),
        _sources(finished, config),
    ]
    title = _run_title(config, finished, noticed, memory)
    return [Message(Audience.INSTALLER, _tone(code, [*noticed, *finished.info.notices]), title, _joined(blocks))]


def state_after(finished: Finished, memory: LastState) -> ExitCode:
    """How things stand after a run. An empty night settles nothing about rows and refused files that need a person."""
    if not finished.checked.files and memory.exit_code is ExitCode.ROWS_NEED_A_PERSON and memory.from_files:
        return memory.exit_code
    return finished.info.exit_code


def reason(finished: Finished) -> str:
    """What tells the failure of a run from others, or what it had to leave out; "" where neither is so."""
    info = finished.info
    return (
        str(info.stopped.stop) if info.stopped else next((str(each.what) for each in info.notices if each.what in _LEFT_OUT), "")
    )


def reason_of(error: Exception) -> str:
    """What tells an error from others, the same for the same mistake in every night."""
    said = re.sub(r"\d+", "#", str(error)) if isinstance(error, SyncError) else ""
    return f"{type(error).__name__} {hashlib.sha256(said.encode(errors='surrogateescape')).hexdigest()[:8]}"


def made_by_files(finished: Finished, memory: LastState) -> bool:
    """Whether rows or refused files are why somebody is needed, not only files that could not even be taken."""
    if not finished.checked.files:
        return memory.exit_code is ExitCode.ROWS_NEED_A_PERSON and memory.from_files
    return finished.checked.tally.need_a_person > 0 or not all(file.readable for file in finished.checked.files)


def failed(config: Config, error: Exception, memory: LastState, now: dt.datetime) -> list[Message]:
    """A message about a run that could not start or finish, unless the last one failed of the same and only news are wanted."""
    if config.notify.installer_when == "change" and memory.reason == reason_of(error):
        return []
    # an exception that nobody foresaw may hold a secret in its text
    what = str(error) if isinstance(error, SyncError) else text("message.mistake", kind=type(error).__name__)
    blocks = [text("message.failed"), what, when(now.isoformat(timespec="seconds"))]
    title = text("message.run_failed", office=config.office)
    return [Message(Audience.INSTALLER, Tone.FAILURE, title, _joined(blocks))]


def undone(config: Config, finished: Finished) -> list[Message]:
    """A message to everybody about a run that has taken back another one."""
    info = finished.info
    title = text("message.undone", office=config.office, run=info.undo_of)
    stopped = [stop_text(info.stopped)] if info.stopped else []
    body = _joined([happened(finished.checked.tally), *stopped, _sources(finished, config)])
    return [Message(audience, _tone(info.exit_code, ()), title, body) for audience in Audience]


def trial(config: Config, audience: Audience) -> Message:
    """A message to see whether messages arrive."""
    title = text("message.trial_title", office=config.office)
    return Message(audience, Tone.INFO, title, text("message.trial"))


def _worth_telling(one: AboutFile, occasion: str, memory: LastState) -> bool:
    if occasion == "change":
        return not one.kept and one.trouble != (one.file.name in memory.troubled)
    return one.trouble or occasion == "always"


def _about_files(told: Sequence[AboutFile], finished: Finished, memory: LastState, config: Config) -> Message:
    only = len(told) == 1
    refused = RefusedFolder(config.folder("refused"), config.refused_seen)
    blocks = []
    for one in told[:_MOST_FILES]:
        title = _file_title(one, memory)
        lies = [] if one.file.readable else [text("message.lies_in", folder=refused_in(refused, finished.info.id))]
        blocks += [*([] if only else [_heading(title)]), *_file_blocks(one), *lies, *_handed(one, config)]
    rest = _list("message.more_files", (f"{one.name}: {_came_to(one)}" for one in told[_MOST_FILES:]))
    title = _file_title(told[0], memory) if only else _files_title(told, len(finished.checked.files))
    return Message(
        Audience.STAFF,
        Tone.WARNING if any(one.trouble for one in told) else Tone.INFO if any(one.kept for one in told) else Tone.SUCCESS,
        text("message.of_office", office=config.office, what=title),  # some look after several
        _joined([*blocks, rest, _sources(finished, config)]),
        tuple(one.handed.correction for one in told if one.handed and one.handed.correction),
    )


def _heading(title: str) -> str:
    return f"{title}\n{'=' * min(len(title), _LONGEST_LINE)}"


def _files_title(told: Sequence[AboutFile], taken: int) -> str:
    """What several files come to together, by those that are worst off; of all that the run has `taken`, where some are."""
    troubled, kept = sum(one.trouble for one in told), any(one.kept for one in told)
    title = (
        "message.files_need"
        if troubled > 1
        else "message.files_need_one"
        if troubled
        else "message.files_kept"
        if kept
        else "message.files_blind"
        if any(one.story.counts.blind for one in told)
        else "message.files_done"
    )
    return text(title, count=number(taken if troubled else len(told)), troubled=number(troubled), file=told[0].name)


def _file_title(one: AboutFile, memory: LastState) -> str:
    count = one.story.counts.need_a_person
    if not one.file.readable:
        title = "message.file_not_readable"
    elif one.kept:
        title = "message.file_stopped" if one.trouble else "message.file_kept"
    elif count:
        title = "message.file_needs"
    else:
        done = "message.file_blind" if one.story.counts.blind else "message.file_done"
        title = "message.file_recovered" if one.file.name in memory.troubled and not one.story.counts.blind else done
    return counted(title, count, file=one.name)


def _file_blocks(one: AboutFile) -> list[str]:
    if one.file.reason:
        return list(reason_parts(one.file.reason))
    blocks = [_came_to(one)]
    if one.stopped:
        blocks.append(stop_text(replace(one.stopped, accept="")))  # the command is for who looks after the job
    if one.story.problems and one.kept:
        blocks.append(text("message.correct_there"))
    if one.story.problems:
        blocks.append(_problems(one))
    return blocks


def _problems(one: AboutFile) -> str:
    """What is wrong, kind by kind; findings are counted, as on the page."""
    story = one.story
    findings = sum(group.findings for group in story.problems)
    some = story.problems[:_MOST_GROUPS]
    more = findings - sum(group.findings for group in some)
    heading = text("message.what", findings=findings_told(findings, story.counts.need_a_person))
    rest = [counted(_more(one, {group.kind for group in story.problems[_MOST_GROUPS:]}), more)] if more else []
    return "\n".join([heading, *(_group(group, _more(one, {group.kind})) for group in some), *rest])


def _more(one: AboutFile, kinds: AbstractSet[str]) -> str:
    """The text about findings of some kinds that a message has no room for, by where they stand."""
    handed = one.handed
    if handed and handed.correction and SETTLED_ELSEWHERE.isdisjoint(kinds):
        return "message.more_findings.correction"
    return "message.more_findings.copy" if handed and handed.marked else "message.more_findings.report"


def _group(group: Group, more: str) -> str:
    count = counted("report.findings", group.findings)
    places = counted("message.row_numbers", group.rows, places=group.places)
    first = f"- {count}: {group.title} ({places})"
    return "\n  ".join(filter(None, [first, *_said(group, more), text("message.do", step=group.step)]))


def _said(group: Group, more: str) -> list[str]:
    """What is said of the rows of a group, with their numbers in onOffice: what all of them say once, else each with its rows.

    A message waits in the state folder, perhaps, and travels far: who is named stands in the files only.
    """
    from sync.report.page.document import Places  # noqa: PLC0415 - slow to import, and loaded where there are groups

    shared = ""
    if group.message:
        shared = group.entries[0].nameless if group.entries else "" if group.kind in WITH_CANDIDATES else group.message
    said: dict[str, list[PageEntry]] = {}
    for entry in group.entries:
        if words := ": ".join(filter(None, [_link_of(entry), "" if shared else entry.nameless])):
            said.setdefault(words, []).append(entry)
    if shared and len(said) <= 1 and (not said or group.findings == len(group.entries)):
        return [": ".join([*said, shared])]
    lines, told = [], 0
    for message, entries in [*said.items()][:_MOST_MESSAGES]:
        places = Places()
        for entry in entries:
            places.add(entry.sheet, entry.row)
        told += len(entries)
        lines.append(f"{message} ({counted('message.row_numbers', len(entries), places=places.text())})")
    left = group.findings - told
    return [*filter(None, [shared]), *lines, *([counted(more, left)] if lines and left else [])]


def _link_of(entry: PageEntry) -> str:
    """The numbers of a row, where it is not one column that is wrong; "" where it has none."""
    if not (entry.of_row and entry.appointment_id and entry.address_id):
        return ""
    return link_text(Link(entry.appointment_id, entry.address_id))


def _handed(one: AboutFile, config: Config) -> list[str]:
    blocks: list[str] = []
    handed = one.handed
    if handed and handed.correction:
        more = any(group.kind in LACKS_A_RIGHT for group in one.story.problems)
        told = "message.correction_and_more" if more else "message.correction"
        blocks.append(text(told, file=handed.correction.name, path=_place(handed.correction, config)))
    if handed and handed.marked:
        blocks.append(text("message.copy_there", path=_place(handed.marked, config)))
    elif handed:
        blocks += handed.missing
    return blocks


def _came_to(one: AboutFile) -> str:
    """What a file came to, in one sentence."""
    if one.file.reason:
        return reason_parts(one.file.reason)[0]
    return happened(one.story.counts)


def _run_title(config: Config, finished: Finished, noticed: Sequence[Noticed], memory: LastState) -> str:
    code, what = finished.info.exit_code, ""
    if finished.info.stopped:
        title = "message.run_stopped"
    elif code or (state_after(finished, memory) and not noticed):
        title, what = "message.run_needs", happened(finished.checked.tally).rstrip(".")
    elif noticed or reason(finished):
        title = "message.run_noticed"
    else:
        title = "message.run_recovered" if memory.exit_code or memory.reason else "message.run_fine"
    return text(title, office=config.office, what=what)


def _tone(code: ExitCode, noticed: Sequence[object]) -> Tone:
    if code is ExitCode.FAILED:
        return Tone.FAILURE
    return Tone.WARNING if code or noticed else Tone.SUCCESS


def _noticed(one: Noticed, config: Config) -> str:
    days = [day(dt.date.fromisoformat(name)) for name in one.names] if one.sign in {Sign.MISSED, Sign.QUIET} else []
    names = [shown(name, _LONGEST_NAME) for name in one.names]
    return counted(f"message.{one.sign}", one.count, days=_some(days), files=_some(names), drop=config.folder("drop"))


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    told = ", ".join(names[:_MOST_NAMES])
    return f"{told} {text('message.more', count=more)}" if more > 0 else told


def _list(heading: str, lines: Iterable[str]) -> str:
    all_lines = list(lines)
    more = len(all_lines) - _MOST_NAMES
    told = [f"- {line}" for line in all_lines[:_MOST_NAMES]]
    told += [text("message.more", count=more)] if more > 0 else []
    return "\n".join([text(heading), *told]) if told else ""


def _sources(finished: Finished, config: Config) -> str:
    report = [text("message.results", path=_place(_page(finished.results, config), config))] if finished.results else []
    info = finished.info
    return "\n".join([*report, text("message.run", when=when(info.started), run=info.id)])


def _place(path: Path, config: Config) -> str:
    """Where people find a file, and a link to it where `folders.shown_as` says how they reach it from their desks."""
    seen = config.seen(path)
    if seen == str(path):
        return seen
    return f"{seen}\n<{_link(config.folders.shown_as if config.leads_to_folder else seen)}>"


def _link(seen: str) -> str:
    """A path or address as a link: `file://server/share/...`, `file:///S:/...`, `https://...`."""
    if "://" in seen:
        return quote(seen, safe=":/?&=#%", errors="surrogateescape")
    way = seen.replace("\\", "/")
    start = "file:" if way.startswith("//") else "file://" if way.startswith("/") else "file:///"
    return start + quote(way, safe="/:", errors="surrogateescape")


def _page(results: Path, config: Config) -> Path:
    return results / config.report.page


def _joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(filter(None, blocks))


_log = logging.getLogger(__name__)

#: Below the state folder.
FILE: Final = Path("told.json")
_MOST_TROUBLED: Final = 1000


@dataclass(frozen=True, slots=True)
class LastState:
    """What was so at the end of the last run.

    `reason` tells a failure from others, "" where the run did not fail. `from_files`: whether rows or refused files need
    somebody, not only files that could not be taken. `last_run` is its day; `last_file` the day on which a file arrived, or on
    which looking out for files began; `quiet_told` the day on which it was told that none came. `troubled` are the files, newest
    last, that staff have to do something about; `waiting` those that stay in the drop folder, by name.
    """

    exit_code: ExitCode = ExitCode.OK
    reason: str = ""
    from_files: bool = False
    last_run: dt.date | None = None
    last_file: dt.date | None = None
    quiet_told: dt.date | None = None
    troubled: tuple[str, ...] = ()
    waiting: Mapping[str, LeftFile] = field(default_factory=dict)

    def with_files(self, good: Collection[str], bad: Collection[str]) -> tuple[str, ...]:
        """The troubled files after these."""
        kept = [name for name in self.troubled if name not in good and name not in bad]
        return (*kept, *bad)[-_MOST_TROUBLED:]


def remembered(folder: Path) -> LastState:
    """What is remembered; nothing where the file is missing or damaged, which never keeps a run from running."""
    try:
        held = json.loads((folder / FILE).read_bytes())
        waiting = held.get("waiting", {})
        return LastState(
            ExitCode(held["exit_code"]),
            str(held.get("reason", "")),
            bool(held.get("from_files", True)),
            _day(held["last_run"]),
            _day(held["last_file"]),
            _day(held["quiet_told"]),
            tuple(str(name) for name in held["troubled"]),
            {str(name): LeftFile(dt.date.fromisoformat(since), _day(told)) for name, (since, told) in waiting.items()},
        )
    except FileNotFoundError:
        return LastState()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _log.warning("%s cannot be read (%s): begun anew", folder / FILE, type(error).__name__)
        return LastState()


def remember(folder: Path, memory: LastState) -> None:
    """Remember. Raises OSError."""
    held = {
        "exit_code": int(memory.exit_code),
        "reason": memory.reason,
        "from_files": memory.from_files,
        "last_run": _text(memory.last_run),
        "last_file": _text(memory.last_file),
        "quiet_told": _text(memory.quiet_told),
        "troubled": memory.troubled,
        "waiting": {name: [_text(one.since), _text(one.told)] for name, one in memory.waiting.items()},
    }
    write(folder / FILE, held)


def write(path: Path, held: Any) -> None:  # noqa: ANN401 - any JSON
    """Write JSON that is either whole or not there, for its owner alone. Raises OSError."""
    handles.make(path.parent, 0o700)
    with replacing(path, 0o600) as file:
        file.write(json.dumps(held).encode())


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


#: Below the state folder.
FOLDER: Final = Path("outbox")
#: A message that could not be delivered for so long is nobody's news any more.
KEPT: Final = dt.timedelta(days=14)


class Deliver(Protocol):
    """What delivers one message to one address."""

    def __call__(self, address: str, message: Message) -> str:
        """Deliver it; returns what went wrong, "" when nothing did."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    path: Path
    made: dt.datetime
    message: Message
    done: tuple[str, ...]


class Outbox:
    """The messages that wait."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER

    def put(self, messages: Sequence[Message], now: dt.datetime) -> None:
        """Keep messages until they are delivered. Raises OSError."""
        for at, message in enumerate(messages):
            path = self._folder / f"{now:%Y%m%d-%H%M%S}-{at:04}-{secrets.token_hex(2)}.json"
            _write(_Waiting(path, now, message, ()))

    def waiting(self) -> bool:
        """Whether there is anything to deliver."""
        return self.count() > 0

    def count(self) -> int:
        """How many messages there are to deliver."""
        return sum(1 for _ in self._folder.glob("*.json"))

    def deliver(
        self,
        addresses: Mapping[Audience, Sequence[str] | None],
        deliver: Deliver,
        now: dt.datetime,
        *,
        in_time: Callable[[], bool],
    ) -> None:
        """Deliver what waits, the oldest first, as long as there is time.

        Args:
            addresses: where each audience is reached; None where it shall be told but nobody knows where: its messages wait.
            deliver: delivers one message to one address.
            now: the time of day.
            in_time: whether there is time for one more.
        """
        if not self.waiting():
            return
        try:
            with FileLock(self._folder / "lock", timeout=0):
                self._deliver(addresses, deliver, now, in_time)
        except Timeout:
            _log.debug("another run delivers the messages")

    def _deliver(
        self, addresses: Mapping[Audience, Sequence[str] | None], deliver: Deliver, now: dt.datetime, in_time: Callable[[], bool]
    ) -> None:
        out_of_reach: set[str] = set()
        for one in self._all():
            known = addresses[one.message.audience]
            if now - one.made > KEPT:
                _log.warning("a message of %s was given up: %s", one.made.isoformat(), one.message.title)
                known = ()
            done = list(one.done)
            for address in known or ():
                if _mark(address) not in done and address not in out_of_reach and in_time():
                    if delivered(one.message, address, deliver):
                        done.append(_mark(address))
                        _write(_Waiting(one.path, one.made, one.message, tuple(done)))
                    else:
                        out_of_reach.add(address)
            if known is not None and all(_mark(address) in done for address in known):
                one.path.unlink(missing_ok=True)

    def _all(self) -> Iterator[_Waiting]:
        for path in sorted(self._folder.glob("*.json")):
            try:
                yield _read(path)
            except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
                _log.warning("%s is no message (%s)", path, type(error).__name__)


def delivered(message: Message, address: str, deliver: Deliver) -> bool:
    """Whether one message got to one address; the log says how it went."""
    trouble = deliver(address, message)
    kind = address.partition(":")[0]
    if trouble:
        _log.warning(
            "a message to %s (%s) could not be delivered and waits for the next run: %s", message.audience, kind, trouble
        )
    else:
        _log.debug("a message to %s (%s) is delivered: %s", message.audience, kind, message.title)
    return not trouble


def _mark(address: str) -> str:
    """Tells a handful of addresses apart; far too short to find one by it."""
    return hashlib.sha256(address.encode(errors="surrogateescape")).hexdigest()[:6]


def _write(one: _Waiting) -> None:
    message = one.message
    held = {
        "made": one.made.isoformat(),
        "audience": message.audience,
        "tone": message.tone,
        "title": message.title,
        "body": message.body,
        "attachments": [str(path) for path in message.attachments],
        "done": one.done,
    }
    write(one.path, held)


def _read(path: Path) -> _Waiting:
    held: dict[str, Any] = json.loads(path.read_bytes())
    attachments = tuple(Path(path) for path in held["attachments"])
    message = Message(Audience(held["audience"]), Tone(held["tone"]), held["title"], held["body"], attachments)
    return _Waiting(path, dt.datetime.fromisoformat(held["made"]), message, tuple(held["done"]))
