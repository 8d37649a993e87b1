"""Fits the weights that turn the reader's scores into an order (`rag.search.reading`) and a confidence.

Run as ``python -m tools.calibration.reading --fit DATASET … --show DATASET … [--write]``. On each dataset of rows
every question is used as it is and with its evidence taken out (`tools.calibration.confidence`); gold sets have
questions that nothing answers. First the weights of a sentence are fitted on whether it is evidence; then, with the
sentences in their new order, those of confidence on whether the first of them is. Datasets that both ``--fit`` and
``--show`` name are halved by a hash of the question's id: one half is fitted on, the other is reported on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from embeddings import PACKAGED, AnswerSpan, Passage, Reader, Reading, load_encoder, load_reader
from rag.answer import Hit
from rag.answering.confidence import READ_FEATURES, read_features
from rag.answering.state import CONSIDERED
from rag.bench.datasets import Dataset, Query, read_dataset
from rag.bench.measures import overlaps
from rag.bench.prepared import Place, Prepared, prepare
from rag.logistic import log_odds
from rag.search import reading
from rag.search.engine import SearchEngine
from rag.search.ranking import Rows
from rag.settings import load_settings
from tools.calibration.confidence import cases_of, sample
from tools.calibration.fitting import Logistic, is_shown

_RESULT = Path(__file__).parents[2] / "rag" / "search" / "reading.json"
# The threshold lets this share of the near misses that were fitted on be answered.
_FALSE_ANSWERS = 0.15
# Passages found are worth reading from the confidence that nine in ten answerable questions reach, and worth showing
# from the confidence that all but one in fifty reach.
_WORTH_READING = 0.9
_WORTH_SHOWING = 0.98
# More hits than are read for any question.
_MOST_HITS = 100


class RememberedReader:
    """A reader that reads a passage for a question only once, and saves its readings in a file."""

    def __init__(self, reader: Reader, path: Path) -> None:
        self.name = reader.name
        self._reader = reader
        self._path = path
        self._known: dict[str, Any] = {}
        if path.is_file():
            for line in path.read_text("utf-8").splitlines():
                row = json.loads(line)
                self._known[row[0]] = row[1]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, as the reader counts them."""
        return self._reader.count_tokens(texts)

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """Return a reading of each passage, from the file if it is known."""
        keys = [hashlib.sha256(f"{question}\0{p.title}\0{p.text}".encode()).hexdigest()[:24] for p in passages]
        new = [n for n, key in enumerate(keys) if key not in self._known]
        if new:
            said = self._reader.read(question, [passages[n] for n in new])
            with self._path.open("a", encoding="utf-8") as file:
                for n, one in zip(new, said, strict=True):
                    spans = [[s.start, s.end, s.score] if s else None for s in one.spans]
                    self._known[keys[n]] = [one.relevance, list(one.sentences), spans]
                    file.write(json.dumps([keys[n], self._known[keys[n]]]) + "\n")
        return [_reading(self._known[key]) for key in keys]


def _reading(row: Any) -> Reading:
    spans = tuple(AnswerSpan(int(s[0]), int(s[1]), float(s[2])) if s else None for s in row[2])
    return Reading(row[0], tuple(row[1]), spans)


@dataclass(frozen=True, slots=True)
class Case:
    """A question as it was searched: its hits, and which of them are evidence. ``kind`` is as in `cases_of`."""

    dataset: str
    query: Query
    kind: str
    hits: tuple[Hit, ...]
    is_evidence: tuple[bool, ...]
    retrieval: tuple[float, ...]
    is_gold: bool

    @property
    def is_answerable(self) -> bool:
        """Return whether evidence is in what was searched."""
        return self.kind in ("present", "foreign")


def collect(dataset: Dataset, reader: Reader, cache: Path | None, limit: int) -> Iterator[Case]:
    """Yield every case of a dataset, with its hits as the reader has read them."""
    prepared = prepare(dataset, load_settings(), load_encoder(PACKAGED), folder=cache)
    engine = prepared.engine.with_reader(reader)
    accepted = _accepted(dataset)
    queries = sample(dataset.queries, limit)
    vectors = engine.encoder.encode_queries([query.text for query in queries])
    try:
        pairs = zip(queries, vectors, strict=True)
        for query, vector in tqdm(pairs, total=len(queries), desc=dataset.name, unit=" question"):
            for kind, rows in _cases(query, prepared):
                if rows is None or len(rows):
                    hits, _ = engine.search_encoded(query.text, vector, _MOST_HITS, rows=rows)
                    read = tuple(hit for hit in hits if hit.read)
                    truth = tuple(_is_evidence(hit, query, prepared, accepted) for hit in read)
                    scores = _retrieval(engine, query, vector, rows, read)
                    yield Case(dataset.name, query, kind, read, truth, scores, dataset.kind == "gold")
    finally:
        prepared.engine.collection.close()


