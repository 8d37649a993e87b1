"""Quotations: the sentences that answer, each with the sentence it leans on, and a list with its items."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import takewhile

from corpus.fulltext import index_terms, simplified
from corpus.store import DocumentCard
from corpus.types import Chunk, address_of
from rag.answer import Focus, Hit
from rag.checking.agreement import same_answer
from rag.citing import Stated, quoted
from rag.injection.detect import Planted
from rag.logistic import as_probability
from rag.search.engine import SearchEngine
from rag.search.passages import Gathered, Sentence
from rag.search.reading import REACH
from rag.verify import reads_as

# A sentence is quoted beside the best one only if its score is in this upper part of the range between the mean
# of the hits and the best. Relative, because models differ in the scale of their scores.
_UPPER_PART = 0.5
_SAME_TERMS = 0.8
_PER_DOCUMENT = 2


def choose_sentences(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """Choose up to ``limit`` hits to quote by their scores, best first.

    No near-duplicates, no document more than twice.
    """
    if not hits:
        return []
    mean = sum(hit.score for hit in hits) / len(hits)
    least = hits[0].score - _UPPER_PART * (hits[0].score - mean)
    return distinct(takewhile(lambda hit: hit.score >= least, hits), limit)


def distinct(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """Return the first ``limit`` hits that say different things: no near-duplicates, no document more than twice."""
    chosen: list[Hit] = []
    documents: Counter[str] = Counter()
    for hit in hits:
        if len(chosen) == limit:
            break
        if documents[hit.chunk.document_id] < _PER_DOCUMENT and not any(_repeats(hit, other) for other in chosen):
            chosen.append(hit)
            documents[hit.chunk.document_id] += 1
    return chosen


def _repeats(hit: Hit, other: Hit) -> bool:
    """Return whether two sentences say nearly the same in the same words (Jaccard similarity of their terms)."""
    a, b = set(index_terms(hit.chunk.text)), set(index_terms(other.chunk.text))
    return len(a & b) >= _SAME_TERMS * max(1, len(a | b))


# A sentence that was read is quoted beside the best one if it gives the same answer and its log odds are at most the
# first number lower. One of another document whose answer cannot be compared is quoted if they are at most the second
# lower, one with another date or number never. When all within 1.6 were quoted, 24 of 43 that stood beside a right one
# were evidence on the shipped questions, 1 of 9 on the seeds.
_NEAR_SAME, _NEAR = 2.5, 0.8
_LEAST = 0.4
# The most items of a list that are quoted, and the most characters of an item.
_MOST_ITEMS = 10
_LONGEST_ITEM = 300
_INTRODUCES = re.compile(r"[:：]\s*$")
_LONGEST_FOCUS = 160
_EDGES = ' \t\n\r,.;:!?，。；：！？、()（）[]«»“”"「」『』《》—–-'
_FIRST_WORD = re.compile(r"[\W_]*([^\W_]+)")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A chunk to quote, perhaps widened by the sentence before it, and the place of the short answer in its text.

    ``lead`` is the chunk that was found, which identifies the quotation. Start and end of ``focus`` are equal where
    there is no short answer.
    """

    chunk: Chunk
    lead: Chunk
    focus: tuple[int, int] = (0, 0)


