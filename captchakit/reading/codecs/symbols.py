"""Each glyph is one label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs.alphabet import checked, indices
from captchakit.reading.codecs.answers import NOTHING, solution
from captchakit.reading.codecs.language import language
from captchakit.reading.codecs.rows import Rows
from captchakit.reading.codecs.search import most_probable
from captchakit.stages import Objective
from captchakit.types import ANYTHING, Constraint, Glyphs, Predictions, Probabilities, Solution, Symbol, Targets

BEAM = 8
"""How many prefixes are kept where the exact search takes too long."""


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
        """Return the most probable allowed text of as many labels as there are glyphs, taken as independent."""
        allowed = language(self.alphabet, constraint)
        if not predictions.glyphs:
            return NOTHING
        given = allowed.merged(predictions.probabilities[:, 0])
        mass = np.maximum(given.sum(axis=1, keepdims=True), 1e-30)
        given /= mass
        spoken = Rows(given, allowed)
        best = tuple(given.argmax(axis=1).tolist())
        if top == 1 and allowed.free:
            total = 1.0
            found = [(best, float(np.prod(given.max(axis=1))))]
        else:
            total, found = spoken.total, most_probable(spoken, top, BEAM)
        symbols = [
            Symbol(allowed.labels[label], float(row[label]), glyph.box)
            for label, row, glyph in zip(found[0][0] if found else (), given, predictions.glyphs, strict=False)
        ]
        excluded = 1.0 - total * float(np.prod(mass)) if constraint != ANYTHING else 0.0
        return solution(allowed, found, total, symbols, excluded=excluded, top=top)
