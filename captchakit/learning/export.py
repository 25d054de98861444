"""From a trained learner to a model file that carries its card."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from captchakit.errors import LearningError, ModelError
from captchakit.learning.calibrating import calibrated_on
from captchakit.learning.trained import Trained
from captchakit.reading.card import METADATA_KEY, ModelCard
from captchakit.reading.model import Model
from captchakit.types import ANYTHING, Constraint

TOLERANCE = 1e-4
"""How far ONNX Runtime's probabilities may lie from the trainer's."""


def export(
    trained: Trained,
    name: str,
    task: str,
    training: Mapping[str, Any],
    experiment: str = "",
    constraint: Constraint = ANYTHING,
) -> bytes:
    """Return the model file, the confidence of its answers calibrated on the validation images.

    Raises `LearningError` where ONNX Runtime does not repeat the trainer's probabilities.
    """
    card = ModelCard(
        name=name,
        task=task,
        alphabet=trained.codec.alphabet,
        framing=trained.framing,
        recipe=trained.recipe,
        temperature=trained.temperature,
        training=training,
        scores={"exact_match": trained.exact, "n": len(trained.validation), "on": trained.validated_on},
        git_commit=git_commit(),
        saved=datetime.now(UTC).isoformat(timespec="seconds"),
        experiment=experiment,
        calibration=calibrated_on(trained, constraint),
        constraint=constraint,
        looks=trained.looks,
    )
    plain = replace(card, temperature=1.0)  # temperature is not the graph's
    try:
        graph = without_history(_parsed(trained.learner.export()))
        _check_agreement(trained, Model(_with_card(graph, plain)))
    except ModelError as error:
        raise LearningError(f"the exported model cannot be used: {error}") from None
    return _with_card(graph, card)


def _parsed(data: bytes) -> onnx.ModelProto:
    try:
        return onnx.load_from_string(data)
    except Exception as error:  # protobuf's, which has no types
        raise LearningError(f"what the trainer exported is no ONNX model: {error}") from None


def without_history(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model without what exporters note on its parts: from which lines of which folders they came."""
    graph = model.graph
    del graph.metadata_props[:]
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer, *graph.value_info):
        del part.metadata_props[:]
        part.ClearField("doc_string")
    return model


def _with_card(graph: onnx.ModelProto, card: ModelCard) -> bytes:
    onnx.helper.set_model_props(graph, {METADATA_KEY: card.to_json()})
    return bytes(graph.SerializeToString())


def recarded(model: bytes, card: ModelCard) -> bytes:
    """Return a model file with another card."""
    return _with_card(_parsed(model), card)


def _check_agreement(trained: Trained, model: Model) -> None:
    tensor = trained.examples.tensor[:64]
    for count in sorted({0, 1, len(tensor)}):
        told, repeated = trained.learner.probabilities(tensor[:count]), model(tensor[:count])
        if told.shape != repeated.shape:
            raise LearningError(f"the exported model answers {repeated.shape} where the trainer says {told.shape}")
        apart = float(np.abs(told - repeated).max()) if count else 0.0
        if not apart <= TOLERANCE:
            raise LearningError(f"the exported model differs from the trainer by {apart:.2g}, more than {TOLERANCE}")


def git_commit() -> str:
    """Return the commit of this source tree, empty where it is none."""
    here = Path(__file__).parent
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
