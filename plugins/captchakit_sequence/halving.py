"""Weights in half precision: a model file of half the size that says just what the trainer says."""

from __future__ import annotations

import copy

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from captchakit_sequence.network import Network

SMALLEST = 256
"""Fewer numbers than these are left as they are."""


def rounded(network: Network) -> Network:
    """Return a copy to read with: normalisation folded into the convolutions, their weights rounded to half precision.

    What is rounded here, before validation and calibration, need not be in the file.
    """
    network = copy.deepcopy(network).eval()
    for block in network.modules():
        if not isinstance(block, nn.Sequential) or len(block) < 2:
            continue
        convolution, normalisation = block[0], block[1]
        if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
            block[0], block[1] = fuse_conv_bn_eval(convolution, normalisation), nn.Identity()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                module.weight.copy_(module.weight.half().float())
    return network


def halved(model: bytes) -> bytes:
    """Return an ONNX model whose large weights lie in half precision where nothing is lost by that.

    A Cast widens each; ONNX Runtime does so once, when it loads the model.
    """
    proto = onnx.load_from_string(model)
    graph = proto.graph
    casts = []
    for initial in graph.initializer:
        if initial.data_type != TensorProto.FLOAT or np.prod(initial.dims) < SMALLEST:
            continue
        values = numpy_helper.to_array(initial)
        half = values.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), values):
            continue
        name = initial.name
        initial.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return bytes(proto.SerializeToString())
