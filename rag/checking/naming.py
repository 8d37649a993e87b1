"""Names of a statement compared with those of its sources, across scripts.

Places are compared by identity (`rag.facts.places`), other names by their letters and their sound. A name that is
translated and not spelt by its sound (a ministry, a court, a newspaper) cannot be compared so: the embedding model
decides whether the sources have it, and it never counts as contradicted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from rag.answer import Finding
from rag.facts.sound import heard, sound, sounds_alike
from rag.facts.types import Facts, Name

# How far two names must agree in sound, from 0 to 1; short ones more, because Li Qiang is not Li Keqiang.
_ALIKE = 0.8
_SHORT = 3
# From this agreement on, a name may be another spelling of the other, so neither contradicts the other.
_LIKE = 0.72
_ENDING = 3
_LONG = 6
_CYRILLIC_WORD = re.compile(r"\b[а-яёәғқңөұүһі]+\b")
_SHORTEST_STEM = 4
_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\d_]+")
# Writers name a capital when they mean its country's government, and a country when they mean its capital.
_SEAT = {
    "Beijing": "CN", "Moscow": "RU", "Washington": "US", "London": "GB", "Paris": "FR", "Berlin": "DE", "Tokyo": "JP",
    "Tashkent": "UZ", "Bishkek": "KG", "Dushanbe": "TJ", "Kiev": "UA",
}  # fmt: skip
# Words at the end of a name that are no part of it.
_TAIL = re.compile(
    r"\s(?:of|the|for|and)$"
    r"|(?<=[\u3400-\u9fff]{3})(?:(?:自治)?[市县州区省镇村人]|[上中少]校|将军|先生|女士|教授|法官|太太)$"
)
_HAN = re.compile(r"[\u3400-\u9fff]")


class Lexicon(Protocol):
    """What an embedding model knows about words."""

    def is_spelt(self, name: str) -> bool:
        """Return whether other scripts spell a name by its sound, because it is not made of ordinary words."""

    def says(self, phrase: str, language: str, text: str, text_language: str) -> bool:
        """Return whether some words of ``text`` mean the phrase."""


def compare_places(
    statement: Facts, sources: Sequence[Facts], context: Sequence[Facts], lexicon: Lexicon | None
) -> list[Finding]:
    """Compare every country, city, people or union of ``statement`` with the sources; return a finding for each.

    A finding that contradicts has the country or city that the sources name instead.
    """
    offered = {place.identity for facts in sources for place in facts.places}
    around = {place.identity for facts in context for place in facts.places}
    said = {place.identity: statement.text[place.start : place.end] for place in reversed(statement.places)}
    others = [
        f.text[p.start : p.end] for f in sources for p in f.places if p.identity not in said and _is_one(p.identity)
    ]
    spelt = _rival(statement, sources, lexicon) if lexicon and not others else ""

    def finding(identity: str, text: str) -> Finding:
        if identity in offered or _SEAT.get(identity, identity) in {_SEAT.get(o, o) for o in offered}:
            return Finding("name", "found", text)
        if _is_named(text, sources):
            return Finding("name", "found", text)
        if identity in around:
            return Finding("name", "context", text)
        # Writers often add a country to be clear, a town hardly ever.
        rival = others[0] if others else spelt if len(identity) > 2 else ""
        refuted = rival and _is_one(identity)
        return Finding("name", "contradicted" if refuted else "missing", text, rival if refuted else "")

    return [finding(identity, text) for identity, text in said.items()]


def _is_one(identity: str) -> bool:
    """Return whether a place is a country or a city, not a region or a union that others belong to."""
    return not identity.isdigit() and ":" not in identity and identity not in ("EU", "UN", "SU")


def compare_names(
    statement: Facts, sources: Sequence[Facts], context: Sequence[Facts], lexicon: Lexicon | None
) -> list[Finding]:
    """Compare every other name of ``statement`` with the sources; return a finding for each.

    Without a lexicon none counts as contradicted.
    """

    def finding(name: str) -> Finding:
        if _is_named(name, sources):
            return Finding("name", "found", name)
        if _is_named(name, context):
            return Finding("name", "context", name)
        if lexicon is None:
            return Finding("name", "missing", name)
        rest = _unheard(name, sources)
        if lexicon.is_spelt(rest) and not _resembles(rest, sources):
            rival = _rival(statement, sources, lexicon)
            return Finding("name", "contradicted" if rival else "missing", name, rival, needed=is_full(rest))
        said = any(lexicon.says(rest, statement.language, facts.text, facts.language) for facts in sources)
        return Finding("name", "found" if said else "missing", name)

    return [finding(name) for name in own_names(statement)]


def _resembles(name: str, sources: Sequence[Facts]) -> bool:
    """Return whether a name of the sources sounds too much like this one to be another: spellings vary."""
    words = {w for facts in sources for n in _parts(facts.names, facts) for w in (n, *_WORD.findall(n))}
    return any(sounds_alike(name, word) >= _LIKE for word in words)


def is_full(name: str) -> bool:
    """Return whether a name has several words or syllables, as a person's full name has.

    Such a name is hardly ever expressed in other words.
    """
    return len(name) >= 3 if _HAN.search(name) else len(name.split()) > 1


def own_names(facts: Facts) -> list[str]:
    """Return the certain names of a text, without the places in them."""
    return _parts([name for name in facts.names if name.certain], facts)


def _parts(names: Sequence[Name], facts: Facts) -> list[str]:
    spans = [(place.start, place.end) for place in facts.places]
    return list(dict.fromkeys(part for n in names for part in _outside(n.text, n.start, n.end, spans)))


def _outside(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Return the parts of a name at ``[start, end)`` that lie in none of ``spans``."""
    inside = sorted((a - start, b - start) for a, b in spans if start < b and a < end)
    parts, position = [], 0
    for a, b in [*inside, (len(text), len(text))]:
        parts.append(text[position : max(position, a)])
        position = max(position, b)
    bare = (_TAIL.sub("", part.strip(" '’-–的·")) for part in parts)
    bare = (piece for part in bare for piece in re.split(r"\s(?:of|for|from|at)\s(?:the\s)?", part))
    # The rest of a place's ending, which is no name, is removed.
    capital = (re.sub(r"^[^\W\d_A-Z\u3400-\u9fff]\w*\s+", "", part) if part[:1].islower() else part for part in bare)
    return [part for part in capital if len(part) >= 2 and not part[0].islower()]


