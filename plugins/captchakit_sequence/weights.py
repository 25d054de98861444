"""From an exported model back to a network that can go on learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
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


QUIET = 0.1
"""How loud a new residual layer speaks at first, by its normalisation's scale."""

NORM, STATISTICS = "block.1", ("running_mean", "running_var", "num_batches_tracked")
"""Where a residual layer has its normalisation, and what of that is counted and not learned."""


def grown(narrow: Mapping[str, Tensor], wide: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of a `wide` untrained network that says what the `narrow` one says, or nearly so if deeper.

    The narrow weights take the first channels; what the new channels say is not listened to yet, but they learn at
    once, since they begin at random (Chen, Goodfellow, Shlens 2016, "Net2Net", widens by doubling channels instead).
    A residual layer that the narrow network does not have adds a tenth of what it would. Raises `LearningError` where
    the narrow network is not a part of the wide one.
    """
    names = _older_names(narrow, wide)
    state = {}
    for name, target in wide.items():
        if name not in names:
            state[name] = QUIET * target if name.endswith(f"{NORM}.weight") else target.clone()
            continue
        source = narrow[names[name]].to(target.dtype)
        if source.dim() != target.dim() or any(a > b for a, b in zip(source.shape, target.shape, strict=True)):
            raise LearningError(f"the checkpoint's {name} is {tuple(source.shape)}, not in {tuple(target.shape)}")
        state[name] = new = target.clone()
        if source.dim() == 4:
            new[: source.shape[0], source.shape[1] :] = 0
        new[tuple(slice(size) for size in source.shape)] = source
    return state


def averaged(before: Mapping[str, Tensor], after: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Return the state that lies at `share` of the way from a network's to that of one which went on from it.

    Weights far along one way are often better averaged with where they came from (Wortsman et al. 2022, "Robust
    fine-tuning of zero-shot models", arXiv:2109.01903). A residual layer that was not there before said nothing. Raises
    `LearningError` where the one network is not a part of the other.
    """
    names = _older_names(before, after)
    state = {}
    for name, new in after.items():
        if name in names:
            old = before[names[name]].to(new.dtype)
        else:
            old = torch.zeros_like(new) if f".{NORM}." in name and not name.endswith(STATISTICS) else new
        if old.shape != new.shape:
            raise LearningError(f"the checkpoint's {name} is {tuple(old.shape)}, not {tuple(new.shape)}")
        state[name] = torch.lerp(old, new, share) if new.is_floating_point() else new
    return state


def _older_names(narrow: Mapping[str, Tensor], wide: Mapping[str, Tensor]) -> dict[str, str]:
    """Return for each name of the wide network's state that of the narrow one's, none for layers that are new."""
    before, after = _stages(narrow), _stages(wide)
    if len(before) != len(after) or any(len(old) > len(new) for old, new in zip(before, after, strict=True)):
        raise LearningError("the checkpoint is of another network")
    older = {new: old for olds, news in zip(before, after, strict=True) for old, new in zip(olds, news, strict=False)}
    names = {}
    for name in wide:
        layer, _, rest = _layer_of(name)
        if layer in older:
            names[name] = f"{older[layer]}.{rest}"
    if {*names.values()} != narrow.keys():
        raise LearningError("the checkpoint is of another network")
    return names


def _stages(state: Mapping[str, Tensor]) -> list[list[str]]:
    """Return the layers in order, each plain one followed by the residual ones that come after it."""
    stages: list[list[str]] = []
    for layer, residual in dict.fromkeys(_layer_of(name)[:2] for name in state):
        if residual and stages:
            stages[-1].append(layer)
        else:
            stages.append([layer])
    return stages


def _layer_of(name: str) -> tuple[str, bool, str]:
    """Return the layer that a weight belongs to, whether it is residual, and the weight's name in it."""
    parts = name.split(".")
    deep = 2 if parts[0] == "body" else 1
    return ".".join(parts[:deep]), "block" in parts, ".".join(parts[deep:])


def network_of(model: bytes, kept: Sequence[Sequence[int]]) -> Network:
    """Return the network of an exported model, its head cut down to other classes.

    `kept` says for each new class which of the model's it was, none for one that is new; blank, the last of both, is
    not listed. Raises `LearningError` where the graph is not one that this plugin has exported.
    """
    layers, pooled, members = _convolutions(model)
    if len(pooled) != 4 or pooled[:2] != [1, 2] or len(layers) - pooled[3] < 3:
        raise LearningError(f"the model's {len(layers)} convolutions are not those of a sequence reader")
    outs = [len(bias) for _, bias in layers]
    widths = (outs[0], outs[1], outs[2], outs[pooled[2]], outs[-2])
    depths = (pooled[2] - pooled[1], pooled[3] - pooled[2], len(layers) - pooled[3] - 2)
    layers[-1], members = _cut(layers[-1], members, kept)
    height = SHRUNK * layers[-depths[2] - 2][0].shape[2]
    network = Network(
        layers[0][0].shape[1], widths, len(kept) + 1, depths=depths, height=height, normalised=False, members=members
    )
    own = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    with torch.no_grad():
        for convolution, (weight, bias) in zip(own, layers, strict=True):
            if tuple(convolution.weight.shape) != weight.shape or convolution.bias is None:
                raise LearningError("the model is not of the sequence reader's shape")
            convolution.weight.copy_(torch.from_numpy(weight.copy()))
            convolution.bias.copy_(torch.from_numpy(bias.copy()))
    return network


def _convolutions(model: bytes) -> tuple[list[Convolution], list[int], list[list[int]]]:
    """Return the convolutions in order, before which of them there is pooling, and each class's rows of the last."""
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
    found, pooled, gathered = list[Convolution](), list[int](), list[NDArray[Any]]()
    for node in graph.node:
        if node.op_type == "MaxPool":
            pooled.append(len(found))
        if node.op_type == "Conv":
            if len(node.input) != 3 or not all(name in values for name in node.input[1:]):
                raise LearningError("the model has a convolution without weights and biases of its own")
            weight, bias = (np.asarray(values[name], np.float32) for name in node.input[1:])
            found.append((weight, bias))
        if node.op_type == "Gather" and node.input[1] in values:
            gathered.append(values[node.input[1]])
    rows = len(found[-1][1]) if found else 0
    members = [[int(k) for k in each if k < rows] for each in zip(*gathered, strict=True)]
    return found, pooled, members or [[row] for row in range(rows)]


def _dequantized(numbers: NDArray[Any], scales: NDArray[Any], zeros: NDArray[Any]) -> NDArray[np.float32]:
    """Return what integers stand for, `scales` and `zeros` for each output channel or one for all."""
    across = (-1, *[1] * (numbers.ndim - 1)) if scales.ndim else ()
    return np.asarray((numbers - zeros.astype(np.float32).reshape(across)) * scales.reshape(across), np.float32)


def _cut(
    head: Convolution, members: Sequence[Sequence[int]], kept: Sequence[Sequence[int]]
) -> tuple[Convolution, list[list[int]]]:
    """Keep the rows of the classes that stay; a new class starts at nothing and unlikely.

    Returns the rows of the new classes, the first of each and then the others, and which are whose; none of that where
    each has one.
    """
    weight, bias = head
    if any(not 0 <= number < len(members) - 1 for each in kept for number in each):
        raise LearningError("a class is kept that the model does not have")
    rows = [[row for number in each for row in members[number]] for each in (*kept, [len(members) - 1])]
    others = [row for each in rows for row in each[1:]]
    new, unlikely = np.zeros_like(weight[0]), np.float32(bias.min() - 2)
    cut = (
        np.stack([*(weight[each[0]] if each else new for each in rows), *(weight[row] for row in others)]),
        np.array([*(bias[each[0]] if each else unlikely for each in rows), *(bias[row] for row in others)], np.float32),
    )
    behind = iter(range(len(rows), len(rows) + len(others)))
    return cut, [[number, *islice(behind, len(each[1:]))] for number, each in enumerate(rows)] if others else []
