"""Fits the coefficients of `rag.answering.confidence` on public question sets.

Run as ``python -m tools.calibration.confidence DATASET … [--write]``; datasets are as `rag.bench.datasets` reads them,
indexed and searched as in the product. Each question with judgements is used as it is (*present*) and with its
evidence taken out (*near*); if the evidence is in several languages, also with that in only one language other than the
question's (*foreign*). If queries name candidates, those are searched instead. Questions of the other datasets, which
the corpus cannot answer, are asked too (*far*). Questions are split into halves by a hash of their id: one half is
fitted on, the other is reported on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import brier_score_loss, roc_auc_score
from tqdm import tqdm

from embeddings import PACKAGED, Encoder, VectorCache, VectorIndex, hubness, load_encoder
from rag.answering.confidence import FEATURES, features
from rag.answering.state import CONSIDERED
from rag.bench.datasets import Query, read_dataset
from rag.bench.prepared import Prepared, prepare
from rag.search.engine import SearchEngine
from rag.search.ranking import Pool, Rows
from rag.settings import load_settings
from tools.calibration.fitting import Logistic, is_shown

Vectors = npt.NDArray[np.float32]
_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_RESULT = Path(__file__).parents[2] / "rag" / "answering" / "confidence.json"
# How many questions of other datasets are asked of each dataset.
_FAR = 100


@dataclass(frozen=True, slots=True)
class _Example:
    """A question and what was found for it; ``kind`` is present, foreign, near or far."""

    query: str
    dataset: str
    kind: str
    values: list[float]

    @property
    def answerable(self) -> bool:
        return self.kind in ("present", "foreign")

    @property
    def is_shown(self) -> bool:
        return is_shown(self.query)


def main() -> None:
    """Fit, print how well the held-out half is classified, and with ``--write`` save the coefficients."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", type=Path)
    parser.add_argument(
        "--cache", type=Path, help="where the datasets' collections are kept (default: the user's cache)"
    )
    parser.add_argument("--queries", type=int, default=400, help="at most so many of each dataset")
    parser.add_argument("--write", action="store_true", help="replace the shipped coefficients")
    options = parser.parse_args()
    result = fit_all(options.datasets, load_encoder(PACKAGED), options.cache, options.queries)
    print(json.dumps(result, indent=1))  # noqa: T201
    if options.write:
        _RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def fit_all(folders: Sequence[Path], encoder: Encoder, cache: Path | None, limit: int) -> dict[str, Any]:
    """Return the coefficients for aligned and unaligned vectors, with their results on the held-out half."""
    datasets = [read_dataset(folder) for folder in folders]
    examples: dict[str, list[_Example]] = {"aligned": [], "unaligned": []}
    for dataset in datasets:
        others = [q for other in datasets if other is not dataset for q in sample(other.queries, limit)]
        prepared = prepare(dataset, load_settings(), encoder, folder=cache)
        try:
            unaligned = prepared.engine.with_pool(_unaligned_pool(prepared))
            for name, engine in (("aligned", prepared.engine), ("unaligned", unaligned)):
                examples[name].extend(_examples(prepared, engine, limit, sample(others, _FAR)))
        finally:
            prepared.engine.collection.close()
    command = f"python -m tools.calibration.confidence {' '.join(dataset.name for dataset in datasets)} --write"
    return {"command": command, **{name: _fit(found) for name, found in examples.items()}}


def _examples(prepared: Prepared, engine: SearchEngine, limit: int, others: Sequence[Query]) -> Iterator[_Example]:
    dataset = prepared.dataset
    queries = sample(dataset.queries, limit)
    for query, vector in _encoded(queries, engine.encoder, dataset.name):
        for kind, rows in cases_of(query, prepared):
            if rows is None or len(rows):
                yield _Example(query.id, dataset.name, kind, _values(engine, query, vector, rows))
    for query, vector in _encoded(others, engine.encoder, f"{dataset.name} far"):
        yield _Example(query.id, dataset.name, "far", _values(engine, query, vector, None))


def cases_of(query: Query, prepared: Prepared) -> Iterator[tuple[str, Rows | None]]:
    """Yield the kind of each case that a question makes, with the rows of the pool to search, None for all."""
    dataset = prepared.dataset
    if dataset.candidates:
        kind = "near" if query.id in dataset.unanswerable else "present"
        yield kind, prepared.rows_in_pool(dataset.candidates[query.id])
        return
    evidence = [row for row, grade in (dataset.judged or {}).get(query.id, {}).items() if grade > 0]
    if not evidence:
        return
    everything = np.arange(len(prepared.engine.pool().sentences))
    yield "present", None
    yield "near", np.setdiff1d(everything, prepared.rows_in_pool(evidence))
    languages = {row: prepared.row_languages[row] for row in evidence}
    others = sorted(set(languages.values()) - {query.language})
    if others and query.language in languages.values():
        kept = others[_hash(f"language {query.id}")[0] % len(others)]
        gone = [row for row in evidence if languages[row] != kept]
        yield "foreign", np.setdiff1d(everything, prepared.rows_in_pool(gone))


