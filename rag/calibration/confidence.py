"""Fits the coefficients of `rag.evidence` on public question sets.

Run as ``python -m rag.calibration DATASET … [--write]``. A dataset is a folder with ``corpus.jsonl`` and
``queries.jsonl``, and either ``qrels.jsonl`` or, on each query, its ``candidates`` and whether they make it
``answerable``. With qrels every question is seen twice: as it is, and with its evidence taken out; questions of
the other datasets are asked too, which the corpus cannot answer. Questions
are split in halves by a hash of their id: the first is fitted on, the second shown.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
from collections import Counter
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
from corpus.language import detect_language
from corpus.reading import read_document
from corpus.types import Chunk
from embeddings import CACHE_SCHEMA, PACKAGED, Alignment, Encoder, VectorCache, embed_cached, hubness, load_encoder
from rag.aligning import alignment_of
from rag.evidence import FEATURES, features
from rag.ranking import dense_scores, reach
from rag.settings import load_settings
from rag.state import CONSIDERED
from rag.types import Hit

Array = npt.NDArray[np.float32]
_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
_RESULT = Path(__file__).with_name("confidence.json")


@dataclass(frozen=True, slots=True)
class _Source:
    """Where vectors come from."""

    encoder: Encoder
    cache: VectorCache
    connection: sqlite3.Connection
    alignment: Alignment | None


@dataclass(frozen=True, slots=True)
class _Pool:
    """The chunks of a dataset's corpus with both vectors of each, and the corpus row each came from."""

    chunks: list[Chunk]
    rows: npt.NDArray[np.object_]
    languages: npt.NDArray[np.int32]
    sentences: Array
    paragraphs: Array
    hubs: Array


@dataclass(frozen=True, slots=True)
class _Example:
    """A question and a pool; ``kind`` is present (the evidence is there), near (taken out) or far (off topic)."""

    query: str
    dataset: str
    kind: str
    values: list[float]

    @property
    def answerable(self) -> bool:
        return self.kind == "present"

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
    result = {}
    for name, alignment in (("aligned", alignment_of(encoder.fingerprint)), ("unaligned", None)):
        source = _Source(encoder, cache, connection, alignment)
        examples: list[_Example] = []
        for folder in options.datasets:
            others = [q for other in options.datasets if other != folder for q in _queries(other, options.queries)]
            examples.extend(_examples(folder, others[: options.queries], source, options.queries))
        result[name] = _fit(examples)
    print(json.dumps(result, indent=1))  # noqa: T201
    if options.write:
        _RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def _examples(folder: Path, others: list[dict[str, Any]], source: _Source, limit: int) -> Iterator[_Example]:
    """Cases of one dataset; ``others`` are questions of other datasets, which its corpus cannot answer."""
    queries = _queries(folder, limit)
    pool = _pool(folder, {name for query in queries for name in query.get("candidates", ())}, source)
    evidence = _evidence(folder)
    everything = np.ones(len(pool.rows), bool)
    for query, vector in zip(queries, _encoded(queries, source), strict=True):
        if "candidates" in query:
            kind = "present" if query["answerable"] else "near"
            cases = [(np.isin(pool.rows, query["candidates"]), kind)]
        else:
            held = np.isin(pool.rows, list(evidence.get(query["id"], set())))
            cases = [(everything, "present"), (~held, "near")]
        for mask, kind in cases:
            yield _Example(query["id"], folder.name, kind, _values(pool, vector, mask))
    for query, vector in zip(others, _encoded(others, source), strict=True):
        yield _Example(query["id"], folder.name, "far", _values(pool, vector, everything))


def _queries(folder: Path, limit: int) -> list[dict[str, Any]]:
    rows = _rows(folder / "queries.jsonl")
    return sorted(rows, key=lambda row: hashlib.sha256(row["id"].encode()).digest())[:limit]


def _evidence(folder: Path) -> dict[str, set[str]]:
    """The corpus rows that answer each query, where the dataset has judgements."""
    found: dict[str, set[str]] = {}
    if (folder / "qrels.jsonl").exists():
        for row in _rows(folder / "qrels.jsonl"):
            if row["score"] > 0:
                found.setdefault(row["query_id"], set()).add(row["doc_id"])
    return found


