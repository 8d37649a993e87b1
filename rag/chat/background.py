"""Answers and benchmarks that run on while the page is drawn again."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from embeddings import Encoder
from rag.answer import Answer, Event, Statement
from rag.assistant import Assistant
from rag.bench.datasets import read_dataset
from rag.bench.methods import DEFAULT
from rag.bench.page import newest
from rag.bench.results import Run, results_folder, save_runs, saved_runs
from rag.bench.run import run_dataset
from rag.errors import DalilError
from rag.library.tasks import IndexingProgress, Task
from rag.library.wording import told
from rag.settings import SHIPPED_DOCUMENTS, Settings

logger = logging.getLogger(__name__)


# Called once, with the answer, or with the error's sentence, or with neither where it was stopped.
OnEnd = Callable[[Answer | None, str | None], None]
# Work that a stopped answer leaves in a thread must not keep others waiting.
_THREADS = 64
# How many last characters identify a sentence, and what may follow them: its stop, citation marks, spaces.
_TELLING = 20
_STOPS = ".!?。！？… "
_AFTER_SENTENCE = re.compile(r"^[\s.!?。！？…”\"»」]*(?:[\[【][\d\s,，、]*[\]】][\s.!?。！？]*)*")


def unchecked(events: Sequence[Event]) -> str:
    """Return the words that a model has written after the last checked sentence: the beginning of the next one."""
    last = max((n for n, event in enumerate(events) if isinstance(event.data, Statement)), default=-1)
    words = "".join(event.data for event in events[last + 1 :] if isinstance(event.data, str))
    if last < 0:
        return words
    # A piece may hold the end of one sentence and the beginning of the next.
    before = "".join(event.data for event in events[:last] if isinstance(event.data, str))
    statement = events[last].data
    ending = statement.text[-_TELLING:].rstrip(_STOPS) if isinstance(statement, Statement) else ""
    _, found, rest = before.rpartition(ending) if ending else ("", "", "")
    return (_AFTER_SENTENCE.sub("", rest) if found else "") + words


class RunningAnswer:
    """An answer under way, begun when the object is made; ``options`` are those of `rag.Assistant.astream`.

    ``on_end`` is called in another thread when the answer is complete, has failed or was stopped, whether or not a page
    is watching.
    """

    def __init__(self, assistant: Assistant, question: str, on_end: OnEnd, **options: Any) -> None:
        self.question = question
        self.events: list[Event] = []
        self.error: str | None = None
        self.was_stopped = False
        self._on_end = on_end
        self._moved = threading.Condition()
        self._is_over = False
        self._loop = _shared_loop()
        self._task: asyncio.Task[None] | None = None
        asyncio.run_coroutine_threadsafe(self._follow(assistant, options), self._loop)

    @property
    def is_over(self) -> bool:
        """Return whether the answer has ended and ``on_end`` has returned."""
        return self._is_over

    def wait(self, seen: int, seconds: float) -> bool:
        """Wait for more than ``seen`` events or the end of the answer; return whether it came within ``seconds``."""
        with self._moved:
            return self._moved.wait_for(lambda: len(self.events) > seen or self._is_over, seconds)

    def stop(self) -> None:
        """Stop the answer, and with it the model's work, at once; do nothing if the answer is already complete."""
        with self._moved:
            if self._is_over or (self._task is not None and self._task.done()):
                return
            self.was_stopped = True
            if self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    def join(self, seconds: float | None = None) -> None:
        """Wait until the answer is over, for ``seconds`` at most if they are given."""
        with self._moved:
            self._moved.wait_for(lambda: self._is_over, seconds)

    async def _follow(self, assistant: Assistant, options: dict[str, Any]) -> None:
        answer: Answer | None = None
        try:
            with self._moved:
                self._task = asyncio.ensure_future(self._collect(assistant, options))
                if self.was_stopped:
                    self._task.cancel()
            await self._task
            answer = next((e.data for e in reversed(self.events) if isinstance(e.data, Answer)), None)
            self.was_stopped = False  # the request to stop came too late
        except asyncio.CancelledError:
            self.was_stopped = True
        except DalilError as error:
            self.error = told(error)
        except Exception as error:
            logger.exception("an answer failed")
            self.error = f"the answer failed unexpectedly ({type(error).__name__}); ask again, or see the log"
        finally:
            # In threads of its own: a complete answer is saved even while all threads for answers are busy.
            await asyncio.get_running_loop().run_in_executor(_keeping, self._end, answer)

    async def _collect(self, assistant: Assistant, options: dict[str, Any]) -> None:
        async for event in assistant.astream(self.question, **options):
            with self._moved:
                self.events.append(event)
                self._moved.notify_all()

    def _end(self, answer: Answer | None) -> None:
        try:
            self._on_end(answer, self.error)
        except Exception as error:
            logger.exception("an answer could not be kept")
            self.error = f"the answer could not be kept ({told(error)})"
        finally:
            with self._moved:
                self._is_over = True
                self._moved.notify_all()


_keeping = ThreadPoolExecutor(4, thread_name_prefix="keeping")
_loops: list[asyncio.AbstractEventLoop] = []
_making = threading.Lock()


def _shared_loop() -> asyncio.AbstractEventLoop:
    with _making:
        if not _loops:
            loop = asyncio.new_event_loop()
            loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="answer"))
            threading.Thread(target=loop.run_forever, name="answers", daemon=True).start()
            _loops.append(loop)
        return _loops[0]


class Benchmark:
    """The benchmark of a process: one run at a time, whoever starts it."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self._settings = settings
        self._encoder = encoder
        self._task: Task | None = None
        self._lock = threading.Lock()

    @property
    def task(self) -> Task | None:
        """Return the run under way, or the last one; None before the first."""
        return self._task

    def start(self) -> Task:
        """Measure the default methods on the shipped questions in a thread; return this run, or the one under way."""
        with self._lock:
            if self._task is None or self._task.status != "running":
                self._task = Task(self._run)
            return self._task

    def results(self) -> dict[str, list[dict[str, Any]]]:
        """Return the newest saved result of every method, by the name of the dataset."""
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