def choose(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """Return up to ``limit`` hits to quote, best first: those that were read and answer about as well as the best.

    No near-duplicates, no document more than twice.
    """
    if not hits or hits[0].read is None:
        return []
    return distinct([hits[0], *(hit for hit in hits[1:] if _answers_as_well(hit, hits[0]))], limit)


def _answers_as_well(hit: Hit, best: Hit) -> bool:
    """Return whether a hit may be quoted beside the best one."""
    if hit.read is None or best.read is None or as_probability(hit.read.score) < _LEAST:
        return False
    behind = best.read.score - hit.read.score
    mine, other = (one.chunk.text[slice(*_focus(one))] for one in (best, hit))
    if mine and other:
        same, _ = same_answer(mine, best.chunk.language, other, hit.chunk.language)
        if same != "unknown":
            return same == "same" and behind <= _NEAR_SAME
    return behind <= _NEAR and hit.read.carries >= 0 and hit.chunk.document_id != best.chunk.document_id


def quotation(hit: Hit, around: Sequence[Chunk]) -> Quotation:
    """Return the quotation of a hit, with the sentence before it in its paragraph if the hit leans on that.

    ``around`` are the chunks of its document near it, in order.
    """
    focus = _focus(hit)
    before = next((c for c in around if c.position == hit.chunk.position - 1), None)
    if before is None or before.paragraph_id != hit.chunk.paragraph_id or not leans(hit.chunk):
        return Quotation(hit.chunk, hit.chunk, focus)
    wide = _joined(before, hit.chunk)
    shift = hit.chunk.start - before.start
    return Quotation(wide, hit.chunk, (focus[0] + shift, focus[1] + shift) if focus[1] else focus)


def items(lead: Chunk, around: Sequence[Chunk]) -> list[Chunk]:
    """Return the items of the list that ``lead`` introduces; empty where it introduces none."""
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
    """Return whether a sentence begins with a word that refers to something before it."""
    text = simplified(chunk.text).lower()
    spaced, unspaced = _words()
    base = chunk.language.split("-")[0]
    if base in unspaced:
        return text.lstrip(_EDGES).startswith(unspaced[base])
    first = _FIRST_WORD.match(text)
    return first is not None and first.group(1) in spaced.get(base, frozenset())


def asks_for_another(question: str, language: str) -> bool:
    """Return whether a question asks for something other than the answer before it: "And the other one?"."""
    words, base = _data()["another"], language.split("-")[0]
    text = simplified(question).lower()
    stems = words.get(base, words["en"]).split()
    if base == "zh":
        return any(stem in text for stem in stems)
    return any(word.startswith(tuple(stems)) for word in re.findall(r"[^\W\d_]+", text))


def _joined(before: Chunk, chunk: Chunk) -> Chunk:
    """Join two neighbours of one paragraph into one chunk, which keeps the id of the second."""
    first = before.start - before.paragraph_start
    text = before.paragraph[first : chunk.end - chunk.paragraph_start]
    return replace(
        before, end=chunk.end, source_end=chunk.source_end, tokens=before.tokens + chunk.tokens, text=text, id=chunk.id
    )


def _focus(hit: Hit) -> tuple[int, int]:
    """Return the place of the short answer, without white space and punctuation at its edges.

    (0, 0) where there is none, or where it is too long for one.
    """
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
    """Return whether the last character closes a bracket or quotation mark that the text itself opens."""
    pairs = {")": "(", "）": "（", "]": "[", "»": "«", "”": "“", "」": "「", "』": "『", "》": "《"}
    return pairs.get(text[-1], "\0") in text[:-1]


@cache
def _data() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(files("rag.answering").joinpath("leaning.json").read_text("utf-8"))
    return found


@cache
def _words() -> tuple[dict[str, frozenset[str]], dict[str, tuple[str, ...]]]:
    data = _data()
    spaced = {language: frozenset(words.split()) for language, words in data["spaced"].items()}
    return spaced, {language: tuple(words.split()) for language, words in data["unspaced"].items()}


# How many sentences on either side of a hit are searched for what it leans on and for the items of its list.
_REACH = max(REACH, 12)


class Quoting:
    """Makes statements that quote the hits of one search engine."""

    def __init__(self, engine: SearchEngine, planted: Planted) -> None:
        self._engine = engine
        self._planted = planted

    def statements(self, hits: Sequence[Hit], gathered: Gathered, limit: int) -> Iterator[Stated]:
        """Yield statements that quote up to ``limit`` hits; if the hits were not read, their scores decide which."""
        sentences = {s.chunk.id: s for passage in gathered.passages for s in passage.sentences}
        if not any(hit.read for hit in hits[:1]):
            yield from (quoted(sentences[hit.chunk.id]) for hit in choose_sentences(hits, limit))
            return
        chosen = choose(hits, limit)
        around = self._engine.around([hit.chunk for hit in chosen], _REACH)
        told: set[int] = set()
        for hit in chosen:
            if hit.chunk.id in told:
                continue
            sentence, near = sentences[hit.chunk.id], around[hit.chunk.document_id]
            yield self._whole(quotation(hit, near), sentence)
            listed = self._items(hit.chunk, near, sentence)
            yield from (quoted(item) for item in listed)
            told.update(item.chunk.id for item in listed)

    def _whole(self, made: Quotation, sentence: Sentence) -> Stated:
        """Turn a quotation into a statement: widened if the file has exactly those words, else the sentence alone."""
        card, wide = sentence.card, made.chunk
        if wide is not made.lead and not reads_as(card, wide.source_start, wide.source_end, wide.text):
            shift = made.lead.start - wide.start
            made = Quotation(made.lead, made.lead, (made.focus[0] - shift, made.focus[1] - shift))
        return quoted(Sentence(made.chunk, sentence.vector, sentence.card), self._focus(made, card))

    def _focus(self, made: Quotation, card: DocumentCard) -> Focus | None:
        start, end = made.focus
        if not 0 <= start < end:
            return None
        words = made.chunk.text[start:end]
        place = self._engine.source_span(made.chunk, start, end)
        if not reads_as(card, *place, words):
            return None
        address = address_of(card.parts, *place)
        return Focus(address.start, address.end, words)

    def _items(self, lead: Chunk, around: Sequence[Chunk], sentence: Sentence) -> tuple[Sentence, ...]:
        found = items(lead, around)
        planted = self._planted.among(found) if found else frozenset()
        return self._engine.sentences_of([item for item in found if item.id not in planted], sentence.card)
