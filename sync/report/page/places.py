"""Row numbers as people read them: "5, 7-9", with the sheet before them where there is one."""

from __future__ import annotations

from typing import Final

from sync.i18n import number, text
from sync.i18n.texts import shown

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
        """All places in one line."""
        told = [
            (f"{shown(sheet)}: " if sheet is not None else "") + ", ".join(_stretch(*ends) for ends in stretches)
            for sheet, stretches in self._sheets.items()
        ]
        more = [text("page.more_places", count=number(self._more))] if self._more else []
        return "; ".join([*told, *more])


def _stretch(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}, {last}" if last == first + 1 else f"{first}\u2013{last}"
