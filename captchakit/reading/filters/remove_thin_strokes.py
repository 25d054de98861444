"""Remove strokes that are thinner than the writing."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class RemoveThinStrokes:
    """Keep what a disc of `width` pixels across fits into, grown back by `regrow` pixels within the ink; ink bright.

    An opening followed by a bounded reconstruction: thin curves go, the corners of thick characters come back.
    """

    width: int = 2
    regrow: int = 1

    def __post_init__(self) -> None:
        if self.width < 2 or self.regrow < 0:
            raise ValueError("width must be at least 2, regrow at least 0")

    def __call__(self, image: Image) -> Image:
        """Return one channel."""
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (self.width, self.width))
        kept = np.asarray(cv2.morphologyEx(image, cv2.MORPH_OPEN, disc), np.uint8)
        for _ in range(self.regrow):
            kept = np.minimum(np.asarray(cv2.dilate(kept, np.ones((3, 3), np.uint8)), np.uint8), image)
        return kept
