import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.domain.model import Code, Column, Operation, Reason, Why
from sync.rows.columns import (
    CUSTOMER_NUMBERS,
    NAMES,
    WEAK_NAMES,
    Columns,
    Header,
    Unclear,
    are_plain_ids,
    declared,
    find_header,
    is_blank,
    key,
    parse_aim,
    parse_begin,
    parse_id,
)


def test_every_name_belongs_to_one_column_only() -> None:
    names = [key(name) for table in (NAMES, WEAK_NAMES) for column in table.values() for name in set(map(key, column))]
    assert len(names) == len(set(names))
    assert not set(names) & set(map(key, CUSTOMER_NUMBERS))
    assert "id" not in names


@pytest.mark.parametrize(
    "spelling",
    ["termin id", "TERMIN_ID", "Termin\u00a0ID:", "Termin\u00ad-\u200bID", "  Termin\u2011ID *", "TerminID", "\uff34ermin-ID"],
)
def test_case_spacing_and_punctuation_of_a_header_do_not_count(columns: Columns, spelling: str) -> None:
    assert columns.column_of(spelling)


@pytest.mark.parametrize(
    "spelling", ["Rückmeldung", "RUECKMELDUNG", unicodedata.normalize("NFD", "Rückmeldung"), "RÃ¼ckmeldung", "R√ºckmeldung"]
)
def test_umlauts_of_a_header_may_be_written_in_any_way(columns: Columns, spelling: str) -> None:
    found = find_header(columns, [["Termin-ID", "Adress-ID", spelling]])
    assert isinstance(found, Header)
    assert found.positions[Column.FEEDBACK] == 2


def test_the_header_stands_below_title_rows_and_keeps_its_texts(columns: Columns) -> None:
    found = find_header(columns, [["Termin-ID Liste"], [], ["", " Termin-ID ", "Kontakt-Nr.", "Status"], ["", "1", "2", "x"]])
    assert isinstance(found, Header)
    assert (found.index, found.text(Column.APPOINTMENT)) == (2, "Termin-ID")
    assert found.positions == {Column.APPOINTMENT: 1, Column.ADDRESS: 2, Column.CONFIRMATION: 3}


def test_weak_names_count_only_where_no_strong_one_stands(columns: Columns) -> None:
    found = find_header(columns, [["Termin", "Termin-ID", "Datensatznummer", "Status", "Terminbestätigung"]])
    assert isinstance(found, Header)
    assert found.positions == {Column.APPOINTMENT: 1, Column.ADDRESS: 2, Column.CONFIRMATION: 4}


@pytest.mark.parametrize("name", CUSTOMER_NUMBERS)
def test_a_customer_number_is_never_an_address_id(columns: Columns, name: str) -> None:
    assert find_header(columns, [["Termin-ID", name, "Status"]]) == Reason(Why.CUSTOMER_NUMBER, name)
    found = find_header(columns, [["Termin-ID", name, "Adress-ID", "Status"]])
    assert isinstance(found, Header)
    assert found.positions[Column.ADDRESS] == 2


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (
            ["Termin-ID", "Adress-ID", "Kontakt-ID", "Status"],
            Unclear(Why.TWO_COLUMNS, (1,), ((1, "Adress-ID"), (2, "Kontakt-ID"))),
        ),
        (["Termin-ID", "Adress-ID", "Status", "status "], Unclear(Why.TWO_COLUMNS, (1,), ((2, "Status"), (3, "status")))),
        (
            ["Termin-ID", "Adress-ID", "", "Kunde"],
            Reason(Why.NO_STATUS_COLUMN, "Termin-ID, Adress-ID, Kunde", missing=(Column.CONFIRMATION,)),
        ),
        (
            ["ID", "Name", "Status"],
            Reason(Why.NO_HEADER, "ID, Name, Status", missing=(Column.APPOINTMENT, Column.ADDRESS)),
        ),
        (
            ["Eva Zwiebelfisch", "02.12.2026", "bestätigt"],
            Reason(Why.NO_HEADER, "", missing=(Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION)),
        ),
        ([], Reason(Why.NO_HEADER, "", missing=(Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION))),
    ],
)
def test_a_header_that_cannot_be_used_says_which_columns_are_there(
    columns: Columns, header: list[str], reason: Reason | Unclear
) -> None:
    assert find_header(columns, [["Liste"], header]) == reason


def test_an_action_alone_is_enough_to_ask_for(columns: Columns) -> None:
    assert isinstance(find_header(columns, [["Termin-ID", "Adress-ID", "Aktion"]]), Header)


def test_the_office_adds_its_own_names() -> None:
    found = find_header(declared({"address_id": ["Interessenten-ID"]}), [["Termin-ID", "INTERESSENTEN ID", "Status"]])
    assert isinstance(found, Header)
    assert found.positions[Column.ADDRESS] == 1


def test_names_that_cannot_be_added_are_all_listed_at_once() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - all that it says is looked at
        declared({"address_id": ["KdNr", "Termin-ID", "--"], "nobody": ["X"]})
    mistakes = [*map(str, caught.value.args)]
    assert len(mistakes) == 4
    assert "Kundennummer" in mistakes[0]


