"""Colour to gray."""

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Image


@dataclass(frozen=True, slots=True)
class Gray:
    """Luma of a colour image (ITU-R BT.601); an image of one channel stays as it is."""

    def __call__(self, image: Image) -> Image:
        """Return one channel."""
        return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
