"""Clean one-channel images for segmenters: ink 255 on paper 0."""

from __future__ import annotations

import cv2
import numpy as np

from captchakit.types import Image
from tests.pictures import captcha


def ink(text: str, seed: int = 0, step: int = 30) -> Image:
    """Return a drawn captcha, binarized."""
    return np.where(cv2.cvtColor(captcha(text, seed, step), cv2.COLOR_BGR2GRAY) < 128, 255, 0).astype(np.uint8)


def bars(*runs: tuple[int, int], width: int = 120, height: int = 40) -> Image:
    """Return upright bars at the columns `start` to `stop - 1`, 24 rows tall."""
    image = np.zeros((height, width), np.uint8)
    for start, stop in runs:
        image[8:32, start:stop] = 255
    return image
