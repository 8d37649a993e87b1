"""Whether two short answers say the same, across languages and scripts: dates, numbers, places and names by value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rag.checks import FactKind
from rag.facts.find import facts_of
from rag.facts.types import Date, Facts, Number
from rag.verification.naming import own_names, sounds_like
from rag.verification.quantities import carries, same_number

Same = Literal["same", "other", "unknown"]


def same_answer(answer: str, language: str, other: str, other_language: str) -> tuple[Same, FactKind]:
    """Return whether two answers to one question have the same value, and of what kind the value is.

    "other" is said of dates and numbers alone: two names may be one person's.
    """
    mine, theirs = facts_of(answer, language), facts_of(other, other_language)
    if mine.dates and theirs.dates:
        return ("same" if _dates(mine.dates, theirs.dates) else "other"), "date"
    if _counts(mine) and _counts(theirs):
        return ("same" if _numbers(_counts(mine), _counts(theirs)) else "other"), "number"
    if {p.identity for p in mine.places} & {p.identity for p in theirs.places}:
        return "same", "name"
    if any(sounds_like(a, b) for a in own_names(mine) for b in own_names(theirs)):
        return "same", "name"
    return ("same" if _bare(mine) and _bare(mine) == _bare(theirs) else "unknown"), "name"


def _counts(facts: Facts) -> list[Number]:
    return [number for number in facts.numbers if not number.weak]


def _dates(mine: Sequence[Date], theirs: Sequence[Date]) -> bool:
    """Whether a date of one carries one of the other: a source may give the day where another gives the year."""
    years = {date.year for date in (*mine, *theirs) if date.year}
    return any(carries(a, b, years) or carries(b, a, years) for a in mine for b in theirs)


def _numbers(mine: Sequence[Number], theirs: Sequence[Number]) -> bool:
    return any(same_number(a, b) or same_number(b, a) for a in mine for b in theirs)


def _bare(facts: Facts) -> str:
    return "".join(c for c in facts.text.lower() if c.isalnum())
