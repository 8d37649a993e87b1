"""Words whatever their capitals, as regular expressions that ignore case take them: İ, I, i and ı are one letter."""

from __future__ import annotations

_DOTTED = "i\u0307"  # what İ is in small letters


def small(word: str) -> str:
    """``word`` in small letters, to be found by."""
    return word.lower().replace(_DOTTED, "i")


def caseless(word: str) -> str:
    """What all words have in common that a pattern that ignores case finds for one another."""
    return word.casefold().replace(_DOTTED, "i").replace("ı", "i")
