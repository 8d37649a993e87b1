"""Is the evidence enough to answer? A calibrated probability from retrieval features.

The coefficients are fitted by logistic regression (`rag.calibration`) on public questions whose evidence is
in the collection, the same questions with it taken out, and questions about something else; no text of those
sets is kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from rag.types import Hit

FEATURES = ("level", "lead", "spread")
# Hits that the best one is compared with.
_BACKGROUND = 10
_FIRST = 3


def features(hits: Sequence[Hit]) -> dict[str, float]:
    """Numbers that tell answerable questions from others.

    level: how near the first hits are before they are set against the rest of their language (without it, questions
    about something else altogether look answerable); lead: how far the best score stands above the mean of the rest;
    spread: how far the rest differ among themselves. Shared words and a shared language were tried and left out:
    they made questions across languages look unanswerable.
    """
    scores = [hit.score for hit in hits[:_BACKGROUND]]
    if not scores:
        return dict.fromkeys(FEATURES, 0.0)
    rest = scores[1:] or scores
    mean = sum(rest) / len(rest)
    deviation = math.sqrt(sum((score - mean) ** 2 for score in rest) / len(rest))
    level = max(hit.level for hit in hits[:_FIRST])
    return {"level": level, "lead": scores[0] - mean, "spread": deviation}


def confidence(hits: Sequence[Hit], *, aligned: bool) -> float:
    """The estimated probability that the evidence answers the question, between 0 and 1.

    ``aligned`` tells whether the hits' scores come from aligned vectors: those lie on another scale.
    """
    if not hits:
        return 0.0
    model = _coefficients("aligned" if aligned else "unaligned")
    values = features(hits)
    z = model["intercept"] + sum(model[name] * values[name] for name in FEATURES)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


@cache
def _coefficients(kind: str) -> dict[str, float]:
    text = files("rag").joinpath("confidence.json").read_text("utf-8")
    return {name: float(value) for name, value in json.loads(text)[kind]["coefficients"].items()}
