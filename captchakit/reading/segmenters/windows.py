"""From pieces to glyphs: a window on the image in which one candidate stands out from its surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.reading.segmenters.pieces import Pieces
from captchakit.types import Box, Glyph, Glyphs, Image

Candidate = tuple[Box, int, int]
"""A run of pieces: their box, the first of them, and the one after the last."""


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

    def glyphs(self, candidates: Sequence[Candidate]) -> Glyphs:
        """Return a glyph for each (box, start, stop): pieces `start` to `stop - 1`, which `box` holds."""
        if not candidates:
            return ()
        windows = self._around([box for box, _, _ in candidates])
        lefts, tops, rights, bottoms = zip(*windows, strict=True)
        above = min(tops)
        rows = self._owned[above : max(bottoms)]
        parts = [rows[:, left:right] for left, right in zip(lefts, rights, strict=True)]
        widths = [part.shape[1] for part in parts]
        shown = _dimmed(np.concatenate(parts, axis=1), candidates, widths)
        return tuple(
            Glyph(shown[top - above : bottom - above, end - width : end], box, (start, stop))
            for (box, start, stop), top, bottom, width, end in zip(
                candidates, tops, bottoms, widths, accumulate(widths), strict=True
            )
        )

    def _around(self, boxes: Sequence[Box]) -> list[tuple[int, int, int, int]]:
        """Return left, top, right and bottom of the window around each box, in the padded image."""
        margin, aspect, pad = self._margin, self._aspect, self._pad
        found: list[tuple[int, int, int, int]] = []
        for x, y, width, height in boxes:
            aside = round(margin * height)
            left, right = x + pad - aside, x + pad + width + aside
            missing = round(aspect * height) - (right - left)
            if missing > 0:
                left, right = left - missing // 2, right + missing - missing // 2
            top, bottom = y + pad, y + pad + height
            missing = round(aspect * (right - left)) - height
            if missing > 0:
                top, bottom = top - missing // 2, bottom + missing - missing // 2
            # What ends beyond the far border is cut off by itself.
            found.append((max(0, left), max(0, top), right, bottom))
        return found


_SQUARE = np.ones((3, 3), np.uint8)


def _dimmed(owned: NDArray[np.uint16], candidates: Sequence[Candidate], widths: list[int]) -> Image:
    """Return the brightness of windows side by side, halved where a pixel is none of the window's pieces.

    Piece `k` is `k + 1` on the map. Numbers below the first piece come out above all others, having no sign.
    """
    ink = owned.astype(np.uint8)
    firsts = np.array([(start + 1) << 8 for _, start, _ in candidates], np.uint16)
    counts = np.array([(stop - start) << 8 for _, start, stop in candidates], np.uint16)
    own = owned - firsts.repeat(widths) < counts.repeat(widths)
    shown = np.asarray(ink >> 1, np.uint8)
    cv2.copyTo(ink, own.view(np.uint8), shown)
    return shown


def runs(boxes: Sequence[Box], most: int, narrowest: float, widest: float) -> list[Candidate]:
    """Return (box, start, stop) of every run of up to `most` boxes that is `narrowest` to `widest` pixels wide."""
    found: list[Candidate] = []
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
