"""The report page: what one run came to, for people, in one file that opens anywhere."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar
from urllib.parse import quote

from sync.domain.model import COULD_NOT_LOOK, LACKS_A_RIGHT, WARNINGS, Code, Verdict
from sync.i18n import counted, everywhere, spoken, text
from sync.i18n.texts import (
    left_text,
    next_step,
    notice_parts,
    notice_text,
    reason_parts,
    shown,
    stop_parts,
    verdict_word,
)
from sync.report.page.document import PAGES, content, divided, kind_title, told, write_document
from sync.report.story import RefusedFolder, dropped_again, happened, lasted, not_filled_in, refused_in, seconds, state

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sync.domain.model import Checked, Loaded, RunInfo
    from sync.report.excel.returned import ReturnedFile
    from sync.report.page.document import FileStory, Segment
    from sync.report.story import Known, Line, RowFinding, Status


# The rows of a run as compact JSON, for the script of the report page: every text once, rows as short lists of numbers.


T = TypeVar("T")

_PLACE: Final = {verdict: at for at, verdict in enumerate(Verdict)}
#: What the script itself says.
_SAID: Final[dict[str, str]] = {
    "row": "report.row",
    "found": "page.found",
    "page": "page.page",
    "none": "page.none_found",
}


def rows_data(files: Iterable[str], listed: Sequence[Line], known: Sequence[Known]) -> dict[str, object]:
    """What the script reads; `row` there is the order of the fields of a row. `known` is who each row is about."""
    sheets: dict[str, int] = {}
    words: dict[str, int] = {}
    findings: dict[tuple[str, ...], int] = {}
    people: dict[str, int] = {}
    rows = [
        [
            line.file,
            _place(sheets, line.sheet),
            line.row,
            line.appointment_id,
            line.address_id,
            _PLACE[Verdict(line.outcome)],
            *_statuses(words, line.statuses()),
            [_place(findings, _told(finding)) for finding in line.findings],
            _place(people, about.when or None),
            _place(people, about.name or None),
        ]
        for line, about in zip(listed, known, strict=True)
    ]
    codes = sorted({code for code, *_ in findings})
    return {
        "language": spoken(),
        "said": {name: text(key) for name, key in _SAID.items()},
        "verdicts": [[verdict, verdict_word(verdict)] for verdict in Verdict],
        "kinds": {code: [kind_title(code), next_step(Code(code)), Code(code).severity] for code in codes},
        "files": [shown(name, 200) for name in files],
        "sheets": [shown(name, 200) for name in sheets],
        "words": list(words),
        "findings": list(findings),
        "people": list(people),
        "rows": rows,
    }


def _told(finding: RowFinding) -> tuple[str, ...]:
    """What is said of a finding beside its row, with what to do where that is not the same for all of its kind."""
    step = () if finding.step == next_step(finding.code) else (finding.step,)
    return (finding.code, told(finding), *step)


def _statuses(words: dict[str, int], statuses: tuple[Status, Status]) -> list[int]:
    """What is wanted of both statuses, then what was before; -2 where that is not known."""
    wanted = [_place(words, status.new) for status in statuses]
    return [*wanted, *(_place(words, status.old) if status.old else -2 for status in statuses)]


def _place(table: dict[T, int], entry: T | None) -> int:
    """Where an entry stands in a table that holds each once; -1 for None."""
    return -1 if entry is None else table.setdefault(entry, len(table))


class _Beside(NamedTuple):
    """Another file of the run: its name, the link to it, what it is, and what else there is to say about it."""

    name: str
    href: str
    what: str
    notes: tuple[str, ...] = ()


class _File(NamedTuple):
    """A file of the run, at a position among its files.

    `why` and `then` say why it could not be read, `handed` links what is given back of it, `notes` is what else there is to say.
    """

    at: int
    name: str
    story: FileStory
    bar: tuple[Segment, ...]
    why: str
    then: str
    handed: list[_Beside]
    notes: list[str]

    @property
    def fine(self) -> bool:
        """Whether nobody has to look at it."""
        return not (self.why or self.story.counts.need_a_person or self.story.counts.held)


def write_report_page(
    folder: Path,
    info: RunInfo,
    checked: Checked,
    *,
    handed: Sequence[ReturnedFile] = (),
    missing: Sequence[str] = (),
    refused: RefusedFolder | None = None,
    name: str = PAGES[0],
) -> None:
    """Write the page about a run into its folder, whole or not at all.

    It links the files that lie in the folder already and what is `handed` back of the files, and names those that are `missing`;
    unreadable ones lie in `refused`. The row table holds verdicts. Raises OSError.
    """
    counts, told, back = checked.tally, content(checked), {each.file: each for each in handed}
    pairs, again = zip(checked.files, told.files, strict=True), dict([*not_filled_in(checked), *dropped_again(checked)])
    corrections = [_link(folder, each.correction, _to_correct(each, told.files[each.file])) for each in handed if each.correction]
    write_document(
        folder / name,
        "report.html",
        "report.js",
        verdicts=list(Verdict),
        info=info,
        state=state(info.exit_code),
        took=lasted(seconds(info.started, info.finished)),
        stopped=stop_parts(info.stopped) if info.stopped else None,
        blind=[notice_parts(notice) for notice in info.notices if notice.what in COULD_NOT_LOOK],
        counts=counts,
        happened=happened(counts),
        hints=told.hints,
        bar=divided({verdict: counts.of(verdict) for verdict in Verdict}),
        steps=[
            *_steps(info, checked, with_file=bool(corrections), refused=refused),
            *(text("next.not_written", file=name) for name in missing),
        ],
        beside=[*corrections, *_beside(folder)],
        left=[left_text(each) for each in checked.left],
        files=[_file(at, *each, back.get(at), folder=folder, again=again.get(at, "")) for at, each in enumerate(pairs)],
        all_rows=told.all_rows,
        listed=len(told.listed),
        data=rows_data((file.name for file in checked.files), told.listed, told.known),
    )


def _beside(folder: Path) -> Iterable[_Beside]:
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and path.name not in PAGES:
            kind = next((kind for kind, names in kinds_of_files().items() if path.name in names), "other")
            yield _link(folder, path, text(f"page.beside.{kind}"))


def kinds_of_files() -> dict[str, Sequence[str]]:
    """What a file of a run is, by its name in any language."""
    return {"results": everywhere("report.workbook"), "undo": everywhere("undo_file.name"), "json": ("report.json",)}


def _link(folder: Path, path: Path, what: str, *notes: str) -> _Beside:
    way = PurePath(os.path.relpath(path, folder)).as_posix()
    return _Beside(shown(path.name, 200), quote(way, errors="surrogateescape"), what, notes)


def _to_correct(handed: ReturnedFile, story: FileStory) -> str:
    """What to do with a correction file; where only a right is missing, no cell is coloured."""
    wrong = {group.kind for group in story.problems} - LACKS_A_RIGHT - {Code.SAME_AS_FAILED}
    return counted("page.beside.to_correct" if wrong else "page.beside.to_settle", handed.to_correct)


def _steps(info: RunInfo, checked: Checked, *, with_file: bool, refused: RefusedFolder | None) -> list[str]:
    """What happens next, one paragraph each."""
    counts = checked.tally
    to_settle = "next.to_correct"
    if info.undo_of:
        to_settle = "next.not_back"
    elif checked.goes_back(info.stopped):
        to_settle = "next.to_correct_there"
    elif counts.need_a_person and _only_a_right_is_missing(checked):
        to_settle, with_file = "next.right_missing", False
    cases = (
        (counts.need_a_person, to_settle),
        (sum(not file.readable for file in checked.files), "next.refused"),
        (sum(left.needs_a_person for left in checked.left) - counts.closed, "next.out_of_reach"),
        (counts.closed, "next.closed"),
        (counts.waiting, "next.waiting"),
        (counts.held, "next.held"),
        (counts.unseen, "next.unseen"),
        (counts.kept, "next.kept"),
    )
    folder = refused_in(refused, info.id)
    steps = [counted(key, count, folder=folder) for count, key in cases if count]
    if counts.need_a_person and with_file:
        steps[0] += f" {text('next.with_file')}"
    steps = steps or [text("next.nothing")]
    if info.customers:
        steps.append(counted("next.may_be_written_to", info.customers))
    return [*steps, *(notice_text(notice) for notice in info.notices if notice.what not in COULD_NOT_LOOK)]


def _only_a_right_is_missing(checked: Checked) -> bool:
    """Whether of all rows that need a person nothing is wrong but that onOffice does not let the job look."""
    problems = checked.problems
    told = {*problems.code[checked.need_a_person[problems.at]].tolist()} - WARNINGS - {Code.SAME_AS_FAILED}
    return told == {Code.NO_RIGHT_TO_READ}


def _file(at: int, file: Loaded, story: FileStory, handed: ReturnedFile | None, *, folder: Path, again: str) -> _File:
    why, then = reason_parts(file.reason) if file.reason else ("", "")
    notes = [again] if again else []
    links = []
    if handed:
        notes += handed.missing
        if handed.correction:
            links.append(_link(folder, handed.correction, _to_correct(handed, story)))
        if handed.marked:
            links.append(_link(folder, handed.marked, text("page.beside.marked"), *handed.without))
    bar = divided({verdict: story.counts.of(verdict) for verdict in Verdict})
    return _File(at, shown(file.name, 200), story, bar, why, then, links, notes)
