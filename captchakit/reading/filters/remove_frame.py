"""Remove a frame drawn around the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class RemoveFrame:
    """Blank the outer rows and columns up to the innermost of which `share` is ink; ink bright.

    `depth`, a share of the height, is how far from the edge a frame is looked for. A scaled or compressed frame need
    not begin at the very edge, so nothing is asked of what lies outside it.
    """

    share: float = 0.8
    depth: float = 0.12

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1 or not 0 <= self.depth <= 0.5:
            raise ValueError("share must be above 0 and at most 1, depth 0 to 0.5")

    def __call__(self, image: Image) -> Image:
        """Return one channel."""
        height, width = image.shape
        ink = cv2.threshold(image, 127, 1, cv2.THRESH_BINARY)[1]
        rows = cv2.reduce(ink, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
        top, bottom = self._sides(np.asarray(rows, np.int32).ravel(), height, width)
        inside = ink[top : height - bottom]
        if not len(inside):
            return np.zeros_like(image)
        columns = cv2.reduce(inside, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
        left, right = self._sides(np.asarray(columns, np.int32).ravel(), height, height)
        if not (top or bottom or left or right):
            return image
        framed = np.zeros_like(image)
        kept = slice(top, height - bottom), slice(left, width - right)
        framed[kept] = image[kept]
        return framed

    def _sides(self, counts: NDArray[np.int32], height: int, longest: int) -> tuple[int, int]:
        """Return how many lines are frame at the start and at the end, given the ink of each and their length."""
        deepest = max(1, round(self.depth * height)) if self.depth else 0
        framing = (counts >= self.share * longest).tolist()
        first = _last(framing[:deepest])
        return first, _last(framing[first:][::-1][:deepest])


def _last(flags: list[bool]) -> int:
    """Return how many flags there are up to the last that is set."""
    return len(flags) - flags[::-1].index(True) if True in flags else 0
