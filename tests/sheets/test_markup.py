"""OpenDocument, SpreadsheetML and HTML: two readings that keep an eye on each other, in a time that grows with the file only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from sync.domain.model import Code, Column, Why
from sync.rows.columns import declared
from sync.sheets.formats import html, html_again, ods, xml2003, xml_again
from sync.sheets.load import Limits, assemble
from sync.sheets.reader import read_bytes
from sync.sheets.stream import EndOfFile, FoundInFile, Message, Part, RefuseFile
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

ROW = ("70001", "90001", "gesendet")
HEADER = ("Termin-ID", "Adress-ID", "Status")
OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
FODS = (
    f'<office:document xmlns:office="{OASIS}office:1.0" xmlns:table="{OASIS}table:1.0" xmlns:text="{OASIS}text:1.0" '
    'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>'
    '<table:table table:name="T">{}</table:table></office:spreadsheet></office:body></office:document>'
)
XML_2003 = (
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    '<Worksheet ss:Name="T"><Table>{}</Table></Worksheet></Workbook>'
)
CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def fods(*rows: tuple[str, ...]) -> str:
    return FODS.format("".join(f"<table:table-row>{''.join(map(CELL.format, row))}</table:table-row>" for row in rows))


def xml_2003(*rows: tuple[str, ...]) -> str:
    cell = '<Cell><Data ss:Type="String">{}</Data></Cell>'
    return XML_2003.format("".join(f"<Row>{''.join(map(cell.format, row))}</Row>" for row in rows))


def page(*rows: tuple[str, ...]) -> str:
    lines = ("".join(map("<td>{}</td>".format, row)) for row in rows)
    return f"<table>{''.join(map('<tr>{}</tr>'.format, lines))}</table>"


def messages(content: str) -> list[Message]:
    return list(read_bytes(content.encode(), declared(), Limits()))


def findings(content: str) -> list[FoundInFile]:
    return [finding for part in messages(content) if isinstance(part, Part) for finding in part.findings]


def reason(content: str) -> Why | None:
    done = messages(content)[-1]
    assert isinstance(done, EndOfFile)
    return done.reason.why if done.reason else None


@pytest.mark.parametrize("number", ["7000_1", "٧٠٠٠١"])  # noqa: RUF001 - that is the point
@pytest.mark.parametrize(
    ("write", "text", "value"),
    [
        (fods, '"string"><text:p>{}</text:p>', '"float" office:value="{}"><text:p>7</text:p>'),
        (xml_2003, '"String">{}</Data>', '"Number">{}</Data>'),
    ],
)
def test_a_number_that_only_python_knows_is_none(write: Callable[..., str], text: str, value: str, number: str) -> None:
    content = write(HEADER, (number, *ROW[1:])).replace(text.format(number), value.format(number))
    (sheet,) = assemble("termine", messages(content)).sheets
    assert sheet.declared[Column.APPOINTMENT].texts.tolist() == [number]


@pytest.mark.parametrize("write", [fods, xml_2003, page])
def test_two_readings_of_a_plain_sheet_agree(write: Callable[..., str]) -> None:
    assert findings(write(HEADER, ROW, ROW)) == []


def test_a_mistake_in_either_reading_makes_the_row_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    readers: list[tuple[ModuleType, str, Callable[..., str]]] = [
        (ods, "_text", fods),
        (xml_again, "_od_shown", fods),
        (xml2003, "_text", xml_2003),
        (xml_again, "_ml_shown", xml_2003),
        (html, "exact_value", page),
        (html_again, "_shown", page),
    ]
    for module, name, write in readers:
        right = getattr(module, name)
        with monkeypatch.context() as planted:
            planted.setattr(module, name, lambda *cell, right=right: right(*cell).replace("70001", "7000"))
            (found,) = findings(write(HEADER, ROW, ("70002", "90002", "gesendet")))
        assert (found.row, found.code, found.column) == (2, Code.READINGS_DIFFER, "Termin-ID"), module.__name__
        assert {found.value, found.hint} == {"70001", "7000"}, module.__name__


def test_what_a_page_hides_in_a_cell_makes_the_row_invalid() -> None:
    (found,) = findings(page(HEADER, ("<span style='display: none'>9</span>70001", *ROW[1:])))

    assert (found.code, found.value, found.hint) == (Code.READINGS_DIFFER, "70001", "970001")


KINDS = [
    "<!", "<!--", "</a", "<?", "<a", "<a ", "<a b='", "<div>", "<b>", "<table>", "<table><tr><td>", "<td>", "<p>", "&",
    "<script>", "<", "<![CDATA[", "<title>", "</table>",
    '"', "<td rowspan=9999 colspan=999>", "<tr><td rowspan=9 colspan=999>", "<a x=1 y",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_takes_longer_than_its_length(kind: str) -> None:
    head, count = page(HEADER, ROW), 400_000 // len(kind)
    began = time.process_time()
    assert reason(head + kind * count) in {None, Why.DAMAGED, Why.LIMIT_CELLS, Why.READINGS_DIFFER}
    assert time.process_time() - began < 20


CONTENTS = st.sampled_from(["", "x", "a<br>b", "<p>p</p><p>q</p>", "&auml;&nbsp;", "v<p>", "<b>z", "<!-- c -->1", "<h1>k</h1>"])
SPANS = st.sampled_from(["", "", "", " colspan=2", " rowspan=2", " rowspan=3 colspan=2"])


def tables(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    cell = st.builds("<td{}>{}{}".format, SPANS, inner, st.sampled_from(["", "</td>"]))
    row = st.builds("<tr>{}{}".format, st.lists(cell, max_size=4).map("".join), st.sampled_from(["", "</tr>"]))
    return st.builds("<table>{}{}</table>".format, st.sampled_from(["", "<caption>c"]), st.lists(row, max_size=4).map("".join))


NESTED = tables(st.one_of(CONTENTS, CONTENTS, tables(CONTENTS), st.builds("{}{}{}".format, CONTENTS, tables(CONTENTS), CONTENTS)))
PAGES = st.lists(st.one_of(NESTED, st.sampled_from(["<p>t</p>", "t<br>u", "<br>", "<div><div>d</div>"])), max_size=3).map("".join)


@given(PAGES)
@settings(deadline=None, max_examples=tries(60), suppress_health_check=[HealthCheck.too_slow])
def test_both_readings_lay_out_any_page_alike(content: str) -> None:
    try:
        (grid,) = html.read_html(f"{content}<table><tr><td>e</table>".encode(), Limits())
    except RefuseFile:  # two tables in one place
        reject()
    first = {
        row: {at: column[index] for at, column in enumerate(batch.columns) if column[index]}
        for batch in grid.batches
        for index, row in enumerate(batch.rows)
    }
    second = dict(html_again.read_again(f"{content}<table><tr><td>e</table>"))

    assert {row: cells for row, cells in first.items() if cells} == second


PIECES = st.sampled_from([
    "<table>", "</table>", "<tr>", "<td>", "</td>", "<th colspan=9>", "<td rowspan=0>", "<p>", "</p>", "<br>", "<div>", "x",
    "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "&#0;", "&#x110000;", "\0", "<a b=", "'", '"', ">", "<", "hidden",
    "<col>",
])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(deadline=None, max_examples=tries(100))
def test_no_page_makes_the_reader_stumble(content: str) -> None:
    assert reason(f"<table>{content}") is not Why.READER_CRASHED


def test_a_row_with_the_number_0_is_damage() -> None:
    assert reason(xml_2003(HEADER, ROW).replace("<Row>", '<Row ss:Index="0">', 1)) is Why.DAMAGED


NUMBERS = st.sampled_from(["0", "1", "2", "-1", "x", "", "99999999999", "1048577", "²"])
NAMES = [
    "table:number-columns-repeated", "table:number-rows-repeated", "table:number-columns-spanned", "table:number-rows-spanned",
    "ss:Index", "ss:MergeAcross", "ss:MergeDown", "ss:Span", "ss:Width", "ss:Height", "ss:Type", "office:value",
    "office:value-type",
]  # fmt: skip
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), NUMBERS, max_size=3)
ELEMENTS = st.sampled_from(["<table:table-row", "<table:table-cell", "<Row", "<Cell", "<Data", "<Table"])


@given(st.sampled_from([fods, xml_2003]), st.lists(st.tuples(ELEMENTS, ATTRIBUTES, st.integers(1, 5)), max_size=3))
@settings(deadline=None, max_examples=tries(80))
def test_no_number_in_an_attribute_makes_the_reader_stumble(
    write: Callable[..., str], changes: list[tuple[str, dict[str, str], int]]
) -> None:
    content = write(HEADER, ROW, ROW)
    for element, attributes, at in changes:
        pieces = content.split(element)
        place = min(at, len(pieces) - 1)
        added = "".join(f' {name}="{value}"' for name, value in attributes.items() if f"{name}=" not in pieces[place][:60])
        content = element.join(pieces[:place]) + (element + added) * (place > 0) + element.join(pieces[place:])

    assert reason(content) is not Why.READER_CRASHED  # what is no valid document may be read in two ways, and that is told
