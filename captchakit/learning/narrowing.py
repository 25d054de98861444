"""Fewer candidates: a segmenter is narrowed to what the labels of the training images need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from captchakit.stages import Narrowable, Segmenter
from captchakit.types import Box, Glyphs, Image

KEPT = 0.997
"""The share of images in which a narrower segmenter must still offer every character's box."""


def narrowed(segmenter: Segmenter, images: Sequence[Image], needed: Sequence[frozenset[Box]]) -> Segmenter:
    """Return the segmenter narrowed step by step as long as it still offers the boxes `needed` of each image.

    One that is not `Narrowable` is returned as it is.
    """
    while isinstance(segmenter, Narrowable):
        fits = (s for s in segmenter.narrower() if _keeps(s, images, needed))
        best = min(fits, key=lambda s: _count(s, images), default=None)
        if best is None:
            break
        segmenter = best
    return segmenter


def _keeps(segmenter: Callable[[Image], Glyphs], images: Sequence[Image], needed: Sequence[frozenset[Box]]) -> bool:
    lost, most = 0, (1 - KEPT) * len(images)
    for image, boxes in zip(images, needed, strict=True):
        lost += not boxes <= {g.box for g in segmenter(image)}
        if lost > most:
            return False
    return True


def _count(segmenter: Callable[[Image], Glyphs], images: Sequence[Image]) -> int:
    return sum(len(segmenter(image)) for image in images)
