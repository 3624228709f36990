"""The report page: what one run came to, for people, in one file that opens anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from sync.model import Verdict
from sync.report import labels
from sync.report.page import words
from sync.report.page.content import content
from sync.report.page.document import write_document
from sync.report.page.pictures import divided
from sync.report.page.rows_data import rows_data
from sync.report.page.timing import lasted, seconds, state
from sync.report.story import counted, happened
from sync.report.tally import Tally, tally
from sync.texts import dropped_before_text, reason_parts, shown, stop_parts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sync.model import Checked, Loaded, RunInfo
    from sync.report.page.content import FileStory
    from sync.report.page.pictures import Segment
    from sync.texts import Language

NAME: Final = "report.html"


class _Beside(NamedTuple):
    """Another file of the run: its name, the link to it, and what it is."""

    name: str
    href: str
    what: str


class _File(NamedTuple):
    """A file of the run. `why` and `then` say why it could not be read, `again` that its content came before."""

    name: str
    story: FileStory
    bar: tuple[Segment, ...]
    why: str
    then: str
    again: str


def write_report_page(folder: Path, info: RunInfo, checked: Checked, language: Language) -> None:
    """Write `report.html` into the folder of a run, whole or not at all; it links the files that are there already.

    The row table holds verdicts. Raises OSError.
    """
    counts, told, beside = tally(checked), content(checked, language), list(_beside(folder, language))
    write_document(
        folder / NAME,
        "report.html",
        language,
        "report.js",
        words=words.Report,
        one_row=words.ONE_ROW,
        many_rows=words.ROWS,
        labels=labels,
        verdicts=list(Verdict),
        info=info,
        state=state(info.exit_code),
        took=lasted(seconds(info.started, info.finished), language),
        stopped=stop_parts(info.stopped, language) if info.stopped else None,
        counts=counts,
        happened=happened(counts, language),
        bar=divided({verdict: counts.of(verdict) for verdict in Verdict}),
        steps=_steps(counts, beside, language),
        beside=beside,
        files=[_file(*pair, language) for pair in zip(checked.files, told.files, strict=True)],
        all_rows=told.all_rows,
        listed=len(told.listed),
        data=rows_data((file.name for file in checked.files), told.listed, language),
    )


def _beside(folder: Path, language: Language) -> Iterable[_Beside]:
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and path.name != NAME:
            what = next((text for names, text in words.BESIDE.items() if path.name.startswith(names)), words.ANY_FILE)
            yield _Beside(shown(path.name, 200), quote(path.name, errors="surrogateescape"), what.text(language))


def _steps(counts: Tally, beside: Iterable[_Beside], language: Language) -> list[str]:
    """What happens next, one paragraph each."""
    say = words.Next
    cases = (
        (counts.need_a_person, say.ONE_TO_CORRECT, say.TO_CORRECT),
        (len(counts.refused), say.ONE_REFUSED, say.REFUSED),
        (counts.kept, say.ONE_KEPT, say.KEPT),
    )
    steps = [counted(count, one, many, language) for count, one, many in cases if count]
    if counts.need_a_person and any(file.name.startswith(words.CORRECTION) for file in beside):
        steps[0] += f" {say.WITH_FILE.text(language)}"
    return steps or [say.NOTHING.text(language)]


def _file(file: Loaded, story: FileStory, language: Language) -> _File:
    why, then = reason_parts(file.reason, language) if file.reason else ("", "")
    again = dropped_before_text(file.dropped_before, language) if file.dropped_before else ""
    bar = divided({verdict: story.counts.get(verdict, 0) for verdict in Verdict})
    return _File(shown(file.name, 200), story, bar, why, then, again)
