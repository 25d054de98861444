"""The filters that make pages alike: paper, ink and resolution go, strokes stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from captchakit.reading.filters.densest import Densest
from captchakit.reading.filters.local_contrast import LocalContrast
from captchakit.reading.filters.stroke_scale import StrokeScale, stroke_period
from captchakit.reading.prepare import Prepare
from captchakit.registry import filters
from captchakit.types import Image

LINES = ("several lines of a text", "that is long enough to", "tell how large it is set")


def page(size: float = 1.0, ink: int = 30, paper: int = 220) -> Image:
    """Return three lines of gray type on gray paper."""
    image = np.full((round(120 * size), round(440 * size)), paper, np.uint8)
    for number, line in enumerate(LINES):
        place = (round(10 * size), round((30 + 35 * number) * size))
        cv2.putText(image, line, place, cv2.FONT_HERSHEY_SIMPLEX, size, (ink,), max(1, round(2 * size)), cv2.LINE_AA)
    return image


def prepared(image: Image) -> Image:
    chain = tuple(filters.build(name) for name in ("local_contrast", "stroke_scale", "densest"))
    return Prepare(chain, lambda _: ())(image).image


@pytest.mark.parametrize(("ink", "paper"), [(30, 220), (100, 150), (0, 90), (200, 255)])
def test_ink_is_as_strong_whatever_it_was(ink: int, paper: int) -> None:
    """Pale ink on bright paper and black ink on dark paper give the same picture, within rounding."""
    expected = LocalContrast()(page()).astype(int)
    assert np.abs(LocalContrast()(page(ink=ink, paper=paper)).astype(int) - expected).mean() < 2


def test_a_shadow_is_no_ink() -> None:
    """Paper that darkens towards one side stays paper, and the writing on it is found."""
    shade = np.linspace(1.0, 0.4, 440)[np.newaxis]
    found = LocalContrast()((page() * shade).astype(np.uint8))
    plain = LocalContrast()(page())
    assert ((found > 127) == (plain > 127)).mean() > 0.99


def test_the_outermost_ring_is_paper() -> None:
    """So what pads by repeating the border pads with paper."""
    ink = LocalContrast()(np.zeros((40, 60), np.uint8))
    assert not any(side.any() for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
def test_writing_comes_to_one_size(size: float) -> None:
    """From stroke to stroke it is as far whatever the resolution was."""
    ink = LocalContrast()(page(size))
    scaled = Prepare((StrokeScale(period=9.0),), lambda _: ())(ink).image
    assert stroke_period(scaled) == pytest.approx(9.0, rel=0.12)


def test_an_image_without_writing_keeps_its_size() -> None:
    """Nothing tells how large it is."""
    assert StrokeScale().matrix(np.zeros((30, 50), np.uint8))[1] == (50, 30)


def test_the_window_lies_where_the_writing_is() -> None:
    """A black margin has more ink and no strokes: the window is not there, and boxes are brought back from it."""
    image = np.zeros((300, 600), np.uint8)
    image[:, 400:] = 255
    image[180:220, 60:180:6] = 255
    matrix, size = Densest(64, 128).matrix(image)
    left, top = -matrix[0, 2], -matrix[1, 2]
    assert size == (128, 64)
    assert 46 <= left <= 62
    assert 156 <= top <= 180


def test_a_small_image_lies_in_the_middle() -> None:
    """All of it is there, with paper around."""
    line = LocalContrast()(page()[:45])
    window = Prepare((Densest(96, 500),), lambda _: ())(line).image
    assert window.shape == (96, 500)
    assert np.array_equal(window[25:70, 30:470], line)
    assert not window[:25].any()


def test_pages_of_any_look_become_alike() -> None:
    """Twice the resolution, other ink and other paper: the model sees nearly the same."""
    one, other = prepared(page()), prepared(page(2.0, ink=90, paper=170))
    # A pixel's shift is no difference that counts.
    near = cv2.dilate(other, np.ones((7, 7), np.uint8))
    assert (near[one > 127] > 127).mean() > 0.9
