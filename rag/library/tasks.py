"""Long work on a collection, in a thread of its own, with its progress and a way to stop it."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.errors import DalilError
from rag.indexing.plan import Progress
from rag.library.wording import told

logger = logging.getLogger(__name__)


Status = Literal["running", "done", "failed", "stopped"]
# A rate over fewer seconds than this is not meaningful yet.
_FIRST_RATE = 0.5


class Stopped(Exception):
    """Raised inside work that is to stop."""


@dataclass(frozen=True, slots=True)
class Step:
    """The progress of a task: ``rate`` in units per second and ``left`` in seconds, None where not known yet."""

    label: str
    done: int
    total: int
    unit: str
    rate: float | None
    left: float | None

    @property
    def share(self) -> float:
        """Return the part that is done, between 0 and 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class Task:
    """Work in a thread, begun when the object is made.

    ``work`` is called with the task, to which it reports its progress, and returns the ``result``.
    """

    def __init__(self, work: Callable[[Task], Any]) -> None:
        self.status: Status = "running"
        self.result: Any = None
        self.error: str | None = None
        self.failure: DalilError | None = None
        self._stop = threading.Event()
        self._label, self._unit, self._done, self._total, self._since = "", "", 0, 0, time.monotonic()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, args=(work,), name="task", daemon=True)
        self._thread.start()

    def step(self) -> Step:
        """Return the progress of the work now."""
        with self._lock:
            seconds = time.monotonic() - self._since
            rate = self._done / seconds if self._done and seconds >= _FIRST_RATE else None
            left = max(0, self._total - self._done) / rate if rate else None
            return Step(self._label, self._done, self._total, self._unit, rate, left)

    def begin(self, label: str, total: int, unit: str) -> None:
        """Begin the next part of the work, which has ``total`` units; raises `Stopped` where it is to stop."""
        self._check()
        with self._lock:
            self._label, self._unit, self._done, self._total, self._since = label, unit, 0, total, time.monotonic()

    def advance(self, count: int = 1) -> None:
        """Report that ``count`` more units are done; raises `Stopped` where the work is to stop."""
        self._check()
        with self._lock:
            self._done += count

    @contextmanager
    def track(self, total: int, label: str, unit: str) -> Iterator[Callable[[int], None]]:
        """Track a part of the work, in the form that `rag.bench.run` needs."""
        self.begin(label, total, unit)
        yield self.advance

    def stop(self) -> None:
        """Ask the work to stop; it does when it next reports progress."""
        self._stop.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait until the work is over, for ``seconds`` at most if they are given."""
        self._thread.join(seconds)

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _run(self, work: Callable[[Task], Any]) -> None:
        try:
            self.result = work(self)
            self.status = "done"
        except Stopped:
            self.status = "stopped"
        except DalilError as error:
            self.failure, self.error, self.status = error, told(error), "failed"
        except Exception as error:
            logger.exception("a task failed")
            self.error = f"it failed unexpectedly ({type(error).__name__}: {told(error)})"
            self.status = "failed"


class IndexingProgress(Progress):
    """The progress of an indexing run, reported to a task.

    Its labels are ``reading``, ``embedding`` and ``saving``, for which pages have words of their own.
    """

    def __init__(self, task: Task) -> None:
        self._task = task

    def reading(self, total: int) -> None:
        """Begin the part in which ``total`` files are looked at."""
        self._task.begin("reading", total, "file")

    def read(self, path: Path) -> None:
        """Report that one more file has been looked at."""
        self._task.advance()

    def embedding(self, documents: int, chunks: int, known: int) -> None:
        """Begin the part in which ``chunks`` texts are embedded."""
        self._task.begin("embedding", chunks, "chunk")

    def embedded(self, chunks: int) -> None:
        """Report that this many more texts are embedded."""
        self._task.advance(chunks)

    def saving(self) -> None:
        """Begin the part in which the new generation is written."""
        self._task.begin("saving", 0, "")


def now(timespec: str = "milliseconds") -> str:
    """Return the current time in UTC, in ISO format."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec=timespec)
