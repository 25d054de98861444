"""What rivals have in common: they are CTC readers whose answer we decode under the constraint, exactly, as our own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from time import perf_counter

import numpy as np

from captchakit.reading.codecs.ctc import Ctc
from captchakit.types import ANYTHING, Box, Constraint, Glyph, Predictions, Probabilities, Solution

_NOWHERE = (Glyph(np.zeros((1, 1), np.uint8), Box(0, 0, 1, 1), (0, 1)),)


class CtcRival(ABC):
    """A recogniser with steps of probabilities over very many characters, the first of which is blank."""

    name = "rival"
    characters: Sequence[str] = ()

    def __init__(self) -> None:
        self._codec = lru_cache(maxsize=8)(self._restricted)

    @abstractmethod
    def own_answer(self, image: bytes) -> str:
        """Return what the rival itself says."""

    @abstractmethod
    def steps(self, image: bytes) -> Probabilities:
        """Return `(T, characters)` probabilities, blank first."""

    def solve(self, data: bytes, constraint: Constraint = ANYTHING) -> Solution:
        """Read one image: the rival's own answer, or its probabilities decoded under a constraint."""
        started = perf_counter()
        if constraint.alphabet is None:
            text, confidence = self.own_answer(data), 0.0
        else:
            codec, columns = self._codec(constraint.alphabet)
            allowed = self.steps(data)[np.newaxis, :, columns]
            solution = codec.decode(Predictions(allowed / allowed.sum(axis=2, keepdims=True), _NOWHERE), constraint)
            text, confidence = solution.text, solution.confidence
        return Solution(text, confidence, model=self.name, elapsed=perf_counter() - started)

    def solve_batch(self, batch: Sequence[bytes], constraint: Constraint = ANYTHING) -> list[Solution]:
        """Read several images, one after the other."""
        return [self.solve(data, constraint) for data in batch]

    def _restricted(self, alphabet: frozenset[str]) -> tuple[Ctc, list[int]]:
        known = {character: number for number, character in enumerate(self.characters)}
        kept = sorted(alphabet & known.keys())
        return Ctc(tuple(kept)), [*(known[c] for c in kept), 0]
