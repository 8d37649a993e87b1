"""Running a benchmark: every method over every question of a dataset, in one process, one after another.

A result is a plain dictionary (JSON), one for each dataset and method; the README lists its fields.
"""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.language import detect_language
from embeddings import Encoder
from rag import __version__
from rag.bench.answers import Asked, answer_figures, asking, judge
from rag.bench.datasets import Dataset
from rag.bench.measures import SHOWN, Outcome, by_query, language_bias, language_matrix, outcome_of, summary
from rag.bench.methods import GOLD_HITS, Method, make_method, places_of
from rag.bench.prepared import Prepared, prepare
from rag.bench.reliability import answering
from rag.bench.results import FORMAT, Commit, Run, current_commit
from rag.indexing.plan import Progress
from rag.settings import Settings

Vectors = npt.NDArray[np.float32]
# Opens a progress bar (total, label, unit) and yields the function that advances it.
Track = Callable[[int, str, str], AbstractContextManager[Callable[[int], None]]]
_ENCODED_AT_ONCE = 64
# Questions asked one by one, as readers ask them, for the times.
_TIMED = 200
# Fewer where passages are read for each, which takes far longer than to encode the question.
_TIMED_READING = 50
_WEIGHTS = ("paragraph_weight", "hub_weight", "language_weight", "lexical_weight", "min_confidence")


@contextmanager
def untracked(total: int, label: str, unit: str) -> Iterator[Callable[[int], None]]:
    """Show no progress bar."""
    yield lambda count: None


def run_dataset(
    dataset: Dataset,
    methods: Sequence[str],
    settings: Settings,
    encoder: Encoder,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
    track: Track = untracked,
) -> Iterator[Run]:
    """Measure ``methods`` on a dataset and yield their results one after another.

    Its collection is kept under ``folder`` (by default the user's cache).
    """
    prepared = prepare(dataset, settings, encoder, folder=folder, progress=progress)
    try:
        vectors = _encode(prepared, track)
        facts = _facts(prepared, current_commit())
        encoding = _encoding_ms(prepared)
        # With candidates no ranking is judged, so there is nothing to compare between methods.
        for name in [name for name in methods if name == "dalil"] if dataset.candidates else methods:
            method = make_method(name, prepared)
            yield {**facts, "method": name, **_measured(method, prepared, vectors, encoding, track)}
    finally:
        prepared.engine.collection.close()


def _encode(prepared: Prepared, track: Track) -> Vectors:
    texts = [query.text for query in prepared.dataset.queries]
    parts: list[Vectors] = []
    with track(len(texts), f"{prepared.dataset.name}: encoding", "question") as advance:
        for start in range(0, len(texts), _ENCODED_AT_ONCE):
            parts.append(prepared.engine.encoder.encode_queries(texts[start : start + _ENCODED_AT_ONCE]))
            advance(len(parts[-1]))
    return np.concatenate(parts)


def _measured(method: Method, prepared: Prepared, vectors: Vectors, encoding: float, track: Track) -> Run:
    is_product = method.name == "dalil"
    # As readers ask: ten hits, ready to be shown. First of all, so that no answer waits for the reader to be loaded.
    times_of_hits = _times_of_hits(prepared, vectors) if is_product else []
    with track(len(prepared.dataset.queries), f"{prepared.dataset.name}: {method.name}", "question") as advance:
        if is_product and prepared.dataset.kind == "gold":
            run, times = _asked(prepared, advance), times_of_hits
        else:
            run, times = _searched(method, prepared, vectors, advance)
    if is_product and run["answering"] is None:
        run["answering"] = answering(prepared, vectors)
    return {**run, "speed": _speed(times_of_hits or times, encoding, prepared)}


def _searched(
    method: Method, prepared: Prepared, vectors: Vectors, advance: Callable[[int], None]
) -> tuple[Run, list[float]]:
    """Return the measures of what a method finds, and the milliseconds that it takes for each question."""
    outcomes: list[Outcome] = []
    times: list[float] = []
    for query, vector in zip(prepared.dataset.queries, vectors, strict=True):
        began = time.perf_counter()
        found = method.search(query.text, vector)
        times.append(1000 * (time.perf_counter() - began))
        outcomes.append(outcome_of(query, found, prepared))
        advance(1)
    return {**_judged(outcomes), "answering": None}, times


