"""What a fact is, and how its words are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_WEAK = 2
Hedge = Literal["", "about", "over", "under"]
Part = Literal["", "early", "mid", "late"]
Role = Literal["unit", "hundred", "scale"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number. ``values``: its readings, several where notation is ambiguous (1.500 is 1500 or 1.5).

    ``percent`` is true for a share, not a count; ``hedge`` is what the words around it allow (about, more, less than).
    A ``weak`` one is a word such as "two" or "first", which writers add and leave out freely.
    """

    values: frozenset[float]
    text: str
    start: int
    end: int
    percent: bool = False
    hedge: Hedge = ""
    weak: bool = False


@dataclass(frozen=True, slots=True)
class NumberWord:
    """A word that is a number or a part of one.

    A ``unit`` is added (seven, twenty, двести), ``hundred`` and ``scale`` multiply what stands before them (hundred,
    жүз; thousand, мың, млн). An ``article`` ("one", "бір", "тоқсан", which is a quarter of a year too) and a ``half``
    (three and a half) count only beside other number words.
    """

    value: float
    role: Role = "unit"
    ordinal: bool = False
    article: bool = False
    half: bool = False

    @property
    def weak(self) -> bool:
        """Return whether writers use it, and leave it out, without counting anything."""
        return self.role == "unit" and self.value <= _WEAK


@dataclass(frozen=True, slots=True)
class Date:
    """A date, as far as it is given. ``day`` and ``month`` may be exchanged in ``ambiguous`` ones (04/05/2023).

    ``part`` is the part of the month or year that is meant, where no day is given ("early October").
    ``span`` is 1 for a year, 10 for a decade (``year`` 1990), 100 for a century (``year`` 1800 for the 19th).
    """

    year: int | None
    month: int | None
    day: int | None
    text: str
    start: int
    end: int
    span: int = 1
    ambiguous: bool = False
    part: Part = ""


def is_date(year: int | None, month: int | None, day: int | None) -> bool:
    """Return whether the parts that are known can be those of a date."""
    return (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31) and (year is None or year < 2200)


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name. ``certain`` ones are written as names; others only may be (the first word of a sentence)."""

    text: str
    start: int
    end: int
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """A country, city, people or union that was named; ``identity`` is the same in every language."""

    identity: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found in one text; ``text`` is the text they were found in, folded to one form of its digits.

    ``negations`` counts words and endings that negate.
    """

    text: str
    language: str
    numbers: tuple[Number, ...]
    dates: tuple[Date, ...]
    names: tuple[Name, ...]
    places: tuple[Place, ...]
    negations: int


_DOTTED = "i\u0307"  # what İ is in small letters


def small(word: str) -> str:
    """Return ``word`` in small letters, as the key by which it is found."""
    return word.lower().replace(_DOTTED, "i")


def caseless(word: str) -> str:
    """Return one form for all words that a pattern matches with one another where it ignores case."""
    return word.casefold().replace(_DOTTED, "i").replace("ı", "i")


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of ``words``, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
