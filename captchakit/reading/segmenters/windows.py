"""From pieces to glyphs: a window on the image in which one candidate stands out from its surroundings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.reading.segmenters.pieces import Pieces
from captchakit.types import Box, Glyph, Glyphs


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

    def glyphs(self, candidates: Iterable[tuple[Box, int, int]]) -> Glyphs:
        """Return a glyph for each (box, start, stop): pieces `start` to `stop - 1`, which `box` holds."""
        image, owners, pad = self._image, self._map, self._pad
        found: list[Glyph] = []
        for box, start, stop in candidates:
            left, top, right, bottom = self._around(box)
            rows = slice(max(0, top + pad), bottom + pad)  # what ends beyond the far border is cut off by itself
            columns = slice(max(0, left + pad), right + pad)
            halved = cv2.LUT(owners[rows, columns], _halving(stop - start)[255 - start : 511 - start])
            found.append(Glyph(image[rows, columns] >> halved, box, (start, stop)))
        return tuple(found)

    def _around(self, box: Box) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of the window around a box."""
        x, top, width, height = box
        margin = round(self._margin * height)
        left, right = x - margin, x + width + margin
        missing = round(self._aspect * height) - (right - left)
        if missing > 0:
            left, right = left - missing // 2, right + missing - missing // 2
        bottom = top + height
        missing = round(self._aspect * (right - left)) - height
        if missing > 0:
            top, bottom = top - missing // 2, bottom + missing - missing // 2
        return left, top, right, bottom


_SQUARE = np.ones((3, 3), np.uint8)


@cache
def _halving(count: int) -> NDArray[np.uint8]:
    """Return a table whose 256 entries from `255 - start` on are 0 for pieces `start` to `start + count - 1`, else 1.

    Piece `k` is `k + 1` on the map. The entries say by how many bits its ink is dimmed.
    """
    table = np.ones(512 + count, np.uint8)
    table[256 : 256 + count] = 0
    return table


def runs(boxes: Sequence[Box], most: int, narrowest: float, widest: float) -> list[tuple[Box, int, int]]:
    """Return (box, start, stop) of every run of up to `most` boxes that is `narrowest` to `widest` pixels wide."""
    found: list[tuple[Box, int, int]] = []
    sides = [(x, y, x + width, y + height) for x, y, width, height in boxes]
    for start in range(len(sides)):
        left, top, right, bottom = sides[start]
        stop = start
        for x, y, end, foot in sides[start : start + most]:
            stop += 1
            # Conditions and not min and max: one call costs as much as all four, for every candidate.
            left = x if x < left else left
            top = y if y < top else top
            right = end if end > right else right
            bottom = foot if foot > bottom else bottom
            if right - left > widest:
                break
            if right - left >= narrowest:
                found.append((Box(left, top, right - left, bottom - top), start, stop))
    return found
