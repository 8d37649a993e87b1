"""Proper names in running text: of people, organisations and places.

Scripts with capitals show them; for Chinese see `rag.facts.hannames`, for countries and cities `rag.facts.places`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import regex
from babel import Locale

from rag.facts.hannames import han_names, segmenter
from rag.facts.types import Name

_LETTER = r"[\p{L}\p{M}--[\u2e80-\u9fff\u3040-\u30ff\uac00-\ud7af]]"
_WORD = rf"\p{{Lu}}(?:{_LETTER}|[’'ʼ](?={_LETTER}))*(?:[-–]{_LETTER}(?:{_LETTER}|[’'](?={_LETTER}))*)*"
_PARTICLE = r"(?:\s+(?:of|the|for|de|da|du|la|von|van|bin|ibn|al|el|ul|ad|as))+"
_RUN = regex.compile(rf"(?<!{_LETTER}|\p{{N}}){_WORD}(?:(?:{_PARTICLE})?\s+{_WORD})*", regex.VERSION1)
_FIRST = regex.compile(_WORD, regex.VERSION1)
_SENTENCE_START = re.compile(r"(?:^|[.!?…。！？:：;]\s*|\n)[\s«“\"'(「『—–-]*$")
# What stands with a capital before a name or at the start of a sentence and is no name.
_TITLES = frozenset(
    (
        "mr mrs ms dr prof president minister ambassador the a an in on at it he she they this that these"
        " those according however but and when after before both from for by as if its their his her i we"
        " you no not there since during"
    ).split()
)


def find_names(text: str, language: str, dates: tuple[tuple[int, int], ...] = ()) -> list[Name]:
    """The names of ``text`` (Chinese in Simplified characters), in order; none within the spans of ``dates``."""
    found = [*_capitalised(text), *han_names(text)]
    kept = [n for n in found if not any(n.start < end and start < n.end for start, end in dates)]
    return sorted(kept, key=lambda name: name.start)


def _capitalised(text: str) -> Iterator[Name]:
    for match in _RUN.finditer(text):
        start, end = match.span()
        words = [w.span() for w in _FIRST.finditer(text[start:end])]
        at_start = bool(_SENTENCE_START.search(text[max(0, start - 6) : start]) or start == 0)
        first = text[start + words[0][0] : start + words[0][1]]
        certain = True
        if at_start:
            if first.lower() in _TITLES and len(words) > 1:
                start += words[1][0]
            elif len(words) == 1:
                certain = False
        name = text[start:end]
        if name.lower() in _TITLES or name.lower() in _weekdays() or (len(name) < 2 and not name.isupper()):
            continue
        yield Name(name, start, end, certain)


@cache
def _weekdays() -> frozenset[str]:
    names = (n for width in ("wide", "abbreviated") for n in Locale.parse("en").days["format"][width].values())
    return frozenset(name.lower() for name in names)


def words_of(text: str, language: str) -> tuple[list[str], str]:
    """The words of ``text`` (Chinese in Simplified characters) in order, and what joins them."""
    if language.startswith("zh"):
        return [word for word in segmenter().cut(text) if regex.search(r"\w", word)], ""
    return regex.findall(r"[\p{L}\p{M}\p{N}]+(?:[’'-][\p{L}\p{M}\p{N}]+)*", text), " "
