"""Independent labels one after the other: what a row of glyphs says of texts of its own length."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs.language import Language


class Place(NamedTuple):
    """A prefix: how many glyphs were read, the language's state, and the probability of the labels so far."""

    read: int
    state: int
    mass: float


class Rows:
    """`given` `(N, labels)` of each glyph; a `Reader` for the prefix search."""

    def __init__(self, given: NDArray[np.float64], language: Language) -> None:
        self.given = given
        self.language = language

    @cached_property
    def _entered(self) -> NDArray[np.float64]:
        """Return `(N, S + 1, labels)`: what is allowed from glyph n on where it is the label, in a state."""
        onward = self.language.accepting.astype(np.float64)
        entered = np.empty((len(self.given), *self.language.table.shape))
        for n in range(len(self.given) - 1, -1, -1):
            entered[n] = onward[self.language.table] * self.given[n]
            onward = entered[n].sum(axis=1)
        return entered

    @property
    def total(self) -> float:
        """The probability of all allowed texts."""
        return float(self._entered[0, 0].sum())

    def start(self) -> Place:
        """Return the empty prefix."""
        return Place(0, 0, 1.0)

    def grown(self, state: Place, label: int) -> Place:
        """Return the prefix with one label more."""
        mass = state.mass * float(self.given[state.read, label])
        return Place(state.read + 1, self.language.rows[state.state][label], mass)

    def ending(self, state: Place) -> float:
        """Return the probability of the text, 0 where glyphs are left or it is not allowed."""
        ended = state.read == len(self.given) and self.language.accepting[state.state]
        return state.mass if ended else 0.0

    def onward(self, state: Place) -> NDArray[np.float64]:
        """Return for each label the probability of all allowed texts that go on with it."""
        if state.read == len(self.given):
            return np.zeros(0)
        return np.asarray(state.mass * self._entered[state.read, state.state], np.float64)
