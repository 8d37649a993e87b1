"""What the fits share: the split of cases into halves, and logistic regression in the form in which it ships."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression


def is_shown(identifier: str) -> bool:
    """Return whether a case belongs to the half that is not fitted on, by a hash of its id."""
    return hashlib.sha256(identifier.encode()).digest()[0] % 2 == 1


class Logistic:
    """A logistic regression on standardised features.

    ``values`` has a row per case and a column per name. ``weights`` are those of the cases; without them both classes
    weigh the same.
    """

    def __init__(
        self,
        names: Sequence[str],
        values: npt.NDArray[np.float64],
        truth: Sequence[bool],
        weights: npt.NDArray[np.float64] | None = None,
    ) -> None:
        self._names = names
        self._centre, self._scale = values.mean(axis=0), values.std(axis=0) + 1e-9
        self._model = LogisticRegression(max_iter=2000, class_weight="balanced" if weights is None else None)
        self._model.fit((values - self._centre) / self._scale, truth, sample_weight=weights)

    def coefficients(self) -> dict[str, float]:
        """Return the intercept and a slope for each name, for features that are not standardised."""
        slopes = self._model.coef_[0] / self._scale
        intercept = float(self._model.intercept_[0] - slopes @ self._centre)
        return {"intercept": intercept, **dict(zip(self._names, map(float, slopes), strict=True))}

    def probabilities(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the probability of each row of features, shape (n,)."""
        return np.asarray(self._model.predict_proba((values - self._centre) / self._scale)[:, 1], np.float64)
