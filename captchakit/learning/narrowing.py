"""Fewer candidates: a segmenter is narrowed as long as it still offers every path that a right answer takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, cast

from captchakit.learning.examples import Framed
from captchakit.stages import Codec, Narrowable, Segmenter
from captchakit.types import Image, Predictions, Probabilities

Path = frozenset[tuple[int, int]]
"""The spans of the glyphs that are an image's characters."""


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
    def serves(step: Any) -> bool:
        return served(step) >= least

    @cache
    def count(step: Any) -> int:
        return sum(len(step(image)) for image in images)

    narrow: Any = segmenter
    while True:
        steps = _narrower(narrow)
        # A step that changes nothing here is none; a narrower limit that is never met would only harm elsewhere.
        fewer = sorted((step for step in steps if count(step) < count(narrow)), key=count)
        room = sum(map(serves, steps))
        chosen = next((step for step in fewer if serves(step) and sum(map(serves, _narrower(step))) >= room), None)
        if chosen is None:
            return cast(Segmenter, narrow)
        narrow = chosen


def _narrower(segmenter: Segmenter) -> Sequence[Any]:
    # A part is a frozen dataclass, which can be hashed; the protocol does not say so.
    return segmenter.narrower() if isinstance(segmenter, Narrowable) else ()


def path_of(image: Framed, said: Probabilities, codec: Codec) -> Path | None:
    """Return the spans of the characters where an image is read as its label says, None where it is not."""
    if codec.decode(Predictions(said, image.glyphs)).text != image.label:
        return None
    encoded = codec.encode(image.label, image.glyphs, said)
    if encoded is None:
        return None
    chosen, targets = encoded
    on_path = targets[:, 0] < len(codec.alphabet)
    return frozenset(image.glyphs[k].span for k in chosen[on_path].tolist())


def offering(segmenter: Segmenter, images: Sequence[Image], paths: Sequence[Path | None]) -> int:
    """Return in how many filtered images a segmenter offers each glyph of the path.

    That an image is still read right is not enough: what was learned from may be read right without the path that it
    takes, and another image like it is not.
    """
    return sum(
        path is not None and path <= {g.span for g in segmenter(image)}
        for image, path in zip(images, paths, strict=True)
    )
