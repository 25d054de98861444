"""Use the whole range of gray."""

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Contrast:
    """Stretch one channel linearly so that the `low` and `high` percentiles become 0 and 255."""

    low: float = 1.0
    high: float = 99.0

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= 100:
            raise ValueError("percentiles must be 0 <= low < high <= 100")

    def __call__(self, image: Image) -> Image:
        """Return one channel; a flat image stays as it is."""
        counts = cv2.calcHist([image.reshape(1, -1)], [0], None, [256], [0, 256]).ravel()
        below = counts.cumsum()
        low, high = _percentile(below, self.low), _percentile(below, self.high)
        if high <= low:
            return image
        steeper = 255 / (high - low)
        return np.asarray(cv2.addWeighted(image, steeper, image, 0, -low * steeper), np.uint8)


def _percentile(below: NDArray[Any], percent: float) -> float:
    """Return a percentile of gray levels from how many lie at each level or under it; between ranks it is linear."""
    rank = (float(below[-1]) - 1) * percent / 100
    low, high = below.searchsorted((floor(rank), ceil(rank)), side="right").tolist()
    return float(low + (high - low) * (rank % 1.0))
