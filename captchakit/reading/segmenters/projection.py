"""One glyph for each run of inked columns."""

from dataclasses import dataclass

import numpy as np

from captchakit.reading.segmenters.slices import sliced
from captchakit.types import Glyphs, Image


@dataclass(frozen=True, slots=True)
class Projection:
    """Cut where the vertical projection profile falls to `valley` (a share of the image height) or below.

    Runs narrower than `width`, a share of the image height, are dropped. Characters must not touch.
    """

    valley: float = 0.0
    width: float = 0.06
    aspect: float = 0.6

    def __call__(self, image: Image) -> Glyphs:
        """Return the glyphs from left to right."""
        height = image.shape[0]
        inked = (image > 127).sum(axis=0) > self.valley * height
        steps = np.flatnonzero(np.diff(np.concatenate([[False], inked, [False]]).astype(np.int8)))
        runs = [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True) if b - a >= self.width * height]
        return sliced(image, runs, self.aspect)
