"""Delimited text beside a second, independent reader: rows, fields and line numbers are equal, or the file is told."""

from __future__ import annotations

import re
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.domain.model import Code, Column, Reason, Why
from sync.i18n import Language, speaking
from sync.i18n.texts import reason_parts
from sync.rows.columns import declared, is_blank
from sync.sheets.formats import text as delimited
from sync.sheets.formats.text import decode, read_delimited
from sync.sheets.load import Limits, assemble
from sync.sheets.reader import read_bytes
from sync.sheets.stream import RefuseFile
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Reading

CORPUS = Path(__file__).parent.parent / "corpus" / "files"
#: Stray quotes are read as Excel reads them, which the strict reader here does not.
LENIENT = {"text_stray_quotes.csv", "text_excel_text_formula.csv"}
TEXTS = sorted(
    path.name
    for path in CORPUS.iterdir()
    if path.name.startswith(("text_", "libreoffice_", "sheetjs_"))
    and path.suffix in {".csv", ".txt"}
    and path.name not in LENIENT
)


class Unclosed(Exception):
    """A quote is opened and never closed, or closed within a field."""


def second_reading(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The records of RFC 4180 with the physical line on which each begins, character by character."""
    at, line = 0, 1
    while at < len(text):
        first, record, over = line, [], False
        while not over:
            field, at, line = _field(text, at, line, delimiter)
            record.append(field)
            over, at, line = _end(text, at, line, delimiter)
        yield first, record


def _field(text: str, at: int, line: int, delimiter: str) -> tuple[str, int, int]:
    if text[at : at + 1] != '"':
        end = min((found for sign in (delimiter, "\r", "\n") if (found := text.find(sign, at)) >= 0), default=len(text))
        return text[at:end], end, line
    field, at = "", at + 1
    while True:
        end = text.find('"', at)
        if end < 0:
            raise Unclosed
        field, at = field + text[at:end], end + 1
        if text[at : at + 1] != '"':
            return field, at, line + field.count("\n") + field.count("\r") - field.count("\r\n")
        field, at = field + '"', at + 1


def _end(text: str, at: int, line: int, delimiter: str) -> tuple[bool, int, int]:
    if at >= len(text):
        return True, at, line
    if text[at] == delimiter:
        return False, at + 1, line
    if text[at] not in "\r\n":
        raise Unclosed
    return True, at + (2 if text.startswith("\r\n", at) else 1), line + 1


def ours(data: bytes) -> list[tuple[int, list[str]]]:
    """All records as the loader cuts them, without what is blank at the end of each."""
    (grid,) = read_delimited(data, declared())
    return [
        (row, [str(cell) for cell in cells])
        for batch in grid.batches
        for row, *cells in zip(batch.rows, *batch.columns, strict=True)
    ]


def refused(data: bytes) -> Why | None:
    try:
        ours(data)
    except RefuseFile as error:
        return error.reason.why
    return None


def strictly(text: str, delimiter: str) -> list[tuple[int, list[str]]] | None:
    try:
        return list(second_reading(text, delimiter))
    except Unclosed:
        return None


def same(one: list[tuple[int, list[str]]], other: list[tuple[int, list[str]]]) -> bool:
    one, other = filled(one), filled(other)
    return len(one) == len(other) and all(
        a[0] == b[0] and all(x == y for x, y in zip_longest(a[1], b[1], fillvalue="")) for a, b in zip(one, other, strict=True)
    )


def filled(records: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    return [(row, cells) for row, cells in records if any(cells)]


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_of_the_corpus_has_the_records_of_the_second_reading(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    if (reason := refused(data)) is not None:
        assert reason in {Why.UNCLOSED_QUOTE, Why.UNKNOWN_ENCODING}
        return
    text = decode(data, declared()).text.read()
    text = text.partition("\n")[2] if (named := text.startswith("sep=")) else text
    records = [(row - named, cells) for row, cells in ours(data)]
    readings = map(partial(strictly, text), ";,\t|")
    assert any(reading is not None and same(reading, records) for reading in readings)


FIELD = st.text(st.sampled_from(list('aä1 ;,|\t"\n\r\u2028\x85\x0b\x00\ufeff=')), max_size=5)


def quoted(field: str, *, always: bool) -> str:
    return '"' + field.replace('"', '""') + '"' if always or any(sign in field for sign in ';"\n\r') else field


@given(
    rows=st.lists(st.lists(FIELD, min_size=1, max_size=5), min_size=1, max_size=12),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1, max_size=4),
    always=st.booleans(),
    last=st.booleans(),
    quickly=st.booleans(),
)
@settings(max_examples=tries(400), deadline=None)
@example(rows=[["1"], [";"], [";"], ["\ufeff"]], ends=["\n"], always=False, last=False, quickly=True)
@example(rows=[["1", "2", *"xxxxx"]], ends=["\n"], always=False, last=False, quickly=True)  # ends where a whole line would
def test_any_text_has_the_records_of_the_second_reading(
    rows: list[list[str]], ends: list[str], always: bool, last: bool, quickly: bool
) -> None:
    table = [["Termin-ID", "Adress-ID", "Status"], *rows]
    lines = [";".join(quoted(field, always=always) for field in row) for row in table]
    text = "".join(line + ends[at % len(ends)] for at, line in enumerate(lines)) if last else "\r\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_WORTH_PANDAS", 0 if quickly else 2**30)
        patch.setattr(delimited, "_BLOCK", 40)
        if (reason := refused(text.encode())) is not None:
            assert reason is Why.UNCLOSED_QUOTE, "a line within quotes that is a row itself"
            return
        # ="x" is how programs write a text that is to stay one
        second = [
            (row, [re.sub(r'^="(.*)"$', r"\1", cell, flags=re.DOTALL) for cell in cells])
            for row, cells in second_reading(text, ";")
        ]
        assert same(second, ours(text.encode()))


HEAD = "Termin-ID;Adress-ID;Status;Notiz"
KIN = {
    "header line that ends in a delimiter": (f"{HEAD};\n1;2;gesendet;x;y\n3;4;gesendet;x;\n", [2, 3], []),
    "rows that end in delimiters": (f"{HEAD}\n1;2;gesendet;x;;;\n3;4;gesendet;x\n", [2, 3], []),
    "only the header ends in delimiters": (f"{HEAD};;;\n1;2;gesendet;x\n3;4;gesendet;x\n", [2, 3], []),
    "more fields than the header has": (f"{HEAD};\n1;2;gesendet;x;y;z\n3;4;gesendet;x\n", [2, 3], [(2, Code.RECORD_TOO_LONG)]),
    "a line that names the delimiter": (f"sep=;\r\n{HEAD}\r\n1;2;gesendet;x\r\n3;4;gesendet;x\r\n", [3, 4], []),
    "that line with a mark before it": (f"\ufeffsep=;\r\n{HEAD}\r\n1;2;gesendet;x\r\n3;4;gesendet;x\r\n", [3, 4], []),
    "quotes": ('"' + HEAD.replace(";", '";"') + '"\n"1";"2";"gesendet";"x;y"\n"3";"4";"gesendet";""\n', [2, 3], []),
    "tabs": (f"{HEAD}\n1;2;gesendet;x\n3;4;gesendet;\n".replace(";", "\t"), [2, 3], []),
    "line ends of every kind": (f"{HEAD}\r1;2;gesendet;x\r\n3;4;gesendet;\n", [2, 3], []),
    "a line end within quotes": (f'{HEAD}\r\n1;2;gesendet;"x\r\ny"\r\n3;4;gesendet;\r\n', [2, 4], []),
    "lines of delimiters": (f"{HEAD}\n;;;\n1;2;gesendet;x\n;;;;;;\n3;4;gesendet;x\n;;;\n", [3, 5], []),
    "NUL bytes": (f"{HEAD}\n1;2;gesendet;\x00\n3;\x004;gesendet;\n", [2, 3], []),
    "separators that only Unicode knows": (f"{HEAD}\n1;2;gesendet;a\u2028b\x85c\x0bd\n3;4;gesendet;\n", [2, 3], []),
    "a mark in the middle": (f"\ufeff{HEAD}\n1;2;gesendet;\n\ufeff3;4;gesendet;\n", [2, 3], []),
    "a mark before the header that is repeated": (f"{HEAD}\n1;2;gesendet;\n\ufeff{HEAD}\n3;4;gesendet;\n", [2, 4], []),
    "a delimiter within quotes": (f'{HEAD}\n1;2;gesendet;"a;b;c"\n3;4;gesendet;\n', [2, 3], []),
}  # fmt: skip


@pytest.mark.parametrize("name", KIN)
def test_what_programs_do_to_delimited_text_makes_no_other_rows(reading: Reading, name: str) -> None:
    text, rows, told = KIN[name]
    loaded = reading.text(text)
    assert [row for row, *_ in reading.rows(loaded)] == rows
    appointments, addresses, statuses = zip(*(cells for _, *cells in reading.rows(loaded, *list(Column)[:3])), strict=True)
    assert [text.strip("\ufeff") for text in appointments] == ["1", "3"]
    assert [text.strip("\0") for text in addresses] == ["2", "4"]
    assert set(statuses) == {"gesendet"}
    assert [(row, code) for row, code, _ in reading.problems(loaded)] == told


def test_a_quote_that_is_never_closed_is_told_with_its_row(reading: Reading) -> None:
    assert reading.text(f'{HEAD}\n1;2;gesendet;"x\n3;4;gesendet;y\n').reason == Reason(Why.UNCLOSED_QUOTE, "2")


@pytest.mark.parametrize(
    ("header", "german", "english"),
    [
        (
            "Datum;Uhrzeit;Kunde",
            "Es fehlen: Termin-ID, Adress-ID, Bestätigung oder Rückmeldung. Gefunden: Datum, Uhrzeit, Kunde.",
            "Missing: appointment ID, address ID, confirmation or feedback. Found: Datum, Uhrzeit, Kunde.",
        ),
        (
            "Termin-ID;Name;Status",
            "Es fehlt: Adress-ID. Gefunden: Termin-ID, Name, Status.",
            "Missing: address ID. Found: Termin-ID, Name, Status.",
        ),
        (
            "Termin-ID;Adress-ID;" + ";".join(f"Spalte {chr(65 + at) * 40}" for at in range(20)),
            "Es fehlt: Bestätigung oder Rückmeldung. Gefunden: Termin-ID, Adress-ID, Spalte AAAAAAAAAAAAAAAAAAAAAA…, ",
            "Missing: confirmation or feedback. Found: Termin-ID, Adress-ID, Spalte AAAAAAAAAAAAAAAAAAAAAA…, ",
        ),
    ],
)
def test_a_header_that_cannot_be_used_names_what_is_missing_first(header: str, german: str, english: str) -> None:
    reason = assemble("x.csv", read_bytes(f"{header}\n1;2;3\n".encode(), declared(), Limits())).reason
    assert reason is not None
    assert reason_parts(reason)[0].startswith(german)
    with speaking(Language.EN):
        assert reason_parts(reason)[0].startswith(english)
    assert len(reason_parts(reason)[0]) < 600


@pytest.mark.parametrize("last", ["bestätigt", "Termin", "Besichtigung", "Interessent"])
def test_values_without_a_header_are_told_to_nobody_and_asked_to_get_one(last: str) -> None:
    row = f"Eva Zwiebelfisch;02.12.2026;{last}\n"
    reason = assemble("x.csv", read_bytes(row.encode() * 2, declared(), Limits())).reason
    assert reason is not None
    what, then = reason_parts(reason)
    assert "Gefunden" not in what
    assert "Zwiebelfisch" not in what
    assert then.startswith("Schreiben Sie über die Werte eine Kopfzeile")


def test_no_row_is_blank_that_a_person_sees(reading: Reading) -> None:
    assert is_blank("\u200b")
    assert reading.text(f"{HEAD}\n;;;\u200b\n1;2;gesendet;\n").sheets[0].blank == 1
