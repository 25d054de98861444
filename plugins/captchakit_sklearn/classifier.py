"""The `sklearn` classifier plugin."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
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
from captchakit_sklearn.export import constant_graph, export_graph
from captchakit_sklearn.features import feature_model

ENOUGH = 25_000
"""The number of glyphs from which more copies cost more time than they bring."""


@dataclass(frozen=True, slots=True)
class Sklearn:
    """A scikit-learn estimator (`logistic`, `svm`, `knn`, `trees` or `mlp`) on oriented-edge features of `cell` pixels.

    `copies` is how often each example is added again, a little deformed, as long as that makes no more than `ENOUGH`.
    """

    estimator: str = "svm"
    cell: int = 6
    copies: int = 6
    passes: int = 6
    height: int = 24
    width: int = 24

    def __post_init__(self) -> None:
        if self.estimator not in ESTIMATORS:
            raise ValueError(f"estimator {self.estimator!r} is none of {', '.join(ESTIMATORS)}")
        if self.cell < 1 or self.copies < 0 or self.passes < 1:
            raise ValueError("cell and passes must be at least 1, copies at least 0")

    @property
    def objectives(self) -> frozenset[Objective]:
        """One class a glyph."""
        return frozenset({"class"})

    def learner(self, contract: Contract, seed: int) -> SklearnLearner:
        """Return an untrained learner."""
        return SklearnLearner(self, contract, seed)


@dataclass(slots=True)
class Fitted:
    """A fitted pipeline and the classes that it saw, in its order; no pipeline where it saw a single one."""

    pipeline: Any
    seen: NDArray[np.int64]


class SklearnLearner:
    """Fits anew at each pass, on the examples as they are labelled then."""

    def __init__(self, options: Sklearn, contract: Contract, seed: int) -> None:
        self._options = options
        self._contract = contract
        self._seed = seed
        self._state: Fitted | None = None

    @property
    def settled(self) -> bool:
        """Fitting is complete after one pass."""
        return True

    @cached_property
    def _features(self) -> onnxruntime.InferenceSession:
        c = self._contract
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        data = feature_model(c.channels, c.height, c.width, self._options.cell)
        return onnxruntime.InferenceSession(data, settings, providers=["CPUExecutionProvider"])

    def _extracted(self, tensor: Tensor) -> NDArray[np.float32]:
        (features,) = self._features.run(None, {"input": tensor})
        return np.asarray(features, np.float32)

    def learn(self, tensor: Tensor, targets: Targets, progress: float) -> float:
        """Fit on the examples; the loss is the mean negative log-probability of their own targets."""
        del progress  # no schedule
        copies = max(0, min(self._options.copies, ENOUGH // max(len(tensor), 1) - 1))
        moved = with_copies(tensor, copies, self._seed)
        classes = np.tile(targets[:, 0], len(moved) // max(len(tensor), 1))
        seen = np.unique(classes)
        if len(seen) == 1:
            self._state = Fitted(None, seen)
            return 0.0
        features = self._extracted(moved)
        pipeline = make_estimator(self._options.estimator, len(features), features.shape[1], self._seed)
        # One thread: on shared cores several spend their time waiting for each other.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the iterations are bounded on purpose
            pipeline.fit(features, classes)
        self._state = Fitted(pipeline, seen)
        own = self.probabilities(tensor)[np.arange(len(tensor)), 0, targets[:, 0]]
        return float(-np.log(np.maximum(own, 1e-7)).mean())

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, 1, C)`, 0 for classes never seen."""
        state = self._fitted()
        answer = np.zeros((len(tensor), 1, self._contract.classes), np.float32)
        if state.pipeline is None:
            answer[:, 0, state.seen[0]] = 1.0
        elif len(tensor):
            answer[:, 0, state.seen] = _probabilities(state.pipeline, self._extracted(tensor))
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
        return export_graph(self._contract, self._options.cell, state.pipeline, state.seen)

    def _fitted(self) -> Fitted:
        if self._state is None:
            raise RuntimeError("nothing has been learned yet")
        return self._state


def _probabilities(pipeline: Any, features: NDArray[np.float32]) -> NDArray[np.float32]:
    if hasattr(pipeline, "predict_proba"):
        return np.asarray(pipeline.predict_proba(features), np.float32)
    scores = np.asarray(pipeline.decision_function(features), np.float64)
    if scores.ndim == 1:  # two classes have one score
        scores = np.stack([-scores, scores], axis=1)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
