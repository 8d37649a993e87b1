"""The store: one SQLite file of documents, chunks and their full-text index.

Every change happens in one transaction (`Store.transaction`), so the file always holds a whole collection:
SQLite's write-ahead log keeps the old state until the commit. Texts of chunks are not stored a second time;
they are cut out of their document.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import CorpusError, StoreDamaged, StoreVersion
from corpus.fulltext import index_terms, match_query
from corpus.reading import READING_VERSION, ReadFile
from corpus.rows import DOCUMENT_COLUMNS, chunk_of, document_of, document_values
from corpus.schema import APPLICATION_ID, SCHEMA, STORE_VERSION
from corpus.types import Chunk, Document

_CHUNK_QUERY = """
SELECT c.*, p.start AS paragraph_start, p.end AS paragraph_end
FROM chunks c JOIN paragraphs p ON p.id = c.paragraph_id
"""
_FULL_CHECK_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What the store knows of a path."""

    document_id: str
    sha256: str
    reading_version: int


@dataclass(frozen=True, slots=True)
class DocumentCard:
    """A document's identity."""

    sha256: str
    title: str
    url: str | None
    published: str | None


class Store:
    """An open store. Safe to share between threads; one process writes at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self.lock = threading.RLock()

    @classmethod
    def create(cls, path: Path) -> Store:
        """Open the store at ``path``, making an empty one where there is none."""
        if path.exists() and path.stat().st_size:
            return cls.open(path)
        connection = _connect(path)
        # IF NOT EXISTS would hide a half-made store; one transaction makes all of it or nothing.
        connection.executescript(
            f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {STORE_VERSION};"
            f"{SCHEMA} COMMIT;"
        )
        return cls(connection, path)

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open an existing store; `StoreDamaged` or `StoreVersion` where it cannot be trusted."""
        if not path.is_file():
            raise StoreDamaged(f"there is no collection at {path.parent}; run `dalil index` to make one")
        try:
            connection = _connect(path)
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if application != APPLICATION_ID:
                raise StoreDamaged(f"{path} is not a Dalil collection; give another --collection folder")
            if version != STORE_VERSION:
                raise StoreVersion(
                    f"the collection at {path.parent} has layout {version} and this Dalil reads layout {STORE_VERSION};"
                    " index your files into a new --collection folder"
                )
            if path.stat().st_size <= _FULL_CHECK_BYTES:
                problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if problem != "ok":
                    raise sqlite3.DatabaseError(problem)
        except sqlite3.DatabaseError as error:
            if "locked" in str(error) or "unable to open" in str(error):
                raise CorpusError(f"the collection at {path.parent} cannot be opened ({error}); try again") from error
            raise StoreDamaged(
                f"the collection at {path.parent} is damaged ({error}); delete the folder and run `dalil index` again"
            ) from error
        return cls(connection, path)

    def close(self) -> None:
        """Close the file; the store cannot be used after."""
        with self.lock:
            self.connection.close()

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[None]:
        """All or nothing for what happens inside; with ``write=False`` one unchanging view of the store."""
        with self.lock:
            self.connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    # What is known about the collection as a whole.

    def meta(self, key: str) -> str | None:
        """A named value, or None."""
        row = self._one("SELECT value FROM meta WHERE key = ?", (key,))
        return str(row[0]) if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Set a named value (inside a transaction)."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def counts(self) -> tuple[int, int]:
        """Documents and chunks."""
        row = self._one("SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM chunks)")
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def languages(self) -> dict[str, int]:
        """Chunks by language, most first."""
        rows = self._all("SELECT language, count(*) n FROM chunks GROUP BY language ORDER BY n DESC, language")
        return {row["language"]: row["n"] for row in rows}

    # Files and documents.

    def files(self) -> dict[str, StoredFile]:
        """Every indexed path."""
        rows = self._all(
            "SELECT f.path, f.document_id, d.sha256, d.reading_version FROM files f JOIN documents d ON d.id = f.document_id"
        )
        return {row["path"]: StoredFile(row["document_id"], row["sha256"], row["reading_version"]) for row in rows}

    def document(self, document_id: str) -> Document | None:
        """A document by id, at the first of its paths; None if unknown."""
        row = self._one(
            f"SELECT {DOCUMENT_COLUMNS}, (SELECT min(path) FROM files WHERE document_id = documents.id) AS path"
            " FROM documents WHERE id = ?",
            (document_id,),
        )
        return document_of(row, row["path"] or "") if row else None

    def card(self, document_id: str) -> DocumentCard:
        """What a citation says of a document, without its text; KeyError if unknown."""
        row = self._one("SELECT sha256, title, url, published FROM documents WHERE id = ?", (document_id,))
        if row is None:
            raise KeyError(f"no document {document_id} in the store")
        return DocumentCard(**row)

    def document_ids(self) -> list[str]:
        """All document ids, by first path."""
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
            self._add_chunk(chunk, paragraphs[span])

    def _add_chunk(self, chunk: Chunk, paragraph_id: int) -> None:
        chunk_id = self._insert(
            "INSERT INTO chunks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                chunk.document_id, paragraph_id, chunk.position, chunk.start, chunk.end, chunk.source_start,
                chunk.source_end, chunk.line, chunk.language, chunk.heading, chunk.tokens,
            ),
        )  # fmt: skip
        self.connection.execute(
            "INSERT INTO chunk_terms (rowid, terms) VALUES (?, ?)", (chunk_id, " ".join(index_terms(chunk.text)))
        )

    def remove(self, document_id: str) -> None:
        """Remove a document, its chunks and their terms (inside a transaction); its paths stay to be set."""
        self.connection.execute(
            "DELETE FROM chunk_terms WHERE rowid IN (SELECT id FROM chunks WHERE document_id = ?)", (document_id,)
        )
        for table in ("chunks", "paragraphs"):
            self.connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
        self.connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))

    def set_path(self, path: str, document_id: str) -> None:
        """Say that ``path`` holds the document (inside a transaction)."""
        self.connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (path, document_id))

    def drop_path(self, path: str) -> None:
        """Forget a path (inside a transaction)."""
        self.connection.execute("DELETE FROM files WHERE path = ?", (path,))

    def remove_orphans(self) -> None:
        """Remove every document that no path holds any more (inside a transaction)."""
        rows = self._all("SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM files)")
        for row in rows:
            self.remove(row["id"])

    # Chunks.

    def chunks(self, ids: Sequence[int]) -> dict[int, Chunk]:
        """Chunks by id; unknown ids are left out."""
        rows: list[sqlite3.Row] = []
        for start in range(0, len(ids), 500):
            part = [int(i) for i in ids[start : start + 500]]
            rows += self._all(f"{_CHUNK_QUERY} WHERE c.id IN ({','.join('?' * len(part))})", part)
        texts = {document_id: self._text(document_id) for document_id in {row["document_id"] for row in rows}}
        return {row["id"]: chunk_of(row, texts[row["document_id"]]) for row in rows}

    def paragraph_ids(self, chunk_ids: Sequence[int]) -> dict[int, int]:
        """The paragraph of each chunk; unknown ids are left out."""
        found: dict[int, int] = {}
        for start in range(0, len(chunk_ids), 500):
            part = [int(i) for i in chunk_ids[start : start + 500]]
            marks = ",".join("?" * len(part))
            found.update(self._all(f"SELECT id, paragraph_id FROM chunks WHERE id IN ({marks})", part))
        return found

    def path_of(self, document_id: str) -> str | None:
        """The first path that holds the document, or None."""
        row = self._one("SELECT min(path) FROM files WHERE document_id = ?", (document_id,))
        return row[0] if row else None

    def path_with_digest(self, sha256: str) -> str | None:
        """The first path that holds a file of this content, or None."""
        row = self._one(
            "SELECT min(f.path) FROM files f JOIN documents d ON d.id = f.document_id WHERE d.sha256 = ?", (sha256,)
        )
        return row[0] if row else None

    def all_chunks(self) -> Iterator[Chunk]:
        """Every chunk, by document and position."""
        for document_id in self.document_ids():
            text = self._text(document_id)
            for row in self._all(f"{_CHUNK_QUERY} WHERE c.document_id = ? ORDER BY c.position", (document_id,)):
                yield chunk_of(row, text)

    def _text(self, document_id: str) -> str:
        row = self._one("SELECT text FROM documents WHERE id = ?", (document_id,))
        return str(row["text"]) if row else ""

    def search_terms(self, query: str, k: int) -> list[tuple[int, float]]:
        """Up to ``k`` chunk ids with their BM25 scores (higher is better), best first."""
        match = match_query(query[:4000])
        if not match:
            return []
        rows = self._all(
            "SELECT rowid AS id, -bm25(chunk_terms) AS score FROM chunk_terms WHERE chunk_terms MATCH ?"
            " ORDER BY score DESC, id LIMIT ?",
            (match, k),
        )
        return [(row["id"], row["score"]) for row in rows]

    def _one(self, sql: str, values: Iterable[object] = ()) -> sqlite3.Row | None:
        rows = self._all(sql, values)
        return rows[0] if rows else None

    def _all(self, sql: str, values: Iterable[object] = ()) -> list[sqlite3.Row]:
        with self.lock:
            return self.connection.execute(sql, tuple(values)).fetchall()  # type: ignore[arg-type]

    def _insert(self, sql: str, values: tuple[object, ...]) -> int:
        return int(self.connection.execute(sql, values).lastrowid or 0)  # type: ignore[arg-type]


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
