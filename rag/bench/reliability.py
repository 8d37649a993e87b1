"""The reliability of confidence: whether it tells answerable questions from others, and is a probability.

It is measured on datasets that have questions which their collection does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from rag.answering.confidence import confidence
from rag.answering.state import CONSIDERED
from rag.bench.prepared import Prepared

BINS = 10
Figures = dict[str, Any]
# Figures that are given for all languages together only.
_OF_ALL = ("reliability", "threshold")


def answering(prepared: Prepared, vectors: npt.NDArray[np.float32]) -> Figures | None:
    """Return the `reliability` of the product over a dataset of rows, also by the language of the question.

    ``vectors``, shape (questions, dimension), are those of the questions as the model returns them. The result is None
    if all questions can be answered. For a gold set, whose answers can be compared with evidence, see
    `rag.bench.answers`.
    """
    dataset, engine = prepared.dataset, prepared.engine
    if not dataset.unanswerable:
        return None
    found: list[float] = []
    for query, vector in zip(dataset.queries, vectors, strict=True):
        rows = prepared.rows_in_pool(dataset.candidates[query.id]) if dataset.candidates else None
        hits, aligned = engine.search_encoded(query.text, vector, CONSIDERED, rows=rows)
        found.append(confidence(query.text, hits, aligned=aligned))
    answerable = [query.id not in dataset.unanswerable for query in dataset.queries]

    def figures(places: Sequence[int]) -> Figures:
        chosen = [found[n] for n in places], [answerable[n] for n in places]
        return reliability(*chosen, engine.settings.min_confidence)

    return with_languages([query.language for query in dataset.queries], figures)


def with_languages(languages: Sequence[str], figures: Callable[[Sequence[int]], Figures]) -> Figures:
    """Return the figures of all questions and, as ``by_language``, of those in each language.

    ``languages`` are those of the questions; ``figures`` computes the figures of the questions at some positions.
    """
    parts = {name: [n for n, other in enumerate(languages) if other == name] for name in sorted(set(languages))}
    return {
        **figures(range(len(languages))),
        "by_language": {
            name: {key: value for key, value in figures(places).items() if key not in _OF_ALL}
            for name, places in parts.items()
        },
    }


def reliability(
    confidences: Sequence[float],
    answerable: Sequence[bool],
    threshold: float,
    answered: Sequence[bool] | None = None,
) -> Figures:
    """Return figures on the reliability of confidences, given which questions can be answered.

    They are: how many questions are ``answered`` (by default from ``threshold`` on) and how many not, the false answers
    and refusals among them, and these as shares; the area under the ROC curve and the Brier score (mean squared error,
    less is better); and, for each of ten equal bins of confidence, how many questions fall into it, their mean
    confidence, and the share of them that can be answered.
    """
    found, truth = np.asarray(confidences, np.float64), np.asarray(answerable, bool)
    given = found >= threshold if answered is None else np.asarray(answered, bool)
    return {
        "answered": int(given.sum()),
        "abstained": int((~given).sum()),
        "false_answers": int(given[~truth].sum()),
        "false_refusals": int((~given[truth]).sum()),
        "answered_answerable": _share(given[truth]),
        "answered_unanswerable": _share(given[~truth]),
        "threshold": threshold,
        "answerable": int(truth.sum()),
        "unanswerable": int((~truth).sum()),
        "auroc": auroc(found, truth),
        "brier": _share((found - truth) ** 2),
        "reliability": _bins(found, truth),
    }


def auroc(confidences: npt.ArrayLike, answerable: npt.ArrayLike) -> float | None:
    """Return the area under the ROC curve, which measures how well confidence separates answerable questions.

    It is the share of pairs in which the answerable question has more confidence than the unanswerable one; ties count
    half. 0.5 is no better than chance, 1 is perfect. None if all questions are of one kind.
    """
    truth = np.asarray(answerable, bool)
    return float(roc_auc_score(truth, confidences)) if 0 < truth.sum() < len(truth) else None


def aurc(confidences: npt.ArrayLike, errors: npt.ArrayLike) -> float | None:
    """Return the area under the risk–coverage curve, 0 (no errors) to 1; less is better. None without questions.

    The questions are answered in order of confidence: at each coverage, the share answered so far, the risk is the
    share of ``errors`` among them (Geifman and El-Yaniv, NeurIPS 2017). The order of questions of equal confidence
    means nothing, so each of them counts as their average share of errors.
    """
    found, wrong = np.asarray(confidences, np.float64), np.asarray(errors, np.float64)
    if not len(found):
        return None
    _, group, counts = np.unique(-found, return_inverse=True, return_counts=True)
    means = np.bincount(group, weights=wrong) / counts
    risks = np.cumsum(means[np.sort(group)]) / np.arange(1, len(found) + 1)
    return float(risks.mean())


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
