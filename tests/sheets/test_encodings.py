"""Whatever encoding a file is stored in: what is read is what was written, or the file is refused; nothing else in silence."""
# ruff: noqa: RUF001 - the very signs that encodings differ in

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain.model import Column, Reason, Why
from sync.rows.columns import declared
from sync.sheets.formats.text import decode
from sync.sheets.load import Limits, assemble
from sync.sheets.reader import read_bytes
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Reading

    from sync.domain.model import Loaded

#: Of the encodings that programs store text in: those of one byte a character, then the others.
SINGLE = ["cp1252", "iso8859-1", "iso8859-15", "cp1250", "mac-roman", "cp850", "cp437"]
WIDE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
NAMES = [
    *("Jörg Müller", "Käthe Strauß", "Änne Böhm", "Übelhör", "Größler", "Nataša Dušan", "Miloš Šarac", "Željko Žižek"),
    *("Škoda", "Hruška", "René Lefèvre", "Hélène Cœur", "François", "Noël", "José Núñez", "María García", "João Conceição"),
    *("Åsa Öberg", "Søren Kjærgård", "Łukasz Wałęsa", "Paweł Świątek", "Győrffy", "Kovačević", "Đukić", "Zdeněk Dvořák"),
    *("O’Neill", "Anna Schmidt", "Nagy Ágnes", "Şahin Çelik", "Þór Guðmundsdóttir"),
]
NOTES = [
    "",
    "…und dann",
    "kommt noch…",
    "100 € Kaution",
    "„Haus am See“",
    "Mo – Fr",
    "80 m²",
    "Straße 5, 2. OG",
    "§ 5",
    "für später",
]
HEADERS = ["Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung", "Aktion", "Name", "Notiz"]
ROW = st.tuples(
    st.sampled_from(["bestätigt", "gesendet", "Bestätigt", "nicht gesetzt"]),
    st.sampled_from(["aktiv", "inaktiv", ""]),
    st.sampled_from(["", "setzen", "verknüpfen"]),
    st.sampled_from(NAMES),
    st.sampled_from(NOTES),
)


def fitting(text: str, encoding: str) -> str:
    """The text without what the encoding has not."""
    return text.encode(encoding, "ignore").decode(encoding)


def table(headers: list[str], rows: list[tuple[str, ...]], end: str = "\r\n") -> str:
    lines = [headers, *([str(70001 + at), str(90001 + at), *row] for at, row in enumerate(rows))]
    return "".join(";".join(f'"{cell}"' if ";" in cell else cell for cell in line) + end for line in lines)


def load(data: bytes) -> Loaded:
    return assemble("x.csv", read_bytes(data, declared(), Limits()))


def words(loaded: Loaded, column: Column) -> list[str]:
    return loaded.sheets[0].declared[column].texts.tolist()


@given(encoding=st.sampled_from(SINGLE + WIDE), rows=st.lists(ROW, min_size=1, max_size=12))
@settings(max_examples=tries(400), deadline=None)
def test_a_header_with_umlauts_tells_the_encoding_whatever_names_stand_below_it(
    encoding: str, rows: list[tuple[str, ...]]
) -> None:
    loaded = load(fitting(table(HEADERS, rows), encoding).encode(encoding))
    assert loaded.reason is None
    assert words(loaded, Column.CONFIRMATION) == [row[0] for row in rows]
    assert words(loaded, Column.FEEDBACK) == [row[1] for row in rows]
    assert words(loaded, Column.ACTION) == [row[2] for row in rows]


@given(encoding=st.sampled_from(SINGLE), rows=st.lists(ROW, min_size=1, max_size=12))
@settings(max_examples=tries(400), deadline=None)
def test_without_an_umlaut_in_the_header_no_word_becomes_another_one_either(encoding: str, rows: list[tuple[str, ...]]) -> None:
    headers = ["Termin-ID", "Adress-ID", "Status", "Feedback", "Aktion", "Name", "Notiz"]
    loaded = load(fitting(table(headers, rows), encoding).encode(encoding))
    if loaded.reason is None:
        assert words(loaded, Column.FEEDBACK) == [row[1] for row in rows]
        if any("ä" in row[0] or "ü" in row[2] for row in rows):
            assert words(loaded, Column.CONFIRMATION) == [row[0] for row in rows]
            assert words(loaded, Column.ACTION) == [row[2] for row in rows]
    else:
        assert loaded.reason.why is Why.UNKNOWN_ENCODING


