"""Find dates: days, months, years, decades and centuries, in digits, words and Han numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from babel import Locale, UnknownLocaleError

from rag.facts.hannumbers import han_value
from rag.facts.numbers import roman_value
from rag.facts.types import Date, Part, any_of, caseless, is_date, small

_HAN = "〇零○一二两三四五六七八九十廿卅"
_ONES = "一二三四五六七八九"
_UP_TO_31 = rf"\d{{1,2}}|[{_HAN}]{{1,3}}"
_HAN_YEAR = (
    rf"(?P<year>\d{{4}}|[〇零○{_ONES}]{{4}})\s?年(?:度)?"
    rf"\s?(?:(?P<month>{_UP_TO_31})\s?月(?:份)?)?"
    rf"\s?(?:(?P<day>{_UP_TO_31})\s?[日号號])?"
)
_MONTH_AND_DAY = rf"(?P<month2>{_UP_TO_31})\s?月份?\s?(?P<day2>{_UP_TO_31})\s?[日号號]"
# 三个月 counts months; 月球, 月薪 and 日报, 日元 are words of their own.
_MONTH = (
    rf"(?<![\d{_HAN}个個])(?P<month3>1[0-2]|[1-9]|十[一二]?|[{_ONES}])\s?月"
    r"(?!球|亮|光|薪|经|台|底前)(?:份|初|中|底|末)?"
)
_HAN_DAY = (
    rf"(?<![\d{_HAN}第A-Za-z-])(?P<day4>[12]\d|3[01]|[1-9]|[二三]?十[{_ONES}]?)\s?[日号]"
    r"(?!常|报|本|元|码|线|楼|称|文)"
)
_DATE = re.compile("|".join((_HAN_YEAR, _MONTH_AND_DAY, _MONTH, _HAN_DAY)))
_ROC = re.compile(r"民国\s?(?P<year>\d{2,3})\s?年")
_ROC_START = 1911
_ORDINAL = rf"(?P<century>\d{{2}}|[一二]?十[{_ONES}]?)世纪"
_HAN_DECADE = re.compile(rf"(?:{_ORDINAL}\s?)?(?:上世纪|本世纪)?\s{{0,2}}(?P<decade>\d0|[{_ONES}]十)年代")
_HAN_CENTURY = re.compile(rf"{_ORDINAL}(?!\d0年代|[{_ONES}]十年代)")


def han_dates(text: str) -> Iterator[Date]:
    """Yield the days, months and years of a text in Simplified characters."""
    for match in _DATE.finditer(text):
        year = _value(match["year"])
        month = _value(match["month"] or match["month2"] or match["month3"])
        day = _value(match["day"] or match["day2"] or match["day4"])
        if is_date(year, month, day):
            yield Date(year, month, day, match[0], *match.span())
    for match in _ROC.finditer(text):
        yield Date(_ROC_START + int(match["year"]), None, None, match[0], *match.span())


def han_periods(text: str) -> Iterator[Date]:
    """Yield the decades and centuries of a text in Simplified characters; a decade alone is of the 20th century."""
    for match in _HAN_DECADE.finditer(text):
        year = 100 * ((_value(match["century"]) or 20) - 1) + (_value(match["decade"]) or 0)
        yield Date(year, None, None, match[0], *match.span(), span=10)
    for match in _HAN_CENTURY.finditer(text):
        yield Date(100 * ((_value(match["century"]) or 1) - 1), None, None, match[0], *match.span(), span=100)


def _value(numerals: str | None) -> int | None:
    value = han_value(numerals) if numerals else None
    return None if value is None else int(value)


YEAR = r"(?<![\d.,])(?:1[4-9]|20)\d{2}(?![\d%]|[.,]\d)"
_YEAR = re.compile(YEAR)
_NO_YEAR_AFTER = frozenset("$€£¥№#")
# Without a word for it, 1987 is a year and "2000 people" is not.
_COUNTED_WORDS = "|".join(
    (
        "people persons men women cases адам человек metr meters metres км km тенге теңге долл тонн листовок книг"
        " экземпляр дана тонна pages copies soldiers troops tonnes tons"
    ).split()
)
_COUNTED = re.compile(rf"\s+(?:{_COUNTED_WORDS})|[人名个万亿]")
_PERIOD_BEHIND = 14
_DECADE = re.compile(
    r"\b(?P<year>1[5-9]\d0|20\d0)(?:s\b|['’]s\b"
    r"|[-–]?е годы|[-–]?х годо?в|[-–]?х годах"
    r"|[-–]?(?:жылдар|шы жылдар|ші жылдар)\w*)",
    re.IGNORECASE,
)
_CENTURY = re.compile(
    r"\b(?P<number>\d{1,2})(?:st|nd|rd|th)[- ]centur(?:y|ies)\b"
    r"|\b(?P<roman>[XVIХІ]{1,5})[-–]?(?:й|го|м)?\s(?:век|вв?\.|ғасыр|ғ\.)"
    r"|\b(?P<kazakh>\d{1,2})[-–]?(?:ші|шы|нші|ншы)?\s?ғасыр"
    r"|\b(?P<russian>\d{1,2})[-–]?(?:й|го|м)?\sвек",
    re.IGNORECASE,
)
# The words before a date, and those after it, by which only a part of its month or year is meant.
_PARTS: list[tuple[Part, re.Pattern[str], re.Pattern[str]]] = [
    (
        "early",
        re.compile(r"(?:\bearly|\b(?:beginning|start) of|\bв начале|\bначал[оае])\s*(?:the\s)?$", re.IGNORECASE),
        re.compile(r"\s*(?:\S{1,6}\s)?(?:бас(?:ы|ында|ынан|ына)\b)|(?<=月)初|(?<=初)|\s*(?:上旬|初)"),
    ),
    (
        "mid",
        re.compile(r"(?:\bmid|\bmiddle of|\bв середине|\bсередин[аеы])[\s-]*(?:the\s)?$", re.IGNORECASE),
        re.compile(r"\s*(?:\S{1,6}\s)?(?:ортасы\w*)|(?<=月)中(?=[，。、,]|旬)|\s*中旬"),
    ),
    (
        "late",
        re.compile(r"(?:\blate|\bend of|\bв конце|\bкон(?:ец|ца|цом|цу))\s*(?:the\s)?$", re.IGNORECASE),
        re.compile(
            r"\s*(?:\S{1,6}\s)?(?:соң(?:ы|ында|ына|ынан)\b|аяғы\w*)|(?<=月)[底末]|(?<=[底末])|\s*(?:下旬|[底末])"
        ),
    ),
]
_PERIOD_BEFORE = 16


def part_of(text: str, date: Date) -> Part:
    """Return which part of a date's month or year the words around it mean; empty if they name none."""
    before = text[max(0, date.start - _PERIOD_BEFORE) : date.start]
    return next((part for part, ahead, behind in _PARTS if ahead.search(before) or behind.match(text, date.end)), "")


