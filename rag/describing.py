"""What a collection holds, in figures."""

from __future__ import annotations

from typing import Any

from rag import __version__
from rag.collection import Collection
from rag.errors import CollectionError


def describe(collection: Collection) -> dict[str, Any]:
    """The figures of `dalil info --json`; `CollectionError` for a collection that was never filled."""
    with collection.store.transaction(write=False):
        documents, chunks = collection.store.counts()
        if not collection.generation:
            raise CollectionError(f"the collection at {collection.root} is empty; run `dalil index PATH` to fill it")
        return {
            "documents": documents,
            "chunks": chunks,
            "languages": collection.store.languages(),
            "model": collection.model,
            "dimension": int(collection.store.meta("dimension") or 0),
            "aligned": collection.is_aligned,
            "bytes": collection.bytes_on_disk(),
            "generation": collection.generation,
            "version": __version__,
        }
