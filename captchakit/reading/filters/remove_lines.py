"""Remove long straight lines by morphology."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class RemoveLines:
    """Take out what a straight stroke of `length` (a share of the image width) fits into, ink bright.

    The stroke is laid at `angles` directions within 30 degrees of level. Where a line crossed a character, ink that
    stands right above and below the line grows back together. `thickness` is the thickest line in pixels.
    """

    length: float = 0.4
    thickness: int = 3
    angles: int = 7

    def __post_init__(self) -> None:
        if not 0 < self.length <= 1 or self.thickness < 1 or self.angles < 1:
            raise ValueError("length must be a share of the width, thickness and angles at least 1")

    def __call__(self, image: Image) -> Image:
        """Return one channel without the lines."""
        reach = max(5, round(self.length * image.shape[1]))
        lines = np.zeros_like(image)
        slopes = np.linspace(-30, 30, self.angles) if self.angles > 1 else np.zeros(1)
        for degrees in slopes:
            found = cv2.morphologyEx(image, cv2.MORPH_OPEN, _stroke(reach, float(degrees)))
            lines = np.maximum(lines, np.asarray(found, np.uint8))
        upright = np.ones((self.thickness + 1, 1), np.uint8)
        thin = cv2.subtract(lines, cv2.morphologyEx(lines, cv2.MORPH_OPEN, upright))  # the rest is too thick for a line
        without = cv2.subtract(image, thin)
        bridge = np.ones((self.thickness + 2, 1), np.uint8)
        healed = cv2.morphologyEx(without, cv2.MORPH_CLOSE, bridge)
        return np.asarray(np.minimum(healed, image), np.uint8)


def _stroke(reach: int, degrees: float) -> Image:
    rise = round(np.tan(np.radians(degrees)) * reach)
    kernel = np.zeros((abs(rise) + 1, reach), np.uint8)
    start, stop = (0, abs(rise)) if rise >= 0 else (abs(rise), 0)
    return np.asarray(cv2.line(kernel, (0, start), (reach - 1, stop), (1,), 1), np.uint8)
