"""No segmentation: the whole image is one glyph."""

from dataclasses import dataclass
from math import ceil

import numpy as np

from captchakit.types import Box, Glyph, Glyphs, Image


@dataclass(frozen=True, slots=True)
class Whole:
    """The image, padded with its border's colour until the width is a multiple of `step` times the height.

    Each side takes the median of its own last column: repeated, a noisy column would become lines that look like
    writing. With `step` 0 nothing is padded. A step makes few different shapes out of many widths; the box is that of
    the padded image, so that steps along it map to columns by proportion.
    """

    step: float = 0.0

    def __post_init__(self) -> None:
        if self.step < 0:
            raise ValueError("step must not be negative")

    def __call__(self, image: Image) -> Glyphs:
        """Return one glyph."""
        height, width = image.shape[:2]
        unit = self.step * height
        extra = max(0, round(ceil(width / unit - 1e-6) * unit) - width) if unit else 0
        left = extra // 2
        padded = _padded(image, left, extra - left) if extra else image
        return (Glyph(padded, Box(-left, 0, width + extra, height), (0, 1)),)


def _padded(image: Image, left: int, right: int) -> Image:
    height, width = image.shape[:2]
    padded = np.empty((height, left + width + right, *image.shape[2:]), np.uint8)
    padded[:, :left] = np.sort(image[:, 0], axis=0)[height // 2]
    padded[:, left : left + width] = image
    padded[:, left + width :] = np.sort(image[:, -1], axis=0)[height // 2]
    return padded