@pytest.mark.parametrize("name", NAMES + [note for note in NOTES if note])
def test_a_name_or_a_sign_that_german_excel_stores_comes_back_as_it_was(name: str) -> None:
    text = fitting(f"Termin-ID;Adress-ID;Status;Name\r\n70001;90001;gesendet;{name}\r\n", "cp1252")
    assert decode(text.encode("cp1252")).text.read() == text


@pytest.mark.parametrize("encoding", ["mac-roman", "cp850", "cp437"])
@pytest.mark.parametrize("name", ["Jörg Müller", "Bärbel Kühn", "Böhm, Straße 5", "Käthe Strauß", "Döring"])
def test_german_names_tell_the_encodings_of_mac_and_dos_where_nothing_else_does(encoding: str, name: str) -> None:
    text = f"Termin-ID;Adress-ID;Status;Name\r\n70001;90001;gesendet;{name}\r\n"
    assert decode(text.encode(encoding)).text.read() == text


def test_a_file_that_has_other_columns_in_every_encoding_is_refused_with_both_readings() -> None:
    lines = "Termin-ID;Adress-ID;Status;Rückmeldung\n".encode("cp1252"), "1;2;gesendet;Rückmeldung\n".encode("mac-roman")
    loaded = load(b"".join(lines))
    assert loaded.reason is not None
    assert loaded.reason.why is Why.UNKNOWN_ENCODING
    assert "Rückmeldung" in loaded.reason.detail


@pytest.mark.parametrize("marked", ["é".encode("utf-16"), codecs.BOM_UTF8 + b"\xff"])
def test_what_contradicts_its_own_mark_is_refused(marked: bytes) -> None:
    reason = load(marked + b"Termin-ID;\xff").reason
    assert reason is not None
    assert reason.why is Why.UNKNOWN_ENCODING


def test_a_mark_before_a_quote_within_the_file_is_no_part_of_the_value() -> None:
    loaded = load('Termin-ID;Adress-ID;Status\n"1";"2";gesendet\n\ufeff"3";"4";gesendet\n'.encode("utf-8-sig"))
    assert words(loaded, Column.APPOINTMENT) == ["1", "3"]


BROKEN_FOR_SURE = [
    "R¸ckmeldung",
    "RÃ¼ckmeldung",
    "R\ufffdckmeldung",
    "R³ckmeldung",
    "RÃƒÂ¼ckmeldung",
    "Rⁿckmeldung",
    "R√ºckmeldung",
]
BROKEN = {
    **dict.fromkeys(
        ["R?ckmeldung", "R_ckmeldung", "Rckmeldung", "Ruckmeldung", "Rьckmeldung", "Rückmeldun", "Rükmeldung"], "Rückmeldung"
    ),
    **dict.fromkeys(["Terminrckmeld", "Terminrückmel"], "Terminrückmeldung"),
    "Nachbereit": "Nachbereitung",
    "Aktio": "Aktion",
    "Terminbegi": "Terminbeginn",
}


@pytest.mark.parametrize("header", BROKEN_FOR_SURE)
def test_a_header_that_a_wrong_encoding_broke_is_read_where_there_is_one_way_back(reading: Reading, header: str) -> None:
    loaded = reading.text(f"Termin-ID;Adress-ID;Status;{header}\n1;2;gesendet;aktiv\n")
    assert reading.rows(loaded, Column.FEEDBACK) == [[2, "aktiv"]]


@pytest.mark.parametrize("header", BROKEN)
@pytest.mark.parametrize("status", ["Status;", ""])
def test_a_column_that_only_looks_like_a_known_one_is_never_dropped_in_silence(
    reading: Reading, header: str, status: str
) -> None:
    loaded = reading.text(f"Termin-ID;Adress-ID;{status}{header}\n1;2;{'gesendet;' if status else ''}aktiv\n")
    at = "D" if status else "C"
    assert loaded.reason == Reason(Why.BROKEN_HEADER, f"{at} ({header} → {BROKEN[header]})")


@pytest.mark.parametrize(
    "header",
    [
        "Auktion",
        "Beginnt",
        "Startzeit",
        "Terminart",
        "Terminende",
        "Straße",
        "Rückruf",
        "Kunde",
        "Objekt",
        "Notiz",
        "Bestätigt am",
        "Ort",
    ],
)
def test_columns_with_names_of_their_own_stay_what_they_are(reading: Reading, header: str) -> None:
    loaded = reading.text(f"Termin-ID;Adress-ID;Status;{header}\n1;2;gesendet;x\n")
    assert loaded.reason is None
    assert [column.header for column in loaded.sheets[0].others] == [header]


