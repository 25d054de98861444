"""Binarize with one threshold for the whole image."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Otsu:
    """Otsu's threshold (1979, doi:10.1109/TSMC.1979.4310076) on one channel with ink bright.

    `softness` from 0 (every pixel 0 or 255) to 1 (the threshold comes to lie at half and gray levels stay), so that a
    segmenter sees Otsu's ink while a classifier still sees the edges' shades.
    """

    softness: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.softness <= 1:
            raise ValueError("softness must be 0 to 1")

    def __call__(self, image: Image) -> Image:
        """Return one channel; ink is above half."""
        level, hard = cv2.threshold(image, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        inked = cv2.countNonZero(hard)
        if self.softness == 0 or not inked:
            return np.asarray(hard, np.uint8)
        ink, mean = cv2.mean(image, hard)[0], cv2.mean(image)[0]
        paper = (mean * image.size - ink * inked) / max(image.size - inked, 1)
        slope = 127.5 / (max(ink - level - 0.5, level + 0.5 - paper, 1.0) * self.softness)
        return np.asarray(cv2.addWeighted(image, slope, image, 0, 127.5 - slope * (level + 0.5)), np.uint8)
