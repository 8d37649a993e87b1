"""Whether a question leans on the conversation before it, and what to search for then, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.language import UNDETERMINED, detect_language
from rag.facts.find import facts_of
from rag.facts.types import Facts
from rag.generation.leaning import Leaning, leaning_in, words
from rag.generation.turns import Turn, turns_of

__all__ = ["Turn", "depends", "plausible_rewrite", "searched", "turns_of"]

_QUOTED = re.compile(r"[«“„\"「『《][^»”“\"」』》]{2,}[»”“\"」』》]")
_LONGEST_LOOKED_AT = 1_000


def depends(question: str, turns: Sequence[Turn]) -> bool:
    """Whether ``question`` cannot be understood, or searched, without the ``turns`` before it."""
    if not turns:
        return False
    question = question[:_LONGEST_LOOKED_AT]
    language = detect_language(question, detect_language(turns[-1].question, UNDETERMINED))
    facts = facts_of(question, language)
    ways = leaning_in(language, facts.text)
    return any(w.always.search(facts.text) or _refers_back(w, facts) for w in ways) or _says_too_little(ways[-1] if len(ways)==1 else ways[0], facts)


def _refers_back(way: Leaning, facts: Facts) -> bool:
    """Whether a pronoun stands for nothing that is named in the question."""
    return any(not _is_named(way, facts, pronoun) for pronoun in way.pronouns.finditer(facts.text))


def _is_named(way: Leaning, facts: Facts, pronoun: re.Match[str]) -> bool:
    named = [span for span in _anchors(facts) if span[1] <= pronoun.start()]
    if not named:
        return False
    if "close" in way.pronouns.groupindex and pronoun["close"]:
        return True
    end = min(end for _, end in named)
    return bool(way.boundary.search(facts.text, end, pronoun.start()))


def _anchors(facts: Facts) -> list[tuple[int, int]]:
    """Where names, places and dates stand, and what is set in quotation marks."""
    names = [(n.start, n.end) for n in facts.names if n.certain or (n.text.isupper() and len(n.text) > 1)]
    others = [(found.start, found.end) for found in (*facts.places, *facts.dates)]
    return sorted([*names, *others, *(match.span() for match in _QUOTED.finditer(facts.text))])


def _says_too_little(way: Leaning, facts: Facts) -> bool:
    anchors = _anchors(facts)
    rest = facts.text
    for start, end in reversed(anchors):
        rest = f"{rest[:start]}{' ' * (end - start)}{rest[end:]}"
    around = words(rest, facts.language)
    if anchors or any(not number.weak for number in facts.numbers):
        return all(word in way.bare for word in around)
    return sum(word not in way.idle for word in around) <= way.few


def searched(question, turns):
    return question
def plausible_rewrite(question, turns, rewrite): return rewrite
