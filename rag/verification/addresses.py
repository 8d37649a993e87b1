"""Re-checking citations against the source files, with nothing but the files.

A citation holds if the file at its path has its hash and the slice ``[start, end)`` of its decoded text, cleaned
on its own, reads as the quote; its line, title, address, date and language must be what the file says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from corpus.decoding import decode
from corpus.errors import Unreadable
from corpus.language import detect_language
from corpus.readers.lines import line_number
from corpus.reading import DOCUMENT_ID_LENGTH, ReadFile, clean_slice, read_bytes, read_document, reader_of
from corpus.store import StoredFile
from rag.passages import around
from rag.types import Citation

Locate = Callable[[str], str | None]
_FIELDS: dict[str, tuple[type, ...]] = {
    "number": (int,), "document_id": (str,), "path": (str,), "sha256": (str,), "title": (str,),
    "language": (str,), "start": (int,), "end": (int,), "line": (int,), "quote": (str,),
}  # fmt: skip


def among(files: Mapping[str, StoredFile]) -> Locate:
    """Finds a file by its SHA-256 among those that a collection knows, if it lies there still."""
    return lambda sha256: next((p for p, file in files.items() if file.sha256 == sha256 and Path(p).is_file()), None)


@dataclass(frozen=True, slots=True)
class _Source:
    text: str
    read: ReadFile


def check_citation(citation: object, locate: Locate | None = None) -> str | None:
    """Why a citation does not hold, as a sentence; None if it does."""
    if not isinstance(citation, Mapping):
        return "it is not an object"
    for name, types in _FIELDS.items():
        if not isinstance(citation.get(name), types) or isinstance(citation.get(name), bool):
            return f"its {name} is missing or of the wrong type"
    path = Path(citation["path"])
    try:
        if not path.is_file():
            raise Unreadable("there is no such file")
        data = _read_whole(path)
    except (Unreadable, OSError, ValueError) as error:
        moved = locate(citation["sha256"]) if locate else None
        if moved and moved != str(path) and Path(moved).is_file():
            return f"the file has moved from {path} to {moved}"
        return f"{path} cannot be read: {error}"
    if hashlib.sha256(data).hexdigest() != citation["sha256"]:
        return f"{path} has changed since it was cited"
    return _check_words(citation, path, data)


def _check_words(citation: Mapping[str, Any], path: Path, data: bytes) -> str | None:
    try:
        source = _read(path, data)
    except Unreadable as error:
        return f"{path} cannot be read: {error}"
    start, end = citation["start"], citation["end"]
    if not 0 <= start < end <= len(source.text):
        return f"{path} has no text at [{start}, {end})"
    found = clean_slice(source.text[start:end], source.read.document.reader)
    if found != citation["quote"]:
        return f"the quote is not what {path.name} says at [{start}, {end}): {found[:120]!r}"
    document = source.read.document
    language = next(
        (c.language for c in source.read.chunks if (c.source_start, c.source_end) == (start, end)),
        detect_language(found, document.language),
    )
    expected = {
        "document_id": citation["sha256"][:DOCUMENT_ID_LENGTH], "line": line_number(source.text, start),
        "title": document.title, "url": document.url, "published": document.published, "language": language,
        "page": None,
    }  # fmt: skip
    for name, value in expected.items():
        if citation.get(name) != value:
            return f"its {name} is {citation.get(name)!r} where {path.name} says {value!r}"
    return None


def texts_around(citation: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The texts that a citation's quote is read with, as (text, language): paragraph, title and heading, date.

    For a citation that holds (`check_citation`); without its file what the citation itself says.
    """
    language, title = str(citation["language"]), str(citation["title"])
    published = str(citation.get("published") or "")
    path = Path(citation["path"])
    try:
        chunks = _read(path, _read_whole(path)).read.chunks
    except (Unreadable, OSError, ValueError):
        return [(title, language), (published, "en")]
    span = (citation["start"], citation["end"])
    chunk = next((c for c in chunks if (c.source_start, c.source_end) == span), None)
    return around(chunk, title, language, published) if chunk else [(title, language), (published, "en")]


@lru_cache(maxsize=8)
def _read(path: Path, data: bytes) -> _Source:
    return _Source(decode(data)[0], read_document(path, data))


def file_problem(citation: Citation) -> str | None:
    """Why the cited file no longer says the quote at its place; None if it is what was indexed, byte for byte."""
    path = Path(citation.path)
    try:
        data = _read_whole(path)
    except Unreadable as error:
        return f"{path} cannot be read: {error}; run `dalil index PATH`"
    if hashlib.sha256(data).hexdigest() != citation.sha256:
        return f"{path} has changed since it was indexed; run `dalil index PATH`"
    source, reader = _decoded(path, data)
    if clean_slice(source[citation.start : citation.end], reader) != citation.quote:
        return f"{path} does not say what the collection holds; delete the collection and run `dalil index PATH` again"
    return None


def reads_as(path: str, start: int, end: int, words: str) -> bool:
    """Whether the slice ``[start, end)`` of the decoded file at ``path`` reads, once cleaned, as ``words``."""
    try:
        source, reader = _decoded(Path(path), _read_whole(Path(path)))
    except Unreadable:
        return False
    return clean_slice(source[start:end], reader) == words


def _read_whole(path: Path) -> bytes:
    """The bytes of a file of whatever size; `Unreadable` where it cannot be opened."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        size = 0  # what is wrong shows below
    return read_bytes(path, max_bytes=size)


@lru_cache(maxsize=8)
def _decoded(path: Path, data: bytes) -> tuple[str, str]:
    """The text of a file and the name of the reader that reads it."""
    source = decode(data)[0]
    return source, reader_of(path, source)
