"""The members of a ZIP file that holds an e-book, unpacked within bounds."""

from __future__ import annotations

import io
import zipfile
import zlib

from corpus.errors import Unreadable

_MAX_MEMBERS = 20_000
_MAX_MEMBER = 50_000_000
_MAX_TOTAL = 200_000_000
_DAMAGED = "the file is damaged: it ends too early or is no ZIP file inside; get the file again"


class BookZip:
    """A ZIP file opened for reading; everything read counts toward one bound."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.names = self._zip.namelist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise Unreadable(_DAMAGED) from error
        if len(self.names) > _MAX_MEMBERS:
            raise Unreadable(f"the file holds too many files ({len(self.names)})")
        self._folded = {name.lower(): name for name in reversed(self.names)}
        self._read = 0

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._folded

    def read(self, name: str) -> bytes:
        """Return a member's bytes; raise `Unreadable` if it is protected, damaged or too large."""
        try:
            info = self._zip.getinfo(self._folded[name.lower()])
            if info.flag_bits & 1:
                raise Unreadable("the file is protected by a password; save it without one")
            limit = min(_MAX_MEMBER, _MAX_TOTAL - self._read)
            with self._zip.open(info) as member:
                data = member.read(limit + 1)
        except (
            zipfile.BadZipFile,
            KeyError,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
            zlib.error,
        ) as error:
            raise Unreadable(_DAMAGED) from error
        if len(data) > limit:
            raise Unreadable("the file becomes too large when it is unpacked")
        self._read += len(data)
        return data
