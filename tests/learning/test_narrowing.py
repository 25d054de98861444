"""Fewer candidates, as long as what is read with them stays right."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from captchakit.learning.narrowing import narrowed, offering, path_of
from captchakit.registry import segmenters
from captchakit.stages import Segmenter
from captchakit.types import Box, Glyph, Glyphs, Image
from tests.learning.test_doubting import CODEC, image, said
from tests.pictures import texts
from tests.reading.segmenters.ink import ink

IMAGES = [ink(t, n, step=18) for n, t in enumerate(texts(12, "ABTHM", 4, 5))]
WIDE = segmenters.build("cuts")
PAIRS = [{g.box for g in WIDE(image) if g.span[1] - g.span[0] == 2} for image in IMAGES]


def served(segmenter: Segmenter) -> int:
    """Return in how many images some candidate lies roughly where each pair of pieces does."""
    offers = [[g.box for g in segmenter(image)] for image in IMAGES]
    return sum(
        all(any(o.alike(box) >= 0.5 for o in offer) for box in boxes)
        for offer, boxes in zip(offers, PAIRS, strict=True)
    )


def candidates(segmenter: Segmenter) -> int:
    """Return how many candidates all images have together."""
    return sum(len(segmenter(image)) for image in IMAGES)


def test_fewer_candidates_serve_as_many_images() -> None:
    """After narrowing there are fewer candidates, and as many images are right as before."""
    narrow = narrowed(WIDE, IMAGES, served)
    assert candidates(narrow) < candidates(WIDE)
    assert served(narrow) == served(WIDE)


def test_where_every_candidate_is_needed_none_is_lost() -> None:
    """A segmenter stays as it is where anything less reads less."""
    assert narrowed(WIDE, IMAGES, lambda s: len(IMAGES) if candidates(s) == candidates(WIDE) else 0) == WIDE


def test_a_segmenter_that_cannot_be_narrowed_stays() -> None:
    """One glyph for each piece of ink is as few as there can be."""
    plain = segmenters.build("contours")
    assert narrowed(plain, IMAGES, served) is plain


def test_a_model_that_reads_nothing_narrows_nothing() -> None:
    """Where no image is right with any segmenter, that is no reason to take the one with the fewest candidates."""
    assert narrowed(WIDE, IMAGES, lambda _: 0) is WIDE


@dataclass(frozen=True)
class Slices:
    """So many glyphs of no ink, and so many more, each number of which can be one less."""

    some: int = 5
    more: int = 5

    def __call__(self, image: Image) -> Glyphs:
        """Return the glyphs."""
        return tuple(Glyph(image, Box(0, 0, 1, 1), (k, k + 1)) for k in range(self.some + self.more))

    def coarser(self) -> tuple[Slices, ...]:
        """Return nothing."""
        return ()

    def narrower(self) -> tuple[Slices, ...]:
        """Return one less of either."""
        less = (replace(self, some=self.some - 1), replace(self, more=self.more - 1))
        return tuple(slices for slices in less if min(slices.some, slices.more) > 0)


def test_every_limit_keeps_a_step_from_where_it_would_lose() -> None:
    """A limit ends one step short of what just serves, and one that cannot be narrowed does not hold the other."""
    blank = [np.zeros((2, 2), np.uint8)]
    assert narrowed(Slices(), blank, lambda s: s.some >= 3 and s.more >= 4) == Slices(4, 5)  # type: ignore[attr-defined]
    assert narrowed(Slices(), blank, lambda s: s.some >= 2 and s.more >= 5) == Slices(3, 5)  # type: ignore[attr-defined]


def test_a_path_is_that_of_an_image_read_right() -> None:
    """The spans of its characters; an image that is misread has none."""
    assert path_of(image("ABT"), said("ABT"), CODEC) == {(0, 1), (1, 2), (2, 3)}
    assert path_of(image("ABT"), said("ABB"), CODEC) is None


def test_an_image_is_served_where_its_whole_path_is_offered() -> None:
    """A glyph that is missing leaves it without, and an image without a path is never served."""
    blank = np.zeros((2, 2), np.uint8)
    paths = [frozenset({(0, 1), (1, 2)}), frozenset({(1, 2), (2, 3)}), None]
    assert offering(Slices(1, 1), [blank] * 3, paths) == 1
    assert offering(Slices(2, 1), [blank] * 3, paths) == 2
