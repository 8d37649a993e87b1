"""Hubness against a plain loop, and what it is for."""

import numpy as np
import pytest

from embeddings import hubness


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("count", [2, 5, 11, 40, 1500])
def test_it_is_the_mean_of_the_ten_nearest_others(count: int) -> None:
    vectors = unit(np.random.default_rng(count).normal(size=(count, 24)))
    found = hubness(vectors)
    for i in range(0, count, max(1, count // 7)):
        others = np.delete(vectors @ vectors[i], i)
        assert found[i] == pytest.approx(np.sort(others)[-10:].mean(), abs=1e-5)


def test_what_is_near_everything_stands_out() -> None:
    random = np.random.default_rng(0)
    vectors = unit(random.normal(size=(200, 64)))
    middle = unit(vectors.mean(axis=0, keepdims=True))
    found = hubness(np.concatenate([vectors, middle]))
    assert found.argmax() == 200


def test_none_and_one_have_no_neighbours() -> None:
    assert hubness(np.empty((0, 8), np.float32)).shape == (0,)
    assert hubness(unit(np.ones((1, 8)))).tolist() == [0.0]
