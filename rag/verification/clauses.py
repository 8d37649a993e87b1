"""The claims of a sentence, roughly: its clauses, each long enough to mean something alone."""

from __future__ import annotations

import regex

_SPLIT = regex.compile(
    r"[;；:：]\s*|,\s+|(?<=\D)[,，]|\s+[–—-]\s+|\s+(?:and|but|while|whereas|although|и|но|а|хотя|ал|бірақ|әрі|және)\s+"
    r"|(?:而且|并且|但是|同时|並且|同時)"
)
# Shorter pieces are joined to the one before them, in characters.
_SHORTEST = 22
_SHORTEST_HAN = 8


def clauses(text: str, language: str) -> list[str]:
    """The clauses of ``text`` in order, or the whole of it where it does not part."""
    least = _SHORTEST_HAN if language.startswith(("zh", "ja")) else _SHORTEST
    found: list[str] = []
    for part in filter(None, (piece.strip() for piece in _SPLIT.split(text))):
        if found and min(len(part), len(found[-1])) < least:
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found or [text]
