"""Confidence: a calibrated probability that what was found for a question is enough to answer it.

The coefficients are fitted by logistic regression (`tools.calibration`) on questions whose evidence is in the
collection, the same questions with that evidence removed, and near misses; no text of those sets is kept.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from corpus.language import detect_language
from rag.answer import Finding, Grade, Hit
from rag.checking.naming import compare_names, compare_places
from rag.checking.quantities import compare_dates, compare_numbers
from rag.facts.find import facts_of, fold
from rag.facts.types import Facts
from rag.logistic import probability
from rag.search.reading import fitted
from rag.search.rows import is_row

Kind = Literal["person", "time", "amount", "place"]

# Chinese words in Simplified characters. Where a question asks for several kinds, the first one counts.
_WORDS: dict[Kind, str] = {
    "person": r"\b(?:who|whose|whom|кто|кого|кем|кому|чей|чья|чьи|чьё|чьей|чьего|чьих)\b|\bname of\b|как зовут|\bфамили"
    r"|\bкім(?:нің|ге|ді|мен|дер)?\w*|аты-жөні|谁|哪位|何人|什么名字|哪个人",
    "time": r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century)\b"
    r"|\bкогда\b|\bкак(?:ом|ого|ой|ие)\s+(?:год|числ|день|месяц|век)"
    r"|\bқашан\b|\bқай (?:жыл|күн|ай)|何时|什么时候|何年|哪一?年|几月|哪一?[天日]|几时",
    "amount": r"\bhow (?:many|much|long|old|far|tall|large|big|high|deep|often|fast|wide)\b"
    r"|\bwhat (?:percentage|percent|proportion|number|age)\b|\bскольк[ои]|\bкаково? (?:количество|число|численность)"
    r"|\bқанша|\bнеше|多少|多[大长高久远深快重]|几",
    "place": r"\bwhere\b|\b(?:what|which) (?:city|country|state|town|place|region|continent|province)\b"
    r"|\b(?:где|куда|откуда)\b|\bкак(?:ом|ой|ую|их)\s+(?:город|стран|мест|област|регион|штат)"
    r"|\bқай(?:да|дан|сы)\b|\bқай (?:жер|қала|ел|мемлекет|облыс)|哪里|哪儿|何[地处]|在哪|哪[个座]?[国城省市县地]",
}
# Words that ask for the day and not only for the month or year.
_DAY = re.compile(
    r"\b(?:what|which) (?:exact )?(?:day|date)\b|\bкак(?:ого|ое|им|ой)\s+(?:числ|дат|день|дня)"
    r"|\bқай күн|\bқандай күн|нешесі|哪一?[天日]|几[号日]|何日",
    re.IGNORECASE,
)
_ASKED = {kind: re.compile(words, re.IGNORECASE) for kind, words in _WORDS.items()}
# A number in this range counts as a year, even without a word for "year" beside it.
_YEARS = (1000, 2100)


def asked_for(question: str) -> Kind | None:
    """Return the kind of thing that ``question`` asks for, or None if its words do not show it."""
    folded = fold(question)
    return next((kind for kind, words in _ASKED.items() if words.search(folded)), None)


def holds(kind: Kind, facts: Facts, question: Facts) -> bool:
    """Return whether a text has something of the kind asked for that the question does not name itself."""
    return _HOLDS[kind](facts, question)


def misfits(question: str, answer: Facts) -> bool:
    """Return whether a short answer lacks the amount or time that ``question`` asks for."""
    kind = asked_for(question)
    if kind == "time":
        least, most = _YEARS
        return not answer.dates and not any(least <= min(number.values) <= most for number in answer.numbers)
    return kind == "amount" and not answer.numbers


def is_coarser(question: str, answer: Facts) -> bool:
    """Return whether ``question`` asks for a day and a short answer names none."""
    return bool(_DAY.search(fold(question))) and not any(date.day for date in answer.dates)


def _person(facts: Facts, question: Facts) -> bool:
    asked = question.text.lower()
    return any(name.text.lower() not in asked for name in facts.names)


def _time(facts: Facts, question: Facts) -> bool:
    asked = {(date.year, date.month, date.day) for date in question.dates}
    least, most = _YEARS
    return any((date.year, date.month, date.day) not in asked for date in facts.dates) or any(
        least <= min(number.values) <= most for number in facts.numbers if not number.weak
    )


def _amount(facts: Facts, question: Facts) -> bool:
    asked = {value for number in question.numbers for value in number.values}
    return any(not number.values & asked for number in facts.numbers)


def _place(facts: Facts, question: Facts) -> bool:
    asked = {place.identity for place in question.places}
    return any(place.identity not in asked for place in facts.places) or _person(facts, question)


_HOLDS: dict[Kind, Callable[[Facts, Facts], bool]] = {
    "person": _person,
    "time": _time,
    "amount": _amount,
    "place": _place,
}


FEATURES = ("level", "lead", "spread", "together", "fits", "missing")
# Features of questions whose hits were read by the reader.
READ_FEATURES = ("carries", "relevance", "span", "length", "met", "unmet", "misfit", "coarse")
# How many hits the best one is compared with, and of how many the level and text are looked at.
_BACKGROUND = 10
_FIRST = 3
# Letters of a short answer, and facts, beyond which more of them make no difference.
_LONGEST = 60
_MOST_FACTS = 3
# The most confidence in a table's row that lacks a name, place, date or number of the question.
_OF_ANOTHER_ROW = 0.5
# How many characters of a paragraph are searched for facts, so that this takes only a few milliseconds.
_READ = 2_000


def features(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """Return numbers that tell answerable questions from others, by name; all are 0 where there are no hits.

    level: the best score among the first hits before scores are adjusted for their language; lead: how far the best
    score lies above the mean of the rest; spread: how far the rest differ among themselves; together: the share of
    the first hits that come from the best one's document; fits: the share of the first sentences that hold the kind of
    thing asked for, 1 where the question does not show its kind; missing: the share of the question's names, places,
    dates and numbers that the first paragraphs do not have.
    """
    first = hits[:_BACKGROUND]
    if not first:
        return dict.fromkeys(FEATURES, 0.0)
    scores = [hit.score for hit in first]
    rest = scores[1:] or scores
    mean = sum(rest) / len(rest)
    asked = facts_of(question, detect_language(question))
    return {
        "level": max(hit.level for hit in hits[:_FIRST]),
        "lead": scores[0] - mean,
        "spread": math.sqrt(sum((score - mean) ** 2 for score in rest) / len(rest)),
        "together": sum(hit.chunk.document_id == first[0].chunk.document_id for hit in first) / len(first),
        "fits": _fits(question, asked, hits[:_FIRST]),
        "missing": _missing(asked, hits[:_FIRST]),
    }


def read_features(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """Return numbers that tell answerable questions from others, by name, where the first hit was read.

    carries: the log odds that the first sentence carries the answer; relevance: those that its passage answers; span:
    how far its short answer scores above no answer; length: that of the short answer, as a share of the longest that
    counts; met and unmet: how many of the question's names, places, dates and numbers stand in its paragraph, title or
    heading, and how many do not; misfit: 1 where a time or an amount is asked for and the short answer has none;
    coarse: 1 where a day is asked for and the short answer names none.

    Raises `ValueError` if the first hit was not read.
    """
    first = hits[0]
    read = first.read
    if read is None:
        raise ValueError("the first hit was not read")
    findings = _constraints(facts_of(question, detect_language(question)), first)
    met = sum(finding.verdict in ("found", "context") for finding in findings)
    answer = facts_of(first.chunk.text[read.start : read.end], first.chunk.language)
    return {
        "carries": read.carries,
        "relevance": read.relevance,
        "span": read.lead,
        "length": min(_LONGEST, read.end - read.start) / _LONGEST,
        "met": float(min(_MOST_FACTS, met)),
        "unmet": float(min(_MOST_FACTS, len(findings) - met)),
        "misfit": float(misfits(question, answer)),
        "coarse": float(is_coarser(question, answer)),
    }


def _constraints(asked: Facts, hit: Hit) -> list[Finding]:
    """Compare each name, place, date and number of the question with the hit's paragraph, title, heading and date."""
    chunk = hit.chunk
    sources = [facts_of(chunk.paragraph[:_READ], chunk.language)]
    title = f"{hit.card.title if hit.card else ''}\n{chunk.heading or ''}"
    context = [facts_of(title, chunk.language), facts_of((hit.card.published if hit.card else None) or "", "en")]
    return _compared(asked, sources, context)


