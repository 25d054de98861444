"""Use the whole range of gray."""

from dataclasses import dataclass

import cv2
import numpy as np

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
        low, high = np.percentile(image, (self.low, self.high))
        if high <= low:
            return image
        table = np.clip((np.arange(256) - low) * 255 / (high - low), 0, 255)
        return np.asarray(cv2.LUT(image, np.rint(table).astype(np.uint8)), np.uint8)
