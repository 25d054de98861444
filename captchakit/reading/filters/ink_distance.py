"""How far each pixel's colour lies from the paper's."""

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np

from captchakit.types import Image

SHADES = 16
"""Gray levels of a channel that count as one colour when the most frequent is sought."""


@dataclass(frozen=True, slots=True)
class InkDistance:
    """Largest channel difference from the paper, the most frequent colour: ink comes out bright whatever its colour."""

    def __call__(self, image: Image) -> Image:
        """Return one channel, ink bright."""
        depth = image.shape[2] if image.ndim == 3 else 1
        sample = image[::2]  # every second row knows the paper
        count = 256 // SHADES
        shades = cv2.calcHist([sample], [*range(depth)], None, [count] * depth, [0, 256] * depth)
        place = int(shades.argmax())
        darkest = [float(place // count**after % count * SHADES) for after in reversed(range(depth))]
        brightest = [level + SHADES - 1 for level in darkest]
        colour = cv2.mean(sample, cv2.inRange(sample, tuple(darkest), tuple(brightest)))
        apart = cv2.absdiff(image, np.array([round(level) for level in colour], np.float64))
        return np.asarray(reduce(cv2.max, cv2.split(apart)), np.uint8)
