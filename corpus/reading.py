"""From a file on disk to a `Document`: bytes, format, clean text, metadata, language.

`read_document` makes the document and its chunks. A citation is checked by reading the file again: `Document.words_at`
returns the words that were read from a place of the source.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.chunking import ChunkSizes, chunk_document
from corpus.dates import day_of
from corpus.errors import Unreadable
from corpus.language import UNDETERMINED, detect_language, known_tag
from corpus.readers import READERS
from corpus.readers.base import Draft, File, LeftOut, Reader, Reading, assemble, plain_line
from corpus.types import Chunk, Document, Metadata, Part

# Increased whenever reading or chunking changes what a file becomes; documents of another version are read again.
READING_VERSION = 4
MAX_FILE_BYTES = 100_000_000
DOCUMENT_ID_LENGTH = 16
_MAX_TITLE = 500
_MAX_NAME = 200

SUFFIXES = frozenset(suffix for reader in READERS for suffix in reader.suffixes)
QUICK_READERS = frozenset(reader.name for reader in READERS if reader.is_quick)
# Readers whose parts are pages, named by their numbers from 1.
PAGED_READERS = frozenset({"pdf"})


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A document with its chunks, as read from one file, and what was not taken out of the file."""

    document: Document
    chunks: tuple[Chunk, ...]
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileText:
    """A document without chunks, and the source in which its addresses count.

    ``published`` is the date as the file has it, which may hold a time; that of the document is a day, month or year.
    """

    document: Document
    source: str
    draft: Draft
    published: str | None = None


def read_bytes(path: Path, *, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Return the bytes of a file; `Unreadable` with the reason if it is too large or cannot be opened."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is not a file")
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise Unreadable("the file vanished before it could be read", transient=True) from None
    except PermissionError:
        raise Unreadable("no permission to read the file", transient=True) from None
    except OSError as error:
        raise Unreadable(f"the file cannot be read ({error.strerror or error})", transient=True) from None
    if len(data) > max_bytes:
        megabytes = f"{max(status.st_size, len(data)) / 1e6:.0f} MB, over the limit of {max_bytes / 1e6:.0f} MB"
        raise Unreadable(f"the file is too large ({megabytes}); split it or raise DALIL_MAX_FILE_BYTES")
    return data


def read_document(
    path: Path, data: bytes, sizes: ChunkSizes | None = None, *, alive: Callable[[], None] | None = None
) -> ReadFile:
    """Turn the bytes of ``path`` into a document and its chunks; `Unreadable` if there is no text in them.

    A reader that takes long calls ``alive`` as it gets on.
    """
    return cut(read_text(path, data, alive=alive), sizes)


def cut(read: FileText, sizes: ChunkSizes | None = None) -> ReadFile:
    """Return a document that was read with its chunks; `Unreadable` if there is nothing in it to cite."""
    chunks = chunk_document(read.document, read.source, sizes)
    if not chunks:
        raise Unreadable("the file holds no sentence that can be cited")
    return ReadFile(read.document, tuple(chunks), read.draft.left_out, read.draft.warnings)


def read_text(path: Path, data: bytes, *, alive: Callable[[], None] | None = None) -> FileText:
    """Turn the bytes of ``path`` into a document, not yet cut into chunks; `Unreadable` if there is no text in them."""
    file = File(path.name, data, alive=alive, readers=READERS)
    reader = choose_reader(file)
    draft = reader.read(file)
    reading = assemble(draft.blocks)
    if not reading.text.strip():
        raise Unreadable("the file holds no text once mark-up and boilerplate are taken away")
    is_text = draft.source is None
    given = file.front[0] if is_text else Metadata()
    encoding = file.decoded.encoding if is_text else ""
    if is_text:
        draft = replace(draft, warnings=(*file.decoded.warnings, *draft.warnings))
    metadata = _merged(given, draft.metadata)
    document = _document(path, data, encoding, reader, reading, metadata, draft.parts)
    return FileText(document, file.source if draft.source is None else draft.source, draft, metadata.published)


def _document(
    path: Path,
    data: bytes,
    encoding: str,
    reader: Reader,
    reading: Reading,
    metadata: Metadata,
    parts: tuple[Part, ...],
) -> Document:
    digest = hashlib.sha256(data).hexdigest()
    return Document(
        id=digest[:DOCUMENT_ID_LENGTH],
        path=str(path),
        sha256=digest,
        size=len(data),
        encoding=encoding,
        media_type=reader.media_type,
        reader=reader.name,
        title=metadata.title or plain_line(path.stem, _MAX_TITLE) or path.name,
        url=metadata.url,
        publisher=metadata.publisher,
        author=metadata.author,
        published=day_of(metadata.published),
        language=detect_language(reading.text, metadata.language or UNDETERMINED),
        text=reading.text,
        source_map=reading.source_map,
        headings=reading.headings,
        paragraphs=reading.paragraphs,
        rows=reading.rows,
        items=reading.items,
        parts=parts,
    )


def choose_reader(file: File) -> Reader:
    """Return the reader for a file: the first that knows it by its bytes, its text or its name."""
    return next(reader for reader in READERS if reader.matches(file))


def _merged(first: Metadata, second: Metadata) -> Metadata:
    """Return each field from the first metadata that has it, made fit to be shown.

    Texts are put on one line, shortened, and freed of characters that steer rendering.
    """

    def shown(name: str, longest: int) -> str | None:
        values = (plain_line(getattr(metadata, name) or "", longest) for metadata in (first, second))
        return next((value for value in values if value), None)

    return Metadata(
        title=shown("title", _MAX_TITLE),
        url=first.url or second.url,
        publisher=shown("publisher", _MAX_NAME),
        author=shown("author", _MAX_NAME),
        published=first.published or second.published,
        language=known_tag(first.language) or known_tag(second.language),
    )
