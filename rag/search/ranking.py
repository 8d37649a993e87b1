"""Rank the chunks of a collection for a question: vectors, words, languages kept apart, near-duplicates grouped."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt

from embeddings import Alignment, VectorIndex
from rag.settings import Settings

__all__ = ["fuse"]


Groups = npt.NDArray[np.integer]


def fuse(dense: Scores, lexical: Scores, languages: Groups, lexical_weight: float) -> Scores:
    """Fuse the dense and lexical scores (0 without a match) of n candidates into new scores, shape (n,).

    Within a language the order is by ``dense + lexical_weight · lexical / max(lexical)``, the earlier candidate
    first among equals; the scores themselves are the dense scores of that language.
    """
    strongest = float(lexical.max(initial=0.0))
    if strongest <= 0:
        return dense
    mixed = dense + lexical_weight * lexical / strongest
    fused = np.empty_like(dense)
    for language in np.unique(languages):
        rows = np.flatnonzero(languages == language)
        fused[rows[np.argsort(-mixed[rows], kind="stable")]] = -np.sort(-dense[rows])
    return fused


Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]

# Candidates of each language, from each of dense and lexical search.
CANDIDATES = 300
# Similarities of unaligned vectors lie about four times closer together, so words must weigh less beside them.
UNALIGNED_SPREAD = 0.25
# How high similarities with a language reach: their mean and so many standard deviations...
_DEVIATIONS = 2.0
# ...averaged with that of the whole pool, which counts as much as so many chunks, because a few chunks tell little.
_SHRINKAGE = 30


@dataclass(frozen=True, slots=True)
class Pool:
    """A generation in memory. All arrays have one row a chunk, in the order of ``sentences``.

    ``paragraph_rows`` are rows of ``paragraphs``, ``languages`` places in ``language_names``, ``documents`` places in
    ``document_ids``; ``wordings`` are equal for chunks of equal wording (`corpus.store.ChunkPlace`).
    """

    generation: int
    sentences: VectorIndex
    paragraphs: VectorIndex
    alignment: Alignment | None
    paragraph_rows: Rows
    languages: npt.NDArray[np.int32]
    language_names: tuple[str, ...]
    documents: npt.NDArray[np.int32]
    document_ids: tuple[str, ...]
    wordings: npt.NDArray[np.int64]
    hubness: Scores

    @property
    def chunk_ids(self) -> npt.NDArray[np.int64]:
        """Return the chunks' ids, shape (n,)."""
        return self.sentences.ids


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a question found: BM25 by paragraph id, and the chunks that hold a phrase it quotes."""

    paragraphs: dict[int, float]
    quoting: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates best first, as rows of the pool, shape (m,): their scores, and the sentence's own cosine.

    ``levels`` are the dense scores before they are adjusted for languages; they can be compared between questions.
    ``dense_ranks`` and ``lexical_ranks`` are 1-based places among them, 0 in the latter where no word matches.
    """

    rows: Rows
    scores: Scores
    similarities: Scores
    levels: Scores
    dense_ranks: npt.NDArray[np.int64]
    lexical_ranks: npt.NDArray[np.int64]


def rank(query: Scores, words: Words, pool: Pool, settings: Settings, allowed: Rows | None = None) -> Ranking:
    """Rank the chunks in the rows ``allowed`` (by default all) for a question's vector, shape (d,), and its words."""
    rows = np.arange(len(pool.sentences)) if allowed is None else allowed
    languages = pool.languages[rows]
    similarities = pool.sentences.products(query)[rows]
    levels = dense_scores(
        similarities, pool.paragraphs.products(query)[pool.paragraph_rows[rows]], pool.hubness[rows], settings
    )
    dense = levels - settings.language_weight * reach(similarities, languages)
    lexical = _lexical(words, pool)[rows]
    kept = candidates(dense, lexical, languages)
    weight = settings.lexical_weight * (1.0 if pool.alignment else UNALIGNED_SPREAD)
    scores = fuse(dense[kept], lexical[kept], languages[kept], weight)
    order = np.argsort(-scores, kind="stable")
    chosen = kept[order]
    return Ranking(
        rows=rows[chosen],
        scores=scores[order],
        similarities=similarities[chosen],
        levels=levels[chosen],
        dense_ranks=_places(dense[chosen]),
        lexical_ranks=_places(lexical[chosen], least=0.0),
    )


