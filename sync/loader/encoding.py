"""Bytes of a text file become text: which encoding, judged by the bytes alone."""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, NamedTuple

from sync.loader.messages import RefuseFile
from sync.model import Reason, Why

if TYPE_CHECKING:
    from typing import TextIO

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PIECE = 2**20
#: Bytes that are letters of German and French words in one encoding and signs in the other.
_CP1252_LETTERS = re.compile(rb"(?<=[A-Za-z])[\xe4\xf6\xfc\xdf\xe9\xe8\xea\xe7]|[\xc4\xd6\xdc\xe4\xf6\xfc\xe9](?=[A-Za-z])")
_MAC_LETTERS = re.compile(rb"(?<=[A-Za-z])[\x8a\x9a\x9f\xa7\x8e\x8f\x90\x8d]|[\x80\x85\x86\x8a\x9a\x9f\x8e](?=[A-Za-z])")


class Decoded(NamedTuple):
    """A text file. `mixed` are the lines, counted from 1, whose encoding is not that of the first line that tells."""

    text: TextIO
    encoding: str
    mixed: frozenset[int] = frozenset()


def decode(data: bytes) -> Decoded:
    """The text of a file, line ends as they are.

    Raises:
        RefuseFile: no encoding fits.
    """
    encoding = _by_mark(data) or _by_nulls(data) or ("utf-8" if fits(data, "utf-8") else "")
    if encoding:
        if encoding != "utf-8" and not fits(data, encoding):
            raise RefuseFile(Reason(Why.UNKNOWN_ENCODING, encoding))
        return Decoded(_open(data, encoding), encoding)
    lines = data.splitlines(keepends=True)
    unicode = {number for number, line in enumerate(lines, 1) if not line.isascii() and fits(line, "utf-8")}
    if unicode:
        return _by_line(lines, unicode)
    encoding = _single_byte(data)
    return Decoded(_open(data, encoding), encoding)


def _open(data: bytes, encoding: str) -> TextIO:
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


def _by_mark(data: bytes) -> str:
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")


def _by_nulls(data: bytes) -> str:
    """UTF-16 without a mark: nearly every other byte of western text is NUL."""
    head = data[:4096]
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


def _single_byte(data: bytes) -> str:
    """Windows, Mac or Latin-9, by which one makes letters of the bytes that stand beside letters."""
    mac, windows = len(_MAC_LETTERS.findall(data)), len(_CP1252_LETTERS.findall(data))
    if mac > windows:
        return "mac-roman"
    if not re.search(rb"[\x80-\x9f]", data):
        return "iso8859-15" if b"\xa4" in data else "cp1252"
    if fits(data, "cp1252"):
        return "cp1252"
    raise RefuseFile(Reason(Why.UNKNOWN_ENCODING))


def _by_line(lines: list[bytes], unicode: set[int]) -> Decoded:
    """Two files of different encodings that somebody put together."""
    others = {number for number, line in enumerate(lines, 1) if not line.isascii()} - unicode
    encoding = _single_byte(b"".join(lines[number - 1] for number in others))
    text = "".join(
        line.decode(encoding if number in others else "utf-8", "replace").lstrip("\ufeff") for number, line in enumerate(lines, 1)
    )
    mixed = others if min(unicode) < min(others) else unicode
    return Decoded(io.StringIO(text, newline=""), encoding, frozenset(mixed))
