"""An answer made by hand, with a short answer in its quotation, and hits."""

from __future__ import annotations

from dataclasses import replace

from corpus.types import Chunk
from rag.answer import Answer, Citation, Focus, Hit, Statement

# The short answer stands twice in the sentence, and the second is meant.
APPLES = "Of Aport and the pears around Verny, the largest apple of the garden is the red Aport."
SHORT = "Aport"
_SOURCE = 40
_AT = APPLES.rindex(SHORT)


def stated(text: str = APPLES, short: str = SHORT, at: int = _AT) -> Statement:
    """A quotation from position 40 of its file, whose short answer begins at a position of the text."""
    focus = Focus(_SOURCE + at, _SOURCE + at + len(short), short)
    return Statement(text, (1,), "supported", 1.0, focus=focus)


def answered(statement: Statement | None = None) -> Answer:
    """An answer of one quotation."""
    said = statement or stated()
    citation = Citation(
        1, "d" * 16, "gardens.txt", "0" * 64, "Gardens", None, None, "en", _SOURCE, _SOURCE + len(said.text), 3, None,
        said.text,
    )  # fmt: skip
    return Answer("Which apple?", "en", "answered", 0.9, "extractive", None, (said,), (citation,), (), grade="sure")


def unanswered(**changes: object) -> Answer:
    """An abstention without hits."""
    nothing = replace(answered(), status="abstained", grade="none", statements=(), citations=())
    return replace(nothing, **changes)  # type: ignore[arg-type]


def hits(count: int) -> tuple[Hit, ...]:
    """Passages that say their own number."""
    return tuple(_hit(rank) for rank in range(1, count + 1))


def _hit(rank: int) -> Hit:
    text = f"Passage {rank}."
    place = Chunk("d" * 16, rank, 0, len(text), 50 * rank, 50 * rank + len(text), rank, "en", None, 0, 0, 3, text, text)
    return Hit(rank, 1 / rank, 0.5, place, "gardens.txt")
