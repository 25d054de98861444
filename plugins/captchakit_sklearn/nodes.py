"""ONNX nodes by what they do, so that a graph reads like a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import helper, numpy_helper


@dataclass(slots=True)
class Nodes:
    """Nodes and constants in the making; everything is named by its number after `prefix`."""

    prefix: str = "made"
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def op(self, kind: str, *inputs: str, into: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its one output, which is `into` where that is given."""
        name = into or f"{self.prefix}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [*inputs], [name], **attributes))
        return name

    def constant(self, values: ArrayLike) -> str:
        """Add an array of float32 and return its name."""
        return self._kept(np.asarray(values, np.float32))

    def number(self, value: float) -> str:
        """Add a number and return its name."""
        return self.constant(value)

    def whole(self, values: Sequence[int]) -> str:
        """Add whole numbers, such as axes or a shape, and return their name."""
        return self._kept(np.asarray(values, np.int64))

    def _kept(self, values: np.ndarray[Any, Any]) -> str:
        name = f"{self.prefix}_constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name
