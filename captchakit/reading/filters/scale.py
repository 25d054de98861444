"""Bring images of all sizes to one height."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Scale:
    """Scale to `height` pixels, so that what is said in pixels afterwards means the same in every scheme.

    The factor stays below `limit`, and a width never grows past 2048 pixels. `across` makes the picture so many times
    wider than its proportions ask for.
    """

    height: int = 48
    limit: float = 4.0
    across: float = 1.0

    def __post_init__(self) -> None:
        if self.height < 1 or self.limit <= 0 or not 0.1 <= self.across <= 10:
            raise ValueError("height must be at least 1, limit positive and across 0.1 to 10")

    def matrix(self, image: Image) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the scaling about the pixels' corners and the new (width, height)."""
        height, width = image.shape[:2]
        factor = min(self.height / height, self.limit, max(2048 / (width * self.across), 1 / height))
        size = max(1, round(width * factor * self.across)), max(1, round(height * factor))
        across, down = size[0] / width, size[1] / height
        return np.array([[across, 0.0, (across - 1) / 2], [0.0, down, (down - 1) / 2]]), size
