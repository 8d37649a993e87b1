"""Extractive answers: the sentences that best answer, quoted. Needs no key and no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile

from corpus.fulltext import index_terms
from rag.types import Hit

# A sentence is quoted beside the best one only if it stands out as well: its score is in this upper part of the
# way from the mean of the hits to the best. Relative, because models differ in the scale of their scores.
_UPPER_PART = 0.5
_SAME_TERMS = 0.8
_PER_DOCUMENT = 2


def choose_sentences(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """Up to ``limit`` hits to quote, best first: no near-duplicates, no document more than twice."""
    if not hits:
        return []
    mean = sum(hit.score for hit in hits) / len(hits)
    least = hits[0].score - _UPPER_PART * (hits[0].score - mean)
    return distinct(takewhile(lambda hit: hit.score >= least, hits), limit)


def distinct(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """The first ``limit`` of hits that say different things: no near-duplicates, no document more than twice."""
    chosen: list[Hit] = []
    documents: Counter[str] = Counter()
    for hit in hits:
        if len(chosen) == limit:
            break
        if documents[hit.chunk.document_id] < _PER_DOCUMENT and not any(_repeats(hit, other) for other in chosen):
            chosen.append(hit)
            documents[hit.chunk.document_id] += 1
    return chosen


def _repeats(hit: Hit, other: Hit) -> bool:
    """Whether two sentences say nearly the same in the same words (Jaccard similarity of their terms)."""
    a, b = set(index_terms(hit.chunk.text)), set(index_terms(other.chunk.text))
    return len(a & b) >= _SAME_TERMS * max(1, len(a | b))
