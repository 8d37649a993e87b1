"""Numbers, dates and names as they stand in a text, in a form that compares across languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Hedge = Literal["", "about", "over", "under"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number. ``values``: its readings, several where notation is ambiguous (1.500 is 1500 or 1.5).

    ``percent`` tells a share from a count; ``hedge`` is what the words around it allow (about, more than, less than).
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
class Date:
    """A date, as far as it is given. ``day`` and ``month`` may be exchanged in ``ambiguous`` ones (04/05/2023).

    ``part`` is that of the month or year that is meant, where no day is given ("early October").
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
    part: Literal["", "early", "mid", "late"] = ""


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
