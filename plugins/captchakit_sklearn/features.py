"""Oriented-edge features as an ONNX graph, so that learning and solving cannot differ.

Gradients of each channel are rectified in eight directions and averaged over overlapping cells, beside a smaller copy
of the pixels: a histogram of oriented gradients (Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177) without its
votes and norms, which leaves convolutions and pooling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

DIRECTIONS = 8

Graph = tuple[list[onnx.NodeProto], list[onnx.TensorProto], int]
"""Nodes from `input` to `features`, their constants, and how many features there are."""


class Features(Protocol):
    """Anything that turns images into rows of numbers within the graph."""

    def graph(self) -> Graph:
        """Return the nodes from `input` `(N, channels, H, W)` to `features` `(N, D)`, their constants, and D."""
        ...


def edge_kernels(channels: int) -> NDArray[np.float32]:
    """Return `(DIRECTIONS * channels, 1, 3, 3)` Sobel kernels turned through a full circle."""
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32) / 4
    angles = np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS
    turned = np.stack([np.cos(a) * across + np.sin(a) * across.T for a in angles])
    return np.tile(turned[:, np.newaxis], (channels, 1, 1, 1)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class EdgeCells:
    """Edges in eight directions, averaged over cells of `cell` pixels, of images `(N, channels, height, width)`."""

    channels: int
    height: int
    width: int
    cell: int

    def graph(self) -> Graph:
        """Return the nodes from `input` `(N, channels, H, W)` to `features` `(N, D)`, their constants, and D."""
        return _edge_graph(self.channels, self.height, self.width, min(self.cell, self.height, self.width))


def _edge_graph(channels: int, height: int, width: int, cell: int) -> Graph:
    step = max(cell // 2, 1)
    rows, columns = (height - cell) // step + 1, (width - cell) // step + 1
    edges, pixels = rows * columns * DIRECTIONS * channels, rows * columns * channels
    pool: dict[str, Any] = {"kernel_shape": [cell, cell], "strides": [step, step]}
    nodes = [
        helper.make_node("Conv", ["input", "edge_kernels"], ["gradients"], pads=[1, 1, 1, 1], group=channels),
        helper.make_node("Relu", ["gradients"], ["edges"]),
        helper.make_node("AveragePool", ["edges"], ["edge_cells"], **pool),
        helper.make_node("AveragePool", ["input"], ["pixel_cells"], **pool),
        helper.make_node("Reshape", ["edge_cells", "edge_shape"], ["edge_row"]),
        helper.make_node("Reshape", ["pixel_cells", "pixel_shape"], ["pixel_row"]),
        helper.make_node("Concat", ["edge_row", "pixel_row"], ["features"], axis=1),
    ]
    constants = [
        numpy_helper.from_array(edge_kernels(channels), "edge_kernels"),
        numpy_helper.from_array(np.array([0, edges], np.int64), "edge_shape"),  # 0 keeps N, be it 0
        numpy_helper.from_array(np.array([0, pixels], np.int64), "pixel_shape"),
    ]
    return nodes, constants, edges + pixels


def feature_model(features: Features, channels: int, height: int, width: int) -> bytes:
    """Return the features alone as an ONNX model, for learning."""
    nodes, constants, count = features.graph()
    graph = helper.make_graph(
        nodes,
        "features",
        [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, ["N", channels, height, width])],
        [helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, ["N", count])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())
