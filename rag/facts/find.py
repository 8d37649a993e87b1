"""All facts of a text at once."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from corpus.fulltext import simplified
from rag.facts.dates import find_dates
from rag.facts.monthnames import before_month_or_year
from rag.facts.names import find_names
from rag.facts.negation import count_negations
from rag.facts.numbers import find_numbers
from rag.facts.places import find_places
from rag.facts.types import Facts

# A statement or a source sentence; of anything longer only the beginning is looked at.
_MOST = 8_000


@lru_cache(maxsize=4096)
def facts_of(text: str, language: str) -> Facts:
    """The numbers, dates, names and negations of ``text`` in ``language`` (a BCP 47 tag)."""
    folded = with_digits(fold(text[:_MOST]), language)
    dates = find_dates(folded, language)
    spans = tuple((date.start, date.end) for date in dates)
    return Facts(
        text=folded,
        language=language,
        numbers=tuple(find_numbers(folded, language, spans)),
        dates=tuple(dates),
        names=tuple(find_names(folded, language, spans)),
        places=tuple(find_places(folded, language)),
        negations=count_negations(folded, language),
    )


def with_digits(text: str, language: str) -> str:
    """``text`` with the days and years of dates that are written as words in digits: "двадцать седьмого ноября"."""
    spelt = [n for n in find_numbers(text, language) if not n.text[0].isdigit() and not n.percent]
    for number in reversed(spelt):
        if before_month_or_year(text[number.end : number.end + 24], language):
            text = f"{text[: number.start]}{min(number.values):.0f}{text[number.end :]}"
    return text


def fold(text: str) -> str:
    """``text`` in one form: compatibility characters resolved, digits of all scripts as 0–9, Chinese in Simplified."""
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)
    return simplified(digits)