def _is_named(name: str, sources: Sequence[Facts]) -> bool:
    return (
        _is_spelt_in(name, sources)
        or any(heard(name, facts.text) for facts in sources)
        or any(sounds_like(name, other) for facts in sources for other in _parts(facts.names, facts))
        or any(_agree(name, word) for facts in sources for word in _long_words(facts.text))
    )


def _unheard(name: str, sources: Sequence[Facts]) -> str:
    """Return the words of a name that the sources do not have: the person in "Синьцзяна Чэнь Цюаньго".

    The whole name where that is all of its words or none.
    """
    words = name.split()
    rest = [word for word in words if not _is_named(word, sources)]
    return " ".join(rest) if rest and len(rest) < len(words) else name


@lru_cache(maxsize=2048)
def _long_words(text: str) -> tuple[str, ...]:
    """Return the long Cyrillic words, in which a name may stand without a capital: "калифорниялық"."""
    return tuple({word for word in _CYRILLIC_WORD.findall(text) if len(word) >= _LONG})


def _is_spelt_in(name: str, sources: Sequence[Facts]) -> bool:
    """Return whether a source has the name letter by letter, except for an ending."""
    words = [w for w in _WORD.findall(name.lower()) if len(w) > 2 or _HAN.search(w)]
    stems = [w if _HAN.search(w) else w[: max(_SHORTEST_STEM, len(w) - _ENDING)] for w in words]
    return bool(stems) and any(all(stem in facts.text.lower() for stem in stems) for facts in sources)


def sounds_like(name: str, other: str) -> bool:
    """Return whether two names agree in sound, or the first with a part of the second.

    For instance "Tokayev" and "Kassym-Jomart Tokayev".
    """
    if _agree(name, other):
        return True
    mine, parts = ([w for w in _WORD.findall(text) if len(sound(w)) >= 2] for text in (name, other))
    return bool(mine and parts) and all(any(_agree(m, p) for p in parts) for m in mine)


def _agree(a: str, b: str) -> bool:
    return sounds_alike(a, b) >= (_ALIKE if min(len(sound(a)), len(sound(b))) > _SHORT else 0.89)


def _rival(statement: Facts, sources: Sequence[Facts], lexicon: Lexicon) -> str:
    """Return a name of the sources, spelt by its sound, that the statement does not have; empty if there is none."""
    names = (name for facts in sources for name in own_names(facts) if lexicon.is_spelt(name))
    return next((name for name in names if not _is_named(name, [statement])), "")
