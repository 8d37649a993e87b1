"""Progress on standard error: documents, chunks per second, time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from rag.indexing.plan import Progress

# Without a terminal, a line is printed so many seconds after the one before it; a short run prints none.
_LINE_EVERY = 10.0


class BarProgress(Progress):
    """Progress bars on standard error: while files are read, and while their chunks and paragraphs are embedded.

    If standard error is not a terminal, a plain line says now and then how far the run is.
    """

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None
        self._is_terminal = sys.stderr.isatty()
        self._label = ("", "")
        self._done = self._total = 0
        self._began = self._told = 0.0

    def reading(self, total: int) -> None:
        """Show progress over ``total`` files."""
        self._open(total, "Reading", "file")

    def read(self, path: Path) -> None:
        """Advance by one file."""
        self._advance(1)

    def embedding(self, documents: int, chunks: int, known: int) -> None:
        """Show progress over ``chunks`` texts of ``documents`` documents, if there are any to embed."""
        self._close()
        if chunks:
            self._open(chunks, f"Embedding {documents} document{'s' * (documents != 1)}", "chunk")

    def embedded(self, chunks: int) -> None:
        """Advance by ``chunks`` texts."""
        self._advance(chunks)

    def saving(self) -> None:
        """Close the bar."""
        self._close()

    def _open(self, total: int, label: str, unit: str) -> None:
        self._close()
        self._label, self._done, self._total = (label, unit), 0, total
        self._began = self._told = time.monotonic()
        if self._is_terminal:
            self._bar = tqdm(total=total, desc=label, unit=f" {unit}", ncols=80, file=sys.stderr, leave=unit == "chunk")

    def _advance(self, count: int) -> None:
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        elif not self._is_terminal and time.monotonic() - self._told >= _LINE_EVERY:
            self._told = time.monotonic()
            print(self._line(self._told - self._began), file=sys.stderr, flush=True)

    def _line(self, seconds: float) -> str:
        label, unit = self._label
        rate = self._done / max(seconds, 1e-3)
        left = (self._total - self._done) / max(rate, 1e-3)
        return f"{label}: {self._done:,} of {self._total:,} {unit}s ({rate:.1f} a second, {left:.0f} seconds left)"

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def counting(total: int, label: str, unit: str) -> Iterator[Callable[[int], None]]:
    """Show a bar to ``total`` on standard error; yield the function that advances it."""
    with tqdm(total=total, desc=label, unit=f" {unit}", ncols=80, disable=not sys.stderr.isatty()) as bar:

        def advance(count: int) -> None:
            bar.update(count)

        yield advance
