"""Reliability of confidence against values worked out by hand, and where it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench_support import CORPUS, write_lines

from embeddings import Encoder
from rag.bench import charts
from rag.bench.datasets import find_datasets, read_dataset
from rag.bench.page import render
from rag.bench.prepared import prepare
from rag.bench.reliability import BINS, reliability
from rag.bench.run import run_dataset
from rag.cli.benchtable import print_runs
from rag.errors import WrongUse
from rag.settings import Settings

ASKED = [
    {"id": "a", "lang": "en", "text": "When was the bridge at Korgas opened?", "answerable": True,
     "candidates": ["en1", "en2"]},
    {"id": "b", "lang": "en", "text": "Who painted the lighthouse?", "answerable": False, "candidates": ["en2", "ru1"]},
]  # fmt: skip


def candidates(root: Path, queries: list[dict[str, Any]] = ASKED) -> Path:
    write_lines(root / "corpus.jsonl", CORPUS)
    write_lines(root / "queries.jsonl", queries)
    return root


def test_figures_are_what_a_pencil_gives() -> None:
    found = reliability([0.05, 0.45, 0.41, 0.9, 1.0], [False, False, True, True, True], 0.45)
    assert (found["answerable"], found["unanswerable"]) == (3, 2)
    assert found["answered_answerable"] == pytest.approx(2 / 3)
    assert found["answered_unanswerable"] == pytest.approx(1 / 2)
    assert found["auroc"] == pytest.approx(5 / 6)  # of six pairs one, 0.41 below 0.45, stands the wrong way round
    assert found["brier"] == pytest.approx((0.05**2 + 0.45**2 + 0.59**2 + 0.1**2 + 0) / 5)
    bins = found["reliability"]
    assert [entry["count"] for entry in bins] == [1, 0, 0, 0, 2, 0, 0, 0, 0, 2]
    assert len(bins) == BINS
    assert bins[4] == {
        "low": 0.4, "high": 0.5, "count": 2, "predicted": pytest.approx(0.43), "observed": pytest.approx(0.5)
    }  # fmt: skip
    assert (bins[1]["predicted"], bins[1]["observed"]) == (None, None)
    assert bins[9]["predicted"] == pytest.approx(0.95)


def test_questions_of_one_kind_alone_cannot_be_told_apart() -> None:
    assert reliability([0.2, 0.4], [False, False], 0.3)["auroc"] is None
    assert reliability([0.2, 0.4], [False, False], 0.3)["answered_answerable"] is None


def test_a_dataset_with_candidates_shows_what_would_be_answered(
    tmp_path: Path, encoder: Encoder, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = read_dataset(candidates(tmp_path / "asked"))
    assert dataset.candidates == {"a": ("en1", "en2"), "b": ("en2", "ru1")}
    assert dataset.unanswerable == {"b"}
    assert find_datasets([tmp_path]) == ([tmp_path / "asked"], {})
    prepared = prepare(dataset, Settings(), encoder, folder=tmp_path / "cache")
    pool = prepared.engine.pool()
    hits, _ = prepared.engine.search_encoded(
        "bridge", encoder.encode_queries(["bridge"])[0], 9, rows=prepared.rows_in_pool(["en2", "ru1"])
    )
    assert {hit.chunk.text for hit in hits} == {CORPUS[1]["text"], CORPUS[4]["text"]}
    assert len(pool.sentences) > 2
    prepared.engine.collection.close()
    (run,) = run_dataset(dataset, ["dalil", "dense"], Settings(), encoder, folder=tmp_path / "cache")
    assert run["metrics"] == {}
    assert (run["answering"]["answerable"], run["answering"]["unanswerable"]) == (1, 1)
    assert run["answering"]["auroc"] == 1.0
    print_runs([run])
    assert "confidence: AUROC 1.00, Brier score 0." in capsys.readouterr().out
    page = render([run])
    assert "Reliability diagram of confidence on asked" in page
    assert "AUROC of confidence" in page


def test_no_bins_are_no_diagram() -> None:
    assert charts.reliability_diagram([{"method": "dalil", "answering": None}]) is None
    assert charts.reliability_diagram([{"method": "dalil", "answering": {"threshold": 0.5}}]) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"candidates": ["en9"]}, "line 2: the candidate en9 is not in corpus.jsonl"),
        ({"candidates": []}, "line 2: candidates must be a list of identifiers"),
        ({"answerable": "no"}, "line 2: answerable must be true or false"),
    ],
)
def test_wrong_candidates_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        read_dataset(candidates(tmp_path, [ASKED[0], {**ASKED[1], **change}]))
