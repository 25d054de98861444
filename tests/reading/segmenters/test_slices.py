"""`projection`, `fixed` and `whole`: segmenters by column."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.registry import segmenters
from captchakit.types import Box
from tests.reading.segmenters.ink import bars, ink


def test_projection_cuts_at_empty_columns() -> None:
    """Each run of inked columns is a glyph in the box of its ink."""
    glyphs = segmenters.build("projection")(bars((10, 20), (30, 44), (60, 66)))
    assert [g.box for g in glyphs] == [Box(10, 8, 10, 24), Box(30, 8, 14, 24), Box(60, 8, 6, 24)]


def test_projection_cuts_at_valleys() -> None:
    """With a valley allowed, a thin bridge between two bars is a cut; without, they are one glyph."""
    image = bars((10, 20), (30, 40))
    image[20, 20:30] = 255
    assert len(segmenters.build("projection")(image)) == 1
    assert len(segmenters.build("projection", {"valley": 0.05})(image)) == 2


def test_projection_drops_slivers() -> None:
    """A run narrower than `width` is noise."""
    assert len(segmenters.build("projection")(bars((10, 20), (30, 31)))) == 1


@pytest.mark.parametrize("text", ["A", "ABT", "ABTABT"])
def test_projection_counts_separated_letters(text: str) -> None:
    """Letters that stand apart give as many glyphs."""
    assert len(segmenters.build("projection")(ink(text))) == len(text)


@given(count=st.integers(1, 12), start=st.integers(0, 40), width=st.integers(1, 80))
def test_fixed_shares_the_ink_out(count: int, start: int, width: int) -> None:
    """The slices lie side by side from the first to the last inked column, as wide as each other within a pixel."""
    glyphs = segmenters.build("fixed", {"count": count})(bars((start, start + width)))
    if width < count:
        assert glyphs == ()
        return
    assert len(glyphs) == count
    assert glyphs[0].box.x == start
    assert glyphs[-1].box.right == start + width
    assert all(a.box.right == b.box.x for a, b in pairwise(glyphs))
    assert np.ptp([g.box.width for g in glyphs]) <= 1


def test_fixed_can_take_the_whole_width() -> None:
    """With `whole` the slices do not hang on the ink."""
    glyphs = segmenters.build("fixed", {"count": 4, "whole": True})(bars((50, 52)))
    assert [(g.box.x, g.box.right) for g in glyphs] == [(0, 30), (30, 60), (60, 90), (90, 120)]


def test_whole_is_the_image() -> None:
    """Without a step, the one glyph is the image itself, colour too."""
    image = np.random.default_rng(0).integers(0, 256, (20, 50, 3), np.uint8)
    (glyph,) = segmenters.build("whole")(image)
    assert np.array_equal(glyph.image, image)
    assert glyph.box == Box(0, 0, 50, 20)


@given(height=st.integers(1, 60), width=st.integers(1, 300), step=st.sampled_from([0.5, 1.0, 1.5]))
def test_whole_pads_to_a_step(height: int, width: int, step: float) -> None:
    """The padded width is the next multiple of the step, the image in its middle, the box that of the padded image."""
    image = np.random.default_rng(height).integers(0, 256, (height, width), np.uint8)
    (glyph,) = segmenters.build("whole", {"step": step})(image)
    wide = glyph.image.shape[1]
    unit = step * height
    assert wide >= width
    assert abs(wide / unit - round(wide / unit)) * unit <= 0.5 + 1e-6
    assert wide - width < unit + 1
    assert glyph.box == Box(-((wide - width) // 2), 0, wide, height)
    left = -glyph.box.x
    assert np.array_equal(glyph.image[:, left : left + width], image)


def test_whole_pads_with_the_colour_of_each_side() -> None:
    """A noisy border is not drawn out into lines: each side takes the median of its own column."""
    image = np.full((21, 50, 3), 200, np.uint8)
    image[:, -1] = 90
    image[::3, 0] = image[::3, -1] = 0
    (glyph,) = segmenters.build("whole", {"step": 2})(image)
    assert (glyph.image[:, : -glyph.box.x] == 200).all()
    assert (glyph.image[:, 50 - glyph.box.x :] == 90).all()
