"""Scores of a pool of made-up vectors, against the formula written out, and what each part is for."""

import numpy as np
import pytest

from embeddings import VectorIndex
from rag.search import ranking
from rag.search.ranking import Pool, Words, candidates, fuse, rank, reach
from rag.settings import Settings

DIMENSION = 16


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def reach_of(similarities: np.ndarray) -> float:
    return float(similarities.mean() + 2 * similarities.std())


def make_pool(languages: list[int], seed: int = 0) -> Pool:
    random = np.random.default_rng(seed)
    n = len(languages)
    ids = np.arange(n) + 1
    return Pool(
        generation=1,
        sentences=VectorIndex.build(ids, unit(random.normal(size=(n, DIMENSION))), fingerprint="f"),
        paragraphs=VectorIndex.build(ids + 100, unit(random.normal(size=(n, DIMENSION))), fingerprint="f"),
        alignment=None,
        paragraph_rows=random.integers(0, n, n).astype(np.intp),
        languages=np.array(languages, np.int32),
        language_names=("en", "kk", "zh-Hans"),
        documents=np.zeros(n, np.int32),
        document_ids=("d",),
        wordings=np.arange(n),
        hubness=random.uniform(0, 0.5, n).astype(np.float32),
    )


def test_scores_are_as_the_formula_says() -> None:
    pool, settings = make_pool([0] * 30 + [1] * 12 + [2] * 3), Settings()
    query = unit(np.random.default_rng(5).normal(size=DIMENSION))
    words = Words({pool.paragraphs.ids[4]: 3.0, pool.paragraphs.ids[40]: 1.0}, {8})
    found = rank(query, words, pool, settings)

    sentence = pool.sentences.vectors(pool.sentences.ids.tolist()) @ query
    paragraph = (pool.paragraphs.vectors(pool.paragraphs.ids.tolist()) @ query)[pool.paragraph_rows]
    expected = (sentence + 0.6 * paragraph) / 1.6 - 0.3 * pool.hubness
    reached = {code: reach_of(sentence[pool.languages == code]) for code in range(3)}
    overall = reach_of(sentence)
    for row, code in enumerate(pool.languages):
        count = (pool.languages == code).sum()
        expected[row] -= 0.4 * (count * reached[code] + 30 * overall) / (count + 30)
    lexical = np.where(pool.paragraph_rows == 4, 3.0, np.where(pool.paragraph_rows == 40, 1.0, 0.0))
    lexical[pool.sentences.row_of(8)] += 3.0
    fused = fuse(expected.astype(np.float32), lexical.astype(np.float32), pool.languages, 0.2 * 0.25)
    np.testing.assert_allclose(found.scores, np.sort(fused)[::-1], atol=1e-5)
    np.testing.assert_allclose(fused[found.rows], found.scores, atol=1e-5)
    np.testing.assert_allclose(found.similarities, sentence[found.rows], atol=1e-5)


def test_only_allowed_rows_are_found() -> None:
    pool = make_pool([0, 0, 1, 1, 2])
    query = unit(np.ones(DIMENSION))
    found = rank(query, Words({}), pool, Settings(), np.array([1, 3], np.intp))
    assert sorted(found.rows.tolist()) == [1, 3]
    assert not len(rank(query, Words({}), pool, Settings(), np.array([], np.intp)).rows)


def test_a_language_with_few_chunks_is_not_drowned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "CANDIDATES", 5)
    languages = np.array([0] * 100 + [1] * 3, np.int32)
    dense = np.linspace(1, 0, 103, dtype=np.float32)
    kept = candidates(dense, np.zeros(103, np.float32), languages)
    assert kept.tolist() == [0, 1, 2, 3, 4, 100, 101, 102]
    lexical = np.zeros(103, np.float32)
    lexical[77] = 1.0
    assert 77 in candidates(dense, lexical, languages)


def test_a_language_reaches_as_far_as_its_similarities_do_and_a_small_one_as_the_pool_does() -> None:
    similarities = np.array([0.8, 0.6] * 20 + [0.2] * 40 + [0.9], np.float32)
    found = reach(similarities, np.array([0] * 40 + [1] * 40 + [2], np.int32))
    overall = reach_of(similarities)
    assert found[0] == pytest.approx((40 * (0.7 + 2 * 0.1) + 30 * overall) / 70, abs=1e-5)
    assert found[40] == pytest.approx((40 * 0.2 + 30 * overall) / 70, abs=1e-5)
    assert found[80] == pytest.approx((0.9 + 30 * overall) / 31, abs=1e-5)
    assert not len(reach(similarities[:0], np.zeros(0, np.int32)))


def test_a_language_ahead_for_its_vectors_sake_is_set_back() -> None:
    """Every chunk of language 0 is nearer to everything, though the answer is in language 1."""
    pool = make_pool([0] * 40 + [1] * 40)
    similarities = np.array([0.6] * 40 + [0.3] * 39 + [0.58], np.float32)
    set_back = similarities - 0.4 * reach(similarities, pool.languages)
    assert int(np.argmax(similarities)) < 40
    assert int(np.argmax(set_back)) == 79


def test_ranks_are_places_and_zero_where_no_word_matches() -> None:
    pool = make_pool([0] * 6)
    found = rank(
        unit(np.ones(DIMENSION)), Words({pool.paragraphs.ids[int(pool.paragraph_rows[2])]: 1.0}), pool, Settings()
    )
    assert sorted(found.dense_ranks.tolist()) == [1, 2, 3, 4, 5, 6]
    matched = pool.paragraph_rows[found.rows] == pool.paragraph_rows[2]
    assert np.all((found.lexical_ranks > 0) == matched)
