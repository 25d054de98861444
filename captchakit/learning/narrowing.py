"""Fewer candidates: a segmenter is narrowed as long as it still offers every path that a right answer takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from captchakit.stages import Narrowable, Segmenter
from captchakit.types import Image


def narrowed(segmenter: Segmenter, images: Sequence[Image], served: Callable[[Segmenter], int]) -> Segmenter:
    """Return the segmenter with fewer candidates of the same cuts.

    `served` tells in how many of the images it offers what is needed. At each step the variant with the fewest
    candidates is taken that serves as many as the segmenter given, and from which as many further steps would: an
    image that has not been seen may need a little more, so each limit keeps a step's distance. One that is not
    `Narrowable`, or that serves none yet, is returned as it is.
    """
    least = served(segmenter) if isinstance(segmenter, Narrowable) else 0
    if not least:  # a model that reads nothing cannot tell what it needs
        return segmenter

    @cache
    def serves(step: Segmenter) -> bool:
        return served(step) >= least

    @cache
    def count(step: Segmenter) -> int:
        return sum(len(step(image)) for image in images)

    while True:
        # A step that changes nothing here is none; a narrower limit that is never met would only harm elsewhere.
        fewer = sorted((s for s in _narrower(segmenter) if count(s) < count(segmenter)), key=count)
        room = sum(map(serves, _narrower(segmenter)))
        chosen = next((s for s in fewer if serves(s) and sum(map(serves, _narrower(s))) >= room), None)
        if chosen is None:
            return segmenter
        segmenter = chosen


def _narrower(segmenter: Segmenter) -> Sequence[Segmenter]:
    return segmenter.narrower() if isinstance(segmenter, Narrowable) else ()
