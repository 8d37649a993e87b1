"""Fits the coefficients of `rag.evidence` on public question sets.

Run as ``python -m rag.calibration DATASET … [--write]``. A dataset is a folder with ``corpus.jsonl`` and
``queries.jsonl``, and either ``qrels.jsonl`` or, on each query, its ``candidates`` and whether they make it
``answerable``. With qrels every question is seen twice: as it is, and with its evidence taken out. Questions
are split in halves by a hash of their id: the first is fitted on, the second shown.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from tqdm import tqdm

from corpus.errors import Unreadable
from corpus.reading import read_document
from corpus.types import Chunk
from embeddings import CACHE_SCHEMA, PACKAGED, Encoder, VectorCache, embed_cached, load_encoder
from rag.chain import CONSIDERED
from rag.evidence import FEATURES, features
from rag.retrieval import weigh
from rag.settings import load_settings
from rag.types import Hit

Array = npt.NDArray[np.float32]
_RESULT = Path(__file__).with_name("confidence.json")


@dataclass(frozen=True, slots=True)
class _Pool:
    """The chunks of a dataset's corpus with both vectors of each, and the corpus row each came from."""

    chunks: list[Chunk]
    rows: npt.NDArray[np.object_]
    sentences: Array
    paragraphs: Array


@dataclass(frozen=True, slots=True)
class _Example:
    query: str
    dataset: str
    language: str
    values: list[float]
    answerable: bool

    @property
    def is_shown(self) -> bool:
        return hashlib.sha256(self.query.encode()).digest()[0] % 2 == 1


