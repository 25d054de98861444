"""Fewer candidates, as long as what the labels need is still among them."""

from __future__ import annotations

from captchakit.learning.narrowing import narrowed
from captchakit.registry import segmenters
from captchakit.types import Box, Glyphs
from tests.pictures import texts
from tests.reading.segmenters.ink import ink

IMAGES = [ink(t, n, step=18) for n, t in enumerate(texts(12, "ABTHM", 4, 5))]


def serves(glyphs: Glyphs, box: Box) -> bool:
    """Return whether some candidate lies roughly where the box does."""
    return any(g.box.alike(box) >= 0.5 for g in glyphs)


def test_what_is_needed_is_still_offered() -> None:
    """After narrowing there are fewer candidates, and each image still offers one where its label needs it."""
    wide = segmenters.build("cuts")
    needed = [frozenset(g.box for g in wide(image) if g.span[1] - g.span[0] == 2) for image in IMAGES]
    narrow = narrowed(wide, IMAGES, needed)
    assert sum(len(narrow(image)) for image in IMAGES) < sum(len(wide(image)) for image in IMAGES)
    assert all(serves(narrow(image), box) for image, boxes in zip(IMAGES, needed, strict=True) for box in boxes)


def test_where_all_is_needed_nothing_is_lost() -> None:
    """Where every candidate is needed there is still one in each place."""
    wide = segmenters.build("cuts")
    needed = [frozenset(g.box for g in wide(image)) for image in IMAGES]
    narrow = narrowed(wide, IMAGES, needed)
    assert all(serves(narrow(image), box) for image, boxes in zip(IMAGES, needed, strict=True) for box in boxes)


def test_a_segmenter_that_cannot_be_narrowed_stays() -> None:
    """One glyph for each piece of ink is as few as there can be."""
    plain = segmenters.build("contours")
    assert narrowed(plain, IMAGES, [frozenset()] * len(IMAGES)) is plain
