"""Progress bars on standard error: documents, chunks per second, time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from rag.indexing.plan import Progress


class BarProgress(Progress):
    """Two progress bars: one while files are read, one while their chunks and paragraphs are embedded.

    Nothing is shown if standard error is not a terminal.
    """

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None
        self._quiet = not sys.stderr.isatty()

    def reading(self, total: int) -> None:
        """Show a bar for ``total`` files."""
        self._open(total, "Reading", "file")

    def read(self, path: Path) -> None:
        """Advance the bar by one file."""
        self._advance(1)

    def embedding(self, documents: int, chunks: int, known: int) -> None:
        """Show a bar for ``chunks`` texts of ``documents`` documents, if there are any to embed."""
        self._close()
        if chunks:
            self._open(chunks, f"Embedding {documents} document{'s' * (documents != 1)}", "chunk")

    def embedded(self, chunks: int) -> None:
        """Advance the bar by ``chunks`` texts."""
        self._advance(chunks)

    def saving(self) -> None:
        """Close the bar."""
        self._close()

    def _open(self, total: int, label: str, unit: str) -> None:
        self._close()
        if not self._quiet:
            self._bar = tqdm(total=total, desc=label, unit=f" {unit}", ncols=80, file=sys.stderr, leave=unit == "chunk")

    def _advance(self, count: int) -> None:
        if self._bar is not None:
            self._bar.update(count)

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