def _values(engine: SearchEngine, query: Query, vector: Vectors, rows: Rows | None) -> list[float]:
    hits, _ = engine.search_encoded(query.text, vector, CONSIDERED, rows=rows)
    values = features(query.text, hits)
    return [values[name] for name in FEATURES]


def sample(queries: Sequence[Query], limit: int) -> list[Query]:
    """Return at most ``limit`` queries, chosen by a hash of their ids."""
    return sorted(queries, key=lambda query: _hash(query.id))[:limit]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _encoded(queries: Sequence[Query], encoder: Encoder, label: str) -> Iterator[tuple[Query, Vectors]]:
    vectors = encoder.encode_queries([query.text for query in queries])
    yield from tqdm(zip(queries, vectors, strict=True), total=len(queries), desc=label, unit=" question")


def _unaligned_pool(prepared: Prepared) -> Pool:
    """Return the pool as it is for a model without an alignment."""
    engine = prepared.engine
    encoder, pool = engine.encoder, engine.pool()
    cache = VectorCache(engine.collection.store.connection, encoder.fingerprint, encoder.dimension)
    paragraphs = {chunk.paragraph_id: chunk.paragraph for chunk in prepared.chunks.values()}

    def index(ids: npt.NDArray[np.int64], texts: list[str]) -> VectorIndex:
        known = cache.get(texts)
        vectors = np.stack([known[text] for text in texts])
        return VectorIndex.build(np.array(ids), vectors, fingerprint=encoder.fingerprint)

    sentences = index(pool.chunk_ids, [prepared.chunks[number].text for number in pool.chunk_ids.tolist()])
    around = index(pool.paragraphs.ids, [paragraphs[number] for number in pool.paragraphs.ids.tolist()])
    hubs = hubness(sentences.vectors(pool.chunk_ids.tolist()))
    return replace(pool, sentences=sentences, paragraphs=around, alignment=None, hubness=hubs)


def _fit(examples: list[_Example]) -> dict[str, Any]:
    fitted = [example for example in examples if not example.is_shown]
    shown = [example for example in examples if example.is_shown]
    values, truth = np.array([example.values for example in fitted]), [example.answerable for example in fitted]
    model = Logistic(FEATURES, values, truth, _weights(fitted))
    probabilities = model.probabilities(np.array([example.values for example in shown]))
    return {"coefficients": model.coefficients(), "held_out": _report(shown, probabilities)}


def _weights(examples: Sequence[_Example]) -> npt.NDArray[np.float64]:
    """Return weights by which datasets weigh the same, and in each the answerable questions as much as all others."""
    sizes = Counter((example.dataset, example.kind) for example in examples)
    kinds = Counter(dataset for dataset, kind in sizes if kind in ("present", "foreign"))
    weights = np.array([(2 / kinds[e.dataset] if e.answerable else 1.0) / sizes[e.dataset, e.kind] for e in examples])
    return np.asarray(weights * len(weights) / weights.sum(), np.float64)


def _report(shown: list[_Example], probabilities: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return how well the half that was not fitted on is classified, over all and by dataset."""
    report: dict[str, Any] = {}
    for name in ["all", *sorted({example.dataset for example in shown})]:
        chosen = [i for i, example in enumerate(shown) if name in ("all", example.dataset)]
        kinds = np.array([shown[i].kind for i in chosen])
        truth = np.array([shown[i].answerable for i in chosen])
        found, near = probabilities[chosen], kinds != "far"
        report[name] = {
            "questions": len(chosen),
            "auc": round(float(roc_auc_score(truth, found)), 3),
            "auc_near": round(float(roc_auc_score(truth[near], found[near])), 3),
            "brier": round(float(brier_score_loss(truth, found)), 3),
            **{
                f"answered_of_{kind}": {
                    str(t): round(float((found[kinds == kind] >= t).mean()), 3) for t in _THRESHOLDS
                }
                for kind in ("present", "foreign", "near", "far")
                if (kinds == kind).any()
            },
        }
    return report


if __name__ == "__main__":
    main()
