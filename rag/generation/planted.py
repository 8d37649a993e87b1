"""Which sentences of the documents at hand speak to a machine instead of informing a reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby

from corpus.types import Chunk
from rag.generation.instructions import flagged

# Documents are remembered: they never change, for their id is the hash of their file.
_MOST = 20_000
Read = Callable[[Collection[str]], Mapping[str, Sequence[Chunk]]]


class Planted:
    """Remembers of every document that was asked for the positions of such sentences. Safe between threads."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[str, frozenset[int]] = {}
        self._lock = threading.Lock()

    def among(self, chunks: Sequence[Chunk]) -> frozenset[int]:
        """The ids of those among ``chunks``, judged with the documents they stand in."""
        wanted = {chunk.document_id for chunk in chunks}
        with self._lock:
            known = {name: self._known[name] for name in wanted if name in self._known}
        if unknown := wanted - known.keys():
            # Read and judged without the lock: others need not wait for it.
            new = {name: _positions(found) for name, found in self._read(unknown).items()}
            known |= new
            with self._lock:
                if len(self._known) + len(new) > _MOST:
                    self._known.clear()
                self._known |= new
        return frozenset(c.id for c in chunks if c.position in known.get(c.document_id, frozenset()))


def _positions(chunks: Sequence[Chunk]) -> frozenset[int]:
    """Of one document: what its sentences show together, and each paragraph from its first such sentence on."""
    found = {c.position for c, mark in zip(chunks, flagged([c.text for c in chunks]), strict=True) if mark}
    for _, group in groupby(chunks, key=lambda chunk: chunk.paragraph_id):
        paragraph = list(group)
        marks = flagged([c.text for c in paragraph], one_paragraph=True)
        found |= {c.position for c, mark in zip(paragraph, marks, strict=True) if mark}
    return frozenset(found)
