"""From glyphs of all sizes to one tensor."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from captchakit.types import Glyphs, Image, Tensor


@dataclass(frozen=True, slots=True)
class Framing:
    """The input size of a model. Framing only resizes: padding is the segmenter's, so that boxes stay true.

    `width` 0 means that the width follows the glyph at the given height, for models with a free width.
    """

    height: int
    width: int
    channels: int = 1

    def __post_init__(self) -> None:
        if not (1 <= self.height <= 4096 and 0 <= self.width <= 4096 and self.channels in (1, 3)):
            raise ValueError("height must be 1 to 4096, width 0 to 4096, channels 1 or 3")

    def frame(self, glyphs: Glyphs) -> Tensor:
        """Return `(N, channels, height, width)` from 0 to 1; glyphs of one call must share a free width."""
        if not glyphs:
            return np.zeros((0, self.channels, self.height, max(self.width, 1)), np.float32)
        depth = () if self.channels == 1 else (self.channels,)
        frames = np.empty((len(glyphs), self.height, self.width_of(glyphs[0].image), *depth), np.uint8)
        size, much = (frames.shape[2], self.height), 1.5 * self.height
        for frame, glyph in zip(frames, glyphs, strict=True):
            image = glyph.image if glyph.image.ndim == frame.ndim else _recoloured(glyph.image)
            # Area averaging is right for shrinking by much, and blocky and slow for anything else.
            how = cv2.INTER_AREA if len(image) > much else cv2.INTER_LINEAR
            cv2.resize(image, size, frame, 0, 0, how)  # by keyword it takes a fifth longer
        tensor = frames[:, np.newaxis] if self.channels == 1 else frames.transpose(0, 3, 1, 2)
        return np.multiply(tensor, np.float32(1 / 255), dtype=np.float32)

    def width_of(self, image: Image) -> int:
        """Return the tensor width that `image` will have."""
        return self.width or max(1, round(image.shape[1] * self.height / image.shape[0]))


def _recoloured(image: Image) -> Image:
    """Return gray of colour, and colour of gray."""
    how = cv2.COLOR_BGR2GRAY if image.ndim == 3 else cv2.COLOR_GRAY2BGR
    return np.asarray(cv2.cvtColor(image, how), np.uint8)
