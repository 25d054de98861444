"""From glyphs of all sizes to one tensor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captchakit.reading.framing import Framing
from captchakit.types import Box, Glyph, Image

SIDES = st.integers(1, 40)


def glyph(image: Image) -> Glyph:
    return Glyph(image, Box(0, 0, image.shape[1], image.shape[0]), (0, 1))


def random_image(height: int, width: int, seed: int, colour: bool = False) -> Image:
    shape = (height, width, 3) if colour else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from([1, 3]), st.booleans(), st.integers(1, 3))
def test_frames_any_glyphs(
    height: int, width: int, tall: int, wide: int, channels: int, colour: bool, count: int
) -> None:
    """Glyphs of any size and channels become float32 of the framing's shape, from 0 to 1."""
    held = tuple(glyph(random_image(tall, wide, n, colour)) for n in range(count))
    tensor = Framing(height, width, channels).frame(held)
    assert tensor.shape == (count, channels, height, width)
    assert tensor.dtype == np.float32
    assert tensor.min() >= 0
    assert tensor.max() <= 1


@given(SIDES, SIDES, st.integers(0, 255), st.sampled_from([1, 3]))
def test_a_flat_glyph_stays_flat(tall: int, wide: int, level: int, channels: int) -> None:
    """A glyph of one gray level has that level everywhere: nothing is padded."""
    tensor = Framing(12, 9, channels).frame((glyph(np.full((tall, wide), level, np.uint8)),))
    assert np.allclose(tensor, level / 255, atol=1e-6)


@given(SIDES, SIDES, st.sampled_from([1, 3]))
def test_a_glyph_of_the_right_size_is_not_touched(tall: int, wide: int, channels: int) -> None:
    """At the framing's own size the pixels are those of the glyph."""
    image = random_image(tall, wide, 0, channels == 3)
    tensor = Framing(tall, wide, channels).frame((glyph(image),))
    expected = image[np.newaxis] if channels == 1 else image.transpose(2, 0, 1)
    assert np.allclose(tensor[0] * 255, expected, atol=1e-3)


@given(SIDES, SIDES, SIDES)
def test_a_free_width_follows_the_glyph(height: int, tall: int, wide: int) -> None:
    """With width 0 the tensor keeps the glyph's proportions within a pixel, and says so beforehand."""
    framing, image = Framing(height, 0), random_image(tall, wide, 0)
    tensor = framing.frame((glyph(image),))
    assert tensor.shape[3] == framing.width_of(image)
    assert abs(tensor.shape[3] - wide * height / tall) <= 1


@pytest.mark.parametrize(("framing", "shape"), [(Framing(8, 6), (0, 1, 8, 6)), (Framing(8, 0, 3), (0, 3, 8, 1))])
def test_no_glyphs_are_a_tensor_too(framing: Framing, shape: tuple[int, ...]) -> None:
    """No glyphs become a tensor with N = 0 that a model takes."""
    assert framing.frame(()).shape == shape


def test_framing_each_alone_is_framing_all_together() -> None:
    """A glyph's frame does not hang on the glyphs beside it."""
    held = tuple(glyph(random_image(10 + n, 20 - n, n)) for n in range(4))
    framing = Framing(12, 12)
    assert np.array_equal(framing.frame(held), np.concatenate([framing.frame((g,)) for g in held]))


@pytest.mark.parametrize("wrong", [{"height": 0}, {"width": -1}, {"channels": 2}, {"height": 10_000}])
def test_refuses_sizes_that_make_no_sense(wrong: dict[str, int]) -> None:
    """Heights, widths and channels have their bounds."""
    with pytest.raises(ValueError, match="height must be"):
        Framing(**{"height": 8, "width": 8, **wrong})
