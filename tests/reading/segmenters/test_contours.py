"""`contours`: one glyph for each connected piece of ink."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.registry import segmenters
from captchakit.types import Image
from tests.reading.segmenters.ink import bars, ink


@given(text=st.text("ABCEHKMRTX2357", min_size=1, max_size=8), seed=st.integers(0, 1000))
def test_counts_separated_letters(text: str, seed: int) -> None:
    """Letters that stand apart give as many glyphs, from left to right, with their ink inside their boxes."""
    image = ink(text, seed)
    glyphs = segmenters.build("contours")(image)
    assert len(glyphs) == len(text)
    assert [g.box.x for g in glyphs] == sorted(g.box.x for g in glyphs)
    covered = np.zeros(image.shape, bool)
    for g in glyphs:
        covered[g.box.y : g.box.bottom, g.box.x : g.box.right] = True
    assert covered[image > 127].all()


@pytest.mark.parametrize("text", ["i", "j", "ij", "Ai", "iAj"])
def test_dots_stay_with_their_stems(text: str) -> None:
    """An i or j is one glyph, its box reaching from its dot to its foot."""
    image = ink(text)
    glyphs = segmenters.build("contours")(image)
    assert len(glyphs) == len(text)
    for glyph in glyphs:
        rows = np.flatnonzero(image[:, glyph.box.x : glyph.box.right].any(axis=1))
        assert (glyph.box.y, glyph.box.bottom) == (rows[0], rows[-1] + 1)


@pytest.mark.parametrize("text", ["i", "Ai", "iAi"])
def test_dots_stay_with_their_stems_where_ink_is_cut(text: str) -> None:
    """With `cuts` too, what lies in the columns of an i is the whole of it."""
    image = ink(text)
    for stem in (g.box for g in segmenters.build("contours")(image) if g.box.width < 8):
        inside = [g.box for g in segmenters.build("cuts")(image) if g.box.x >= stem.x and g.box.right <= stem.right]
        assert inside == [stem]


def test_a_speck_is_no_glyph() -> None:
    """Ink of a few pixels does not count."""
    image = bars((10, 16), (40, 46))
    image[20, 90] = 255
    assert len(segmenters.build("contours")(image)) == 2


def test_what_lies_inside_a_ring_belongs_to_it() -> None:
    """A dot inside a hole is part of the glyph around it."""
    image = bars((10, 40))
    image[12:28, 14:36] = 0
    image[18:22, 22:27] = 255
    (glyph,) = segmenters.build("contours")(image)
    assert glyph.box.width == 30


def test_other_ink_inside_the_box_is_dimmed() -> None:
    """A neighbour that reaches into a glyph's crop is shown at no more than half, so that it is told from its own."""
    image = np.zeros((40, 60), np.uint8)
    image[5:35, 5:9] = image[31:35, 5:30] = 255  # an L
    image[5:25, 20:40] = 255  # a block over its foot
    first, _ = segmenters.build("contours", {"overlap": 0.9})(image)
    assert first.box.width == 25
    assert (first.image > 127).sum() == 4 * 30 + 4 * 21


def test_a_narrow_glyph_is_padded_with_paper_and_its_box_is_not() -> None:
    """A bar's crop is at least `aspect` times as wide as high, its ink in the middle; its box stays the ink's."""
    (glyph,) = segmenters.build("contours", {"aspect": 0.6})(bars((50, 53)))
    assert glyph.image.shape[1] >= 0.6 * glyph.image.shape[0] - 1
    assert (glyph.box.x, glyph.box.width) == (50, 3)
    inked = np.flatnonzero(glyph.image.max(axis=0) > 127)
    assert abs(inked.mean() - (glyph.image.shape[1] - 1) / 2) <= 1


def soft(image: Image) -> Image:
    grown = np.zeros_like(image)
    grown[:, :-1] |= image[:, 1:] // 3
    return np.maximum(grown, image)


def test_soft_edges_do_not_move_boxes() -> None:
    """Shades below half around the ink change neither the count nor the boxes."""
    hard = segmenters.build("contours")(ink("ABT"))
    told = segmenters.build("contours")(soft(ink("ABT")))
    assert [g.box for g in told] == [g.box for g in hard]
