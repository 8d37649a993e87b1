"""The words of an utterance in the form in which they are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import regex

from corpus.fulltext import folded

# Han characters are words of their own; an apostrophe belongs to its word.
_WORD = regex.compile(r"\p{Han}|(?:(?!\p{Han})[\p{L}\p{N}])(?:(?!\p{Han})[\p{L}\p{N}\p{M}'’ʼ])*")
_PICTURE = regex.compile(r"\p{Extended_Pictographic}")
_APOSTROPHES = re.compile("['’ʼ]")
_PAIR = re.compile(r"(..)\1{2,}")
_LETTER = re.compile(r"(.)\1+")
_STRETCHED = re.compile(r"(.)\1\1|(.)\2$|(..)\3\3")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, and the span of the text it stands in."""

    word: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The words of ``text`` in order, without marks, case, accents and the difference of the Chinese scripts.

    Pictures (emoji) count only where there are no words.
    """
    found = list(_WORD.finditer(text)) or list(_PICTURE.finditer(text))
    return [Token(_form(match.group()), *match.span()) for match in found]


@lru_cache(maxsize=8192)
def _form(word: str) -> str:
    bare = _APOSTROPHES.sub("", word)
    return folded(bare) or bare


def is_stretched(word: str) -> bool:
    """Whether letters of ``word`` are repeated as nobody spells them: "hellooo", "hahahaha", "byee"."""
    return bool(_STRETCHED.search(word))


def squeezed(word: str) -> str:
    """``word`` with every run of a letter as that letter once, and of a pair of letters as that pair twice."""
    return _LETTER.sub(r"\1", _PAIR.sub(r"\1\1", word))


class Spelling:
    """Words as they are written where a keyboard lacks letters: ``others`` are those that stand for each."""

    def __init__(self, others: Mapping[str, str]) -> None:
        self._others = others
        self._plain = str.maketrans({c: other[0] for letter, other in others.items() for c in letter + other})

    def plain(self, word: str) -> str:
        """``word`` with the letters that every keyboard has."""
        return word if word.isascii() else word.translate(self._plain)

    def is_of(self, written: str, word: str) -> bool:
        """Whether ``written`` is ``word`` letter by letter, or with others for letters of it."""
        return len(written) == len(word) and all(
            a == b or a in self._others.get(b, "") for a, b in zip(written, word, strict=True)
        )
