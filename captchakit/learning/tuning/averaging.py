"""What the folds have learned is not thrown away: the mean of weights that went on from one model reads more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from captchakit.stages import Averageable, Learner

SHARE = 0.5
"""The share of the folds in the weights of the end, the rest being the last round's.

Wortsman et al. 2022, "Model soups", arXiv:2203.05482, average networks that were tuned from the same one.
"""

_PREFIX = "folded."


@dataclass(slots=True, eq=False)
class Folded:
    """The mean of what the learners of the folds have stored so far."""

    count: int = 0
    mean: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def add(self, learner: Learner) -> None:
        """Take a fold's learner into the mean, if its weights can be averaged."""
        if isinstance(learner, Averageable):
            new = learner.stored()
            self.count += 1
            self.mean = {key: old + (new[key] - old) / self.count for key, old in (self.mean or new).items()}

    def into(self, learner: Learner) -> None:
        """Average the learner of the last round with the folds, if there were any."""
        if self.mean and isinstance(learner, Averageable):
            learner.average(self.mean, SHARE)

    def stored(self) -> dict[str, NDArray[Any]]:
        """Return the mean under names of its own, for a checkpoint."""
        return {f"{_PREFIX}{key}": value for key, value in self.mean.items()}

    def take_up(self, arrays: Mapping[str, NDArray[Any]], count: int) -> None:
        """Go on from what `stored` returned after so many folds."""
        self.mean = {key.removeprefix(_PREFIX): value for key, value in arrays.items() if key.startswith(_PREFIX)}
        self.count = count if self.mean else 0