def _retrieval(
    engine: SearchEngine, query: Query, vector: npt.NDArray[np.float32], rows: Rows | None, hits: Sequence[Hit]
) -> tuple[float, ...]:
    """Return the score of each hit before it was read, the lowest one for hits that retrieval had not found."""
    ranked = engine.rank(query.text, vector, rows=rows)
    ids, scores = ranked.pool.chunk_ids[ranked.ranking.rows].tolist(), ranked.ranking.scores.tolist()
    known = dict(zip(ids, scores, strict=True))
    return tuple(known.get(hit.chunk.id, min(scores)) for hit in hits)


def _cases(query: Query, prepared: Prepared) -> Iterator[tuple[str, Rows | None]]:
    dataset = prepared.dataset
    if dataset.kind == "gold":
        yield ("near" if query.id in dataset.unanswerable else "present"), None
    else:
        yield from cases_of(query, prepared)


def _accepted(dataset: Dataset) -> dict[str, list[str]]:
    """Return the accepted short answers of each question of a dataset of rows, empty if it has none."""
    path = dataset.root / "queries.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
    return {str(row["id"]): [_bare(a) for a in row.get("answers", ())] for row in rows}


def _is_evidence(hit: Hit, query: Query, prepared: Prepared, accepted: Mapping[str, list[str]]) -> bool:
    dataset = prepared.dataset
    if dataset.kind == "gold":
        place = Place(hit.chunk.document_id, hit.chunk.source_start, hit.chunk.source_end, hit.chunk.language)
        return any(overlaps(place, other) for other in prepared.evidence.get(query.id, ()))
    judged = (dataset.judged or {}).get(query.id, {})
    if not any(judged.get(row, 0) > 0 for row in prepared.rows_of.get(hit.chunk.document_id, ())):
        return False
    # A row of one sentence is the evidence; of a longer one, the sentences that hold an accepted answer are.
    alone = hit.chunk.start == hit.chunk.paragraph_start and hit.chunk.end == hit.chunk.paragraph_end
    return alone or any(a in _bare(hit.chunk.text) for a in accepted.get(query.id, ()))


def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def fit_sentences(cases: Sequence[Case]) -> Logistic:
    """Return the weights of a sentence, fitted on cases with evidence among the hits read, each of equal weight."""
    values, truth, weights = [], [], []
    for case in cases:
        if not case.is_answerable or not any(case.is_evidence):
            continue
        for hit, good, retrieval in zip(case.hits, case.is_evidence, case.retrieval, strict=True):
            if hit.read is None:
                continue
            values.append([hit.read.relevance, hit.read.carries, hit.read.lead, retrieval])
            truth.append(good)
            weights.append(0.5 / (sum(case.is_evidence) if good else max(1, len(case.hits) - sum(case.is_evidence))))
    return Logistic(reading.FEATURES, np.array(values), truth, np.array(weights) * len(weights) / sum(weights))


def reordered(case: Case, coefficients: Mapping[str, float]) -> Case:
    """Return the case with its hits in the order that these weights of a sentence give."""
    rows = []
    for hit, good, retrieval in zip(case.hits, case.is_evidence, case.retrieval, strict=True):
        if hit.read is None:
            continue
        values = (hit.read.relevance, hit.read.carries, hit.read.lead, retrieval)
        score = log_odds(coefficients, reading.FEATURES, dict(zip(reading.FEATURES, values, strict=True)))
        rows.append((score, replace(hit, read=replace(hit.read, score=score)), good, retrieval))
    rows.sort(key=lambda row: -row[0])
    _, hits, truth, scores = zip(*rows, strict=True)
    return replace(case, hits=hits, is_evidence=truth, retrieval=scores)


def fit_confidence(cases: Sequence[Case]) -> Logistic:
    """Return the weights of confidence, fitted on whether the first hit is evidence; datasets weigh alike."""
    values = np.array([_values(case) for case in cases])
    truth = [case.is_answerable and case.is_evidence[0] for case in cases]
    sizes: dict[tuple[str, bool], int] = {}
    for case, good in zip(cases, truth, strict=True):
        sizes[case.dataset, good] = sizes.get((case.dataset, good), 0) + 1
    weights = np.array([_importance(c) / sizes[c.dataset, good] for c, good in zip(cases, truth, strict=True)])
    return Logistic(READ_FEATURES, values, truth, weights * len(weights) / weights.sum())


