"""Is the evidence enough to answer? A calibrated probability from retrieval features.

The coefficients are fitted by logistic regression (`rag.calibration`) on public questions whose evidence is
in the collection and the same questions with it taken out; no text of those sets is kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from corpus.fulltext import index_terms
from corpus.language import detect_language
from rag.types import Hit

FEATURES = ("top", "lead", "spread", "coverage", "same_language")
# Above this share of a collection's chunks... a feature needs at least these many hits to be told from noise.
_BACKGROUND = 10


def features(question: str, language: str, hits: Sequence[Hit]) -> dict[str, float]:
    """Numbers that tell answerable questions from others.

    top: the best score; lead: how far it stands above the mean of the rest; spread: how far the rest differ
    among themselves; coverage: the share of the question's terms that the best three paragraphs hold;
    same_language: 1 if the best hit is in the question's language.
    """
    if not hits:
        return dict.fromkeys(FEATURES, 0.0)
    scores = [hit.score for hit in hits[:_BACKGROUND]]
    rest = scores[1:] or scores
    mean = sum(rest) / len(rest)
    deviation = math.sqrt(sum((score - mean) ** 2 for score in rest) / len(rest))
    terms = set(index_terms(question))
    held = {term for hit in hits[:3] for term in index_terms(hit.chunk.paragraph)}
    return {
        "top": scores[0],
        "lead": scores[0] - mean,
        "spread": deviation,
        "coverage": len(terms & held) / max(1, len(terms)),
        "same_language": float(_base(hits[0].chunk.language) == _base(language)),
    }


def confidence(question: str, hits: Sequence[Hit], language: str | None = None) -> float:
    """The estimated probability that the evidence answers the question, between 0 and 1."""
    if not hits:
        return 0.0
    model = _coefficients()
    values = features(question, language or detect_language(question), hits)
    z = model["intercept"] + sum(model[name] * values[name] for name in FEATURES)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def _base(language: str) -> str:
    return language.split("-")[0]


@cache
def _coefficients() -> dict[str, float]:
    text = files("rag").joinpath("confidence.json").read_text("utf-8")
    return {name: float(value) for name, value in json.loads(text)["coefficients"].items()}
