"""Several labels at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.errors import OptionError
from captchakit.reading.codecs.alphabet import checked
from captchakit.reading.codecs.answers import NOTHING
from captchakit.reading.codecs.language import language
from captchakit.stages import Objective
from captchakit.types import ANYTHING, Constraint, Glyphs, Predictions, Probabilities, Solution, Symbol, Targets


@dataclass(frozen=True, slots=True)
class Tags:
    """Independent labels of one glyph, each given where its probability reaches its threshold: one for all, or each."""

    alphabet: tuple[str, ...]
    thresholds: tuple[float, ...] = (0.5,)
    objective: Objective = "tags"

    def __post_init__(self) -> None:
        object.__setattr__(self, "alphabet", checked(self.alphabet))
        object.__setattr__(self, "thresholds", tuple(float(t) for t in self.thresholds))
        if len(self.thresholds) not in (1, len(self.alphabet)) or not all(0 <= t <= 1 for t in self.thresholds):
            raise ValueError("thresholds must be one, or one for each label, from 0 to 1")

    @property
    def classes(self) -> int:
        """The labels, nothing else."""
        return len(self.alphabet)

    def encode(
        self, label: str, glyphs: Glyphs, probabilities: Probabilities | None = None
    ) -> tuple[NDArray[np.intp], Targets] | None:
        """Return the one glyph with a flag for each label; the labels stand between spaces."""
        del probabilities
        wanted = set(label.split())
        if len(glyphs) != 1 or not wanted <= set(self.alphabet):
            return None
        return np.arange(1), np.array([[int(a in wanted) for a in self.alphabet]], np.int64)

    def decode(self, predictions: Predictions, constraint: Constraint = ANYTHING, top: int = 1) -> Solution:
        """Return the allowed labels over their thresholds; confidence is that of all decisions being right.

        There is one answer and no alternative to it. Raises `OptionError` for a constraint of more than an alphabet.
        """
        del top
        if constraint != Constraint(constraint.alphabet):
            raise OptionError("several labels at once have no length, order or case to constrain, only an alphabet")
        flags = _allowed(self.alphabet, constraint)
        if not predictions.glyphs:
            return NOTHING
        given = predictions.probabilities[0, 0].astype(np.float64)
        over = flags & (given >= np.asarray(self.thresholds))
        box = predictions.glyphs[0].box
        symbols = tuple(Symbol(self.alphabet[k], float(given[k]), box) for k in np.flatnonzero(over))
        confidence = float(np.prod(np.where(over, given, 1.0 - given)[flags]))
        return Solution(" ".join(s.label for s in symbols), confidence, symbols)


def _allowed(alphabet: tuple[str, ...], constraint: Constraint) -> NDArray[np.bool_]:
    """Return a flag for each label."""
    labels = language(alphabet, constraint).labels
    return np.array([label in labels for label in alphabet])
