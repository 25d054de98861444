"""The best text through overlapping candidates.

Every candidate either is a character or is not. With `p(c | x)` for the labels and `p(not | x)` for "not a character",
the probability of a reading is the product of `p(c | x)` over the candidates on its path and of `p(not | x)` over all
others. Divided by the same product with no character at all, which is one number for an image, that is the product
of the odds `p(c | x) / p(not | x)` over the path: a sum over paths of disjoint candidates gives exact probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs import paths
from captchakit.reading.codecs.alphabet import checked, indices
from captchakit.reading.codecs.answers import NOTHING, Found, solution
from captchakit.reading.codecs.graph import Graph
from captchakit.reading.codecs.language import Language, language
from captchakit.reading.codecs.search import most_probable
from captchakit.stages import Objective
from captchakit.types import ANYTHING, Box, Constraint, Glyphs, Predictions, Probabilities, Solution, Symbol, Targets

SAME = 0.75
"""Two boxes that share this much of their union are one and the same: neither is a counter-example to the other."""

BEAM = 8
"""How many prefixes are kept where the exact search takes too long."""

LARGEST = 7.0
"""The decimal logarithm at which odds are capped, lower where a product of many would overflow."""

SUMMED = 20
"""The most pieces for which that cap holds; beyond it sums say little, and the best path's text is taken."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Candidates whose spans do not overlap, with a last class for "not a character".

    `min_length` and `max_length` bound the answer where nothing else is asked for, 0 for no bound.
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
        """Return the most probable allowed text, its probability summed over all paths that spell it.

        The codec's own lengths hold where the constraint says nothing of lengths and the candidates allow them.
        """
        wanted = self._with_lengths(constraint)
        allowed = language(self.alphabet, wanted)
        if not predictions.glyphs:
            return NOTHING
        graph = _graph(predictions, allowed, wanted)
        if graph.total <= 0.0 and wanted is not constraint:
            return Lattice(self.alphabet).decode(predictions, constraint, top)  # the best there is of another length
        path, found = _clear(graph, graph.bounds) if top == 1 and graph.bounds else ([], [])
        if not found:
            found = most_probable(graph, top, BEAM)
            path = graph.best_path(found[0][0]) if found else []
        excluded = 0.0
        if constraint != ANYTHING:
            rest = ANYTHING if wanted is constraint else self._with_lengths(ANYTHING)
            excluded = 1.0 - graph.total / _graph(predictions, language(self.alphabet, rest), rest).total
        symbols = _symbols(predictions, allowed, path, found[0][0]) if found else []
        return solution(allowed, found, graph.total, symbols, excluded=excluded, top=top)

    def _with_lengths(self, constraint: Constraint) -> Constraint:
        said = constraint.length or constraint.positions or constraint.pattern is not None
        if said or not (self.min_length or self.max_length):
            return constraint
        return _bounded(constraint, self.min_length, self.max_length)


@lru_cache(maxsize=64)
def _bounded(constraint: Constraint, least: int, most: int) -> Constraint:
    return replace(constraint, length=(least, most or None))


def _graph(predictions: Predictions, allowed: Language, constraint: Constraint) -> Graph:
    spans = [g.span for g in predictions.glyphs]
    pieces = max(stop for _, stop in spans)
    odds = _odds(allowed.merged(predictions.probabilities[:, 0], 1), _most(constraint, pieces))
    return Graph(spans, odds, allowed)


def _most(constraint: Constraint, pieces: int) -> int:
    most = constraint.length[1] if constraint.length else None
    return pieces if most is None else min(most, pieces)


def _clear(graph: Graph, bounds: tuple[int, int]) -> tuple[list[int], Found]:
    """Return the best path and its text, where that has more than half of the probability of all texts."""
    path = paths.best_path(graph.ends, graph.odds.max(axis=1), *bounds)
    if path is None:
        return [], []
    text = graph.odds[path].argmax(axis=1).tolist()
    weight = paths.spelled(graph.ends, graph.odds[:, text])
    is_clear = weight > 0.5 * graph.total or graph.pieces > SUMMED
    return (path, [(tuple(text), weight)]) if is_clear else ([], [])


def _symbols(predictions: Predictions, allowed: Language, path: list[int], text: Sequence[int]) -> list[Symbol]:
    given = allowed.merged(predictions.probabilities[path, 0], 1)
    masses = np.maximum(given.sum(axis=1), 1e-30)
    return [
        Symbol(allowed.labels[label], row[label] / mass, predictions.glyphs[k].box)
        for label, k, row, mass in zip(text, path, given.tolist(), masses.tolist(), strict=True)
    ]


def _odds(probabilities: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return `p(c) / p(not)`, `(N, C - 1)`, capped so that a product over `length` stays a finite float."""
    cap = 10.0 ** (LARGEST * min(1.0, SUMMED / max(length, 1)))
    ratio = probabilities[:, :-1] / np.maximum(probabilities[:, -1:], 1e-30)
    return np.asarray(np.minimum(np.maximum(ratio, 1 / cap), cap), np.float64)  # `clip` takes twice as long


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
