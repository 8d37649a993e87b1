"""The store: one SQLite file of documents, chunks and their full-text index.

Every change happens in one transaction (`Store.transaction`), so the file always holds a whole collection:
SQLite's write-ahead log keeps the old state until the commit. Texts of chunks are not stored a second time;
they are cut out of their document.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from corpus.errors import StoreDamaged, damage
from corpus.fulltext import WordIndex, wording
from corpus.reading import READING_VERSION, ReadFile
from corpus.rows import DOCUMENT_COLUMNS, chunk_of, document_of, document_values, parts_of
from corpus.types import Chunk, Document, Part

_CHUNK_QUERY = """
SELECT c.*, p.start AS paragraph_start, p.end AS paragraph_end
FROM chunks c JOIN paragraphs p ON p.id = c.paragraph_id
"""


Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What the store knows about the file at a path."""

    document_id: str
    sha256: str
    reading_version: int


@dataclass(frozen=True, slots=True)
class ChunkPlace:
    """Where a chunk belongs. ``wording`` is equal for chunks with the same words, whatever their script and marks."""

    id: int
    paragraph_id: int
    document_id: str
    language: str
    wording: int


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """What citations say about a document; ``path`` is the first of the paths that hold it."""

    path: str
    sha256: str
    title: str
    url: str | None
    published: str | None
    publisher: str | None
    author: str | None = None
    # The reader of the file and the version of reading, such as "web-page/3".
    reader: str = ""
    parts: tuple[Part, ...] = ()