def main() -> None:
    """Fit, print how well the held-out half is told apart, and with ``--write`` keep the coefficients."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", type=Path)
    parser.add_argument("--vectors", type=Path, default=Path("calibration-vectors.sqlite"), help="cache of vectors")
    parser.add_argument("--queries", type=int, default=400, help="at most so many of each dataset")
    parser.add_argument("--write", action="store_true", help="replace the shipped coefficients")
    options = parser.parse_args()
    encoder = load_encoder(PACKAGED)
    connection = sqlite3.connect(options.vectors)
    connection.execute(CACHE_SCHEMA)
    cache = VectorCache(connection, encoder.fingerprint, encoder.dimension)
    examples = [
        e for folder in options.datasets for e in _examples(folder, encoder, cache, connection, options.queries)
    ]
    result = _fit(examples)
    print(json.dumps(result, indent=1))  # noqa: T201
    if options.write:
        _RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def _examples(
    folder: Path, encoder: Encoder, cache: VectorCache, connection: sqlite3.Connection, limit: int
) -> Iterator[_Example]:
    queries = sorted(_rows(folder / "queries.jsonl"), key=lambda q: hashlib.sha256(q["id"].encode()).digest())[:limit]
    wanted = {name for query in queries for name in query.get("candidates", ())}
    pool = _pool(folder, wanted, encoder, cache, connection)
    vectors = encoder.encode_queries([query["text"] for query in queries])
    evidence: dict[str, set[str]] = {}
    if (folder / "qrels.jsonl").exists():
        for row in _rows(folder / "qrels.jsonl"):
            if row["score"] > 0:
                evidence.setdefault(row["query_id"], set()).add(row["doc_id"])
    for query, vector in zip(queries, vectors, strict=True):
        if "candidates" in query:
            cases = [(np.isin(pool.rows, query["candidates"]), bool(query["answerable"]))]
        else:
            held = np.isin(pool.rows, list(evidence.get(query["id"], set())))
            cases = [(np.ones(len(pool.rows), bool), True), (~held, False)]
        for mask, answerable in cases:
            values = features(query["text"], query["lang"], _hits(pool, vector, mask))
            yield _Example(query["id"], folder.name, query["lang"], [values[name] for name in FEATURES], answerable)


def _pool(
    folder: Path, wanted: set[str], encoder: Encoder, cache: VectorCache, connection: sqlite3.Connection
) -> _Pool:
    """The ``wanted`` rows of the corpus, or all of them where none is named."""
    chunks: list[Chunk] = []
    rows: list[str] = []
    for row in _rows(folder / "corpus.jsonl"):
        if wanted and row["id"] not in wanted:
            continue
        try:
            read = read_document(Path(f"{row['id']}.txt"), f"{row['text']}\n".encode())
        except Unreadable:
            continue
        chunks.extend(read.chunks)
        rows.extend([row["id"]] * len(read.chunks))
    texts = list(dict.fromkeys(text for chunk in chunks for text in (chunk.text, chunk.paragraph)))
    with tqdm(total=len(texts), desc=folder.name, unit=" text") as bar:
        vectors, _ = embed_cached(
            encoder, cache, texts, on_done=lambda count, _: _advance(bar, count), commit=connection.commit
        )
    place = {text: number for number, text in enumerate(texts)}
    sentences = vectors[[place[chunk.text] for chunk in chunks]]
    paragraphs = vectors[[place[chunk.paragraph] for chunk in chunks]]
    return _Pool(chunks, np.array(rows, dtype=object), sentences, paragraphs)


def _advance(bar: tqdm[NoReturn], count: int) -> None:
    bar.update(count)


def _hits(pool: _Pool, query: Array, mask: npt.NDArray[np.bool_]) -> list[Hit]:
    kept = np.flatnonzero(mask)
    similarities = pool.sentences[kept] @ query
    scores = weigh(similarities, pool.paragraphs[kept] @ query, load_settings().paragraph_weight)
    best = np.argsort(-scores, kind="stable")[:CONSIDERED]
    return [
        Hit(rank, float(scores[i]), float(similarities[i]), pool.chunks[kept[i]], "") for rank, i in enumerate(best, 1)
    ]


def _fit(examples: list[_Example]) -> dict[str, Any]:
    fitted = [example for example in examples if not example.is_shown]
    shown = [example for example in examples if example.is_shown]
    # Each dataset weighs the same, and in it the answerable and the others do.
    sizes: dict[tuple[str, bool], int] = {}
    for example in fitted:
        key = (example.dataset, example.answerable)
        sizes[key] = sizes.get(key, 0) + 1
    weights = [1 / sizes[(example.dataset, example.answerable)] for example in fitted]
    scale = np.array([example.values for example in fitted]).std(axis=0) + 1e-9
    model = LogisticRegression(C=10.0, max_iter=2000)
    model.fit(
        np.array([e.values for e in fitted]) / scale,
        [e.answerable for e in fitted],
        sample_weight=np.array(weights) * len(weights) / sum(weights),
    )
    coefficients = dict(zip(FEATURES, (float(v) for v in model.coef_[0] / scale), strict=True))
    probabilities = model.predict_proba(np.array([e.values for e in shown]) / scale)[:, 1]
    return {
        "coefficients": {"intercept": float(model.intercept_[0]), **coefficients},
        "held_out": _report(shown, probabilities),
    }


def _report(shown: list[_Example], probabilities: npt.NDArray[np.float64]) -> dict[str, Any]:
    """How well the half that was not fitted on is told apart, over all and by dataset."""
    report: dict[str, Any] = {}
    for name in ["all", *sorted({example.dataset for example in shown})]:
        chosen = [i for i, example in enumerate(shown) if name in ("all", example.dataset)]
        truth = np.array([shown[i].answerable for i in chosen])
        found = probabilities[chosen]
        report[name] = {
            "questions": len(chosen),
            "auc": round(float(roc_auc_score(truth, found)), 3),
            "brier": round(float(brier_score_loss(truth, found)), 3),
            "answered_of_answerable": {
                str(t): round(float((found[truth] >= t).mean()), 3) for t in (0.4, 0.5, 0.6, 0.7)
            },
            "answered_of_unanswerable": {
                str(t): round(float((found[~truth] >= t).mean()), 3) for t in (0.4, 0.5, 0.6, 0.7)
            },
        }
    return report


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


if __name__ == "__main__":
    main()
