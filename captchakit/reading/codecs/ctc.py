"""Connectionist temporal classification (Graves et al. 2006, doi:10.1145/1143844.1143891)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs.alignments import Alignments, alignment, collapse, runs
from captchakit.reading.codecs.alphabet import checked, indices
from captchakit.reading.codecs.answers import NOTHING, solution
from captchakit.reading.codecs.language import Language, language
from captchakit.reading.codecs.search import most_probable
from captchakit.stages import Objective
from captchakit.types import ANYTHING, Box, Constraint, Glyphs, Predictions, Probabilities, Solution, Symbol, Targets


@dataclass(frozen=True, slots=True)
class Ctc:
    """A sequence of steps along one glyph, with a last class for blank; repeats collapse and blanks vanish.

    `beam` is how many prefixes are kept where the exact search takes too long.
    """

    alphabet: tuple[str, ...]
    beam: int = 8
    objective: Objective = "sequence"

    def __post_init__(self) -> None:
        object.__setattr__(self, "alphabet", checked(self.alphabet))
        if self.beam < 1:
            raise ValueError("beam must be at least 1")

    @property
    def classes(self) -> int:
        """The labels and blank."""
        return len(self.alphabet) + 1

    def encode(
        self, label: str, glyphs: Glyphs, probabilities: Probabilities | None = None
    ) -> tuple[NDArray[np.intp], Targets] | None:
        """Return the one glyph with the classes of the label in order."""
        del probabilities
        classes = indices(label, self.alphabet)
        if not classes or len(glyphs) != 1:
            return None
        return np.arange(1), np.array([classes], np.int64)

    def decode(self, predictions: Predictions, constraint: Constraint = ANYTHING, top: int = 1) -> Solution:
        """Return the most probable allowed text, its probability summed over all alignments.

        Classes that count as one label are summed at each step, so that `a` running on into `A` is one letter.
        """
        allowed = language(self.alphabet, constraint)
        if not predictions.glyphs:
            return NOTHING
        steps, kept = _normalised(allowed.merged(predictions.probabilities[0], 1), allowed)
        spoken = Alignments(steps, allowed)
        path = steps.argmax(axis=1).tolist()
        greedy = collapse(path, len(allowed.labels))
        found = best_texts(spoken, greedy, top, self.beam)
        symbols: list[Symbol] = []
        if found:
            text = list(found[0][0])
            laid = runs(path, len(allowed.labels)) if text == greedy else alignment(steps, text)
            symbols = _symbols(steps, allowed, text, laid, predictions.glyphs[0].box)
        bound = constraint != ANYTHING
        return solution(
            allowed, found, spoken.total, symbols, excluded=1.0 - kept * spoken.total if bound else 0.0, top=top
        )


def best_text(steps: NDArray[np.float64], beam: int) -> list[int]:
    """Return the classes of the most probable text for `(T, C)` probabilities, blank last.

    Exact until the search's budget is spent; from then on `beam` prefixes are kept.
    """
    labels = tuple(map(str, range(steps.shape[1] - 1)))
    spoken = Alignments(steps, language(labels, ANYTHING))
    greedy = collapse(steps.argmax(axis=1).tolist(), len(labels))
    return list(best_texts(spoken, greedy, 1, beam)[0][0])


def best_texts(spoken: Alignments, greedy: list[int], top: int, beam: int) -> Sequence[tuple[tuple[int, ...], float]]:
    """Return the `top` most probable allowed texts with their probabilities; `greedy` is the best path's text.

    Where that text has more than half of all allowed probability, no other text can have more.
    """
    seeds = {}
    if spoken.language.allows(greedy):
        seeds[tuple(greedy)] = spoken.probability(greedy)
        if top == 1 and seeds[tuple(greedy)] > 0.5 * spoken.total:
            return list(seeds.items())
    return most_probable(spoken, top, beam, seeds)


def _normalised(steps: NDArray[np.float64], allowed: Language) -> tuple[NDArray[np.float64], float]:
    """Return steps whose rows sum to 1, and the probability that was in them before."""
    if allowed.merges is None:
        return steps, 1.0
    mass = np.maximum(steps.sum(axis=1), 1e-30)
    return steps / mass[:, np.newaxis], float(np.prod(mass))


def _symbols(
    steps: NDArray[np.float64], allowed: Language, text: list[int], laid: list[tuple[int, int]], box: Box
) -> list[Symbol]:
    wide = box.width / len(steps)
    symbols = []
    for label, (start, stop) in zip(text, laid, strict=True):
        left, right = round(start * wide), round(stop * wide)
        part = Box(box.x + left, box.y, max(1, right - left), box.height)
        symbols.append(Symbol(allowed.labels[label], max(steps[start:stop, label].tolist()), part))
    return symbols
