"""Shares: per cent, and halves, thirds, quarters and fifths in words, as percent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.facts.types import Number

_PERCENT_AFTER = re.compile(r"[-–\s]*(?:%|％|per\s?cent|процент|проц\b|пайыз|yüzde|个百分点|百分点)", re.IGNORECASE)
_PERCENT_BEFORE = re.compile(r"(?:yüzde|%)\s*$", re.IGNORECASE)
# Shares in words, as percent: language, pattern, share. Longer ones first.
_SHARES = [
    (language, re.compile(pattern, re.IGNORECASE), 100 * share)
    for language, pattern, share in (
        ("en", r"\bthree[- ]quarters\b", 3 / 4),
        ("en", r"\btwo[- ]thirds\b", 2 / 3),
        ("en", r"(?<!and a )\bhalf\b", 1 / 2),
        ("en", r"\b(?:a|one)[- ]third\b", 1 / 3),
        ("en", r"\b(?:a|one)[- ]quarter\b", 1 / 4),
        ("en", r"\b(?:a|one)[- ]fifth\b", 1 / 5),
        ("ru", r"\bдв[еу]х? трет(?:и|ей|ями)\b", 2 / 3),
        ("ru", r"(?<!с )\bполовин(?:а|у|ы|е|ой)\b", 1 / 2),
        ("ru", r"\b(?:одн[аоу][йя]?\s+)?треть(?:ю|и)?\b(?!\s+(?:стран|сторон|лиц))", 1 / 3),
        ("ru", r"\b(?:одн[аоу][йя]?\s+)?четверть(?:ю|и)?\b", 1 / 4),
        ("kk", r"\bүштен\s+екі\w*", 2 / 3),
        ("kk", r"\bүштен\s+бір\w*", 1 / 3),
        ("kk", r"\bтөрттен\s+бір\w*", 1 / 4),
        ("kk", r"\bжарты(?:сы\w*)?\b", 1 / 2),
        ("zh", r"一半|半数", 1 / 2),
    )
]
_BEFORE = 8


def shares_of(text: str, language: str) -> Iterator[Number]:
    """The shares of a text that are written in words."""
    base = language.split("-")[0]
    for of, pattern, share in _SHARES:
        if of == base:
            for match in pattern.finditer(text):
                yield Number(frozenset({round(share, 6)}), match[0], *match.span(), percent=True, weak=True)


def is_percent(text: str, number: Number) -> bool:
    """Whether the words around a number make it a share."""
    return bool(
        _PERCENT_AFTER.match(text, number.end)
        or _PERCENT_BEFORE.search(text[max(0, number.start - _BEFORE) : number.start])
    )
