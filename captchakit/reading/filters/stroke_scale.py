"""Bring writing of all sizes to one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captchakit.types import Image

FEW = 20
"""Fewer strokes than this tell nothing; the image keeps its size."""


@dataclass(frozen=True, slots=True)
class StrokeScale:
    """Scale so that from one stroke to the next along a row it is `period` pixels on average; ink bright.

    Letters follow strokes in writing of every kind, so this is a size that needs no lines, letters or heights to be
    found. Gaps wider than a dozen strokes are between words and do not count. The factor stays within `least` to
    `limit`, and neither side grows past 2048 pixels.
    """

    period: float = 7.0
    least: float = 0.15
    limit: float = 2.5

    def __post_init__(self) -> None:
        if self.period < 1 or not 0 < self.least <= self.limit:
            raise ValueError("period must be at least 1 pixel, least above 0 and at most limit")

    def matrix(self, image: Image) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return the scaling about the pixels' corners and the new (width, height)."""
        height, width = image.shape[:2]
        found = stroke_period(image)
        wanted = self.period / found if found else 1.0
        factor = min(max(wanted, self.least), self.limit, 2048 / max(height, width))
        size = max(8, round(width * factor)), max(8, round(height * factor))
        across, down = size[0] / width, size[1] / height
        return np.array([[across, 0.0, (across - 1) / 2], [0.0, down, (down - 1) / 2]]), size


def stroke_period(image: Image) -> float:
    """Return the mean distance in pixels from stroke to stroke along the rows, 0 where there are too few."""
    ink = np.pad((image > 127).astype(np.int8), ((0, 0), (1, 1)))
    steps = np.diff(ink, axis=1)
    rows, begins = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    if len(begins) < FEW:
        return 0.0
    thick = float(np.median(ends - begins))
    gaps = (begins[1:] - ends[:-1])[rows[1:] == rows[:-1]]
    gaps = gaps[gaps < 12 * thick + 8]
    return thick + float(gaps.mean()) if len(gaps) >= FEW else 0.0
