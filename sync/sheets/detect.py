"""What a file is, judged by its content, as its name may lie; and which module reads it."""

from __future__ import annotations

import codecs
import re
import zipfile
from itertools import chain
from typing import TYPE_CHECKING

from sync.domain.model import FileKind, Reason, Why
from sync.sheets.containers import MAGIC, is_cut_off, looks_like_entry, names_in, opened
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.rows.columns import Columns
    from sync.sheets.cells import Grid
    from sync.sheets.stream import Limits


_STRANGERS = (
    (b"%PDF", "PDF"), (b"{\\rtf", "RTF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"), (b"\x1f\x8b", "gzip"), (b"7z\xbc\xaf", "7-Zip"), (b"Rar!", "RAR"), (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "XZ"), (b"MZ", "EXE"), (b"\x7fELF", "ELF"), (b"SQLite format 3", "SQLite"), (b"L\0\0\0\x01\x14\x02\0", "LNK"),
    (b"\x78\x9f\x3e\x22", "winmail.dat"), (b"book\0\0\0\0mark", "Alias"),
    (b"bplist00", "Alias"),
)  # fmt: skip
#: What says what it is a little later.
_STRANGERS_LATER = (
    (re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}", re.DOTALL), "BMP"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "WebP"),
    (re.compile(rb"\0\0\0.ftyp(?:hei|hev|mif1|msf1|avif)", re.DOTALL), "HEIC"),
    (re.compile(rb".{257}ustar", re.DOTALL), "tar"),
)
_IN_ARCHIVES = (
    ("xl/workbook.bin", FileKind.XLSB), ("xl/", FileKind.XLSX), ("word/", "Word"), ("ppt/", "PowerPoint"),
    ("Index/Document.iwa", "Numbers, Pages"), ("Index.zip", "Numbers, Pages"), ("QuickLook/", "Numbers, Pages"),
)  # fmt: skip
#: What the main part of a package from Microsoft says that it is.
_MAIN_PARTS = (
    (
        re.compile(rb"spreadsheetml\.(?:sheet|template)\.main\+xml|ms-excel\.(?:sheet|template|addin)\.macroenabled\.main\+xml"),
        FileKind.XLSX,
    ),
    (re.compile(rb"ms-excel\.sheet\.binary\.macroenabled\.main"), FileKind.XLSB),
    (re.compile(rb"wordprocessingml\.|ms-word\."), "Word"),
    (re.compile(rb"presentationml\.|ms-powerpoint\."), "PowerPoint"),
)
_MAIN_RELATION = re.compile(rb"<[^<>]*/officedocument[\"'][^<>]*>")
_TARGET = re.compile(rb"""target=["']([^"']*)""")
_IN_COMPOUND = (
    ("EncryptedPackage", Why.PASSWORD), ("Workbook", FileKind.XLS), ("Book", FileKind.XLS), ("WordDocument", "Word"),
    ("PowerPoint Document", "PowerPoint"), ("__properties_version1.0", "Outlook"),
)  # fmt: skip
#: The first record of Excel's own streams where no container is around them: of Excel 5 to 97, and of Excel 2, 3 and 4.
_BARE_STREAM = re.compile(rb"\x09\x08[\x08\x10]\x00\x00[\x05\x06]")
_OLD_STREAM = re.compile(rb"\x09[\x00\x02\x04][\x04\x06]\x00")
_MEDIA_TYPE = re.compile(rb"application/(?:vnd\.oasis\.opendocument|x-vnd\.oasis\.opendocument|vnd\.sun\.xml)\.([a-z]+)")
_ENCRYPTION = re.compile(rb"<(?:\w+:)?encryption-data\b")
_ENCRYPTED = 0x1
#: The lines at the top of a message, and which of them a page that a browser has saved as one lacks.
_MAIL = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_SENT = re.compile(rb"^(?:received|return-path|delivered-to|message-id|to):", re.MULTILINE)
_FROM = re.compile(rb"^from:", re.MULTILINE)
_OF_MIME = re.compile(rb"^(?:mime-version|content-type|message-id|received):", re.MULTILINE)
_STRANGE_TEXTS = (
    (b"begin:vc", "vCard, iCalendar"), (b"[internetshortcut]", "URL"), (b"[{000214a0", "URL"), (b"[desktop entry]", "Desktop"),
    (b'{"url": "https://docs.google.', "Google"), (b'{"url":"https://docs.google.', "Google"),
)  # fmt: skip
#: What this job writes into its pages, its `report.json` and its results workbook, see `sync.report`.
_OWN_PAGE = b'<meta name="generator" content="onoffice-sync">'
_OWN_JSON = re.compile(rb'\{\s*"run":\s*\{\s*"id":\s*"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}"')
_OWN_PROPERTY = re.compile(rb'name="onoffice-sync"')
#: What this job writes into a correction file, as Excel and LibreOffice keep it: in a package, and in OpenDocument.
_OWN_CORRECTION = re.compile(rb"onoffice-sync-correction[^<>]*>\s*(?:<[^<>]*>)?\s*([0-9a-f]{32})\b")
_UNUSUAL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HEAD = 65_536
#: So many unusual bytes may stand in any text, and one in so many: notes carry some along, in programs and pictures they swarm.
_FEW_UNUSUAL = 10
_BYTES_PER_UNUSUAL, _BYTES_PER_UNUSUAL_IN_UTF8 = 20, 8


