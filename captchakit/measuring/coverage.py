"""What a threshold on confidence buys: the share answered against the share of those answers that is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

PRECISIONS = (0.9, 0.95, 0.98, 0.99, 1.0)
COVERAGES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Answers in the order of their confidence, the surest first: how sure each is, and how many are right so far."""

    confidences: tuple[float, ...]
    right: tuple[int, ...]

    @classmethod
    def of(cls, confidences: Sequence[float], right: Sequence[bool]) -> Coverage:
        """Sort the answers; among equally sure ones the wrong come first, since no threshold can part them."""
        hits = np.asarray(right, np.int64)
        order = np.lexsort((hits, -np.asarray(confidences, np.float64)))
        sure = np.asarray(confidences, np.float64)[order]
        return cls(tuple(sure.tolist()), tuple(np.cumsum(hits[order]).tolist()))

    def at_precision(self, precision: float) -> float:
        """Return the largest share of images that one threshold answers with at least this share right."""
        shares = [n for n, right, cut in self._cuts() if cut and right >= precision * n]
        return max(shares, default=0) / len(self.right) if self.right else 0.0

    def at_coverage(self, coverage: float) -> float:
        """Return the share right among this share of the images, the surest."""
        n = max(1, round(coverage * len(self.right)))
        return self.right[n - 1] / n if self.right else 0.0

    @property
    def risk(self) -> float:
        """The area under the risk-coverage curve: the share wrong, averaged over all coverages.

        0 is best (Geifman, Uziel and El-Yaniv 2019, arXiv:1805.08206).
        """
        wrong = [1 - right / n for n, right in enumerate(self.right, 1)]
        return sum(wrong) / len(wrong) if wrong else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the curve's named points as plain values."""
        return {
            "coverage_at_precision": {f"{p:g}": round(self.at_precision(p), 6) for p in PRECISIONS},
            "precision_at_coverage": {f"{c:g}": round(self.at_coverage(c), 6) for c in COVERAGES},
            "aurc": round(self.risk, 6),
        }

    def _cuts(self) -> list[tuple[int, int, bool]]:
        """Return for each number of answers how many are right, and whether a threshold can stop there."""
        follows = [*self.confidences[1:], -1.0]
        cuts = [sure > after for sure, after in zip(self.confidences, follows, strict=False)]
        return [(n, right, cut) for n, (right, cut) in enumerate(zip(self.right, cuts, strict=True), 1)]
