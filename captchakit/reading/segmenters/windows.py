"""From pieces to glyphs: a window on the image in which one candidate stands out from its surroundings."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.reading.segmenters.pieces import Pieces
from captchakit.types import Box, Glyph, Glyphs, Image


class Windows:
    """Cuts windows out of an image of pieces.

    A window is a candidate's box, `margin` of its height wider on both sides, and at least `aspect` as wide as high
    and as high as wide. The candidate's own ink has its full brightness; all other ink is shown at half of it, so
    that a classifier sees what the candidate would leave behind and does not take it for the candidate's.
    """

    def __init__(self, pieces: Pieces, margin: float, aspect: float) -> None:
        self._margin, self._aspect = margin, aspect
        height, width = pieces.image.shape
        # Grown by a pixel, so that the shades of an edge belong to the piece; what is another's stays so.
        owners = cv2.dilate(pieces.map, _SQUARE)
        cv2.copyTo(pieces.map, pieces.map, owners)
        self._pad = pad = height  # paper to every side, so that a window may reach over the border
        # The owner above the brightness, so that both are cut out at once.
        self._owned = np.zeros((height + 2 * pad, width + 2 * pad), np.uint16)
        self._owned[pad : pad + height, pad : pad + width] = (owners.astype(np.uint16) << 8) | pieces.image

    def glyphs(self, candidates: Sequence[tuple[Box, int, int]]) -> Glyphs:
        """Return a glyph for each (box, start, stop): pieces `start` to `stop - 1`, which `box` holds."""
        if not candidates:
            return ()
        windows = [self._around(box) for box, _, _ in candidates]
        above, below = min(w[1] for w in windows), max(w[3] for w in windows)
        parts = [self._owned[above:below, left:right] for left, _, right, _ in windows]
        widths = [part.shape[1] for part in parts]
        shown = _dimmed(np.concatenate(parts, axis=1), [(a, b) for _, a, b in candidates], widths)
        found: list[Glyph] = []
        here = 0
        for (box, start, stop), (_, top, _, bottom), width in zip(candidates, windows, widths, strict=True):
            found.append(Glyph(shown[top - above : bottom - above, here : here + width], box, (start, stop)))
            here += width
        return tuple(found)

    def _around(self, box: Box) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of the window around a box, in the padded image."""
        x, top, width, height = box
        x, top = x + self._pad, top + self._pad
        margin = round(self._margin * height)
        left, right = x - margin, x + width + margin
        missing = round(self._aspect * height) - (right - left)
        if missing > 0:
            left, right = left - missing // 2, right + missing - missing // 2
        bottom = top + height
        missing = round(self._aspect * (right - left)) - height
        if missing > 0:
            top, bottom = top - missing // 2, bottom + missing - missing // 2
        # What ends beyond the far border is cut off by itself.
        return max(0, left), max(0, top), right, bottom


_SQUARE = np.ones((3, 3), np.uint8)


def _dimmed(owned: NDArray[np.uint16], spans: list[tuple[int, int]], widths: list[int]) -> Image:
    """Return the brightness of windows side by side, halved where a pixel is none of the window's pieces.

    Piece `k` is `k + 1` on the map. Numbers below the first piece come out above all others, having no sign.
    """
    ink = owned.astype(np.uint8)
    firsts, counts = np.array([((start + 1) << 8, (stop - start) << 8) for start, stop in spans], np.uint16).T
    own = owned - firsts.repeat(widths) < counts.repeat(widths)
    shown = ink >> 1
    cv2.copyTo(ink, own.view(np.uint8), shown)
    return shown


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