def _asked(prepared: Prepared, advance: Callable[[int], None]) -> Run:
    """Return the measures of the product's answers, and of the hits that they are made from."""
    assistant = asking(prepared)
    outcomes: list[Outcome] = []
    asked: list[Asked] = []
    for query in prepared.dataset.queries:
        answer = assistant.ask(query.text, k=GOLD_HITS)
        outcomes.append(outcome_of(query, [places_of(hit) for hit in answer.hits], prepared))
        asked.append(judge(answer, query, prepared))
        advance(1)
    run = _judged(outcomes)
    rows = {one.query: {"language": one.language, **one.values} for one in asked}
    run["per_query"] = {query: {**run["per_query"].get(query, {}), **row} for query, row in rows.items()}
    return {**run, "answering": answer_figures(asked, prepared.engine.settings.min_confidence)}


def _judged(outcomes: Sequence[Outcome]) -> Run:
    known = [outcome for outcome in outcomes if outcome.judged is not None]
    asked = {outcome.query: outcome.language for outcome in known}
    values = by_query(
        {outcome.query: outcome.judged or {} for outcome in known},
        {outcome.query: outcome.ranking for outcome in known},
    )
    return {
        "metrics": summary(values),
        "by_language": {
            language: {
                "queries": count,
                "metrics": summary(values, [query for query, asked_in in asked.items() if asked_in == language]),
            }
            for language, count in sorted(Counter(asked.values()).items())
        },
        "matrix": language_matrix(known),
        "bias": language_bias(known),
        "per_query": {query: {"language": asked[query], **row} for query, row in values.items()},
    }


def _facts(prepared: Prepared, commit: Commit) -> Run:
    dataset, engine = prepared.dataset, prepared.engine
    documents, chunks = engine.collection.store.counts()
    is_gold = dataset.kind == "gold"
    judged = len(dataset.queries) - len(dataset.unanswerable) if is_gold else len(dataset.judged or {})
    alignment = engine.pool().alignment
    right = [detect_language(query.text) == query.language for query in dataset.queries]
    return {
        "format": FORMAT,
        "dataset": {
            "name": dataset.name,
            "kind": dataset.kind,
            "digest": dataset.digest,
            "documents": len(dataset.corpus) or documents,
            "chunks": chunks,
            "queries": len(dataset.queries),
            "judged": judged,
            "languages": engine.collection.store.languages(),
        },
        "commit": commit.sha,
        "dirty": commit.is_dirty,
        "version": __version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "model": engine.encoder.name,
        "fingerprint": engine.encoder.fingerprint,
        "alignment": alignment.digest if alignment else "",
        "settings": {name: getattr(engine.settings, name) for name in _WEIGHTS},
        # If the dataset states no languages, there is nothing to compare the detected ones with.
        "language_detected": sum(right) / len(right) if dataset.languages_told else None,
    }


def _times(ask: Callable[[int], object], count: int, most: int = _TIMED) -> list[float]:
    """Return the milliseconds of at most ``most`` of ``count`` questions, evenly chosen and asked one by one."""
    ask(0)  # untimed, for it may load what all need
    times: list[float] = []
    for n in np.linspace(0, count - 1, min(count, most)).astype(np.int64).tolist():
        began = time.perf_counter()
        ask(n)
        times.append(1000 * (time.perf_counter() - began))
    return times


def _encoding_ms(prepared: Prepared) -> float:
    queries, encode = prepared.dataset.queries, prepared.engine.encoder.encode_queries
    return float(np.median(_times(lambda n: encode([queries[n].text]), len(queries))))


def _times_of_hits(prepared: Prepared, vectors: Vectors) -> list[float]:
    queries, search = prepared.dataset.queries, prepared.engine.search_encoded
    return _times(lambda n: search(queries[n].text, vectors[n], SHOWN), len(queries), _TIMED_READING)


def _speed(times: Sequence[float], encoding: float, prepared: Prepared) -> dict[str, float]:
    return {
        "queries_per_second": 1000 / (encoding + float(np.mean(times))),
        "retrieval_p50_ms": float(np.quantile(times, 0.5)),
        "retrieval_p95_ms": float(np.quantile(times, 0.95)),
        "encoding_ms": encoding,
        "index_seconds": prepared.seconds,
        "embedded": prepared.embedded,
    }
