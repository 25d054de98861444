"""Binarize at a given level."""

from dataclasses import dataclass

import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Threshold:
    """Ink is what is brighter than `level`."""

    level: int = 127

    def __call__(self, image: Image) -> Image:
        """Return one channel of 0 and 255."""
        return np.where(image > self.level, 255, 0).astype(np.uint8)
