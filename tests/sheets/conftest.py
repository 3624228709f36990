from collections.abc import Sequence
from pathlib import Path

import pytest

from sync.domain.model import Column, Loaded, Sheet
from sync.rows.columns import Columns, declared
from sync.sheets.load import Limits, load


@pytest.fixture(scope="session")
def columns() -> Columns:
    return declared()


def rows_of(sheet: Sheet, columns: Sequence[Column]) -> list[list[object]]:
    """Row number and texts of each row."""
    nothing = [""] * len(sheet.rows)
    texts = [sheet.declared[column].texts.tolist() if column in sheet.declared else nothing for column in columns]
    return [list(row) for row in zip(sheet.rows.tolist(), *texts, strict=True)]


class Reading:
    """Loads files as the job does, and puts what was read into plain words."""

    def __init__(self, folder: Path, columns: Columns) -> None:
        self.folder = folder
        self.columns = columns

    def bytes(self, content: bytes, name: str = "termine.csv", limits: Limits = Limits()) -> Loaded:  # noqa: B008 - frozen
        path = self.folder / name
        path.write_bytes(content)
        return load(path, name, self.columns, limits)

    def text(self, content: str, name: str = "termine.csv") -> Loaded:
        return self.bytes(content.encode(), name)

    def rows(self, loaded: Loaded, *columns: Column) -> list[list[object]]:
        """Row number and the texts of some declared columns, all sheets one after the other."""
        assert loaded.reason is None, loaded.reason
        return [row for sheet in loaded.sheets for row in rows_of(sheet, columns or tuple(Column))]

    def problems(self, loaded: Loaded) -> list[tuple[int, str, str | None]]:
        return [(p.place.row, p.code.value, p.column) for sheet in loaded.sheets for p in sheet.problems]


@pytest.fixture
def reading(tmp_path: Path, columns: Columns) -> Reading:
    return Reading(tmp_path, columns)
