"""Look at one window of the image: the one with the most writing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Densest:
    """Keep the window of `height` x `width` pixels that holds the most edges of strokes; ink bright.

    Edges and not ink, since a dark margin is all ink and no writing. An image that is smaller lies in the middle.
    """

    height: int = 96
    width: int = 256

    def __post_init__(self) -> None:
        if min(self.height, self.width) < 8:
            raise ValueError("height and width must be at least 8 pixels")

    def matrix(self, image: Image) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the shift to the window, and its (width, height)."""
        edges = np.diff((image > 127).astype(np.int8), axis=1, append=0) != 0
        top = _begin(edges.sum(axis=1), self.height)
        left = _begin(edges[max(top, 0) : max(top, 0) + self.height].sum(axis=0), self.width)
        return np.array([[1.0, 0.0, -left], [0.0, 1.0, -top]]), (self.width, self.height)


def _begin(counts: NDArray[np.int_], size: int) -> int:
    """Return where a window of `size` holds most, negative where it is larger than what there is."""
    if len(counts) <= size:
        return -((size - len(counts)) // 2)
    sums = np.concatenate([[0], np.cumsum(counts)])
    return int(np.argmax(sums[size:] - sums[:-size]))
