"""Model files made by hand: a linear layer and a softmax, with a card or without."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from captchakit.reading.card import METADATA_KEY, ModelCard, Recipe
from captchakit.reading.framing import Framing
from captchakit.registry import Step

SIDE = 8


def card(**changes: Any) -> ModelCard:
    """Return a card for three letters; `changes` replace its fields."""
    recipe = Recipe((Step("ink_distance", {}), Step("otsu", {})), Step("contours", {}), Step("symbols", {}))
    given = {"name": "by-hand", "task": "text", "alphabet": ("A", "B", "T"), "framing": Framing(SIDE, SIDE)}
    return ModelCard(**{**given, "recipe": recipe, **changes})


def graph(
    weights: NDArray[np.float32], *, steps: int = 1, unnamed: bool = False, kind: int = onnx.TensorProto.FLOAT
) -> onnx.ModelProto:
    """Return softmax(input x `weights`) as `(N, steps, classes)`, each step an equal share of the pixels.

    `unnamed` leaves the classes uncounted, `kind` is the type of all numbers.
    """
    share, classes = weights.shape
    side = round((share * steps) ** 0.5)
    last: tuple[str, list[str], dict[str, Any]] = (
        ("Compress", ["all", "every"], {"axis": 2}) if unnamed else ("Identity", ["all"], {})
    )
    nodes = [
        helper.make_node("Reshape", ["input", "by_step"], ["shares"]),
        helper.make_node("MatMul", ["shares", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["all"], axis=2),
        helper.make_node(last[0], last[1], ["probabilities"], **last[2]),
    ]
    constants = [
        numpy_helper.from_array(np.array([0, steps, share]), "by_step"),
        numpy_helper.from_array(weights.astype(helper.tensor_dtype_to_np_dtype(kind)), "weights"),
        numpy_helper.from_array(np.ones(classes, np.bool_), "every"),
    ]
    given = helper.make_tensor_value_info("input", kind, ["N", 1, side, side])
    told = helper.make_tensor_value_info("probabilities", kind, ["N", steps, "C" if unnamed else classes])
    made = helper.make_graph(nodes, "linear", [given], [told], constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def weights(classes: int, seed: int = 0, steps: int = 1) -> NDArray[np.float32]:
    """Return random weights for glyphs of SIDE x SIDE pixels, read in so many steps."""
    return np.random.default_rng(seed).normal(0, 0.2, (SIDE * SIDE // steps, classes)).astype(np.float32)


def model(text: str | ModelCard | None, classes: int = 3, *, steps: int = 1, **more: Any) -> bytes:
    """Return a model file with a card, with that text for a card, or with none."""
    made = graph(weights(classes, steps=steps), steps=steps, **more)
    if text is not None:
        helper.set_model_props(made, {METADATA_KEY: text.to_json() if isinstance(text, ModelCard) else text})
    return bytes(made.SerializeToString())
