"""The formula of a logistic model; the coefficients come with the package."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

# Beyond this the probability is 0 or 1 for any purpose, and the exponential would overflow.
_FARTHEST = 30.0


def probability(model: Mapping[str, float], names: Sequence[str], values: Mapping[str, float]) -> float:
    """Return the probability that ``model`` (an intercept and a slope for each of ``names``) gives to ``values``."""
    return as_probability(log_odds(model, names, values))


def log_odds(model: Mapping[str, float], names: Sequence[str], values: Mapping[str, float]) -> float:
    """Return the logarithm of the odds that ``model`` gives to the ``values`` of the features ``names``."""
    return model["intercept"] + sum(model[name] * values[name] for name in names)


def as_probability(odds: float) -> float:
    """Convert log odds to a probability."""
    return 1 / (1 + math.exp(-max(-_FARTHEST, min(_FARTHEST, odds))))
