"""How far confidence can be relied on: whether it tells answerable questions from others, and is a probability.

Measured where a dataset has questions that its collection does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import brier_score_loss, roc_auc_score

from rag.bench.prepared import Prepared
from rag.evidence import confidence
from rag.state import CONSIDERED

BINS = 10


def answering(prepared: Prepared, vectors: npt.NDArray[np.float32]) -> dict[str, Any] | None:
    """`reliability` of the product over a dataset, None where all of its questions can be answered."""
    dataset, engine = prepared.dataset, prepared.engine
    if not dataset.unanswerable:
        return None
    found: list[float] = []
    for query, vector in zip(dataset.queries, vectors, strict=True):
        rows = prepared.rows_in_pool(dataset.candidates[query.id]) if dataset.candidates else None
        hits, aligned = engine.search_encoded(query.text, vector, CONSIDERED, rows=rows)
        found.append(confidence(query.text, hits, aligned=aligned))
    answerable = [query.id not in dataset.unanswerable for query in dataset.queries]
    return reliability(found, answerable, engine.settings.min_confidence)


def reliability(confidences: Sequence[float], answerable: Sequence[bool], threshold: float) -> dict[str, Any]:
    """What confidences are worth, given which questions can be answered.

    Shares that would be answered from ``threshold`` on; the area under the ROC curve (0.5 tells nothing apart, 1 all)
    and the Brier score (mean squared error, less is better); and, of each of ten equal bins of confidence, how many
    questions fall into it, their mean confidence, and the share of them that can be answered.
    """
    found, truth = np.asarray(confidences, np.float64), np.asarray(answerable, bool)
    answered = found >= threshold
    return {
        "answered_answerable": _share(answered[truth]),
        "answered_unanswerable": _share(answered[~truth]),
        "threshold": threshold,
        "answerable": int(truth.sum()),
        "unanswerable": int((~truth).sum()),
        "auroc": float(roc_auc_score(truth, found)) if 0 < truth.sum() < len(truth) else None,
        "brier": float(brier_score_loss(truth, found)),
        "reliability": _bins(found, truth),
    }


def _bins(found: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> list[dict[str, float | None]]:
    # A confidence of 1 belongs to the last bin.
    places = np.minimum((found * BINS).astype(np.int64), BINS - 1)
    return [
        {
            "low": number / BINS,
            "high": (number + 1) / BINS,
            "count": int((places == number).sum()),
            "predicted": _share(found[places == number]),
            "observed": _share(truth[places == number]),
        }
        for number in range(BINS)
    ]


def _share(values: npt.NDArray[np.bool_ | np.float64]) -> float | None:
    return float(np.mean(values)) if len(values) else None
