"""Each glyph is one label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs.alphabet import allowed, checked, indices
from captchakit.stages import Objective
from captchakit.types import ANYTHING, Constraint, Glyphs, Predictions, Probabilities, Solution, Symbol, Targets


@dataclass(frozen=True, slots=True)
class Symbols:
    """Characters in reading order, or one class for the whole image: as many labels as there are glyphs."""

    alphabet: tuple[str, ...]
    objective: Objective = "class"

    def __post_init__(self) -> None:
        object.__setattr__(self, "alphabet", checked(self.alphabet))

    @property
    def classes(self) -> int:
        """The labels, nothing else."""
        return len(self.alphabet)

    def encode(
        self, label: str, glyphs: Glyphs, probabilities: Probabilities | None = None
    ) -> tuple[NDArray[np.intp], Targets] | None:
        """Return every glyph with its class, None where there are more or fewer glyphs than labels."""
        del probabilities  # the count alone decides
        classes = indices(label, self.alphabet)
        if classes is None or len(classes) != len(glyphs):
            return None
        return np.arange(len(glyphs)), np.array(classes, np.int64)[:, np.newaxis]

    def decode(self, predictions: Predictions, constraint: Constraint = ANYTHING, top: int = 1) -> Solution:
        """Return the most probable allowed label of each glyph; the glyphs are taken as independent."""
        flags = allowed(self.alphabet, constraint, top)
        if not predictions.glyphs:
            return Solution("", 0.0, reason="no_glyphs")
        kept = np.where(flags, predictions.probabilities[:, 0], 0.0).astype(np.float64)
        mass = kept.sum(axis=1)
        best = kept.argmax(axis=1)
        confidences = kept[np.arange(len(best)), best] / np.maximum(mass, 1e-30)
        symbols = tuple(
            Symbol(self.alphabet[b], float(c), g.box)
            for b, c, g in zip(best, confidences, predictions.glyphs, strict=True)
        )
        excluded = 1.0 - float(np.prod(mass)) if constraint.alphabet is not None else 0.0
        return Solution(
            "".join(s.label for s in symbols), float(np.prod(confidences)), symbols, excluded=max(0.0, excluded)
        )
