"""Sentences with their vectors, and the paragraphs they stand in: what answers are written from and checked against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.store import DocumentCard, Store
from corpus.types import Chunk
from rag.answer import Hit
from rag.search.ranking import Pool, Rows

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """A chunk with its vector, shape (dimension,), aligned where the collection is, and its document."""

    chunk: Chunk
    vector: Vector
    card: DocumentCard

    @property
    def around(self) -> list[tuple[str, str]]:
        """Return the texts it is read with, with their languages: its paragraph, title and heading, and date."""
        return around(self.chunk, self.card.title, self.chunk.language, self.card.published)


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A paragraph that was found for the sentence ``hit``, with all of its sentences in order."""

    hit: Hit
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What was found for a question in one generation: hits, and the paragraphs of the first of them.

    ``reading_ms`` is how many milliseconds it took to read them.
    """

    hits: tuple[Hit, ...]
    passages: tuple[Passage, ...]
    aligned: bool
    reading_ms: float = 0.0


def around(chunk: Chunk, title: str, language: str, published: str | None) -> list[tuple[str, str]]:
    """Return the texts a chunk is read with and their languages: its paragraph, title and heading, and date.

    ``title`` is in ``language``, ``published`` an ISO date.
    """
    headings = f"{title}\n{chunk.heading or ''}"
    return [(chunk.paragraph, chunk.language), (headings, language), (published or "", "en")]


def passages_of(hits: Sequence[Hit], store: Store, pool: Pool) -> tuple[Passage, ...]:
    """Return the paragraphs of ``hits``, each once, at the place of its first hit (inside a transaction)."""
    leads: dict[int, Hit] = {}
    for hit in hits:
        leads.setdefault(hit.chunk.paragraph_id, hit)
    paragraphs = store.paragraphs(list(leads))
    cards = store.cards({hit.chunk.document_id for hit in hits})
    return tuple(
        Passage(hit, sentences_of(paragraphs[number], cards[hit.chunk.document_id], pool))
        for number, hit in leads.items()
    )


def sentences_of(chunks: Sequence[Chunk], card: DocumentCard, pool: Pool) -> tuple[Sentence, ...]:
    """Return chunks of one document with their vectors."""
    vectors = pool.sentences.vectors([chunk.id for chunk in chunks])
    return tuple(Sentence(chunk, vector, card) for chunk, vector in zip(chunks, vectors, strict=True))


def nearest(vectors: Vector, k: int, store: Store, pool: Pool, allowed: Rows | None = None) -> list[list[Sentence]]:
    """Return, for each row of ``vectors``, shape (n, dimension), the ``k`` nearest sentences, best first.

    Only those in the rows ``allowed`` of the pool, by default all (inside a transaction).
    """
    rows = np.arange(len(pool.sentences)) if allowed is None else allowed
    found = [pool.chunk_ids[rows[np.argsort(-pool.sentences.products(v)[rows], kind="stable")[:k]]] for v in vectors]
    ids = sorted({int(number) for numbers in found for number in numbers})
    chunks = store.chunks(ids)
    cards = store.cards({chunk.document_id for chunk in chunks.values()})
    vectors_of = zip(ids, pool.sentences.vectors(ids), strict=True)
    known = {n: Sentence(chunks[n], vector, cards[chunks[n].document_id]) for n, vector in vectors_of}
    return [[known[int(number)] for number in numbers] for numbers in found]
