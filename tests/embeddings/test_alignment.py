"""Alignment on made-up encoders whose languages lie apart, and on the shipped arrays."""

from pathlib import Path

import numpy as np
import pytest

from embeddings import Alignment, EmbeddingError, fit_alignment, load_alignment
from embeddings.encoder import Encoder


def apart(seed: int, sentences: int = 400, dimension: int = 32) -> dict[str, np.ndarray]:
    """The same meanings in three languages, each pushed into a corner of its own."""
    random = np.random.default_rng(seed)
    meanings = random.normal(size=(sentences, dimension))
    vectors = {}
    for name in ("en", "kk", "zh-Hans"):
        moved = meanings + 4 * random.normal(size=dimension) + 0.5 * random.normal(size=meanings.shape)
        vectors[name] = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
    return vectors


def share_of_translations_found(queries: np.ndarray, pool: np.ndarray, own: int) -> float:
    """How often the best match in a pool of two languages is the translation; ``own`` rows are the decoys."""
    best = (queries @ pool.T).argmax(axis=1)
    return float((best == np.arange(len(queries)) + own).mean())


def test_translations_are_found_that_raw_vectors_miss() -> None:
    vectors = apart(1)
    fitted = fit_alignment({n: v[:300] for n, v in vectors.items()}, {n: v[:300] for n, v in vectors.items()}, "f")
    english, kazakh = vectors["en"][300:], vectors["kk"][300:]
    decoys = vectors["en"][:100]
    raw = share_of_translations_found(english, np.concatenate([decoys, kazakh]), len(decoys))
    languages = ["en"] * len(decoys) + ["kk"] * len(kazakh)
    pool = fitted.apply(np.concatenate([decoys, kazakh]), languages, "passage")
    aligned = share_of_translations_found(fitted.apply(english, ["en"] * len(english), "query"), pool, len(decoys))
    assert aligned > 0.9 > raw + 0.2


def test_aligned_vectors_are_of_unit_length_and_keep_their_order() -> None:
    vectors = apart(2)
    fitted = fit_alignment(vectors, vectors, "f")
    aligned = fitted.apply(vectors["kk"], ["kk"] * 400, "passage")
    assert np.allclose(np.linalg.norm(aligned, axis=1), 1, atol=1e-5)
    assert np.allclose(aligned[7], fitted.apply(vectors["kk"][7:8], ["kk"], "passage")[0], atol=1e-6)
    assert fitted.apply(np.empty((0, 32), np.float32), [], "query").shape == (0, 32)


def test_a_language_without_means_takes_its_kin_and_else_all() -> None:
    vectors = apart(3)
    fitted = fit_alignment(vectors, vectors, "f")
    assert np.array_equal(fitted.mean_of("zh"), fitted.means["zh-Hans"])
    assert np.array_equal(fitted.mean_of("kaa"), fitted.means["kk"])
    assert np.array_equal(fitted.mean_of("en-GB"), fitted.means["en"])
    everything = np.mean([fitted.means[name] for name in fitted.means], axis=0)
    assert np.allclose(fitted.mean_of("xx"), everything, atol=1e-6)


def test_saved_and_loaded_it_aligns_alike(tmp_path: Path) -> None:
    vectors = apart(4)
    fitted = fit_alignment(vectors, vectors, "abc")
    fitted.save(tmp_path / "abc.npz")
    loaded = load_alignment("abc", [tmp_path])
    assert loaded is not None
    assert loaded.digest == fitted.digest
    before = fitted.apply(vectors["en"], ["en"] * 400, "query")
    after = loaded.apply(vectors["en"], ["en"] * 400, "query")
    assert (before * after).sum(axis=1).min() > 0.9999
    assert load_alignment("another", [tmp_path]) is None


@pytest.mark.parametrize("damage", ["truncate", "other model", "not arrays"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    vectors = apart(5)
    fit_alignment(vectors, vectors, "other" if damage == "other model" else "abc").save(tmp_path / "abc.npz")
    path = tmp_path / "abc.npz"
    if damage == "truncate":
        path.write_bytes(path.read_bytes()[:500])
    if damage == "not arrays":
        path.write_bytes(b"hello")
    with pytest.raises(EmbeddingError, match="dalil align"):
        load_alignment("abc", [tmp_path])


@pytest.mark.parametrize("wrong", ["one language", "unequal rows", "no queries"])
def test_what_is_not_parallel_is_refused(wrong: str) -> None:
    vectors = apart(6)
    queries = dict(vectors)
    if wrong == "one language":
        vectors = {"en": vectors["en"]}
        queries = vectors
    if wrong == "unequal rows":
        vectors = {**vectors, "kk": vectors["kk"][:-1]}
    if wrong == "no queries":
        queries = {}
    with pytest.raises(EmbeddingError):
        fit_alignment(vectors, queries, "f")


def test_the_packaged_model_has_an_alignment_for_our_languages(encoder: Encoder) -> None:
    alignment = load_alignment(encoder.fingerprint)
    assert isinstance(alignment, Alignment)
    assert alignment.dimension == encoder.dimension
    names = "ar az bn bo cs de el en es fa fi fr he hi hu id it ja kk ko ky mn nl pl pt ro ru sv tg th tk tr tt ug uk"
    assert set(alignment.means) == {*names.split(), "ur", "uz", "vi", "zh-Hans", "zh-Hant"}
