"""Countries, their capitals and large cities, and peoples, by the names that CLDR has for them in each language.

Names that are translated and not spelt out (Beijing, Пекин, Бейжің; 美国, АҚШ, United States) cannot be told by sound:
here they have one identity in every language. The data are Unicode's, through Babel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from rag.facts.letters import caseless, small
from rag.facts.placenames import ALIASES, peoples_of, places_of
from rag.facts.types import Place

# 中哈两国, 美俄: countries by one character, two or more together.
_HAN_SINGLE = {
    "中": "CN", "哈": "KZ", "俄": "RU", "美": "US", "英": "GB", "法": "FR", "德": "DE", "日": "JP", "韩": "KR",
    "印": "IN", "吉": "KG", "塔": "TJ", "乌": "UZ", "土": "TR", "欧": "EU", "蒙": "MN",
}  # fmt: skip
_HAN_PAIR = re.compile(
    rf"(?<![\u4e00-\u9fff])?([{''.join(_HAN_SINGLE)}]{{2,4}})"
    "(?=[两双三四各]|关系|边境|之间|合作|协定|协议|条约|签|口岸|互免|领事)"
)
_CASES = frozenset("ru uk pl cs".split())
_SHORTEST = 4
_LONG = _SHORTEST + 2


def find_places(text: str, language: str) -> list[Place]:
    """The places that ``text`` (Chinese in Simplified characters) names, longest names first taken."""
    base = language.split("-")[0]
    found: list[Place] = []
    taken = bytearray(len(text) + 1)
    for tag in dict.fromkeys((base, "en")):
        for place in sorted(_mentions(text, tag), key=lambda p: p.start - p.end):
            if not any(taken[place.start : place.end]):
                taken[place.start : place.end] = b"\x01" * (place.end - place.start)
                found.append(place)
    return sorted(found, key=lambda place: place.start)


def _mentions(text: str, base: str) -> Iterator[Place]:
    names, pattern = _gazetteer(base)
    for match in pattern.finditer(text):
        key = caseless(match[1])
        word = match[0]
        if base != "zh" and not word[:1].isupper() and key not in _people_keys(base) and not _is_adjective(word, base):
            continue
        yield Place(names[key], *match.span())
    if base == "zh":
        for match in _HAN_PAIR.finditer(text):
            for offset, character in enumerate(match[1]):
                yield Place(_HAN_SINGLE[character], match.start(1) + offset, match.start(1) + offset + 1)


def _is_adjective(word: str, base: str) -> bool:
    """Adjectives of places are written small in Russian."""
    return base == "ru" and "ск" in word


@cache
def _gazetteer(base: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Names, cut where cases change them, to identities, whatever their capitals, and what finds them."""
    names: dict[str, str] = {}
    for identity, name in places_of(base):
        stem = small(_stem(name, base))
        if stem:
            names.setdefault(stem, identity)
    names |= {stem: identity for stem, identity in peoples_of(base).items() if stem not in names}
    names |= {small(_stem(name, base)): identity for name, identity in ALIASES.get(base, {}).items()}
    if base == "zh":
        return names, re.compile(f"({_any_of(names)})")
    short = _any_of(name for name in names if len(name) < _SHORTEST) or "(?!)"
    long = _any_of(name for name in names if len(name) >= _SHORTEST) or "(?!)"
    # Long names may have endings, after a hyphen too.
    ending = r"[\w’']*(?-i:-[a-zа-яёәғқңөұүһі]+)?"
    pattern = rf"\b(?=({long}|(?:{short})\b))(?:(?:{long}){ending}|(?:{short}))"
    return {caseless(name): identity for name, identity in names.items()}, re.compile(pattern, re.IGNORECASE)


@cache
def _people_keys(base: str) -> frozenset[str]:
    return frozenset(map(caseless, peoples_of(base)))


def _any_of(names: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


def _stem(name: str, base: str) -> str:
    """A name without the ending that cases change."""
    if base == "ru" and name.endswith(tuple("йаяоеьиы")) and len(name) > _SHORTEST:
        return name[:-1]
    return name[:-1] if base in _CASES and len(name) > _LONG and name.endswith(tuple("аяйьо")) else name
