"""Fewer candidates: a segmenter is narrowed as long as what has been learned reads no worse with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from captchakit.stages import Narrowable, Segmenter
from captchakit.types import Image

SPARED = 0.005
"""The share of images by which fewer candidates may read less: differences below it are chance."""


def narrowed(segmenter: Segmenter, images: Sequence[Image], right: Callable[[Segmenter], int]) -> Segmenter:
    """Return the segmenter with fewer candidates of the same cuts.

    `right` tells how many of the images are read as their labels say. At each step the variant with the fewest
    candidates is taken that reads as many as the segmenter given. One that is not `Narrowable`, or with which nothing
    is read yet, is returned as it is.
    """
    if not isinstance(segmenter, Narrowable):
        return segmenter
    read = right(segmenter)
    if not read:  # a model that reads nothing cannot tell what it needs
        return segmenter
    least = read - SPARED * len(images)
    while isinstance(segmenter, Narrowable):
        count = _candidates(segmenter, images)
        counted = [(_candidates(step, images), step) for step in segmenter.narrower()]
        # A step that changes nothing here is none; a narrower limit that is never met would only harm elsewhere.
        fewer = sorted((c for c in counted if c[0] < count), key=lambda c: c[0])
        chosen = next((step for _, step in fewer if right(step) >= least), None)
        if chosen is None:
            break
        segmenter = chosen
    return segmenter


def _candidates(segmenter: Segmenter, images: Sequence[Image]) -> int:
    return sum(len(segmenter(image)) for image in images)
