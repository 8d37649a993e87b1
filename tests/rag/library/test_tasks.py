"""Long work: its arithmetic of rates, its ends, and an indexing told of as it goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rag_support import NOTES, index, write_notes

import rag.library.tasks
from embeddings import Encoder
from rag.errors import WrongUse
from rag.library.tasks import IndexingProgress, Step, Stopped, Task


def ended(work: Callable[[Task], Any]) -> Task:
    task = Task(work)
    task.join(20)
    return task


def test_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(rag.library.tasks.time, "monotonic", lambda: now[0])
    steps: list[Step] = []

    def work(task: Task) -> str:
        steps.append(task.step())
        task.begin("embedding", 40, "chunk")
        now[0] += 0.1
        task.advance(4)
        steps.append(task.step())  # too early for a rate
        now[0] += 1.9
        task.advance(4)
        steps.append(task.step())
        now[0] += 2
        task.advance(40)
        steps.append(task.step())  # more than was said
        task.begin("saving", 0, "")
        now[0] += 5
        steps.append(task.step())
        return "made"

    task = ended(work)
    assert (task.status, task.result, task.error) == ("done", "made", None)
    assert steps == [
        Step("", 0, 0, "", None, None),
        Step("embedding", 4, 40, "chunk", None, None),
        Step("embedding", 8, 40, "chunk", 4.0, 8.0),
        Step("embedding", 48, 40, "chunk", 12.0, 0.0),
        Step("saving", 0, 0, "", None, None),
    ]
    assert [step.share for step in steps] == [0.0, 0.1, 0.2, 1.0, 0.0]


def test_it_stops_at_the_next_sign_of_progress() -> None:
    begun, done = threading.Event(), []

    def work(task: Task) -> None:
        with task.track(1000, "asking", "question") as advance:
            for n in range(1000):
                begun.set()
                advance(1)
                done.append(n)
                time.sleep(0.01)

    task = Task(work)
    assert begun.wait(5)
    assert task.status == "running"
    task.stop()
    task.join(5)
    assert (task.status, task.result, task.error) == ("stopped", None, None)
    assert len(done) < 500
    step = task.step()
    assert (step.label, step.total, step.unit, step.done) == ("asking", 1000, "question", len(done))


def test_the_work_can_tidy_up_when_stopped() -> None:
    tidied, waiting = threading.Event(), threading.Event()

    def work(task: Task) -> None:
        try:
            waiting.wait(5)
            task.advance()
        except Stopped:
            tidied.set()
            raise

    task = Task(work)
    task.stop()
    waiting.set()
    task.join(5)
    assert tidied.is_set()
    assert task.status == "stopped"


def test_a_failure_is_a_sentence() -> None:
    def refuse(task: Task) -> None:
        raise WrongUse("split the file")

    def break_(task: Task) -> None:
        raise KeyError("x")

    refused, broken = ended(refuse), ended(break_)
    assert (refused.status, refused.error) == ("failed", "split the file")
    assert broken.status == "failed"
    assert broken.error == "it failed unexpectedly (KeyError: 'x')"


def test_an_indexing_tells_what_it_does(tmp_path: Path, encoder: Encoder) -> None:
    folder = write_notes(tmp_path / "files")
    seen: list[Step] = []

    class Watched(IndexingProgress):
        def __init__(self, task: Task) -> None:
            super().__init__(task)
            self._of = task

        def embedding(self, documents: int, chunks: int, known: int) -> None:
            seen.append(self._of.step())
            super().embedding(documents, chunks, known)

        def saving(self) -> None:
            seen.append(self._of.step())
            super().saving()
            seen.append(self._of.step())

    task = ended(lambda task: index(encoder, tmp_path / "made", folder, progress=Watched(task)))
    assert task.status == "done"
    assert len(task.result.added) == len(NOTES)
    reading, embedding, saving = seen
    assert (reading.label, reading.unit, reading.done, reading.total) == ("reading", "file", len(NOTES), len(NOTES))
    assert (embedding.label, embedding.unit) == ("embedding", "chunk")
    assert embedding.done == embedding.total == task.result.embedded > 0
    assert saving.label == "saving"


def test_a_stopped_indexing_leaves_the_collection_as_it_was(
    tmp_path: Path, encoder: Encoder, collection: Path, notes: Path
) -> None:
    (notes / "new.txt").write_text("A new sentence about the lighthouse of Aktau stands here for once.\n")

    class Stopping(IndexingProgress):
        def saving(self) -> None:
            self._task.stop()
            super().saving()

    task = ended(lambda task: index(encoder, collection, notes, progress=Stopping(task)))
    assert (task.status, task.error) == ("stopped", None)
    after = index(encoder, collection, notes)
    assert [Path(path).name for path in after.added] == ["new.txt"]
    assert after.generation == 2
    assert after.embedded == 0
