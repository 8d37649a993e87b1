"""Near misses made from answered pairs: one constraint changed, or the answer taken out.

A name, place, date or number of the question is exchanged for another of its kind, in the question or in the passage,
so that the passage answers another question than the one that is asked.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from corpus.sentences import split_sentences
from rag.facts.find import facts_of
from tools.reader.pairs import Pair, Passage

_YEARS = (1000, 2100)
_FAR = 30
_SENTENCE_START = 2


class Exchange:
    """Replacements for constraints: the names, places and numbers of many questions, by language and kind."""

    def __init__(self, questions: Iterable[tuple[str, str]]) -> None:
        """Read ``questions``, pairs of a text and its language."""
        self._pools: dict[tuple[str, str], list[str]] = defaultdict(list)
        for text, language in questions:
            for kind, start, end in _constraints(text, language):
                self._pools[language, kind].append(text[start:end])

    def change(self, pair: Pair, rng: random.Random) -> Pair | None:
        """Return the pair with one constraint changed and no answer; None if the question has none that can change."""
        found = _constraints(pair.question, pair.question_language)
        if not found:
            return None
        kind, start, end = rng.choice(found)
        old = pair.question[start:end]
        new = self._other(kind, old, pair, rng)
        if new is None:
            return None
        passage = pair.passage
        if old in passage.text and rng.random() < 0.5 and not _is_answer(old, pair):
            return Pair(pair.question, pair.question_language, _renamed(passage, passage.text.replace(old, new)))
        return Pair(pair.question[:start] + new + pair.question[end:], pair.question_language, passage)

    def _other(self, kind: str, old: str, pair: Pair, rng: random.Random) -> str | None:
        if kind == "number":
            return _other_number(old, rng)
        near = [
            pair.passage.text[start:end]
            for other, start, end in _constraints(pair.passage.text, pair.passage.language)
            if other == kind and pair.passage.language == pair.question_language
        ]
        pool = near if near and rng.random() < 0.5 else self._pools[pair.question_language, kind]
        fitting = [text for text in pool if text.lower() not in old.lower() and old.lower() not in text.lower()]
        return rng.choice(fitting) if fitting else None


def without_answer(pair: Pair, rng: random.Random) -> Pair | None:
    """Return the pair without the sentences that hold the answer; None if fewer than two would be left."""
    text = pair.passage.text
    spans = split_sentences(text, pair.passage.language)
    said = {text[start:end] for start, end in pair.answers}
    kept = [text[a:b] for a, b in spans if not any(answer in text[a:b] for answer in said)]
    kept = [s for s, (a, b) in zip(kept, spans, strict=False) if s] if kept else []
    if len(kept) < 2:
        return None
    joint = "" if pair.passage.language in ("zh-Hans", "zh-Hant", "ja") else " "
    return Pair(pair.question, pair.question_language, _renamed(pair.passage, joint.join(kept)))


def _constraints(text: str, language: str) -> list[tuple[str, int, int]]:
    """Return the kind and place of every name, place, date and number of a text.

    The places are those in the folded text, so a text whose folded form has another length gives none.
    """
    facts = facts_of(text, language)
    if len(facts.text) != len(text):
        return []
    found = [("place", place.start, place.end) for place in facts.places]
    # The first word is capitalised as the beginning of the sentence.
    found += [("name", name.start, name.end) for name in facts.names if name.certain and name.start > _SENTENCE_START]
    found += [("number", date.start, date.end) for date in facts.dates if date.text.isdigit()]
    found += [("number", n.start, n.end) for n in facts.numbers if n.text.isdigit()]
    return found


def _other_number(old: str, rng: random.Random) -> str:
    value = int(old)
    if _YEARS[0] <= value <= _YEARS[1]:
        return str(value + rng.choice([n for n in range(-_FAR, _FAR) if n]))
    return str(max(0, value + rng.choice([-3, -2, -1, 1, 2, 3, 5, 10, value + 1])) or value + 7)


def _is_answer(text: str, pair: Pair) -> bool:
    return any(text in pair.passage.text[start:end] for start, end in pair.answers)


def _renamed(passage: Passage, text: str) -> Passage:
    return replace(passage, id=f"{passage.id}*", text=text, group="")
