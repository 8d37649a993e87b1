from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import EmbeddingError, IndexDamaged, VectorIndex

MODEL = "0123456789abcdef"


def unit_rows(seed: int, count: int, dimension: int = 8) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def index() -> VectorIndex:
    return VectorIndex.build(np.array([7, 3, 11, 5]), unit_rows(1, 4), fingerprint=MODEL)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(1, 80), st.integers(0, 20))
def test_search_is_brute_force(seed: int, count: int, k: int, twins: int) -> None:
    vectors = unit_rows(seed, count)
    if count:
        vectors = np.concatenate([vectors, np.repeat(vectors[:1], twins, axis=0)])
    ids = np.random.default_rng(seed).permutation(len(vectors) * 3)[: len(vectors)]
    queries = unit_rows(seed + 1, 3)
    found, scores = VectorIndex.build(ids, vectors, fingerprint=MODEL).search(queries, k)
    width = min(k, len(vectors))
    assert found.shape == scores.shape == (3, width)
    assert found.dtype == np.int64
    assert scores.dtype == np.float32
    by_id = dict(zip(ids.tolist(), vectors, strict=True))
    for query, row, row_scores in zip(queries, found.tolist(), scores, strict=True):
        assert len(set(row)) == width
        exact = np.sort(vectors @ query)[::-1][:width]
        np.testing.assert_allclose(row_scores, exact, atol=1e-5)
        np.testing.assert_allclose([by_id[number] @ query for number in row], row_scores, atol=1e-5)
        assert list(zip(-row_scores, row, strict=True)) == sorted(zip(-row_scores, row, strict=True))


@pytest.mark.parametrize("k", [1, 5, 30, 150])
def test_equal_scores_give_the_lowest_ids(k: int) -> None:
    ids = np.random.default_rng(2).permutation(400)
    index = VectorIndex.build(ids, np.tile(np.eye(4, dtype=np.float32)[:1], (400, 1)), fingerprint=MODEL)
    found, _ = index.search(np.eye(4, dtype=np.float32)[:1], k)
    assert found.tolist() == [list(range(k))]


def test_scores_and_vectors_by_id(index: VectorIndex) -> None:
    query = unit_rows(9, 1)[0]
    np.testing.assert_array_equal(index.vectors([11, 7]), unit_rows(1, 4)[[2, 0]])
    np.testing.assert_allclose(index.scores(query, [5, 3]), unit_rows(1, 4)[[3, 1]] @ query, atol=1e-6)
    assert index.vectors([]).shape == (0, 8)
    with pytest.raises(KeyError, match="no vector 4; index"):
        index.scores(query, [7, 4])


def test_what_it_hands_out_is_a_copy(index: VectorIndex) -> None:
    index.vectors([7])[:] = 0
    np.testing.assert_array_equal(index.vectors([7]), unit_rows(1, 4)[[0]])


@pytest.mark.parametrize(
    ("ids", "vectors", "words"),
    [
        (np.array([1]), unit_rows(1, 2), "one id per row"),
        (np.array([1, 2]), unit_rows(1, 2).reshape(-1), "one id per row"),
        (np.array([1, 1]), unit_rows(1, 2), "occur twice"),
        (np.array([1.0, 2.0]), unit_rows(1, 2), "give integers"),
        (np.array([1, 2]), 1.01 * unit_rows(1, 2), "unit length"),
        (np.array([1, 2]), unit_rows(1, 2) * np.array([[1], [np.nan]]), "unit length"),
    ],
    ids=["counts", "flat", "twice", "not-integers", "long", "nan"],
)
def test_build_refuses(ids: np.ndarray, vectors: np.ndarray, words: str) -> None:
    with pytest.raises(EmbeddingError, match=words):
        VectorIndex.build(ids, vectors, fingerprint=MODEL)


def test_search_refuses_another_dimension(index: VectorIndex) -> None:
    with pytest.raises(EmbeddingError, match="one row of 8 numbers"):
        index.search(unit_rows(1, 1, 9), 1)


@pytest.mark.parametrize("count", [0, 1, 50])
def test_save_and_load(tmp_path: Path, count: int) -> None:
    built = VectorIndex.build(np.arange(count) * 10, unit_rows(3, count), fingerprint=MODEL)
    path = tmp_path / "vectors.faiss"
    digest = built.save(path)
    loaded = VectorIndex.load(path, sha256=digest, fingerprint=MODEL)
    assert (len(loaded), loaded.dimension, loaded.fingerprint) == (count, 8, MODEL)
    queries = unit_rows(4, 2)
    for one, other in zip(built.search(queries, 7), loaded.search(queries, 7), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(loaded.vectors(range(0, count * 10, 10)), unit_rows(3, count))
    assert [entry.name for entry in tmp_path.iterdir()] == ["vectors.faiss"]


@pytest.mark.parametrize("damage", ["missing", "truncated", "altered", "replaced"])
def test_a_damaged_file_is_told_apart(index: VectorIndex, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "vectors.faiss"
    digest = index.save(path)
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(data[:-1])
    elif damage == "altered":
        path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    else:
        VectorIndex.build(np.array([1]), unit_rows(5, 1), fingerprint=MODEL).save(path)
    with pytest.raises(IndexDamaged, match="index the collection again"):
        VectorIndex.load(path, sha256=digest, fingerprint=MODEL)


@pytest.mark.parametrize("content", ["nonsense", "other-kind"])
def test_a_file_of_the_right_hash_that_is_no_index_of_ours(tmp_path: Path, content: str) -> None:
    import hashlib

    import faiss

    data = b"no index at all" if content == "nonsense" else faiss.serialize_index(faiss.IndexFlatIP(4)).tobytes()
    path = tmp_path / "vectors.faiss"
    path.write_bytes(data)
    with pytest.raises(IndexDamaged):
        VectorIndex.load(path, sha256=hashlib.sha256(data).hexdigest(), fingerprint=MODEL)


def test_a_failed_save_leaves_the_old_file(index: VectorIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vectors.faiss"
    digest = index.save(path)

    def full_disk(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("embeddings.files.os.fsync", full_disk)
    with pytest.raises(OSError, match="no space left"):
        VectorIndex.build(np.array([1]), unit_rows(5, 1), fingerprint=MODEL).save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["vectors.faiss"]
    assert len(VectorIndex.load(path, sha256=digest, fingerprint=MODEL)) == 4