@pytest.mark.parametrize("header", ["Best?tigung", "Bestatigung", "Terminbestätigun", "Adre?nummer"])
def test_a_name_that_may_mean_something_else_never_wins_over_a_broken_one(reading: Reading, header: str) -> None:
    ids = "Termin-ID;Datensatznummer" if header.startswith("Adr") else "Termin-ID;Adress-ID"
    loaded = reading.text(f"{ids};Status;{header}\n1;2;gesendet;3\n")
    assert loaded.reason is not None
    assert loaded.reason.why is Why.BROKEN_HEADER


def workbook(headers: list[str]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, headers)
        sheet.write_row(1, 0, ["1", "2", "gesendet", "aktiv"])
    return file.getvalue()


def old_workbook(headers: list[str]) -> bytes:
    book, file = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("Termine")
    for row, cells in enumerate([headers, ["1", "2", "gesendet", "aktiv"]]):
        for column, text in enumerate(cells):
            sheet.write(row, column, text)
    book.save(file)
    return file.getvalue()


def page(headers: list[str]) -> bytes:
    rows = ("".join(f"<td>{cell}</td>" for cell in cells) for cells in (headers, ["1", "2", "gesendet", "aktiv"]))
    return f"<meta charset=utf-8><table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>".encode()


def xml_2003(headers: list[str]) -> bytes:
    rows = (
        "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in cells)
        for cells in (headers, ["1", "2", "gesendet", "aktiv"])
    )
    names = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    body = "".join(f"<Row>{row}</Row>" for row in rows)
    return f'<?xml version="1.0"?><Workbook {names}><Worksheet ss:Name="T"><Table>{body}</Table></Worksheet></Workbook>'.encode()


@pytest.mark.parametrize("write", [workbook, old_workbook, page, xml_2003])
def test_a_broken_heading_is_told_in_every_format(write: Callable[[list[str]], bytes]) -> None:
    reason = load(write(["Termin-ID", "Adress-ID", "Status", "R?ckmeldung"])).reason
    assert reason is not None
    assert (reason.why, reason.detail) == (Why.BROKEN_HEADER, "D (R?ckmeldung → Rückmeldung)")
    assert words(load(write(["Termin-ID", "Adress-ID", "Status", "RÃ¼ckmeldung"])), Column.FEEDBACK) == ["aktiv"]


#: Names as they stand in the address books of offices; made longer by putting them together.
FIRST = "Jürgen Günther Björn Sören Jörg Bärbel Käthe Änne Ömer Ümit Nataša Dušan Miloš Željko Živko Škoda René Zoé André Noël"
LAST = (
    "Müller Schäfer Böhm König Vögele Groß Weiß Strauß Häußler Bräuer Šarac Hruška Kovačević Wójcik Świątek Dvořák Núñez "
    "Gonçalves Lefèvre Sjöström Kjærgård Őry Erdős Yıldız Çelik Şahin Þórsdóttir"
)


@pytest.mark.long
@given(
    encoding=st.sampled_from(SINGLE),
    names=st.lists(
        st.tuples(st.sampled_from(FIRST.split()), st.sampled_from(LAST.split())).map(" ".join), min_size=1, max_size=30
    ),
    header=st.sampled_from(["Rückmeldung", "Bestätigung", "Terminrückmeldung", "Status Bestätigung", "RÜCKMELDUNG"]),
    delimiter=st.sampled_from(";,\t|"),
    note=st.text(st.characters(exclude_categories=["C"]), max_size=20).filter(lambda text: not set(text) & set(';,\t|"\r\n')),
)
@settings(max_examples=tries(5_000), deadline=None)
def test_thousands_of_files_in_every_encoding_are_read_right_or_asked_about(
    encoding: str, names: list[str], header: str, delimiter: str, note: str
) -> None:
    rows = [f"{at}|9{at}|aktiv|{name}|{note}" for at, name in enumerate(names, 1)]
    if "estätigung" in header:
        rows = [row.replace("aktiv", "bestätigt") for row in rows]
    text = "\n".join([f"Termin-ID|Adress-ID|{header}|Name|Notiz", *rows]).replace("|", delimiter)
    loaded = load(fitting(text, encoding).encode(encoding))
    if loaded.reason is not None:
        assert loaded.reason.why is Why.UNKNOWN_ENCODING
        return
    (sheet,) = loaded.sheets
    column = Column.CONFIRMATION if "estätigung" in header else Column.FEEDBACK
    assert sheet.declared[column].texts.tolist() == ["bestätigt" if column is Column.CONFIRMATION else "aktiv"] * len(names)