def _card(row: sqlite3.Row) -> DocumentCard:
    values = dict(row)
    del values["id"]
    return DocumentCard(**{**values, "parts": parts_of(row["parts"])})


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """The facts by which documents can be filtered."""

    id: str
    publisher: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A document as a catalogue lists it: the first path that holds it, and how many chunks it has."""

    id: str
    path: str
    title: str
    language: str
    publisher: str | None
    published: str | None
    url: str | None
    chunks: int


class Found(dict[Key, Value]):
    """What the store holds under some keys; looking up a missing key raises `StoreDamaged`."""

    def __init__(self, store: Store, values: Iterable[tuple[Key, Value]]) -> None:
        super().__init__(values)
        self._store = store

    def __missing__(self, key: Key) -> Value:
        raise self._store.damaged(f"{key} is missing")


class Store(WordIndex):
    """The collection's documents and chunks in an open file."""

    # What is known about the collection as a whole.

    def meta(self, key: str) -> str | None:
        """Return the value stored under ``key``; None if there is none."""
        row = self._one("SELECT value FROM meta WHERE key = ?", (key,))
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Store a value under ``key`` (inside a transaction)."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def counts(self) -> tuple[int, int]:
        """Return the numbers of documents and chunks."""
        row = self._one("SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM chunks)")
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def languages(self) -> dict[str, int]:
        """Return the number of chunks in each language, most first."""
        rows = self._all("SELECT language, count(*) n FROM chunks GROUP BY language ORDER BY n DESC, language")
        return {row["language"]: row["n"] for row in rows}

    # Files and documents.

    def files(self) -> dict[str, StoredFile]:
        """Return what is known about every indexed file, by path."""
        rows = self._all(
            "SELECT f.path, f.document_id, d.sha256, d.reading_version"
            " FROM files f JOIN documents d ON d.id = f.document_id"
        )
        return {row["path"]: StoredFile(row["document_id"], row["sha256"], row["reading_version"]) for row in rows}

    def document(self, document_id: str) -> Document | None:
        """Return a document by id, at the first of its paths; None if unknown."""
        row = self._one(
            f"SELECT {DOCUMENT_COLUMNS}, (SELECT min(path) FROM files WHERE document_id = documents.id) AS path"
            " FROM documents WHERE id = ?",
            (document_id,),
        )
        try:
            return document_of(row, row["path"] or "") if row else None
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            raise self.damaged(error) from error

    def cards(self, document_ids: Collection[str]) -> dict[str, DocumentCard]:
        """Return what citations say about documents, by id and without texts; unknown ids are left out."""
        rows = self._of(
            "SELECT id, coalesce((SELECT min(path) FROM files WHERE document_id = documents.id), '') AS path,"
            " sha256, title, url, published, publisher, author, reader || '/' || reading_version AS reader,"
            " json_extract(layout, '$.parts') AS parts"
            " FROM documents WHERE id IN",
            document_ids,
        )
        try:
            return Found(self, [(row["id"], _card(row)) for row in rows])
        except (TypeError, ValueError) as error:
            raise self.damaged(error) from error

    def facts(self) -> list[DocumentFacts]:
        """Return the facts by which documents can be filtered, for every document."""
        return [DocumentFacts(**row) for row in self._all("SELECT id, publisher, published FROM documents")]

    def catalogue(self) -> list[CatalogueEntry]:
        """Return an entry for every document, without its text, in the order of ids."""
        rows = self._all(
            "SELECT id, coalesce((SELECT min(path) FROM files WHERE document_id = documents.id), '') AS path,"
            " title, language, publisher, published, url,"
            " (SELECT count(*) FROM chunks WHERE document_id = documents.id) AS chunks FROM documents ORDER BY id"
        )
        return [CatalogueEntry(**row) for row in rows]

    def document_ids(self) -> list[str]:
        """Return all document ids, in the order of their first paths."""
        rows = self._all(
            "SELECT d.id FROM documents d LEFT JOIN files f ON f.document_id = d.id GROUP BY d.id ORDER BY min(f.path)"
        )
        return [row["id"] for row in rows]

    def add(self, read: ReadFile) -> None:
        """Add a document with its chunks (inside a transaction); one of the same id is replaced."""
        document = read.document
        self.remove(document.id)
        marks = ", ".join("?" * (DOCUMENT_COLUMNS.count(",") + 2))
        self.connection.execute(
            f"INSERT INTO documents (reading_version, {DOCUMENT_COLUMNS}) VALUES ({marks})",
            (READING_VERSION, *document_values(document)),
        )
        paragraphs: dict[tuple[int, int], int] = {}
        for chunk in read.chunks:
            span = (chunk.paragraph_start, chunk.paragraph_end)
            if span not in paragraphs:
                paragraphs[span] = self._insert("INSERT INTO paragraphs VALUES (NULL, ?, ?, ?)", (document.id, *span))
                self.add_terms(paragraphs[span], chunk.paragraph, f"{document.title}\n{chunk.heading or ''}")
            self._add_chunk(chunk, paragraphs[span])

    def _add_chunk(self, chunk: Chunk, paragraph_id: int) -> None:
        self.connection.execute(
            "INSERT INTO chunks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                chunk.document_id, paragraph_id, chunk.position, chunk.start, chunk.end, chunk.source_start,
                chunk.source_end, chunk.line, chunk.language, chunk.heading, chunk.tokens,
                wording(chunk.text),
            ),
        )  # fmt: skip

    def remove(self, document_id: str) -> None:
        """Remove a document, its chunks and their terms (inside a transaction); its paths are left to the caller."""
        self.connection.execute(
            "DELETE FROM paragraph_terms WHERE rowid IN (SELECT id FROM paragraphs WHERE document_id = ?)",
            (document_id,),
        )
        for table in ("chunks", "paragraphs"):
            self.connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
        self.connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))

    def set_path(self, path: str, document_id: str) -> None:
        """Record that the file at ``path`` holds the document (inside a transaction)."""
        self.connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (path, document_id))

    def drop_path(self, path: str) -> None:
        """Remove a path (inside a transaction)."""
        self.connection.execute("DELETE FROM files WHERE path = ?", (path,))

    def remove_orphans(self) -> None:
        """Remove every document that no path holds any more (inside a transaction)."""
        rows = self._all("SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM files)")
        for row in rows:
            self.remove(row["id"])

    # Chunks.

    def chunks(self, ids: Sequence[int]) -> dict[int, Chunk]:
        """Return chunks by id; unknown ids are left out."""
        rows = self._of(f"{_CHUNK_QUERY} WHERE c.id IN", ids)
        texts = self._texts({row["document_id"] for row in rows})
        return Found(self, ((row["id"], self._chunk(row, texts)) for row in rows))

    def paragraphs(self, paragraph_ids: Collection[int]) -> dict[int, list[Chunk]]:
        """Return the chunks of paragraphs in their order, by paragraph id; unknown ids are left out."""
        rows = self._of(f"{_CHUNK_QUERY} WHERE c.paragraph_id IN", paragraph_ids)
        return self._grouped(rows, lambda chunk: chunk.paragraph_id)

    def around(self, leads: Sequence[Chunk], reach: int) -> dict[str, list[Chunk]]:
        """Return the chunks within ``reach`` positions of ``leads`` in their documents, by document id and in order."""
        rows: dict[int, sqlite3.Row] = {}
        for lead in leads:
            near = (lead.document_id, lead.position - reach, lead.position + reach)
            query = f"{_CHUNK_QUERY} WHERE c.document_id = ? AND c.position BETWEEN ? AND ?"
            rows.update((row["id"], row) for row in self._all(query, near))
        return self._grouped(rows.values(), lambda chunk: chunk.document_id)

    def places(self) -> list[ChunkPlace]:
        """Return where every chunk belongs, in the order of ids."""
        rows = self._all("SELECT id, paragraph_id, document_id, language, wording FROM chunks ORDER BY id")
        return [ChunkPlace(**row) for row in rows]

    def chunks_of(self, document_ids: Collection[str]) -> dict[str, list[Chunk]]:
        """Return every chunk of documents, by position; unknown ids are left out."""
        rows = self._of(f"{_CHUNK_QUERY} WHERE c.document_id IN", document_ids)
        return self._grouped(rows, lambda chunk: chunk.document_id)

    def all_chunks(self) -> Iterator[Chunk]:
        """Yield every chunk, by document and position."""
        for document_id in self.document_ids():
            texts = self._texts([document_id])
            for row in self._all(f"{_CHUNK_QUERY} WHERE c.document_id = ? ORDER BY c.position", (document_id,)):
                yield self._chunk(row, texts)

    def _in_order(self, rows: Collection[sqlite3.Row]) -> Iterator[Chunk]:
        """Yield the chunks of some rows, in the order of their positions in their documents."""
        texts = self._texts({row["document_id"] for row in rows})
        for row in sorted(rows, key=lambda row: row["position"]):
            yield self._chunk(row, texts)

    def _texts(self, document_ids: Collection[str]) -> dict[str, str]:
        rows = self._of("SELECT id, text FROM documents WHERE id IN", document_ids)
        return {row["id"]: row["text"] for row in rows}

    def _grouped(self, rows: Collection[sqlite3.Row], key: Callable[[Chunk], Key]) -> dict[Key, list[Chunk]]:
        """Return the chunks in ``rows`` by ``key``, each group in the order of its document."""
        found: dict[Key, list[Chunk]] = Found(self, ())
        for chunk in self._in_order(rows):
            found.setdefault(key(chunk), []).append(chunk)
        return found

    def _chunk(self, row: sqlite3.Row, texts: dict[str, str]) -> Chunk:
        """Return the chunk in a row; `StoreDamaged` if it contradicts the documents' texts."""
        try:
            return chunk_of(row, texts[row["document_id"]])
        except (KeyError, TypeError, ValueError) as error:
            raise self.damaged(error) from error

    def damaged(self, reason: str | Exception) -> StoreDamaged:
        """Return the error for rows that contradict each other."""
        return StoreDamaged(damage(self.path.parent, reason))
