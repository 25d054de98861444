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
        paper = _border(image)
        near = cv2.inRange(image, paper - (self.contrast - 1), paper + (self.contrast - 1))
        height, width = near.shape
        # 255 a pixel that is near: two that are far are missing from the sum.
        across, down = (cv2.reduce(near, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() for axis in (0, 1))
        (columns,), (rows,) = (across <= 255 * (height - 2)).nonzero(), (down <= 255 * (width - 2)).nonzero()
        if not columns.size or not rows.size:
            return 0, 0, 0, 0
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _border(image: Image) -> NDArray[np.float64]:
    """Return the median of each channel along the border."""
    flat = image.reshape(*image.shape[:2], -1)
    border = np.concatenate([flat[0], flat[-1], flat[:, 0], flat[:, -1]])
    border.sort(axis=0, kind="stable")  # by counting, which bytes are sorted fastest by
    middle = len(border) // 2
    return np.asarray(np.rint((border[middle].astype(np.float64) + border[-middle - 1]) / 2), np.float64)
