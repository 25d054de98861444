"""From an exported model back to a network that can go on learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from captchakit.errors import LearningError
from captchakit_sequence.network import SHRUNK, Network

Convolution = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Weights `(out, in, kernel height, kernel width)` and biases `(out,)`."""


def grown(narrow: Mapping[str, Tensor], wide: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of a `wide` untrained network that says what the `narrow` one says.

    The narrow weights take the first channels; what the new channels say is not listened to yet, but they learn at
    once, since they begin at random (Chen, Goodfellow, Shlens 2016, "Net2Net", widens by doubling channels instead).
    Raises `LearningError` where the narrow network is not a part of the wide one.
    """
    if narrow.keys() != wide.keys():
        raise LearningError("the checkpoint is of another network")
    state = {}
    for name, target in wide.items():
        source = narrow[name].to(target.dtype)
        if source.dim() != target.dim() or any(a > b for a, b in zip(source.shape, target.shape, strict=True)):
            raise LearningError(f"the checkpoint's {name} is {tuple(source.shape)}, not in {tuple(target.shape)}")
        state[name] = new = target.clone()
        if source.dim() == 4:
            new[: source.shape[0], source.shape[1] :] = 0
        new[tuple(slice(size) for size in source.shape)] = source
    return state


def network_of(model: bytes, kept: Sequence[int | None]) -> Network:
    """Return the network of an exported model, its head cut down to other classes.

    `kept` says for each new class which of the model's it was, None for one that is new; blank, the last of both, is
    not listed. Raises `LearningError` where the graph is not one that this plugin has exported.
    """
    layers, pooled = _convolutions(model)
    if len(pooled) != 4 or pooled[:2] != [1, 2] or len(layers) - pooled[3] < 3:
        raise LearningError(f"the model's {len(layers)} convolutions are not those of a sequence reader")
    outs = [len(bias) for _, bias in layers]
    widths = (outs[0], outs[1], outs[2], outs[pooled[2]], outs[-2])
    depths = (pooled[2] - pooled[1], pooled[3] - pooled[2], len(layers) - pooled[3] - 2)
    layers[-1] = _cut(layers[-1], kept)
    height = SHRUNK * layers[-depths[2] - 2][0].shape[2]
    network = Network(layers[0][0].shape[1], widths, len(kept) + 1, depths=depths, height=height, normalised=False)
    own = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    with torch.no_grad():
        for convolution, (weight, bias) in zip(own, layers, strict=True):
            if tuple(convolution.weight.shape) != weight.shape or convolution.bias is None:
                raise LearningError("the model is not of the sequence reader's shape")
            convolution.weight.copy_(torch.from_numpy(weight.copy()))
            convolution.bias.copy_(torch.from_numpy(bias.copy()))
    return network


def _convolutions(model: bytes) -> tuple[list[Convolution], list[int]]:
    """Return the convolutions in order, and before which of them there is pooling."""
    try:
        graph = onnx.load_from_string(model).graph
    except Exception as error:  # protobuf's, which has no types
        raise LearningError(f"not an ONNX model: {error}") from None
    values = {initial.name: numpy_helper.to_array(initial) for initial in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in values:  # weights in half precision
            values[node.output[0]] = values[node.input[0]]
        elif node.op_type == "DequantizeLinear" and node.input[0] in values:  # weights in integers
            values[node.output[0]] = _dequantized(*(values[name] for name in node.input))
    found, pooled = list[Convolution](), list[int]()
    for node in graph.node:
        if node.op_type == "MaxPool":
            pooled.append(len(found))
        if node.op_type == "Conv":
            if len(node.input) != 3 or not all(name in values for name in node.input[1:]):
                raise LearningError("the model has a convolution without weights and biases of its own")
            weight, bias = (np.asarray(values[name], np.float32) for name in node.input[1:])
            found.append((weight, bias))
    return found, pooled


def _dequantized(numbers: NDArray[Any], scales: NDArray[Any], zeros: NDArray[Any]) -> NDArray[np.float32]:
    """Return what integers stand for, `scales` and `zeros` for each output channel or one for all."""
    across = (-1, *[1] * (numbers.ndim - 1)) if scales.ndim else ()
    return np.asarray((numbers - zeros.astype(np.float32).reshape(across)) * scales.reshape(across), np.float32)


def _cut(head: Convolution, kept: Sequence[int | None]) -> Convolution:
    """Keep the rows of the classes that stay; a new class starts at nothing and unlikely."""
    weight, bias = head
    rows = [*kept, len(bias) - 1]
    if any(row is not None and not 0 <= row < len(bias) for row in rows):
        raise LearningError("a class is kept that the model does not have")
    new = np.zeros_like(weight[0])
    unlikely = np.float32(bias.min() - 2)
    return (
        np.stack([new if row is None else weight[row] for row in rows]),
        np.array([unlikely if row is None else bias[row] for row in rows], np.float32),
    )
