"""Binarize with a threshold for each neighbourhood."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Adaptive:
    """Ink where a pixel is brighter than its neighbourhood's Gaussian mean by `offset` gray levels; ink is bright.

    `block` is the neighbourhood's side as a share of the image height.
    """

    block: float = 0.6
    offset: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.block <= 4:
            raise ValueError("block must be a share of the height, above 0 and at most 4")

    def __call__(self, image: Image) -> Image:
        """Return one channel of 0 and 255."""
        side = max(3, round(self.block * image.shape[0]) | 1)
        binary = cv2.adaptiveThreshold(
            image, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, side, -self.offset
        )
        return np.asarray(binary, np.uint8)
