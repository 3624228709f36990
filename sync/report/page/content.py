"""What the report page tells, gathered from the rows in one go: file by file the groups of problems and of changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.domain.model import Severity, Verdict
from sync.i18n import text
from sync.i18n.texts import next_step, quoted, verdict_meaning
from sync.report.lines import lines
from sync.report.page.places import Places
from sync.report.tally import Tally, tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.domain.model import Checked
    from sync.report.lines import Line, RowFinding

#: Rows that stand below a group by themselves; the list of all rows, which the reader can filter, has the rest.
_ROWS_IN_GROUP: Final = 20
#: Such rows on the whole page, so that a thousand groups do not make it heavy.
_ROWS_IN_GROUPS: Final = 4_000
#: Rows in the list; beyond it only those that need a person.
_ROWS_IN_LIST: Final = 50_000


class PageEntry(NamedTuple):
    """One finding below a group."""

    sheet: str | None
    row: int
    appointment_id: int | None
    address_id: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of the same kind in a file, and in how many rows. `message` is what all of them say, "" where they differ."""

    kind: str
    title: str
    step: str
    message: str
    findings: int
    rows: int
    places: str
    entries: tuple[PageEntry, ...]


class ChangedLink(NamedTuple):
    """Rows of a file after which the same has changed, in words."""

    what: str
    rows: int
    places: str


@dataclass(frozen=True, slots=True)
class FileStory:
    """What became of one file: its counts, groups of what is to settle, what waits and what only tells, changes."""

    counts: Tally
    problems: tuple[Group, ...] = ()
    waiting: tuple[Group, ...] = ()
    hints: tuple[Group, ...] = ()
    changes: tuple[ChangedLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that the page tells about rows. `all_rows` is whether `listed` holds every row."""

    files: tuple[FileStory, ...]
    listed: tuple[Line, ...]
    all_rows: bool

    @property
    def hints(self) -> int:
        """How many findings only tell something, in all files."""
        return sum(group.findings for file in self.files for group in file.hints)


def content(checked: Checked) -> Content:
    """Gather everything from a row table with verdicts."""
    files = [_File() for _ in checked.files]
    listed: list[Line] = []
    room, all_rows = _ROWS_IN_GROUPS, tally(checked).rows <= _ROWS_IN_LIST
    for line in lines(checked):
        room -= files[line.file].add(line, room)
        if all_rows or (line.needs_a_person and len(listed) < _ROWS_IN_LIST):
            listed.append(line)
    return Content(tuple(file.story() for file in files), tuple(listed), all_rows)


def told(finding: RowFinding) -> str:
    """What a finding says, with the column it is about."""
    column = finding.column and quoted(finding.column)
    if not column or column in finding.message:
        return finding.message
    return f"{text('report.column')} {column}: {finding.message}"


class _File:
    """Gathers one file, row by row."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._held = self._unseen = 0
        self._problems: dict[str, _Group] = {}
        self._waiting: dict[str, _Group] = {}
        self._hints: dict[str, _Group] = {}
        self._changes: dict[str, _Change] = {}

    def add(self, line: Line, room: int) -> int:
        """Take one row in; returns how many rows below groups it made, at most `room`."""
        self._counts[line.outcome] += 1
        self._held += line.held
        self._unseen += line.unseen
        if line.outcome == Verdict.UPDATED:
            self._changes.setdefault(_what_changed(line), _Change()).add(line)
        errors = [finding for finding in line.findings if finding.severity is Severity.ERROR]
        hints = [finding for finding in line.findings if finding.severity is Severity.WARNING]
        if not (line.waits or line.needs_a_person):
            return self._group(self._hints, line, (*errors, *hints), room)
        groups = self._waiting if line.waits else self._problems
        made = self._group(groups, line, errors, room) if errors else self._verdict_alone(groups, line, room)
        return made + self._group(self._hints, line, hints, room - made)

    def _group(self, groups: dict[str, _Group], line: Line, findings: Iterable[RowFinding], room: int) -> int:
        made = 0
        for finding in findings:
            group = groups.setdefault(finding.code, _Group())
            made += group.add(line, told(finding), room - made)
        return made

    def _verdict_alone(self, groups: dict[str, _Group], line: Line, room: int) -> int:
        """A row about which nothing else is said."""
        return groups.setdefault(line.outcome, _Group()).add(line, "", room)

    def story(self) -> FileStory:
        """The file as a whole: its groups, the one with most findings first."""
        groups = (self._problems, self._waiting, self._hints)
        problems, waiting, hints = (
            tuple(sorted((g.group(kind) for kind, g in each.items()), key=lambda one: -one.findings)) for each in groups
        )
        counts = Tally(self._counts, self._counts.total(), 0, 0, held=self._held, unseen=self._unseen)
        changes = tuple(each.change(what) for what, each in self._changes.items())
        return FileStory(counts, problems, waiting, hints, tuple(sorted(changes, key=lambda one: -one.rows)))


class _Group:
    def __init__(self) -> None:
        self._findings = 0
        self._rows = 0
        self._last: Line | None = None
        self._places = Places()
        self._entries: list[PageEntry] = []
        self._message: str | None = None
        self._same = True

    def add(self, line: Line, message: str, room: int) -> int:
        self._same = self._same and self._message in (None, message)
        self._message = message
        self._findings += 1
        if line is not self._last:
            self._rows += 1
            self._places.add(line.sheet, line.row)
        self._last = line
        if not room or len(self._entries) == _ROWS_IN_GROUP:
            return 0
        self._entries.append(PageEntry(line.sheet, line.row, line.appointment_id, line.address_id, message))
        return 1

    def group(self, kind: str) -> Group:
        message = (self._message or "") if self._same else ""
        return Group(
            kind,
            kind_title(kind),
            next_step(kind),
            message,
            self._findings,
            self._rows,
            self._places.text(),
            tuple(self._entries),
        )


class _Change:
    def __init__(self) -> None:
        self._rows = 0
        self._places = Places()

    def add(self, line: Line) -> None:
        self._rows += 1
        self._places.add(line.sheet, line.row)

    def change(self, what: str) -> ChangedLink:
        return ChangedLink(what, self._rows, self._places.text())


def kind_title(kind: str) -> str:
    """A kind of finding in a few words; a verdict stands for rows that nothing else is said about."""
    if kind in set(Verdict):
        meaning = verdict_meaning(kind).rstrip(".")
        return meaning[:1].lower() + meaning[1:]
    return text(f"finding.{kind}.short")


def _what_changed(line: Line) -> str:
    """Old and new of both statuses, as far as they differ, in words."""
    unknown = text("report.not_known")
    names = ("report.confirmation", "report.feedback")
    wanted = [(name, status) for name, status in zip(names, line.statuses(), strict=True) if status.new is not None]
    # an interrupted run may have changed it and this one changed it back: then nothing differs from what was before
    told = [(name, status) for name, status in wanted if status.differs] or wanted
    return " · ".join(f"{text(name)}: {status.old or unknown} → {status.new}" for name, status in told)
