"""An ONNX model and its card, run by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from captchakit.errors import ModelError
from captchakit.reading.card import METADATA_KEY, ModelCard
from captchakit.types import Probabilities, Tensor

# captchakit is offline, on every system and with everything that it loads.
onnxruntime.disable_telemetry_events()

GLYPHS_AT_ONCE = 256
"""The largest batch given to the runtime: larger ones are not faster and its memory never shrinks again."""


class NoCardError(ModelError):
    """A graph that ONNX Runtime can run, and that is not one of captchakit's."""


class Model:
    """Framed glyphs in, probabilities out. Safe to share between threads."""

    def __init__(self, data: bytes, source: str = "the model") -> None:
        """Open an ONNX file's bytes; raises `ModelError`, naming `source`, where they are not a captchakit model."""
        try:
            self._session = onnxruntime.InferenceSession(data, session_options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime has a dozen kinds with no common name
            raise ModelError(f"{source}: not an ONNX model that can be run: {first_line(error)}") from None
        try:
            self.card = self._found_card()
            self.classes = self._checked_classes()
        except ModelError as error:
            raise type(error)(f"{source}: {error}") from None
        self.size = len(data)

    @classmethod
    def open(cls, path: str | Path) -> Model:
        """Read a model file; raises `ModelError`."""
        return cls(read(path), str(path))

    def __repr__(self) -> str:
        return f"Model({self.card.name!r}, classes={self.classes}, bytes={self.size})"

    def __call__(self, tensor: Tensor) -> Probabilities:
        """Return `(N, T, C)` for `(N, channels, height, width)`, with the card's calibration applied."""
        parts = [self._run(tensor[at : at + GLYPHS_AT_ONCE]) for at in range(0, len(tensor), GLYPHS_AT_ONCE)]
        raw = parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else self._run(tensor)
        return calibrated(raw, self.card.temperature)

    def _run(self, tensor: Tensor) -> Probabilities:
        try:
            (output,) = self._session.run(self._outputs, {self._input: tensor})
        except Exception as error:
            raise ModelError(f"model {self.card.name!r} cannot be run: {first_line(error)}") from None
        return np.asarray(output, np.float32)

    def _found_card(self) -> ModelCard:
        metadata = self._session.get_modelmeta().custom_metadata_map
        if METADATA_KEY not in metadata:
            raise NoCardError("the ONNX file has no captchakit card")
        return ModelCard.from_json(metadata[METADATA_KEY])

    def _checked_classes(self) -> int:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or len(inputs[0].shape) != 4 or len(outputs[0].shape) != 3:
            raise ModelError("its graph is not (N, channels, height, width) in, (N, T, C) out")
        if inputs[0].type != "tensor(float)" or outputs[0].type != "tensor(float)":
            raise ModelError(f"its graph takes {inputs[0].type} and gives {outputs[0].type}, not float32 both")
        self._input: str = inputs[0].name
        self._outputs: list[str] = [outputs[0].name]
        framing = self.card.framing
        wanted = (framing.channels, framing.height, framing.width or None)
        given = tuple(side if isinstance(side, int) else None for side in inputs[0].shape[1:])
        if any(g and w != g for w, g in zip(wanted, given, strict=True)):
            raise ModelError(f"its graph takes {given} and its card frames {wanted}")
        classes = outputs[0].shape[2]
        if not isinstance(classes, int):
            raise ModelError("its graph does not say how many classes it has")
        return classes


def read(path: str | Path) -> bytes:
    """Return a model file's bytes; raises `ModelError`."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}") from None


def calibrated(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return probabilities with their logarithms divided by `temperature`, summing to 1 again over the classes."""
    if temperature == 1.0:
        return probabilities
    powers = np.power(np.maximum(probabilities, np.float32(1e-12)), np.float32(1 / temperature))
    return np.asarray(powers / powers.sum(axis=2, keepdims=True), np.float32)


def session_options() -> Any:
    """Return how every session is opened: on one thread that sleeps while it waits."""
    options = onnxruntime.SessionOptions()
    # One thread a session: callers run images in parallel, and two pools would fight over the cores.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False  # it keeps a plan for every shape, and every width is another one
    options.log_severity_level = 4
    return options


def first_line(error: Exception) -> str:
    """Return the first line of what the runtime says of an error."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
