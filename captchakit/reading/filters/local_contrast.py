"""Ink of any strength on paper of any shade, told by its neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class LocalContrast:
    """How much darker a pixel is than the paper around it, as a share of the darkest within reach; ink bright.

    Paper is what a closing by `stroke` pixels, wider than any stroke, leaves. So shadows, stains and the colours of
    paper and ink are gone, and soft edges stay. Contrast below `least` of the image's own is noise and stays weak.
    The outermost ring becomes paper: whatever pads by repeating the border then pads with paper.
    """

    stroke: int = 25
    least: float = 0.4

    def __post_init__(self) -> None:
        if self.stroke < 3 or not 0 < self.least <= 1:
            raise ValueError("stroke must be at least 3 pixels, least above 0 and at most 1")

    def __call__(self, image: Image) -> Image:
        """Return one channel of one channel in which ink is dark."""
        around = self.stroke + 6
        kernel = np.ones((self.stroke, self.stroke), np.uint8)
        paper = cv2.morphologyEx(cv2.medianBlur(image, 3), cv2.MORPH_CLOSE, kernel)
        paper = cv2.blur(paper, (self.stroke, self.stroke))
        darker = cv2.subtract(paper, image)
        darkest = cv2.dilate(cv2.blur(darker, (3, 3)), np.ones((around, around), np.uint8))
        scale = np.maximum(cv2.blur(darkest, (around, around)), self.least * np.percentile(darker, 99))
        share = darker.astype(np.float32) / (scale.astype(np.float32) + np.float32(1e-3))
        ink = np.clip(share * np.float32(1.5 * 255) - np.float32(0.25 * 255), 0, 255).astype(np.uint8)
        ink[0], ink[-1], ink[:, 0], ink[:, -1] = 0, 0, 0, 0
        return np.asarray(ink, np.uint8)
