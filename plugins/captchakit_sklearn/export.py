"""From a fitted scikit-learn pipeline to one ONNX graph."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

from captchakit.stages import Contract
from captchakit_sklearn.features import Features

OPSET, OPSET_ML, IR_VERSION = 18, 3, 10


def export_graph(contract: Contract, features: Features, pipeline: Any, seen: NDArray[np.int64]) -> bytes:
    """Return features, the estimator, and a 0/1 matrix that puts the classes it saw at their places among all."""
    nodes, constants, count = features.graph()
    final = pipeline.steps[-1][1]
    probabilistic = hasattr(pipeline, "predict_proba")
    options = {id(final): {"zipmap": False} if probabilistic else {"zipmap": False, "raw_scores": True}}
    opsets = {"": OPSET, "ai.onnx.ml": OPSET_ML}
    # Some estimators' graphs fail on no rows at all, so one more is given to them and taken away again.
    nodes.append(helper.make_node("Concat", ["features", "spare_row"], ["rows"], axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # skl2onnx reads attributes that scikit-learn is to drop
        types = [("rows", FloatTensorType([None, count]))]
        inside = to_onnx(pipeline, initial_types=types, options=options, target_opset=opsets).graph
    nodes_after = [helper.make_node("Slice", [inside.output[1].name, "first", "last", "rows_axis"], ["spoken"])]
    spoken = "spoken"
    if not probabilistic:
        nodes_after.append(helper.make_node("Softmax", [spoken], ["seen_probabilities"], axis=1))
        spoken = "seen_probabilities"
    scatter = np.zeros((len(seen), contract.classes), np.float32)
    scatter[np.arange(len(seen)), seen] = 1.0
    nodes_after += [
        helper.make_node("MatMul", [spoken, "scatter"], ["all_probabilities"]),
        helper.make_node("Unsqueeze", ["all_probabilities", "step_axis"], ["probabilities_by_step"]),
    ]
    arrays = {"scatter": scatter, "step_axis": np.array([1]), "spare_row": np.zeros((1, count), np.float32)}
    arrays |= {"first": np.array([0]), "last": np.array([-1]), "rows_axis": np.array([0])}
    constants += [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    return _model(contract, [*nodes, *inside.node, *nodes_after], [*constants, *inside.initializer])


def linear_graph(
    contract: Contract, features: Features, weights: NDArray[np.float32], bias: NDArray[np.float32]
) -> bytes:
    """Return features and a sigmoid of their product with `weights` `(D, C)` and `bias` `(C,)`: independent labels."""
    nodes, constants, _ = features.graph()
    nodes += [
        helper.make_node("Gemm", ["features", "weights", "bias"], ["scores"]),
        helper.make_node("Sigmoid", ["scores"], ["all_probabilities"]),
        helper.make_node("Unsqueeze", ["all_probabilities", "step_axis"], ["probabilities_by_step"]),
    ]
    arrays = {"weights": weights, "bias": bias, "step_axis": np.array([1])}
    return _model(contract, nodes, [*constants, *(numpy_helper.from_array(a, n) for n, a in arrays.items())])


def tiled_graph(
    contract: Contract, features: Features, weights: NDArray[np.float32], bias: NDArray[np.float32], count: int
) -> bytes:
    """Return features of `count` tiles an image, a softmax of each, and whether any tile shows a label: noisy-or."""
    nodes, constants, _ = features.graph()
    nodes += [
        helper.make_node("Gemm", ["features", "weights", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["shown"], axis=1),
        helper.make_node("Reshape", ["shown", "by_image"], ["shown_by_image"]),
        helper.make_node("Sub", ["one", "shown_by_image"], ["lacking"]),
        helper.make_node("ReduceProd", ["lacking", "tile_axis"], ["missing"], keepdims=1),
        helper.make_node("Sub", ["one", "missing"], ["probabilities_by_step"]),
    ]
    arrays = {"weights": weights, "bias": bias, "tile_axis": np.array([1]), "one": np.array(1.0, np.float32)}
    arrays["by_image"] = np.array([-1, count, contract.classes])
    return _model(contract, nodes, [*constants, *(numpy_helper.from_array(a, n) for n, a in arrays.items())])


def constant_graph(contract: Contract, only: int) -> bytes:
    """Return a graph that gives the one class that was ever seen, whatever it is shown."""
    flat = contract.channels * contract.height * contract.width
    row = np.zeros((1, 1, contract.classes), np.float32)
    row[0, 0, only] = 1.0
    nodes = [
        helper.make_node("Reshape", ["input", "flat_shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "nothing"], ["zeros"]),
        helper.make_node("Add", ["zeros", "row"], ["probabilities_by_step"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([0, 1, flat], np.int64), "flat_shape"),
        numpy_helper.from_array(np.zeros((flat, contract.classes), np.float32), "nothing"),
        numpy_helper.from_array(row, "row"),
    ]
    return _model(contract, nodes, constants)


def _model(contract: Contract, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]) -> bytes:
    shape: list[str | int] = ["N", contract.channels, contract.height, contract.width]
    graph = helper.make_graph(
        nodes,
        "classifier",
        [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("probabilities_by_step", onnx.TensorProto.FLOAT, ["N", 1, contract.classes])],
        constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", OPSET_ML)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    return bytes(model.SerializeToString())
