"""A terminal, or a file that output goes to: a table where there is room for one, and no character that cannot be shown."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

_LINES_AT_ONCE: Final = 1_000
_GAP: Final = "  "
#: What stands for characters of good typography where they cannot be shown.
_PLAIN: Final = str.maketrans({"„": '"', "“": '"', "”": '"', "…": "...", "→": "->", "\N{EN DASH}": "-"})


def showable(text: str, encoding: str) -> str:
    """The text with nothing in it that an output of this encoding cannot take (redirected output on Windows is cp1252)."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def say(console: Console, text: str = "", style: str = "", indent: int = 0) -> None:
    """Print a text as it is: nothing in it is markup, and only a terminal folds it, between words."""
    shown = showable(text, console.encoding)
    if console.is_terminal:
        folded = Text(shown, style=style)
        console.print(Padding(folded, (0, 0, 0, indent), expand=False) if indent else folded)
    else:
        console.out(" " * indent + shown, highlight=False)


def say_all(console: Console, lines: Iterable[str]) -> None:
    """Print very many lines, unfolded."""
    rest = iter(lines)
    while some := list(islice(rest, _LINES_AT_ONCE)):
        console.out(showable("\n".join(some), console.encoding), highlight=False)


def show_table(
    console: Console, headings: Sequence[str], rows: Sequence[Sequence[tuple[str, str]]], right: int | None = None
) -> None:
    """Print cells (text and style) as a table; the column `right` is set flush right."""
    if not console.is_terminal:
        say_all(console, _plain_lines([list(headings), *([text for text, _ in row] for row in rows)], right))
        return
    table = Table(box=box.ROUNDED)
    for number, heading in enumerate(headings):
        text = Text(showable(heading, console.encoding))
        table.add_column(text, justify="right" if number == right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(showable(text, console.encoding), style=style) for text, style in row))
    console.print(table)


def _plain_lines(rows: Sequence[Sequence[str]], right: int | None) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (c.rjust(w) if at == right else c.ljust(w) for at, (c, w) in enumerate(zip(row, widths, strict=True)))
        yield _GAP.join(cells).rstrip()
