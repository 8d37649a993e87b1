"""What a ranking is worth: measures by question, their means with intervals, and how languages fare.

The measures are those of trec_eval, by ir_measures (MacAvaney, Macdonald and Ounis, ECIR 2022). A judged question
for which nothing was found counts as zero; a question without judgements counts in nothing. Intervals are 95 %
percentile bootstrap over questions.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import AP, RR, R, nDCG
from scipy.stats import bootstrap

from rag.bench.outcome import SHOWN, Outcome

MEASURES = {
    "mAP": AP, "nDCG@10": nDCG @ 10, "MRR@10": RR @ 10, "recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ 10,
    "recall@20": R @ 20,
}  # fmt: skip
_RESAMPLES = 1000
_SEED = 20231019
Interval = dict[str, float]
PerQuery = dict[str, dict[str, float]]


def by_query(judged: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]) -> PerQuery:
    """Every measure of every judged question; ``rankings`` are what was found, best first."""
    values: PerQuery = {query: dict.fromkeys(MEASURES, 0.0) for query in judged}
    names = {measure: name for name, measure in MEASURES.items()}
    run = {
        query: {item: float(len(found) - rank) for rank, item in enumerate(found)}
        for query, found in rankings.items()
        if found and query in judged
    }
    if run:
        for metric in ir_measures.iter_calc(list(names), {query: dict(judged[query]) for query in run}, run):
            values[metric.query_id][names[metric.measure]] = float(metric.value)
    return values


def summary(values: PerQuery, queries: Iterable[str] | None = None) -> dict[str, Interval]:
    """The mean of each measure over ``queries`` (by default all), with the interval it is known to."""
    chosen = [values[query] for query in (values if queries is None else queries) if query in values]
    if not chosen:
        return {}
    return {name: interval([row[name] for row in chosen]) for name in MEASURES}


def interval(values: Sequence[float]) -> Interval:
    """A mean and the ends of its 95 % interval."""
    sample = np.asarray(values, np.float64)
    mean = float(sample.mean())
    if len(sample) < 2 or np.ptp(sample) == 0:
        return {"mean": mean, "low": mean, "high": mean}
    found = bootstrap(
        (sample,), np.mean, n_resamples=_RESAMPLES, batch=100, method="percentile", rng=np.random.default_rng(_SEED)
    ).confidence_interval
    return {"mean": mean, "low": float(found.low), "high": float(found.high)}


def resampled(count: int, statistic: Callable[[npt.NDArray[np.intp]], float | None]) -> tuple[float, float] | None:
    """Return the ends of the 95 % interval of a statistic that is no mean, by the same bootstrap.

    ``statistic`` takes the places of questions, of which there are ``count``, some repeated and some left out; where it
    is None it counts as not drawn. None where it always is.
    """
    rng = np.random.default_rng(_SEED)
    drawn = [statistic(rng.integers(0, count, count)) for _ in range(_RESAMPLES)]
    values = [value for value in drawn if value is not None]
    if not values:
        return None
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def language_matrix(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Recall in the first ten of the evidence in each language, by the language of the question."""
    hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for outcome in outcomes:
        for item, language in outcome.relevant.items():
            hits[outcome.language, language].append(item in outcome.first)
    asked = sorted({pair[0] for pair in hits})
    evidence = sorted({pair[1] for pair in hits})
    return {
        "measure": f"recall@{SHOWN}",
        "queries": asked,
        "evidence": evidence,
        "values": [[_share(hits.get((a, e))) for e in evidence] for a in asked],
        "counts": [[len(hits.get((a, e), ())) for e in evidence] for a in asked],
    }


def language_bias(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Whether evidence in the question's own language is ahead.

    ``own_language_share`` of the first ten hits, beside the same share of the judged evidence (``…_expected``);
    recall in the first ten of own and of other languages; and ``own_language_precedence``, the probability that of
    two pieces of evidence for a question, one in its language and one not, the first stands ahead (0.5 is fair;
    the A of Vargha and Delaney, 2000).
    """
    shown = Counter[bool]()
    judged = Counter[bool]()
    found: dict[bool, list[bool]] = {True: [], False: []}
    ahead: list[float] = []
    for outcome in outcomes:
        shown.update(language == outcome.language for language in outcome.shown)
        for item, language in outcome.relevant.items():
            own = language == outcome.language
            judged[own] += 1
            found[own].append(item in outcome.first)
        ahead += _precedences(outcome)
    return {
        "own_language_share": _part(shown),
        "own_language_expected": _part(judged),
        "own_language_recall": _share(found[True]),
        "other_language_recall": _share(found[False]),
        "own_language_precedence": sum(ahead) / len(ahead) if ahead else None,
    }


def _precedences(outcome: Outcome) -> list[float]:
    """For each pair of own and other evidence, 1 where the own is ahead, 0 where it is behind, else one half."""
    ranks: dict[bool, list[float]] = {True: [], False: []}
    for item, language in outcome.relevant.items():
        ranks[language == outcome.language].append(outcome.places.get(item, math.inf))
    return [1.0 if own < other else 0.0 if own > other else 0.5 for own in ranks[True] for other in ranks[False]]


def _part(counts: Counter[bool]) -> float | None:
    total = counts[True] + counts[False]
    return counts[True] / total if total else None


def _share(found: Sequence[bool] | None) -> float | None:
    return sum(found) / len(found) if found else None
