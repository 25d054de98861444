"""Take an uneven background away."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class FlattenPaper:
    """White top-hat of one channel with ink bright: what is narrower than `size` (a share of the height) stays."""

    size: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.size <= 2:
            raise ValueError("size must be a share of the height, above 0 and at most 2")

    def __call__(self, image: Image) -> Image:
        """Return one channel; gradients and broad patches become paper."""
        side = max(3, round(self.size * image.shape[0]) | 1)
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
        return np.asarray(cv2.morphologyEx(image, cv2.MORPH_TOPHAT, kernel), np.uint8)
