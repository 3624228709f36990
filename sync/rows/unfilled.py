"""Work lists that come back: the rows in which nobody has filled anything in ask for nothing. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sync.domain.model import Cells, Column
from sync.rows.columns import ASKING, is_blank

if TYPE_CHECKING:
    from sync.domain.model import Loaded, Sheet
    from sync.domain.tables import Bools

_HANDED_OUT = frozenset({Column.CONFIRMATION_NOW, Column.FEEDBACK_NOW})


def without_unfilled(file: Loaded) -> Loaded:
    """The file; of its work lists the rows that ask for nothing count as blank."""
    if not any(_HANDED_OUT & sheet.declared.keys() for sheet in file.sheets):
        return file
    return replace(file, sheets=tuple(_filled(sheet) if _HANDED_OUT & sheet.declared.keys() else sheet for sheet in file.sheets))


def _filled(sheet: Sheet) -> Sheet:
    """The sheet with those of its rows only that ask for something."""
    asks = np.zeros(len(sheet.rows), dtype=bool)
    for column in ASKING & sheet.declared.keys():
        asks |= np.fromiter((not is_blank(text) for text in sheet.declared[column]), dtype=bool, count=len(sheet.rows))
    if asks.all():
        return sheet
    rows = set(sheet.rows[asks].tolist())
    return replace(
        sheet,
        rows=sheet.rows[asks],
        declared={column: _some(cells, asks) for column, cells in sheet.declared.items()},
        others=tuple(_some(Cells(each.header, each.position, each.texts), asks) for each in sheet.others),
        addresses=None if sheet.addresses is None else sheet.addresses[asks],
        blank=sheet.blank + int(np.count_nonzero(~asks)),
        problems=tuple(problem for problem in sheet.problems if problem.place.row in rows),
    )


def _some(cells: Cells, asks: Bools) -> Cells:
    return replace(cells, texts=cells.texts[asks])
