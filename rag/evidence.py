"""Is the evidence enough to answer? A calibrated probability from what was found for the question.

The coefficients are fitted by logistic regression (`rag.calibration.confidence`) on public questions whose evidence is
in the collection, the same questions with it taken out, and questions about something else; no text of those
sets is kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from corpus.language import detect_language
from rag.asking import asked_for, holds, is_coarser, misfits
from rag.checks import Finding
from rag.facts.find import facts_of
from rag.facts.types import Facts
from rag.logistic import probability
from rag.types import Grade, Hit
from rag.verification.naming import compare_names, compare_places
from rag.verification.quantities import compare_dates, compare_numbers

FEATURES = ("level", "lead", "spread", "together", "fits", "missing")
# Of questions whose hits were read.
READ_FEATURES = ("carries", "span", "length", "met", "unmet", "misfit", "coarse")
# Hits that the best one is compared with, and those that are read.
_BACKGROUND = 10
_FIRST = 3
# Letters of a short answer, and facts, beyond which more say nothing.
_LONGEST = 60
_MOST_FACTS = 3
# Of longer paragraphs only the beginning is read, in characters: facts are to cost a few milliseconds.
_READ = 2_000


def features(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """Numbers that tell answerable questions from others.

    level: how near the first hits are before they are set against the rest of their language; lead: how far the best
    score stands above the mean of the rest; spread: how far the rest differ among themselves; together: the share of
    the first hits that stand in the best one's document; fits: the share of the first sentences that hold the kind of
    thing that is asked for, 1 where the question does not tell; missing: the share of the question's names, places,
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
    """Numbers that tell answerable questions from others, where the first hit was read.

    carries: the first sentence's log odds that it carries the answer; span: how far its short answer is above none;
    length: of that answer, as a share of the longest that counts; met and unmet: how many of the question's names,
    places, dates and numbers stand in its paragraph, title or heading, and how many do not; misfit: 1 where a time or
    an amount is asked for and the short answer has none; coarse: 1 where a day is asked for and it tells none.
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
        "span": read.lead,
        "length": min(_LONGEST, read.end - read.start) / _LONGEST,
        "met": float(min(_MOST_FACTS, met)),
        "unmet": float(min(_MOST_FACTS, len(findings) - met)),
        "misfit": float(misfits(question, answer)),
        "coarse": float(is_coarser(question, answer)),
    }


def _constraints(asked: Facts, hit: Hit) -> list[Finding]:
    """Each name, place, date and number of the question with what the hit's paragraph makes of it."""
    chunk = hit.chunk
    sources = [facts_of(chunk.paragraph[:_READ], chunk.language)]
    title = f"{hit.card.title if hit.card else ''}\n{chunk.heading or ''}"
    context = [facts_of(title, chunk.language), facts_of((hit.card.published if hit.card else None) or "", "en")]
    return _compared(asked, sources, context)


def confidence(question: str, hits: Sequence[Hit], *, aligned: bool) -> float:
    """The estimated probability that the evidence answers the question, between 0 and 1.

    ``aligned`` tells whether the hits' scores come from aligned vectors: those lie on another scale. Where hits were
    read and spans found, the reader decides; where they were not, how near they lie.
    """
    if not hits:
        return 0.0
    if hits[0].read and hits[0].read.end:
        return probability(_coefficients("read"), READ_FEATURES, read_features(question, hits))
    model = _coefficients("aligned" if aligned else "unaligned")
    return probability(model, FEATURES, features(question, hits))


def grade_below(confidence: float, least: float, *, is_read: bool) -> Grade:
    """The grade of a question that is not answered; ``least`` is the confidence from which on one is.

    What was read is worth a look from the fitted confidence on; what was not, from half of the least.
    """
    return "likely" if confidence >= (min(least, _fitted("likely")) if is_read else least / 2) else "none"


def is_worth_showing(confidence: float, *, is_read: bool) -> bool:
    """Whether hits that answer nothing are near enough to the question to be shown at all."""
    return not is_read or confidence >= _fitted("floor")


@cache
def _fitted(name: str) -> float:
    return float(json.loads(files("rag").joinpath("reading.json").read_text("utf-8"))[name])


def _fits(question: str, asked: Facts, hits: Sequence[Hit]) -> float:
    kind = asked_for(question)
    if kind is None:
        return 1.0
    found = [holds(kind, facts_of(hit.chunk.text, hit.chunk.language), asked) for hit in hits]
    return sum(found) / len(found)


def _compared(asked: Facts, sources: Sequence[Facts], context: Sequence[Facts]) -> list[Finding]:
    # Without a lexicon, which would encode every word of them: names that are translated may count as missing.
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


@cache
def _coefficients(kind: str) -> dict[str, float]:
    name = "reading.json" if kind == "read" else "confidence.json"
    text = files("rag").joinpath(name).read_text("utf-8")
    return {name: float(value) for name, value in json.loads(text)[kind]["coefficients"].items()}
