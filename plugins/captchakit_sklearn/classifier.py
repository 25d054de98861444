"""The `sklearn` classifier plugin."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from captchakit.stages import Contract, Objective
from captchakit.types import Probabilities, Targets, Tensor
from captchakit_sklearn.augmentation import with_copies
from captchakit_sklearn.estimators import ESTIMATORS, make_estimator
from captchakit_sklearn.export import constant_graph, export_graph, linear_graph
from captchakit_sklearn.features import EdgeCells, Features, feature_model
from captchakit_sklearn.patches import learned_patches
from captchakit_sklearn.several import Several

ENOUGH = 25_000
"""The number of glyphs from which more copies cost more time than they bring."""

ENOUGH_IN_BATCHES = 100_000
"""The same for a perceptron, which sees as many batches however many glyphs there are: more only cost memory."""

AT_ONCE = 64
"""How many images the features are asked of at once."""


@dataclass(frozen=True, slots=True)
class Sklearn:
    """A scikit-learn estimator (`logistic`, `svm`, `knn`, `trees` or `mlp`) on features that lie in the ONNX graph.

    On overlapping candidates recipes ask for `mlp`: a path multiplies probabilities, and an `svm` has none.

    `features` are `cells`, oriented edges of `cell` pixels where they lie, or `patches`: what share `words` learned
    pieces of `side` pixels have of the image, wherever they lie; with `amounts` also how much there is of all.
    `copies` is how often each example is added again, a little deformed, as long as there are not enough.
    `strength` is the inverse of the logistic regression's regularisation.
    """

    estimator: str = "svm"
    features: str = "cells"
    cell: int = 6
    words: int = 96
    side: int = 8
    amounts: bool = False
    strength: float = 0.3
    copies: int = 6
    passes: int = 6
    height: int = 24
    width: int = 24

    def __post_init__(self) -> None:
        if self.estimator not in ESTIMATORS:
            raise ValueError(f"estimator {self.estimator!r} is none of {', '.join(ESTIMATORS)}")
        if self.features not in ("cells", "patches"):
            raise ValueError(f"features {self.features!r} are neither cells nor patches")
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


@dataclass(slots=True)
class Fitted:
    """Features, a fitted pipeline and the classes that it saw, in its order; no pipeline where it saw a single one."""

    features: Features
    pipeline: Any
    seen: NDArray[np.int64]


class SklearnLearner:
    """Fits anew at each pass, on the examples as they are labelled then."""

    def __init__(self, options: Sklearn, contract: Contract, seed: int) -> None:
        self._options = options
        self._contract = contract
        self._seed = seed
        self._state: Fitted | None = None
        self._extractor: tuple[Features | None, Any] = (None, None)

    @property
    def settled(self) -> bool:
        """Fitting is complete after one pass."""
        return True

    def _made_features(self, tensor: Tensor) -> Features:
        c, o = self._contract, self._options
        if o.features == "patches":
            return learned_patches(tensor, o.words, o.side, self._seed, amounts=o.amounts)
        return EdgeCells(c.channels, c.height, c.width, o.cell)

    def _extracted(self, features: Features, tensor: Tensor) -> NDArray[np.float32]:
        if features is not self._extractor[0]:
            c = self._contract
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = 1
            data = feature_model(features, c.channels, c.height, c.width)
            session = onnxruntime.InferenceSession(data, settings, providers=["CPUExecutionProvider"])
            self._extractor = features, session
        session = self._extractor[1]
        # In parts, since what lies between images and features may be a hundred times as large as both.
        parts = [session.run(None, {"input": tensor[at : at + AT_ONCE]})[0] for at in range(0, len(tensor), AT_ONCE)]
        return np.concatenate(parts).astype(np.float32)

    def learn(self, tensor: Tensor, targets: Targets, progress: float) -> float:
        """Fit on the examples; the loss is the mean negative log-probability of their own targets."""
        del progress  # no schedule
        enough = ENOUGH_IN_BATCHES if self._options.estimator == "mlp" else ENOUGH
        copies = max(0, min(self._options.copies, enough // max(len(tensor), 1) - 1))
        moved = with_copies(tensor, copies, self._seed)
        several = np.tile(targets, (len(moved) // max(len(tensor), 1), 1))
        made = self._made_features(tensor)
        if self._contract.objective == "tags":
            fitted = Several.fitted(self._extracted(made, moved), several, self._options.strength, self._seed)
            self._state = Fitted(made, fitted, np.arange(self._contract.classes))
            given = np.where(targets > 0, own := self.probabilities(tensor)[:, 0], 1 - own)
            return float(-np.log(np.maximum(given, 1e-7)).mean())
        self._state = self._fitted_classes(made, moved, several[:, 0])
        own = self.probabilities(tensor)[np.arange(len(tensor)), 0, targets[:, 0]]
        return float(-np.log(np.maximum(own, 1e-7)).mean())

    def _fitted_classes(self, made: Features, moved: Tensor, classes: NDArray[np.int64]) -> Fitted:
        seen = np.unique(classes)
        if len(seen) == 1:
            return Fitted(made, None, seen)
        rows = self._extracted(made, moved)
        o = self._options
        pipeline = make_estimator(o.estimator, len(rows), rows.shape[1], self._seed, o.strength)
        # One thread: on shared cores several spend their time waiting for each other.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the iterations are bounded on purpose
            pipeline.fit(rows, classes)
        return Fitted(made, pipeline, seen)

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, 1, C)`, 0 for classes never seen."""
        state = self._fitted()
        answer = np.zeros((len(tensor), 1, self._contract.classes), np.float32)
        if state.pipeline is None:
            answer[:, 0, state.seen[0]] = 1.0
        elif len(tensor):
            answer[:, 0, state.seen] = _probabilities(state.pipeline, self._extracted(state.features, tensor))
        return answer

    def snapshot(self) -> Any:
        """Return the fitted estimator, which no later pass changes."""
        return self._fitted()

    def restore(self, state: Any) -> None:
        """Go back to a fitted estimator."""
        self._state = state

    def export(self) -> bytes:
        """Return the ONNX model: features, estimator, classes scattered to their places."""
        state = self._fitted()
        if state.pipeline is None:
            return constant_graph(self._contract, int(state.seen[0]))
        if isinstance(state.pipeline, Several):
            return linear_graph(self._contract, state.features, state.pipeline.weights, state.pipeline.bias)
        return export_graph(self._contract, state.features, state.pipeline, state.seen)

    def _fitted(self) -> Fitted:
        if self._state is None:
            raise RuntimeError("nothing has been learned yet")
        return self._state


def _probabilities(pipeline: Any, features: NDArray[np.float32]) -> NDArray[np.float32]:
    if isinstance(pipeline, Several):
        return pipeline.probabilities(features)
    if hasattr(pipeline, "predict_proba"):
        return np.asarray(pipeline.predict_proba(features), np.float32)
    scores = np.asarray(pipeline.decision_function(features), np.float64)
    if scores.ndim == 1:  # two classes have one score
        scores = np.stack([-scores, scores], axis=1)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
