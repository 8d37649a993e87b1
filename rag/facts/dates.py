"""Dates in running text across languages: 20 October 2023, Oct. 20, 2023年10月20日, 2023 ж. 20 қазан, 20.10.2023."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rag.facts.handates import han_dates
from rag.facts.monthnames import Months, is_doubtful, months_of, name_of
from rag.facts.periods import YEAR, find_periods, find_years, part_of
from rag.facts.types import Date, is_date

_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(?P<a>\d{1,2})[./-](?P<b>\d{1,2})[./-](?P<year>\d{4})(?!\d)")
_DAY = (
    r"(?<![\d.,:])(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|-?(?:го|е|ое|нчи|шы|ші|ншы|нші))?"
    r"(?![\d%]|[.,:]\d)"
)
_YEAR_WORDS = "жылғы|жылы|жылдың|жылдан|жылға|жыл|ж|года|году|год|г|yılı|yılının"
_SEPARATOR = rf"(?:\s|\.|\b(?:of|the|{_YEAR_WORDS}|de|del|den)\b){{0,6}}"
_BEHIND = re.compile(rf"({_DAY}|{YEAR}){_SEPARATOR}$")
_AHEAD = re.compile(rf"{_SEPARATOR}({_DAY}|{YEAR})")
_AHEAD_COMMA = re.compile(rf"(?:,\s*|{_SEPARATOR})({_DAY}|{YEAR})")
_FARTHEST = 30
_LAST_DAY = 31
_RANGE = re.compile(r"\s*(?:[-–—~至到]|to|по|до|until)\s*")
_LIST = re.compile(r"\s*(?:[-–—~至到、,，和与及]|to|and|по|до|until|мен|и)\s*")
_FIRST_DAY = re.compile(r"(?<![\d.,/-])(\d{1,2})\s*(?:[-–—]|to|and|по|и|мен|,)\s*$")
# What the name of a month that is another word too must stand behind, where it is alone.
_IN = re.compile(
    r"\b(?:in|of|last|since|until|till|early|late|mid|by|during|from|to|this|next|в|с|до|на|к|ішінде)[\s-]+$",
    re.IGNORECASE,
)
_BEFORE = 12


def find_dates(text: str, language: str) -> list[Date]:
    """The dates of ``text`` (Chinese in Simplified characters), in order, none within another."""
    months = months_of(language.split("-")[0])
    found: list[Date] = []
    for dates in (han_dates(text), _written(text, months), _numeric(text), find_periods(text), find_years(text)):
        for date in dates:
            if not any(date.start < other.end and other.start < date.end for other in found):
                found.append(date)
    parted = [date if date.day else replace(date, part=part_of(text, date)) for date in found]
    return _ranges(sorted(parted, key=lambda date: date.start), text)


def _ranges(dates: list[Date], text: str) -> list[Date]:
    """ "24–26 August 2006", "9月30日至10月1日": each end of a range has the parts that are given once for both."""
    whole: list[Date] = []
    for date in dates:
        if whole:
            whole[-1], date = _share_parts(whole[-1], date, text[whole[-1].end : date.start])
        first = _FIRST_DAY.search(text[max(0, date.start - _BEFORE) : date.start])
        if first and date.day and date.month and int(first[1]) <= _LAST_DAY:
            start = date.start - len(first[0])
            whole.append(replace(date, day=int(first[1]), text=text[start : date.end], start=start, end=date.start))
        whole.append(date)
    return whole


def _share_parts(before: Date, date: Date, between: str) -> tuple[Date, Date]:
    """Two dates side by side, each with the month and year that only the other was given."""
    if not before.month:
        return before, date
    if date.month is None and date.day and _LIST.fullmatch(between):
        return before, replace(date, month=before.month, year=before.year)
    if date.month and _RANGE.fullmatch(between):
        return replace(before, year=before.year or date.year), replace(date, year=date.year or before.year)
    return before, date


def _written(text: str, months: Months) -> Iterator[Date]:
    """Dates with the name of a month, in the order of any language."""
    free = 0  # before this, text belongs to the date before
    for match in months.find(text):
        name = name_of(match)
        draft = _Draft(text, match.start(), match.end(), free)
        draft.grow(comma=months.language == "en")
        if (
            draft.is_bare
            and is_doubtful(name)
            and not _IN.search(text[max(0, match.start() - _BEFORE) : match.start()])
        ):
            continue
        if is_date(draft.year, months.numbers[name], draft.day):
            words = text[draft.start : draft.end]
            yield Date(draft.year, months.numbers[name], draft.day, words, draft.start, draft.end)
            free = draft.end


@dataclass(slots=True)
class _Draft:
    """The name of a month, growing over the day and the year beside it."""

    text: str
    start: int
    end: int
    free: int
    day: int | None = None
    year: int | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it has grown over nothing."""
        return self.day is None and self.year is None

    def grow(self, *, comma: bool) -> None:
        """Take a day and a year, before or after; "October 20, 2023" has a comma in English alone."""
        for _ in range(2):
            behind = _BEHIND.search(self.text[max(self.free, self.start - _FARTHEST) : self.start])
            if behind and self._take(behind[1]):
                self.start -= len(behind[0])
            pattern = _AHEAD_COMMA if comma and self.day is not None else _AHEAD
            if (ahead := pattern.match(self.text, self.end)) and self._take(ahead[1]):
                self.end = ahead.end()

    def _take(self, part: str) -> bool:
        digits = re.match(r"\d+", part)
        number = int(digits[0]) if digits else 0
        is_year = number > _LAST_DAY
        if (self.year if is_year else self.day) is not None:
            return False
        if is_year:
            self.year = number
        else:
            self.day = number
        return True


def _numeric(text: str) -> Iterator[Date]:
    for match in _ISO.finditer(text):
        year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
        if is_date(year, month, day):
            yield Date(year, month, day, match[0], *match.span())
    for match in _NUMERIC.finditer(text):
        a, b, year = int(match["a"]), int(match["b"]), int(match["year"])
        day, month = (a, b) if b <= 12 else (b, a)
        # Points part day, month and year in this order; strokes and hyphens do so in either.
        ambiguous = max(a, b) <= 12 and a != b and "." not in match[0]
        if is_date(year, month, day):
            yield Date(year, month, day, match[0], *match.span(), ambiguous=ambiguous)
