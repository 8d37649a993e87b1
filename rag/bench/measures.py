"""The measures of a ranking: trec_eval's, and which hits count as evidence."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import ir_measures
import numpy as np
import numpy.typing as npt
from ir_measures import AP, RR, R, nDCG
from scipy.stats import bootstrap

from rag.bench.datasets import Query
from rag.bench.methods import Ranked
from rag.bench.prepared import Place, Prepared

# How many hits a reader looks at; language measures count these.
SHOWN = 10
# A hit counts if the overlap with the quote is at least this share of the shorter of the two.
_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ranking found for one question.

    ``ranking`` is what was found, best first, and ``judged`` the grades, in the form that measures take. ``relevant``
    has the language of each piece of evidence; ``places`` the 1-based rank of the hit at which a piece was found;
    ``first`` the pieces found in the first ten hits; ``shown`` the languages of the first ten hits.
    """

    query: str
    language: str
    ranking: Sequence[str]
    judged: Mapping[str, int] | None
    relevant: Mapping[str, str]
    places: Mapping[str, int]
    shown: Sequence[str]

    @property
    def first(self) -> frozenset[str]:
        """Return the pieces of evidence found in the first ten hits."""
        return frozenset(item for item, rank in self.places.items() if rank <= SHOWN)


def outcome_of(query: Query, found: Ranked, prepared: Prepared) -> Outcome:
    """Return the outcome of one question, for which a method ``found`` these hits."""
    make = _of_gold if prepared.dataset.kind == "gold" else _of_rows
    return make(query, found, prepared)


def _of_rows(query: Query, found: Ranked, prepared: Prepared) -> Outcome:
    """Return the outcome over a dataset of rows, where a document ranks at its best chunk.

    Judged documents that the corpus lacks count as not found, and in no language.
    """
    languages, dataset = prepared.row_languages, prepared.dataset
    passed = query.id if dataset.passes_over_itself else None
    ranking: dict[str, int] = {}
    for group in found:
        for place in group:
            for row in prepared.rows_of[place.document_id]:
                if row != passed:
                    ranking.setdefault(row, len(ranking) + 1)
    judged = (dataset.judged or {}).get(query.id)
    relevant = {row: languages[row] for row, grade in (judged or {}).items() if grade > 0 and row in languages}
    places = {row: ranking[row] for row in relevant if row in ranking}
    return Outcome(
        query.id,
        query.language,
        list(ranking),
        judged,
        relevant,
        places,
        [languages[row] for row in islice(ranking, SHOWN)],
    )


def _of_gold(query: Query, found: Ranked, prepared: Prepared) -> Outcome:
    """Return the outcome over a gold set.

    If one quote is enough, all quotes are one piece of evidence for the measures, found at the first of them.
    """
    dataset = prepared.dataset
    evidence = {f"quote {n}": place for n, place in enumerate(prepared.evidence[query.id], 1)}
    places: dict[str, int] = {}
    ranking: list[str] = []
    for rank, group in enumerate(found, 1):
        new = [
            name for name, place in evidence.items() if name not in places and any(overlaps(p, place) for p in group)
        ]
        places.update(dict.fromkeys(new, rank))
        ranking += new or [f"hit {rank}"]
    needed = list(evidence)
    if query.id not in dataset.needs_all and evidence:
        first = next((name for name in ranking if name in evidence), None)
        ranking = [name for name in ranking if name not in evidence or name == first]
        needed = [first or "quote 1"]
    judged = dict.fromkeys(needed, 1) if evidence else None
    relevant = {name: place.language for name, place in evidence.items()}
    shown = [group[0].language for group in found[:SHOWN]]
    return Outcome(query.id, query.language, ranking, judged, relevant, places, shown)


def overlaps(hit: Place, quote: Place) -> bool:
    """Return whether a hit covers at least half of the quote, or the quote half of the hit."""
    shared = min(hit.end, quote.end) - max(hit.start, quote.start)
    shorter = min(hit.end - hit.start, quote.end - quote.start)
    return hit.document_id == quote.document_id and shared > 0 and shared >= _OVERLAP * shorter


MEASURES = {
    "mAP": AP, "nDCG@10": nDCG @ 10, "MRR@10": RR @ 10, "recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ 10,
    "recall@20": R @ 20,
}  # fmt: skip
_RESAMPLES = 1000
_SEED = 20231019
Interval = dict[str, float]
PerQuery = dict[str, dict[str, float]]


def by_query(judged: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]) -> PerQuery:
    """Return every measure of every judged question; ``rankings`` are what was found, best first."""
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
    """Return the mean of each measure, with its 95 % interval, over ``queries`` (by default all); empty without any."""
    chosen = [values[query] for query in (values if queries is None else queries) if query in values]
    if not chosen:
        return {}
    return {name: interval([row[name] for row in chosen]) for name in MEASURES}


def interval(values: Sequence[float]) -> Interval:
    """Return the mean of values and the ends of its 95 % interval, by bootstrap."""
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

    ``statistic`` takes the positions of questions, of which there are ``count``, some repeated and some left out; draws
    for which it is None are left out. The result is None if it is None for all.
    """
    rng = np.random.default_rng(_SEED)
    drawn = [statistic(rng.integers(0, count, count)) for _ in range(_RESAMPLES)]
    values = [value for value in drawn if value is not None]
    if not values:
        return None
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def language_matrix(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the recall in the first ten hits of the evidence in each language, by the language of the question."""
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
    """Return figures on how far evidence in the question's own language is ahead; None where there is nothing to count.

    They are: ``own_language_share`` of the first ten hits, beside the same share of the judged evidence
    (``…_expected``); recall in the first ten of own and of other languages; and ``own_language_precedence``, the
    probability that of two pieces of evidence for a question, one in its language and one not, the first stands ahead
    (0.5 is fair; the A of Vargha and Delaney, 2000).
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
    """Return for each pair of own and other evidence 1 if the own is ahead, 0 if it is behind, else one half."""
    ranks: dict[bool, list[float]] = {True: [], False: []}
    for item, language in outcome.relevant.items():
        ranks[language == outcome.language].append(outcome.places.get(item, math.inf))
    return [1.0 if own < other else 0.0 if own > other else 0.5 for own in ranks[True] for other in ranks[False]]


def _part(counts: Counter[bool]) -> float | None:
    total = counts[True] + counts[False]
    return counts[True] / total if total else None


def _share(found: Sequence[bool] | None) -> float | None:
    return sum(found) / len(found) if found else None
