"""No segmentation: the whole image is one glyph."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Box, Glyph, Glyphs, Image


@dataclass(frozen=True, slots=True)
class Whole:
    """The image, padded by repeating its border until the width is a multiple of `step` times the height.

    With `step` 0 nothing is padded. A step makes few different shapes out of many widths; the box is that of the
    padded image, so that steps along it map to columns by proportion.
    """

    step: float = 0.0

    def __post_init__(self) -> None:
        if self.step < 0:
            raise ValueError("step must not be negative")

    def __call__(self, image: Image) -> Glyphs:
        """Return one glyph."""
        height, width = image.shape[:2]
        unit = self.step * height
        extra = max(0, round(np.ceil(width / unit - 1e-6) * unit) - width) if unit else 0
        padded = image
        if extra:
            sides = (0, 0, extra // 2, extra - extra // 2)
            padded = np.asarray(cv2.copyMakeBorder(image, *sides, cv2.BORDER_REPLICATE), np.uint8)
        return (Glyph(padded, Box(-(extra // 2), 0, width + extra, height), (0, 1)),)
