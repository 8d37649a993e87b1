"""The readers of archives: ZIP and TAR files and gzip files of any of the other formats."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePath

from corpus.decoding import decode
from corpus.errors import Unreadable
from corpus.readers.base import Draft, File, plain_line
from corpus.readers.extract import Extract
from corpus.readers.mail.nested import MAX_MEMBER_BYTES, add_member, finished_members
from corpus.readers.mail.unpacking import first_unpacked, unpacked
from corpus.readers.package import PROTECTED, member_names

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGED = "the archive is damaged: it ends too early or is no archive inside; get the file again"
_NOTHING = "the archive holds no file that can be read"
_CUT = "the archive is damaged or ends too early; what stands before that is read"
_TAR_BLOCK = 512
_MAX_NAMES = 50_000
_MAX_RATIO = 200
_SMALL = 10_000_000
_MAX_SHOWN = 120
_UTF8_NAME = 0x800
_IS_PROTECTED = 0x1
# Members of ZIP files that are documents in parts: office files, e-books, programs.
_PACKAGES = frozenset({"[Content_Types].xml", "mimetype", "META-INF/container.xml", "META-INF/MANIFEST.MF"})
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_OUTSIDE = "a member whose name leads out of the archive is not read"
_OTHER_KINDS = "files of kinds that are not read"
_ZIP_ERRORS = (
    zipfile.BadZipFile, KeyError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, zlib.error,
)  # fmt: skip


class ZipReader:
    """The reader of ZIP files of other files. Office files and e-books, which are ZIP files too, have their own."""

    name = "zip"
    media_type = "application/zip"
    suffixes = frozenset({".zip"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether the file is a ZIP file, and not one of the formats that are packed as one."""
        names = member_names(file.data) if file.head.startswith(_ZIP_STARTS) else frozenset()
        return not _PACKAGES & names if names else bool(file.head.startswith(_ZIP_STARTS) and file.suffix == ".zip")

    def read(self, file: File) -> Draft:
        """Return the draft of an archive, a part for each member, in the order of their names."""
        extract = Extract()
        try:
            with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
                for name, info in _zip_members(archive):
                    if _is_wanted(extract, file, name, info.file_size) and not _is_spent(extract, file):
                        _add_zip_member(extract, file, archive, name, info)
        except _ZIP_ERRORS as error:
            raise Unreadable(_DAMAGED) from error
        return finished_members(extract, _NOTHING)


