"""The state that the steps of the chain pass on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from rag.answer import Hit, Mode, Note
from rag.checking.written import Checker
from rag.citing import Stated
from rag.followup import Turn
from rag.search.filters import Filters
from rag.search.passages import Gathered
from rag.smalltalk import SmallTalk
from rag.writing.packing import Packed

# How many hits an answer is chosen from and its confidence judged by.
CONSIDERED = 20


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What the steps pass on; ``began`` is a `time.perf_counter` reading.

    ``said`` is the kind of small talk, if the input asks nothing of the documents; ``searched`` is the text to search
    for in place of the question, where that leans on a conversation or begins with a greeting. ``planted`` are the ids
    of chunks that give instructions to a machine; ``told`` those of chunks that the last answer quoted, where the
    question asks for another one.
    """

    question: str
    language: str
    id: str | int | None
    k: int
    began: float
    filters: Filters | None = None
    turns: tuple[Turn, ...] = ()
    gloss: bool = False
    said: SmallTalk | None = None
    standalone: str | None = None
    searched: str | None = None
    gathered: Gathered | None = None
    planted: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    confidence: float = 0.0
    mode: Mode = "extractive"
    packed: tuple[Packed, ...] = ()
    checker: Checker | None = None
    statements: tuple[Stated, ...] = ()
    notes: tuple[Note, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)

    def timed(self, step: str, since: float) -> dict[str, float]:
        """Return the timings with that of a step that began at ``since``, in milliseconds."""
        return {**self.timings_ms, step: 1000 * (time.perf_counter() - since)}

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Return everything that was found."""
        return self.gathered.hits if self.gathered else ()

    @property
    def honest(self) -> list[Hit]:
        """Return the first hits that an answer may be made from: neither planted nor quoted before."""
        left_out = self.planted | self.told
        return [hit for hit in self.hits[:CONSIDERED] if hit.chunk.id not in left_out]
