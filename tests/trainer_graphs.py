"""Models in the form in which dddd_trainer exports them, made by hand, and images that they read.

A character is a cell of 64 rows and 16 columns, its upper and lower half dark or light; an empty cell is blank. In
colour it is the cell's colour. Cells are told apart at gray 0.5, which pixels that are normalised otherwise miss.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from captchakit.reading.trainer_model import NORMS
from captchakit.types import Image

CELLS = {" ": (1, 1), "A": (0, 1), "B": (1, 0), "T": (0, 0)}
COLOURS = {" ": (1, 1, 1), "R": (1, 0, 0), "G": (0, 1, 0), "B": (0, 0, 1)}
DARK, LIGHT = 80, 200
STEEPNESS = 40.0
FLOAT, INT = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


def image(text: str, channels: int = 1) -> Image:
    """Return the text's cells, 64 pixels high, with an empty cell between."""
    cells = CELLS if channels == 1 else COLOURS
    drawn = [_cell(cells[c], channels) for c in " " + " ".join(text) + " "]
    return np.concatenate(drawn, axis=1)


def _cell(lit: tuple[int, ...], channels: int) -> Image:
    levels = np.where(np.array(lit) == 1, LIGHT, DARK).astype(np.uint8)
    if channels == 3:
        return np.broadcast_to(levels[::-1], (64, 16, 3)).copy()
    return np.repeat(np.repeat(levels, 32)[:, np.newaxis, np.newaxis], 16, axis=1).repeat(3, axis=2)


def charsets(channels: int = 1, *, word: bool = False, **changes: Any) -> dict[str, Any]:
    """Return what `charsets.json` says of the model; `changes` replace it."""
    cells = CELLS if channels == 1 else COLOURS
    width = 16 if word else -1
    return {"charset": list(cells), "word": word, "image": [width, 64], "channel": channels, **changes}


def model(channels: int = 1, *, word: bool = False, named: bool = False) -> bytes:
    """Return the model file: logits `(T, 1, C)`, or with `named` the class of each step, as older exports have it."""
    signs = 2.0 * np.array(list((CELLS if channels == 1 else COLOURS).values()), np.float64).T - 1
    weights, bias = _folded(signs, channels)
    kernel = [64 // (2 if channels == 1 else 1), 16]
    nodes = [
        helper.make_node("AveragePool", ["input1"], ["pooled"], kernel_shape=kernel, strides=kernel),
        helper.make_node("Transpose", ["pooled"], ["steps"], perm=[3, 0, 1, 2]),
        helper.make_node("Reshape", ["steps", "shape"], ["features"]),
        helper.make_node("MatMul", ["features", "weights"], ["scores"]),
        helper.make_node("Add", ["scores", "bias"], ["logits"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([-1, 1, len(signs)] if not word else [-1, len(signs)]), "shape"),
        numpy_helper.from_array(weights.astype(np.float32), "weights"),
        numpy_helper.from_array(bias.astype(np.float32), "bias"),
    ]
    told, more = _outputs(named=named, word=word)
    given = helper.make_tensor_value_info("input1", FLOAT, [1, channels, 64, 16 if word else "width"])
    graph = helper.make_graph([*nodes, *more], "trainer", [given], told, constants)
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=7).SerializeToString()
    )


def _folded(signs: NDArray[np.float64], channels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights and bias by which normalised features score as `STEEPNESS * signs . (gray - 0.5)`."""
    mean, deviation = (np.resize(np.array(v), len(signs)) for v in NORMS[channels])
    bias = STEEPNESS * ((mean - 0.5) @ signs) + np.array([0.1, 0, 0, 0])
    return STEEPNESS * deviation[:, np.newaxis] * signs, bias


def _outputs(*, named: bool, word: bool) -> tuple[list[onnx.ValueInfoProto], list[onnx.NodeProto]]:
    if not named:
        shape = [1, 4] if word else ["T", 1, 4]
        return [helper.make_tensor_value_info("logits", FLOAT, shape)], []
    if word:
        most = helper.make_node("ReduceMax", ["logits"], ["most"], axes=[1], keepdims=0)
        chosen = helper.make_node("ArgMax", ["logits"], ["chosen"], axis=1, keepdims=0)
        told = [helper.make_tensor_value_info(n, k, [1]) for n, k in (("most", FLOAT), ("chosen", INT))]
        return told, [most, chosen]
    chosen = helper.make_node("ArgMax", ["logits"], ["by_step"], axis=2, keepdims=0)
    turned = helper.make_node("Transpose", ["by_step"], ["chosen"], perm=[1, 0])
    return [helper.make_tensor_value_info("chosen", INT, [1, "T"])], [chosen, turned]


def write(folder: Path, channels: int = 1, **how: bool) -> Path:
    """Write the model and its charsets as the trainer does, and return the model's path."""
    path = folder / "mine.onnx"
    path.write_bytes(model(channels, **how))
    (folder / "charsets.json").write_text(json.dumps(charsets(channels, word=how.get("word", False))))
    return path
