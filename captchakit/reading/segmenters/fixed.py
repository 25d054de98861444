"""A known number of characters at equal distances."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from captchakit.reading.segmenters.slices import sliced
from captchakit.types import Glyphs, Image


@dataclass(frozen=True, slots=True)
class Fixed:
    """`count` slices of equal width between the first and the last inked column, or over the `whole` width."""

    count: int = 4
    whole: bool = False
    aspect: float = 0.6

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("count must be at least 1")

    def __call__(self, image: Image) -> Glyphs:
        """Return `count` glyphs, or none where there is no ink or fewer columns than that."""
        inked = np.flatnonzero((image > 127).any(axis=0))
        left, right = (
            (0, image.shape[1]) if self.whole else (int(inked[0]), int(inked[-1]) + 1) if inked.size else (0, 0)
        )
        if right - left < self.count:
            return ()
        edges = np.rint(np.linspace(left, right, self.count + 1)).astype(int)
        return sliced(image, [(int(a), int(b)) for a, b in pairwise(edges)], self.aspect)