def _importance(case: Case) -> float:
    """Return the weight of a case's dataset: three for gold sets, whose unanswerable questions are near misses."""
    return 3.0 if case.is_gold else 1.0


def _values(case: Case) -> list[float]:
    found = read_features(case.query.text, case.hits[:CONSIDERED])
    return [found[name] for name in READ_FEATURES]


def report(cases: Sequence[Case], confidence: npt.NDArray[np.float64], threshold: float) -> dict[str, Any]:
    """Return how well cases are classified and ordered, over all, by dataset and by language of the question."""
    groups: dict[str, list[int]] = {"all": list(range(len(cases)))}
    for n, case in enumerate(cases):
        groups.setdefault(case.dataset, []).append(n)
        groups.setdefault(f"{case.dataset} {case.query.language}", []).append(n)
    return {
        name: _figures([cases[n] for n in chosen], confidence[chosen], threshold) for name, chosen in groups.items()
    }


def _figures(cases: Sequence[Case], confidence: npt.NDArray[np.float64], threshold: float) -> dict[str, float]:
    truth = np.array([case.is_answerable for case in cases])
    first = np.array([case.is_answerable and case.is_evidence[0] for case in cases])
    figures = {"questions": float(len(cases))}
    if truth.any() and not truth.all():
        figures["auroc"] = round(float(roc_auc_score(truth, confidence)), 3)
    for name, chosen in (("answered_of_answerable", truth), ("answered_of_unanswerable", ~truth)):
        if chosen.any():
            figures[name] = round(float((confidence[chosen] >= threshold).mean()), 3)
    if truth.any():
        figures["first_is_evidence"] = round(float(first[truth].mean()), 3)
        figures["evidence_first_and_answered"] = round(float((first & (confidence >= threshold))[truth].mean()), 3)
        for k in (3, 5, 10):
            figures[f"evidence_in_first_{k}"] = round(
                float(np.mean([any(c.is_evidence[:k]) for c in cases if c.is_answerable])), 3
            )
    return figures


def run(fit: Sequence[Path], show: Sequence[Path], readings: Path, cache: Path | None, limit: int) -> dict[str, Any]:
    """Fit the weights, measure them, and return the content of ``reading.json``."""
    settings = load_settings()
    loaded = load_reader(settings.reader, cache_dir=settings.cache)
    if loaded is None:
        raise SystemExit("set DALIL_READER=packaged to fit its weights")
    remembered = RememberedReader(loaded, readings)
    found = {
        path: [case for case in collect(read_dataset(path), remembered, cache, limit) if case.hits]
        for path in dict.fromkeys([*fit, *show])
    }
    fitted = [c for path in fit for c in found[path] if path not in show or not is_shown(c.query.id)]
    shown = [c for path in show for c in found[path] if path not in fit or is_shown(c.query.id)]
    sentences = fit_sentences(fitted).coefficients()
    fitted, shown = ([reordered(case, sentences) for case in cases] for cases in (fitted, shown))
    model = fit_confidence(fitted)
    own = model.probabilities(np.array([_values(case) for case in fitted]))
    near = own[[not case.is_answerable and case.is_gold for case in fitted]]
    threshold = float(np.quantile(near, 1 - _FALSE_ANSWERS))
    answerable = own[[case.is_answerable for case in fitted]]
    likely, floor = (float(np.quantile(answerable, 1 - share)) for share in (_WORTH_READING, _WORTH_SHOWING))
    other = model.probabilities(np.array([_values(case) for case in shown]))
    return {
        "command": "python -m tools.calibration.reading --fit "
        + " ".join(p.name for p in fit)
        + " --show "
        + " ".join(p.name for p in show),
        "sentence": {"coefficients": sentences},
        "read": {"coefficients": model.coefficients()},
        "likely": round(likely, 3),
        "floor": round(floor, 3),
        "threshold": round(threshold, 3),
        "fitted": report(fitted, own, threshold),
        "held_out": report(shown, other, threshold),
    }


def main() -> None:
    """Fit, print how well the cases that were not fitted on are classified, and with ``--write`` save the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", nargs="+", type=Path, required=True)
    parser.add_argument("--show", nargs="+", type=Path, default=[])
    parser.add_argument("--cache", type=Path, help="where the datasets' collections are kept")
    parser.add_argument("--readings", type=Path, required=True, help="file that keeps what the reader said")
    parser.add_argument("--queries", type=int, default=250, help="at most so many of each dataset")
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")
    options = parser.parse_args()
    result = run(options.fit, options.show, options.readings, options.cache, options.queries)
    print(json.dumps(result, indent=1))  # noqa: T201
    if options.write:
        _RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
