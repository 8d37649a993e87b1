"""Roman numerals, in Latin letters or in the Cyrillic ones that look like them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.facts.types import Number

_ROMAN = re.compile(
    r"(?<![\w.-])(?:[XХ]{1,3}(?:I[XХ]|I?V|V?[IІ]{1,3}|V)?|[IІ]{2,3}|[IІ]V|V[IІ]{1,3}|[IІ][XХ])(?![\w.])(?<![XХ])"
    r"|(?<![\w.-])[XХ]{2,3}(?![\w.])"
)
# İ too, which is an i where case is ignored.
_VALUES = {"I": 1, "І": 1, "İ": 1, "V": 5, "X": 10, "Х": 10}


def roman_numbers(text: str) -> Iterator[Number]:
    """XXIV Olympic Games; single letters and what could be a word or initials are left alone."""
    for match in _ROMAN.finditer(text):
        yield Number(frozenset({float(roman_value(match[0]))}), match[0], *match.span())


def roman_value(letters: str) -> int:
    """The value of Roman numerals, in Latin letters or the Cyrillic ones that look like them."""
    values = [_VALUES[letter] for letter in letters.upper()]
    return sum(-v if any(v < w for w in values[i + 1 : i + 2]) else v for i, v in enumerate(values))
