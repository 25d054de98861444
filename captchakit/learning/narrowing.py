"""Fewer candidates: a segmenter is narrowed to what the labels of the training images need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from captchakit.stages import Narrowable, Segmenter
from captchakit.types import Box, Image

Boxes = frozenset[Box]

ROUGHLY = 0.6
"""The intersection over union from which a coarser cut will do for a character: what is learned from then on fits."""

COARSE_KEPT = 0.985
NARROW_KEPT = 0.997
"""The share of images that must still offer a box for every character, with coarser cuts and with fewer of the same."""


def narrowed(segmenter: Segmenter, images: Sequence[Image], needed: Sequence[Boxes]) -> Segmenter:
    """Return the segmenter with fewer candidates, still offering what is `needed` in (nearly) each image.

    First it is made coarser, as long as some candidate lies roughly where each character does; then it is narrowed,
    as long as it offers those very candidates. One that is not `Narrowable` is returned as it is.
    """
    if not isinstance(segmenter, Narrowable):
        return segmenter
    coarse = _fewest(segmenter, lambda s: s.coarser(), images, needed, ROUGHLY, COARSE_KEPT)
    offers = [{glyph.box for glyph in coarse(image)} for image in images]
    nearest = [
        frozenset(max(offer, key=box.alike) for box in boxes) if offer else frozenset[Box]()
        for offer, boxes in zip(offers, needed, strict=True)
    ]
    return _fewest(coarse, lambda s: s.narrower(), images, nearest, 1.0, NARROW_KEPT)


def _fewest(
    segmenter: Segmenter,
    steps: Callable[[Narrowable], Sequence[Segmenter]],
    images: Sequence[Image],
    needed: Sequence[Boxes],
    near: float,
    kept: float,
) -> Segmenter:
    """Go on to the step with the fewest candidates until no step keeps enough."""
    while isinstance(segmenter, Narrowable):
        counts = {step: _candidates(step, images, needed, near, kept) for step in steps(segmenter)}
        able = {step: count for step, count in counts.items() if count is not None}
        if not able:
            break
        segmenter = min(able, key=lambda step: able[step])
    return segmenter


def _candidates(
    segmenter: Segmenter, images: Sequence[Image], needed: Sequence[Boxes], near: float, kept: float
) -> int | None:
    """Return how many candidates the images have, None where too many images lack one that they need."""
    total, lost = 0, 0
    for image, boxes in zip(images, needed, strict=True):
        offered = {glyph.box for glyph in segmenter(image)}
        total += len(offered)
        lost += any(box not in offered and max(map(box.alike, offered), default=0.0) < near for box in boxes)
        if lost > (1 - kept) * len(images):
            return None
    return total
