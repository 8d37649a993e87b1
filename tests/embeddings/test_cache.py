import sqlite3
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from embeddings import CACHE_SCHEMA, EmbeddingError, VectorCache, embed_cached, text_hash

DIMENSION = 4


class LetterEncoder:
    """Stands in for a model: the vector of a text tells its length; remembers what it encoded."""

    dimension = DIMENSION

    def __init__(self, fail_after: int | None = None) -> None:
        self.encoded: list[str] = []
        self.fail_after = fail_after

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        if self.fail_after is not None and len(self.encoded) >= self.fail_after:
            raise KeyboardInterrupt
        self.encoded += texts
        if on_batch:
            on_batch(len(texts))
        return np.stack([vector(text) for text in texts]) if texts else np.empty((0, DIMENSION), np.float32)


def vector(text: str) -> np.ndarray:
    row = np.array([len(text), 1, 2, 3], np.float32)
    return row / np.linalg.norm(row)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(CACHE_SCHEMA)
    yield connection
    connection.close()


@pytest.fixture
def cache(connection: sqlite3.Connection) -> VectorCache:
    return VectorCache(connection, "model-a", DIMENSION)


def embed(encoder: LetterEncoder, cache: VectorCache, texts: list[str], **options: object) -> tuple[np.ndarray, int]:
    settings: dict[str, object] = {"on_done": None, "commit": lambda: None} | options
    return embed_cached(encoder, cache, texts, **settings)  # type: ignore[arg-type]


def test_only_what_is_known_comes_back(cache: VectorCache) -> None:
    cache.put(["бір", "一"], np.stack([vector("бір"), vector("一")]))
    found = cache.get(["一", "two", "бір"])
    assert found.keys() == {"бір", "一"}
    np.testing.assert_array_equal(found["бір"], vector("бір"))
    assert found["一"].dtype == np.float32


def test_models_do_not_share(cache: VectorCache, connection: sqlite3.Connection) -> None:
    cache.put(["a"], vector("a")[None])
    assert VectorCache(connection, "model-b", DIMENSION).get(["a"]) == {}


def test_a_vector_of_the_wrong_length_is_absent(cache: VectorCache, connection: sqlite3.Connection) -> None:
    cache.put(["a"], vector("a")[None])
    connection.execute("UPDATE vectors SET vector = substr(vector, 1, 8)")
    assert cache.get(["a"]) == {}


def test_put_refuses_another_shape(cache: VectorCache) -> None:
    with pytest.raises(EmbeddingError, match="one row of 4 numbers"):
        cache.put(["a"], np.zeros((1, 5), np.float32))


def test_more_texts_than_sqlite_takes_variables(cache: VectorCache) -> None:
    texts = [f"text {i}" for i in range(2100)]
    cache.put(texts, np.stack([vector(text) for text in texts]))
    assert cache.get(texts).keys() == set(texts)


def test_put_leaves_the_transaction_to_the_caller(cache: VectorCache, connection: sqlite3.Connection) -> None:
    connection.commit()
    cache.put(["a"], vector("a")[None])
    connection.rollback()
    assert cache.get(["a"]) == {}


def test_prune_keeps_what_is_named_of_this_model(cache: VectorCache, connection: sqlite3.Connection) -> None:
    cache.put(["a", "b", "c"], np.stack([vector(text) for text in "abc"]))
    VectorCache(connection, "model-b", DIMENSION).put(["a"], vector("a")[None])
    assert cache.prune([text_hash("b")]) == 3
    assert cache.get(["a", "b", "c"]).keys() == {"b"}
    assert cache.prune([]) == 1


def test_each_distinct_text_is_encoded_once_and_order_is_kept(cache: VectorCache) -> None:
    encoder = LetterEncoder()
    cache.put(["known"], vector("known")[None])
    texts = ["bb", "known", "a", "bb", "cccc", "known"]
    done: list[tuple[int, bool]] = []
    vectors, new = embed(encoder, cache, texts, on_done=lambda count, cached: done.append((count, cached)))
    np.testing.assert_array_equal(vectors, np.stack([vector(text) for text in texts]))
    assert new == 3
    assert sorted(encoder.encoded) == ["a", "bb", "cccc"]
    assert done[0] == (1, True)
    assert sum(count for count, _ in done) == 4


def test_nothing_to_embed(cache: VectorCache) -> None:
    vectors, new = embed(LetterEncoder(), cache, [])
    assert vectors.shape == (0, DIMENSION)
    assert new == 0


def test_an_interrupted_run_resumes_at_the_last_commit(cache: VectorCache, connection: sqlite3.Connection) -> None:
    texts = [f"{i:03}" for i in range(100)]
    with pytest.raises(KeyboardInterrupt):
        embed(LetterEncoder(fail_after=60), cache, texts, commit=connection.commit, commit_every=20)
    connection.rollback()
    encoder = LetterEncoder()
    vectors, new = embed(encoder, cache, texts, commit=connection.commit, commit_every=20)
    assert new == 40
    np.testing.assert_array_equal(vectors, np.stack([vector(text) for text in texts]))
