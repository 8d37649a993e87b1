"""The ways of searching that a benchmark compares, each over the same collection.

``dalil`` is the product. ``dense`` is what most systems do: cosine of question and sentence, vectors as the model
gives them. ``lexical`` is BM25 over the product's word index. ``rrf`` is ordinary hybrid search: reciprocal rank
fusion (Cormack, Clarke and Büttcher, SIGIR 2009) of the aligned dense ranking and the lexical one. The others take
one part away from the product, to show what that part contributes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.fulltext import index_terms
from embeddings import NO_READER, EmbeddingError, VectorCache, VectorIndex
from rag.answer import Hit
from rag.bench.prepared import Place, Prepared
from rag.search.engine import SearchEngine

Vector = npt.NDArray[np.float32]
# A hit is the places that have the same words; nearly always one place.
Ranked = Sequence[tuple[Place, ...]]
Search = Callable[[str, Vector], Ranked]

# How deep rankings go; what lies deeper adds next to nothing to any measure.
DEPTH = 1000
# Hits of a gold set, grouped as a reader sees them.
GOLD_HITS = 100
_RRF_K = 60

DEFAULT = ("dalil", "dense", "lexical", "rrf")
_LESS: dict[str, dict[str, float | str]] = {
    "dalil-reader": {"reader": NO_READER},
    "dalil-words": {"lexical_weight": 0.0},
    "dalil-paragraphs": {"paragraph_weight": 0.0},
    "dalil-hubs": {"hub_weight": 0.0},
    "dalil-languages": {"language_weight": 0.0},
    "aligned": {
        "reader": NO_READER, "lexical_weight": 0.0, "paragraph_weight": 0.0, "hub_weight": 0.0, "language_weight": 0.0,
    },
}  # fmt: skip
METHODS = (*DEFAULT, *_LESS)


@dataclass(frozen=True, slots=True)
class Method:
    """A named way of searching; ``search`` takes a question and its vector as the model returns it."""

    name: str
    search: Search


def make_method(name: str, prepared: Prepared) -> Method:
    """Return one of `METHODS` over a prepared dataset."""
    if name == "dalil" or name in _LESS:
        return Method(name, _product(prepared, prepared.engine.with_settings(**_LESS.get(name, {}))))
    makers = {"dense": _dense, "lexical": _lexical, "rrf": _rrf}
    return Method(name, makers[name](prepared))


def places_of(hit: Hit) -> tuple[Place, ...]:
    """Return the place of a hit, then the places of the same words in other documents."""
    chunk = hit.chunk
    return (
        Place(chunk.document_id, chunk.source_start, chunk.source_end, chunk.language),
        *(Place(twin.document_id, twin.start, twin.end, twin.language) for twin in hit.twins),
    )


def _product(prepared: Prepared, engine: SearchEngine) -> Search:
    """Return the product's search: for a gold set the hits as a reader sees them, for rows the whole ranking."""

    def hits(question: str, query: Vector) -> Ranked:
        return [places_of(hit) for hit in engine.search_encoded(question, query, GOLD_HITS)[0]]

    def ranking(question: str, query: Vector) -> Ranked:
        found = engine.find(question, query)
        return [(prepared.place(int(found.pool.chunk_ids[row])),) for row in found.ranking.rows]

    return hits if prepared.dataset.kind == "gold" else ranking


def _ranked_by(engine: SearchEngine, question: str, query: Vector) -> list[int]:
    found = engine.rank(question, query)
    return [int(found.pool.chunk_ids[row]) for row in found.ranking.rows]


def _dense(prepared: Prepared) -> Search:
    collection, encoder = prepared.engine.collection, prepared.engine.encoder
    cache = VectorCache(collection.store.connection, encoder.fingerprint, encoder.dimension)
    texts = {number: chunk.text for number, chunk in prepared.chunks.items()}
    known = cache.get(list(texts.values()))
    try:
        vectors = np.stack([known[text] for text in texts.values()])
    except KeyError:
        raise EmbeddingError("vectors are missing from the benchmark's collection; delete its folder") from None
    index = VectorIndex.build(np.array(list(texts)), vectors, fingerprint=encoder.fingerprint)

    def search(question: str, query: Vector) -> Ranked:
        ids, _ = index.search(query[None, :], DEPTH)
        return [(prepared.place(int(number)),) for number in ids[0]]

    return search


def _lexical(prepared: Prepared) -> Search:
    order = _by_words(prepared)
    return lambda question, query: [(prepared.place(number),) for number in order(question)]


def _rrf(prepared: Prepared) -> Search:
    order = _by_words(prepared)
    engine = prepared.engine.with_settings(**_LESS["aligned"])

    def search(question: str, query: Vector) -> Ranked:
        scores: dict[int, float] = {}
        for ranking in (_ranked_by(engine, question, query)[:DEPTH], order(question)):
            for rank, number in enumerate(ranking, 1):
                scores[number] = scores.get(number, 0.0) + 1 / (_RRF_K + rank)
        best = sorted(scores, key=lambda number: (-scores[number], number))
        return [(prepared.place(number),) for number in best]

    return search


def _by_words(prepared: Prepared) -> Callable[[str], list[int]]:
    """Return a function that ranks the ids of chunks for a question by the BM25 of their paragraphs.

    Within a paragraph, chunks with more of the question's words come first.
    """
    terms = {number: frozenset(index_terms(chunk.text)) for number, chunk in prepared.chunks.items()}
    inside: dict[int, list[int]] = {}
    for number, chunk in prepared.chunks.items():
        inside.setdefault(chunk.paragraph_id, []).append(number)
    match = prepared.engine.collection.store.match

    def order(question: str) -> list[int]:
        asked = frozenset(index_terms(question))
        scores = match(question)
        ranked: list[int] = []
        for paragraph in sorted(scores, key=lambda paragraph: (-scores[paragraph], paragraph)):
            ranked += sorted(inside[paragraph], key=lambda number: (-len(terms[number] & asked), number))
            if len(ranked) >= DEPTH:
                break
        return ranked[:DEPTH]

    return order
