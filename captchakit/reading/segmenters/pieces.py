"""Connected ink: what the segmenters by contour share.

A piece map is an image `(height, width)` of uint8: 0 is paper, `k + 1` is piece `k` in reading order.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from captchakit.types import Box, Image

MOST_PIECES = 254


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Ink in pieces: the image, the map of which pixel belongs to which, and their boxes in reading order."""

    image: Image
    map: Image
    boxes: tuple[Box, ...]


def connected(image: Image, area: float, overlap: float) -> Pieces:
    """Return the connected components of ink by their outer contours, from left to right.

    Components of less than `area` pixels are dropped; two are one piece where their columns overlap by `overlap` of
    the narrower, which keeps the dot with its i and the parts of a broken character together.
    """
    # The enclosed area is what a contour knows; a stroke of one pixel has none, so its length counts too.
    outlines = [c for c in _outlines(image) if cv2.contourArea(c) + len(c) >= area]
    found = sorted(((Box(*cv2.boundingRect(c)), c) for c in outlines), key=lambda f: f[0][:2])
    groups = _grouped([box for box, _ in found], overlap)[:MOST_PIECES]
    labels = np.zeros_like(image)
    for number, (_, members) in enumerate(groups, start=1):
        cv2.fillPoly(labels, [found[k][1] for k in members], (number,))
    return Pieces(image, labels, tuple(box for box, _ in groups))


def _outlines(image: Image) -> list[NDArray[np.int32]]:
    """Return the outer contours of all components, also of those that lie inside another's hole."""
    ink = cv2.threshold(image, 127, 255, cv2.THRESH_BINARY)[1]
    contours, hierarchy = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if hierarchy is None:
        return []
    parents = np.asarray(hierarchy).reshape(-1, 4)[:, 3].tolist()
    return [np.asarray(c, np.int32) for c, parent in zip(contours, parents, strict=True) if parent < 0]


def _grouped(boxes: list[Box], overlap: float) -> list[tuple[Box, list[int]]]:
    """Return which of `boxes`, sorted by their left edge, belong together, and the box around them."""
    groups: list[tuple[Box, list[int]]] = []
    for number, box in enumerate(boxes):
        x, _, width, _ = box
        for place in range(len(groups) - 1, -1, -1):
            other, members = groups[place]
            left, _, across, _ = other
            shared = min(x + width, left + across) - max(x, left)
            if shared >= overlap * min(width, across):
                groups[place] = Box.around((other, box)), [*members, number]
                break
        else:
            groups.append((box, [number]))
    return sorted(groups, key=lambda g: 2 * g[0].x + g[0].width)
