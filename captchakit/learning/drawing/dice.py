"""Seeded chance, cheap enough to be asked a hundred times an image."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

Range = tuple[float, float]
"""A knob that is drawn evenly from `low` to `high`."""

Weights = tuple[tuple[T, float], ...]
"""A knob that is one of several values, each with its weight; the weights need not add up to one."""

_BLOCK = 256


class Dice:
    """All chance of one drawing: the same `name` and `seed` (0 or more) give the same throws.

    Numbers come in blocks from `numpy.random.default_rng`, since a call for each would cost more than the drawing.
    """

    def __init__(self, name: str, seed: int) -> None:
        self._source = np.random.default_rng(np.random.SeedSequence([zlib.crc32(name.encode()), seed]))
        self._ready: list[float] = []

    def random(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        if not self._ready:
            self._ready = self._source.random(_BLOCK).tolist()
        return self._ready.pop()

    def uniform(self, span: Range) -> float:
        """Return a number from the range."""
        low, high = span
        return low + (high - low) * self.random()

    def spread(self, width: float) -> float:
        """Return a number around 0, at most `width` away from it, rather near than far."""
        return (self.random() + self.random() - 1.0) * width

    def below(self, count: int) -> int:
        """Return an integer from 0 to `count - 1`."""
        return int(self.random() * count)

    def integer(self, span: Range) -> int:
        """Return an integer of the range, both ends included."""
        low, high = round(span[0]), round(span[1])
        return low + self.below(high - low + 1)

    def chance(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self.random() < probability

    def one(self, values: Sequence[T]) -> T:
        """Return one of the values."""
        return values[self.below(len(values))]

    def weighted(self, choices: Weights[T]) -> T:
        """Return one of the values by weight."""
        total = 0.0
        for _, weight in choices:
            total += weight
        mark = self.random() * total
        for value, weight in choices:
            mark -= weight
            if mark < 0:
                return value
        return choices[-1][0]

    def array(self, *shape: int) -> NDArray[np.float32]:
        """Return many numbers from 0 to 1 at once."""
        return self._source.random(shape, dtype=np.float32)

    def point(self, width: float, height: float) -> tuple[float, float]:
        """Return a point of a rectangle that stands at the origin."""
        return self.random() * width, self.random() * height
