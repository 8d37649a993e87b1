"""The rows of the store, and the schema of its tables."""

from __future__ import annotations

import json
import sqlite3
import sys
import zlib
from array import array
from dataclasses import asdict
from itertools import chain

from corpus.types import Chunk, Document, Heading, Part, Segment, SourceMap

_PLAIN_COLUMNS = (
    "id", "sha256", "size", "encoding", "media_type", "reader", "title", "url", "publisher", "author", "published",
    "language", "text",
)  # fmt: skip
DOCUMENT_COLUMNS = ", ".join((*_PLAIN_COLUMNS, "source_map", "layout"))


def document_values(document: Document) -> tuple[object, ...]:
    """Return a document's values for `DOCUMENT_COLUMNS`."""
    layout = {
        "headings": [[h.start, h.end, h.level] for h in document.headings],
        "paragraphs": [list(span) for span in document.paragraphs],
        "rows": list(document.rows),
        "items": list(document.items),
        "parts": [asdict(part) for part in document.parts],
    }
    plain = (getattr(document, name) for name in _PLAIN_COLUMNS)
    return (*plain, pack_source_map(document.source_map), json.dumps(layout))


def document_of(row: sqlite3.Row, path: str) -> Document:
    """Return a row with `DOCUMENT_COLUMNS` as a document found at ``path``."""
    layout = json.loads(row["layout"])
    return Document(
        **{name: row[name] for name in _PLAIN_COLUMNS},
        path=path,
        source_map=unpack_source_map(row["source_map"]),
        headings=tuple(Heading(*values) for values in layout["headings"]),
        paragraphs=tuple((start, end) for start, end in layout["paragraphs"]),
        rows=tuple(layout.get("rows", ())),
        items=tuple(layout.get("items", ())),
        parts=tuple(Part(**part) for part in layout.get("parts", ())),
    )


def parts_of(listed: str | None) -> tuple[Part, ...]:
    """Return the parts that a document's layout lists as JSON; none in one that was stored before there were parts."""
    return tuple(Part(**part) for part in json.loads(listed or "[]"))


def chunk_of(row: sqlite3.Row, document_text: str) -> Chunk:
    """Return the chunk of a row of chunks joined with its paragraph's span, with the words of its document's text.

    Raises ValueError or TypeError if the row's positions do not fit the text.
    """
    outer, inner = (row["paragraph_start"], row["paragraph_end"]), (row["start"], row["end"])
    if not 0 <= outer[0] <= inner[0] < inner[1] <= outer[1] <= len(document_text):
        raise ValueError(f"chunk {row['id']} does not lie in its paragraph, or that not in its document")
    return Chunk(
        document_id=row["document_id"],
        position=row["position"],
        start=row["start"],
        end=row["end"],
        source_start=row["source_start"],
        source_end=row["source_end"],
        line=row["line"],
        language=row["language"],
        heading=row["heading"],
        paragraph_start=row["paragraph_start"],
        paragraph_end=row["paragraph_end"],
        tokens=row["tokens"],
        text=document_text[row["start"] : row["end"]],
        paragraph=document_text[row["paragraph_start"] : row["paragraph_end"]],
        id=row["id"],
        paragraph_id=row["paragraph_id"],
    )


def pack_source_map(source_map: SourceMap) -> bytes:
    """Return the segments as little-endian 32-bit numbers, four per segment, compressed."""
    numbers = array(
        "I", chain.from_iterable((s.reading, s.source, s.reading_length, s.source_length) for s in source_map.segments)
    )
    if sys.byteorder == "big":
        numbers.byteswap()
    return zlib.compress(numbers.tobytes())


def unpack_source_map(data: bytes) -> SourceMap:
    """Return the source map that `pack_source_map` packed into ``data``."""
    numbers = array("I", zlib.decompress(data))
    if sys.byteorder == "big":
        numbers.byteswap()
    return SourceMap(tuple(Segment(*numbers[i : i + 4]) for i in range(0, len(numbers), 4)))


# Increased whenever a table changes; a store of another version is refused, never guessed at.
STORE_VERSION = 2
# "DALI": tells the store from any other SQLite file.
APPLICATION_ID = 0x44414C49

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    reading_version INTEGER NOT NULL,
    encoding TEXT NOT NULL,
    media_type TEXT NOT NULL,
    reader TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT,
    publisher TEXT,
    author TEXT,
    published TEXT,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    source_map BLOB NOT NULL,
    layout TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents(id)
) WITHOUT ROWID;
CREATE INDEX files_by_document ON files(document_id);
CREATE TABLE paragraphs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL
);
CREATE INDEX paragraphs_by_document ON paragraphs(document_id);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    paragraph_id INTEGER NOT NULL REFERENCES paragraphs(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    source_start INTEGER NOT NULL,
    source_end INTEGER NOT NULL,
    line INTEGER NOT NULL,
    language TEXT NOT NULL,
    heading TEXT,
    tokens INTEGER NOT NULL,
    wording INTEGER NOT NULL
);
CREATE INDEX chunks_by_document ON chunks(document_id, position);
CREATE INDEX chunks_by_paragraph ON chunks(paragraph_id);
CREATE VIRTUAL TABLE paragraph_terms USING fts5(
    context, terms, tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(paragraph_terms, row);
"""
