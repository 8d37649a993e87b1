"""The documents of a collection as a list that a reader can search, filter and sort."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from corpus.fulltext import simplified
from corpus.store import CatalogueEntry as Entry
from corpus.store import DocumentFacts, Store
from rag import __version__
from rag.errors import CollectionError
from rag.search.collection import Collection
from rag.search.filters import Filters

__all__ = ["Entry", "Order", "chosen", "entries"]


Order = Literal["title", "published", "chunks"]


def entries(store: Store) -> list[Entry]:
    """Return every document of the collection, sorted by title and then path."""
    return sorted(store.catalogue(), key=lambda entry: (entry.title.casefold(), entry.path))


def chosen(
    entries: Sequence[Entry],
    *,
    text: str = "",
    languages: Sequence[str] = (),
    publishers: Sequence[str] = (),
    since: str | None = None,
    until: str | None = None,
    order: Order = "title",
) -> list[Entry]:
    """Return the ``entries`` that match, sorted by title, or with the newest (undated last) or longest first.

    Every word of ``text`` must stand in the title, the publisher, the name of the file or the address, in any case and
    in either Chinese script. The other arguments limit as they do in a search (`rag.search.filters`), and raise
    `WrongUse` as there. Entries that ``order`` leaves equal are sorted by title, then path.
    """
    filters = Filters(tuple(languages), since, until, tuple(publishers))
    words = [_folded(word) for word in text.split()]
    found = [entry for entry in entries if _admits(filters, entry) and _holds(entry, words)]
    found.sort(key=lambda entry: (entry.title.casefold(), entry.path))
    if order == "published":
        found.sort(key=lambda entry: entry.published or "", reverse=True)
    elif order == "chunks":
        found.sort(key=lambda entry: entry.chunks, reverse=True)
    return found


def _admits(filters: Filters, entry: Entry) -> bool:
    facts = DocumentFacts(entry.id, entry.publisher, entry.published)
    return filters.admits_language(entry.language) and filters.admits_document(facts, [entry.path])


def _holds(entry: Entry, words: Sequence[str]) -> bool:
    if not words:
        return True
    fields = (entry.title, entry.publisher or "", Path(entry.path).name, entry.url or "")
    searched = " ".join(map(_folded, fields))
    return all(word in searched for word in words)


def _folded(text: str) -> str:
    # Converted character by character: OpenCC converts phrases, and a part of one must fold as it does in the whole.
    apart = "\n".join(unicodedata.normalize("NFKC", text))
    return simplified(apart).replace("\n", "").casefold()


def describe(collection: Collection) -> dict[str, Any]:
    """Return the figures of `dalil info --json`; `CollectionError` for a collection that was never filled."""
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
