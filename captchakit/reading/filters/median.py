"""Median denoising: the cheap way against salt and pepper."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Median:
    """Median over `size` x `size` pixels, an odd number."""

    size: int = 3

    def __post_init__(self) -> None:
        if self.size < 1 or self.size % 2 == 0:
            raise ValueError("size must be odd and at least 1")

    def __call__(self, image: Image) -> Image:
        """Return an image of the same channels."""
        return np.asarray(cv2.medianBlur(image, self.size), np.uint8)
