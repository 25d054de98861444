"""Fitting the estimator."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from captchakit.stages import Contract
from captchakit.types import Probabilities, Targets, Tensor
from captchakit_sklearn.estimators import make_estimator
from captchakit_sklearn.export import constant_graph, export_graph, linear_graph, tiled_graph
from captchakit_sklearn.extracting import AT_ONCE, Extractor
from captchakit_sklearn.features import EdgeCells, Features
from captchakit_sklearn.patches import learned_patches
from captchakit_sklearn.several import Several
from captchakit_sklearn.textures import Textures
from captchakit_sklearn.tiles import Tiled, mosaics

if TYPE_CHECKING:
    from captchakit_sklearn.classifier import Sklearn

ENOUGH = 25_000
"""The number of glyphs from which more copies cost more time than they bring."""

ENOUGH_IN_BATCHES = 100_000
"""The same for a perceptron, which sees as many batches however many glyphs there are: more only cost memory."""

PARTS = 2
"""How many tiles there are along each side of an image whose tiles show one label each."""


@dataclass(slots=True)
class Fitted:
    """Features, a fitted pipeline and the classes that it saw, in its order; no pipeline where it saw a single one."""

    extract: Extractor
    pipeline: Any
    seen: NDArray[np.int64]


class SklearnLearner:
    """Fits anew at each pass, on the examples as they are labelled then."""

    def __init__(self, options: Sklearn, contract: Contract, seed: int) -> None:
        self._options = options
        self._contract = contract
        self._seed = seed
        self._state: Fitted | None = None
        self._is_tiled = options.exclusive and contract.objective == "tags"

    @property
    def settled(self) -> bool:
        """Fitting is complete after one pass."""
        return True

    @property
    def at_once(self) -> int:
        """As many images as features are asked of."""
        return AT_ONCE

    def _made_features(self, tensor: Tensor) -> Features:
        c, o = self._contract, self._options
        if o.features == "textures" or self._is_tiled:
            return Textures(c.channels, c.height, c.width, PARTS if self._is_tiled else 1)
        if o.features == "patches":
            return learned_patches(tensor, o.words, o.side, self._seed, amounts=o.amounts)
        return EdgeCells(c.channels, c.height, c.width, o.cell)

    def learn(self, tensor: Tensor, targets: Targets, progress: float) -> float:
        """Fit on the examples; the loss is the mean negative log-probability of their own targets."""
        del progress  # no schedule
        c = self._contract
        extract = Extractor(self._made_features(tensor), c.channels, c.height, c.width)
        classes = np.arange(c.classes) if c.objective == "tags" else np.unique(targets)
        if c.objective == "class" and len(classes) == 1:
            self._state = Fitted(extract, None, classes)
            return 0.0
        fit = self._fitted_classes if c.objective == "class" else self._fitted_tags
        pipeline, rows = (self._fitted_tiles if self._is_tiled else fit)(extract, tensor, targets)
        self._state = Fitted(extract, pipeline, classes)
        return float(-np.log(np.maximum(self._given(rows, targets), 1e-7)).mean())

    def _given(self, rows: NDArray[np.float32], targets: Targets) -> NDArray[np.float32]:
        """Return the probability given to each target, from the features of the examples."""
        state = self._fitted()
        own = _probabilities(state.pipeline, rows)
        if self._contract.objective == "tags":
            return np.where(targets > 0, own, 1 - own)
        return own[np.arange(len(targets)), np.searchsorted(state.seen, targets[:, 0])]

    def _copies(self, count: int) -> int:
        enough = ENOUGH_IN_BATCHES if self._options.estimator == "mlp" else ENOUGH
        return max(0, min(self._options.copies, enough // max(count, 1) - 1))

    def _fitted_tags(self, extract: Extractor, tensor: Tensor, targets: Targets) -> tuple[Any, NDArray[np.float32]]:
        copies = self._copies(len(tensor))
        rows = extract.with_copies(tensor, copies, self._seed)
        made = Several.fitted(rows, np.tile(targets, (copies + 1, 1)), self._options.strength, self._seed)
        return made, rows[: len(tensor)]

    def _fitted_tiles(self, extract: Extractor, tensor: Tensor, targets: Targets) -> tuple[Any, NDArray[np.float32]]:
        """Fit to tiles; an image of one label shows it in each of them, and once more shrunk to their size."""
        rows = extract(tensor)
        alone = np.flatnonzero(targets.sum(axis=1) == 1)
        parts = (alone[at : at + AT_ONCE] for at in range(0, max(len(alone), 1), AT_ONCE))
        shrunk = np.concatenate([extract(mosaics(tensor[part], PARTS))[: len(part)] for part in parts])
        known = shrunk, targets[alone].argmax(axis=1)
        tiles = rows.reshape(len(tensor), PARTS * PARTS, -1)
        return Tiled.fitted(tiles, targets, known, self._options.strength, self._seed), rows

    def _fitted_classes(self, extract: Extractor, tensor: Tensor, targets: Targets) -> tuple[Any, NDArray[np.float32]]:
        copies = self._copies(len(tensor))
        rows = extract.with_copies(tensor, copies, self._seed)
        o = self._options
        pipeline = make_estimator(o.estimator, len(rows), rows.shape[1], self._seed, o.strength)
        # One thread: on shared cores several spend their time waiting for each other.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the iterations are bounded on purpose
            pipeline.fit(rows, np.tile(targets[:, 0], copies + 1))
        return pipeline, rows[: len(tensor)]

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, 1, C)`, 0 for classes never seen."""
        state = self._fitted()
        answer = np.zeros((len(tensor), 1, self._contract.classes), np.float32)
        if state.pipeline is None:
            answer[:, 0, state.seen[0]] = 1.0
        elif len(tensor):
            answer[:, 0, state.seen] = _probabilities(state.pipeline, state.extract(tensor))
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
        features, pipeline = state.extract.features, state.pipeline
        if pipeline is None:
            return constant_graph(self._contract, int(state.seen[0]))
        if isinstance(pipeline, Several):
            return linear_graph(self._contract, features, pipeline.weights, pipeline.bias)
        if isinstance(pipeline, Tiled):
            return tiled_graph(self._contract, features, pipeline.weights, pipeline.bias, pipeline.count)
        return export_graph(self._contract, features, pipeline, state.seen)

    def _fitted(self) -> Fitted:
        if self._state is None:
            raise RuntimeError("nothing has been learned yet")
        return self._state


def _probabilities(pipeline: Any, features: NDArray[np.float32]) -> NDArray[np.float32]:
    if isinstance(pipeline, Several | Tiled):
        return pipeline.probabilities(features)
    if hasattr(pipeline, "predict_proba"):
        return np.asarray(pipeline.predict_proba(features), np.float32)
    scores = np.asarray(pipeline.decision_function(features), np.float64)
    if scores.ndim == 1:  # two classes have one score
        scores = np.stack([-scores, scores], axis=1)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
