"""Workbooks through python-calamine."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING

import python_calamine as calamine

from sync.loader.cells import BATCH_CELLS, Batch, Grid, Marks
from sync.loader.messages import RefuseFile
from sync.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_excel(data: bytes) -> Iterator[Grid]:
    """The sheets of a workbook."""
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.CalamineError as error:
        raise RefuseFile(Reason(Why.DAMAGED, str(error))) from error
    for index, meta in enumerate(book.sheets_metadata):
        if meta.typ is not calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(index)
        marks = Marks(hidden_sheet=meta.visible is not calamine.SheetVisibleEnum.Visible)
        marks.merged = [(r1 + 1, c1, r2 + 1, c2) for (r1, c1), (r2, c2) in sheet.merged_cell_ranges or ()]
        yield Grid(meta.name, _batches(sheet), marks, first_column=(sheet.start or (0, 0))[1])


def _batches(sheet: calamine.CalamineSheet) -> Iterator[Batch]:
    rows = sheet.iter_rows()
    number, size = 1, max(1, BATCH_CELLS // max(1, sheet.width))
    while cells := list(islice(rows, size)):
        yield Batch(range(number, number + len(cells)), cells)
        number += len(cells)
