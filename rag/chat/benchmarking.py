"""The shipped questions as a benchmark that a page can run, and the results that are kept."""

from __future__ import annotations

import threading
from typing import Any

from embeddings import Encoder
from rag.bench.datasets import read_dataset
from rag.bench.methods import DEFAULT
from rag.bench.page import newest
from rag.bench.results import Run, results_folder, save_runs, saved_runs
from rag.bench.run import run_dataset
from rag.library.tasks import IndexingProgress, Task
from rag.settings import SHIPPED_DOCUMENTS, Settings


class Benchmark:
    """One run at a time in a process, whoever starts it."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self._settings = settings
        self._encoder = encoder
        self._task: Task | None = None
        self._lock = threading.Lock()

    @property
    def task(self) -> Task | None:
        """The run under way, or the last one."""
        return self._task

    def start(self) -> Task:
        """Measure the default methods on the shipped questions, in a thread; the run under way if there is one."""
        with self._lock:
            if self._task is None or self._task.status != "running":
                self._task = Task(self._run)
            return self._task

    def results(self) -> dict[str, list[dict[str, Any]]]:
        """The newest kept result of every method, by dataset."""
        found: dict[str, list[dict[str, Any]]] = {}
        for run in newest(saved_runs(results_folder())):
            found.setdefault(str(run["dataset"]["name"]), []).append(run)
        return found

    def _run(self, task: Task) -> list[Run]:
        dataset = read_dataset(SHIPPED_DOCUMENTS.parent)
        runs: list[Run] = []
        for run in run_dataset(
            dataset, DEFAULT, self._settings, self._encoder, progress=IndexingProgress(task), track=task.track
        ):
            save_runs([run], results_folder())  # at once, so that stopping loses no more than one method
            runs.append(run)
        return runs
