"""From a template to a page that needs nothing from outside and lets nothing run but its own style and script.

And what templates show: bars, places of rows in words, what is told of each file (`content`).
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sync.domain.model import Code, Severity, Tally, Verdict
from sync.i18n import counted, number, spoken, text, when
from sync.i18n.texts import next_step, quoted, shown, verdict_meaning, verdict_word
from sync.report.story import Known, findings_told, known, lines, meaning
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync.domain.model import Checked
    from sync.report.story import Line, RowFinding, Status


#: What the page about a run may be called.
PAGES: Final = ("report.html", "Bericht.html")
_TEMPLATES: Final = Path(__file__).parent / "templates"


def write_document(path: Path, template: str, script: str | None = None, **content: object) -> None:
    """Write a page, whole or not at all. Raises OSError."""
    css, js = _own("style.css"), _own(script) if script else Markup()
    allowed = {"default-src": "'none'", "style-src": _hash(css), "base-uri": "'none'", "form-action": "'none'"}
    if script:
        allowed["script-src"] = _hash(js)
    policy = "; ".join(" ".join(rule) for rule in allowed.items())
    page = _environment().get_template(template)
    stream = page.stream(css=css, js=js, policy=policy, language=spoken(), say=_Say(), **content)
    stream.enable_buffering(100)
    with replacing(path) as file:
        file.writelines(part.encode("utf-8", "backslashreplace") for part in stream)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.filters["shown"] = lambda text: shown(text, 200)
    return environment


@cache
def _own(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - written by us, holds nothing from outside


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class _Say:
    """How templates word things."""

    def __call__(self, key: str, **words: int | str) -> str:
        """A text with numbers and names in its places."""
        return text(key, **{name: number(word) if isinstance(word, int) else word for name, word in words.items()})

    verdict = staticmethod(verdict_word)
    meaning = staticmethod(meaning)
    step = staticmethod(next_step)
    number = staticmethod(number)
    when = staticmethod(when)
    findings = staticmethod(findings_told)

    def counted(self, count: int, key: str) -> str:
        """One or many."""
        return counted(key, count)


# The geometry of the pictures; the templates draw them as SVG.


#: Width and height of every picture in its own units; it is stretched to the room it gets.
WIDTH: Final = 1000.0
HEIGHT: Final = 100.0
_GAP: Final = 3.0
_NARROWEST: Final = 8.0
_LOWEST: Final = 3.0
_WIDEST_BAR: Final = 24.0


class Segment(NamedTuple):
    """One part of a bar that shows how a whole divides."""

    name: str
    x: float
    width: float


class Bar(NamedTuple):
    """One upright bar; `height` and `y` from above."""

    x: float
    y: float
    width: float
    height: float


def divided(parts: Mapping[str, int]) -> tuple[Segment, ...]:
    """A bar of `WIDTH`, divided as the counts are; a part that is there can always be seen."""
    some = {name: count for name, count in parts.items() if count}
    total = sum(some.values())
    room = WIDTH - _GAP * (len(some) - 1) - _NARROWEST * len(some)
    segments, x = [], 0.0
    for name, count in some.items():
        width = _NARROWEST + room * count / total
        segments.append(Segment(name, round(x, 1), round(width, 1)))
        x += width + _GAP
    return tuple(segments)


def bars(values: Sequence[float], places: int) -> tuple[Bar, ...]:
    """One bar per value, the last one at the right edge of `places` places; the largest value is `HEIGHT` high."""
    most = max(values, default=0) or 1
    place = WIDTH / max(places, 1)
    width = min(place * 0.72, _WIDEST_BAR)
    first = places - len(values)
    return tuple(
        Bar(round((first + at) * place + (place - width) / 2, 1), round(HEIGHT - height, 1), round(width, 1), round(height, 1))
        for at, value in enumerate(values)
        if value and (height := max(value / most * HEIGHT, _LOWEST))
    )


# Row numbers as people read them: "5, 7-9", with their sheet where there is one.


#: Stretches told in words; a page with more of them would be long and tell nobody anything.
_STRETCHES: Final = 60


class Places:
    """Gathers the places of rows, which come sheet by sheet and in the order of their numbers."""

    def __init__(self) -> None:
        self._sheets: dict[str | None, list[list[int]]] = {}
        self._more = 0
        self._stretches = 0

    def add(self, sheet: str | None, row: int) -> None:
        """Take one row in."""
        stretches = self._sheets.get(sheet)
        if stretches and stretches[-1][1] == row - 1:
            stretches[-1][1] = row
        elif self._stretches < _STRETCHES:
            self._sheets.setdefault(sheet, []).append([row, row])
            self._stretches += 1
        else:
            self._more += 1

    def text(self) -> str:
        """All places in one line, to be read after "rows"."""
        told = [_on_sheet(", ".join(_stretch(*ends) for ends in stretches), sheet) for sheet, stretches in self._sheets.items()]
        more = [text("page.more_places", count=number(self._more))] if self._more else []
        return "; ".join([*told, *more])


def _on_sheet(rows: str, sheet: str | None) -> str:
    return rows if sheet is None else text("place.rows_on_sheet", rows=rows, sheet=quoted(sheet))


def _stretch(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}, {last}" if last == first + 1 else f"{first}\u2013{last}"


# What the report page tells, gathered from the rows in one go: file by file the groups of problems and of changes.


#: Rows that stand below a group by themselves; the list of all rows, which the reader can filter, has the rest.
_ROWS_IN_GROUP: Final = 20
#: Such rows on the whole page, so that a thousand groups do not make it heavy.
_ROWS_IN_GROUPS: Final = 4_000
#: Rows in the list; beyond it only those that need a person.
_ROWS_IN_LIST: Final = 50_000


class PageEntry(NamedTuple):
    """One finding below a group. `nameless` is its message without names from onOffice, `of_row` whether it names no column."""

    sheet: str | None
    row: int
    appointment_id: int | None
    address_id: int | None
    message: str
    when: str = ""
    name: str = ""
    nameless: str = ""
    of_row: bool = False


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
    """All that the page tells about rows. `all_rows` is whether `listed` holds every row; `known` is whom each is about."""

    files: tuple[FileStory, ...]
    listed: tuple[Line, ...]
    known: tuple[Known, ...]
    all_rows: bool

    @property
    def hints(self) -> int:
        """How many findings only tell something, in all files."""
        return sum(group.findings for file in self.files for group in file.hints)


def content(checked: Checked) -> Content:
    """Gather everything from a row table with verdicts."""
    files = [_File(settled=file.settled) for file in checked.files]
    listed: list[Line] = []
    about: list[Known] = []
    room, all_rows = _ROWS_IN_GROUPS, checked.tally.rows <= _ROWS_IN_LIST
    besides = zip(checked.held.tolist(), checked.repeating.tolist(), checked.blind.tolist(), strict=True)
    for line, each, (held, repeats, blind) in zip(lines(checked), known(checked), besides, strict=True):
        room -= files[line.file].add(line, each, room)
        files[line.file].count(held=held, repeating=repeats, blind=blind)
        if all_rows or (line.needs_a_person and len(listed) < _ROWS_IN_LIST):
            listed.append(line)
            about.append(each)
    return Content(tuple(file.story() for file in files), tuple(listed), tuple(about), all_rows)


def told(finding: RowFinding) -> str:
    """What a finding says, with the column it is about."""
    column = finding.column and quoted(finding.column)
    if not column or column in finding.message:
        return finding.message
    return f"{text('report.column')} {column}: {finding.message}"


class _File:
    """Gathers one file, row by row."""

    def __init__(self, *, settled: bool) -> None:
        self._counts: Counter[str] = Counter()
        self._held = self._unseen = self._settled = self._repeating = self._repeating_failed = self._blind = 0
        self._is_settled = settled
        self._problems: _Groups = {}
        self._waiting: _Groups = {}
        self._hints: _Groups = {}
        self._changes: dict[str, _Change] = {}
        self._about = Known()

    def add(self, line: Line, about: Known, room: int) -> int:
        """Take one row in, with who it is about; returns how many rows below groups it made, at most `room`."""
        self._about = about
        self._counts[line.outcome] += 1
        self._unseen += line.unseen
        self._repeating_failed += line.repeats_failed
        if changed := line.changed():
            self._changes.setdefault(_what_changed(changed), _Change()).add(line)
        errors = [finding for finding in line.findings if finding.severity is Severity.ERROR]
        hints = [finding for finding in line.findings if finding.severity is Severity.WARNING]
        is_settled = self._is_settled and line.needs_a_person
        self._settled += is_settled
        if is_settled:  # what is wrong in it, and what to do about that, is over
            return self._group(self._hints, line, hints, room)
        if not (line.waits or line.needs_a_person):
            return self._group(self._hints, line, (*errors, *hints), room)
        groups = self._waiting if line.waits else self._problems
        made = self._group(groups, line, errors, room) if errors else self._verdict_alone(groups, line, room)
        return made + self._group(self._hints, line, hints, room - made)

    def count(self, *, held: bool, repeating: bool, blind: bool) -> None:
        """Count whether a guard holds a row back, whether it repeats one that waits, and whether nobody knows how it was."""
        self._blind += blind
        self._held += held
        self._repeating += repeating

    def _group(self, groups: _Groups, line: Line, findings: Iterable[RowFinding], room: int) -> int:
        made = 0
        for finding in findings:
            group = groups.setdefault((finding.code, finding.step), _Group())
            made += group.add(line, self._about, finding, room - made)
        return made

    def _verdict_alone(self, groups: _Groups, line: Line, room: int) -> int:
        """A row about which nothing else is said."""
        return groups.setdefault((line.outcome, next_step(line.outcome)), _Group()).add(line, self._about, None, room)

    def story(self) -> FileStory:
        """The file as a whole: its groups, the one with most findings first."""
        groups = (self._problems, self._waiting, self._hints)
        problems, waiting, hints = (
            tuple(sorted((g.group(*kind) for kind, g in each.items()), key=lambda one: -one.findings)) for each in groups
        )
        counts = Tally(
            self._counts,
            self._counts.total(),
            0,
            0,
            held=self._held,
            unseen=self._unseen,
            settled=self._settled,
            repeating=self._repeating,
            blind=self._blind,
            repeating_failed=self._repeating_failed,
        )
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

    def add(self, line: Line, about: Known, finding: RowFinding | None, room: int) -> int:
        message = told(finding) if finding else ""
        self._same = self._same and self._message in (None, message)
        self._message = message
        self._findings += 1
        if line is not self._last:
            self._rows += 1
            self._places.add(line.sheet, line.row)
        self._last = line
        if not room or len(self._entries) == _ROWS_IN_GROUP:
            return 0
        ids = (line.appointment_id, line.address_id)
        nameless = told(finding._replace(message=finding.nameless)) if finding else ""
        of_row = finding is None or finding.column is None or finding.code == Code.CONTRADICTION
        self._entries.append(PageEntry(line.sheet, line.row, *ids, message, about.when, about.name, nameless, of_row))
        return 1

    def group(self, kind: str, step: str) -> Group:
        message = (self._message or "") if self._same else ""
        return Group(
            kind,
            kind_title(kind),
            step,
            message,
            self._findings,
            self._rows,
            self._places.text(),
            tuple(self._entries),
        )


#: By their kind and what is to do about it.
_Groups = dict[tuple[str, str], _Group]


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
        meant = verdict_meaning(kind).rstrip(".")
        return meant[:1].lower() + meant[1:]
    return text(f"finding.{kind}.short")


def _what_changed(statuses: tuple[Status, Status]) -> str:
    """Old and new of both statuses, as far as they differ, in words."""
    unknown = text("report.not_known")
    names = ("report.confirmation", "report.feedback")
    wanted = [(name, status) for name, status in zip(names, statuses, strict=True) if status.new is not None]
    # an interrupted run may have changed it and this one changed it back: then nothing differs from what was before
    told = [(name, status) for name, status in wanted if status.differs] or wanted
    return " · ".join(f"{text(name)}: {status.old or unknown} → {status.new}" for name, status in told)
