"""Over-segmentation: every piece that may be a character, for a codec that finds the best path through them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.reading.segmenters.pieces import MOST_PIECES, Pieces, connected
from captchakit.reading.segmenters.windows import Windows, runs
from captchakit.types import Box, Glyphs, Image


@dataclass(frozen=True, slots=True)
class Cuts:
    """Contours split at likely cut columns; candidates are runs of neighbouring pieces (Bursztein et al. 2014).

    Lengths are shares of the line height, the typical height of connected ink. A component is cut where its column
    profile is thinnest, at least `gap` apart, and anywhere thin where a stretch is longer than `stretch`. A
    candidate is `narrowest` to `widest` wide and of at most `most` pieces. `area` and `overlap` are those of
    `contours`, `margin` and `aspect` those of `Windows`.
    """

    gap: float = 0.14
    stretch: float = 0.36
    narrowest: float = 0.08
    widest: float = 1.3
    most: int = 6
    area: float = 0.004
    overlap: float = 0.6
    margin: float = 0.25
    aspect: float = 0.6

    def __post_init__(self) -> None:
        if not 0 < self.gap <= self.stretch or not 0 <= self.narrowest < self.widest or self.most < 1:
            raise ValueError("needs 0 < gap <= stretch, narrowest < widest and most >= 1")

    def __call__(self, image: Image) -> Glyphs:
        """Return the candidates, ordered by where they start and then by length."""
        whole = connected(image, self.area * image.shape[0] ** 2, self.overlap)
        if not whole.boxes:
            return ()
        line = _line_height(whole.boxes)
        pieces = self._cut(whole, line)
        windows = Windows(pieces, self.margin, self.aspect)
        candidates = runs(pieces.boxes, self.most, self.narrowest * line, self.widest * line)
        return windows.glyphs(candidates)

    def coarser(self) -> tuple[Cuts, ...]:
        """Return cuts that are farther apart, with as many pieces fewer to a candidate."""
        steps = ((0.2, 0.5, 4), (0.28, 0.7, 3), (0.4, 1.0, 2))
        return tuple(
            replace(self, gap=gap, stretch=stretch, most=min(self.most, most))
            for gap, stretch, most in steps
            if gap > self.gap
        )[:1]

    def narrower(self) -> tuple[Cuts, ...]:
        """Return the same cuts with candidates of fewer pieces or of fewer widths."""
        fewer = [replace(self, most=self.most - 1)] if self.most > 1 else []
        if self.widest * 0.92 > self.narrowest + 0.08:
            fewer.append(replace(self, widest=round(self.widest * 0.92, 4)))
            fewer.append(replace(self, narrowest=round(self.narrowest + 0.08, 4)))
        return tuple(fewer)

    def _cut(self, whole: Pieces, line: float) -> Pieces:
        apart, starts = _side_by_side(whole)
        shifts = {start: box.x - start for start, box in zip(starts, whole.boxes, strict=True)}
        shift = 0
        boxes: list[Box] = []
        numbers = bytearray(apart.shape[1])
        for left, right in pairwise(self._edges(apart, starts, line)):
            shift = shifts.get(left, shift)
            x, top, width, height = cv2.boundingRect(apart[:, left:right])
            if width and len(boxes) < MOST_PIECES:
                boxes.append(Box(shift + left + x, top, width, height))
                numbers[left:right] = bytes((len(boxes),)) * (right - left)
        apart *= np.frombuffer(numbers, np.uint8)
        return _in_order(Pieces(whole.image, _in_place(apart, starts, whole), tuple(boxes)))

    def _edges(self, apart: Image, starts: list[int], line: float) -> list[int]:
        """Return the columns at which components side by side are cut, the ends of each included."""
        gap = max(2, round(self.gap * line))
        profile = np.asarray(cv2.reduce(apart, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S), np.int32).ravel()
        smooth = 2 * profile
        smooth[1:] += profile[:-1]
        smooth[:-1] += profile[1:]
        inner = smooth[1:-1]
        minima = ((inner <= smooth[:-2]) & (inner <= smooth[2:])).nonzero()[0] + 1
        cuts = [*starts, *(start - 1 for start in starts[1:]), len(smooth) - 1]
        near = bytearray(len(smooth) + 2 * gap)  # the columns, moved by `gap`, that are less than that from a cut
        taken = b"x" * (2 * gap - 1)
        for column in cuts:
            near[column + 1 : column + 2 * gap] = taken
        for column in minima[smooth[minima].argsort(kind="stable")].tolist():
            if not near[column + gap]:
                cuts.append(column)
                near[column + 1 : column + 2 * gap] = taken
        cuts.sort()
        return _filled(cuts, smooth, gap, max(int(self.stretch * line), 2 * gap))


def _side_by_side(whole: Pieces) -> tuple[Image, list[int]]:
    """Return 1 where there is ink of pieces side by side, an empty column to the right of each, and where they start.

    So neighbours that share columns do not mix, and all are cut in one go.
    """
    height, width = whole.map.shape
    inked = np.zeros((height, width + 1), np.uint8)
    # Outlines are filled, so the map also covers paper within loops: only ink is cut.
    cv2.min(whole.map, cv2.threshold(whole.image, 127, 255, cv2.THRESH_BINARY)[1], inked[:, :width])
    parts = [inked[:, box.x : box.right + 1] for box in whole.boxes]
    widths = [part.shape[1] for part in parts]
    numbers = np.arange(1, len(parts) + 1, dtype=np.uint8).repeat(widths)
    apart = np.concatenate(parts, axis=1) == numbers
    return apart.view(np.uint8), [0, *accumulate(widths[:-1])]


def _in_place(apart: Image, starts: list[int], whole: Pieces) -> Image:
    """Return the pieces' map of what lies side by side."""
    cut = np.zeros_like(whole.map)
    for start, (x, y, width, height) in zip(starts, whole.boxes, strict=True):
        there = cut[y : y + height, x : x + width]
        cv2.max(there, apart[y : y + height, start : start + width], there)
    return cut


def _filled(cuts: list[int], smooth: NDArray[np.int32], gap: int, stretch: int) -> list[int]:
    """Return the cuts with more of them wherever two are farther apart than `stretch`, at the thinnest columns."""
    filled = [cuts[0]]
    for right in cuts[1:]:
        while right - filled[-1] > stretch:
            left = filled[-1] + gap
            reach = min(right - gap, filled[-1] + stretch)
            filled.append(left + int(smooth[left : reach + 1].argmin()))
        filled.append(right)
    return filled


def _line_height(boxes: tuple[Box, ...]) -> float:
    """Return the height of connected ink, the median weighted by width: specks count little, words much."""
    order = sorted(boxes, key=lambda b: b.height)
    half = sum(b.width for b in order) / 2
    total = 0
    for box in order:
        total += box.width
        if total >= half:
            return float(box.height)
    return float(order[-1].height)


def _in_order(pieces: Pieces) -> Pieces:
    order = sorted(range(len(pieces.boxes)), key=lambda k: 2 * pieces.boxes[k].x + pieces.boxes[k].width)
    if order == list(range(len(order))):
        return pieces
    table = np.zeros(256, np.uint8)
    table[np.asarray(order) + 1] = np.arange(1, len(order) + 1)
    return Pieces(pieces.image, np.asarray(cv2.LUT(pieces.map, table), np.uint8), tuple(pieces.boxes[k] for k in order))