def _zip_members(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """Return the members with their names as people read them, in the order of the names; of two the last."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > _MAX_NAMES:
        raise Unreadable(f"the archive holds more than {_MAX_NAMES} files; unpack it and index what it holds")
    encoding = _name_encoding(infos)
    return sorted({_name(info, encoding): info for info in infos}.items())


def _name_encoding(infos: list[zipfile.ZipInfo]) -> str:
    """Return the encoding of the names that are not marked as UTF-8: guessed from all of them together."""
    raw = [info.filename.encode("cp437", "replace") for info in infos if not info.flag_bits & _UTF8_NAME]
    try:
        return decode(b"\n".join(name for name in raw if not name.isascii()))[1]
    except Unreadable:
        return "cp437"


def _name(info: zipfile.ZipInfo, encoding: str) -> str:
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    return info.filename.encode("cp437", "replace").decode(encoding, "replace")


def _add_zip_member(extract: Extract, file: File, archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> None:
    shown = plain_line(name, _MAX_SHOWN)
    if info.flag_bits & _IS_PROTECTED:
        extract.warn(f"{shown}: {PROTECTED}")
        return
    try:
        with archive.open(info) as member:
            data = member.read(_limit(info.compress_size) + 1)
    except _ZIP_ERRORS:
        extract.warn(f"{shown}: it is damaged or packed in a way that is not read")
        return
    _add(extract, file, name, data, _limit(info.compress_size))


def _is_spent(extract: Extract, file: File) -> bool:
    """Return whether nothing more of an archive is read, which is told once."""
    if file.allowance.is_spent:
        extract.warn("the archive holds more than is read of one file; unpack it and index what it holds")
    return file.allowance.is_spent


def _limit(packed: int) -> int:
    """Return how large a member may become: a small file that grows without end is made to do harm."""
    return min(MAX_MEMBER_BYTES, max(_SMALL, _MAX_RATIO * packed))


def _add(extract: Extract, file: File, name: str, data: bytes, limit: int = MAX_MEMBER_BYTES) -> None:
    if len(data) > limit:
        file.allowance.spend(len(data))
        extract.warn(f"{plain_line(name, _MAX_SHOWN)}: it becomes too large when it is unpacked")
    else:
        add_member(extract, file.member(name, data), name)


def _is_wanted(extract: Extract, file: File, name: str, size: int) -> bool:
    """Return whether a member is to be read; what is not is reported, but for what systems write beside files."""
    parts = [part for part in re.split(r"[/\\]", name) if part not in {"", "."}]
    if not parts or "__MACOSX" in parts or any(part.startswith(".") and part != ".." for part in parts):
        return False
    is_absolute = name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name)
    if is_absolute or ".." in parts or "\x00" in name or any(map(_DEVICES.match, parts)):
        extract.warn(f"{plain_line(name, _MAX_SHOWN)}: {_OUTSIDE}")
        return False
    if not file.can_read(parts[-1]):
        extract.leave_out(_OTHER_KINDS, size)
        return False
    return True


class TarReader:
    """The reader of TAR files of other files, compressed by gzip or bzip2 or not."""

    name = "tar"
    media_type = "application/x-tar"
    suffixes = frozenset({".tar", ".tgz", ".tbz2", ".bz2"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether the file is a TAR file, or a compressed file that is one inside."""
        head = first_unpacked(file.data, 512) or file.head[:512]
        return head[257:262] == b"ustar" or (file.suffix == ".tar" and _is_old_tar(file.data))

    def read(self, file: File) -> Draft:
        """Return the draft of an archive, a part for each member, in the order of their names."""
        extract = Extract()
        data, is_whole = file.data, True
        if data.startswith((b"\x1f\x8b", b"BZh")):
            data, is_whole = unpacked(data)
        members = dict(_tar_members(data, file, extract))
        for name in sorted(members):
            if not _is_spent(extract, file):
                _add(extract, file, name, members[name])
        # A TAR file ends with empty blocks; the library takes one that is cut off between two members for whole.
        if not is_whole or not data.endswith(b"\0" * _TAR_BLOCK):
            extract.warn(_CUT)
        return finished_members(extract, _NOTHING)


def _is_old_tar(data: bytes) -> bool:
    """Return whether a file is a TAR file from before those had a mark."""
    try:
        tarfile.TarInfo.frombuf(data[:512], "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


def _tar_members(data: bytes, file: File, extract: Extract) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a TAR file that are wanted. Links and devices are none."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for count, info in enumerate(archive):
                if count >= _MAX_NAMES:
                    extract.warn(f"only the first {_MAX_NAMES} files of the archive are read; unpack it")
                    return
                if info.isreg() and _is_wanted(extract, file, info.name, info.size):
                    member = archive.extractfile(info)
                    yield info.name, member.read(MAX_MEMBER_BYTES + 1) if member else b""
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, RecursionError):
        extract.warn(_CUT)


class GzipReader:
    """The reader of single files that are compressed by gzip."""

    name = "gzip"
    media_type = "application/gzip"
    suffixes = frozenset({".gz"})
    is_quick = False

    def matches(self, file: File) -> bool:
        """Return whether the file is compressed by gzip."""
        return file.head.startswith(b"\x1f\x8b\x08")

    def read(self, file: File) -> Draft:
        """Return the draft of the file inside."""
        data, is_whole = unpacked(file.data, MAX_MEMBER_BYTES)
        extract = Extract()
        inner = PurePath(file.name).stem if file.suffix in self.suffixes else file.name
        if not file.can_read(inner):
            raise Unreadable("the compressed file is of a kind that is not read")
        if not is_whole:
            extract.warn("the file is damaged or ends too early; what stands before that is read")
        _add(extract, file, inner, data)
        return finished_members(extract, _NOTHING)
