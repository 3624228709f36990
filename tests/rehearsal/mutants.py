"""Files gone wrong: what other programs wrote, changed by dice. Bytes, members of archives, texts, and the names of files."""

from __future__ import annotations

import functools
import io
import lzma
import re
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.sheets.containers import without_default_password
from sync.sheets.detect import sniff
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = sorted(
    path
    for folder in (_ROOT / "tests" / "corpus" / "files", _ROOT / "sample_data")
    for path in folder.iterdir()
    if path.suffix not in {".py", ".json"} and path.stat().st_size < 200_000
)
#: What stands at a bound somewhere: dates, numbers, texts, names of sheets.
_BOUNDS: Final = (
    *("2026-13-45T00:00:00", "1900-03-01T24:00:00", "0000-01-01", "9999-12-31T23:59:59.9999999", "-1", "1e308", "1E-320", "NaN"),
    *(
        "60",
        "0.5",
        "-657435",
        "2958466",
        "9007199254740993",
        "99999999999999999999",
        "0x1F",
        "\ufeff70001",
        "\uff17\uff10\uff10\uff10\uff11",
        "²",
    ),
    *("A" * 40_000, "x" * 30 + "'", "'" * 31, "🏠" * 16, "e\u0301" * 40, "\u202e70001", "=cmd|' /C calc'!A0", "#REF!", "_x0000_"),
    *("http://127.0.0.1/" + "a" * 3_000, "\u2028", "\x0b", "70001\x00", "[1]x", "History", "bestätigt\ud7ff", "../../x", "NULL"),
)
_NAMES: Final = (
    *(
        "index.html",
        "report.json",
        "CON.csv",
        "a" * 200,
        "ä" * 100,
        "山" * 70,
        "e\u0301.csv",
        "x\ty",
        "  lead",
        "trail. ",
        "a;b&c",
    ),
    *(
        "'quote'",
        "100%",
        "$HOME",
        "-rf",
        "=1+1",
        "🏠" * 30,
        ".csv",
        "x.xlsx.exe",
        "report.html.csv",
        "Ergebnisse",
        "a\u202eb",
        "#",
    ),
)


def mutant(dice: random.Random) -> tuple[str, str, bytes]:
    """The format that a file was made of, a name, and what the file of this name holds."""
    source = dice.choice(SOURCES)
    data = source.read_bytes()
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3])):
        data = dice.choice(_CHANGES)(dice, data)
    stem = dice.choice(_NAMES) if dice.random() < 0.15 else source.stem
    return _format(source), stem, data[:4_000_000]


@functools.cache
def _format(source: Path) -> str:
    try:
        return str(sniff(without_default_password(source.read_bytes())))
    except RefuseFile:
        return "none that is read"


def fitting(stem: str, suffix: str, number: int) -> str:
    """A name that the file system takes and no other file has."""
    room = 240 - len(f"-{number}{suffix}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore').replace('/', '_')}-{number}{suffix}"


def _flip(dice: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice([1, 1, 3, 20, 200])):
        if changed:
            changed[dice.randrange(len(changed))] = dice.choice([0, 0xFF, 0x3C, 0x26, dice.randrange(256)])
    return bytes(changed)


def _cut(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    return dice.choice([data[:at], data[at:], data[:at] + data[at + dice.randrange(1, 50) :]])


def _repeat(dice: random.Random, data: bytes) -> bytes:
    first, second = sorted((dice.randrange(len(data) + 1), dice.randrange(len(data) + 1)))
    return data[:second] + data[first:second] * dice.choice([1, 2, 30]) + data[second:]


def _insert(dice: random.Random, data: bytes) -> bytes:
    at = dice.randrange(len(data) + 1)
    piece = dice.choice(
        [b"\0" * 500, b"<!--", b"<![CDATA[", b"&x;", b"PK\3\4", b"\xff\xfe", b'"', b";" * 300, dice.randbytes(64)]
    )
    return data[:at] + piece + data[at:]


def _bound(dice: random.Random, data: bytes) -> bytes:
    """A number, a date or a text of the file replaced by one at a bound."""
    value = dice.choice(_BOUNDS)
    encoding = "utf-16-le" if data[:2] == b"\xff\xfe" else "utf-8"
    written = value.encode(encoding, "replace")
    places = list(
        re.finditer(dice.choice([rb">[^<>]{1,40}<", rb"[0-9]{1,6}", rb'"[^"<>]{0,30}"', rb"[;,\t][^;,\t\r\n]{1,20}"]), data)
    )
    if not places:
        return data
    place = dice.choice(places)
    return data[: place.start() + 1] + written + data[place.end() - 1 :]


def _member(dice: random.Random, data: bytes) -> bytes:
    """One member of an archive changed, left out, named anew, or there twice; the archive itself stays whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        return _flip(dice, data)
    if not members:
        return data
    chosen = dice.randrange(len(members))
    change = dice.choice([_flip, _cut, _repeat, _insert, _bound, _bound])
    file = io.BytesIO()
    fate = dice.random()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for at, (info, content) in enumerate(members):
            if at != chosen:
                archive.writestr(info, content)
            elif fate < 0.8:
                archive.writestr(info, change(dice, content))
            elif fate < 0.9:
                archive.writestr(info.filename.upper(), content)
    return file.getvalue()


_CHANGES: Final[tuple[Callable[[random.Random, bytes], bytes], ...]] = (
    _flip,
    _cut,
    _repeat,
    _insert,
    _bound,
    _bound,
    _member,
    _member,
)
