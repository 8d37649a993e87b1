"""Exact nearest neighbours by inner product, in FAISS and in FAISS's own file format."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from embeddings.errors import EmbeddingError, IndexDamaged, UnknownId
from embeddings.files import write_atomically

__all__ = ["VectorIndex"]

Ids = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]

_UNIT_TOLERANCE = 1e-3


class VectorIndex:
    """Unit vectors by int64 id; `fingerprint` names the model that made them. Use `build` or `load` to make one."""

    def __init__(self, index: Any, fingerprint: str) -> None:
        """Wrap an `IndexIDMap2` over an `IndexFlatIP`; callers use `build` or `load`."""
        self._index = index
        self.fingerprint = fingerprint
        self.dimension = int(index.d)
        self._ids: Ids = faiss.vector_to_array(index.id_map).astype(np.int64)
        self._vectors = _view(index)
        self._rows = {number: row for row, number in enumerate(self._ids.tolist())}

    @classmethod
    def build(cls, ids: npt.NDArray[Any], vectors: npt.NDArray[Any], *, fingerprint: str) -> "VectorIndex":
        """Index `vectors`, shape (n, dimension), under `ids`, shape (n,); n may be 0.

        Raises EmbeddingError unless the ids are distinct integers and every row is finite and of unit length.
        """
        _check(ids, vectors)
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(int(vectors.shape[1])))
        if len(ids):
            rows = np.ascontiguousarray(vectors, np.float32)
            index.add_with_ids(rows, np.ascontiguousarray(ids, np.int64))
        return cls(index, fingerprint)

    def __len__(self) -> int:
        return len(self._ids)

    def search(self, queries: npt.NDArray[Any], k: int) -> tuple[Ids, Vectors]:
        """Return the ids and the inner products of the `k` nearest vectors of each query.

        `queries` has shape (m, dimension); both results have shape (m, min(k, len(self))), best first and
        the lower id first among equals. Raises EmbeddingError on any other shape.
        """
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise EmbeddingError(
                f"The queries have shape {queries.shape}; give one row of {self.dimension} numbers per query."
            )
        width = max(0, min(k, len(self)))
        if width == 0 or len(queries) == 0:
            return np.empty((len(queries), width), np.int64), np.empty((len(queries), width), np.float32)
        rows = np.ascontiguousarray(queries, np.float32)
        # FAISS does not say which of equals it keeps, so fetch until the last score kept has no equal left out.
        fetch = min(width + 1, len(self))
        scores, ids = self._index.search(rows, fetch)
        while fetch < len(self) and np.any(scores[:, width - 1] == scores[:, -1]):
            fetch = min(2 * fetch, len(self))
            scores, ids = self._index.search(rows, fetch)
        order = np.lexsort((ids, -scores), axis=1)[:, :width]
        return np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)

    def scores(self, query: npt.NDArray[Any], ids: Sequence[int]) -> Vectors:
        """Return the inner products of one query, shape (dimension,), with the vectors of `ids`, shape (n,).

        Raises KeyError for an id that is not in the index.
        """
        products: Vectors = self.vectors(ids) @ np.asarray(query, np.float32).reshape(self.dimension)
        return products

    @property
    def ids(self) -> Ids:
        """Return the ids in the order of the rows, shape (n,)."""
        return self._ids

    def row_of(self, number: int) -> int:
        """Return the row of an id; UnknownId for one that is not in the index."""
        try:
            return self._rows[int(number)]
        except KeyError:
            raise UnknownId(f"The index has no vector {number}; index the collection again.") from None

    def products(self, query: npt.NDArray[Any]) -> Vectors:
        """Return the inner products of one query, shape (dimension,), with every vector, shape (n,), in row order."""
        products: Vectors = self._vectors @ np.asarray(query, np.float32).reshape(self.dimension)
        return products

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Return a copy of the vectors of `ids`, shape (n, dimension); UnknownId for an unknown id."""
        return self._vectors[np.asarray([self.row_of(number) for number in ids], np.intp)]

    def save(self, path: Path) -> str:
        """Write the index to `path` whole or not at all, and return the SHA-256 of the file in hex."""
        data = faiss.serialize_index(self._index).tobytes()
        write_atomically(path, data)
        return hashlib.sha256(data).hexdigest()

    @classmethod
    def load(cls, path: Path, *, sha256: str, fingerprint: str) -> "VectorIndex":
        """Read what `save` wrote; IndexDamaged unless its SHA-256 is `sha256`, checked before parsing."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise IndexDamaged(f"The vector file {path} cannot be read ({error.strerror}); {_MEND}.") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise IndexDamaged(f"The vector file {path} is not as it was written; {_MEND}.")
        try:
            index = faiss.deserialize_index(np.frombuffer(data, np.uint8))
        except RuntimeError as error:
            raise IndexDamaged(f"The vector file {path} is not a FAISS index; {_MEND}.") from error
        if not isinstance(index, faiss.IndexIDMap2) or not isinstance(
            faiss.downcast_index(index.index), faiss.IndexFlatIP
        ):
            raise IndexDamaged(f"The vector file {path} holds another kind of index; {_MEND}.")
        return cls(index, fingerprint)


_MEND = "index the collection again"


def _view(index: Any) -> Vectors:
    """Return the vectors in FAISS's own memory, shape (n, dimension): valid while `index` lives unchanged."""
    if index.ntotal == 0:
        return np.empty((0, index.d), np.float32)
    flat: Any = faiss.downcast_index(index.index)
    values: Vectors = faiss.rev_swig_ptr(flat.get_xb(), index.ntotal * index.d)
    return values.reshape(index.ntotal, index.d)


def _check(ids: npt.NDArray[Any], vectors: npt.NDArray[Any]) -> None:
    if vectors.ndim != 2 or vectors.shape[1] == 0 or ids.shape != (len(vectors),):
        raise EmbeddingError(
            f"Ids of shape {ids.shape} and vectors of shape {vectors.shape} do not fit; give one id per row."
        )
    if len(ids) and not np.issubdtype(ids.dtype, np.integer):
        raise EmbeddingError(f"The ids have the type {ids.dtype}; give integers.")
    if len(np.unique(ids)) != len(ids):
        raise EmbeddingError("Some ids occur twice; give each vector an id of its own.")
    norms = np.linalg.norm(vectors.astype(np.float32), axis=1)
    # Written so that a norm that is not a number fails too.
    if not np.all(np.abs(norms - 1.0) <= _UNIT_TOLERANCE):
        raise EmbeddingError("Some vectors are not finite and of unit length; divide each by its norm.")
