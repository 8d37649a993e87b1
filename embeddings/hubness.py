"""Hubs: passages that are near everything (headlines, summaries, boilerplate) and so crowd out answers.

The remedy is the passage half of CSLS: from every score, subtract a part of the passage's mean similarity to its
nearest neighbours in the collection. (Conneau et al., "Word translation without parallel data", ICLR 2018.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["NEIGHBOURS", "hubness"]

NEIGHBOURS = 10
# Neighbours are looked for among at most so many passages, evenly taken, so that a large collection does not
# cost the square of its size.
_MOST = 20_000
_ROWS = 1_024


def hubness(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return each passage's mean similarity to its ten nearest others, shape (n,); ``vectors`` have shape (n, d)."""
    n = len(vectors)
    result = np.zeros(n, np.float32)
    if n < 2:
        return result
    pool = np.linspace(0, n - 1, min(n, _MOST)).astype(np.int64)
    k = min(NEIGHBOURS, len(pool) - 1)
    for start in range(0, n, _ROWS):
        rows = np.arange(start, min(start + _ROWS, n))
        similarities = vectors[rows] @ vectors[pool].T
        similarities[rows[:, None] == pool[None, :]] = -2.0  # never its own neighbour
        result[rows] = np.partition(similarities, -k, axis=1)[:, -k:].mean(axis=1)
    return result
