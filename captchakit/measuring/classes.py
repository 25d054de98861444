"""How well classes are told apart: accuracy, F1, ROC AUC, each with an interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scores = NDArray[np.floating]

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Return the estimate as plain values."""
        return {"value": round(self.value, 6), "low": round(self.low, 6), "high": round(self.high, 6)}

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


def accuracy(scores: Scores, truth: NDArray[np.intp]) -> float:
    """Return the share of rows of `scores` `(N, C)` whose greatest is the true class `(N,)`."""
    return float((scores.argmax(axis=1) == truth).mean())


def macro_f1(scores: Scores, truth: NDArray[np.intp]) -> float:
    """Return the mean F1 over the classes that occur, in truth or answer."""
    said = scores.argmax(axis=1)
    values = []
    for label in np.union1d(said, truth):
        both = np.sum((said == label) & (truth == label))
        values.append(2 * both / (np.sum(said == label) + np.sum(truth == label)))
    return float(np.mean(values))


def auc(scores: Scores, positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve of one score `(N,)`: the chance that a positive's is above a negative's.

    By ranks, ties counting half (Mann and Whitney 1947, doi:10.1214/aoms/1177730491); NaN where a kind is missing.
    """
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return float("nan")
    values, places, ties = np.unique(scores, return_inverse=True, return_counts=True)
    del values
    ranks = np.cumsum(ties) - (ties - 1) / 2
    return float((ranks[places][positive].sum() - count * (count + 1) / 2) / (count * others))


def macro_auc(scores: Scores, truth: NDArray[np.intp]) -> float:
    """Return the mean one-versus-rest area over the classes that occur; NaN where only one does."""
    present = np.unique(truth)
    areas = [auc(scores[:, label], truth == label) for label in present]
    return float(np.mean(areas)) if len(present) > 1 else float("nan")


def estimated(
    measure: Callable[[Scores, NDArray[np.intp]], float],
    scores: Scores,
    truth: NDArray[np.intp],
    groups: Sequence[str] = (),
    seed: int = 0,
) -> Estimate:
    """Return a measure with its 95 % bootstrap interval over groups (Efron 1979, doi:10.1214/aos/1176344552).

    Whole groups are drawn, since rows of one group are alike; without groups each row is its own. A measure of no
    error has no spread to draw from: its interval is that of the rule of three over the groups.
    """
    names = np.asarray(groups if len(groups) else [str(n) for n in range(len(truth))])
    members = [np.flatnonzero(names == name) for name in np.unique(names)]
    dice = np.random.default_rng(seed)
    values = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[k] for k in dice.integers(0, len(members), len(members))])
        value = measure(scores[rows], truth[rows])
        if not np.isnan(value):
            values.append(value)
    whole = measure(scores, truth)
    if not values:
        return Estimate(whole, float("nan"), float("nan"))
    low, high = np.percentile(values, (2.5, 97.5))
    if whole == 1.0:
        low = min(float(low), 1 - 3 / len(members))
    return Estimate(whole, float(min(low, whole)), float(max(high, whole)))
