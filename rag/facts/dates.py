"""Dates in running text across languages: 20 October 2023, Oct. 20, 2023年10月20日, 2023 ж. 20 қазан, 20.10.2023.

Months are known by the names that CLDR gives them (through Babel), with the endings that inflected languages add.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from babel import Locale, UnknownLocaleError

from rag.facts.hannumbers import han_value
from rag.facts.numbers import roman_value
from rag.facts.types import Date

_HAN = "〇零○一二两三四五六七八九十廿卅"
_HAN_DATE = re.compile(
    rf"(?P<year>\d{{4}}|[〇零○一二三四五六七八九]{{4}})\s?年(?:度)?\s?(?:(?P<month>\d{{1,2}}|[{_HAN}]{{1,3}})\s?月(?:份)?)?"
    rf"\s?(?:(?P<day>\d{{1,2}}|[{_HAN}]{{1,3}})\s?[日号號])?"
    rf"|(?P<month2>\d{{1,2}}|[{_HAN}]{{1,3}})\s?月份?\s?(?P<day2>\d{{1,2}}|[{_HAN}]{{1,3}})\s?[日号號]"
    rf"|(?<![\d{_HAN}个個])(?P<month3>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])\s?月(?!球|亮|光|薪|经|台|底前)(?:份|初|中|底|末)?"
    rf"|(?<![\d{_HAN}第A-Za-z-])(?P<day4>[12]\d|3[01]|[1-9]|[二三]?十[一二三四五六七八九]?)\s?[日号](?!常|报|本|元|码|线|楼|称|文)"
)
_ROC = re.compile(r"民国\s?(?P<year>\d{2,3})\s?年")
_HAN_DECADE = re.compile(r"(?:(?P<century>\d{2}|[一二]?十[一二三四五六七八九]?)世纪\s?)?(?:上世纪|本世纪)?\s{0,2}(?P<decade>\d0|[一二三四五六七八九]十)年代")
_HAN_CENTURY = re.compile(r"(?P<century>\d{2}|[一二]?十[一二三四五六七八九]?)世纪(?!\d0年代|[一二三四五六七八九]十年代)")
_ISO = re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(?P<a>\d{1,2})[./-](?P<b>\d{1,2})[./-](?P<year>\d{4})(?!\d)")
_DECADE = re.compile(
    r"\b(?P<year>1[5-9]\d0|20\d0)(?:s\b|['’]s\b|[-–]?е годы|[-–]?х годо?в|[-–]?х годах|[-–]?(?:жылдар|шы жылдар|ші жылдар)\w*)", re.IGNORECASE
)
_CENTURY = re.compile(
    r"\b(?P<number>\d{1,2})(?:st|nd|rd|th)[- ]centur(?:y|ies)\b|\b(?P<roman>[XVIХІ]{1,5})[-–]?(?:й|го|м)?\s(?:век|вв?\.|ғасыр|ғ\.)"
    r"|\b(?P<kazakh>\d{1,2})[-–]?(?:ші|шы|нші|ншы)?\s?ғасыр|\b(?P<russian>\d{1,2})[-–]?(?:й|го|м)?\sвек", re.IGNORECASE
)
_YEAR = r"(?<![\d.,])(?:1[4-9]|20)\d{2}(?![\d%]|[.,]\d)"
_DAY = r"(?<![\d.,:])(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|-?(?:го|е|ое|нчи|шы|ші|ншы|нші))?(?![\d%]|[.,:]\d)"
_SEPARATOR = r"(?:\s|\.|\b(?:of|the|жылғы|жылы|жылдың|жылдан|жылға|жыл|ж|года|году|год|г|yılı|yılının|de|del|den)\b){0,6}"
_BEHIND = re.compile(rf"({_DAY}|{_YEAR}){_SEPARATOR}$")
_AHEAD = re.compile(rf"{_SEPARATOR}({_DAY}|{_YEAR})")
_AHEAD_COMMA = re.compile(rf"(?:,\s*|{_SEPARATOR})({_DAY}|{_YEAR})")
# Month names that are other words too count only with a day or a year, or after such a word.
_DOUBTFUL = {"may", "march", "mar", "mai", "mars", "маусым", "тамыз", "мамыр", "наурыз", "қазан", "марта", "мая", "sept", "dec", "jan", "май"}
_PARTS: list[tuple[Literal["early", "mid", "late"], re.Pattern[str], re.Pattern[str]]] = [
    ("early", re.compile(r"(?:\bearly|\b(?:beginning|start) of|\bв начале|\bначал[оае])\s*(?:the\s)?$", re.IGNORECASE),
     re.compile(r"\s*(?:\S{1,6}\s)?(?:бас(?:ы|ында|ынан|ына)\b)|(?<=月)初|(?<=初)|\s*(?:上旬|初)")),
    ("mid", re.compile(r"(?:\bmid|\bmiddle of|\bв середине|\bсередин[аеы])[\s-]*(?:the\s)?$", re.IGNORECASE),
     re.compile(r"\s*(?:\S{1,6}\s)?(?:ортасы\w*)|(?<=月)中(?=[，。、,]|旬)|\s*中旬")),
    ("late", re.compile(r"(?:\blate|\bend of|\bв конце|\bкон(?:ец|ца|цом|цу))\s*(?:the\s)?$", re.IGNORECASE),
     re.compile(r"\s*(?:\S{1,6}\s)?(?:соң(?:ы|ында|ына|ынан)\b|аяғы\w*)|(?<=月)[底末]|(?<=[底末])|\s*(?:下旬|[底末])")),
]  # fmt: skip
_YEAR_WORD = re.compile(r"\s*(?:жыл(?:ғы|ы|дың|дан)|год(?:а|у|ом)?\b(?! назад| подряд)|году\b)", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:[-–—~至到]|to|по|до|until)\s*")
_LIST = re.compile(r"\s*(?:[-–—~至到、,，和与及]|to|and|по|до|until|мен|и)\s*")
_FIRST_DAY = re.compile(r"(?<![\d.,/-])(\d{1,2})\s*(?:[-–—]|to|and|по|и|мен|,)\s*$")
_IN = re.compile(r"\b(?:in|of|last|since|until|till|early|late|mid|by|during|from|to|this|next|в|с|до|на|к|ішінде)[\s-]+$", re.IGNORECASE)
_MOST_ENDING = 6
_INFLECTED = {"ru", "kk", "tr", "uk", "ky", "uz", "fi", "hu", "et", "lv", "lt", "pl", "cs", "sk", "hr", "sl", "az"}


@dataclass(frozen=True, slots=True)
class _Months:
    pattern: re.Pattern[str]
    numbers: dict[str, int]


def find_dates(text: str, language: str) -> list[Date]:
    """The dates of ``text`` (Chinese in Simplified characters), in order, none within another."""
    found: list[Date] = []
    for find in (_han, _written, _numeric, _periods, _years):
        for date in find(text, language):
            if not any(date.start < other.end and other.start < date.end for other in found):
                found.append(date)
    parted = [date if date.day else replace(date, part=_part(text, date)) for date in found]
    return _ranges(sorted(parted, key=lambda date: date.start), text)


def _part(text: str, date: Date) -> Literal["", "early", "mid", "late"]:
    before, after = text[max(0, date.start - 16) : date.start], date.end
    return next((part for part, ahead, behind in _PARTS if ahead.search(before) or behind.match(text, after)), "")


def _ranges(dates: list[Date], text: str) -> list[Date]:
    """"24–26 August 2006", "9月30日至10月1日": each end of a range has the parts that are given once for both."""
    whole: list[Date] = []
    for date in dates:
        before = whole[-1] if whole else None
        between = text[before.end : date.start] if before else ""
        if before and before.month and date.month is None and date.day and _LIST.fullmatch(between):
            date = replace(date, month=before.month, year=before.year)
        elif before and before.month and date.month and _RANGE.fullmatch(between):
            whole[-1] = replace(before, year=before.year or date.year)
            date = replace(date, year=date.year or before.year)
        first = _FIRST_DAY.search(text[max(0, date.start - 12) : date.start])
        if first and date.day and date.month and int(first[1]) < 32:
            start = date.start - len(first[0])
            whole.append(replace(date, day=int(first[1]), text=text[start : date.end], start=start, end=date.start))
        whole.append(date)
    return whole


def before_month_or_year(text: str, language: str) -> bool:
    """Whether ``text`` begins with the name of a month or a word for a year, as after the number of either."""
    base = language.split("-")[0]
    if base not in ("en", "ru", "kk"):
        return False
    month = _months(base).pattern.match(text.lstrip(" -").removeprefix("of "))
    return bool(month) and (base != "en" or month[0][0].isupper()) or bool(_YEAR_WORD.match(text))


def _han(text: str, language: str) -> Iterator[Date]:
    for match in _HAN_DATE.finditer(text):
        month = match["month"] or match["month2"] or match["month3"]
        day = match["day"] or match["day2"] or match["day4"]
        parts = [han_value(part) if part else None for part in (match["year"], month, day)]
        year, month_number, day_number = (int(part) if part is not None else None for part in parts)
        if _is_date(year, month_number, day_number):
            yield Date(year, month_number, day_number, match[0], *match.span())
    for match in _ROC.finditer(text):
        yield Date(1911 + int(match["year"]), None, None, match[0], *match.span())


def _written(text: str, language: str) -> Iterator[Date]:
    """Dates with the name of a month, in the order of any language."""
    base = language.split("-")[0]
    months = _months(base)
    free = 0  # before this, text belongs to the date before
    for match in months.pattern.finditer(text):
        if base == "en" and not match[0][0].isupper():
            continue
        name = (match["short"] or match["long"]).lower()
        draft = _Draft(text, match.start(), match.end(), free)
        draft.grow(comma=base == "en")
        alone = draft.day is None and draft.year is None
        doubtful = name in _DOUBTFUL or len(name) < 4
        if alone and doubtful and not _IN.search(text[max(0, match.start() - 12) : match.start()]):
            continue
        if _is_date(draft.year, months.numbers[name], draft.day):
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

    def grow(self, *, comma: bool) -> None:
        """Take a day and a year, before or after; "October 20, 2023" has a comma in English alone."""
        for _ in range(2):
            behind = _BEHIND.search(self.text[max(self.free, self.start - 30) : self.start])
            if behind and self._take(behind[1]):
                self.start -= len(behind[0])
            pattern = _AHEAD_COMMA if comma and self.day is not None else _AHEAD
            if (ahead := pattern.match(self.text, self.end)) and self._take(ahead[1]):
                self.end = ahead.end()

    def _take(self, part: str) -> bool:
        digits = re.match(r"\d+", part)
        number = int(digits[0]) if digits else 0
        name = "year" if number > 31 else "day"
        if getattr(self, name) is not None:
            return False
        setattr(self, name, number)
        return True


def _numeric(text: str, language: str) -> Iterator[Date]:
    for match in _ISO.finditer(text):
        year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
        if _is_date(year, month, day):
            yield Date(year, month, day, match[0], *match.span())
    for match in _NUMERIC.finditer(text):
        a, b, year = int(match["a"]), int(match["b"]), int(match["year"])
        day, month = (a, b) if b <= 12 else (b, a)
        if _is_date(year, month, day):
            yield Date(year, month, day, match[0], *match.span(), ambiguous=a <= 12 and b <= 12 and a != b and "." not in match[0])


def _periods(text: str, language: str) -> Iterator[Date]:
    for match in _DECADE.finditer(text):
        yield Date(int(match["year"]), None, None, match[0], *match.span(), span=10)
    for match in _HAN_DECADE.finditer(text):
        century = int(han_value(match["century"]) or 20) if match["century"] else 20
        decade = int(han_value(match["decade"]) or 0)
        yield Date(100 * (century - 1) + decade, None, None, match[0], *match.span(), span=10)
    for match in _HAN_CENTURY.finditer(text):
        yield Date(100 * (int(han_value(match["century"]) or 1) - 1), None, None, match[0], *match.span(), span=100)
    for match in _CENTURY.finditer(text):
        number = int(match["number"] or match["kazakh"] or match["russian"] or roman_value(match["roman"]))
        yield Date(100 * (number - 1), None, None, match[0], *match.span(), span=100)


def _years(text: str, language: str) -> Iterator[Date]:
    for match in re.finditer(_YEAR, text):
        before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 14]
        if before[-1:] in "$€£¥№#" and before.strip():
            continue
        # Without a word for it, 1987 is a year and "2000 people" is not.
        counted = re.match(r"\s+(?:people|persons|men|women|cases|адам|человек|metr|meters|metres|км|km|тенге|теңге|долл|тонн|листовок|книг|экземпляр|дана|тонна|pages|copies|soldiers|troops|tonnes|tons)|[人名个万亿]", after)
        if not counted:
            yield Date(int(match[0]), None, None, match[0], *match.span())


def _is_date(year: int | None, month: int | None, day: int | None) -> bool:
    return (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31) and (year is None or year < 2200)


@cache
def _months(language: str) -> _Months:
    """The names of the months in a language and in English, whole and abbreviated."""
    numbers: dict[str, int] = {}
    for tag in dict.fromkeys((language, "en")):
        try:
            months = Locale.parse(tag).months
        except (UnknownLocaleError, ValueError):
            continue
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months.get(context, {}).get(width, {}).items():
                    bare = name.lower().rstrip(".")
                    if len(bare) >= 3 and not bare[0].isdigit():
                        numbers.setdefault(bare, number)
    if language == "ru":
        numbers |= {"сентябре": 9, "мае": 5, "мая": 5, "май": 5}
    numbers["sept"] = 9
    short = "|".join(sorted(map(re.escape, numbers), key=len, reverse=True))
    # Endings of cases: a whole name may grow, an abbreviation may not.
    stems = {re.sub("[ьяйа]$", "", name): number for name, number in numbers.items() if len(name) >= 5}
    stems |= {re.sub("к$", "г", re.sub("қ$", "ғ", name)): number for name, number in stems.items()}
    long = "|".join(sorted(map(re.escape, stems), key=len, reverse=True))
    ending = rf"[^\W\d_]{{0,{_MOST_ENDING}}}" if language in _INFLECTED else ""
    return _Months(re.compile(rf"\b(?:(?P<short>{short})|(?P<long>{long}){ending})\b\.?", re.IGNORECASE), stems | numbers)
