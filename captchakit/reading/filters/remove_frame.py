"""Remove a frame drawn around the picture."""

from dataclasses import dataclass

import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class RemoveFrame:
    """Blank the outer rows and columns up to the innermost of which `share` is ink; ink bright.

    `depth`, a share of the height, is how far from the edge a frame is looked for. A scaled or compressed frame need
    not begin at the very edge, so nothing is asked of what lies outside it.
    """

    share: float = 0.8
    depth: float = 0.12

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1 or not 0 <= self.depth <= 0.5:
            raise ValueError("share must be above 0 and at most 1, depth 0 to 0.5")

    def __call__(self, image: Image) -> Image:
        """Return one channel."""
        framed = image.copy()
        deepest = max(1, round(self.depth * image.shape[0])) if self.depth else 0
        for turned in (framed, framed[::-1], framed.T, framed.T[::-1]):  # views: writing to them writes to the copy
            counts = (turned[:deepest] > 127).sum(axis=1)
            inked = np.flatnonzero(counts >= self.share * turned.shape[1])
            turned[: inked[-1] + 1 if inked.size else 0] = 0
        return framed
