"""From the probability of a whole answer to the share of such answers that are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp, log
from typing import Any

import numpy as np

METHOD = "platt"
LEAST = 1e-9
"""Probabilities are taken to lie this far from 0 and 1."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's scaling (1999) of an answer's log-odds: `sigmoid(slope * logit(p) + intercept)`.

    The slope is positive, so that the order of answers stays. `error` is the expected calibration error on `n` answers
    that the fit had not seen (cross-validated), `raw_error` that of the probabilities as they were.
    """

    slope: float = 1.0
    intercept: float = 0.0
    n: int = 0
    error: float = 0.0
    raw_error: float = 0.0

    def __post_init__(self) -> None:
        if not (self.slope > 0 and np.isfinite([self.slope, self.intercept]).all()):
            raise ValueError(f"calibration with slope {self.slope} and intercept {self.intercept}")

    def __call__(self, probability: float) -> float:
        """Return the confidence for an answer's probability; none stays none."""
        if probability <= 0.0:
            return 0.0
        if self.slope == 1.0 and self.intercept == 0.0:
            return probability
        p = min(max(probability, LEAST), 1.0 - LEAST)
        odds = self.slope * (log(p) - log(1.0 - p)) + self.intercept
        return 1.0 / (1.0 + exp(-odds)) if odds > -700 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the calibration as plain values, with its method."""
        return {"method": METHOD, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Calibration:
        """Return what `to_json` wrote, for None the one that changes nothing; raises `KeyError`, `ValueError`."""
        if values is None:
            return cls()
        if values["method"] != METHOD:
            raise ValueError(f"calibration of confidence by {values['method']!r}")
        slope, intercept, error, raw = (float(values[k]) for k in ("slope", "intercept", "error", "raw_error"))
        return cls(slope, intercept, int(values["n"]), error, raw)


AS_GIVEN = Calibration()


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 15) -> float:
    """Return the mean gap between confidence and share right, over bins of equally many answers.

    `sum over bins of |bin| / n * |share right - mean confidence|` (Guo et al. 2017, arXiv:1706.04599, equation 3), the
    bins of equal mass (Nguyen and O'Connor 2015, arXiv:1508.05154), since nearly all confidences lie near 1. There are
    at most `bins` and at least twenty answers a bin: over fewer, chance alone would make a gap. 0 for no answers.
    """
    order = np.argsort(confidences, kind="stable")
    if not len(order):
        return 0.0
    sure, hits = np.asarray(confidences, np.float64)[order], np.asarray(right, np.float64)[order]
    parts = np.array_split(np.arange(len(order)), max(1, min(bins, len(order) // 20)))
    return float(sum(abs(hits[p].sum() - sure[p].sum()) for p in parts) / len(order))
