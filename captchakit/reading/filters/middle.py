"""Look at the middle of a picture alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Middle:
    """Keep the share `rows` of the rows, those in the middle: small writing then fills more of the height."""

    rows: float = 0.75

    def __post_init__(self) -> None:
        if not 0 < self.rows <= 1:
            raise ValueError("rows must be above 0 and at most 1")

    def matrix(self, image: Image) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the shift to the rows that are kept, four at least where there are, and their (width, height)."""
        height, width = image.shape[:2]
        kept = min(height, max(4, round(self.rows * height)))
        return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -((height - kept) // 2)]]), (width, kept)
