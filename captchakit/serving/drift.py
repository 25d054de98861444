"""Whether images are still those that a model was made for.

A calibrated confidence is right as often as it says, so that on images like those of the validation its mean is the
exact match there (Guo et al. 2017, arXiv:1706.04599). Where a scheme has changed, confidence falls before anybody has
counted mistakes.
"""

from __future__ import annotations

from collections import Counter, deque
from math import sqrt

from captchakit.serving.counting import Counts
from captchakit.serving.models import Running

WINDOW, LEAST = 500, 100
LOOK_EVERY = 20
"""After so many answers of a model its window is summed again, which takes as long as five cached answers."""

MARGIN = 0.15
"""How far the mean confidence may fall before it is called a drift, whatever the number of answers."""

SIGMAS = 4.0


class Drift:
    """The confidences of a model's latest new answers, against what its card leads to expect."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._seen: dict[str, deque[float]] = {}
        self._number: Counter[str] = Counter()

    def answered(self, running: Running, confidence: float) -> None:
        """Take a new answer's confidence, and tell the numbers how far the mean lies from what is expected."""
        expected = running.card.scores.get("exact_match")
        if expected is None:
            return
        seen = self._seen.setdefault(running.sha256, deque(maxlen=WINDOW))
        seen.append(confidence)
        self._number[running.sha256] += 1
        if len(seen) < LEAST or self._number[running.sha256] % LOOK_EVERY:
            return
        fallen = float(expected) - sum(seen) / len(seen)
        self._counts.drift.labels(running.name).set(fallen)
        self._counts.drift_alert.labels(running.name).set(float(fallen > margin(seen, running)))


def margin(seen: deque[float], running: Running) -> float:
    """Return how far the mean may fall by chance: of the answers seen, and of the images it was validated on."""
    mean = sum(seen) / len(seen)
    spread = sum((c - mean) ** 2 for c in seen) / len(seen)
    exact, n = float(running.card.scores["exact_match"]), int(running.card.scores.get("n", 1) or 1)
    return max(MARGIN, SIGMAS * sqrt(spread / len(seen) + exact * (1 - exact) / n))