@pytest.mark.parametrize(
    "text", ["359", " 00359 ", "359.0", "359,00", "359,0", "\u200b359\ufeff", "\u00a0359\u202f", "3\u00ad59"]
)
def test_whole_and_exact_numbers_are_ids(text: str) -> None:
    assert parse_id(text) == 359


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.MISSING_ID), (" \u200b\u00a0", Code.MISSING_ID),
        ("0", Code.ZERO_AS_ID), ("000", Code.ZERO_AS_ID), ("0.0", Code.ZERO_AS_ID), ("0" * 30, Code.ZERO_AS_ID),
        ("\uff10", Code.ZERO_AS_ID), ("-1", Code.BAD_ID), ("359.5", Code.BAD_ID), ("12a", Code.BAD_ID),
        ("²", Code.BAD_ID), ("3_59", Code.BAD_ID), ("1e3", Code.BAD_ID),
        ("\u0663", Code.FOREIGN_DIGITS), ("\uff17\uff10\uff10\uff15\uff15", Code.FOREIGN_DIGITS),
        ("7\uff10,0", Code.FOREIGN_DIGITS), ("\uff17a", Code.BAD_ID), ("\u0663\u00b2", Code.BAD_ID),
        ("9" * 20, Code.ID_TOO_LONG), ("0" + "9" * 19 + ",00", Code.ID_TOO_LONG), ("\uff19" * 19, Code.ID_TOO_LONG),
        ("9" * 100_000, Code.ID_TOO_LONG),
        ("1.000", Code.BAD_ID), ("1.234", Code.BAD_ID),
        ("1,5", Code.BAD_ID), ("359 360", Code.BAD_ID), ("359\n360", Code.BAD_ID), ("9" * 19, Code.ID_TOO_LONG),
        ("3\x0059", Code.BAD_ID), ("359.00000000000006", Code.BAD_ID), ("#N/A", Code.BAD_ID), ("+359", Code.BAD_ID),
        ("2026-12-02", Code.DATE_AS_ID), ("2026-12-02T09:00:00", Code.DATE_AS_ID), ("02.12.2026", Code.DATE_AS_ID),
        ("2.12.26", Code.DATE_AS_ID), ("02.12.2026 09:00", Code.DATE_AS_ID), ("12/02/2026", Code.DATE_AS_ID),
        ("09:00", Code.DATE_AS_ID),
        ("WAHR", Code.BOOLEAN_AS_ID), ("falsch", Code.BOOLEAN_AS_ID), ("TRUE", Code.BOOLEAN_AS_ID), ("False", Code.BOOLEAN_AS_ID),
        ("9007199254740992.0", Code.INEXACT_ID), ("1e+16", Code.INEXACT_ID), ("1,23457E+17", Code.INEXACT_ID),
    ],
)  # fmt: skip
def test_everything_else_is_a_problem_with_a_name(text: str, code: Code) -> None:
    assert parse_id(text) is code


@given(st.text())
def test_an_id_is_never_guessed(text: str) -> None:
    found = parse_id(text)
    if isinstance(found, int) and not isinstance(found, Code):
        assert 0 < found < 10**18
        assert str(found) in text.replace("\u00ad", "") or not text.isascii()


@given(st.integers(1, 10**18 - 1), st.integers(0, 5))
def test_leading_zeros_do_not_count(number: int, zeros: int) -> None:
    assert parse_id("0" * zeros + str(number)) == number


@given(
    texts=st.lists(
        st.one_of(st.text("0123456789 \0,.-٣", max_size=21), st.integers(0, 2 * 10**18).map(str)), min_size=0, max_size=4
    )
)
@example(texts=["1", "9" * 19])
@example(texts=["12\x0034"])
def test_what_are_plain_ids_at_a_glance_are_record_numbers_one_by_one(texts: list[str]) -> None:
    plain = bool(texts) and all(
        text.isascii() and text.isdigit() and 0 < len(text.lstrip("0")) <= len(str(10**17)) for text in texts
    )
    assert are_plain_ids(texts) is plain
    assert not plain or all(parse_id(text) == int(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "aim"),
    [("", Operation.SET), ("\u00a0", Operation.SET), ("Setzen", Operation.SET), ("set", Operation.SET),
     ("verknuepfen", Operation.LINK), ("LINK", Operation.LINK),
     ("lösen", Operation.UNLINK), ("loesen ", Operation.UNLINK), ("unlink", Operation.UNLINK), ("löschen", Code.UNKNOWN_WORD)],
)  # fmt: skip
def test_actions_are_words_in_two_languages(text: str, aim: Operation | Code) -> None:
    assert parse_aim(text) is aim


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("", ""), ("02.12.2026", "2026-12-02"), ("2.12.26", "2026-12-02"), ("02.12.2026 09:00", "2026-12-02T09:00:00"),
        ("Mi, 02.12.2026, 9:05 Uhr", "2026-12-02T09:05:00"), ("Mittwoch 2.12.2026 um 09:00", "2026-12-02T09:00:00"),
        ("2026-12-02", "2026-12-02"), ("2026-12-02 09:00", "2026-12-02T09:00:00"),
        ("2026-12-02T09:00:00+01:00", "2026-12-02T09:00:00+01:00"),
        ("2026-12-02T08:00:00Z", "2026-12-02T08:00:00+00:00"),
    ],
)  # fmt: skip
def test_a_start_is_read_from_german_and_iso_text(text: str, begin: str) -> None:
    assert parse_begin(text) == begin


@pytest.mark.parametrize(
    "text", ["12/02/2026", "31.02.2026", "02.12.2026 25:00", "morgen", "46358.375", "2026-13-01", "20261202", "2026-W49-3"]
)
def test_a_start_that_can_be_read_in_two_ways_is_a_problem(text: str) -> None:
    assert parse_begin(text) is Code.BAD_BEGIN


@pytest.mark.parametrize(
    ("text", "blank"),
    [("", True), (" \t\r\n", True), ("\u200b\u00ad\ufeff\u00a0\u3000", True), ("\0\0", True), ("-", False), ("0", False)],
)
def test_a_cell_is_blank_when_nobody_sees_anything_in_it(text: str, *, blank: bool) -> None:
    assert is_blank(text) is blank
