"""Several labels at once: a logistic regression for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from captchakit.types import Targets

CERTAIN = 10.0
"""The score of a label that every example has, or lacks: nothing can be learned of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Several:
    """Scores are `features @ weights + bias`, `(N, D)` by `(D, C)`; probabilities their sigmoid."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def fitted(cls, features: NDArray[np.float32], flags: Targets, strength: float, seed: int) -> Self:
        """Return what is learned from `features` `(N, D)` and `flags` `(N, C)`."""
        scaler = StandardScaler().fit(features)
        scaled = scaler.transform(features)
        weights = np.zeros((features.shape[1], flags.shape[1]))
        bias = np.where(flags.mean(axis=0) > 0.5, CERTAIN, -CERTAIN)
        for label in np.flatnonzero(flags.any(axis=0) & ~flags.all(axis=0)):
            model = LogisticRegression(C=strength, max_iter=300, random_state=seed).fit(scaled, flags[:, label])
            weights[:, label], bias[label] = model.coef_[0], model.intercept_[0]
        weights /= scaler.scale_[:, np.newaxis]  # the scaling becomes part of the product
        return cls(weights.astype(np.float32), (bias - scaler.mean_ @ weights).astype(np.float32))

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return `(N, C)`."""
        scores = np.clip(features @ self.weights + self.bias, -60, 60)
        return np.asarray(1 / (1 + np.exp(-scores)), np.float32)