def sniff(data: bytes) -> FileKind:
    """The kind of a file.

    Raises:
        RefuseFile: it is empty, locked by a password, or nothing that holds a table.
    """
    if not data or data.isspace():
        raise RefuseFile(Reason(Why.EMPTY))
    if data.startswith(b"PK"):
        return _archive(data)
    if data.startswith(MAGIC):
        return _compound(data)
    if _BARE_STREAM.match(data):
        return FileKind.XLS
    if _OLD_STREAM.match(data):
        raise RefuseFile(Reason(Why.OLD_EXCEL))
    named = (name for magic, name in _STRANGERS if data.startswith(magic))
    later = (name for pattern, name in _STRANGERS_LATER if pattern.match(data))
    if name := next(chain(named, later), None):
        raise RefuseFile(Reason(Why.NOT_A_TABLE, name))
    return _text(data[:_HEAD])


def _archive(data: bytes) -> FileKind:
    try:
        with opened(data) as archive:
            return _member(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise RefuseFile(Reason(Why.DAMAGED)) from error


def _member(archive: zipfile.ZipFile) -> FileKind:
    names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    if said := _media_type(archive, names):
        return _open_document(said)
    if _OWN_PROPERTY.search(_beginning(archive, names.get("docprops/custom.xml"))):
        raise RefuseFile(Reason(Why.OWN_REPORT))
    if (package := _in_package(archive, names)) is not None:
        return _kind_or_refuse(package)
    for start, kind in _IN_ARCHIVES:
        if any(name.startswith(start.lower()) for name in names):
            return _kind_or_refuse(kind)
    if "content.xml" in names:
        return FileKind.ODS
    raise RefuseFile(Reason(Why.NOT_A_TABLE, "ZIP"))


def correction_mark(kind: FileKind, data: bytes) -> str:
    """By what this job knows a correction file of its own under any name; "" where a file has nothing of the kind."""
    if kind not in {FileKind.XLSX, FileKind.XLSB, FileKind.ODS} or not data.startswith(b"PK"):
        return ""
    with opened(data) as archive:
        names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        said = (_beginning(archive, names.get(name)) for name in ("docprops/custom.xml", "meta.xml"))
        found = next(filter(None, map(_OWN_CORRECTION.search, said)), None)
    return found[1].decode() if found else ""


def _in_package(archive: zipfile.ZipFile, names: Mapping[str, str]) -> FileKind | str | None:
    """The kind of a package from Microsoft, by what it says of its main part; None where it does not say."""
    types, relations = (
        _beginning(archive, names.get(name)).replace(b"\0", b"").lower() for name in ("[content_types].xml", "_rels/.rels")
    )
    main = _MAIN_RELATION.search(relations)
    target = _TARGET.search(main[0]) if main else None
    part = target[1].rpartition(b"/")[2].rpartition(b"\\")[2] if target else b""
    own = [element for element in types.split(b"<") if part and b"/" + part in element] or [types]
    found = (kind for words, kind in _MAIN_PARTS for element in own if words.search(element))
    return next(found, None)


def _media_type(archive: zipfile.ZipFile, names: Mapping[str, str]) -> str:
    """What an OpenDocument file says it is: in its first member, or in its manifest; "" where it is none.

    Raises:
        RefuseFile: its manifest says that it is encrypted.
    """
    mimetype, manifest = (_beginning(archive, names.get(name)) for name in ("mimetype", "meta-inf/manifest.xml"))
    said = _MEDIA_TYPE.search(mimetype) or _MEDIA_TYPE.search(manifest)
    if said and _ENCRYPTION.search(manifest):
        raise RefuseFile(Reason(Why.PASSWORD))
    return said[1].decode() if said else ""


def _beginning(archive: zipfile.ZipFile, name: str | None) -> bytes:
    """The first megabyte of a member; nothing where it is not there or damaged.

    Raises:
        RefuseFile: it is encrypted.
    """
    if name and archive.getinfo(name).flag_bits & _ENCRYPTED:
        raise RefuseFile(Reason(Why.PASSWORD))
    try:
        with archive.open(name or "") as file:
            return file.read(2**20)
    except Exception:  # noqa: BLE001 - zipfile raises nearly anything over a broken member, and the kind shows elsewhere
        return b""


def _open_document(media_type: str) -> FileKind:
    if not media_type.startswith("spreadsheet"):
        raise RefuseFile(Reason(Why.NOT_A_TABLE, media_type))
    return FileKind.ODS


def _compound(data: bytes) -> FileKind:
    """By the names of the streams; where the directory is torn, by what reads like such an entry anywhere in the file."""
    names = names_in(data)
    for name, kind in _IN_COMPOUND:
        if name.casefold() in names:
            return _kind_or_refuse(kind)
    for name, kind in _IN_COMPOUND:
        if looks_like_entry(data, name):
            return _kind_or_refuse(kind)
    raise RefuseFile(Reason(Why.DAMAGED) if is_cut_off(data) else Reason(Why.NOT_A_TABLE, "OLE"))


def _kind_or_refuse(kind: FileKind | Why | str) -> FileKind:
    if isinstance(kind, FileKind):
        return kind
    raise RefuseFile(Reason(kind) if isinstance(kind, Why) else Reason(Why.NOT_A_TABLE, kind))


def _text(head: bytes) -> FileKind:
    """Text, by its beginning; NULs are looked at where the text is decoded."""
    if not head.strip(b"\0"):
        raise RefuseFile(Reason(Why.DAMAGED))
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if plain.startswith(b"<"):
        if _OWN_PAGE in plain:
            raise RefuseFile(Reason(Why.OWN_REPORT))
        return _markup(plain)
    if _OWN_JSON.match(plain):
        raise RefuseFile(Reason(Why.OWN_REPORT))
    if name := next((name for beginning, name in _STRANGE_TEXTS if plain.startswith(beginning)), None) or _message(plain):
        raise RefuseFile(Reason(Why.NOT_A_TABLE, name))
    utf16 = head.count(0) > len(head) // 4
    if not utf16 and (len(_UNUSUAL.findall(head)) > _most_unusual(head) or head.count(0) > len(head) // 10):
        raise RefuseFile(Reason(Why.NOT_A_TABLE))
    return FileKind.TEXT


def _message(plain: bytes) -> str | None:
    """Whether a text is a message, or a web page saved as one."""
    top = _MAIL.match(plain.replace(b"\r\n", b"\n"))
    if top is None:
        return None
    if _FROM.search(top[0]) and _SENT.search(top[0]) and _OF_MIME.search(top[0]):
        return "E-Mail"
    return "MHTML" if plain.startswith(b"mime-version:") or b"multipart/related" in top[0] else None


def _most_unusual(head: bytes) -> int:
    """How many unusual bytes a text may have; what is UTF-8 is hardly anything but text."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the end may be cut
    except UnicodeDecodeError:
        return max(_FEW_UNUSUAL, len(head) // _BYTES_PER_UNUSUAL)
    return max(_FEW_UNUSUAL, len(head) // _BYTES_PER_UNUSUAL_IN_UTF8)


def _markup(plain: bytes) -> FileKind:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in plain and re.search(rb"<(?:\w+:)?workbook\b", plain):
        return FileKind.SPREADSHEETML
    if b"office:document" in plain and b"opendocument.spreadsheet" in plain:
        return FileKind.FODS
    if re.search(rb"<(?:html|table|body|head|meta|style|div)\b|<!doctype html", plain):
        return FileKind.HTML
    raise RefuseFile(Reason(Why.NOT_A_TABLE, _of_markup(plain)))


def _of_markup(plain: bytes) -> str:
    """What some markup is that holds no table: a drawing, a pointer to a page, anything."""
    if re.search(rb"<svg\b", plain):
        return "SVG"
    return "URL" if b"<plist" in plain and b"<key>url</key>" in plain else "XML"


def grids(kind: FileKind, data: bytes, columns: Columns, limits: Limits, *, slowly: bool) -> Iterator[Grid]:
    """The sheets of a file. Readers are imported when needed: a small CSV file is read before others are loaded."""
    if kind is FileKind.TEXT:
        from sync.sheets.formats.text import read_delimited  # noqa: PLC0415

        return read_delimited(data, columns)
    if kind in {FileKind.XLSX, FileKind.XLSB, FileKind.XLS}:
        from sync.sheets.formats.calamine import read_xls, read_xlsb, read_xlsx  # noqa: PLC0415

        if kind is FileKind.XLSX:
            return read_xlsx(data, limits, slowly=slowly)
        return read_xlsb(data, limits, slowly=slowly) if kind is FileKind.XLSB else read_xls(data, limits, slowly=slowly)
    return _marked_up(kind, data, limits)


def _marked_up(kind: FileKind, data: bytes, limits: Limits) -> Iterator[Grid]:
    from sync.sheets.containers import Archive  # noqa: PLC0415
    from sync.sheets.formats.html import read_html  # noqa: PLC0415
    from sync.sheets.formats.ods import read_opendocument  # noqa: PLC0415
    from sync.sheets.formats.xml2003 import read_spreadsheetml  # noqa: PLC0415

    if kind is FileKind.HTML:
        return read_html(data, limits)
    if kind is FileKind.SPREADSHEETML:
        return read_spreadsheetml(data, limits)
    if kind is FileKind.FODS:
        return read_opendocument(lambda: [data], limits)
    return read_opendocument(lambda: Archive(data, limits.unpacked_bytes).pieces("content.xml"), limits)
