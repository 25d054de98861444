"""Remove a frame drawn around the picture."""

from dataclasses import dataclass

import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class RemoveFrame:
    """Blank the outer rows and columns up to the innermost of which `share` is ink, `depth` pixels a side at most.

    Ink is bright. A scaled or compressed frame need not begin at the very edge, so nothing is asked of what lies
    outside it.
    """

    share: float = 0.8
    depth: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1 or self.depth < 0:
            raise ValueError("share must be above 0 and at most 1, depth at least 0")

    def __call__(self, image: Image) -> Image:
        """Return one channel."""
        framed = image.copy()
        for turned in (framed, framed[::-1], framed.T, framed.T[::-1]):  # views: writing to them writes to the copy
            least = self.share * turned.shape[1]
            for depth in range(min(self.depth, len(turned)), 0, -1):
                if np.count_nonzero(turned[depth - 1] > 127) >= least:
                    turned[:depth] = 0
                    break
        return framed
