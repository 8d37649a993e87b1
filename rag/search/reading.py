"""Reading what was found: which sentences answer the question, and where in them.

Retrieval finds what a passage is about; the reader (`embeddings.reader`) judges whether it answers. The first sentences
found are read with what stands around them, so that one pass judges all sentences of a paragraph, also those that
retrieval had not put among the first. A logistic model, fitted by `tools.calibration.reading` on questions with marked
evidence, combines both into one score.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from corpus.types import Chunk
from embeddings import AnswerSpan, Passage, Reader, Reading
from embeddings.reader import MOST_TITLE
from rag.answer import Read
from rag.logistic import log_odds

FEATURES = ("relevance", "carries", "lead", "retrieval")

# The most sentences whose surroundings are read, and tokens that are read, for a question: a third of a second on two
# cores.
MOST_READ = 30
_MOST_TOKENS = 1_900
# A window holds at most so many tokens. Where the paragraph has fewer than the second number, its neighbours are read
# with it, up to the third: the items of a list, the line under a name.
_WIDEST, _NARROW, _WIDENED = 170, 60, 120
# Sentences to either side that a window can reach.
REACH = 8
_SPECIAL_TOKENS = 5
_UNSPACED = ("zh", "ja", "th", "lo", "km", "my", "bo")


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences that are read together, in the order of their document, and that document's title."""

    chunks: tuple[Chunk, ...]
    title: str = ""

    def passage(self) -> Passage:
        """Return the window in the form that a reader takes."""
        parts: list[str] = []
        spans: list[tuple[int, int]] = []
        length = 0
        for chunk in self.chunks:
            if parts and not chunk.language.startswith(_UNSPACED):
                parts.append(" ")
                length += 1
            parts.append(chunk.text)
            spans.append((length, length + len(chunk.text)))
            length += len(chunk.text)
        return Passage("".join(parts), tuple(spans), self.titled)

    @property
    def titled(self) -> str:
        """Return the title and heading of the window: its sentences may say "he" where only the title says who."""
        heading = self.chunks[0].heading or ""
        return " – ".join(dict.fromkeys(part for part in (self.title, heading) if part))


def windows(
    leads: Sequence[Chunk],
    around: Mapping[str, Sequence[Chunk]],
    titles: Mapping[str, str],
    question: str,
    reader: Reader,
) -> list[Window]:
    """Return the windows that hold ``leads``, best first, as many as may be read for one question.

    ``around`` has the chunks that stand near the leads, by document id and in order; ``titles`` the documents' titles.
    """
    texts = {chunk.id: chunk.text for chunks in around.values() for chunk in chunks}
    counts = dict(zip(texts, reader.count_tokens(list(texts.values())), strict=True))
    asked = reader.count_tokens([question])[0] + _SPECIAL_TOKENS
    made: list[Window] = []
    seen: set[int] = set()
    spent = 0
    for lead in leads:
        if lead.id in seen:
            continue
        window = Window(_window(lead, around[lead.document_id], counts), titles.get(lead.document_id, ""))
        title = min(MOST_TITLE, reader.count_tokens([window.titled])[0])
        spent += asked + title + sum(counts[chunk.id] for chunk in window.chunks)
        if made and spent > _MOST_TOKENS:
            break
        made.append(window)
        seen.update(chunk.id for chunk in window.chunks)
    return made


def _window(lead: Chunk, around: Sequence[Chunk], counts: Mapping[int, int]) -> tuple[Chunk, ...]:
    """Return the lead with as much of its paragraph as fits, and of the paragraphs beside it where that is little."""
    place = next(n for n, chunk in enumerate(around) if chunk.id == lead.id)
    low, high, tokens = place, place + 1, counts[lead.id]

    def grow(most: int, fits: Iterable[bool]) -> None:
        nonlocal low, high, tokens
        within = list(fits)
        while True:
            before = low > 0 and within[low - 1] and _follows(around[low - 1], around[low])
            after = high < len(around) and within[high] and _follows(around[high - 1], around[high])
            # A sentence leans on what stands before it, so that is taken first.
            if before and tokens + counts[around[low - 1].id] <= most:
                low -= 1
                tokens += counts[around[low].id]
            elif after and tokens + counts[around[high].id] <= most:
                tokens += counts[around[high].id]
                high += 1
            else:
                return

    grow(_WIDEST, (chunk.paragraph_id == lead.paragraph_id for chunk in around))
    if tokens < _NARROW:
        grow(_WIDENED, (chunk.heading == lead.heading for chunk in around))
    return tuple(around[low:high])


def _follows(chunk: Chunk, other: Chunk) -> bool:
    return chunk.position + 1 == other.position


def read(question: str, made: Sequence[Window], reader: Reader, retrieval: Mapping[int, float]) -> dict[int, Read]:
    """Return the reader's judgement of every sentence of the windows, by chunk id; the best one if there are several.

    ``retrieval`` has the score of each chunk in retrieval; chunks that it lacks take the lowest.
    """
    least = min(retrieval.values(), default=0.0)
    found: dict[int, Read] = {}
    passages = [window.passage() for window in made]
    for window, passage, reading in zip(made, passages, reader.read(question, passages), strict=True):
        for chunk, one in _sentences(window, passage, reading, retrieval, least):
            if chunk.id not in found or found[chunk.id].score < one.score:
                found[chunk.id] = one
    return found


def _sentences(
    window: Window, passage: Passage, reading: Reading, retrieval: Mapping[int, float], least: float
) -> Iterator[tuple[Chunk, Read]]:
    parts = zip(window.chunks, passage.sentences, reading.sentences, reading.spans, strict=True)
    for chunk, (begin, _), carries, span in parts:
        yield chunk, _read(reading.relevance, carries, span, begin, retrieval.get(chunk.id, least))


def _read(relevance: float, carries: float, span: AnswerSpan | None, begin: int, retrieval: float) -> Read:
    values = {"relevance": relevance, "carries": carries, "lead": span.score if span else 0.0, "retrieval": retrieval}
    score = log_odds(_coefficients(), FEATURES, values)
    if span is None:
        return Read(score, relevance, carries)
    return Read(score, relevance, carries, span.score, span.start - begin, span.end - begin)


def _coefficients() -> dict[str, float]:
    found: dict[str, float] = fitted()["sentence"]["coefficients"]
    return found


@cache
def fitted() -> dict[str, Any]:
    """Return what `tools.calibration.reading` fitted: weights of order and confidence, and confidences to act from."""
    found: dict[str, Any] = json.loads(files("rag.search").joinpath("reading.json").read_text("utf-8"))
    return found
