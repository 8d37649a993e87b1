"""What an answer quotes: the sentences that carry it and no others, each able to stand alone, and the short answer.

A sentence that leans on the one before it ("He was then…", "这三人…") is quoted together with it, as one address. A
sentence that introduces a list brings the items, each with an address of its own. The short answer is the stretch of
the quotation that the reader found; nothing is written that the source does not say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import takewhile

from corpus.fulltext import simplified
from corpus.types import Chunk
from rag.generation.extractive import distinct
from rag.logistic import as_probability
from rag.types import Hit

# A sentence is quoted beside the best one only if its log odds are so near to the best, and its probability so high.
_NEAR = 1.6
_LEAST = 0.4
# Items of a list that are quoted, and letters of an item at most.
_MOST_ITEMS = 10
_LONGEST_ITEM = 300
_INTRODUCES = re.compile(r"[:：]\s*$")
_LONGEST_FOCUS = 160
_EDGES = ' \t\n\r,.;:!?，。；：！？、()（）[]«»“”"「」『』《》—–-'
_FIRST_WORD = re.compile(r"[\W_]*([^\W_]+)")


@dataclass(frozen=True, slots=True)
class Quotation:
    """What is quoted: a chunk, perhaps widened, and the place of the short answer in its text (equal if there is none).

    ``lead`` is the chunk that was found, by which it is known.
    """

    chunk: Chunk
    lead: Chunk
    focus: tuple[int, int] = (0, 0)


def choose(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """Return up to ``limit`` hits to quote, best first: those that were read and answer about as well as the best.

    No near-duplicates, no document more than twice.
    """
    best = hits[0].read if hits else None

    def answers_as_well(hit: Hit) -> bool:
        if hit.read is None or best is None:
            return False
        near = hit.read.score >= best.score - _NEAR and as_probability(hit.read.score) >= _LEAST
        return hit is hits[0] or near

    return distinct(takewhile(answers_as_well, hits), limit)


def quotation(hit: Hit, around: Sequence[Chunk]) -> Quotation:
    """Return what is quoted of a hit; ``around`` are the chunks of its document near it, in order."""
    focus = _focus(hit)
    before = next((c for c in around if c.position == hit.chunk.position - 1), None)
    if before is None or before.paragraph_id != hit.chunk.paragraph_id or not leans(hit.chunk):
        return Quotation(hit.chunk, hit.chunk, focus)
    wide = _joined(before, hit.chunk)
    shift = hit.chunk.start - before.start
    return Quotation(wide, hit.chunk, (focus[0] + shift, focus[1] + shift) if focus[1] else focus)


def items(lead: Chunk, around: Sequence[Chunk]) -> list[Chunk]:
    """Return the items of the list that ``lead`` introduces, none where it introduces none."""
    if not _INTRODUCES.search(lead.text):
        return []
    after = [c for c in around if c.position > lead.position and c.heading == lead.heading]
    found: list[Chunk] = []
    for number, chunk in enumerate(after, 1):
        if chunk.position != lead.position + number or len(chunk.text) > _LONGEST_ITEM or len(found) == _MOST_ITEMS:
            break
        # An item is a paragraph of its own; what follows it in its paragraph belongs to it.
        if found and chunk.paragraph_id == found[-1].paragraph_id:
            continue
        found.append(chunk)
    return found


def leans(chunk: Chunk) -> bool:
    """Whether a sentence begins with a word that means something said before it."""
    text = simplified(chunk.text).lower()
    spaced, unspaced = _words()
    base = chunk.language.split("-")[0]
    if base in unspaced:
        return text.lstrip(_EDGES).startswith(unspaced[base])
    first = _FIRST_WORD.match(text)
    return first is not None and first.group(1) in spaced.get(base, frozenset())


def asks_for_another(question: str, language: str) -> bool:
    """Whether a question asks for something other than what was told before: "And the other one?"."""
    words, base = _data()["another"], language.split("-")[0]
    text = simplified(question).lower()
    stems = words.get(base, words["en"]).split()
    if base == "zh":
        return any(stem in text for stem in stems)
    return any(word.startswith(tuple(stems)) for word in re.findall(r"[^\W\d_]+", text))


def _joined(before: Chunk, chunk: Chunk) -> Chunk:
    """Two neighbours of one paragraph as one chunk."""
    first = before.start - before.paragraph_start
    text = before.paragraph[first : chunk.end - chunk.paragraph_start]
    return replace(
        before, end=chunk.end, source_end=chunk.source_end, tokens=before.tokens + chunk.tokens, text=text, id=chunk.id
    )


def _focus(hit: Hit) -> tuple[int, int]:
    """The short answer without white space and signs at its edges; nothing where it is none or as good as all."""
    read, text = hit.read, hit.chunk.text
    if read is None or read.lead <= 0:
        return (0, 0)
    start, end = max(0, read.start), min(len(text), read.end)
    while start < end and text[start] in _EDGES:
        start += 1
    while start < end and text[end - 1] in _EDGES and not _closes(text[start:end]):
        end -= 1
    return (start, end) if 0 < end - start <= _LONGEST_FOCUS else (0, 0)


def _closes(text: str) -> bool:
    """Whether the last sign closes a bracket or quotation of the text itself."""
    pairs = {")": "(", "）": "（", "]": "[", "»": "«", "”": "“", "」": "「", "』": "『", "》": "《"}
    return pairs.get(text[-1], "\0") in text[:-1]


@cache
def _data() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(files("rag").joinpath("leaning.json").read_text("utf-8"))
    return found


@cache
def _words() -> tuple[dict[str, frozenset[str]], dict[str, tuple[str, ...]]]:
    data = _data()
    spaced = {language: frozenset(words.split()) for language, words in data["spaced"].items()}
    return spaced, {language: tuple(words.split()) for language, words in data["unspaced"].items()}
