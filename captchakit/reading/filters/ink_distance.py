"""How far each pixel's colour lies from the paper's."""

from dataclasses import dataclass

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
        channels = [np.asarray(c, np.uint8) for c in cv2.split(image)]
        keys = (channels[0] // SHADES).astype(np.uint16)
        for channel in channels[1:]:
            keys = keys * np.uint16(256 // SHADES) + channel // SHADES
        paper = np.bincount(keys.ravel()).argmax()
        colour = cv2.mean(image, (keys == paper).astype(np.uint8))
        furthest = np.zeros(image.shape[:2], np.uint8)
        for channel, level in zip(channels, colour, strict=False):
            furthest = cv2.max(furthest, cv2.absdiff(channel, np.full_like(channel, round(level))))  # type: ignore[assignment]
        return np.asarray(furthest, np.uint8)