def dense_scores(sentences: Scores, paragraphs: Scores, hubness: Scores, settings: Settings) -> Scores:
    """Return scores of chunks, shape (n,), from similarities of their sentences and paragraphs, and their hubness."""
    weight = settings.paragraph_weight
    return np.asarray((sentences + weight * paragraphs) / (1 + weight) - settings.hub_weight * hubness, np.float32)


def reach(similarities: Scores, languages: npt.NDArray[np.int32]) -> Scores:
    """Return how high the question's similarities usually reach in the language of each chunk, shape (n,)."""
    reached = np.zeros_like(similarities)
    if not len(similarities):
        return reached
    overall = _reach(similarities)
    for language in np.unique(languages):
        mine = languages == language
        count = int(mine.sum())
        reached[mine] = (count * _reach(similarities[mine]) + _SHRINKAGE * overall) / (count + _SHRINKAGE)
    return reached


def candidates(dense: Scores, lexical: Scores, languages: npt.NDArray[np.int32]) -> Rows:
    """Return the best rows of every language by either score, in ascending order.

    By language, so that one with few chunks has candidates too.
    """
    kept: list[Rows] = []
    for language in np.unique(languages):
        rows = np.flatnonzero(languages == language)
        matched = rows[lexical[rows] > 0]
        kept += [_best(rows, dense), _best(matched, lexical)]
    return np.unique(np.concatenate(kept)) if kept else np.empty(0, np.intp)


def _best(rows: Rows, scores: Scores) -> Rows:
    if len(rows) <= CANDIDATES:
        return rows
    return rows[np.argpartition(-scores[rows], CANDIDATES)[:CANDIDATES]]


def _reach(similarities: Scores) -> float:
    return float(similarities.mean() + _DEVIATIONS * similarities.std())


def _lexical(words: Words, pool: Pool) -> Scores:
    """Return the lexical score of every chunk, shape (n,): that of its paragraph.

    A chunk that holds a quoted phrase gets the best paragraph's score on top, at least 1.
    """
    by_paragraph = np.zeros(len(pool.paragraphs), np.float32)
    for paragraph, score in words.paragraphs.items():
        row = pool.paragraphs.row_of(paragraph)
        by_paragraph[row] = score
    scores = by_paragraph[pool.paragraph_rows]
    if words.quoting:
        scores[[pool.sentences.row_of(chunk) for chunk in words.quoting]] += max(
            float(by_paragraph.max(initial=0.0)), 1.0
        )
    return scores


def _places(scores: Scores, least: float = -np.inf) -> npt.NDArray[np.int64]:
    """Return 1-based places by score; 0 for scores not above ``least``."""
    places = np.empty(len(scores), np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return np.where(scores > least, places, 0)


# The most twins that are listed for a hit, which may be a line that stands on every page.
_MOST = 20


def group_twins(rows: Rows, wordings: npt.NDArray[np.int64], allowed: Rows | None, k: int) -> list[list[int]]:
    """Return the first ``k`` groups of rows that say the same, in the order of ``rows``, each led by its best.

    ``wordings`` has one row a chunk of the pool; ``allowed``, in ascending order, limits where twins are looked for.
    """
    best: dict[int, int] = {}
    for row in rows.tolist():
        best.setdefault(int(wordings[row]), row)
        if len(best) == k:
            break
    among = np.arange(len(wordings)) if allowed is None else allowed
    groups: list[list[int]] = []
    for wording, row in best.items():
        same = among[wordings[among] == wording].tolist()
        groups.append([row, *islice((other for other in same if other != row), _MOST)])
    return groups
