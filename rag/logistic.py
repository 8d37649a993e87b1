"""The formula of a logistic model whose coefficients ship."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

# Beyond this the probability is 0 or 1 to any purpose, and the exponential would overflow.
_FARTHEST = 30.0


def probability(model: Mapping[str, float], names: Sequence[str], values: Mapping[str, float]) -> float:
    """The probability that ``model`` (its intercept, and a slope for each name) gives to features."""
    return as_probability(log_odds(model, names, values))


def log_odds(model: Mapping[str, float], names: Sequence[str], values: Mapping[str, float]) -> float:
    """The logarithm of the odds that ``model`` gives to features."""
    return model["intercept"] + sum(model[name] * values[name] for name in names)


def as_probability(odds: float) -> float:
    """The probability of log odds."""
    return 1 / (1 + math.exp(-max(-_FARTHEST, min(_FARTHEST, odds))))
