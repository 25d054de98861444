"""Convolutions in 8-bit integers: a model less than half as large and over twice as fast, where it reads as well."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from captchakit.learning.examples import Framed
from captchakit.learning.judging import judged, spoken
from captchakit.reading.model import GLYPHS_AT_ONCE, session_options
from captchakit.stages import Codec, Learner
from captchakit.types import Probabilities, Tensor

LOST = 0.005
"""The share of validation images that may be misread for it, one image where there are few."""

CALIBRATED_ON = 400
"""How many images say in which range the values between the layers lie."""


class Quantized:
    """A learner that has learned: it says what its graph in 8-bit integers says, and can only be exported."""

    settled = True

    def __init__(self, model: bytes) -> None:
        """Take the exported graph."""
        self._model = model
        self._session = onnxruntime.InferenceSession(model, session_options(), providers=["CPUExecutionProvider"])

    def learn(self, tensor: Tensor, targets: Any, progress: float) -> float:
        """Refuse: integers have no slope to follow."""
        raise NotImplementedError("a quantized network cannot learn on")

    def probabilities(self, tensor: Tensor) -> Probabilities:
        """Return `(N, T, C)` for framed glyphs."""
        starts = range(0, max(len(tensor), 1), GLYPHS_AT_ONCE)
        name = self._session.get_inputs()[0].name
        parts = [self._session.run(None, {name: tensor[at : at + GLYPHS_AT_ONCE]})[0] for at in starts]
        return np.asarray(np.concatenate(parts), np.float32)

    def snapshot(self) -> Any:
        """Return the graph."""
        return self._model

    def restore(self, state: Any) -> None:
        """Go back to a graph of `snapshot`."""
        self.__init__(state)  # type: ignore[misc]

    def export(self) -> bytes:
        """Return the graph."""
        return self._model


def quantized(learner: Learner, codec: Codec, images: Sequence[Framed]) -> Learner:
    """Return the learner in 8-bit integers where it still reads the images, else the learner itself.

    Ranges come from the least and greatest values on the images. Weights have a scale for each output channel and
    7 bits, since processors without VNNI add pairs of products in 16 (ONNX Runtime, "Quantize ONNX Models").
    """
    tensors = [image.tensor for image in images if len(image.tensor)]
    if not tensors:
        return learner
    few = [np.asarray(tensor) for tensor in tensors[:: -(-len(tensors) // CALIBRATED_ON)]]
    after = Quantized(in_integers(learner.export(), few))
    exact, whole = (judged(spoken(reader, images), codec, images)[0] for reader in (after, learner))
    return after if exact >= whole - max(LOST, 1.0 / len(images)) - 1e-9 else learner


def in_integers(model: bytes, tensors: Sequence[Tensor]) -> bytes:
    """Return an ONNX model with its convolutions in integers, ranges measured on `tensors` `(N, channels, H, W)`.

    The last of them, which answers, stays as it is: confidence is made of small differences.
    """
    proto = widened(onnx.load_from_string(model))
    convolutions = [node.name for node in proto.graph.node if node.op_type == "Conv"]
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "model.onnx"
        quantize_static(
            proto,
            path,
            _Shown(proto.graph.input[0].name, tensors),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=["Conv", "Relu", "MaxPool", "Add"],
            nodes_to_exclude=convolutions[-1:],
        )
        return path.read_bytes()


def widened(proto: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with weights in half precision made single, which is what can be quantized."""
    initial = {value.name: value for value in proto.graph.initializer}
    nodes = []
    for node in proto.graph.node:
        if node.op_type == "Cast" and node.input[0] in initial:
            values = numpy_helper.to_array(initial[node.input[0]]).astype(np.float32)
            initial[node.input[0]].CopyFrom(numpy_helper.from_array(values, node.output[0]))
        else:
            nodes.append(node)
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    return proto


class _Shown(CalibrationDataReader):  # type: ignore[misc]
    """Tensors one by one, as the quantizer asks for them."""

    def __init__(self, name: str, tensors: Sequence[Tensor]) -> None:
        self._left: Iterator[Mapping[str, Tensor]] = iter([{name: tensor} for tensor in tensors])

    def get_next(self) -> Mapping[str, Tensor] | None:
        return next(self._left, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantizer's advice, which is about graphs of other exporters, from the log."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
