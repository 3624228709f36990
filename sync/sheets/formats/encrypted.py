"""Workbooks that are encrypted with the password that Excel tries by itself: they open without anybody being asked."""

from __future__ import annotations

import io

from sync.domain.model import Reason, Why
from sync.sheets.formats.compound import MAGIC, names_in
from sync.sheets.stream import RefuseFile

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
