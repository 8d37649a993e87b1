"""A collection in numbers: its languages, its dates, and its chunks on a map where near points are near in meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from rag.library.catalogue import Entry
from rag.search.engine import SearchEngine
from rag.search.ranking import Pool

Rows = list[dict[str, Any]]
Vectors = npt.NDArray[np.float32]

# Beyond so many months a timeline counts years.
MOST_MONTHS = 36
# Characters of a passage that are kept; no more fits a tooltip.
_SHOWN = 300
# t-SNE of so many chunks takes about 10 s, and its time grows faster than their number.
SAMPLE = 3000
_DIMENSIONS = 50
# With fewer points there are no neighbourhoods to keep.
_FEWEST = 10
_PERPLEXITY = 30
# Sampled neighbours that place a chunk outside the sample.
_NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class Timeline:
    """Documents by date. Rows hold ``period`` (ISO, ``2023-10`` or ``2023``), ``language`` and ``documents``.

    Rows are sorted by period and then language; none counts zero documents. ``undated`` documents are in no row.
    """

    rows: Rows
    unit: Literal["month", "year"]
    undated: int

    @property
    def periods(self) -> list[str]:
        """Return every period from the first to the last, those without documents included."""
        if not self.rows:
            return []
        first, last = self.rows[0]["period"], self.rows[-1]["period"]
        if self.unit == "year":
            return [f"{year:04}" for year in range(int(first), int(last) + 1)]
        return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(_month(first), _month(last) + 1)]


def by_language(entries: Iterable[Entry]) -> Rows:
    """Return a row of ``documents`` and ``chunks`` for each ``language`` (of the document), most documents first."""
    documents: Counter[str] = Counter()
    chunks: Counter[str] = Counter()
    for entry in entries:
        documents[entry.language] += 1
        chunks[entry.language] += entry.chunks
    ordered = sorted(documents, key=lambda language: (-documents[language], language))
    return [{"language": tag, "documents": documents[tag], "chunks": chunks[tag]} for tag in ordered]


def over_time(entries: Iterable[Entry]) -> Timeline:
    """Return documents counted by month if all dates tell one, and lie within `MOST_MONTHS` months, else by year."""
    dated: list[tuple[str, str]] = []
    undated = 0
    for entry in entries:
        if entry.published:
            dated.append((entry.published, entry.language))
        else:
            undated += 1
    months = [_month(date) for date, _ in dated] or [0]
    told = all(len(date) >= len("2023-10") for date, _ in dated)
    unit: Literal["month", "year"] = "month" if told and max(months) - min(months) < MOST_MONTHS else "year"
    length = len("2023-10" if unit == "month" else "2023")
    counts = Counter((date[:length], language) for date, language in dated)
    rows: Rows = [
        {"period": period, "language": language, "documents": count}
        for (period, language), count in sorted(counts.items())
    ]
    return Timeline(rows, unit, undated)


def project(pool: Pool) -> Vectors:
    """Return the coordinates of a pool's chunks in its order, shape (n, 2), as `plane` computes them."""
    return plane(pool.sentences.vectors(pool.chunk_ids.tolist()))


def points(engine: SearchEngine) -> Rows:
    """Return a row for every chunk, as the map shows it.

    A row has ``chunk`` (its id), ``x``, ``y``, ``language``, ``title`` and ``text``.
    """
    store = engine.collection.store
    with store.transaction(write=False):
        pool = engine.pool()
        chunks = store.chunks(pool.chunk_ids.tolist())
        cards = store.cards(set(pool.document_ids))
    return [
        {
            "chunk": number, "x": float(x), "y": float(y), "language": chunks[number].language,
            "title": cards[chunks[number].document_id].title, "text": chunks[number].text[:_SHOWN],
        }
        for number, (x, y) in zip(pool.chunk_ids.tolist(), project(pool), strict=True)
    ]  # fmt: skip


def plane(vectors: Vectors) -> Vectors:
    """Return coordinates, shape (n, 2), for ``vectors``, shape (n, d), such that near vectors are near; n may be 0.

    They come from principal components, then t-SNE (van der Maaten and Hinton, "Visualizing data using t-SNE", Journal
    of Machine Learning Research 9, 2008). Of more than `SAMPLE` vectors, t-SNE places an even sample, and every other
    one is put at the median of its nearest in the sample (Poličar, Stražar and Zupan, "Embedding to reference t-SNE
    space addresses batch effects in single-cell classification", Machine Learning 112, 2023).

    Coordinates are finite and lie in [-1, 1], with 0 in the middle of what they span; only which points are near
    means something, not the axes or long distances. Equal vectors in equal order give equal coordinates.
    """
    reduced = _components(vectors)
    if len(reduced) <= SAMPLE:
        return _scaled(_embedded(reduced))
    sampled = np.linspace(0, len(reduced) - 1, SAMPLE).astype(np.intp)
    embedded = _embedded(reduced[sampled])
    search = NearestNeighbors(n_neighbors=_NEIGHBOURS, algorithm="brute").fit(reduced[sampled])
    placed = np.median(embedded[search.kneighbors(reduced, return_distance=False)], axis=1)
    placed[sampled] = embedded
    return _scaled(placed)


def _components(vectors: Vectors) -> Vectors:
    """Return the first principal components, at least two columns; zeros if all vectors are equal."""
    count = min(_DIMENSIONS, *vectors.shape)
    if not _differ(vectors):
        return np.zeros((len(vectors), 2), np.float32)
    found = PCA(count, svd_solver="covariance_eigh").fit_transform(vectors)
    return np.pad(np.asarray(found, np.float32), ((0, 0), (0, max(0, 2 - count))))


def _embedded(points: Vectors) -> Vectors:
    """Return points, shape (n, k), placed in the plane by t-SNE, or their first two components if they are too few."""
    count = len(points)
    if count < _FEWEST or not _differ(points):
        return points[:, :2]
    perplexity = min(_PERPLEXITY, (count - 1) / 3)
    # One thread only: more would sum in another order, which gives another map, and would wait for each other while a
    # search runs beside them. The limit holds for the calling thread alone.
    with threadpool_limits(1, user_api="openmp"):
        found = TSNE(init="pca", perplexity=perplexity, random_state=0).fit_transform(points)
    return np.asarray(found, np.float32)


def _differ(points: Vectors) -> bool:
    return len(points) > 1 and bool((points != points[0]).any())


def _scaled(points: Vectors) -> Vectors:
    """Return points moved and scaled: the middle of their range at 0 and the farthest coordinate at 1 or -1."""
    if not len(points):
        return points
    centred = points - (points.min(axis=0) + points.max(axis=0)) / 2
    return np.asarray(centred / (np.abs(centred).max() or 1.0), np.float32)


def _month(date: str) -> int:
    """Return the month of an ISO date, counted from year 0; the first of a year alone."""
    return 12 * int(date[:4]) + int(date[5:7] or 1) - 1
