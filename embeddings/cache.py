"""Passage vectors by model and text, in a SQLite database that the caller owns."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from embeddings.encoder import Encoder
from embeddings.errors import EmbeddingError

__all__ = ["CACHE_SCHEMA", "VectorCache", "embed_cached", "text_hash"]

CACHE_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    model TEXT NOT NULL,
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (model, text_hash)
) WITHOUT ROWID
"""
"""Only passages are kept; `vector` holds float32, little-endian."""

Vectors = npt.NDArray[np.float32]

_VARIABLES = 500  # SQLite's smallest limit on variables in one statement is 999.


def text_hash(text: str) -> bytes:
    """Return the SHA-256 of `text` in UTF-8, 32 bytes."""
    return hashlib.sha256(text.encode()).digest()


class VectorCache:
    """The vectors of one model in `connection`, which must hold the table of CACHE_SCHEMA.

    Nothing here commits: what is written belongs to the caller's transaction.
    """

    def __init__(self, connection: sqlite3.Connection, fingerprint: str, dimension: int) -> None:
        self._connection = connection
        self._fingerprint = fingerprint
        self._dimension = dimension

    def get(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors, each of shape (dimension,), of those `texts` that are in the cache."""
        wanted = {text_hash(text): text for text in texts}
        hashes = list(wanted)
        found: dict[str, Vectors] = {}
        for start in range(0, len(hashes), _VARIABLES):
            part = hashes[start : start + _VARIABLES]
            marks = ",".join("?" * len(part))
            rows = self._connection.execute(
                f"SELECT text_hash, vector FROM vectors WHERE model = ? AND text_hash IN ({marks})",
                [self._fingerprint, *part],
            )
            for key, blob in rows:
                # A vector of another length is a damaged row; encoding the text again replaces it.
                if len(blob) == 4 * self._dimension:
                    found[wanted[key]] = np.frombuffer(blob, "<f4").astype(np.float32)
        return found

    def put(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Store the vectors, shape (len(texts), dimension), of `texts`; EmbeddingError on any other shape."""
        if vectors.shape != (len(texts), self._dimension):
            raise EmbeddingError(
                f"{len(texts)} texts and vectors of shape {vectors.shape} do not fit; "
                f"give one row of {self._dimension} numbers per text."
            )
        self._connection.executemany(
            "INSERT OR REPLACE INTO vectors (model, text_hash, vector) VALUES (?, ?, ?)",
            [
                (self._fingerprint, text_hash(text), row.astype("<f4").tobytes())
                for text, row in zip(texts, vectors, strict=True)
            ],
        )

    def prune(self, keep: Iterable[bytes]) -> int:
        """Delete every vector of other models, and those of this model whose text hash is not in `keep`.

        Returns the number deleted.
        """
        kept = set(keep)
        others = self._connection.execute("DELETE FROM vectors WHERE model <> ?", [self._fingerprint]).rowcount
        own = self._connection.execute("SELECT text_hash FROM vectors WHERE model = ?", [self._fingerprint]).fetchall()
        gone = [(self._fingerprint, key) for (key,) in own if key not in kept]
        self._connection.executemany("DELETE FROM vectors WHERE model = ? AND text_hash = ?", gone)
        return others + len(gone)


def embed_cached(
    encoder: Encoder,
    cache: VectorCache,
    texts: Sequence[str],
    *,
    on_done: Callable[[int, bool], None] | None,
    commit: Callable[[], None],
    commit_every: int = 512,
) -> tuple[Vectors, int]:
    """Return the passage vectors of `texts`, shape (len(texts), dimension), and how many were newly encoded.

    Each distinct text is encoded once. New vectors are put into the cache, and `commit` is called, after
    every `commit_every` texts, so that an interrupted run resumes there. `on_done(count, cached)` is called
    with distinct texts done; the counts add up to the number of distinct texts.
    """
    known = cache.get(texts)
    if on_done is not None and known:
        on_done(len(known), True)
    # Longest first over all, so that each round's batches hold texts of like length.
    new = sorted((text for text in dict.fromkeys(texts) if text not in known), key=len, reverse=True)
    for start in range(0, len(new), commit_every):
        part = new[start : start + commit_every]
        report = None if on_done is None else (lambda count: on_done(count, False))
        vectors = encoder.encode_passages(part, on_batch=report)
        cache.put(part, vectors)
        commit()
        known.update(zip(part, vectors, strict=True))
    result = np.empty((len(texts), encoder.dimension), np.float32)
    for row, text in enumerate(texts):
        result[row] = known[text]
    return result, len(new)
