"""The paragraphs shown to a model: best first, from several languages, documents and publishers, within a budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from rag.injection.detect import is_planted
from rag.injection.neutralise import neutral
from rag.search.passages import Passage, Sentence

# What a passage loses for each one chosen before it of the same document, publisher or language, as a share of the
# distance between the best score and the mean.
_SAME_DOCUMENT = 0.25
_SAME_PUBLISHER = 0.05
_SAME_LANGUAGE = 0.1
# Tokens that a passage's number and line ends take.
_FRAME = 8
_LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """A passage as shown to the model: its ``number`` in the prompt, its ``text`` made harmless, and its origin."""

    number: int
    text: str
    passage: Passage
    sentences: tuple[Sentence, ...]


def without(passages: Sequence[Passage], planted: Collection[int]) -> list[Passage]:
    """Return the passages without the sentences whose chunk ids are in ``planted``.

    A passage is left out where the sentence by which it was found is among them.
    """
    honest = (Passage(p.hit, tuple(s for s in p.sentences if s.chunk.id not in planted)) for p in passages)
    return [passage for passage in honest if passage.hit.chunk.id not in planted]


def pack(passages: Sequence[Passage], budget: int, count: Callable[[str], int]) -> list[Packed]:
    """Return passages in the order in which they are chosen, as many as fit into ``budget`` tokens.

    The first is returned in any case. A paragraph that is too long is cut to the sentences around the one that was
    found. ``count`` returns the number of tokens of a text.
    """
    packed: list[Packed] = []
    left = budget
    for passage in _diverse(passages):
        # Counting may be a request to the model's server: with little room left, only one more passage is tried.
        is_last = left < budget // 10
        sentences = _fitting(passage, left - _FRAME, count)
        if not sentences and not packed:
            sentences = tuple(s for s in passage.sentences if s.chunk.id == passage.hit.chunk.id)
        if sentences:
            packed.append(Packed(len(packed) + 1, _shown(sentences), passage, sentences))
            left -= count(packed[-1].text) + _FRAME
        if is_last:
            break
    return packed


def numbers_of_sentences(packed: Sequence[Packed]) -> list[int]:
    """Return, for each sentence in order, the number of its passage."""
    return [p.number for p in packed for _ in p.sentences]


def _diverse(passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages reordered: next is always the one with the best score less what it loses by repetition."""
    if not passages:
        return []
    scores = [passage.hit.score for passage in passages]
    top, mean = max(scores), sum(scores) / len(scores)
    spread = (top - mean) or 1.0
    seen: Counter[tuple[str, str]] = Counter()
    remaining, chosen = list(passages), []
    while remaining:
        best = max(remaining, key=lambda p: (p.hit.score - mean) / spread - _repeated(p, seen))
        remaining.remove(best)
        chosen.append(best)
        seen.update(_kinds(best))
    return chosen


def _kinds(passage: Passage) -> list[tuple[str, str]]:
    card, chunk = passage.sentences[0].card, passage.hit.chunk
    publisher = [("publisher", card.publisher)] if card.publisher else []
    return [("document", chunk.document_id), ("language", chunk.language), *publisher]


def _repeated(passage: Passage, seen: Counter[tuple[str, str]]) -> float:
    weights = {"document": _SAME_DOCUMENT, "publisher": _SAME_PUBLISHER, "language": _SAME_LANGUAGE}
    return sum(weights[kind] * seen[kind, value] for kind, value in _kinds(passage))


def _fitting(passage: Passage, budget: int, count: Callable[[str], int]) -> tuple[Sentence, ...]:
    """Return as much of the passage around its found sentence as fits; nothing where not even that sentence does."""
    everything = passage.sentences
    if count(_shown(everything)) <= budget:
        return everything
    sizes = [count(neutral(sentence.chunk.text)) + 1 for sentence in everything]
    first = last = found = next(n for n, s in enumerate(everything) if s.chunk.id == passage.hit.chunk.id)
    total = sizes[found] + count(_heading(everything))
    if total > budget:
        return ()
    while beside := [n for n in (last + 1, first - 1) if 0 <= n < len(sizes) and total + sizes[n] <= budget]:
        nearest = min(beside, key=lambda n: abs(n - found))
        total += sizes[nearest]
        first, last = min(first, nearest), max(last, nearest)
    return everything[first : last + 1]


def _shown(sentences: Sequence[Sentence]) -> str:
    """Return a passage's heading and sentences, made harmless."""
    space = "" if sentences[0].chunk.language.startswith(("zh", "ja")) else " "
    return _heading(sentences) + space.join(neutral(sentence.chunk.text) for sentence in sentences)


def _heading(sentences: Sequence[Sentence]) -> str:
    """Return the document's title and date, by which a reader understands "the agreement" and "last year"."""
    card = sentences[0].card
    title = "" if is_planted(card.title) else neutral(card.title)[:_LONGEST_TITLE]
    facts = ", ".join(filter(None, (title, card.published)))
    # On a line of its own: small models copy what stands before a sentence into theirs.
    return f"{facts}\n" if facts else ""
