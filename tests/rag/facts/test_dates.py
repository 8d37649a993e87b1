"""Dates are read alike in whatever language, order and notation they are written."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.facts.find import facts_of, with_digits
from rag.facts.types import Date

MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split(),
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан".split(),
}
HAN_DIGITS = "〇一二三四五六七八九"


def dates(text: str, language: str) -> tuple[Date, ...]:
    return facts_of(text, language).dates


def parts(date: Date) -> tuple[int | None, int | None, int | None]:
    return date.year, date.month, date.day


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It opened on 20 October 2023."), ("en", "It opened on October 20, 2023."),
        ("en", "It opened on the 20th of October 2023."), ("en", "Oct. 20, 2023"), ("en", "2023-10-20"),
        ("ru", "Открыли 20 октября 2023 года."), ("ru", "Открыли двадцатого октября 2023 года."), ("ru", "20.10.2023"),
        ("kk", "2023 ж. 20 қазан"), ("kk", "2023 жылғы 20 қазанда ашылды"), ("kk", "2023 жылдың 20 қазанынан бастап"),
        ("zh-Hans", "于2023年10月20日开放"), ("zh-Hant", "於2023年10月20日開放"), ("zh-Hans", "二〇二三年十月二十日"),
        ("zh-Hans", "２０２３年１０月２０日"),
        ("tr", "20 Ekim 2023"), ("tr", "20 EKİM 2023"), ("de", "20. Oktober 2023"), ("fr", "20 octobre 2023"),
    ],
)  # fmt: skip
def test_one_day_in_many_notations(language: str, text: str) -> None:
    assert [parts(date) for date in dates(text, language)] == [(2023, 10, 20)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "24–26 August 2006", [(2006, 8, 24), (2006, 8, 26)]),
        ("en", "from 3 May to 9 June 1994", [(1994, 5, 3), (1994, 6, 9)]),
        ("ru", "24-26 августа 2006 года", [(2006, 8, 24), (2006, 8, 26)]),
        ("zh", "9月30日至10月1日", [(None, 9, 30), (None, 10, 1)]),
        ("zh", "2006年8月24日至26日", [(2006, 8, 24), (2006, 8, 26)]),
        ("zh", "2006年8月24日至9月2日", [(2006, 8, 24), (2006, 9, 2)]),
    ],
)
def test_the_ends_of_a_range_share_what_is_given_once(
    language: str, text: str, expected: list[tuple[int | None, int, int]]
) -> None:
    assert [parts(date) for date in dates(text, language)] == expected


@pytest.mark.parametrize(
    ("language", "text", "year", "span"),
    [
        ("en", "in the 1990s", 1990, 10), ("ru", "в 1990-е годы", 1990, 10), ("kk", "1990-жылдары", 1990, 10),
        ("zh", "上世纪九十年代", 1990, 10), ("zh-Hant", "20世紀90年代", 1990, 10), ("zh", "十九世纪六十年代", 1860, 10),
        ("en", "the 19th century", 1800, 100), ("ru", "XIX век", 1800, 100), ("kk", "XIX ғасыр", 1800, 100),
        ("zh", "十九世纪", 1800, 100), ("kk", "19-ғасыр", 1800, 100), ("ru", "19-й век", 1800, 100),
        ("en", "in 1987", 1987, 1), ("zh", "1987年", 1987, 1), ("zh", "民国76年", 1987, 1),
    ],
)  # fmt: skip
def test_years_decades_and_centuries(language: str, text: str, year: int, span: int) -> None:
    assert [(date.year, date.span) for date in dates(text, language)] == [(year, span)]


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("en", "early October 2023", "early"), ("ru", "в начале октября 2023 года", "early"), ("zh", "10月初", "early"),
        ("kk", "2023 жылдың басында", "early"), ("en", "mid-October 2023", "mid"), ("zh", "2023年10月中旬", "mid"),
        ("ru", "в середине октября 2023 года", "mid"), ("en", "the end of October 2023", "late"),
        ("ru", "в конце октября 2023 года", "late"), ("zh", "10月底", "late"), ("kk", "2023 жылдың соңында", "late"),
        ("en", "the late 1990s", "late"), ("en", "October 2023", ""), ("en", "early on 20 October 2023", ""),
    ],
)  # fmt: skip
def test_early_mid_and_late(language: str, text: str, part: str) -> None:
    assert [date.part for date in dates(text, language)] == [part]


def test_a_document_s_date_may_be_a_month_alone() -> None:
    assert [parts(date) for date in dates("2031-03", "en")] == [(2031, 3, None)]
    assert facts_of("2031-03", "en").numbers == ()
    assert [date.month for date in dates("the season 2001-02", "en")] == [None]


def test_only_days_and_months_that_may_be_exchanged_are_ambiguous() -> None:
    (either,) = dates("04/05/2023", "en")
    assert (either.ambiguous, {either.day, either.month}) == (True, {4, 5})
    for text, expected in (("13/05/2023", (2023, 5, 13)), ("05/13/2023", (2023, 5, 13)), ("05.04.2023", (2023, 4, 5))):
        (date,) = dates(text, "en")
        assert (date.ambiguous, parts(date)) == (False, expected)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "They march on; it may rain."), ("en", "2000 people came"), ("en", "It cost $1987."),
        ("en", "the 32.13.99 build"), ("zh", "三个月后"), ("zh", "月球和日报"), ("zh", "2000人"),
        ("ru", "2000 человек"), ("kk", "2000 адам"), ("ru", "Мастер пришёл."),
    ],
)  # fmt: skip
def test_what_looks_like_a_date_and_is_none(language: str, text: str) -> None:
    assert dates(text, language) == ()


def test_a_doubtful_month_counts_behind_a_word_that_says_so() -> None:
    assert [date.month for date in dates("They left in May.", "en")] == [5]
    assert dates("May she rest.", "en") == ()


def test_a_number_in_words_before_a_month_or_year_becomes_digits() -> None:
    assert with_digits("двадцать седьмого ноября", "ru") == "27 ноября"
    assert with_digits("the third of June", "en") == "the 3 of June"
    assert with_digits("жиырма бесінші мамыр", "kk") == "25 мамыр"
    assert with_digits("seven wells and three ponds", "en") == "seven wells and three ponds"


@given(st.dates(datetime.date(1400, 1, 1), datetime.date(2099, 12, 31)), st.data())
def test_a_date_is_read_back_from_any_notation(day: datetime.date, data: st.DataObject) -> None:
    language, text = data.draw(st.sampled_from(written(day)))
    assert [parts(date) for date in dates(text, language)] == [(day.year, day.month, day.day)]


def written(day: datetime.date) -> list[tuple[str, str]]:
    """A day as several languages write it."""
    year = "".join(HAN_DIGITS[int(digit)] for digit in str(day.year))
    english, russian, kazakh = (MONTHS[language][day.month - 1] for language in ("en", "ru", "kk"))
    return [
        ("en", f"on {day.day} {english} {day.year}"),
        ("en", f"on {english} {day.day}, {day.year}"),
        ("ru", f"{day.day} {russian} {day.year} года"),
        ("kk", f"{day.year} жылғы {day.day} {kazakh}"),
        ("zh", f"{day.year}年{day.month}月{day.day}日"),
        ("zh", f"{year}年{day.month}月{day.day}日"),
        ("en", day.isoformat()),
        ("de", f"{day.day:02}.{day.month:02}.{day.year}"),
    ]
