"""A collection on disk: the store and, for its current generation, the two vector indexes.

::

    store.sqlite                     documents, chunks, full-text index, cached vectors, and the pointer
    sentences-000004.faiss           vectors of chunks, generation 4
    paragraphs-000004.faiss          vectors of their paragraphs

The pointer (generation, checksums, model) is kept in rows of the store, so one SQLite commit switches text and
vectors together. Vector files of a generation are complete on disk before the commit that names them; those of
the previous generation stay for readers that opened it.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.store import Store
from embeddings import CACHE_SCHEMA, Alignment, IndexDamaged, VectorIndex
from rag.errors import CollectionError, damaged
from rag.search.ranking import Pool

STORE_NAME = "store.sqlite"
LOCK_NAME = ".lock"
GRANULARITIES = ("sentences", "paragraphs")
_HUBS_SCHEMA = "CREATE TABLE IF NOT EXISTS hubs (chunk_id INTEGER PRIMARY KEY, hubness REAL NOT NULL)"
# A vector file, or one being written.
_VECTOR_FILE = re.compile(r"(?:sentences|paragraphs)-(\d{6,})\.faiss|\.(?:sentences|paragraphs)-\d{6,}\.faiss-\w+")


class Collection:
    """An open collection."""

    def __init__(self, root: Path, store: Store) -> None:
        self.root = root
        self.store = store

    @classmethod
    def open(cls, root: Path) -> Collection:
        """Open an existing collection; raise `CollectionError` where there is none."""
        if not (root / STORE_NAME).is_file():
            raise CollectionError(f"there is no collection at {root}; run `dalil index PATH` to make one")
        return cls(root, Store.open(root / STORE_NAME))

    @classmethod
    def create(cls, root: Path) -> Collection:
        """Open the collection at ``root``, making an empty one where there is none."""
        root.mkdir(parents=True, exist_ok=True)
        store = Store.create(root / STORE_NAME)
        store.connection.execute(CACHE_SCHEMA)
        store.connection.execute(_HUBS_SCHEMA)
        return cls(root, store)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    @property
    def generation(self) -> int:
        """Return the current generation: 0 before the first indexing has ended, then one more with every change."""
        try:
            return int(self.store.meta("generation") or 0)
        except ValueError as error:
            raise damaged(self.root, error) from error

    @property
    def model(self) -> str | None:
        """Return the name of the embedding model the vectors were made with; None before there are any."""
        return self.store.meta("model")

    @property
    def fingerprint(self) -> str | None:
        """Return the fingerprint of that model's content; None before there are any vectors."""
        return self.store.meta("fingerprint")

    @property
    def is_aligned(self) -> bool:
        """Return whether the vectors are aligned across languages."""
        return bool(self.store.meta("alignment"))

    def vector_path(self, granularity: str, generation: int) -> Path:
        """Return the path of a generation's vectors of sentences or paragraphs (``granularity``)."""
        return self.root / f"{granularity}-{generation:06d}.faiss"

    def set_hubness(self, values: Mapping[int, float]) -> None:
        """Store the hubness of every chunk in place of what was stored (inside a transaction)."""
        self.store.connection.execute("DELETE FROM hubs")
        self.store.connection.executemany("INSERT INTO hubs VALUES (?, ?)", values.items())

    def hubness(self) -> dict[int, float]:
        """Return the hubness of every chunk by id."""
        with self.store.lock:
            return {row["chunk_id"]: row["hubness"] for row in self.store.connection.execute("SELECT * FROM hubs")}

    def load_pool(self, alignment: Alignment | None = None) -> Pool:
        """Load the current generation into memory; ``alignment`` is the one that its vectors were made with.

        Raises `CollectionError` for an empty collection, `IndexDamaged` where vectors do not match their checksums or
        the store.
        """
        sentences, paragraphs = self.load_vectors()
        places = {place.id: place for place in self.store.places()}
        hubs = self.hubness()
        try:
            ordered = [places[chunk_id] for chunk_id in sentences.ids.tolist()]
            rows = [paragraphs.row_of(place.paragraph_id) for place in ordered]
        except KeyError as error:
            raise IndexDamaged(f"the collection at {self.root} has vectors of another generation") from error
        try:
            wordings = np.array([place.wording for place in ordered], np.int64)
            hubness = np.array([hubs.get(place.id, 0.0) for place in ordered], np.float32)
        except (TypeError, ValueError, OverflowError) as error:
            raise damaged(self.root, error) from error
        languages, language_names = _coded([place.language for place in ordered])
        documents, document_ids = _coded([place.document_id for place in ordered])
        return Pool(
            generation=self.generation,
            sentences=sentences,
            paragraphs=paragraphs,
            alignment=alignment,
            paragraph_rows=np.array(rows, np.intp),
            languages=languages,
            language_names=language_names,
            documents=documents,
            document_ids=document_ids,
            wordings=wordings,
            hubness=hubness,
        )

    def load_vectors(self) -> tuple[VectorIndex, VectorIndex]:
        """Load the current generation's vectors of sentences and of paragraphs.

        Raises `CollectionError` for an empty collection, `IndexDamaged` where a file does not match its checksum.
        """
        generation = self.generation
        if not generation:
            raise CollectionError(f"the collection at {self.root} is empty; run `dalil index PATH` to fill it")
        loaded: dict[str, VectorIndex] = {}
        for granularity in GRANULARITIES:
            digest = self.store.meta(f"{granularity}_sha256")
            if not digest:
                raise IndexDamaged(f"the collection at {self.root} names no {granularity} index")
            path = self.vector_path(granularity, generation)
            loaded[granularity] = VectorIndex.load(path, sha256=digest, fingerprint=self.fingerprint or "")
        return loaded["sentences"], loaded["paragraphs"]

    def remove_stale_vectors(self) -> None:
        """Delete all vector files but those of the current and the previous generation (a crash may leave some)."""
        current = self.generation
        for path in self.root.glob("*.faiss*"):
            match = _VECTOR_FILE.fullmatch(path.name)
            if match and (match[1] is None or int(match[1]) not in {current, current - 1}):
                path.unlink(missing_ok=True)

    def bytes_on_disk(self) -> int:
        """Return the size of all its files, in bytes."""
        return sum(map(_size, self.root.iterdir()))


def _size(path: Path) -> int:
    """Return the size of a file; 0 for anything else, or if an update has meanwhile renamed or removed it."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _coded(names: Sequence[str]) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Return each name's place among the distinct names, shape (n,), and the distinct names."""
    distinct = tuple(dict.fromkeys(names))
    place = {name: number for number, name in enumerate(distinct)}
    return np.array([place[name] for name in names], np.int32), distinct
