"""The best path through overlapping candidates.

Every candidate either is a character or is not. With `p(c | x)` for the labels and `p(not | x)` for "not a character",
the probability of a reading is the product of `p(c | x)` over the candidates on its path and of `p(not | x)` over all
others. Divided by the same product with no character at all, which is one number for an image, that is the product
of the odds `p(c | x) / p(not | x)` over the path: a sum over paths of disjoint candidates gives exact probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs import paths
from captchakit.reading.codecs.alphabet import allowed, checked, indices
from captchakit.stages import Objective
from captchakit.types import ANYTHING, Box, Constraint, Glyphs, Predictions, Probabilities, Solution, Symbol, Targets

SAME = 0.75
"""Two boxes that share this much of their union are one and the same: neither is a counter-example to the other."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Viterbi over candidates whose spans do not overlap, with a last class for "not a character".

    `min_length` and `max_length` bound the answer, 0 for no bound.
    """

    alphabet: tuple[str, ...]
    min_length: int = 0
    max_length: int = 0
    objective: Objective = "class"

    def __post_init__(self) -> None:
        object.__setattr__(self, "alphabet", checked(self.alphabet))
        if self.min_length < 0 or (self.max_length and self.max_length < self.min_length):
            raise ValueError("needs 0 <= min_length <= max_length")

    @property
    def classes(self) -> int:
        """The labels and "not a character"."""
        return len(self.alphabet) + 1

    def encode(
        self, label: str, glyphs: Glyphs, probabilities: Probabilities | None = None
    ) -> tuple[NDArray[np.intp], Targets] | None:
        """Lay `label` on the candidates; those off the path are examples of "not a character".

        With probabilities the path is the most probable one that spells the label. Without, it is the one whose
        characters are most alike in width and leave the least ink out. None where no path has the right length.
        """
        classes = indices(label, self.alphabet)
        if not classes or not glyphs:
            return None
        spans = [g.span for g in glyphs]
        if probabilities is None:
            path = paths.best_spelling(spans, _evenness(glyphs, len(classes)), _ink_left_out(glyphs))
        else:
            odds = np.log(_odds(probabilities[:, 0].astype(np.float64), len(classes)))
            path = paths.best_spelling(spans, odds[:, classes].tolist(), None)
        if path is None:
            return None
        targets = np.full(len(glyphs), len(self.alphabet), np.int64)
        targets[path] = classes
        boxes = [glyphs[k].box for k in path]
        chosen = [k for k, g in enumerate(glyphs) if k in path or all(g.box.alike(b) < SAME for b in boxes)]
        return np.array(chosen, np.intp), targets[chosen][:, np.newaxis]

    def decode(self, predictions: Predictions, constraint: Constraint = ANYTHING, top: int = 1) -> Solution:
        """Return the text of the best path; its confidence sums over all paths that spell the same."""
        flags = allowed(self.alphabet, constraint, top)
        if not predictions.glyphs:
            return Solution("", 0.0, reason="no_glyphs")
        spans = [g.span for g in predictions.glyphs]
        pieces = max(stop for _, stop in spans)
        most = min(self.max_length or pieces, pieces)
        every = _odds(predictions.probabilities[:, 0].astype(np.float64), most)
        odds = np.where(flags, every, 0.0)
        least = min(self.min_length, most)
        path = paths.best_path(spans, odds.max(axis=1).tolist(), least, most)
        if path is None:  # no path is as long as it should be
            path = paths.best_path(spans, odds.max(axis=1).tolist(), 0, most) or []
            least = 0
        best = odds.argmax(axis=1)
        total = paths.total(spans, odds.sum(axis=1).tolist(), least, most)
        spelled = paths.spelled(spans, odds[:, best[path]].tolist())
        symbols = tuple(self._symbol(predictions, flags, k, int(best[k])) for k in path)
        confidence = min(1.0, spelled / total) if path and total > 0 else 0.0
        excluded = 0.0
        if constraint.alphabet is not None:
            excluded = 1.0 - total / paths.total(spans, every.sum(axis=1).tolist(), least, most)
        return Solution("".join(s.label for s in symbols), confidence, symbols, excluded=max(0.0, excluded))

    def _symbol(self, predictions: Predictions, flags: NDArray[np.bool_], glyph: int, label: int) -> Symbol:
        given = predictions.probabilities[glyph, 0]
        mass = float(given[:-1][flags].sum() + given[-1])
        return Symbol(self.alphabet[label], float(given[label]) / max(mass, 1e-30), predictions.glyphs[glyph].box)


def _odds(probabilities: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return `p(c) / p(not)`, `(N, C - 1)`, capped so that a product over `length` stays a finite float."""
    cap = 10.0 ** min(7.0, 140.0 / max(length, 1))
    ratio = probabilities[:, :-1] / np.maximum(probabilities[:, -1:], 1e-30)
    return np.clip(ratio, 1 / cap, cap)


def _evenness(glyphs: Glyphs, length: int) -> list[list[float]]:
    """Return a score `(N, length)` that is 0 for a candidate of the mean width and falls off to both sides."""
    line = Box.around(g.box for g in glyphs)
    mean = line.width / length
    scores = [-0.5 * ((g.box.width - mean) / (0.35 * mean)) ** 2 for g in glyphs]
    return [[score] * length for score in scores]


def _ink_left_out(glyphs: Glyphs) -> list[float]:
    """Return the cost of passing over each piece: its share of the mean piece's width."""
    widths = {g.span[0]: float(g.box.width) for g in glyphs if g.span[1] == g.span[0] + 1}
    pieces = max(g.span[1] for g in glyphs)
    mean = sum(widths.values()) / len(widths) if widths else 1.0
    return [2.0 * widths.get(piece, 0.25 * mean) / mean for piece in range(pieces)]
