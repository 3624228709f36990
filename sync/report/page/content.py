"""What the report page tells, gathered from the rows in one go: file by file the groups of problems and of changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.model import FINE, Code, Severity, Verdict
from sync.report import labels
from sync.report.lines import lines
from sync.report.page.places import Places
from sync.report.page.words import KINDS
from sync.report.tally import tally
from sync.texts import next_step, verdict_meaning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.model import Checked
    from sync.report.lines import Finding, Line
    from sync.texts import Language

#: Rows that stand below a group by themselves; the list of all rows, which the reader can filter, has the rest.
_ROWS_IN_GROUP: Final = 20
#: Such rows on the whole page, so that a thousand groups do not make it heavy.
_ROWS_IN_GROUPS: Final = 4_000
#: Rows in the list; beyond it only those that need a person.
_ROWS_IN_LIST: Final = 50_000


class Entry(NamedTuple):
    """One row below a group."""

    sheet: str | None
    row: int
    appointment_id: int | None
    address_id: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a file with the same kind of finding. `message` is what all of them say, "" where they differ."""

    kind: str
    title: str
    step: str
    message: str
    rows: int
    places: str
    entries: tuple[Entry, ...]


class Change(NamedTuple):
    """Rows of a file after which the same has changed, in words."""

    what: str
    rows: int
    places: str


@dataclass(frozen=True, slots=True)
class FileStory:
    """What became of one file: rows per verdict, groups of what is to settle, what waits and what only tells, changes."""

    counts: Mapping[str, int]
    problems: tuple[Group, ...] = ()
    kept: tuple[Group, ...] = ()
    hints: tuple[Group, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(self.counts.values())

    @property
    def fine(self) -> int:
        """Rows that are as they shall be."""
        return sum(self.counts.get(verdict, 0) for verdict in FINE)

    @property
    def waiting(self) -> int:
        """Rows that wait for the next run."""
        return self.counts.get(Verdict.NOT_SENT, 0)

    @property
    def to_settle(self) -> int:
        """Rows that need a person."""
        return self.rows - self.fine - self.waiting


@dataclass(frozen=True, slots=True)
class Content:
    """All that the page tells about rows. `all_rows` is whether `listed` holds every row."""

    files: tuple[FileStory, ...]
    listed: tuple[Line, ...]
    all_rows: bool


def content(checked: Checked, language: Language) -> Content:
    """Gather everything from a row table with verdicts."""
    files = [_File(language) for _ in checked.files]
    listed: list[Line] = []
    room, all_rows = _ROWS_IN_GROUPS, tally(checked).rows <= _ROWS_IN_LIST
    for line in lines(checked, language):
        room -= files[line.file].add(line, room)
        if all_rows or (needs_a_person(line.outcome) and len(listed) < _ROWS_IN_LIST):
            listed.append(line)
    return Content(tuple(file.story() for file in files), tuple(listed), all_rows)


def needs_a_person(outcome: str) -> bool:
    """Whether somebody has to look at a row with this verdict."""
    return outcome not in FINE and outcome != Verdict.NOT_SENT


class _File:
    """Gathers one file, row by row."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._counts: Counter[str] = Counter()
        self._problems: dict[str, _Group] = {}
        self._kept: dict[str, _Group] = {}
        self._hints: dict[str, _Group] = {}
        self._changes: dict[str, _Change] = {}

    def add(self, line: Line, room: int) -> int:
        """Take one row in; returns how many rows below groups it made, at most `room`."""
        self._counts[line.outcome] += 1
        if line.outcome == Verdict.UPDATED:
            self._changes.setdefault(_what_changed(line, self._language), _Change()).add(line)
        made = 0
        errors = {finding.code: finding for finding in line.findings if finding.severity is Severity.ERROR}
        hints = {finding.code: finding for finding in line.findings if finding.severity is Severity.WARNING}
        if line.outcome == Verdict.NOT_SENT:
            made += self._group(self._kept, line, {line.outcome: None}, room)
        elif needs_a_person(line.outcome):
            made += self._group(self._problems, line, errors or {line.outcome: None}, room)
        else:
            hints |= errors
        return made + self._group(self._hints, line, hints, room - made)

    def _group(self, groups: dict[str, _Group], line: Line, findings: Mapping[str, Finding | None], room: int) -> int:
        made = 0
        for kind, finding in findings.items():
            group = groups.setdefault(kind, _Group())
            made += group.add(line, finding.message if finding else "", room - made)
        return made

    def story(self) -> FileStory:
        """The file as a whole: its groups, the one with most rows first."""
        groups = (self._problems, self._kept, self._hints)
        problems, kept, hints = (
            tuple(sorted((g.group(kind, self._language) for kind, g in each.items()), key=lambda one: -one.rows))
            for each in groups
        )
        changes = tuple(each.change(what, self._language) for what, each in self._changes.items())
        return FileStory(self._counts, problems, kept, hints, tuple(sorted(changes, key=lambda one: -one.rows)))


class _Group:
    def __init__(self) -> None:
        self._rows = 0
        self._places = Places()
        self._entries: list[Entry] = []
        self._message: str | None = None
        self._same = True

    def add(self, line: Line, message: str, room: int) -> int:
        self._same = self._same and self._message in (None, message)
        self._message = message
        self._rows += 1
        self._places.add(line.sheet, line.row)
        if not room or len(self._entries) == _ROWS_IN_GROUP:
            return 0
        self._entries.append(Entry(line.sheet, line.row, line.appointment_id, line.address_id, message))
        return 1

    def group(self, kind: str, language: Language) -> Group:
        message = (self._message or "") if self._same else ""
        title = kind_title(kind, language)
        return Group(
            kind, title, next_step(kind, language), message, self._rows, self._places.text(language), tuple(self._entries)
        )


class _Change:
    def __init__(self) -> None:
        self._rows = 0
        self._places = Places()

    def add(self, line: Line) -> None:
        self._rows += 1
        self._places.add(line.sheet, line.row)

    def change(self, what: str, language: Language) -> Change:
        return Change(what, self._rows, self._places.text(language))


def kind_title(kind: str, language: Language) -> str:
    """A kind of finding in a few words; a verdict stands for rows that nothing else is said about."""
    if kind in set(Verdict):
        meaning = verdict_meaning(kind, language).rstrip(".")
        return meaning[:1].lower() + meaning[1:]
    return KINDS[Code(kind)].text(language)


def _what_changed(line: Line, language: Language) -> str:
    """Old and new of both statuses, as far as they differ, in words."""
    unknown = labels.NOT_KNOWN.text(language)
    names = (labels.CONFIRMATION, labels.FEEDBACK)
    wanted = [(name, status) for name, status in zip(names, line.statuses(language), strict=True) if status.new is not None]
    # an interrupted run may have changed it and this one changed it back: then nothing differs from what was before
    told = [(name, status) for name, status in wanted if status.differs] or wanted
    return " · ".join(f"{name.text(language)}: {status.old or unknown} → {status.new}" for name, status in told)