def confidence(question: str, hits: Sequence[Hit], *, aligned: bool) -> float:
    """Estimate the probability that the evidence answers the question, between 0 and 1; 0 without hits.

    ``aligned`` states whether the hits' scores come from aligned vectors: those lie on another scale. Where the first
    hit was read and has a short answer, the reader's scores decide; otherwise the scores of the search do.
    """
    if not hits:
        return 0.0
    if hits[0].read and hits[0].read.end:
        values = read_features(question, hits)
        found = probability(fitted()["read"]["coefficients"], READ_FEATURES, values)
        # A row says something of the thing it is about, and of nothing else that the question names.
        return min(found, _OF_ANOTHER_ROW) if is_row(hits[0].chunk) and values["unmet"] else found
    model = _coefficients("aligned" if aligned else "unaligned")
    return probability(model, FEATURES, features(question, hits))


def grade_below(confidence: float, least: float, *, is_read: bool) -> Grade:
    """Return the grade of a question that is not answered: "likely" where its hits are worth a look, else "none".

    ``least`` is the confidence from which questions are answered. Hits that were read are worth a look from a fitted
    confidence on (or from ``least``, if that is lower), others from half of ``least``.
    """
    return "likely" if confidence >= (min(least, fitted()["likely"]) if is_read else least / 2) else "none"


def is_worth_showing(confidence: float, *, is_read: bool) -> bool:
    """Return whether hits that answer nothing are near enough to the question to be shown at all."""
    return not is_read or confidence >= fitted()["floor"]


def _fits(question: str, asked: Facts, hits: Sequence[Hit]) -> float:
    kind = asked_for(question)
    if kind is None:
        return 1.0
    found = [holds(kind, facts_of(hit.chunk.text, hit.chunk.language), asked) for hit in hits]
    return sum(found) / len(found)


def _compared(asked: Facts, sources: Sequence[Facts], context: Sequence[Facts]) -> list[Finding]:
    # Without a lexicon, which would encode every word of the sources; so translated names may count as missing.
    return [
        *compare_names(asked, sources, context, None),
        *compare_places(asked, sources, context, None),
        *compare_dates(asked, sources, context),
        *compare_numbers(asked, sources, context),
    ]


def _missing(asked: Facts, hits: Sequence[Hit]) -> float:
    sources = [facts_of(hit.chunk.paragraph[:_READ], hit.chunk.language) for hit in hits]
    findings = _compared(asked, sources, [])
    return sum(finding.verdict != "found" for finding in findings) / len(findings) if findings else 0.0


def _coefficients(kind: str) -> dict[str, float]:
    found: dict[str, float] = _fitted_unread()[kind]["coefficients"]
    return found


@cache
def _fitted_unread() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("rag.answering").joinpath("confidence.json").read_text("utf-8"))
    return found
