"""Retrieval across languages and question language on public sets, where they lie beside the project.

The alignment is computed from other sentences than these (news translated, not encyclopedia articles).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from bench_support import write_dataset

from corpus.language import detect_language
from embeddings import Encoder
from rag.bench.datasets import read_dataset
from rag.bench.run import run_dataset
from rag.settings import Settings

SETS = Path(__file__).parents[4] / "shared" / "eval"
pytestmark = pytest.mark.skipif(not SETS.is_dir(), reason="the public sets (../shared/eval) are not here")
_PASSAGES = 12


def rows(name: str, file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SETS / name / f"{file}.jsonl").read_text("utf-8").split("\n") if line]


def test_evidence_in_other_languages_is_found_that_raw_vectors_and_rank_fusion_miss(
    tmp_path: Path, encoder: Encoder
) -> None:
    """The first passages of XQuAD-R: each sentence in four languages, all in one pool."""
    corpus = rows("xquad_r_dev", "corpus")
    passages = set(list(dict.fromkeys(row["passage_id"].split(":")[1] for row in corpus))[:_PASSAGES])
    corpus = [row for row in corpus if row["passage_id"].split(":")[1] in passages]
    known = {row["id"] for row in corpus}
    qrels = [row for row in rows("xquad_r_dev", "qrels") if row["doc_id"] in known]
    asked = {row["query_id"] for row in qrels}
    queries = [row for row in rows("xquad_r_dev", "queries") if row["id"] in asked]
    dataset = read_dataset(write_dataset(tmp_path / "part", corpus, queries, qrels))
    runs = run_dataset(dataset, ["dalil", "dense", "rrf", "aligned"], Settings(), encoder, folder=tmp_path / "cache")
    found = {run["method"]: run for run in runs}
    precision = {method: run["metrics"]["mAP"]["mean"] for method, run in found.items()}
    assert precision["dalil"] > precision["aligned"] > precision["dense"] + 0.1
    assert precision["dalil"] > precision["rrf"] + 0.1
    assert found["dalil"]["bias"]["other_language_recall"] > found["dense"]["bias"]["other_language_recall"] + 0.15


@pytest.mark.parametrize("name", ["xquad_r_dev", "kazqad_dev", "drcd_dev", "cmrc2018_dev", "nomiracl_dev"])
def test_the_language_of_questions_is_told(name: str) -> None:
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for row in rows(name, "queries"):
        asked[row["lang"]] += 1
        right[row["lang"]] += detect_language(row["text"]) == row["lang"]
    for language, count in asked.items():
        assert right[language] / count >= 0.98, (language, right[language], count)
