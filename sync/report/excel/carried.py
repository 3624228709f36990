"""The columns of the sheets that nobody declared, carried through to the report as they are."""

from __future__ import annotations

from collections import Counter
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.domain.model import Checked, Sheet


class CarriedHeader(NamedTuple):
    """A header as it stands in a sheet, and how many columns of the sheet before it have the same one."""

    text: str
    earlier: int


def carried_headers(checked: Checked) -> list[CarriedHeader]:
    """The headers of all sheets, each once, in the order in which they come."""
    return list(dict.fromkeys(header for sheet in _sheets(checked) for header in _headers(sheet)))


def carried_rows(checked: Checked, headers: list[CarriedHeader]) -> Iterator[tuple[str | None, ...]]:
    """For every row of the row table its cells below `headers`, None where its sheet has no such column."""
    for sheet in _sheets(checked):
        own = {header: number for number, header in enumerate(_headers(sheet))}
        yield from (
            zip(*(_cells(sheet, own.get(header)) for header in headers), strict=True) if headers else repeat((), len(sheet.rows))
        )


def _sheets(checked: Checked) -> Iterator[Sheet]:
    return (sheet for file in checked.files for sheet in file.sheets)


def _headers(sheet: Sheet) -> Iterator[CarriedHeader]:
    seen: Counter[str] = Counter()
    for column in sheet.others:
        yield CarriedHeader(column.header, seen[column.header])
        seen[column.header] += 1


def _cells(sheet: Sheet, number: int | None) -> Iterable[str | None]:
    return repeat(None, len(sheet.rows)) if number is None else sheet.others[number]
