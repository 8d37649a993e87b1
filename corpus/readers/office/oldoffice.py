"""Old office files: none is read, and each is told what it is and what to do."""

from __future__ import annotations

import io

import olefile

from corpus.errors import Unreadable
from corpus.readers.base import Draft, File
from corpus.readers.package import DAMAGED, PROTECTED

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# By a stream that only such files have: what the file is, and as what it is to be saved.
_KINDS = {
    "WordDocument": ("an old Word file", "save it as .docx"),
    "PowerPoint Document": ("an old PowerPoint file", "save it as .pptx"),
}


class OldOfficeReader:
    """The reader of the compound files of old office programs, and of new ones that are protected by a password."""

    name = "old-office"
    media_type = "application/x-ole-storage"
    suffixes: frozenset[str] = frozenset({".doc", ".ppt"})
    is_quick = True

    def matches(self, file: File) -> bool:
        """Return whether the file is a compound file."""
        return file.head.startswith(_MAGIC)

    def read(self, file: File) -> Draft:
        """Raise `Unreadable` with what the file is and what to do."""
        try:
            with olefile.OleFileIO(io.BytesIO(file.data)) as ole:
                streams = {entry[-1] for entry in ole.listdir()}
        except (OSError, ValueError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise Unreadable(DAMAGED) from error
        if {"EncryptedPackage", "EncryptionInfo"} & streams:
            raise Unreadable(PROTECTED)
        what, to_do = next(
            (told for name, told in _KINDS.items() if name in streams), ("of an old program", "save it anew")
        )
        raise Unreadable(f"the file is {what}, which is not read; {to_do}")
