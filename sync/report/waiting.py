"""What waits for a person now, over all runs: rows and files that no later run has settled, and the one current correction file.

It is kept in a hidden file beside the overview, and every run renews it from its own rows, however many runs there were before.
Whoever may write to the results may write to that file, so what it says is checked, and it is no more than what pages tell.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
from collections import defaultdict
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sync.domain.model import Column, Operation, Severity, Verdict, Why, is_run_id
from sync.i18n.texts import reason_parts
from sync.report.excel.names import copied_from, correction_mark, handed_on, marked_copy_of
from sync.report.story import lines
from sync.system import handles
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sync.domain.model import Checked, Loaded, RunInfo
    from sync.report.excel.returned import ReturnedFile
    from sync.report.story import Line

_log = logging.getLogger(__name__)

#: Where it is kept, in the folder with the results of all runs.
NAME: Final = ".waiting.json"
#: What a file as a whole waits for that could not be read; those that stay in the drop folder have a word of `WhyLeft`.
UNREADABLE: Final = "unreadable"
#: Stands for the word of a status cell that is none.
_SOME_WORD: Final = "?"
_SETTLES: Final = frozenset({Verdict.UPDATED, Verdict.UNCHANGED})
_MOST_BYTES: Final = 100_000_000
#: Of an entry, which may be of an older version.
_FEWEST_CELLS: Final = 12


class Waiting(NamedTuple):
    """A row that needs a person, or a file: then `row` is 0. `since` is when a run first found it, ISO text.

    `what` is the kind of its first finding, or its verdict. `correction` is the path of the current correction file below the
    results, "" where there is none. What `goes_back` is read again by the next run. `why` says in a sentence why a file could not
    be read, in the language of the run that found it; "" in what an older version kept.
    """

    run: str
    since: str
    file: str
    what: str
    sheet: str | None = None
    row: int = 0
    appointment_id: int | None = None
    address_id: int | None = None
    confirmation: str | None = None
    feedback: str | None = None
    correction: str = ""
    goes_back: bool = False
    why: str = ""

    @property
    def link(self) -> tuple[int, int] | None:
        """The link that the row names, None where it names none."""
        return (self.appointment_id, self.address_id) if self.appointment_id and self.address_id else None

    @property
    def place(self) -> tuple[str, str | None, int]:
        """Where it stands."""
        return self.file, self.sheet, self.row


class _Work(NamedTuple):
    """Where the work went that a file made: its own correction file ("" where it is used up), and those that came of that one.

    `runs` did some of it. `lost`: some of it is neither in onOffice as asked nor in one of these files.
    """

    runs: tuple[str, ...]
    direct: str
    later: tuple[str, ...] = ()
    lost: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """The correction files in which some of it may wait."""
        return (self.direct, *self.later) if self.direct else self.later


class _Kept(NamedTuple):
    """What one run leaves to the next: `given` has the hashes of current correction files, `work` the files they go back to."""

    waiting: list[Waiting]
    outdated: list[str]
    given: dict[str, str]
    work: dict[str, _Work]


def waiting_in(results: Path) -> tuple[Waiting, ...]:
    """What waits for a person, as the last run left it; nothing of runs whose results are gone."""
    return _with_results(results, _kept(results).waiting)


def is_kept(results: Path) -> bool:
    """Whether a run has written down yet what waits."""
    return os.path.lexists(results / NAME)


def outdated(results: Path) -> list[Path]:
    """The correction files in which nothing waits any more."""
    return [results / name for name in _there(results, _kept(results).outdated)]


def handed_out(results: Path) -> frozenset[str]:
    """The SHA-256 of every current correction file, as it was handed out."""
    return frozenset(_kept(results).given.values())


def with_settled(results: Path, checked: Checked) -> Checked:
    """The rows of a run, whose files say whether what is wrong in them is settled. The row table holds verdicts.

    So it is with a file that was processed before, where every row that needs a person was wrong then already, and all are
    in onOffice as asked by now: a later run has seen to that, or this one does with another file, such as its mended correction
    file, and no run was undone since. One that is not settled says in which other correction files some of its rows wait.
    """
    wrong = checked.need_a_person
    again = {
        at
        for at, file in enumerate(checked.files)
        if file.dropped_before and (checked.rows.file[wrong] == at).any() and os.path.lexists(results / file.dropped_before)
    }
    if not again or not is_kept(results):
        return checked
    kept = _kept(results)
    dropped = _dropped(kept, checked, _renamed(kept, checked))
    waiting = _with_results(results, kept.waiting)
    still = _by_correction(_open_beside(waiting, checked, again))
    before = _by_correction(waiting)
    new = {line.file for line in lines(checked) if line.needs_a_person and line.outcome != Verdict.INVALID}
    files = list(checked.files)
    for at in again:
        work = kept.work.get(files[at].sha256, _Work((), "", lost=True))
        waits, settled = [], at not in new and not work.lost
        for path in work.files:
            if path in dropped:
                left = int((checked.rows.file[wrong] == dropped[path]).sum())
                settled = settled and not left and _is_whole(checked, dropped[path], len(before[path]))
                waits += [(files[dropped[path]].name, left)]
            else:
                settled = settled and bool(before[path]) and not still[path]
                waits += [(path, len(still[path]))] * (path != work.direct)  # which the new one will stand for
        files[at] = replace(files[at], settled=settled, also_in=tuple(each for each in waits if each[1]))
    return replace(checked, files=tuple(files))


def _by_correction(waiting: Iterable[Waiting]) -> defaultdict[str, list[Waiting]]:
    """What waits, by its correction file."""
    found: defaultdict[str, list[Waiting]] = defaultdict(list)
    for each in waiting:
        found[each.correction].append(each)
    return found


def _dropped(kept: _Kept, checked: Checked, renamed: Mapping[str, str]) -> dict[str, int]:
    """Which files of a run are correction files that were handed out, by their paths below the results, `_renamed` or not."""
    contents = {file.sha256: at for at, file in enumerate(checked.files) if file.readable}
    by_content = {path: contents[sha256] for sha256, path in renamed.items()}
    names = {_stem(file.name): at for at, file in enumerate(checked.files) if file.readable and file.sha256 not in renamed}
    known = {path for work in kept.work.values() for path in work.files}
    found = {path: contents.get(kept.given.get(path, ""), by_content.get(path, names.get(_stem(path)))) for path in known}
    return {path: at for path, at in found.items() if at is not None}


def _renamed(kept: _Kept, checked: Checked) -> dict[str, str]:
    """Which files of a run are correction files whatever they are called now: their paths, by their content.

    So it is with a workbook that has within itself whose correction file it is. One of an older version, or what was saved in a
    format that keeps nothing of the kind, is known by the name that was copied; or it is a workbook of the job with its notes in
    it, all links of which wait in one correction file and no other one.
    """
    waiting = _by_correction(each for each in kept.waiting if each.correction)
    marks = {correction_mark(each.run, each.file): path for path, some in waiting.items() for each in some[:1]}
    stems, untouched = {_stem(path): path for path in waiting}, {*kept.given.values()}
    over = {_stem(path) for path in kept.outdated}
    found = {}
    for at, file in enumerate(checked.files):
        if not file.readable or file.sha256 in untouched:
            continue
        if path := marks.get(file.correction):
            found[file.sha256] = path
            continue
        stem = _stem(file.name)
        if file.correction or stem in stems or stem in over:
            continue
        if path := next((stems[each] for each in copied_from(stem) if each in stems), None):
            found[file.sha256] = path
            continue
        if not file.given_back:
            continue
        own = checked.rows.file == at
        links = {*zip(checked.rows.appointment_id[own].tolist(), checked.rows.address_id[own].tolist(), strict=True)}
        fit = [
            path for path, some in waiting.items() if links and links <= {each.link for each in some} and own.sum() <= len(some)
        ]
        if len(fit) == 1:
            found[file.sha256] = fit[0]
    return found


def _is_whole(checked: Checked, at: int, rows: int) -> bool:
    """Whether a correction file that was dropped has all its rows, and each is in onOffice as asked or needs a person."""
    own = checked.rows.file == at
    return int(own.sum()) >= rows and bool((checked.done | checked.need_a_person)[own].all())


def _open_beside(waiting: Iterable[Waiting], checked: Checked, again: Collection[int]) -> set[Waiting]:
    """What waits and is not settled by the rows of a run but those of some files."""
    still = {*waiting}
    links: defaultdict[tuple[int, int] | None, list[Waiting]] = defaultdict(list)
    for each in still:
        links[each.link].append(each)
    for line in lines(checked):
        if line.file not in again and line.outcome in _SETTLES and line.appointment_id and line.address_id:
            still -= {each for each in links.get((line.appointment_id, line.address_id), ()) if _answers(line, each)}
    return still


def renew(
    results: Path, info: RunInfo, checked: Checked, handed: Sequence[ReturnedFile] = (), refused: Path | None = None
) -> None:
    """Take what a run has settled away, and what it has found up. The row table holds verdicts.

    A row is settled when its link has the wanted state, or a later row asked for something else; an unreadable file when one of
    its name was read, or it lies no more in the folder of the `refused` ones. Raises OSError.
    """
    kept = _kept(results)
    before = _with_results(results, kept.waiting)
    corrections = {each.file: each.correction.relative_to(results).as_posix() for each in handed if each.correction}
    renewed = _Renewed(before, info, checked, corrections, refused, kept)
    now = renewed.all()
    current = {each.correction for each in now}
    over = {each.correction for each in before} | {*_there(results, kept.outdated)}
    given = kept.given | {name: _hash(results / name) for name in corrections.values()}
    content = {
        "waiting": now,
        "outdated": sorted(over - current - {""}),
        "given": {name: given[name] for name in sorted(current & given.keys())},
        "work": {sha256: each for sha256, each in renewed.work(now) if os.path.lexists(results / each.runs[0])},
    }
    with replacing(results / NAME) as file:
        file.write(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace"))


class _Renewed:
    """Goes through the rows of a run once."""

    def __init__(  # noqa: PLR0917 - all that says what waits
        self,
        before: Iterable[Waiting],
        info: RunInfo,
        checked: Checked,
        corrections: dict[int, str],
        refused: Path | None,
        kept: _Kept,
    ) -> None:
        self._info, self._checked, self._corrections, self._kept = info, checked, corrections, kept
        self._goes_back = checked.goes_back(info.stopped)
        read = [file for file in checked.files if file.readable]
        # one that nobody has changed may have any name, and one that is still known by what it holds
        self._renamed = _renamed(kept, checked)
        exact = {sha256: name for name, sha256 in kept.given.items()} | self._renamed
        self._correction_of = {file.sha256: _stem(exact.get(file.sha256, file.name)) for file in read}
        dropped = {exact[file.sha256] for file in read if file.sha256 in exact}
        stems = {_stem(file.name) for file in read if file.sha256 not in exact}
        self._names = {file.name.casefold() for file in read}
        self._settled: set[Waiting] = set()
        self._done: set[Waiting] = set()
        self._links: defaultdict[tuple[int, int], list[Waiting]] = defaultdict(list)
        self._places: defaultdict[tuple[str, str | None, int], list[Waiting]] = defaultdict(list)
        self._since: dict[str, str] = {}
        self._before = [each for each in before if not self._is_gone(each, refused)]
        for each in self._before:
            self._places[each.place].append(each)
            if each.link:
                self._links[each.link].append(each)
            if each.correction and (each.correction in dropped or _stem(each.correction) in stems):
                self._settled.add(each)
                self._since[_stem(each.correction)] = min(each.since, self._since.get(_stem(each.correction), each.since))

        self._take_over()
        began = (self._correction_of.get(file.sha256, _stem(file.name)) for file in checked.files)
        self._began = [self._since.get(stem, info.started) for stem in began]

    def all(self) -> list[Waiting]:
        """What waits now: what waited before and is not settled, then what this run found."""
        found = [*self._files()]
        if self._before or self._checked.need_a_person.any():
            found += [self._row(line) for line in lines(self._checked) if self._take(line)]
        left = [each for each in self._before if each not in self._settled and not (each.goes_back and not self._info.undo_of)]
        return [*left, *found]

    def _take_over(self) -> None:
        """What waits of a list that was dropped once more waits from now on in its new correction file."""
        again = {
            work.direct: file
            for at, file in enumerate(self._checked.files)
            if at in self._corrections and (work := self._kept.work.get(file.sha256)) and work.direct
        }
        for each in self._before:
            if each.correction in again:
                self._settled.add(each)
                stem = self._correction_of[again[each.correction].sha256]
                self._since[stem] = min(each.since, self._since.get(stem, each.since))

    def work(self, now: Iterable[Waiting]) -> Iterator[tuple[str, _Work]]:
        """Where the work of files went, by their content, once it is known what waits `now`."""
        before, left = _by_correction(self._before), _by_correction(now)
        dropped = _dropped(self._kept, self._checked, self._renamed)
        fresh = {self._checked.files[at].sha256: path for at, path in self._corrections.items()}
        for sha256, work in self._kept.work.items():
            if sha256 not in fresh:
                yield sha256, self._gone_on(work, before, left, dropped)
        for sha256, path in fresh.items():
            earlier = self._kept.work.get(sha256)
            yield sha256, _Work((self._info.id,), path, tuple(each for each in earlier.later if left[each]) if earlier else ())

    def _gone_on(
        self, work: _Work, before: Mapping[str, list[Waiting]], left: Mapping[str, list[Waiting]], dropped: Mapping[str, int]
    ) -> _Work:
        """Where the work of a file is after this run."""
        files, lost, done = [*work.files], work.lost or self._info.undo_of in work.runs, False
        for path in work.files:
            if (at := dropped.get(path)) is not None:
                if self._goes_back:
                    continue
                files.remove(path)
                done = True
                needs = bool(self._checked.need_a_person[self._checked.rows.file == at].any())
                files += [self._corrections[at]] if at in self._corrections else []
                lost = (
                    lost or not _is_whole(self._checked, at, len(before.get(path, ()))) or (needs and at not in self._corrections)
                )
            elif gone := {*before.get(path, ())} - {*left.get(path, ())}:
                done, lost = True, lost or not gone <= self._done
                files = [each for each in files if each != path or left.get(path)]
        direct = work.direct if work.direct in files else ""
        runs = (*work.runs, self._info.id) if done else work.runs
        return _Work(runs, direct, tuple(each for each in files if each != direct), lost)

    def _is_gone(self, each: Waiting, refused: Path | None) -> bool:
        """Whether a file as a whole waits no more."""
        if each.row or each.what != UNREADABLE:
            return False
        return each.file.casefold() in self._names or (
            refused is not None and not os.path.lexists(refused.joinpath(each.run, *PurePosixPath(each.file).parts))
        )

    def _files(self) -> Iterator[Waiting]:
        run, now = self._info.id, self._info.started
        for file in self._checked.files:
            if not file.readable:
                earlier = [each for each in self._before if each.what == UNREADABLE and each.file == file.name]
                self._settled |= {*earlier}
                if not _asks_for_nothing(file):
                    why = reason_parts(file.reason)[0] if file.reason else ""
                    yield Waiting(run, min([each.since for each in earlier], default=now), file.name, UNREADABLE, why=why)
        for left in self._checked.left:
            if left.needs_a_person:
                since = [each.since for each in self._places[left.name, None, 0]]
                yield Waiting(run, min(since, default=now), left.name, left.why, goes_back=True)

    def _take(self, line: Line) -> bool:
        """Settle what a row settles; returns whether it waits for a person itself."""
        needs = line.needs_correction and not self._checked.files[line.file].settled
        for each in self._earlier(line):
            if needs or (line.outcome in _SETTLES and _answers(line, each)):
                self._settled.add(each)
                if not needs:
                    self._done.add(each)
        return needs

    def _earlier(self, line: Line) -> list[Waiting]:
        """What waited before of the link of a row, or of its place where no link was known."""
        named = (line.appointment_id, line.address_id)
        file = self._checked.files[line.file].name
        at_place = self._places.get((file, line.sheet, line.row), ())
        same = [
            each
            for each in (*at_place, *self._marked(file, line))
            if not each.link and each.appointment_id in {None, named[0]} and each.address_id in {None, named[1]}
        ]
        return [*same, *(self._links.get((named[0], named[1]), ()) if named[0] and named[1] else ())]

    def _marked(self, name: str, line: Line) -> Iterator[Waiting]:
        """What waited at the place of a row of a marked copy in the file that it is a copy of."""
        path = PurePosixPath(name)
        if not (copy := marked_copy_of(path.name)):
            return
        day, file = copy
        for sheet in {line.sheet, None}:  # a text file has none
            for each in self._places.get((path.with_name(file).as_posix(), sheet, line.row), ()):
                if each.run.startswith(f"{day:%Y%m%d}-"):
                    yield each

    def _row(self, line: Line) -> Waiting:
        file = self._checked.files[line.file]
        since = [each.since for each in self._earlier(line)] or [self._began[line.file]]
        confirmation, feedback = (
            word or (_SOME_WORD if self._is_wrong(line, column) else None)
            for word, column in ((line.confirmation, Column.CONFIRMATION), (line.feedback, Column.FEEDBACK))
        )
        return Waiting(
            self._info.id,
            min(since),
            file.name,
            _what(line),
            line.sheet,
            line.row,
            line.appointment_id,
            line.address_id,
            confirmation,
            feedback,
            self._corrections.get(line.file, ""),
            self._goes_back,
        )

    def _is_wrong(self, line: Line, column: Column) -> bool:
        """Whether the row has something in a status column that is no word."""
        sheets = (sheet for sheet in self._checked.files[line.file].sheets if sheet.name == line.sheet)
        headers = {sheet.declared[column].header for sheet in sheets if column in sheet.declared}
        return any(finding.column in headers for finding in line.findings)


def _what(line: Line) -> str:
    """What is wrong with a row: what keeps it from being sent, before what was merely noticed in it."""
    errors = [each for each in line.findings if each.severity is Severity.ERROR]
    return next((each.code for each in [*errors, *line.findings]), line.outcome)


def _asks_for_nothing(file: Loaded) -> bool:
    """Whether a file that cannot be read is of the job itself, a report or an empty template: there is nothing to correct."""
    return file.reason is not None and file.reason.why in {Why.OWN_REPORT, Why.EMPTY_TEMPLATE}


def _answers(line: Line, each: Waiting) -> bool:
    """Whether a row that was fulfilled leaves nothing of an earlier one open."""
    if line.action == Operation.UNLINK:
        return True
    wanted, asked = (each.confirmation, each.feedback), (line.confirmation, line.feedback)
    before = (line.before_confirmation, line.before_feedback)
    return all(word is None or new is not None or word == old for word, new, old in zip(wanted, asked, before, strict=True))


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.casefold()


def _hash(path: Path) -> str:
    with handles.folder(path.parent) as folder, folder.spot(path.name).reading() as file:
        return hashlib.sha256(file.read()).hexdigest()


def _with_results(results: Path, kept: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """What waits since runs whose results are there."""
    return tuple(each for each in kept if is_run_id(each.run) and os.path.lexists(results / each.run))


def _there(results: Path, names: Iterable[str]) -> list[str]:
    """The files below the results that are there."""
    return [name for name in names if os.path.lexists(results / name)]


def _kept(results: Path) -> _Kept:
    """What is kept; nothing where nothing can be read."""
    try:
        with handles.folder(results) as folder, folder.spot(NAME).reading() as file:
            content = json.loads(file.read(_MOST_BYTES))
        given = {_handed(name): str(sha256) for name, sha256 in content.get("given", {}).items()}
        work = {str(sha256): _checked_work(*each) for sha256, each in content.get("work", {}).items()}
        return _Kept(
            [_checked(each) for each in content["waiting"]], [_handed(each) for each in content["outdated"]], given, work
        )
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        _log.warning("%s is passed over: it is none of this job's (%s)", results / NAME, type(error).__name__)
    return _Kept([], [], {}, {})


def _checked_work(runs: list[str], direct: str, later: list[str], lost: object) -> _Work:
    """One entry. Raises ValueError, TypeError."""
    if not runs or not all(is_run_id(run) for run in runs):
        raise ValueError(runs)
    return _Work(tuple(runs), direct and _handed(direct), tuple(map(_handed, later)), bool(lost))


def _checked(cells: Any) -> Waiting:  # noqa: ANN401 - any JSON
    """One entry. Raises ValueError, TypeError."""
    each = Waiting(*cells)
    texts = (each.run, each.since, each.file, each.what, each.correction, each.why)
    maybe = (each.sheet, each.confirmation, each.feedback)
    numbers = (each.row, each.appointment_id or 0, each.address_id or 0)
    if not all(isinstance(text, str) for text in texts) or not all(text is None or isinstance(text, str) for text in maybe):
        raise TypeError(cells)
    dt.date.fromisoformat(each.since[:10])
    if not all(isinstance(number, int) for number in numbers) or len(cells) < _FEWEST_CELLS:
        raise ValueError(cells)
    if each.correction:
        _handed(each.correction)
    return each


def _handed(name: str) -> str:
    """The path of a correction file below the results. Raises ValueError: it is none that the job gives out."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or handed_on(path.name) is None:
        raise ValueError(name)
    return name
