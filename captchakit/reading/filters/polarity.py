"""Make ink bright and paper dark, whichever way round it was."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Polarity:
    """Invert one channel where the paper is bright.

    Paper is the larger side of Otsu's threshold; `border` adds that many votes for each pixel of the border, which
    is paper in almost every picture.
    """

    border: float = 2.0

    def __call__(self, image: Image) -> Image:
        """Return one channel, ink bright."""
        _, bright = cv2.threshold(image, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        edge = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
        votes = float(bright.sum()) + self.border * float(edge.sum())
        if votes * 2 > bright.size + self.border * edge.size:
            return np.asarray(cv2.bitwise_not(image), np.uint8)
        return image
