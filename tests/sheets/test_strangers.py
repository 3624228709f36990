"""What people drop that is no table is refused with what it is and what to do, whatever its name says."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

import pytest

from sync.config import Config
from sync.i18n import Language, speaking
from sync.i18n.texts import reason_parts
from sync.job.check import read
from sync.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

TABLE: Final = b"Termin-ID;Adress-ID;Status\r\n70001;90001;gesendet\r\n"


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"<x/>")
    return file.getvalue()


def compound(*streams: str) -> bytes:
    """As much of an OLE file as tells what it is, its directory torn."""
    entries = b"".join((stream + "\0").encode("utf-16-le").ljust(128, b"\0") for stream in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + entries


def mail(before: bytes = b"") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Eva Meyer <eva@example.org>", "buero@example.org", "Termine"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("Anbei die Liste")
    message.add_attachment(TABLE, maintype="text", subtype="csv", filename="termine.csv")
    return before + message.as_bytes()


RECEIVED: Final = b"Return-Path: <eva@example.org>\r\nReceived: from mail.example.org (192.0.2.7)\r\n by mx.example.org; Mon\r\n"
LNK: Final = b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + bytes(60)
BMP: Final = (
    b"BM" + (1000).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little") + bytes(900)
)
#: What is dropped, under which name, and what the reason begins with in German and English.
DROPPED: Final[dict[str, tuple[str, bytes, str, str]]] = {
    "a message of Outlook": ("Termine.msg", compound("__properties_version1.0"), "eine Nachricht", "a message"),
    "a mail": ("Termine.eml", mail(), "eine Nachricht", "a message"),
    "a mail as it came in": ("Termine.eml", mail(RECEIVED), "eine Nachricht", "a message"),
    "what Outlook packs": ("winmail.dat", b"\x78\x9f\x3e\x22" + bytes(99), "eine Nachricht", "a message"),
    "a ZIP": ("Termine.zip", packed("termine.xlsx"), "ein gepacktes Archiv", "a packed archive"),
    "a gzip": ("termine.csv.gz", b"\x1f\x8b\x08" + bytes(99), "ein gepacktes Archiv", "a packed archive"),
    "a 7-Zip": ("termine.7z", b"7z\xbc\xaf\x27\x1c" + bytes(99), "ein gepacktes Archiv", "a packed archive"),
    "a photo": ("IMG_1.jpg", b"\xff\xd8\xff\xe0" + bytes(99), "ein Bild (JPEG)", "a picture (JPEG)"),
    "a screenshot": ("Bild.png", b"\x89PNG\r\n\x1a\n" + bytes(99), "ein Bild (PNG)", "a picture (PNG)"),
    "a photo of a phone": ("IMG_1.heic", b"\0\0\0\x18ftypheic" + bytes(99), "ein Bild (HEIC)", "a picture (HEIC)"),
    "a bitmap": ("Bild.bmp", BMP, "ein Bild (BMP)", "a picture (BMP)"),
    "a scan": ("Scan.tif", b"II*\0" + bytes(99), "ein Bild (TIFF)", "a picture (TIFF)"),
    "a PDF": ("Termine.pdf", b"%PDF-1.7\n" + bytes(99), "eine PDF-Datei", "a PDF file"),
    "a PDF called a workbook": ("Termine.xlsx", b"%PDF-1.7\n" + bytes(99), "eine PDF-Datei", "a PDF file"),
    "a mail called CSV": ("Termine.csv", mail(), "eine Nachricht", "a message"),
    "a picture called a workbook": ("Termine.xls", b"\x89PNG\r\n\x1a\n" + bytes(99), "ein Bild", "a picture"),
    "a document of Word": ("Termine.docx", packed("word/document.xml"), "ein Dokument (Word)", "a document (Word)"),
    "an old one": ("Termine.doc", compound("WordDocument"), "ein Dokument (Word)", "a document (Word)"),
    "rich text": ("Termine.rtf", b"{\\rtf1 x}", "ein Dokument (RTF)", "a document (RTF)"),
    "slides": ("Termine.pptx", packed("ppt/presentation.xml"), "ein Dokument (PowerPoint)", "a document (PowerPoint)"),
    "Numbers": ("Termine.numbers", packed("Index/Document.iwa"), "ein Dokument eines Apple-Programms", "a document of an Apple"),
    "old Pages": ("Termine.pages", packed("index.xml", "QuickLook/Preview.pdf"), "eines Apple-Programms", "an Apple program"),
    "a shortcut": ("Termine.xlsx.lnk", LNK, "nur ein Verweis", "only a shortcut"),
    "an address": ("Termine.url", b"[InternetShortcut]\r\nURL=https://example.org/\r\n", "nur ein Verweis", "only a shortcut"),
    "an address of Safari": (
        "Termine.webloc", b'<?xml version="1.0"?><plist><dict><key>URL</key><string>x</string></dict></plist>',
        "nur ein Verweis", "only a shortcut",
    ),
    "a calendar": ("termin.ics", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "Kalendereinträge", "calendar entries"),
    "a contact": ("meyer.vcf", b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n", "Kalendereinträge", "calendar entries"),
    "a page saved as one file": (
        "Termine.mht", b"From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\n",
        "eine gespeicherte Webseite", "a saved web page",
    ),
}  # fmt: skip


@pytest.mark.parametrize("dropped", DROPPED)
def test_a_file_that_is_no_table_says_what_it_is_and_what_to_do(tmp_path: Path, dropped: str) -> None:
    name, content, german, english = DROPPED[dropped]
    path = tmp_path / name
    path.write_bytes(content)
    (file,) = read([(path, name)], Config(), Silent())

    assert file.reason is not None
    for language, words in ((Language.DE, german), (Language.EN, english)):
        with speaking(language):
            what, then = reason_parts(file.reason)
        assert words in what
        assert then.endswith(".")


@pytest.mark.parametrize("name", ["Termine.pdf", "Termine.eml", "Bild.png", "Termine.zip"])
def test_a_table_is_read_whatever_its_name_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(TABLE)
    (file,) = read([(path, name)], Config(), Silent())

    assert file.readable


@pytest.mark.parametrize(
    "before",
    [
        b"Von: Eva Meyer\r\nAn: Buero\r\nBetreff: Termine\r\n\r\n",
        b"From: Eva Meyer\r\nTo: office\r\nSubject: Termine\r\n\r\n",
        b"Stand: 30.11.2026 9:00\r\n",
    ],
)
def test_lines_above_a_table_that_look_like_those_of_a_message_make_none_of_it(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "termine.csv"
    path.write_bytes(before + TABLE)
    (file,) = read([(path, path.name)], Config(), Silent())

    assert file.readable
