"""CSV and its cousins: in which encoding the bytes are, judged by what would have to be true of the whole file; their records."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from sync.domain.model import Code, Column, Confirmation, Feedback, Operation, Reason, Why
from sync.rows.columns import Header, declared, find_header, key, parse_aim, parse_begin, parse_id
from sync.sheets.cells import CellBatch, Grid, Marks, by_column
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

    from sync.rows.columns import Columns


_GERMAN: Final = frozenset("äöüßÄÖÜ")
#: Letters of the names of Europe.
_EUROPEAN: Final = frozenset(
    "áàâãåæçćčđďèéêëěęėğíìîïıįłľĺñńňòóôõøőœŕřśšşșťţțùúûůűūýÿźżžąăāēīļņķģ"
    "ÁÀÂÃÅÆÇĆČĐĎÈÉÊËĚĘĖĞÍÌÎÏİĮŁĽĹÑŃŇÒÓÔÕØŐŒŔŘŚŠŞȘŤŢȚÙÚÛŮŰŪÝŸŹŻŽĄĂĀĒĪĻŅĶĢðÐþÞ"
)
#: Signs of ordinary writing; what else stands in a text is a sign of a wrong encoding.
_SIGNS: Final = frozenset("…–—„“”‚‘’«»‹›€§°©®™²³½¼¾×±·•µ£\u00a0\u00ad´¿¡")  # noqa: RUF001 - the signs themselves
#: Signs that are rare, but no nonsense.
_RARE_SIGNS: Final = frozenset("‰†‡¢¥¶¦¬¤")
_VOWELS: Final = frozenset("aeiouyäöüøæœåAEIOUYÄÖÜØÆŒÅ")
#: Signs that stand between the letters of one word, or between two that belong together.
_IN_WORDS: Final = frozenset("’–—·\u00ad\u00a0…")  # noqa: RUF001 - the signs themselves
_WORD: Final = re.compile(r"\S*[^\x00-\x7f]\S*")
_COMMON: Final = re.compile(r"straße|^(?:für|über|großer?|weiß|schloß)$", re.IGNORECASE)
_LONGEST_WORD: Final = 60


def plausibility(texts: Iterable[str]) -> float:
    """How much the words beyond ASCII look like words of European languages; below 0 where they hardly do.

    This tells a right encoding from a wrong one where nothing else does.
    """
    words = {word[:_LONGEST_WORD] for text in texts for word in _WORD.findall(text)}
    return sum(map(_of_word, words))


def _of_word(word: str) -> float:
    foreign = sum(not sign.isascii() for sign in word if sign.isalpha())
    if foreign > 1 and foreign == sum(map(str.isalpha, word)):  # no language of Europe has words without a plain letter
        return -foreign
    around = f" {word} "
    score = sum(_of_character(around[at - 1], sign, around[at + 1]) for at, sign in enumerate(around) if not sign.isascii())
    return score + (4 if _COMMON.search(word) else 0)


def _of_character(left: str, sign: str, right: str) -> float:
    if sign.isalpha() and sign not in "ªº":
        return _of_letter(left, sign, right)
    if unicodedata.category(sign) == "Cc":
        return -6
    if sign not in _SIGNS:
        return -1 if sign in _RARE_SIGNS else -3
    inside = left.isalpha() and right.isalpha()
    return -4 if inside and sign not in _IN_WORDS else 0.5


def _of_letter(left: str, sign: str, right: str) -> float:
    if not left.isalpha() and not right.isalpha():
        return -2
    score = 3.0 if sign in _GERMAN else 2.0 if sign in _EUROPEAN else -2.0
    if sign.isupper():
        if left.islower():
            return -4
        score -= 2 if sign in _GERMAN and right.islower() else 0  # in other encodings a sign before a word
    elif left.isupper() and right.isupper():
        return -3
    elif right.isupper() and not left.isupper():
        return -4
    return score - _clash(left, sign, right)


def _clash(left: str, sign: str, right: str) -> float:
    """What speaks against a letter beside its neighbours: an umlaut beside a vowel, a consonant between consonants."""
    if sign in "äöüÄÖÜ":
        beside = left in _VOWELS or (right in _VOWELS and not (sign in "äÄ" and right == "u"))
        return 4 if beside else 0
    if unicodedata.normalize("NFD", sign)[0] in _VOWELS:
        return 3 if left in _VOWELS and right in _VOWELS else 0
    consonants = left.isalpha() and right.isalpha() and left not in _VOWELS and right not in _VOWELS
    return 3 if consonants and sign != "ß" else 0


_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: The encodings of one byte a character, the likeliest first, and what a file has to show before a less likely one is believed.
_SINGLE_BYTE: Final = {"cp1252": 0.0, "iso8859-15": 1.0, "mac-roman": 3.0, "cp850": 3.0, "cp1250": 3.5, "cp437": 3.5}
for _encoding in _SINGLE_BYTE:  # Python has a module for each; processes forked from one that has imported this one need not wait
    codecs.lookup(_encoding)
_MARK_BEFORE_QUOTE: Final = re.compile(rb'(?<=[\r\n])\xef\xbb\xbf(?=")')
_PIECE: Final = 2**20
#: Bytes that are looked at in search of cells that tell; a file without any is read to its end.
_ENOUGH_BYTES: Final = 2**22
_ENOUGH_CELLS: Final = 1_000
_PIECE_OF_CELLS: Final = 2**16
_BETWEEN_CELLS: Final = re.compile(rb'[;,\t|"<>\r\n]+')
#: Below this plausibility the best encoding is none.
_NONSENSE: Final = -2.5
_LONGEST_NAME: Final = 100
#: The share of NUL bytes in western text of four bytes a character, nearly three of four.
_MANY_NULLS: Final = 0.7
_WORDS: Final = frozenset(key(word) for kind in (Confirmation, Feedback) for word in kind)


class Decoded(NamedTuple):
    """A text file. `mixed` are the lines, counted from 1, whose encoding is not that of the first line that tells."""

    text: TextIO
    encoding: str
    mixed: frozenset[int] = frozenset()


def decode(data: bytes, columns: Columns | None = None) -> Decoded:
    """The text of a file, line ends as they are.

    Args:
        data: the file.
        columns: the declared columns of the office; without them those that every office has.

    Raises:
        RefuseFile: no encoding fits, or two that do make different columns of the file.
    """
    encoding = _by_mark(data) or _by_nulls(data) or ("utf-8" if fits(data, "utf-8") else "")
    if encoding:
        if encoding != "utf-8" and not fits(data, encoding):
            raise RefuseFile(Reason(Why.UNKNOWN_ENCODING, encoding))
        return Decoded(_open(_without_inner_marks(data, encoding), encoding), encoding)
    columns = columns or declared()
    lines = data.splitlines(keepends=True)
    unicode = {number for number, line in enumerate(lines, 1) if not line.isascii() and fits(line, "utf-8")}
    if unicode:
        return _by_line(lines, unicode, columns)
    encoding = _single_byte(data, columns)
    return Decoded(_open(data, encoding), encoding)


def _open(data: bytes, encoding: str) -> TextIO:
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


def _without_inner_marks(data: bytes, encoding: str) -> bytes:
    """UTF-8 without the marks before a quote that opens a line, which stand where somebody put one file below another."""
    if not encoding.startswith("utf-8") or data.find(codecs.BOM_UTF8 + b'"', 1) < 0:  # quicker than to look for line ends
        return data
    pieces = _MARK_BEFORE_QUOTE.split(data)
    quotes, kept = 0, [pieces[0]]
    for before, piece in pairwise(pieces):
        quotes += before.count(b'"')
        kept += [codecs.BOM_UTF8 if quotes % 2 else b"", piece]  # within quotes it is a part of the value
    return b"".join(kept)


def _by_mark(data: bytes) -> str:
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")


def _by_nulls(data: bytes) -> str:
    """UTF-32 or UTF-16 without a mark: three of four, or nearly every other, byte of western text is NUL."""
    head = data[:4096]
    if len(head) % 4 == 0 and head.count(0) > len(head) * _MANY_NULLS:
        return "utf-32-le" if head[3::4].count(0) == len(head) // 4 else "utf-32-be"
    pairs = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if pairs and odd > pairs * 0.4 and even < pairs * 0.1:
        return "utf-16-le"
    return "utf-16-be" if pairs and even > pairs * 0.4 and odd < pairs * 0.1 else ""


def fits(data: bytes, encoding: str) -> bool:
    """Whether all bytes are text in an encoding."""
    if encoding == "utf-8" and data.isascii():
        return True
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


class _Candidate(NamedTuple):
    """What a file says in one encoding: the cells that become the name of a column, or a value that the job knows."""

    encoding: str
    names: frozenset[bytes]
    values: int
    plausibility: float

    @property
    def rank(self) -> tuple[int, int, float]:
        """What speaks for the encoding; names count most."""
        return len(self.names), self.values, self.plausibility


def _single_byte(data: bytes, columns: Columns) -> str:
    """The encoding in which most cells are names of columns, then most are known values, then words look most like words."""
    cells = list(_telling_cells(data))
    candidates = list(filter(None, (_candidate(name, cells, columns) for name in _SINGLE_BYTE)))
    ranked = sorted(candidates, key=lambda each: each.rank, reverse=True)
    best = next((each for each in ranked if fits(data, each.encoding)), None)
    if best is None:
        raise RefuseFile(Reason(Why.UNKNOWN_ENCODING))
    if lost := frozenset[bytes]().union(*(each.names for each in candidates)) - best.names:
        raise RefuseFile(Reason(Why.UNKNOWN_ENCODING, _readings(min(lost), best, candidates)))
    if not best.names and not best.values and best.plausibility + _SINGLE_BYTE[best.encoding] < _NONSENSE:
        raise RefuseFile(Reason(Why.UNKNOWN_ENCODING))
    return best.encoding


def _candidate(encoding: str, cells: Iterable[bytes], columns: Columns) -> _Candidate | None:
    """What the cells say in one encoding; None where it has not all of their characters."""
    try:
        texts = {cell: cell.decode(encoding) for cell in cells}
    except UnicodeError:
        return None
    names = frozenset(cell for cell, text in texts.items() if len(text) <= _LONGEST_NAME and columns.is_written_name(text))
    values = sum(1 for text in texts.values() if len(text) <= _LONGEST_NAME and _is_value(text))
    return _Candidate(encoding, names, values, plausibility(texts.values()) - _SINGLE_BYTE[encoding])


def _readings(cell: bytes, best: _Candidate, candidates: Iterable[_Candidate]) -> str:
    """What a cell is in the encoding that is likeliest, and the name of a column that it is in another."""
    other = next(each for each in candidates if cell in each.names)
    return " / ".join(cell.decode(each.encoding).strip() for each in (best, other))


def _telling_cells(data: bytes) -> Iterable[bytes]:
    """The different cells with a byte beyond ASCII, as far as it takes to judge."""
    cells: dict[bytes, None] = {}
    for start in range(0, len(data), _PIECE_OF_CELLS):
        if len(cells) > _ENOUGH_CELLS or (cells and start >= _ENOUGH_BYTES):
            break
        piece = data[start : start + _PIECE_OF_CELLS]
        cells |= dict.fromkeys(cell.strip() for cell in _BETWEEN_CELLS.split(piece) if not cell.isascii())
    return cells


def _is_value(text: str) -> bool:
    """Whether a cell means something to the job: a word of the CRM, an action, a record number, a moment."""
    if key(text) in _WORDS or isinstance(parse_aim(text), Operation) or isinstance(parse_id(text), int):
        return True
    begin = parse_begin(text)
    return bool(begin) and not isinstance(begin, Code)


def _by_line(lines: list[bytes], unicode: set[int], columns: Columns) -> Decoded:
    """Two files of different encodings that somebody put together."""
    others = {number for number, line in enumerate(lines, 1) if not line.isascii()} - unicode
    encoding = _single_byte(b"".join(lines[number - 1] for number in others), columns)
    text = "".join(
        line.decode(encoding if number in others else "utf-8", "replace").lstrip("\ufeff") for number, line in enumerate(lines, 1)
    )
    mixed = others if min(unicode) < min(others) else unicode
    return Decoded(io.StringIO(text, newline=""), encoding, frozenset(mixed))


_DELIMITERS = ";,\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[;,\t|]*(?:\r\n|\r|\n)', re.IGNORECASE)
#: How exports keep Excel from taking a text for a number; Excel shows what is inside.
_AS_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_SAMPLE_LINES = 300
_SAMPLE_CHARACTERS = 2**18
#: More columns than this cost pandas more time than they save.
_WIDEST = 1_000
#: Characters worked on at a time.
_BLOCK = 2**21
#: The byte order mark; programs that join files leave it in the middle of a text.
_MARK = "\ufeff"
#: Fewer characters are cut before pandas is imported.
_WORTH_PANDAS = 2**20
_SENTINEL = "\x01"
_END = "\x01end"


class _Layout(NamedTuple):
    delimiter: str
    header: Header | None


def read_delimited(data: bytes, columns: Columns) -> Iterator[Grid]:
    """The one grid of a text file.

    Raises:
        RefuseFile: unknown encoding; while reading: a quote that is never closed.
    """
    csv.field_size_limit(2**31 - 1)  # the limit of the file is ours, and refuses it as a whole
    decoded = decode(data, columns)
    head = decoded.text.read(_SAMPLE_CHARACTERS)
    decoded.text.seek(0)
    records = _Records(decoded.text, _layout(head, columns))
    yield Grid(None, records.batches(), Marks(mixed=set(decoded.mixed)), records=True)


def _layout(head: str, columns: Columns) -> _Layout:
    """The delimiter that shows a header; else the one that cuts the most lines into the same number of cells."""
    separator = _SEPARATOR_LINE.match(head)
    lines = list(io.StringIO(head, newline=""))[:_SAMPLE_LINES]
    best, best_score = _Layout(";", None), (-1, 0.0)
    for delimiter in dict.fromkeys((separator[1] if separator else "") + _DELIMITERS):
        records = list(_lenient(lines, delimiter))
        found = find_header(columns, records)
        rank = len(found.positions) + 2 if isinstance(found, Header) else int(found.why is not Why.NO_HEADER)
        score = (rank, _evenness([len(record) for record in records if record]))
        if score > best_score:
            best, best_score = _Layout(delimiter, found if isinstance(found, Header) else None), score
    return best


def _evenness(widths: list[int]) -> float:
    """The share of records that have the most frequent width, where that is not 1."""
    return max((widths.count(width) / len(widths) for width in set(widths) if width > 1), default=0.0)


def _lenient(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return


def _cut(lines: str, delimiter: str) -> list[Sequence[str]] | None:
    """The columns of lines without any quote; None where they have other lengths than the first, or a single cell."""
    width, ends = lines.partition("\n")[0].count(delimiter) + 1, lines.count("\n")
    cells = lines.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)  # the end of a line is a cell of its own
    every = width + 1
    even = len(cells) + 1 == (ends + 1) * every and cells[width::every].count("\n") == ends
    return [cells[at::every] for at in range(width)] if even and width > 1 else None


def _cut_by_pandas(lines: str, delimiter: str) -> list[Sequence[str]] | None:
    """The columns of lines that are one record each, all of the same length; None for others.

    Every line gets one more cell. Where each record has that cell, and has it last, no record is shorter or longer,
    or ends on another line.
    """
    import pandas as pd  # noqa: PLC0415 - takes long to import

    first = next(_lenient(lines.split("\n", 1)[:1], delimiter), [])
    if not 0 < len(first) <= _WIDEST or "\0" in lines or '="' in lines or lines.startswith(_MARK):  # pandas takes it off
        return None
    end = delimiter + _SENTINEL
    try:
        frame = pd.read_csv(
            io.BytesIO((lines.replace("\n", f"{end}\n") + end).encode()),
            sep=delimiter,
            names=list(range(len(first) + 1)),
            header=None,
            index_col=False,
            dtype=object,
            na_filter=False,
            skip_blank_lines=False,
            lineterminator="\n",
            low_memory=False,
        )
    except (ValueError, pd.errors.ParserWarning):
        return None
    if len(frame) != lines.count("\n") + 1 or not (frame[len(first)] == _SENTINEL).all():
        return None
    return [cast("Sequence[str]", frame[at].tolist()) for at in range(len(first))]


class _Records:
    """The records of a text file with the physical line on which each starts."""

    def __init__(self, text: TextIO, layout: _Layout) -> None:
        self._text = text
        self._delimiter = layout.delimiter
        self._header = layout.header
        self._line = 1

    def batches(self) -> Iterator[CellBatch]:
        """All records."""
        self._skip_separator_line()
        while block := self._text.read(_BLOCK):
            block += self._text.readline()
            batch = self._quickly(block)
            yield self._exactly(block) if batch is None else batch

    def _skip_separator_line(self) -> None:
        if _SEPARATOR_LINE.fullmatch(self._text.readline()):
            self._line = 2
        else:
            self._text.seek(0)

    def _quickly(self, block: str) -> CellBatch | None:
        """Lines that are one record each, all of the same length, in a tenth to a third of the time; None for others."""
        lines = block.replace("\r\n", "\n").replace("\r", "\n")
        count = lines.count("\n") + (not lines.endswith("\n"))
        lines = lines.rstrip("\n")
        if '"' not in lines:
            columns = _cut(lines, self._delimiter)
        else:
            columns = _cut_by_pandas(lines, self._delimiter) if len(block) >= _WORTH_PANDAS else None
        if columns is None:
            return None
        rows = range(self._line, self._line + len(columns[0]))
        self._line += count
        return CellBatch(rows, columns, texts=True)

    def _exactly(self, block: str) -> CellBatch:
        lines = list(io.StringIO(block, newline=""))
        reader = csv.reader(chain(lines, self._text), delimiter=self._delimiter, strict=True)
        rows, cells, before = [], [], 0
        while before < len(lines):
            try:
                record = next(reader)
            except csv.Error:
                record = self._one_line(lines[before : reader.line_num], self._line + before)
            if reader.line_num > before + 1:
                self._check_inner_lines(record, self._line + before)
            rows.append(self._line + before)
            cells.append([_AS_TEXT.sub(r"\1", cell) for cell in record] if '="' in "".join(record) else record)
            before = reader.line_num
        self._line += before
        return by_column(rows, cells)

    def _one_line(self, lines: list[str], number: int) -> list[str]:
        """The cells of a line with stray quotes, read as Excel does; quotes that swallow lines are not guessed at."""
        if len(lines) == 1:
            reader = csv.reader([lines[0].rstrip("\r\n") + "\n", _END], delimiter=self._delimiter)
            record = next(reader)
            if next(reader, None) == [_END]:
                return record
        raise RefuseFile(Reason(Why.UNCLOSED_QUOTE, str(number)))

    def _check_inner_lines(self, record: list[str], number: int) -> None:
        """A line inside quotes that is itself a record with both ids: the quote before it was meant to be a plain character."""
        if self._header is None:
            return
        positions = [self._header.positions[Column.APPOINTMENT], self._header.positions[Column.ADDRESS]]
        inner = [line for cell in record for line in list(io.StringIO(cell, newline=""))[1:]]
        for cells in _lenient(inner, self._delimiter):
            if len(cells) > max(positions) and all(isinstance(parse_id(cells[at]), int) for at in positions):
                raise RefuseFile(Reason(Why.UNCLOSED_QUOTE, str(number)))
