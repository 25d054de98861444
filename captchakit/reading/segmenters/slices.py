"""Upright slices of an image: what the segmenters by column share."""

from __future__ import annotations

import numpy as np

from captchakit.types import Box, Glyph, Glyphs, Image


def sliced(image: Image, runs: list[tuple[int, int]], aspect: float) -> Glyphs:
    """Return the columns `start` to `stop - 1` of each run as a glyph, cropped to the rows that have ink."""
    glyphs: list[Glyph] = []
    for start, stop in runs:
        inked = np.flatnonzero((image[:, start:stop] > 127).any(axis=1))
        top, bottom = (int(inked[0]), int(inked[-1]) + 1) if inked.size else (0, image.shape[0])
        crop = padded(image[top:bottom, start:stop], aspect)
        glyphs.append(Glyph(crop, Box(start, top, stop - start, bottom - top), (len(glyphs), len(glyphs) + 1)))
    return tuple(glyphs)


def padded(crop: Image, aspect: float) -> Image:
    """Return a crop with paper around it, at least `aspect` as wide as high and as high as wide."""
    height, width = crop.shape
    across = max(0, round(height * aspect) - width)
    down = max(0, round(width * aspect) - height)
    if not across and not down:
        return crop
    wider = np.zeros((height + down, width + across), np.uint8)
    wider[down // 2 : down // 2 + height, across // 2 : across // 2 + width] = crop
    return wider
