"""The benchmark that a page runs: one at a time, kept method by method, stopped without loss."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rag_support import open_assistant

import rag.chat.background
from embeddings import Encoder
from rag.bench.methods import DEFAULT
from rag.bench.results import results_folder
from rag.chat.background import Benchmark


@pytest.fixture
def benchmark(
    tmp_path: Path, shipped: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, bench_cache: Path
) -> Benchmark:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(bench_cache))
    assert results_folder().is_relative_to(tmp_path)
    with open_assistant(shipped, encoder) as assistant:
        return Benchmark(assistant.settings, encoder)


@pytest.fixture(scope="module")
def bench_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


def test_a_whole_run_is_kept_and_shown(benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rag.chat.background, "DEFAULT", ("lexical", "dalil"))
    assert benchmark.task is None
    assert benchmark.results() == {}
    task = benchmark.start()
    assert benchmark.start() is task
    assert benchmark.task is task
    task.join(120)
    assert (task.status, task.error) == ("done", None)
    ((name, runs),) = benchmark.results().items()
    assert {run["method"] for run in runs} == {"lexical", "dalil"}
    assert {run["dataset"]["name"] for run in runs} == {name}
    assert all(0 < run["metrics"]["mAP"]["mean"] <= 1 for run in runs)
    assert not any(run.get("per_query") for run in runs)
    for path in results_folder().glob("*/*lexical*.json"):
        path.write_text("{")
    (left,) = benchmark.results()[name]
    assert left["method"] == "dalil"


def test_stopping_keeps_the_methods_that_are_done(benchmark: Benchmark, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(DEFAULT) > 1
    monkeypatch.setattr(rag.chat.background, "DEFAULT", ("lexical", *["dense"] * 50))
    task = benchmark.start()
    until = time.monotonic() + 60
    while not benchmark.results() and time.monotonic() < until:
        time.sleep(0.01)
    task.stop()
    task.join(60)
    assert task.status == "stopped"
    ((_, runs),) = benchmark.results().items()
    assert "lexical" in {run["method"] for run in runs}
    assert benchmark.start() is not task  # can be begun again
    assert benchmark.task is not None
    benchmark.task.stop()
    benchmark.task.join(60)
