"""Years, decades and centuries: 1987, the 1990s, 1990-е годы, XX век, 20th century, and early, mid or late in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.facts.handates import han_periods
from rag.facts.roman import roman_value
from rag.facts.types import Date, Part

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
_BEHIND = 14
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
# What stands before a date, and what behind it, where a part of the month or year is meant.
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
_BEFORE = 16


def part_of(text: str, date: Date) -> Part:
    """Which part of a date's month or year the words around it tell."""
    before = text[max(0, date.start - _BEFORE) : date.start]
    return next((part for part, ahead, behind in _PARTS if ahead.search(before) or behind.match(text, date.end)), "")


def find_periods(text: str) -> Iterator[Date]:
    """The decades and centuries of a text."""
    for match in _DECADE.finditer(text):
        yield Date(int(match["year"]), None, None, match[0], *match.span(), span=10)
    yield from han_periods(text)
    for match in _CENTURY.finditer(text):
        number = int(match["number"] or match["kazakh"] or match["russian"] or roman_value(match["roman"]))
        yield Date(100 * (number - 1), None, None, match[0], *match.span(), span=100)


def find_years(text: str) -> Iterator[Date]:
    """The years of a text that stand alone and count nothing."""
    for match in _YEAR.finditer(text):
        start, end = match.span()
        if text[max(0, start - 1) : start] in _NO_YEAR_AFTER or _COUNTED.match(text, end, end + _BEHIND):
            continue
        yield Date(int(match[0]), None, None, match[0], start, end)