def _encoded(queries: list[dict[str, Any]], source: _Source) -> Array:
    texts = [query["text"] for query in queries]
    vectors = source.encoder.encode_queries(texts)
    return source.alignment.apply(vectors, list(map(detect_language, texts)), "query") if source.alignment else vectors


def _values(pool: _Pool, vector: Array, mask: npt.NDArray[np.bool_]) -> list[float]:
    values = features(_hits(pool, vector, mask))
    return [values[name] for name in FEATURES]


def _pool(folder: Path, wanted: set[str], source: _Source) -> _Pool:
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
            source.encoder,
            source.cache,
            texts,
            on_done=lambda count, _: _advance(bar, count),
            commit=source.connection.commit,
        )
    place = {text: number for number, text in enumerate(texts)}
    sentences = vectors[[place[chunk.text] for chunk in chunks]]
    paragraphs = vectors[[place[chunk.paragraph] for chunk in chunks]]
    languages = [chunk.language for chunk in chunks]
    codes = np.unique(np.array(languages), return_inverse=True)[1].astype(np.int32)
    if source.alignment:
        sentences = source.alignment.apply(sentences, languages, "passage")
        paragraphs = source.alignment.apply(paragraphs, languages, "passage")
    return _Pool(chunks, np.array(rows, dtype=object), codes, sentences, paragraphs, hubness(sentences))


def _advance(bar: tqdm[NoReturn], count: int) -> None:
    bar.update(count)


def _hits(pool: _Pool, query: Array, mask: npt.NDArray[np.bool_]) -> list[Hit]:
    """The hits as `rag.ranking` scores them; words reorder hits and leave the scores as they are."""
    kept = np.flatnonzero(mask)
    similarities = pool.sentences[kept] @ query
    settings = load_settings()
    scores = dense_scores(similarities, pool.paragraphs[kept] @ query, pool.hubs[kept], settings)
    levels, scores = scores, scores - settings.language_weight * reach(similarities, pool.languages[kept])
    best = np.argsort(-scores, kind="stable")[:CONSIDERED]
    return [
        Hit(rank, float(scores[i]), float(similarities[i]), pool.chunks[kept[i]], "", float(levels[i]))
        for rank, i in enumerate(best, 1)
    ]


def _fit(examples: list[_Example]) -> dict[str, Any]:
    fitted = [example for example in examples if not example.is_shown]
    shown = [example for example in examples if example.is_shown]
    # Each dataset weighs the same, and in it answerable questions as much as near and far ones together.
    sizes = Counter((example.dataset, example.kind) for example in fitted)
    weights = [(2.0 if e.answerable else 1.0) / sizes[(e.dataset, e.kind)] for e in fitted]
    values = np.array([example.values for example in fitted])
    centre, scale = values.mean(axis=0), values.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=2000)
    truth = [example.answerable for example in fitted]
    model.fit((values - centre) / scale, truth, sample_weight=np.array(weights) * len(weights) / sum(weights))
    slopes = model.coef_[0] / scale
    intercept = float(model.intercept_[0] - slopes @ centre)
    coefficients = dict(zip(FEATURES, map(float, slopes), strict=True))
    probabilities = model.predict_proba((np.array([e.values for e in shown]) - centre) / scale)[:, 1]
    return {
        "coefficients": {"intercept": intercept, **coefficients},
        "held_out": _report(shown, probabilities),
    }


def _report(shown: list[_Example], probabilities: npt.NDArray[np.float64]) -> dict[str, Any]:
    """How well the half that was not fitted on is told apart, over all and by dataset."""
    report: dict[str, Any] = {}
    for name in ["all", *sorted({example.dataset for example in shown})]:
        chosen = [i for i, example in enumerate(shown) if name in ("all", example.dataset)]
        kinds = np.array([shown[i].kind for i in chosen])
        truth = kinds == "present"
        found = probabilities[chosen]
        report[name] = {
            "questions": len(chosen),
            "auc": round(float(roc_auc_score(truth, found)), 3),
            "brier": round(float(brier_score_loss(truth, found)), 3),
            **{
                f"answered_of_{kind}": {
                    str(t): round(float((found[kinds == kind] >= t).mean()), 3) for t in _THRESHOLDS
                }
                for kind in ("present", "near", "far")
            },
        }
    return report


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


if __name__ == "__main__":
    main()