def find_periods(text: str) -> Iterator[Date]:
    """Yield the decades and centuries of a text."""
    for match in _DECADE.finditer(text):
        yield Date(int(match["year"]), None, None, match[0], *match.span(), span=10)
    yield from han_periods(text)
    for match in _CENTURY.finditer(text):
        number = int(match["number"] or match["kazakh"] or match["russian"] or roman_value(match["roman"]))
        yield Date(100 * (number - 1), None, None, match[0], *match.span(), span=100)


def find_years(text: str) -> Iterator[Date]:
    """Yield the years of a text that stand alone and do not count anything ("2000 people")."""
    for match in _YEAR.finditer(text):
        start, end = match.span()
        if text[max(0, start - 1) : start] in _NO_YEAR_AFTER or _COUNTED.match(text, end, end + _PERIOD_BEHIND):
            continue
        yield Date(int(match[0]), None, None, match[0], start, end)


# Month names that are other words too count only with a day or a year, or after a word such as "in".
_DOUBTFUL = frozenset(
    "may march mar mai mars sept dec jan маусым тамыз мамыр наурыз қазан марта мая май".split()
)  # fmt: skip
_SHORTEST_SURE = 4
_INFLECTED = frozenset("ru kk tr uk ky uz fi hu et lv lt pl cs sk hr sl az".split())
_MOST_ENDING = 6
_SHORTEST, _SHORTEST_WHOLE = 3, 5
_CAPITALISED = "en"
_YEAR_WORD = re.compile(r"\s*(?:жыл(?:ғы|ы|дың|дан)|год(?:а|у|ом)?\b(?! назад| подряд)|году\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Months:
    """A pattern for the names of months in one language, and their numbers by name, whatever its capitals."""

    language: str
    pattern: re.Pattern[str]
    numbers: dict[str, int]

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Yield every name of a month; in English, where "may" and "march" are verbs, only with a capital."""
        for match in self.pattern.finditer(text):
            if self.language != _CAPITALISED or match[0][0].isupper():
                yield match


def name_of(match: re.Match[str]) -> str:
    """Return the name that was found, without its ending, as a key of `Months.numbers`."""
    return caseless(match["short"] or match["long"])


def is_doubtful(name: str) -> bool:
    """Return whether the name of a month is also another word, or an abbreviation that may be one."""
    return name in _DOUBTFUL or len(name) < _SHORTEST_SURE


def before_month_or_year(text: str, language: str) -> bool:
    """Return whether ``text``, which follows a number, begins with the name of a month or a word for a year."""
    base = language.split("-")[0]
    if base not in ("en", "ru", "kk"):
        return False
    month = months_of(base).pattern.match(text.lstrip(" -").removeprefix("of "))
    named = month is not None and (base != _CAPITALISED or month[0][0].isupper())
    return named or bool(_YEAR_WORD.match(text))


@cache
def months_of(language: str) -> Months:
    """Return the names of the months in a language and in English, whole and abbreviated."""
    numbers: dict[str, int] = {}
    for name, number in (*_names(language), *_names("en")):
        numbers.setdefault(name, number)
    if language == "ru":
        numbers |= {"сентябре": 9, "мае": 5, "мая": 5, "май": 5}
    numbers["sept"] = 9
    # Case endings: a whole name may take one, an abbreviation may not.
    stems = {re.sub("[ьяйа]$", "", name): number for name, number in numbers.items() if len(name) >= _SHORTEST_WHOLE}
    stems |= {re.sub("к$", "г", re.sub("қ$", "ғ", name)): number for name, number in stems.items()}
    by_name = {caseless(name): number for name, number in (stems | numbers).items()}
    ending = rf"[^\W\d_]{{0,{_MOST_ENDING}}}" if language in _INFLECTED else ""
    pattern = rf"\b(?:(?P<short>{any_of(numbers)})|(?P<long>{any_of(stems)}){ending})\b\.?"
    return Months(language, re.compile(pattern, re.IGNORECASE), by_name)


def _names(language: str) -> Iterator[tuple[str, int]]:
    try:
        months = Locale.parse(language).months
    except (UnknownLocaleError, ValueError):
        return
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in months.get(context, {}).get(width, {}).items():
                bare = small(name).rstrip(".")
                if len(bare) >= _SHORTEST and not bare[0].isdigit():
                    yield bare, number


_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
# Anywhere else 2001-02 may be a season or a range of years.
_ISO_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])")
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
# Words after which the name of a month that is also another word counts without a day or year.
_IN = re.compile(
    r"\b(?:in|of|last|since|until|till|early|late|mid|by|during|from|to|this|next|в|с|до|на|к|ішінде)[\s-]+$",
    re.IGNORECASE,
)
_BEFORE = 12


def find_dates(text: str, language: str) -> list[Date]:
    """Find the dates of ``text`` (Chinese in Simplified characters), in order, none within another."""
    months = months_of(language.split("-")[0])
    found: list[Date] = []
    for dates in (han_dates(text), _written(text, months), _numeric(text), find_periods(text), find_years(text)):
        for date in dates:
            if not any(date.start < other.end and other.start < date.end for other in found):
                found.append(date)
    parted = [date if date.day else replace(date, part=part_of(text, date)) for date in found]
    return _ranges(sorted(parted, key=lambda date: date.start), text)


def _ranges(dates: list[Date], text: str) -> list[Date]:
    """Give each end of a range the parts that are written once for both: "24–26 August 2006", "9月30日至10月1日"."""
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
    """Return two dates side by side, each completed with the month and year that only the other has."""
    if not before.month:
        return before, date
    if date.month is None and date.day and _LIST.fullmatch(between):
        return before, replace(date, month=before.month, year=before.year)
    if date.month and _RANGE.fullmatch(between):
        return replace(before, year=before.year or date.year), replace(date, year=date.year or before.year)
    return before, date


def _written(text: str, months: Months) -> Iterator[Date]:
    """Yield dates with the name of a month, whatever the order of their parts."""
    free = 0  # text before this belongs to the previous date
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
        """Return whether it has neither a day nor a year yet."""
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
    if match := _ISO_MONTH.fullmatch(text):
        yield Date(int(match["year"]), int(match["month"]), None, match[0], *match.span())
    for match in _ISO.finditer(text):
        year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
        if is_date(year, month, day):
            yield Date(year, month, day, match[0], *match.span())
    for match in _NUMERIC.finditer(text):
        a, b, year = int(match["a"]), int(match["b"]), int(match["year"])
        day, month = (a, b) if b <= 12 else (b, a)
        # With full stops the day always comes first; with slashes and hyphens the month may.
        ambiguous = max(a, b) <= 12 and a != b and "." not in match[0]
        if is_date(year, month, day):
            yield Date(year, month, day, match[0], *match.span(), ambiguous=ambiguous)
