"""Each class is its mean glyph: the smallest classifier that really reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from captchakit.stages import Contract, Objective
from captchakit.types import Probabilities, Targets, Tensor


@dataclass(frozen=True, slots=True)
class Means:
    """Softmax over minus the squared distances to the classes' means, times `sharpness`."""

    sharpness: float = 0.2
    passes: int = 1
    height: int = 16
    width: int = 16
    objectives: ClassVar[frozenset[Objective]] = frozenset({"class"})

    def learner(self, contract: Contract, seed: int) -> MeansLearner:
        """Return an untrained learner; the seed has nothing to decide."""
        del seed
        return MeansLearner(contract, self.sharpness)


class MeansLearner:
    """Averages the examples of each class; |x - m|^2 is linear in x but for |x|^2, which softmax cancels."""

    settled = True

    def __init__(self, contract: Contract, sharpness: float) -> None:
        self._contract, self._sharpness = contract, sharpness
        self._state: tuple[Any, Any] = (None, None)

    def learn(self, tensor: Tensor, targets: Targets, progress: float) -> float:
        """Take the means; a class without examples is never answered."""
        del progress
        flat, of = tensor.reshape(len(tensor), -1), targets[:, 0]
        seen = [int(c) for c in np.unique(of)]
        weights = np.zeros((flat.shape[1], self._contract.classes), np.float32)
        offsets = np.full(self._contract.classes, -1e9, np.float32)
        for c in seen:
            mean = flat[of == c].mean(axis=0)
            weights[:, c], offsets[c] = 2 * self._sharpness * mean, -self._sharpness * (mean @ mean)
        self._state = weights, offsets
        return float(1 - self.probabilities(tensor)[np.arange(len(of)), 0, of].mean())

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, 1, C)`."""
        scores = tensor.reshape(len(tensor), 1, self._state[0].shape[0]) @ self._state[0] + self._state[1]
        powers = np.exp(scores - scores.max(axis=2, keepdims=True))
        return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)

    def snapshot(self) -> Any:
        """Return the means."""
        return self._state

    def restore(self, state: Any) -> None:
        """Go back to means."""
        self._state = state

    def export(self) -> bytes:
        """Return reshape, matrix product, sum and softmax as ONNX."""
        c = self._contract
        arrays = {"weights": self._state[0], "offsets": self._state[1], "shape": np.array([0, 1, len(self._state[0])])}
        nodes = [
            helper.make_node("Reshape", ["input", "shape"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["products"]),
            helper.make_node("Add", ["products", "offsets"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["probabilities"], axis=2),
        ]
        given = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", c.channels, c.height, c.width])
        told = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 1, c.classes])
        constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
        graph = helper.make_graph(nodes, "means", [given], [told], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        return bytes(model.SerializeToString())
