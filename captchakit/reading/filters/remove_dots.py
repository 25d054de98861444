"""Remove specks."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class RemoveDots:
    """Turn connected ink of less than `area` pixels to paper; one channel, ink bright."""

    area: int = 6

    def __post_init__(self) -> None:
        if self.area < 1:
            raise ValueError("area must be at least 1")

    def __call__(self, image: Image) -> Image:
        """Return one channel."""
        ink = (image > 127).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        small = np.asarray(stats)[:, cv2.CC_STAT_AREA] < self.area
        small[0] = False  # the paper
        # Soft edges belong to the speck they surround.
        specks = cv2.dilate(small[labels].astype(np.uint8), np.ones((3, 3), np.uint8))
        keep = (~small[labels] & (ink > 0)) | (specks == 0)
        return np.where(keep, image, 0).astype(np.uint8)
