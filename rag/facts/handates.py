"""Dates in Chinese: 2023年10月20日, 二〇一九年, 10月初, 民国八十年, 1990年代, 上世纪八十年代, 二十世纪."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.facts.hannumbers import han_value
from rag.facts.types import Date, is_date

_HAN = "〇零○一二两三四五六七八九十廿卅"
_ONES = "一二三四五六七八九"
_UP_TO_31 = rf"\d{{1,2}}|[{_HAN}]{{1,3}}"
_YEAR = (
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
_DAY = (
    rf"(?<![\d{_HAN}第A-Za-z-])(?P<day4>[12]\d|3[01]|[1-9]|[二三]?十[{_ONES}]?)\s?[日号]"
    r"(?!常|报|本|元|码|线|楼|称|文)"
)
_DATE = re.compile("|".join((_YEAR, _MONTH_AND_DAY, _MONTH, _DAY)))
_ROC = re.compile(r"民国\s?(?P<year>\d{2,3})\s?年")
_ROC_START = 1911
_ORDINAL = rf"(?P<century>\d{{2}}|[一二]?十[{_ONES}]?)世纪"
_DECADE = re.compile(rf"(?:{_ORDINAL}\s?)?(?:上世纪|本世纪)?\s{{0,2}}(?P<decade>\d0|[{_ONES}]十)年代")
_CENTURY = re.compile(rf"{_ORDINAL}(?!\d0年代|[{_ONES}]十年代)")


def han_dates(text: str) -> Iterator[Date]:
    """The days, months and years of a text in Simplified characters."""
    for match in _DATE.finditer(text):
        year = _value(match["year"])
        month = _value(match["month"] or match["month2"] or match["month3"])
        day = _value(match["day"] or match["day2"] or match["day4"])
        if is_date(year, month, day):
            yield Date(year, month, day, match[0], *match.span())
    for match in _ROC.finditer(text):
        yield Date(_ROC_START + int(match["year"]), None, None, match[0], *match.span())


def han_periods(text: str) -> Iterator[Date]:
    """The decades and centuries of a text in Simplified characters; a decade alone is one of the 20th."""
    for match in _DECADE.finditer(text):
        year = 100 * ((_value(match["century"]) or 20) - 1) + (_value(match["decade"]) or 0)
        yield Date(year, None, None, match[0], *match.span(), span=10)
    for match in _CENTURY.finditer(text):
        yield Date(100 * ((_value(match["century"]) or 1) - 1), None, None, match[0], *match.span(), span=100)


def _value(numerals: str | None) -> int | None:
    value = han_value(numerals) if numerals else None
    return None if value is None else int(value)
