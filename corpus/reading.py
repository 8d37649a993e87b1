"""From a file on disk to a `Document`: bytes, encoding, format, clean text, metadata, language.

`read_document` makes the document; `clean_slice` is the one rule by which a citation is checked: it returns the words
of a slice of the decoded source, without anything else of the file.
"""

from __future__ import annotations

import hashlib
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from corpus.chunking import ChunkSizes, chunk_document
from corpus.decoding import decode
from corpus.errors import Unreadable
from corpus.language import UNDETERMINED, detect_language, known_tag
from corpus.readers.base import Reader, Reading, assemble, clean_blocks, plain_line
from corpus.readers.encyclopedia import EncyclopediaReader
from corpus.readers.feed import FeedReader
from corpus.readers.markdown import MarkdownReader, split_front_matter
from corpus.readers.pdftext import PdfTextReader
from corpus.readers.plain import PlainReader
from corpus.readers.webpage import HtmlReader, WebPageReader
from corpus.types import Chunk, Document, Metadata

# Increased whenever reading or chunking changes what a file becomes; documents of another version are read again.
READING_VERSION = 3
MAX_FILE_BYTES = 20_000_000
DOCUMENT_ID_LENGTH = 16
_MAX_TITLE = 500
_MAX_NAME = 200

_FEED, _ENCYCLOPEDIA, _WEB_PAGE, _PDF_TEXT = FeedReader(), EncyclopediaReader(), WebPageReader(), PdfTextReader()
_HTML, _MARKDOWN, _PLAIN = HtmlReader(), MarkdownReader(), PlainReader()
_READERS: dict[str, Reader] = {
    reader.name: reader for reader in (_FEED, _ENCYCLOPEDIA, _WEB_PAGE, _PDF_TEXT, _HTML, _MARKDOWN, _PLAIN)
}
_HTML_SUFFIXES = {".html", ".htm", ".xhtml"}
_MARKDOWN_SUFFIXES = {".md", ".markdown"}
SUFFIXES = frozenset({".txt", ".text", "", *_HTML_SUFFIXES, *_MARKDOWN_SUFFIXES})
# Possessive groups: a text that only begins with comments must not be tried in every way to split them.
_HTML_START = re.compile(
    r"\A\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A document with its chunks, as read from one file."""

    document: Document
    chunks: tuple[Chunk, ...]


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


def read_document(path: Path, data: bytes, sizes: ChunkSizes | None = None) -> ReadFile:
    """Turn the bytes of ``path`` into a document and its chunks; `Unreadable` if there is no text in them."""
    source, encoding = decode(data)
    given, start = split_front_matter(source)
    reader = choose_reader(source, path.suffix.lower(), start)
    draft = reader.read(source, start)
    reading = assemble(draft.blocks)
    if not reading.text.strip():
        raise Unreadable("the file holds no text once mark-up and boilerplate are taken away")
    document = _document(path, data, encoding, reader, reading, _merged(given, draft.metadata))
    chunks = chunk_document(document, source, lambda part: clean_slice(part, reader.name), sizes)
    if not chunks:
        raise Unreadable("the file holds no sentence that can be cited")
    return ReadFile(document, tuple(chunks))


def _document(path: Path, data: bytes, encoding: str, reader: Reader, reading: Reading, metadata: Metadata) -> Document:
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
        published=metadata.published,
        language=detect_language(reading.text, metadata.language or UNDETERMINED),
        text=reading.text,
        source_map=reading.source_map,
        headings=reading.headings,
        paragraphs=reading.paragraphs,
    )


def choose_reader(source: str, suffix: str, start: int = 0) -> Reader:
    """Return the reader for a text, by its shape first and the file's suffix second."""
    body = source[start:]
    if _FEED.matches(body):
        return _FEED
    if suffix in _HTML_SUFFIXES or _HTML_START.match(body):
        return _HTML
    if suffix in _MARKDOWN_SUFFIXES:
        return _MARKDOWN
    for reader in (_ENCYCLOPEDIA, _WEB_PAGE, _PDF_TEXT):
        if reader.matches(body):
            return reader
    return _PLAIN


def reader_of(path: Path, source: str) -> str:
    """Return the name of the reader for a decoded file, as `clean_slice` takes it."""
    return choose_reader(source, path.suffix.lower(), split_front_matter(source)[1]).name


def clean_slice(part: str, reader: str) -> str:
    """Return the words of a slice of a decoded source file, by the rules of the reader that read the file.

    Raises KeyError for a reader this version does not have.
    """
    return clean_blocks(_READERS[reader].fragment(part))


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
