"""Names of months as CLDR gives them (through Babel), with the endings that inflected languages add."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from babel import Locale, UnknownLocaleError

from rag.facts.letters import caseless, small

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
    """What finds the names of months in one language, and their numbers by the name whatever its capitals."""

    language: str
    pattern: re.Pattern[str]
    numbers: dict[str, int]

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Every name of a month; in English, where "may" and "march" are verbs, with a capital."""
        for match in self.pattern.finditer(text):
            if self.language != _CAPITALISED or match[0][0].isupper():
                yield match


def name_of(match: re.Match[str]) -> str:
    """The name that was found, without its ending, as `Months.numbers` has it."""
    return caseless(match["short"] or match["long"])


def is_doubtful(name: str) -> bool:
    """Whether the name of a month is another word, or an abbreviation that may be one."""
    return name in _DOUBTFUL or len(name) < _SHORTEST_SURE


def before_month_or_year(text: str, language: str) -> bool:
    """Whether ``text`` begins with the name of a month or a word for a year, as after the number of either."""
    base = language.split("-")[0]
    if base not in ("en", "ru", "kk"):
        return False
    month = months_of(base).pattern.match(text.lstrip(" -").removeprefix("of "))
    named = month is not None and (base != _CAPITALISED or month[0][0].isupper())
    return named or bool(_YEAR_WORD.match(text))


@cache
def months_of(language: str) -> Months:
    """The names of the months in a language and in English, whole and abbreviated."""
    numbers: dict[str, int] = {}
    for name, number in (*_names(language), *_names("en")):
        numbers.setdefault(name, number)
    if language == "ru":
        numbers |= {"сентябре": 9, "мае": 5, "мая": 5, "май": 5}
    numbers["sept"] = 9
    # Endings of cases: a whole name may grow, an abbreviation may not.
    stems = {re.sub("[ьяйа]$", "", name): number for name, number in numbers.items() if len(name) >= _SHORTEST_WHOLE}
    stems |= {re.sub("к$", "г", re.sub("қ$", "ғ", name)): number for name, number in stems.items()}
    by_name = {caseless(name): number for name, number in (stems | numbers).items()}
    ending = rf"[^\W\d_]{{0,{_MOST_ENDING}}}" if language in _INFLECTED else ""
    pattern = rf"\b(?:(?P<short>{_any_of(numbers)})|(?P<long>{_any_of(stems)}){ending})\b\.?"
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


def _any_of(names: dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))
