"""The `sklearn` classifier plugin: its options."""

from __future__ import annotations

from dataclasses import dataclass

from captchakit.stages import Contract, Objective
from captchakit_sklearn.estimators import ESTIMATORS
from captchakit_sklearn.learner import SklearnLearner

FEATURES = ("cells", "patches", "textures")


@dataclass(frozen=True, slots=True)
class Sklearn:
    """A scikit-learn estimator (`logistic`, `svm`, `knn`, `trees` or `mlp`) on features that lie in the ONNX graph.

    On overlapping candidates recipes ask for `mlp`: a path multiplies probabilities, and an `svm` has none.

    `features` are `cells`, oriented edges of `cell` pixels where they lie; `patches`: what share `words` learned
    pieces of `side` pixels have of the image, wherever they lie, with `amounts` also how much there is of all; or
    `textures`: statistics of colour and texture. With `exclusive` each quarter of an image of several labels shows
    one of them, as a photograph of the ground does, and is told by its own textures.
    `copies` is how often each example is added again, a little deformed, as long as there are not enough.
    `strength` is the inverse of the logistic regression's regularisation.
    """

    estimator: str = "svm"
    features: str = "cells"
    cell: int = 6
    words: int = 96
    side: int = 8
    amounts: bool = False
    exclusive: bool = False
    strength: float = 0.3
    copies: int = 6
    passes: int = 6
    height: int = 24
    width: int = 24

    def __post_init__(self) -> None:
        if self.estimator not in ESTIMATORS:
            raise ValueError(f"estimator {self.estimator!r} is none of {', '.join(ESTIMATORS)}")
        if self.features not in FEATURES:
            raise ValueError(f"features {self.features!r} are none of {', '.join(FEATURES)}")
        if self.words < 2 or self.side < 2 or self.strength <= 0:
            raise ValueError("words and side must be at least 2, strength positive")
        if self.cell < 1 or self.copies < 0 or self.passes < 1:
            raise ValueError("cell and passes must be at least 1, copies at least 0")

    @property
    def objectives(self) -> frozenset[Objective]:
        """One class a glyph; several labels by logistic regression."""
        return frozenset({"class", "tags"} if self.estimator == "logistic" else {"class"})

    def learner(self, contract: Contract, seed: int) -> SklearnLearner:
        """Return an untrained learner."""
        return SklearnLearner(self, contract, seed)
