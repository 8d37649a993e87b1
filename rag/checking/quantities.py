"""Numbers and dates of a statement compared with those of its sources."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer import Finding
from rag.facts.types import Date, Facts, Number

# Of the number itself: the most that "more than 500" may mean, the least that "nearly 500" may, and how far "about
# 500" may be off.
_OVER = 1.34
_UNDER = 0.75
_ABOUT = 0.1
_SMALL = 2
# Days that may be called early, mid and late in a month; they overlap.
_DAYS = {"early": (1, 12), "mid": (9, 22), "late": (19, 31)}


def compare_numbers(statement: Facts, sources: Sequence[Facts], context: Sequence[Facts]) -> list[Finding]:
    """Compare every number of ``statement`` with the sources and their context; return a finding for each."""
    offered = [number for facts in sources for number in facts.numbers]
    around = [number for facts in context for number in facts.numbers]
    years = {float(d.year) for facts in sources for d in facts.dates if d.span == 1 and d.year is not None}
    strong = [n for n in offered if not n.weak or min(n.values) > _SMALL]
    unused = [n for n in strong if not any(same_number(m, n) for m in statement.numbers)]

    def finding(number: Number) -> Finding:
        if number.values & years or any(same_number(number, other) for other in offered):
            return Finding("number", "found", number.text, weak=number.weak)
        rivals = [n for n in unused if n.percent == number.percent] or unused
        if rivals:
            nearest = min(rivals, key=lambda n: _distance(n, number))
            return Finding("number", "contradicted", number.text, nearest.text, number.weak)
        near = any(same_number(number, other) for other in around)
        return Finding("number", "context" if near else "missing", number.text, weak=number.weak)

    return [finding(number) for number in statement.numbers]


def same_number(said: Number, source: Number) -> bool:
    """Return whether a source's number carries a statement's: equal, or as near as "about" and "more than" allow."""
    if said.percent != source.percent:
        return False
    if said.values & source.values:
        return True
    value, low, high = min(said.values), min(source.values), max(source.values)
    if said.hedge == "over":
        return value <= high <= _OVER * value
    if said.hedge == "under":
        return _UNDER * value <= low <= value
    return "about" in (said.hedge, source.hedge) and abs(value - low) <= _ABOUT * max(abs(value), abs(low))


def _distance(a: Number, b: Number) -> float:
    x, y = min(a.values), min(b.values)
    return abs(x - y) / max(abs(x), abs(y), 1.0)


def compare_dates(statement: Facts, sources: Sequence[Facts], context: Sequence[Facts]) -> list[Finding]:
    """Compare every date of ``statement`` with the sources and their context; return a finding for each."""
    offered = [date for facts in sources for date in facts.dates]
    around = [date for facts in context for date in facts.dates]
    years = {d.year for d in (*offered, *around) if d.year and d.span == 1}
    numbers = {value for facts in sources for number in facts.numbers for value in number.values}
    unused = [d for d in offered if not any(carries(d, said, years) for said in statement.dates)]

    def finding(date: Date) -> Finding:
        found = any(carries(other, date, years) for other in offered) or _stands_apart(date, offered)
        if found or (date.month is None and date.year in numbers):
            return Finding("date", "found", date.text)
        rivals = [d for d in unused if _comparable(date, d)]
        if rivals:
            return Finding("date", "contradicted", date.text, rivals[0].text)
        near = any(carries(other, date, years) for other in around)
        return Finding("date", "context" if near else "missing", date.text)

    return [finding(date) for date in statement.dates]


def carries(source: Date, said: Date, years: set[int]) -> bool:
    """Return whether a source's date carries a statement's: every part that the statement gives is the source's.

    A year that the source's date leaves out may be one of ``years``, which stand around it.
    """
    if said.span > 1 or source.span > 1:
        if said.year is None or source.year is None:
            return False
        return said.span >= source.span and said.year // said.span == source.year // said.span
    if said.day is not None and (said.day, said.month) != (source.day, source.month):
        if not (said.ambiguous and (said.day, said.month) == (source.month, source.day)):
            return False
    elif said.month is not None and (said.month != source.month or not _same_part(said, source)):
        return False
    if said.year is None:
        return True
    return said.year == source.year or (source.year is None and said.year in years)


def _same_part(said: Date, source: Date) -> bool:
    """Return whether "early October" may be a source's date; a part that only one of the two gives decides nothing."""
    if not said.part:
        return True
    if source.day:
        first, last = _DAYS[said.part]
        return first <= source.day <= last
    return not source.part or source.part == said.part


def _stands_apart(said: Date, offered: Sequence[Date]) -> bool:
    """Return whether the parts of a date stand apart in the sources: "in 2006 … on 24 August"."""
    if said.span > 1 or said.year is None or said.month is None:
        return False
    alone = [d for d in offered if d.year is None and d.month == said.month and said.day in (None, d.day)]
    return bool(alone) and any(d.year == said.year for d in offered)


def _comparable(said: Date, source: Date) -> bool:
    """Return whether two dates give the same parts, year or month, so that one can contradict the other."""
    if said.year is not None and source.year is not None:
        return True
    return said.month is not None and source.month is not None
