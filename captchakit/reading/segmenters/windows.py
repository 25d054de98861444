"""From pieces to glyphs: a window on the image in which one candidate stands out from its surroundings."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from captchakit.reading.segmenters.pieces import Pieces
from captchakit.types import Box, Glyph


class Windows:
    """Cuts windows out of an image of pieces.

    A window is a candidate's box, `margin` of its height wider on both sides, and at least `aspect` as wide as high
    and as high as wide. The candidate's own ink has its full brightness; all other ink is shown at half of it, so
    that a classifier sees what the candidate would leave behind and does not take it for the candidate's.
    """

    def __init__(self, pieces: Pieces, margin: float, aspect: float) -> None:
        self._margin, self._aspect = margin, aspect
        height, width = pieces.image.shape
        self._pad = pad = height  # paper to every side, so that a window may reach over the border
        self._image = np.zeros((height + 2 * pad, width + 2 * pad), np.uint8)
        self._image[pad : pad + height, pad : pad + width] = pieces.image
        self._map = np.zeros_like(self._image)
        # Grown by a pixel, so that the shades of an edge belong to the piece.
        grown = cv2.dilate(pieces.map, _SQUARE)
        self._map[pad : pad + height, pad : pad + width] = np.where(pieces.map, pieces.map, grown)
        self._dim = self._image >> 1

    def glyph(self, box: Box, start: int, stop: int) -> Glyph:
        """Return pieces `start` to `stop - 1`, whose box is `box`, as one glyph."""
        margin = round(self._margin * box.height)
        left, right = self._widened(box.x - margin, box.right + margin, self._aspect * box.height)
        top, bottom = self._widened(box.y, box.bottom, self._aspect * (right - left))
        limit, pad = self._image.shape, self._pad
        rows = slice(max(0, top + pad), min(limit[0], bottom + pad))
        columns = slice(max(0, left + pad), min(limit[1], right + pad))
        own = cv2.inRange(self._map[rows, columns], start + 1, stop)
        shown = cv2.max(self._dim[rows, columns], cv2.min(self._image[rows, columns], own))
        return Glyph(np.asarray(shown, np.uint8), box, (start, stop))

    @staticmethod
    def _widened(low: int, high: int, least: float) -> tuple[int, int]:
        missing = round(least) - (high - low)
        return (low, high) if missing <= 0 else (low - missing // 2, high + missing - missing // 2)


_SQUARE = np.ones((3, 3), np.uint8)


def runs(boxes: Sequence[Box], most: int, narrowest: float, widest: float) -> list[tuple[Box, int, int]]:
    """Return (box, start, stop) of every run of up to `most` boxes that is `narrowest` to `widest` pixels wide."""
    found: list[tuple[Box, int, int]] = []
    for start in range(len(boxes)):
        left, top, right, bottom = 1 << 30, 1 << 30, 0, 0
        for stop in range(start + 1, min(start + most, len(boxes)) + 1):
            box = boxes[stop - 1]
            left, top = min(left, box.x), min(top, box.y)
            right, bottom = max(right, box.x + box.width), max(bottom, box.y + box.height)
            if right - left > widest:
                break
            if right - left >= narrowest:
                found.append((Box(left, top, right - left, bottom - top), start, stop))
    return found
