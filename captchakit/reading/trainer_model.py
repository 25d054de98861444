"""Models that dddd_trainer exported for ddddocr, run as they are; their card is made of the charsets beside them.

What they take and say was read from what that trainer does: pixels normalised by the mean and deviation of ImageNet,
channels in the order red, green, blue; `(T, N, C)` logits, or in older exports the class of each step, blank first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captchakit.errors import ModelError
from captchakit.reading.card import ModelCard, Recipe
from captchakit.reading.framing import Framing
from captchakit.reading.model import Model, first_line
from captchakit.registry import Step
from captchakit.types import Probabilities, Tensor

NORMS = {1: ([0.456], [0.224]), 3: ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])}
"""Mean and deviation of each channel, by how many channels there are."""

CHOSEN = 0.999
"""The probability of a class that was named without one; what is left is the blank's, so that a label can be denied."""


@dataclass(frozen=True, slots=True)
class Charsets:
    """What `charsets.json` says: the classes, whether one is the whole answer, the input's (width, height), channels.

    A width of -1 follows the image. Unless `word`, the first class is blank.
    """

    charset: tuple[str, ...]
    word: bool
    image: tuple[int, int]
    channel: int

    @classmethod
    def open(cls, path: str | Path) -> Charsets:
        """Read the file; raises `ModelError`."""
        try:
            told = json.loads(Path(path).read_text("utf-8"))
            width, height = (int(side) for side in told["image"])
            made = cls(tuple(map(str, told["charset"])), bool(told["word"]), (width, height), int(told["channel"]))
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror or error}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: not the charsets of a dddd_trainer model: {error!r}") from None
        if len(made.charset) < 2 or made.channel not in NORMS:
            raise ModelError(f"{path}: {len(made.charset)} classes and {made.channel} channels")
        return made

    def card(self, name: str) -> ModelCard:
        """Return the card of the model; raises `ModelError`."""
        width, height = self.image
        if width == -1:
            width = height if self.word else 0
        codec = Step("symbols" if self.word else "ctc", {})
        filters = (Step("gray", {}),) if self.channel == 1 else ()
        try:
            framing = Framing(height, width, self.channel)
        except ValueError as error:
            raise ModelError(f"its charsets say an image of {self.image}: {error}") from None
        alphabet = self.charset if self.word else self.charset[1:]
        return ModelCard(name, "text", alphabet, framing, Recipe(filters, Step("whole", {}), codec))


class TrainerModel(Model):
    """A graph of dddd_trainer in the manner of our own: blank last, probabilities that sum to 1."""

    def __init__(self, data: bytes, charsets: Charsets, name: str, source: str = "the model") -> None:
        """Open an ONNX file's bytes; raises `ModelError`, naming `source`."""
        self._charsets = charsets
        self._named = name
        mean, deviation = (np.array(v, np.float32).reshape(1, -1, 1, 1) for v in NORMS[charsets.channel])
        self._mean, self._deviation = mean, deviation
        super().__init__(data, source)

    def _found_card(self) -> ModelCard:
        return self._charsets.card(self._named)

    def _checked_classes(self) -> int:
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type != "tensor(float)":
            raise ModelError("its graph does not take one float tensor (N, channels, height, width)")
        framing = self.card.framing
        wanted = (framing.channels, framing.height, framing.width or None)
        if any(isinstance(g, int) and g != w for g, w in zip(inputs[0].shape[1:], wanted, strict=True)):
            raise ModelError(f"its graph takes {inputs[0].shape[1:]}, its charsets say {wanted}")
        self._input = inputs[0].name
        return len(self._charsets.charset)

    def _run(self, tensor: Tensor) -> Probabilities:
        normalised = (tensor[:, ::-1] - self._mean) / self._deviation
        if not len(tensor):
            return np.zeros((0, 1, self.classes), np.float32)
        # These graphs are exported for one image.
        return np.concatenate([self._read(normalised[n : n + 1]) for n in range(len(tensor))])

    def _read(self, image: Tensor) -> Probabilities:
        try:
            told = self._session.run(None, {self._input: image})
        except Exception as error:
            raise ModelError(f"model {self.card.name!r} cannot be run: {first_line(error)}") from None
        steps = _logits(np.asarray(told[-1]), self.classes)
        if steps is None:
            shape = " and ".join(str(np.shape(t)) for t in told)
            raise ModelError(f"model {self.card.name!r} says {shape}, which is not of {self.classes} classes")
        spoken = _softmax(steps)
        return (spoken if self._charsets.word else np.roll(spoken, -1, axis=1))[np.newaxis]


def _logits(told: NDArray[Any], classes: int) -> NDArray[np.float64] | None:
    """Return `(T, C)` for what was told of one image: scores or, as whole numbers, the class of each step."""
    if told.dtype.kind in "iu":
        named = told.reshape(-1)
        if not named.size or named.min() < 0 or named.max() >= classes:
            return None
        steps = np.full((len(named), classes), -np.inf)
        steps[:, 0] = np.log(1 - CHOSEN)
        steps[np.arange(len(named)), named] = np.log(CHOSEN)
        return steps
    if told.shape[-1:] != (classes,) or not told.size:
        return None
    return told.reshape(-1, classes).astype(np.float64)


def _softmax(logits: NDArray[np.float64]) -> Probabilities:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
