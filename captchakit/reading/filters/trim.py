"""Cut empty margins away."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Trim:
    """Keep the rows and columns that differ from the border's colour, and `margin` (a share of their height) around.

    A row or column counts where at least two pixels lie `contrast` gray levels from the border's median colour. So
    writing fills the height of what is read, and a letterbox goes. Nothing is cut where too little would be left.
    """

    contrast: int = 40
    margin: float = 0.12

    def __post_init__(self) -> None:
        if not 1 <= self.contrast <= 255 or self.margin < 0:
            raise ValueError("contrast must be 1 to 255, margin not negative")

    def matrix(self, image: Image) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the shift to what is kept, and its (width, height)."""
        height, width = image.shape[:2]
        left, top, right, bottom = self._kept(image)
        if right - left < 4 or bottom - top < 4:
            left, top, right, bottom = 0, 0, width, height
        around = round(self.margin * (bottom - top))
        left, top = max(0, left - around), max(0, top - around)
        right, bottom = min(width, right + around), min(height, bottom + around)
        return np.array([[1.0, 0.0, -left], [0.0, 1.0, -top]]), (right - left, bottom - top)

    def _kept(self, image: Image) -> tuple[int, int, int, int]:
        flat = image.reshape(*image.shape[:2], -1)
        border = np.concatenate([flat[0], flat[-1], flat[:, 0], flat[:, -1]])
        paper = np.median(border, axis=0)
        far = np.zeros(image.shape[:2], np.bool_)
        for channel, level in zip(cv2.split(image), paper, strict=True):
            far |= cv2.absdiff(channel, np.full_like(channel, round(level))) >= self.contrast
        columns, rows = (np.flatnonzero(far.sum(axis=axis) >= 2) for axis in (0, 1))
        if not columns.size or not rows.size:
            return 0, 0, 0, 0
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
