"""What people and programs read about a run: `report.json`, the results workbook, the pages, the summary on the terminal.

Those who dropped a file get it back marked, and a correction file (`hand_back`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sync.i18n import text
from sync.report.story import OF_OUR_FOLDER, attempt
from sync.system import handles
from sync.system.handles import not_written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sync.confined.parent import Bounds
    from sync.domain.model import Checked, RunInfo
    from sync.report.excel.returned import ReturnedFile
    from sync.report.story import RefusedFolder


def write_rows(folder: Path, info: RunInfo, checked: Checked) -> None:
    """Write what holds every row of a run into its folder: `report.json` and the results workbook.

    Raises:
        ReportError: `report.json` cannot be written, or the disk fails.
    """
    # not above: `check` uses this package and writes none of these, and processes of their own use parts of it
    from sync.report.excel.results import write_workbook  # noqa: PLC0415
    from sync.report.json import write_report  # noqa: PLC0415

    try:
        handles.make(folder)
        write_report(folder / "report.json", info, checked)
        book = folder / text("report.workbook")
        attempt(book.name, lambda: write_workbook(book, info, checked), OF_OUR_FOLDER)
    except OSError as error:
        raise not_written(folder, error) from error


def write_pages(
    folder: Path,
    info: RunInfo,
    checked: Checked,
    *,
    handed: Sequence[ReturnedFile] = (),
    refused: RefusedFolder | None = None,
    page: str = "report.html",
) -> None:
    """Write the page about a run into its folder, which holds what has every row, and renew the overview over all runs above it.

    The report page links what was `handed` back, the overview what waits for a person, in which a file is left out that lies no
    more in the folder of the `refused` ones. `page` is what the report page is called. One that cannot be written keeps no other
    from it.

    Raises:
        ReportError: the disk fails.
    """
    from sync.report.page import write_index, write_report_page  # noqa: PLC0415 - as above
    from sync.report.waiting import renew  # noqa: PLC0415 - as above

    book = folder / text("report.workbook")
    write_page = partial(write_report_page, folder, info, checked, handed=handed, name=page)
    try:
        # It links the files that lie there, so it comes after all of them.
        attempt(
            "The report page", lambda: write_page(missing=[] if book.exists() else [book.name], refused=refused), OF_OUR_FOLDER
        )
        attempt(
            "What waits", lambda: renew(folder.parent, info, checked, handed, refused.path if refused else None), OF_OUR_FOLDER
        )
        attempt("The overview page", lambda: write_index(folder.parent, refused), OF_OUR_FOLDER)
    except OSError as error:
        raise not_written(folder, error) from error


def hand_back(
    results: Path,
    info: RunInfo,
    checked: Checked,
    sources: Sequence[Path],
    *,
    to_correct: bool,
    bounds: Bounds,
    begins: Callable[[str], None] = lambda _: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[ReturnedFile, ...]:
    """Write what the droppers of the files get back into the folder where they look, below their own subfolders' names.

    Args:
        results: the folder with the results of all runs.
        info: about the run.
        checked: with verdicts.
        sources: where each file of `checked.files` lies now.
        to_correct: False where the files go back to the drop folder, as the next run reads their rows again.
        bounds: what a process may use that works on a file.
        begins: is told the content's hash of each file before anything is done with it.
        meanwhile: what this process does beside the first process that works; done in any case, once.

    Raises:
        ReportError: the disk fails.
    """
    from sync.report.excel.returned import ReturnWriter  # noqa: PLC0415 - as above

    desk = ReturnWriter(results, info, checked, bounds=bounds, begins=begins, meanwhile=meanwhile)
    files = zip(checked.files, sources, strict=True)
    readable = ((at, source) for at, (file, source) in enumerate(files) if file.readable)
    try:
        return tuple(desk.files(readable, to_correct=to_correct))
    except OSError as error:
        raise not_written(results, error) from error
