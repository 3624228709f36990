"""Which messages a run is worth, and what they say. Pure: what happened goes in, messages come out."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - a field's type
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sync.domain.model import COULD_NOT_LOOK, GUARDS, WITH_CANDIDATES, ExitCode, Odd
from sync.errors import SyncError
from sync.i18n import counted, day, number, text, when
from sync.i18n.texts import left_text, notice_text, reason_parts, shown, stop_text
from sync.notify.delivery import Sign
from sync.report.story import findings_told, happened, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.config import Config
    from sync.domain.model import Loaded, Stopped
    from sync.job.run import Finished
    from sync.notify.delivery import Noticed
    from sync.notify.outbox import LastState
    from sync.report.excel.returned import ReturnedFile
    from sync.report.page.document import FileStory, Group


#: What a run can do without, and somebody has to hear of.
_LEFT_OUT: Final = COULD_NOT_LOOK | {Odd.NO_WORK_LIST}


# A message, and to whom it goes.


class Audience(StrEnum):
    """Who is told."""

    STAFF = "staff"
    INSTALLER = "installer"


class Tone(StrEnum):
    """How a message looks where the service shows it (colour, symbol); apprise's words."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `attachments` are files to send along."""

    audience: Audience
    tone: Tone
    title: str
    body: str
    attachments: tuple[Path, ...] = ()


#: Kinds of problems told in a message, and files and dates named in one; the report has all of them.
_MOST_GROUPS: Final = 8
_MOST_NAMES: Final = 20
_LONGEST_NAME: Final = 120
#: Files of which one message tells everything; of the rest it tells in one line each what they came to.
_MOST_FILES: Final = 20
_LONGEST_LINE: Final = 72


@dataclass(frozen=True, slots=True)
class AboutFile:
    """What became of one file. `trouble`: its dropper has to do something."""

    file: Loaded
    story: FileStory
    handed: ReturnedFile | None
    stopped: Stopped | None

    @property
    def name(self) -> str:
        """Its name, safe to show."""
        return shown(self.file.name, _LONGEST_NAME)

    @property
    def kept(self) -> bool:
        """Whether the next run reads it again."""
        return self.stopped is not None and self.file.readable

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
    return [
        AboutFile(file, story, handed.get(at), stopped)
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
    counts = tally(finished.checked)
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
    return tally(finished.checked).need_a_person > 0 or not all(file.readable for file in finished.checked.files)


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
    body = _joined([happened(tally(finished.checked)), *stopped, _sources(finished, config)])
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
    blocks = []
    for one in told[:_MOST_FILES]:
        title = _file_title(one, memory)
        blocks += [*([] if only else [_heading(title)]), *_file_blocks(one), *_handed(one.handed, config)]
    rest = _list("message.more_files", (f"{one.name}: {_came_to(one)}" for one in told[_MOST_FILES:]))
    return Message(
        Audience.STAFF,
        Tone.WARNING if any(one.trouble for one in told) else Tone.INFO if any(one.kept for one in told) else Tone.SUCCESS,
        _file_title(told[0], memory) if only else _files_title(told),
        _joined([*blocks, rest, _sources(finished, config)]),
        tuple(one.handed.correction for one in told if one.handed and one.handed.correction),
    )


def _heading(title: str) -> str:
    return f"{title}\n{'=' * min(len(title), _LONGEST_LINE)}"


def _files_title(told: Sequence[AboutFile]) -> str:
    """What several files come to together, by those that are worst off."""
    troubled, kept = sum(one.trouble for one in told), any(one.kept for one in told)
    title = (
        "message.files_need"
        if troubled > 1
        else "message.files_need_one"
        if troubled
        else "message.files_kept"
        if kept
        else "message.files_done"
    )
    return text(title, count=number(len(told)), troubled=number(troubled), file=told[0].name)


def _file_title(one: AboutFile, memory: LastState) -> str:
    count = one.story.counts.need_a_person
    if not one.file.readable:
        title = "message.file_not_readable"
    elif one.kept:
        title = "message.file_stopped" if one.trouble else "message.file_kept"
    elif count:
        title = "message.file_needs"
    else:
        title = "message.file_recovered" if one.file.name in memory.troubled else "message.file_done"
    return counted(title, count, file=one.name)


def _file_blocks(one: AboutFile) -> list[str]:
    if one.file.reason:
        return list(reason_parts(one.file.reason))
    blocks = [_came_to(one)]
    if one.stopped:
        blocks.append(stop_text(one.stopped))
    if one.story.problems:
        blocks.append(_problems(one.story))
    return blocks


def _problems(story: FileStory) -> str:
    """What is wrong, kind by kind; findings are counted, as on the page."""
    findings = sum(group.findings for group in story.problems)
    some = story.problems[:_MOST_GROUPS]
    more = findings - sum(group.findings for group in some)
    heading = text("message.what", findings=findings_told(findings, story.counts.need_a_person))
    rest = [counted("message.more_findings", more)] if more else []
    return "\n".join([heading, *(_group(group) for group in some), *rest])


def _group(group: Group) -> str:
    count = counted("report.findings", group.findings)
    places = counted("message.row_numbers", group.rows, places=group.places)
    first = f"- {count}: {group.title} ({places})"
    # a message waits in the state folder, perhaps, and travels far: who is named stands in the files only
    said = "" if group.kind in WITH_CANDIDATES else group.message
    lines = [first, said, text("message.do", step=group.step)]
    return "\n  ".join(filter(None, lines))


def _handed(handed: ReturnedFile | None, config: Config) -> list[str]:
    blocks = []
    if handed and handed.correction:
        path = _place(handed.correction, config)
        blocks.append(text("message.correction", file=handed.correction.name, path=path))
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
        title, what = "message.run_needs", happened(tally(finished.checked)).rstrip(".")
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
    return seen if seen == str(path) else f"{seen}\n<{_link(seen)}>"


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
