"""Overlapping candidates as a graph: what they say of texts, summed over all paths that spell them.

A path is a row of candidates whose spans do not overlap; pieces between them are passed over. A path weighs the
product of its candidates' odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from captchakit.reading.codecs import paths
from captchakit.reading.codecs.language import Language


class Prefix(NamedTuple):
    """A prefix: the language's state, and the weight of its paths within the first 0, 1, ... pieces."""

    state: int
    within: NDArray[np.float64]


class Graph:
    """`odds` `(N, labels)` of candidates with `spans`; a `Reader` for the prefix search."""

    def __init__(self, spans: Sequence[tuple[int, int]], odds: NDArray[np.float64], language: Language) -> None:
        self.spans = spans
        self.odds = odds
        self.language = language
        self.pieces = max((stop for _, stop in spans), default=0)
        self.ends = paths.by_end(spans)

    @cached_property
    def _sides(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The pieces at which candidates start and stop."""
        return paths.sides(self.spans)

    @cached_property
    def _onward(self) -> list[list[float]]:
        """Return `(pieces + 1, S + 1)`: the weight of all that is allowed from a piece on, in a state."""
        language = self.language
        starting: list[list[tuple[int, int]]] = [[] for _ in range(self.pieces)]
        for candidate, (start, stop) in enumerate(self.spans):
            starting[start].append((candidate, stop))
        weights = self.odds.sum(axis=1).tolist()
        nexts = [reached[0] for reached in language.rows]
        onward: list[list[float]] = [[]] * self.pieces + [language.accepting.astype(np.float64).tolist()]
        for piece in range(self.pieces - 1, -1, -1):
            row = onward[piece + 1]
            for candidate, stop in starting[piece]:
                after = onward[stop]
                if language.blind:  # a few states: lists are faster than arrays
                    gain = weights[candidate]
                    row = [weight + gain * after[state] for weight, state in zip(row, nexts, strict=False)]
                else:
                    gains = np.array(after)[language.table] @ self.odds[candidate]
                    row = [weight + gain for weight, gain in zip(row, gains.tolist(), strict=True)]
            onward[piece] = row
        return onward

    @cached_property
    def _entered(self) -> NDArray[np.float64]:
        """Return `(N, S + 1)`: the weight of all that is allowed after a candidate."""
        return np.array(self._onward)[self._sides[1]]

    @cached_property
    def total(self) -> float:
        """The weight of all paths of allowed texts."""
        bounds = self.bounds
        if bounds is None:
            return self._onward[0][0]
        return paths.total(self.ends, self.odds.sum(axis=1), *bounds)

    @cached_property
    def bounds(self) -> tuple[int, int] | None:
        """The least and the most candidates of a path, where lengths alone decide what is allowed."""
        lengths = self.language.lengths
        if lengths is None:
            return None
        return lengths[0], self.pieces if lengths[1] is None else min(lengths[1], self.pieces)

    def start(self) -> Prefix:
        """Return the empty prefix, which passes over everything."""
        return Prefix(0, np.ones(self.pieces + 1))

    def grown(self, state: Prefix, label: int) -> Prefix:
        """Return the prefix with one label more."""
        starts, stops = self._sides
        arrived = np.bincount(stops, state.within[starts] * self.odds[:, label], self.pieces + 1)
        return Prefix(self.language.rows[state.state][label], arrived.cumsum())

    def ending(self, state: Prefix) -> float:
        """Return the weight of the text, 0 where it is not allowed."""
        return float(state.within[-1]) if self.language.accepting[state.state] else 0.0

    def onward(self, state: Prefix) -> NDArray[np.float64]:
        """Return for each label the weight of all allowed texts that go on with it."""
        entered = self.odds * self._entered[:, self.language.table[state.state]]
        return np.asarray(state.within[self._sides[0]] @ entered, np.float64)

    def best_path(self, text: Sequence[int]) -> list[int]:
        """Return the candidates of the most probable path that spells a text, which must fit."""
        scores = np.log(np.maximum(self.odds[:, list(text)], 1e-300)).tolist()
        return paths.best_spelling(self.spans, scores, None) or []
