"""Compound files, the containers of .xls and of encrypted workbooks. Facts: [MS-CFB] 2."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from olefile import OleFileIO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The length of an entry of a directory.
_ENTRY = 128


def stream_of(data: bytes, *names: str) -> bytes:
    """All bytes of the first of some streams that is there, in whichever case its name is; nothing where none is.

    What lies in a storage belongs to another document, which is embedded in this one.

    Raises:
        RefuseFile: the file is damaged.
    """
    try:
        file = _opened(data)
        name = next(filter(file.exists, names), None)
        return bytes(file.openstream(name).read()) if name else b""
    except MemoryError:
        raise
    except Exception as error:  # of damage, olefile raises what it meets
        raise RefuseFile(Reason(Why.DAMAGED)) from error


def names_in(data: bytes) -> set[str]:
    """The names of all streams and storages of a file, in small letters; none where its directory is torn."""
    try:
        paths = _opened(data).listdir(streams=True, storages=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above
        return set()
    return {path[-1].casefold() for path in paths}


def _opened(data: bytes) -> OleFileIO:
    from olefile import OleFileIO  # noqa: PLC0415 - most files are none

    return OleFileIO(io.BytesIO(data))


def looks_like_entry(data: bytes, name: str) -> bool:
    """Whether a name stands anywhere where an entry of a directory begins: a text in a cell hardly ever does."""
    wanted = f"{name}\0".encode("utf-16-le")
    at = data.find(wanted)
    while at > 0 and at % _ENTRY:
        at = data.find(wanted, at + 1)
    return at > 0


# Workbooks that are encrypted with the password that Excel tries by itself: they open without anybody being asked.


#: [MS-OFFCRYPTO] 2.4.2.3: what Excel encrypts a workbook with of which only the structure is protected.
_DEFAULT = "VelvetSweatshop"
_PACKAGE = "encryptedpackage"


def without_default_password(data: bytes) -> bytes:
    """The file, without its encryption where it is an encrypted package; every other one as it is.

    Raises:
        RefuseFile: it has another password.
    """
    return decrypted(data) if data.startswith(MAGIC) and _PACKAGE in names_in(data) else data


def decrypted(data: bytes) -> bytes:
    """A workbook without its encryption.

    Raises:
        RefuseFile: it has another password.
    """
    import msoffcrypto  # noqa: PLC0415 - rarely needed, and slow to import

    made = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if file.format == "ooxml":
            file.load_key(password=_DEFAULT, verify_password=True)
        else:
            file.load_key(password=_DEFAULT)
        file.decrypt(made)
    except Exception as error:
        raise RefuseFile(Reason(Why.PASSWORD)) from error
    return made.getvalue()
